"""amqp-play, odd captures: whatever other programs write is played as far as it is there, and what is not is told."""
import bz2
import gzip
import json
import lzma
import os
import re
import struct
import zlib

import pytest

from harness import fcs16, ipv4_udp, ipv6_udp, pcap_bytes, tshark

DATA = bytes.fromhex("6188 2a cdab 0200 0100 6869")
OTHER = bytes.fromhex("6188 2b cdab 0200 0100 796f")
SUN = bytes.fromhex("41ef 7766554433221100 ffeeddccbbaa9988 0515010911223380 3f00") + bytes(range(256)) * 5  # over 127 octets
BASE = 1_700_000_000_000_000_000
SERIAL, TUN = "fromAgent.agent_1.802154.serial.packet.raw", "fromAgent.agent_1.ip.tun.packet.raw"


def fcs32(octets):
    return octets + zlib.crc32(octets.ljust(4, b"\0")).to_bytes(4, "little")


def wrong(octets):
    return octets[:-1] + bytes([octets[-1] ^ 0x55])


def tap(frame, fcs_type, *tlvs):
    body = struct.pack("<HHI", 0, 1, fcs_type) + b"".join(tlvs)
    return struct.pack("<BBH", 0, 0, 4 + len(body)) + body + frame


# --- what is written here shares nothing with the reader ---

class Pcapng:
    def __init__(self, order="<"):
        self.order = order

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def block(self, kind, body):
        length = 12 + len(body) + -len(body) % 4
        return self.pack("II", kind, length) + body + bytes(-len(body) % 4) + self.pack("I", length)

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def section(self, version=(1, 0)):
        return self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, *version, -1))

    def interface(self, link_type, snapshot=0, resolution=None, offset=None, name=None):
        options = b"" if name is None else self.option(2, name.encode())
        options += b"" if resolution is None else self.option(9, bytes([resolution]))
        options += b"" if offset is None else self.option(14, self.pack("q", offset))
        return self.block(1, self.pack("HHI", link_type, 0, snapshot) + (options + self.option(0, b"") if options else b""))

    def packet(self, interface, data, units=0, original=None):
        return self.block(6, self.pack("IIIII", interface, units >> 32, units & 0xffffffff, len(data), original or len(data)) +
                          data + bytes(-len(data) % 4) + self.option(1, b"a comment") + self.option(0, b""))

    def old_packet(self, interface, data, units=0):
        return self.block(2, self.pack("HHIIII", interface, 3, units >> 32, units & 0xffffffff, len(data), len(data)) + data)

    def simple(self, data, original=None):
        return self.block(3, self.pack("I", original or len(data)) + data)


LITTLE, BIG = Pcapng("<"), Pcapng(">")


@pytest.fixture
def play(bus_tool, tmp_path, witness):
    """Plays octets; returns the tool and what pika got: (key, octets, time)."""
    def run(octets, *arguments, status=0, name="in.pcapng"):
        path = tmp_path / name
        path.write_bytes(octets)
        listener = witness("#")
        tool = bus_tool("amqp-play", "-n", "agent_1", "-r", path, *arguments, wait=False)
        tool.wait(status=status)
        stats = tool.final_stats()
        messages = listener.collect(stats["bus_uplink.packets"]) if stats["bus_uplink.packets"] else []
        bodies = [(m.key, json.loads(m.body)) for m in messages]
        rest = sum(n for name, n in stats.items() if name.startswith("capture.rejected_"))
        assert stats["capture.read"] == len(messages) + rest + stats["capture.stopped"]
        return tool, [(key, bytes(b["data"]), b["timestamp"]) for key, b in bodies]
    return run


def octets_of(played):
    return [octets for _, octets, _ in played]


# --- pcapng ---

