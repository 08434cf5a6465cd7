"""amqp-tun: encodings, keys and addresses between peers that name each other."""
import json
import re
import socket
import struct
import time

import pytest

from harness import pcap_records
from tun import GOOD, GSO, PCAP, body, check_sums, gso_records, ping, raw_key, socket_in

pytestmark = pytest.mark.usefixtures("tun_allowed")


def test_auto_becomes_gso_between_two_of_us(pair, witness):
    listener = witness("framebus.tun.agent_1")
    one, two = pair("-v")
    ping(one.ns, "bbbb::2", 1)
    message = listener.get()
    assert message.properties.content_type == GSO
    records = gso_records(message.body)
    assert [bytes(r[1][8:24]) for r in records] == [socket.inet_pton(socket.AF_INET6, "bbbb::1")] and records[0][0] == bytes(10)
    one.wait_stderr("super-packets of TCP")
    one.wait_stderr("published as gso")


def test_auto_becomes_pcap_to_a_peer_that_reads_it(agent, witness):
    listener = witness("framebus.tun.agent_1")
    one = agent("agent_1", "--peer", "agent_2")
    listener.publish("fromAgent.agent_2.ip.tun.started", {"name": "agent_2", "framebus_session": "s", "framebus_encodings": "json,pcap"})
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
    ping(one.ns, "bbbb::2", 10)
    said = []
    while not listener.is_silent():
        said.append(listener.get().key)
    assert said.count("fromAgent.agent_2.ip.tun.started") <= 1 and "fromAgent.agent_1.ip.tun.started" not in said, said


def test_three_agents(agent, witness):
    names = ["agent_1", "agent_2", "agent_3"]
    agents = {n: agent(n, *[x for m in names if m != n for x in ("--peer", m)]) for n in names}
    for tool in agents.values():
        tool.wait_stats(lambda s: s["control.handled"] >= 2)
    listener = witness("framebus.tun.agent_1.#", raw_key("agent_1") + ".#")
    for a in names:
        for b in names:
            if a != b:
                ping(agents[a].ns, f"bbbb::{b[-1]}", 2)
                ping(agents[a].ns, f"10.2.0.{b[-1]}", 2)
                ping(agents[a].ns, f"fe80::{b[-1]}%tun0", 2)
    keys = set()
    while len(keys) < 2:
        keys |= {listener.get().key} - {"framebus.tun.agent_1"}
    while not listener.is_silent():
        keys |= {listener.get().key} - {"framebus.tun.agent_1"}
    assert keys == {"framebus.tun.agent_1.agent_2", "framebus.tun.agent_1.agent_3"}
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


def test_what_is_behind_one_peer_does_not_travel_to_the_other(agent, witness):
    listener = witness("framebus.tun.agent_1.#")
    one = agent("agent_1", "--peer", "agent_2", "--peer", "agent_3", "--peer-net", "agent_2=192.168.2.0/24",
                "--peer-net", "agent_3=192.168.2.128/25", "--peer-net", "agent_3=ccc3::/48")
    for name in "agent_2", "agent_3":
        listener.publish(f"fromAgent.{name}.ip.tun.started", {"name": name, "framebus_session": "s", "framebus_encodings": "json,pcap"})
    one.wait_stats(lambda s: s["control.handled"] == 2)
    sender = {f: socket_in(one.ns, f) for f in (socket.AF_INET, socket.AF_INET6)}
    for family, address, peer in ((socket.AF_INET, "192.168.2.1", "agent_2"), (socket.AF_INET, "192.168.2.129", "agent_3"),
                                  (socket.AF_INET6, "ccc3:0:0:9::1", "agent_3")):
        sender[family].sendto(b"x", (address, 7))
        assert listener.get().key == f"framebus.tun.agent_1.{peer}"


def test_addresses_of_an_old_agent_are_shown_as_they_are_meant(agent, witness):
    bus = witness()
    one = agent("agent_1", "--peer", "agent_3", "-v")
    bus.publish("fromAgent.agent_3.ip.tun.started", {"name": "agent_3", "ipv6_prefix": "bbbb", "ipv6_host": ":3", "ipv4_host": "2.2.2.2"})
    one.wait_stderr(r"peer agent_3: bbbb::3, no IPv4, reads json")
