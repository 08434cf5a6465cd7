"""A broker that is killed with SIGKILL and started again, over and over: the kept promise, and how soon traffic is back."""
import collections
import json
import random
import socket
import threading
import time

import pika
import pytest

from harness import PATIENCE, pcap_records, wait_until
from sums import assert_stream
from bus_tools import number_of, records, write

BACK_SECONDS = 1.5  # on a machine with nothing else to do
KEY = "fromAgent.agent_1.802154.serial.packet.raw"
PIECE = 20
FAST, SLOW = 4000, 200  # frames a second


class Feeder(threading.Thread):
    """Frames 0, 1, 2... to amqp-play's standard input, at a rate, as many as allowed so far."""

    def __init__(self, tool):
        super().__init__(daemon=True)
        self.given = 0
        self._tool = tool
        self._allowed, self._per_second = 0, 1
        self._stopped = False
        self._changed = threading.Condition()

    def allow(self, total=float("inf"), per_second=FAST):
        with self._changed:
            self._allowed, self._per_second = total, per_second
            self._changed.notify()

    def run(self):
        next_at = time.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self.given < self._allowed)
                if self._stopped:
                    return
            count = int(min(PIECE, self._allowed - self.given))
            write(self._tool, records(range(self.given, self.given + count)))
            self.given += count
            next_at = max(next_at + count / self._per_second, time.monotonic() - 0.1)
            with self._changed:
                self._changed.wait_for(lambda: self._stopped, max(0.0, next_at - time.monotonic()))

    def stop(self):
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self.join(10)


class PortWatch(threading.Thread):
    """Notes when somebody listens."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.opened_at = None
        self._port = port
        self.start()

    def run(self):
        while self.opened_at is None:
            try:
                with socket.create_connection(("127.0.0.1", self._port), 1):
                    self.opened_at = time.monotonic()
            except OSError:
                threading.Event().wait(0.005)


@pytest.fixture
def outsider(vhost):
    """A durable queue that none of our tools knows: what the broker really took, told by another client."""
    def channel():
        connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
        return connection, connection.channel()
    connection, own = channel()
    own.queue_declare("outsider", durable=True, arguments={"x-queue-type": "quorum"})
    own.queue_bind("outsider", "amq.topic", KEY)
    connection.close()

    def read(count):
        """(message id, frame number) of all that it holds: count of them, each perhaps more than once."""
        connection, own = channel()
        seen, numbers, waited = [], set(), 0
        for _, properties, body in own.consume("outsider", auto_ack=True, inactivity_timeout=2):
            if body is not None:
                seen.append((properties.message_id, number_of(bytes(json.loads(body)["data"]))))
                numbers.add(seen[-1][1])
                waited = 0
            elif len(numbers) >= count or (waited := waited + 2) > PATIENCE:
                break
        connection.close()
        return seen
    return read


def kill_and_restart(broker, feeder, player, live, figures):
    """One outage. Notes how long after the port's opening frames come out of the live end."""
    broker.kill()
    feeder.allow(per_second=SLOW)
    player.wait_stderr("connection lost|Connection refused|trying again")
    before = live.stats()["output.written"]
    connections = player.stats()["bus_uplink.connections"]
    watch = PortWatch(broker.port)
    restart = threading.Thread(target=broker.start, daemon=True)
    restart.start()
    wait_until(lambda: watch.opened_at, 60, "the broker's port")
    wait_until(lambda: live.stats()["output.written"] > before, 60, "frames at a live consumer")
    figures["live"].append(time.monotonic() - watch.opened_at)
    restart.join(60)
    player.wait_stats(lambda report: report["bus_uplink.connections"] > connections)


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_nothing_kept_is_lost(start_tool, broker, vhost, outsider, tmp_path, is_long, figure):
    least, kills, before_each = (100_000, 10, 4000) if is_long else (8_000, 1, 200)
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    capture = tmp_path / "kept.pcap"
    kept = start_tool("amqp-dump", vhost.url, "--keep", "-w", capture, wait=True)
    live = start_tool("amqp-dump", vhost.url, "-w", tmp_path / "live.pcap", wait=True)
    player = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    feeder = Feeder(player)
    feeder.start()
    times = collections.defaultdict(list)
    try:
        settle(feeder, player, live)
        for _ in range(kills):
            feeder.allow()
            wanted = player.stats()["bus_uplink.confirmed"] + before_each
            player.wait_stats(lambda report: report["bus_uplink.confirmed"] > wanted, 60)
            threading.Event().wait(chance.uniform(0, 0.4))
            kill_and_restart(broker, feeder, player, live, times)
        total = max(least, feeder.given + 1000)
        feeder.allow(total)
        report = player.wait_stats(lambda report: report["bus_uplink.confirmed"] == total, 120)
        assert report["bus_uplink.published"] == total and report["bus_uplink.unroutable"] == 0
        kept.wait_stats(lambda report: report["output.written"] >= total, 60)
    finally:
        feeder.stop()
    live.wait_stats(lambda report: report["bus_downlink.lost_on_bus"] + report["output.written"] == total)
    assert_stream(live.stop(), total)
    final = kept.stop()
    assert_stream(final, total)
    assert [number_of(r.data) for r in sorted(pcap_records(capture.read_bytes())[1], key=lambda r: number_of(r.data))] == list(range(total))
    assert final["bus_downlink.lost_on_bus"] == 0
    duplicates = check_outsider(outsider(total), total)
    figure(f"frames kept through {kills} SIGKILLs", f"{total} of {total}")
    figure("sent again after them", report["bus_uplink.resent"])
    figure("twice on the broker, once at the kept consumer", duplicates)
    figure("live frames after the broker's port opened, s", f"{max(times['live']):.2f}", BACK_SECONDS)
    assert max(times["live"]) <= (BACK_SECONDS if is_long else 10 * BACK_SECONDS), times


def settle(feeder, player, live):
    """A quorum queue that the broker made within the last half second does not survive a SIGKILL (docs/broker.md)."""
    feeder.allow(200)
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > 2, 5)
    feeder.allow(400)
    player.wait_stats(lambda report: report["bus_uplink.confirmed"] == 400)
    live.wait_stats(lambda report: report["output.written"] == 400)


def check_outsider(seen, total):
    """Everything is there, and what is there twice has one message id. Returns how many were there again."""
    ids = collections.defaultdict(set)
    for message_id, number in seen:
        ids[number].add(message_id)
    assert sorted(ids) == list(range(total))
    assert all(len(own) == 1 for own in ids.values()), "a frame that was sent again got another message id"
    assert len({next(iter(own)) for own in ids.values()}) == total, "two frames share a message id"
    return len(seen) - total
