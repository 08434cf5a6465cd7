"""What probes cost, and how long a frame takes from one to the other: figures, and that nothing is lost. Figures hold for the machine that they
were measured on, with nothing else running; none is asserted.

FIGURE_SECONDS: how long a line is fed (the long form: 60; short: 1)."""
import os
import re
import statistics
import struct
import threading
import time
from pathlib import Path

import air
import pytest

PERIOD = 0.01  # seconds between two writes to a line


class RawMote(air.SerialRadio):
    """Frames in SLIP, and no answers: firmware 'raw'."""

    def handle(self, m):
        self.note_sent(m)


def frame(number, length=100):
    return bytes([0x41, 0x88, number & 0xff]) + struct.pack("<HHHI", 0xabcd, 2, 1, number) + bytes(i * 7 & 0x7f for i in range(length - 13))


def cpu_seconds(tool):
    """Of all its threads, as the scheduler counts them."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{tool.pid}/task").glob("*/schedstat")) / 1e9


def kib_of(tool):
    status = Path(f"/proc/{tool.pid}/status").read_text()
    return {what: int(re.search(rf"{what}:\s+(\d+)", status)[1]) for what in ("VmHWM", "VmRSS", "RssAnon", "RssFile")}


def feed(mote, octets_a_second, seconds):
    """Frames at that rate; returns how many."""
    pause, begun, written, count = threading.Event(), time.monotonic(), 0, 0
    while (now := time.monotonic() - begun) < seconds:
        piece = b""
        while written < now * octets_a_second:
            one = air.slip(frame(count))
            piece += one
            written += len(one)
            count += 1
        mote.write(piece)
        pause.wait(PERIOD)
    return count


@pytest.fixture
def seconds(is_long):
    return float(os.environ.get("FIGURE_SECONDS", 60 if is_long else 1))


@pytest.fixture
def motes(tmp_path):
    made = []

    def make(name, kind=RawMote):
        made.append(kind(str(tmp_path / name)))
        return made[-1]
    yield make
    for mote in made:
        mote.close()


@pytest.mark.timeout(4000)
def test_slip_dump_at_one_megabaud_loses_nothing(tool, motes, tmp_path, seconds, figure):
    mote = motes("probe")
    dump = tool("slip-dump", "-p", mote.link, "-w", tmp_path / "a.pcap").wait_ready()
    before = cpu_seconds(dump)
    frames = feed(mote, 100_000, seconds)
    used = cpu_seconds(dump) - before
    dump.wait_stats(lambda s: s["slip.frames"] == frames)
    memory = kib_of(dump)
    report = dump.stop()
    assert report["output.written"] == frames and report["line.dropped_no_room"] == 0
    figure(f"slip-dump at 1 Mbaud, {seconds:g} s: frames written of those sent", f"{report['output.written']} of {frames}")
    figure("... share of a processor, percent", f"{100 * used / seconds:.2f}", "1 (quiet machine)")
    figure("... resident memory, KiB", memory)


@pytest.mark.timeout(4000)
@pytest.mark.parametrize("encoding", ["auto", "json"])
def test_amqp_serial_at_a_full_air_loses_nothing(bus_tool, motes, seconds, figure, encoding):
    one, other = motes("a"), motes("b")
    left, right = (bus_tool("amqp-serial", "-n", name, "--peer", peer, "-p", mote.link, "--encoding", encoding).wait_ready()
                   for name, peer, mote in (("a", "b", one), ("b", "a", other)))
    before = [cpu_seconds(t) for t in (left, right)]
    frames = feed(one, 250_000 / 8, seconds)
    used = [cpu_seconds(t) - b for t, b in zip((left, right), before)]
    # Where the machine stops for a second, frames that waited for so long are dropped, and counted.
    arrived = right.wait_stats(lambda s: s["downlink.delivered"] + s["downlink.dropped_too_old"] == frames)["downlink.delivered"]
    other.wait_sent(arrived)
    memory = [kib_of(t) for t in (left, right)]
    reports = left.stop(), right.stop()
    assert reports[0]["uplink.published"] == frames and reports[1]["downlink.delivered"] == arrived > 0
    figure(f"amqp-serial, 250 kbit/s of frames for {seconds:g} s, {encoding}: delivered", f"{arrived} of {frames}")
    figure("... share of a processor, percent: from the probe, to the probe", [f"{100 * u / seconds:.2f}" for u in used], "2 (quiet machine)")
    figure("... resident memory, KiB", memory, "8192 each")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("firmware", ["raw", "serial-radio"])
def test_a_frame_from_probe_to_probe(bus_tool, motes, is_long, figure, firmware):
    """One at a time. What the pseudo-terminals and this test take of it is measured in the same run."""
    kind = RawMote if firmware == "raw" else air.SerialRadio
    one, other = motes("a", kind), motes("b", kind)
    left, right = (bus_tool("amqp-serial", "-n", name, "--peer", peer, "-p", mote.link, "--firmware", firmware).wait_ready()
                   for name, peer, mote in (("a", "b", one), ("b", "a", other)))
    took = []
    for n in range(1000 if is_long else 50):
        begun = time.monotonic()
        one.write(air.slip(frame(n)))
        other.wait_sent(n + 1)
        took.append(time.monotonic() - begun)
    bare = [pass_bare(one, n) for n in range(50)]
    left.stop()
    right.stop()
    took.sort()
    figure(f"probe to probe, {firmware}, ms: median, 90 and 99 of 100", [f"{1e3 * took[len(took) * share // 100]:.2f}" for share in (50, 90, 99)], "2 at the median")
    figure("... of it the pseudo-terminal and the test, ms at the median", f"{1e3 * statistics.median(bare):.2f}")


def pass_bare(mote, number):
    """From a terminal's end into a mote's list, as at the far side."""
    count, begun = len(mote.sent), time.monotonic()
    os.write(mote.terminal, air.slip(b"!S\0\0" + frame(number) if type(mote) is air.SerialRadio else frame(number)))
    mote.wait_sent(count + 1)
    return time.monotonic() - begun
