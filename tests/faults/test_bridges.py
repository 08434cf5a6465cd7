"""amqp-serial and amqp-tun through outages: what a device gives is kept or dropped as promised, and told to the last frame."""
import random
import time

import pytest

from harness import ipv6_udp, pcap_records, wait_until
from sums import assert_sums, total
from bus_tools import frame, number_of

TUN_KEY = "fromAgent.left.ip.tun.packet.raw"
SERIAL = "Agent.radio.802154.serial.packet.raw"
SENDER = """
import socket, sys, time
out = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
for i in range(int(sys.argv[2])):
    try:
        out.sendto(i.to_bytes(4, "big") + bytes(100), (sys.argv[1], 9))
    except OSError:
        pass
    if i % 20 == 19:
        time.sleep(0.005)
"""


def pause(seconds):
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > seconds, seconds + 5)


@pytest.fixture
def trouble(proxy):
    """trouble() ends or holds up what is open, in one of four ways."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)

    def make():
        chance.choice([proxy.reset, proxy.close, proxy.stall, lambda: proxy.swallow("up")])()
        pause(chance.uniform(0, 0.5))
        proxy.resume()
    return make


def test_radio_frames(tool, probe, vhost, witness, proxied, trouble, is_long, tmp_path, figure):
    """Up: kept, every frame once and in order but for what was sent again. Down: the probe gets what was not too old."""
    capture = tmp_path / "kept.pcap"
    dump = tool("amqp-dump", "-u", vhost.url, "--keep", "-k", "from" + SERIAL, "-w", capture)
    mote = probe("radio")
    serial = tool("amqp-serial", "-u", proxied, "-n", "radio", "-p", mote.link, "--heartbeat", "1")
    other = witness()
    frames = 0
    for _ in range(30 if is_long else 6):
        for _ in range(50):
            mote.send(frame(frames))
            other.publish("to" + SERIAL, {"data": list(frame(frames))}, expiration="1000")
            frames += 1
        trouble()
    serial.wait_stats(lambda report: report["uplink.published"] == frames and report["bus_uplink.pending"] == 0, 30)
    dump.wait_stats(lambda report: report["output.written"] == frames, 30)
    report = serial.stop()
    assert_sums(report)
    wait_until(lambda: mote.pending() >= report["downlink.delivered"], what="what was written to the probe, at its other end")
    assert mote.pending() == report["downlink.delivered"] <= frames
    dump.stop()
    assert sorted(number_of(record.data) for record in pcap_records(capture.read_bytes())[1]) == list(range(frames))
    figure("frames of a probe through outages", f"{frames} of {frames}")
    figure("reconnections meanwhile (up, down)", f"{report['bus_uplink.connections'] - 1}, {report['bus_downlink.connections'] - 1}")


def test_packets(tool, netns, vhost, proxied, trouble, is_long, tmp_path, figure):
    """Live: what could not be sent is dropped at the publisher, what was lost on the way is told at the receiver."""
    spaces = {name: netns() for name in ("left", "right")}
    tunnels = {name: tool("amqp-tun", "-u", proxied, "-n", name, "--peer", peer, "--netns", spaces[name].name, "--encoding", "json",
                          "--ipv6", f"bbbb::{number}/64", "--heartbeat", "1")
               for number, (name, peer) in enumerate((("left", "right"), ("right", "left")), 1)}
    watcher = tool("amqp-dump", "-u", vhost.url, "-k", TUN_KEY, "-w", tmp_path / "live.pcap")
    rounds = 20 if is_long else 5
    sender = spaces["left"].start("/usr/bin/python3", "-c", SENDER, "bbbb::2", str(2000 * rounds))
    left, right = tunnels["left"], tunnels["right"]
    try:
        watcher.wait_stats(lambda report: report["bus_downlink.received"] > 0)
        for _ in range(rounds):
            trouble()
        sender.wait(60)
    finally:
        sender.kill()
        sender.wait()
    all_told = wait_all_told(left, (watcher, right), lambda: spaces["left"].run("/usr/bin/python3", "-c", SENDER, "bbbb::2", "1"))
    reports = {name: tunnel.stop() for name, tunnel in tunnels.items()}
    for report in reports.values():
        assert_sums(report)
    sent, got = reports["left"], reports["right"]
    figure("packets of a tunnel through outages: read", sent["uplink.read"])
    figure("... dropped and counted by the sender", total(sent, "uplink", "dropped_"))
    figure("... lost on the way and counted by the receiver", got["bus_downlink.lost_on_bus"])
    figure("... delivered", got["downlink.delivered"])
    assert all_told and got["downlink.delivered"] > 0


def wait_all_told(publisher, receivers, send_one):
    """A message that was being sent when its connection ended is dropped for the sender and lost for the receiver: one an outage.
    amqp-dump counts the losses of control messages, too."""
    def is_told(report, sent):
        arrived = report["downlink.messages" if report["tool"] == "amqp-dump" else "downlink.received"]
        outages = sent["bus_uplink.connections"] - 1
        return sent["bus_uplink.published"] <= arrived + report["bus_downlink.lost_on_bus"] <= sent["bus_uplink.published"] + 4 * outages

    def are_told():
        send_one()
        pause(0.1)
        sent = publisher.stats()
        return all(is_told(receiver.stats(), sent) for receiver in receivers)
    return wait_until(are_told, 60, "every message told: as arrived, or as lost")
