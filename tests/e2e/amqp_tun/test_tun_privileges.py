"""amqp-tun: which process has which privileges, and what the keeper refuses."""
import fcntl
import os
import re
import signal
import subprocess

import pytest

from harness import binaries_folder, wait_until
from tun import check_sums, children, end_it, is_as_it_was, no_tun, ping, site, site_options, status_fields, system_state

pytestmark = pytest.mark.usefixtures("tun_allowed")


NOWHERE = "amqp://guest:guest@127.0.0.1:1/"
FILTERED = "asan" not in str(binaries_folder())
OWN_UIDS = range(61184, 65520)


def test_the_process_that_speaks_to_the_broker_has_no_privileges(agent):
    one = agent("agent_1", "--wait-start")
    (child,) = children(one.pid)
    worker, keeper = status_fields(child), status_fields(one.pid)
    assert {worker[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert worker["NoNewPrivs"] == keeper["NoNewPrivs"] == "1"
    assert worker["Seccomp"] == keeper["Seccomp"] == "2" or not FILTERED
    uid, *others = set(worker["Uid"].split() + worker["Gid"].split())
    assert not others and int(uid) in OWN_UIDS and not worker["Groups"].strip()
    assert keeper["Uid"].split() == ["0"] * 4
    assert int(keeper["CapPrm"], 16) == 1 << 12 | 1 << 5, "CAP_NET_ADMIN; CAP_KILL, to pass on signals to another user's process"
    assert keeper["CapBnd"] == keeper["CapInh"] == keeper["CapAmb"] == "0" * 16
    assert int(keeper["Threads"]) == 1 and int(worker["Threads"]) >= 3
    for task in os.listdir(f"/proc/{child}/task"):
        assert status_fields(f"{child}/task/{task}")["CapEff"] == "0" * 16


def test_no_core_and_no_look_into_it(agent):
    one = agent("agent_1", "--wait-start")
    for pid in one.pid, *children(one.pid):
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0, "what is not dumpable is root's"
        with open(f"/proc/{pid}/limits") as limits:
            assert re.search(r"Max core file size +0 +0 ", limits.read())


def test_the_restorer_has_no_more_than_it_needs(agent, netns):
    gateway, host = site(netns, 1)
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    _, restorer = children(one.pid)
    fields = status_fields(restorer)
    assert int(fields["CapPrm"], 16) == 1 << 12 and fields["CapBnd"] == "0" * 16
    assert fields["NoNewPrivs"] == "1" and (fields["Seccomp"] == "2" or not FILTERED)


def test_a_file_of_another_user_is_read_again(agent, broker, vhost, tmp_path):
    """As where somebody calls sudo: it is closed to root without CAP_DAC_READ_SEARCH, and CAP_DAC_OVERRIDE is more than that."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "password").write_text("guest\n")
    for each, mode in ((home / "password", 0o600), (home, 0o700)):
        os.chown(each, 4242, 4242)
        each.chmod(mode)
    one = agent("agent_1", "--password-file", home / "password")
    assert int(status_fields(one.pid)["CapPrm"], 16) == 1 << 12 | 1 << 5 | 1 << 2
    broker.close_connections(vhost.name)
    one.wait_stats(lambda s: s["bus_downlink.connections"] >= 2)
    assert "cannot be read again" not in one.stderr
    one.stop()


def descriptors(pid):
    return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def test_what_it_was_started_with_is_closed(agent, tmp_path):
    """Descriptors below and above that of --ready-fd."""
    secret = os.open(tmp_path, os.O_RDONLY)
    low, high = os.dup(secret), fcntl.fcntl(secret, fcntl.F_DUPFD, 900)
    one = agent("agent_1", "--wait-start", pass_fds=(secret, low, high))
    for pid in one.pid, *children(one.pid):
        assert str(tmp_path) not in descriptors(pid).values()
        assert {0, 1, 2} <= descriptors(pid).keys()
    for fd in secret, low, high:
        os.close(fd)


def test_without_standard_descriptors(agent):
    """What is opened instead must not take diagnostics for requests."""
    ns_tool = agent("agent_1", "--wait-start", "-v", prefix=["sh", "-c", 'exec "$@" <&- >&-', "sh"])
    for pid in ns_tool.pid, *children(ns_tool.pid):
        assert descriptors(pid)[0] == descriptors(pid)[1] == "/dev/null"


def uid_of(agent):
    return int(status_fields(children(agent.pid)[0])["Uid"].split()[0])


def test_two_at_once_are_two_users(agent):
    agents = [agent(f"agent_{i}", "--wait-start") for i in (1, 2, 3)]
    uids = [uid_of(a) for a in agents]
    assert len(set(uids)) == 3
    os.kill(agents[1].pid, signal.SIGKILL)
    agents[1].wait(5)
    again = agent("agent_4", "--wait-start")
    assert uid_of(again) not in (uids[0], uids[2])


def free_uid():
    """The one that the next tool would be, and a file of /run/framebus that keeps others off it meanwhile."""
    for uid in OWN_UIDS:
        os.makedirs("/run/framebus", mode=0o755, exist_ok=True)
        lock = os.open(f"/run/framebus/{uid}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return uid, lock
        except BlockingIOError:
            os.close(lock)
    raise AssertionError("no free uid")


def test_a_uid_that_somebody_has_is_passed_over(agent):
    """By a lock; by a process, in whichever of its four uids; by an entry in passwd or group."""
    uid, lock = free_uid()
    one = agent("agent_1", "--wait-start")
    assert uid_of(one) != uid, "locked"
    one.stop()
    for uids in (f"os.setresuid({uid}, 0, 0)", f"os.setresuid(0, 0, {uid})", f"os.setresuid({uid}, {uid}, {uid})"):
        holder = subprocess.Popen(["python3", "-c", f"import os\n{uids}\nprint(flush=True)\ninput()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdout.readline()
        fcntl.flock(lock, fcntl.LOCK_UN)
        one = agent("agent_1", "--wait-start")
        assert uid_of(one) != uid, uids
        one.stop()
        holder.communicate(b"\n")
    for name, line in (("passwd", f"somebody:x:{uid}:{uid}::/:/bin/false"), ("group", f"somebody:x:{uid}:")):
        one = agent("agent_1", "--wait-start", prefix=with_file(f"/etc/{name}", line))
        assert uid_of(one) != uid, name
        one.stop()
    os.close(lock)


def with_file(path, line):
    """Words that run a program where this file has one more line."""
    script = f'mount -t tmpfs none /mnt && {{ cat {path}; echo "{line}"; }} >/mnt/file && mount --bind /mnt/file {path} && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh"]


def test_the_user_framebus(agent):
    one = agent("agent_1", "--wait-start", "-v", prefix=with_file("/etc/passwd", "framebus:x:4711:4712::/:/bin/false"))
    worker = status_fields(children(one.pid)[0])
    assert worker["Uid"].split() == ["4711"] * 4 and worker["Gid"].split() == ["4712"] * 4
    one.wait_stderr(r"runs as framebus \(4711:4712\)")
    two = agent("agent_2", "--wait-start", "--user", "nobody", prefix=with_file("/etc/passwd", "framebus:x:4711:4712::/:/bin/false"))
    assert uid_of(two) == 65534, "--user beats it"
    root = agent("agent_3", "--wait-start", prefix=with_file("/etc/passwd", "framebus:x:0:0::/:/bin/false"))
    assert uid_of(root) in OWN_UIDS, "root by another name is no unprivileged user"
    group = agent("agent_4", "--wait-start", prefix=with_file("/etc/passwd", "framebus:x:4711:0::/:/bin/false"))
    assert uid_of(group) in OWN_UIDS, "nor is one of root's group, which may read more than others"


def in_user_namespace(*maps):
    """Words that run a program as root of a user namespace with these uids and gids."""
    script = "\n".join(("import ctypes, os, sys", "ready, done, me = os.pipe(), os.pipe(), os.getpid()", "if os.fork() == 0:", " os.read(ready[0], 1)",
                        f" [open(f'/proc/{{me}}/{{m}}_map', 'w').write({chr(10).join(maps)!r}) for m in ('uid', 'gid')]",
                        " os.write(done[1], b'x')", " os._exit(0)", "ctypes.CDLL(None).unshare(0x50000000)", "os.write(ready[1], b'x')",
                        "os.read(done[0], 1)", "os.wait()", "os.setresgid(0, 0, 0)", "os.setresuid(0, 0, 0)", "os.execvp(sys.argv[1], sys.argv[1:])"))
    return ["python3", "-c", script]


@pytest.mark.parametrize("maps, words", [(["0 0 1000", "65534 65534 1"], r"runs as nobody, whom others may run as, too: this user namespace has no uids from 61184 to 65519"),
                                         (["0 0 1"], r"stays the user who started this: this user namespace has no other")])
def test_a_user_namespace_that_lacks_the_uids(tool, maps, words):
    one = tool("amqp-tun", "-n", "agent_1", "--url", NOWHERE, "-v", prefix=in_user_namespace(*maps), wait=False)
    one.wait_stderr(words)
    one.wait_stderr(r"runs as nobody \(65534:65534\)" if len(maps) > 1 else "has no capabilities")
    one.wait_stderr("trying again")


def test_locks_that_others_could_write(tool):
    script = 'mount -t tmpfs none /run && mkdir -m 777 /run/framebus && chmod 777 /run/framebus && exec "$@"'
    one = tool("amqp-tun", "-n", "agent_1", "--url", NOWHERE, prefix=["unshare", "--mount", "--net", "sh", "-c", script, "sh"], wait=False)
    one.wait_stderr(r"runs as nobody, whom others may run as, too: /run/framebus: others may write in it \(--user names another\)")
    one.wait_stderr("trying again")


def test_root_that_may_not_become_another(tool):
    one = tool("amqp-tun", "-n", "agent_1", "--url", NOWHERE, wait=False,
               prefix=["unshare", "--net", "setpriv", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all"])
    one.wait(status=1)
    assert re.search(r"cannot become user \d+: CAP_SETUID is missing \(give it to root, or start this as another user with CAP_NET_ADMIN\)", one.stderr), one.stderr


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
        wait_until(lambda: no_tun(one.ns))


@pytest.mark.parametrize("line", ["another:x:0:4712::/:/bin/false", "another:x:4711:0::/:/bin/false"])
def test_user_is_not_root_by_another_name(line):
    done = subprocess.run([*with_file("/etc/passwd", line), binaries_folder() / "amqp-tun", "-n", "agent_1", "--user", "another", "--url", NOWHERE],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False)
    assert done.returncode == 2 and "--user 'another': is root or of root's group" in done.stdout, done.stdout


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
        one.wait(status=1)
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
