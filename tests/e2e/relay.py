"""Sockets in network namespaces that are served from here."""
import ctypes
import socket
import threading

from harness import PATIENCE

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def socket_in(ns, family, address=None, kind=socket.SOCK_DGRAM, protocol=0):
    """A socket that lives in a namespace and serves from here."""
    made = []

    def make():
        with open(f"/var/run/netns/{ns.name}") as handle:
            if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        made.append(socket.socket(family, kind, protocol))
        made[0].settimeout(PATIENCE)
        if address:
            made[0].bind(address)
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


class Relay:
    """The broker's port of this side, in a namespace."""

    def __init__(self, ns, port, address="127.0.0.1"):
        self.listener = socket_in(ns, socket.AF_INET, (address, port), socket.SOCK_STREAM)
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
