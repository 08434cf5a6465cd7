"""slip-dump with several probes at once: one capture in the order of time, an interface and statistics of each, one of them unplugged."""
import json
import os
import re
import socket
import subprocess

import pytest

from test_firmwares import simulated as air
from harness import tshark, wait_until
from test_port import Plug
from test_slip_dump import ACK, DATA, numbered, slip

RAW = ("--fcs", "none", "-U")
LINE = ("slip.frames", "slip.octets", "probe.unchecked", "probe.fcs_bad", "line.passed", "line.dropped_no_room")


def numbers(path, *fields):
    return tshark(path, "frame.interface_name", "wpan-tap.ch_num", "wpan.seq_no", *fields)


def check_sums(stats, count, outputs=1):
    for name in LINE:
        section, counter = name.split(".")
        assert stats[name] == sum(stats[f"{section}_{i}.{counter}"] for i in range(1, count + 1)), name
    for section in ["output"] + [f"output_{i}" for i in range(2, outputs + 1)]:
        ends = ("written", "left_over", "dropped_no_reader", "dropped_no_room")
        assert stats["line.passed"] - stats.get("filter.left_out", 0) == sum(stats[f"{section}.{end}"] for end in ends), (section, stats)


@pytest.fixture
def motes(tmp_path):
    made = []

    def make(count):
        made.extend(air.SerialRadio(tmp_path / f"mote_{i}") for i in range(count))
        return made
    yield make
    for mote in made:
        mote.close()


def test_one_capture_with_an_interface_each(tool, motes, tmp_path):
    one, two, three = motes(3)
    names = [f"{one.link}@15", f"{two.link}@20", str(three.link)]
    dump = tool("slip-dump", *RAW, *sum((["-p", n] for n in names), []), "-w", tmp_path / "a.pcapng", "-w", tmp_path / "a.pcap", "--json")
    for i, frame in enumerate(numbered(30)):
        (one, two, three)[i % 3].write(slip(frame))
        dump.wait_stats(lambda s: s["line.passed"] > i)  # so that there is one order
    dump.stop()
    rows = numbers(tmp_path / "a.pcapng", "frame.time_epoch")
    assert [row[:3] for row in rows] == [[names[i % 3], ["15", "20", ""][i % 3], str(i)] for i in range(30)]
    assert [row[1:] for row in numbers(tmp_path / "a.pcap", "frame.time_epoch")] == [row[1:] for row in rows], "TAP says the channel in a pcap, too"
    lines = [json.loads(line) for line in dump.stdout.decode().splitlines()]
    assert [line["probe"] for line in lines] == [names[i % 3] for i in range(30)]
    stats = dump.final_stats()
    check_sums(stats, 3, 3)
    assert [stats[f"line_{i}.passed"] for i in (1, 2, 3)] == [10, 10, 10]
    assert stats["air"][0]["frames"] == 30 and stats["air"][0]["missing"] == 0, "all of them, of a device that hops"
    assert [stats[f"air_{i}"][0]["frames"] for i in (1, 2, 3)] == [10, 10, 10] and stats["air_2"][0]["missing"] == 18
    for name in names:
        assert f"{name}: 10 frames, 0 dropped\n" in dump.stderr
    assert re.search(r"slip-dump: 30 frames, 0 dropped, \S+ s", dump.stderr)


def test_lines_say_which_probe(tool, motes, tmp_path):
    one, two = motes(2)
    dump = tool("slip-dump", *RAW, "--channel", 11, "-p", one.link, "-p", f"{two.link}@12")
    one.write(slip(ACK))
    dump.wait_stdout(lambda out: out.count(b"\n") == 1)
    two.write(slip(ACK))
    out = dump.wait_stdout(lambda out: out if out.count(b"\n") == 2 else None).decode().splitlines()
    dump.stop()
    assert re.fullmatch(rf"\S+ {one.link}@11 Ack v0 seq 106", out[0]) and re.fullmatch(rf"\S+ {two.link}@12 Ack v0 seq 106", out[1]), out


def test_a_silent_probe_holds_up_nobody(tool, motes, tmp_path):
    one, _ = motes(2)
    dump = tool("slip-dump", *RAW, "-p", one.link, "-p", _.link)
    for i in range(50):
        one.write(slip(numbered(i + 1)[i]))
    dump.wait_stdout(lambda out: out.count(b"\n") == 50)
    dump.stop()
    check_sums(dump.final_stats(), 2)


