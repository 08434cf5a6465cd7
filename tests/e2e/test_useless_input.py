"""slip-dump -r of something that is read to its end and of which nothing can be used: words, and status 1; an empty capture is one."""
import struct
import subprocess

import pytest

import harness

FRAME = bytes([0x41, 0x88, 7]) + struct.pack("<HHH", 0xabcd, 0xffff, 1) + b"hello"
HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 230)
RECORD = struct.pack("<IIII", 1, 0, len(FRAME), len(FRAME)) + FRAME


def run(folder, octets, *options):
    (folder / "in").write_bytes(octets)
    done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", folder / "in", *options], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=20)
    piped = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-", *options], input=octets, capture_output=True, timeout=20)
    assert piped.returncode == done.returncode, piped
    return done


@pytest.mark.parametrize("octets, options, words", [
    (b"", [], "is empty"),
    (b"\xc0", [], "no frame in 1 octets"),
    (b"\xc0" * 4, [], "no frame in 4 octets"),
    (b"\xc0" * 100_000, [], "no frame in 100000 octets"),
    (b"\x7e" * 50, ["--firmware", "spinel"], "is text"),
    (b"\xc0boot 1.0 of a mote\r\n\xc0", [], "no frame in"),
    (b"text alone, line by line\n" * 5, [], "is text"),
    (("Grüße aus dem Labor, größer – здравствуйте\n" * 5).encode(), [], "is text"),
    *((("text alone, line by line\r\n" * times).encode(encoding), [], "is text") for encoding in ("utf-16", "utf-16-le", "utf-16-be") for times in (2, 500)),
    (b"\xc0" + FRAME[:-1], [], "no frame in"),
    (b"".join(b"\xc0" + FRAME + bytes([i, 9]) + b"\xc0" for i in range(4)), ["--fcs", "crc16", "--dlt", "nofcs", "-w", "/dev/null"], "nothing can be used of 4 frames"),
    (b"\xc0" + FRAME + b"\xc0", ["--max-frame", "3"], "no frame in"),
    (HEADER[:10], [], "header"),
    (HEADER + RECORD[:9], [], "truncated"),
    (HEADER + RECORD[:-3], [], "truncated"),
])
def test_nothing_can_be_used(tmp_path, octets, options, words):
    done = run(tmp_path, octets, *options)
    assert done.returncode == 1 and words in done.stderr and done.stdout == "", done


@pytest.mark.parametrize("octets, options", [
    (HEADER, []), (HEADER + RECORD, []), (HEADER + RECORD, ["--filter", "type=beacon"]), (b"\xc0" * 9 + FRAME + b"\xc0" * 9, []),
    (b"\xc0" + FRAME + b"\1\2\xc0", ["--fcs", "crc16"]),  # shown, as what it is
])
def test_something_can(tmp_path, octets, options):
    assert run(tmp_path, octets, *options).returncode == 0
