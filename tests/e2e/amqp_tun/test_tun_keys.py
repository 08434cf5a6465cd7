"""amqp-tun: keys of our own between our own, and the old world beside them: python3-pika as old agent, router and listener."""
import json
import socket
import subprocess
import threading
import time

import pika
import pytest

from harness import PATIENCE, ipv6_udp, pcap_bytes, wait_until
from tun import GSO, check_sums, gso_records, is_judged, ping, raw_key, socket_in

pytestmark = pytest.mark.usefixtures("tun_allowed")


class OldListener:
    """What every listener of the old back end does: it decodes each body as UTF-8 JSON, and ends where it cannot."""

    PATTERNS = "fromAgent.#", "#.fromAgent.#", "data.#", "control.#", "toAgent.#"

    def __init__(self, url):
        self.keys, self.failures, self.stopping = [], [], False
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        channel = self.connection.channel()
        name = channel.queue_declare("", exclusive=True).method.queue
        for pattern in self.PATTERNS:
            channel.queue_bind(name, "amq.topic", pattern)
        channel.basic_consume(name, self._take, auto_ack=True)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _take(self, _channel, deliver, properties, body):
        self.keys.append(deliver.routing_key)
        try:
            assert isinstance(json.loads(body.decode("utf-8")), dict)
            assert properties.content_type == "application/json"
        except (ValueError, AssertionError) as error:
            self.failures.append((deliver.routing_key, properties.content_type, repr(error)))

    def _run(self):
        while not self.stopping:
            self.connection.process_data_events(0.05)
        self.connection.process_data_events(0.5)
        self.connection.close()

    def end(self):
        self.stopping = True
        self.thread.join()
        assert not self.failures, self.failures[:3]
        return self.keys


@pytest.fixture
def old_listener(vhost):
    made = []

    def start():
        made.append(OldListener(vhost.url))
        return made[-1]
    yield start
    for each in made:
        each.stopping = True
        each.thread.join()


def iperf3(server, client, address):
    process = subprocess.Popen(["ip", "netns", "exec", server.name, "iperf3", "-s", "-1", "-B", address], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: address in server.run("ss", "-tln").stdout, what="iperf3 listens")
        client.run("iperf3", "-c", address, "-t", "2")
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()


def test_an_old_listener_survives_the_fast_encodings(pair, old_listener, witness, bus_tool, probe, tmp_path):
    listener = old_listener()
    own = witness("framebus.tun.#")
    one, two = pair("-v")
    ping(one.ns, "bbbb::2")
    iperf3(two.ns, one.ns, "bbbb::2")
    one.wait_stderr("framebus.tun.agent_1: published as gso")
    message = own.get(key="framebus.tun.agent_1")
    assert message.properties.content_type == GSO and gso_records(message.body)
    mote = probe("mote")
    bus_tool("amqp-serial", "-n", "probe_1", "-p", mote.link, "--encoding", "pcap")
    mote.send(*[bytes([0x41, 0x88, i, 0xcd, 0xab, 0xff, 0xff, 1, 2]) for i in range(20)])
    seen = witness("framebus.serial.#")
    (tmp_path / "a.pcap").write_bytes(pcap_bytes(101, [(i, ipv6_udp("bbbb::1", "bbbb::2", b"x")) for i in range(20)]))
    for more in [], ["--to"]:
        play = bus_tool("amqp-play", "-n", "agent_9", "-r", tmp_path / "a.pcap", "--encoding", "pcap", "--speed", "0", *more, wait=False)
        play.wait(status=0)
    mote.send(bytes([0x41, 0x88, 99, 0xcd, 0xab, 0xff, 0xff, 1, 2]))
    assert seen.get().key == "framebus.serial.probe_1"
    keys = listener.end()
    assert "fromAgent.agent_1.ip.tun.started" in keys and raw_key("agent_1") not in keys
    for tool in one, two:
        check_sums(tool.stop())


