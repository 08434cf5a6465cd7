"""slip-dump -r of captures: what tshark finds in them is what comes out, in every format and of every link type."""
import fcntl
import gzip
import json
import struct
import subprocess
import termios

import pytest

import harness
from harness import tshark
from test_amqp_play_captures import BIG, LITTLE, fcs32
from test_slip_dump import ACK, DATA, fcs16, frames_of, numbered, run, slip

FRAMES = numbered(20) + [ACK]
SEQS = [str(f[2]) for f in FRAMES]


def pcap(link_type, *packets):
    records = b"".join(struct.pack("<IIII", 1700000000 + i, 5, len(p), len(p)) + p for i, p in enumerate(packets))
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type) + records


def phy(frame):
    return b"\0\0\0\0\xa7" + bytes([len(frame) + 2]) + frame + fcs16(frame)


TAP = bytes.fromhex("00001c00" "01000400000080c2" "030003001a000000" + "0a00010063000000")
CAPTURES = {
    195: [f + fcs16(f) for f in FRAMES],
    215: [phy(f) for f in FRAMES],
    230: FRAMES,
    283: [TAP + f for f in FRAMES],
}


def as_pcapng(tmp_path, capture):
    (tmp_path / "x.pcap").write_bytes(capture)
    subprocess.run(["editcap", "-F", "pcapng", tmp_path / "x.pcap", tmp_path / "x.pcapng"], check=True)
    return (tmp_path / "x.pcapng").read_bytes()


def read(capture, *arguments, status=0):
    out, words, stats = run("-r", "-", *arguments, stdin=capture, status=status)
    rejected = sum(n for name, n in stats.items() if name.startswith("capture.rejected_"))
    assert stats["capture.read"] == rejected + stats["capture.dropped_bad_fcs"] + stats["output.written"] + stats["output.left_over"] + stats.get("filter.left_out", 0)
    return out, words, stats


@pytest.fixture(autouse=True)
def other_sums(monkeypatch):
    """Those of a line are not those of a capture."""
    monkeypatch.setattr("test_slip_dump.check_sums", lambda _: None)


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
@pytest.mark.parametrize("link_type", CAPTURES)
def test_what_a_capture_holds_comes_out(tmp_path, link_type, form):
    capture = pcap(link_type, *CAPTURES[link_type])
    if form == "pcapng":
        capture = as_pcapng(tmp_path, capture)
    out, _, stats = read(capture, "-w", "-", "--dlt", "nofcs")
    assert frames_of(out) == FRAMES and stats["capture.read"] == len(FRAMES)
    out, _, _ = read(capture, "-w", "-")
    assert [row[0] for row in tshark(out, "wpan.seq_no")] == SEQS
    assert tshark(out, "frame.time_epoch")[0] == ["1700000000.000005000"]
    has_fcs = link_type in (195, 215)
    if has_fcs:
        assert {tuple(row) for row in tshark(out, "wpan-tap.fcs_type", "wpan.fcs_ok")} == {("1", "1")}
    lines = [json.loads(line) for line in read(capture, "--json")[0].splitlines()]
    assert [str(x["frame"]["sequence"]) for x in lines] == SEQS
    assert lines[0]["fcs"] == ("good" if has_fcs else "none")
    assert len(read(capture, "--filter", "type=ack")[0].splitlines()) == 1


def test_what_a_pseudo_header_says_stays():
    (line, *_) = read(pcap(283, *CAPTURES[283]), "--json")[0].splitlines()
    line = json.loads(line)
    assert (line["rssi"], line["channel"], line["lqi"]) == (-64, 26, 99)


def test_a_bad_fcs_is_told_and_counted():
    capture = pcap(195, DATA + fcs16(DATA), DATA + b"\0\0")
    out, _, stats = read(capture)
    assert [b"bad FCS" in line for line in out.splitlines()] == [False, True] and stats["capture.bad_fcs"] == 1
    assert "2 frames, 0 dropped, 1 with a bad FCS, " in read(capture)[1]
    assert "--channel is about a line" in read(capture, "--channel", "15")[1]
    assert read(capture, "-w", "-", "--dlt", "nofcs")[2]["capture.dropped_bad_fcs"] == 1


