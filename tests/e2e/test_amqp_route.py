"""amqp-route: what an agent published goes to the others of its link, as the old router passes it on, with python3-pika agents on
both sides. What it does to packets on purpose is in test_amqp_route_links.py."""
import json
import signal

import pika
import pytest

from harness import Inbox, Witness, pcap_bytes, wait_until

SESSION = "0123456789abcdef"
API = {"_api_version": "1.2.15"}
FRAME = bytes.fromhex("61882acdab0200010068692a")
PACKET = bytes.fromhex("6000000000081140") + bytes(15) + b"\x01" + bytes(15) + b"\x02" + bytes.fromhex("1633163300080000")


def body(data=PACKET, interface="tun0", **more):
    return json.dumps({"data": list(data), "interface_name": interface, "timestamp": 1795406616.5, **more, **API}, sort_keys=True)


def slip_body(data=FRAME, **more):
    return body(data, "serial", data_slip=[0xc0, *data, 0xc0], **more)


@pytest.fixture
def router(bus_tool):
    def start(*arguments, **options):
        return bus_tool("amqp-route", *arguments, **options)
    return start


# --- what goes where ---

WAYS = [
    ("fromAgent.a.ip.tun.packet.raw", "toAgent.b.ip.tun.packet.raw", body()),
    ("data.tun.fromAgent.a", "data.tun.toAgent.b", json.dumps({"_type": "packet.sniffed.raw", "data": [96], "timestamp": "1.5"})),
    ("framebus.tun.a", "framebus.to.b", pcap_bytes(101, [(1, PACKET)])),
    ("fromAgent.a.802154.serial.packet.raw", "toAgent.b.802154.serial.packet.raw", body(FRAME, "serial")),
    ("data.serial.fromAgent.a", "data.serial.toAgent.b", json.dumps({"_type": "packet.sniffed.raw", "data": [1, 2]})),
    ("framebus.serial.a", "framebus.to.b", pcap_bytes(230, [(1, FRAME)])),
]


def test_bodies_and_properties_stay(router, witness):
    router("--link", "a,b")
    other = witness("toAgent.#", "data.*.toAgent.*", "framebus.to.*")
    for number, (key, expected, octets) in enumerate(WAYS):
        octets = octets.encode() if isinstance(octets, str) else octets
        content_type = "application/json" if octets[:1] == b"{" else "application/vnd.tcpdump.pcap"
        other.publish(key, octets, content_type, message_id=f"{SESSION}-{number}-7", timestamp=1795406616, user_id="guest")
        got = other.get()
        assert (got.key, got.body) == (expected, octets)
        p = got.properties
        assert (p.content_type, p.message_id, p.timestamp, p.user_id) == (content_type, f"{SESSION}-{number}-7", 1795406616, "guest")
        assert p.headers == {"framebus_via": "a/route"}
        assert p.delivery_mode == (2 if "serial" in key else 1)


SLIP_BODIES = [
    (slip_body(), body(FRAME, "serial")),
    ('{"data_slip": [192, 1, 192], "data": [1]}', '{"data": [1]}'),
    ('{"data":[1],"data_slip":[192]}', '{"data":[1]}'),
    ('{"x": {"data_slip": 1}, "data": [1] , "data_slip" : [1, {"a": "]"}] }', '{"x": {"data_slip": 1}, "data": [1] }'),
    ('{"data_slip": "\\"]", "data_slip": null}', "{}"),
    ('{"data": [1], "data_slip": [1', '{"data": [1], "data_slip": [1'), ("no JSON", "no JSON"), ("", ""),
]


def test_data_slip_stays_behind(router, witness):
    router("--link", "a,b")
    other = witness("toAgent.#", "data.serial.toAgent.*")
    for octets, expected in SLIP_BODIES:
        for key in "fromAgent.a.802154.serial.packet.raw", "data.serial.fromAgent.a":
            other.publish(key, octets)
            assert other.get().body == expected.encode()


