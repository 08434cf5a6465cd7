"""What is known of each source on the air: the table and the JSON of --stats, by slip-dump and amqp-serial."""
import re
import signal
import struct
import sys

import pytest

from harness import TESTS, wait_until

sys.path.insert(0, str(TESTS))
import air as simulated  # noqa: E402


def data(sequence, source=1, pan=0xabcd):
    return bytes([0x41, 0x88, sequence]) + struct.pack("<HHH", pan, 2, source) + b"hello"


@pytest.fixture
def mote(tmp_path):
    made = []

    def make(kind, name="port", **options):
        made.append(kind(str(tmp_path / name), **options))
        return made[-1]
    yield make
    for m in made:
        m.close()


def hear_all(m):
    """Source 1: two missing, one twice, one damaged; source 2: a frame. An ACK has no source."""
    for number in (10, 11, 14, 14):
        m.hear(data(number), rssi=-40 - number, lqi=number)
    m.hear(data(15), flags=4)
    m.hear(data(9, source=2), rssi=-90, lqi=7)
    m.hear(data(9, source=3), flags=4)
    m.hear(b"\x02\0\x0e")


def check(stats):
    one, two = stats["air"]
    assert 0 <= one.pop("last_heard") - one.pop("first_heard") < 60 and two.pop("first_heard") == two.pop("last_heard") > 1e9
    assert one == {"address": "0x0001", "pan": "0xabcd", "frames": 4, "missing": 2, "duplicates": 1, "bad_fcs": 1, "rssi": -54, "lqi": 14}
    assert two == {"address": "0x0002", "pan": "0xabcd", "frames": 1, "missing": 0, "duplicates": 0, "bad_fcs": 0, "rssi": -90, "lqi": 7}
    assert stats["air.given_way"] == 0 and stats["air.unknown_bad_fcs"] == 1
    assert list(stats)[-3:] == ["air", "air.given_way", "air.unknown_bad_fcs"], "behind what scripts know"


def is_listening(m):
    return m.properties[0x37] == b"\1"


@pytest.mark.parametrize("link_type", ["tap", "nofcs"])
def test_slip_dump_knows_the_sources(mote, tool, tmp_path, link_type):
    m = mote(simulated.Rcp)
    run = tool("slip-dump", "-p", tmp_path / "port", "--firmware", "spinel", "-w", tmp_path / "air.pcap", "--dlt", link_type, "--fcs", "crc16")
    m.wait(lambda: is_listening(m))
    assert "air" not in run.stats(), "nothing is said where there is no source"
    hear_all(m)
    check(run.wait_stats(lambda s: s["spinel.frames"] == 8))
    run.stop()
    check(run.final_stats())


def test_amqp_serial_knows_the_sources(mote, bus_tool, tmp_path):
    m = mote(simulated.Rcp, name="a")
    run = bus_tool("amqp-serial", "-n", "a", "-p", tmp_path / "a", "--firmware", "spinel", "--mode", "passive")
    m.wait(lambda: is_listening(m))
    hear_all(m)
    check(run.wait_stats(lambda s: s["spinel.frames"] == 8))
    run.stop()


def test_a_table_for_people(mote, tool, tmp_path):
    """At SIGUSR1 without --stats, too; the busiest 20 of 25."""
    m = mote(simulated.Rcp)
    run = tool("slip-dump", "-p", tmp_path / "port", "--firmware", "spinel", "-w", tmp_path / "air.pcap", stats=False)
    m.wait(lambda: is_listening(m))
    for source in range(1, 26):
        for number in range(source):
            m.hear(data(number, source), rssi=-source, lqi=source)

    def has_all():
        run.process.send_signal(signal.SIGUSR1)
        return re.search(r"line: passed 325\b", run.stderr)
    wait_until(has_all)
    run.stop()
    report = run._stderr.wait_end().decode()
    assert "  air: 25 sources, of which the busiest\n" in report
    rows = re.findall(r"^    0x(\w{4}) in 0xabcd +(\d+) +(\d+) +(\d+) +(\d+) +(-\d+) +(\d+)  \d+\.\d s ago$", report, re.M)[-20:]
    assert [int(row[0], 16) for row in rows][0] == 25 and len({row[0] for row in rows}) == 20


def test_sources_of_a_file(tool, tmp_path):
    (tmp_path / "air.slip").write_bytes(b"".join(simulated.slip(data(n)) for n in (1, 2, 5)))
    run = tool("slip-dump", "-r", tmp_path / "air.slip", "--fcs", "none", "-w", tmp_path / "air.pcap", wait=False)
    run.wait(status=0)
    source, = run.final_stats()["air"]
    assert (source["frames"], source["missing"]) == (3, 2) and "rssi" not in source


def test_gaps_are_no_losses(tool, tmp_path):
    (tmp_path / "air.slip").write_bytes(b"".join(simulated.slip(data(n)) for n in (1, 9)))
    run = tool("slip-dump", "-r", tmp_path / "air.slip", "--fcs", "none", "-w", tmp_path / "air.pcap", wait=False)
    run.wait(status=0)
    assert "2 frames, 0 dropped" in run.stderr, run.stderr


@pytest.mark.parametrize("status", [11, 14])
def test_a_probe_that_drops_is_told_once_and_counted(mote, tool, tmp_path, status):
    m = mote(simulated.Rcp)
    run = tool("slip-dump", "-p", tmp_path / "port", "--firmware", "spinel", "-w", tmp_path / "air.pcap")
    m.wait(lambda: is_listening(m))
    m.is_(0, 0, bytes([status]))
    m.is_(0, 0, bytes([status]))
    m.is_(0, 0, b"\0")
    m.hear(data(1))
    stats = run.wait_stats(lambda s: s["line.passed"] == 1)
    run.stop()
    assert stats["spinel.dropped_by_probe"] == 2 and run.stderr.count("has dropped something") == 1
    assert "1 frame, 2 dropped (by probe)" in run.stderr, run.stderr
