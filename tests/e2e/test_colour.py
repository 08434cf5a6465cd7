"""Readable lines on a terminal: coloured there and nowhere else; the block that -v adds; nothing from outside reaches a terminal
but as printable text."""
import os
import pty
import re
import struct
import subprocess

import pytest

from harness import binaries_folder

SEQUENCE = re.compile(rb"\x1b\[[0-9;]*m")
EVIL = b"\x1b]0;owned\x07\x1b[2J\n\""
THREAD_BEACON = bytes.fromhex("0080 01 cdab 0000 ffcf 00 00 03 29".replace(" ", "")) + EVIL.ljust(16, b"\0")[:16] + bytes(8)
COAP = bytes.fromhex("4188 01 cdab 0200 0100 7e33 f4 1633 1633 40 01 0007 bd 01".replace(" ", "")) + EVIL[:14].ljust(14, b"x")
WISUN = bytes.fromhex("01e3 cdab 0100000000000000 0515 01 00 112233 003f".replace(" ", "")) + struct.pack(
    "<HH", 0xA000 | len(EVIL) + 2, 5 << 8 | len(EVIL)) + EVIL
MLE_NAME = EVIL[:16]
MLE = bytes.fromhex("4188 01 cdab 0200 0100 7e33 f4 4d4c 4d4c ff 11 1a".replace(" ", "")) + bytes([len(MLE_NAME) + 2, 3, len(MLE_NAME)]) + MLE_NAME
PLAIN = bytes.fromhex("618801cdab020001006869")
CUT = bytes.fromhex("618801cdab0200")
FRAMES = [PLAIN, CUT, THREAD_BEACON, COAP, WISUN, MLE]


@pytest.fixture
def capture(tmp_path):
    records = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 230)]
    records += [struct.pack("<IIII", 1_700_000_000 + i, 0, len(f), len(f)) + f for i, f in enumerate(FRAMES)]
    (tmp_path / "x.pcap").write_bytes(b"".join(records))
    return tmp_path / "x.pcap"


def command(capture, *arguments):
    return [binaries_folder() / "slip-dump", "-r", capture, *arguments]


def environment(**changes):
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    return kept | {"TERM": "xterm"} | changes


