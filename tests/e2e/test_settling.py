"""What was acknowledged never comes again, also where the broker's log is slow as the connection is closed: RabbitMQ puts off acknowledgements to
a quorum queue while 32 are on their way into its log, and forgets them when their channel ends."""
import collections
import os
import signal
import socket
import struct
import threading

import pytest

from harness import ipv6_udp, pcap_bytes, pcap_records, wait_until

DECLARE, CLOSE, DELIVER, ACK = (50, 10), (10, 50), (60, 60), (60, 80)
FIRST_TIME = 1700000000_000000000
STEPS = 50  # more than RabbitMQ sends into a log whose answers are still to come


class Line:
    """Between a tool and the broker. Once it is slow, a message of the tool's first queue, or another, comes only with a step, which ends when
    the tool has acknowledged it."""

    def __init__(self, broker):
        self._broker = broker
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._changed = threading.Condition()
        self._permits, self._queue = None, 0
        self._sockets = [self._listener]
        self.sent = collections.Counter()  # methods that the tool has sent
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                near, far = self._listener.accept()[0], socket.create_connection(("127.0.0.1", self._broker.port))
                self._sockets += [near, far]
                threading.Thread(target=self._carry, args=(near, far, self._note, 8), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, self._hold, 0), daemon=True).start()
        except OSError:
            pass

    def _carry(self, source, sink, look, greeting):
        stream = source.makefile("rb")
        try:
            sink.sendall(stream.read(greeting))
            while len(head := stream.read(7)) == 7:
                kind, _, size = struct.unpack(">BHI", head)
                frame = head + stream.read(size + 1)
                look(struct.unpack(">HH", frame[7:11]) if kind == 1 else None, frame)
                sink.sendall(frame)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _note(self, method, _frame):
        with self._changed:
            self.sent[method] += 1
            self._changed.notify_all()

    def _hold(self, method, frame):
        with self._changed:
            if method == DELIVER and int(frame[12:12 + frame[11]].split(b".")[0]) == self._queue:
                self._changed.wait_for(lambda: self._permits is None or self._permits > 0)
                if self._permits:
                    self._permits -= 1

    def _set(self, permits):
        with self._changed:
            self._permits = permits
            self._changed.notify_all()

    def slow_down(self, queue=0):
        self._queue = queue
        self._set(0)

    def step(self):
        acks = self.sent[ACK]
        self._set(1)
        wait_until(lambda: self.sent[ACK] > acks, what="an acknowledgement")

    def speed_up(self):
        self._set(None)

    def close(self):
        self.speed_up()
        for end in self._sockets:
            end.close()


@pytest.fixture
def line(broker):
    line = Line(broker)
    yield line
    line.close()


@pytest.fixture
def log(broker):
    """log.stop(): from now on nothing comes into the log of quorum queues, until log.go(), or the end of the test."""
    class Log:
        def stop(self):
            broker.eval("sys:suspend(ra_log_wal).")

        def go(self):
            broker.eval("sys:resume(ra_log_wal).")
    yield Log()
    broker.eval("sys:resume(ra_log_wal).")


def url_of(vhost, line):
    return vhost.url.replace(f":{vhost.broker.port}/", f":{line.port}/")


def number_of(record):
    return int.from_bytes(record.data[48:52], "big")


@pytest.fixture
def play(bus_tool, tmp_path):
    """play(FIRST, COUNT) publishes so many numbered packets, or frames, of agent_1."""
    def publish(first, count, link_type=101):
        source = tmp_path / "source.pcap"
        head = b"" if link_type == 101 else bytes.fromhex("41d8")
        source.write_bytes(pcap_bytes(link_type, [
            (FIRST_TIME + n * 1000, head + ipv6_udp("bbbb::1", "bbbb::2", n.to_bytes(4, "big"))) for n in range(first, first + count)]))
        bus_tool("amqp-play", "-n", "agent_1", "-r", source, "--speed", "0", wait=False).wait(30, status=0)
    return publish


@pytest.mark.parametrize("more", [STEPS + 20, 900], ids=["all-in-flight", "more-than-the-window"])
def test_a_recorder_whose_output_ends(tool, bus_tool, vhost, line, log, play, tmp_path, more):
    read, write = os.pipe()
    recorder = tool("amqp-dump", "--url", url_of(vhost, line), "--keep", "-n", "recorder", "-w", "-", "--format", "pcap", stdout=write)
    os.close(write)
    play(0, 400)
    data = b""
    while len(data) < 24 + 400 * 68:
        data += os.read(read, 65536)
    line.slow_down()
    play(400, more)
    log.stop()
    for _ in range(STEPS):
        line.step()
    written = 400 + STEPS
    while len(data) < 24 + written * 68:
        data += os.read(read, 65536)
    os.close(read)
    line.speed_up()
    wait_until(lambda: line.sent[DECLARE] > 2 or line.sent[CLOSE], what="an end of the connection")
    log.go()
    recorder.wait(status=0)
    assert [number_of(r) for r in pcap_records(data)[1]] == list(range(written))
    again = bus_tool("amqp-dump", "--keep", "-n", "recorder", "-w", tmp_path / "rest.pcap")
    again.wait_stats(lambda s: s["output.written"] >= 400 + more - written)
    again.stop()
    assert [number_of(r) for r in pcap_records((tmp_path / "rest.pcap").read_bytes())[1]] == list(range(written, 400 + more))


def test_a_router_whose_links_change(tool, vhost, line, log, play, witness, tmp_path):
    links = tmp_path / "links"
    links.write_text("agent_1,agent_2\n")
    router = tool("amqp-route", "--url", url_of(vhost, line), "--links", links)
    receiver = witness("toAgent.agent_2.#")
    play(0, 1, link_type=230)
    receiver.get()
    line.slow_down(queue=1)  # agent_1's frames
    play(1, STEPS, link_type=230)
    log.stop()
    for _ in range(STEPS):
        line.step()
    receiver.collect(STEPS)
    declared = line.sent[DECLARE]
    links.write_text("agent_1,agent_2,agent_3\n")
    router.process.send_signal(signal.SIGHUP)
    line.speed_up()
    wait_until(lambda: line.sent[DECLARE] > declared or line.sent[CLOSE], what="an end of the connection")
    log.go()
    router.wait_stats(lambda s: s["bus_downlink.connections"] == 2)
    play(STEPS + 1, 1, link_type=230)
    receiver.get()
    assert router.stats()["bus_downlink.duplicates"] == 0


def test_a_broker_that_does_not_get_to_it(tool, vhost, line, log, play, tmp_path):
    """A stop does not wait for it: it is told what may happen."""
    recorder = tool("amqp-dump", "--url", url_of(vhost, line), "--keep", "-n", "recorder", "-w", tmp_path / "a.pcap")
    line.slow_down()
    play(0, 2)
    log.stop()
    line.step()
    line.speed_up()
    recorder.stop()
    assert recorder.stderr.count("has not said in time that it noted the last acknowledgements: what they are of may come again") == 1