NOBODY = r"nobody listens to fromAgent\.agent_1\.ip\.tun\.packet\.raw \(is agent_2 running with --peer agent_1\?\)"


class OldAgent:
    """The 2018 agent's tun mode without an interface: it hears toAgent.NAME, and answers ICMPv6 echoes under fromAgent.NAME."""

    def __init__(self, witness, name):
        self.name = name
        self.bus = witness(f"toAgent.{name}.#")

    def say_started(self, host):
        self.bus.publish(f"fromAgent.{self.name}.ip.tun.started", {
            "_api_version": "1.2.15", "name": self.name, "ipv6_prefix": "bbbb", "ipv6_host": host, "ipv6_no_forwarding": False,
            "ipv4_host": None, "ipv4_network": None, "ipv4_netmask": None, "re_route_packets_if": None,
            "re_route_packets_prefix": None, "re_route_packets_host": None})

    def take(self, payload, seconds=PATIENCE):
        """Under which keys the payload comes until this, and then nothing more."""
        message = self.bus.get(seconds)
        assert message.properties.content_type == "application/json"
        assert bytes(json.loads(message.body)["data"])[48:] == payload
        assert self.bus.is_silent()
        return message.key

    def send(self, packet):
        self.bus.publish(raw_key(self.name), {"_api_version": "1.2.15", "data": list(packet), "interface_name": "tun0", "timestamp": 1})


class OldRouter:
    """What one agent says is sent to the others, as it is."""

    def __init__(self, vhost, *names):
        self.names, self.stopping = names, False
        self.connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
        channel = self.connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        for name in names:
            channel.queue_bind(queue, "amq.topic", raw_key(name))
        channel.basic_consume(queue, self._take, auto_ack=True)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _take(self, channel, deliver, _properties, body):
        json.loads(body.decode("utf-8"))
        for name in self.names:
            if deliver.routing_key != raw_key(name):
                channel.basic_publish("amq.topic", raw_key(name, "to"), body, pika.BasicProperties(content_type="application/json"))

    def _run(self):
        while not self.stopping:
            self.connection.process_data_events(0.02)
        self.connection.close()

    def close(self):
        self.stopping = True
        self.thread.join()


@pytest.fixture
def old_router(vhost):
    made = []

    def start(*names):
        made.append(OldRouter(vhost, *names))
        return made[-1]
    yield start
    for each in made:
        each.close()


@pytest.mark.parametrize("way", ["alone", "router", "--peer-old"])
def test_an_old_agent_is_reached_by_one_way(agent, vhost, witness, old_router, way):
    old = OldAgent(witness, "agent_2")
    if way == "router":
        old_router("agent_1", "agent_2")
    seen = witness(raw_key("agent_1"))
    one = agent("agent_1", "--peer-old" if way == "--peer-old" else "--peer", "agent_2")
    sender = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 4000))
    if way == "alone":
        seen.close()
        wait_until(lambda: raw_key("agent_1") not in [b["routing_key"] for b in vhost.bindings()], what="its queue is gone")
    for payload in b"first", b"second":
        sender.sendto(payload, ("bbbb::2", 7))
        if way == "alone":
            assert old.take(payload) == raw_key("agent_2", "to")
        elif way == "router":
            assert old.take(payload) == raw_key("agent_2", "to") and seen.get().key == raw_key("agent_1")
        else:
            assert old.take(payload) == raw_key("agent_2", "to") and seen.is_silent()
    old.send(ipv6_udp("bbbb::2", "bbbb::1", b"back", dport=4000))
    assert sender.recvfrom(100)[0] == b"back"
    if way == "alone":
        one.wait_stderr(NOBODY)
        assert one.stats()["bus_uplink.unroutable"] == 1
    check_sums(one.stop())


