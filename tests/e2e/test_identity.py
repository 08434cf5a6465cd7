"""Who may say what on the bus: users of the broker with the permissions of docs/broker.md, some of them against the others.

All of them speak through python3-pika, and each carries its own user_id or none: the broker closes the channel of whoever tries another.
"""
import contextlib
import json

import pika
import pytest

from harness import Witness, pcap_bytes, wait_until

FRAME = bytes.fromhex("6188 2a cdab 0200 0100 6869")
PCAP = "application/vnd.tcpdump.pcap"
API = {"_api_version": "1.2.15"}


class Users:
    """Users of this virtual host, who may do all that the page lets an agent do, and publish and bind every routing key."""

    def __init__(self, vhost, names):
        self.vhost, self.names = vhost, {short: f"{vhost.name}_{short}" for short in names}
        for name in self.names.values():
            vhost.broker.eval(f'B = rabbit_auth_backend_internal, B:add_user(<<"{name}">>, <<"secret">>, <<"tests">>), '
                              f'B:set_permissions(<<"{name}">>, <<"{vhost.name}">>, <<"^(framebus\\\\.)?{name}">>, '
                              f'<<"^(framebus\\\\.{name}|{name}|amq\\\\.topic$)">>, <<"^(framebus\\\\.{name}|{name}|amq\\\\.topic$)">>, <<"tests">>).')
        self._open = []

    def __getitem__(self, short):
        return self.names[short]

    def url(self, short):
        return self.vhost.broker.url_of(self.vhost.name, self.names[short], "secret")

    def client(self, short):
        self._open.append(Witness(self.url(short), ()))
        return self._open[-1]

    def publish(self, short, key, body, vouched=True, **properties):
        if vouched:
            properties["user_id"] = self.names[short]
        self.client(short).publish(key, body, **properties)

    def close(self):
        for client in self._open:
            client.close()
        for name in self.names.values():
            self.vhost.broker.eval(f'rabbit_auth_backend_internal:delete_user(<<"{name}">>, <<"tests">>).')


@pytest.fixture
def users(vhost):
    made = Users(vhost, ("a", "b", "evil", "router", "boss"))
    yield made
    made.close()


def detour_by_binding(client, user, key, body, properties):
    """An exchange of one's own, where no topic permission holds, bound to the one that has them."""
    client.channel.exchange_declare(f"{user}.x", "topic", auto_delete=True)
    client.channel.exchange_bind("amq.topic", f"{user}.x", "#")
    client.channel.basic_publish(f"{user}.x", key, body, properties)


def detour_by_dead_letters(client, user, key, body, properties):
    """A queue of one's own whose messages expire at once, and are published under a key that nobody checks."""
    client.channel.exchange_declare(f"{user}.w", "fanout", auto_delete=True)
    client.channel.queue_declare(f"{user}.q", exclusive=True, arguments={
        "x-dead-letter-exchange": "amq.topic", "x-dead-letter-routing-key": key, "x-message-ttl": 0})
    client.channel.queue_bind(f"{user}.q", f"{user}.w")
    client.channel.basic_publish(f"{user}.w", "any", body, properties)


def detour_by_alternate_exchange(client, user, key, body, properties):
    client.channel.exchange_declare(f"{user}.y", "topic", auto_delete=True, arguments={"alternate-exchange": "amq.topic"})
    client.channel.queue_declare(f"{user}.z", exclusive=True)
    client.channel.queue_bind(f"{user}.z", f"{user}.y", "holds.the.exchange")
    client.channel.basic_publish(f"{user}.y", key, body, properties)


DETOURS = [detour_by_binding, detour_by_dead_letters, detour_by_alternate_exchange]


def json_body(data=FRAME, **more):
    return json.dumps({**API, "data": list(data), "interface_name": "serial", "timestamp": 1700000000.25, **more}).encode()


# --- packets ---

