"""An old-style session through amqp-route: agents in python3-pika, as ioppytest's were, on one side and ours on the other; IP packets and
frames, API v1 and v0. And what the old router did, message by message."""
import json

import pytest


API = {"_api_version": "1.2.15"}
FRAME, ANSWER = bytes.fromhex("61882acdab0200010068692a"), bytes.fromhex("61882bcdab01000200796f75")

ECHO = """
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.settimeout(10)
s.sendto(b"hello", ("bbbb::2", 5683))
print(s.recv(100).decode())
"""
KEYS = {"v1": ("fromAgent.{}.{}.packet.raw", "toAgent.{}.{}.packet.raw"), "v0": ("data.{1}.fromAgent.{0}", "data.{1}.toAgent.{0}")}
DEVICES = {"v1": ("ip.tun", "802154.serial"), "v0": ("tun", "serial")}


def old_body(api, data, interface, direction="sniffed", **more):
    """What the old library makes of a packet."""
    fields = {"data": list(data), "interface_name": interface, **more}
    return {"_type": f"packet.{direction}.raw" if direction == "sniffed" else "packet.to_inject.raw", "timestamp": "1488586183.45", **fields} \
        if api == "v0" else {"timestamp": 1488586183, **fields, **API}


@pytest.mark.parametrize("api", ["v1", "v0"])
def test_packets(bus_tool, witness, netns, api):
    """An agent of ours sends a datagram; the old agent turns it round."""
    space = netns()
    bus_tool("amqp-route", "--link", "agent_1,agent_2")
    bus_tool("amqp-tun", "-n", "agent_1", "--netns", space.name, "--api", api)
    out, back = (k.format("agent_2", DEVICES[api][0]) for k in KEYS[api])
    old = witness(back)
    client = space.start("/usr/bin/python3", "-c", ECHO, stdout=-1, text=True)
    packet = bytes(json.loads(old.get(20).body)["data"])
    turned = packet[:8] + packet[24:40] + packet[8:24] + packet[42:44] + packet[40:42] + packet[44:]
    old.publish(out, old_body(api, turned, "tun0"))
    assert client.communicate(timeout=20)[0] == "hello\n"


@pytest.mark.parametrize("api", ["v1", "v0"])
def test_frames(bus_tool, witness, probe, api):
    mote = probe("mote")
    route = bus_tool("amqp-route", "--link", "probe_1,coap_server")
    bus_tool("amqp-serial", "-n", "probe_1", "-p", mote.link, "--fcs", "none", "--api", api)
    out, back = (k.format("coap_server", DEVICES[api][1]) for k in KEYS[api])
    old = witness(back)
    mote.send(FRAME)
    got = json.loads(old.get().body)
    assert bytes(got["data"]) == FRAME and "data_slip" not in got and got["interface_name"] == "serial"
    old.publish(out, old_body(api, ANSWER, "serial", data_slip=[0xc0, *ANSWER, 0xc0]))
    assert mote.get() == ANSWER
    assert route.stats()["route.forwarded"] == 2


def routes(links):
    """The old router's table: a key, and those under which it passes on what comes under it."""
    return {KEYS[api][0].format(agent, device): [KEYS[api][1].format(other, device) for other in links[agent]]
            for agent in links for api in KEYS for device in DEVICES[api]}


def old_router(key, body, table, state):
    """What ioppytest's packet router publishes for one message: (key, data, interface)."""
    if state["drop"] > 0:
        state["drop"] -= 1
        return []
    fields = json.loads(body)
    return [(out, fields["data"], fields["interface_name"]) for out in table[key]]


def test_side_by_side(bus_tool, vhost, witness):
    """The same messages through both: to whom, under which key, with which octets; and which of them a lossy link takes."""
    links = {"a": ["b", "agent_TT"], "b": ["a", "agent_TT"], "agent_TT": ["a", "b"]}
    tool = bus_tool("amqp-route", "--link", "a,b,agent_TT")
    other = witness("toAgent.#", "data.*.toAgent.*")
    vhost.wait_binding("routing.lossy.link.start")
    state, sent, expected, got = {"drop": 0}, 0, [], []
    for step, (agent, api, device) in enumerate((agent, api, device) for agent in links for api in KEYS for device in (0, 1)):
        if step in (3, 7):
            other.publish("routing.lossy.link.start", {"number_of_packets_to_drop": 2, **API})
            tool.wait_stderr(rf"(?s)({'the next 2 packets.*' * (1 + (step == 7))})")
            state["drop"] = 2
        message = (KEYS[api][0].format(agent, DEVICES[api][device]),
                   json.dumps(old_body(api, bytes([step]), ("tun0", "serial")[device], **({"data_slip": [192]} if device else {}))))
        other.publish(*message)
        sent += 1
        tool.wait_stats(lambda s: s["route.messages"] == sent)
        published = old_router(*message, routes(links), state)
        expected += published
        for m in other.collect(len(published)):
            fields = json.loads(m.body)
            assert m.properties.content_type == "application/json" and "data_slip" not in fields
            got.append((m.key, fields["data"], fields["interface_name"]))
    assert sorted(got) == sorted(expected) and len(got) == 2 * (12 - 4) and other.is_silent()