def test_each_goes_to_the_others_of_its_links_once(router, witness):
    router("--link", "a,b,c", "--link", "c,d", "--link", "x,y")
    other = witness("toAgent.*.ip.tun.packet.raw")
    for sender, receivers in ("a", "bc"), ("c", "abd"), ("d", "c"), ("x", "y"):
        other.publish(f"fromAgent.{sender}.ip.tun.packet.raw", body())
        assert [m.key.split(".")[1] for m in other.collect(len(receivers))] == list(receivers)
    other.publish("fromAgent.z.ip.tun.packet.raw", body())
    assert other.is_silent()


def test_everybody_with_everybody(router, witness):
    """Whoever has spoken, or has said that it has started, is known."""
    tool = router("--all")
    other = witness("toAgent.*.ip.tun.packet.raw")
    other.publish("fromAgent.b.ip.tun.packet.raw", "1")
    tool.wait_stats(lambda s: s["route.messages"] == 1)
    other.publish("fromAgent.c.ip.tun.packet.raw", "2")
    assert other.get().key == "toAgent.b.ip.tun.packet.raw"
    other.publish("fromAgent.b.ip.tun.packet.raw", "3")
    assert other.get().key == "toAgent.c.ip.tun.packet.raw"


def test_no_packet_overtakes_another(router, witness):
    router("--link", "a,b")
    other = witness("toAgent.b.#")
    for n in range(500):
        other.publish("fromAgent.a.ip.tun.packet.raw", f'{{"data": [{n % 256}], "n": {n}}}')
    assert [json.loads(m.body)["n"] for m in other.collect(500, 20)] == list(range(500))


def test_content_type_of_old_agents(router, witness):
    """They fail on a message that has none; a body of our own keys is as it came."""
    router("--link", "a,b")
    other = witness("toAgent.#", "framebus.to.*")
    for key, expected in ("fromAgent.a.ip.tun.packet.raw", "application/json"), ("framebus.tun.a", None):
        other.channel.basic_publish("amq.topic", key, b"x", pika.BasicProperties())
        p = other.get().properties
        assert (p.content_type, p.message_id, p.timestamp) == (expected, None, None)


def test_a_copy_is_known_as_one(router, witness):
    """amqp-tun with several peers says the same as JSON and under a key of our own: so does the router, of its own key."""
    router("--link", "a,b")
    other = witness("toAgent.#")
    other.publish("fromAgent.a.ip.tun.packet.raw", body(), type="framebus.tun.a")
    assert other.get().properties.type == "framebus.to.b"
    other.publish("fromAgent.a.ip.tun.packet.raw", body(), type="framebus.tun.z")
    assert other.get().properties.type is None


# --- circles ---

VIAS = [("route", True), ("other route", True), ("route other", True), ("x" * 600, True), ("y " * 254, True), ("b/route other", True), ("b/my-route", False),
        ("router", False), ("", False), (None, False), (5, False), ({"a": [{"b": "route"}]}, False), (b"route", False), ("rou\0te", False)]


def test_a_loop_is_cut(router, witness):
    tool = router("--link", "a,b")
    other = witness("toAgent.#")
    cuts = 0
    for via, cut in VIAS:
        other.publish("fromAgent.a.ip.tun.packet.raw", "first", headers={"framebus_via": via, "other": "x"} if via is not None else {"x": 1})
        other.publish("fromAgent.a.ip.tun.packet.raw", "last")
        first = other.get()
        cuts += cut
        assert (first.body == b"last") == cut, via
        assert tool.stats()["route.rejected_loop"] == cuts
        if not cut:
            expected = f"{via} a/route" if isinstance(via, str) and via and "\0" not in via else "a/route"
            assert first.properties.headers == {"framebus_via": expected}
            assert other.get().body == b"last"
    assert "it has been here before" in tool.stderr


