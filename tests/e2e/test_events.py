"""--events: what scripts act on, from every tool; and what systemd is told, on a socket of the test's own."""
import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from harness import PATIENCE, ROOT, binaries_folder, pcap_bytes, wait_until

FRAME = b"\x61\x88\x2a\xcd\xab\x02\x00\x01\x00hi"
SLIP = b"\xc0" + FRAME + b"\xc0"
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))


def events_of(path):
    """(event, details) of whole lines."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"]) and {"tool", "event", "details"} <= set(line)
    return [(line["event"], line["details"]) for line in lines]


def names_of(path):
    return [event for event, _ in events_of(path)]


def is_up_after(event, path):
    """Looked at once: between two looks more is written."""
    names = names_of(path)
    return names[-1:] == ["up"] and event in names


def run(line, cwd, status=0):
    done = subprocess.run(["/bin/bash", "-c", line], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=20, env={"PATH": f"{binaries_folder()}:/usr/bin:/bin"})
    assert done.returncode == status, f"{line}: {done.returncode}: {done.stderr}"
    return done


@pytest.fixture
def here(tmp_path):
    (tmp_path / "slip").write_bytes(SLIP * 3)
    return tmp_path


def test_a_file_is_begun_and_done(here):
    run("slip-dump -r slip -w 'a\"b.pcap' --events e", here)
    found = events_of(here / "e")
    assert [event for event, _ in found] == ["started", "file_begun", "ready", "up", "down", "file_done", "stopped"]
    assert found[5][1]["file"] == 'a"b.pcap' and found[5][1]["packets"] == "3" and found[6][1] == {"status": "0"}
    run("slip-dump -r slip -w c.pcap --events e", here)
    assert len(events_of(here / "e")) == 14, "a file is appended to"


@pytest.mark.parametrize("options,words", [
    ("--ready-fd 4", "--ready-fd '4': is that of --events"), ("-w /dev/fd/4", "--events '4': is the file /dev/fd/4 of --write")])
def test_a_descriptor_has_one_use(here, options, words):
    assert words in run(f"slip-dump -r slip --events 4 {options} 4>e", here, status=2).stderr


@pytest.mark.parametrize("where,words", [
    ("9", "is not open"), ("1", "is a standard stream"), ("99999999999", "is no descriptor: must be a whole number from 3"), ("4294967298", "is no descriptor"), ("1048577", "is no descriptor"), ("00001", "is a standard stream"), ("nowhere/e", "No such file or directory"),
    (".", "Is a directory"), ("-", "is neither a descriptor"), ("-3", "is neither a descriptor"), ("4 4<slip", "is not open for writing"), ("/dev/full/x", "Not a directory")])
def test_what_cannot_be_written_is_refused(here, where, words):
    for tool in TOOLS:
        done = run(f"{tool} --events={where}", here, status=2)
        assert f"--events '{where.split()[0]}': " in done.stderr and words in done.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_an_end_in_words_is_an_event(here, tool):
    """Every tool opens its events before it looks at anything else."""
    run(f"{tool} {'' if tool == 'slip-dump' else '--url nonsense '}--events e || true", here)
    event, details = events_of(here / "e")[-1]
    assert event == "stopped" and details["status"] in ("2", "1") and details["reason"]


def test_a_full_disk_and_a_reader_that_has_gone(here):
    done = run("slip-dump -r slip --events 3 3>/dev/full", here)
    assert done.stderr.count("--events 3: No space left on device: events are left out") == 1
    done = run("slip-dump -r slip --events 3 3> >(exec true)", here)
    assert "1 frame" in done.stderr or "3 frames" in done.stderr


def test_a_reader_that_does_not_read_holds_nothing_up(here, tool):
    """What has no room is counted, and told when there is room again."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    try:
        while True:
            os.write(writable, b"#" * 4096)
    except BlockingIOError:
        os.set_blocking(writable, True)
    t = tool("slip-dump", "-r", "-", "-w", here / "out.pcap", f"--events={writable}", stdin=subprocess.PIPE, pass_fds=[writable])
    os.close(writable)
    t.wait_stderr("its reader is slow")
    os.set_blocking(readable, False)
    for _ in range(16):
        os.read(readable, 4096)
    t.stdin.write(SLIP)
    t.stdin.close()
    t.wait(status=0)
    os.set_blocking(readable, True)
    with os.fdopen(readable, "rb") as pipe:
        lines = [json.loads(line) for line in pipe.read().lstrip(b"#").splitlines()]
    assert lines[0]["event"] == "left_out" and int(lines[0]["details"]["count"]) >= 3
    assert lines[-1]["event"] == "stopped"


