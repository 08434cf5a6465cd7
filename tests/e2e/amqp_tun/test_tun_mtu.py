"""amqp-tun: packets that are longer than the other end's MTU, or than the interface's own: fragmented or answered, never lost in silence."""
import json
import os
import re
import socket
import struct
import threading

import pytest

from harness import ipv4_udp, ipv6_udp, wait_until
from tun import body, check_sums, is_judged, raw_key, socket_in, with_checksum

pytestmark = pytest.mark.usefixtures("tun_allowed")
MANY = 300


def set_mtu(tool, mtu):
    """At run time, and the tool has heard of it."""
    tool.ns.ip("link", "set", "tun0", "mtu", str(mtu))
    tool.wait_stderr(f"tun0: the MTU is {mtu} now")


def send_ping(ns, address, size, *more):
    return ns.run("ping", "-n", "-c", "1", "-W", "20", "-s", size, *more, address, check=False).stdout


def test_the_interfaces_mtu_is_followed(pair):
    one, two = pair()
    for tool in one, two:
        set_mtu(tool, 9000)
    for address in "bbbb::2", "10.2.0.2":
        wait_until(lambda to=address: "8008 bytes from" in send_ping(one.ns, to, 8000, "-M", "do"))
    assert one.stats()["uplink.fragmented"] == two.stats()["downlink.fragmented"] == 0, "whole, since the other end has said so"
    set_mtu(two, 1400)
    for address, reported in ("bbbb::2", r"(?i)too big: mtu[= ]*1400"), ("10.2.0.2", r"mtu ?= ?1400"):
        wait_until(lambda to=address, words=reported: re.search(words, send_ping(one.ns, to, 8000, "-M", "do")))
        assert "1308 bytes from" in send_ping(one.ns, address, 1300, "-M", "do")
    for tool in one, two:
        check_sums(tool.stop())
    assert one.stderr.count("longer than the other end's MTU of 1400") == 1 and two.stderr.count("the MTU is") == 2


@pytest.mark.parametrize("encoding", ["json", "pcap", "gso"])
def test_only_one_end_is_wider(pair, encoding):
    """What people do: `ip link set tun0 mtu 9000`, on one side."""
    one, two = pair("--encoding", encoding)
    set_mtu(one, 9000)
    two.wait_stats(lambda s: s["control.handled"] >= 2)
    assert "5008 bytes from" in send_ping(one.ns, "10.2.0.2", 5000, "-M", "dont"), "without DF: in fragments"
    assert one.stats()["uplink.fragmented"] >= 1
    for address in "bbbb::2", "10.2.0.2":
        send_ping(one.ns, address, 5000)  # is told, where it has not been
        assert "5008 bytes from" in send_ping(one.ns, address, 5000)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        receiver, sender = socket_in(two.ns, family, (address, 5683)), socket_in(one.ns, family)
        payload = os.urandom(6000)
        sender.sendto(payload, (address, 5683))
        assert receiver.recvfrom(9000)[0] == payload
    stats = one.stop()
    assert stats["uplink.dropped_too_big"] == 2, "one of each family was answered"
    check_sums(stats)
    stats = two.stop()
    assert stats["downlink.rejected_over_mtu"] == 0
    check_sums(stats)


@pytest.mark.parametrize("address,discovery", [("bbbb::2", True), ("10.2.0.2", True), ("10.2.0.2", False)])
def test_a_stream_to_a_narrower_end(pair, address, discovery):
    """Its segments are as long as both ends allowed when it began: with DF they are answered, without cut into fragments."""
    one, two = pair("--mtu", 9000)
    family, sent, got = socket.AF_INET6 if ":" in address else socket.AF_INET, os.urandom(2 << 20), b""
    listener = socket_in(two.ns, family, (address, 7000), socket.SOCK_STREAM)
    listener.listen()
    sender = socket_in(one.ns, family, None, socket.SOCK_STREAM)
    if not discovery:
        sender.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, IP_PMTUDISC_DONT
    connection = []
    accepting = threading.Thread(target=lambda: connection.append(listener.accept()[0]))
    accepting.start()
    sender.connect((address, 7000))
    accepting.join()
    heard = one.stats()["control.handled"]
    set_mtu(two, 1500)
    one.wait_stats(lambda s: s["control.handled"] > heard)
    thread = threading.Thread(target=lambda: (sender.sendall(sent), sender.close()))
    thread.start()
    connection[0].settimeout(20)
    while part := connection[0].recv(1 << 20):
        got += part
    thread.join()
    assert got == sent
    stats = one.stats()
    assert stats["uplink.dropped_too_big" if discovery else "uplink.fragmented"] >= 1
    for tool in one, two:
        check_sums(tool.stop())


