"""A broker that breaks the protocol, or stretches it: what AMQP allows is read, the rest ends a connection and never the tool, whose memory
does not grow, and which backs off from whoever goes on so."""
import contextlib
import json
import os
import struct
import threading
import time

import pytest

from bus_tools import records, resident_kib, write
from harness import ipv6_udp, pcap_records, wait_until
from hostile_broker import (ACK, ANSWERS, BIND, BLOCKED, CANCEL, CHANNEL_CLOSE, CLOSE, CONSUME, DECLARE, HEARTBEAT, JSON_PROPERTIES, NACK, OPEN,
                            OPEN_OK, PUBLISH, START, START_OK, TUNE, UNBLOCKED, HostileBroker, body, content_header, deliver, frame, given_back,
                            message, method)
from raw_amqp import BODY, HEADER, METHOD, long_text, short_text

KEY = b"fromAgent.x.ip.tun.packet.raw"
PACKET = ipv6_udp("bbbb::1", "bbbb::2", b"as always")
JSON = json.dumps({"data": list(PACKET)}).encode()
FLOOD = (256 if os.environ.get("FAULTS") == "long" else 24) << 20
# docs/security.md states it: what a connection holds, whatever comes. A reader that keeps what it is sent is beyond it at once.
GROWTH_KIB = 8 * 1024


@pytest.fixture
def hostile():
    made = []

    def make(script):
        made.append(HostileBroker(script))
        return made[-1]
    yield make
    for broker in made:
        broker.close()


def set_up(peer, **login):
    peer.login(**login)
    peer.expect(CONSUME)
    peer.send(method((60, 21), short_text(b"0")))


def reader(start_tool, broker, *arguments, wait=True, **options):
    return start_tool("amqp-dump", broker.url(), "-k", KEY.decode(), *arguments, wait=wait, **options)


class Once:
    """A script of which the first connection sees the first part, and every later one the second, which is wholesome."""

    def __init__(self, first, then=lambda peer: (set_up(peer), peer.serve())):
        self._first, self._then, self._lock, self._met = first, then, threading.Lock(), False
        self.flooded = None

    def __call__(self, peer):
        with self._lock:
            met, self._met = self._met, True
        if met:
            self._then(peer)
        else:
            self.flooded = self._first(peer)


# --- what AMQP allows ---

def pieces(octets, size):
    return [octets[at:at + size] for at in range(0, len(octets), size)]


