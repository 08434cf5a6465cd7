"""slip-dump from the outside: a port, a file or standard input in; captures, rotations, readable lines or Wireshark out."""
import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

import harness
from harness import Tool, pcap_records, tshark

END = b"\xc0"
DATA = bytes.fromhex("41d8cecdabffff9ced3304004b120041600000000063a40fe80000000000")
ACK = bytes.fromhex("02006a")
TCGETS2 = 0x802C542A
LINK_WITHFCS, LINK_NOFCS, LINK_TAP = 195, 230, 283


def slip(frame):
    return END + frame.replace(b"\xdb", b"\xdb\xdd").replace(END, b"\xdb\xdc") + END


def fcs16(frame):
    """The standard's bit by bit, unlike ours."""
    fcs = 0
    for octet in frame:
        for bit in range(8):
            fcs = (fcs >> 1) ^ (0x8408 if (fcs ^ (octet >> bit)) & 1 else 0)
    return struct.pack("<H", fcs)


def numbered(count):
    return [DATA[:2] + bytes([i & 255]) + DATA[3:] + struct.pack("<H", i) for i in range(count)]


def run(*arguments, stdin=b"", status=0, timeout=30):
    """slip-dump to its end: (stdout, stderr, the last statistics)."""
    done = subprocess.run([str(harness.binaries_folder() / "slip-dump"), "--stats=json", *map(str, arguments)], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False)
    words = done.stderr.decode()
    assert done.returncode == status, f"status {done.returncode}: {words}"
    assert "Sanitizer" not in words and "runtime error" not in words, words
    reports = Tool._reports(done.stderr)
    if reports:
        check_sums(reports[-1])
    return done.stdout, words, reports[-1] if reports else None


def check_sums(s):
    delivered = s["probe.fcs_good"] + s["probe.fcs_bad"] + s["probe.unchecked"]
    assert s["slip.frames"] == delivered + s["probe.too_short"], s
    assert delivered == s["line.passed"] + s["line.dropped_no_room"] + s["line.dropped_bad_fcs"], s
    assert s["line.passed"] == s["output.written"] + s["output.left_over"] + s["output.dropped_no_reader"] + s.get("filter.left_out", 0), s
    if "filter.passed" in s:
        assert s["filter.passed"] + s["filter.left_out"] == s["line.passed"] + s["line.dropped_no_room"], s


def frames_of(capture, link_type=LINK_NOFCS):
    found, records = pcap_records(capture)
    assert found == link_type
    return [r.data for r in records]


@pytest.fixture
def slip_dump(tool):
    return lambda *arguments, **options: tool("slip-dump", *arguments, **options)


# --- streams ---

STREAMS = {
    "one frame": (slip(b"\1\2\3"), [b"\1\2\3"]),
    "shared ENDs": (b"\xc0\1\xc0\2\xc0\3\xc0", [b"\1", b"\2", b"\3"]),
    "idle ENDs": (END * 9 + slip(b"\1") + END * 4, [b"\1"]),
    "escapes": (slip(b"\xc0\xdb\xdc\xdd"), [b"\xc0\xdb\xdc\xdd"]),
    "starts in mid-frame": (b"\3\4" + slip(b"\5") + slip(b"\6"), [b"\5", b"\6"]),
    "boot text": (b"Contiki-NG\r\n" + slip(ACK), [ACK]),
    "bad escape": (b"\xc0\1\xdb\xaa\2\xc0" + slip(b"\3"), [b"\3"]),
    "cut off": (slip(b"\1") + b"\xc0\2\3", [b"\1"]),
    "overlong": (slip(bytes(128)) + slip(bytes(127)), [bytes(127)]),
    "nothing": (b"", []),
    "ENDs alone": (END * 3, []),
}


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name, tmp_path):
    stream, frames = STREAMS[name]
    status = 0 if frames else 1
    assert frames_of(run("-r", "-", "-w", "-", "--fcs", "none", "--max-frame", 127, stdin=stream, status=status)[0]) == frames
    path = tmp_path / "stream"
    path.write_bytes(stream)
    run("-r", path, "-w", tmp_path / "out.pcap", "--fcs", "none", "--max-frame", 127, status=status)
    assert frames_of((tmp_path / "out.pcap").read_bytes()) == frames


