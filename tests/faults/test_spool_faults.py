"""`--spool` on a disk that is full, with the tool killed, and with messages that the broker will never take."""
import collections
import contextlib
import itertools
import json
import os
import random
import sqlite3
import subprocess
import threading

import pika
import pytest

from bus_tools import allow, number_of, records, write
from harness import PATIENCE, pcap_bytes, wait_until

KEY = "fromAgent.agent_1.802154.serial.packet.raw"
AWAY = "amqp://127.0.0.1:1/"
SPOOL = "amqp-play.agent_1.spool"


class Disk:
    """A file system of 1 MiB, which another file can fill."""

    def __init__(self, folder):
        folder.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], stderr=subprocess.DEVNULL).returncode:
            if os.environ.get("CI"):
                pytest.fail("a small file system needs root")
            pytest.skip("a small file system needs root")
        self.folder, self._other = folder, folder / "other"

    def fill(self):
        with open(self._other, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def free(self):
        self._other.unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


@pytest.fixture
def disk(tmp_path):
    disk = Disk(tmp_path / "disk")
    yield disk
    disk.close()


@pytest.fixture
def reader(vhost):
    """reader(): (message id, frame number) of all that the broker was given; a durable queue that no tool of ours knows."""
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    channel = connection.channel()
    channel.queue_declare("reader", durable=True)
    channel.queue_bind("reader", "amq.topic", KEY)

    def read():
        seen = []
        while count := channel.queue_declare("reader", passive=True).method.message_count:
            for _, properties, body in itertools.islice(channel.consume("reader", auto_ack=True, inactivity_timeout=PATIENCE), count):
                seen.append((properties.message_id, number_of(bytes(json.loads(body)["data"]))))
            channel.cancel()
        return seen
    yield read
    connection.close()


def play(tool, url, folder, *arguments, **options):
    """Waits until it has its broker, or knows that there is none."""
    started = tool("amqp-play", "--url", url, "-n", "agent_1", "-r", "-", "--speed", "0", "--spool", folder, *arguments, wait=False,
                   stdin=subprocess.PIPE, **options)
    write(started, pcap_bytes(230, []))
    wait_until(lambda: started.is_ready() or "refused" in started.stderr, what=started)
    return started


def end(player, status=0, seconds=30):
    if not player.stdin.closed:
        player.stdin.close()
    player.wait(seconds, status)
    return check_sums(player.final_stats())


def check_sums(report):
    total = report["bus_uplink.published"] + report["bus_uplink.restored"]
    assert total == sum(report[f"bus_uplink.{name}"] for name in ("confirmed", "unroutable", "pending", "refused")), report
    assert report["capture.read"] == report["bus_uplink.packets"] + report["capture.stopped"], report
    return report


def check_once(seen, numbers):
    """Each of them is there, what is there twice has one id, and no two share one."""
    ids = collections.defaultdict(set)
    for message_id, number in seen:
        ids[number].add(message_id)
    assert sorted(ids) == list(numbers)
    assert all(len(own) == 1 for own in ids.values()), "a frame that was sent again got another message id"
    assert len({next(iter(own)) for own in ids.values()}) == len(ids), "two frames share a message id"


def spool_rows(folder, table="message"):
    with contextlib.closing(sqlite3.connect(f"file:{folder / SPOOL}?mode=ro", uri=True)) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


# --- a full disk ---

def test_goes_on_when_there_is_room(tool, proxy, proxied, reader, disk):
    proxy.refuse()
    player = play(tool, proxied, disk.folder / "spool")
    write(player, records(range(100)))
    player.wait_stats(lambda s: s["spool.stored"] == 100)
    disk.fill()
    write(player, records(range(100, 1000)))
    full = player.wait_stats(lambda s: s["spool.failed"] > 1 and s["bus_uplink.pending"] == 1000)
    assert full["spool.stored"] == full["spool.waiting"] == 100, "what is not on the disk is not told as stored"
    disk.free()
    player.wait_stats(lambda s: s["spool.stored"] == s["spool.waiting"] == 1000)
    player.wait_stderr("written again after")
    assert player.stderr.count("stays in memory until it can be written") == player.stderr.count("written again after") == 1
    proxy.accept()
    report = end(player)
    assert report["bus_uplink.confirmed"] == 1000 and report["spool.waiting"] == report["spool.unremoved"] == 0
    assert spool_rows(disk.folder / "spool") == 0
    check_once(reader(), range(1000))


def test_more_than_fits_in_memory_and_on_the_disk(tool, proxy, proxied, reader, disk, is_long):
    total = 80_000 if is_long else 60_000
    proxy.refuse()
    player = play(tool, proxied, disk.folder / "spool")
    writer = threading.Thread(target=write, args=(player, records(range(total))), daemon=True)
    writer.start()
    full = player.wait_stats(lambda s: s["spool.failed"] > 1 and s["capture.read"] == player.stats()["capture.read"] and
                             s["bus_uplink.pending"] == s["bus_uplink.published"] and s["spool.stored"] == s["spool.waiting"], 60)
    assert full["bus_uplink.published"] < total
    proxy.accept()
    writer.join(60)
    report = end(player, seconds=60)
    assert report["bus_uplink.confirmed"] == report["capture.read"] == total
    assert player.stderr.count("stays in memory") == player.stderr.count("written again") == 1, player.stderr[-600:]
    check_once(reader(), range(total))


def test_what_cannot_be_removed_keeps_its_id(tool, proxy, proxied, reader, disk):
    proxy.refuse()
    player = play(tool, proxied, disk.folder / "spool")
    write(player, records(range(500)))
    player.wait_stats(lambda s: s["spool.stored"] == 500)
    disk.fill()
    proxy.accept()
    player.wait_stats(lambda s: s["bus_uplink.confirmed"] == 500 and s["spool.failed"] > 0)
    report = end(player)
    assert (report["spool.waiting"], report["spool.unremoved"]) == (0, 500)
    assert "500 messages that the broker has confirmed could not be removed" in player.stderr
    first = reader()
    check_once(first, range(500))
    disk.free()
    again = end(play(tool, proxied, disk.folder / "spool"))
    assert again["bus_uplink.restored"] == again["bus_uplink.confirmed"] == 500 and again["spool.waiting"] == 0
    assert sorted(reader()) == sorted(first), "under other ids readers could not leave them out"
    assert spool_rows(disk.folder / "spool") == 0


def test_a_spool_on_a_full_disk_is_read(tool, vhost, reader, disk):
    player = play(tool, AWAY, disk.folder / "spool")
    write(player, records(range(200)))
    player.wait_stats(lambda s: s["spool.stored"] == 200)
    player.stop(status=1)
    assert "200 stay in the spool" in player.stderr
    disk.fill()
    report = end(play(tool, vhost.url, disk.folder / "spool"))
    assert report["bus_uplink.restored"] == report["bus_uplink.confirmed"] == 200
    check_once(reader(), range(200))


def test_what_is_lost_at_the_end_is_said(tool, disk):
    player = play(tool, AWAY, disk.folder / "spool")
    write(player, records(range(50)))
    player.wait_stats(lambda s: s["spool.stored"] == 50)
    disk.fill()
    write(player, records(range(50, 80)))
    player.wait_stats(lambda s: s["spool.failed"] > 0 and s["bus_uplink.pending"] == 80)
    check_sums(player.stop(status=1))
    assert "80 messages were not sent: there was no connection: 50 stay in the spool for the next run, the others are lost" in player.stderr
    disk.free()
    assert spool_rows(disk.folder / "spool") == 50


def test_the_bound_is_of_all_files(tool, tmp_path):
    bound, total = 3, 60_000
    player = play(tool, AWAY, tmp_path / "spool", "--spool-size", bound)
    threading.Thread(target=quietly, args=(player, records(range(total))), daemon=True).start()
    sizes = []

    def is_full():
        full = player.stats()["spool.full"] > 0
        sizes.append(octets_in(tmp_path / "spool"))
        return full
    wait_until(is_full)
    assert 0.5 * bound * 1e6 < sizes[-1] <= max(sizes) <= bound * 1e6
    check_sums(player.stop(status=1))


def octets_in(folder):
    """Of all files; a journal comes and goes."""
    total = 0
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def quietly(player, data):
    try:
        write(player, data)
    except (BrokenPipeError, ValueError):
        pass


# --- kills ---

def test_killed_on_a_small_disk(tool, vhost, reader, disk, is_long):
    """Whatever was told as stored goes out, each under the id that it had."""
    seed = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    begun, promised = 0, 0
    for _ in range(20 if is_long else 5):
        player = play(tool, AWAY, disk.folder / "spool")
        restored = player.stats()["bus_uplink.restored"]
        assert restored >= promised, "something that was told as stored is gone"
        write(player, records(range(begun, begun + 400)))
        begun += 400
        if chance.random() < 0.5:
            disk.fill()
        threading.Event().wait(chance.uniform(0, 0.2))
        promised = player.stats()["spool.waiting"]
        player.kill()
        if (disk.folder / "other").exists():
            disk.free()
    report = end(play(tool, vhost.url, disk.folder / "spool"))
    assert report["bus_uplink.restored"] == report["bus_uplink.confirmed"] >= promised
    seen = reader()
    check_once(seen, sorted({number for _, number in seen}))
    assert len(seen) == report["bus_uplink.restored"]


def test_killed_while_it_publishes(tool, vhost, reader, disk, is_long):
    """Between a confirm and the removal a kill makes it go out again: under its old id."""
    seed = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    total = 1000
    player = play(tool, AWAY, disk.folder / "spool")
    write(player, records(range(total)))
    player.wait_stats(lambda s: s["spool.stored"] == total)
    player.stop(status=1)
    for _ in range(10 if is_long else 4):
        player = play(tool, vhost.url, disk.folder / "spool")
        threading.Event().wait(chance.uniform(0, 0.05))
        player.kill()
    end(play(tool, vhost.url, disk.folder / "spool"))
    check_once(reader(), range(total))


# --- what the broker will not have ---

@pytest.fixture
def longest_message(broker):
    """longest_message(N): of new channels."""
    normal = broker.eval("application:get_env(rabbit, max_message_size)").split("ok,")[-1].strip(" {}\n")

    def set_longest(octets):
        broker.eval(f"application:set_env(rabbit, max_message_size, {octets}).")
    yield set_longest
    set_longest(normal)


@pytest.mark.parametrize("spooled", [False, True])
def test_a_message_that_is_too_long_for_the_broker(tool, vhost, reader, tmp_path, longest_message, spooled):
    """It is found among others, let go of, set aside, and does not come back; no other is lost with it."""
    longest_message(400)
    folder = tmp_path / "spool"
    more = ["--spool", folder] if spooled else []
    player = tool("amqp-play", "--url", vhost.url, "-n", "agent_1", "-r", "-", "--speed", "0", *more, wait=False, stdin=subprocess.PIPE)
    write(player, pcap_bytes(230, []) + records(range(30)) + records([30], 120) + records(range(31, 60)))
    report = end(player, status=1)
    assert (report["bus_uplink.confirmed"], report["bus_uplink.refused"], report["bus_uplink.pending"]) == (59, 1, 0)
    assert player.stderr.count("is refused for good") == 1
    check_once(reader(), [n for n in range(60) if n != 30])
    if spooled:
        assert report["spool.rejected"] + report["spool.unremoved"] <= 1
        assert spool_rows(folder) == 0 and spool_rows(folder, "rejected") == 1
        again = end(play(tool, vhost.url, folder))
        assert again["bus_uplink.restored"] == 0


def test_a_permission_that_is_taken_away(tool, broker, vhost, tmp_path, reader):
    """amqp-play does not try for ever: the frames are in the spool when it is given back."""
    broker.add_user("player", "player", vhost.name)
    try:
        url = broker.url_of(vhost.name, "player", "player")
        player = play(tool, url, tmp_path / "spool")
        write(player, records(range(10)))
        player.wait_stats(lambda s: s["bus_uplink.confirmed"] == 10)
        wait_until_proved()
        allow(broker, vhost, "player", write="^$")
        write(player, records(range(10, 30)))
        report = end(player, status=3)
        assert player.stderr.count("403 ACCESS_REFUSED") <= 3, "not a line a try"
        assert report["bus_uplink.pending"] == 20 and "20 stay in the spool" in player.stderr
        allow(broker, vhost, "player")
        end(play(tool, url, tmp_path / "spool"))
        check_once(reader(), range(30))
    finally:
        broker.delete_user("player")


def wait_until_proved():
    """A refusal in a session's first two seconds ends the tool at once."""
    threading.Event().wait(2.1)