def test_one_uses_up_no_numbers_of_another(router, bus_tool, witness):
    """c knows a's run, and says what a has not said yet: what a says then is no duplicate, and nothing of a's is lost."""
    router("--link", "a,b,c")
    reader = bus_tool("amqp-dump", "-k", "toAgent.b.ip.tun.packet.raw", "--raw", "--json")
    other = witness()
    said = [("a", 1), ("c", 2), ("c", 3), ("a", 2), ("c", 1000), ("a", 3), ("a", 5)]
    for count, (agent, number) in enumerate(said, 1):
        other.publish(f"fromAgent.{agent}.ip.tun.packet.raw", f"{agent} {number}", message_id=f"{SESSION}-0-{number}")
        stats = reader.wait_stats(lambda s: s["bus_downlink.received"] == count)
    assert stats["bus_downlink.duplicates"] == 0
    stats = reader.stop()
    assert [json.loads(line)["body"] for line in reader.stdout.splitlines()] == ["a 1", "c 2", "c 3", "a 2", "c 1000", "a 3", "a 5"]
    assert stats["bus_downlink.lost_on_bus"] == 996 + 1


def test_two_routers_end_a_circle(router, vhost, witness):
    """b's packets come back as a's (a bridge of somebody else's): each message passes each router once."""
    router("--link", "a,b", "-n", "one")
    router("--link", "b,a", "-n", "two")
    other = witness("toAgent.b.ip.tun.packet.raw")
    other.publish("fromAgent.a.ip.tun.packet.raw", body(), message_id=f"{SESSION}-0-1")
    seen = []
    for message in other.collect(2):
        seen.append(message.properties.headers["framebus_via"])
        other.publish("fromAgent.a.ip.tun.packet.raw", message.body, headers=message.properties.headers)
    seen += [m.properties.headers["framebus_via"] for m in other.collect(2)]
    assert sorted(seen) == ["a/one", "a/one a/two", "a/two", "a/two a/one"] and other.is_silent()


def test_hostile_headers(router, vhost, witness):
    """Deep tables, large ones, broken ones: passed over, and nothing of them is passed on."""
    tool = router("--link", "a,b")
    other = witness("toAgent.#")
    deep = {"x": 1}
    for _ in range(200):
        deep = {"t": deep}
    for headers in deep, {f"h{n}": "x" * 100 for n in range(900)}, {"framebus_dropped": -5}, {"framebus_dropped": 2 ** 62}, \
            {"framebus_dropped": "many"}, {"framebus_via": "", "framebus_dropped": 3}:
        other.publish("fromAgent.a.ip.tun.packet.raw", body(), headers=headers)
        got = other.get(20)
        dropped = headers.get("framebus_dropped", 0)
        expected = {"framebus_dropped": dropped} if isinstance(dropped, int) and dropped > 0 else {}
        assert got.properties.headers == {"framebus_via": "a/route", **expected}
    assert tool.process.poll() is None


# --- what is lost, and who is told ---

def test_nobody_listens(router, vhost, witness):
    tool = router("--link", "a,b")
    sender = witness()
    sender.publish("fromAgent.a.ip.tun.packet.raw", body())
    sender.publish("fromAgent.a.802154.serial.packet.raw", slip_body())
    tool.wait_stats(lambda s: s["bus_uplink.unroutable"] == 1 and s["bus_kept_uplink.unroutable"] == 1)
    for key in "toAgent.b.ip.tun.packet.raw", "toAgent.b.802154.serial.packet.raw":
        assert f"nobody listens to {key}" in tool.stderr
    wait_until(lambda: all(q["messages"] == 0 for q in vhost.queues()))


def test_frames_outlive_the_router(router, bus_tool, vhost, witness):
    """What comes while it is away, and what it had when it was killed, goes out by the next one; IP packets do not."""
    tool = router("--link", "a,b")
    inbox = Inbox(vhost.url, "toAgent.#")
    sender = witness()
    tool.kill()
    for n in range(20):
        sender.publish("fromAgent.a.802154.serial.packet.raw", f'{{"data": [{n}]}}', message_id=f"{SESSION}-0-{n + 1}", delivery_mode=2)
    tool = router("--link", "a,b")
    tool.wait_stats(lambda s: s["bus_kept_uplink.confirmed"] >= 20)
    assert [json.loads(m.body)["data"][0] for m in inbox.take()] == list(range(20))
    wait_until(lambda: all(q["messages"] == 0 for q in vhost.queues() if q["name"].startswith("framebus.")))


