"""Spools that are not ours: other users' folders and files, links, tables with triggers, records that nobody of ours wrote, damage."""
import contextlib
import json
import os
import random
import sqlite3
import stat

import pytest

from harness import pcap_bytes

KEY = "fromAgent.agent_1.802154.serial.packet.raw"
AWAY = "amqp://127.0.0.1:1/"
NAME = "amqp-play.agent_1.spool"
RUN = "0123456789abcdef"
TABLE = ("CREATE TABLE message (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,"
         " time INTEGER NOT NULL, body BLOB NOT NULL)")
COLUMNS = ("key", "type", "id", "time", "body")


@pytest.fixture
def play(tool, tmp_path):
    """play(URL): an amqp-play with nothing of its own to publish (but for frames); not waited for."""
    def start(url=AWAY, folder=tmp_path / "spool", frames=(), **options):
        capture = tmp_path / "capture.pcap"
        capture.write_bytes(pcap_bytes(230, [(0, frame) for frame in frames]))
        return tool("amqp-play", "--url", url, "-n", "agent_1", "-r", capture, "--spool", folder, wait=False, **options)
    return start


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "spool"
    path.mkdir(0o700)
    return path


def assert_refused(player, *words):
    player.wait(status=1)
    for word in words:
        assert word in player.stderr, player.stderr


def row(n, **changes):
    return {"key": KEY, "type": "application/json", "id": f"{RUN}-{n}", "time": 1700000000, "body": b'{"data": [%d]}' % n, **changes}


def make_spool(folder, rows, *more, table=TABLE):
    path = folder / NAME
    with contextlib.closing(sqlite3.connect(path)) as database:
        for sql in (table, *more):
            database.execute(sql)
        for values in rows:
            database.execute(f"INSERT INTO message ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values()))
        database.commit()
    path.chmod(0o600)
    return path


def count(path, table):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# --- whose it is ---

@pytest.mark.parametrize("umask", [0, 0o077, 0o777])
def test_nobody_else_reads_it(play, tmp_path, umask):
    folder = tmp_path / "spool"
    if umask == 0o777:
        folder.mkdir(0o700)
    player = play(frames=[b"a frame"], prefix=("sh", "-c", f"umask {umask:o}; exec \"$@\"", "sh"))
    player.wait_stderr("Connection refused")
    player.wait_stats(lambda s: s["spool.stored"] == 1)
    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in folder.iterdir()} == {NAME: 0o600, NAME + "-wal": 0o600}
    player.kill()


def test_what_others_could_read_is_closed(play, folder):
    path = make_spool(folder, [row(1)])
    path.chmod(0o644)
    play().wait_stderr("1 messages of the last run")
    assert mode(path) == 0o600


def test_a_folder_that_others_may_write_to(play, folder):
    folder.chmod(0o777)
    assert_refused(play(), f"--spool {folder}: others may write to it")
    assert not list(folder.iterdir())


def test_a_file_that_others_may_write_to(play, folder):
    make_spool(folder, []).chmod(0o666)
    assert_refused(play(), NAME, "others may write to it")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
@pytest.mark.parametrize("which", ["folder", "file", "log"])
def test_what_belongs_to_another_user(play, folder, which):
    path = make_spool(folder, [])
    log = folder / (NAME + "-wal")
    log.touch(0o600)
    os.chown({"folder": folder, "file": path, "log": log}[which], 65534, 65534)
    assert_refused(play(), "belongs to another user")


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_links_are_not_followed(play, folder, tmp_path, ending, link):
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    target.chmod(0o600)
    if ending:
        make_spool(folder, [])
    link(target, folder / (NAME + ending))
    assert_refused(play(), NAME + ending, "is a link")
    assert target.read_bytes() == b"precious"


def test_a_folder_that_is_a_link(play, folder, tmp_path):
    other = tmp_path / "other"
    other.symlink_to(folder)
    assert_refused(play(folder=other), str(other), "is a symbolic link")


def test_no_file_at_all(play, folder):
    os.mkfifo(folder / NAME, 0o600)
    assert_refused(play(), NAME, "move it away")


# --- what is in it ---

TRIGGER = "CREATE TRIGGER t AFTER DELETE ON message BEGIN INSERT INTO message (key, type, id, time, body) VALUES ('k', '', '', 0, x''); END"