def test_every_file_names_all_probes_in_their_order(tool, motes, tmp_path):
    one, two, three = motes(3)
    dump = tool("slip-dump", *RAW, "-p", f"{one.link}@15", "-p", f"{two.link}@20", "-p", three.link, "-w", tmp_path / "a.pcapng", "--file-frames", "2")
    for i in range(3):
        three.write(slip(numbered(3)[i]))
    dump.wait_stats(lambda s: s["output.written"] == 3)
    dump.stop()
    for name, frames in ("a.pcapng", 2), ("a.1.pcapng", 1):
        said = subprocess.run(["capinfos", "-I", tmp_path / name], check=True, capture_output=True, text=True).stdout
        assert re.findall(r"  Name = (\S+)", said) == [f"{one.link}@15", f"{two.link}@20", str(three.link)]
        assert re.findall(r"Number of packets = (\d+)", said) == ["0", "0", str(frames)]


def test_what_waits_for_others_is_written_at_the_end(tool, motes, tmp_path):
    one, two = motes(2)
    dump = tool("slip-dump", *RAW, "-p", one.link, "-p", two.link, "-w", tmp_path / "a.pcap")
    one.write(slip(ACK) * 20)
    dump.wait_stats(lambda s: s["line.passed"] == 20)
    dump.stop()
    stats = dump.final_stats()
    check_sums(stats, 2)
    assert stats["output.written"] == 20 and stats["output.left_over"] == 0


def test_one_that_is_unplugged_leaves_the_others(tool, motes, tmp_path):
    (one,) = motes(1)
    plug = Plug(tmp_path / "plug")
    plug.put_in()
    dump = tool("slip-dump", *RAW, "-p", one.link, "-p", f"{plug.link}@12", "-w", tmp_path / "a.pcapng")
    plug.write(slip(ACK))
    dump.wait_stats(lambda s: s["line_2.passed"] == 1)
    plug.pull()
    dump.wait_stderr("plug: the port is gone")
    for frame in numbered(10):
        one.write(slip(frame))
    stats = dump.wait_stats(lambda s: s["output.written"] == 11)
    assert stats["port.lost"] == stats["port_2.lost"] == 1 and stats["port_1.lost"] == 0
    plug.put_in()
    dump.wait_stderr("the port is there again")
    plug.write(slip(ACK))
    dump.wait_stats(lambda s: s["output.written"] == 12)
    dump.stop()
    check_sums(dump.final_stats(), 2)
    assert [row[0] for row in numbers(tmp_path / "a.pcapng")].count(f"{plug.link}@12") == 2
    assert f"{plug.link}@12: 2 frames, 0 dropped, its port was gone 1 time" in dump.stderr
    plug.pull()


def test_one_that_is_not_there_yet_holds_up_nobody(tool, motes, tmp_path):
    (one,) = motes(1)
    plug = Plug(tmp_path / "plug")
    missing = tool("slip-dump", *RAW, "-p", one.link, "-p", plug.link, "-w", tmp_path / "no.pcap", wait=False, stats=False)
    missing.wait(status=1)
    assert "plug: no such port" in missing.stderr and not (tmp_path / "no.pcap").exists()
    dump = tool("slip-dump", *RAW, "-p", plug.link, "-p", one.link, "--wait-port")
    one.write(slip(ACK))
    dump.wait_stdout(lambda out: out.count(b"\n") == 1)
    plug.put_in()
    wait_until(lambda: b"Data" in dump.stdout or plug.write(slip(DATA)))
    dump.stop()
    assert dump.stderr.count("plug: waits for it") == 1
    plug.pull()


