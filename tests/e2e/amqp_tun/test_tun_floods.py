"""amqp-tun: what the bus can make it say, and do, is bounded."""
import json
import os
import re
import time

import pytest

from tun import check_sums, no_tun, run_tun, start_body

pytestmark = pytest.mark.usefixtures("tun_allowed")
FLOOD = 50000 if os.environ.get("FAULTS") == "long" else 5000


def flood(bus, key, bodies, **properties):
    for body in bodies:
        bus.publish(key, body, **properties)


def test_refused_starts_are_told_once_and_counted(agent, witness):
    one = agent("x")
    bus, begun = witness(), time.monotonic()
    flood(bus, "toAgent.x.ip.tun.start", (start_body(ipv6_prefix="2001:db8", ipv6_host="1") for _ in range(FLOOD)))
    one.wait_stats(lambda s: s["control.refused"] == FLOOD, 60)
    flood(bus, "toAgent.x.ip.tun.start", (start_body(ipv6_prefix="2001:db8", ipv6_host=f"{i:x}") for i in range(FLOOD)))
    one.wait_stats(lambda s: s["control.refused"] == 2 * FLOOD, 60)
    said = [line for line in one.stderr.splitlines() if "refused" in line and not line.startswith("{")]
    minutes = 1 + int((time.monotonic() - begun) / 60)
    assert 1 <= len(said) <= 17 * minutes, said[:20]
    check_sums(one.stop())
    counted = sum(int(n) for n in re.findall(r"amqp-tun: (\d+) (?:times more|more lines such as): .*refused", one.stderr))
    assert counted + len(said) == 2 * FLOOD


def test_what_cannot_be_read_is_told_once_too(agent, witness):
    one = agent("x", "--peer", "y", "--wait-start", "-v")
    bus = witness()
    flood(bus, "fromAgent.y.ip.tun.packet.raw", (b"nonsense" for _ in range(300)))
    flood(bus, "fromAgent.y.ip.tun.started", (b"nonsense" for _ in range(300)))
    one.wait_stats(lambda s: s["control.rejected"] == 300 and s["downlink.received"] == 300)
    assert one.stderr.count("fromAgent.y.") - one.stderr.count("published") <= 4, one.stderr[:4000]
    one.stop()


def test_starts_that_fail_make_few_interfaces(agent, witness):
    """Each is within --allow-net, and has an address that another interface has."""
    one = agent("x", "-v")
    hosts = range(1, 200)
    for host in hosts:
        one.ns.ip("addr", "add", f"bbbb::{host:x}/128", "dev", "lo")
    bus = witness("fromAgent.x.ip.tun.started")
    watch = one.ns.start("ip", "-o", "monitor", "link", stdout=-1, text=True)
    for again in range(2):
        flood(bus, "toAgent.x.ip.tun.start", (start_body(ipv6_host=f"{host:x}") for host in hosts for _ in range(2)))
        one.wait_stats(lambda s: s["control.refused"] == 2 * (again + 1) * len(hosts), 30)
    watch.terminate()
    made = {line.split(":")[0] for line in watch.stdout.read().splitlines() if "tun" in line and not line.startswith("Deleted")}
    assert 1 <= len(made) <= 10, made
    assert no_tun(one.ns)
    one.stop()


def test_starts_again_are_answered_together(agent, witness):
    """An interface that is there: the answer says what is in force, ten times a second at the most."""
    one = agent("x", "--ipv6", "bbbb::7/64")
    bus = witness("fromAgent.x.ip.tun.started")
    flood(bus, "toAgent.x.ip.tun.start", (start_body(ipv6_host=f"{i:x}") for i in range(1, 2000)))
    one.wait_stats(lambda s: s["control.handled"] >= 1999, 30)
    assert json.loads(bus.get().body)["ipv6_host"] == "7"
    report = one.stop()
    assert report["bus_uplink.control_published"] < 200


@pytest.mark.parametrize("arguments", [["-n", "agent_1"], ["-n", "x", "--ipv4", "10.2.0.7/16"], ["-n", "agent_1", "--peer", "agent_2"]])
def test_a_broker_in_the_tunnels_own_network_is_refused(arguments):
    done = run_tun("-u", "amqp://10.2.0.9/", *arguments)
    assert done.returncode == 2 and re.search(r"10\.2\.0\.\d/\d+: the broker's address 10\.2\.0\.9 is in this network.*--netns", done.stdout)
    done = run_tun("-u", "amqp://[bbbb::9]/", "-n", "agent_1")
    assert done.returncode == 2 and "bbbb::1/64: the broker's address bbbb::9 is in this network" in done.stdout


def test_a_broker_elsewhere_is_not(netns, broker_in, tool, vhost, witness):
    """And a message cannot choose a network that holds one."""
    ns = netns()
    broker_in(ns)
    bus = witness("fromAgent.x.ip.tun.started")
    one = tool("amqp-tun", "-u", vhost.url, "-u", "amqp://10.2.0.9/", "-n", "x", prefix=ns.prefix)
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_prefix="bbbb", ipv6_host="7", ipv4_address="10.2.0.7"))
    assert json.loads(bus.get().body)["ipv4_host"] is None
    one.wait_stderr("left out: 10.2.0.7/24: the broker's address 10.2.0.9 is in this network")
    one.stop()
