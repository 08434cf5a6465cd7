"""amqp-tun: through a router: amqp-publish and pika at the other end."""
import json
import socket
import time

import pytest

from harness import Inbox, amqp_publish, ipv4_udp, ipv6_udp, wait_until
from tun import body, is_judged, raw_key, socket_in

pytestmark = pytest.mark.usefixtures("tun_allowed")


def test_to_agent_reaches_the_interface(agent, vhost):
    one = agent("agent_1")
    receivers = {socket.AF_INET6: socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683)),
                 socket.AF_INET: socket_in(one.ns, socket.AF_INET, ("10.2.0.1", 5683))}
    amqp_publish(vhost.url, raw_key("agent_1", "to"), json.dumps(body(ipv6_udp("bbbb::9", "bbbb::1", b"six"))).encode())
    amqp_publish(vhost.url, raw_key("agent_1", "to"), json.dumps(body(ipv4_udp("10.2.0.9", "10.2.0.1", b"four"))).encode())
    assert receivers[socket.AF_INET6].recvfrom(100)[0] == b"six"
    assert receivers[socket.AF_INET].recvfrom(100) == (b"four", ("10.2.0.9", 5683))
    one.wait_stats(lambda report: report["downlink.delivered"] == 2)


def test_a_foreign_destination_does_not_enter(agent, vhost):
    one = agent("agent_1")
    before = one.ns.run("cat", "/sys/class/net/tun0/statistics/rx_packets").stdout
    for packet in (ipv6_udp("bbbb::9", "bbbb::2", b"x"), ipv6_udp("bbbb::9", "2001:db8::1", b"x"), ipv4_udp("10.2.0.9", "10.2.0.2", b"x"),
                   ipv4_udp("10.2.0.9", "127.0.0.1", b"x"), ipv6_udp("bbbb::9", "::1", b"x")):
        amqp_publish(vhost.url, raw_key("agent_1", "to"), json.dumps(body(packet)).encode())
    stats = one.wait_stats(lambda s: s["downlink.received"] == 5 and is_judged(s))
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


READY = "testingtool.component.ready"


def test_started_is_said_once_and_in_answer_to_start(agent, vhost, broker, witness):
    """The old coordinator takes each for a step of its own."""
    started, seen = "fromAgent.agent_1.ip.tun.started", []
    inbox = Inbox(vhost.url, "testingtool.#", started)

    def said(*keys):
        seen.extend(inbox.keys())
        return seen == list(keys)
    one = agent("agent_1")
    wait_until(lambda: said(READY, started))
    for outage in (2, 3):
        seen.clear()
        broker.close_connections(vhost.name)
        one.wait_stats(lambda s: min(s["bus_uplink.connections"], s["bus_downlink.connections"]) == outage)
        wait_until(lambda: said(READY))
    witness().publish("toAgent.agent_1.ip.tun.start", {"name": "agent_1"})
    wait_until(lambda: said(READY, started))
    seen.clear()
    witness().publish(READY, {"component": "agent_1", "description": "another one"}, message_id="0123456789abcdef-1")
    one.wait_stats(lambda s: s["control.namesakes"] == 1)
    one.stop()
    assert said(READY, READY, "testingtool.component.shutdown"), "the other one's, and once more ours, so that it notices"


@pytest.mark.parametrize("ifname,shown", [("eth9", "tun:eth9"), ("mytun3", "mytun3"), ("fifteen_letters", "tun:fifteen_letters")])
def test_old_dumpers_find_tun_in_the_interfaces_name(agent, witness, ifname, shown):
    listener = witness(raw_key("agent_1"))
    one = agent("agent_1", "--ifname", ifname)
    socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 4000)).sendto(b"payload", ("bbbb::9", 5683))
    assert json.loads(listener.get().body)["interface_name"] == shown
