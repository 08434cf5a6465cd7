"""Messages whose properties are as wild as AMQP allows: the reader lives, and what comes behind them arrives."""
import json

import pytest

from harness import ipv6_udp, pcap_records
from raw_amqp import FRAME_MAX, RawPublisher, Refused, long_text, short_text
from bus_tools import resident_kib

KEY = "fromAgent.x.ip.tun.packet.raw"
PACKET = ipv6_udp("bbbb::1", "bbbb::2", b"as always")
BODY = json.dumps({"data": list(PACKET)}).encode()
ROOM = FRAME_MAX - 200  # for a table, beside the rest of its frame
CONTENT_TYPE, HEADERS = 1 << 15, 1 << 13
GROWTH_KIB = 20 * 1024  # rabbitmq-c takes 640 octets for a table of six, and a frame has room for 21 000


def entry(key, kind, value=b""):
    return short_text(key) + kind + value


def tables(depth, key=b""):
    value = long_text(b"")
    for _ in range(depth):
        value = long_text(entry(key, b"F", value))
    return value


def arrays(depth):
    value = long_text(b"")
    for _ in range(depth):
        value = long_text(b"A" + value)
    return value


# Of each type the extremes. RabbitMQ 3.10 takes neither U nor numbers that are none.
TYPES = (b"t\1", b"b\xff", b"B\xff", b"s\xff\xff", b"u\xff\xff", b"I\xff\xff\xff\xff", b"i\xff\xff\xff\xff", b"l" + b"\xff" * 8,
       b"L" + b"\xff" * 8, b"f\x7f\x7f\xff\xff", b"d\xff\xef" + b"\xff" * 6, b"D\xff\xff\xff\xff\xff",
       b"S" + long_text(b"\0\xff\xfe"), b"T" + b"\xff" * 8, b"V", b"x" + long_text(bytes(1000)), b"A" + long_text(b""), b"F" + long_text(b""))

