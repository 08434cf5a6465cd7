"""The bus tools with the least that each needs to run, so that one test can treat all of them alike."""
import itertools
import os
import re
import select
import signal
import struct
import subprocess
import time
from pathlib import Path

from harness import TESTS, files_of, pcap_bytes, wait_until
from sums import assert_sums

NEED_ROOT = ("amqp-tun",)
LINK_802154 = 230


def bus_tool_names():
    """Those that there are."""
    return sorted(path.parent.name for path in (TESTS.parent / "bin").glob("amqp-*/main.c"))


class Starter:
    """start() begins a tool, with what it needs beside the broker's URL; close() ends all that were begun and checks their sums."""

    def __init__(self, tool, probe, new_netns):
        self._tool, self._probe, self._new_netns = tool, probe, new_netns
        self._numbers = itertools.count(1)
        self._started = []

    def start(self, name, url, *arguments, prefix=(), wait=False, **options):
        number = next(self._numbers)
        agent = f"agent_{number}"
        urls = [url] if isinstance(url, str) else list(url)
        command = [word for one in urls for word in ("--url", one)]
        if name == "amqp-play":
            options.setdefault("stdin", subprocess.PIPE)
            command += ["-n", agent, "-r", "-", "--speed", "0"]
        elif name == "amqp-dump":
            command += [] if "-w" in arguments else ["-w", "-"]
        elif name == "amqp-route":
            command += ["-n", agent, "--link", "agent_1,agent_2"]
        elif name == "amqp-serial":
            command += ["-n", agent, "-p", self._probe(agent).link]
        elif name == "amqp-tun":
            command += ["-n", agent, "--peer", "agent_peer", "--ipv6", f"bbbb::{number}/64"]
            command += [] if prefix else ["--netns", self._new_netns().name]
        started = self._tool(name, *command, *arguments, prefix=prefix, wait=False, **options)
        self._started.append(started)
        if name == "amqp-play" and options["stdin"] == subprocess.PIPE:
            try:
                write(started, pcap_bytes(LINK_802154, []))
            except BrokenPipeError:
                pass  # what it met had ended it by then
        return started.wait_ready() if wait else started

    def close(self):
        for tool in self._started:
            if tool.process.poll() is None:
                tool.stop(status=None)
            if tool.process.returncode >= 0 and '{"tool":' in tool.stderr:
                assert_sums(tool.final_stats())


def write(tool, data):
    tool.stdin.write(data)
    tool.stdin.flush()


def fill(tool, piece):
    """Writes these records over and over until the tool has taken none for a second. Returns how often they were begun, and what is
    left of the last time: the capture goes on with that."""
    os.set_blocking(tool.stdin.fileno(), False)
    begun, rest, refused_since = 0, b"", None
    while refused_since is None or time.monotonic() - refused_since < 1:
        if not rest:
            begun, rest = begun + 1, piece
        try:
            rest = rest[os.write(tool.stdin.fileno(), rest[:65536]):]
            refused_since = None
        except BlockingIOError:
            refused_since = refused_since or time.monotonic()
            select.select([], [tool.stdin], [], 0.05)
    os.set_blocking(tool.stdin.fileno(), True)
    return begun, rest


FLOOD = """
import socket
out = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
while True:
    try:
        out.sendto(bytes(1000), ("bbbb::ffff", 9))
    except OSError:
        pass
"""


def flood(space):
    """IPv6 packets into the tunnel of that namespace, as fast as it goes: a process for the caller to end."""
    return space.start("/usr/bin/python3", "-c", FLOOD)


def wait_quiet(connection, way="up", seconds=0.5):
    """Nothing passes any more."""
    last = [connection.octets(way), time.monotonic()]

    def is_quiet():
        if connection.octets(way) != last[0]:
            last[:] = [connection.octets(way), time.monotonic()]
        return time.monotonic() - last[1] > seconds
    wait_until(is_quiet)


def allow(broker, vhost, user, configure=".*", write=".*", read=".*"):
    """`rabbitmqctl set_permissions`, thirty times as fast."""
    patterns = ", ".join(f'<<"{pattern}">>' for pattern in (configure, write, read))
    broker.eval(f'rabbit_auth_backend_internal:set_permissions(<<"{user}">>, <<"{vhost.name}">>, {patterns}, <<"tests">>).')


# --- numbered frames ---

def frame(number, size=20):
    """An 802.15.4 data frame whose payload says which it is."""
    return bytes.fromhex("4188") + bytes([number & 0xff]) + bytes.fromhex("cdab02000100") + struct.pack(">I", number) + \
        bytes(max(0, size - 13))


def number_of(octets):
    return struct.unpack(">I", octets[9:13])[0]


def records(numbers, size=20):
    """The capture records of these frames, without a file header."""
    now = time.time_ns()
    return pcap_bytes(LINK_802154, [(now, frame(n, size)) for n in numbers])[24:]


# --- what a process is doing, from outside ---

def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def descriptors(pid):
    """What each is, so that one too many can be named."""
    return sorted(files_of(pid).values())


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def family(pid):
    """A process and its descendants: amqp-tun works in a child. One that has ended meanwhile has none."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        children = []
    return [pid] + [descendant for child in children for descendant in family(int(child))]


def _sockets(pid):
    for file in files_of(pid).values():
        if found := re.fullmatch(r"socket:\[(\d+)\]", file):
            yield found[1]


def remote_ports(pid, table, state):
    """The ports that its sockets of a table ("tcp", "udp") in a state of the kernel's numbering are connected to."""
    ports = []
    for member in family(pid):
        try:
            own = set(_sockets(member))
            rows = [line.split() for line in Path(f"/proc/{member}/net/{table}").read_text().splitlines()[1:]]
        except OSError:
            continue  # it has ended: the shell before the tool starts others
        ports += [int(row[2].split(":")[1], 16) for row in rows if row[9] in own and int(row[3], 16) == state]
    return ports


ESTABLISHED, SYN_SENT = 1, 2


def has_started(tool):
    """It has its signals: amqp-tun looks its brokers up before that, too."""
    blocked = re.search(r"^SigBlk:\s*(\w+)", Path(f"/proc/{tool.pid}/status").read_text(), re.M)[1]
    return int(blocked, 16) >> (signal.SIGUSR1 - 1) & 1


def wait_resolving(tool):
    wait_until(lambda: has_started(tool) and 53 in remote_ports(tool.pid, "udp", ESTABLISHED),
               what=f"{tool.name}: a question to the name server")


def wait_connecting(tool):
    """Its SYN has gone out and nothing has come back."""
    wait_until(lambda: remote_ports(tool.pid, "tcp", SYN_SENT), what=f"{tool.name}: a connection in SYN_SENT")


def wait_connected(tool, port):
    """As TCP has it."""
    wait_until(lambda: port in remote_ports(tool.pid, "tcp", ESTABLISHED), what=f"{tool.name}: a connection to {port}")
