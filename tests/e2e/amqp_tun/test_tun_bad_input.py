"""amqp-tun: what is damaged is counted, and the next message gets through."""
import json
import os
import random
import re
import socket
import struct

import pytest

from harness import binaries_folder, ipv4_udp, ipv6_udp, pcap_bytes
from tun import (
    GOOD, GSO, PCAP, TCPV4, TCPV6, UDP_L4, body, check_sums, children, gso_bytes, is_judged, raw_key, socket_in, status_fields, super_udp,
    vnet)

pytestmark = pytest.mark.usefixtures("tun_allowed")


def ipv6_tcp(offset, payload):
    """Of so many words, as its header says."""
    segment = struct.pack(">HHIIBBHHH", 1, 2, 0, 0, offset << 4, 0x10, 0, 0, 0) + payload
    return GOOD[:4] + struct.pack(">HBB", len(segment), socket.IPPROTO_TCP, 64) + GOOD[8:40] + segment


TCP_CUT, TCP_LONG = ipv6_tcp(15, b"x" * 30), ipv6_tcp(5, b"x" * 30)


BAD = [
    ("rejected_not_json", b"not JSON", "application/json"),
    ("rejected_not_json", b"", "application/json"),
    ("rejected_not_json", b'{"data": "text"}', "application/json"),
    ("rejected_not_json", b'{"data": [1, 2', "application/json"),
    ("rejected_no_data", b"{}", "application/json"),
    ("rejected_no_data", b'{"data": []}', "application/json"),
    ("rejected_octet", b'{"data": [96, 256]}', "application/json"),
    ("rejected_octet", b'{"data": [-1]}', "application/json"),
    ("rejected_too_long", b'{"data": [' + b"1," * 70000 + b"1]}", "application/json"),
    ("rejected_not_ip", json.dumps(body(b"\x00" * 40)), "application/json"),
    ("rejected_not_ip", json.dumps(body(b"\xff" * 200)), "application/json"),
    ("rejected_length", json.dumps(body(b"\x44" + ipv4_udp("10.2.0.2", "10.2.0.1", b"x")[1:])), "application/json"),
    ("rejected_length", json.dumps(body(b"\x4f" + ipv4_udp("10.2.0.2", "10.2.0.1", b"x")[1:])), "application/json"),
    ("rejected_length", json.dumps(body(ipv4_udp("10.2.0.2", "10.2.0.1", b"x")[:-1])), "application/json"),
    ("rejected_length", json.dumps(body(ipv4_udp("10.2.0.2", "10.2.0.1", b"x") + b"x")), "application/json"),
    ("rejected_length", json.dumps(body(GOOD[:4] + b"\0\0" + GOOD[6:])), "application/json"),
    ("rejected_not_ip", json.dumps(body(b"\x50" + b"\x00" * 60)), None),
    ("rejected_length", json.dumps(body(GOOD[:-1])), "application/json"),
    ("rejected_length", json.dumps(body(GOOD + b"x")), "application/json"),
    ("rejected_length", json.dumps(body(b"\x60")), "application/json"),
    ("rejected_over_mtu", json.dumps(body(ipv6_udp("bbbb::2", "bbbb::1", b"x" * 1453))), "application/json"),
    ("rejected_not_pcap", b"no capture", PCAP),
    ("rejected_not_pcap", pcap_bytes(101, [(0, GOOD)])[:30], PCAP),
    ("rejected_record", pcap_bytes(101, [(0, b"")]), PCAP),
    ("rejected_record", pcap_bytes(101, [(0, bytes(65536))]), PCAP),
    ("rejected_link_type", pcap_bytes(1, [(0, GOOD)]), PCAP),
    ("rejected_link_type", pcap_bytes(230, [(0, GOOD)]), PCAP),
    ("rejected_over_mtu", pcap_bytes(101, [(0, ipv6_udp("bbbb::2", "bbbb::1", b"x" * 1453))]), PCAP),
    ("rejected_not_gso", b"\x01", GSO),
    ("rejected_not_gso", b"", GSO),
    ("rejected_not_gso", gso_bytes((vnet(), GOOD), version=2), GSO),
    ("rejected_not_gso", gso_bytes((vnet(), GOOD))[:-1], GSO),
    ("rejected_not_gso", gso_bytes((vnet(), b"")), GSO),
    ("rejected_not_gso", gso_bytes((vnet(), bytes(65536))), GSO),
    ("rejected_not_gso", b"fGSO\x01\0\0\0" + struct.pack("<Iq", 0xffffffff, 0) + vnet() + GOOD, GSO),
    ("rejected_not_gso", b"fGSO\x01\0\0\0" + struct.pack("<Iq", 0x7fffffff, 0) + vnet() + GOOD, GSO),
    ("rejected_not_gso", b"fGSO\x01\0\0\0" + struct.pack("<Iq", 0, 0)[:-1], GSO),
    ("rejected_header", gso_bytes((vnet(1, UDP_L4, 48, 0, 40, 6), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, TCPV4, 40, 5, 20, 16), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, TCPV6, 60, 5, 40, 16), TCP_CUT)), GSO),
    ("rejected_header", gso_bytes((vnet(1, TCPV6, 60, 0, 40, 16), TCP_LONG)), GSO),
    ("rejected_header", gso_bytes((vnet(0, TCPV6, 60, 5, 40, 16), TCP_LONG)), GSO),
    ("rejected_header", gso_bytes((vnet(1, 0, 0, 0, 0xffff, 0xffff), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, 0, 0, 0, 40, 0xffff), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, 0, 0, 0, len(GOOD) - 1, 0), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, UDP_L4, 48, 5, 4000, 6), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, 0, 0, 0, 40, len(GOOD) - 41), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, 0, 0, 0, 8, 6), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, UDP_L4, 4000, 5, 40, 6), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(1, TCPV6, 60, 5, 40, 16), GOOD)), GSO),
    ("rejected_header", gso_bytes((vnet(0xff), GOOD)), GSO),
    ("rejected_header", gso_bytes(super_udp("bbbb::2", "bbbb::1", b"x" * 300, 47)), GSO),
    ("rejected_header", gso_bytes((vnet(1, TCPV6, 60, 1, 40, 16), TCP_LONG)), GSO),
    ("rejected_header", gso_bytes((vnet(1, 0x7f, 48, 5, 40, 6), GOOD)), GSO),
    ("rejected_not_ip", gso_bytes((vnet(), b"\x50" * 60)), GSO),
    ("rejected_length", gso_bytes((vnet(), GOOD + b"x")), GSO),
    ("rejected_destination", gso_bytes((vnet(), ipv6_udp("bbbb::2", "bbbb::3", b"x"))), GSO),
    ("rejected_destination", gso_bytes(super_udp("bbbb::2", "2001:db8::1", b"x" * 300, 100)), GSO),
    ("rejected_over_mtu", gso_bytes((vnet(), ipv6_udp("bbbb::2", "bbbb::1", b"x" * 1453))), GSO),
    ("rejected_over_mtu", gso_bytes(super_udp("bbbb::2", "bbbb::1", b"x" * 3000, 1453)), GSO),
]


