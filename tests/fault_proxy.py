#!/usr/bin/env python3
"""fault_proxy.py - a TCP proxy on loopback that misbehaves as it is told: between a tool and its broker, in a test or by hand.

In a test:
    proxy = FaultProxy(broker.port)           proxy.port is where the tool connects to
    proxy.refuse(), proxy.accept()            nobody listens; somebody does again
    proxy.set("silent")                       whoever connects from now on is accepted and hears nothing
    proxy.next(up=Fault(cut=17))              the next connection, and only that, ends after 17 octets from the tool
    proxy.set(down=Fault(rate=20000))         every connection from now on
    proxy.stall("up"), proxy.resume()         those that are open now: nothing is read, windows fill
    proxy.swallow("up")                       a peer that is half dead: it takes everything and does nothing
    proxy.reset(), proxy.close()              all that are open end, with RST or with FIN

By hand:
    fault_proxy.py TARGET_PORT [PORT]         says its port, then obeys lines on standard input: the same words, for instance
                                              "next up cut=17 down delay=0.5", "stall up", "silent", "list"

Directions: "up" is from the tool to the broker, "down" is from the broker to the tool. Offsets count a connection's octets from 0.
"""
import asyncio
import collections
import dataclasses
import socket
import struct
import sys
import threading
import time

PIECE = 65536
WINDOW = 65536  # of what the tool sends to us: small, so that a stalled way is full soon
WAYS = ("up", "down")


@dataclasses.dataclass(frozen=True)
class Fault:
    """What befalls one direction of a connection."""
    cut: int = None        # the connection ends (FIN) when so many octets have passed
    reset: int = None      # the same with RST
    stall: int = None      # when so many have passed, nothing more is read
    swallow: int = None    # when so many have passed, the rest is read and thrown away
    flip: tuple = ()       # (offset, mask) pairs: these octets are changed on their way
    delay: float = 0.0     # seconds that each piece waits
    rate: float = None     # octets a second

    def border(self, octets):
        """How many may pass before something happens."""
        marks = [mark - octets for mark in (self.cut, self.reset, self.stall, self.swallow) if mark is not None and mark > octets]
        return min(marks, default=PIECE)


class _Way:
    """One direction of one connection."""

    def __init__(self, fault, source, sink):
        self.fault, self.source, self.sink = fault, source, sink
        self.octets = 0
        self.swallowing = False
        self.open = asyncio.Event()
        self.open.set()


class Connection:
    """As the tests see it: when it came, how much has passed, whether it is over."""

    def __init__(self, loop, client, faults):
        self.opened_at = time.monotonic()
        self.ended_at = None
        self.ended = threading.Event()
        self.ways = {}
        self._loop, self._client, self._faults = loop, client, faults
        self._server = None
        self._over = asyncio.Event()
        self._with_reset = False

    def octets(self, way):
        return self.ways[way].octets if self.ways else 0

    def end(self, reset=False):
        self._with_reset |= reset
        self._over.set()

    async def serve(self, port):
        try:
            self._server = await self._connect(port) if port else None
            if self._server:
                self.ways = {"up": _Way(self._faults["up"], self._client, self._server),
                             "down": _Way(self._faults["down"], self._server, self._client)}
            await self._carry()
        except OSError:
            pass  # nobody behind us: the tool sees its connection end
        finally:
            for end in filter(None, (self._client, self._server)):
                _close(end, self._with_reset)
            self.ended_at = time.monotonic()
            self.ended.set()

    async def _connect(self, port):
        server = socket.socket()
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await self._loop.sock_connect(server, ("127.0.0.1", port))
        except OSError:
            server.close()
            raise
        return server

    async def _carry(self):
        pumps = [asyncio.ensure_future(self._pump(way)) for way in self.ways.values()]
        tasks = [asyncio.ensure_future(self._over.wait())]
        if pumps:
            tasks.append(asyncio.gather(*pumps))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks + pumps:
            task.cancel()
        await asyncio.gather(*tasks, *pumps, return_exceptions=True)

    async def _pump(self, way):
        try:
            while await self._may_go_on(way):
                data = await self._loop.sock_recv(way.source, self._most(way))
                if not data:
                    way.sink.shutdown(socket.SHUT_WR)
                    return
                await self._pass_on(way, data)
        except OSError:
            self.end(reset=True)

    async def _may_go_on(self, way):
        fault = way.fault
        if fault.cut is not None and way.octets >= fault.cut:
            self.end()
        if fault.reset is not None and way.octets >= fault.reset:
            self.end(reset=True)
        if fault.stall is not None and way.octets >= fault.stall:
            way.open.clear()
        if fault.swallow is not None and way.octets >= fault.swallow:
            way.swallowing = True
        await way.open.wait()
        return not self._over.is_set()

    @staticmethod
    def _most(way):
        most = min(PIECE, way.fault.border(way.octets))
        return min(most, max(1, int(way.fault.rate / 20))) if way.fault.rate else most

    async def _pass_on(self, way, data):
        fault = way.fault
        if fault.delay or fault.rate:
            await asyncio.sleep(fault.delay + (len(data) / fault.rate if fault.rate else 0))
        await way.open.wait()
        if not way.swallowing:
            await self._loop.sock_sendall(way.sink, _flipped(data, way.octets, fault.flip))
        way.octets += len(data)


