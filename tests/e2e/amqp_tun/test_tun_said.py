"""amqp-tun: what it says by itself, at the default level."""
import re
import socket

import pytest

from tun import no_tun, ping, run_tun, socket_in, start_body

pytestmark = pytest.mark.usefixtures("tun_allowed")


def last_words(tool):
    lines = [line for line in tool.stderr.splitlines() if not line.startswith("{")]
    match = re.fullmatch(r"amqp-tun: (.*), \d+(\.\d)? s", lines[-1])
    assert match, tool.stderr
    return match[1]


def test_peers_come_and_what_crossed_is_said(agent):
    one = agent("agent_1", "--peer", "agent_2", "--peer", "agent_3")
    assert one.stderr.startswith("amqp-tun: tun0 is up: bbbb::1/64, 10.2.0.1/24; waiting for agent_2, agent_3\n")
    two = agent("agent_2", "--peer", "agent_1")
    one.wait_stderr(r"amqp-tun: agent_2 is here \(gso\)\n")
    two.wait_stderr(r"amqp-tun: agent_1 is here \(gso\)\n")
    ping(one.ns, "bbbb::2", 3)
    for tool in one, two:
        tool.stop()
    assert re.match(r"\d+ packets to the bus, \d+ packets from the bus, 0 dropped", last_words(one)), one.stderr
    assert one.stderr.count("agent_2 is here") == two.stderr.count("agent_1 is here") == 1 and "agent_3 is" not in one.stderr


def test_a_peer_that_stops_is_gone_at_once(agent, witness):
    """Well before it would have been missed, 31 s later; what somebody says of another run of it means nothing."""
    one = agent("agent_1", "--peer", "agent_2")
    two = agent("agent_2", "--peer", "agent_1")
    one.wait_stderr("agent_2 is here")
    bus = witness()
    bus.publish("testingtool.component.shutdown", {"_api_version": "1.2.15", "component": "agent_2", "description": "x"}, message_id="0123456789abcdef-0-1")
    bus.publish("testingtool.component.shutdown", b"[]")
    one.wait_stats(lambda s: s["control.rejected"] == 1)
    assert "is gone" not in one.stderr
    two.stop()
    one.wait_stderr("amqp-tun: agent_2 is gone\n", 25)
    again = agent("agent_2", "--peer", "agent_1", ns=two.ns)
    one.wait_stderr(r"(?s)agent_2 is gone.*agent_2 is here \(gso\)")
    ping(again.ns, "bbbb::1", 1)


def test_an_old_agent_comes(agent, witness):
    one = agent("agent_1", "--peer", "agent_2")
    for _ in range(2):
        witness().publish("fromAgent.agent_2.ip.tun.started", start_body(name="agent_2", ipv6_prefix="bbbb", ipv6_host=":2"))
    one.wait_stderr(r"agent_2 is here \(json\)\n")
    one.wait_stats(lambda s: s["control.handled"] == 2)
    assert one.stderr.count("is here") == 1


def test_tun_start_is_waited_for_and_that_is_said(agent, witness):
    one = agent("berlin", "--wait-start", "--peer", "rennes")
    assert one.stderr.startswith("amqp-tun: berlin waits for tun.start, which makes the interface (--ipv6 ADDR/LEN")
    assert one.stderr.count("\n") == 1 and no_tun(one.ns)
    witness().publish("toAgent.berlin.ip.tun.start", start_body(ipv6_prefix="bbbb", ipv6_host=":7"))
    one.wait_stderr("tun0 is up: bbbb::7/64; waiting for rennes\n")


def test_the_words_of_waiting_name_what_helps(agent):
    one = agent("agent_1", "--wait-start")
    assert one.stderr == "amqp-tun: agent_1 waits for tun.start, which makes the interface (without --wait-start it is made at once)\n"


def test_a_second_interface_without_a_network_is_said(agent):
    one = agent("agent_1", "--peer", "agent_2", "--re-route-packets-if", "eth9")
    assert one.stderr.startswith("amqp-tun: --re-route-packets-if 'eth9': nothing is forwarded there until --re-route-packets-prefix, or tun.start, names")


def test_without_a_peer_it_is_a_router_that_is_needed(agent):
    one = agent("agent_1", "--ipv4", "10.9.0.1/24")
    assert "tun0 is up: bbbb::1/64, 10.9.0.1/24; packets travel through a router" in one.stderr
    socket_in(one.ns, socket.AF_INET).sendto(b"x", ("10.9.0.2", 7))
    one.wait_stderr(r"nobody listens to fromAgent.agent_1.ip.tun.packet.raw \(is a router running\?\)")
    one.stop()
    assert last_words(one) == "1 packet to the bus, 0 packets from the bus, 1 message came back (nobody listened)"


def test_losses_have_names(tool, netns):
    ns = netns()
    one = tool("amqp-tun", "-u", "amqp://127.0.0.1:1/", "-n", "agent_1", "--netns", ns.name, "--peer", "agent_2", wait=False)
    one.wait_stderr("Connection refused; trying again")
    socket_in(ns, socket.AF_INET6).sendto(b"x", ("bbbb::2", 7))
    one.wait_stats(lambda s: s["uplink.dropped_no_broker"] >= 1)
    one.stop()
    assert re.match(r"0 packets to the bus, 0 packets from the bus, \d+ dropped \(no connection to the broker\)", last_words(one))


def test_a_peer_without_an_address_is_no_silent_wait():
    done = run_tun("-n", "berlin", "--peer", "rennes")
    assert done.returncode == 2
    for option in ("--ipv6", "--ipv4", "--wait-start", "_K"):
        assert option in done.stdout
