"""Who ends a tool: SIGHUP as SIGTERM does, unless it was started to outlive its session; SIGINT also where a script's `&` had it ignored."""
import os
import signal
import subprocess

import pytest

from harness import pcap_bytes, wait_until

NAMES = ["slip-dump", "amqp-dump", "amqp-play", "amqp-route", "amqp-serial", "amqp-tun"]
# What nohup(1) does, and what a shell does to what it starts with `&`.
IGNORING = {sig: ["env", f"--ignore-signal={sig}"] for sig in ("HUP", "INT", "TERM")}


@pytest.fixture
def start(request, tool, probe, tmp_path, vhost):
    """start(NAME, PREFIX) is a tool at work."""
    def run(name, prefix=()):
        bus = [] if name == "slip-dump" else ["--url", vhost.url]
        options = {"prefix": list(prefix)}
        if name == "amqp-tun":
            ns = request.getfixturevalue("netns")()
            own = ["-n", "agent_1", "--netns", ns.name, "--peer", "agent_2"]
        elif name == "amqp-play":
            options["stdin"] = subprocess.PIPE
            own = ["-n", "agent_1", "-r", "-"]
        elif name == "amqp-route":
            own = ["--link", "agent_1,agent_2"]
        elif name == "amqp-dump":
            own = ["-w", tmp_path / "out.pcap"]
        else:
            probe()
            own = ["-p", tmp_path / "probe"]
            own += ["-n", "agent_1"] if name == "amqp-serial" else ["-w", tmp_path / "out.pcap"]
        one = tool(name, *bus, *own, wait=False, **options)
        if name == "amqp-play":
            one.stdin.write(pcap_bytes(230, []))
            one.stdin.flush()
        return one.wait_ready()
    return run


def family(pid):
    children = subprocess.run(["pgrep", "-P", str(pid)], stdout=subprocess.PIPE, text=True).stdout.split()
    return [pid, *map(int, children)]


@pytest.mark.parametrize("name", NAMES)
def test_a_hangup_ends_it_as_sigterm_does(start, vhost, name):
    start(name).stop(signal.SIGHUP)
    # A router's queues are for the next one of its name.
    wait_until(lambda: [q for q in vhost.queue_names() if not q.startswith("framebus.route.agent_")] == [], what="its own queues are gone")


@pytest.mark.parametrize("name", NAMES)
def test_started_with_nohup_it_outlives_a_hangup(start, name):
    one = start(name, ["nohup"])
    for _ in range(3):
        for pid in family(one.pid):
            os.kill(pid, signal.SIGHUP)
        # Signals are handled in the order of their numbers: SIGHUP would have come first.
        for pid in family(one.pid):
            os.kill(pid, signal.SIGHUP)
        one.stats()
    one.stop()


@pytest.mark.parametrize("sig", ["INT", "TERM"])
@pytest.mark.parametrize("name", NAMES)
def test_who_asks_it_to_stop_is_obeyed(start, name, sig):
    start(name, IGNORING[sig]).stop(getattr(signal, f"SIG{sig}"))


def test_a_hangup_loses_nothing_of_a_file(tool, probe, tmp_path):
    mote = probe()
    one = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", "-w", tmp_path / "out.pcap")
    mote.send(b"\x02\x00\x6a")
    one.wait_stats(lambda s: s["line.passed"] == 1)
    one.stop(signal.SIGHUP)
    assert (tmp_path / "out.pcap").stat().st_size == 24 + 16 + 3