FRAMINGS = {
    "in one": [JSON], "in two": pieces(JSON, len(JSON) // 2 + 1), "octet by octet": pieces(JSON, 1),
    "with empty frames": [b"", JSON[:7], b"", b"", JSON[7:]], "an empty frame first": [b"", JSON], "an empty frame last but one": [JSON[:-1], b"", JSON[-1:]],
}


@pytest.mark.parametrize("size", [4096, 131072])
def test_any_framing_is_read(start_tool, hostile, tmp_path, size):
    long = JSON[:-1] + b" " * 300000 + b"}"
    full = size - 8
    every = [*FRAMINGS.values(), pieces(long, full), pieces(long, full - 1), pieces(long, 1 + full // 2)]

    def script(peer):
        set_up(peer, tune=(0, size, 0))
        for frames in every:
            peer.send(message(KEY, b"".join(frames), frames))
        peer.send(message(KEY, b""))
        peer.serve()
    broker = hostile(script)
    tool = reader(start_tool, broker, "-w", tmp_path / "a.pcap")
    report = tool.wait_stats(lambda report: report["bus_downlink.received"] == len(every) + 1 and report["output.written"] == len(every))
    assert report["bus_downlink.connections"] == 1
    tool.stop()
    assert [record.data for record in pcap_records((tmp_path / "a.pcap").read_bytes())[1]] == [PACKET] * len(every)


@pytest.mark.parametrize("tune", [(0, 0, 0), (1, 4096, 1), (0, 4096, 65535), (65535, 0xffffffff, 65535), (1, 131073, 2)], ids=str)
def test_what_may_be_tuned(start_tool, hostile, tune):
    def script(peer):
        set_up(peer, tune=tune)
        peer.send(message(KEY, JSON))
        peer.serve()
    tool = reader(start_tool, hostile(script))
    tool.wait_stats(lambda report: report["output.written"] == 1 and report["bus_downlink.connections"] == 1)


# --- what ends a connection ---

WHOLE = deliver(KEY) + content_header(len(JSON), JSON_PROPERTIES)
BROKEN = {
    "a body longer than announced": (WHOLE + body(JSON + b" "), "more of a message"),
    "a body longer than announced, in two": (WHOLE + body(JSON) + body(b" "), "does not belong"),
    "a header of another class": (deliver(KEY) + content_header(len(JSON), b"A" * 40, class_id=10), "does not belong"),
    "no header": (deliver(KEY) + body(JSON), "does not belong"),
    "a header alone": (content_header(1), "does not belong"),
    "a delivery in a delivery": (deliver(KEY) + deliver(KEY), "does not belong"),
    "a method in a body": (WHOLE + method(ACK, struct.pack(">QB", 1, 0)), "does not belong"),
    "properties cut short": (deliver(KEY) + content_header(1, b"\xff\xfc\x09a"), "cut short"),
    "a header cut short": (deliver(KEY) + frame(HEADER, 1, struct.pack(">HHI", 60, 0, 0)), "cut short"),
    "a header of no octets": (deliver(KEY) + frame(HEADER, 1, b""), "cut short"),
    "a method of no octets": (frame(METHOD, 1, b""), "without a number"),
    "arguments cut short": (method((60, 60), b"\1"), "cut short"),
    "a channel that is not open": (deliver(KEY).replace(b"\0\1", b"\0\2", 1), "not open"),
    "a heartbeat on a channel": (frame(HEARTBEAT, 1, b""), "not open"),
    "a body on channel 0": (frame(BODY, 0, b""), "not open"),
    "a method of the connection on a channel": (method(CLOSE, struct.pack(">H", 200) + short_text(b"") + bytes(4), 1), "does not belong"),
    "a method of a channel on channel 0": (method(ACK, struct.pack(">QB", 1, 0), 0), "does not belong"),
    "a method that there is not": (method((60, 61)), "does not belong"),
    "a method of clients": (method(DECLARE, bytes(200)), "does not belong"),
    "a type that there is not": (frame(4, 1, b"x"), "no frame of AMQP"),
    "a frame that is too long": (struct.pack(">BHI", METHOD, 1, 0x7fffffff), "longer than agreed"),
    "a frame without its end": (frame(METHOD, 1, bytes(20))[:-1] + b"\0", "no end"),
    "a message given back": (given_back(KEY), "nobody asked for"),
    "another protocol": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no frame of AMQP"),
    "a cancelled consumer": (method(CANCEL, short_text(b"0") + b"\1"), "cancelled the consumer"),
}


@pytest.mark.parametrize("octets,words", BROKEN.values(), ids=BROKEN.keys())
def test_what_ends_a_connection(start_tool, hostile, octets, words):
    def first(peer):
        set_up(peer)
        peer.send(octets)
        peer.serve()
    broker = hostile(Once(first))
    tool = reader(start_tool, broker)
    wait_until(lambda: broker.connections == 2)
    tool.wait_stderr("connected after")
    assert words in tool.stderr


# --- memory ---

def after_set_up(octets):
    def script(peer):
        set_up(peer)
        return peer.flood(octets, FLOOD)
    return script


def during_login(octets):
    """Instead of an answer to connection.open."""
    def script(peer):
        peer._exactly(8)
        peer.send(method(START, b"\0\x09" + long_text(b"") + long_text(b"PLAIN") + long_text(b""), 0))
        peer.expect(START_OK)
        peer.send(method(TUNE, struct.pack(">HIH", 0, 0, 0), 0))
        peer.expect(OPEN)
        return peer.flood(octets, FLOOD)
    return script


def before(number, octets):
    """Instead of an answer to that."""
    def script(peer):
        peer.login()
        peer.expect(number)
        return peer.flood(octets, FLOOD)
    return script


def every_channel(make):
    return b"".join(make(channel) for channel in range(65536))


LONG_TEXT = method(BLOCKED, short_text(b"x" * 255), 0)
LARGE = deliver(KEY) + content_header(100000) + body(bytes(100000))
TABLES = deliver(KEY) + content_header(0, struct.pack(">H", 1 << 13) + long_text((b"\0F" + long_text(b"")) * 20000))
HEARTBEATS = frame(HEARTBEAT, 0, b"")
FLOODS = {
    "blocked, over and over": after_set_up(LONG_TEXT),
    "blocked and not, over and over": after_set_up(LONG_TEXT + method(UNBLOCKED, channel=0)),
    "heartbeats": after_set_up(HEARTBEATS),
    "heartbeats after an alarm": after_set_up(LONG_TEXT + HEARTBEATS * 100),
    "messages on another channel": after_set_up(LARGE.replace(b"\1\0\1\0", b"\1\0\2\0")),
    "a frame on every channel": after_set_up(every_channel(lambda channel: frame(METHOD, channel, bytes(20)))),
    "a heartbeat on every channel": after_set_up(every_channel(lambda channel: frame(HEARTBEAT, channel, b""))),
    "an unknown frame on every channel": after_set_up(every_channel(lambda channel: frame(7, channel, bytes(20)))),
    "unknown frames": after_set_up(frame(7, 1, bytes(1000))),
    "messages with tables": after_set_up(TABLES),
    "messages under foreign keys": after_set_up(message(b"x" * 255, JSON)),
    "messages that are too long": after_set_up(deliver(KEY) + content_header(16 << 20) + body(bytes(131064)) * 128 + body(bytes(8192))),
    "a body that has no end": lambda peer: (set_up(peer), peer.send(deliver(KEY) + content_header(1 << 60)), peer.flood(body(bytes(131064)), FLOOD))[2],
    "empty frames of a body": lambda peer: (set_up(peer), peer.send(deliver(KEY) + content_header(9)), peer.flood(body(b""), FLOOD))[2],
    "answers that nobody waits for": after_set_up(method((60, 21), short_text(b"x" * 255))),
    "messages given back": after_set_up(given_back(KEY) + content_header(len(JSON)) + body(JSON)),
    "heartbeats during the login": during_login(HEARTBEATS),
    "alarms during the login": during_login(LONG_TEXT),
    "messages during the login": during_login(LARGE),
    "messages before consume-ok": before(CONSUME, LARGE),
    "messages with tables before consume-ok": before(CONSUME, TABLES),
    "alarms before consume-ok": before(CONSUME, LONG_TEXT),
    "messages before a queue": before(DECLARE, LARGE),
    "a frame on every channel before a binding": before(BIND, every_channel(lambda channel: frame(METHOD, channel, bytes(20)))),
}


@pytest.mark.parametrize("name", FLOODS)
def test_memory(start_tool, hostile, figure, name):
    """As fast as they are taken."""
    script = Once(FLOODS[name], lambda peer: (set_up(peer), peer.send(message(KEY, JSON)), peer.serve()))
    broker = hostile(lambda peer: (script if ready.is_set() else (lambda p: (set_up(p), ready.wait(10))))(peer))
    ready = threading.Event()
    tool = reader(start_tool, broker)  # a whole connection: what it takes is there before
    base = peak = resident_kib(tool.pid)
    ready.set()
    until = time.monotonic() + 30
    while script.flooded is None and time.monotonic() < until:
        peak = max(peak, resident_kib(tool.pid))
        time.sleep(0.01)
    peak = max(peak, resident_kib(tool.pid))
    assert script.flooded is not None, "neither is the flood over nor the connection"
    report = tool.wait_stats(lambda report: report["output.written"] == 1)
    assert report["bus_downlink.connections"] >= 2, tool.stderr
    lines = tool.stderr.splitlines()
    assert len(lines) < 80, lines[:80]
    if "asan" not in str(tool.command):
        figure(f"amqp-dump's growth: {name}, KiB", peak - base, GROWTH_KIB)
        assert peak - base < GROWTH_KIB


# --- one warning a change of state ---

def test_alarms_are_told_of_when_they_change(start_tool, hostile):
    def script(peer):
        set_up(peer)
        peer.send(LONG_TEXT * 1000 + method(UNBLOCKED, channel=0) * 1000 + LONG_TEXT + message(KEY, JSON))
        peer.serve()
    tool = reader(start_tool, hostile(script))
    tool.wait_stats(lambda report: report["output.written"] == 1)
    assert tool.stderr.count("takes no messages") == 2 and tool.stderr.count("takes messages again") == 1


# --- brokers that one backs off from ---

def logged_in_then(peer, octets=b""):
    set_up(peer)
    peer.send(octets)


CLOSES = {
    "as soon as it has accepted": lambda peer: None,
    "after the header": lambda peer: peer._exactly(8),
    "after the login": logged_in_then,
    "with words that change": lambda peer: logged_in_then(peer, method(CLOSE, struct.pack(">H", 320) + short_text(
        b"\x1b[2J\r\xc2\x9b%d%%s" % time.monotonic_ns()) + bytes(4), 0)),
    "the channel, with words that change": lambda peer: logged_in_then(peer, method(CHANNEL_CLOSE, struct.pack(">H", 541) + short_text(
        b"\x1b]0;%d" % time.monotonic_ns()) + bytes(4))),
}


@pytest.mark.parametrize("how,urls", [*((how, 1) for how in CLOSES), ("after the login", 3)])
def test_who_closes_is_backed_off_from(start_tool, hostile, how, urls):
    times = []

    def script(peer):
        times.append(time.monotonic())
        CLOSES[how](peer)
    broker = hostile(script)
    tool = start_tool("amqp-dump", [broker.url()] * urls, wait=False)
    wait_until(lambda: len(times) >= 3)
    wait_until(lambda: time.monotonic() - times[0] > 1.5)  # the waits double: 0.1 s at the least, then 0.2, 0.4 and so on
    soon = [t for t in times if t - times[0] <= 1.5]
    assert len(soon) <= 5 + urls, [round(t - times[0], 2) for t in times]
    assert 0 < len(tool.stderr.splitlines()) <= 12 + len(times) - len(soon) and "\x1b" not in tool.stderr and "\r" not in tool.stderr, tool.stderr


# --- tune, start ---

@pytest.mark.parametrize("frame_max", [1, 8, 4095])
def test_frames_that_are_too_short_to_be(start_tool, hostile, frame_max):
    broker = hostile(lambda peer: (peer.login(tune=(0, frame_max, 0)), peer.serve()))
    tool = reader(start_tool, broker, "--retry", "never", wait=False)
    tool.wait(status=1)
    assert f"allows frames of {frame_max} octets" in tool.stderr


@pytest.mark.parametrize("octets,words", [
    (method(START, b"\1\0" + long_text(b"") * 3, 0), "version"), (method(START, b"\0\x09" + long_text(b"") * 3, 0), "sasl"),
    (method(START, b"\0\x09" + struct.pack(">I", 99), 0), "cut short"), (b"AMQP\0\1\0\0", "another version"),
    (method(TUNE, bytes(8), 0), "does not belong"), (method(START, b"\0\x09" + long_text(b"\1k?") + long_text(b"PLAIN") + long_text(b""), 0), "cut short"),
], ids=range(6))
def test_who_begins_otherwise(start_tool, hostile, octets, words):
    tool = reader(start_tool, hostile(lambda peer: (peer.send(octets), peer.serve())), "--retry", "never", wait=False)
    tool.wait(status=1)
    assert words in tool.stderr


def nested(depth):
    value = long_text(b"")
    for _ in range(depth):
        value = long_text(b"\0F" + value)
    return value[4:]


@pytest.mark.parametrize("properties", [nested(10000), b"\0V" * 30000, (b"\0F" + long_text(b"")) * 9000,
                                        b"\7productS" + long_text(b"\x1b" * 60000)], ids=["deep", "many", "tables", "long"])
def test_server_properties(start_tool, hostile, properties):
    def script(peer):
        set_up(peer, properties=properties)
        peer.send(message(KEY, JSON))
        peer.serve()
    reader(start_tool, hostile(script)).wait_stats(lambda report: report["output.written"] == 1)


# --- publishers ---

def publisher(start_tool, broker, count=10):
    tool = start_tool("amqp-play", broker.url(), wait=True)
    write(tool, records(range(count)))
    return tool


def confirm(number, tag, multiple=0):
    return method(number, struct.pack(">QB", tag, multiple))


ANSWERS_TO_NOTHING = {
    "confirms of tags that were never sent": confirm(ACK, 1 << 40) * 1000 + confirm(ACK, 0) * 1000,
    "refusals of tags that were never sent": confirm(NACK, 77) * 1000 + confirm(NACK, (1 << 64) - 1) * 1000,
    "messages given back that were never sent": (given_back(b"k") + content_header(0)) * 1000,
}


def confirm_each(peer, tag=0):
    while True:
        tag += 1
        peer.send(confirm(ACK, tag))
        peer.expect(PUBLISH)


def all_answered(tool, count=10):
    report = tool.wait_stats(lambda report: report["bus_uplink.packets"] == count and report["bus_uplink.pending"] == 0)
    assert report["bus_uplink.confirmed"] + report["bus_uplink.unroutable"] == report["bus_uplink.published"] > 0
    return report


@pytest.mark.parametrize("octets", ANSWERS_TO_NOTHING.values(), ids=ANSWERS_TO_NOTHING.keys())
def test_answers_to_nothing(start_tool, hostile, octets):
    """Nothing counts twice, and nothing as confirmed that was not."""
    def script(peer):
        peer.login()
        peer.expect(PUBLISH)
        peer.send(octets)
        confirm_each(peer)
    assert all_answered(publisher(start_tool, hostile(script)))["bus_uplink.connections"] == 1


def test_a_confirm_of_more_than_was_sent(start_tool, hostile):
    def script(peer):
        peer.login()
        while True:
            peer.expect(PUBLISH)
            peer.send(confirm(ACK, (1 << 64) - 1, 1) * 100)
    all_answered(publisher(start_tool, hostile(script)))


def test_an_answer_within_a_message_that_comes_back(start_tool, hostile):
    def first(peer):
        peer.login()
        peer.expect(PUBLISH)
        peer.send(given_back(b"k") + confirm(ACK, 1))
        peer.serve()
    script = Once(first, lambda peer: (peer.login(), peer.expect(PUBLISH), confirm_each(peer)))
    report = all_answered(publisher(start_tool, hostile(script)))
    assert report["bus_uplink.unroutable"] == 0 and report["bus_uplink.connections"] == 2


def test_a_flood_of_returns(start_tool, hostile, figure):
    script = Once(lambda peer: (peer.login(), peer.flood(given_back(b"k" * 255) + content_header(100000) + body(bytes(100000)), FLOOD))[1],
                  lambda peer: (peer.login(), peer.serve()))
    broker = hostile(script)
    tool = start_tool("amqp-play", broker.url(), wait=True)
    base = peak = resident_kib(tool.pid)
    while script.flooded is None:
        peak = max(peak, resident_kib(tool.pid))
        time.sleep(0.01)
    if "asan" not in str(tool.command):
        figure("amqp-play's growth: messages given back, KiB", peak - base, GROWTH_KIB)
        assert peak - base < GROWTH_KIB


def test_the_refusal_of_a_key_over_and_over(start_tool, hostile):
    """Each opens a channel anew; the second is no refusal of a key any more."""
    words = b"ACCESS_REFUSED - access to topic 'framebus.x' in exchange 'amq.topic' in vhost '/' refused for user 'x'"
    refusal = method(CHANNEL_CLOSE, struct.pack(">H", 403) + short_text(words) + struct.pack(">HH", 60, 40))

    def script(peer):
        peer.login()
        peer.expect(PUBLISH)
        while True:
            peer.send(refusal)
            peer.expect((20, 10))
            peer.send(method(*ANSWERS[(20, 10)]))
            peer.expect((85, 10))
            peer.send(method(*ANSWERS[(85, 10)]))
    broker = hostile(script)
    tool = publisher(start_tool, broker)
    tool.wait(status=3)
    assert broker.connections == 1 and tool.stderr.count("going on with JSON") == 1
    assert len(tool.stderr.splitlines()) < 12


# --- a kept queue ---

def refused_declaration(argument, current):
    words = f"PRECONDITION_FAILED - inequivalent arg '{argument}' for queue 'q' in vhost '/': received the value '1' of type 'signedint' " \
            f"but current is the value '{current}' of type 'signedint'"
    return method(CHANNEL_CLOSE, struct.pack(">H", 406) + short_text(words.encode()[:255]) + struct.pack(">HH", 50, 10))


@pytest.mark.parametrize("changes", [False, True], ids=["the same", "another each time"])
def test_a_difference_without_end(start_tool, hostile, tmp_path, changes):
    """The tool asks for what there is said to be, but not for ever: it takes the queue as it is."""
    declared = []

    def script(peer):
        peer.login()
        while True:
            number, arguments = peer.expect(DECLARE, CONSUME)
            if number == CONSUME:
                peer.consume_ok(arguments)
                break
            name_length = arguments[2]
            bits = arguments[3 + name_length]
            if bits & 1 or bits & 4:  # passive, or exclusive: the reader's
                peer.send(method(*ANSWERS[DECLARE]))
                continue
            declared.append(1)
            peer.send(refused_declaration("x-expires", 1000 + (len(declared) if changes else 0)))
            peer.expect((20, 41))
        peer.serve()
    broker = hostile(script)
    tool = start_tool("amqp-dump", broker.url(), "--keep", "-n", "r", "-w", tmp_path / "a.pcap", wait=True)
    assert len(declared) <= 20 and broker.connections == 1
    tool.wait_stderr("is there already")