@pytest.mark.parametrize("link_type,fcs,idle", [(230, "ti", 1), (230, "none", 0), (283, "crc16", 1), (230, "auto", 0), (195, "crc16", 0), (215, "none", 0)])
def test_an_fcs_that_is_asked_for_where_it_does_nothing(tmp_path, link_type, fcs, idle):
    capture = pcap(link_type, *CAPTURES[link_type])
    assert read(capture, "--fcs", fcs)[1].count("--fcs does nothing") == idle
    assert "--fcs" not in read(capture)[1]
    (tmp_path / "site").write_text(f"fcs = {fcs}\n")
    assert "does nothing:" not in read(capture, "--config", tmp_path / "site")[1]


@pytest.mark.parametrize("end, arguments, words", [
    (lambda f: f, (), "--fcs none leaves"), (lambda f: f + b"\x14\xe0", (), "--fcs ti takes off"), (lambda f: f + b"\x14\xe0", ("--fcs", "ti"), None), (lambda f: f, ("--fcs", "none"), None),
    (fcs32, ("--fcs", "crc16"), "is it --fcs crc32?"), (lambda f: f + fcs16(f), ("--fcs", "crc32"), "is it --fcs crc16?"), (fcs32, (), None),
], ids=["none", "TI", "TI named", "none named", "FCS-32", "FCS-16", "FCS-32 found"])
def test_an_fcs_that_is_another_one_is_said(end, arguments, words):
    """Once, and only where not one was right."""
    for packets in (frames := [end(f) for f in FRAMES]), [phy(f)[:5] + bytes([len(f)]) + f for f in frames]:
        said = read(pcap(215 if packets is not frames else 195, *packets), *arguments)[1]
        assert said.count("no frame ends in a right FCS") == (words is not None) and (not words or words in said), said
    one_right = read(pcap(195, DATA + fcs16(DATA), *(f + b"\0\0" for f in FRAMES)))[1]
    assert "no frame ends" not in one_right


def test_what_is_no_frame_is_left_out_and_said():
    out, words, stats = read(pcap(101, b"\x45" + bytes(39)), status=1)
    assert not out and stats["capture.rejected_link_type"] == 1 and "link type" in words and "nothing can be used" in words


def test_a_damaged_end_is_said_after_what_is_good():
    out, words, _ = read(pcap(230, *FRAMES)[:-3], status=1)
    assert len(out.splitlines()) == len(FRAMES) - 1 and "record 21" in words


def test_a_capture_of_our_own_comes_back_as_it_was(tmp_path):
    run("--fcs", "none", "--channel", 15, "-r", "-", "-w", tmp_path / "a.pcapng", stdin=b"".join(map(slip, FRAMES)))
    out, _, _ = read((tmp_path / "a.pcapng").read_bytes(), "-w", "-", "-c", "5")
    fields = ("wpan.seq_no", "wpan-tap.ch_num", "frame.time_epoch")
    assert tshark(out, *fields) == tshark(tmp_path / "a.pcapng", *fields)[:5]


@pytest.mark.parametrize("later,fits", [((1 << 32) - 1700000001, True), ((1 << 32) - 1699999999, False)])
def test_a_time_that_pcap_has_no_room_for_is_said(tmp_path, later, fits):
    """Its seconds end in 2106."""
    as_pcapng(tmp_path, pcap(230, DATA))
    subprocess.run(["editcap", "-F", "pcapng", "-t", str(later), tmp_path / "x.pcapng", tmp_path / "later.pcapng"], check=True)
    _, words, _ = read((tmp_path / "later.pcapng").read_bytes(), "-w", tmp_path / "out.pcap")
    assert words.count("do not fit in a pcap file") == (not fits)
    assert tshark(tmp_path / "out.pcap", "frame.time_epoch") == [[f"{1700000000 + later}.000005000" if fits else "0.000000000"]]
    _, words, _ = read((tmp_path / "later.pcapng").read_bytes(), "-w", tmp_path / "out.pcapng")
    assert "fit" not in words


