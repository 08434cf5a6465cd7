"""What the tests of amqp-tun share. Witnesses: ping, iperf3, libcoap's tools, amqp-publish, python3-pika."""
import os
import re
import signal
import socket
import struct
import subprocess

import harness
from harness import binaries_folder, ipv6_udp, wait_until
from relay import socket_in  # noqa: F401

PCAP = "application/vnd.tcpdump.pcap"
GSO = "application/vnd.framebus.gso"


def raw_key(name, direction="from"):
    return f"{direction}Agent.{name}.ip.tun.packet.raw"


def body(packet, **extra):
    return {"_api_version": "1.2.15", "data": list(packet), "interface_name": "tun0", "timestamp": 1700000000.25, **extra}


def gso_records(octets):
    """(virtio_net_hdr, packet) of a gso body."""
    assert octets[:8] == b"fGSO\x01\0\0\0"
    at, records = 8, []
    while at < len(octets):
        length = struct.unpack_from("<I", octets, at)[0]
        records.append((octets[at + 12:at + 22], octets[at + 22:at + 22 + length]))
        at += 22 + length
    return records


def gso_bytes(*records, version=1):
    return b"fGSO" + bytes([version, 0, 0, 0]) + b"".join(struct.pack("<Iq", len(packet), 0) + header + packet for header, packet in records)


def vnet(flags=0, gso_type=0, hdr_len=0, gso_size=0, csum_start=0, csum_offset=0):
    return struct.pack("<BBHHHH", flags, gso_type, hdr_len, gso_size, csum_start, csum_offset)


TCPV4, TCPV6, UDP_L4 = 1, 4, 5


def super_udp(source, destination, payload, size):
    """A UDP super-packet over IPv6: (virtio_net_hdr, packet with the sum of its pseudo-header where the checksum belongs)."""
    packet = bytearray(ipv6_udp(source, destination, payload))
    words = struct.unpack(">16H", packet[8:40])
    partial = sum(words) + len(packet) - 40 + socket.IPPROTO_UDP
    while partial >> 16:
        partial = (partial & 0xffff) + (partial >> 16)
    packet[46:48] = struct.pack(">H", partial)
    return vnet(1, UDP_L4, 48, size, 40, 6), bytes(packet)


def ping(ns, address, count=3):
    """The first COUNT requests are answered, in order; with -w, ping goes on until then: -W would give up two round trips later."""
    done = ns.run("ping", "-n", "-c", count, "-i", "0.05", "-w", "30", address, check=False, timeout=45)
    assert re.findall(r"icmp_seq=(\d+) ", done.stdout)[:count] == [str(i + 1) for i in range(count)], done.stdout
    return done.stdout


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as handle:
        return [int(p) for p in handle.read().split()]


def status_fields(pid):
    with open(f"/proc/{pid}/status") as handle:
        return dict(line.rstrip("\n").split(":\t", 1) for line in handle if ":\t" in line)


def is_judged(stats):
    """What was received has been delivered or rejected: a report may come between the two."""
    return stats["downlink.received"] == stats["downlink.delivered"] + sum(v for k, v in stats.items() if k.startswith("downlink.rejected_"))


def check_sums(stats):
    assert stats["uplink.read"] == stats["uplink.published"] + sum(v for k, v in stats.items() if k.startswith("uplink.dropped_"))
    assert is_judged(stats), stats
    assert stats["control.received"] == sum(stats["control." + k] for k in ("handled", "ignored", "refused", "rejected"))


def no_tun(ns):
    return not [i for i in ns.interfaces() if i.startswith("tun")]


def start_body(**fields):
    return {"_api_version": "1.2.15", "name": "x", "ipv6_prefix": None, "ipv6_host": None, "ipv6_no_forwarding": False, "ipv4_host": None,
            "ipv4_network": None, "ipv4_netmask": None, "re_route_packets_if": None, "re_route_packets_prefix": None,
            "re_route_packets_host": None, **fields}


GOOD = ipv6_udp("bbbb::2", "bbbb::1", b"after all that")