def test_amqp_dump_has_each_agent_by_its_user_alone(users, tool, tmp_path):
    dump = tool("amqp-dump", "-u", users.vhost.url, "-k", "#", "-w", tmp_path / "seen.pcapng", "--require-user", f"a={users['a']}",
                "--require-user", f"b={users['b']}", "--require-user", f"router={users['router']}")
    keys = [("fromAgent.b.802154.serial.packet.raw", "application/json"), ("data.serial.fromAgent.b", "application/json"),
            ("framebus.serial.b", PCAP), ("framebus.serial.b.a", PCAP)]
    bodies = {"application/json": json_body(), PCAP: pcap_bytes(230, [(1, FRAME)])}
    forged = 0
    for key, kind in keys:
        for user, vouched in (("a", True), ("evil", True), ("router", True), ("b", False)):
            users.publish(user, key, bodies[kind], vouched, content_type=kind)
            forged += 1
    for key, kind in [("toAgent.b.802154.serial.packet.raw", "application/json"), ("data.serial.toAgent.b", "application/json"),
                      ("framebus.to.b", PCAP)]:
        for user, vouched in (("a", True), ("b", True), ("router", False)):
            users.publish(user, key, bodies[kind], vouched, content_type=kind)
            forged += 1
        keys.append((key, kind))
    for detour in DETOURS:
        for vouched in (True, False):
            client = users.client("evil")
            properties = pika.BasicProperties(content_type="application/json", user_id=users["evil"] if vouched else None)
            detour(client, users["evil"], "fromAgent.b.802154.serial.packet.raw", json_body(), properties)
            forged += 1
            dump.wait_stats(lambda s: s["bus_downlink.rejected_foreign_user"] == forged)
            client.close()
    assert dump.stats()["output.written"] == 0
    for key, kind in keys:
        users.publish("router" if "to" in key.split(".")[0:2] or "toAgent" in key else "b", key, bodies[kind], content_type=kind)
    dump.wait_stats(lambda s: s["output.written"] == len(keys))
    assert dump.stats()["bus_downlink.rejected_foreign_user"] == forged
    assert "no --require-user has it so" in dump.stderr
    dump.stop()


def test_two_users_cannot_speak_as_each_other(tool):
    ended = tool("amqp-dump", "--require-user", "a", "--require-user", "b", wait=False)
    ended.wait(status=2)
    assert "--require-user NAME=b" in ended.stderr


@pytest.mark.parametrize("name", ["amqp-tun", "amqp-serial", "amqp-dump", "amqp-play"])
def test_every_bus_tool_refuses_rules_that_cannot_be(tool, name):
    for rule in ("a.b=c", "=c", "a="):
        ended = tool(name, "--require-user", rule, wait=False, ready=False)
        ended.wait(status=2)
        assert f"--require-user '{rule}'" in ended.stderr


def test_amqp_serial_hears_its_peer_and_no_other(users, tool, probe):
    mote = probe()
    serial = tool("amqp-serial", "-u", users.url("a"), "-n", users["a"], "-p", mote.link, "--peer", users["b"], "--require-user", "peer")
    key = f"fromAgent.{users['b']}.802154.serial.packet.raw"
    users.publish("evil", key, json_body())
    users.publish("b", key, json_body(), vouched=False)
    for detour in DETOURS:
        detour(users.client("evil"), users["evil"], key, json_body(), pika.BasicProperties(content_type="application/json"))
    serial.wait_stats(lambda s: s["bus_downlink.rejected_foreign_user"] >= 5)
    assert serial.stats()["downlink.received"] == 0
    users.publish("b", key, json_body())
    serial.wait_stats(lambda s: s["downlink.delivered"] == 1)
    serial.stop()


def test_what_we_publish_says_whose_it_is(users, tool, probe, tmp_path):
    """Packets, announcements, what says that we are there: the other end has none of it without."""
    bus = Witness(users.vhost.url, ("#",))
    mote = probe()
    serial = tool("amqp-serial", "-u", users.url("a"), "-n", users["a"], "-p", mote.link, "--peer", users["b"])
    mote.send(FRAME)
    serial.wait_stats(lambda s: s["uplink.published"] == 1)
    serial.stop()
    frames = tmp_path / "frames.pcap"
    frames.write_bytes(pcap_bytes(230, [(1, FRAME)]))
    for options in ((), ("--encoding", "pcap"), ("--to",), ("--to", "--encoding", "pcap"), ("--api", "v0")):
        tool("amqp-play", "-u", users.url("a"), "-n", users["a"], "-r", frames, *options, wait=False).wait(status=0)
    seen = [bus.get() for _ in range(4 + 5)]
    assert {m.properties.user_id for m in seen} == {users["a"]}, seen
    assert {m.key.split(".")[0] for m in seen} == {"fromAgent", "toAgent", "framebus", "data", "testingtool"}
    bus.close()


# --- announcements ---

def test_announcements_of_others_in_a_peers_name_mean_nothing(users, tool, netns):
    ns = netns()
    tun = tool("amqp-tun", "-u", users.url("a"), "-n", users["a"], "--ipv6", "bbbb::1/64", "--peer", users["b"], "--netns", ns.name,
               "--require-user", "peer", "-v")
    started = {**API, "name": users["b"], "ipv6_prefix": "bbbb", "ipv6_host": "66", "framebus_session": "f" * 16, "framebus_encodings": "gso"}
    alive = {**API, "framebus_session": "f" * 16, "uptime": "1", "published": "0", "delivered": "0"}
    before = tun.stats()["bus_downlink.rejected_foreign_user"]
    for user, vouched in (("evil", True), ("b", False)):
        users.publish(user, f"fromAgent.{users['b']}.ip.tun.started", started, vouched)
        users.publish(user, f"framebus.alive.{users['b']}", alive, vouched)
    tun.wait_stats(lambda s: s["bus_downlink.rejected_foreign_user"] == before + 4)
    assert "bbbb::66" not in tun.stderr
    users.publish("b", f"fromAgent.{users['b']}.ip.tun.started", started)
    tun.wait_stderr("bbbb::66")
    tun.stop()