def on_a_terminal(capture, *arguments, **variables):
    """What a terminal is given, all of it, before the other end is closed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command(capture, *arguments), stdout=theirs, stderr=subprocess.DEVNULL, env=environment(**variables))
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:  # the last end was closed
        pass
    os.close(ours)
    assert process.wait(timeout=30) == 0
    return seen.replace(b"\r\n", b"\n")


def into_a_pipe(capture, *arguments, **variables):
    return subprocess.run(command(capture, *arguments), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                          env=environment(**variables)).stdout


def test_a_terminal_has_colour(capture):
    plain, coloured = into_a_pipe(capture), on_a_terminal(capture)
    assert SEQUENCE.search(coloured) and SEQUENCE.sub(b"", coloured) == plain
    assert b"\x1b[1;31mbad: " in coloured


@pytest.mark.parametrize("arguments, variables", [((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"}), ((), {"TERM": ""}),
                                                  (("--color", "never"), {})])
def test_where_it_is_not_wanted(capture, arguments, variables):
    assert on_a_terminal(capture, *arguments, **variables) == into_a_pipe(capture)


def test_an_empty_no_color_says_nothing(capture):
    assert SEQUENCE.search(on_a_terminal(capture, NO_COLOR=""))


def test_always_reaches_a_pipe_and_never_a_file(capture, tmp_path):
    plain = into_a_pipe(capture)
    coloured = into_a_pipe(capture, "--color", "always", NO_COLOR="1")
    assert SEQUENCE.search(coloured) and SEQUENCE.sub(b"", coloured) == plain
    with (tmp_path / "lines").open("wb") as file:
        subprocess.run(command(capture, "--color", "always"), stdout=file, stderr=subprocess.DEVNULL, check=True, env=environment())
    assert (tmp_path / "lines").read_bytes() == plain


@pytest.mark.parametrize("arguments", [(), ("-v",), ("--json",)])
def test_nothing_from_outside_but_as_text(capture, arguments):
    seen = SEQUENCE.sub(b"", on_a_terminal(capture, *arguments))
    assert not re.search(rb"[^\n\x20-\x7e]", seen)
    assert seen.count(rb"\x1b]0;owned\x07") >= 4 if arguments != ("--json",) else seen.count(rb"\\x1b]0;owned\\x07") >= 4
    own = set(SEQUENCE.findall(on_a_terminal(capture, *arguments)))
    assert own <= {b"\x1b[0m", b"\x1b[1m", b"\x1b[2m", b"\x1b[1;31m", b"\x1b[32m", b"\x1b[36m"}
    assert len([line for line in seen.splitlines() if not line.startswith(b" ")]) == len(FRAMES)


def test_a_block_a_frame(capture):
    """-v: the line as ever, and below it every field; what is told on standard error is apart from it."""
    lines, blocks = into_a_pipe(capture).decode().splitlines(), into_a_pipe(capture, "-v").decode().splitlines()
    assert [line for line in blocks if not line.startswith("    ")] == lines
    text = "\n".join(blocks)
    assert "\n    type: Data\n    version: 0\n    ack_request: true" in text
    assert "\n      coap:\n        type: CON\n" in text
    assert "\n    fault: ends inside a field at octet 7, 7.2.4 to 7.2.7 addressing fields" in text


def test_every_fault_has_its_clause(tmp_path):
    """Reserved bits, and what only a strict reader calls a fault; a wrong FCS."""
    frames = [bytes.fromhex("e18b01cdab020001006869"), bytes.fromhex("412201cdab0301aabb803f"[:-4] + "003f" + "0388051a01"),
              bytes.fromhex("4188 01 cdab 0200 0100 7e33 f4 1633".replace(" ", ""))]
    records = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 195)]
    records += [struct.pack("<IIII", 1_700_000_000, 0, len(f) + 2, len(f) + 2) + f + b"\x01\x02" for f in frames]
    (tmp_path / "y.pcap").write_bytes(b"".join(records))
    text = into_a_pipe(tmp_path / "y.pcap", "-v").decode()
    faults = re.findall(r"^    fault: (.*)$", text, re.MULTILINE)
    for words in ("reserved field is not zero at octet 0, 7.2.2.1 Frame Control field: reserved bit 7",
                  "reserved field is not zero at octet 1, 7.2.2.7 Sequence Number Suppression field",
                  "reserved field is not zero at octet 1, 7.2.2.8 IE Present field",
                  "ends inside a field at octet 12, RFC 6282 4.3.3 LOWPAN_NHC: UDP"):
        assert words in faults, faults
    assert sum("7.2.11 FCS field" in fault for fault in faults) == 3
    assert all(re.search(r"at octet \d+, (7|9|RFC)", fault) for fault in faults)


def test_a_block_of_the_longest_frame(tmp_path):
    """More fields than a record has room for: whole lines are left out, and the tool goes on."""
    nested = b"\x00\x20" * 1000
    long = bytes.fromhex("412201cdab003f") + struct.pack("<H", 0x8800 | len(nested)) + nested
    records = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 230)]
    records += [struct.pack("<IIII", 1_700_000_000, 0, len(f), len(f)) + f for f in (long, PLAIN + bytes(2000), PLAIN)]
    (tmp_path / "z.pcap").write_bytes(b"".join(records))
    for colour in ("never", "always"):
        blocks = SEQUENCE.sub(b"", into_a_pipe(tmp_path / "z.pcap", "-v", "--color", colour)).decode().splitlines()
        assert len([line for line in blocks if not line.startswith("    ")]) == 3
        assert f"    payload: 6869{bytes(2000).hex()}" in blocks and "    payload: 6869" in blocks
