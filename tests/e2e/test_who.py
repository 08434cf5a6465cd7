"""amqp-dump --who on a real terminal (tmux): what is on the screen, keys, a new size, every ending; and lines where there is none. The
senders are python3-pika."""
import os
import re
import shutil
import signal
import subprocess

import pytest

import harness
from harness import ipv4_udp, ipv6_udp, wait_until
from test_top import terminal  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux (make deps)")

IPV6, IPV4 = ipv6_udp("bbbb::1", "bbbb::2", b"six"), ipv4_udp("10.2.0.1", "10.2.0.2", b"four")


def start(terminal, vhost, *options, before="", wait=True):
    """The command line is long: its end stands in a file."""
    program = harness.binaries_folder() / "amqp-dump"
    terminal.run(f"clear; {before} AMQP_URL={vhost.url} {program} --who {' '.join(map(str, options))}; echo status $?, $(stty -a | grep -ow -- '-*echo')")
    if wait:
        vhost.wait_binding("fromAgent.#")
        terminal.wait(r"amqp-dump: \d+ agents? since \d\d:\d\d:\d\d \(0:00:\d\d\), \d+\.\d packets/s")


def pid_of(vhost):
    return next(int(p) for p in subprocess.run(["pgrep", "-x", "amqp-dump"], check=True, capture_output=True, text=True).stdout.split()
                if f"AMQP_URL={vhost.url}".encode() in open(f"/proc/{p}/environ", "rb").read())


def send(sender, name, packet=IPV6, count=1, direction="fromAgent", **options):
    for _ in range(count):
        sender.publish(f"{direction}.{name}.ip.tun.packet.raw", {"data": list(packet), "timestamp": 1.5}, **options)


def rows(terminal):
    """name: the words of its row."""
    return {line.split()[0]: line.split() for line in terminal.screen().splitlines() if re.match(r"[a-z]\S* +\d+ +\d+\.\d +\d+ +\d+\.\d ", line)}


def test_what_is_on_the_screen(terminal, vhost, witness):
    terminal.resize(160, 24)
    start(terminal, vhost)
    sender = witness()
    sender.publish("fromAgent.one.ip.tun.started", {"name": "one", "ipv6_prefix": "bbbb", "ipv6_host": "1", "framebus_encodings": "json,pcap",
                                                    "framebus_mtu": "1400", "framebus_session": "s"}, user_id="guest")
    sender.publish("framebus.alive.one", {"framebus_session": "s", "uptime": "7200", "published": "1", "delivered": "2"}, user_id="guest")
    send(sender, "one", count=12, user_id="guest")
    send(sender, "two", IPV4, count=3)
    terminal.wait(r"amqp-dump: 2 agents since ")
    terminal.wait(rf"one +12 +\d+\.\d +0 +0\.0 +{12 * len(IPV6)} +\d+\.\d s +2 h +guest +bbbb::1, mtu 1400, reads json,pcap")
    terminal.wait(rf"two +3 +\d+\.\d +0 +0\.0 +{3 * len(IPV4)} +\d+\.\d s +- +-")
    terminal.wait(r"one +12 +0\.0 ")  # nothing more comes
    terminal.wait(r"agent +from it v +/s +to it +/s +octets +heard +up +user +says")
    terminal.wait(r"q quit +sort by: a agent \[f from it v\] t to it r rate")
    terminal.type("q")
    terminal.wait(r"status 0, echo")
    assert "17 messages, 0 dropped" in terminal.screen() and "sort by" not in terminal.screen()


def test_keys_sort(terminal, vhost, witness):
    start(terminal, vhost, "-k", "'#'", wait=False)
    vhost.wait_binding("#")
    sender = witness()
    send(sender, "ca", count=4)
    send(sender, "ab", count=6, user_id="guest")
    send(sender, "bc", count=2)
    send(sender, "bc", IPV6 + bytes(900), count=3, direction="toAgent")
    terminal.wait("3 agents since")
    for keys, order in (("", "ab ca bc"), ("f", "bc ca ab"), ("a", "ab bc ca"), ("a", "ca bc ab"), ("t", "bc ab ca"), ("o", "bc ab ca"), ("l", "bc ab ca"), ("u", "bc ca ab"),
                        ("x", "bc ca ab")):
        if keys:
            terminal.type(keys)
        wait_until(lambda order=order: list(rows(terminal)) == order.split(), what=(keys, order))
    terminal.type("q")
    terminal.wait("status 0, echo")


def test_columns_give_way(terminal, vhost, witness):
    """What is sorted by stays and is marked; help has three forms; nothing is wider than the screen."""
    terminal.resize(160, 24)
    start(terminal, vhost)
    send(witness(), "one", count=2, user_id="guest")
    terminal.wait(r"one +2 ")
    for width, key, shown, gone in ((120, "", ["from it v", "to it", "heard", "octets", "says"], []),
                                    (80, "", ["agent", "from it v", "to it", "/s", "octets", "heard"], ["says", "user"]),
                                    (80, "u", ["agent", "from it", "to it", "user v"], ["says"]), (45, "u", ["agent", "user ^"], ["heard", "octets"]),
                                    (45, "o", ["agent", "octets v", "from it"], ["user", "heard"]), (45, "r", ["agent", "/s v    /s v"], ["to it", "octets"])):
        terminal.resize(width, 24)
        if key:
            terminal.type(key)

        def fits():
            lines = [line for line in terminal.screen().splitlines() if line]
            title = next((line for line in lines if line.startswith("agent")), "")
            help = next((line for line in lines if line.startswith("q quit")), "")
            return (all(word in title for word in shown) and not any(word in title for word in gone) and max(map(len, lines)) < width and
                    ("sort by:" in help) == (width >= 100) and (not key or f"[{key} " in help))
        wait_until(fits, 10, (width, key, terminal.screen()))
    terminal.type("q")
    terminal.wait("status 0, echo")


