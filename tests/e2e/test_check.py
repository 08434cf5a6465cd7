"""--check names the fault in each of many broken set-ups, says what mends it, and leaves nothing behind and delivers nothing."""
import gzip
import json
import os
import random
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import harness
from harness import binaries_folder
from tls import Authority, Server

FRAME = b"\x61\x88\x2a\xcd\xab\x02\x00\x01\x00hi"
SLIP = b"\xc0" + FRAME + b"\xc0"
KEYS_OF_A_TUNNEL = {"fromAgent.agent_1.ip.tun.packet.raw", "fromAgent.agent_1.ip.tun.started"}


def check(tool, *arguments, prefix=(), json_=True, timeout=60):
    """(status, findings): each a dictionary."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AMQP_", "FINTEROP_"))}
    done = subprocess.run([*map(str, prefix), str(binaries_folder() / tool), "--check", *(["--json"] if json_ else []), *map(str, arguments)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, env=environment)
    assert done.returncode in (0, 1, 2), done.stderr
    if done.returncode == 2 or not json_:
        return done.returncode, done.stderr + done.stdout
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def wrong(tool, name, words, *arguments, verdict="wrong", **options):
    """The set-up's one fault is found under that name, in these words, with a remedy."""
    status, findings = check(tool, *arguments, **options)
    found = [f for f in findings if f["verdict"] == "wrong"] if verdict == "wrong" else [f for f in findings if f["verdict"] == verdict]
    assert status == (1 if verdict == "wrong" else 0), findings
    hits = [f for f in found if f["check"] == name and re.search(words, f["found"])]
    assert hits, findings
    assert all(f.get("remedy") for f in hits), hits
    return hits[0]


@pytest.fixture
def slip(tmp_path):
    (tmp_path / "slip").write_bytes(SLIP)
    return tmp_path / "slip"


@pytest.fixture
def capture(tmp_path):
    (tmp_path / "capture.pcap").write_bytes(harness.pcap_bytes(230, [(1, FRAME), (2, FRAME)]))
    return tmp_path / "capture.pcap"


# --- all is well ---

@pytest.mark.parametrize("tool", ["amqp-tun", "amqp-dump", "amqp-play", "amqp-route", "amqp-serial", "slip-dump"])
def test_a_good_set_up(tool, vhost, capture, probe, tun_allowed):
    port = probe("port").link if tool in ("amqp-serial", "slip-dump") else None
    arguments = {"amqp-tun": ["-n", "agent_1", "--peer", "agent_2"], "amqp-dump": [], "amqp-route": ["--link", "a,b"], "amqp-play": ["-n", "a", "-r", capture],
                 "amqp-serial": ["-n", "a", "-p", port], "slip-dump": ["-p", port]}[tool]
    status, findings = check(tool, *arguments, *(["--url", vhost.url] if tool != "slip-dump" else []))
    assert status == 0 and not [f for f in findings if f["verdict"] == "wrong"], findings
    assert all({"tool", "check", "verdict", "found"} <= set(f) for f in findings)
    if tool == "amqp-route":
        told = " ".join(f["found"] for f in findings if f["check"] == "permission")
        assert "publish toAgent.b.ip.tun.packet.raw" in told and "read fromAgent.a.ip.tun.packet.raw" in told
    if tool == "amqp-tun":
        told = " ".join(f["found"] for f in findings if f["check"] == "permission")
        assert all(f"publish {key}" in told for key in KEYS_OF_A_TUNNEL | {"framebus.tun.agent_1", "framebus.alive.agent_1"})
        assert "read framebus.tun.agent_2" in told


def test_nothing_is_delivered_and_nothing_is_left(vhost, witness, netns):
    """A witness hears all that passes; the broker has what it had, and so has this machine."""
    listener = witness("#")
    before = vhost.queue_names()
    space = netns()
    status, findings = check("amqp-tun", "-n", "agent_1", "--peer", "agent_2", "--url", vhost.url, "--netns", space.name)
    assert status == 0, findings
    harness.wait_until(lambda: vhost.queue_names() == before and all(b["destination_name"] in before for b in vhost.bindings()), what="its queues are gone")
    assert space.interfaces() == ["lo"]
    listener.publish("the.end", "{}")
    assert listener.get().key == "the.end"


