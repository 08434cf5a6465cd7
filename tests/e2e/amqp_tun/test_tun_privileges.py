"""amqp-tun: which process has which privileges, and what the keeper refuses."""
import ctypes
import os
import re
import signal
import socket
import struct
import subprocess

import pytest

from harness import binaries_folder, wait_until
from relay import libc
from tun import check_sums, children, end_it, is_as_it_was, no_tun, ping, site, site_options, status_fields, system_state

pytestmark = pytest.mark.usefixtures("tun_allowed")


def test_the_process_that_speaks_to_the_broker_has_no_privileges(agent):
    one = agent("agent_1", "--wait-start")
    (child,) = children(one.pid)
    worker, keeper = status_fields(child), status_fields(one.pid)
    assert {worker[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert worker["NoNewPrivs"] == keeper["NoNewPrivs"] == "1"
    assert worker["Seccomp"] == "2" or "asan" in str(binaries_folder())
    assert int(keeper["CapPrm"], 16) == 1 << 12, "CAP_NET_ADMIN"
    assert int(keeper["Threads"]) == 1 and int(worker["Threads"]) >= 3
    for task in os.listdir(f"/proc/{child}/task"):
        assert status_fields(f"{child}/task/{task}")["CapEff"] == "0" * 16


def test_user(agent):
    one, two = agent("agent_1", "--peer", "agent_2", "--user", "nobody", "-v"), agent("agent_2", "--peer", "agent_1")
    ping(two.ns, "bbbb::1", 1)
    (child,) = children(one.pid)
    worker, keeper = status_fields(child), status_fields(one.pid)
    assert worker["Uid"].split() == ["65534"] * 4 and worker["Gid"].split() == ["65534"] * 4 and not worker["Groups"].strip()
    assert worker["CapPrm"] == "0" * 16 and int(keeper["CapPrm"], 16) == 1 << 12 | 1 << 5, "CAP_NET_ADMIN and CAP_KILL"
    one.wait_stderr(r"runs as nobody \(65534:65534\)")
    one.wait_stderr("this process has no capabilities")
    one.wait_stderr("system calls are (not )?filtered")
    one.stop()
    assert no_tun(one.ns)
    for victim in ("keeper", "worker"):
        three = agent("agent_3", "--user", "nobody", ns=one.ns)
        os.kill(three.pid if victim == "keeper" else children(three.pid)[0], signal.SIGKILL)
        three.wait(5)
        wait_until(lambda: no_tun(one.ns), 5)


def borrow_socket(pid):
    """A duplicate of the one end of a socket pair that a process holds."""
    pidfd = os.pidfd_open(pid)
    for fd in map(int, os.listdir(f"/proc/{pid}/fd")):
        if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            copy = libc.syscall(438, pidfd, fd, 0)  # pidfd_getfd
            assert copy >= 0, os.strerror(ctypes.get_errno())
            borrowed = socket.socket(fileno=copy)
            if (borrowed.family, borrowed.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET):
                return borrowed
            borrowed.close()
    raise AssertionError("it has no socket pair")


def test_the_keeper_obeys_the_options_and_not_the_child(agent):
    one = agent("coap_client")
    line = borrow_socket(children(one.pid)[0])
    line.settimeout(5)

    def ask(octets):
        line.send(octets)
        reply = line.recv(1000)
        outcome = struct.unpack("=i", reply[:4])[0]
        return outcome, reply[24:].split(b"\0")[0].decode()
    none = bytes(24)
    good = struct.pack("=i16sB3x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "bbbb::5"), 64)
    foreign = struct.pack("=i16sB3x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "2001:db8::5"), 64)
    behind = struct.pack("=i16sB3x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "cccc::5"), 64)
    configure, size = struct.pack("=I", 2), 4 + 4 * 24
    for octets, words in ((b"x", "wrong size"), (b"x" * 500, "wrong size"), (bytes(size), "unknown request"),
                          (struct.pack("=I", 1) + bytes(96), "open already"), (configure + foreign + none * 3, "--allow-net"),
                          (configure + good + none + behind + none, "by option"), (configure + good + none * 2 + behind, "--allow-net"),
                          (configure + none * 4, "no address")):
        outcome, why = ask(octets)
        assert outcome != 0 and words in why
        assert no_tun(one.ns)
    assert ask(configure + good + none * 3)[0] == 0
    line.close()


def test_the_password_is_not_in_the_process_list(agent):
    one = agent("agent_1")
    for pid in one.pid, *children(one.pid):
        with open(f"/proc/{pid}/cmdline", "rb") as handle:
            assert b":guest@" not in handle.read()


def unprivileged(ns, *capabilities):
    """Words that run a program in a namespace as user 4242, with a /dev/net/tun that is open to all."""
    script = 'mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec "$@"'
    keep = [f"--{kind}-caps=+{c}" for c in capabilities for kind in ("inh", "ambient")]
    return [*ns.prefix, "unshare", "--mount", "sh", "-c", script, "sh", "setpriv", "--reuid", "4242", "--regid", "4242", "--clear-groups", *keep]


NOWHERE = "amqp://guest:guest@127.0.0.1:1/"


def test_cap_net_admin_is_enough(tool, netns, anybodys_program):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_3", "--url", NOWHERE, prefix=unprivileged(ns, "net_admin"), program=anybodys_program, wait=False)
    one.wait_stderr("trying again")
    assert "bbbb::3/64" in ns.ip("addr", "show", "tun0")
    assert status_fields(children(one.pid)[0])["CapEff"] == "0" * 16 and status_fields(one.pid)["Uid"].split()[0] == "4242"
    one.stop()
    assert no_tun(ns)


def test_a_prepared_interface_needs_no_privileges(tool, netns, anybodys_program):
    ns = netns()
    ns.ip("tuntap", "add", "fb0", "mode", "tun", "user", "4242")
    ns.ip("addr", "add", "bbbb::1/64", "dev", "fb0", "nodad")
    ns.ip("link", "set", "fb0", "up")
    options = {"prefix": unprivileged(ns), "program": anybodys_program, "wait": False}
    for arguments, words in (([], r"/dev/net/tun: Operation not permitted \(run as root, or give it CAP_NET_ADMIN"),
                             (["--ifname", "fb0"], r"10\.2\.0\.1/24: Operation not permitted"),
                             (["--ifname", "fb0", "--mtu", "1400"], r"fb0: Operation not permitted")):
        one = tool("amqp-tun", "-n", "agent_1", "--url", NOWHERE, *arguments, **options)
        one.wait(10, status=1)
        assert re.search(words, one.stderr), one.stderr
    one = tool("amqp-tun", "-n", "x", "--ipv6", "bbbb::1/64", "--ifname", "fb0", "--url", NOWHERE, **options)
    one.wait_stderr("trying again")
    one.stop()
    assert "bbbb::1/64" in ns.ip("addr", "show", "fb0")


@pytest.mark.parametrize("way", ["net_admin", "prepared"])
def test_without_root_it_speaks_to_its_peer(agent, bus_tool, netns, broker_in, anybodys_program, way):
    ns = netns()
    broker_in(ns)
    options = ["-n", "agent_1", "--peer", "agent_2", "-v"]
    if way == "prepared":
        ns.ip("tuntap", "add", "fb0", "mode", "tun", "user", "4242")
        for address in "bbbb::1/64", "10.2.0.1/24":
            ns.ip("addr", "add", address, "dev", "fb0")
        ns.ip("link", "set", "fb0", "addrgenmode", "none")
        ns.run("sysctl", "-q", "net.ipv6.conf.fb0.accept_ra=0", "net.ipv6.conf.fb0.accept_redirects=0", "net.ipv4.conf.fb0.accept_source_route=0")
        ns.ip("link", "set", "fb0", "up")
        refused = subprocess.run([*unprivileged(ns), str(anybodys_program), *options, "--ifname", "fb0", "--peer-net", "agent_2=ccc2::/64"],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
        assert refused.returncode == 1 and "route to ccc2::/64: Operation not permitted" in refused.stdout, refused.stdout
        ns.ip("route", "add", "192.168.2.0/24", "dev", "fb0")
        ns.ip("-6", "route", "add", "ccc2::/64", "dev", "fb0")
        before = ns.ip("addr")
        options += ["--ifname", "fb0"]
    options += ["--peer-net", "agent_2=192.168.2.0/24", "--peer-net", "agent_2=ccc2::/64"]
    one = bus_tool("amqp-tun", *options, prefix=unprivileged(ns, *(["net_admin"] if way == "net_admin" else [])), program=anybodys_program)
    two = agent("agent_2", "--peer", "agent_1")
    two.wait_stats(lambda s: s["control.handled"] >= 1)
    for address in "bbbb::1", "10.2.0.1":
        ping(two.ns, address)
    for address in "bbbb::2", "10.2.0.2":
        ping(ns, address)
    one.wait_stderr("published as gso")
    keeper, worker = status_fields(one.pid), status_fields(children(one.pid)[0])
    assert int(keeper["CapPrm"], 16) == (1 << 12 if way == "net_admin" else 0) and keeper["Uid"].split() == ["4242"] * 4
    assert worker["CapPrm"] == worker["CapEff"] == worker["CapAmb"] == "0" * 16 and worker["Uid"].split() == ["4242"] * 4
    assert worker["NoNewPrivs"] == "1" and (worker["Seccomp"] == "2" or "asan" in str(binaries_folder()))
    check_sums(one.stop())
    assert "could act as this host's router" not in one.stderr
    if way == "prepared":
        assert re.sub(r"<.*?>|state \S+|valid_lft.*", "", ns.ip("addr")) == re.sub(r"<.*?>|state \S+|valid_lft.*", "", before)
    else:
        assert no_tun(ns)


@pytest.mark.parametrize("end", ["term", "worker", "keeper"])
def test_cap_net_admin_is_enough_to_re_route(agent, bus_tool, netns, broker_in, anybodys_program, end):
    gateway, host = site(netns, 1)
    broker_in(gateway)
    before = system_state(gateway)
    one = bus_tool("amqp-tun", "-n", "agent_1", *site_options(1, 2), prefix=unprivileged(gateway, "net_admin"), program=anybodys_program)
    two = agent("agent_2", "--peer", "agent_1", "--peer-net", "agent_1=ccc1::/64", "--peer-net", "agent_1=192.168.1.0/24")
    two.wait_stats(lambda s: s["control.handled"] >= 1)
    for address in "192.168.1.7", "ccc1::7":
        ping(two.ns, address)
    for pid in one.pid, *children(one.pid):
        assert int(status_fields(pid)["CapPrm"], 16) in (0, 1 << 12) and status_fields(pid)["NoNewPrivs"] == "1"
    end_it(one, end)
    is_as_it_was(gateway, before)
