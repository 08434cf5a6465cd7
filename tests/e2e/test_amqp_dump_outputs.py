"""amqp-dump's outputs: several at once, formats and rotation; messages as they came (--raw); who is there (--who). Senders are python3-pika,
witnesses tshark and capinfos."""
import base64
import decimal
import json
import os
import random
import re
import struct
import subprocess
import time
from pathlib import Path

import pika
import pytest

from harness import amqp_publish, ipv6_udp, pcap_bytes, pcap_records, tshark, wait_until
from test_amqp_dump import FRAME, IPV4, IPV6, PCAP, SERIAL, TUN, body


def assert_sum(stats, section, given):
    parts = ("written", "left_over", "dropped_no_reader", "dropped_no_room", "rejected_link_type")
    assert sum(stats.get(f"{section}.{part}", 0) for part in parts) == given, stats


def test_every_format_at_once(bus_tool, witness, tmp_path):
    names = ["a.pcapng", "b.pcap", "c.json", "d.txt"]
    tool = bus_tool("amqp-dump", *(x for name in names for x in ("-w", tmp_path / name)), "--print")
    sender = witness()
    for key, packet in ((TUN, IPV6), (SERIAL, FRAME), ("toAgent.agent_1.ip.tun.packet.raw", IPV4), ("framebus.serial.probe_1.peer", FRAME)):
        sender.publish(key, body(packet))
    tool.wait_stats(lambda s: s["downlink.packet_messages"] == 3)
    stats = tool.stop()
    rows = tshark(tmp_path / "a.pcapng", "frame.interface_name", "frame.time_epoch")
    assert [row[0] for row in rows] == ["agent_1 fromAgent ip.tun", "probe_1 fromAgent 802154.serial", "probe_1 fromAgent 802154.serial"]
    assert {row[1] for row in rows} == {"1700000000.250000000"}  # of the capture, not of the arrival
    assert pcap_records((tmp_path / "b.pcap").read_bytes())[0] == 101 and stats["output_2.rejected_link_type"] == 2
    lines = [json.loads(line) for line in (tmp_path / "c.json").read_text().splitlines()]
    assert [(x["agent"], x["direction"], x["device"], x.get("peer"), x["time"]) for x in lines] == [
        ("agent_1", "fromAgent", "ip.tun", None, 1700000000.25), ("probe_1", "fromAgent", "802154.serial", None, 1700000000.25),
        ("probe_1", "fromAgent", "802154.serial", "peer", 1700000000.25)]
    assert lines[0]["ip"] == {"version": 6, "source": "bbbb::1", "destination": "bbbb::2", "protocol": 17, "source_port": 5683, "destination_port": 5683}
    assert lines[1]["frame"]["sequence"] == 0x2a and lines[0]["length"] == len(IPV6)
    assert (tmp_path / "d.txt").read_bytes() == tool.stdout and len(tool.stdout.splitlines()) == 3
    for section in ("output", "output_2", "output_3", "output_4", "output_5"):
        assert_sum(stats, section, 3)


@pytest.mark.parametrize("said,shown", [(-1.5, "-1.500000000"), (-0.25, "-0.250000000"), (9e9, "9000000000.000000000"), (1e300, None)])
def test_times_that_a_sender_makes_up(bus_tool, witness, said, shown):
    """Before 1970, and what is no time: a line of JSON is one all the same, of a packet as of a frame."""
    tool = bus_tool("amqp-dump", "--json", "-c", "2")
    sender = witness()
    for key, packet in ((TUN, IPV6), (SERIAL, FRAME)):
        sender.publish(key, body(packet, timestamp=said))
    tool.wait(status=0)
    lines = [json.loads(line, parse_float=str) for line in tool.stdout.splitlines()]
    assert len(lines) == 2 and all(shown is None or x["time"] == shown for x in lines), lines


@pytest.mark.parametrize("arguments,section", [(("-w", "-"), "output"), (("--json",), "output"), ((), "output"), (("--print", "-w", "FILE"), "output_2")],
                         ids=["pcap", "JSON", "lines", "lines beside a capture"])
