"""amqp-tun: whatever ends it, nothing is left."""
import json
import os
import signal
import socket

import pytest

from harness import ipv4_udp, wait_until
from tun import body, check_sums, children, no_tun, ping, raw_key, socket_in

pytestmark = pytest.mark.usefixtures("tun_allowed")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing(pair, vhost, witness, sig):
    listener = witness("testingtool.component.shutdown")
    one, two = pair()
    ping(one.ns, "bbbb::2", 1)
    assert len([q for q in vhost.queue_names() if q.startswith("framebus.agent_")]) == 4
    for tool in one, two:
        check_sums(tool.stop(sig))
        # The other one's end is told of where there is time for it.
        words = [line for line in tool.stderr.splitlines() if not line.startswith("{") and not line.endswith(" is gone")]
        assert no_tun(tool.ns) and len(words) == 3 and " is up: " in words[0] and " is here (gso)" in words[1], tool.stderr
        assert " to the bus, " in words[2], tool.stderr
    assert {json.loads(listener.get().body)["component"] for _ in range(2)} == {"agent_1", "agent_2"}
    wait_until(lambda: [q for q in vhost.queue_names() if q.startswith("framebus.")] == [], what="the queues are gone")


@pytest.mark.parametrize("victim", ["keeper", "worker"])
def test_sigkill_leaves_no_interface(agent, vhost, victim):
    one = agent("agent_1")
    assert not no_tun(one.ns)
    os.kill(one.pid if victim == "keeper" else children(one.pid)[0], signal.SIGKILL)
    one.wait(20, status=-signal.SIGKILL if victim == "keeper" else 1)
    wait_until(lambda: no_tun(one.ns), what="the interface is gone")
    wait_until(lambda: not vhost.queue_names(), what="the queues are gone")
    if victim == "worker":
        assert "was ended by signal 9" in one.stderr


def test_stops_while_it_waits_for_a_broker(netns, tool):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_1", "--netns", ns.name, "--url", "amqp://guest:guest@127.0.0.1:1/", wait=False)
    one.wait_stderr("Connection refused.*trying again")
    assert not no_tun(ns)
    one.stop()
    assert no_tun(ns)


@pytest.mark.parametrize("key,fields,api", [("testingtool.terminate", {"description": "bye"}, "v1"), ("testingtool.terminate", {}, "v1"),
                                            ("testingtool.terminate", {}, "v0"),
                                            ("control.session", {"_type": "testingtool.terminate", "description": "bye"}, "v0")])
@pytest.mark.parametrize("waiting", [False, True])
def test_terminate(agent, witness, key, fields, api, waiting):
    bus = witness("testingtool.component.shutdown")
    one = agent("agent_1", "--api", api, *(["--wait-start"] if waiting else []))
    if api == "v0":
        bus = witness("control.session")
    for count, nonsense in enumerate((b"", b"[]", b"{", b"\xff\xfe"), 1):
        witness().publish(key, nonsense)
        one.wait_stats(lambda s: s["control.rejected"] == count)
    witness().publish(key, {"_api_version": "1.2.15", **fields})
    one.wait(status=0)
    said = {"_type": None}
    while said.get("_type", "testingtool.component.shutdown") != "testingtool.component.shutdown":
        text = bus.get().body
        said = json.loads(text) if b"component" in text else {"_type": None}
    assert no_tun(one.ns) and said["component"] == "agent_1"
    check_sums(one.final_stats())


def test_an_interface_deleted_under_it(agent):
    one = agent("agent_1")
    one.ns.ip("link", "del", "tun0")
    one.wait(status=1)
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