def test_bad_messages_are_counted_and_the_next_gets_through(agent, witness):
    one = agent("agent_1", "-v")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    bus = witness()
    before = one.stats()
    for count, (reason, message, content_type) in enumerate(BAD, 1):
        bus.publish(raw_key("agent_1", "to"), message, content_type=content_type)
        bus.publish(raw_key("agent_1", "to"), body(GOOD))
        assert receiver.recvfrom(100)[0] == b"after all that", reason
        after = one.stats()
        assert after["downlink." + reason] == before["downlink." + reason] + 1, (reason, message[:80], after)
        assert after["downlink.received"] == 2 * count
        before = after
    check_sums(one.stop())
    assert re.search(r"rejected_not_json, offset \d+", one.stderr)


def test_damaged_messages_of_every_encoding(agent, witness):
    """Good bodies with octets changed, cut off and added; TEST_SEED repeats a run."""
    seed = int(os.environ.get("TEST_SEED") or int.from_bytes(os.urandom(4), "big"))
    print(f"TEST_SEED={seed}")
    chance = random.Random(seed)
    one = agent("agent_1", "--peer", "agent_2")
    packets = [GOOD, ipv4_udp("10.2.0.2", "10.2.0.1", b"x" * 40), TCP_LONG]
    good = [(json.dumps(body(p)).encode(), "application/json") for p in packets]
    good += [(pcap_bytes(101, [(0, p) for p in packets]), PCAP)]
    good += [(gso_bytes((vnet(), GOOD), super_udp("bbbb::2", "bbbb::1", b"y" * 500, 100), (vnet(1, TCPV6, 60, 5, 40, 16), TCP_LONG)), GSO)]
    bus = witness()
    for _ in range(1500):
        octets, content_type = chance.choice(good)
        octets = bytearray(octets)
        for _ in range(chance.randint(1, 4)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        if chance.random() < 0.3:
            del octets[chance.randrange(len(octets)):]
        elif chance.random() < 0.1:
            octets += chance.randbytes(chance.randint(1, 300))
        bus.publish(raw_key("agent_2"), bytes(octets), content_type=content_type)
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 9999))
    bus.publish(raw_key("agent_2"), body(ipv6_udp("bbbb::2", "bbbb::1", b"still there", dport=9999)))
    while receiver.recvfrom(2000)[0] != b"still there":
        pass
    stats = one.stop()
    check_sums(stats)
    assert stats["bus_downlink.received"] >= 1501 and stats["downlink.received"] - stats["downlink.delivered"] > 500


