"""A FIFO and its readers: who opens first, what a frame's time is, and what comes between two readers."""
import os
import pty
import select
import time
import tty

import pytest

import harness
from harness import ipv6_udp, pcap_bytes, pcap_records, wait_until

TUN = "fromAgent.agent_1.ip.tun.packet.raw"
PCAP = "application/vnd.tcpdump.pcap"


def ack(number):
    return bytes([2, 0, number])


def slip(frame):
    return b"\xc0" + frame + b"\xc0"


class Reader:
    """Reads a FIFO until it is closed."""

    def __init__(self, path):
        self.fd, self.data = os.open(path, os.O_RDONLY | os.O_NONBLOCK), b""

    def wait(self, size, seconds=harness.PATIENCE):
        deadline = time.monotonic() + seconds
        while len(self.data) < size:
            left = deadline - time.monotonic()
            assert left > 0, f"{len(self.data)} of {size} octets"
            select.select([self.fd], [], [], min(left, 0.05))
            try:
                self.data += os.read(self.fd, 65536)
            except BlockingIOError:
                pass
        return self.data

    def close(self):
        os.close(self.fd)


@pytest.fixture
def fifo(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


def test_a_port_is_opened_when_its_fifo_has_a_reader(tool, fifo, tmp_path):
    """What waited before is the port's old input: nobody can say when it came."""
    line, port = pty.openpty()
    tty.setraw(port)
    dump = tool("slip-dump", "--fcs", "none", "-p", os.ttyname(port), "-w", fifo, wait=False)
    wait_until(lambda: "00000000" not in _blocked(dump.pid))
    for number in range(5):
        os.write(line, slip(ack(number)))
    time.sleep(1.5)
    assert os.ttyname(port) not in harness.files_of(dump.pid).values()
    opened = time.time_ns()
    reader = Reader(fifo)
    dump.wait_ready()
    for number in range(100, 103):
        sent = time.time_ns()
        os.write(line, slip(ack(number)))
        records = pcap_records(reader.wait(24 + (number - 99) * 19))[1]
        assert sent <= records[-1].time_ns <= time.time_ns()
    assert [r.data[2] for r in records] == [100, 101, 102] and all(r.time_ns >= opened for r in records)
    dump.stop()
    reader.close()
    os.close(line)
    os.close(port)


def _blocked(pid):
    lines = open(f"/proc/{pid}/status", encoding="ascii").read().splitlines()
    return [line[-8:] for line in lines if line.startswith("SigBlk")]


def test_old_input_of_a_port_is_no_frame_of_now(tool, tmp_path):
    line, port = pty.openpty()
    tty.setraw(port)
    os.write(line, slip(ack(1)) * 3)
    dump = tool("slip-dump", "--fcs", "none", "-p", os.ttyname(port), "-w", "-")
    os.write(line, slip(ack(2)))
    assert [r.data[2] for r in pcap_records(dump.wait_stdout(24 + 19))[1]] == [2]
    dump.stop()


def test_a_reader_that_goes_away_is_the_end(tool, probe, fifo, tmp_path):
    probe()
    dump = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", "-w", fifo, wait=False)
    reader = Reader(fifo)
    dump.wait_ready()
    reader.close()
    dump.wait(status=0)


def test_slip_dump_gives_each_reader_a_capture(tool, probe, fifo, tmp_path):
    mote = probe()
    dump = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", "-w", fifo, "--reopen", wait=False)
    dropped = 0
    for turn in range(3):
        reader = Reader(fifo)
        if turn == 0:
            dump.wait_ready()
        reader.wait(24)  # the header comes by itself
        mote.send(ack(turn), ack(turn + 10))
        assert [r.data[2] for r in pcap_records(reader.wait(24 + 2 * 19))[1]] == [turn, turn + 10]
        reader.close()
        mote.send(*[ack(99)] * 5)
        dropped += 5
        dump.wait_stats(lambda s, n=dropped: s["output.dropped_no_reader"] == n)
    final = dump.stop()
    assert (final["output.written"], final["output.left_over"], final["output.files"]) == (6, 0, 3)
    assert final["line.passed"] == 6 + 15


def test_a_file_waits_for_the_next_reader(tool, fifo, tmp_path):
    """Only what the first reader left in the pipe is gone."""
    (tmp_path / "stream").write_bytes(b"".join(slip(ack(n)) for n in range(180)) * 100)
    dump = tool("slip-dump", "--fcs", "none", "-r", tmp_path / "stream", "-w", fifo, "--reopen", "-v", wait=False)
    first = Reader(fifo)
    first.wait(24 + 19 * 10)
    first.close()
    dump.wait_stderr("its reader has gone")
    second = Reader(fifo)
    wait_until(lambda: len(second.wait(24)) and _drain(second) and dump.process.poll() is not None)
    _drain(second)
    dump.wait(status=0)
    report = dump.final_stats()
    assert report["output.files"] == 2 and report["output.dropped_no_reader"] == 0
    records = pcap_records(second.data)[1]
    assert records and records[-1].data[2] == 179
    assert report["output.written"] == 18000
    second.close()


def _drain(reader):
    try:
        while data := os.read(reader.fd, 65536):
            reader.data += data
    except BlockingIOError:
        pass
    return True


@pytest.mark.parametrize("name", ["slip-dump", "amqp-dump"])
@pytest.mark.parametrize("path,words", [("file", "is no FIFO"), ("/dev/null", "is no FIFO"), ("-", "is no FIFO"), ("none", "is no FIFO"),
                                        (None, "--reopen needs -w FIFO")])
def test_reopen_of_what_is_no_fifo(tool, tmp_path, name, path, words):
    (tmp_path / "file").write_bytes(b"kept")
    where = [] if path is None else ["-w", path if path.startswith(("/", "-")) else tmp_path / path]
    one = tool(name, *(["-r", "-"] if name == "slip-dump" else []), *where, "--reopen", wait=False)
    one.wait(status=2)
    assert words in one.stderr and (tmp_path / "file").read_bytes() == b"kept" and not (tmp_path / "none").exists()


# --- amqp-dump ---

def packet(number):
    return ipv6_udp("bbbb::1", "bbbb::2", bytes([number]))


def publish(sender, *numbers):
    sender.publish(TUN, pcap_bytes(101, [(1, packet(n)) for n in numbers]), content_type=PCAP, delivery_mode=2)


SIZE = 16 + len(packet(0))


def test_amqp_dump_gives_each_reader_a_capture(bus_tool, witness, fifo):
    tool = bus_tool("amqp-dump", "-w", fifo, "--format", "pcap", "--reopen", wait=False)
    sender = witness()
    for turn in range(3):
        reader = Reader(fifo)
        if turn == 0:
            tool.wait_ready()
        else:
            reader.wait(24)  # its link type is known by now
        publish(sender, turn, turn + 10)
        assert [r.data[-1] for r in pcap_records(reader.wait(24 + 2 * SIZE))[1]] == [turn, turn + 10]
        reader.close()
        publish(sender, 99, 99, 99)
        tool.wait_stats(lambda s, n=3 * (turn + 1): s["output.dropped_no_reader"] == n)
    final = tool.stop()
    assert (final["output.written"], final["output.left_over"], final["output.files"]) == (6, 0, 3)


def test_each_reader_of_pcapng_is_told_the_interfaces(bus_tool, witness, fifo, tmp_path):
    os.rename(fifo, tmp_path / "a.pcapng")
    tool = bus_tool("amqp-dump", "-w", tmp_path / "a.pcapng", "--reopen", wait=False)
    sender = witness()
    for turn in range(2):
        reader = Reader(tmp_path / "a.pcapng")
        if turn == 0:
            tool.wait_ready()
        header = len(reader.wait(48))
        publish(sender, turn)
        reader.wait(header + 60 + 32 + len(packet(0)))
        assert harness.tshark(reader.data, "frame.interface_name") == [["agent_1 fromAgent ip.tun"]]
        reader.close()
        publish(sender, 99)
        tool.wait_stats(lambda s, n=turn + 1: s["output.dropped_no_reader"] == n)
    tool.stop()


def test_what_is_kept_waits_for_the_next_reader(bus_tool, witness, vhost, fifo):
    tool = bus_tool("amqp-dump", "-w", fifo, "--format", "pcap", "--reopen", "--keep", "-n", "recorder", wait=False)
    sender = witness()
    first = Reader(fifo)
    tool.wait_ready()
    publish(sender, 0)
    first.wait(24 + SIZE)
    first.close()
    for number in range(1, 6):
        publish(sender, number)
    tool.wait_stats(lambda s: s["bus_downlink.received"] >= 2)
    time.sleep(0.5)
    second = Reader(fifo)
    assert [r.data[-1] for r in pcap_records(second.wait(24 + 5 * SIZE))[1]] == [1, 2, 3, 4, 5]
    final = tool.stop()
    assert final["output.dropped_no_reader"] == 0 and final["output.written"] == 6
    second.close()
