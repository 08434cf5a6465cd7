"""amqp-tun between network namespaces, across a real broker. Witnesses: ping, iperf3, libcoap's tools, amqp-publish, python3-pika."""
import ctypes
import fcntl
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

from harness import Broker, amqp_publish, binaries_folder, ipv4_udp, ipv6_udp, pcap_bytes, pcap_records, wait_until
from tls import Authority

PCAP = "application/vnd.tcpdump.pcap"
GSO = "application/vnd.framebus.gso"
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)

pytestmark = pytest.mark.usefixtures("tun_allowed")


def raw_key(name, direction="from"):
    return f"{direction}Agent.{name}.ip.tun.packet.raw"


def body(packet, **extra):
    return {"_api_version": "1.2.15", "data": list(packet), "interface_name": "tun0", "timestamp": 1700000000.25, **extra}


def socket_in(ns, family, address=None, kind=socket.SOCK_DGRAM, protocol=0):
    """A socket that lives in a namespace and serves from here."""
    made = []

    def make():
        with open(f"/var/run/netns/{ns.name}") as handle:
            if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        made.append(socket.socket(family, kind, protocol))
        made[0].settimeout(10)
        if address:
            made[0].bind(address)
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


def gso_records(octets):
    """(virtio_net_hdr, packet) of a gso body."""
    assert octets[:8] == b"fGSO\x01\0\0\0"
    at, records = 8, []
    while at < len(octets):
        length = struct.unpack_from("<I", octets, at)[0]
        records.append((octets[at + 12:at + 22], octets[at + 22:at + 22 + length]))
        at += 22 + length
    return records


def gso_bytes(*records, version=1):
    return b"fGSO" + bytes([version, 0, 0, 0]) + b"".join(struct.pack("<Iq", len(packet), 0) + header + packet for header, packet in records)


def vnet(flags=0, gso_type=0, hdr_len=0, gso_size=0, csum_start=0, csum_offset=0):
    return struct.pack("<BBHHHH", flags, gso_type, hdr_len, gso_size, csum_start, csum_offset)


TCPV4, TCPV6, UDP_L4 = 1, 4, 5


def super_udp(source, destination, payload, size):
    """A UDP super-packet over IPv6: (virtio_net_hdr, packet with the sum of its pseudo-header where the checksum belongs)."""
    packet = bytearray(ipv6_udp(source, destination, payload))
    words = struct.unpack(">16H", packet[8:40])
    partial = sum(words) + len(packet) - 40 + socket.IPPROTO_UDP
    while partial >> 16:
        partial = (partial & 0xffff) + (partial >> 16)
    packet[46:48] = struct.pack(">H", partial)
    return vnet(1, UDP_L4, 48, size, 40, 6), bytes(packet)


def ping(ns, address, count=3):
    """The first COUNT requests are answered, in order; with -w, ping goes on until then: -W would give up two round trips later."""
    done = ns.run("ping", "-n", "-c", count, "-i", "0.05", "-w", "10", address, check=False)
    assert re.findall(r"icmp_seq=(\d+) ", done.stdout)[:count] == [str(i + 1) for i in range(count)], done.stdout
    return done.stdout


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as handle:
        return [int(p) for p in handle.read().split()]


def status_fields(pid):
    with open(f"/proc/{pid}/status") as handle:
        return dict(line.rstrip("\n").split(":\t", 1) for line in handle if ":\t" in line)


def has_ended(pid):
    try:
        return status_fields(pid)["State"].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def check_sums(stats):
    assert stats["uplink.read"] == stats["uplink.published"] + sum(v for k, v in stats.items() if k.startswith("uplink.dropped_"))
    assert stats["downlink.received"] == stats["downlink.delivered"] + sum(
        v for k, v in stats.items() if k.startswith("downlink.rejected_"))
    assert stats["control.received"] == sum(stats["control." + k] for k in ("handled", "ignored", "refused", "rejected"))


def no_tun(ns):
    return not [i for i in ns.interfaces() if i.startswith("tun")]


@pytest.fixture
def agent(bus_tool, netns):
    """agent(NAME, OPTION...) is a running amqp-tun in a namespace of its own (.ns)."""
    def start(name, *arguments, ns=None, **options):
        ns = ns or netns()
        tool = bus_tool("amqp-tun", "-n", name, "--netns", ns.name, *arguments, **options)
        tool.ns = ns
        return tool
    return start


@pytest.fixture
def pair(agent):
    """pair(OPTION...) is agent_1 and agent_2, each the other's peer, that have heard each other."""
    def start(*arguments, **options):
        one, two = (agent(f"agent_{i}", "--peer", f"agent_{3 - i}", *arguments, **options) for i in (1, 2))
        for tool in one, two:
            tool.wait_stats(lambda s: s["control.handled"] >= 1)
        return one, two
    return start


# --- the main job ---

@pytest.mark.parametrize("encoding", ["auto", "json", "pcap", "gso"])
def test_ping_both_ways(pair, encoding):
    one, two = pair("--encoding", encoding)
    ping(one.ns, "bbbb::2")
    ping(two.ns, "bbbb::1")
    ping(one.ns, "10.2.0.2")
    ping(two.ns, "10.2.0.1")
    ping(one.ns, "fe80::2%tun0")
    for tool in one, two:
        stats = tool.stop()
        check_sums(stats)
        assert stats["uplink.published"] >= 15 and stats["downlink.delivered"] >= 15
        assert stats["bus_downlink.lost_on_bus"] == stats["bus_downlink.duplicates"] == 0


def test_a_packet_that_is_too_big_for_the_other_end_is_answered(agent):
    one = agent("agent_1", "--peer", "agent_2", "--mtu", "1500")
    two = agent("agent_2", "--peer", "agent_1", "--mtu", "1300")
    for tool in one, two:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    six = one.ns.run("ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", "1300", "bbbb::2", check=False).stdout
    assert re.search(r"(?i)too big: mtu[= ]*1300", six), six
    four = one.ns.run("ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", "1300", "10.2.0.2", check=False).stdout
    assert re.search(r"mtu ?= ?1300", four), four
    assert "1308 bytes from" in one.ns.run("ping", "-n", "-c", "1", "-w", "10", "-s", "1300", "bbbb::2").stdout, "in fragments now"
    assert "1260 bytes from" in one.ns.run("ping", "-n", "-c", "1", "-w", "10", "-s", "1252", "-M", "do", "bbbb::2").stdout, "the longest"
    stats = one.stop()
    assert stats["uplink.dropped_too_big"] == 2
    check_sums(stats)
    assert two.stop()["downlink.rejected_over_mtu"] == 0


@pytest.mark.parametrize("encoding", ["json", "pcap", "gso"])
@pytest.mark.parametrize("mtu", [1280, 1500, 9000, 65535])
def test_the_longest_packet_and_one_octet_more(pair, witness, mtu, encoding):
    one, two = pair("--mtu", mtu, "--encoding", encoding)
    for address, headers in ("bbbb::2", 48), ("10.2.0.2", 28):
        longest = mtu - headers
        command = ["ping", "-n", "-c", "1", "-w", "10", "-M", "do"]
        assert f"{longest + 8} bytes from" in one.ns.run(*command, "-s", longest, address, check=False).stdout
        if mtu < 65535:
            assert re.search(r"(?i)message too long", one.ns.run(*command, "-s", longest + 1, address, check=False).stdout)
    sums = two.stats()
    assert sums["downlink.rejected_over_mtu"] == sums["downlink.rejected_length"] == sums["downlink.rejected_too_long"] == 0
    bus = witness()
    for packet, reason in ((ipv6_udp("bbbb::1", "bbbb::2", bytes(mtu - 48)), "delivered"),
                           (ipv6_udp("bbbb::1", "bbbb::2", bytes(mtu - 47)), "rejected_over_mtu" if mtu < 65535 else "rejected_too_long")):
        if encoding == "json":
            bus.publish(raw_key("agent_1"), body(packet))
        elif encoding == "pcap":
            bus.publish(raw_key("agent_1"), pcap_bytes(101, [(0, packet)]), content_type=PCAP)
            reason = reason.replace("too_long", "record")
        else:
            bus.publish(raw_key("agent_1"), gso_bytes((vnet(), packet)), content_type=GSO)
            reason = reason.replace("too_long", "not_gso")
        after = two.wait_stats(lambda s: s["downlink.received"] > sums["downlink.received"] and s["downlink.received"] == s["downlink.delivered"] + sum(
            v for k, v in s.items() if k.startswith("downlink.rejected_")))
        changed = {k for k in after if k.startswith("downlink.re") and after[k] != sums[k]} | {
            k for k in ("downlink.delivered",) if after[k] != sums[k]}
        assert changed == {"downlink.received", "downlink." + reason}
        sums = after
    for tool in one, two:
        check_sums(tool.stop())


@pytest.mark.parametrize("mtu,other", [(1281, 1280), (1500, 1499), (9000, 8999), (65535, 65534)])
def test_one_octet_more_than_the_other_end_takes(agent, mtu, other):
    one, two = agent("agent_1", "--peer", "agent_2", "--mtu", mtu), agent("agent_2", "--peer", "agent_1", "--mtu", other)
    for tool in one, two:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    for address, headers in ("bbbb::2", 48), ("10.2.0.2", 28):
        command = ["ping", "-n", "-c", "1", "-w", "5", "-M", "do"]
        assert f"{other - headers + 8} bytes from" in one.ns.run(*command, "-s", other - headers, address, check=False).stdout
        said = one.ns.run(*command, "-s", mtu - headers, address, check=False).stdout
        assert re.search(rf"mtu ?[=: ] ?{other}\b", said), said
    assert one.stop()["uplink.dropped_too_big"] == 2
    assert two.stop()["downlink.rejected_over_mtu"] == 0


