"""amqp-tun: strangers' code in the process that speaks to the broker, and how that process still looks up names and reads its files."""
import os
import re
import socket
import struct
import subprocess
import threading
from pathlib import Path

import pytest

from harness import binaries_folder
from relay import socket_in
from tun import children, no_tun, site, site_options, system_state

pytestmark = [pytest.mark.usefixtures("tun_allowed"),
              pytest.mark.skipif("asan" in str(binaries_folder()), reason="a sanitizer needs calls that are filtered")]

HERE = Path(__file__).resolve().parent
SIGSYS = 31


def shared_object(folder, source, name):
    """One that every user may read."""
    library = folder / name
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(HERE / source), "-ldl"], check=True)
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.geteuid() and each.stat().st_mode & 0o005 != 0o005:
            each.chmod(each.stat().st_mode | 0o055)
    return library


@pytest.fixture(scope="module")
def attack(tmp_path_factory):
    return shared_object(tmp_path_factory.mktemp("attack"), "attack.c", "attack.so")


def attacked(attack, name, **more):
    return {"LD_PRELOAD": str(attack), "ATTACK": name, **more}


def test_what_it_tries_is_refused(agent, attack, tmp_path):
    """Also for what every user may read, and from a socket to which every user may connect."""
    (tmp_path / "mine").write_text("not the bus's")
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(tmp_path / "daemon"))
        daemon.listen()
        for path, mode in (("mine", 0o644), ("daemon", 0o777)):
            (tmp_path / path).chmod(mode)
        one = agent("agent_1", env=attacked(attack, "all", ATTACK_DAEMON=str(tmp_path / "daemon"), ATTACK_FILE=str(tmp_path / "mine")))
        one.wait_stderr("attack over")
    tried = dict(re.findall(r"^attack (\w+): (\w+)$", one.stderr, re.MULTILINE))
    assert len(tried) == 31, tried
    closed = {"daemon", "daemon_datagrams", "shadow", "open_file", "proc_self", "keeper_memory", "keeper_environ"}
    assert tried == {name: "EACCES" if name in closed else "EPERM" for name in tried}
    assert not os.path.exists("/tmp/framebus-attack")
    one.stop()
    assert no_tun(one.ns)


@pytest.mark.parametrize("name", ["execve", "ptrace", "bpf", "process_vm_writev", "pidfd_open", "io_uring_setup", "userfaultfd", "keyctl",
                                  "unshare", "clone", "mount"])
def test_what_ends_it(bus_tool, attack, netns, name):
    gateway, host = site(netns, 1)
    before = system_state(gateway)
    one = bus_tool("amqp-tun", "-n", "agent_1", "--netns", gateway.name, *site_options(1, 2), env=attacked(attack, name), wait=False)
    one.wait(status=1)
    assert f"was ended by signal {SIGSYS}" in one.stderr and "outlived" not in one.stderr, one.stderr
    assert no_tun(gateway) and system_state(gateway) == before


# --- names ---

def labels(name):
    while name[0]:
        yield name[1:1 + name[0]].decode()
        name = name[1 + name[0]:]


def answer_names(server, addresses):
    """A name server for A records; every other question has no answer."""
    while True:
        try:
            question, client = server.recvfrom(512)
        except TimeoutError:
            continue
        except OSError:
            return
        end = question.index(b"\0", 12) + 1
        name, kind = ".".join(labels(question[12:end])), struct.unpack(">H", question[end:end + 2])[0]
        found = kind == 1 and addresses.get(name)
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(found) if found else b""
        flags = 0x8180 if name in addresses else 0x8183
        server.sendto(question[:2] + struct.pack(">HHHHH", flags, 1, 1 if found else 0, 0, 0) + question[12:end + 4] + record, client)


@pytest.fixture
def name_server(netns):
    """name_server({NAME: ADDRESS}) is a namespace in which 127.0.0.1 answers for these names."""
    made = []

    def make(addresses):
        ns = netns()
        made.append(socket_in(ns, socket.AF_INET, ("127.0.0.1", 53)))
        made[-1].settimeout(1)
        threading.Thread(target=answer_names, args=(made[-1], addresses), daemon=True).start()
        return ns
    yield make
    for server in made:
        server.close()


def with_names(ns, folder, hosts):
    """Words that run a program where names are looked up so."""
    shared_object(folder, "nss_daemon.c", "libnss_fbdaemon.so.2")
    (folder / "nsswitch.conf").write_text(f"passwd: files\ngroup: files\nhosts: {hosts}\n")
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    script = f'mount --bind {folder}/nsswitch.conf /etc/nsswitch.conf && mount --bind {folder}/resolv.conf /etc/resolv.conf && exec "$@"'
    return [*ns.prefix, "unshare", "--mount", "sh", "-c", script, "sh"]


@pytest.mark.parametrize("hosts", ["files fbdaemon dns", "fbdaemon [!UNAVAIL=return] dns", "nosuchmodule fbdaemon [NOTFOUND=return] dns"])
def test_a_module_of_a_daemon_stands_before_dns(tool, vhost, name_server, broker_in, tmp_path, hosts):
    ns = name_server({"broker.example": "127.0.0.1"})
    broker_in(ns)
    one = tool("amqp-tun", "-n", "agent_1", "--url", vhost.url.replace("127.0.0.1", "broker.example"), prefix=with_names(ns, tmp_path, hosts),
               env={"LD_LIBRARY_PATH": str(tmp_path)})
    assert re.search(rf"nss_daemon {children(one.pid)[0]}: Permission denied", one.stderr), one.stderr
    one.stop()


def test_a_name_that_only_a_daemon_knows(tool, name_server, tmp_path):
    ns = name_server({})
    one = tool("amqp-tun", "-n", "agent_1", "--url", "amqp://u:p@mdns.local/", prefix=with_names(ns, tmp_path, "files fbdaemon"),
               env={"LD_LIBRARY_PATH": str(tmp_path)}, wait=False)
    one.wait_stderr(r"amqp://u@mdns.local/: .*\(what only a service of this host knows is not found from here: /etc/hosts takes it\)")
    one.wait_stderr("trying again")
    one.stop()
