"""One-way delays in the statistics of whatever reads packets from the bus: from a packet's own time to its arrival."""
import time

import pytest

from harness import ipv6_udp, pcap_bytes

PACKET, FRAME = ipv6_udp("bbbb::2", "bbbb::1", b"late"), bytes.fromhex("6188 2a cdab 0200 0100 6869")
PCAP = "application/vnd.tcpdump.pcap"
SECONDS = 2


@pytest.fixture
def dump(bus_tool):
    return bus_tool("amqp-dump", "-w", "/dev/null"), "fromAgent.a.ip.tun.packet.raw", PACKET, 101


@pytest.fixture
def serial(bus_tool, probe, tmp_path):
    probe("port")
    return bus_tool("amqp-serial", "-n", "a", "-p", tmp_path / "port"), "toAgent.a.802154.serial.packet.raw", FRAME, 230


@pytest.fixture
def tun(bus_tool, netns):
    return bus_tool("amqp-tun", "-n", "agent_1", "--netns", netns().name), "toAgent.agent_1.ip.tun.packet.raw", PACKET, 101


@pytest.mark.parametrize("receiver", ["dump", "serial", "tun"])
def test_delays_are_told(request, witness, receiver):
    tool, key, octets, link_type = request.getfixturevalue(receiver)
    body = {"data": list(octets)}
    ago = time.time() - SECONDS
    w = witness()
    for _ in range(4):
        w.publish(key, body)  # without a time: says nothing of its delay
    w.publish(key, body, timestamp=int(ago) - 100)  # whole seconds, the message's own: not looked at
    w.publish(key, body | {"timestamp": ago})
    w.publish(key, body | {"timestamp": str(ago)})
    w.publish(key, pcap_bytes(link_type, [(int(ago * 1e9), octets), (int((ago + 1000) * 1e9), octets)]), PCAP)
    done = {"dump": "downlink.packet_messages", "serial": "downlink.delivered", "tun": "downlink.delivered"}[receiver]
    tool.wait_stats(lambda s: s[done] == (8 if receiver == "dump" else 9))
    stats = tool.stop()
    delays = [stats[f"downlink.delay_{name}_us"] for name in ("p50", "p99", "max")]
    assert all(SECONDS * 1e6 <= delay < SECONDS * 1e6 * 9 / 8 + 3e6 for delay in delays), delays