def test_it_is_said_in_lines_too(vhost):
    status, words = check("amqp-dump", "--url", vhost.url, json_=False)
    assert status == 0 and re.search(r"^good +broker +amqp://guest@127.0.0.1.*RabbitMQ", words, re.MULTILINE)
    status, words = check("amqp-dump", "--url", "amqp://me:geheim@127.0.0.1:1/", json_=False)
    assert status == 1 and re.search(r"^wrong +broker .*\n +start it", words, re.MULTILINE) and "geheim" not in words


CLOCK = """
#include <stddef.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now) { (void)clock; *now = (struct timespec){.tv_sec = 86400}; return 0; }
"""


def test_a_clock_that_was_never_set(slip, tmp_path):
    (tmp_path / "clock.c").write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "clock.so", tmp_path / "clock.c"], check=True, timeout=30)
    hit = wrong("slip-dump", "clock", "before 2025", "-r", slip, prefix=["env", f"LD_PRELOAD={tmp_path}/clock.so"])
    assert "timedatectl" in hit["remedy"]


# --- the broker ---

def test_no_broker(slip):
    assert "systemctl start" in wrong("amqp-dump", "broker", "Connection refused", "-u", "amqp://127.0.0.1:1/")["remedy"]


def test_no_such_host():
    assert "getent" in wrong("amqp-dump", "broker", "not known|resolution", "-u", "amqp://nowhere.invalid/")["remedy"]


def test_a_broker_that_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wrong("amqp-dump", "broker", ".", "-u", f"amqp://127.0.0.1:{silent.getsockname()[1]}/?connection_timeout=1000")


def test_something_else_answers():
    with socket.create_server(("127.0.0.1", 0)) as other:
        import threading
        threading.Thread(target=lambda: other.accept()[0].sendall(b"SSH-2.0-OpenSSH_9.2\r\n"), daemon=True).start()
        wrong("amqp-dump", "broker", ".", "-u", f"amqp://127.0.0.1:{other.getsockname()[1]}/?connection_timeout=2000")


def test_a_wrong_password(broker):
    assert "change_password" in wrong("amqp-dump", "broker", "login|ACCESS_REFUSED", "-u", broker.url_of(password="wrong"))["remedy"]


def test_no_such_virtual_host(broker):
    assert "add_vhost 'nowhere'" in wrong("amqp-dump", "broker", "vhost|nowhere", "-u", broker.url_of("nowhere"))["remedy"]


def test_a_virtual_host_that_the_user_may_not_enter(vhost):
    """The virtual host is there: to add it would fail."""
    user = f"{vhost.name}_'no'body"
    vhost.broker.eval(f'rabbit_auth_backend_internal:add_user(<<"{user}">>, <<"secret">>, <<"tests">>).')
    remedy = wrong("amqp-dump", "broker", "access to vhost", "-u", vhost.broker.url_of(vhost.name, user.replace("'", "%27"), "secret"))["remedy"]
    assert "add_vhost" not in remedy and remedy.startswith("sudo rabbitmqctl set_permissions -p ")
    quoted = subprocess.run(["sh", "-c", f"printf '%s\n' {remedy.partition('-p ')[2]}"], stdout=subprocess.PIPE, text=True, check=True, timeout=30).stdout
    assert quoted.splitlines()[:2] == [vhost.name, user], remedy


def test_too_many_connections(vhost):
    vhost.broker.eval(f'rabbit_vhost_limit:set(<<"{vhost.name}">>, [{{<<"max-connections">>, 0}}], <<"tests">>).')
    assert "clear_vhost_limits" in wrong("amqp-dump", "broker", "limit", "-u", vhost.url)["remedy"]


def test_no_such_exchange(vhost):
    assert "--declare-exchange" in wrong("amqp-tun", "exchange", "nowhere.*404|404", "-n", "agent_1", "-u", vhost.url, "-e", "nowhere")["remedy"]