def test_a_namesake_is_one_whose_user_may_have_our_name(users, tool, probe):
    """Under testingtool.component.ready everybody may publish; the name stands in the body."""
    serial = tool("amqp-serial", "-u", users.url("a"), "-n", users["a"], "-p", probe().link, "--require-user", "peer")
    ready = {**API, "component": users["a"], "description": "x"}
    users.publish("evil", "testingtool.component.ready", ready, message_id="0123456789abcdef-0-1")
    serial.wait_stats(lambda s: s["control.refused"] == 1)
    assert serial.stats()["control.namesakes"] == 0
    users.publish("a", "testingtool.component.ready", ready, message_id="0123456789abcdef-0-2")
    serial.wait_stats(lambda s: s["control.namesakes"] == 1)
    serial.stop()


def test_nothing_is_said_of_what_is_heard_by_the_way(users, tool, probe):
    """Our own announcements come back to us, and everybody's come to us: only the peer's user is named."""
    serial = tool("amqp-serial", "-u", users.url("a"), "-n", users["a"], "-p", probe().link, "--peer", users["b"],
                  "--require-user", f"{users['b']}={users['b']}")
    users.publish("evil", "testingtool.component.ready", {**API, "component": users["evil"], "description": "x"})
    serial.wait_stats(lambda s: s["bus_downlink.rejected_foreign_user"] >= 3)
    assert ": dropped" not in serial.stderr
    serial.stop()


# --- the router ---

@pytest.mark.parametrize("rules,heard", [([], {"b", "router", ""}), (["router"], {"router"}), (["peer"], set()), (["peer", "router"], {"router"})])
def test_what_comes_to_an_agent_is_its_routers(users, tool, probe, rules, heard):
    options = [word for rule in rules for word in ("--require-user", f"router={users['router']}" if rule == "router" else rule)]
    serial = tool("amqp-serial", "-u", users.url("a"), "-n", users["a"], "-p", probe().link, *options)
    pcap = pcap_bytes(230, [(1, FRAME)])
    for user, vouched in (("b", True), ("router", True), ("evil", False)):
        for key, body, kind in ((f"toAgent.{users['a']}.802154.serial.packet.raw", json_body(), "application/json"),
                                (f"framebus.to.{users['a']}", pcap, PCAP)):
            users.publish(user, key, body, vouched, content_type=kind)
    report = serial.wait_stats(lambda s: s["downlink.received"] + s["bus_downlink.rejected_foreign_user"] >= 6)
    assert report["downlink.received"] == 2 * len(heard)
    serial.stop()


# --- commands ---

def commands(name):
    """Every message that an agent obeys, under every key that it has."""
    start = {"name": name, "ipv6_prefix": "bbbb", "ipv6_host": "7"}
    return [(f"toAgent.{name}.ip.tun.start", {**API, **start}), (f"control.tun.toAgent.{name}", {"_type": "tun.start", **start}),
            ("testingtool.terminate", {**API, "description": "x"}), ("control.session", {"_type": "testingtool.terminate", "description": "x"})]


CONTROL = [(["--control-from", "boss"], {"boss"}), (["--require-user", "peer", "--require-user", "router=router"], {"router"}),
           (["--require-user", "peer", "--ipv6", "bbbb::9/64"], set()),
           (["--require-user", "peer", "--require-user", "router=router", "--control-from", "boss"], {"boss"})]


@pytest.mark.parametrize("options,obeyed", CONTROL)
@pytest.mark.parametrize("which", range(4))
def test_commands_are_obeyed_from_whom_the_options_name(users, tool, netns, options, obeyed, which):
    key, body = commands(users["a"])[which]
    words = [word.replace("router=router", f"router={users['router']}").replace("boss", users["boss"]) for word in options]
    tun = tool("amqp-tun", "-u", users.vhost.url, "-n", users["a"], "--netns", netns().name, "--api", "v0", *words)
    for user in ("evil", "b", "router", "boss"):
        if user not in obeyed:
            users.publish(user, key, body)
    for user in obeyed:
        users.publish(user, key, body, vouched=False)
    forged = 4
    counted = wait_until(lambda: (s := tun.stats()) and s["control.refused"] + s["bus_downlink.rejected_foreign_user"] >= forged and s)
    assert counted["control.handled"] == 0 and "bbbb::7" not in tun.stderr and ("refused" in tun.stderr or "dropped" in tun.stderr)
    for user in obeyed:
        users.publish(user, key, body)
        if "tun" in key:
            tun.wait_stats(lambda s: s["control.handled"] == 1)
        else:
            tun.wait(status=0)