def test_the_next_one_takes_over(router, vhost, witness):
    """Two of one name: one has the agent's packets, the other when that is gone; each is passed on once."""
    one = router("--link", "a,b", "-v")
    two = router("--link", "a,b", "-v")
    other = witness("toAgent.#")
    for n in range(3):
        other.publish("fromAgent.a.ip.tun.packet.raw", str(n))
    assert [m.body for m in other.collect(3)] == [b"0", b"1", b"2"] and other.is_silent()
    assert one.stats()["route.messages"] == 3 and two.stats()["route.messages"] == 0
    one.kill()
    wait_until(lambda: "a: this router has its packets now" in two.stderr or
               other.publish("fromAgent.a.ip.tun.packet.raw", "next"), 20)
    assert other.get().body == b"next"
    assert all(dict_of(q["arguments"])["x-single-active-consumer"] is True for q in vhost.queues() if ".a." in q["name"])


def dict_of(arguments):
    return arguments if isinstance(arguments, dict) else {name: value for name, _, value in arguments}


def test_through_a_reconnection(router, vhost, broker, witness):
    tool = router("--link", "a,b")
    inbox = Inbox(vhost.url, "toAgent.#")
    broker.close_connections(vhost.name)
    tool.wait_stats(lambda s: s["bus_downlink.connections"] == 2 and s["bus_kept_uplink.connections"] == 2)
    witness().publish("fromAgent.a.802154.serial.packet.raw", slip_body())
    got = []
    wait_until(lambda: got.extend(inbox.take()) or got)
    assert len(got) == 1


def test_a_key_of_ours_that_the_broker_refuses(tool, vhost, witness):
    """The rest goes on; what cannot is counted."""
    url = vhost.limited(r"^(toAgent|testingtool)\\.", ".*")
    route = tool("amqp-route", "--url", url, "--link", "a,b")
    other = witness("toAgent.#", "framebus.to.*")
    for n in range(3):
        other.publish("framebus.tun.a", pcap_bytes(101, [(1, PACKET)]), "application/vnd.tcpdump.pcap")
        route.wait_stats(lambda s: s["route.messages"] == n + 1 and s["bus_uplink.refused"] == 1)
    other.publish("framebus.serial.a", pcap_bytes(230, [(1, FRAME)]), "application/vnd.tcpdump.pcap")
    route.wait_stats(lambda s: s["bus_kept_uplink.refused"] == 1)
    for key in "fromAgent.a.ip.tun.packet.raw", "fromAgent.a.802154.serial.packet.raw":
        other.publish(key, body())
        assert other.get().key == key.replace("from", "to").replace(".a.", ".b.")
    stats = route.stop()
    assert (stats["route.dropped_refused_key"], stats["bus_uplink.connections"]) == (2, 1)


# --- as the old router ---

def test_it_says_that_it_is_there(bus_tool, witness):
    other = witness("testingtool.component.#")
    tool = bus_tool("amqp-route", "--link", "a,b")
    assert json.loads(other.get(key="testingtool.component.ready").body)["component"] == "packetrouting"
    tool.stop()
    assert json.loads(other.get(key="testingtool.component.shutdown").body)["component"] == "packetrouting"


def test_bootstrap(bus_tool, witness):
    other = witness("toAgent.*.ip.tun.start")
    tool = bus_tool("amqp-route", "--link", "coap_client,agent_1", "--bootstrap", wait=False)
    asked = {m.key.split(".")[1]: json.loads(m.body) for m in other.collect(2)}
    assert (asked["agent_1"]["ipv6_prefix"], asked["agent_1"]["ipv6_host"], asked["agent_1"]["ipv4_host"]) == ("bbbb", "1", "10.2.0.1")
    assert (asked["coap_client"]["ipv6_host"], asked["coap_client"]["name"]) == ("2", "coap_client")
    tool.wait_stderr("waits for started of coap_client, agent_1")
    other.publish("fromAgent.agent_1.ip.tun.started", {**asked["agent_1"]})
    assert not tool.is_ready()
    other.publish("fromAgent.coap_client.ip.tun.started", {**asked["coap_client"]})
    tool.wait_ready()