def test_without_an_exchange_nothing_is_said_of_permissions(vhost):
    _, findings = check("amqp-dump", "-u", vhost.url, "-e", "nowhere")
    assert not [f for f in findings if f["check"] == "permission"], findings


def test_an_exchange_that_the_tool_will_make_is_not_made(vhost):
    assert wrong("amqp-dump", "exchange", "nowhere is not there yet", "-u", vhost.url, "-e", "nowhere", "--declare-exchange", verdict="note")
    wrong("amqp-dump", "exchange", "404", "-u", vhost.url, "-e", "nowhere")


def test_an_exchange_of_another_kind(vhost):
    vhost.broker.eval(f'rabbit_exchange:declare({{resource, <<"{vhost.name}">>, exchange, <<"other">>}}, fanout, true, false, false, [], <<"tests">>).')
    assert "--declare-exchange" in wrong("amqp-dump", "exchange", "406", "-u", vhost.url, "-e", "other", "--declare-exchange")["remedy"]


def test_a_router_that_may_not_publish_what_it_says(vhost):
    url = vhost.limited(r"^toAgent\..*packet\.raw$", ".*")
    _, findings = check("amqp-route", "-u", url, "--link", "a_1,b_2", "--bootstrap")
    told = {f["found"].split(":")[0]: f["verdict"] for f in findings if f["check"] == "permission" and "may not" in f["found"]}
    assert told == {"may not publish toAgent.a_1.ip.tun.start": "wrong", "may not publish toAgent.b_2.ip.tun.start": "wrong",
                    "may not publish framebus.to.a_1": "note", "may not publish framebus.to.b_2": "note",
                    "may not publish testingtool.component.ready": "wrong", "may not publish testingtool.component.shutdown": "wrong"}


def test_a_router_of_everybody_tries_a_key_to_an_agent(vhost):
    """With --all no agent is known yet; each must be allowed."""
    arguments = ["-u", vhost.limited(r"^toAgent[.](a|b)[.].*", ".*"), "--all"]
    assert "set_topic_permissions" in wrong("amqp-route", "permission", "may not publish toAgent.anybody.ip.tun.packet.raw", *arguments)["remedy"]
    status, findings = check("amqp-route", "-u", vhost.url, "--all")
    assert status == 0 and "may publish toAgent.anybody.802154.serial.packet.raw" in [f["found"] for f in findings], findings


def test_a_key_that_may_not_be_published(vhost):
    url = vhost.limited("^fromAgent.other.*|^control.*", ".*")
    assert "topic" in wrong("amqp-tun", "permission", "may not publish fromAgent.agent_1.ip.tun.packet.raw", "-n", "agent_1", "-u", url)["remedy"]


def test_each_key_is_tried_whatever_became_of_the_one_before(vhost):
    url = vhost.limited("^nothing$", "^nothing$")
    _, findings = check("amqp-tun", "-n", "agent_1", "--peer", "agent_2", "-u", url)
    told = [f["found"] for f in findings if f["check"] == "permission"]
    assert sum("may not publish" in t for t in told) >= 5 and sum("may not read" in t for t in told) >= 4
    # Without keys of our own the tools go on with JSON.
    assert {f["verdict"] for f in findings if " framebus." in f["found"]} == {"note"}


def test_a_key_that_may_not_be_read(vhost):
    wrong("amqp-dump", "permission", "may not read fromAgent.#", "-u", vhost.limited(".*", "^framebus.*"), "-k", "fromAgent.#")


def test_a_queue_that_may_not_be_made(vhost):
    user = f"{vhost.name}_no_queues"
    vhost.broker.eval(f'B = rabbit_auth_backend_internal, B:add_user(<<"{user}">>, <<"secret">>, <<"tests">>), '
                      f'B:set_permissions(<<"{user}">>, <<"{vhost.name}">>, <<"^$">>, <<".*">>, <<".*">>, <<"tests">>).')
    url = vhost.broker.url_of(vhost.name, user, "secret")
    assert "set_permissions" in wrong("amqp-dump", "permission", "may not make its queue", "-u", url)["remedy"]