def test_serial_start_too(users, tool, probe):
    serial = tool("amqp-serial", "-u", users.vhost.url, "-n", "a", "-p", probe().link, "--control-from", users["boss"])
    bus = Witness(users.vhost.url, ("fromAgent.a.802154.serial.started",))
    users.publish("evil", "toAgent.a.802154.serial.start", {**API, "name": "a"})
    serial.wait_stats(lambda s: s["control.refused"] == 1)
    assert bus.is_silent()
    users.publish("boss", "toAgent.a.802154.serial.start", {**API, "name": "a"})
    assert bus.get().key
    bus.close()


@pytest.mark.parametrize("name", ["amqp-tun", "amqp-serial"])
def test_v0_control_is_not_heard_without_api_v0(vhost, bus_tool, witness, netns, probe, name):
    options = ["--netns", netns().name] if name == "amqp-tun" else ["-p", probe().link]
    agent = bus_tool(name, "-n", "x", *options)
    keys = [b["routing_key"] for b in vhost.bindings()]
    assert not [key for key in keys if key.startswith("control.")], keys
    witness().publish("control.session", {"_type": "testingtool.terminate", "description": "x"})
    witness().publish("control.tun.toAgent.x", {"_type": "tun.start", "ipv6_host": "7"})
    witness().publish("toAgent.x.802154.serial.start" if name == "amqp-serial" else "toAgent.x.ip.tun.start", {**API, "ipv6_host": "8"})
    report = agent.wait_stats(lambda s: s["control.handled"] == 1)
    assert report["control.received"] == report["control.handled"] + report["control.ignored"]


def test_a_peers_own_keys_command_nobody(vhost, bus_tool, witness, netns):
    """Whatever a body under them says that it is."""
    tun = bus_tool("amqp-tun", "-n", "a", "--peer", "b", "--wait-start", "--netns", netns().name, "--api", "v0")
    bus = witness()
    keys = ["fromAgent.b.ip.tun.started", "control.tun.fromAgent.b", "framebus.alive.b"]
    for key in keys:
        for kind in ("testingtool.terminate", "tun.start"):
            bus.publish(key, {"_type": kind, "ipv6_prefix": "bbbb", "ipv6_host": "7", "description": "x"})
    tun.wait_stats(lambda s: s["control.received"] >= 6)
    with contextlib.suppress(AssertionError):
        tun.wait(0.2)
    assert tun.process.poll() is None and "tun0" not in "".join(tun.stderr)
    tun.stop()


def test_a_packet_of_a_peer_across_a_tunnel_that_knows_users(users, tool, netns):
    """Two of ours, with all rules in force: they find each other, and what they say goes on as pcap or gso."""
    pair = [tool("amqp-tun", "-u", users.url(me), "-n", users[me], "--ipv6", f"bbbb::{number}/64", "--peer", users[other],
                 "--netns", (ns := netns()).name, "--require-user", "peer", "-v") for number, me, other in ((1, "a", "b"), (2, "b", "a"))]
    for one in pair:
        one.wait_stderr("peer .* reads json,pcap,gso")
    assert ns.run("ping", "-n", "-c", "1", "-W", "5", "bbbb::1").returncode == 0
    for one in pair:
        one.stop()


# --- keys of our own that a broker refuses ---

def test_a_copy_is_one_only_of_what_came(vhost, tool, probe, witness):
    """Of the two keys that a peer's frames come under, the broker refuses one: the copy of the other is still left out."""
    serial = tool("amqp-serial", "-u", vhost.limited(".*", "^(fromAgent|toAgent|testingtool|data)[.]|^framebus[.](alive[.]b|serial[.]b)$"),
                  "-n", "a", "-p", probe().link, "--peer", "b")
    bus, key, pcap = witness(), "fromAgent.b.802154.serial.packet.raw", pcap_bytes(230, [(1, FRAME)])
    bus.publish("framebus.serial.b", pcap, content_type=PCAP)
    bus.publish(key, json_body(), type="framebus.serial.b")
    bus.publish("framebus.serial.b.a", pcap, content_type=PCAP)
    bus.publish(key, json_body(), type="framebus.serial.b.a")
    report = serial.wait_stats(lambda s: s["downlink.received"] + s["bus_downlink.duplicates"] == 3)
    assert report["downlink.received"] == 2 and report["bus_downlink.duplicates"] == 1
    serial.stop()