def test_a_body_of_ten_megabytes(agent, witness):
    one = agent("agent_1")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    bus = witness()
    bus.publish(raw_key("agent_1", "to"), b"[" + b"1," * 5_000_000 + b"1]")
    one.wait_stats(lambda s: s["bus_downlink.rejected_too_long"] == 1)
    bus.publish(raw_key("agent_1", "to"), body(GOOD))
    assert receiver.recvfrom(100)[0] == b"after all that"
    rss = int(status_fields(children(one.pid)[0])["VmRSS"].split()[0])
    assert rss < 20_000 or "asan" in str(binaries_folder()), f"{rss} kB resident"


def test_good_records_around_a_damaged_one(agent, witness):
    one = agent("agent_1")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    packets = [ipv6_udp("bbbb::2", "bbbb::1", b"%d" % i) for i in range(4)]
    message = pcap_bytes(101, [(0, packets[0]), (0, b"\x00junk"), (0, packets[1]), (0, b""), (0, packets[2])])
    witness().publish(raw_key("agent_1", "to"), message + pcap_bytes(101, [(0, packets[3])])[24:-1], content_type=PCAP)
    assert [receiver.recvfrom(100)[0] for _ in range(3)] == [b"0", b"1", b"2"]
    stats = one.wait_stats(lambda s: s["downlink.received"] == 6 and is_judged(s))
    assert stats["downlink.rejected_not_ip"] == stats["downlink.rejected_record"] == stats["downlink.rejected_not_pcap"] == 1
    assert stats["downlink.delivered"] == 3


def test_what_is_no_packet_is_not_published(agent, witness):
    listener = witness(raw_key("agent_1"))
    one = agent("agent_1")
    tap = socket_in(one.ns, socket.AF_PACKET)
    good = ipv6_udp("bbbb::1", "bbbb::2", b"good", sport=9)
    for octets in (b"\x00" * 40, good[:-1], good + b"x", good):
        tap.sendto(octets, ("tun0", 0x86DD))
    while bytes(json.loads(listener.get().body)["data"]) != good:
        pass
    stats = one.stop()
    assert stats["uplink.dropped_not_ip"] == 3
    check_sums(stats)