def test_nobody_says_ready_for_another(bus_tool, vhost):
    """The key names nobody: the user must be that of the agent in the body."""
    url = vhost.limited(".*", ".*")
    users = {"a": "guest", "b": f"{vhost.name}_limited"}
    guest, limited = Witness(vhost.url, ["toAgent.*.ip.tun.start"]), Witness(url, [])
    tool = bus_tool("amqp-route", "--link", "a,b", "--bootstrap", *(x for a in users for x in ("--require-user", f"{a}={users[a]}")),
                    "-v", wait=False)
    vhost.wait_binding("testingtool.component.ready")
    asked = {m.key.split(".")[1]: json.loads(m.body) for m in guest.collect(2)}
    for agent, who in ("a", guest), ("b", limited):
        who.publish(f"fromAgent.{agent}.ip.tun.started", asked[agent], user_id=users[agent])
    tool.wait_ready()
    for component in "b", "a":
        guest.publish("testingtool.component.ready", {"component": component, "message": "connected", **API}, user_id="guest")
    assert json.loads(guest.get().body) == asked["a"]
    tool.wait_stderr("testingtool.component.ready of user 'guest': left out, no --require-user lets it be b")
    guest.close()
    limited.close()


# --- links ---

@pytest.mark.parametrize("arguments,words", [
    ([], "nobody is linked"), (["--link", "a"], "'a' alone is no link"), (["--link", "a,a"], "'a': stands twice in a link"),
    (["--link", "a,,b"], "has an empty name"), (["--link", ""], "--link '': is empty"), (["--link", "a,"], "has an empty name"), (["--link", "a,b", "--link", "b,a"], "are in a link together already"),
    (["--link", "a,*"], "'*': a name must be"), (["--link", "a.b,c"], "'a.b': a name must be"),
    (["--link", "#,b"], "'#': a name must be"), (["--link", "a, b"], "'b': must be NAME=VALUE (names have no blanks)"),
    (["--link", ",".join(f"n{n}" for n in range(61))], "more than 60 agents"),
    (["--all", "--link", "a,b"], "--all"), (["-n", "x.y", "--link", "a,b"], "--name 'x.y'"), (["--links", "/gone"], "/gone"),
])
def test_links_that_are_none(tool, arguments, words):
    route = tool("amqp-route", *arguments, wait=False, stats=False)
    route.wait(status=2)
    assert words in route.stderr, route.stderr


def test_links_file(router, vhost, witness, tmp_path):
    path = tmp_path / "links"
    path.write_text("# who\na,b # these\n\n")
    tool = router("--links", path)
    other = witness("toAgent.#")
    other.publish("fromAgent.a.ip.tun.packet.raw", "1")
    assert other.get().key == "toAgent.b.ip.tun.packet.raw"
    for text, line in ("a,c\n\na,*\n", "line 3: '*': a name"), ("a,b\nb,a", "line 2: "), ("", "no link"), ("a,b\0", "NUL"):
        path.write_text(text)
        tool.process.send_signal(signal.SIGHUP)
        tool.wait_stderr(line.replace("*", r"\*"))
        other.publish("fromAgent.a.ip.tun.packet.raw", "2")
        assert other.get().key == "toAgent.b.ip.tun.packet.raw"
    path.write_text("a,b # the same\n")
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links are as they were, of 2 agents")
    path.write_text("a,c\nx,y\n")
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links are others now, of 4 agents")
    vhost.wait_binding("fromAgent.x.ip.tun.packet.raw")
    for sender, receiver in ("a", "c"), ("x", "y"):
        other.publish(f"fromAgent.{sender}.ip.tun.packet.raw", "3")
        assert other.get().key == f"toAgent.{receiver}.ip.tun.packet.raw"
    path.unlink()
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("No such file")
    tool.stop()


def test_peers_are_told_of(router, witness):
    """What --peer agents say to each other passes no router."""
    tool = router("--link", "a,b")
    witness().publish("framebus.alive.a", {"framebus_session": SESSION})
    tool.wait_stderr("a was started with --peer: it hears its peers directly")
