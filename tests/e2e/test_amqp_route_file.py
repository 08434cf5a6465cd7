"""amqp-route --links: files that are pipes, that end late or never, that are gone; read again and again."""
import os
import signal
from pathlib import Path

import pytest

from harness import wait_until

TUN = "fromAgent.{}.ip.tun.packet.raw"


def passes(other, sender, receiver):
    other.publish(TUN.format(sender), "{}")
    assert other.get().key == f"toAgent.{receiver}.ip.tun.packet.raw"


def is_passed(other, sender, receiver):
    other.publish(TUN.format(sender), "{}")
    try:
        return other.get(1).key == f"toAgent.{receiver}.ip.tun.packet.raw"
    except AssertionError:
        return False


def test_a_pipe_whose_writer_is_slow(bus_tool, witness):
    """<(…) of a shell: read to its end, in whatever parts it comes; what is there no more leaves the links as they were."""
    reader, writer = os.pipe()
    tool = bus_tool("amqp-route", "--links", f"/dev/fd/{reader}", pass_fds=[reader], wait=False)
    os.close(reader)
    os.write(writer, b"a,b # and ")
    tool.wait_stderr("waits for what is written into it, and for its end")
    os.write(writer, b"more\nc,d")
    os.write(writer, b"e\n")
    os.close(writer)
    tool.wait_ready()
    other = witness("toAgent.#")
    passes(other, "c", "de")
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links stay as they were")
    passes(other, "c", "de")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_fifo_that_never_ends(bus_tool, witness, tmp_path, stop):
    """At the start nothing holds up a stop; later the links stay, the packets pass, and a stop ends it within its second."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    tool = bus_tool("amqp-route", "--links", path, wait=False)
    tool.wait_stderr("waits for what is written into it")
    tool.process.send_signal(stop)
    assert tool.wait() == -stop
    tool = bus_tool("amqp-route", "--links", path, wait=False)
    path.write_text("a,b\n")
    tool.wait_ready()
    other = witness("toAgent.#")
    passes(other, "a", "b")
    tool.process.send_signal(signal.SIGHUP)
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, b"a,c\n")
    tool.wait_stderr("(?s)waits for.*")
    passes(other, "a", "b")
    tool.process.send_signal(signal.SIGHUP)
    os.close(writer)
    tool.wait_stderr("the links are others now, of 2 agents")
    passes(other, "a", "c")
    # It was asked once more meanwhile, and waits for the next one who writes.
    path.write_text("a,d\n")
    wait_until(lambda: tool.stderr.count("the links are others now") == 2)
    tool.process.send_signal(signal.SIGHUP)
    tool.stop(stop)


def test_more_than_a_file_may_have(bus_tool, tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    tool = bus_tool("amqp-route", "--links", path, wait=False)
    with pytest.raises(BrokenPipeError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"# " + b"x" * 4000 + b"\n")
    tool.wait(status=2)
    assert f"{path}: is over 1048576 octets long" in tool.stderr


@pytest.mark.parametrize("make,words", [
    (lambda p: p.unlink(), "No such file"), (lambda p: (p.unlink(), p.mkdir()), "Is a directory"), (lambda p: p.write_bytes(b"\xff\xfe,b\n"), "a name must be"),
    (lambda p: p.write_text("a,b\nb,c loss=nan\n"), "line 2: loss='nan'"), (lambda p: p.write_text("#\n"), "no link in it"),
])
def test_what_is_no_file_of_links(bus_tool, witness, tmp_path, make, words):
    path = tmp_path / "links"
    path.write_text("a,b\n")
    tool = bus_tool("amqp-route", "--links", path)
    make(path)
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr(f"{words}.*" + r"\(the links stay as they were\)")
    passes(witness("toAgent.#"), "a", "b")


def test_read_again_and_again(bus_tool, witness, tmp_path):
    """Other agents each time: what was is given back."""
    path = tmp_path / "links"

    def write(n):
        path.write_text(",".join(f"agent_{'x' * 60}_{n}_{k}" for k in range(50)) + f"\na,{'b' if n % 2 else 'c'} loss=0 only='udp port {n + 1}'\n")

    def resident():
        return next(int(line.split()[1]) for line in Path(f"/proc/{tool.pid}/status").read_text().splitlines() if line.startswith("VmRSS"))

    def change(times):
        for n in range(times):
            said = tool.stderr.count("the links are others now")
            write(n)
            tool.process.send_signal(signal.SIGHUP)
            wait_until(lambda: tool.stderr.count("the links are others now") > said)
    path.write_text("a,b\n")
    tool = bus_tool("amqp-route", "--links", path)
    change(50)
    before = resident()
    change(100)
    # The sanitizer keeps what was given back, and says at the end what was not.
    assert os.environ.get("FLAVOUR") == "asan" or resident() - before < 8000
    path.write_text("a,b\n")
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links are others now, of 2 agents")
    other = witness("toAgent.#")
    # Packets wait two seconds at the most; until its last queues are there they may be too old.
    wait_until(lambda: tool.stats()["bus_downlink.connections"] > 1)
    wait_until(lambda: is_passed(other, "a", "b"))
    tool.stop()
    assert "LeakSanitizer" not in tool.stderr


@pytest.mark.parametrize("content,reason", [
    (None, "No such file or directory"), ("a\n", "line 1: 'a' alone is no link"), ("", "no link in it"), ("a,b\0\n", "has a NUL in it")])
def test_what_is_wrong_names_the_option(bus_tool, tmp_path, content, reason):
    """At the start, and when it is read again."""
    path = tmp_path / "links"
    if content is not None:
        path.write_text(content)
    tool = bus_tool("amqp-route", "--links", path, wait=False)
    tool.wait(status=2)
    assert f"--links {path}: {reason}" in tool.stderr
    path.write_text("a,b\n")
    tool = bus_tool("amqp-route", "--links", path)
    path.unlink() if content is None else path.write_text(content)
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links stay as they were")
    assert f"--links {path}: {reason}" in tool.stderr