def test_corpus_streams(corpus):
    for line in (corpus / "slip" / "streams.tsv").read_text().splitlines()[1:]:
        name, stream, frames = line.split("\t")[:3]
        # Longer than a radio frame can be, or text: the rules of the stream deliver it, a probe's line does not.
        wanted = [f for f in (bytes.fromhex(x) for x in frames.split(";") if x) if len(f) <= 127 and not re.fullmatch(rb"[\t\n\r -~]{4,}", f)]
        out, _, stats = run("-r", "-", "-w", "-", "--fcs", "none", "--max-frame", 127, stdin=bytes.fromhex(stream), status=0 if wanted else 1)
        assert frames_of(out) == wanted, name
        assert stats["slip.octets"] == len(stream) // 2, name


def test_what_is_left_out_is_counted_under_its_name():
    stream = b"boot" + slip(b"\1") + END * 2 + b"\1\xdb\1" + slip(bytes(200)) + b"\3\4"
    _, words, stats = run("-r", "-", "-w", "-", "--max-frame", 127, stdin=stream)
    wanted = {"octets": len(stream), "frames": 1, "bad_escape": 1, "overlong": 1, "before_first_end": 4, "unfinished": 1}
    assert {k: stats[f"slip.{k}"] for k in wanted} == wanted
    assert stats["slip.empty"] >= 2
    assert "ends inside a frame: its 2 octets are left out" in words


def test_timestamps_are_now_in_nanoseconds():
    before = time.time_ns()
    out, _, _ = run("-r", "-", "-w", "-", stdin=slip(ACK))
    assert out[:4] == struct.pack("<I", 0xA1B23C4D)
    assert before <= pcap_records(out)[1][0].time_ns <= time.time_ns()


def test_readable_lines():
    out, _, _ = run("-r", "-", stdin=slip(DATA) + slip(ACK) + slip(b"\xff\xff"))
    lines = out.decode().splitlines()
    assert len(lines) == 3
    for line in lines:
        assert re.match(r"\d\d:\d\d:\d\d\.\d{6} \S", line), line
    assert "Data" in lines[0] and "00:12:4b:00:04:33:ed:9c" in lines[0] and "abcd" in lines[0]
    assert "Ack" in lines[1] and "seq 106" in lines[1]


# --- what ends a frame ---

def ti(frame, dbm, crc_ok, correlation):
    return frame + struct.pack("bB", dbm + 73, (0x80 if crc_ok else 0) | correlation)


def fcs_verdicts(capture):
    """tshark's: 1 right (also where there is none), 0 wrong."""
    return [row[0] for row in tshark(capture, "wpan.fcs_ok")]


def test_crc16_in_each_link_type():
    good, bad = DATA + fcs16(DATA), DATA + bytes([fcs16(DATA)[0] ^ 1, fcs16(DATA)[1]])
    stream = slip(good) + slip(bad) + slip(b"\1\2")
    tap, _, stats = run("-r", "-", "-w", "-", "--fcs", "crc16", stdin=stream)
    assert (stats["probe.fcs_good"], stats["probe.fcs_bad"], stats["probe.too_short"]) == (1, 1, 1)
    assert pcap_records(tap)[0] == LINK_TAP, "the link type that says what the FCS is"
    assert fcs_verdicts(tap) == ["1", "0"]
    out, _, _ = run("-r", "-", "-w", "-", "--fcs", "crc16", "--dlt", "withfcs", stdin=stream)
    assert frames_of(out, LINK_WITHFCS) == [good, bad]
    out, _, stats = run("-r", "-", "-w", "-", "--fcs", "crc16", "--dlt", "nofcs", stdin=stream)
    assert frames_of(out) == [DATA], "there is no way to say that a frame is bad"
    assert stats["line.dropped_bad_fcs"] == 1


def test_ti_metadata_reaches_wireshark():
    stream = slip(ti(DATA, -71, True, 105)) + slip(ti(DATA, -95, False, 40))
    out, _, _ = run("-r", "-", "-w", "-", "--fcs", "ti", stdin=stream)
    rows = tshark(out, "wpan.fcs_ok", "wpan-tap.rss", "wpan-tap.lqi", "wpan.src64")
    assert [row[0] for row in rows] == ["1", "0"]
    assert [float(row[1]) for row in rows] == [-71, -95]
    assert [int(row[2]) for row in rows] == [105, 40]
    assert rows[0][3] == "00:12:4b:00:04:33:ed:9c"
    out, _, _ = run("-r", "-", "-w", "-", "--fcs", "ti", "--rssi-offset", "-45", stdin=stream)
    assert float(tshark(out, "wpan-tap.rss")[0][0]) == -43
    out, _, _ = run("-r", "-", "-w", "-", "--fcs", "ti", "--dlt", "withfcs", stdin=stream)
    assert frames_of(out, LINK_WITHFCS) == [DATA + fcs16(DATA), DATA + bytes(o ^ 255 for o in fcs16(DATA))]