def test_an_exchange_that_may_not_be_written_to(vhost):
    user = f"{vhost.name}_no_writing"
    vhost.broker.eval(f'B = rabbit_auth_backend_internal, B:add_user(<<"{user}">>, <<"secret">>, <<"tests">>), '
                      f'B:set_permissions(<<"{user}">>, <<"{vhost.name}">>, <<".*">>, <<"^framebus">>, <<".*">>, <<"tests">>).')
    url = vhost.broker.url_of(vhost.name, user, "secret")
    assert "set_permissions" in wrong("amqp-tun", "permission", "may not publish fromAgent", "-n", "agent_1", "-u", url)["remedy"]


# --- TLS ---

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca") / "ca")


@pytest.fixture
def tls_server(authority):
    made = []

    def start(name, alternatives="DNS:localhost", **options):
        made.append(Server(*authority.issue(name, alternatives, **options)))
        return f"amqps://localhost:{made[-1].port}/?connection_timeout=2000"
    yield start
    for server in made:
        server.close()


def test_an_unknown_authority(tls_server):
    assert "s_client" in wrong("amqp-dump", "broker", "certificate.*issuer|self|--cacert", "-u", tls_server("stranger"))["remedy"]


def test_an_expired_certificate(tls_server, authority):
    url = tls_server("old", expired=True)
    wrong("amqp-dump", "broker", "certificate.*expired", "-u", url, "--cacert", authority.certificate)
    assert "new certificate" in wrong("amqp-dump", "tls", "expired .* days ago", "-u", url, "--cacert", authority.certificate)["remedy"]


def test_a_certificate_that_will_expire(tls_server, authority):
    _, findings = check("amqp-dump", "-u", tls_server("soon"), "--cacert", authority.certificate)
    assert [f for f in findings if f["check"] == "tls" and f["verdict"] == "note" and re.search("expires in [12] days", f["found"])], findings


def test_a_certificate_that_is_not_valid_yet(tls_server, authority):
    """It, or the clock here, is wrong."""
    url = tls_server("early", early=True)
    assert "date -u" in wrong("amqp-dump", "broker", "not yet valid", "-u", url, "--cacert", authority.certificate)["remedy"]
    assert "timedatectl" in wrong("amqp-dump", "tls", "not valid yet: it will be in [0-9]+ days", "-u", url, "--cacert", authority.certificate)["remedy"]


