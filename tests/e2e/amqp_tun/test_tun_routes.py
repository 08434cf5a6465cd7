"""amqp-tun: routes to the network behind the other agent: by option, and as the old agent sets them by its name."""
import json
import re
import socket

import pytest

from harness import ipv6_udp, wait_until
from tun import body, check_sums, end_it, is_as_it_was, raw_key, run_tun, socket_in, start_body, system_state

pytestmark = pytest.mark.usefixtures("tun_allowed")
ROUTES = "--route", "aaaa::/64", "--route", "192.168.9.0/24"


def routed(ns, *prefixes):
    table = ns.ip("-6", "route") + ns.ip("-4", "route")
    return all(re.search(rf"^{re.escape(prefix)} dev tun0 .*metric 1\b", table, re.MULTILINE) for prefix in prefixes)


@pytest.mark.parametrize("arguments", [["agent_1"], ["agent_1", "--peer", "agent_2"], ["x", "--ipv6", "cafe::9/64", "--peer", "y"],
                                       ["x", "--force-bootstrap"]])
def test_routes_by_option(agent, netns, witness, arguments):
    bus, ns = witness(f"fromAgent.{arguments[0]}.ip.tun.started"), netns()
    before = system_state(ns)
    one = agent(*arguments, *ROUTES, ns=ns)
    assert routed(ns, "aaaa::/64", "192.168.9.0/24")
    assert json.loads(bus.get().body)["ipv6_no_forwarding"] is False, "as in force"
    one.stop()
    is_as_it_was(ns, before)


@pytest.mark.parametrize("end", ["worker", "parent"])
def test_routes_go_with_whatever_ends_the_tool(agent, netns, end):
    ns = netns()
    before = system_state(ns)
    end_it(agent("agent_1", *ROUTES, ns=ns), end)
    is_as_it_was(ns, before)


def test_packets_go_there_and_come_from_there(agent, witness):
    """Through a router: the network behind the other agent is python3-pika."""
    bus = witness(raw_key("agent_1"))
    one = agent("agent_1", *ROUTES)
    here = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    here.sendto(b"question", ("aaaa::7", 5683))
    wait_until(lambda: bytes(json.loads(bus.get().body)["data"][24:40]) == socket.inet_pton(socket.AF_INET6, "aaaa::7"))
    bus.publish(raw_key("agent_1", "to"), body(ipv6_udp("aaaa::7", "bbbb::1", b"answer")))
    assert here.recvfrom(100)[0] == b"answer"
    check_sums(one.stop())


@pytest.mark.parametrize("options,route,told", [
    ([], None, True), (["--allow-net", "bbbb::/64", "--allow-net", "cccc::/48"], "cccc::/64", False),
    (["--route", "cccc::/64"], "cccc::/64", False), (["--route", "cccc::/63"], "cccc::/63", False),
])
def test_force_bootstrap_says_which_old_route_it_leaves_out(agent, options, route, told):
    one = agent("coap_client", "--force-bootstrap", *options)
    assert routed(one.ns, route) if route else not re.search("^cccc", one.ns.ip("-6", "route"), re.MULTILINE)
    assert one.stderr.count("left out: ") == told and ("(to have it: --route cccc::/64)" in one.stderr) == told, one.stderr


@pytest.mark.parametrize("name,route,fields", [
    ("coap_client", "cccc::/64", {}), ("coap_server", "aaaa::/64", {"ipv6_no_forwarding": None}),
    ("coap_client", None, {"ipv6_no_forwarding": True}), ("coap_client", None, {"ipv6_no_forwarding": "true"})])
def test_tun_start_sets_the_old_agents_route(agent, witness, name, route, fields):
    bus = witness(f"fromAgent.{name}.ip.tun.started")
    one = agent(name, *(word for net in ("bbbb::/64", "aaaa::/64", "cccc::/48") for word in ("--allow-net", net)))
    bus.publish(f"toAgent.{name}.ip.tun.start", start_body(**{"name": name, "ipv6_prefix": "bbbb", "ipv6_host": "1", **fields}))
    assert json.loads(bus.get().body)["ipv6_no_forwarding"] is (route is None)
    assert routed(one.ns, route) if route else not re.search("^(aaaa|cccc)", one.ns.ip("-6", "route"), re.MULTILINE)
    assert "left out" not in one.stderr


def test_what_allow_net_does_not_hold_is_said_with_the_options(agent, witness):
    bus = witness("fromAgent.coap_client.ip.tun.started")
    one = agent("coap_client")
    bus.publish("toAgent.coap_client.ip.tun.start", {"name": "coap_client", "ipv6_prefix": "bbbb", "ipv6_host": "1"})
    assert json.loads(bus.get().body)["ipv6_no_forwarding"] is True
    assert re.search(r"left out: route to cccc::/64: is outside of what --allow-net allows \(to have it: --route cccc::/64\)", one.stderr)
    assert not routed(one.ns, "cccc::/64")


def test_a_network_of_this_host_is_left_alone(agent, netns, witness):
    ns = netns()
    ns.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan2")
    ns.ip("addr", "add", "aaaa::5/64", "dev", "lan", "nodad")
    ns.ip("addr", "add", "192.168.9.1/25", "dev", "lan")
    before = system_state(ns)
    for route in "aaaa::/64", "aaaa::/16", "aaaa::7/128", "192.168.9.0/24", "192.168.9.64/26":
        done = run_tun("-n", "agent_1", "--netns", ns.name, "--route", route)
        assert done.returncode == 1 and f"route to {route}: overlaps with the network of lan" in done.stdout, done.stdout
        is_as_it_was(ns, before)
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x", "--allow-net", "bbbb::/64", "--allow-net", "aaaa::/64", ns=ns)
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="4"))
    started = json.loads(bus.get().body)
    assert started["ipv6_no_forwarding"] is True and started["ipv6_host"] == "4" and not routed(ns, "aaaa::/64")
    assert "left out: route to aaaa::/64: overlaps with the network of lan" in one.stderr


@pytest.mark.parametrize("route,words", [
    ("fd77::/64", "holds the broker's address"), ("fd77::5/128", "holds the broker's address"), ("192.0.0.0/8", "holds the broker's address"),
    ("::/0", "too much"), ("0.0.0.0/0", "too much"), ("bbbb::/64", "own network"), ("10.2.0.128/25", "own network")])
def test_routes_that_would_take_too_much(route, words):
    done = run_tun("-n", "agent_1", "--url", "amqp://[fd77::5]/", "--url", "amqp://192.0.2.1/", "--route", route)
    assert done.returncode == 2 and f"route to {route}" in done.stdout and words in done.stdout, done.stdout
