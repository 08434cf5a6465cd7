"""amqp-serial: what it writes beside the bridge (--tee), the pace of what it sends, and two of them on one host."""
import fcntl
import os
import subprocess
import sys

import pytest

import harness
from harness import TESTS

sys.path.insert(0, str(TESTS))
sys.path.insert(0, str(TESTS / "faults"))
import air as simulated  # noqa: E402
from sums import assert_sums  # noqa: E402

TO = "toAgent.{}.802154.serial.packet.raw"


def data(sequence, source=1, payload=b"hello"):
    return bytes([0x41, 0x88, sequence]) + b"\xcd\xab\2\0" + bytes([source, 0]) + payload


@pytest.fixture
def station(bus_tool, tmp_path):
    def start(name, *arguments, **options):
        return bus_tool("amqp-serial", "-n", name, "-p", tmp_path / name, "--fcs", "none", *arguments, **options)
    return start


def rows(path, *fields):
    run = subprocess.run(["tshark", "-r", path, "-T", "fields", *(x for f in fields for x in ("-e", f))], capture_output=True, text=True, check=True)
    return [tuple(line.split("\t")) for line in run.stdout.splitlines()]


def end(tool, status=0):
    tool.stop(status=status)
    stats = tool.final_stats()
    assert_sums(stats)
    return stats


def test_both_directions_are_in_the_capture(station, probe, witness, tmp_path):
    a = probe("a")
    tool = station("a", "--channel", "17", "--tee", tmp_path / "tee.pcapng", "--mode", "active")
    w = witness()
    a.send(data(1), b"\2\0\1", data(2))
    tool.wait_stats(lambda s: s["line.passed"] == 3)
    w.publish(TO.format("a"), {"data": list(data(7, source=9))})
    a.collect(1)
    tool.wait_stats(lambda s: s["downlink.delivered"] == 1)
    a.send(data(3))
    tool.wait_stats(lambda s: s["line.passed"] == 4)
    stats = end(tool)
    assert stats["tee.written"] == 5 and stats["tee.left_over"] == 0
    names = "frame.interface_name", "wpan-tap.ch_num", "wpan.seq_no", "wpan.src16"
    up, down = "a from the probe", "a to the probe"
    assert rows(tmp_path / "tee.pcapng", *names) == [
        (up, "17", "1", "0x0001"), (up, "17", "1", ""), (up, "17", "2", "0x0001"), (down, "17", "7", "0x0009"), (up, "17", "3", "0x0001")]


def test_what_the_radio_says_of_a_frame_decides(bus_tool, witness, tmp_path):
    """Sent without an acknowledgement, it was on the air; refused, it was not."""
    m = simulated.SerialRadio(str(tmp_path / "a"))
    try:
        tool = bus_tool("amqp-serial", "-n", "a", "-p", tmp_path / "a", "--firmware", "serial-radio", "--tee", tmp_path / "tee.pcapng")
        w = witness()
        for n, status in enumerate((0, 2, 1, 3)):
            m.status = status
            w.publish(TO.format("a"), {"data": list(data(n))})
            m.wait_sent(n + 1)
            tool.wait_stats(lambda s, n=n: s["downlink.received"] == n + 1 and s["downlink.waiting"] == 0)
        end(tool)
    finally:
        m.close()
    assert rows(tmp_path / "tee.pcapng", "wpan.seq_no") == [("0",), ("1",)]


def test_standard_output(station, probe, tmp_path):
    a = probe("a")
    tool = station("a", "--tee", "-")
    a.send(data(1))
    tool.wait_stats(lambda s: s["line.passed"] == 1)
    end(tool)
    (tmp_path / "out.pcapng").write_bytes(tool.stdout)
    assert rows(tmp_path / "out.pcapng", "wpan.seq_no") == [("1",)]


def test_an_existing_file_is_left_alone(station, probe, tmp_path):
    (tmp_path / "tee.pcapng").write_bytes(b"earlier")
    probe("a")
    tool = station("a", "--tee", tmp_path / "tee.pcapng")
    end(tool)
    assert (tmp_path / "tee.pcapng").read_bytes() == b"earlier" and (tmp_path / "tee.1.pcapng").stat().st_size > 7


def test_a_capture_that_cannot_be_is_said_at_the_start(station, probe, tmp_path):
    probe("a")
    tool = station("a", "--tee", tmp_path / "nowhere" / "tee.pcapng", wait=False)
    tool.wait(status=1)
    assert "nowhere/tee.pcapng: No such file" in tool.stderr


def cross(tool, near, w, count, start=0):
    """That many frames each way, a few at a time: what the line and the outbox hold is not the question here."""
    for n in range(start, start + count, 20):
        near.send(*[data(i & 0xff, payload=bytes(100)) for i in range(n, n + 20)])
        for i in range(n, n + 20):
            w.publish(TO.format("a"), {"data": list(data(i & 0xff, source=9, payload=bytes(100)))})
        assert len(near.collect(20)) == 20
    stats = tool.wait_stats(lambda s: s["uplink.published"] + s["uplink.waiting"] == s["downlink.delivered"] == start + count)
    assert stats["line.dropped_no_room"] == 0


def test_a_full_disk_does_not_end_the_bridge(station, probe, witness, small_disk):
    a = probe("a")
    tool = station("a", "--tee", small_disk / "tee.pcapng")
    w = witness()
    cross(tool, a, w, 400)
    tool.wait_stderr("tee.pcapng: .*No space left")
    tool.wait_stderr("this capture has ended; frames cross without it")
    cross(tool, a, w, 40, start=400)
    stats = end(tool, status=1)
    assert stats["tee.left_over"] > 40
    whole = rows(small_disk / "tee.pcapng", "wpan.seq_no")
    assert len(whole) == stats["tee.written"] > 100


