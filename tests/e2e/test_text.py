"""Text from outside, wherever it comes from and whichever way it leaves: nothing of it moves the terminal's cursor, turns the direction of
writing, or is a password. What is JSON stays JSON."""
import json
import os
import re
import subprocess
import unicodedata

import pytest

from harness import binaries_folder, ipv6_udp, wait_until

TOOLS = ["amqp-dump", "amqp-play", "amqp-route", "amqp-serial", "amqp-tun", "slip-dump"]
# C0, C1 as UTF-8 and as one octet, bidi marks, separators, zero width, a tag, a noncharacter, no UTF-8 at all
HOSTILE = (b"\x1b[2J\r\x07", b"\xc2\x9b31m\xc2\x85", b"\x9b31m", b"\xe2\x80\xae\xd8\x9c\xe2\x81\xa6", b"\xe2\x80\xa8\xe2\x80\xa9",
           b"\xef\xbb\xbf\xe2\x80\x8b", b"\xf3\xa0\x81\x81", b"\xef\xbf\xbf", b"\xff\xc0\xaf", b"\xed\xa0\x80")
GOOD = "Zürich-日本-€"


def run(name, *arguments, program=None, status=None, env=()):
    command = [program or os.fsencode(binaries_folder() / name), *map(os.fsencode, arguments)]
    done = subprocess.run(command, executable=binaries_folder() / name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30, check=False,
                          env={"AMQP_URL": "amqp://127.0.0.1:1/", "PATH": "/usr/bin:/bin", **dict(env)})
    assert status is None or done.returncode == status, done.stderr
    return done


def assert_printable(octets):
    for line in octets.decode().splitlines():  # UTF-8, or it fails here
        assert line.isprintable(), ascii(line)
        assert not any(unicodedata.category(c) in ("Cf", "Cc", "Co") for c in line), ascii(line)


# --- printed ---

@pytest.mark.parametrize("name", TOOLS)
def test_words_of_the_command_line(name):
    for text in HOSTILE:
        assert_printable(run(name, b"a" + text + b"z", status=2).stderr)
        assert_printable(run(name, b"--no-such" + text, status=2).stderr)
        assert_printable(run(name, b"--stats=" + text, status=2).stderr)
        assert_printable(run(name, b"--ready-fd", text, status=2).stderr)


@pytest.mark.parametrize("arguments", [
    ("amqp-play", "-n", "a", "-r", b"/gone/%s"), ("slip-dump", "-r", b"/gone/%s"), ("slip-dump", "-p", b"/gone/%s"),
    ("slip-dump", "-r", "/dev/null", "-w", b"/gone/%s"), ("amqp-dump", "-w", b"/gone/%s"), ("amqp-dump", "--password-file", b"/gone/%s"),
    ("amqp-dump", "--url", "amqps://h/", "--cacert", b"/gone/%s"), ("amqp-play", "-n", "a", "-r", "/dev/null", "--spool", b"/gone/%s"),
    ("amqp-dump", "--retry", "never", "--url", b"amqp://%s/"), ("amqp-dump", "--retry", "never", "--url", b"amqp://127.0.0.1:1/%s"),
    ("amqp-serial", "-n", "a", "--retry", "never", "-p", b"/gone/%s"), ("amqp-tun", "-n", b"a.%s"), ("amqp-dump", "--keep", "-n", b"a.%s"),
], ids=str)
def test_files_hosts_and_names(arguments):
    for text in HOSTILE + (GOOD.encode(),):
        said = run(*(a % text if isinstance(a, bytes) else a for a in arguments)).stderr
        assert_printable(said)
        if text == GOOD.encode() and b"/gone" in b"".join(map(os.fsencode, arguments)):
            assert GOOD in said.decode()