def test_without_fcs_the_other_link_types_are_true():
    out, _, _ = run("-r", "-", "-w", "-", "--dlt", "withfcs", stdin=slip(DATA))
    assert frames_of(out, LINK_WITHFCS) == [DATA + fcs16(DATA)]
    out, _, _ = run("-r", "-", "-w", "-", "--dlt", "tap", stdin=slip(DATA))
    assert tshark(out, "wpan-tap.fcs_type", "wpan.seq_no") == [["0", "206"]]


@pytest.mark.parametrize("line", ["none", "crc16", "ti"])
def test_auto_finds_out(line):
    ends = {"none": lambda f: f, "crc16": lambda f: f + fcs16(f), "ti": lambda f: ti(f, -60 - f[2] % 20, True, 90 + f[2] % 17)}
    sent = [frame for i, f in enumerate(numbered(20)) for frame in (f, ACK[:2] + bytes([i]))]
    out, _, stats = run("-r", "-", "-w", "-", "--fcs", "auto", stdin=b"".join(slip(ends[line](f)) for f in sent))
    rows = tshark(out, "wpan-tap.fcs_type", "wpan.fcs_ok", "wpan.seq_no")
    wanted = [["0" if line == "none" else "1", "1", str(f[2])] for f in sent]
    undecided = stats["probe.undecided"]
    # Of TI's the ninth frame decides, and of a file it is known before the first is read.
    assert undecided == {"none": 40, "crc16": 0, "ti": 0}[line] and rows[undecided:] == wanted[undecided:]


def test_readable_lines_show_the_verdict_and_the_signal():
    stream = slip(ti(DATA, -71, True, 105)) + slip(ti(DATA, -95, False, 40))
    lines = run("-r", "-", "--fcs", "ti", stdin=stream)[0].decode().splitlines()
    assert lines[0].endswith(", -71 dBm") and "bad FCS" not in lines[0]
    assert lines[1].endswith(", bad FCS, -95 dBm")


# --- a port ---

def test_port_to_pipe_frame_by_frame(slip_dump, probe, tmp_path):
    mote = probe()
    dump = slip_dump("--fcs", "none", "-p", tmp_path / "probe", "-w", "-")
    for count, frame in enumerate([ACK, DATA, bytes(127)], 1):
        mote.send(frame)
        # Each is there before the next is sent.
        out = dump.wait_stdout(lambda data, n=count: data if len(data) > 24 and len(pcap_records(data)[1]) == n else None)
        assert frames_of(out)[-1] == frame
    stats = dump.stop()
    check_sums(stats)
    assert stats["output.written"] == 3


def test_port_to_file_and_lines(slip_dump, probe, tmp_path):
    mote = probe()
    dump = slip_dump("--fcs", "none", "-p", tmp_path / "probe", "-w", tmp_path / "a.pcap")
    frames = numbered(500)
    mote.send(*frames)
    dump.wait_stats(lambda s: s["line.passed"] == 500)
    check_sums(dump.stop())
    assert frames_of((tmp_path / "a.pcap").read_bytes()) == frames
    lines = slip_dump("--fcs", "none", "-p", tmp_path / "probe")
    mote.send(ACK)
    lines.wait_stdout(lambda data: b"Ack" in data and data.endswith(b"\n"))
    lines.stop(signal.SIGINT)


def test_a_quiet_file_is_flushed_within_seconds(slip_dump, probe, tmp_path):
    mote = probe()
    slip_dump("-p", tmp_path / "probe", "-w", tmp_path / "a.pcap")
    mote.send(ACK)
    harness.wait_until(lambda: (tmp_path / "a.pcap").stat().st_size > 24, what="the record in the file")


def test_count_ends_it(slip_dump, probe, tmp_path):
    mote = probe()
    dump = slip_dump("--fcs", "none", "-p", tmp_path / "probe", "-w", "-", "-c", 3)
    mote.send(*numbered(10))
    dump.wait(status=0)
    assert frames_of(dump.stdout) == numbered(3)
    check_sums(dump.final_stats())
    assert frames_of(run("--fcs", "none", "-r", "-", "-w", "-", "-c", 2, stdin=slip(ACK) * 5)[0]) == [ACK] * 2


