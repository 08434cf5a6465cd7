"""A broker that can be told to break the protocol: it speaks AMQP 0-9-1 as far as our tools need it, and then does what a test says."""
import contextlib
import socket
import struct
import threading

from raw_amqp import BODY, HEADER, METHOD, long_text, short_text

HEARTBEAT = 8
END = b"\xce"
START, START_OK, TUNE, TUNE_OK, OPEN, OPEN_OK, CLOSE, CLOSE_OK, BLOCKED, UNBLOCKED = \
    (10, 10), (10, 11), (10, 30), (10, 31), (10, 40), (10, 41), (10, 50), (10, 51), (10, 60), (10, 61)
CHANNEL_OPEN, CHANNEL_CLOSE, DECLARE, DECLARE_OK, BIND, CONSUME, CONSUME_OK = (20, 10), (20, 40), (50, 10), (50, 11), (50, 20), (60, 20), (60, 21)
PUBLISH, RETURN, DELIVER, ACK, NACK, CANCEL = (60, 40), (60, 50), (60, 60), (60, 80), (60, 120), (60, 30)

# What is answered to which, with which arguments.
ANSWERS = {CHANNEL_OPEN: ((20, 11), long_text(b"")), (40, 10): ((40, 11), b""), DECLARE: (DECLARE_OK, short_text(b"q") + bytes(8)),
           BIND: ((50, 21), b""), (60, 10): ((60, 11), b""), (85, 10): ((85, 11), b"")}


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + END


def method(number, arguments=b"", channel=1):
    return frame(METHOD, channel, struct.pack(">HH", *number) + arguments)


def content_header(size, properties=b"\0\0", class_id=60, channel=1):
    return frame(HEADER, channel, struct.pack(">HHQ", class_id, 0, size) + properties)


def body(octets, channel=1):
    return frame(BODY, channel, octets)


def deliver(key, tag=b"0", number=1):
    return method(DELIVER, short_text(tag) + struct.pack(">QB", number, 0) + short_text(b"amq.topic") + short_text(key))


def given_back(key):
    return method(RETURN, struct.pack(">H", 312) + short_text(b"NO_ROUTE") + short_text(b"amq.topic") + short_text(key))


JSON_PROPERTIES = struct.pack(">H", 1 << 15) + short_text(b"application/json")


def message(key, octets, frames=None):
    """A delivery, its body in these parts (all in one)."""
    return deliver(key) + content_header(len(octets), JSON_PROPERTIES) + b"".join(map(body, frames or ([octets] if octets else [])))


class Peer:
    """One connection. Everything that it does may fail: the tool may have gone."""

    def __init__(self, broker, sock):
        self.broker, self.socket, self.input, self.published = broker, sock, sock.makefile("rb"), 0

    def send(self, octets):
        self.socket.sendall(octets)

    def flood(self, octets, limit):
        """Over and over until the tool closes, or so many octets have gone. Returns how many have."""
        piece, sent = octets * (65536 // len(octets) + 1), 0
        with contextlib.suppress(OSError):
            while sent < limit:
                self.send(piece)
                sent += len(piece)
        return sent

    def read_method(self):
        while True:
            kind, channel, length = struct.unpack(">BHI", self._exactly(7))
            payload = self._exactly(length + 1)
            if kind == METHOD:
                return struct.unpack(">HH", payload[:4]), payload[4:-1]

    def _exactly(self, n):
        octets = self.input.read(n)
        if len(octets) < n:
            raise ConnectionError
        return octets

    def expect(self, *wanted):
        """Answers what comes until one of these does, and does not answer that."""
        while True:
            number, arguments = self.read_method()
            if number == PUBLISH:
                self.published += 1
                self.broker.published += 1
            if number in wanted:
                return number, arguments
            if number == CLOSE:
                self.send(method(CLOSE_OK, channel=0))
                raise ConnectionError
            if number == CONSUME:
                self.consume_ok(arguments)
            elif number in ANSWERS:
                self.send(method(*ANSWERS[number]))

    def consume_ok(self, arguments):
        tag = arguments[3 + arguments[2]:]
        if not arguments[-5] & 8:  # no-wait
            self.send(method(CONSUME_OK, tag[:1 + tag[0]]))

    def login(self, properties=b"", tune=(0, 131072, 0)):
        assert self._exactly(8) == b"AMQP\0\0\x09\x01"
        self.send(method(START, b"\0\x09" + long_text(properties) + long_text(b"PLAIN EXTERNAL") + long_text(b"en_US"), 0))
        self.expect(START_OK)
        self.send(method(TUNE, struct.pack(">HIH", *tune), 0))
        self.expect(OPEN)
        self.send(method(OPEN_OK, short_text(b""), 0))

    def serve(self):
        """Answers whatever comes, for ever."""
        self.expect()


class HostileBroker:
    """script(peer) speaks to each connection, which is closed when it returns; connections are counted, and when each began."""

    def __init__(self, script):
        self.script, self.connections, self.published, self.errors = script, 0, 0, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._open.append(sock)
                self.connections += 1
                threading.Thread(target=self._run, args=(sock,), daemon=True).start()

    def _run(self, sock):
        try:
            self.script(Peer(self, sock))
        except (OSError, ValueError):
            pass  # the tool has gone
        except Exception as e:  # pylint: disable=broad-except
            self.errors.append(e)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        assert not self.errors, self.errors