@pytest.mark.parametrize("name", TOOLS)
def test_the_name_of_the_program(name):
    program = b"/x/a\"b\\\x1b\xc2\x9b\xe2\x80\xae"
    for option in ("--help", "--version", "--dump-options", "--gone"):
        done = run(name, option, program=program)
        assert_printable(done.stdout + done.stderr)
        for line in done.stdout.splitlines() if option == "--dump-options" else ():
            json.loads(line)
    done = run("slip-dump", "-r", "/dev/null", "--stats=json", program=program, status=1)
    assert json.loads(done.stderr.splitlines()[-1])["tool"] == "a_b_______"


def test_names_of_agents(bus_tool, witness, tmp_path):
    """Routing keys that a terminal, a file name in tshark or a log would not survive: in lines, in a pcapng, in what is said about them."""
    sender = witness()
    names = ["a" + text for text in ("\u202egnp_exe", "\u2066\u061c", "\ufeff\u200b", "\U000e0041", "\uffff")] + [GOOD]
    lines = bus_tool("amqp-dump", "-v", "-v", "-k", "#")
    capture = bus_tool("amqp-dump", "-w", tmp_path / "out.pcapng")
    for name in names:
        sender.publish(f"fromAgent.{name}.ip.tun.packet.raw", {"_api_version": "1.2.15", "data": list(ipv6_udp("bbbb::1", "bbbb::2", b"x")),
                                                               "interface_name": "tun0", "timestamp": 1.5}, message_id="\u202e\x9b", user_id="guest")
        sender.publish(f"none.of.ours.{name}", b"\xff", content_type="\u202e")
        sender.publish(f"fromAgent.{name}.ip.tun.packet.raw", b"\x9b\xff", content_type="text/\u202e")
    # Below each line -v shows the packet in full, indented.
    wait_until(lambda: sum(not line.startswith(b" ") for line in lines.stdout.splitlines()) == len(names))
    capture.wait_stats(lambda s: s["output.written"] == len(names))
    lines.stop()
    capture.stop()
    assert_printable(lines.stdout)
    assert_printable(lines.stderr.encode())
    assert GOOD in lines.stdout.decode() and "a\\u202egnp_exe" in lines.stdout.decode()
    shown = subprocess.run(["tshark", "-r", tmp_path / "out.pcapng", "-T", "fields", "-e", "frame.interface_name"], check=True,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    assert_printable(shown)
    assert f"{GOOD} fromAgent ip.tun" in shown.decode()


# --- passwords ---

SECRET = "s3cretw0rd"
LOGINS = [f"amqp://u:{SECRET}@h", f"AMQPS://u:{SECRET}@h/v", f"amqp://u%3A{SECRET}@h", f"amqp://u:a@{SECRET}@h", f"http://u:{SECRET}@h",
          f"amqp://h/?password={SECRET}", f"amqp://h/?x=1&Access_Token={SECRET}", f"amqp%3A%2F%2Fu%3A{SECRET}%40h", f"u:{SECRET}@h",
          f"amqp://u:{SECRET}", f"amqp:/u:{SECRET}@h", f"//u:{SECRET}@h", f"amqp://u:'{SECRET}@h", f"amqp://u:a b{SECRET}@h",
          f"password={SECRET}", f"passwd={SECRET}", f"amqp://{SECRET}@h", f"amqp://u:{SECRET}%40h",
          f"u:{SECRET}%2540h", f"amqp://h/?sasl_pw={SECRET}"]


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("form", ["{}", "--urll={}", "--ur={}", "--gone={}", "--stats={}", "--ready-fd={}"])
def test_a_password_is_not_said_again(name, form):
    for login in LOGINS:
        done = run(name, form.format(login), status=2)
        assert SECRET.encode() not in done.stderr + done.stdout, (login, done.stderr)


@pytest.mark.parametrize("arguments", [
    ["--password", SECRET], ["--passwd", SECRET], [f"--password={SECRET}"], ["--password-fil", SECRET], ["--secret", SECRET],
    ["--urll", f"amqp://u:{SECRET}@h"], ["--ur", f"amqp://u:{SECRET}@h"], ["--keep", "--name", f"amqp://u.:{SECRET}@h"],
    ["--exchange", "x" * 300 + f"amqp://u:{SECRET}@h"], ["--count", f"u:{SECRET}@h"], ["--heartbeat", f"amqp://u:{SECRET}@h"],
    ["--url", f"amqp://u%3A{SECRET}@127.0.0.1:1/", "--retry", "never"], ["--url", f"amqp://u:{SECRET}@127.0.0.1:1/?password={SECRET}", "--retry", "never"],
    ["--url", f"amqp://u:p@{SECRET}@127.0.0.1:1/"], ["--password-file", f"/gone/u:{SECRET}@h"], ["-w", f"/gone/amqp://u:{SECRET}@h"],
    ["-w", f"amqp://u:a {SECRET}@h/x"], ["--password-file", f"amqp://u:a\n{SECRET}@h"], ["-k", f"amqp://h/?sasl_pw={SECRET}", "--retry", "never"],
], ids=str)
def test_nor_where_it_is_misplaced(arguments):
    done = run("amqp-dump", *arguments)
    assert done.returncode in (1, 2) and SECRET.encode() not in done.stderr + done.stdout, done.stderr


@pytest.mark.parametrize("variable", ["AMQP_URL"])
def test_nor_where_the_environment_has_it(variable):
    for login in LOGINS:
        said = run("amqp-dump", "--retry", "never", env={variable: login}).stderr
        if login != f"amqp://{SECRET}@h":  # a user's name
            assert SECRET.encode() not in said, (login, said)


def test_what_wireshark_passes_leaves_the_list_of_processes(bus_tool, tmp_path):
    """What later versions of it invent is passed over, for as long as the capture lasts."""
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    tool = bus_tool("amqp-dump", "--capture", "--extcap-interface", "amqp-dump", "--fifo", tmp_path / "fifo", "--passwd", SECRET,
                    f"--extcap-future=amqp://u:{SECRET}@h", f"u:{SECRET}@h")
    with open(f"/proc/{tool.pid}/cmdline", "rb") as f:
        assert SECRET.encode() not in f.read()
    tool.stop()
    os.close(reader)
    assert SECRET not in tool.stderr


# --- descriptors ---

@pytest.mark.parametrize("name", TOOLS)
def test_ready_fd(name, tmp_path):
    (tmp_path / "x").touch()
    for fd, words in [("0", "standard stream"), ("1", "standard stream"), ("2", "standard stream"), ("99", "is not open"),
                      ("1000000", "is not open"), ("-1", "whole number"), ("3x", "whole number")]:
        said = run(name, "--ready-fd", fd, status=2).stderr.decode()
        assert re.search(f"--ready-fd '{fd}': .*{words}", said), said
    reader = os.open(tmp_path / "x", os.O_RDONLY)
    os.set_inheritable(reader, True)
    done = subprocess.run([binaries_folder() / name, "--ready-fd", str(reader)], stderr=subprocess.PIPE, pass_fds=[reader], timeout=30, check=False)
    os.close(reader)
    assert done.returncode == 2 and b"is not open for writing" in done.stderr


@pytest.mark.parametrize("arguments", [("amqp-dump", "-w"), ("slip-dump", "-r", "/dev/null", "-w"), ("slip-dump", "-r", "/dev/null", "-w", "-", "-w"),
                                       ("amqp-dump", "--password-file"), ("amqp-tun", "-n", "agent_1", "--cacert")], ids=" ".join)
@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}"])
def test_ready_fd_is_no_file_of_ours(arguments, name, tmp_path):
    """A capture would get a line of text."""
    with open(tmp_path / "x", "w+b") as file:
        fd = file.fileno()
        done = subprocess.run([binaries_folder() / arguments[0], *arguments[1:], name.format(fd), "--ready-fd", str(fd)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[fd], timeout=30, check=False)
        assert done.returncode == 2 and f"--ready-fd '{fd}': is the file {name.format(fd)} of --" in done.stderr.decode(), done.stderr
        assert file.read() == b""