def without_df(packet):
    return with_checksum(packet[:6] + b"\0\0" + packet[8:10] + b"\0\0" + packet[12:20], 10) + packet[20:]


def test_what_comes_longer_than_the_interface_takes(agent, witness):
    """From a peer that has never said or heard an MTU."""
    bus = witness(raw_key("agent_1"))
    one = agent("agent_1", "--peer", "agent_2")
    receiver = socket_in(one.ns, socket.AF_INET, ("10.2.0.1", 5683))
    payload = os.urandom(5000)
    bus.publish(raw_key("agent_2"), body(without_df(ipv4_udp("10.2.0.2", "10.2.0.1", payload))))
    assert receiver.recvfrom(9000)[0] == payload
    for packet in ipv4_udp("10.2.0.2", "10.2.0.1", payload), ipv6_udp("bbbb::2", "bbbb::1", payload), ipv6_udp("fe80::2", "fe80::1", payload):
        bus.publish(raw_key("agent_2"), body(packet))
        answer = bytes(json.loads(bus.get().body)["data"])
        four = packet[0] >> 4 == 4
        ends, header = (packet[12:20], 20) if four else (packet[8:40], 40)
        half = len(ends) // 2
        assert answer[header - 2 * half:header] == ends[half:] + ends[:half], "from an address of ours to its sender"
        assert answer[header:header + 2] == (b"\x03\x04" if four else b"\x02\x00")
        assert struct.unpack(">I", answer[header + 4:header + 8])[0] == 1500
        assert packet.startswith(answer[header + 8:])
    stats = one.wait_stats(lambda s: s["uplink.answers"] >= 3)
    assert stats["downlink.fragmented"] == stats["downlink.delivered"] == 1 and stats["downlink.rejected_over_mtu"] == stats["uplink.answers"] == 3
    assert one.stderr.count("longer than its MTU of 1500") == 1
    check_sums(one.stop())


def test_answers_are_few(agent, witness):
    """Nor is everything answered: not an error, not a source that is not the sender's, not multicast."""
    bus = witness(raw_key("agent_1"))
    one = agent("agent_1", "--peer", "agent_2")
    long = bytes(2000)
    none = [ipv6_udp("bbbb::9", "bbbb::1", long), ipv6_udp("2001:db8::1", "bbbb::1", long), ipv6_udp("bbbb::2", "ff02::1", long), ipv6_udp("bbbb::2", "bbbb::3", long)]
    error = ipv6_udp("bbbb::2", "bbbb::1", long)
    none.append(error[:6] + b"\x3a" + error[7:40] + struct.pack(">BBHI", 1, 0, 0, 0) + ipv6_udp("bbbb::1", "bbbb::2", long)[:len(error) - 48])
    for packet in none:
        bus.publish(raw_key("agent_2"), body(packet))
    one.wait_stats(lambda s: s["downlink.received"] == len(none) and is_judged(s))
    assert one.stats()["uplink.answers"] == 0
    for _ in range(MANY):
        bus.publish(raw_key("agent_2"), body(ipv6_udp("bbbb::2", "bbbb::1", long)))
    stats = one.wait_stats(lambda s: s["downlink.received"] == len(none) + MANY and is_judged(s))
    assert stats["downlink.rejected_over_mtu"] == MANY + 2 and 1 <= stats["uplink.answers"] < MANY
    check_sums(one.stop())