def test_a_certificate_for_another_name(tls_server, authority):
    hit = wrong("amqp-dump", "broker", "is not for localhost", "-u", tls_server("other", "DNS:other.example"), "--cacert", authority.certificate)
    shown = subprocess.run(["sh", "-c", hit["remedy"].split("-u URL. ")[1]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=30).stdout
    assert "DNS:other.example" in shown, hit


def test_no_tls_on_that_port(broker):
    hit = wrong("amqp-dump", "broker", "does not speak TLS", "-u", f"amqps://guest:guest@127.0.0.1:{broker.port}/?connection_timeout=5000")
    assert "amqp://" in hit["remedy"]


def test_a_certificate_without_its_key(tls_server, tmp_path):
    (tmp_path / "mine.pem").write_text("nothing\n")
    hit = wrong("amqp-dump", "broker", "not a certificate and its key", "-u", tls_server("localhost"), "--cert", tmp_path / "mine.pem", "--key", tmp_path / "mine.pem")
    assert "--cert" in hit["remedy"]


def test_a_ca_file_that_is_not_there(tmp_path):
    """Before anything is looked at: the command line itself is wrong."""
    status, words = check("amqp-dump", "-u", "amqps://localhost/", "--cacert", tmp_path / "nowhere.pem")
    assert status == 2 and "nowhere.pem: No such file" in words


# --- the host of a tunnel ---

TUN = ("-n", "agent_1", "-u", "amqp://127.0.0.1:1/")


def in_a_namespace(script):
    return ["unshare", "-m", "sh", "-c", script + '; exec "$@"', "sh"]


def test_no_tun_device(tun_allowed):
    hit = wrong("amqp-tun", "tun", "/dev/net/tun: No such file", *TUN, prefix=in_a_namespace("mount -t tmpfs none /dev/net"))
    assert "--device /dev/net/tun --cap-add NET_ADMIN" in hit["remedy"]


def test_in_a_container_its_options_are_named(tun_allowed, tmp_path):
    script = "mount -t tmpfs none /dev/net; mount -t tmpfs none /run; touch /run/.containerenv"
    assert "start the container with --device" in wrong("amqp-tun", "tun", "/dev/net/tun", *TUN, prefix=in_a_namespace(script))["remedy"]


def test_a_tun_device_of_somebody_else(tun_allowed):
    """No module is missing."""
    script = "mount -t tmpfs none /dev/net; mknod -m 600 /dev/net/tun c 10 200"
    hit = wrong("amqp-tun", "tun", "/dev/net/tun: Permission denied", *TUN, prefix=[*in_a_namespace(script), "setpriv", "--reuid=nobody", "--clear-groups", "--"])
    assert "chmod 666" in hit["remedy"] and "modprobe" not in hit["remedy"]


def test_no_capability(tun_allowed):
    hit = wrong("amqp-tun", "capabilities", "CAP_NET_ADMIN is missing", *TUN, prefix=["setpriv", "--bounding-set=-net_admin", "--inh-caps=-all", "--"])
    assert "setcap cap_net_admin" in hit["remedy"] or "--cap-add NET_ADMIN" in hit["remedy"]


def test_a_capability_that_does_not_hold_for_this_network(tun_allowed):
    if subprocess.run(["unshare", "-Ur", "true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no user namespaces")
    assert "unshare -rn" in wrong("amqp-tun", "capabilities", "does not hold for this network", *TUN, prefix=["unshare", "-Ur"])["remedy"]


def test_a_tun_device_that_is_another(tun_allowed):
    script = 'mount -t tmpfs none /dev/net && mknod /dev/net/tun c 1 3 && exec "$@"'
    wrong("amqp-tun", "tun", "is another device, no TUN", *TUN, prefix=["unshare", "--mount", "sh", "-c", script, "sh"])


def test_no_such_namespace(tun_allowed):
    assert "ip netns add nowhere" in wrong("amqp-tun", "netns", "netns/nowhere: No such file", *TUN, "--netns", "nowhere")["remedy"]


def test_a_name_that_is_taken(netns):
    space = netns()
    space.ip("link", "add", "taken", "type", "veth", "peer", "name", "other")
    wrong("amqp-tun", "interface", "taken: there is another interface", *TUN, "--ifname", "taken", prefix=space.prefix)


def test_an_interface_that_another_process_has(netns, bus_tool):
    space = netns()
    held = bus_tool("amqp-tun", "-n", "agent_1", "--ifname", "held", prefix=space.prefix, wait=False)
    held.wait_stderr("held is up")
    wrong("amqp-tun", "interface", "held: is a TUN interface that another process has open", *TUN, "--ifname", "held", prefix=space.prefix)
    held.stop()
    space.ip("tuntap", "add", "own", "mode", "tun")
    _, findings = check("amqp-tun", *TUN, "--ifname", "own", prefix=space.prefix)
    assert [f["verdict"] for f in findings if f["check"] == "interface"] == ["good"], findings


def test_no_ipv6(netns):
    space = netns()
    space.run("sysctl", "-w", "net.ipv6.conf.default.disable_ipv6=1")
    assert "disable_ipv6=0" in wrong("amqp-tun", "ipv6", "IPv6 is off", *TUN, prefix=space.prefix)["remedy"]


def test_without_proc_the_kernel_is_asked(tun_allowed):
    """What cannot be looked up there is not called missing."""
    hit = wrong("amqp-tun", "ipv6", "cannot be told: there is no /proc/sys/net/ipv6", *TUN, prefix=in_a_namespace("umount -l /proc"))
    assert "mount -t proc" in hit["remedy"]
    _, findings = check("amqp-tun", *TUN, prefix=in_a_namespace("umount -l /proc"))
    found = {f["check"]: f["verdict"] for f in findings if "Landlock" not in f["found"]}
    assert found["capabilities"] == "good" and found["kernel"] == "good", findings


def test_an_mtu_that_no_message_holds(tun_allowed):
    wrong("amqp-tun", "mtu", "longer than a message may be", *TUN, "--mtu", 9000, "--max-message", 1024)


# --- the port ---

def test_no_port(tmp_path):
    assert "--list" in wrong("slip-dump", "port", "ttyNONE: No such file", "-p", "/dev/ttyNONE")["remedy"]


def test_a_file_in_the_ports_place(slip):
    assert "slip-dump -r" in wrong("slip-dump", "port", "is no serial port", "-p", slip)["remedy"]


def test_a_device_that_is_no_terminal():
    assert "--list" in wrong("slip-dump", "port", "not a terminal", "-p", "/dev/null")["remedy"]


def test_a_port_without_a_device():
    """/dev/tty of who has no terminal."""
    assert "--list" in wrong("slip-dump", "port", "no device behind this port", "-p", "/dev/tty", prefix=["setsid", "-w"])["remedy"]


def test_a_port_of_another_group(tun_allowed, probe):
    port = os.path.realpath(probe("port").link)
    os.chown(port, 0, 20)
    os.chmod(port, 0o660)
    hit = wrong("slip-dump", "port", "Permission denied: it is group dialout's", "-p", port,
                prefix=["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"])
    assert "usermod -aG dialout nobody" in hit["remedy"]


@pytest.mark.parametrize("group,mode", [(0, 0o660), (20, 0o600)])
def test_a_port_that_no_group_may_open(tun_allowed, probe, group, mode):
    """Nobody is to become one of the group root, and one that may not open it helps nobody."""
    port = os.path.realpath(probe("port").link)
    os.chown(port, 0, group)
    os.chmod(port, mode)
    hit = wrong("slip-dump", "port", "Permission denied", "-p", port, prefix=["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"])
    assert f"sudo chgrp dialout '{port}' && sudo chmod 660" in hit["remedy"], hit


def test_a_port_that_is_waited_for():
    assert "--list" in wrong("slip-dump", "port", "is waited for", "-p", "/dev/ttyNONE", "--wait-port", verdict="note")["remedy"]


def test_a_port_that_is_in_use(tool, probe):
    port = probe("port").link
    tool("slip-dump", "-p", port)
    assert "fuser" in wrong("slip-dump", "port", "use", "-p", port)["remedy"]


def test_modem_manager(tmp_path, probe):
    program = tmp_path / "ModemManager"
    program.write_bytes(Path("/usr/bin/sleep").read_bytes())
    program.chmod(0o755)
    running = subprocess.Popen([program, "60"])
    try:
        harness.wait_until(lambda: Path(f"/proc/{running.pid}/comm").read_text() == "ModemManager\n")
        assert "ID_MM_DEVICE_IGNORE" in wrong("slip-dump", "modemmanager", "ModemManager runs", "-p", probe("port").link)["remedy"]
    finally:
        running.kill()
        running.wait()


def test_nobody_serves_the_tcp_port():
    wrong("slip-dump", "port", "refused", "-p", "tcp:127.0.0.1:1")


# --- files ---

def test_no_folder_for_the_capture(slip, tmp_path):
    assert "mkdir -p" in wrong("slip-dump", "output", "nowhere: No such file", "-r", slip, "-w", tmp_path / "nowhere" / "a.pcap")["remedy"]


@pytest.mark.parametrize("option", ["-w", "-r"])
def test_a_folder_in_a_files_place(slip, tmp_path, option):
    other = ["-r", slip] if option == "-w" else []
    wrong("slip-dump", "output" if option == "-w" else "input", "is a folder", *other, option, tmp_path)


READ_BY_SLIP_DUMP = {
    "line": (SLIP, "good", "is a probe's line: SLIP"),
    "pcap": (harness.pcap_bytes(230, [(1, FRAME)] * 2), "good", "is a pcap capture of link type 230: 2 packets, whole"),
    "header": (harness.pcap_bytes(230, []), "note", "a pcap capture without a packet"),
    "ethernet": (harness.pcap_bytes(10, [(1, bytes(60))]), "wrong", "link type 10, of which nothing is read"),
    "cut": (harness.pcap_bytes(230, [(1, FRAME)] * 2)[:-3], "wrong", "truncated"),
    "empty": (b"", "wrong", "is empty"),
    "text": (b"This is no probe, but a text of several words.\n", "wrong", "is text"),
    "packed": (gzip.compress(harness.pcap_bytes(230, [(1, FRAME)])), "wrong", "is a compressed file \\(gzip\\)"),
    "noise": (bytes(random.Random(17).randbytes(5000)), "note", "is noise: it is read as a probe's line"),
}


@pytest.mark.parametrize("kind", READ_BY_SLIP_DUMP)
def test_what_is_read_is_looked_at(tmp_path, kind):
    octets, verdict, words = READ_BY_SLIP_DUMP[kind]
    (tmp_path / kind).write_bytes(octets)
    status, findings = check("slip-dump", "-r", tmp_path / kind)
    hits = [f for f in findings if f["check"] == "input"]
    assert len(hits) == 1 and hits[0]["verdict"] == verdict and re.search(words, hits[0]["found"]), hits
    assert status == (verdict == "wrong") and (verdict == "good") == ("remedy" not in hits[0])


@pytest.mark.parametrize("octets,words", [
    (b"", "is empty"), (SLIP * 9, "neither pcap nor pcapng"), (gzip.compress(bytes(100)), "compressed with gzip"),
    (harness.pcap_bytes(10, [(1, bytes(60))]), "link type 10"), (harness.pcap_bytes(230, [(1, FRAME)])[:-1], "truncated")],
    ids=["empty", "line", "packed", "link type", "cut"])
def test_what_is_played_is_looked_at(tmp_path, octets, words):
    (tmp_path / "file").write_bytes(octets)
    wrong("amqp-play", "input", words, "-n", "a", "-u", "amqp://127.0.0.1:1/", "-r", tmp_path / "file")


def test_a_fifo_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    status, findings = check("slip-dump", "-r", tmp_path / "fifo", "-w", tmp_path / "fifo")
    assert status == 0 and [f["found"].endswith("not looked at") for f in findings if f["check"] == "input"] == [True], findings


def test_places_that_take_no_files(slip, tun_allowed):
    for path, words in ("/proc/a.pcap", "/proc: is of the kernel"), ("/sys/a.pcap", "/sys: is of the kernel"), (slip / "a.pcap", "slip: is no folder"):
        wrong("slip-dump", "output", words, "-r", slip, "-w", path)


def test_a_disk_that_may_only_be_read(slip, tmp_path, tun_allowed):
    (tmp_path / "disk").mkdir()
    script = f"mount -t tmpfs -o ro none {tmp_path}/disk"
    assert "remount" in wrong("slip-dump", "output", "Read-only file system", "-r", slip, "-w", tmp_path / "disk" / "a", prefix=in_a_namespace(script))["remedy"]


def test_a_folder_of_somebody_else(slip, tmp_path, tun_allowed):
    (tmp_path / "theirs").mkdir(mode=0o700)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o055)
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
    hit = wrong("slip-dump", "output", "theirs: cannot be written to: Permission denied", "-r", slip, "-w", tmp_path / "theirs" / "a", prefix=nobody)
    assert "chown" in hit["remedy"] and "mkdir" not in hit["remedy"]


def test_files_that_may_not_grow(slip, tmp_path):
    limited = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]
    assert "ulimit -f" in wrong("slip-dump", "output", "File too large", "-r", slip, "-w", tmp_path / "a.pcap", prefix=limited)["remedy"]


