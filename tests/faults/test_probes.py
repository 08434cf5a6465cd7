"""Two probes with public firmware and the broker between them, with broker kills and unplugs: every frame that a mote has written is
delivered, or counted, or was on the line when it was cut."""
import signal
import struct
import time

import air
import pytest
from harness import wait_until

BATCH = 48             # frames; all of them fit into what a terminal holds
AWAIT_SECONDS = 0.25   # for a batch to come out at the other side; when the broker is away it does not


def frame(number):
    return bytes([0x41, 0x88, number & 0xff]) + struct.pack("<HHHI", 0xabcd, 2, 1, number)


class Station:
    """amqp-serial with a mote that can be unplugged."""

    def __init__(self, start, link, name, peer, url):
        self.link, self.sent, self.written, self.cut = str(link), [], 0, 0
        self.mote = air.SerialRadio(self.link)
        self.tool = start("amqp-serial", "-n", name, "--peer", peer, "-p", link, "--firmware", "serial-radio", "--encoding", "json", "--url", url)
        self.wait_begun()

    def wait_begun(self):
        """It has been told its channel's question, which comes last, and nothing is on the line."""
        self.mote.wait(lambda: b"?V\0\1" in self.mote.told)
        wait_until(lambda: not self.mote.unread(), what="an idle line")

    def write(self, numbers):
        octets = b"".join(air.slip(frame(n)) for n in numbers)
        assert len(octets) < 4000, "more than the terminal holds"
        self.mote.write(octets)
        self.written += len(numbers)
        return len(octets)

    def drain(self):
        """What was written may be on its way to the terminal, which does not tell."""
        self.tool.wait_stats(lambda s: s["slip.frames"] == self.written - self.cut)

    def frames_sent(self):
        return len(self.sent) + len(self.mote.sent)

    def hold(self, numbers):
        """These frames are on the line, all of them, when it is cut: the tool reads none."""
        self.drain()
        self.tool.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: open(f"/proc/{self.tool.pid}/stat").read().split(")")[1].split()[0] == "T")
        size = self.write(numbers)
        wait_until(lambda: self.mote.unread() == size, what="octets on the line")
        self.cut += len(numbers)

    def plug_in_again(self):
        self.mote.close()
        self.sent += self.mote.sent
        self.tool.process.send_signal(signal.SIGCONT)
        self.mote = air.SerialRadio(self.link)
        self.wait_begun()


@pytest.fixture
def stations(tool, vhost, tmp_path):
    made = []

    def make():
        for name, peer in (("a", "b"), ("b", "a")):
            made.append(Station(tool, tmp_path / name, name, peer, vhost.url))
        return made
    yield make
    for station in made:
        station.tool.process.send_signal(signal.SIGCONT)
        station.tool.kill()
        station.mote.close()


def dropped(report, section):
    return sum(value for key, value in report.items() if key.startswith((f"{section}.dropped_", f"{section}.rejected_")))


@pytest.mark.timeout(3600)
def test_what_motes_have_written_is_delivered_or_counted_or_was_on_the_line(stations, broker, is_long, figure):
    total, kills, unplugs = (1_000_000, 10, 100) if is_long else (20_000, 1, 5)
    left, right = stations()
    figures(figure, left, right, write_all(left, right, broker, total, kills, unplugs))


def write_all(left, right, broker, total, kills, unplugs):
    batches = total // BATCH
    cut_at = {batches * (n + 1) // (unplugs + 1): n for n in range(unplugs)}
    kill_at = {batches * (2 * n + 1) // (2 * kills) for n in range(kills)}
    number = 0
    for batch in range(batches):
        before = right.frames_sent()
        numbers = range(number, number + BATCH)
        number += BATCH
        cut = cut_at.get(batch, -1)
        if cut % 3 == 0 and cut >= 0:
            left.hold(numbers)
            left.plug_in_again()
            continue
        left.write(numbers)
        if cut >= 0:
            left.drain()
            (left if cut % 3 == 1 else right).plug_in_again()
        if batch in kill_at:
            broker.kill()
            broker.start()
        deadline = time.monotonic() + AWAIT_SECONDS
        with right.mote.changed:
            right.mote.changed.wait_for(lambda: right.frames_sent() >= before + BATCH, deadline - time.monotonic())
    # One that arrives tells what is missing before it.
    wait_until(lambda: arrives(left, right), 60, "a frame at the other side")
    left.tool.wait_stats(lambda s: s["uplink.waiting"] == 0 and s["bus_uplink.pending"] == 0)
    right.tool.wait_stats(lambda s: s["downlink.waiting"] == 0 and
                          s["downlink.received"] + s["bus_downlink.lost_on_bus"] == left.tool.stats()["uplink.published"])
    one, other = left.tool.stop(), right.tool.stop()
    assert left.written == one["slip.frames"] + left.cut, "what the line held when it was cut is known"
    assert one["slip.frames"] == one["uplink.published"] + dropped(one, "uplink") + dropped(one, "line") + one["slip.not_a_frame"]
    assert one["uplink.published"] == other["downlink.received"] + other["bus_downlink.lost_on_bus"], (one, other)
    assert other["downlink.received"] == other["downlink.delivered"] + dropped(other, "downlink")
    assert one["port.lost"] + other["port.lost"] == unplugs
    assert other["downlink.delivered"] > 0.7 * total, "most are delivered"
    sent = [struct.unpack("<I", f[-4:])[0] for f in right.sent + right.mote.sent]
    assert len(set(sent)) >= other["downlink.delivered"] and all(f == frame(n) for f, n in zip(right.sent + right.mote.sent, sent))
    assert set(sent) <= set(range(left.written)), "none is invented"
    return other


def arrives(left, right):
    before = right.frames_sent()
    left.write([left.written])
    with right.mote.changed:
        return right.mote.changed.wait_for(lambda: right.frames_sent() > before, 1)


def figures(figure, left, right, other):
    figure("probe to probe: frames written", left.written)
    figure("probe to probe: delivered", other["downlink.delivered"])
    figure("probe to probe: on the line when it was cut", left.cut)
    figure("probe to probe: lost on the bus", other["bus_downlink.lost_on_bus"])
    figure("probe to probe: dropped before the radio", dropped(other, "downlink"))
    assert right.frames_sent() >= other["downlink.delivered"]
