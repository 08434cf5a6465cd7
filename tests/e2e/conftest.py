"""Fixtures of the end-to-end tests. What they give is in harness.py."""
import itertools
import os
import signal
import subprocess

import pytest

import harness

_numbers = itertools.count(1)
# Where the tests were started with nohup, the tools would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def missing(what):
    """A test cannot run here: skipped so that everybody sees it, and a failure where CI must run everything."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this, but: {what}", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """One private RabbitMQ for the whole run. Whoever kills it starts it again before the test ends."""
    broker = harness.Broker(tmp_path_factory.mktemp("broker"))
    yield broker
    broker.close()


@pytest.fixture
def private_broker(tmp_path):
    """A RabbitMQ for this test alone, to be treated badly."""
    broker = harness.Broker(tmp_path / "broker")
    yield broker
    broker.close()


@pytest.fixture
def vhost(broker):
    """A virtual host of this test's own: no test hears another."""
    vhost = harness.VirtualHost(broker, f"test{next(_numbers)}")
    yield vhost
    vhost.close()


@pytest.fixture
def witness(vhost):
    """witness(PATTERN...) is a pika client that reads these keys of the test's virtual host."""
    made = []

    def make(*patterns, **options):
        made.append(vhost.witness(*patterns, **options))
        return made[-1]
    yield make
    for witness in made:
        witness.close()


@pytest.fixture
def binaries():
    folder = harness.binaries_folder()
    assert folder.is_dir(), f"{folder}: nothing is built"
    return folder


@pytest.fixture
def tool(binaries):
    """tool(NAME, ARGUMENT...) starts one of ours and waits until it is ready (not with wait=False)."""
    made = []

    def start(name, *arguments, wait=True, **options):
        tool = harness.Tool(name, *arguments, **options)
        made.append(tool)
        return tool.wait_ready() if wait else tool
    yield start
    for tool in made:
        tool.kill()
    for tool in made:
        tool.close()


@pytest.fixture
def bus_tool(tool, vhost):
    """The same for tools that speak to the broker: on the test's own virtual host."""
    def start(name, *arguments, **options):
        return tool(name, "--url", vhost.url, *arguments, **options)
    return start


@pytest.fixture
def probe(tmp_path):
    """probe(NAME, OPTION...) is a simulated mote whose port is tmp_path/NAME."""
    made = []

    def make(name="probe", *arguments):
        made.append(harness.Probe(tmp_path / name, *arguments))
        return made[-1]
    yield make
    for probe in made:
        probe.close()


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own with room for 64 KiB, and then no more."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        missing("needs root (mounts a file system)")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        missing(f"file systems cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


class Netns:
    """A network namespace: name, run(COMMAND...), prefix for harness.Tool."""

    def __init__(self, name):
        self.name = name
        self.prefix = ["ip", "netns", "exec", name]
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments):
        return subprocess.run(["ip", "-n", self.name, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout

    def run(self, *command, timeout=30, check=True):
        return subprocess.run([*self.prefix, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=timeout, check=check)

    def start(self, *command, **options):
        """A process in it that the caller ends."""
        return subprocess.Popen([*self.prefix, *map(str, command)], **options)

    def interfaces(self):
        return sorted(line.split(":")[1].strip().split("@")[0] for line in self.ip("-o", "link").splitlines())


def _tun_works():
    name = f"fb{os.getpid()}-try"
    if os.geteuid() != 0:
        return "needs root (network namespaces and TUN)"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
        return "network namespaces are not allowed here"
    try:
        made = subprocess.run(["ip", "-n", name, "tuntap", "add", "t", "mode", "tun"], capture_output=True, text=True)
        return f"no TUN here: {made.stderr.strip()}" if made.returncode != 0 else None
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.fixture(scope="session")
def tun_allowed():
    reason = _tun_works()
    if reason:
        missing(reason)


@pytest.fixture
def netns(tun_allowed):
    """netns() is a new network namespace with a name of its own; gone after the test."""
    made = []

    def make():
        name = f"fb{os.getpid()}-{next(_numbers)}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        made.append(name)
        return Netns(name)
    yield make
    for name in made:
        subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.fixture
def corpus():
    """The corpus folder, where there is one."""
    if not harness.CORPUS.is_dir():
        pytest.skip(f"{harness.CORPUS}: no corpus here (set CORPUS)")
    return harness.CORPUS