@pytest.mark.parametrize("encoding", ["json", "pcap", "gso"])
def test_parallel_streams(pair, encoding):
    one, two = pair("--encoding", encoding)
    server = two.ns.start("iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: ":5201" in two.ns.run("ss", "-ltn").stdout, what="iperf3 listening")
        done = json.loads(one.ns.run("iperf3", "-c", "10.2.0.2", "-t", "2", "-P", "4", "--bidir", "-J", timeout=40).stdout)
    finally:
        server.kill()
        server.wait()
    received = [(s["receiver"]["sender"], s["receiver"]["bytes"]) for s in done["end"]["streams"]]
    assert len(received) == 8 and {sender for sender, _ in received} == {True, False}
    assert min(octets for _, octets in received) > 100_000, received
    for tool in one, two:
        check_sums(tool.stop())


def interface_octets(ns, direction):
    return int(ns.run("cat", f"/sys/class/net/tun0/statistics/{direction}_bytes").stdout)


def packets_of(message):
    """IP packets of one message on the bus."""
    content_type = message.properties.content_type
    if content_type == GSO:
        return [packet for _, packet in gso_records(message.body)]
    if content_type == PCAP:
        return [record.data for record in pcap_records(message.body)[1]]
    return [bytes(json.loads(message.body)["data"])]


@pytest.mark.parametrize("encoding", ["json", "pcap", "gso"])
def test_what_was_sent_is_what_is_counted(pair, witness, encoding):
    """Octet for octet: a sender's datagrams, the kernel's counters of the interface, the messages on the bus, and ours."""
    listener = witness(raw_key("agent_1"))
    one, two = pair("--encoding", encoding)
    receivers = {f: socket_in(two.ns, f, (a, 5683)) for f, a in ((socket.AF_INET6, "bbbb::2"), (socket.AF_INET, "10.2.0.2"))}
    senders = {f: socket_in(one.ns, f) for f in receivers}
    headers = {socket.AF_INET6: 48, socket.AF_INET: 28}
    lengths = [0, 1, 1452, 1400] + [int.from_bytes(os.urandom(2), "big") % 1453 for _ in range(400)]
    for number, length in enumerate(lengths):
        family = (socket.AF_INET6, socket.AF_INET)[number % 2]
        payload = os.urandom(length)
        senders[family].sendto(payload, ("bbbb::2" if family == socket.AF_INET6 else "10.2.0.2", 5683))
        assert receivers[family].recvfrom(2000)[0] == payload, "in step: nothing overflows"
    wait_until(lambda: interface_octets(two.ns, "rx") == two.stats()["downlink.octets"], what="the kernel's count of what came in")
    received = two.stop()
    wait_until(lambda: interface_octets(one.ns, "tx") == one.stats()["uplink.octets"], what="the kernel's count of what went out")
    stats = one.stop()
    packets = []
    while len(packets) < stats["uplink.published"]:
        packets += packets_of(listener.get())
    ours = [p for p in packets if p[6 if p[0] >> 4 == 6 else 9] == socket.IPPROTO_UDP]
    assert [len(p) for p in ours] == [length + headers[(socket.AF_INET6, socket.AF_INET)[i % 2]] for i, length in enumerate(lengths)]
    assert sum(map(len, packets)) == stats["uplink.octets"] and len(packets) == stats["uplink.read"] == stats["uplink.published"]
    assert received["bus_downlink.lost_on_bus"] == 0 and received["downlink.received"] == received["downlink.delivered"]


@pytest.mark.parametrize("encoding", ["json", "pcap", "gso"])
def test_what_iperf_sends_is_what_is_counted(pair, encoding):
    one, two = pair("--encoding", encoding)
    server = two.ns.start("iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: ":5201" in two.ns.run("ss", "-ltn").stdout, what="iperf3 listening")
        before = one.stats(), two.stats()
        done = json.loads(one.ns.run("iperf3", "-c", "10.2.0.2", "-t", "1", "-b", "20M", "-J", timeout=40).stdout)
    finally:
        server.kill()
        server.wait()
    grown = {}

    def all_arrived():
        for tool, was, direction in (one, before[0], "uplink"), (two, before[1], "downlink"):
            now = tool.stats()
            grown[direction] = (now[direction + (".read" if direction == "uplink" else ".received")] - was[direction + (
                ".read" if direction == "uplink" else ".received")], now[direction + ".octets"] - was[direction + ".octets"])
        return grown["uplink"][0] == grown["downlink"][0]
    wait_until(all_arrived)
    assert two.stats()["bus_downlink.lost_on_bus"] == 0
    assert grown["uplink"] == grown["downlink"]
    sent = done["end"]["sum_sent"]["bytes"]
    # Every TCP segment has 52 octets of headers, and iperf3's control connection adds a few thousand octets.
    assert sent + 52 * grown["uplink"][0] <= grown["uplink"][1] + 4000 and grown["uplink"][1] < sent * 1.2 + 10_000
    if encoding != "pcap":
        wait_until(lambda: interface_octets(one.ns, "tx") == one.stats()["uplink.octets"], what="the kernel's count of what went out")


def test_addresses_of_the_interface(agent):
    one = agent("agent_5", "--ifname", "fb0", "--mtu", "1400")
    assert one.ns.interfaces() == ["fb0", "lo"]
    found = json.loads(one.ns.ip("-j", "addr", "show", "fb0"))[0]
    assert found["mtu"] == 1400 and "UP" in found["flags"]
    assert sorted((a["local"], a["prefixlen"]) for a in found["addr_info"]) == [
        ("10.2.0.5", 24), ("bbbb::5", 64), ("fe80::5", 64)]


@pytest.mark.parametrize("encoding", ["json", "pcap", "gso"])
def test_iperf3(pair, encoding):
    one, two = pair("--encoding", encoding)
    server = two.ns.start("iperf3", "-s", "-1", "--forceflush", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_until(lambda: ":5201" in two.ns.run("ss", "-ltn").stdout, what="iperf3 listening")
        done = json.loads(one.ns.run("iperf3", "-c", "bbbb::2", "-t", "1", "-J", timeout=40).stdout)
        server.communicate(timeout=20)
    finally:
        server.kill()
        server.wait()
    assert done["end"]["sum_received"]["bytes"] > 1_000_000
    check_sums(one.stop())
    check_sums(two.stop())


def test_a_bulk_transfer_does_not_ruin_a_ping(pair, vhost):
    one, two = pair()
    bounds = [q["arguments"] for q in vhost.queues() if ".tun." in q["name"]]
    assert len(bounds) == 2 and all({"x-max-length-bytes": 4 << 20, "x-max-length": 1000}.items() <= {a[0]: a[2] for a in b}.items() for b in bounds), bounds
    server = two.ns.start("iperf3", "-s", "-1", stdout=subprocess.DEVNULL)
    wait_until(lambda: ":5201" in two.ns.run("ss", "-ltn").stdout, what="iperf3 listening")
    client = one.ns.start("iperf3", "-c", "10.2.0.2", "-t", "9", stdout=subprocess.DEVNULL)
    try:
        one.wait_stats(lambda s: s["bus_uplink.octets"] > 50_000_000, 5)
        output = one.ns.run("ping", "-n", "-c", "100", "-i", "0.05", "-w", "10", "10.2.0.2", check=False).stdout
        assert client.poll() is None, "the transfer ended too early"
        times = sorted(float(t) for t in re.findall(r"time=([0-9.]+)", output))
        assert len(times) == 100 and times[50] < 20, output
    finally:
        for process in client, server:
            process.kill()
            process.wait()


@pytest.mark.parametrize("encoding", ["json", "pcap"])
def test_coap(pair, encoding):
    one, two = pair("--encoding", encoding)
    server = two.ns.start("coap-server-notls", "-A", "::", "-g", "ff02::fd%tun0", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: ":5683" in two.ns.run("ss", "-lun").stdout, what="coap-server listening")
        answer = one.ns.run("coap-client-notls", "-B", "10", "-m", "get", "coap://[bbbb::2]/").stdout
        assert "libcoap" in answer
        one.ns.run("coap-client-notls", "-B", "10", "-m", "put", "-e", "a" * 3000, "-b", "512", "coap://[bbbb::2]/example_data")
        answer = one.ns.run("coap-client-notls", "-B", "10", "-m", "get", "-b", "512", "coap://[bbbb::2]/example_data").stdout
        assert answer.strip() == "a" * 3000
    finally:
        server.kill()
        server.wait()


def test_coap_group_request(pair):
    one, two = pair()
    group = socket_in(two.ns, socket.AF_INET6, ("::", 5683))
    index = int(re.match(r"(\d+):", two.ns.ip("-o", "link", "show", "tun0")).group(1))
    group.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, "ff02::fd") + struct.pack("@I", index))
    one.ns.run("coap-client-notls", "-B", "1", "-N", "-m", "get", "coap://[ff02::fd%tun0]/.well-known/core", check=False)
    data, source = group.recvfrom(2000)
    assert source[0].split("%")[0] in ("bbbb::1", "fe80::1") and b"well-known" in data
    group.close()


def test_auto_becomes_gso_between_two_of_us(pair, witness):
    listener = witness(raw_key("agent_1"))
    one, two = pair("-v")
    ping(one.ns, "bbbb::2", 1)
    message = listener.get()
    assert message.properties.content_type == GSO
    records = gso_records(message.body)
    assert [bytes(r[1][8:24]) for r in records] == [socket.inet_pton(socket.AF_INET6, "bbbb::1")] and records[0][0] == bytes(10)
    one.wait_stderr("super-packets of TCP")
    one.wait_stderr("published as gso")


def test_auto_becomes_pcap_to_a_peer_that_reads_it(agent, witness):
    listener = witness(raw_key("agent_1"))
    one = agent("agent_1", "--peer", "agent_2")
    listener.publish("fromAgent.agent_2.ip.tun.started", {"name": "agent_2", "framebus_encodings": "json,pcap"})
    one.wait_stats(lambda s: s["control.handled"] == 1)
    socket_in(one.ns, socket.AF_INET6).sendto(b"x", ("bbbb::2", 7))
    message = listener.get()
    assert message.properties.content_type == PCAP
    link_type, records = pcap_records(message.body)
    assert link_type == 101 and records[0].data[8:24] == socket.inet_pton(socket.AF_INET6, "bbbb::1")
    assert abs(records[0].time_ns / 1e9 - time.time()) < 60


def test_auto_is_json_to_a_peer_that_says_nothing(agent, witness):
    listener = witness(raw_key("agent_1"))
    one = agent("agent_1", "--peer", "agent_2")
    listener.publish("fromAgent.agent_2.ip.tun.started", {"_api_version": "1.2.15", "name": "agent_2", "ipv6_prefix": "bbbb",
                     "ipv6_host": ":2", "ipv6_no_forwarding": False, "ipv4_host": None, "ipv4_network": None, "ipv4_netmask": None,
                     "re_route_packets_if": None, "re_route_packets_prefix": None, "re_route_packets_host": None})
    one.wait_stats(lambda s: s["control.handled"] == 1)
    socket_in(one.ns, socket.AF_INET6).sendto(b"x", ("bbbb::2", 7))
    assert listener.get().properties.content_type == "application/json"


def test_whoever_starts_first_is_heard(agent, witness):
    listener = witness("fromAgent.*.ip.tun.started")
    one = agent("agent_1", "--peer", "agent_2")
    first = json.loads(listener.get(key="fromAgent.agent_1.ip.tun.started").body)
    two = agent("agent_2", "--peer", "agent_1")
    again = json.loads(listener.get(key="fromAgent.agent_1.ip.tun.started").body)
    assert first["framebus_mtu"] == "1500" and again == first and re.fullmatch("[0-9a-f]{16}", first["framebus_session"]) and first["framebus_encodings"] == "json,pcap,gso"
    for tool in one, two:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    # Each run is answered once: nothing goes on and on.
    counts = [t.stats()["bus_uplink.control_published"] for t in (one, two)]
    ping(one.ns, "bbbb::2", 10)
    assert [t.stats()["bus_uplink.control_published"] for t in (one, two)] == counts and max(counts) <= 4


def test_three_agents(agent, witness):
    names = ["agent_1", "agent_2", "agent_3"]
    agents = {n: agent(n, *[x for m in names if m != n for x in ("--peer", m)]) for n in names}
    for tool in agents.values():
        tool.wait_stats(lambda s: s["control.handled"] >= 2)
    listener = witness(raw_key("agent_1") + ".#", raw_key("agent_1"))
    for a in names:
        for b in names:
            if a != b:
                ping(agents[a].ns, f"bbbb::{b[-1]}", 2)
                ping(agents[a].ns, f"10.2.0.{b[-1]}", 2)
                ping(agents[a].ns, f"fe80::{b[-1]}%tun0", 2)
    keys = {listener.get().key for _ in range(24)} - {raw_key("agent_1")}
    assert keys == {raw_key("agent_1") + ".to.agent_2", raw_key("agent_1") + ".to.agent_3"}
    for tool in agents.values():
        stats = tool.stop()
        check_sums(stats)
        assert stats["downlink.rejected_destination"] == 0, "a packet for one travelled to another"


def test_multicast_reaches_all_peers(agent):
    names = ["agent_1", "agent_2", "agent_3"]
    agents = {n: agent(n, *[x for m in names if m != n for x in ("--peer", m)]) for n in names}
    for tool in agents.values():
        tool.wait_stats(lambda s: s["control.handled"] >= 2)
    done = agents["agent_1"].ns.run("ping", "-n", "-c", "3", "-i", "0.3", "-W", "5", "ff02::1%tun0", check=False).stdout
    assert {"fe80::2", "fe80::3"} <= set(re.findall(r"from (fe80::\d)%", done)), done


def join(ns, group, port=5683):
    """A member of a group on the tunnel's interface."""
    family = socket.AF_INET6 if ":" in group else socket.AF_INET
    member = socket_in(ns, family, ("", port))
    index = struct.pack("@I", int(re.match(r"(\d+):", ns.ip("-o", "link", "show", "tun0")).group(1)))
    if family == socket.AF_INET6:
        member.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(family, group) + index)
        member.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    else:
        request = socket.inet_pton(family, group) + bytes(4) + index
        member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        member.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    return member


