"""slip-dump --filter: the frames that pass are those that tshark's filters find, wherever the frames come from and go to."""
import subprocess

import pytest

from test_slip_dump import ACK, DATA, END, check_sums, frames_of, numbered, run, slip, slip_dump  # noqa: F401 (a fixture)

BEACON = bytes.fromhex("008001abcd3412ff0f0000")
COMMAND = bytes.fromhex("23c8077856ffffffff0807060504030201ff04")[:-1]
OTHER_PAN = bytes.fromhex("4188022211341278560102030405")
FRAMES = [DATA, ACK, BEACON, OTHER_PAN, DATA[:2] + b"\x09" + DATA[3:]]


@pytest.mark.parametrize("expression, witness", [
    ("type=data", "wpan.frame_type == 1"),
    ("type=ack,beacon", "wpan.frame_type == 2 || wpan.frame_type == 0"),
    ("not type=data", "wpan.frame_type != 1"),
    ("pan=abcd and type=data", "wpan.dst_pan == 0xabcd && wpan.frame_type == 1"),
    ("dst=broadcast", "wpan.dst16 == 0xffff"),
    ("src=00124b000433ed9c && !seq=9", "wpan.src64 == 00:12:4b:00:04:33:ed:9c && !(wpan.seq_no == 9)"),
    ("addr=5678 or type=beacon", "wpan.src16 == 0x5678 || wpan.dst16 == 0x5678 || wpan.frame_type == 0"),
])
def test_what_passes_is_what_tshark_finds(tmp_path, expression, witness):
    stream = b"".join(slip(f) for f in FRAMES)
    whole = tmp_path / "whole.pcap"
    run("--fcs", "none", "-r", "-", "-w", whole, stdin=stream)
    wanted = subprocess.run(["tshark", "-n", "-r", whole, "-Y", witness, "-T", "fields", "-e", "frame.number"], check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout.split()
    assert 0 < len(wanted) < len(FRAMES), "the witness tells them apart"
    out, _, stats = run("--fcs", "none", "-r", "-", "-w", "-", "--filter", expression, stdin=stream)
    assert frames_of(out) == [FRAMES[int(n) - 1] for n in wanted]
    assert (stats["filter.passed"], stats["filter.left_out"]) == (len(wanted), len(FRAMES) - len(wanted))


def test_lines_and_count_have_only_what_passes():
    stream = b"".join(slip(f) for f in FRAMES)
    out, words, stats = run("--fcs", "none", "-r", "-", "--filter", "type=data", "-c", "2", stdin=stream)
    assert [line.split()[1] for line in out.decode().splitlines()] == ["Data", "Data"]
    assert stats["output.written"] == 2 and stats["filter.left_out"] == 2 and stats["output.left_over"] == 1, words


def test_the_last_words_have_what_was_filtered_out():
    stream = b"".join(slip(f) for f in FRAMES)
    for expression, words in (("type=data", "3 frames, 0 dropped, 2 filtered out, "), ("seq=77", "0 frames, 0 dropped, 5 filtered out, "),
                              ("any", "5 frames, 0 dropped, 0.")):
        assert f"slip-dump: {words}" in run("--fcs", "none", "-r", "-", "--filter", expression, stdin=stream)[1]
    assert "slip-dump: 1 frame, 0 dropped, 0." in run("--fcs", "none", "-r", "-", "--filter", "type=data", "-c", "1", stdin=stream)[1], "not asked for"


def test_from_a_port(slip_dump, probe, tmp_path):  # noqa: F811
    mote = probe()
    dump = slip_dump("--fcs", "none", "-p", tmp_path / "probe", "-w", tmp_path / "air.pcap", "--filter", "type=ack")
    mote.send(DATA, ACK, DATA)
    dump.wait_stats(lambda s: s["line.passed"] == 3)
    dump.stop()
    stats = dump.final_stats()
    assert (stats["filter.passed"], stats["filter.left_out"], stats["output.written"]) == (1, 2, 1)
    check_sums(stats)
    assert frames_of((tmp_path / "air.pcap").read_bytes()) == [ACK]


def test_bad_frames_are_found_where_the_capture_has_them():
    from test_slip_dump import fcs16
    bad, good = numbered(2)
    stream = slip(bad + b"\0\0") + slip(good + fcs16(good))
    for more, wanted in ((["--dlt", "tap"], [b"\0\0"]), (["--dlt", "nofcs"], [])):
        out, _, _ = run("--fcs", "crc16", "-r", "-", "-w", "-", "--filter", "bad-fcs", *more, stdin=stream)
        assert [f[-2:] for f in frames_of(out, 283 if more[1] == "tap" else 230)] == wanted


def test_without_a_filter_nothing_says_so():
    stats = run("--fcs", "none", "-r", "-", "-w", "-", stdin=slip(ACK))[2]
    assert not [name for name in stats if name.startswith("filter.")]


@pytest.mark.parametrize("expression, words", [
    ("type=dta", "dta"),
    ("pan=xyz", "xyz"),
    ("type=data ack", "'and' or 'or'"),
    ("(type=data", ")"),
    ("", "--filter"),
])
def test_a_mistake_is_said(expression, words):
    said = run("-r", "-", "--filter", expression, status=2)[1]
    assert "--filter" in said and words in said, said
    assert END not in said.encode()