def test_a_pipe_is_written_many_packets_at_once(bus_tool, witness, tmp_path, arguments, section):
    """And has all that came before there is a wait."""
    tool = bus_tool("amqp-dump", *(tmp_path / "a.pcap" if x == "FILE" else x for x in arguments))
    before = calls_of_write(tool.pid)
    witness().publish(TUN, pcap_bytes(101, [(1700000000, IPV6)] * 2000), PCAP)
    tool.wait_stats(lambda s: s[f"{section}.written"] == 2000)
    tool.wait_stdout(24 + 2000 * (16 + len(IPV6)) if "-" in arguments else lambda out: out.count(b"\n") == 2000)
    assert calls_of_write(tool.pid) - before < 1000
    assert_sum(tool.stop(), section, 2000)


def calls_of_write(pid):
    return int(re.search(r"syscw: (\d+)", Path(f"/proc/{pid}/io").read_text())[1])


def test_what_one_cannot_take_does_not_hold_up_another(bus_tool, witness, tmp_path):
    read, write = os.pipe()
    tool = bus_tool("amqp-dump", "-w", "-", "-w", tmp_path / "all.pcapng", stdout=write)
    os.close(write)
    big = ipv6_udp("bbbb::1", "bbbb::2", bytes(1400))
    sender = witness()
    for _ in range(20):
        sender.publish(TUN, pcap_bytes(101, [(1, big)] * 100), content_type=PCAP)
    stats = tool.wait_stats(lambda s: s["output_2.written"] == 2000)
    assert stats["output.dropped_no_room"] > 0
    assert "standard output: packets are dropped: what they go to does not keep up (counted as output.dropped_no_room)" in tool.stderr
    stats = tool.stop()
    os.close(read)
    assert_sum(stats, "output", 2000)
    assert_sum(stats, "output_2", 2000)
    said = subprocess.run(["capinfos", "-Mc", tmp_path / "all.pcapng"], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert "Number of packets:   2000" in said


def test_one_that_fails_leaves_the_others(bus_tool, witness, tmp_path, small_disk):
    tool = bus_tool("amqp-dump", "-w", small_disk / "full.pcapng", "-w", tmp_path / "good.pcapng", "-U")
    sender = witness()
    for _ in range(10):
        sender.publish(TUN, pcap_bytes(101, [(1, IPV6)] * 100), content_type=PCAP)
    tool.wait_stats(lambda s: s["output_2.written"] == 1000)
    stats = tool.stop(status=1)
    assert f"{small_disk}/full.pcapng: No space left on device" in tool.stderr and 0 < stats["output.written"] < 1000
    assert "not written (the disk was full) in output," in tool.stderr
    assert_sum(stats, "output", 1000)


def test_kept_messages_are_in_every_output_before_they_leave_the_queue(bus_tool, witness, vhost, tmp_path):
    tool = bus_tool("amqp-dump", "--keep", "-n", "recorder", "-w", tmp_path / "a.pcapng", "-w", tmp_path / "b.pcap", "-w", tmp_path / "c.json")
    sender = witness()
    for _ in range(50):
        sender.publish(TUN, body(IPV6))
    tool.wait_stats(lambda s: s["output_3.written"] == 50)
    wait_until(lambda: [q for q in vhost.queues() if q["name"] == "framebus.recorder.dump" and q["messages"] == 0], what="all acknowledged")
    stats = tool.stop()
    assert [stats[f"{s}.written"] for s in ("output", "output_2", "output_3")] == [50] * 3
    assert len(tshark(tmp_path / "a.pcapng", "frame.number")) == len(pcap_records((tmp_path / "b.pcap").read_bytes())[1]) == 50


def test_files_follow_one_another(bus_tool, witness, tmp_path):
    tool = bus_tool("amqp-dump", "-w", tmp_path / "ring.pcapng", "-w", tmp_path / "all.pcapng", "-C", "2k", "-W", "3")
    sender = witness()
    for i in range(100):
        sender.publish(TUN, body(IPV6, 1700000000.25 + i))
    tool.wait_stats(lambda s: s["output.written"] == 100)
    stats = tool.stop()
    assert sorted(f.name for f in tmp_path.iterdir() if f.name.startswith("ring")) == ["ring.0.pcapng", "ring.1.pcapng", "ring.2.pcapng"]
    assert stats["output.files"] > 3
    newest = max((row for name in ("ring.0", "ring.1", "ring.2") for row in tshark(tmp_path / f"{name}.pcapng", "frame.time_epoch", "frame.interface_name")))
    assert newest == ["1700000099.250000000", "agent_1 fromAgent ip.tun"]


def test_files_follow_one_another_by_their_packets(bus_tool, witness, tmp_path):
    tool = bus_tool("amqp-dump", "-w", tmp_path / "a.pcapng", "-w", tmp_path / "b.json", "--file-frames", "4")
    sender = witness()
    for i in range(10):
        sender.publish(TUN, body(IPV6, 1700000000.25 + i))
    tool.wait_stats(lambda s: s["output.written"] == s["output_2.written"] == 10)
    tool.stop()
    assert [len(tshark(tmp_path / f"a{n}.pcapng", "frame.number")) for n in ("", ".1", ".2")] == [4, 4, 2]
    assert [len((tmp_path / f"b{n}.json").read_text().splitlines()) for n in ("", ".1", ".2")] == [4, 4, 2]


def test_a_pipe_has_packets_and_frames(bus_tool, witness):
    """What the README shows: tshark reads what comes, whoever speaks first."""
    watch = subprocess.Popen(["tshark", "-n", "-l", "-r", "-", "-T", "fields", "-e", "wpan.seq_no", "-e", "ipv6.dst"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    tool = bus_tool("amqp-dump", "-w", "-", "-c", "3", stdout=watch.stdin)
    watch.stdin.close()
    sender = witness()
    for key, packet in ((SERIAL, FRAME), (TUN, IPV6), (SERIAL, FRAME)):
        sender.publish(key, body(packet))
    tool.wait(status=0)
    assert watch.stdout.read() == b"42\t\n\tbbbb::2\n42\t\n"
    watch.stdout.close()
    watch.wait(20)


def test_the_format_beats_the_name(bus_tool, witness, tmp_path):
    tool = bus_tool("amqp-dump", "-w", "-", "--format", "pcap", "-c", "1")
    witness().publish(TUN, body(IPV6))
    tool.wait(status=0)
    assert pcap_records(tool.stdout)[0] == 101


def test_a_pcap_s_link_type_is_said_once_in_words(bus_tool, witness, tmp_path):
    tool = bus_tool("amqp-dump", "-w", tmp_path / "a.pcap")
    sender = witness()
    for key, packet in ((SERIAL, FRAME), (TUN, IPV6), (TUN, IPV4)):
        sender.publish(key, body(packet))
    stats = tool.wait_stats(lambda s: s["output.rejected_link_type"] == 2)
    assert stats["output.written"] <= 1
    tool.stop()
    assert tool.stderr.count("a.pcap: a pcap file has one link type, that of its first packet, here 230 (IEEE 802.15.4): "
                             "packets of link type 101 (IP) are left out") == 1


# --- --raw ---

HEADERS = {"n": -5, "text": "h\u00e9\x1b[2J", "deep": {"list": [1, decimal.Decimal("2.5"), True, None, b"\x00\xff"]}}


def test_any_message_in_a_line(bus_tool, witness):
    tool = bus_tool("amqp-dump", "-k", "#", "--raw", "-c", "4")
    sender = witness()
    sender.publish("some.other.key", b"{\"a\": 1}\n", headers=HEADERS, priority=3)
    sender.publish("x", b"\x00\x01\xff", content_type="application/octet-stream")
    sender.publish("framebus.tun.agent_1", b"\x1b]0;owned\x07", content_type=None)
    sender.publish("long", b"z" * 5000)
    tool.wait(status=0)
    lines = tool.stdout.decode().splitlines()
    assert len(lines) == 4 and all(" " <= c for line in lines for c in line), lines
    assert " some.other.key {" in lines[0] and '"headers":{' in lines[0] and '"n":-5' in lines[0] and lines[0].endswith('9 octets: {"a": 1}\\x0a')
    assert lines[1].endswith("3 octets: 0001ff") and lines[2].endswith(r"10 octets: 1b5d303b6f776e656407")
    assert lines[3].endswith(" 5000 octets: " + "z" * 1000 + "...") and tool.final_stats()["downlink.shown"] == 4


def test_any_message_as_json(bus_tool, witness):
    tool = bus_tool("amqp-dump", "-k", "#", "--raw", "--json", "-c", "5")
    sender = witness()
    sender.publish("some.other.key", "h\u00e9llo \U0001f41d\"\\".encode(), headers=HEADERS, correlation_id="c", reply_to="r", expiration="60000", app_id="me",
                   delivery_mode=2, timestamp=1700000000, message_id="m")
    sender.publish("x", b"\x00\x01\xff", content_type=None)
    sender.publish("long", ("\u00e9" * 5000).encode())
    deep = {"k": "v"}
    for _ in range(20):
        deep = {"d": deep}
    sender.publish("deep", b"", headers=deep, user_id="guest")
    sender.publish("many", b"", headers={f"name{i}": "\u00e9" * 100 for i in range(200)}, user_id="guest")
    tool.wait(status=0)
    first, binary, long, deep, many = (json.loads(line) for line in tool.stdout.splitlines())
    assert (first["key"], first["body"], first["length"]) == ("some.other.key", "h\u00e9llo \U0001f41d\"\\", 13)
    p = first["properties"]
    assert p["headers"]["deep"]["list"][:4] == [1, pytest.approx(2.5), True, None] and p["headers"]["n"] == -5 and p["headers"]["text"] == HEADERS["text"]
    assert (p["content_type"], p["correlation_id"], p["reply_to"], p["expiration"], p["app_id"], p["delivery_mode"], p["timestamp"], p["message_id"]) == (
        "application/json", "c", "r", "60000", "me", 2, 1700000000, "m")
    assert base64.b64decode(binary["body_base64"]) == b"\x00\x01\xff" and "content_type" not in binary["properties"]
    assert long["body"] == "\u00e9" * 2048 and long["cut"] and long["length"] == 10000
    for message in deep, many:
        assert message["properties"]["headers"] is None and message["properties"]["headers_octets"] > 40 and message["properties"]["user_id"] == "guest"


TABLE = {"short": b"b\xfe", "unsigned": b"B\xfe", "s": b"s\xff\xfe", "u": b"u\xff\xfe", "I": b"I\xff\xff\xff\xfe", "i": b"i\xff\xff\xff\xfe",
         "l": b"l" + b"\xff" * 7 + b"\xfe", "t": b"t\1", "f": b"f\x3f\xc0\0\0", "d": b"d\x3f\xf8" + bytes(6),
         "D": b"D\1\xff\xff\xff\xe7", "large": b"D\2\x7f\xff\xff\xff", "S": b"S\0\0\0\2\xc3\xa9", "bad": b"S\0\0\0\2\xff\x1b", "x": b"x\0\0\0\2\0\xff", "V": b"V",
         "T": b"T\0\0\0\0\x5e\x0b\xe1\0", "A": b"A\0\0\0\4t\0b\5", "F": b"F\0\0\0\5\2kyt\1", "empty": b"F\0\0\0\0"}


class Headers(dict):
    """A table of every type of AMQP, in octets that pika sends as they are."""


@pytest.fixture
def headers_as_they_are(monkeypatch):
    encode = pika.data.encode_table

    def encode_table(pieces, table):
        if not isinstance(table, Headers):
            return encode(pieces, table)
        octets = b"".join(bytes([len(name)]) + name.encode() + value for name, value in table.items())
        pieces.append(struct.pack(">I", len(octets)) + octets)
        return 4 + len(octets)
    monkeypatch.setattr(pika.data, "encode_table", encode_table)


def test_headers_of_every_type(bus_tool, witness, headers_as_they_are):
    """Against what pika reads of the same message."""
    listener = witness("#")
    tool = bus_tool("amqp-dump", "-k", "#", "--raw", "--json", "-c", "1")
    witness().publish("k", b"", headers=Headers(TABLE), content_type=None)
    tool.wait(status=0)
    said = json.loads(tool.stdout)
    seen = listener.collect(1)[0].properties.headers
    shown = said["properties"]["headers"]
    assert list(shown) == list(TABLE) and said["length"] == 0 and said["body"] == ""
    assert (shown["short"], shown["unsigned"], shown["s"], shown["u"], shown["i"]) == (-2, 254, -2, 65534, 2**32 - 2)
    assert shown["D"] == -2.5 == float(seen["D"]) and shown["large"] == 21474836.47 == float(seen["large"])
    assert (shown["l"], shown["f"], shown["d"], shown["bad"], shown["T"]) == (-2, 1.5, 1.5, "\ufffd\x1b", 1577836800)
    for name in ("I", "i", "s", "u", "t", "S", "V", "A", "F", "empty"):  # of the others pika has its own opinion
        assert shown[name] == seen[name], name
    assert bytes.fromhex(shown["x"]) == seen["x"]


@pytest.mark.parametrize("exchange,keys,published,shown", [
    ("amq.direct", ["x", "two.words"], ["x", "two.words", "z"], ["x", "two.words"]),
    ("amq.fanout", ["#"], ["anything", ""], ["anything", ""]), ("amq.headers", ["#"], ["anything"], ["anything"]),
    ("amq.topic", ["a.*", "#.b", "a.b"], ["a.b", "a.c", "b", "c"], ["a.b", "a.c", "b"]),
])
def test_an_exchange_that_is_not_ours(bus_tool, vhost, exchange, keys, published, shown):
    """Each message once, however many keys take it; no word about keys of agents, which nobody has asked for."""
    tool = bus_tool("amqp-dump", "-e", exchange, "--raw", "--json", *(x for key in keys for x in ("-k", key)))
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    for key in published:
        connection.channel().basic_publish(exchange, key, b"hello")
    tool.wait_stats(lambda s: s["downlink.shown"] == len(shown))
    connection.close()
    tool.stop()
    assert [json.loads(line)["key"] for line in tool.stdout.splitlines()] == shown and "no agent" not in tool.stderr


def test_a_long_body_and_what_is_no_text(bus_tool, vhost, witness):
    tool = bus_tool("amqp-dump", "-k", "#", "--raw", "--max-message", str(17 << 20), "-c", "3")
    sender = witness()
    sender.publish("long", b"q" * (16 << 20))
    sender.publish("none", b"")
    sender.publish("hostile", b"\x1b[2J\r\n\xe2\x80\xae\xc2\x9b", content_type="text/\u001b[2J")
    tool.wait(status=0)
    long, none, hostile = tool.stdout.decode().splitlines()
    assert f" {16 << 20} octets: " + "q" * 1000 + "..." in long and none.endswith(" 0 octets")
    assert hostile.endswith("11 octets: 1b5b324a0d0ae280aec29b") and "\x1b" not in hostile


def test_amqp_consume_and_we_see_the_same_octets(bus_tool, vhost, tmp_path):
    """rabbitmq-c's own program is the witness; the bodies are drawn at random."""
    seed = int(os.environ.get("TEST_SEED", time.time_ns() % 10**9))
    print(f"TEST_SEED={seed}")
    draw = random.Random(seed)
    bodies = [draw.randbytes(draw.randrange(1, 300)) for _ in range(8)] + ["\u00e9\U0001f41d text".encode(), b"plain"]
    script = tmp_path / "keep"
    script.write_text(f"#!/bin/sh\nod -An -v -tx1 | tr -d ' \\n' >>{tmp_path}/seen\necho >>{tmp_path}/seen\n")
    script.chmod(0o755)
    consume = subprocess.Popen(["amqp-consume", "-u", vhost.url, "-e", "amq.topic", "-r", "any.#", "-c", str(len(bodies)), script],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    vhost.wait_binding("any.#")
    tool = bus_tool("amqp-dump", "-k", "any.key", "--raw", "--json", "-c", len(bodies))
    for octets in bodies:
        amqp_publish(vhost.url, "any.key", octets)
    tool.wait(status=0)
    assert consume.wait(10) == 0, consume.stderr.read()
    consume.stderr.close()
    said = [json.loads(line) for line in tool.stdout.splitlines()]
    assert [base64.b64decode(m["body_base64"]) if "body_base64" in m else m["body"].encode() for m in said] == bodies
    assert (tmp_path / "seen").read_text().split() == [octets.hex() for octets in bodies]


# --- --who ---

def test_who_is_there(bus_tool, witness, tmp_path):
    tool = bus_tool("amqp-dump", "--who", "--json", "-k", "#")
    sender = witness()
    sender.publish("fromAgent.agent_1.ip.tun.started", {"name": "agent_1", "ipv6_prefix": "bbbb", "ipv6_host": "1", "framebus_encodings": "json,pcap,gso",
                                                        "framebus_mtu": "1400", "framebus_session": "s"}, user_id="guest")
    sender.publish("framebus.alive.agent_1", {"framebus_session": "s", "uptime": "77", "published": "1", "delivered": "2"}, user_id="guest")
    for _ in range(3):
        sender.publish(TUN, body(IPV6), user_id="guest")
    sender.publish("toAgent.agent_1.ip.tun.packet.raw", body(IPV4))
    sender.publish("toAgent.silent.ip.tun.packet.raw", body(IPV4))
    sender.publish("fromAgent.p\u001b[2J.802154.serial.packet.raw", body(FRAME))
    sender.publish("fromAgent.probe.802154.serial.started", {"name": "probe", "port": "/dev/ttyUSB0", "boudrate": "115200"})
    tool.wait_stats(lambda s: s["downlink.messages"] == 9)
    tool.stop()
    rows = [json.loads(line) for line in tool.stdout.splitlines()]
    last = {row["agent"]: row for row in rows[max(i for i, row in enumerate(rows) if "agents" in row) + 1:]}
    assert set(last) == {"agent_1", "silent", "probe"}
    one = last["agent_1"]
    assert one["says"] == "bbbb::1, mtu 1400, reads json,pcap,gso" and one["uptime"] == "77" and one["user"] == "guest"
    assert one["from"]["packets"] == 3 and one["from"]["octets"] == 3 * len(IPV6) and one["to"]["packets"] == 1 and one["heard"] > 1700000000
    assert tool.stderr.count("9 messages, ") == 1  # not the table's lines
    assert "heard" not in last["silent"] and last["probe"]["says"] == "port /dev/ttyUSB0, baud 115200"


def test_names_without_number_do_not_fill_the_table(bus_tool, witness):
    """Half of it at the most is one user's; lines for people, too."""
    tool = bus_tool("amqp-dump", "--who")
    sender = witness()
    for i in range(600):
        sender.publish(f"fromAgent.n{i}.ip.tun.packet.raw", body(IPV6))
    sender.publish("fromAgent.real.ip.tun.packet.raw", body(IPV6), user_id="guest")
    tool.wait_stats(lambda s: s["downlink.messages"] == 601)
    tool.stop()
    lines = tool.stdout.decode().splitlines()
    assert "257 agents since" in lines[-258] and "344 messages and 344 packets of others, for whom there is no room" in lines[-258]
    assert " real: from it 1 packets (" in lines[-1] and "; user guest; heard " in lines[-1]


@pytest.mark.parametrize("arguments,words", [
    (["--raw", "-w", "a.pcapng"], "--raw gives lines: -w a.pcapng needs --format lines or json"),
    (["--who", "-w", "-"], "--who gives lines"),
    (["--raw", "--who"], "exclude each other"),
    (["--raw", "--filter", "type=data"], "choose by key"),
    (["--who", "-c", "3"], "-c counts packets"),
    (["-w", "-", "--print"], "-w - is standard output, where the lines go"),
    (["-w", "a.pcap", "-w", "./a.pcap"], "are one and the same"),
    (["-C", "1"], "-C and -G need -w FILE"),
    (["--file-frames", "1"], "--file-frames needs -w FILE"),
    (["-w", "-", "--file-frames", "1"], "--file-frames needs -w FILE"),
    (["-w", "a.pcapng", "-W", "2"], "-W needs -C, --file-frames or -G"),
    (["--raw", "--frame-keys", "nowhere"], "--frame-keys opens frames, of which --raw shows none"),
    (["--who", "--frame-keys", "nowhere"], "--frame-keys opens frames, of which --who shows none"),
    (["--format", "pcap"], "--format needs -w FILE"),
    ([x for i in range(9) for x in ("-w", f"{i}.pcap")], "9 outputs: at the most 8 are possible"),
])
def test_wrong_usage(tool, arguments, words):
    run = tool("amqp-dump", *arguments, wait=False)
    run.wait(status=2)
    assert words in run.stderr
