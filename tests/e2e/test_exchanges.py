"""Exchanges that are no topic exchange: what passes there passes as asked for; what cannot is refused, and what is left out is told."""
import pika
import pytest

from harness import ipv6_udp, pcap_bytes

KEY = "fromAgent.{}.ip.tun.packet.raw"
FRAMES = "{}.802154.serial.packet.raw"
PCAP = "application/vnd.tcpdump.pcap"
BODY = pcap_bytes(101, [(1700000000_000000000, ipv6_udp("bbbb::1", "bbbb::2", b"hello"))])
FRAME = pcap_bytes(230, [(1700000000_000000000, bytes.fromhex("41d8") + b"hello")])


@pytest.fixture
def publish(vhost):
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    channel = connection.channel()

    def publish(exchange, key, body=BODY):
        channel.basic_publish(exchange, key, body, pika.BasicProperties(content_type=PCAP))
    publish.channel = channel
    yield publish
    connection.close()


@pytest.fixture(params=["amq.fanout", "amq.headers", "amq.match", "of-our-own"])
def keyless(request, publish):
    """An exchange that compares no keys."""
    if request.param == "of-our-own":
        publish.channel.exchange_declare(request.param, "fanout", auto_delete=True)
    return request.param


def test_a_dump_shows_what_it_was_asked_for_and_tells_of_the_rest(bus_tool, publish, keyless):
    tool = bus_tool("amqp-dump", "-e", keyless, "-k", KEY.format("a"), "-c", "2")
    for agent in "abbab":
        publish(keyless, KEY.format(agent))
    tool.wait(status=0)
    assert len(tool.stdout.splitlines()) == 2
    assert tool.stderr.count("dropped, as all under keys that were not asked for") == 1
    assert f"the exchange {keyless} gave it all the same: it is no topic exchange" in tool.stderr
    assert tool.final_stats()["bus_downlink.rejected_foreign_key"] == 2


def test_agents_and_a_router_on_it(bus_tool, publish, probe, keyless, vhost):
    """Each gets the messages of all, and obeys its own."""
    mote = probe("mote")
    serial = bus_tool("amqp-serial", "-e", keyless, "-n", "b", "-p", mote.link, "--mode", "active", "--fcs", "none")
    router = bus_tool("amqp-route", "-e", keyless, "--link", "a,b")
    publish(keyless, FRAMES.format("fromAgent.a"), FRAME)
    serial.wait_stats(lambda s: s["downlink.received"] == 1)
    assert router.wait_stats(lambda s: s["route.forwarded"] == 1)["route.messages"] == 1
    assert "no topic exchange" in serial.stderr and "no topic exchange" in router.stderr


@pytest.mark.parametrize("tool_and_options,named", [
    (["amqp-dump"], "--pattern 'fromAgent.#'"), (["amqp-dump", "-k", "a.b", "-k", "*.x"], "--pattern '*.x'"), (["amqp-dump", "--raw", "-k", "#"], "--pattern '#'"),
    (["amqp-route", "--all"], "--all: "),
], ids=str)
def test_wildcards_match_nothing_on_a_direct_exchange(tool, tool_and_options, named):
    refused = tool(*tool_and_options, "-e", "amq.direct", wait=False)
    refused.wait(status=2)
    assert named in refused.stderr and "amq.direct is a direct exchange, where wildcards match nothing (name whole keys, or a topic exchange with -e)" in refused.stderr


def test_whole_keys_on_a_direct_exchange(bus_tool, publish, probe):
    dump = bus_tool("amqp-dump", "-e", "amq.direct", "-k", KEY.format("a"), "-c", "1")
    mote = probe("mote")
    serial = bus_tool("amqp-serial", "-e", "amq.direct", "-n", "b", "-p", mote.link, "--mode", "active", "--fcs", "none")
    bus_tool("amqp-route", "-e", "amq.direct", "--link", "a,b")
    for agent in "ba":
        publish("amq.direct", KEY.format(agent))
    publish("amq.direct", FRAMES.format("fromAgent.a"), FRAME)
    serial.wait_stats(lambda s: s["downlink.received"] == 1)
    dump.wait(status=0)


@pytest.mark.parametrize("name", ["amqp-dump", "amqp-play", "amqp-route", "amqp-serial", "amqp-tun"])
def test_the_default_exchange_takes_no_bindings(tool, name):
    refused = tool(name, "-e", "", wait=False)
    refused.wait(status=2)
    assert "--exchange '': is empty" in refused.stderr
