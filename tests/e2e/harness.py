"""What the end-to-end tests are written in: tools, the private broker, witnesses that share no code with us, capture files.

Nothing here sleeps and hopes: everything waits for an event, with a deadline that fails the test by name.
"""
import collections
import fcntl
import json
import os
import queue
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path

import pika

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
CORPUS = Path(os.environ.get("CORPUS", ROOT.parent / "shared" / "corpus"))
STOP_SECONDS = 10.0  # the tools promise one; the rest is for a loaded machine


def build_folder():
    return (ROOT / os.environ.get("BUILD", "build")).resolve()


def binaries_folder():
    """The tools under test: the flavour that `make check` built (FLAVOUR=asan for another), else what `make` did."""
    checked = build_folder() / "check" / os.environ.get("FLAVOUR", "gcc") / "bin"
    return checked if checked.is_dir() else build_folder() / "bin"


# How long an event is waited for that comes at once on a machine with nothing else to do.
PATIENCE = 30.0


def wait_until(condition, seconds=PATIENCE, what=None):
    """The first true value of condition(), for facts of other programs that announce themselves by no event."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        select.select([], [], [], 0.02)


def until_quick(attempt, most, tries=10):
    """Seconds that each attempt took, of which the last took less than `most`, or there were so many: what else the machine does
    makes one late, not each."""
    took = []
    while len(took) < tries and (not took or took[-1] >= most):
        begun = time.monotonic()
        attempt()
        took.append(time.monotonic() - begun)
    return took


def preload(folder, code, *defines):
    """A library for LD_PRELOAD, whose functions a tool gets in place of the C library's. Does not go with the sanitizers."""
    source, library = folder / "preload.c", folder / "preload.so"
    source.write_text(code)
    subprocess.run(["cc", "-shared", "-fPIC", *defines, "-o", library, source, "-ldl"], check=True)
    return str(library)


def files_of(pid):
    """What a process has open: what each descriptor leads to, but for those that are closed meanwhile."""
    found = {}
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[int(fd.name)] = os.readlink(fd)
        except FileNotFoundError:
            pass
    return found


