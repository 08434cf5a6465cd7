"""A service manager is told how a tool is (sd_notify(3)): when it is ready, what it waits for, that it lives, that it ends."""
import os
import socket

import pytest

from harness import PATIENCE, preload
from test_port import plug  # noqa: F401
from test_slip_dump import numbered, slip


class Manager:
    """A socket as systemd gives one to a service."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.said = []

    def environment(self, **more):
        return {"NOTIFY_SOCKET": self.name, **more}

    def receive(self, seconds):
        self.socket.settimeout(seconds)
        try:
            self.said += self.socket.recv(4096).decode().split("\n")
        except TimeoutError:
            return False
        return True

    def wait(self, word, count=1, seconds=PATIENCE):
        """Until something that begins like this was said so often."""
        while sum(line.startswith(word) for line in self.said) < count:
            assert self.receive(seconds), f"{word!r} was not said: {self.said}"

    def falls_silent(self, seconds=2, messages=10):
        """Whether it says nothing for so long, after a few words that were on their way."""
        return any(not self.receive(seconds) for _ in range(messages))


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    manager = Manager(f"@framebus-{os.getpid()}-{tmp_path.name}" if request.param == "abstract" else str(tmp_path / "notify"))
    os.chmod(tmp_path, 0o755)
    yield manager
    manager.socket.close()


def test_a_tool_says_when_it_is_ready_and_when_it_ends(manager, tool, tmp_path, plug):  # noqa: F811
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-w", tmp_path / "out.pcap", "--fcs", "none", env=manager.environment())
    manager.wait("READY=1")
    assert not any(line.startswith("STOPPING") for line in manager.said)
    port.write(b"".join(map(slip, numbered(3))))
    dump.wait_stats(lambda report: report["slip.frames"] == 3)
    dump.stop()
    manager.wait("STOPPING=1")
    assert manager.said.count("READY=1") == 1
    assert "WATCHDOG=1" not in manager.said, "nobody asked for that"


def test_what_is_waited_for_is_the_status(manager, tool, tmp_path, plug):  # noqa: F811
    port = plug()
    tool("slip-dump", "-p", tmp_path / "probe", "-w", tmp_path / "out.pcap", "--fcs", "none", env=manager.environment())
    manager.wait("STATUS=both ends work")
    port.pull()
    manager.wait("STATUS=an end is away")
    port.put_in()
    manager.wait("STATUS=both ends work", 2)


@pytest.mark.parametrize("name, arguments", [
    ("amqp-dump", ["-w", "{tmp}/out.pcap"]),
    ("amqp-serial", ["-n", "agent_1", "-p", "{tmp}/probe"]),
])
def test_bus_tools(manager, bus_tool, tmp_path, plug, name, arguments):  # noqa: F811
    plug()
    one = bus_tool(name, *(a.format(tmp=tmp_path) for a in arguments), env=manager.environment(WATCHDOG_USEC="1000000"))
    manager.wait("READY=1")
    manager.wait("WATCHDOG=1", 3)
    one.stop()
    manager.wait("STOPPING=1")


def test_a_watchdog_of_another_process_is_not_ours(manager, tool, tmp_path, plug):  # noqa: F811
    plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-w", tmp_path / "out.pcap",
                env=manager.environment(WATCHDOG_USEC="1000000", WATCHDOG_PID="1"))
    manager.wait("READY=1")
    assert manager.falls_silent() and "WATCHDOG=1" not in manager.said
    dump.stop()


# What a thread gets stuck in: a read that does not return, though nothing was to be read or something was.
STUCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
ssize_t read(int fd, void *out, size_t size)
{
	ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
	ssize_t n = next(fd, out, size);
	if (n > 0 && memmem(out, (size_t)n, "get stuck here", 14))
		for (;;)
			poll(NULL, 0, -1);
	return n;
}
"""


@pytest.fixture
def stuck(tmp_path):
    if os.environ.get("FLAVOUR") == "asan":
        pytest.skip("a preloaded library does not go with the sanitizers")
    return {"LD_PRELOAD": preload(tmp_path, STUCK)}


def test_a_thread_that_is_stuck_ends_the_signs_of_life(manager, tool, tmp_path, plug, stuck):  # noqa: F811
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-w", tmp_path / "out.pcap",
                env={**stuck, **manager.environment(WATCHDOG_USEC="1000000")})
    manager.wait("WATCHDOG=1", 2)
    port.write(slip(b"get stuck here"))
    assert manager.falls_silent(), "the port's thread does nothing any more"
    dump.stop()


@pytest.mark.parametrize("word", ["relative", "/" + "x" * 200, "/nowhere/notify"])
def test_a_socket_that_cannot_be_used_is_warned_of(word, tool, tmp_path, plug):  # noqa: F811
    plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-w", tmp_path / "out.pcap", env={"NOTIFY_SOCKET": word})
    dump.wait_stderr("NOTIFY_SOCKET")
    dump.stop()