@pytest.mark.parametrize("form", [LITTLE, BIG], ids=["little", "big"])
def test_a_time_that_cannot_be_held_is_said_once(form):
    """Beyond 64 bits of nanoseconds, by a hair and by far; and of a packet block that has none."""
    least, most = 2**63 // 10**9, 2**63 - 1  # whole seconds before 1970; nanoseconds after
    head = form.section() + form.interface(230, 0, 0, -10**10) + form.interface(230, 0, 9)
    held = [form.packet(1, DATA, most), form.packet(0, DATA, 10**10 - least), form.packet(0, DATA, 10**10)]
    beyond = [form.packet(1, DATA, most + 1), form.packet(0, DATA, 10**10 - least - 1), form.packet(0, DATA, 2**64 - 1), form.old_packet(0, DATA, 2**64 - 1)]
    for blocks, said in ((held, []), (beyond, ["times before 1677"]), ([form.simple(DATA)] * 3, ["simple packet blocks"]),
                         (held + beyond + [form.simple(DATA)], ["times before 1677", "simple packet blocks"])):
        out, words, _ = read(head + b"".join(blocks), "--json")
        assert len(out.splitlines()) == len(blocks)
        told = [line.removeprefix("slip-dump: standard input: ") for line in words.splitlines() if line.endswith("read as 0 (1970)") and " more: " not in line]
        assert len(told) == len(said) and all(line.startswith(start) for line, start in zip(told, said)), words


@pytest.mark.parametrize("link_type, count", [(195, 21), (195 | 2 << 28 | 1 << 26, 21), (195 | 1 << 16, 0), (0x03FFFFFF, 0)])
def test_a_link_type_beyond_those_there_are_is_said(link_type, count):
    """What stands above its 26 bits is the length of an FCS; tshark refuses the others, too."""
    done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-"], input=pcap(link_type, *CAPTURES[195]), capture_output=True, timeout=20, check=False)
    assert len(done.stdout.splitlines()) == count and done.returncode == (not count), done
    assert (b"its link type, %d, is none" % (link_type & 0x03FFFFFF) in done.stderr) == (not count), done.stderr


def test_a_packed_one_is_said():
    words = run("-r", "-", stdin=gzip.compress(pcap(230, ACK)), status=1)[1]
    assert "zcat" in words


@pytest.mark.parametrize("link_type, end", [(230, lambda frame: frame), (195, lambda frame: frame + fcs16(frame))])
def test_frames_of_2047_octets_are_read_and_longer_ones_counted(link_type, end):
    octets = pcap(link_type, *(end(DATA + bytes(n - len(DATA))) for n in (2046, 2047, 2048, 65000)))
    out, words, stats = read(octets, "--json", "--fcs", "none" if link_type == 230 else "crc16")
    assert [json.loads(line)["length"] for line in out.splitlines()] == [2046, 2047]
    assert stats["capture.rejected_too_long"] == 2 and "2 frames, 2 left out (over the length limit), " in words


# --- ZEP ---

def zep(frame, version=2, channel=26, mode=1, lqi=255):
    """A UDP datagram of a sniffer."""
    head = b"EX" + (b"\2\1" if version == 2 else b"\1") + struct.pack(">BHBB", channel, 7, mode, lqi)
    head += bytes(22 if version == 2 else 7) + bytes([len(frame)])
    return struct.pack(">HHHH", 40000, 17754, 8 + len(head) + len(frame), 0) + head + frame


ZEP_ACK = struct.pack(">HHHH", 17754, 40000, 16, 0) + b"EX\2\2\0\0\0\5"


def ipv4(payload):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1") + payload


def ipv6(payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), 17, 64) + (bytes(15) + b"\1") * 2 + payload


LAYERS = {
    "Ethernet": (1, lambda p: bytes(12) + b"\x08\0" + ipv4(p)), "a VLAN": (1, lambda p: bytes(12) + b"\x81\0\0\5\x86\xdd" + ipv6(p)),
    "cooked": (113, lambda p: bytes(14) + b"\x08\0" + ipv4(p)), "cooked 2": (276, lambda p: b"\x86\xdd" + bytes(18) + ipv6(p)),
    "raw": (101, ipv6), "DLT_RAW": (12, ipv4), "IPv4": (228, ipv4), "loopback": (0, lambda p: b"\2\0\0\0" + ipv4(p)),
}