@pytest.mark.parametrize("table,more", [
    (TABLE, [TRIGGER]),
    (TABLE, ["CREATE VIEW v AS SELECT * FROM message"]),
    (TABLE, ["CREATE TABLE other (x)"]),
    (TABLE, ["CREATE INDEX i ON message (key)"]),
    (TABLE.replace("body BLOB NOT NULL", "body BLOB NOT NULL, more INTEGER DEFAULT 0"), []),
    (TABLE.replace("time INTEGER NOT NULL", "time INTEGER NOT NULL CHECK (time < 0)"), []),
    ("CREATE VIEW message AS SELECT 1 AS number, 'k' AS key, '' AS type, '' AS id, 0 AS time, x'' AS body", []),
])
def test_tables_of_others(play, folder, table, more):
    path = make_spool(folder, [], *more, table=table)
    before = path.read_bytes()
    assert_refused(play(), f"{path}: not a spool, or damaged: move it away")
    assert path.read_bytes()[100:] == before[100:]  # the header's says that there may be a log


BAD = {
    "no key": {"key": ""}, "a key that is too long": {"key": "k" * 256}, "a key with a NUL": {"key": "k\0k"}, "a key of octets": {"key": b"k"},
    "a type that is too long": {"type": "t" * 256}, "a type with a NUL": {"type": "a\0"}, "a type of octets": {"type": b"\xff"},
    "an id that is too long": {"id": "1" * 64}, "an id with a line's end": {"id": "a\nb"}, "an id that is none": {"id": b"\0"},
    "a time that is none": {"time": "now"}, "a time before all times": {"time": -1}, "a time after all times": {"time": 1 << 62},
    "a body of text": {"body": "text"}, "a body of 17 MiB": {"body": bytes(17 << 20)}, "a body that is a number": {"body": 7},
    "number 0": {"number": 0}, "a negative number": {"number": -5}, "the highest number": {"number": (1 << 63) - 1},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_records_that_are_no_messages(play, folder, vhost, witness, changes):
    """They are set aside, and all others go out."""
    listener = witness(KEY)
    path = make_spool(folder, [row(1), row(2, **changes), {"number": 3, **row(3)}])
    player = play(vhost.url)
    player.wait(status=0)
    report = player.final_stats()
    assert [json.loads(m.body)["data"] for m in listener.collect(2)] == [[1], [3]] and listener.is_silent()
    assert (report["bus_uplink.restored"], report["bus_uplink.confirmed"], report["spool.rejected"]) == (2, 2, 1)
    assert player.stderr.count("1 records are no messages of ours: set aside") == 1
    assert (count(path, "message"), count(path, "rejected")) == (0, 1)
    again = play(vhost.url)
    again.wait(status=0)
    assert "set aside" not in again.stderr


def test_a_message_that_memory_has_no_room_for(tool, probe, folder, vhost, tmp_path):
    """Of a run with a larger --buffer."""
    probe("a")
    path = folder / "amqp-serial.a.spool"
    make_spool(folder, [row(1), row(2, body=bytes(2 << 20)), row(3)]).rename(path)
    serial = tool("amqp-serial", "--url", vhost.url, "-n", "a", "-p", tmp_path / "a", "--spool", folder, "--buffer", "1")
    report = serial.wait_stats(lambda s: s["bus_uplink.refused"] == 1 and s["bus_uplink.pending"] == 0)
    assert report["bus_uplink.restored"] == 3 and report["spool.rejected"] == 1
    serial.stop()
    assert count(path, "rejected") == 1


def test_the_spool_of_an_earlier_version(play, folder, vhost, witness):
    listener = witness(KEY)
    path = make_spool(folder, [row(n) for n in range(1, 6)])
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
    play(vhost.url).wait(status=0)
    assert [m.properties.message_id for m in listener.collect(5)] == [f"{RUN}-{n}" for n in range(1, 6)]
    assert count(path, "message") == 0


def test_damage_anywhere(play, folder, vhost):
    """Octets change, the end is missing: what can be read is read, or the file is refused; nothing else ends, or goes on, for ever."""
    seed = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    whole = make_spool(folder, [row(n, body=bytes(chance.randrange(6000))) for n in range(1, 60)]).read_bytes()
    for _ in range(25):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 5, 100))):
            damaged[chance.randrange(len(damaged)) if chance.random() < 0.5 else chance.randrange(200)] = chance.randrange(256)
        for path in folder.iterdir():
            path.unlink()
        (folder / NAME).write_bytes(damaged[:chance.choice((len(damaged), chance.randrange(len(damaged))))])
        (folder / NAME).chmod(0o600)
        player = play(vhost.url)
        status = player.wait(10)
        assert status in (0, 1), (status, player.stderr)
        assert status == 0 or "move it away" in player.stderr or "spool: " in player.stderr, player.stderr
