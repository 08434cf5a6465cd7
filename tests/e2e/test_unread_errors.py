"""Nobody reads standard error: a full pipe, a stopped terminal. No tool is held up by what it says: it works, it ends when it is asked to, and what is left out is told."""
import fcntl
import os
import re
import signal
import subprocess
import termios

import pytest

import harness
from harness import pcap_bytes, wait_until
from test_slip_dump import DATA, slip

F_SETPIPE_SZ, ROOM = 1031, 4096
BUS = ["-u", "amqp://127.0.0.1:1/"]  # nobody is there, which is said
WORDS = {"slip-dump": ["-p", "probe", "-w", "air.pcap"], "amqp-serial": [*BUS, "-n", "a", "-p", "probe"], "amqp-dump": BUS,
         "amqp-play": [*BUS, "-n", "a", "-r", "in.pcap"], "amqp-route": [*BUS, "--link", "a,b"], "amqp-tun": [*BUS, "-n", "a", "--peer", "b", "--wait-start"]}


class Pipe:
    def __init__(self):
        self.read_end, self.write_end = os.pipe()
        fcntl.fcntl(self.write_end, F_SETPIPE_SZ, ROOM)
        os.set_blocking(self.read_end, False)
        self.fill()

    def fill(self):
        """Nothing of what is said has room any more."""
        own = os.open(f"/proc/self/fd/{self.write_end}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(own, b"x")
        except BlockingIOError:
            os.close(own)

    def read(self):
        try:
            return os.read(self.read_end, ROOM)
        except BlockingIOError:
            return b""

    def close(self):
        os.close(self.read_end)
        os.close(self.write_end)


def handles_sigterm(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"SigBlk:\s*(\S+)", status.read())[1], 16) >> signal.SIGTERM - 1 & 1


@pytest.fixture
def pipe():
    made = Pipe()
    yield made
    made.close()


@pytest.fixture
def start(tmp_path):
    """start(NAME, WORDS, STDERR) is a tool that has begun."""
    running = []

    def run(name, words, stderr, meanwhile=lambda: None):
        process = subprocess.Popen([harness.binaries_folder() / name, *map(str, words)], cwd=tmp_path, stderr=stderr,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        running.append(process)
        wait_until(lambda: meanwhile() or handles_sigterm(process.pid), what="the tool has begun")
        return process
    yield run
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", WORDS)
def test_it_ends_when_it_is_asked_to(start, probe, pipe, tmp_path, name):
    if name == "amqp-tun" and os.geteuid():
        pytest.skip("not root")
    probe()
    (tmp_path / "in.pcap").write_bytes(pcap_bytes(230, [(1, DATA)]))
    def read():
        pipe.read()

    tool = start(name, [*WORDS[name], "-v", "-v", "--stats"], pipe.write_end, read)  # what it says before it can wait
    pipe.fill()
    tool.terminate()
    assert tool.wait(harness.STOP_SECONDS) in (0, 1)  # amqp-play may have something left to send


@pytest.mark.parametrize("end", ["a pipe", "a terminal"])
def test_it_works_meanwhile_and_says_what_is_left_out(start, probe, pipe, tmp_path, end):
    mote = probe()
    terminal, write = os.openpty() if end == "a terminal" else (None, pipe.write_end)
    if terminal:
        os.set_blocking(terminal, False)
        termios.tcflow(write, termios.TCOOFF)  # as ^S does it
    tool = start("slip-dump", ["-p", "probe", "--fcs", "none", "-U", "-w", "air.txt", "--file-frames", 1, "-v"], write)
    wait_until((tmp_path / "air.txt").exists, what="the port has been opened")
    mote.send(*[DATA] * 40)
    wait_until(lambda: len(list(tmp_path.glob("air*"))) == 40, what="each frame has its file, which is told of")
    if terminal:
        termios.tcflow(write, termios.TCOON)
    said = bytearray()

    def is_told():
        mote.send(DATA)
        try:
            said.extend(os.read(terminal, ROOM) if terminal else pipe.read())
        except BlockingIOError:
            pass
        return re.search(rb"slip-dump: what was said before this is left out \(\d+ lines?\): nobody read standard error\r?\n", said)
    wait_until(is_told)
    tool.terminate()
    assert tool.wait(harness.STOP_SECONDS) == 0
    if terminal:
        os.close(terminal)
        os.close(write)


def test_at_its_own_end_it_waits_for_who_reads(start, pipe, tmp_path):
    """As `2>&1 | less` reads."""
    (tmp_path / "line").write_bytes(slip(DATA) * 3)
    tool = start("slip-dump", ["-r", "line", "--fcs", "none", "-w", "air.pcap"], pipe.write_end)
    with pytest.raises(subprocess.TimeoutExpired):
        tool.wait(1)
    said = pipe.read()
    assert tool.wait(10) == 0
    assert re.search(rb"slip-dump: 3 frames, 0 dropped, .* s\n$", said + pipe.read())