def test_names_of_periods(slip, tmp_path):
    """The folder of the first file, not that of its pattern."""
    (tmp_path / time.strftime("%Y")).mkdir()
    status, findings = check("slip-dump", "-r", slip, "-G", "3600", "-w", tmp_path / "%Y" / "a.pcap")
    assert status == 0, findings
    wrong("slip-dump", "output", "No such file", "-r", slip, "-w", tmp_path / "%Y" / "a.pcap")


@pytest.mark.parametrize("tool", ["amqp-tun", "amqp-dump", "amqp-play", "amqp-route", "amqp-serial", "slip-dump"])
def test_no_file_is_made(tool, slip, tmp_path):
    """Not those of --events, -w, --tee and --spool either; and the folder itself is as it was."""
    (tmp_path / "spool").mkdir()
    arguments = {"amqp-tun": ["-n", "agent_1"], "amqp-dump": ["-w", tmp_path / "a.pcap"], "amqp-route": ["--link", "a,b"],
                 "amqp-play": ["-n", "a", "-r", slip, "--spool", tmp_path / "spool"],
                 "amqp-serial": ["-n", "a", "-p", "/dev/ttyNONE", "--tee", tmp_path / "tee", "--spool", tmp_path / "spool"],
                 "slip-dump": ["-r", slip, "-w", tmp_path / "a.pcap"]}[tool]
    before = {path: path.stat().st_mtime_ns for path in (tmp_path, *tmp_path.rglob("*"))}
    _, findings = check(tool, *arguments, "--events", tmp_path / "events", *(["-u", "amqp://127.0.0.1:1/"] if tool != "slip-dump" else []))
    assert [f["verdict"] for f in findings if f["check"] == "events"] == ["good"], findings
    assert {path: path.stat().st_mtime_ns for path in (tmp_path, *tmp_path.rglob("*"))} == before