def test_unplugged_port(slip_dump, probe, tmp_path):
    mote = probe()
    dump = slip_dump("--fcs", "none", "-p", tmp_path / "probe", "-w", tmp_path / "a.pcap")
    mote.send(ACK)
    dump.wait_stats(lambda s: s["line.passed"] == 1)
    mote.unplug()
    assert dump.wait_stats(lambda s: s["port.lost"] == 1)
    dump.wait_stderr("the port is gone")
    check_sums(dump.stop())
    assert frames_of((tmp_path / "a.pcap").read_bytes()) == [ACK], "what came before is there"


def test_ports_that_cannot_be_opened(slip_dump, probe, tmp_path):
    probe()
    first = slip_dump("-p", tmp_path / "probe")
    words = run("-p", tmp_path / "probe", status=1)[1]
    assert "in use" in words and f"process {first.pid}" in words
    assert "no such port" in run("-p", "/dev/no-such-port", status=1)[1]
    assert "not a terminal" in run("-p", "/dev/null", status=1)[1]
    assert "not a terminal" in run("-p", __file__, status=1)[1]
    kept = tmp_path / "kept.pcap"
    kept.write_bytes(b"an older capture")
    run("-p", "/dev/no-such-port", "-w", kept, status=1)
    assert kept.read_bytes() == b"an older capture"


def test_baud_rate_and_flow_control(slip_dump, tmp_path):
    master, slave = os.openpty()
    slip_dump("-p", os.ttyname(slave), "-b", 460800)
    iflag, _, cflag, lflag, _, _, _ = termios.tcgetattr(slave)
    speed = struct.unpack("=4I20s2I", fcntl.ioctl(slave, TCGETS2, bytes(44)))[-1]
    assert speed == 460800
    assert not iflag & (termios.IXON | termios.IXOFF) and not lflag and not cflag & termios.CRTSCTS and not cflag & termios.HUPCL
    os.close(slave)
    os.close(master)


# --- ends ---

def stopped_in_time(tool, sig=signal.SIGTERM):
    started = time.monotonic()
    stats = tool.stop(sig)
    assert time.monotonic() - started < harness.STOP_SECONDS
    check_sums(stats)
    return stats


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_stops_while_standard_input_is_idle(slip_dump, sig):
    dump = slip_dump("--fcs", "none", "-r", "-", "-w", "-", stdin=subprocess.PIPE)
    dump.stdin.write(slip(ACK))
    dump.stdin.flush()
    dump.wait_stdout(24 + 16 + 3)
    stopped_in_time(dump, sig)
    assert frames_of(dump.stdout) == [ACK]


@pytest.mark.parametrize("source", ["port", "file"])
def test_stops_while_nobody_reads_a_full_pipe(slip_dump, probe, tmp_path, source):
    reader, writer = os.pipe()
    stream = b"".join(slip(f) for f in numbered(3000))
    if source == "port":
        mote = probe()
        dump = slip_dump("--fcs", "none", "-p", tmp_path / "probe", "-w", "-", stdout=writer)
        mote.raw(stream)
        dump.wait_stats(lambda s: s["line.passed"] == 3000)
    else:
        (tmp_path / "stream").write_bytes(stream)
        dump = slip_dump("--fcs", "none", "-r", tmp_path / "stream", "-w", "-", stdout=writer)
        harness.wait_until(lambda: not _takes_more(writer), what="a full pipe")
    os.close(writer)
    stats = stopped_in_time(dump)
    with os.fdopen(reader, "rb") as pipe:
        frames = frames_of(pipe.read())
    assert frames == numbered(3000)[:len(frames)] and 0 < len(frames) < 3000
    assert stats["output.written"] == len(frames)


def _takes_more(pipe):
    import select
    return bool(select.select([], [pipe], [], 0)[1])