@pytest.mark.parametrize("group", ["ff02::fd", "ff05::fd", "224.0.1.187"])
def test_group_requests_reach_every_peer(agent, group):
    """RFC 7252 12.8: all CoAP nodes."""
    names = ["agent_1", "agent_2", "agent_3"]
    agents = {n: agent(n, *[x for m in names if m != n for x in ("--peer", m)]) for n in names}
    for tool in agents.values():
        tool.wait_stats(lambda s: s["control.handled"] >= 2)
    members = {n: join(agents[n].ns, group) for n in names}
    request = b"\x50\x01\x00\x01\xbb.well-known\x04core"
    members["agent_1"].sendto(request, (group, 5683))
    for name in "agent_2", "agent_3":
        data, source = members[name].recvfrom(100)
        assert data == request and source[0].split("%")[0] in ("bbbb::1", "fe80::1", "10.2.0.1")
        members[name].sendto(b"to you", source)
    assert members["agent_1"].recvfrom(100)[0] == request, "its own, looped back by the kernel"
    assert [members["agent_1"].recvfrom(100)[0] for _ in range(2)] == [b"to you"] * 2


# --- through a router: amqp-publish and pika at the other end ---

def test_to_agent_reaches_the_interface(agent, vhost):
    one = agent("agent_1")
    receivers = {socket.AF_INET6: socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683)),
                 socket.AF_INET: socket_in(one.ns, socket.AF_INET, ("10.2.0.1", 5683))}
    amqp_publish(vhost.url, raw_key("agent_1", "to"), json.dumps(body(ipv6_udp("bbbb::9", "bbbb::1", b"six"))).encode())
    amqp_publish(vhost.url, raw_key("agent_1", "to"), json.dumps(body(ipv4_udp("10.2.0.9", "10.2.0.1", b"four"))).encode())
    assert receivers[socket.AF_INET6].recvfrom(100)[0] == b"six"
    assert receivers[socket.AF_INET].recvfrom(100) == (b"four", ("10.2.0.9", 5683))
    assert one.stats()["downlink.delivered"] == 2


def test_a_foreign_destination_does_not_enter(agent, vhost):
    one = agent("agent_1")
    before = one.ns.run("cat", "/sys/class/net/tun0/statistics/rx_packets").stdout
    for packet in (ipv6_udp("bbbb::9", "bbbb::2", b"x"), ipv6_udp("bbbb::9", "2001:db8::1", b"x"), ipv4_udp("10.2.0.9", "10.2.0.2", b"x"),
                   ipv4_udp("10.2.0.9", "127.0.0.1", b"x"), ipv6_udp("bbbb::9", "::1", b"x")):
        amqp_publish(vhost.url, raw_key("agent_1", "to"), json.dumps(body(packet)).encode())
    stats = one.wait_stats(lambda s: s["downlink.received"] == 5)
    assert stats["downlink.rejected_destination"] == 5 and stats["downlink.delivered"] == 0
    assert one.ns.run("cat", "/sys/class/net/tun0/statistics/rx_packets").stdout == before


def test_pika_reads_what_the_interface_was_given(agent, witness):
    listener = witness(raw_key("agent_1"))
    one = agent("agent_1")
    sender = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 4000))
    sender.sendto(b"payload", ("bbbb::9", 5683))
    wanted = ipv6_udp("bbbb::1", "bbbb::9", b"payload", sport=4000)
    while True:
        message = listener.get()
        found = json.loads(message.body)
        if found["data"][40:42] == list((4000).to_bytes(2, "big")):
            break
    assert set(found) == {"_api_version", "data", "interface_name", "timestamp"}
    assert found["data"][4:] == list(wanted[4:]), "all but the flow label"
    assert found["interface_name"] == "tun0" and found["_api_version"] == "1.2.15"
    assert isinstance(found["timestamp"], (int, float)) and abs(found["timestamp"] - time.time()) < 60
    assert message.properties.content_type == "application/json" and message.properties.content_encoding == "utf-8"
    assert message.properties.message_id and message.properties.timestamp


def test_api_v0(agent, witness):
    listener = witness("data.tun.fromAgent.agent_1", "control.#")
    one = agent("agent_1", "--api", "v0")
    ready = json.loads(listener.get(key="control.session").body)
    assert ready["_type"] == "testingtool.component.ready" and ready["component"] == "agent_1"
    started = json.loads(listener.get(key="control.tun.fromAgent.agent_1").body)
    assert started["_type"] == "tun.started" and (started["ipv6_prefix"], started["ipv6_host"]) == ("bbbb", "1")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    listener.publish("data.tun.toAgent.agent_1", {"_type": "packet.to_inject.raw", "interface_name": "tun0", "timestamp": "1700000000.5",
                                                  "data": list(ipv6_udp("bbbb::9", "bbbb::1", b"v0"))})
    assert receiver.recvfrom(100)[0] == b"v0"
    receiver.sendto(b"back", ("bbbb::9", 5683))
    found = json.loads(listener.get(key="data.tun.fromAgent.agent_1").body)
    assert found["_type"] == "packet.sniffed.raw" and isinstance(found["timestamp"], str)


# --- the end ---

@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing(pair, vhost, witness, sig):
    listener = witness("testingtool.component.shutdown")
    one, two = pair()
    ping(one.ns, "bbbb::2", 1)
    assert len([q for q in vhost.queue_names() if q.startswith("framebus.agent_")]) == 4
    for tool in one, two:
        check_sums(tool.stop(sig))
        assert no_tun(tool.ns) and tool.stderr.count("\n") == len(tool._reports(tool.stderr.encode())), tool.stderr
    assert {json.loads(listener.get().body)["component"] for _ in range(2)} == {"agent_1", "agent_2"}
    assert [q for q in vhost.queue_names() if q.startswith("framebus.")] == []


@pytest.mark.parametrize("victim", ["keeper", "worker"])
def test_sigkill_leaves_no_interface(agent, vhost, victim):
    one = agent("agent_1")
    assert not no_tun(one.ns)
    os.kill(one.pid if victim == "keeper" else children(one.pid)[0], signal.SIGKILL)
    one.wait(5, status=-signal.SIGKILL if victim == "keeper" else 1)
    wait_until(lambda: no_tun(one.ns), 5, "the interface is gone")
    wait_until(lambda: not vhost.queue_names(), 10, "the queues are gone")
    if victim == "worker":
        assert "was ended by signal 9" in one.stderr


def test_stops_while_it_waits_for_a_broker(netns, tool):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_1", "--netns", ns.name, "--url", "amqp://guest:guest@127.0.0.1:1/", wait=False)
    one.wait_stderr("Connection refused.*trying again")
    assert not no_tun(ns)
    one.stop()
    assert no_tun(ns)


@pytest.mark.parametrize("key,fields", [("testingtool.terminate", {"description": "bye"}), ("testingtool.terminate", {}),
                                        ("control.session", {"_type": "testingtool.terminate", "description": "bye"})])
@pytest.mark.parametrize("waiting", [False, True])
def test_terminate(agent, witness, key, fields, waiting):
    bus = witness("testingtool.component.shutdown")
    one = agent("agent_1", *(["--wait-start"] if waiting else []))
    for count, nonsense in enumerate((b"", b"[]", b"{", b"\xff\xfe"), 1):
        bus.publish(key, nonsense)
        one.wait_stats(lambda s: s["control.rejected"] == count)
    bus.publish(key, {"_api_version": "1.2.15", **fields})
    one.wait(5, status=0)
    assert no_tun(one.ns) and json.loads(bus.get().body)["component"] == "agent_1"
    check_sums(one.final_stats())


def test_an_interface_deleted_under_it(agent):
    one = agent("agent_1")
    one.ns.ip("link", "del", "tun0")
    one.wait(5, status=1)
    assert "tun0: the interface is gone" in one.stderr


def test_an_interface_that_is_down(agent, witness):
    one = agent("agent_1", "--peer", "agent_2")
    one.ns.ip("link", "set", "tun0", "down")
    bus = witness()
    bus.publish(raw_key("agent_2"), body(ipv4_udp("10.2.0.2", "10.2.0.1", b"x")))
    one.wait_stats(lambda s: s["downlink.rejected_interface"] == 1)
    one.ns.ip("link", "set", "tun0", "up")
    receiver = socket_in(one.ns, socket.AF_INET, ("10.2.0.1", 5683))
    bus.publish(raw_key("agent_2"), body(ipv4_udp("10.2.0.2", "10.2.0.1", b"up again")))
    assert receiver.recvfrom(100)[0] == b"up again"
    check_sums(one.stop())


# --- tun.start ---

def start_body(**fields):
    return {"_api_version": "1.2.15", "name": "x", "ipv6_prefix": None, "ipv6_host": None, "ipv6_no_forwarding": False, "ipv4_host": None,
            "ipv4_network": None, "ipv4_netmask": None, "re_route_packets_if": None, "re_route_packets_prefix": None,
            "re_route_packets_host": None, **fields}


@pytest.mark.parametrize("key", ["toAgent.coap_client.ip.tun.start", "control.tun.toAgent.coap_client"])
def test_tun_start_makes_the_interface(agent, witness, key):
    bus = witness("fromAgent.coap_client.ip.tun.started", "testingtool.component.ready")
    one = agent("coap_client")
    assert json.loads(bus.get().body)["component"] == "coap_client"
    assert no_tun(one.ns)
    bus.publish(raw_key("coap_client", "to"), body(ipv6_udp("bbbb::9", "bbbb::7", b"early")))
    one.wait_stats(lambda s: s["downlink.rejected_no_interface"] == 1)
    bus.publish(key, start_body(_type="tun.start", ipv6_prefix="bbbb", ipv6_host=":7", ipv4_address="10.2.0.7"))
    started = json.loads(bus.get(key="fromAgent.coap_client.ip.tun.started").body)
    assert (started["name"], started["ipv6_prefix"], started["ipv6_host"], started["ipv4_host"]) == (
        "coap_client", "bbbb", "7", "10.2.0.7")
    assert "inet6 bbbb::7/64" in one.ns.ip("addr", "show", "tun0") and "inet 10.2.0.7/24" in one.ns.ip("addr", "show", "tun0")
    # A second one changes nothing and is answered with what is in force.
    bus.publish(key, start_body(_type="tun.start", ipv6_prefix="bbbb", ipv6_host="8"))
    assert json.loads(bus.get(key="fromAgent.coap_client.ip.tun.started").body) == started
    assert "bbbb::8" not in one.ns.ip("addr", "show", "tun0")
    check_sums(one.stop())


