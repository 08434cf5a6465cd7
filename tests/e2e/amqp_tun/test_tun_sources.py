"""amqp-tun: packets that claim to come from somebody else, and messages that would lead packets elsewhere."""
import json
import socket
import struct

import pytest

from harness import amqp_publish, ipv4_udp, ipv6_udp, pcap_bytes
from tun import GSO, PCAP, body, check_sums, gso_bytes, is_judged, ping, raw_key, socket_in, super_udp, vnet, with_checksum

pytestmark = pytest.mark.usefixtures("tun_allowed")


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
    publish("framebus.tun.agent_2.agent_1", "bbbb::3", b"forged")
    super_packets = [super_udp("bbbb::3", "bbbb::1", b"forged" * 20, 60)] if encoding == "gso" else []
    publish(raw_key("agent_2"), "10.2.0.3", b"forged", super_packets)
    for receiver, good, behind in (six, "bbbb::2", "cccc::1"), (four, "10.2.0.2", "192.168.3.1"):
        publish(raw_key("agent_2"), good, b"good")
        publish(raw_key("agent_3"), behind, b"from behind")
        assert [receiver.recvfrom(100)[0] for _ in range(2)] == [b"good", b"from behind"]
    stats = one.wait_stats(lambda s: s["downlink.delivered"] >= 4)  # counted when the receiver has it
    assert stats["downlink.rejected_source"] == len(forged) + 2 + len(super_packets) and stats["downlink.delivered"] == 4
    assert "cccc::/64 dev tun0" in one.ns.ip("-6", "route") and "192.168.3.0/24 dev tun0" in one.ns.ip("route")


def test_no_source_check(agent, witness):
    one = agent("agent_1", "--peer", "agent_2", "--no-source-check")
    assert "--no-source-check: packets are taken whatever their source address is" in one.stderr
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
    one.wait_stats(lambda s: s["downlink.rejected_discovery"] == 1)
    ping(one.ns, "bbbb::1", 1)
    assert (one.ns.ip("-6", "route"), one.ns.ip("-6", "addr")) == before
    assert one.ns.run("cat", "/proc/sys/net/ipv6/conf/tun0/accept_ra").stdout == "0\n", "nor would it be obeyed"


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
    stats = one.wait_stats(lambda s: s["downlink.received"] == 2 and is_judged(s))
    assert ns.ip("route", "get", "8.8.8.8") == before
    assert stats["downlink.rejected_redirect"] == 2 and stats["downlink.delivered"] == 0
    check_sums(one.stop())
