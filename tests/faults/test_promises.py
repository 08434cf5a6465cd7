"""What is kept is kept, what is dropped is counted, and memory stays within its bound, whatever happens on the way."""
import json
import os
import random
import re
import signal
import time
from pathlib import Path

import pika
import pytest

from harness import PATIENCE, ipv6_udp, pcap_records, records_so_far, wait_until
from sums import assert_stream
from bus_tools import family, fill, flood, number_of, records, resident_kib, wait_quiet, write

MIB = 1024  # KiB
PROCESS_KIB = 16 * MIB
KEPT_KIB = 16 * MIB  # the tools' default
KEY = "fromAgent.agent_1.802154.serial.packet.raw"


def assert_publisher_sums(report):
    """design: read = published + dropped; kept: published = confirmed + returned + pending."""
    bus = {name.removeprefix("bus_uplink."): value for name, value in report.items() if name.startswith("bus_uplink.")}
    assert bus["published"] + bus["restored"] == bus["confirmed"] + bus["unroutable"] + bus["pending"], report
    if report["tool"] == "amqp-play":
        left_out = sum(value for name, value in report.items() if name.startswith("capture.rejected"))
        assert report["capture.read"] == bus["packets"] + left_out + report["capture.stopped"], report


def assert_consumer_sums(report):
    """received = delivered + rejected."""
    rejected = sum(value for name, value in report.items() if name.startswith("bus_downlink.rejected"))
    delivered = report["downlink.messages"]
    assert report["bus_downlink.received"] == delivered + rejected + report["bus_downlink.duplicates"], report


def numbers_in(path):
    return [number_of(record.data) for record in pcap_records(path.read_bytes())[1]]


# --- memory ---