def test_a_new_size_and_more_agents_than_lines(terminal, vhost, witness):
    start(terminal, vhost)
    sender = witness()
    for i in range(40):
        send(sender, f"agent{i:02}")
    terminal.wait("40 agents since")
    terminal.wait(r"\.\.\. and 20 more")
    terminal.resize(132, 60)
    terminal.wait(r"agent39 +1 ")
    assert "more (" not in terminal.screen()
    for width, height in ((60, 10), (20, 4), (5, 2), (80, 24)):
        terminal.resize(width, height)
        wait_until(lambda width=width, height=height: terminal.screen().split("\n")[height - 1].startswith("q quit"[:width - 1]), what=(width, height))
    terminal.wait(r"agent00 +1 ")
    terminal.type("q")
    terminal.wait("status 0, echo")


def test_text_from_outside_moves_no_cursor(terminal, vhost, witness):
    start(terminal, vhost)
    sender = witness()
    sender.publish("fromAgent.evil.ip.tun.started", {"name": "evil", "ipv6_prefix": "\u001b[2J\u001b[1;1Hgone", "ipv6_host": "\u009b1", "framebus_mtu": "\r\n9"})
    sender.publish("framebus.alive.evil", {"framebus_session": "s", "uptime": "\u001b[5m" + "9" * 12, "published": "1", "delivered": "2"})
    send(sender, "evil" + "x" * 50)
    send(sender, "m\u00fcde")
    terminal.wait(r"evilx+~ +1 ")
    assert re.search(r"amqp-dump: \d agents since", terminal.screen()) and "q quit" in terminal.screen()
    assert re.search(r"^evil +0 +0\.0 ", terminal.screen(), re.MULTILINE)
    terminal.type("q")
    terminal.wait("status 0, echo")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_terminal_is_as_it_was(terminal, vhost, end):
    start(terminal, vhost)
    os.kill(pid_of(vhost), end)
    terminal.wait("status 0, echo")
    assert "0 messages, 0 dropped" in terminal.screen()


def test_a_duration_ends_it_too(terminal, vhost):
    start(terminal, vhost, "--duration", "1.5", wait=False)
    terminal.wait("status 0, echo")


def test_stopped_by_the_shell_and_continued(terminal, vhost, witness):
    start(terminal, vhost)
    terminal.type("C-z")
    terminal.wait(r"(?s)status 147, echo.*[Ss]topped|[Ss]topped.*status 147, echo")
    terminal.run("fg")
    send(witness(), "one")
    terminal.wait(r"one +1 ")
    terminal.type("q")
    terminal.wait("messages?, 0 dropped")


def test_the_terminal_goes(terminal, vhost):
    start(terminal, vhost)
    pid = pid_of(vhost)
    terminal.close()
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what="it ends with its terminal")


def test_a_broker_that_goes_is_told_on_the_screen_and_behind_it(terminal, vhost, witness):
    start(terminal, vhost)
    send(witness(), "one", count=2)
    terminal.wait(r"one +2 ")
    vhost.broker.close_connections(vhost.name)
    terminal.wait(r"downlink: connected after")  # what was said before it stands behind the screen
    vhost.wait_binding("fromAgent.#")
    send(witness(), "one", count=3)
    terminal.wait(r"one +5 ")  # what was known stays
    terminal.type("q")
    terminal.wait("status 0, echo")
    assert "closed by a test" in terminal.screen().replace("\n", "")


def test_no_broker_yet(terminal, vhost):
    program = harness.binaries_folder() / "amqp-dump"
    terminal.run(f"clear; {program} -u amqp://127.0.0.1:1/ --who; echo status $?")
    terminal.wait(r"(?s)amqp-dump: no connection to the broker yet.*Connection refused")
    terminal.type("q")
    terminal.wait("status 0")
    terminal.run(f"clear; {program} -u {vhost.broker.url_of(vhost.name, password='s3cret')} --who; echo status $?")
    terminal.wait(r"(?s)403 ACCESS_REFUSED.*status 3")


# --- no screen ---

@pytest.mark.parametrize("kind", ["dumb", "no-such-terminal", ""])
def test_lines_on_a_terminal_that_is_not_known(terminal, vhost, kind):
    start(terminal, vhost, "--who=0.1", "--duration", "2", before=f"TERM={kind}", wait=False)
    terminal.wait(r"(?s)(0 agents since .*){3}status 0")


@pytest.mark.parametrize("options", [["--json"], ["-w", "-", "--format", "lines"], ["--print"]])
def test_lines_that_were_asked_for(terminal, vhost, options):
    start(terminal, vhost, "--who=0.3", "--duration", "1", *options, wait=False)
    terminal.wait(r"(?s)agents.*status 0")
    assert "sort by" not in terminal.screen()


def test_lines_where_there_is_no_terminal(bus_tool, witness):
    tool = bus_tool("amqp-dump", "--who=0.2", "--json")
    send(witness(), "one", count=5)
    tool.wait_stdout(lambda out: re.search(rb'"agent":"one","from":\{"packets":5,.*"rate":[1-9].*\n(.*\n)*.*"agent":"one","from":\{"packets":5,.*"rate":0\.000\}', out))
    tool.stop()
    assert b"\x1b" not in tool.stdout


@pytest.mark.parametrize("value", ["0", "x", "-1", "nan", "0.01"])
def test_how_often(tool, value):
    wrong = tool("amqp-dump", f"--who={value}", wait=False, stats=False)
    wrong.wait(status=2)
    assert f"--who '{value}': must be a number of seconds from 0.1 on" in wrong.stderr
