"""Fixtures of the tests of amqp-tun: between network namespaces, across a real broker."""
import os

import pytest

from harness import binaries_folder
from relay import Relay


@pytest.fixture
def agent(bus_tool, netns):
    """agent(NAME, OPTION...) is a running amqp-tun in a namespace of its own (.ns)."""
    def start(name, *arguments, ns=None, **options):
        ns = ns or netns()
        tool = bus_tool("amqp-tun", "-n", name, "--netns", ns.name, *arguments, **options)
        tool.ns = ns
        return tool
    return start


@pytest.fixture
def pair(agent):
    """pair(OPTION...) is agent_1 and agent_2, each the other's peer, that have heard each other."""
    def start(*arguments, **options):
        one, two = (agent(f"agent_{i}", "--peer", f"agent_{3 - i}", *arguments, **options) for i in (1, 2))
        for tool in one, two:
            tool.wait_stats(lambda s: s["control.handled"] >= 1)
        return one, two
    return start


@pytest.fixture
def anybodys_program(tmp_path):
    """A copy that every user can run: the build folder may be closed to others."""
    program = tmp_path / "amqp-tun"
    program.write_bytes((binaries_folder() / "amqp-tun").read_bytes())
    program.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    return program


@pytest.fixture
def broker_in(broker):
    """broker_in(NS): the broker is reached from inside of this namespace too."""
    made = []
    yield lambda ns: made.append(Relay(ns, broker.port))
    for relay in made:
        relay.close()