def test_what_is_for_all_reaches_no_old_agent_twice(agent, witness):
    """agent_3 is nowhere: what went out for it comes back, is tried directly, and comes back from there, too."""
    old = OldAgent(witness, "agent_2")
    one = agent("agent_1", "--peer-old", "agent_2", "--peer", "agent_3")
    sender = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 4000))
    for number, payload in enumerate((b"first", b"second"), 1):
        sender.sendto(payload, ("bbbb::77", 7))
        assert old.take(payload) == raw_key("agent_2", "to")
        one.wait_stats(lambda report, number=number: report["bus_uplink.unroutable"] == 2 * number)
        assert old.bus.is_silent(), "once"


def trio(agent, *more):
    """agent_1 and agent_2, ours, that have heard each other; agent_3 is for the old one."""
    one, two = (agent(f"agent_{i}", "--peer", f"agent_{3 - i}", "--peer", "agent_3", *more) for i in (1, 2))
    for tool in one, two:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    return one, two


@pytest.mark.parametrize("way", ["started", "router", "--peer-old"])
def test_one_of_several_peers_is_old(agent, witness, old_router, way):
    if way == "router":
        old_router("agent_1", "agent_2", "agent_3")
    old = OldAgent(witness, "agent_3")
    one, two = trio(agent, *(["--peer-old", "agent_3"] if way == "--peer-old" else []))
    if way == "started":
        handled = [t.stats()["control.handled"] for t in (one, two)]
        old.say_started("3")
        for tool, count in zip((one, two), handled):
            tool.wait_stats(lambda s, count=count: s["control.handled"] > count)
    sender = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 4000))
    sender.sendto(b"for the old one", ("bbbb::3", 7))
    assert old.take(b"for the old one") == raw_key("agent_3", "to")
    listener, receiver = witness("framebus.tun.agent_1.agent_2"), socket_in(two.ns, socket.AF_INET6, ("bbbb::2", 7))
    for number in range(3):
        sender.sendto(b"%d" % number, ("bbbb::2", 7))
        assert receiver.recvfrom(100)[0] == b"%d" % number
    assert len(listener.collect(3)) == 3 and old.bus.is_silent()
    received = two.wait_stats(is_judged)["downlink.delivered"]
    one.ns.run("ping", "-n", "-c", "1", "-W", "1", "ff02::99%tun0", check=False)
    assert bytes(json.loads(old.bus.get().body)["data"])[24:40] == socket.inet_pton(socket.AF_INET6, "ff02::99")
    two.wait_stats(lambda s: s["downlink.delivered"] == received + 1)
    assert old.bus.is_silent(), "once"
    assert two.stats()["downlink.delivered"] == received + 1, "once"
    for tool in one, two:
        check_sums(tool.stop())


def test_a_peer_in_router_mode_is_reached_and_nothing_else_than_json_is_announced(agent, witness):
    listener = witness("fromAgent.agent_2.ip.tun.started")
    two = agent("agent_2")
    assert json.loads(listener.get().body)["framebus_encodings"] == "json"
    one = agent("agent_1", "--peer", "agent_2")
    ping(one.ns, "bbbb::2")
    ping(two.ns, "bbbb::1")
    check_sums(one.stop())


def test_what_nobody_takes_is_told(agent):
    one = agent("agent_1", "--peer", "agent_2")
    sender = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 4000))
    for _ in range(5):
        sender.sendto(b"x", ("bbbb::2", 7))
    one.wait_stderr(NOBODY)
    # By both ways once each, but for those that went directly at once.
    stats = one.wait_stats(lambda s: s["bus_uplink.unroutable"] >= 5)
    assert stats["uplink.published"] == 5
    assert one.stderr.count("nobody listens to fromAgent") == 1


def test_without_peer_only_json_is_published(agent):
    one = agent("agent_1", "--encoding", "pcap", wait=False)
    one.wait(status=2)
    one.wait_stderr("--encoding 'pcap': needs --peer")


OLD_KEYS = "^(fromAgent|toAgent|testingtool|control|data)[.]"