HEADER_TABLES = {
    "no entries": long_text(b""),
    "an empty key": long_text(entry(b"", b"S", long_text(b"x"))),
    "a key twice": long_text(2 * entry(b"k", b"V")),
    "keys that are no text": long_text(entry(b"\xff\0\x1b[2J" * 30, b"V")),
    "the longest key": long_text(entry(b"k" * 255, b"V")),
    "tables in tables, 500": tables(500),
    "tables in tables, all that fit": tables((ROOM - 4) // 6),
    "arrays in arrays, all that fit": long_text(entry(b"k", b"A", arrays((ROOM - 20) // 5))),
    "a value of all that fits": long_text(entry(b"k", b"S", long_text(bytes(ROOM - 20)))),
    "as many entries as fit": long_text(entry(b"", b"V") * (ROOM // 2)),
    "as long an array as fits": long_text(entry(b"k", b"A", long_text(b"V" * (ROOM - 20)))),
    "an array of tables": long_text(entry(b"k", b"A", long_text((b"F" + long_text(entry(b"", b"V"))) * (ROOM // 10)))),
    **{f"type {value[:1].decode()}, {value[1:5].hex()}": long_text(entry(b"k", value)) for value in TYPES},
    "all types": long_text(b"".join(entry(b"%d" % i, value) for i, value in enumerate(TYPES))),
}


class Sender:
    """A broker that refuses a message closes the connection."""

    def __init__(self, port, vhost):
        self.key = KEY
        self._where = (port, vhost)
        self._publisher = None

    def send(self, flags, properties):
        """False: the broker did not take it."""
        if not self._publisher:
            self._publisher = RawPublisher(*self._where)
        try:
            self._publisher.publish(self.key, BODY, flags, properties)
            self._publisher.settle()
        except (Refused, OSError):
            self.close()
            return False
        return True

    def close(self):
        if self._publisher:
            self._publisher.close()
        self._publisher = None


@pytest.fixture
def sender(broker, vhost):
    made = Sender(broker.port, vhost.name)
    yield made
    made.close()


JSON = short_text(b"application/json")


def send_all(sender, poisons):
    """Each (flags, properties) with something wholesome behind it. Returns how many messages that were."""
    for flags, properties in poisons:
        assert sender.send(flags, properties), properties[:100]
        assert sender.send(CONTENT_TYPE, JSON)
    return 2 * len(poisons)


def headers():
    return [(CONTENT_TYPE | HEADERS, JSON + table) for table in HEADER_TABLES.values()]


def test_headers(start_tool, vhost, sender, tmp_path, figure):
    capture = tmp_path / "all.pcap"
    tool = start_tool("amqp-dump", vhost.url, "-k", KEY, "-w", capture, wait=True)
    before = resident_kib(tool.pid)
    sent = send_all(sender, headers())
    report = tool.wait_stats(lambda report: report["output.written"] == sent)
    growth = resident_kib(tool.pid) - before
    assert report["bus_downlink.connections"] == 1, tool.stderr
    tool.stop()
    assert [record.data for record in pcap_records(capture.read_bytes())[1]] == [PACKET] * sent
    if "asan" not in str(tool.command):  # the sanitizer keeps what was freed for a while
        figure("amqp-dump's growth by wild headers, KiB", growth, GROWTH_KIB)
        assert growth <= GROWTH_KIB


def test_headers_at_a_tunnel(start_tool, vhost, sender, tun_allowed):
    tool = start_tool("amqp-tun", vhost.url, wait=True)
    sender.key = "fromAgent.agent_peer.ip.tun.packet.raw"
    sent = send_all(sender, headers())
    report = tool.wait_stats(lambda report: report["downlink.received"] == sent)
    assert report["bus_downlink.connections"] == 1 and report["bus_downlink.rejected_foreign_key"] == 0


def properties(**values):
    """Flags and octets of these properties."""
    flags, octets = 0, b""
    for bit, name in enumerate(("content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to",
                                "expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id")):
        if name in values:
            flags |= 1 << (15 - bit)
            octets += values[name]
    return flags, octets


def test_other_properties(start_tool, vhost, sender):
    """What is read as JSON is JSON; what is none of ours is no message id, and no time."""
    longest = short_text(b"\xff" * 255)
    everywhere = {name: longest for name in ("content_type", "content_encoding", "correlation_id", "reply_to", "message_id", "type", "app_id",
                                             "cluster_id")}
    tool = start_tool("amqp-dump", vhost.url, "-k", KEY, wait=True)
    sent = send_all(sender, [properties(**more) for more in (
        {}, everywhere, {"timestamp": b"\xff" * 8}, {"timestamp": b"\x7f" + b"\xff" * 7}, {"priority": b"\xff", "delivery_mode": b"\2"},
        {"message_id": short_text(b"")}, {"message_id": short_text(b"0" * 16 + b"-" + b"9" * 200)}, {"content_type": short_text(b"")},
        {"content_type": short_text(b"\0" * 255)}, {"expiration": short_text(b"4294967295")})])
    report = tool.wait_stats(lambda report: report["output.written"] == sent)
    assert report["bus_downlink.connections"] == 1 and report["bus_downlink.lost_on_bus"] == 0


@pytest.mark.parametrize("header", [b"CC", b"BCC"])
def test_a_key_that_nobody_asked_for(start_tool, vhost, sender, header):
    """RabbitMQ 3.10 lets whoever may publish anything reach every queue by these: what comes is told apart by its own key."""
    tool = start_tool("amqp-dump", vhost.url, "-k", KEY, wait=True)
    others = long_text(entry(header, b"A", long_text(b"S" + long_text(KEY.encode()))))
    sender.key = "somewhere.else"
    assert sender.send(CONTENT_TYPE | HEADERS, JSON + others)
    sender.key = KEY
    assert sender.send(CONTENT_TYPE | HEADERS, JSON + others)
    report = tool.wait_stats(lambda report: report["downlink.packet_messages"] == 1)
    assert report["bus_downlink.received"] == 2 and report["bus_downlink.rejected_foreign_key"] == 1


def test_a_key_with_a_nul(start_tool, vhost, sender):
    """The broker sees all of it, C text ends there: it must not pass for another."""
    tool = start_tool("amqp-dump", vhost.url, "-k", "fromAgent.#", wait=True)
    sender.key = KEY + "\0.and.more"
    assert sender.send(CONTENT_TYPE, JSON)
    sender.key = KEY
    assert sender.send(CONTENT_TYPE, JSON)
    report = tool.wait_stats(lambda report: report["downlink.packet_messages"] == 1)
    assert report["bus_downlink.received"] == 2 and report["bus_downlink.rejected_foreign_key"] == 1
