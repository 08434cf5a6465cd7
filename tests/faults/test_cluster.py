"""A cluster of three nodes whose node in use is killed: the others take over, and nothing kept is lost."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster import Cluster
from harness import pcap_records, wait_until
from test_kill import Feeder, settle
from bus_tools import ESTABLISHED, frame, number_of, remote_ports

TAKEN_OVER_SECONDS = 3.0


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path / "cluster")
    yield made
    made.close()


def node_in_use(cluster, tool):
    """Whose port the tool is connected to."""
    ports = wait_until(lambda: remote_ports(tool.pid, "tcp", ESTABLISHED), what=f"{tool.name}: a connection")
    return next(node for node in cluster.nodes if node.port == ports[0])


def last_number(path):
    """Of a capture of frames of one size that is written frame by frame."""
    size = 16 + len(frame(0))
    whole = (path.stat().st_size - 24) // size
    with open(path, "rb") as file:
        file.seek(24 + (whole - 1) * size + 16)
        return number_of(file.read(size - 16))


def wait_later(capture, number, moment):
    """How long after that moment a frame comes out that is later than this one."""
    wait_until(lambda: last_number(capture) > number, 30, f"{capture}: frames after {number}")
    return time.monotonic() - moment


@pytest.mark.timeout(400)
def test_the_node_in_use_is_killed(only_long, start_tool, cluster, tmp_path, figure):
    capture = tmp_path / "kept.pcap"
    urls = cluster.urls()
    kept = start_tool("amqp-dump", urls, "--keep", "-w", capture, wait=True)
    live_capture = tmp_path / "live.pcap"
    live = start_tool("amqp-dump", urls, "-U", "-w", live_capture, wait=True)
    player = start_tool("amqp-play", urls, "-n", "agent_1", wait=True)
    feeder = Feeder(player)
    feeder.start()
    times = {"live": [], "kept": []}
    total = 1_000_000
    try:
        settle(feeder, player, live)
        for tool in (player, kept, live):
            victim = node_in_use(cluster, tool)
            feeder.allow(total, 400)
            wait_later(live_capture, feeder.given, 0)
            killed = time.monotonic()
            victim.kill()
            given = feeder.given
            with ThreadPoolExecutor(2) as pool:
                waits = {kind: pool.submit(wait_later, path, given, killed) for kind, path in (("live", live_capture), ("kept", capture))}
            for kind, wait in waits.items():
                times[kind].append(wait.result())
            feeder.allow(0)
            victim.start()
            wait_until(lambda: len(cluster.nodes[0].eval("rabbit_nodes:all_running().").split("@")) == 4, 30, "all three nodes")
    finally:
        feeder.stop()
    report = player.wait_stats(lambda report: report["bus_uplink.confirmed"] == feeder.given, 60)
    assert report["bus_uplink.unroutable"] == 0
    report = kept.wait_stats(lambda report: report["output.written"] >= feeder.given, 30)
    assert report["bus_downlink.lost_on_bus"] == 0
    kept.stop()
    assert sorted(number_of(r.data) for r in pcap_records(capture.read_bytes())[1]) == list(range(feeder.given))
    for kind, seconds in times.items():
        figure(f"{kind} frames after the death of the node in use, s", f"{max(seconds):.2f}", TAKEN_OVER_SECONDS)
        assert len(seconds) == 3 and max(seconds) <= TAKEN_OVER_SECONDS, times