@pytest.mark.parametrize("refused", ["publishing", "binding", "both"])
def test_without_our_keys_it_goes_on_with_json(tool, netns, vhost, refused, old_listener):
    url = vhost.limited(".*" if refused == "binding" else OLD_KEYS, ".*" if refused == "publishing" else OLD_KEYS)
    seen = old_listener()
    tools = []
    for i in 1, 2:
        ns = netns()
        tools.append(tool("amqp-tun", "--url", url, "-n", f"agent_{i}", "--netns", ns.name, "--peer", f"agent_{3 - i}"))
        tools[-1].ns = ns
    for each in tools:
        each.wait_stats(lambda s: s["control.handled"] >= 1)

    def packets_get_through(connections):
        for each, address in zip(tools, ("bbbb::2", "bbbb::1")):
            done = each.ns.run("ping", "-n", "-c", "15", "-i", "0.1", "-w", "25", address, check=False).stdout
            assert done.count("icmp_seq=") >= 10 and "icmp_seq=15" in done, done
            stats = each.stats()
            assert stats["bus_uplink.connections"] == stats["bus_downlink.connections"] == connections
            assert each.stderr.count("going on with JSON") == 1, each.stderr
    packets_get_through(1)
    assert raw_key("agent_1") in seen.end()
    vhost.broker.close_connections(vhost.name)
    for each in tools:
        each.wait_stats(lambda s: s["bus_uplink.connections"] == 2 and s["bus_downlink.connections"] == 2)
    packets_get_through(2)
    for each in tools:
        check_sums(each.stop())


def test_what_may_not_be_sent_to_agents_is_done_without(tool, netns, vhost):
    """Nobody listens, and the direct way is refused: said once, no end, no reconnection."""
    ns = netns()
    one = tool("amqp-tun", "--url", vhost.limited("^(fromAgent|testingtool|framebus)[.]", ".*"), "-n", "agent_1", "--netns", ns.name, "--peer", "agent_2")
    sender = socket_in(ns, socket.AF_INET6, ("bbbb::1", 4000))
    for _ in range(5):
        sender.sendto(b"x", ("bbbb::2", 7))
    one.wait_stderr("toAgent.agent_2.*going on without")
    begun = one.stats()["bus_uplink.unroutable"]
    sender.sendto(b"x", ("bbbb::2", 7))
    stats = one.wait_stats(lambda s: s["bus_uplink.unroutable"] > begun)
    assert stats["bus_uplink.connections"] == 1 and one.stderr.count("ACCESS_REFUSED") == 1
    check_sums(one.stop())


def test_only_the_refusal_of_the_old_keys_ends_it(tool, netns, vhost):
    one = tool("amqp-tun", "--url", vhost.limited(".*", "^framebus[.]"), "-n", "agent_1", "--netns", netns().name, "--peer", "agent_2", wait=False)
    one.wait(status=3)


def test_a_peer_that_was_gone_is_as_if_it_had_never_been(agent, witness):
    one = agent("agent_1", "--peer", "agent_2")
    bus = witness("framebus.alive.agent_1")
    begun = time.monotonic()
    bus.publish("fromAgent.agent_2.ip.tun.started", {"name": "agent_2", "ipv6_host": "2", "framebus_session": "0123456789abcdef",
                                                    "framebus_encodings": "json,pcap"})
    bus.publish("framebus.alive.agent_2", {"framebus_session": "0123456789abcdef", "uptime": "10"})
    own = witness("framebus.tun.agent_1")
    one.wait_stats(lambda s: s["control.handled"] == 2)
    sender = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 4000))
    sender.sendto(b"x", ("bbbb::2", 7))
    own.get()
    alive = json.loads(bus.get().body)
    assert alive["framebus_session"] and int(alive["uptime"]) >= 9 and alive["published"] == "1"
    one.wait_stderr("agent_2 is gone", 60)
    assert time.monotonic() - begun > 29
    old = OldAgent(witness, "agent_2")
    sender.sendto(b"as an old agent", ("bbbb::2", 7))
    assert old.take(b"as an old agent") == raw_key("agent_2", "to")