SIX = {"ipv6_prefix": "bbbb", "ipv6_host": "1"}
FOUR = {"ipv4_host": "10.2.0.9"}
ELSEWHERE = {"re_route_packets_if": "lan", "re_route_packets_prefix": "cccc", "re_route_packets_host": "1"}
REFUSED = [
    ({}, "no address"),
    ({"name": "x", "ipv6_no_forwarding": True}, "no address"),
    ({"ipv6_prefix": "2001:db8", "ipv6_host": "1"}, "2001:db8::1/64 is outside of what --allow-net allows"),
    ({**SIX, "ipv6_prefix": "bbbb:1"}, "outside of what --allow-net"),
    ({**SIX, "ipv6_prefix": "bbbb:0:0:0:1"}, "ipv6_host"),
    ({**SIX, "ipv6_prefix": "bbbb::/64 dev lo;"}, "first groups of an IPv6 address"),
    ({**SIX, "ipv6_prefix": "$(touch /tmp/owned)"}, "first groups of an IPv6 address"),
    ({**SIX, "ipv6_prefix": "ff02"}, "multicast"),
    ({**SIX, "ipv6_prefix": "10.2"}, "first groups of an IPv6 address"),
    ({"ipv6_prefix": "bbbb"}, "ipv6_host '': is missing"),
    ({**SIX, "ipv6_host": "1/64 dev lo; touch /tmp/owned"}, "ipv6_host '1/64 dev lo; touch /tmp/owned'"),
    ({**SIX, "ipv6_host": "1:2:3:4:5"}, "ipv6_host"),
    ({**SIX, "ipv6_host": "12345"}, "ipv6_host"),
    ({**SIX, "ipv6_host": "-1"}, "ipv6_host"),
    ({**SIX, "ipv6_host": "\u001b[31m1"}, r"ipv6_host '\\x1b\[31m1'"),
    ({**SIX, "ipv4_address": "192.168.1.1"}, "192.168.1.1/24 is outside of what --allow-net allows"),
    ({"ipv4_host": "192.168.1.1"}, "192.168.1.1/24 is outside of what --allow-net allows"),
    ({"ipv4_address": "10.2.0.9/8"}, "10.2.0.9/8 is outside of what --allow-net allows"),
    ({"ipv4_address": "10.2.0.256"}, "ipv4_address '10.2.0.256': is no IP address"),
    ({"ipv4_address": "10.2.0.9/33"}, "ipv4_address"),
    ({"ipv4_address": "bbbb::1"}, "ipv4_address 'bbbb::1'"),
    ({"ipv4_address": "127.0.0.1"}, "ipv4_address '127.0.0.1': is no address of a host"),
    ({"ipv4_host": "10.2.0.255"}, "broadcast"),
    ({"ipv4_host": "10.2.0.0"}, "network's own"),
    ({"ipv4_host": "224.0.0.1"}, "multicast"),
    ({"ipv4_host": "10.2.0.9; reboot"}, "ipv4_host '10.2.0.9; reboot': is no IP address"),
    ({**FOUR, "ipv4_network": "10.3.0.0"}, "ipv4_network '10.3.0.0': does not hold the address"),
    ({**FOUR, "ipv4_network": "`reboot`"}, "ipv4_network '`reboot`'"),
    ({**FOUR, "ipv4_netmask": "255.0.0.0"}, "10.2.0.9/8 is outside of what --allow-net allows"),
    ({**FOUR, "ipv4_netmask": "255.0.255.0"}, "ipv4_netmask '255.0.255.0': is no netmask"),
    ({**FOUR, "ipv4_netmask": "24"}, "ipv4_netmask '24': is no netmask"),
    ({**FOUR, "ipv4_netmask": "0.0.0.0"}, "ipv4_host"),
    ({**SIX, **ELSEWHERE}, "re-routing was not asked for by option"),
    ({**SIX, "re_route_packets_if": "lo"}, "re-routing was not asked for by option"),
    ({**SIX, "re_route_packets_prefix": "cccc"}, "re-routing was not asked for by option"),
    ({**SIX, "re_route_packets_host": "1"}, "re-routing was not asked for by option"),
]


def test_tun_start_is_bounded(agent, witness):
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x")
    before = one.ns.ip("addr"), one.ns.ip("-6", "route", "show", "table", "all"), one.ns.ip("route", "show", "table", "all")
    for count, (fields, words) in enumerate(REFUSED, 1):
        bus.publish("toAgent.x.ip.tun.start", start_body(**fields))
        stats = one.wait_stats(lambda s: s["control.refused"] + s["control.rejected"] + s["control.handled"] == count)
        assert stats["control.refused"] == count, fields
        said = re.findall(r"toAgent\.x\.ip\.tun\.start: refused: (.*)", one.stderr)
        assert len(said) == count and re.search(words, said[-1]), (words, said[-1])
        assert (one.ns.ip("addr"), one.ns.ip("-6", "route", "show", "table", "all"), one.ns.ip("route", "show", "table", "all")) == before
    assert not os.path.exists("/tmp/owned")
    for count, nonsense in enumerate([b"", b"no JSON", b"[]", b'{"ipv6_host": {}}', b'{"ipv6_host": "' + b"1" * 70000 + b'"}',
                                      b'{"ipv6_host": "' + b"1" * 500 + b'"}', b'{"re_route_packets_if": ["lo"]}', b'{"ipv6_host": "1"'], 1):
        bus.publish("toAgent.x.ip.tun.start", nonsense)
        one.wait_stats(lambda s: s["control.rejected"] == count)
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="5"))
    assert json.loads(bus.get().body)["ipv6_host"] == "5"
    check_sums(one.stop())


def test_tun_start_re_routes_field_by_field(agent, netns, witness):
    gateway = netns()
    gateway.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan2")
    one = agent("x", "--re-route-packets-if", "lan", "--allow-net", "bbbb::/64", "--allow-net", "cccc::/64", ns=gateway)
    bus = witness()
    before = system_state(gateway)
    for count, (fields, words) in enumerate([
            ({"re_route_packets_if": "lan2"}, "is not the interface that --re-route-packets-if names"),
            ({"re_route_packets_if": "lan; reboot"}, "is not the interface"),
            ({"re_route_packets_prefix": "2001:db8"}, "--allow-net"),
            ({"re_route_packets_prefix": "bbbb"}, "tunnel's own"),
            ({"re_route_packets_prefix": "cccc/64"}, "re_route_packets_prefix"),
            ({"re_route_packets_prefix": None}, "re_route_packets_prefix"),
            ({"re_route_packets_prefix": "192.168.1.0/24"}, "re_route_packets_prefix"),
            ({"re_route_packets_host": None}, "the host is not"),
            ({"re_route_packets_host": "1 via fe80::1"}, "the host is not")], 1):
        bus.publish("toAgent.x.ip.tun.start", start_body(**{**SIX, **ELSEWHERE, **fields}))
        one.wait_stats(lambda s: s["control.refused"] == count)
        said = re.findall(r"refused: (.*)", one.stderr)
        assert len(said) == count and words in said[-1], (words, said)
        assert system_state(gateway) == before and no_tun(gateway)


def test_tun_start_with_an_address_that_another_interface_has(agent, witness):
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x")
    one.ns.ip("addr", "add", "bbbb::7/128", "dev", "lo")
    one.ns.ip("addr", "add", "10.2.0.7/32", "dev", "lo")
    for count, fields in enumerate(({"ipv6_host": "7"}, {"ipv6_host": "8", "ipv4_address": "10.2.0.7"}), 1):
        bus.publish("toAgent.x.ip.tun.start", start_body(**fields))
        one.wait_stats(lambda s: s["control.refused"] == count)
        one.wait_stderr(r"refused: \S+: is an address of lo already")
        wait_until(lambda: no_tun(one.ns))
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="8", ipv4_address="10.2.0.8"))
    assert json.loads(bus.get().body)["ipv6_host"] == "8"


def test_allow_net(agent, witness):
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x", "--allow-net", "cafe::/32")
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_prefix="bbbb", ipv6_host="1"))
    one.wait_stats(lambda s: s["control.refused"] == 1)
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_prefix="cafe:0:7", ipv6_host="1"))
    assert json.loads(bus.get().body)["ipv6_prefix"] == "cafe:0:7"
    assert "inet6 cafe:0:7::1/64" in one.ns.ip("addr", "show", "tun0")


def test_wait_start(agent, witness):
    bus = witness("fromAgent.agent_4.ip.tun.started")
    one = agent("agent_4", "--wait-start")
    assert no_tun(one.ns)
    bus.publish("toAgent.agent_4.ip.tun.start", start_body())
    assert json.loads(bus.get().body)["ipv6_host"] == "4"
    assert "bbbb::4" in one.ns.ip("addr", "show", "tun0")


@pytest.mark.parametrize("arguments,address", [
    (["--force-bootstrap"], "bbbb::1/64"),
    (["--force-bootstrap", "--ipv6-prefix", "bbbb", "--ipv6-host", "100"], "bbbb::100/64"),
    (["--ipv6", "cafe::9/48"], "cafe::9/48"),
    (["--ipv4-address", "10.2.0.9"], "10.2.0.9/24"),
])
def test_addresses_by_option(agent, arguments, address):
    one = agent("coap_client", *arguments)
    assert f" {address} " in one.ns.ip("addr", "show", "tun0")


# --- bad input ---

GOOD = ipv6_udp("bbbb::2", "bbbb::1", b"after all that")


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
    ("rejected_header", gso_bytes((vnet(1, 0x7f, 48, 5, 40, 6), GOOD)), GSO),
    ("rejected_not_ip", gso_bytes((vnet(), b"\x50" * 60)), GSO),
    ("rejected_length", gso_bytes((vnet(), GOOD + b"x")), GSO),
    ("rejected_destination", gso_bytes((vnet(), ipv6_udp("bbbb::2", "bbbb::3", b"x"))), GSO),
    ("rejected_destination", gso_bytes(super_udp("bbbb::2", "2001:db8::1", b"x" * 30, 10)), GSO),
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


@pytest.mark.parametrize("offload", [True, False])
def test_super_packets_enter_as_what_they_stand_for(agent, witness, offload):
    """With a kernel that takes them, and cut up by us for one that does not."""
    one = agent("agent_1", *(["--peer", "agent_2"] if offload else []), "-v")
    if offload:
        one.wait_stderr("super-packets of TCP")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    key = raw_key("agent_2") if offload else raw_key("agent_1", "to")
    payload = os.urandom(1452 * 20 + 17)
    witness().publish(key, gso_bytes((vnet(), ipv6_udp("bbbb::2", "bbbb::1", b"before")), super_udp("bbbb::2", "bbbb::1", payload, 1452),
                                     (vnet(1, UDP_L4, 48, 0, 40, 6), GOOD), (vnet(), GOOD)), content_type=GSO)
    got = [receiver.recvfrom(2000)[0] for _ in range(23)]
    assert got[0] == b"before" and got[-1] == b"after all that" and b"".join(got[1:-1]) == payload and len(got[1]) == 1452
    stats = one.stats()
    assert stats["downlink.delivered"] == 3 and stats["downlink.rejected_header"] == 1
    check_sums(stats)


def entered(ns):
    """Packets, or super-packets, that the kernel was given through tun0."""
    return json.loads(ns.run("ip", "-j", "-s", "link", "show", "tun0").stdout)[0]["stats64"]["rx"]["packets"]


def send_all(sender, address, octets):
    sender.connect(address)
    sender.sendall(octets)
    sender.close()


@pytest.mark.parametrize("address", ["bbbb::2", "10.2.0.2"])
def test_packets_of_one_stream_enter_together(pair, address):
    """One message has many packets of a stream (pcap): the kernel is given few super-packets, and the stream is whole."""
    one, two = pair("--encoding", "pcap")
    family, sent, got = socket.AF_INET6 if ":" in address else socket.AF_INET, os.urandom(4 << 20), b""
    listener = socket_in(two.ns, family, (address, 7000), socket.SOCK_STREAM)
    listener.listen()
    thread = threading.Thread(target=send_all, args=(socket_in(one.ns, family, None, socket.SOCK_STREAM), (address, 7000), sent))
    thread.start()
    connection = listener.accept()[0]
    connection.settimeout(20)
    while part := connection.recv(1 << 20):
        got += part
    thread.join()
    assert got == sent
    stats, given = two.stats(), entered(two.ns)
    assert stats["downlink.delivered"] > len(sent) / 1448 and given < stats["downlink.delivered"] / 4
    check_sums(two.stop())


def preload(tmp_path, code, *defines):
    """A library whose functions a tool gets in place of the C library's: kernels that we do not have."""
    source, library = tmp_path / "preload.c", tmp_path / "preload.so"
    source.write_text("#define _GNU_SOURCE\n" + "".join(f"#include <{h}>\n" for h in (
        "dlfcn.h", "errno.h", "fcntl.h", "linux/if_tun.h", "stdarg.h", "string.h", "sys/ioctl.h", "sys/stat.h")) + code)
    subprocess.run(["cc", "-shared", "-fPIC", *defines, "-o", str(library), str(source), "-ldl"], check=True)
    return library


