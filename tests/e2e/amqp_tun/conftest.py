"""Fixtures of the tests of amqp-tun: between network namespaces, across a real broker."""
import os
import socket
import threading

import pytest

from harness import binaries_folder
from tun import socket_in


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


class Relay:
    """The broker's port of this side, in a namespace."""

    def __init__(self, ns, port):
        self.listener = socket_in(ns, socket.AF_INET, ("127.0.0.1", port), socket.SOCK_STREAM)
        self.listener.settimeout(None)
        self.listener.listen()
        self.port, self.sockets = port, [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                ends = self.listener.accept()[0], socket.create_connection(("127.0.0.1", self.port))
                self.sockets += ends
                for source, sink in (ends, ends[::-1]):
                    threading.Thread(target=self._move, args=(source, sink), daemon=True).start()
        except OSError:
            pass

    @staticmethod
    def _move(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()


@pytest.fixture
def broker_in(broker):
    """broker_in(NS): the broker is reached from inside of this namespace too."""
    made = []
    yield lambda ns: made.append(Relay(ns, broker.port))
    for relay in made:
        relay.close()