def test_a_reader_that_stalls_does_not_hold_the_bridge_up(station, probe, witness, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    a = probe("a")
    tool = station("a", "--tee", tmp_path / "fifo")
    w = witness()
    cross(tool, a, w, 900)
    assert tool.wait_stats(lambda s: s["tee.dropped_no_room"] > 0)["downlink.delivered"] == 900
    assert tool.stderr.count("it does not keep up") == 1
    stats = end(tool)
    assert stats["tee.left_over"] > 0
    os.close(reader)


def test_a_reader_that_goes_and_comes_again(station, probe, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    a = probe("a")
    tool = station("a", "--tee", tmp_path / "fifo")
    for number in (1, 2):
        with open(tmp_path / "fifo", "rb", buffering=0) as fifo:
            a.send(data(number))
            seen = b""
            while data(number) not in seen:
                seen += fifo.read(4096)
        (tmp_path / "seen.pcapng").write_bytes(seen)
        assert rows(tmp_path / "seen.pcapng", "wpan.seq_no") == [(str(number),)]
        tool.wait_stderr("its reader has gone")
    end(tool)


def test_a_pipe_that_is_closed_does_not_end_the_bridge(station, probe, witness):
    ours, theirs = os.pipe()
    a = probe("a")
    tool = station("a", "--tee", "-", stdout=theirs)
    os.close(theirs)
    os.close(ours)
    w = witness()
    a.send(data(1))
    tool.wait_stderr("standard output: this capture has ended")
    w.publish(TO.format("a"), {"data": list(data(2))})
    assert a.collect(1) == [data(2)]
    end(tool)


# --- pace ---

def test_a_pace_is_kept(station, probe, witness, tmp_path):
    a = probe("a")
    tool = station("a", "--pace", "60", "--encoding", "pcap", "--tee", tmp_path / "tee.pcapng")
    w = witness()
    frames = [data(n) for n in range(6)]
    w.publish(TO.format("a"), harness.pcap_bytes(230, [(0, f) for f in frames]), "application/vnd.tcpdump.pcap")
    assert a.collect(6) == frames
    end(tool)
    times = [float(t) for (t,) in rows(tmp_path / "tee.pcapng", "frame.time_epoch")]
    assert times[-1] - times[0] > 5 * 0.06 - 0.03, times


def test_a_pace_that_is_too_slow_drops_what_is_old(station, probe, witness):
    a = probe("a")
    tool = station("a", "--pace", "900")
    w = witness()
    for n in range(4):
        w.publish(TO.format("a"), {"data": list(data(n))})
    stats = tool.wait_stats(lambda s: s["downlink.received"] == 4 and s["downlink.waiting"] == 0)
    assert stats["downlink.dropped_too_old"] >= 2 and stats["downlink.delivered"] + stats["downlink.dropped_too_old"] == 4
    assert a.collect(1) == [data(0)]
    end(tool)


@pytest.mark.parametrize("arguments, words", [
    (["--pace", "0"], "--pace '0'"),
    (["--pace", "1001"], "--pace '1001'"),
    (["--pace", "5", "--mode", "passive"], "--pace has no use where nothing is sent"),
])
def test_a_pace_that_is_wrong(tool, tmp_path, arguments, words):
    wrong = tool("amqp-serial", "-n", "a", "-p", tmp_path / "a", *arguments, wait=False, stats=False)
    wrong.wait(status=2)
    assert words in wrong.stderr


# --- side by side ---

def test_two_on_one_host_do_not_tread_on_each_other(station, probe, tmp_path):
    """The same folder for spool and captures, the same name for the capture; each has its own port, agent, queues."""
    near, far = probe("a"), probe("b")
    left = station("a", "--peer", "b", "--tee", tmp_path / "tee.pcapng", "--spool", tmp_path / "spool")
    right = station("b", "--peer", "a", "--tee", tmp_path / "tee.pcapng", "--spool", tmp_path / "spool")
    near.send(data(1), data(2))
    assert far.collect(2) == [data(1), data(2)]
    far.send(data(3))
    assert near.collect(1) == [data(3)]
    for tool in (left, right):
        stats = tool.wait_stats(lambda s: s["bus_uplink.pending"] == 0)
        assert stats["control.namesakes"] == 0
    end(left)
    far.send(data(4))
    right.wait_stats(lambda s: s["uplink.published"] == 2)
    end(right)
    up, down = "frame.interface_name", "wpan.seq_no"
    assert sorted(rows(tmp_path / "tee.pcapng", up, down)) == [("a from the probe", "1"), ("a from the probe", "2"), ("a to the probe", "3")]
    assert sorted(rows(tmp_path / "tee.1.pcapng", up, down)) == [
        ("b from the probe", "3"), ("b from the probe", "4"), ("b to the probe", "1"), ("b to the probe", "2")]


@pytest.mark.parametrize("same", ["port", "name"])
def test_two_that_share_what_they_cannot_are_told(station, probe, bus_tool, tmp_path, same):
    probe("a")
    probe("b")
    first = station("a")
    if same == "port":
        second = bus_tool("amqp-serial", "-n", "b", "-p", tmp_path / "a", wait=False)
        second.wait(status=1)
        assert "in use" in second.stderr
    else:
        second = bus_tool("amqp-serial", "-n", "a", "-p", tmp_path / "b", "--fcs", "none")
        first.wait_stats(lambda s: s["control.namesakes"] >= 1)
        end(second)
    end(first)
