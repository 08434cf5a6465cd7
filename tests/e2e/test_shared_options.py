"""A file of options is for several runs: what of it does nothing in this one is passed over, and said with -v; on the command line the same is refused."""
import os
import re
import subprocess

import pytest

import harness
from test_options_fit import run

RECORDED = ["-r", "in.pcap"]
NAMED = {"slip-dump": RECORDED, "amqp-dump": [], "amqp-play": ["-n", "a", *RECORDED], "amqp-serial": ["-n", "a", "-p", "/dev/null"],
         "amqp-tun": ["-n", "agent_1", "--check"], "amqp-route": ["--link", "a,b"]}
NEXT = {"slip-dump": 0, "amqp-dump": 1, "amqp-play": 1, "amqp-serial": 1, "amqp-tun": 1, "amqp-route": 1}  # a broker that nobody is

# tool, line of the file, more options of this run, the option that is passed over
PASSED_OVER = [
    ("slip-dump", "format = json", [], "format"), ("slip-dump", "overwrite", [], "overwrite"), ("slip-dump", "overwrite", ["-w", "-", "--format", "json"], "overwrite"),
    ("slip-dump", "reopen", [], "reopen"), ("slip-dump", "reopen", ["-w", "out.pcap"], "reopen"), ("slip-dump", "file-size = 1", [], "file-size"),
    ("slip-dump", "file-seconds = 1", ["-w", "-", "--format", "json"], "file-seconds"), ("slip-dump", "file-frames = 1", [], "file-frames"),
    ("slip-dump", "files = 3", ["-w", "out.pcap"], "files"), ("slip-dump", "dlt = nofcs", [], "dlt"), ("slip-dump", "color = always", ["--json"], "color"),
    ("slip-dump", "frame-keys = nosuch", ["-w", "out.pcap"], "frame-keys"), ("slip-dump", "top", [], "top"), ("slip-dump", "port = /dev/null", [], "port"),
    ("slip-dump", "baud = 9600", [], "baud"), ("slip-dump", "dtr = on", [], "dtr"), ("slip-dump", "wait-port", [], "wait-port"),
    ("slip-dump", "print", ["--json"], "print"), ("slip-dump", "json", ["--print"], "json"),
    ("amqp-dump", "keep-for = 60", [], "keep-for"), ("amqp-dump", "keep-octets = 1k", [], "keep-octets"), ("amqp-dump", "delete-queue", [], "delete-queue"),
    ("amqp-dump", "management = http://x:1", [], "management"), ("amqp-dump", "color = always", ["--who"], "color"), ("amqp-dump", "who", ["--raw"], "who"),
    ("amqp-dump", "raw", ["--who"], "raw"), ("amqp-dump", "frame-keys = nosuch", ["--who"], "frame-keys"), ("amqp-dump", "filter = type=data", ["--raw"], "filter"),
    ("amqp-dump", "ip-filter = udp", ["--raw"], "ip-filter"), ("amqp-dump", "count = 3", ["--who"], "count"), ("amqp-dump", "control-from = x", [], "control-from"),
    ("amqp-dump", "cacert = in.pcap", [], "cacert"), ("amqp-play", "max-gap = 1", ["--speed", "0"], "max-gap"), ("amqp-play", "encoding = gso", [], "encoding"),
    ("amqp-play", "spool-size = 3", [], "spool-size"), ("amqp-serial", "on-full = wait", [], "on-full"), ("amqp-serial", "pace = 3", ["--mode", "passive"], "pace"),
    ("amqp-serial", "peer = b", ["--mode", "passive"], "peer"),
    ("amqp-serial", "encoding = gso", [], "encoding"), ("amqp-route", "seed = 3", [], "seed"), ("amqp-route", "only = any", [], "only"),
    ("amqp-tun", "encoding = gso", [], "encoding"), ("amqp-tun", "re-route-packets-prefix = cafe::/64", [], "re-route-packets-prefix"),
]


def words_of(line):
    name, _, value = line.partition(" = ")
    return [f"--{name}={value}" if value else f"--{name}"]


