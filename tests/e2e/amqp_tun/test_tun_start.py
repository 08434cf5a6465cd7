"""amqp-tun: tun.start and the options that bound it."""
import json
import os
import re

import pytest

from harness import ipv6_udp, wait_until
from tun import body, check_sums, no_tun, raw_key, start_body, system_state

pytestmark = pytest.mark.usefixtures("tun_allowed")


@pytest.mark.parametrize("key,api", [("toAgent.coap_client.ip.tun.start", "v1"), ("toAgent.coap_client.ip.tun.start", "v0"),
                                     ("control.tun.toAgent.coap_client", "v0")])
def test_tun_start_makes_the_interface(agent, witness, key, api):
    started_key, ready_key = {"v1": ("fromAgent.coap_client.ip.tun.started", "testingtool.component.ready"),
                              "v0": ("control.tun.fromAgent.coap_client", "control.session")}[api]
    bus = witness(started_key, ready_key)
    one = agent("coap_client", "--api", api)
    assert json.loads(bus.get().body)["component"] == "coap_client"
    assert no_tun(one.ns)
    bus.publish(raw_key("coap_client", "to"), body(ipv6_udp("bbbb::9", "bbbb::7", b"early")))
    one.wait_stats(lambda s: s["downlink.rejected_no_interface"] == 1)
    bus.publish(key, start_body(_type="tun.start", ipv6_prefix="bbbb", ipv6_host=":7", ipv4_address="10.2.0.7"))
    started = json.loads(bus.get(key=started_key).body)
    assert (started["name"], started["ipv6_prefix"], started["ipv6_host"], started["ipv4_host"]) == (
        "coap_client", "bbbb", "7", "10.2.0.7")
    assert "inet6 bbbb::7/64" in one.ns.ip("addr", "show", "tun0") and "inet 10.2.0.7/24" in one.ns.ip("addr", "show", "tun0")
    # A second one changes nothing and is answered with what is in force.
    bus.publish(key, start_body(_type="tun.start", ipv6_prefix="bbbb", ipv6_host="8"))
    assert json.loads(bus.get(key=started_key).body) == started
    assert "bbbb::8" not in one.ns.ip("addr", "show", "tun0")
    check_sums(one.stop())


SIX = {"ipv6_prefix": "bbbb", "ipv6_host": "1"}
FOUR = {"ipv4_host": "10.2.0.9"}
ELSEWHERE = {"re_route_packets_if": "lan", "re_route_packets_prefix": "cccc", "re_route_packets_host": "1"}


# Without these addresses there is none that was asked for.
REFUSED = [
    ({"ipv6_prefix": "2001:db8", "ipv6_host": "1"}, "2001:db8::1/64 is outside of what --allow-net allows"),
    ({**SIX, "ipv6_prefix": "bbbb:1"}, "outside of what --allow-net"),
    ({**SIX, "ipv6_prefix": "bbbb:0:0:0:1"}, "ipv6_host"),
    ({**SIX, "ipv6_prefix": "bbbb::/64 dev lo;"}, "first groups of an IPv6 address"),
    ({**SIX, "ipv6_prefix": "$(touch /tmp/owned)"}, "first groups of an IPv6 address"),
    ({**SIX, "ipv6_prefix": "ff02"}, "multicast"),
    ({**SIX, "ipv6_prefix": "10.2"}, "first groups of an IPv6 address"),
    ({**SIX, "ipv6_host": "1/64 dev lo; touch /tmp/owned"}, "ipv6_host '1/64 dev lo; touch /tmp/owned'"),
    ({**SIX, "ipv6_host": "1:2:3:4:5"}, "ipv6_host"),
    ({**SIX, "ipv6_host": "12345"}, "ipv6_host"),
    ({**SIX, "ipv6_host": "-1"}, "ipv6_host"),
    ({**SIX, "ipv6_host": "\u001b[31m1"}, r"ipv6_host '\\x1b\[31m1'"),
]

# What is left out of a message, while the rest of it counts: IPv4, and what this agent does not do.
LEFT_OUT = [
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


@pytest.mark.parametrize("fields,words", LEFT_OUT)
def test_what_cannot_be_used_of_tun_start_is_left_out_with_words(agent, witness, fields, words):
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x")
    bus.publish("toAgent.x.ip.tun.start", {**start_body(**fields), "ipv6_no_forwarding": True, "of_tomorrow": {"a": 1}})
    started = json.loads(bus.get().body)
    assert (started["ipv6_prefix"], started["ipv6_host"], started["ipv4_host"], started["re_route_packets_if"]) == ("bbbb", "1", None, None)
    one.wait_stderr("left out: .*\n")
    said = re.findall(r"toAgent\.x\.ip\.tun\.start: left out: (.*)", one.stderr)
    assert len(said) == 1 and re.search(words, said[0]), said
    shown = one.ns.ip("addr", "show", "tun0")
    assert re.findall(r"inet6? (\S+)", shown) == ["bbbb::1/64", "fe80::1/64"], shown
    check_sums(one.stop())


@pytest.mark.parametrize("message", [{"name": "x"}, {}, {"name": "x", "ipv4_host": "2.2.2.2", "ipv4_network": None, "ipv6_prefix": None}])
def test_a_name_alone_means_the_old_agents_address(agent, witness, message):
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x")
    bus.publish("toAgent.x.ip.tun.start", message)
    assert json.loads(bus.get().body)["ipv6_host"] == "1"
    assert "inet6 bbbb::1/64" in one.ns.ip("addr", "show", "tun0")
    assert ("left out: 2.2.2.2/24 is outside of what --allow-net allows" in one.stderr) == ("ipv4_host" in message)


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
