"""What can be said against an output is said before any is begun: no file is made, and none that is there is emptied for another's sake."""
import os
import subprocess

import pytest

import harness

BUS = ["-u", "amqp://127.0.0.1:1/", "--retry", "never"]
FRAME = b"\xc0\x02\x00\x6a\xc0"
STARTS = {"slip-dump": ["-r", "-", "--fcs", "none"], "amqp-dump": BUS}


def run(tool, *words, folder, octets=FRAME):
    return subprocess.run([harness.binaries_folder() / tool, *STARTS[tool], *map(str, words)], cwd=folder, input=octets, capture_output=True,
                          timeout=20)


@pytest.mark.parametrize("tool", STARTS)
@pytest.mark.parametrize("check", [[], ["--check"]], ids=["run", "check"])
@pytest.mark.parametrize("words,said", [(["-C", "1"], "-C"), (["--file-frames", "1"], "--file-frames"), (["-G", "3600"], "-G")])
def test_a_name_that_rotation_would_make_too_long_is_refused_at_the_start(tmp_path, tool, check, words, said):
    name = 245 * "a" + ".pcap"
    done = run(tool, "-w", tmp_path / name, *words, *check, folder=tmp_path)
    assert done.returncode == 2 and not list(tmp_path.iterdir())
    assert f"with what {said} puts into it, and the most that is possible there is 255: give -w one that is 6 shorter" in done.stderr.decode()


def test_a_name_that_is_just_short_enough_rotates(tmp_path):
    done = run("slip-dump", "-w", 239 * "a" + ".pcap", "--file-frames", "1", folder=tmp_path, octets=3 * FRAME)
    assert done.returncode == 0 and sorted(len(p.name) for p in tmp_path.iterdir()) == [244, 246, 246]