@pytest.mark.parametrize("tool, line, more, name", PASSED_OVER, ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_a_file_is_for_other_runs_too(tool, line, more, name, tmp_path):
    (tmp_path / "f").write_text(line + "\n")
    plain = run(tool, *NAMED[tool], *more, folder=tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    (tmp_path / "out.pcap").unlink(missing_ok=True)
    done = run(tool, *NAMED[tool], *more, "--config", "f", "-v", folder=tmp_path)
    assert done.returncode == plain.returncode == NEXT[tool], (plain, done)
    assert re.search(f"--{name} of a file of options .* it is for other runs", done.stderr), done
    assert {path.name for path in tmp_path.iterdir()} == made
    if tool == "slip-dump" and not more:
        assert run(tool, *NAMED[tool], *more, "--config", "f", folder=tmp_path).stdout == plain.stdout
        quiet = run(tool, *NAMED[tool], *more, "--config", "f", folder=tmp_path)
        assert len(quiet.stderr.splitlines()) == 1, quiet
    # Refused, or warned of, where it was typed.
    typed = run(tool, *NAMED[tool], *more, *words_of(line), folder=tmp_path)
    assert typed.returncode == 2 or "does nothing" in typed.stderr, typed


def test_what_one_file_says_both_of_is_refused(tmp_path):
    """No run could want both."""
    for tool, lines, said in (("slip-dump", "print\njson\n", "--print does nothing beside --json"), ("amqp-dump", "raw\nwho\n", "--raw and --who"),
                              ("amqp-serial", "mode = passive\npace = 3\n", "--pace has no use"), ("amqp-play", "speed = 0\nmax-gap = 1\n", "--max-gap does nothing")):
        (tmp_path / "f").write_text(lines)
        done = run(tool, *NAMED[tool], "--config", "f", folder=tmp_path)
        assert done.returncode == 2 and said in done.stderr, done


def test_a_later_file_beats_an_earlier_one(tmp_path):
    (tmp_path / "one").write_text("print\n")
    (tmp_path / "two").write_text("json\n")
    for files, first in ((("one", "two"), "{"), (("two", "one"), "00:00:01")):
        done = run("slip-dump", *RECORDED, "--config", files[0], "--config", files[1], folder=tmp_path)
        assert done.returncode == 0 and done.stdout.startswith(first), done


def test_of_two_channels_the_stronger_counts(tmp_path):
    for line, words, said in (("channel = 16", ["-p", "/dev/null@15"], "--channel of a file of options"), ("port = /dev/null@15", ["--channel", "16"], "--port of a file")):
        (tmp_path / "f").write_text(line + "\n")
        done = run("amqp-serial", "-n", "a", *words, "--config", "f", "-v", folder=tmp_path)
        assert done.returncode == 1 and said in done.stderr and "two channels" not in done.stderr, done
    (tmp_path / "f").write_text("port = /dev/null@15\nchannel = 16\n")
    assert run("amqp-serial", "-n", "a", "--config", "f", folder=tmp_path).returncode == 2


def test_what_is_passed_over_is_not_in_force(tmp_path):
    (tmp_path / "f").write_text("port = /dev/ttyUSB7\nbaud = 9600\nchannel = 15\n")
    dumped = run("slip-dump", *RECORDED, "--config", "f", "--dump-config", folder=tmp_path).stdout
    assert "ttyUSB7" not in dumped and "baud = 115200" in dumped and "channel = 15" in dumped
    dumped = run("slip-dump", "--config", "f", "--dump-config", folder=tmp_path).stdout
    assert "port = /dev/ttyUSB7" in dumped and "baud = 9600" in dumped


def test_a_need_of_the_command_line_is_met_by_a_file(tmp_path):
    (tmp_path / "f").write_text("write = out.pcap\n")
    assert run("slip-dump", *RECORDED, "--config", "f", "--format", "json", folder=tmp_path).returncode == 0
    assert (tmp_path / "out.pcap").read_text().startswith("{")


def test_wireshark_runs_with_a_file_for_lines(tmp_path):
    (tmp_path / "f").write_text("json\nwrite = out.pcap\ndlt = nofcs\nfcs = none\n")
    done = subprocess.run([harness.binaries_folder() / "slip-dump", "--config", "f", "--extcap-interfaces"], cwd=tmp_path, capture_output=True, text=True, timeout=20,
                          env={**os.environ, "HOME": str(tmp_path)})
    assert done.returncode == 0 and "interface {value=" in done.stdout, done
