"""The lines of the README that most people want of slip-dump, as they stand there, with a mote on a pseudo-terminal."""
import os
import re
import subprocess
from pathlib import Path

import pytest

import harness
from test_slip_dump import fcs16, has_open, numbered

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
LINES = [line.split("#")[0].strip() for line in README.split("What most people want:\n\n```sh\n")[1].split("```")[0].splitlines()]
INTO_WIRESHARK, LINES_ON_THE_SCREEN, FILES = range(3)


@pytest.fixture
def shell(tmp_path):
    """shell(LINE, wireshark=SCRIPT): the line, with our tools, a `wireshark` that does this, and tmp_path for its folder."""
    running = []

    def start(line, wireshark="exit 1"):
        programs = tmp_path / "programs"
        programs.mkdir()
        (programs / "wireshark").write_text(f"#!/bin/sh\n{wireshark}\n")
        (programs / "wireshark").chmod(0o755)
        running.append(subprocess.Popen(["/bin/sh", "-c", line.replace("/dev/ttyUSB0", str(tmp_path / "probe"))], cwd=tmp_path, text=True,
                                        env={**os.environ, "PATH": f"{programs}:{harness.binaries_folder()}:{os.environ['PATH']}"},
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True))
        return running[-1]
    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, 15)
        process.communicate(timeout=20)


def frames(count):
    return [frame + fcs16(frame) for frame in numbered(count)]


def test_there_are_three():
    assert len(LINES) == 3 and "wireshark" in LINES[INTO_WIRESHARK] and "--filter" in LINES[LINES_ON_THE_SCREEN] and "-W" in LINES[FILES]


def test_into_wireshark(shell, probe, tmp_path):
    mote = probe()
    line = shell(LINES[INTO_WIRESHARK], 'test "$*" = "-k -i -" && exec tshark -n -l -r - -T fields -e wpan.seq_no -c 2')
    harness.wait_until(lambda: has_open(tmp_path / "probe"))
    mote.send(*frames(3))
    out, words = line.communicate(timeout=40)
    assert out == "0\n1\n", words


def test_lines_on_the_screen(shell, probe, tmp_path):
    mote = probe()
    line = shell(LINES[LINES_ON_THE_SCREEN])
    harness.wait_until(lambda: has_open(tmp_path / "probe"))
    mote.send(*frames(1), b"\2\0\7" + fcs16(b"\2\0\7"), *frames(2)[1:])
    shown = [line.stdout.readline(), line.stdout.readline()]
    assert all("Data" in words for words in shown), shown


def test_files_that_give_way(shell, probe, tmp_path):
    mote = probe()
    shell(LINES[FILES].replace("-C 100m", "-C 1k"))
    harness.wait_until(lambda: has_open(tmp_path / "probe"))
    mote.send(*frames(120))

    def captured():
        return sorted(tmp_path.glob("air*.pcapng"))
    harness.wait_until(lambda: len(captured()) == 10)
    before = [path.read_bytes() for path in captured()]
    mote.send(*frames(200))

    def have_given_way():
        try:
            return all(path.read_bytes() != old for path, old in zip(captured(), before))
        except FileNotFoundError:  # one does just now
            return False
    harness.wait_until(have_given_way, what="each has given way to another")
    harness.wait_until(lambda: len(captured()) == 10)
    kind = subprocess.run(["capinfos", "-t", captured()[0]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=20, check=False).stdout
    assert "pcapng" in kind