def test_events_that_cannot_be_written(slip, tmp_path):
    wrong("slip-dump", "events", "nowhere: No such file", "-r", slip, "--events", tmp_path / "nowhere" / "e")
    wrong("slip-dump", "events", "9: is not open", "-r", slip, "--events", "9")


def test_a_full_disk(slip, small_disk):
    subprocess.run(["dd", "if=/dev/zero", f"of={small_disk}/fill", "bs=4k"], stderr=subprocess.DEVNULL, check=False)
    wrong("slip-dump", "output", "its disk is full", "-r", slip, "-w", small_disk / "a.pcap")


def spool_of(capture, folder):
    status, findings = check("amqp-play", "-n", "a", "-r", capture, "-u", "amqp://127.0.0.1:1/", "--spool", folder)
    (found,) = [f for f in findings if f["check"] == "spool"]
    return found


def test_a_spool(capture, tmp_path):
    """As the tool itself judges it: it makes the folder, but none above that; it must be nobody else's, and no link."""
    assert spool_of(capture, tmp_path / "spool")["verdict"] == "good" and not (tmp_path / "spool").exists()
    found = spool_of(capture, tmp_path / "nowhere" / "spool")
    assert found["verdict"] == "wrong" and "nowhere: No such file" in found["found"] and "mkdir -p" in found["remedy"]
    (tmp_path / "spool").mkdir(mode=0o700)
    assert spool_of(capture, tmp_path / "spool")["verdict"] == "good"
    (tmp_path / "link").symlink_to("spool")
    found = spool_of(capture, tmp_path / "link")
    assert found["verdict"] == "wrong" and "is a symbolic link" in found["found"] and "readlink -f" in found["remedy"]
    (tmp_path / "spool").chmod(0o777)
    found = spool_of(capture, tmp_path / "spool")
    assert found["verdict"] == "wrong" and "others may write to it" in found["found"] and "chmod go-w" in found["remedy"]
    assert "is no folder" in spool_of(capture, capture)["found"]


def test_no_capture(vhost, tmp_path):
    wrong("amqp-play", "input", "nowhere: No such file", "-n", "a", "-r", tmp_path / "nowhere", "-u", vhost.url)


def test_the_json_of_findings_needs_findings():
    done = subprocess.run([binaries_folder() / "amqp-play", "--json"], stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 2 and "--json needs --check" in done.stderr
