"""An AMQP 0-9-1 publisher that writes its frames octet by octet, so that it can send what no library would: whatever is in the properties."""
import socket
import struct

FRAME_MAX = 131072
METHOD, HEADER, BODY = 1, 2, 3
START, TUNE, OPEN_OK, CHANNEL_OPEN_OK = (10, 10), (10, 30), (10, 41), (20, 11)


def short_text(text):
    return bytes([len(text)]) + text


def long_text(text):
    return struct.pack(">I", len(text)) + text


class Refused(Exception):
    """The broker closed the connection or the channel."""


class RawPublisher:
    def __init__(self, port, vhost, exchange="amq.topic", user=b"guest", password=b"guest"):
        self._exchange = exchange.encode()
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._input = self._socket.makefile("rb")
        self._socket.sendall(b"AMQP\0\0\x09\x01")
        self._expect(START)
        self._method(0, (10, 11), long_text(b"") + short_text(b"PLAIN") + long_text(b"\0" + user + b"\0" + password) + short_text(b"en_US"))
        self._expect(TUNE)
        self._method(0, (10, 31), struct.pack(">HIH", 1, FRAME_MAX, 0))
        self._method(0, (10, 40), short_text(vhost.encode()) + b"\0\0")
        self._expect(OPEN_OK)
        self._method(1, (20, 10), b"\0")
        self._expect(CHANNEL_OPEN_OK)

    def close(self):
        self._input.close()
        self._socket.close()

    def publish(self, key, body, flags, properties):
        """flags: which properties there are, bit 15 the first; properties: they themselves, as they go out."""
        header = struct.pack(">HHQH", 60, 0, len(body), flags) + properties
        assert len(header) + 8 <= FRAME_MAX
        publication = b"\0\0" + short_text(self._exchange) + short_text(key.encode()) + b"\0"
        self._method(1, (60, 40), publication)
        self._frame(HEADER, 1, header)
        self._frame(BODY, 1, body)

    def settle(self):
        """The broker has taken all that was published, or this raises Refused."""
        self._method(1, (60, 10), struct.pack(">IHB", 0, 1, 0))  # basic.qos, for its answer
        self._expect((60, 11))

    def _frame(self, kind, channel, payload):
        self._socket.sendall(struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce")

    def _method(self, channel, number, arguments):
        self._frame(METHOD, channel, struct.pack(">HH", *number) + arguments)

    def _expect(self, number):
        head = self._input.read(7)
        if len(head) < 7:
            raise Refused("the connection was closed")
        payload = self._input.read(struct.unpack(">I", head[3:])[0] + 1)
        if struct.unpack(">HH", payload[:4]) != number:
            raise Refused(payload[4:200])