@pytest.mark.parametrize("refused", ["TUNSETOFFLOAD", "TUNSETVNETLE", "udp"])
def test_a_kernel_without_super_packets(pair, tmp_path, refused):
    if "asan" in str(binaries_folder()):
        pytest.skip("AddressSanitizer wants to be the first library")
    library = preload(tmp_path, """
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == REFUSED && ((unsigned long)argument & MASK || !MASK)) {
		errno = EINVAL;
		return -1;
	}
	return ((int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl"))(fd, request, argument);
}
""", f"-DREFUSED={'TUNSETOFFLOAD' if refused == 'udp' else refused}", f"-DMASK={0x60 if refused == 'udp' else 0}")
    one, two = pair("-v", env={"LD_PRELOAD": str(library)})
    ping(one.ns, "bbbb::2")
    if refused == "udp":
        one.wait_stderr(r"super-packets of TCP\n")
        one.wait_stderr("published as gso")
    else:
        one.wait_stderr("published as pcap")
        assert "super-packets" not in one.stderr
    assert one.ns.interfaces() == ["lo", "tun0"]
    check_sums(one.stop())


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
    stats = one.wait_stats(lambda s: s["downlink.received"] == 6)
    assert stats["downlink.rejected_not_ip"] == stats["downlink.rejected_record"] == stats["downlink.rejected_not_pcap"] == 1
    assert stats["downlink.delivered"] == 3


@pytest.mark.parametrize("encoding", ["json", "pcap", "gso"])
def test_forged_sources(agent, witness, encoding):
    one = agent("agent_1", "--peer", "agent_2", "--peer", "agent_3", "--peer-net", "agent_3=cccc::/64", "--peer-net", "agent_3=192.168.3.0/24")
    six, four = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683)), socket_in(one.ns, socket.AF_INET, ("10.2.0.1", 5683))
    bus = witness()

    def publish(key, source, payload, extra=()):
        packet = ipv6_udp(source, "bbbb::1", payload) if ":" in source else ipv4_udp(source, "10.2.0.1", payload)
        if encoding == "json":
            bus.publish(key, body(packet))
        elif encoding == "pcap":
            bus.publish(key, pcap_bytes(101, [(0, packet)]), content_type=PCAP)
        else:
            bus.publish(key, gso_bytes((vnet(), packet), *extra), content_type=GSO)
    forged = ["bbbb::3", "bbbb::1", "2001:db8::1", "cccc::1", "fe80::1", "fe80::3", "ff02::1", "::1", "10.2.0.3", "10.2.0.1", "8.8.8.8",
              "192.168.3.1", "224.0.0.1", "127.0.0.1", "255.255.255.255"]
    for source in forged:
        publish(raw_key("agent_2"), source, b"forged")
    publish(raw_key("agent_2") + ".to.agent_1", "bbbb::3", b"forged")
    super_packets = [super_udp("bbbb::3", "bbbb::1", b"forged" * 10, 6)] if encoding == "gso" else []
    publish(raw_key("agent_2"), "10.2.0.3", b"forged", super_packets)
    for receiver, good, behind in (six, "bbbb::2", "cccc::1"), (four, "10.2.0.2", "192.168.3.1"):
        publish(raw_key("agent_2"), good, b"good")
        publish(raw_key("agent_3"), behind, b"from behind")
        assert [receiver.recvfrom(100)[0] for _ in range(2)] == [b"good", b"from behind"]
    stats = one.stats()
    assert stats["downlink.rejected_source"] == len(forged) + 2 + len(super_packets) and stats["downlink.delivered"] == 4
    assert "cccc::/64 dev tun0" in one.ns.ip("-6", "route") and "192.168.3.0/24 dev tun0" in one.ns.ip("route")


def test_no_source_check(agent, witness):
    one = agent("agent_1", "--peer", "agent_2", "--no-source-check")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    witness().publish(raw_key("agent_2"), body(ipv6_udp("2001:db8::1", "bbbb::1", b"routed")))
    assert receiver.recvfrom(100)[0] == b"routed"


def icmpv6(source, destination, message):
    """With a hop limit of 255, as neighbour discovery wants it."""
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    pseudo = ends + struct.pack(">IHBB", len(message), 0, 0, 58) + message
    total = sum(struct.unpack(f">{len(pseudo) // 2}H", pseudo))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">IHBB", 6 << 28, len(message), 58, 255) + ends + message[:2] + struct.pack(">H", total ^ 0xFFFF) + message[4:]


def test_nobody_on_the_bus_becomes_our_router(agent, witness):
    one = agent("agent_1", "--peer", "agent_2")
    before = one.ns.ip("-6", "route"), one.ns.ip("-6", "addr")
    prefix = struct.pack(">BBBBIII", 3, 4, 64, 0xC0, 86400, 86400, 0) + socket.inet_pton(socket.AF_INET6, "dddd::")
    advertisement = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix
    bus = witness()
    bus.publish(raw_key("agent_2"), body(icmpv6("fe80::2", "ff02::1", advertisement)))
    one.wait_stats(lambda s: s["downlink.delivered"] == 1)
    ping(one.ns, "bbbb::1", 1)
    assert (one.ns.ip("-6", "route"), one.ns.ip("-6", "addr")) == before
    assert "Icmp6InRouterAdvertisements     \t1" in one.ns.run("cat", "/proc/net/snmp6").stdout, "it did arrive"


def with_checksum(octets, at):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return octets[:at] + struct.pack(">H", total ^ 0xFFFF) + octets[at + 2:]


def redirect(router, to, source, destination, gateway):
    """ICMP: what SOURCE sends to DESTINATION should go by way of GATEWAY."""
    message = with_checksum(struct.pack(">BBH", 5, 1, 0) + socket.inet_aton(gateway) + ipv4_udp(source, destination, b""), 2)
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0) + socket.inet_aton(router) + socket.inet_aton(to)
    return with_checksum(header, 10) + message


def test_no_redirect_from_the_bus_is_obeyed(agent, netns, vhost):
    """Through a router, whose packets have any source: here that of the host's own gateway, elsewhere."""
    ns = netns()
    ns.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan2")
    ns.ip("addr", "add", "192.168.1.7/24", "dev", "lan")
    ns.ip("link", "set", "lan", "up")
    ns.ip("link", "set", "lan2", "up")
    ns.ip("route", "add", "default", "via", "192.168.1.1")
    ns.ip("neigh", "add", "192.168.1.66", "lladdr", "02:00:00:00:00:66", "dev", "lan", "nud", "permanent")
    one = agent("agent_1", ns=ns)
    before = ns.ip("route", "get", "8.8.8.8")
    sender = socket_in(ns, socket.AF_INET, ("0.0.0.0", 5683))
    sender.connect(("8.8.8.8", 5683))
    for source in "192.168.1.7", "10.2.0.1":
        packet = redirect("192.168.1.1", "10.2.0.1", source, "8.8.8.8", "192.168.1.66")
        amqp_publish(vhost.url, raw_key("agent_1", "to"), json.dumps(body(packet)).encode())
    stats = one.wait_stats(lambda s: s["downlink.received"] == 2)
    assert ns.ip("route", "get", "8.8.8.8") == before
    assert stats["downlink.rejected_redirect"] == 2 and stats["downlink.delivered"] == 0
    check_sums(one.stop())


def test_with_peers_a_router_delivers_nothing_twice(agent, witness):
    one = agent("agent_1", "--peer", "agent_2")
    bus = witness()
    bus.publish(raw_key("agent_1", "to"), body(GOOD))
    bus.publish(raw_key("agent_2"), body(GOOD))
    stats = one.wait_stats(lambda s: s["downlink.received"] >= 1)
    assert stats["downlink.received"] == 1


def test_two_agents_with_one_name(agent):
    one = agent("agent_1")
    two = agent("agent_1")
    for tool in one, two:
        tool.wait_stderr("another agent is called 'agent_1' too")
    counts = [t.stats()["bus_uplink.control_published"] for t in (one, two)]
    assert max(counts) <= 4
    assert one.stats()["control.namesakes"] >= 1


def test_two_agents_with_one_name_that_wait(agent):
    one = agent("coap_client")
    agent("coap_client")
    one.wait_stderr("another agent is called 'coap_client' too")


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


# --- the broker away ---

def test_wrong_password(netns, tool, broker):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_1", "--netns", ns.name, "--url", broker.url_of(password="s3cret-word"), wait=False)
    one.wait(10, status=3)
    assert "login" in one.stderr and "s3cret-word" not in one.stderr and no_tun(ns)


def test_unknown_virtual_host(netns, tool, broker):
    one = tool("amqp-tun", "-n", "agent_1", "--netns", netns().name, "--url", broker.url_of("nowhere"), wait=False)
    one.wait(10, status=3)
    assert "nowhere" in one.stderr


def test_no_broker(netns, tool):
    one = tool("amqp-tun", "-n", "agent_1", "--netns", netns().name, "--url", "amqp://guest:s3cret-word@127.0.0.1:1/", "--retry", "never",
               wait=False)
    one.wait(10, status=1)
    assert "amqp://guest@127.0.0.1:1/: Connection refused" in one.stderr and "s3cret-word" not in one.stderr


def test_it_comes_back_after_an_outage(pair, vhost, broker):
    one, two = pair()
    for tool in one, two:
        assert status_fields(children(tool.pid)[0])["Seccomp"] == "2" or "asan" in str(binaries_folder()), "and so it reconnects"
    ping(one.ns, "bbbb::2", 1)
    said = one.stats()["bus_uplink.control_published"]
    broker.close_connections(vhost.name)
    for tool in one, two:
        tool.wait_stats(lambda s: s["bus_uplink.connections"] == 2 and s["bus_downlink.connections"] == 2, 20)
    one.wait_stats(lambda s: s["bus_uplink.control_published"] >= said + 2)  # ready and tun.started again
    wait_until(lambda: "1 received" in one.ns.run("ping", "-n", "-c", "1", "-W", "1", "bbbb::2", check=False).stdout, 20)
    for tool in one, two:
        check_sums(tool.stop())


@pytest.mark.timeout(120)
def test_it_reconnects_through_tls_and_by_name(tool, netns, tmp_path):
    """Names are looked up and certificates are read again under the filter of system calls."""
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue("broker", "DNS:localhost,IP:127.0.0.1")
    folder = tmp_path / "secure"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as spare:
        port = spare.getsockname()[1]
    (folder / "extra.conf").write_text(f"listeners.ssl.default = 127.0.0.1:{port}\nssl_options.cacertfile = {authority.certificate}\n"
                                       f"ssl_options.certfile = {certificate}\nssl_options.keyfile = {key}\n")
    broker = Broker(folder)
    try:
        agents = []
        for name, peer in ("agent_1", "agent_2"), ("agent_2", "agent_1"):
            ns = netns()
            agents.append(tool("amqp-tun", "-n", name, "--peer", peer, "--netns", ns.name, "--cacert", authority.certificate,
                               "--url", f"amqps://guest:guest@localhost:{port}/"))
            agents[-1].ns = ns
        one, two = agents
        for round_trip in 1, 2:
            for each in agents:
                each.wait_stats(lambda s: s["bus_uplink.connections"] >= round_trip and s["bus_downlink.connections"] >= round_trip, 20)
                seccomp = status_fields(children(each.pid)[0])["Seccomp"]
                assert seccomp == "2" or "asan" in str(binaries_folder())
            wait_until(lambda: "1 received" in one.ns.run("ping", "-n", "-c", "1", "-W", "1", "bbbb::2", check=False).stdout, 20)
            broker.close_connections("/")
        for each in agents:
            check_sums(each.stop())
    finally:
        broker.close()


@pytest.mark.timeout(120)
def test_it_survives_a_broker_that_is_killed(tool, netns, private_broker):
    agents = []
    for name, peer in ("agent_1", "agent_2"), ("agent_2", "agent_1"):
        ns = netns()
        agents.append(tool("amqp-tun", "-n", name, "--peer", peer, "--netns", ns.name, "--url", private_broker.url))
        agents[-1].ns = ns
    one, two = agents
    ping(one.ns, "bbbb::2", 1)
    private_broker.kill()
    one.wait_stderr("trying again")
    sender = socket_in(one.ns, socket.AF_INET6)

    def send_and_look():
        sender.sendto(b"lost", ("bbbb::2", 7))
        return one.stats()["uplink.dropped_no_broker"] >= 5
    wait_until(send_and_look)
    private_broker.start()
    wait_until(lambda: "1 received" in one.ns.run("ping", "-n", "-c", "1", "-W", "1", "bbbb::2", check=False).stdout, 40)
    for tool in agents:
        check_sums(tool.stop())