def preload(tmp_path, code, *defines):
    """Kernels that we do not have."""
    headers = "dlfcn.h", "errno.h", "fcntl.h", "linux/if_tun.h", "stdarg.h", "string.h", "sys/ioctl.h", "sys/stat.h"
    return harness.preload(tmp_path, "#define _GNU_SOURCE\n" + "".join(f"#include <{h}>\n" for h in headers) + code, *defines)


def with_checksum(octets, at):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return octets[:at] + struct.pack(">H", total ^ 0xFFFF) + octets[at + 2:]


def run_tun(*arguments, prefix=()):
    return subprocess.run([*prefix, str(binaries_folder() / "amqp-tun"), *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20, env={"PATH": os.environ["PATH"]})


def system_state(ns):
    """What re-routing could leave behind: every network sysctl, the routes and the addresses; not the tunnel's own, nor the carrier of a link, which comes late."""
    sysctls = ns.run("sh", "-c", "cd /proc/sys/net && grep -rs . ipv4 ipv6 | grep -v '^ipv[46]/[a-z]*/tun' | sort", check=False).stdout
    routes = [ns.ip(family, "route", "show", "table", "all") for family in ("-4", "-6")]
    whole = "\n".join((sysctls, *routes, ns.ip("addr", "show")))
    return {re.sub(r"(expires|valid_lft|preferred_lft) \d+sec|@\S+|linkdown ", "", line) for line in whole.splitlines() if "tun0" not in line}


def is_as_it_was(ns, before):
    """Once the interface is gone."""
    wait_until(lambda: no_tun(ns), what="the interface is gone")
    try:
        wait_until(lambda: system_state(ns) == before)
    except AssertionError:
        assert system_state(ns) == before


def raise_link(ns, link_local, name="lan"):
    """Usable at once: a link-local address of the kernel's own would be tentative for a second."""
    ns.ip("link", "set", name, "addrgenmode", "none")
    ns.ip("addr", "add", link_local, "dev", name, "nodad")
    ns.ip("link", "set", name, "up")


def site(netns, number):
    """A gateway, and a host in the networks cccN::/64 and 192.168.N.0/24 behind it that has it as its router."""
    gateway, host = netns(), netns()
    gateway.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan", "netns", host.name)
    for ns, end in ((gateway, 1), (host, 7)):
        ns.ip("addr", "add", f"ccc{number}::{end}/64", "dev", "lan", "nodad")
        ns.ip("addr", "add", f"192.168.{number}.{end}/24", "dev", "lan")
        raise_link(ns, f"fe80::{end}/64")
    host.ip("route", "add", "default", "via", f"192.168.{number}.1")
    host.ip("-6", "route", "add", "default", "via", f"ccc{number}::1")
    return gateway, host


def site_options(number, other):
    return ["--peer", f"agent_{other}", "--re-route-packets-if", "lan", "--re-route-packets-prefix", f"ccc{number}::/64",
            "--re-route-packets-prefix", f"192.168.{number}.0/24", "--peer-net", f"agent_{other}=ccc{other}::/64",
            "--peer-net", f"agent_{other}=192.168.{other}.0/24"]


def end_it(tool, end):
    if end == "term":
        tool.stop()
    elif end == "worker":
        os.kill(children(tool.pid)[0], signal.SIGKILL)
        tool.wait(status=1)
    elif end == "deleted":
        tool.ns.ip("link", "del", "tun0")
        tool.wait(status=1)
    elif end == "group":
        os.killpg(tool.pid, signal.SIGKILL)
        tool.wait(20, status=-signal.SIGKILL)
    elif end == "both":
        worker = children(tool.pid)[0]
        os.kill(tool.pid, signal.SIGSTOP)
        os.kill(worker, signal.SIGKILL)
        os.kill(tool.pid, signal.SIGKILL)
        tool.wait(20, status=-signal.SIGKILL)
    else:
        os.kill(tool.pid, signal.SIGKILL)
        tool.wait(20, status=-signal.SIGKILL)
