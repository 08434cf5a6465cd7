"""slip-dump -r of captures: what tshark finds in them is what comes out, in every format and of every link type."""
import gzip
import json
import struct
import subprocess

import pytest

from harness import tshark
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
    assert read(capture, "-w", "-", "--dlt", "nofcs")[2]["capture.dropped_bad_fcs"] == 1


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


def test_a_packed_one_is_said():
    words = run("-r", "-", stdin=gzip.compress(pcap(230, ACK)), status=1)[1]
    assert "zcat" in words
