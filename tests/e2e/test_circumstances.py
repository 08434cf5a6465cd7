"""Tools that are started under odd circumstances say what is wrong, and do what can be done: no signal ends them, and no failure is silent."""
import os
import resource
import subprocess

import pytest

import harness

TOOLS = ["slip-dump", "amqp-dump", "amqp-serial", "amqp-play", "amqp-tun", "amqp-route"]
ANSWERS = ["--help", "--version", "--dump-options"]


def limit(which, value):
    return lambda: resource.setrlimit(which, (value, value))


def run(tool, *words, **more):
    return subprocess.run([harness.binaries_folder() / tool, *map(str, words)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=30, **more)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_that_may_hold_nothing_is_an_error(tool, answer, tmp_path):
    """RLIMIT_FSIZE: no signal, as a full disk."""
    with open(tmp_path / "out", "w") as out:
        done = run(tool, answer, stdout=out, preexec_fn=limit(resource.RLIMIT_FSIZE, 0))
    assert done.returncode == 1 and done.stderr == f"{tool}: standard output: File too large\n", done


def test_so_is_that_of_a_report(tmp_path):
    (tmp_path / "in").write_bytes(b"\xc0" + bytes.fromhex("418801cdabffff0100") + b"hello\xc0")
    for words in (["--check"], ["--dump-config"], [], ["-w", "-"], ["--json"]):
        with open(tmp_path / "out", "w") as out:
            done = run("slip-dump", "-r", "in", "--fcs", "none", *words, cwd=tmp_path, stdout=out, preexec_fn=limit(resource.RLIMIT_FSIZE, 0))
        assert done.returncode == 1 and "standard output: File too large" in done.stderr, done
    assert os.path.getsize(tmp_path / "out") == 0