def test_memory_while_the_broker_is_away(start_tool, proxy, proxied, witness, figure):
    """amqp-play keeps what its bound allows, then takes no more; nothing of it is lost."""
    proxy.refuse()
    tool = start_tool("amqp-play", proxied)
    tool.wait_stderr("Connection refused")
    piece = records(range(500), size=120)
    begun, rest = fill(tool, piece)
    report = tool.stats()
    assert report["bus_uplink.published"] > 1000
    away = resident_kib(tool.pid)
    listener = witness("#")
    proxy.accept()
    write(tool, rest)
    total = 500 * begun
    tool.wait_stats(lambda report: report["bus_uplink.confirmed"] == total, 50)
    assert_publisher_sums_settled(tool)
    assert len({m.properties.message_id for m in listener.collect(total, 50)}) == total
    figure("amqp-play's memory, its buffer full, MiB", f"{away / MIB:.1f}", (PROCESS_KIB + KEPT_KIB) // MIB)
    assert away <= PROCESS_KIB + KEPT_KIB


def test_memory_of_a_slow_reader(start_tool, vhost, proxy, proxied, figure):
    """Messages of all sizes come faster than they can be written; those that are too long are told and let go."""
    reader, writer = os.pipe()
    tool = start_tool("amqp-dump", proxied, stdout=writer, wait=True)
    os.close(writer)
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    channel = connection.channel()
    packet = json.dumps({"data": list(ipv6_udp("bbbb::1", "bbbb::2", bytes(1200)))})
    for size in (len(packet), 100_000, 1_000_000, 10_000_000):
        for _ in range(4):
            channel.basic_publish("amq.topic", "fromAgent.x.ip.tun.packet.raw", packet.ljust(size))
    tool.wait_stats(lambda report: report["bus_downlink.rejected_too_long"] == 4)
    for _ in range(3000):
        channel.basic_publish("amq.topic", "fromAgent.x.ip.tun.packet.raw", packet.ljust(50_000))
    wait_quiet(proxy.open_connections()[0], "down")
    resident = resident_kib(tool.pid)
    figure("amqp-dump's memory, its output blocked, MiB", f"{resident / MIB:.1f}", PROCESS_KIB // MIB + 1)
    os.close(reader)
    connection.close()
    assert resident <= PROCESS_KIB + MIB


def test_memory_at_the_end(start_tool, vhost, figure):
    """A kept reader is told to stop while the broker has hundreds of megabytes for it."""
    reader, writer = os.pipe()
    tool = start_tool("amqp-dump", vhost.url, "--keep", stdout=writer, wait=True)
    os.close(writer)
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    channel = connection.channel()
    packet = json.dumps({"data": list(ipv6_udp("bbbb::1", "bbbb::2", bytes(1200)))})
    for _ in range(300):
        channel.basic_publish("amq.topic", "fromAgent.x.ip.tun.packet.raw", packet.ljust(1_000_000))
    connection.close()
    tool.wait_stats(lambda report: report["bus_downlink.received"] > 40)  # the pipe is full
    before = highest_kib(tool)
    tool.process.send_signal(signal.SIGTERM)
    most = max([before, *iter(lambda: highest_kib(tool), None)])
    os.close(reader)
    figure("amqp-dump's memory, stopped before a long queue, MiB", f"{most / MIB:.1f}", PROCESS_KIB // MIB + 1)
    assert most <= PROCESS_KIB + MIB
    tool.wait(status=0)


def highest_kib(tool):
    """The most it has had so far; None when it has ended."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{tool.pid}/status").read_text())[1])
    except (FileNotFoundError, ProcessLookupError, TypeError):
        return None


def test_memory_of_a_tunnel(start_tool, proxy, proxied, netns, figure):
    """A live publisher whose broker takes nothing drops, and says so."""
    space = netns()
    tool = start_tool("amqp-tun", proxied, "--netns", space.name, "--ipv6", "bbbb::1/64", wait=True)
    proxy.stall("up")
    sender = flood(space)
    try:
        watch_for(2)
        report = tool.stats()
        resident = max(resident_kib(pid) for pid in family(tool.pid))
    finally:
        sender.kill()
        sender.wait()
    figure("amqp-tun's memory, its window full, MiB", f"{resident / MIB:.1f}", PROCESS_KIB // MIB)
    assert resident <= PROCESS_KIB
    assert report["bus_uplink.published"] > 0


def watch_for(seconds):
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > seconds, seconds + 5)


# --- alarms, nacks, slow queues ---

def test_an_alarm_keeps_the_kept(start_tool, vhost, alarm, witness, tmp_path):
    listener = witness("#")
    tool = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    write(tool, records(range(100)))
    tool.wait_stats(lambda report: report["bus_uplink.confirmed"] == 100)
    alarm()
    numbers = iter(range(100, 2000))
    # The broker tells whoever publishes, once the alarm has reached its connection: some may still get through.
    wait_until(lambda: write(tool, records([next(numbers)])) or "takes no messages at the moment" in tool.stderr)
    rest = list(numbers)
    write(tool, records(rest))
    report = tool.wait_stats(lambda report: report["bus_uplink.published"] == 2000)
    assert report["bus_uplink.pending"] >= len(rest) > 1000
    assert_publisher_sums_settled(tool)
    alarm(False)
    tool.wait_stderr("takes messages again")
    report = tool.wait_stats(lambda report: report["bus_uplink.pending"] == 0)
    assert report["bus_uplink.confirmed"] == 2000
    assert [number_of(bytes(json.loads(m.body)["data"])) for m in listener.collect(2000)] == list(range(2000))


def test_nacked_messages_are_sent_again(start_tool, vhost, tmp_path):
    """A queue that is full and refuses: everything gets there once somebody makes room."""
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    channel = connection.channel()
    channel.queue_declare("small", arguments={"x-max-length": 50, "x-overflow": "reject-publish"})
    channel.queue_bind("small", "amq.topic", KEY)
    capture = tmp_path / "all.pcap"
    dump = start_tool("amqp-dump", vhost.url, "-w", capture, wait=True)
    tool = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    write(tool, records(range(1000)))
    tool.wait_stats(lambda report: report["bus_uplink.nacked"] > 0)
    seen = set()
    for _, _, body in channel.consume("small", auto_ack=True, inactivity_timeout=PATIENCE):
        assert body is not None, f"only {len(seen)} of 1000"
        seen.add(number_of(bytes(json.loads(body)["data"])))
        if len(seen) == 1000:
            break
    connection.close()
    tool.wait_stats(lambda report: report["bus_uplink.confirmed"] == 1000)
    report = assert_publisher_sums_settled(tool)
    assert report["bus_uplink.resent"] >= report["bus_uplink.nacked"] > 0
    dump.wait_stats(lambda report: report["output.written"] == 1000)
    dump.stop()
    assert sorted(numbers_in(capture)) == list(range(1000)), "the other queue's reader saw each once"


def test_what_the_broker_drops_is_seen(start_tool, vhost, proxy, proxied):
    """A live queue is bounded: its oldest messages go, and the receiver knows how many."""
    dump = start_tool("amqp-dump", proxied, "--heartbeat", "60", wait=True)
    tool = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    write(tool, records(range(10)))
    dump.wait_stats(lambda report: report["output.written"] == 10)
    proxy.stall("down")
    total = 45_000
    for at in range(10, total, 1000):
        write(tool, records(range(at, min(at + 1000, total)), size=100))
    tool.wait_stats(lambda report: report["bus_uplink.confirmed"] == total, 40)
    proxy.resume()
    report = dump.wait_stats(lambda report: report["bus_downlink.received"] + report["bus_downlink.lost_on_bus"] == total)
    assert report["bus_downlink.lost_on_bus"] > 1000
    settled(dump, assert_consumer_sums)


def test_a_kept_reader_that_is_killed(start_tool, vhost, tmp_path):
    """What it had not written is there for the next one: nothing is lost, little comes twice."""
    tool = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    first, second = tmp_path / "first.pcap", tmp_path / "second.pcap"
    dump = start_tool("amqp-dump", vhost.url, "--keep", "-w", first, wait=True)
    write(tool, records(range(3000)))
    dump.wait_stats(lambda report: report["output.written"] > 500)
    dump.kill()
    write(tool, records(range(3000, 6000)))
    again = start_tool("amqp-dump", vhost.url, "--keep", "-w", second, wait=True)
    tool.wait_stats(lambda report: report["bus_uplink.confirmed"] == 6000)
    wait_until(lambda: set(numbers_in_part(first)) | set(numbers_in_part(second)) == set(range(6000)), what="all frames")
    again.stop()


def test_a_kept_reader_that_is_half_dead(start_tool, vhost, proxy, proxied, tmp_path):
    """Its successor, started as a service manager does, has the queue when the broker notices, and what the other one never read."""
    tool = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    first, second = tmp_path / "first.pcap", tmp_path / "second.pcap"
    dump = start_tool("amqp-dump", proxied, "--keep", "--heartbeat", "1", "-w", first, wait=True)
    write(tool, records(range(100)))
    dump.wait_stats(lambda report: report["output.written"] == 100)
    wait_quiet(proxy.open_connections()[0], seconds=0.3)  # it has acknowledged them; its heartbeats come every half second
    proxy.refuse()
    proxy.stall()
    write(tool, records(range(100, 1100)))
    tool.wait_stats(lambda report: report["bus_uplink.confirmed"] == 1100)
    again = wait_until(lambda: started(start_tool, vhost.url, second), what="the broker has given up the first one")
    write(tool, records(range(1100, 3000)))
    report = again.wait_stats(lambda report: report["output.written"] == 2900)
    assert sorted(numbers_in(first) + numbers_in(second)) == list(range(3000))
    assert report["bus_downlink.duplicates"] == 0 and report["bus_downlink.lost_on_bus"] == 0


def started(start_tool, url, path):
    tool = start_tool("amqp-dump", url, "--keep", "-w", path)
    try:
        return tool.wait_ready()
    except AssertionError:
        assert tool.process.returncode == 1 and "another amqp-dump records as dump" in tool.stderr
        return None


def numbers_in_part(path):
    """Of a file that is being written, or was when its writer was killed."""
    return [number_of(record.data) for record in records_so_far(path)]


# --- sums ---

@pytest.mark.timeout(300)
def test_sums_hold_whatever_happens(start_tool, vhost, proxy, proxied, is_long, tmp_path, figure):
    """Connections end, stall and come back at random, the reader's too; at every moment the counters tell the truth."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    capture = tmp_path / "kept.pcap"
    dump = start_tool("amqp-dump", proxied, "--keep", "-w", capture, "--heartbeat", "1", wait=True)
    live = start_tool("amqp-dump", proxied, "-w", tmp_path / "live.pcap", "--heartbeat", "1", wait=True)
    tool = start_tool("amqp-play", proxied, "-n", "agent_1", "--heartbeat", "1", wait=True)
    total = 1
    write(tool, records([0]))
    live.wait_stats(lambda report: report["output.written"] == 1)
    for turn in range(60 if is_long else 12):
        count = chance.randrange(200, 800)
        write(tool, records(range(total, total + count)))
        total += count
        chance.choice([proxy.reset, proxy.close, proxy.stall, lambda: proxy.swallow("up"), lambda: None])()
        assert_publisher_sums_settled(tool, all_was_read=False)
        watch_for(chance.uniform(0, 0.5))
        proxy.resume()
    tool.wait_stats(lambda report: report["bus_uplink.confirmed"] == total, 30)
    total = wait_all_told(live, tool, total)
    dump.wait_stats(lambda report: report["output.written"] == total, 30)
    final = dump.stop()
    assert_stream(final, total)
    assert final["bus_downlink.lost_on_bus"] == 0
    report = live.stop()
    assert_stream(report, total)
    assert sorted(numbers_in(capture)) == list(range(total))
    figure("frames of that run that a live reader lost, and counted", f"{report['bus_downlink.lost_on_bus']} of {total}")
    figure("frames that came to it twice, and were left out", report["bus_downlink.duplicates"])
    figure("reconnections of the run whose sums held", tool.stats()["bus_uplink.connections"] - 1)


def test_sums_hold_while_a_publish_waits_for_the_peer(start_tool, proxy, proxied):
    tool = start_tool("amqp-play", proxied, "-n", "agent_1", wait=True)
    proxy.stall("up")
    fill(tool, records(range(1000), 100))
    report = tool.stats()
    assert report["bus_uplink.connections"] == 1 and report["bus_uplink.pending"] > 1000
    assert_publisher_sums_settled(tool, all_was_read=False)
    proxy.resume()


def wait_all_told(live, tool, total):
    """What was lost at the end, only what comes behind it can tell. Returns how many frames there are now."""
    for _ in range(20):
        write(tool, records([total]))
        total += 1
        try:
            live.wait_stats(lambda report: report["bus_downlink.lost_on_bus"] + report["output.written"] == total, 1)
            return total
        except AssertionError:
            pass  # it is still on its way back
    raise AssertionError(f"{total} is not what arrived and what was lost: {live.stats()}")


def settled(tool, check):
    """A report may be taken between two of a thread's additions, and a thread may be held up there: what does not add up must do so
    a moment later. Returns the report that does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        report = tool.stats()
        try:
            check(report)
            return report
        except AssertionError:
            if time.monotonic() > deadline:
                raise


def assert_publisher_sums_settled(tool, all_was_read=True):
    """all_was_read: nothing is on its way from the capture to the publisher, or comes to rest there."""
    return settled(tool, lambda report: assert_publisher_sums(
        report if all_was_read else {**report, "capture.read": report["bus_uplink.packets"]}))