def test_packets_without_a_broker_are_dropped_and_counted(netns, tool):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_1", "--netns", ns.name, "--url", "amqp://guest:guest@127.0.0.1:1/", wait=False)
    one.wait_stderr("trying again")
    sender = socket_in(ns, socket.AF_INET6)
    for _ in range(10):
        sender.sendto(b"x", ("bbbb::2", 7))
    stats = one.wait_stats(lambda s: s["uplink.read"] >= 10)
    check_sums(stats)
    assert stats["uplink.dropped_no_broker"] == stats["uplink.read"] and stats["uplink.published"] == 0


def test_what_the_kernel_drops_is_shown(agent):
    one = agent("agent_1")
    child = children(one.pid)[0]
    os.kill(child, signal.SIGSTOP)
    try:
        wait_until(lambda: status_fields(child)["State"].startswith("T"))
        sender = socket_in(one.ns, socket.AF_INET6)
        for _ in range(700):
            sender.sendto(b"x", ("bbbb::2", 7))
    finally:
        os.kill(child, signal.SIGCONT)
    stats = one.wait_stats(lambda s: s["interface.tx_dropped"] > 0 and s["uplink.read"] >= 250)
    assert stats["uplink.read"] + stats["interface.tx_dropped"] >= 700


# --- setting up ---

def run_tun(*arguments, prefix=()):
    return subprocess.run([*prefix, str(binaries_folder() / "amqp-tun"), *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20, env={"PATH": os.environ["PATH"]})


@pytest.mark.parametrize("arguments,words", [
    ([], "no name"),
    (["-n", "a.b"], "--name 'a.b'"),
    (["-n", "a", "--ifname", "abcdefghijklmnop"], "15 characters"),
    (["-n", "a", "--ipv6", "bbbb::1/129"], "bad prefix length"),
    (["-n", "a", "--ipv6", "bbbb::1"], "no prefix length"),
    (["-n", "a", "--mtu", "576"], "from 1280 to 65535"),
    (["-n", "a", "--peer", "a"], "own name"),
    (["-n", "a", "--netns", "../x"], "/var/run/netns"),
    (["-n", "a", "--user", "no such user"], "there is no such user"),
    (["-n", "a", "--encoding", "gso"], "needs --peer"),
    (["-n", "a", "--re-route-packets-prefix", "cccc"], "needs --re-route-packets-if"),
    (["-n", "a", "stray"], "stray"),
])
def test_wrong_usage(arguments, words):
    done = run_tun(*arguments)
    assert done.returncode == 2 and words in done.stdout, done.stdout


def test_no_permission(anybodys_program):
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", str(anybodys_program), "-n", "agent_1"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    assert done.returncode == 1
    assert re.search(r"^amqp-tun: /dev/net/tun: .*\(run as root, or give it CAP_NET_ADMIN", done.stdout, re.M), done.stdout


def test_unknown_namespace():
    done = run_tun("-n", "agent_1", "--netns", "fb-there-is-none")
    assert done.returncode == 1 and "--netns 'fb-there-is-none': No such file or directory" in done.stdout


def test_no_tun_device():
    # Its own /dev without the device: in a mount namespace that ends with the process.
    script = 'mount -t tmpfs none /dev/net && exec "$0" -n agent_1'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, str(binaries_folder() / "amqp-tun")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20)
    assert done.returncode == 1 and "/dev/net/tun: No such file or directory (load the module: modprobe tun)" in done.stdout


def test_an_interface_in_use(agent):
    one = agent("agent_1", "--ifname", "fb0")
    done = run_tun("-n", "agent_2", "--ifname", "fb0", "--netns", one.ns.name)
    assert done.returncode == 1 and "interface 'fb0': is in use by another process" in done.stdout
    done = run_tun("-n", "agent_2", "--ifname", "lo", "--netns", one.ns.name)
    assert done.returncode == 1 and "interface 'lo': exists, and is no TUN interface" in done.stdout


def test_an_address_that_another_interface_has(agent):
    one = agent("agent_1")
    for family, address in (("--ipv6", "bbbb::1/64"), ("--ipv4", "10.2.0.1/16")):
        done = run_tun("-n", "x", family, address, "--netns", one.ns.name)
        assert done.returncode == 1 and f"{address.split('/')[0]}: is an address of tun0 already" in done.stdout, done.stdout
    assert one.ns.interfaces() == ["lo", "tun0"]


def test_a_persistent_interface_keeps_what_it_had(agent, netns):
    ns = netns()
    ns.ip("tuntap", "add", "fb0", "mode", "tun")
    ns.ip("addr", "add", "bbbb::1/64", "dev", "fb0", "nodad")
    one = agent("agent_1", "--ifname", "fb0", ns=ns)
    assert "10.2.0.1/24" in ns.ip("addr", "show", "fb0")
    one.stop()
    left = ns.ip("addr", "show", "fb0")
    assert "bbbb::1/64" in left and "10.2.0.1" not in left and "fe80::1/64" not in left


def segments_tcp(ns, interface):
    """Whether an interface takes super-packets of TCP (ETHTOOL_GTSO)."""
    value = ctypes.create_string_buffer(struct.pack("=II", 0x1e, 0))
    request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
    with socket_in(ns, socket.AF_INET) as control:
        fcntl.ioctl(control, 0x8946, request)
    return struct.unpack("=II", value.raw[:8])[1] == 1


@pytest.mark.parametrize("victim", ["nobody", "worker", "keeper"])
def test_a_persistent_interface_is_without_super_packets_again(agent, netns, victim):
    ns = netns()
    ns.ip("tuntap", "add", "fb0", "mode", "tun")
    one = agent("agent_1", "--peer", "agent_2", "--ifname", "fb0", ns=ns)
    assert segments_tcp(ns, "fb0")
    if victim == "worker":
        os.kill(children(one.pid)[0], signal.SIGKILL)
        one.wait(5)
    elif victim == "keeper":
        os.kill(one.pid, signal.SIGKILL)
        one.wait(5)
    else:
        one.stop()
    wait_until(lambda: not segments_tcp(ns, "fb0"), 5 if victim == "keeper" else 0.1)
    wait_until(lambda: "inet" not in ns.ip("addr", "show", "fb0"), 5 if victim == "keeper" else 0.1, "its addresses are gone")


# --- privileges ---