def _close(end, with_reset):
    if with_reset:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        _drain(end)  # what is unread would turn the FIN into an RST
    end.close()


def _drain(end):
    try:
        while end.recv(PIECE):
            pass
    except OSError:
        pass


def _flipped(data, start, flips):
    hits = [(offset - start, mask) for offset, mask in flips if start <= offset < start + len(data)]
    if hits:
        data = bytearray(data)
        for at, mask in hits:
            data[at] ^= mask
    return data


class FaultProxy:
    def __init__(self, target, port=0):
        self.target = target
        self.connections = []  # every one there was, in the order in which they came
        self._holder = socket.socket()  # keeps the port ours while nobody listens
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", port))
        self.port = self._holder.getsockname()[1]
        self._faults = dict.fromkeys(WAYS, Fault())
        self._silent = False
        self._next = collections.deque()
        self._listener = self._accepting = None
        self._tasks = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.accept()

    # --- what it is told ---

    def url(self, user="guest", password="guest", vhost="%2f", scheme="amqp"):
        return f"{scheme}://{user}:{password}@127.0.0.1:{self.port}/{vhost}"

    def set(self, mode=None, up=Fault(), down=Fault()):
        """What new connections meet from now on; set() alone: nothing bad."""
        def do():
            self._silent = mode == "silent"
            self._faults = {"up": up, "down": down}
        self._call(do)

    def next(self, up=Fault(), down=Fault()):
        """What the next connection meets; called again: the one after it."""
        self._call(lambda: self._next.append({"up": up, "down": down}))

    def refuse(self):
        """Nobody listens any more; what is open stays."""
        self._call(self._unlisten)

    def accept(self):
        self._call(self._listen)

    def stall(self, *ways):
        self._on_open(ways, lambda way: way.open.clear())

    def resume(self):
        self._on_open(WAYS, lambda way: way.open.set())

    def swallow(self, *ways):
        self._on_open(ways, lambda way: setattr(way, "swallowing", True))

    def reset(self):
        self._end_all(reset=True)

    def close(self):
        self._end_all(reset=False)

    def end(self, connection):
        """Only that one, with FIN."""
        self._call(connection.end)
        connection.ended.wait(10)

    # --- what it can say ---

    def open_connections(self):
        return [c for c in self.connections if not c.ended.is_set()]

    def shut_down(self):
        """The end of the proxy itself."""
        self._call(self._unlisten)
        self._end_all(reset=True)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._holder.close()

    # --- inside ---

    def _call(self, function):
        async def run():
            return function()
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def _on_open(self, ways, do):
        def all_of_them():
            for connection in self.open_connections():
                for name in ways or WAYS:
                    if connection.ways:
                        do(connection.ways[name])
        self._call(all_of_them)

    def _end_all(self, reset):
        ending = self.open_connections()
        self._call(lambda: [c.end(reset) for c in ending])
        for connection in ending:
            connection.ended.wait(10)

    def _listen(self):
        if self._listener:
            return
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        self._listener.setblocking(False)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(128)
        self._accepting = self._loop.create_task(self._accept_all(self._listener))

    def _unlisten(self):
        if not self._listener:
            return
        self._accepting.cancel()
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        self._listener = None

    async def _accept_all(self, listener):
        while True:
            client, _ = await self._loop.sock_accept(listener)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            faults = self._next.popleft() if self._next else self._faults
            connection = Connection(self._loop, client, faults)
            self.connections.append(connection)
            task = self._loop.create_task(connection.serve(None if self._silent else self.target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


# --- by hand ---

def _parse_faults(words):
    """up cut=17 down delay=0.5 rate=1000 flip=30:0x80"""
    faults, way = {}, None
    for word in words:
        name, _, value = word.partition("=")
        if name in WAYS:
            way = name
            faults[way] = {}
        elif name == "flip":
            offset, _, mask = value.partition(":")
            faults[way]["flip"] = faults[way].get("flip", ()) + ((int(offset, 0), int(mask or "1", 0)),)
        else:
            faults[way][name] = float(value) if name in ("delay", "rate") else int(value, 0)
    return {way: Fault(**fields) for way, fields in faults.items()}


def _obey(proxy, words):
    command, rest = words[0], words[1:]
    if command in ("refuse", "accept", "resume", "reset", "close"):
        getattr(proxy, command)()
    elif command in ("stall", "swallow"):
        getattr(proxy, command)(*rest)
    elif command == "silent":
        proxy.set("silent")
    elif command in ("set", "next"):
        getattr(proxy, command)(**_parse_faults(rest))
    elif command == "list":
        for c in proxy.connections:
            print(f"{'over' if c.ended.is_set() else 'open'} up={c.octets('up')} down={c.octets('down')}", flush=True)
    else:
        raise ValueError(f"{command}: refuse accept silent set next stall resume swallow reset close list")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    proxy = FaultProxy(*map(int, sys.argv[1:]))
    print(proxy.port, flush=True)
    for line in sys.stdin:
        try:
            if line.split():
                _obey(proxy, line.split())
        except (ValueError, TypeError, KeyError) as error:
            print(f"{line.strip()}: {error}", file=sys.stderr)
    proxy.shut_down()


if __name__ == "__main__":
    main()
