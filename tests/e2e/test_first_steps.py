"""What a newcomer runs into: closed or full standard streams, the wrong file, the wrong speed, a slip of the keyboard. Each ends
with words that say what is wrong, and with its exit status; none hangs."""
import os
import subprocess

import pytest

from harness import binaries_folder, pcap_bytes

TOOLS = ["amqp-dump", "amqp-play", "amqp-route", "amqp-serial", "amqp-tun", "slip-dump"]
FRAME = b"\x61\x88\x2a\xcd\xab\x02\x00\x01\x00hi"
SLIP = b"\xc0" + FRAME + b"\xc0"


def shell(line, *arguments, stdin=b"", status=0):
    """A line of shell with the tools in $PATH; its stderr."""
    done = subprocess.run(["/bin/sh", "-c", line, "sh", *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30, check=False,
                          env={"PATH": f"{binaries_folder()}:/usr/bin:/bin", "AMQP_URL": "amqp://127.0.0.1:1/"})
    words = done.stderr.decode()
    assert done.returncode == status, f"{line}: status {done.returncode}: {words}"
    assert "Sanitizer" not in words, words
    return words


# --- standard streams ---

@pytest.mark.parametrize("line,words", [
    ("slip-dump -r $1 >&-", "standard output: Bad file descriptor"),
    ("slip-dump -r $1 -w - >&-", "standard output: Bad file descriptor"),
    ("slip-dump -r - <&-", "standard input: Bad file descriptor"),
    ("amqp-play -n a -r - <&-", "standard input: Bad file descriptor"),
    ("slip-dump -r $1 -w - >/dev/full", "standard output: No space left on device"),
])
def test_closed_or_full(tmp_path, line, words):
    (tmp_path / "slip").write_bytes(SLIP)
    assert words in shell(line, tmp_path / "slip", status=1)


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_written(name, option):
    assert "standard output: No space left on device" in shell(f"{name} {option} >/dev/full", status=1)
    assert "standard output: Bad file descriptor" in shell(f"{name} {option} >&-", status=1)


# --- the wrong file ---

def test_what_is_no_slip_is_told(tmp_path):
    (tmp_path / "text").write_text("this is no SLIP")
    words = shell("slip-dump -r $1", tmp_path / "text", status=1)
    assert "no frame in 15 octets" in words and "SLIP" in words
    said = shell("slip-dump -r /dev/null", status=1)
    assert said.startswith("slip-dump: /dev/null: is empty") and "slip-dump: 0 frames, 0 dropped, " in said
    assert "standard input: no frame" in shell("slip-dump -r - -w $1", tmp_path / "out", stdin=b"nothing", status=1)
    assert shell("slip-dump -r -", stdin=SLIP).startswith("slip-dump: 1 frame, 0 dropped, ")


@pytest.mark.parametrize("octets,words", [
    (b"", "is empty"), (b"\n", "ends inside a capture's header"), (pcap_bytes(230, [])[:-1], "ends inside a capture's header"),
    (b"this is no capture, but long enough", "neither pcap nor pcapng"),
    (pcap_bytes(1, [(0, b"x")]), "link type 1"),
])
def test_what_is_no_capture_is_told(tmp_path, octets, words):
    (tmp_path / "x").write_bytes(octets)
    assert f"{tmp_path}/x: " in (said := shell("amqp-play -n a -r $1", tmp_path / "x", status=1)) and words in said
    assert "standard input: " in (said := shell("amqp-play -n a -r -", stdin=octets, status=1)) and words in said


@pytest.mark.parametrize("line,words", [("slip-dump -r", "with -p"), ("amqp-play -n a -r", "a capture")])
def test_a_terminal_is_no_file(line, words):
    master, terminal = os.openpty()
    for path, name in (os.ttyname(terminal),) * 2, ("-", "standard input"):
        said = shell(f"{line} {path} <{os.ttyname(terminal)}", status=1)
        assert f"{name}: is a terminal" in said and words in said
    os.close(master)
    os.close(terminal)


def test_a_folder_is_no_file(tmp_path):
    assert f"{tmp_path}: Is a directory" in shell("amqp-play -n a -r $1", tmp_path, status=1)


@pytest.mark.parametrize("name,arguments", [("slip-dump", []), ("amqp-serial", ["-n", "a"])])
def test_a_line_without_frames_is_told(tool, probe, tmp_path, name, arguments):
    """As the wrong speed makes of it."""
    mote = probe("port")
    started = tool(name, "-p", tmp_path / "port", *arguments, env={"AMQP_URL": "amqp://127.0.0.1:1/"}, wait=False)
    started.wait_stderr("trying again") if name == "amqp-serial" else started.wait_ready()
    mote.raw(b"\x80\x00\xf0" * 10)  # what was there before is thrown away
    started.wait_stats(lambda s: s["slip.octets"] == 30)
    started.stop()
    assert "no frame in 30 octets" in started.stderr and "-b" in started.stderr


# --- slips of the keyboard ---

@pytest.mark.parametrize("line,words", [
    ("slip-dump --frob", "--frob: no such option"),
    ("slip-dump --frob=3", "--frob: no such option"),
    ("slip-dump --file 3", "--file: could be --file-size or --file-seconds"),
    ("slip-dump --hangup=yes", "--hangup: takes no argument"),
    ("slip-dump -Z", "-Z: no such option"),
    ("slip-dump -UZ", "-Z: no such option"),
    ("slip-dump -r", "-r needs an argument"),
    ("slip-dump --read", "--read needs an argument"),
    ("amqp-play -n a.b -r x", "--name 'a.b': must be 1 to 100 characters without dots, '*', '#' and blanks"),
    ("amqp-dump --keep -n 'a b'", "--name 'a b': must be 1 to 100 characters without dots, '*', '#' and blanks"),
    ("amqp-serial -n 'a#' -p x", "--name 'a#': must be 1 to 100 characters without dots, '*', '#' and blanks"),
])
def test_wrong_usage_is_told(line, words):
    assert words in shell(line, status=2)