@pytest.mark.parametrize("form", [LITTLE, BIG], ids=["little", "big"])
def test_every_block_that_holds_a_packet(play, form):
    octets = (form.section() + form.block(0xBAD, b"?" * 7) + form.interface(230) + form.block(5, bytes(40)) + form.block(4, bytes(4)) +
              form.packet(0, DATA, BASE // 1000) + form.old_packet(0, OTHER, BASE // 1000 + 5) + form.simple(DATA) +
              form.block(10, b"secret") + form.block(0x40000BAD, bytes(400_000)) + form.packet(0, OTHER, BASE // 1000 + 10))
    tool, played = play(octets)
    assert octets_of(played) == [DATA, OTHER, DATA, OTHER]
    assert played[0][2] == pytest.approx(BASE / 1e9, abs=1e-6) and played[3][2] == pytest.approx(BASE / 1e9 + 1e-5, abs=1e-6)


def test_interfaces_of_any_link_type_and_snapshot_length(play):
    packet = ipv6_udp("bbbb::1", "bbbb::2", b"x")
    form = LITTLE
    octets = (form.section() + form.interface(230, 262144, 9) + form.interface(101, 64, 9) + form.interface(12, 0, 9) +
              form.interface(195, 5) + form.interface(228) + form.interface(283, 1) + form.packet(0, DATA, BASE) +
              form.packet(1, packet, BASE + 1) + form.packet(2, packet, BASE + 2) + form.packet(3, fcs16(OTHER), BASE // 1000 + 1) +
              form.packet(4, packet, BASE // 1000 + 2) + form.packet(5, tap(fcs16(DATA), 1), BASE // 1000 + 3))
    tool, played = play(octets)
    assert [(key, data) for key, data, _ in played] == [(SERIAL, DATA), (TUN, packet), (TUN, packet), (SERIAL, OTHER), (TUN, packet),
                                                        (SERIAL, DATA)]
    assert "left out" not in tool.stderr


def test_two_interfaces_of_raw_ip(play):
    """What amqp-dump writes of two agents: libpcap takes 101 and 101 for different."""
    packet = ipv6_udp("bbbb::1", "bbbb::2", b"x")
    tool, played = play(LITTLE.section() + LITTLE.interface(101) + LITTLE.interface(101) + LITTLE.packet(0, packet) + LITTLE.packet(1, packet))
    assert octets_of(played) == [packet, packet]


def test_sections_of_either_octet_order(play):
    octets = b"".join(form.section() + form.interface(link_type) + form.packet(0, data)
                      for form, link_type, data in ((LITTLE, 230, DATA), (BIG, 195, fcs16(OTHER)), (BIG, 230, OTHER), (LITTLE, 230, DATA)))
    tool, played = play(octets)
    assert octets_of(played) == [DATA, OTHER, OTHER, DATA]


@pytest.mark.parametrize("resolution,units,offset,seconds", [
    (None, 1_700_000_000_250_000, None, 1_700_000_000.25), (6, 1_700_000_000_250_000, 0, 1_700_000_000.25),
    (9, 1_700_000_000_250_000_000, None, 1_700_000_000.25), (0, 1_700_000_000, None, 1_700_000_000),
    (3, 250, 1_700_000_000, 1_700_000_000.25), (12, 250_000_000_000, 1_700_000_000, 1_700_000_000.25),
    (0x80 | 20, 1_700_000_000 << 20 | 1 << 18, None, 1_700_000_000.25), (0x80 | 62, 1 << 60, 1_700_000_000, 1_700_000_000.25),
    (6, 1_700_000_010_250_000, -10, 1_700_000_000.25), (0xff, 1, 1_700_000_000, 1_700_000_000), (0x7f, 1, 1_700_000_000, 1_700_000_000),
])
def test_units_of_time(play, resolution, units, offset, seconds):
    for form in LITTLE, BIG:
        tool, played = play(form.section() + form.interface(230, 0, resolution, offset) + form.packet(0, DATA, units), "--speed", "0")
        assert played[0][2] == pytest.approx(seconds, abs=1e-6)


def test_no_time_is_no_pause(play):
    """A simple packet block has none: what follows it does not wait for fifty years."""
    tool, played = play(LITTLE.section() + LITTLE.interface(230) + LITTLE.packet(0, DATA, BASE // 1000) + LITTLE.simple(OTHER) +
                        LITTLE.packet(0, DATA, BASE // 1000 + 1000) + LITTLE.simple(OTHER))
    assert octets_of(played) == [DATA, OTHER, DATA, OTHER]
    said = r"in\.pcapng: simple packet blocks have no times: they are read as 0 \(1970\)$"
    assert re.search(r"(?m)^amqp-play: /.*" + said, tool.stderr) and re.search(r"(?m)^amqp-play: 1 time more: /.*" + said, tool.stderr)


def test_what_contradicts_itself_is_left_out_and_counted(play):
    bad = LITTLE.block(6, struct.pack("<IIIII", 0, 0, 0, 400, 400) + DATA)
    octets = (LITTLE.section() + LITTLE.packet(0, DATA) + LITTLE.interface(230) + LITTLE.packet(7, DATA) + bad +
              LITTLE.block(6, b"short") + LITTLE.simple(DATA, 400) + LITTLE.block(3, b"") + LITTLE.packet(0, OTHER))
    tool, played = play(octets)
    assert octets_of(played) == [OTHER]
    assert tool.final_stats()["capture.rejected_damaged"] == 6
    assert "6 of 7 packets were left out: 6 in damaged records" in tool.stderr


HEAD = LITTLE.section() + LITTLE.interface(230) + LITTLE.packet(0, DATA)


@pytest.mark.parametrize("rest,words", [
    (LITTLE.packet(0, OTHER)[:-5], "the file ends inside a block"),
    (LITTLE.packet(0, OTHER)[:7], "the file ends inside a block"),
    (struct.pack("<III", 6, 0xfffffffc, 0), "the file ends inside a block"),
    (struct.pack("<III", 0xBAD, 0xfffffffc, 0), "the file ends inside a block"),
    (struct.pack("<III", 6, 0, 0), "the length of a block cannot be"),
    (struct.pack("<III", 6, 11, 0), "the length of a block cannot be"),
    (struct.pack("<III", 6, 33, 0), "the length of a block cannot be"),
    (LITTLE.packet(0, OTHER)[:-4] + struct.pack("<I", 4), "the two lengths of a block differ"),
    (LITTLE.section((2, 0)) + LITTLE.packet(0, OTHER), "a section of another version"),
    (b"\x0a\x0d\x0d\x0a" + struct.pack("<I", 28) + b"AAAA" + bytes(16), "a section of neither octet order"),
    (struct.pack("<III", 1, 0x400000, 0) + bytes(100), "a description of over 1 MiB"),
])
def test_damage_is_told_with_its_place(play, rest, words):
    tool, played = play(HEAD + rest, status=1)
    assert octets_of(played) == [DATA]
    assert words in tool.stderr and f"octet {len(HEAD)}, record 2" in tool.stderr


def test_truncated_pcap_is_told_with_its_place(play):
    octets = pcap_bytes(230, [(BASE, DATA), (BASE, OTHER)])
    tool, played = play(octets[:-5], status=1, name="in.pcap")
    assert octets_of(played) == [DATA]
    assert f"octet {24 + 16 + len(DATA)}, record 2" in tool.stderr


def test_what_amqp_dump_writes_plays_back_whole(bus_tool, witness, tmp_path, play):
    """dump -> play -> dump: the same packets under the same keys."""
    packet = ipv6_udp("bbbb::1", "bbbb::2", b"x")
    sent = [("fromAgent.a.ip.tun.packet.raw", packet), ("fromAgent.b.ip.tun.packet.raw", packet),
            ("fromAgent.a.802154.serial.packet.raw", DATA), ("toAgent.a.802154.serial.packet.raw", OTHER)]
    dump = bus_tool("amqp-dump", "-k", "#", "-w", tmp_path / "first.pcapng", "-c", str(len(sent)))
    w = witness()
    for key, data in sent:
        w.publish(key, {"data": list(data)})
    dump.wait(status=0)
    again = bus_tool("amqp-dump", "-k", "#", "-w", tmp_path / "again.pcapng", "-c", str(len(sent)))
    tool, played = play((tmp_path / "first.pcapng").read_bytes())
    again.wait(status=0)
    assert [(key, data) for key, data, _ in played] == [(TUN, packet), (TUN, packet), (SERIAL, DATA), (SERIAL, OTHER)]
    first, second = (tshark(tmp_path / name, "frame.len", "frame.protocols", "frame.time_epoch") for name in ("first.pcapng", "again.pcapng"))
    assert [row[:2] for row in first] == [row[:2] for row in second] and len(first) == len(sent)
    # JSON has microseconds.
    assert all(float(a[2]) == pytest.approx(float(b[2]), abs=2e-6, rel=0) for a, b in zip(first, second))


# --- whose packets they are ---

@pytest.fixture
def play_as(bus_tool, tmp_path, witness):
    """Without -n; returns the tool and what pika got: (key, octets)."""
    def run(octets, *arguments, status=0, name="in.pcapng"):
        (tmp_path / name).write_bytes(octets)
        listener = witness("#")
        tool = bus_tool("amqp-play", "-r", tmp_path / name, *arguments, wait=False)
        tool.wait(status=status)
        stats = tool.final_stats()
        rest = sum(n for counter, n in stats.items() if counter.startswith("capture.rejected_"))
        assert stats["capture.read"] == stats["bus_uplink.packets"] + rest + stats["capture.stopped"]
        return tool, listener.collect(stats["bus_uplink.published"])
    return run


PACKET = ipv6_udp("bbbb::1", "bbbb::2", b"x")
ORDER = [0, 1, 2, 3, 0, 2, 1, 3]


def mixed():
    """Two agents in both directions, a foreign interface, each with its number in what it sends."""
    form = LITTLE
    names = ["agent_1 fromAgent ip.tun", "probe.x", "agent_1 toAgent ip.tun", "probe_2 fromAgent 802154.serial"]
    octets = form.section() + b"".join(form.interface(230 if "802154" in n or "." in n and "ip" not in n else 101, name=n) for n in names)
    return octets + b"".join(form.packet(i, PACKET if i in (0, 2) else DATA[:2] + bytes([i]) + DATA[3:], BASE // 1000 + n) for n, i in enumerate(ORDER))


def test_each_interface_is_its_own_agent(play_as):
    """Names that amqp-dump writes, a name by option, a number by option; the order stays."""
    keys = {0: TUN, 1: "fromAgent.mapped.802154.serial.packet.raw", 2: "toAgent.agent_1.ip.tun.packet.raw", 3: "fromAgent.probe_2.802154.serial.packet.raw"}
    for map_ in ("probe.x=mapped", "1=mapped"):
        _, messages = play_as(mixed(), "--map", map_, "--speed", "0")
        assert [m.key for m in messages] == [keys[i] for i in ORDER]
    _, messages = play_as(mixed(), "--map", "probe.x=mapped", "--map", "agent_1 toAgent ip.tun=other", "-n", "rest", "--speed", "0")
    names = {0: "rest", 1: "mapped", 2: "other", 3: "rest"}
    assert [m.key.split(".")[1] for m in messages] == [names[i] for i in ORDER] and {m.key.split(".")[0] for m in messages} == {"fromAgent"}
    _, messages = play_as(mixed(), "--to", "--map", "1=mapped", "--speed", "0")
    assert {m.key.split(".")[0] for m in messages} == {"toAgent"}


def test_pcap_messages_hold_one_agent_s_packets(play_as):
    _, messages = play_as(mixed(), "--map", "1=mapped", "--speed", "0", "--encoding", "pcap")
    keys = {0: "framebus.tun.agent_1", 1: "framebus.serial.mapped", 2: "framebus.to.agent_1", 3: "framebus.serial.probe_2"}
    assert [m.key for m in messages] == [keys[i] for i in ORDER]


def test_an_interface_that_is_nobody_s_is_said_once(play_as):
    tool, messages = play_as(mixed(), "--speed", "0")
    assert len(messages) == 6 and tool.final_stats()["capture.rejected_no_agent"] == 2
    assert tool.stderr.count("interface 1, probe.x is no agent's: its packets are left out (--map 1=AGENT, or -n AGENT for all)") == 1
    tool, messages = play_as(pcap(230, [(DATA, len(DATA))]), name="in.pcap", status=1)
    assert not messages and "nothing can be played of 1 packets: 1 of interfaces that are no agent's" in tool.stderr


def test_a_map_of_no_interface_is_said(play_as):
    tool, messages = play_as(mixed(), "--map", "1=mapped", "--map", "probe.y=other", "--map", "7=other", "--speed", "0")
    assert len(messages) == 8 and tool.stderr.count("no packet of such an interface was read") == 2
    assert "--map 'probe.y=other'" in tool.stderr and "--map '7=other'" in tool.stderr


def test_an_interface_is_mapped_once(bus_tool):
    tool = bus_tool("amqp-play", "-r", "-", "--map", "a=b=one", "--map", "a=one", "--map", "a=two", ready=False)
    tool.wait(status=2)
    assert "--map: 'a=one' and 'a=two' are of one interface" in tool.stderr


def test_a_thousand_interfaces(play_as):
    """As many agents as there is room for by name; as one agent's all of them."""
    form = LITTLE
    octets = form.section() + b"".join(form.interface(230, name=f"agent_{i} fromAgent 802154.serial") for i in range(1000)) + \
        b"".join(form.packet(i, DATA, BASE // 1000 + i) for i in range(1000))
    tool, messages = play_as(octets, "--speed", "0")
    assert [m.key.split(".")[1] for m in messages] == [f"agent_{i}" for i in range(256)] and tool.final_stats()["capture.rejected_no_agent"] == 744
    assert tool.stderr.count("packets of over 256 agents: those of the others are left out (--map gives several interfaces to one agent)") == 1
    assert "is no agent's" not in tool.stderr and "744 left out (an interface of no agent)" in tool.stderr
    tool, messages = play_as(octets, "--speed", "0", "-n", "one")
    assert len(messages) == 1000 and {m.key.split(".")[1] for m in messages} == {"one"}


@pytest.mark.parametrize("name", ["eth0=x", "=", "a=b=c", "\u00fcn\u00efc\u00f6de \U0001f41d", "two words", "\x1b[2J\r\nevil", "0", "'quoted\" \\", "x" * 200])
def test_a_name_of_any_characters_is_mapped(play_as, name):
    octets = LITTLE.section() + LITTLE.interface(230) + LITTLE.interface(230, name=name) + LITTLE.packet(1, DATA, BASE // 1000)
    _, messages = play_as(octets, "--map", f"{name}=agent_9")
    assert [m.key for m in messages] == ["fromAgent.agent_9.802154.serial.packet.raw"]


@pytest.mark.parametrize("times", [[BASE] * 4, [0] * 4, [0, 0, BASE, BASE], [(2**32 - 1) * 10**9 + i for i in (0, 1, 999_999_998, 999_999_999)],
                                   [BASE, BASE - 3600 * 10**9, BASE + 1, BASE - 1]], ids=["equal", "none", "none at first", "2106", "backwards"])
def test_times_of_every_kind_are_played_in_the_order_of_the_file(play_as, times):
    packets = [DATA[:2] + bytes([i]) + DATA[3:] for i in range(4)]
    _, messages = play_as(pcap_bytes(230, list(zip(times, packets))), "-n", "a", "--max-gap", "0.1", name="in.pcap")
    bodies = [json.loads(m.body) for m in messages]
    assert [bytes(b["data"]) for b in bodies] == packets
    if times[0] > BASE:
        assert [int(float(b["timestamp"])) for b in bodies] == [2**32 - 1] * 4


def test_dump_play_dump_is_the_same_capture(bus_tool, witness, tmp_path):
    """Packets, interfaces, order, times."""
    sent = [("fromAgent.a.ip.tun.packet.raw", PACKET), ("fromAgent.b.802154.serial.packet.raw", DATA), ("toAgent.a.ip.tun.packet.raw", PACKET),
            ("framebus.tun.c", PACKET), ("toAgent.b.802154.serial.packet.raw", OTHER), ("fromAgent.a.ip.tun.packet.raw", PACKET + b"y")] * 5
    sender = witness()
    dumps = [bus_tool("amqp-dump", "-k", "#", "-w", tmp_path / "0.pcapng", "-c", len(sent))]
    for i, (key, data) in enumerate(sent):
        sender.publish(key, {"data": list(data), "timestamp": 1700000000.25 + i / 64})
    dumps[0].wait(status=0)
    for n, encoding in ((1, "json"), (2, "pcap")):
        dump = bus_tool("amqp-dump", "-k", "#", "-w", tmp_path / f"{n}.pcapng", "-c", len(sent))
        bus_tool("amqp-play", "-r", tmp_path / "0.pcapng", "--speed", "0", "--encoding", encoding, wait=False).wait(status=0)
        dump.wait(status=0)
    first, second, third = (tshark(tmp_path / f"{n}.pcapng", "frame.interface_id", "frame.interface_name", "frame.time_epoch", "frame.len",
                                   "frame.protocols", "udp.payload", "wpan.seq_no") for n in range(3))
    assert first == second == third and len(first) == len(sent) and len({row[1] for row in first}) == 5


@pytest.mark.skipif(os.environ.get("FAULTS") != "long", reason="make check-faults: a loaded machine is late")
def test_the_timing_of_the_capture_is_kept_within_a_millisecond_at_the_median(play_as):
    octets = pcap_bytes(230, [(BASE + i * 5_000_000, DATA) for i in range(400)])
    tool, _ = play_as(octets, "-n", "agent_1", name="in.pcap")
    assert tool.final_stats()["pace.delay_p50_us"] < 1000


def test_how_late_packets_are_is_told(play_as):
    tool, messages = play_as(pcap_bytes(230, [(BASE + i * 1_000_000, DATA) for i in range(20)]), "-n", "agent_1", name="in.pcap")
    stats = tool.final_stats()
    assert len(messages) == 20 and 0 < stats["pace.delay_p50_us"] <= stats["pace.delay_max_us"]


# --- snapshot lengths ---

def pcap(link_type, records, snapshot=262144, order="<", magic=0xA1B2C3D4):
    """Records: (octets, original length)."""
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snapshot, link_type)
    return out + b"".join(struct.pack(order + "IIII", 1_700_000_000, i, len(data), original) + data for i, (data, original) in enumerate(records))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
@pytest.mark.parametrize("snapshot", [0, 1, 5, 10, 262144, 0x7fffffff, 0xffffffff])
def test_records_are_as_long_as_the_file_holds_them(play, order, magic, snapshot):
    tool, played = play(pcap(230, [(DATA, len(DATA)), (OTHER, len(OTHER))], snapshot, order, magic), name="in.pcap")
    assert octets_of(played) == [DATA, OTHER]


@pytest.mark.parametrize("form", ["<", ">", "pcapng"])
@pytest.mark.parametrize("link_type,captured,missing,arguments", [
    (195, DATA, 2, []), (195, DATA, 2, ["--fcs", "crc16"]), (195, DATA, 2, ["--fcs", "ti"]), (195, SUN, 4, []),
    (195, SUN, 4, ["--fcs", "crc32"]), (283, tap(DATA, 1), 2, []), (283, tap(SUN, 2), 4, []), (195, bytes.fromhex("02002a"), 2, []),
])
def test_an_fcs_that_was_not_captured(play, form, link_type, captured, missing, arguments):
    """Cooja and Kismet write how long the frame was on the air, and leave the FCS out."""
    total = len(captured) + missing
    if form == "pcapng":
        octets = LITTLE.section() + LITTLE.interface(link_type, 4096) + LITTLE.packet(0, captured, 1, total)
    else:
        octets = pcap(link_type, [(captured, total)], 4096, form)
    tool, played = play(octets, *arguments)
    assert octets_of(played) == [captured[12:] if link_type == 283 else captured]
    assert tool.final_stats()["capture.bad_fcs"] == 0 and "left out" not in tool.stderr


@pytest.mark.parametrize("link_type,captured,missing,arguments", [
    (195, DATA, 1, []), (195, DATA, 3, []), (195, DATA, 40, []), (230, DATA, 2, []), (101, ipv6_udp("bbbb::1", "bbbb::2", b"x"), 2, []),
    (283, tap(DATA, 0), 2, []), (283, tap(DATA, 1), 4, []), (283, tap(DATA, 2), 2, []), (195, DATA, 2, ["--fcs", "none"]),
    (195, DATA, 2, ["--fcs", "crc32"]), (195, DATA, 4, ["--fcs", "crc16"]), (195, DATA, 2, "snapshot"),
])
def test_what_a_snapshot_length_has_cut_is_not_played(play, link_type, captured, missing, arguments):
    snapshot = len(captured) if arguments == "snapshot" else 4096
    octets = pcap(link_type, [(captured, len(captured) + missing)], snapshot)
    tool, played = play(octets, *([] if arguments == "snapshot" else arguments), status=1, name="in.pcap")
    assert played == [] and tool.final_stats()["capture.rejected_cut"] == 1
    assert "nothing can be played of 1 packets: 1 captured in part only" in tool.stderr


# --- FCS ---

@pytest.mark.parametrize("link_type,packets,arguments", [
    (195, [fcs32(SUN), fcs32(DATA)], []), (195, [fcs32(SUN), fcs32(b"\2\0\x2a")], ["--fcs", "crc32"]), (195, [SUN, DATA], ["--fcs", "none"]),
    (195, [DATA + b"\xc8\xeb"], ["--fcs", "ti"]), (195, [fcs16(DATA), fcs32(SUN)], []), (283, [tap(fcs32(SUN), 2), tap(fcs16(DATA), 1)], []),
])
def test_fcs_that_is_right(play, link_type, packets, arguments):
    tool, played = play(pcap(link_type, [(p, len(p)) for p in packets]), *arguments, name="in.pcap")
    frames = {len(p): p for p in (SUN, DATA, b"\2\0\x2a")}
    assert all(octets == frames[len(octets)] for octets in octets_of(played)) and len(played) == len(packets)
    assert tool.final_stats()["capture.bad_fcs"] == 0


@pytest.mark.parametrize("link_type,packets,arguments,frames,bad", [
    (195, [fcs32(DATA), wrong(fcs32(DATA))], [], [DATA, DATA], 1),
    (195, [wrong(fcs32(DATA))], ["--fcs", "crc32"], [DATA], 1),
    (195, [wrong(fcs16(DATA))], [], [DATA], 1),
    (195, [fcs16(DATA), wrong(fcs16(DATA)), fcs32(DATA), wrong(fcs16(OTHER))], [], [DATA, DATA, DATA, OTHER], 2),
    (195, [DATA + b"\xc8\x6b"], ["--fcs", "ti"], [DATA], 1),
    (283, [tap(wrong(fcs32(DATA)), 2)], [], [DATA], 1),
])
def test_fcs_that_is_wrong(play, link_type, packets, arguments, frames, bad):
    tool, played = play(pcap(link_type, [(p, len(p)) for p in packets]), *arguments, name="in.pcap")
    assert octets_of(played) == frames
    assert tool.final_stats()["capture.bad_fcs"] == bad and tool.stderr.count("wrong FCS") == 1


@pytest.mark.parametrize("packets,arguments,words", [
    ([fcs32(DATA)] * 2, [], "FCS of four octets"), ([fcs32(DATA)] * 2, ["--fcs", "crc16"], "is it --fcs crc32?"),
    ([fcs16(DATA)] * 2, ["--fcs", "crc32"], "is it --fcs crc16?"), ([DATA] * 2, [], "--fcs none"),
])
def test_an_fcs_of_another_kind_is_told_of(play, packets, arguments, words):
    tool, _ = play(pcap(195, [(p, len(p)) for p in packets]), *arguments, name="in.pcap")
    assert tool.stderr.count(words) == 1


@pytest.mark.parametrize("link_type,packet,arguments,idle", [
    (230, DATA, ["--fcs", "ti"], True), (230, DATA, ["--fcs", "none"], False), (283, tap(DATA, 0), ["--fcs", "crc32"], True), (230, DATA, [], False), (195, fcs16(DATA), ["--fcs", "crc16"], False),
])
def test_an_fcs_that_is_asked_for_where_it_does_nothing(play, link_type, packet, arguments, idle):
    tool, played = play(pcap(link_type, [(packet, len(packet))] * 2), *arguments, name="in.pcap")
    assert octets_of(played) == [DATA] * 2
    assert tool.stderr.count("--fcs does nothing") == idle


def test_wrong_kind_of_fcs_is_wrong_usage(bus_tool):
    bus_tool("amqp-play", "-n", "a", "-r", "x", "--fcs", "crc8", wait=False).wait(status=2)


# --- frames inside of other layers ---

def phy(frame, length=None, behind=b""):
    """Link type 215."""
    return b"\0\0\0\0\xa7" + bytes([len(frame) if length is None else length]) + frame + behind


def zep(frame, version=2, crc=True, port=17754):
    """A UDP datagram."""
    head = b"EX" + (b"\2\1" if version == 2 else b"\1") + struct.pack(">BHBB", 15, 1, crc, 255) + bytes(22 if version == 2 else 7) + bytes([len(frame)])
    return struct.pack(">HHHH", 40000, port, 8 + len(head) + len(frame), 0) + head + frame


def ipv4(payload):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1") + payload


def ipv6(payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), 17, 64) + (bytes(15) + b"\1") * 2 + payload


ETHERNET, COOKED, COOKED_2 = bytes(12) + b"\x08\0", bytes(14) + b"\x08\0", b"\x08\0" + bytes(18)
TI = DATA + b"\xc8\xeb"


@pytest.mark.parametrize("link_type,packet", [
    (215, phy(fcs16(DATA))), (215, phy(fcs16(DATA), behind=b"\1\2\3")), (215, phy(fcs32(DATA))),
    (1, ETHERNET + ipv4(zep(fcs16(DATA)))), (1, ETHERNET + ipv4(zep(fcs16(DATA), 1))), (1, ETHERNET + ipv4(zep(TI, crc=False))),
    (1, bytes(12) + b"\x81\0\0\5\x86\xdd" + ipv6(zep(TI, 1, crc=False))), (113, COOKED + ipv4(zep(fcs16(DATA)))),
    (276, COOKED_2 + ipv4(zep(fcs16(DATA)))), (101, ipv6(zep(fcs16(DATA)))), (12, ipv4(zep(fcs16(DATA)))), (228, ipv4(zep(fcs16(DATA), 1))),
])
def test_frames_inside_of_other_layers(play, link_type, packet):
    tool, played = play(pcap(link_type, [(packet, len(packet))]), name="in.pcap")
    assert [(key, octets) for key, octets, _ in played] == [(SERIAL, DATA)]
    assert "FCS:" not in tool.stderr and tool.final_stats()["capture.bad_fcs"] == 0


def test_a_phy_header_before_an_fcs_that_was_not_captured(play):
    packet = phy(DATA, len(DATA) + 2)
    assert octets_of(play(pcap(215, [(packet, len(packet) + 2)]), name="in.pcap")[1]) == [DATA]


def test_what_is_no_zep_is_told(play):
    """Other packets are IP's; ZEP's acknowledgments are neither frames nor an agent's packets."""
    other, ack = ipv4(zep(fcs16(DATA), port=17755)), ipv4(struct.pack(">HHHH", 17754, 17754, 16, 0) + b"EX\2\2\0\0\0\5")
    octets = LITTLE.section() + LITTLE.interface(1) + LITTLE.interface(101) + b"".join(
        LITTLE.packet(i, (b"" if i else ETHERNET) + packet) for packet in (other, ack, ipv4(zep(fcs16(DATA)))) for i in (0, 1))
    tool, played = play(octets)
    assert [(key, octets) for key, octets, _ in played] == [(TUN, other), (TUN, other), (SERIAL, DATA), (SERIAL, DATA)]
    assert "2 of 6 packets were left out: 2 of other link types, or ZEP's acknowledgments" in tool.stderr
    tool, played = play(pcap(1, [(ETHERNET + ack, 14 + len(ack))]), status=1, name="in.pcap")
    assert "link type 1: nothing can be played of 1 packets" in tool.stderr


LOOPBACK = (2).to_bytes(4, "little"), (24).to_bytes(4, "big")


@pytest.mark.parametrize("link_type,header,packet", [
    (1, ETHERNET, ipv4_udp("10.2.0.1", "10.2.0.2", b"x")), (113, COOKED, ipv4_udp("10.2.0.1", "10.2.0.2", b"x")),
    (1, bytes(12) + b"\x81\0\0\5\x86\xdd", ipv6_udp("bbbb::1", "bbbb::2", b"x")), (276, COOKED_2, ipv4_udp("10.2.0.1", "10.2.0.2", b"x")),
    (0, LOOPBACK[0], ipv4_udp("10.2.0.1", "10.2.0.2", b"x")), (108, LOOPBACK[1], ipv6_udp("bbbb::1", "bbbb::2", b"x")),
])
def test_ip_inside_of_link_layers(play, link_type, header, packet):
    """What tcpdump captures; Ethernet's padding is none of the packet."""
    padded = header + packet + bytes(18 if link_type == 1 else 0)
    _, played = play(pcap(link_type, [(padded, len(padded))]), name="in.pcap")
    assert [(key, octets) for key, octets, _ in played] == [(TUN, packet)]


def test_what_zep_says_of_the_radio_travels_in_pcap_messages(bus_tool, witness, tmp_path):
    path = tmp_path / "in.pcap"
    message = ipv4(zep(TI, crc=False))
    path.write_bytes(pcap(1, [(ETHERNET + message, 14 + len(message))]))
    listener = witness("framebus.#")
    bus_tool("amqp-play", "-n", "agent_1", "-r", path, "--encoding", "pcap", wait=False).wait(status=0)
    (tmp_path / "out.pcap").write_bytes(listener.get().body)
    assert tshark(tmp_path / "out.pcap", "wpan-tap.ch_num", "wpan-tap.lqi", "wpan.seq_no") == [["15", "255", "42"]]


# --- times ---

@pytest.mark.parametrize("resolution,units,offset", [
    (0, 2**64 - 1, None), (0x80, 2**63, 0), (6, 0, 2**63 - 1), (6, 2**64 - 1, 2**62), (6, 1, -2**63), (9, 2**64 - 1, None), (3, 2**60, None),
])
def test_times_that_overflow_are_none(play, resolution, units, offset):
    for form in LITTLE, BIG:
        octets = (form.section() + form.interface(230, 0, resolution, offset) + form.interface(230) + form.packet(1, DATA, BASE // 1000) +
                  form.packet(0, OTHER, units) + form.packet(1, DATA, BASE // 1000 + 1000))
        tool, played = play(octets)
        assert [(octets, int(float(time))) for _, octets, time in played] == [(DATA, BASE // 10**9), (OTHER, 0), (DATA, BASE // 10**9)]
        assert tool.stderr.count("in.pcapng: times before 1677-09-21 and after 2262-04-11 cannot be held: they are read as 0 (1970)") == 1


@pytest.mark.parametrize("encoding,end", [("json", 2**33), ("pcap", 2**32)])
def test_times_that_a_message_has_no_room_for_are_said(bus_tool, witness, tmp_path, encoding, end):
    """The first and the last that fit; those before and behind them; seconds since 1970."""
    def play(*seconds):
        octets = [LITTLE.packet(0, DATA, s + 10**10) for s in seconds]
        (tmp_path / "in.pcapng").write_bytes(LITTLE.section() + LITTLE.interface(230, 0, 0, -10**10) + b"".join(octets))
        tool = bus_tool("amqp-play", "-n", "agent_1", "-r", tmp_path / "in.pcapng", "--encoding", encoding, "--speed", "0", wait=False)
        witness("#")
        tool.wait(status=0)
        return tool.stderr
    assert "do not fit" not in play(0, 1, end - 1)
    for beyond in (-1, -10**9, *([end, 2 * end] if encoding == "pcap" else [])):
        said = play(1, beyond, 2)
        assert len(re.findall(r"(?m)^amqp-play: /.*in\.pcapng: times before 1970 .*: they are published as 0", said)) == 1, (beyond, said)


def test_a_long_pause_is_told_of_and_bounded(bus_tool, play, tmp_path):
    gap = pcap_bytes(230, [(10**9, DATA), (BASE, OTHER), (BASE + 10**5, DATA)])
    tool, played = play(gap, "--max-gap", "0.2", name="in.pcap")
    assert octets_of(played) == [DATA, OTHER, DATA] and "max-gap" not in tool.stderr
    waits = bus_tool("amqp-play", "-n", "agent_1", "-r", tmp_path / "in.pcap")
    waits.wait_stderr(r"in\.pcap: the next packet is due in 53 years, as it was captured \(--max-gap SECONDS bounds such pauses\)")
    waits.stop()
    tool, played = play(pcap_bytes(230, [(0, DATA), (BASE, OTHER), (BASE + 10**5, DATA)]), name="in.pcap")
    assert octets_of(played) == [DATA, OTHER, DATA] and "begins without a time (0), and goes on 53 years later" in tool.stderr


# --- nothing to play ---

@pytest.mark.parametrize("octets,words", [
    (gzip.compress(b""), "zcat FILE |"), (gzip.compress(pcap(230, [(DATA, 10)])), "zcat FILE |"), (lzma.compress(b"x" * 99), "xzcat FILE |"),
    (bz2.compress(b"x" * 99), "bzcat FILE |"), (b"\x28\xb5\x2f\xfd" + bytes(40), "zstdcat FILE |"), (b"\x04\x22\x4d\x18" + bytes(40), "lz4cat FILE |"),
    (b"\x1f\x9d\x90" + bytes(40), "zcat FILE |"), (b"PK\3\4" + bytes(40), "unzip -p FILE |"),
    (b"7z\xbc\xaf\x27\x1c" + bytes(40), "7z x -so FILE |"), (b"LZIP\1" + bytes(40), "lzip -cd FILE |"),
], ids=["gzip-empty", "gzip", "xz", "bzip2", "zstd", "lz4", "compress", "zip", "7z", "lzip"])
def test_what_is_packed_is_told(play, octets, words):
    assert words in play(octets, status=1)[0].stderr


@pytest.mark.parametrize("octets,words", [
    (pcap(283, [(b"\1\0\4\0" + DATA, 4 + len(DATA))] * 3), "nothing can be played of 3 packets: 3 too short"),
    (pcap(101, [(b"\0" * 20, 20)]), "1 neither IPv4 nor IPv6"),
    (LITTLE.section() + LITTLE.interface(147) + LITTLE.packet(0, bytes(60)), "link type 147"),
    (LITTLE.section() + LITTLE.interface(147) + LITTLE.packet(0, bytes(60)), "nothing can be played of 1 packets: 1 of other link types"),
    (LITTLE.section() + LITTLE.interface(1) + LITTLE.packet(0, bytes(60)), "nothing can be played of 1 packets: 1 neither IPv4 nor IPv6"),
    (pcap(230, [(b"", 0)]), "nothing can be played of 1 packets"),
])
def test_nothing_that_can_be_played_is_a_failure(play, octets, words):
    tool, played = play(octets, status=1)
    assert played == [] and words in tool.stderr


def test_a_part_that_can_be_played_is_played(play):
    octets = (LITTLE.section() + LITTLE.interface(147) + LITTLE.interface(230) + LITTLE.packet(0, bytes(60)) + LITTLE.packet(1, DATA) +
              LITTLE.packet(0, bytes(60)))
    tool, played = play(octets)
    assert octets_of(played) == [DATA] and tool.stderr.count("link type 147 are left out") == 1
    assert "2 of 3 packets were left out: 2 of other link types" in tool.stderr


def test_an_empty_capture_is_no_failure(play):
    assert play(LITTLE.section())[1] == []