def test_a_fifo_may_be_read_later(here):
    os.mkfifo(here / "fifo")
    reader = os.open(here / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    run("slip-dump -r slip --events fifo", here)
    assert b'"stopped"' in os.read(reader, 65536)
    os.close(reader)


def test_a_port_that_goes_and_comes(here, tool, probe):
    p = probe("port")
    t = tool("slip-dump", "-p", p.link, "--events", here / "e")
    p.close()
    wait_until(lambda: "port_gone" in names_of(here / "e"))
    probe("port")
    wait_until(lambda: is_up_after("port_back", here / "e"))
    t.stop()
    assert names_of(here / "e") == ["started", "ready", "up", "port_gone", "down", "port_back", "up", "down", "stopped"]


def test_peers_and_connections(here, netns, bus_tool, vhost):
    spaces = netns(), netns()
    one = bus_tool("amqp-tun", "-n", "agent_1", "--peer", "agent_2", "--netns", spaces[0].name, "--events", here / "one")
    two = bus_tool("amqp-tun", "-n", "agent_2", "--peer", "agent_1", "--netns", spaces[1].name, "--events", here / "two")
    wait_until(lambda: "peer_here" in names_of(here / "one") and "peer_here" in names_of(here / "two"))
    found = dict(events_of(here / "one"))
    assert found["up"]["ipv6"] == "bbbb::1/64" and found["up"]["interface"] and found["peer_here"]["peer"] == "agent_2"
    assert found["connected"]["direction"] in ("uplink", "downlink") and "guest:guest" not in (here / "one").read_text()
    two.stop()
    one.stop()
    # A connection that is closed in the end is not lost.
    assert names_of(here / "one")[-2:] == ["down", "stopped"]
    assert "lost" not in names_of(here / "one") + names_of(here / "two")


def test_a_refusal(here, tool, broker):
    t = tool("amqp-dump", "--url", broker.url_of(user="nobody"), "--events", here / "e", wait=False)
    t.wait(status=3)
    assert "refused" in names_of(here / "e") and events_of(here / "e")[-1] == ("stopped", {"status": "3"})


def test_the_script_of_the_document(here):
    shown = (ROOT / "docs/events.md").read_text()
    script = (ROOT / "docs/examples/up-down.sh").read_text()
    assert f"```sh\n{script}```" in shown
    done = run(f"slip-dump -r slip -w out.pcap --events 3 3>&1 | {ROOT}/docs/examples/up-down.sh", here)
    assert re.match(r"up: \{.*\}\ndown: \{.*\}\n$", done.stdout), done.stdout


def test_every_event_is_in_the_document():
    shown = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/events.md").read_text(), re.MULTILINE))
    said = {name for path in (ROOT / "bin").rglob("*.c") for name in re.findall(r'events_say\(\s*"(\w+)"', path.read_text())}
    assert said and said <= shown, said - shown


# --- systemd ---

class Systemd:
    """A socket as systemd gives one, by path or abstract."""

    def __init__(self, folder, abstract):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"framebus-test-{os.getpid()}-{folder.name}"
        self.socket.bind("\0" + name if abstract else str(folder / "notify"))
        self.socket.settimeout(PATIENCE)
        self.env = {"NOTIFY_SOCKET": "@" + name if abstract else str(folder / "notify")}

    def next(self):
        return self.socket.recv(4096).decode().split("\n")

    def until(self, wanted):
        while wanted not in self.next():
            pass


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told(here, tool, abstract):
    systemd = Systemd(here, abstract)
    t = tool("slip-dump", "-r", "-", "-w", here / "out.pcap", stdin=subprocess.PIPE, env=systemd.env)
    assert systemd.next()[0].startswith("STATUS=") and systemd.next() == ["READY=1", "STATUS=both ends work"]
    assert b"NOTIFY_SOCKET" in Path(f"/proc/{t.pid}/environ").read_bytes()  # as it was started; a child of it has none
    t.process.send_signal(signal.SIGTERM)
    systemd.until("STOPPING=1")
    t.wait(status=0)


def test_systemds_watchdog_hears_of_a_tool_that_waits(here, tool):
    systemd = Systemd(here, False)
    t = tool("slip-dump", "-r", "-", "-w", here / "out.pcap", stdin=subprocess.PIPE, env={**systemd.env, "WATCHDOG_USEC": "1000000"})
    for _ in range(3):
        systemd.until("WATCHDOG=1")
    t.stop()


def test_a_watchdog_of_another_process_is_none(here, tool):
    systemd = Systemd(here, False)
    t = tool("slip-dump", "-r", "-", "-w", here / "out.pcap", stdin=subprocess.PIPE,
             env={**systemd.env, "WATCHDOG_USEC": "10000", "WATCHDOG_PID": "1"})
    systemd.until("READY=1")
    t.process.send_signal(signal.SIGTERM)
    said = []
    while "STOPPING=1" not in said:
        said += systemd.next()
    assert "WATCHDOG=1" not in said


def test_the_privileged_process_alone_speaks_to_systemd(here, netns, bus_tool):
    systemd = Systemd(here, False)
    systemd.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    t = bus_tool("amqp-tun", "-n", "agent_1", "--netns", netns().name, env={**systemd.env, "WATCHDOG_USEC": "1000000"})
    said, speakers = set(), set()
    while not {"READY=1", "WATCHDOG=1"} <= said:
        words, control, _, _ = systemd.socket.recvmsg(4096, 256)
        said |= set(words.decode().split("\n"))
        speakers |= {int.from_bytes(data[:4], "little") for _, kind, data in control}
    assert speakers == {t.pid}
    # A child that hangs is not spoken for.
    child = int(subprocess.run(["pgrep", "-P", str(t.pid)], stdout=subprocess.PIPE, text=True).stdout.split()[0])
    os.kill(child, signal.SIGSTOP)
    systemd.socket.settimeout(2)
    with pytest.raises(TimeoutError):
        for _ in range(20):  # what was on its way
            systemd.next()
    os.kill(child, signal.SIGCONT)
    systemd.socket.settimeout(PATIENCE)
    systemd.until("WATCHDOG=1")
    t.process.send_signal(signal.SIGTERM)
    systemd.until("STOPPING=1")
    t.wait(status=0)


def test_a_connection_that_is_lost_and_made_again(here, bus_tool, vhost):
    t = bus_tool("amqp-dump", "--events", here / "e")
    vhost.broker.eval('[rabbit_networking:close_connection(P, "test") || P <- rabbit_networking:connections()].')
    wait_until(lambda: is_up_after("lost", here / "e"))
    t.stop()
    assert names_of(here / "e") == ["started", "connected", "ready", "up", "lost", "down", "connected", "up", "down", "stopped"]


# --- what comes in pairs comes in turns ---

PAIRS = {"up": "down", "connected": "lost", "peer_here": "peer_gone", "port_back": "port_gone", "file_begun": "file_done"}


def pairs_of(path):
    """Of each thing that comes and goes, its events; they take turns, a port's begin with that it is not there, and nothing is behind `stopped`."""
    turns = {}
    for event, details in events_of(path):
        for come, go in PAIRS.items():
            if event in (come, go):
                turns.setdefault((come, *(details.get(key, "") for key in ("broker", "direction", "peer", "port", "file"))), []).append(event)
    for (come, *about), found in turns.items():
        first, second = (PAIRS[come], come) if come == "port_back" else (come, PAIRS[come])
        assert found == ([first, second] * len(found))[:len(found)], (about, found)
        assert come not in ("up", "file_begun") or found[-1] == PAIRS[come], (about, found)
    assert names_of(path)[-1] == "stopped" and names_of(path).count("stopped") == 1
    return turns


def test_queues_that_are_changed_are_a_connection_lost_and_made(here, bus_tool, vhost):
    """SIGHUP of amqp-route: the connection that consumes is another one."""
    (here / "links").write_text("a,b\n")
    t = bus_tool("amqp-route", "--links", here / "links", "--events", here / "e")
    (here / "links").write_text("a,c\n")
    t.process.send_signal(signal.SIGHUP)
    wait_until(lambda: is_up_after("lost", here / "e"))
    t.stop()
    found = events_of(here / "e")
    assert [event for event, _ in found][-6:] == ["lost", "down", "connected", "up", "down", "stopped"]
    lost = next(details for event, details in found if event == "lost")
    assert lost["direction"] == "downlink" and "other queues" in lost["reason"]
    assert len(pairs_of(here / "e")) == 4  # up, and three connections


@pytest.mark.parametrize("name,count", [("slip-dump", 1), ("slip-dump", 2), ("amqp-serial", 1)])
def test_a_port_that_is_not_there_yet(here, tool, bus_tool, probe, name, count):
    """It is gone until it is there; and only then the tool is up."""
    ports = [here / f"port{n}" for n in range(count)]
    options = [word for port in ports for word in ("-p", port)] + ["--wait-port", "--events", here / "e"]
    t = (bus_tool if name == "amqp-serial" else tool)(name, *(["-n", "a"] if name == "amqp-serial" else []), *options, wait=False)
    wait_until(lambda: (here / "e").exists() and names_of(here / "e").count("port_gone") == len(ports))
    assert "up" not in names_of(here / "e")
    for port in ports:
        assert "up" not in names_of(here / "e")
        probe(port.name)
    wait_until(lambda: "up" in names_of(here / "e"))
    assert names_of(here / "e").count("port_back") == len(ports)
    t.stop()
    pairs_of(here / "e")


def test_a_port_that_never_comes(here, tool):
    t = tool("slip-dump", "-p", here / "port", "--wait-port", "--events", here / "e", wait=False)
    wait_until(lambda: (here / "e").exists() and "port_gone" in names_of(here / "e"))
    t.stop()
    assert names_of(here / "e") == ["started", "port_gone", "stopped"]


def test_files_and_a_broker_that_come_and_go(here, tool, bus_tool, vhost):
    """One file after the other, on one connection after the other."""
    t = bus_tool("amqp-dump", "-w", here / "a.pcap", "--file-frames", "1", "--events", here / "e")
    play = bus_tool("amqp-play", "-n", "a", "-r", here / "played.pcap", "--events", here / "p", wait=False)
    play.wait(status=1)  # nothing to play: it ends before it runs
    assert names_of(here / "p")[-1] == "stopped"
    vhost.broker.eval('[rabbit_networking:close_connection(P, "test") || P <- rabbit_networking:connections()].')
    wait_until(lambda: is_up_after("lost", here / "e"))
    (here / "played.pcap").write_bytes(pcap_bytes(230, [(1, FRAME)] * 3))
    bus_tool("amqp-play", "-n", "a", "-r", here / "played.pcap", wait=False).wait(status=0)
    wait_until(lambda: names_of(here / "e").count("file_done") >= 2)
    t.stop()
    assert len([key for key in pairs_of(here / "e") if key[0] == "file_begun"]) >= 3
