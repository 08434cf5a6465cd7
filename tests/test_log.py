"""The forms of what goes to standard error: plain, with times, as JSON, and for the journal."""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def stderr_of(tool, *arguments, journal=False, stdin=b"\xc0\x61\x88\x2a\xcd\xab\x02\x00\x01\x00hi\xc0"):
    readable, writable = os.pipe()
    about = os.fstat(writable)
    stream = f"{about.st_dev}:{about.st_ino}" if journal else f"{about.st_dev}:{about.st_ino + 1}"
    subprocess.run([BINARIES / tool, *arguments], input=stdin, stderr=writable, stdout=subprocess.DEVNULL, timeout=30,
                   env={"JOURNAL_STREAM": stream})
    os.close(writable)
    with os.fdopen(readable) as pipe:
        return pipe.read().splitlines()


@pytest.mark.parametrize("tool", TOOLS)
def test_every_line_has_the_form_that_was_asked_for(tool):
    """Also what is wrong on the command line, whichever option comes first."""
    wrong = "--log-format", "json", "--no-such=\"quote\\"
    for arguments in (wrong, wrong[::-1][:1] + wrong[:2], ("--mtu=\"\x1b\\", "--log-format=json")):
        lines = stderr_of(tool, *arguments)
        assert lines
        for line in lines:
            said = json.loads(line)
            assert said["tool"] == tool and said["priority"] == "error" and re.match(r"\d{4}-.*\.\d{6}Z$", said["time"])
    assert all(re.match(f"{TIME} {tool}: ", line) for line in stderr_of(tool, "--no-such", "--log-time"))
    assert all(line.startswith(f"<3>{tool}: ") for line in stderr_of(tool, "--no-such", journal=True))
    assert all(line.startswith(f"{tool}: ") for line in stderr_of(tool, "--no-such"))


@pytest.mark.parametrize("form", [(), ("--stats",), ("--stats=json",), ("--stats=json", "-v", "-v")])
def test_reports_and_the_end(form):
    objects = [json.loads(line) for line in stderr_of("slip-dump", "-r", "-", "--log-format=json", *form)]
    assert {"time", "priority", "tool", "text"} <= set.intersection(*map(set, objects))
    assert any("1 frame, 0 dropped" in o["text"] and o["priority"] == "notice" for o in objects)
    if "--stats=json" in form:
        assert objects[-1]["stats"]["slip.frames"] == 1
    for line in stderr_of("slip-dump", "-r", "-", "--log-time", *form):
        assert re.match(TIME + " ", line) or json.loads(line)
    for line in stderr_of("slip-dump", "-r", "-", *form, journal=True):
        assert re.match("<[3-7]>", line) or json.loads(line)


def test_priorities_of_losses_and_warnings():
    lines = stderr_of("slip-dump", "-r", "-", "-n", journal=True) + stderr_of("slip-dump", "-r", "-", "--fcs=crc16", "--fcs=crc16", journal=True)
    assert any(re.match("<4>slip-dump: --fcs: is given twice", line) for line in lines), lines
    assert any(re.match("<3>slip-dump: -n: no such option", line) for line in lines), lines


def test_a_file_of_options_says_the_form(tmp_path):
    (tmp_path / "f").write_text("log-format = json\n")
    assert all(json.loads(line) for line in stderr_of("slip-dump", "-r", "-", "--config", str(tmp_path / "f")))
    (tmp_path / "f").write_text("log-format = json\nnmae = x\n")
    (line,) = stderr_of("amqp-dump", "--config", str(tmp_path / "f"))
    assert "nmae: no such option" in json.loads(line)["text"]


HOSTILE = [b"a\nb\"\\\x1b[31m\xff\xfe", "\u202e\u2028\u00e9\"\\".encode(), b"{\"x\":\"", b"%s%n", b"A" * 9000]


@pytest.mark.parametrize("tool", TOOLS)
def test_hostile_words_are_one_object(tool, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # --events makes a file of what it is given
    for value in HOSTILE:
        for option in ("events", "config", "filter", "url", "read", "port", "name"):
            for line in stderr_of(tool, "--log-format=json", b"--" + option.encode() + b"=" + value, "--no-such"):
                assert json.loads(line)["tool"] == tool


def test_a_log_that_is_closed():
    for tool in TOOLS:
        done = subprocess.run(["/bin/sh", "-c", f'"{BINARIES / tool}" --no-such 2>&-'], timeout=30)
        assert done.returncode == 2