class Stream:
    """Collects what a process writes to a pipe. `data` is all that was written before one asked: what the thread has not come to is read there."""

    def __init__(self, pipe):
        self._data = bytearray()
        self.ended = False
        self._changed = threading.Condition()
        self._pipe = pipe
        os.set_blocking(pipe.fileno(), False)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _take(self, size):
        """Reads up to so many octets that are there, under the lock, and returns how many."""
        try:
            piece = os.read(self._pipe.fileno(), size)
        except BlockingIOError:
            return 0
        self._data += piece
        self.ended = not piece
        self._changed.notify_all()
        return len(piece)

    def _read(self):
        readable = select.poll()
        readable.register(self._pipe, select.POLLIN)
        while not self.ended:
            readable.poll()
            with self._changed:
                if not self.ended:
                    self._take(65536)

    @property
    def data(self):
        with self._changed:
            waiting = 0 if self.ended else struct.unpack("i", fcntl.ioctl(self._pipe, termios.FIONREAD, bytes(4)))[0]
            while waiting > 0:
                waiting -= self._take(waiting)
            return bytes(self._data)

    def wait(self, condition, seconds=PATIENCE, what=None):
        """The first true value of condition(bytes so far)."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                value = condition(bytes(self._data))
                if value:
                    return value
                remaining = deadline - time.monotonic()
                if self.ended or remaining <= 0:
                    why = "the stream ended" if self.ended else f"not within {seconds} s"
                    raise AssertionError(f"{why}: {what or condition}\n--- it was:\n{self.tail()}")
                self._changed.wait(remaining)

    def wait_end(self, seconds=PATIENCE):
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the stream is still open"
        return self.data

    def tail(self, size=4000):
        return self.data[-size:].decode(errors="replace")


class Tool:
    """A running tool of ours. stderr and stdout are collected; stats come by SIGUSR1; leaving the test kills it."""

    def __init__(self, name, *arguments, prefix=(), env=None, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                 stats=True, ready=True, pass_fds=(), program=None):
        self.name = name
        command = [*map(str, prefix), str(program or binaries_folder() / name)]
        if stats:
            command.append("--stats=json")
        keep = list(pass_fds)
        self._ready = None
        if ready:
            self._ready, theirs = os.pipe()
            keep.append(theirs)
            command.append(f"--ready-fd={theirs}")
        command += [str(a) for a in arguments]
        self.command = command
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AMQP_", "FINTEROP_"))}
        environment.update(env or {})
        try:
            self.process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                                            env=environment, pass_fds=keep)
        finally:
            if ready:
                os.close(theirs)
        self.stdin = self.process.stdin
        self._stderr = Stream(self.process.stderr)
        self.out = Stream(self.process.stdout) if stdout == subprocess.PIPE else None

    def __repr__(self):
        return " ".join(self.command)

    @property
    def pid(self):
        return self.process.pid

    @property
    def stderr(self):
        return self._stderr.data.decode(errors="replace")

    @property
    def stdout(self):
        return self.out.data

    def wait_ready(self, seconds=PATIENCE):
        """Both ends work. Fails with what the tool said, if it ended or did not get there."""
        if self._ready is None:
            return self
        readable, _, _ = select.select([self._ready], [], [], seconds)
        text = os.read(self._ready, 64) if readable else None
        os.close(self._ready)
        self._ready = None
        if not text:
            state = "ended" if readable else f"was not ready within {seconds} s"
            if readable:
                self.process.wait(PATIENCE)
            raise AssertionError(f"{self} {state} (status {self.process.poll()}):\n{self._stderr.tail()}")
        return self

    def is_ready(self):
        """Whether it has said so by now; wait_ready may still be called."""
        return self._ready is None or bool(select.select([self._ready], [], [], 0)[0])

    def wait_stderr(self, pattern, seconds=PATIENCE):
        """The match of a regular expression in its diagnostics."""
        return self._stderr.wait(lambda data: re.search(pattern, data.decode(errors="replace")), seconds,
                                 f"{self.name}: {pattern}")

    def wait_stdout(self, condition, seconds=PATIENCE):
        """The first true value of condition(stdout so far), or that many octets of stdout."""
        if isinstance(condition, int):
            size = condition
            return self.out.wait(lambda data: data if len(data) >= size else None, seconds, f"{size} octets")
        return self.out.wait(condition, seconds)

    @staticmethod
    def _reports(data):
        whole = data[:data.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.splitlines() if line.startswith(b'{"tool":')]

    def stats(self, seconds=PATIENCE):
        """Its counters now: {"uplink.read": 1, ...}. Of a tool that has said something: SIGUSR1 ends one that is only starting."""
        before = len(self._reports(self._stderr.data))
        self.process.send_signal(signal.SIGUSR1)
        return self._stderr.wait(lambda data: self._reports(data)[before:], seconds, "statistics")[-1]

    def wait_stats(self, condition, seconds=PATIENCE):
        """The first report for which condition(report) is true."""
        last = {}

        def check():
            last.clear()
            last.update(self.stats())
            return condition(last)
        try:
            wait_until(check, seconds)
        except AssertionError as failure:
            raise AssertionError(f"{self.name}: {failure}\nThe last report was {last}") from None
        return last

    def final_stats(self):
        """What it reported on its way out."""
        assert self.process.poll() is not None, f"{self} still runs"
        return self._reports(self._stderr.wait_end())[-1]

    def wait(self, seconds=PATIENCE, status=None):
        """Its exit status; asserts it if one is given."""
        try:
            got = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self} still runs after {seconds} s:\n{self._stderr.tail()}") from None
        self._stderr.wait_end()
        if self.out:
            self.out.wait_end()
        assert status is None or got == status, f"{self}: status {got}, not {status}:\n{self._stderr.tail()}"
        return got

    def stop(self, sig=signal.SIGTERM, seconds=STOP_SECONDS, status=0):
        """Asks it to end, and asserts that it does so in time and with this status. Returns its last statistics."""
        self.process.send_signal(sig)
        self.wait(seconds, status)
        reports = self._reports(self._stderr.data)
        return reports[-1] if reports else None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def close(self):
        """End of the test: nothing stays, and no sanitizer had anything to say."""
        self.kill()
        self._stderr.wait_end()
        if self.out:
            self.out.wait_end()
        if self._ready is not None:
            os.close(self._ready)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        for complaint in ("runtime error:", "AddressSanitizer", "LeakSanitizer"):
            assert complaint not in self.stderr, self.stderr


# --- the broker ---

class Broker:
    """A private RabbitMQ of tests/broker.sh; ends with this process, however that ends."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.script = str(TESTS / "broker.sh")
        self._run = subprocess.Popen([self.script, "run", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._run.stdout.readline() != b"ready\n":
            raise AssertionError("the private broker did not start (see above)")
        lines = (self.folder / "env").read_text().split()
        self.env = dict(line.split("=", 1) for line in lines)
        self.port = int(self.env["BROKER_PORT"])
        self.url = self.url_of()

    def url_of(self, vhost="%2f", user="guest", password="guest"):
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/{vhost}"

    def _script(self, command, *arguments):
        run = subprocess.run([self.script, command, str(self.folder), *map(str, arguments)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, timeout=90)
        assert run.returncode == 0, f"broker.sh {command} {arguments}: {run.stdout}{run.stderr}"
        return run.stdout

    def ctl(self, *arguments):
        """rabbitmqctl; it starts an Erlang of its own each time, which costs a second of the processor."""
        return self._script("ctl", "-q", *arguments)

    def eval(self, erlang):
        """An expression evaluated in the node; milliseconds. A loaded machine may answer too late for erl_call, which has a second then and asks for nothing."""
        for _ in range(5):
            try:
                return self._script("eval", erlang)
            except AssertionError as failure:
                if "failed to connect to node" not in str(failure):
                    raise
        return self._script("eval", erlang)

    def table(self, what, *columns, vhost="/"):
        """Rows of `rabbitmqctl list_…` as dicts."""
        return json.loads(self.ctl("-p", vhost, "--formatter", "json", f"list_{what}", *columns))

    def rows(self, call):
        """What an info_all of the node gives, as dicts, in milliseconds: list_… of rabbitmqctl, which starts an Erlang each time."""
        plain = ("P = fun P({resource, _, _, Name}) -> Name; P(T) when is_tuple(T) -> P(tuple_to_list(T)); P(L) when is_list(L) -> [P(X) || X <- L]; "
                 "P(I) when is_pid(I) -> list_to_binary(pid_to_list(I)); P(X) -> X end")
        said = self.eval(f'{plain}, io:format("~ts~n", [rabbit_json:encode([maps:from_list([{{K, P(V)}} || {{K, V}} <- Row]) || Row <- {call}])]).')
        return json.loads(said.splitlines()[0])

    def queues(self, vhost="/"):
        return self.rows(f'rabbit_amqqueue:info_all(<<"{vhost}">>, [name, messages, consumers, type, durable, exclusive, arguments])')

    def bindings(self, vhost="/"):
        return self.rows(f'rabbit_binding:info_all(<<"{vhost}">>, [source_name, destination_name, routing_key])')

    def connections(self):
        return self.rows("rabbit_networking:connection_info_all([pid, user, vhost, state, client_properties, channels])")

    def connection_names(self, vhost):
        """The connection_name each of our sessions gave itself, sorted."""
        return sorted(name for c in self.connections() if c["vhost"] == vhost
                      for name in [dict(_pairs(c["client_properties"])).get("connection_name")] if name)

    def close_connections(self, vhost, reason="closed by a test"):
        self.eval(f'[rabbit_networking:close_connection(Pid, "{reason}") || [{{pid, Pid}}, {{vhost, <<"{vhost}">>}}] <- '
                  'rabbit_networking:connection_info_all([pid, vhost])].')

    def add_user(self, name, password, vhost="/", configure=".*", write=".*", read=".*"):
        self.eval(f'B = rabbit_auth_backend_internal, ok = B:add_user(<<"{name}">>, <<"{password}">>, <<"tests">>), '
                  f'B:set_permissions(<<"{name}">>, <<"{vhost}">>, <<"{configure}">>, <<"{write}">>, <<"{read}">>, <<"tests">>).')

    def set_password(self, name, password):
        self.eval(f'rabbit_auth_backend_internal:change_password(<<"{name}">>, <<"{password}">>, <<"tests">>).')

    def delete_user(self, name):
        self.eval(f'rabbit_auth_backend_internal:delete_user(<<"{name}">>, <<"tests">>).')

    def kill(self):
        """As a power cut would."""
        self._script("kill")

    def stop(self):
        self._script("stop")

    def start(self):
        self._script("start")

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        self._run.stdin.close()
        self._run.wait(60)


def _pairs(properties):
    """rabbitmqctl's JSON of an AMQP table: an object, or a list of [name, type, value]."""
    if isinstance(properties, dict):
        return list(properties.items())
    return [(p[0], p[-1]) for p in properties if isinstance(p, list)]


class VirtualHost:
    """One test's own part of the broker."""

    def __init__(self, broker, name):
        self.broker, self.name = broker, name
        self.url = broker.url_of(name)
        broker.eval(f'rabbit_vhost:add(<<"{name}">>, <<"guest">>), rabbit_auth_backend_internal:set_permissions('
                    f'<<"guest">>, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>).')

    def queues(self):
        return self.broker.queues(self.name)

    def queue_names(self):
        return sorted(q["name"] for q in self.queues())

    def bindings(self):
        return self.broker.bindings(self.name)

    def wait_binding(self, key, seconds=PATIENCE):
        """A queue is bound by this pattern: what is published under it from now on arrives."""
        return wait_until(lambda: [b for b in self.bindings() if b["routing_key"] == key and b["source_name"]],
                          seconds, f"a binding {key}")

    def limited(self, write, read):
        """The URL of a user of amq.topic who may publish and bind the routing keys that these regular expressions match."""
        user = f"{self.name}_limited"
        self.broker.eval(f'B = rabbit_auth_backend_internal, B:add_user(<<"{user}">>, <<"secret">>, <<"tests">>), '
                         f'B:set_permissions(<<"{user}">>, <<"{self.name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>), '
                         f'B:set_topic_permissions(<<"{user}">>, <<"{self.name}">>, <<"amq.topic">>, <<"{write}">>, <<"{read}">>, <<"tests">>).')
        return self.broker.url_of(self.name, user, "secret")

    def witness(self, *patterns, exchange="amq.topic"):
        return Witness(self.url, patterns, exchange)

    def close(self):
        self.broker.eval(f'rabbit_vhost:delete(<<"{self.name}">>, <<"tests">>).')


Message = collections.namedtuple("Message", "key properties body")


class Witness:
    """python3-pika on the other side: reads what matches its patterns and publishes what it is told."""

    def __init__(self, url, patterns, exchange="amq.topic"):
        self.exchange = exchange
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self._connection.channel()
        self._messages = collections.deque()
        if patterns:
            name = self.channel.queue_declare("", exclusive=True).method.queue
            for pattern in patterns:
                self.channel.queue_bind(name, exchange, pattern)
            self.channel.basic_consume(name, self._take, auto_ack=True)

    def _take(self, _channel, deliver, properties, body):
        self._messages.append(Message(deliver.routing_key, properties, body))

    def publish(self, key, body, content_type="application/json", **properties):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        self.channel.basic_publish(self.exchange, key, body, pika.BasicProperties(content_type=content_type, **properties))

    def get(self, seconds=PATIENCE, key=None):
        """The next message (under this routing key)."""
        deadline = time.monotonic() + seconds
        while True:
            while self._messages:
                message = self._messages.popleft()
                if key is None or message.key == key:
                    return message
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise AssertionError(f"no message {key or ''} within {seconds} s")
            self._connection.process_data_events(remaining)

    def collect(self, count, seconds=PATIENCE, key=None):
        deadline = time.monotonic() + seconds
        return [self.get(max(0.0, deadline - time.monotonic()), key) for _ in range(count)]

    def is_silent(self):
        """Nothing is here that was published before this call: a marker of ours comes through first."""
        marker = f"silence.{time.monotonic_ns()}"
        own = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(own, self.exchange, marker)
        seen = queue.Queue()
        tag = self.channel.basic_consume(own, lambda *a: seen.put(a), auto_ack=True)
        self.channel.basic_publish(self.exchange, marker, b"")
        wait_until(lambda: self._connection.process_data_events(0.05) or not seen.empty(), what="a marker of our own")
        self.channel.basic_cancel(tag)
        self.channel.queue_delete(own)
        return not self._messages

    def close(self):
        try:
            if self._connection.is_open:
                self._connection.close()
        except pika.exceptions.AMQPError:
            pass  # the test, or its broker, was quicker


class Inbox:
    """What matches these patterns from now on, in order, whatever becomes of all connections meanwhile."""

    def __init__(self, url, *patterns):
        self._parameters = pika.URLParameters(url)
        with pika.BlockingConnection(self._parameters) as connection:
            self._queue = connection.channel().queue_declare("", durable=True, exclusive=False).method.queue
            for pattern in patterns:
                connection.channel().queue_bind(self._queue, "amq.topic", pattern)

    def take(self):
        """All that is there now."""
        messages = []
        with pika.BlockingConnection(self._parameters) as connection:
            channel = connection.channel()
            while (got := channel.basic_get(self._queue, auto_ack=True))[0]:
                messages.append(Message(got[0].routing_key, got[1], got[2]))
        return messages

    def keys(self):
        return [message.key for message in self.take()]


def amqp_publish(url, key, body, content_type="application/json", exchange="amq.topic"):
    """amqp-tools as a witness in C. The URL must name its virtual host."""
    subprocess.run(["amqp-publish", "-u", url, "-e", exchange, "-r", key, "-C", content_type], input=body, check=True,
                   timeout=20)


# --- captures ---

Record = collections.namedtuple("Record", "time_ns data")


def fcs16(octets):
    """ITU-T CRC-16 as IEEE 802.15.4 has it, bit by bit, behind the octets that it is of."""
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return octets + crc.to_bytes(2, "little")


def pcap_bytes(link_type, records, magic=0xA1B23C4D, order="<"):
    """A capture file of (time_ns, octets) pairs."""
    unit = 1 if magic == 0xA1B23C4D else 1000
    out = bytearray(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type))
    for time_ns, data in records:
        seconds, rest = divmod(time_ns, 1_000_000_000)
        out += struct.pack(order + "IIII", seconds, rest // unit, len(data), len(data)) + data
    return bytes(out)


def records_so_far(path):
    """Of a capture that somebody writes, or that there may not be yet: what is whole."""
    data = path.read_bytes() if path.exists() else b""
    at = 24
    while at + 16 <= len(data) and at + 16 + (size := struct.unpack("<I", data[at + 8:at + 12])[0]) <= len(data):
        at += 16 + size
    return pcap_records(data[:at])[1] if len(data) >= 24 else []


def pcap_records(data):
    """(link_type, [Record...]) of a capture file; an unfinished last record fails."""
    magic = struct.unpack("<I", data[:4])[0]
    order = "<" if magic in (0xA1B23C4D, 0xA1B2C3D4) else ">"
    unit = 1 if struct.unpack(order + "I", data[:4])[0] == 0xA1B23C4D else 1000
    link_type = struct.unpack(order + "I", data[20:24])[0]
    at, records = 24, []
    while at < len(data):
        seconds, rest, captured, _ = struct.unpack(order + "IIII", data[at:at + 16])
        assert at + 16 + captured <= len(data), "half a record"
        records.append(Record(seconds * 1_000_000_000 + rest * unit, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return link_type, records


def tshark(capture, *fields, display_filter=None, options=()):
    """A row of field values for each packet of a capture (a path, or octets)."""
    source = "-" if isinstance(capture, bytes) else str(capture)
    command = ["tshark", "-n", "-r", source, "-T", "fields", *options]
    for field in fields:
        command += ["-e", field]
    if display_filter:
        command += ["-Y", display_filter]
    run = subprocess.run(command, input=capture if source == "-" else None, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, timeout=50)
    assert run.returncode == 0, run.stderr.decode()
    return [line.split("\t") for line in run.stdout.decode().splitlines()]


# --- packets to send ---

def _checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data)) if len(data) % 2 == 0 else _checksum_odd(data)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _checksum_odd(data):
    return sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0"))


def ipv6_udp(source, destination, payload, sport=5683, dport=5683):
    """An IPv6 UDP packet, right in every checksum."""
    import ipaddress
    src, dst = ipaddress.IPv6Address(source).packed, ipaddress.IPv6Address(destination).packed
    udp = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    pseudo = src + dst + struct.pack(">IHBB", len(udp), 0, 0, 17)
    checksum = _checksum(pseudo + udp) or 0xFFFF
    udp = udp[:6] + struct.pack(">H", checksum) + udp[8:]
    return struct.pack(">IHBB", 6 << 28, len(udp), 17, 64) + src + dst + udp


def ipv4_udp(source, destination, payload, sport=5683, dport=5683):
    import ipaddress
    src, dst = ipaddress.IPv4Address(source).packed, ipaddress.IPv4Address(destination).packed
    udp = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload  # no UDP checksum: allowed over IPv4
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0) + src + dst
    return header[:10] + struct.pack(">H", _checksum(header)) + header[12:] + udp


# --- the radio side ---

class Probe:
    """A simulated probe mote on a pseudo-terminal (tests/probe.py): what a tool writes to it, and what it sends."""

    def __init__(self, link, *arguments):
        self.link = str(link)
        self.process = subprocess.Popen(["/usr/bin/python3", str(TESTS / "probe.py"), self.link, *map(str, arguments)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._out = Stream(self.process.stdout)
        self._out.wait(lambda data: data.startswith(b"ready\n"), what="the probe")
        self._taken = self._syncs = 0

    def send(self, *frames):
        """The mote puts frames (octets, without FCS) on the line, SLIP-encoded."""
        for frame in frames:
            self._command("send " + frame.hex())

    def raw(self, octets):
        """The mote puts these very octets on the line."""
        self._command("raw " + octets.hex())

    def sync(self):
        """Until what it was told before is on the line."""
        self._syncs += 1
        self._command("sync")
        self._out.wait(lambda data: data.count(b"synced\n") >= self._syncs, what="the probe's word")

    def _command(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def get(self, seconds=PATIENCE):
        """The next frame that the probe was given to send by radio."""
        lines = self._out.wait(lambda data: self._frames(data)[self._taken:], seconds, "a frame to the probe")
        self._taken += 1
        return bytes.fromhex(lines[0].decode())

    @staticmethod
    def _frames(data):
        return [line for line in data.split(b"\n")[:-1] if line not in (b"ready", b"synced")]

    def collect(self, count, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        return [self.get(max(0.01, deadline - time.monotonic())) for _ in range(count)]

    def pending(self):
        """How many frames have come that nobody has taken yet."""
        return len(self._frames(self._out.data)) - self._taken

    def unplug(self):
        """The port goes away, as when a USB plug is pulled."""
        self.close()

    def close(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
            self.process.wait(10)
            self._out.wait_end()
            self.process.stdout.close()
