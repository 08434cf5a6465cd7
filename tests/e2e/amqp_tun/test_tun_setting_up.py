"""amqp-tun: what cannot be set up is said."""
import json
import re
import subprocess

import pytest

from harness import binaries_folder
from tun import no_tun, ping, run_tun

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
    (["-n", "a", "--user", "root"], "is root or of root's group, whose files it could read: name another"),
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
    assert done.returncode == 1
    assert "/dev/net/tun: No such file or directory (load the module: modprobe tun; in a container: --device /dev/net/tun" in done.stdout


DEVICE_OF_ITS_OWN = 'mount -t tmpfs {options} none /dev/net && mknod -m {mode} /dev/net/tun c {number} && exec "$@"'


@pytest.mark.parametrize("options,mode,number,prefix,words", [
    ("", "600", "10 200", ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=+net_admin", "--ambient-caps=+net_admin"],
     r"Permission denied \(run as root, or: sudo chmod 666 /dev/net/tun\)"),
    ("-o nodev", "666", "10 200", [], r"Permission denied \(devices are closed off here: in a container: --device /dev/net/tun"),
    ("", "666", "1 3", [], r"is another device, no TUN"),
], ids=["its mode", "no devices", "another device"])
def test_a_tun_device_that_cannot_be_had(anybodys_program, options, mode, number, prefix, words):
    script = DEVICE_OF_ITS_OWN.format(options=options, mode=mode, number=number)
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *prefix, str(anybodys_program), "-n", "agent_1"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20)
    assert done.returncode == 1 and re.search("^amqp-tun: /dev/net/tun: " + words, done.stdout, re.M), done.stdout


def test_a_user_namespace_without_a_network_of_its_own():
    done = subprocess.run(["unshare", "-Ur", str(binaries_folder() / "amqp-tun"), "-n", "agent_1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=20)
    if "unshare" in done.stdout.split(":")[0]:
        pytest.skip(f"no user namespaces: {done.stdout}")
    assert done.returncode == 1 and "does not hold for this network" in done.stdout and "unshare -rn" in done.stdout, done.stdout


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


def without_ipv6(ns):
    for name in ("all", "default"):
        ns.run("sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{name}/disable_ipv6")


def test_without_ipv6_ipv4_goes_on(agent, netns, witness):
    ns = netns()
    without_ipv6(ns)
    bus = witness("fromAgent.agent_1.ip.tun.started")
    two = agent("agent_2", "--peer", "agent_1", "--peer-net", "agent_1=ccc1::/64")
    one = agent("agent_1", "--peer", "agent_2", "--peer-net", "agent_2=ccc2::/64", "--peer-net", "agent_2=192.168.2.0/24", ns=ns)
    for tool in one, two:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    ping(ns, "10.2.0.2", 1)
    ping(two.ns, "10.2.0.1", 1)
    assert "192.168.2.0/24 dev tun0" in ns.ip("route")
    one.wait_stderr("tun0: IPv6 is switched off here")
    started = json.loads(bus.get().body)
    assert started["ipv4_host"] == "10.2.0.1" and not started["ipv6_prefix"] and not started["ipv6_host"]


def test_without_proc_ipv6_is_not_called_switched_off(netns, tool):
    ns = netns()
    prefix = [*ns.prefix, "unshare", "-m", "sh", "-c", 'umount -l /proc && exec "$@"', "sh"]
    one = tool("amqp-tun", "-u", "amqp://127.0.0.1:1/", "-n", "agent_1", "--peer", "agent_2", prefix=prefix, wait=False, ready=False)
    one.wait_stderr("tun0: whether IPv6 is switched on cannot be told .*mount /proc.*: it goes on with IPv4, without bbbb::1/64")
    one.wait_stderr("tun0: there is no /proc/sys/net .*could act as this host's router")
    one.wait_stderr("tun0 is up: 10.2.0.1/24")
    assert "switched off" not in one.stderr


def test_without_ipv6_and_nothing_else_wanted(netns):
    ns = netns()
    without_ipv6(ns)
    done = run_tun("-n", "x", "--netns", ns.name, "--ipv6", "bbbb::1/64")
    assert done.returncode == 1 and "IPv6 is switched off here" in done.stdout and "give --ipv4" in done.stdout
    assert no_tun(ns)