def test_the_process_that_speaks_to_the_broker_has_no_privileges(agent):
    one = agent("agent_1", "--wait-start")
    (child,) = children(one.pid)
    worker, keeper = status_fields(child), status_fields(one.pid)
    assert {worker[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert worker["NoNewPrivs"] == keeper["NoNewPrivs"] == "1"
    assert worker["Seccomp"] == "2" or "asan" in str(binaries_folder())
    assert int(keeper["CapPrm"], 16) == 1 << 12, "CAP_NET_ADMIN"
    assert int(keeper["Threads"]) == 1 and int(worker["Threads"]) >= 3
    for task in os.listdir(f"/proc/{child}/task"):
        assert status_fields(f"{child}/task/{task}")["CapEff"] == "0" * 16


def test_user(agent):
    one, two = agent("agent_1", "--peer", "agent_2", "--user", "nobody", "-v"), agent("agent_2", "--peer", "agent_1")
    ping(two.ns, "bbbb::1", 1)
    (child,) = children(one.pid)
    worker, keeper = status_fields(child), status_fields(one.pid)
    assert worker["Uid"].split() == ["65534"] * 4 and worker["Gid"].split() == ["65534"] * 4 and not worker["Groups"].strip()
    assert worker["CapPrm"] == "0" * 16 and int(keeper["CapPrm"], 16) == 1 << 12 | 1 << 5, "CAP_NET_ADMIN and CAP_KILL"
    one.wait_stderr(r"runs as nobody \(65534:65534\)")
    one.wait_stderr("this process has no capabilities")
    one.wait_stderr("system calls are (not )?filtered")
    one.stop()
    assert no_tun(one.ns)
    for victim in ("keeper", "worker"):
        three = agent("agent_3", "--user", "nobody", ns=one.ns)
        os.kill(three.pid if victim == "keeper" else children(three.pid)[0], signal.SIGKILL)
        three.wait(5)
        wait_until(lambda: no_tun(one.ns), 5)


def borrow_socket(pid):
    """A duplicate of the one end of a socket pair that a process holds."""
    pidfd = os.pidfd_open(pid)
    for fd in map(int, os.listdir(f"/proc/{pid}/fd")):
        if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            copy = libc.syscall(438, pidfd, fd, 0)  # pidfd_getfd
            assert copy >= 0, os.strerror(ctypes.get_errno())
            borrowed = socket.socket(fileno=copy)
            if (borrowed.family, borrowed.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET):
                return borrowed
            borrowed.close()
    raise AssertionError("it has no socket pair")


def test_the_keeper_obeys_the_options_and_not_the_child(agent):
    one = agent("coap_client")
    line = borrow_socket(children(one.pid)[0])
    line.settimeout(5)

    def ask(octets):
        line.send(octets)
        reply = line.recv(1000)
        outcome = struct.unpack("=i", reply[:4])[0]
        return outcome, reply[24:].split(b"\0")[0].decode()
    none = bytes(24)
    good = struct.pack("=i16sB3x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "bbbb::5"), 64)
    foreign = struct.pack("=i16sB3x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "2001:db8::5"), 64)
    behind = struct.pack("=i16sB3x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "cccc::5"), 64)
    configure, size = struct.pack("=I", 2), 4 + 3 * 24
    for octets, words in ((b"x", "wrong size"), (b"x" * 500, "wrong size"), (bytes(size), "unknown request"),
                          (struct.pack("=I", 1) + bytes(72), "open already"), (configure + foreign + none + none, "--allow-net"),
                          (configure + good + none + behind, "by option"), (configure + none * 3, "no address")):
        outcome, why = ask(octets)
        assert outcome != 0 and words in why
        assert no_tun(one.ns)
    assert ask(configure + good + none + none)[0] == 0
    line.close()


def test_the_password_is_not_in_the_process_list(agent):
    one = agent("agent_1")
    for pid in one.pid, *children(one.pid):
        with open(f"/proc/{pid}/cmdline", "rb") as handle:
            assert b":guest@" not in handle.read()


def unprivileged(ns, *capabilities):
    """Words that run a program in a namespace as user 4242, with a /dev/net/tun that is open to all."""
    script = 'mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec "$@"'
    keep = [f"--{kind}-caps=+{c}" for c in capabilities for kind in ("inh", "ambient")]
    return [*ns.prefix, "unshare", "--mount", "sh", "-c", script, "sh", "setpriv", "--reuid", "4242", "--regid", "4242", "--clear-groups", *keep]


@pytest.fixture
def anybodys_program(tmp_path):
    """A copy that every user can run: the build folder may be closed to others."""
    program = tmp_path / "amqp-tun"
    program.write_bytes((binaries_folder() / "amqp-tun").read_bytes())
    program.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    return program


NOWHERE = "amqp://guest:guest@127.0.0.1:1/"


def test_cap_net_admin_is_enough(tool, netns, anybodys_program):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_3", "--url", NOWHERE, prefix=unprivileged(ns, "net_admin"), program=anybodys_program, wait=False)
    one.wait_stderr("trying again")
    assert "bbbb::3/64" in ns.ip("addr", "show", "tun0")
    assert status_fields(children(one.pid)[0])["CapEff"] == "0" * 16 and status_fields(one.pid)["Uid"].split()[0] == "4242"
    one.stop()
    assert no_tun(ns)


def test_a_prepared_interface_needs_no_privileges(tool, netns, anybodys_program):
    ns = netns()
    ns.ip("tuntap", "add", "fb0", "mode", "tun", "user", "4242")
    ns.ip("addr", "add", "bbbb::1/64", "dev", "fb0", "nodad")
    ns.ip("link", "set", "fb0", "up")
    options = {"prefix": unprivileged(ns), "program": anybodys_program, "wait": False}
    for arguments, words in (([], r"/dev/net/tun: Operation not permitted \(run as root, or give it CAP_NET_ADMIN"),
                             (["--ifname", "fb0"], r"10\.2\.0\.1/24: Operation not permitted"),
                             (["--ifname", "fb0", "--mtu", "1400"], r"fb0: Operation not permitted")):
        one = tool("amqp-tun", "-n", "agent_1", "--url", NOWHERE, *arguments, **options)
        one.wait(10, status=1)
        assert re.search(words, one.stderr), one.stderr
    one = tool("amqp-tun", "-n", "x", "--ipv6", "bbbb::1/64", "--ifname", "fb0", "--url", NOWHERE, **options)
    one.wait_stderr("trying again")
    one.stop()
    assert "bbbb::1/64" in ns.ip("addr", "show", "fb0")


class Relay:
    """The broker's port of this side, in a namespace."""

    def __init__(self, ns, port):
        self.listener = socket_in(ns, socket.AF_INET, ("127.0.0.1", port), socket.SOCK_STREAM)
        self.listener.settimeout(None)
        self.listener.listen()
        self.port, self.sockets = port, [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                ends = self.listener.accept()[0], socket.create_connection(("127.0.0.1", self.port))
                self.sockets += ends
                for source, sink in (ends, ends[::-1]):
                    threading.Thread(target=self._move, args=(source, sink), daemon=True).start()
        except OSError:
            pass

    @staticmethod
    def _move(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()


@pytest.fixture
def broker_in(broker):
    """broker_in(NS): the broker is reached from inside of this namespace too."""
    made = []
    yield lambda ns: made.append(Relay(ns, broker.port))
    for relay in made:
        relay.close()


@pytest.mark.parametrize("way", ["net_admin", "prepared"])
def test_without_root_it_speaks_to_its_peer(agent, bus_tool, netns, broker_in, anybodys_program, way):
    ns = netns()
    broker_in(ns)
    options = ["-n", "agent_1", "--peer", "agent_2", "-v"]
    if way == "prepared":
        ns.ip("tuntap", "add", "fb0", "mode", "tun", "user", "4242")
        for address in "bbbb::1/64", "10.2.0.1/24":
            ns.ip("addr", "add", address, "dev", "fb0")
        ns.ip("link", "set", "fb0", "addrgenmode", "none")
        ns.run("sysctl", "-q", "net.ipv6.conf.fb0.accept_ra=0", "net.ipv6.conf.fb0.accept_redirects=0", "net.ipv4.conf.fb0.accept_source_route=0")
        ns.ip("link", "set", "fb0", "up")
        refused = subprocess.run([*unprivileged(ns), str(anybodys_program), *options, "--ifname", "fb0", "--peer-net", "agent_2=ccc2::/64"],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
        assert refused.returncode == 1 and "route to ccc2::/64: Operation not permitted" in refused.stdout, refused.stdout
        ns.ip("route", "add", "192.168.2.0/24", "dev", "fb0")
        ns.ip("-6", "route", "add", "ccc2::/64", "dev", "fb0")
        before = ns.ip("addr")
        options += ["--ifname", "fb0"]
    options += ["--peer-net", "agent_2=192.168.2.0/24", "--peer-net", "agent_2=ccc2::/64"]
    one = bus_tool("amqp-tun", *options, prefix=unprivileged(ns, *(["net_admin"] if way == "net_admin" else [])), program=anybodys_program)
    two = agent("agent_2", "--peer", "agent_1")
    two.wait_stats(lambda s: s["control.handled"] >= 1)
    for address in "bbbb::1", "10.2.0.1":
        ping(two.ns, address)
    for address in "bbbb::2", "10.2.0.2":
        ping(ns, address)
    one.wait_stderr("published as gso")
    keeper, worker = status_fields(one.pid), status_fields(children(one.pid)[0])
    assert int(keeper["CapPrm"], 16) == (1 << 12 if way == "net_admin" else 0) and keeper["Uid"].split() == ["4242"] * 4
    assert worker["CapPrm"] == worker["CapEff"] == worker["CapAmb"] == "0" * 16 and worker["Uid"].split() == ["4242"] * 4
    assert worker["NoNewPrivs"] == "1" and (worker["Seccomp"] == "2" or "asan" in str(binaries_folder()))
    check_sums(one.stop())
    assert "could act as this host's router" not in one.stderr
    if way == "prepared":
        assert re.sub(r"<.*?>|state \S+|valid_lft.*", "", ns.ip("addr")) == re.sub(r"<.*?>|state \S+|valid_lft.*", "", before)
    else:
        assert no_tun(ns)


@pytest.mark.parametrize("end", ["term", "worker", "keeper"])
def test_cap_net_admin_is_enough_to_re_route(agent, bus_tool, netns, broker_in, anybodys_program, end):
    gateway, host = site(netns, 1)
    broker_in(gateway)
    before = system_state(gateway)
    one = bus_tool("amqp-tun", "-n", "agent_1", *site_options(1, 2), prefix=unprivileged(gateway, "net_admin"), program=anybodys_program)
    two = agent("agent_2", "--peer", "agent_1", "--peer-net", "agent_1=ccc1::/64", "--peer-net", "agent_1=192.168.1.0/24")
    two.wait_stats(lambda s: s["control.handled"] >= 1)
    for address in "192.168.1.7", "ccc1::7":
        ping(two.ns, address)
    for pid in one.pid, *children(one.pid):
        assert int(status_fields(pid)["CapPrm"], 16) in (0, 1 << 12) and status_fields(pid)["NoNewPrivs"] == "1"
    end_it(one, end)
    is_as_it_was(gateway, before)


# --- re-routing ---

def system_state(ns):
    """What re-routing could leave behind: every network sysctl, the routes and the addresses; not the tunnel's own."""
    sysctls = ns.run("sh", "-c", "cd /proc/sys/net && grep -rs . ipv4 ipv6 | grep -v '^ipv[46]/[a-z]*/tun' | sort", check=False).stdout
    routes = [ns.ip(family, "route", "show", "table", "all") for family in ("-4", "-6")]
    whole = "\n".join((sysctls, *routes, ns.ip("addr", "show")))
    return {re.sub(r"(expires|valid_lft|preferred_lft) \d+sec|@\S+", "", line) for line in whole.splitlines() if "tun0" not in line}


def is_as_it_was(ns, before):
    """Once the interface is gone."""
    wait_until(lambda: no_tun(ns), 5, "the interface is gone")
    try:
        wait_until(lambda: system_state(ns) == before, 5)
    except AssertionError:
        assert system_state(ns) == before


def raise_link(ns, link_local, name="lan"):
    """Usable at once: a link-local address of the kernel's own would be tentative for a second."""
    ns.ip("link", "set", name, "addrgenmode", "none")
    ns.ip("addr", "add", link_local, "dev", name, "nodad")
    ns.ip("link", "set", name, "up")


def advertise(ns, interface):
    """A router on the link says that it is one."""
    index = int(re.match(r"(\d+):", ns.ip("-o", "link", "show", interface)).group(1))
    router = socket_in(ns, socket.AF_INET6, kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMPV6)
    router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    router.sendto(struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0, 0, index))
    router.close()


def site(netns, number):
    """A gateway, and a host in the networks cccN::/64 and 192.168.N.0/24 behind it that has it as its router."""
    gateway, host = netns(), netns()
    gateway.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan", "netns", host.name)
    for ns, end in ((gateway, 1), (host, 7)):
        ns.ip("addr", "add", f"ccc{number}::{end}/64", "dev", "lan", "nodad")
        ns.ip("addr", "add", f"192.168.{number}.{end}/24", "dev", "lan")
        raise_link(ns, f"fe80::{end}/64")
    host.ip("route", "add", "default", "via", f"192.168.{number}.1")
    host.ip("-6", "route", "add", "default", "via", f"ccc{number}::1")
    return gateway, host


def site_options(number, other):
    return ["--peer", f"agent_{other}", "--re-route-packets-if", "lan", "--re-route-packets-prefix", f"ccc{number}::/64",
            "--re-route-packets-prefix", f"192.168.{number}.0/24", "--peer-net", f"agent_{other}=ccc{other}::/64",
            "--peer-net", f"agent_{other}=192.168.{other}.0/24"]


def end_it(tool, end):
    if end == "term":
        tool.stop()
    elif end == "worker":
        os.kill(children(tool.pid)[0], signal.SIGKILL)
        tool.wait(5, status=1)
    elif end == "deleted":
        tool.ns.ip("link", "del", "tun0")
        tool.wait(5, status=1)
    elif end == "group":
        os.killpg(tool.pid, signal.SIGKILL)
        tool.wait(5, status=-signal.SIGKILL)
    elif end == "both":
        worker = children(tool.pid)[0]
        os.kill(tool.pid, signal.SIGSTOP)
        os.kill(worker, signal.SIGKILL)
        os.kill(tool.pid, signal.SIGKILL)
        tool.wait(5, status=-signal.SIGKILL)
    else:
        os.kill(tool.pid, signal.SIGKILL)
        tool.wait(5, status=-signal.SIGKILL)


@pytest.mark.parametrize("end", ["term", "worker", "keeper", "both", "group"])
def test_hosts_behind_two_agents_reach_each_other(agent, netns, end):
    (gateway, one), (far_gateway, two) = site(netns, 1), site(netns, 2)
    before = system_state(gateway), system_state(far_gateway)
    tools = [agent("agent_1", *site_options(1, 2), ns=gateway, prefix=["setsid"]),
             agent("agent_2", *site_options(2, 1), ns=far_gateway, prefix=["setsid"])]
    for tool in tools:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    for host, far in ((one, 2), (two, 1)):
        ping(host, f"192.168.{far}.7")
        ping(host, f"ccc{far}::7")
        ping(host, f"10.2.0.{far}", 1)
        ping(host, f"bbbb::{far}", 1)
    assert "192.168.2.0/24 dev tun0" in gateway.ip("route") and "cccc" not in gateway.ip("-6", "route")
    assert sorted(s for s in system_state(gateway) - before[0] if s.startswith("ipv")) == ["ipv4/conf/lan/forwarding:1", "ipv6/conf/lan/force_forwarding:1"], "and nothing else"
    assert all(tool.stats()["downlink.rejected_source"] == 0 for tool in tools)
    helpers = [c for tool in tools for c in children(tool.pid)]
    for tool in tools:
        end_it(tool, end)
    for ns, was in zip((gateway, far_gateway), before):
        is_as_it_was(ns, was)
    wait_until(lambda: all(has_ended(p) for p in helpers), 5, "nobody is left")


def test_sources_and_destinations_of_routed_networks(agent, netns, witness):
    gateway, host = site(netns, 1)
    one = agent("agent_1", *site_options(1, 2), "--peer", "agent_3", "--peer", "newcomer", ns=gateway)
    receivers = {f: socket_in(host, f, (a, 5683)) for f, a in ((socket.AF_INET, "192.168.1.7"), (socket.AF_INET6, "ccc1::7"))}
    bus = witness()
    forged = [("agent_2", ipv4_udp(source, "192.168.1.7", b"forged")) for source in ("192.168.3.1", "192.168.1.9", "8.8.8.8", "10.2.0.3", "10.2.0.1")]
    forged += [("agent_2", ipv6_udp(source, "ccc1::7", b"forged")) for source in ("ccc3::1", "ccc1::9", "2001:db8::1", "bbbb::3", "bbbb::1")]
    forged += [("agent_3", ipv4_udp("192.168.2.7", "192.168.1.7", b"forged")), ("agent_3", ipv6_udp("ccc2::7", "ccc1::7", b"forged"))]
    # Whoever has said nothing yet may use what is nobody's: not what is ours.
    forged += [("newcomer", ipv4_udp("192.168.1.9", "192.168.1.7", b"forged")), ("newcomer", ipv6_udp("ccc1::9", "ccc1::7", b"forged"))]
    elsewhere = [ipv4_udp("192.168.2.7", d, b"elsewhere") for d in ("192.168.2.8", "192.168.4.1", "127.0.0.1", "10.2.0.3")]
    elsewhere += [ipv6_udp("ccc2::7", d, b"elsewhere") for d in ("ccc2::8", "ccc4::1", "::1", "bbbb::3")]
    for sender, packet in forged + [("agent_2", p) for p in elsewhere]:
        bus.publish(raw_key(sender), body(packet))
    bus.publish(raw_key("agent_2"), body(ipv4_udp("192.168.2.7", "192.168.1.7", b"good")))
    bus.publish(raw_key("agent_2"), body(ipv6_udp("ccc2::7", "ccc1::7", b"good")))
    for receiver in receivers.values():
        assert receiver.recvfrom(100)[0] == b"good"
    stats = one.stop()
    assert stats["downlink.rejected_source"] == len(forged) and stats["downlink.rejected_destination"] == len(elsewhere)
    assert stats["downlink.delivered"] == 2
    check_sums(stats)


def test_a_gateway_forwards_to_what_its_options_name_and_nowhere_else(agent, netns, witness):
    """Whatever else its host would forward to: link-local addresses of IPv4, and what a source route names."""
    gateway, host = site(netns, 1)
    for ns in gateway, host:
        ns.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/accept_source_route")
    gateway.ip("route", "add", "169.254.169.254", "dev", "lan")
    gateway.ip("route", "add", "172.16.0.1", "dev", "lan")
    for address in "169.254.169.254/32", "172.16.0.1/32", "fe80::99/64":
        host.ip("addr", "add", address, "dev", "lan")
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    receiver, six = socket_in(host, socket.AF_INET, ("0.0.0.0", 5683)), socket_in(host, socket.AF_INET6, ("::", 5684))
    bus = witness()
    for hop in "172.16.0.1", "192.168.1.7":
        plain = ipv4_udp("192.168.2.7", hop, b"source-routed")
        option = b"\x01\x83\x07\x04" + socket.inet_aton(hop)
        header = b"\x47" + plain[1:2] + struct.pack(">H", len(plain) + 8) + plain[4:10] + b"\0\0" + plain[12:16] + socket.inet_aton("10.2.0.1")
        bus.publish(raw_key("agent_2"), body(with_checksum(header + option, 10) + plain[20:]))
    bus.publish(raw_key("agent_2"), body(ipv4_udp("192.168.2.7", "169.254.169.254", b"metadata")))
    bus.publish(raw_key("agent_2"), body(ipv6_udp("ccc2::7", "fe80::99", b"link-local", dport=5684)))
    bus.publish(raw_key("agent_2"), body(ipv6_udp("ccc2::7", "ccc1::7", b"good", dport=5684)))
    bus.publish(raw_key("agent_2"), body(ipv4_udp("192.168.2.7", "192.168.1.7", b"good")))
    assert receiver.recvfrom(100)[0] == b"good" and six.recvfrom(100)[0] == b"good"
    assert one.stop()["downlink.rejected_destination"] == 1


def test_re_routing_that_fails_is_undone_and_may_be_asked_for_again(agent, netns, witness):
    gateway = netns()
    gateway.ip("link", "add", "other", "type", "veth", "peer", "name", "another")
    bus = witness("fromAgent.x.ip.tun.started")
    done = run_tun("-n", "agent_1", "--netns", gateway.name, "--re-route-packets-if", "lan", "--re-route-packets-prefix", "192.168.1.0/24")
    assert done.returncode == 1 and "lan: No such device" in done.stdout and no_tun(gateway)
    one = agent("x", "--re-route-packets-if", "lan", "--re-route-packets-prefix", "192.168.1.0/24", ns=gateway)
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="1"))
    one.wait_stats(lambda s: s["control.refused"] == 1)
    assert "refused: lan: No such device" in one.stderr and no_tun(gateway) and len(children(one.pid)) == 1
    gateway.ip("link", "set", "other", "name", "lan")
    gateway.ip("link", "set", "lan", "up", "addrgenmode", "none")
    before = system_state(gateway)
    gateway.ip("link", "set", "lan", "down")
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="1"))
    one.wait_stats(lambda s: s["control.refused"] == 2)
    assert "refused: route to 192.168.1.0/24: Network is down" in one.stderr and no_tun(gateway) and len(children(one.pid)) == 1
    gateway.ip("link", "set", "lan", "up")
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="1"))
    bus.get()
    assert "ipv4/conf/lan/forwarding:1" in system_state(gateway) and len(children(one.pid)) == 2
    one.stop()
    is_as_it_was(gateway, before)


@pytest.mark.parametrize("kernel", ["6.17", "older"])
@pytest.mark.parametrize("end", ["term", "keeper"])
def test_what_was_there_before_stays(agent, netns, tmp_path, end, kernel):
    """Forwarding that was on, and the very routes that re-routing sets."""
    environment = {}
    gateway, _ = site(netns, 1)
    gateway.run("sysctl", "-q", "net.ipv4.conf.lan.forwarding=1")
    if kernel == "older":
        if "asan" in str(binaries_folder()):
            pytest.skip("AddressSanitizer wants to be the first library")
        environment["LD_PRELOAD"] = str(preload(tmp_path, BEFORE_6_17))
        gateway.run("sysctl", "-q", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.lo.forwarding=0")
    else:
        gateway.run("sh", "-c", "cd /proc/sys/net/ipv6/conf/lan && echo 1 > force_forwarding || true")
    gateway.ip("route", "add", "192.168.1.0/24", "dev", "lan", "proto", "static", "scope", "link", "metric", "1")
    gateway.ip("-6", "route", "add", "ccc1::/64", "dev", "lan", "proto", "static", "metric", "1")
    before = system_state(gateway)
    one = agent("agent_1", *site_options(1, 2), ns=gateway, env=environment)
    assert not [line for line in system_state(gateway) - before if "tun0" not in line and line.startswith("ipv")], "nothing to do"
    end_it(one, end)
    is_as_it_was(gateway, before)


def test_the_network_behind_goes_away(agent, netns):
    gateway, _ = site(netns, 1)
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    gateway.ip("link", "del", "lan")
    one.stop()
    assert no_tun(gateway) and one.stderr.count("\n") == 1, one.stderr


def test_what_is_behind_one_peer_does_not_travel_to_the_other(agent, witness):
    listener = witness(raw_key("agent_1") + ".#")
    one = agent("agent_1", "--peer", "agent_2", "--peer", "agent_3", "--peer-net", "agent_2=192.168.2.0/24",
                "--peer-net", "agent_3=192.168.2.128/25", "--peer-net", "agent_3=ccc3::/48")
    sender = {f: socket_in(one.ns, f) for f in (socket.AF_INET, socket.AF_INET6)}
    for family, address, peer in ((socket.AF_INET, "192.168.2.1", "agent_2"), (socket.AF_INET, "192.168.2.129", "agent_3"),
                                  (socket.AF_INET6, "ccc3:0:0:9::1", "agent_3")):
        sender[family].sendto(b"x", (address, 7))
        assert listener.get().key == f"{raw_key('agent_1')}.to.{peer}"


def test_a_host_behind_hears_what_is_too_big(agent, netns):
    gateway, host = site(netns, 1)
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    two = agent("agent_2", "--peer", "agent_1", "--mtu", "1300", "--peer-net", "agent_1=ccc1::/64", "--peer-net", "agent_1=192.168.1.0/24")
    for tool in one, two:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    for address in "bbbb::2", "10.2.0.2":
        said = host.run("ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", "1300", address, check=False).stdout
        assert re.search(r"mtu ?[= ] ?1300", said), said
        ping(host, address, 1)
    assert one.stop()["uplink.dropped_too_big"] == 2


BEFORE_6_17 = """
int open(const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (strstr(path, "force_forwarding")) {
		errno = ENOENT;
		return -1;
	}
	return openat(AT_FDCWD, path, flags, mode);
}
"""


@pytest.mark.parametrize("end", ["term", "worker", "keeper", "deleted"])
@pytest.mark.parametrize("kernel", ["6.17", "older"])
def test_a_network_behind_the_agent(agent, netns, tmp_path, end, kernel):
    """As the old agent's options say it. A kernel before 6.17 forwards IPv6 for all interfaces or none."""
    environment = {}
    if kernel == "older":
        if "asan" in str(binaries_folder()):
            pytest.skip("AddressSanitizer wants to be the first library")
        environment["LD_PRELOAD"] = str(preload(tmp_path, BEFORE_6_17))
    gateway, behind = netns(), netns()
    for link in "lan", "other":
        gateway.ip("link", "add", link, "type", "veth", "peer", "name", link, "netns", behind.name)
    for ns, address in ((gateway, "cccc::1/64"), (behind, "cccc::7/64")):
        ns.ip("addr", "add", address, "dev", "lan", "nodad")
        raise_link(ns, address.replace("cccc", "fe80"))
        raise_link(ns, address.replace("cccc", "fe80"), "other")
    behind.ip("route", "add", "bbbb::/64", "via", "cccc::1")
    # Elsewhere, a router: what was heard of it must not be lost.
    advertise(behind, "other")
    wait_until(lambda: "default via fe80::7 dev other proto ra" in gateway.ip("-6", "route"))
    before = system_state(gateway)
    far = agent("agent_2", "--peer", "agent_1", "--peer-net", "agent_1=cccc::/64")
    one = agent("agent_1", "--peer", "agent_2", "--re-route-packets-if", "lan", "--re-route-packets-prefix", "cccc",
                "--re-route-packets-host", "7", ns=gateway, env=environment)
    ping(far.ns, "cccc::7")
    ping(behind, "bbbb::2")
    during = {s for s in system_state(gateway) - before if s.startswith("ipv")}
    if kernel == "older":
        assert {"ipv6/conf/all/forwarding:1", "ipv6/conf/other/forwarding:1"} <= during and "ipv6/conf/lan/force_forwarding:1" not in during
        assert "ipv6/conf/other/accept_ra:2" in during and "ipv6/conf/default/accept_ra:1" in system_state(gateway)
    else:
        assert during == {"ipv6/conf/lan/force_forwarding:1"}
    assert "default via fe80::7 dev other proto ra" in gateway.ip("-6", "route")
    end_it(one, end)
    is_as_it_was(gateway, before)
    assert far.stats()["downlink.rejected_source"] == 0


def test_tun_start_may_re_route_what_the_options_name(agent, netns, witness):
    gateway = netns()
    gateway.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan2")
    gateway.ip("link", "set", "lan", "up")
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x", "--re-route-packets-if", "lan", "--allow-net", "bbbb::/64", "--allow-net", "cccc::/64", ns=gateway)
    fields = {"ipv6_host": "1", "re_route_packets_if": "lan", "re_route_packets_prefix": "2001:db8", "re_route_packets_host": "5"}
    bus.publish("toAgent.x.ip.tun.start", start_body(**fields))
    one.wait_stats(lambda s: s["control.refused"] == 1)
    bus.publish("toAgent.x.ip.tun.start", start_body(**{**fields, "re_route_packets_if": "lo"}))
    one.wait_stats(lambda s: s["control.refused"] == 2)
    bus.publish("toAgent.x.ip.tun.start", start_body(**{**fields, "re_route_packets_prefix": "cccc"}))
    started = json.loads(bus.get().body)
    assert (started["re_route_packets_if"], started["re_route_packets_prefix"], started["re_route_packets_host"]) == ("lan", "cccc", "5")
    assert re.search(r"cccc::/64 dev lan .*metric 1\b", gateway.ip("-6", "route"))
