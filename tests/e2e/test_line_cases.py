"""Lines that others' tools have read wrongly, each made here: what slip-dump says of them, whole and octet by octet."""
import random
import struct

import pytest

from test_slip_dump import fcs16, run, slip

IPHC = bytes.fromhex("7b333a800001020304050607080900")


def data(sequence, payload=IPHC, acknowledge=False):
    return bytes([0x61 if acknowledge else 0x41, 0x88, sequence & 0xff]) + struct.pack("<HHH", 0x2541, 1, 2) + payload


def ack(sequence):
    return bytes([2, 0, sequence & 0xff])


def fragment(size):
    return data(size, struct.pack(">HH", 0xc000 | size, 1) + IPHC)


def trailers(of, count=150):
    return [f + of(f) for n in range(count // 2) for f in (data(n, bytes([n]) * 9, True), ack(n))]


def texas(count):
    drawn = random.Random(1)
    return [data(n, drawn.randbytes(38), True) + bytes([drawn.randrange(-20, 31) & 0xff, drawn.randrange(80, 110) | (0 if n % 5 < 2 else 0x80)]) for n in range(count)]


GREEN_POWER = [bytes.fromhex("010831ffffffff8c3044332211030000" "00e00281f2") + bytes(range(16)),
               bytes.fromhex("010832ffffffff8c30443322110100000010a1b2c3d4")]
SUN = [data(1), bytes.fromhex("41ec7788") + struct.pack("<H", 0xabcd) + bytes(range(16)) + b"\x5a" * 1500, ack(2)]
ANSWERS = [data(1), b"!R\x0d\0\1", b"!M" + bytes(8), b"?M", data(2)]

CASES = {
    "00 00 for a trailer, half of them ACKs": ("raw", b"".join(map(slip, trailers(lambda f: b"\0\0"))), 150, {"probe.decisions": 0, "probe.undecided": 150}),
    "a right CRC": ("raw", b"".join(map(slip, trailers(fcs16))), 150, {"probe.decisions": 1, "probe.taken_back": 0, "probe.fcs_bad": 0}),
    "TI, 40 % bad": ("raw", b"".join(map(slip, texas(400))), 400, {"probe.decisions": 1, "probe.taken_back": 0}),
    "text between frames": ("raw", slip(data(1)) + slip(b"[WARN: CSMA] ack timeout, seqno 7\n") + slip(data(2)), 2, {"slip.text": 1}),
    "answers of a serial-radio": ("serial-radio", b"".join(map(slip, ANSWERS)), 2, {"slip.answers_to_nothing": 1, "slip.unknown_answers": 1, "slip.text": 0}),
    "short frames and one of SUN": ("raw", b"".join(map(slip, SUN)), 3, {"slip.overlong": 0}),
    "no leading END": ("raw", b"".join(slip(data(n))[1:] for n in range(3)), 3, {"slip.before_first_end": 0}),
    "no leading END, from serial-radio": ("serial-radio", b"".join(slip(data(n))[1:] for n in range(3)), 3, {"slip.before_first_end": 0}),
    "FRAG1 of each size": ("raw", b"".join(slip(fragment(n)) for n in (0xff, 0x100, 0x1ff, 0x200, 0x2ff, 0x400, 0x500, 0x7ff)), 8, {}),
    "Green Power": ("raw", b"".join(map(slip, GREEN_POWER)), 2, {"slip.text": 0}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_line_is_read_right(name):
    firmware, octets, frames, counts = CASES[name]
    out, words, stats = run("-r", "-", "--firmware", firmware, "-v", stdin=octets)
    assert stats["output.written"] == frames == len(without_blocks(out).splitlines()), words
    assert {key: stats[key] for key in counts} == counts, words


def without_blocks(out):
    """What -v shows of each frame below its line is indented."""
    return b"".join(line for line in out.splitlines(keepends=True) if not line.startswith(b" "))


def lines_of(name):
    out, words, stats = run("-r", "-", "--firmware", CASES[name][0], "-v", stdin=CASES[name][1])
    return without_blocks(out), words, stats


def test_of_a_right_crc_only_what_came_before_it_is_undecided():
    assert lines_of("a right CRC")[2]["probe.fcs_good"] >= 149


def test_of_ti_each_frame_has_its_verdict():
    out, _, stats = lines_of("TI, 40 % bad")
    assert (stats["probe.fcs_good"], stats["probe.fcs_bad"]) == (240, 160)
    bad = ["bad FCS" in line for line in out.decode().splitlines()]
    assert bad == [n % 5 < 2 for n in range(400)] and b"dBm" in out


def test_text_is_shown():
    assert "mote: [WARN: CSMA] ack timeout, seqno 7" in lines_of("text between frames")[1]


def test_fragments_of_every_size_are_6lowpan_and_green_power_is_not():
    assert lines_of("FRAG1 of each size")[0].count(b"6LoWPAN") == 8
    assert b"6LoWPAN" not in lines_of("Green Power")[0]