def test_stops_while_a_fifo_has_no_reader_and_no_writer(slip_dump, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    writer = slip_dump("-r", "-", "-w", tmp_path / "fifo", stdin=subprocess.PIPE, wait=False)
    reader = slip_dump("-r", tmp_path / "fifo", "-w", "-", wait=False)
    for dump in (writer, reader):
        harness.wait_until(lambda d=dump: _ignores_sigterm_default(d.pid), what="its signals are its own")
        stopped_in_time(dump)


def _ignores_sigterm_default(pid):
    """Whether the process has blocked SIGTERM: from then on it is the tool that ends, not the kernel that ends it."""
    status = open(f"/proc/{pid}/status", encoding="ascii").read()
    return int(re.search(r"SigBlk:\t(\w+)", status).group(1), 16) >> (signal.SIGTERM - 1) & 1


@pytest.mark.parametrize("to", ["capture", "lines"])
def test_a_reader_that_goes_away_is_a_normal_end(slip_dump, probe, tmp_path, to):
    probe()
    reader, writer = os.pipe()
    dump = slip_dump("-p", tmp_path / "probe", *(["-w", "-"] if to == "capture" else []), stdout=writer)
    os.close(writer)
    os.close(reader)
    dump.wait(status=0)  # though nothing comes down the line
    reader, writer = os.pipe()
    os.close(reader)
    dump = slip_dump("-r", "-", *(["-w", "-"] if to == "capture" else []), stdin=subprocess.PIPE, stdout=writer, wait=False)
    os.close(writer)
    dump.stdin.write(slip(ACK) * 10)
    dump.stdin.close()
    dump.wait(status=0)
    check_sums(dump.final_stats())


def test_a_full_disk_is_a_failure():
    _, words, stats = run("-r", "-", "-w", "/dev/full", stdin=slip(ACK), status=1)
    assert "/dev/full: No space left on device" in words
    assert "No such file" in run("-r", "-", "-w", "/no/such/folder/a.pcap", status=1)[1]
    assert "No such file" in run("-r", "/no/such/file", status=1)[1]
    assert "directory" in run("-r", "/", status=1)[1]
    with open("/dev/full", "wb") as full:
        dump = Tool("slip-dump", "-r", "-", stdin=subprocess.PIPE, stdout=full)
        dump.stdin.write(slip(ACK))
        dump.stdin.close()
        dump.wait(status=1)
        assert "No space left on device" in dump.stderr
        dump.close()


NO_SPACE = "No space left on device"


@pytest.mark.parametrize("options", [[], ["-U"], ["-C", "1"], ["-G", "60"], ["-c", "1800"]])
def test_a_disk_that_fills_up_is_named_with_its_reason(small_disk, options):
    capture = small_disk / "a.pcap"
    frames = numbered(3000)
    _, words, stats = run("--fcs", "none", "-r", "-", "-w", capture, *options, stdin=b"".join(map(slip, frames)), status=1)
    assert words.splitlines()[0] == f"slip-dump: {capture}: {NO_SPACE}"
    written = frames_of(capture.read_bytes())
    assert written == frames[:len(written)] and 0 < len(written) == stats["output.written"]


def test_lines_on_a_disk_that_fills_up(small_disk):
    with open(small_disk / "lines", "wb") as lines:
        dump = Tool("slip-dump", "-r", "-", stdin=subprocess.PIPE, stdout=lines)
    dump.stdin.write(b"".join(slip(frame) for frame in numbered(3000)))
    dump.stdin.close()
    dump.wait(status=1)
    assert f"slip-dump: standard output: {NO_SPACE}\n" in dump.stderr
    assert dump.final_stats()["output.written"] == (small_disk / "lines").read_bytes().count(b"\n") > 0
    dump.close()


# --- rotation ---

def files_in(folder):
    return {p.name: p.stat().st_size for p in sorted(folder.iterdir())}


@pytest.mark.parametrize("options", [["-C", "1"], ["-C", "1", "-W", "2"], ["-C", "1", "-W", "1"], ["-C", "1", "-W", "11"]])
def test_rotation_by_size_is_tcpdumps(tmp_path, options):
    frames = [bytes([0x41, 0xD8, i & 255]) + bytes(120) for i in range(25000)]
    stream = tmp_path / "stream"
    stream.write_bytes(b"".join(slip(f) for f in frames))
    whole, ours, theirs = tmp_path / "whole.pcap", tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    run("--fcs", "none", "-r", stream, "-w", whole)
    _, _, stats = run("--fcs", "none", "-r", stream, "-w", ours / "x", *options)
    subprocess.run(["tcpdump", "-r", whole, "-w", theirs / "x", "-Z", "root", *options], check=True, capture_output=True)
    # Numbers stand before the suffix, here behind a dot; else all is the same.
    assert files_in(ours) == {re.sub(r"^x(\d+)$", r"x.\1", name): size for name, size in files_in(theirs).items()}
    assert stats["output.written"] == 25000
    if "-W" not in options:
        assert [f for p in sorted(ours.iterdir(), key=lambda p: int(p.suffix[1:] or 0)) for f in frames_of(p.read_bytes())] == frames


def test_rotation_sizes_have_units(tmp_path):
    stream = b"".join(slip(f) for f in numbered(200))
    run("--fcs", "none", "-r", "-", "-w", tmp_path / "x", "-C", "1k", stdin=stream)
    sizes = files_in(tmp_path)
    assert len(sizes) > 5
    last = f"x.{len(sizes) - 1}"
    assert all(1024 < size < 1024 + 200 for name, size in sizes.items() if name != last), sizes
    assert sum(len(frames_of((tmp_path / name).read_bytes())) for name in sizes) == 200


def test_rotation_by_time_ends_after_the_last_file(slip_dump, probe, tmp_path):
    mote, captured = probe(), [[]]
    for attempt in range(20):
        out = tmp_path / f"out{attempt}"
        out.mkdir()
        dump = slip_dump("--fcs", "none", "-p", tmp_path / "probe", "-w", out / "x-%s", "-G", 1, "-W", 2)
        mote.send(ACK)
        harness.wait_until(lambda out=out: time.time() >= first_period(out) + 1)
        mote.send(DATA)
        dump.wait(status=0)  # by itself, on an idle line
        captured = [frames_of((out / name).read_bytes()) for name in sorted(files_in(out))]
        check_sums(dump.final_stats())
        if captured[0]:  # else the first second was over when the first frame came
            break
    assert captured == [[ACK], [DATA]]


def first_period(folder):
    return int(sorted(files_in(folder))[0].split("-")[1])


def test_flush_each_frame_into_a_file(slip_dump, tmp_path):
    dump = slip_dump("--fcs", "none", "-r", "-", "-w", tmp_path / "a.pcap", "-U", stdin=subprocess.PIPE)
    dump.stdin.write(slip(ACK))
    dump.stdin.flush()
    dump.wait_stats(lambda s: s["output.written"] == 1)
    assert frames_of((tmp_path / "a.pcap").read_bytes()) == [ACK]


# --- Wireshark ---

def extcap(*arguments, status=0):
    return run(*arguments, status=status)[0].decode().splitlines()


def test_extcap_answers():
    interfaces = extcap("--extcap-interfaces", "--extcap-version=4.0")
    assert re.match(r"extcap \{version=[\d.]+\}", interfaces[0])
    assert any(line.startswith("interface {value=slip-dump}{display=") for line in interfaces)
    assert extcap("--extcap-dlts", "--extcap-interface", "slip-dump") == [
        "dlt {number=283}{name=IEEE802_15_4_TAP}{display=IEEE 802.15.4 with TAP pseudo-header}"]
    config = extcap("--extcap-config", "--extcap-interface", "slip-dump", "--extcap-something-new", "x")
    calls = re.findall(r"arg \{number=\d+\}\{call=(--[\w-]+)\}", "\n".join(config))
    assert calls == ["--port", "--baud", "--firmware", "--channel", "--fcs", "--rssi-offset", "--probe-clock", "--max-frame", "--filter", "--flow",
                     "--reset", "--wait-port"]
    assert re.findall(r"value \{arg=2\}\{value=([\w-]+)\}", "\n".join(config)) == [
        "raw", "serial-radio", "sensniff", "nrf-sniffer", "spinel"]
    assert "--port" not in "\n".join(extcap("--extcap-config", "--extcap-interface", "/dev/tty"))


@pytest.mark.parametrize("by_interface", [True, False])
def test_extcap_capture(slip_dump, probe, tmp_path, by_interface):
    mote = probe()
    port = tmp_path / "probe"
    os.mkfifo(tmp_path / "fifo")
    chosen = ["--extcap-interface", port] if by_interface else ["--extcap-interface", "slip-dump", "--port", port]
    dump = slip_dump("--capture", *chosen, "--fifo", tmp_path / "fifo", "--extcap-control-in", "/nowhere", wait=False)
    with open(tmp_path / "fifo", "rb") as fifo:
        dump.wait_ready()
        mote.send(DATA + fcs16(DATA))
        data = b""
        while len(data) <= 24:
            data += os.read(fifo.fileno(), 65536)
        assert pcap_records(data)[0] == LINK_TAP
        assert fcs_verdicts(data) == ["1"], "auto is in force though no option says so"
    dump.wait(status=0)  # Wireshark has closed its end


def test_extcap_without_a_port_says_so():
    words = run("--capture", "--extcap-interface", "slip-dump", "--fifo", "/dev/null", status=2)[1]
    assert "--extcap-interface 'slip-dump': no serial port is chosen" in words


def test_tshark_captures_through_extcap(probe, tmp_path):
    mote = probe()
    folder = tmp_path / ".config" / "wireshark" / "extcap"
    folder.mkdir(parents=True)
    (folder / "slip-dump").symlink_to(harness.binaries_folder() / "slip-dump")
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    listed = subprocess.run(["tshark", "-D"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=50, check=True)
    assert b"slip-dump" in listed.stdout, listed
    shark = subprocess.Popen(["tshark", "-n", "-l", "-i", "slip-dump", "-o", f"extcap.slip_dump.port:{tmp_path / 'probe'}", "-c", "2",
                              "-T", "fields", "-e", "wpan.frame_type", "-e", "wpan.fcs_ok"], env=environment,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        harness.wait_until(lambda: has_open(tmp_path / "probe"), what="slip-dump has the port open")
        mote.send(ACK + fcs16(ACK), DATA + fcs16(DATA))
        out, words = shark.communicate(timeout=30)
    finally:
        shark.kill()
        shark.wait()
    assert out.decode().split("\n")[:2] == ["0x0002\t1", "0x0001\t1"], words


def has_open(link):
    """Whether a slip-dump has this port open, and its thread that reads it is there: what came before is left out."""
    port = os.path.realpath(link)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if open(f"/proc/{pid}/comm", encoding="ascii").read() == "slip-dump\n" and port in (
                    os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")):
                return "port\n" in [open(f"/proc/{pid}/task/{task}/comm", encoding="ascii").read() for task in os.listdir(f"/proc/{pid}/task")]
        except OSError:
            continue
    return False


# --- the command line ---

@pytest.mark.parametrize("arguments, words", [
    ([], "give -p PORT or -r FILE"),
    (["-p", "/dev/x", "-r", "-"], "exclude each other"),
    (["-r", "-", "-C", "1"], "-C and -G need -w FILE"),
    (["-r", "-", "-w", "-", "-G", "1"], "-C and -G need -w FILE"),
    (["-r", "-", "-w", "x", "-W", "1"], "-W needs -C, --file-frames or -G"),
    (["-r", "-", "-w", "x", "-C", "0"], "number of millions"),
    (["-r", "-", "-w", "x", "-C", "1x"], "number of millions"),
    (["-r", "-", "-w", "x", "-C", "99999999999999999999"], "number of millions"),
    (["-r", "-", "-w", "x", "-C", "-1"], "number of millions"),
    (["-r", "-", "-c", "0"], "whole number"),
    (["-p", "/dev/x", "-b", "fast"], "must be auto or a whole number from 50 to 12000000"),
    (["-r", "-", "--fcs", "crc8"], "must be one of none crc16 crc32 ti auto"),
    (["-r", "-", "-w", "-", "--fcs", "auto", "--dlt", "nofcs"], "--fcs auto needs --dlt tap"),
    (["-r", "-", "--rssi-offset", "far"], "from -128 to 127"),
    (["-r", "-", "file"], "unexpected argument"),
    (["-r", "-", "--fifo", "x"], "--fifo needs --capture"),
    (["-r", "-", "--no-such-option"], "--no-such-option: no such option"),
])
def test_wrong_usage(arguments, words):
    assert words in run(*arguments, status=2)[1]


@pytest.mark.parametrize("option", [["--baud", "9600"], ["--flow", "rtscts"], ["--dtr", "off"], ["--rts", "on"], ["--reset"], ["--hangup"], ["--wait-port"]])
def test_what_is_about_a_port_is_said_to_do_nothing_for_a_file(option):
    out, words, _ = run("-r", "-", *option, stdin=slip(ACK))
    assert f"{option[0]} is about a port" in words and b"Ack" in out


def test_it_needs_no_broker_library(binaries):
    needed = subprocess.run(["ldd", binaries / "slip-dump"], stdout=subprocess.PIPE, check=True, text=True).stdout
    assert "rabbitmq" not in needed and "libssl" not in needed
    assert "libserialport" in needed