def test_frames_in_zep_are_those_that_tshark_finds(tmp_path):
    """Both versions, in every link layer, as one capture."""
    frames, names = [], []
    for n, (link_type, wrap) in enumerate(LAYERS.values()):
        some = numbered(20)[n:n + 2]
        names.append(tmp_path / f"{n}.pcap")
        names[-1].write_bytes(pcap(link_type, *(wrap(zep(f + fcs16(f), version, 11 + f[2] % 16, 1, 200 + n)) for version, f in enumerate(some, 1))))
        frames += some
    subprocess.run(["mergecap", "-a", "-F", "pcapng", "-w", tmp_path / "all.pcapng", *names], check=True)
    capture = (tmp_path / "all.pcapng").read_bytes()
    theirs = tshark(tmp_path / "all.pcapng", "wpan.seq_no", "zep.channel_id", "frame.time_epoch")
    out, words, stats = read(capture, "-w", "-")
    ours = tshark(out, "wpan.seq_no", "wpan-tap.ch_num", "frame.time_epoch", "wpan-tap.fcs_type", "wpan.fcs_ok")
    assert [row[:3] for row in ours] == theirs and len(theirs) == len(frames) == 16, words
    assert {tuple(row[3:]) for row in ours} == {("1", "1")}
    lines = [json.loads(line) for line in read(capture, "--json")[0].splitlines()]
    assert [(x["channel"], x["lqi"]) for x in lines] == [(11 + f[2] % 16, 200 + i // 2) for i, f in enumerate(frames)]
    assert frames_of(read(capture, "-w", "-", "--dlt", "nofcs")[0]) == frames


def test_lqi_mode_has_what_a_radio_of_ti_says():
    good, bad = (zep(f + bytes([30, crc | 100]), mode=0, lqi=77) for f, crc in zip(FRAMES, (0x80, 0)))
    lines = [json.loads(line) for line in read(pcap(101, ipv4(good), ipv4(bad)), "--json")[0].splitlines()]
    assert [(x["fcs"], x["rssi"], x["lqi"]) for x in lines] == [("good", -43, 77), ("bad", -43, 77)]
    assert [x["length"] for x in lines] == [len(FRAMES[0])] * 2


def test_what_is_no_frame_in_zep_is_counted_and_said_once():
    wrap = LAYERS["Ethernet"][1]
    damaged = zep(DATA + fcs16(DATA))[:-1]
    damaged = damaged[:4] + struct.pack(">H", len(damaged)) + damaged[6:]
    others = [wrap(ZEP_ACK), bytes(12) + b"\x08\x06" + bytes(46), wrap(struct.pack(">HHHH", 1, 2, 9, 0) + b"x"), wrap(damaged)]
    out, words, stats = read(pcap(1, *others, wrap(zep(DATA + fcs16(DATA))), *others))
    assert len(out.splitlines()) == 1 and words.count("link type 1 without a frame in ZEP") == 1
    assert (stats["capture.rejected_link_type"], stats["capture.rejected_too_short"]) == (6, 2)


def test_interfaces_of_every_link_type_together(tmp_path):
    names = []
    for i, (link_type, packet) in enumerate([(195, CAPTURES[195][0]), (215, CAPTURES[215][1]), (230, FRAMES[2]), (283, CAPTURES[283][3]),
                                             *((t, wrap(zep(FRAMES[4] + fcs16(FRAMES[4])))) for t, wrap in LAYERS.values()), (147, b"other")]):
        names.append(tmp_path / f"{i}.pcap")
        names[-1].write_bytes(pcap(link_type, packet))
    subprocess.run(["mergecap", "-a", "-F", "pcapng", "-w", tmp_path / "all.pcapng", *names], check=True)
    out, _, stats = read((tmp_path / "all.pcapng").read_bytes(), "-w", "-", "--dlt", "nofcs")
    assert frames_of(out) == FRAMES[:4] + [FRAMES[4]] * len(LAYERS) and stats["capture.rejected_link_type"] == 1


def octets_in(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


@pytest.mark.parametrize("arguments, count", [((), 1000), (("-c", "900"), 900), (("--json", "-c", "900"), 900)])
def test_a_reader_that_begins_late_has_every_line(tmp_path, arguments, count):
    """The end of the file was the end of its reader, too: what a full pipe had no room for was left out."""
    (tmp_path / "in.pcap").write_bytes(pcap(230, *numbered(1000)))
    command = [harness.binaries_folder() / "slip-dump", "-r", tmp_path / "in.pcap", *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pipesize=4096) as tool:
        harness.wait_until(lambda: octets_in(tool.stdout) > 2048, what="a pipe that is full")
        lines = tool.stdout.read().splitlines()
    assert len(lines) == count and tool.returncode == 0