def test_tcp_with_a_channel(tool, motes, tmp_path):
    (one,) = motes(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        name = f"tcp:127.0.0.1:{server.getsockname()[1]}@26"
        dump = tool("slip-dump", *RAW, "-p", name, "-p", one.link, "-w", tmp_path / "a.pcapng")
        connection, _ = server.accept()
        connection.sendall(slip(ACK))
        dump.wait_stats(lambda s: s["output.written"] == 1)
        dump.stop()
        connection.close()
    assert [row[:2] for row in numbers(tmp_path / "a.pcapng")] == [[name, "26"]]


def test_a_name_with_an_at(tool, tmp_path):
    for real, given, name, channel in (("a@b", "a@b", "a@b", ""), ("c@15", "c@15", "c@15", ""), ("d@15", "d@15@16", "d@15@16", "16"),
                                       ("e@15", "e@15@", "e@15", ""), ("f@", "f@@", "f@", "")):
        mote = air.SerialRadio(tmp_path / real)
        dump = tool("slip-dump", *RAW, "-p", tmp_path / given, "-w", tmp_path / f"{real}.pcapng", "--dlt", "tap")
        mote.write(slip(ACK))
        dump.wait_stats(lambda s: s["output.written"] == 1)
        dump.stop()
        assert [row[:2] for row in numbers(tmp_path / f"{real}.pcapng")] == [[f"{tmp_path}/{name}", channel]], given
        mote.close()


def test_what_a_pcap_does_not_say_is_said(tool, motes, tmp_path):
    one, two = motes(2)
    dump = tool("slip-dump", *RAW, "-p", f"{one.link}@15", "-p", two.link, "--dlt", "nofcs", "-w", tmp_path / "a.pcap")
    dump.stop()
    assert dump.stderr.count("says neither which probe heard a frame nor on which channel") == 1


@pytest.mark.parametrize("channels, is_told", [(("", ""), True), (("@15", ""), True), (("@15", "@15"), True), (("@15", "@16"), False)])
def test_a_pcap_whose_channels_do_not_tell_probes_apart_is_said(tool, motes, tmp_path, channels, is_told):
    ports = sum((["-p", f"{mote.link}{channel}"] for mote, channel in zip(motes(2), channels)), [])
    dump = tool("slip-dump", *RAW, *ports, "-w", tmp_path / "a.pcap", "-w", tmp_path / "a.pcapng")
    dump.stop()
    assert dump.stderr.count("a.pcap: does not say which probe heard a frame (--format pcapng does)") == is_told
    assert dump.stderr.count("does not say which probe") == is_told, "not of a pcapng"


@pytest.mark.parametrize("name, arguments, words", [
    ("slip-dump", ["-p", "{0}", "-p", "{0}"], "are one and the same port"),
    ("slip-dump", ["-p", "{0}@11", "-p", "{1}@12"], "are one and the same port"),
    ("slip-dump", ["-p", "tcp:x:1@11", "-p", "tcp:x:1"], "are one and the same port"),
    ("slip-dump", sum((["-p", f"/dev/x{i}"] for i in range(17)), []), "17 probes: at the most 16 are possible"),
    ("slip-dump", ["-p", "/dev/x@99"], "-p '/dev/x@99': --firmware raw has channels 0 to 26 (see"),
    ("slip-dump", ["-p", "/dev/y", "-p", "/dev/x@10", "--firmware", "nrf-sniffer"], "slip-dump: -p '/dev/x@10': --firmware nrf-sniffer has channels 11 to 26"),
    ("slip-dump", ["-p", "/dev/x@99999999"], "the channel behind the @ must be a whole number"),
    ("slip-dump", ["-p", "@15"], "no port is named before the @"),
    ("slip-dump", ["-p", "tcp:x"], "'tcp:x': is not tcp:HOST:PORT"),
    ("slip-dump", ["-p", "/dev/y", "-p", "tcp:x:99999@15"], "'tcp:x:99999': is not tcp:HOST:PORT"),
    ("slip-dump", ["-p", "tcp:x:", "--wait-port"], "is not tcp:HOST:PORT"),
    ("slip-dump", ["-p", "/dev/x", "--channel", "99"], "--channel '99': --firmware raw has channels 0 to 26"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x", "-p", "/dev/y"], "is given twice, and takes one"),
    ("amqp-serial", ["-n", "a", "-p", "tcp:x"], "is not tcp:HOST:PORT"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x@99"], "amqp-serial: -p '/dev/x@99': --firmware raw has channels 0 to 26"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x@10", "--mode", "passive", "--firmware", "nrf-sniffer"], "-p '/dev/x@10': --firmware nrf-sniffer has channels"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x", "--channel", "99"], "--channel '99'"),
])
def test_what_cannot_be_is_refused_at_the_start(tool, motes, tmp_path, name, arguments, words):
    (one,) = motes(1)
    other = tmp_path / "other"
    os.symlink(one.link, other)
    wrong = tool(name, *[a.format(one.link, other) for a in arguments], wait=False, stats=False)
    wrong.wait(status=2)
    assert words in wrong.stderr


def test_sixteen(tool, motes, tmp_path):
    made = motes(16)
    dump = tool("slip-dump", *RAW, *sum((["-p", f"{m.link}@{11 + i}"] for i, m in enumerate(made)), []), *sum((["-w", tmp_path / f"{i}.pcapng"] for i in range(8)), []))
    for frame in numbered(20):
        for mote in made:
            mote.write(slip(frame))
    dump.wait_stats(lambda s: s["output_8.written"] == 320 == s["output.written"])
    dump.stop()
    check_sums(dump.final_stats(), 16, 8)
    rows = numbers(tmp_path / "7.pcapng")
    assert sorted({tuple(row[:2]) for row in rows}) == sorted((f"{m.link}@{11 + i}", str(11 + i)) for i, m in enumerate(made)) and len(rows) == 320


def test_json_of_a_strange_name_is_json(tool, tmp_path):
    strange = tmp_path / 'm"\\é\U0001f600'
    made = [air.SerialRadio(strange), air.SerialRadio(tmp_path / "other")]
    dump = tool("slip-dump", *RAW, "-p", strange, "-p", tmp_path / "other", "--json")
    made[0].write(slip(ACK))
    line = dump.wait_stdout(lambda out: out if b"\n" in out else None)
    dump.stop()
    assert json.loads(line.decode("ascii"))["probe"] == str(strange)
    for mote in made:
        mote.close()
