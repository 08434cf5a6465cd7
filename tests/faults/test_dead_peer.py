"""A peer that is gone without a word is found within two heartbeats, whatever the tool is doing meanwhile."""
import threading
import time

import pytest

from fault_proxy import Fault
from harness import wait_until
from bus_tools import records, write

SLACK = 0.9  # seconds, for a loaded machine: less than one more heartbeat


@pytest.fixture(params=[1, 3])
def heartbeat(request):
    if request.param > 1:
        request.getfixturevalue("only_long")
    return request.param


def seconds_until_found(tool, died):
    tool.wait_stderr("connection lost", 30)
    return time.monotonic() - died


def note_last_traffic(proxy):
    """The session has been up for a moment, so that what it does is its everyday life."""
    connection = proxy.open_connections()[0]
    before = connection.octets("down")
    wait_until(lambda: connection.octets("down") > before, what="a heartbeat of the broker")


@pytest.mark.parametrize("ways", [("down",), ("up", "down")])
@pytest.mark.parametrize("name", ["amqp-dump", "amqp-play"])
def test_idle(request, start_tool, proxy, proxied, figure, heartbeat, name, ways):
    if len(ways) > 1:
        request.getfixturevalue("only_long")
    tool = start_tool(name, proxied, "--heartbeat", heartbeat, wait=True)
    note_last_traffic(proxy)
    died = time.monotonic()
    proxy.stall(*ways)
    found = seconds_until_found(tool, died)
    figure(f"dead peer found, {name} idle, {' and '.join(ways)}, heartbeats", f"{found / heartbeat:.1f}", 2)
    assert found <= 2 * heartbeat + SLACK


@pytest.mark.parametrize("fault", ["stall", "swallow"])
def test_publishing(start_tool, proxy, proxied, figure, heartbeat, fault):
    tool = start_tool("amqp-play", proxied, "--heartbeat", heartbeat, wait=True)
    stop = threading.Event()
    publisher = threading.Thread(target=publish, args=(tool, stop), daemon=True)
    publisher.start()
    try:
        tool.wait_stats(lambda report: report["bus_uplink.published"] > 10000)
        died = time.monotonic()
        (proxy.stall if fault == "stall" else proxy.swallow)()
        found = seconds_until_found(tool, died)
        tool.wait_stats(lambda report: report["bus_uplink.connections"] == 2)
    finally:
        stop.set()
        publisher.join(20)
    figure(f"dead peer found, publishing, {fault}, heartbeats", f"{found / heartbeat:.1f}", 2)
    assert found <= 2 * heartbeat + SLACK
    tool.wait_stats(lambda report: report["bus_uplink.published"] == report["bus_uplink.unroutable"])


def publish(tool, stop):
    number = 0
    while not stop.is_set():
        write(tool, records(range(number, number + 200), size=100))
        number += 200


def test_consuming(start_tool, proxy, proxied, witness, figure, heartbeat):
    """Messages are coming in; then nothing more does, in the middle of one."""
    tool = start_tool("amqp-dump", proxied, "--heartbeat", heartbeat, wait=True)
    body = '{"data": [%s]}' % ", ".join(["96"] * 1280)
    publisher = witness()
    for _ in range(100):
        publisher.publish("fromAgent.x.ip.tun.packet.raw", body)
    tool.wait_stats(lambda report: report["output.written"] == 100)
    died = time.monotonic()
    proxy.stall("down")
    publisher.publish("fromAgent.x.ip.tun.packet.raw", body)
    found = seconds_until_found(tool, died)
    figure("dead peer found, consuming, heartbeats", f"{found / heartbeat:.1f}", 2)
    assert found <= 2 * heartbeat + SLACK


def test_a_long_line_is_not_a_dead_peer(only_long, start_tool, proxy, proxied):
    """Nothing but heartbeats for long, each of them late: the connection stays."""
    proxy.set(up=Fault(delay=0.2), down=Fault(delay=0.2))
    tool = start_tool("amqp-dump", proxied, "--heartbeat", "1", wait=True)
    watch_for(5)
    assert len(proxy.connections) == 1 and tool.stats()["bus_downlink.connections"] == 1


def test_a_slow_peer_is_not_a_dead_peer(only_long, start_tool, proxy, proxied):
    """A publish waits for room in the socket's buffer for longer than two heartbeats; but octets go out meanwhile."""
    proxy.set(up=Fault(rate=40000))
    tool = start_tool("amqp-play", proxied, "--heartbeat", "2", wait=True)
    write(tool, records(range(6000), size=100))
    watch_for(15)
    report = tool.stats()
    assert report["bus_uplink.connections"] == 1, tool.stderr
    assert report["bus_uplink.confirmed"] + report["bus_uplink.unroutable"] > 100


def watch_for(seconds):
    """For what must not happen."""
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > seconds, seconds + 5)


def test_confirms_that_do_not_come_are_waited_for_aloud(start_tool, proxy, proxied):
    tool = start_tool("amqp-play", proxied, wait=True)
    write(tool, records([0]))
    tool.wait_stats(lambda report: report["bus_uplink.unroutable"] == 1)
    proxy.swallow("down")
    write(tool, records(range(1, 4)))
    tool.stdin.close()
    tool.wait_stderr("amqp-play: all is published; waits for the broker to confirm 3 messages\n")
