#!/usr/bin/python3
"""Ports of loopback for a server that is told which to take: `free_ports.py COUNT` prints them.

They are from below those that the kernel gives to every connection: between now and the server's start, none gets one.
"""
import contextlib
import random
import socket
import sys
from pathlib import Path

LOWEST = 10000


def _is_taken(holder, port):
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        return True
    return False


def free_ports(count):
    """So many that differ, where nobody listens."""
    end = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = []
    with contextlib.ExitStack() as holders:
        while len(ports) < count:
            holder = holders.enter_context(socket.socket())
            port = random.SystemRandom().randrange(LOWEST, end) if end > LOWEST else 0  # 0: any
            if not _is_taken(holder, port):
                ports.append(holder.getsockname()[1])
    return ports


if __name__ == "__main__":
    print(*free_ports(int(sys.argv[1])))
