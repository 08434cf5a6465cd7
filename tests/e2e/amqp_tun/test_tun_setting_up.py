"""amqp-tun: what cannot be set up is said."""
import re
import subprocess

import pytest

from harness import binaries_folder
from tun import run_tun

pytestmark = pytest.mark.usefixtures("tun_allowed")


@pytest.mark.parametrize("arguments,words", [
    ([], "no name"),
    (["-n", "a.b"], "--name 'a.b'"),
    (["-n", "a", "--ifname", "abcdefghijklmnop"], "15 characters"),
    (["-n", "a", "--ipv6", "bbbb::1/129"], "bad prefix length"),
    (["-n", "a", "--ipv6", "bbbb::1"], "no prefix length"),
    (["-n", "a", "--mtu", "576"], "from 1280 to 65535"),
    (["-n", "a", "--peer", "a"], "own name"),
    (["-n", "a", "--netns", "../x"], "/var/run/netns"),
    (["-n", "a", "--user", "no such user"], "there is no such user"),
    (["-n", "a", "--encoding", "gso"], "needs --peer"),
    (["-n", "a", "--re-route-packets-prefix", "cccc"], "needs --re-route-packets-if"),
    (["-n", "a", "stray"], "stray"),
])
def test_wrong_usage(arguments, words):
    done = run_tun(*arguments)
    assert done.returncode == 2 and words in done.stdout, done.stdout


def test_no_permission(anybodys_program):
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", str(anybodys_program), "-n", "agent_1"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
    assert done.returncode == 1
    assert re.search(r"^amqp-tun: /dev/net/tun: .*\(run as root, or give it CAP_NET_ADMIN", done.stdout, re.M), done.stdout


def test_unknown_namespace():
    done = run_tun("-n", "agent_1", "--netns", "fb-there-is-none")
    assert done.returncode == 1 and "--netns 'fb-there-is-none': No such file or directory" in done.stdout


def test_no_tun_device():
    # Its own /dev without the device: in a mount namespace that ends with the process.
    script = 'mount -t tmpfs none /dev/net && exec "$0" -n agent_1'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, str(binaries_folder() / "amqp-tun")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20)
    assert done.returncode == 1 and "/dev/net/tun: No such file or directory (load the module: modprobe tun)" in done.stdout


def test_an_interface_in_use(agent):
    one = agent("agent_1", "--ifname", "fb0")
    done = run_tun("-n", "agent_2", "--ifname", "fb0", "--netns", one.ns.name)
    assert done.returncode == 1 and "interface 'fb0': is in use by another process" in done.stdout
    done = run_tun("-n", "agent_2", "--ifname", "lo", "--netns", one.ns.name)
    assert done.returncode == 1 and "interface 'lo': exists, and is no TUN interface" in done.stdout


def test_an_address_that_another_interface_has(agent):
    one = agent("agent_1")
    for family, address in (("--ipv6", "bbbb::1/64"), ("--ipv4", "10.2.0.1/16")):
        done = run_tun("-n", "x", family, address, "--netns", one.ns.name)
        assert done.returncode == 1 and f"{address.split('/')[0]}: is an address of tun0 already" in done.stdout, done.stdout
    assert one.ns.interfaces() == ["lo", "tun0"]


def test_a_persistent_interface_keeps_what_it_had(agent, netns):
    ns = netns()
    ns.ip("tuntap", "add", "fb0", "mode", "tun")
    ns.ip("addr", "add", "bbbb::1/64", "dev", "fb0", "nodad")
    one = agent("agent_1", "--ifname", "fb0", ns=ns)
    assert "10.2.0.1/24" in ns.ip("addr", "show", "fb0")
    one.stop()
    left = ns.ip("addr", "show", "fb0")
    assert "bbbb::1/64" in left and "10.2.0.1" not in left and "fe80::1/64" not in left
