"""libenvelope against witnesses that share no code with it: Python's json module writes and reads every message, Python and tshark
judge segments and their checksums, and the Linux kernel segments the same super-packets."""
import copy
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import time

import pytest

import harness

NS = 10**9
API = {"_api_version": "1.2.15"}
ESYNTAX, ETYPE, ERANGE, ENODATA, ETOOLONG, ECUT, EVNET = -1, -2, -3, -4, -5, -12, -15


class Envelope:
    """envelope_tool: a line for a line."""

    def __init__(self, binary):
        self.process = subprocess.Popen([str(binary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        assert line, "envelope_tool ended"
        return line.split()

    def octets(self, *words):
        answer = self.ask(*words)
        assert len(answer) == 1, f"{words}: {answer}"
        return b"" if answer[0] == "-" else bytes.fromhex(answer[0])

    def packets(self, *words):
        """The words of each packet, and what ended them: "end" or ["error", ...]."""
        found, answer = [], self.ask(*words)
        while answer[0] == "packet":
            found.append(answer[1:])
            answer = self.answer()
        return found, answer

    def read(self, body):
        """(time in ns, octets), or (error, offset)."""
        answer = self.ask("parse", body.hex() or "-")
        if answer[0] == "error":
            return int(answer[1]), int(answer[2])
        return int(answer[1]), bytes.fromhex(answer[2])

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0


@pytest.fixture
def envelope(binaries):
    envelope = Envelope(binaries.parent / "tests" / "envelope_tool")
    yield envelope
    envelope.close()


@pytest.fixture
def dice():
    seed = int(os.environ.get("TEST_SEED", time.time_ns()))
    print(f"TEST_SEED={seed}")
    return random.Random(seed)


# --- the library ---

PURE = {"bcmp", "memchr", "memcmp", "memcpy", "memmove", "memset", "strchr", "strlen", "strnlen", "strcmp", "strcasecmp", "__cpu_model",
        "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail"}


def test_no_allocation_no_io_no_variables_but_for_jansson(binaries):
    """What its objects ask others for. Only control messages need more than strings and memory."""
    objects = sorted((binaries.parent / "obj" / "libenvelope").rglob("*.o"))
    assert len(objects) > 10
    symbols = {path.stem: subprocess.run(["nm", str(path)], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
               for path in objects}
    ours = {line.split()[-1] for lines in symbols.values() for line in lines if line.split()[-2] in "TRDB"}
    for name, lines in symbols.items():
        asked = {line.split()[-1] for line in lines if line.split()[-2] == "U"} - ours - PURE
        assert not [s for s in asked if not s.startswith(("__asan", "__ubsan", "json_" if name == "envelope_control_parse" else "__asan"))], name
    for path in objects:
        sections = subprocess.run(["size", "-A", str(path)], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        variables = [line for line in sections if line.split()[:1] in ([".data"], [".bss"]) and line.split()[1] != "0"]
        assert not variables or os.environ.get("FLAVOUR") == "asan", f"{path.stem}: {variables}"


# --- packet messages ---

def slip(octets):
    """RFC 1055, with an END at both ends."""
    escaped = octets.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    return b"\xc0" + escaped + b"\xc0"


def seconds_of(time_ns):
    """What Python's time.time() would have given, cut to microseconds; whole seconds as the templates of the old library have them."""
    return time_ns // NS if time_ns % NS == 0 else time_ns // 1000 / 1e6


def packet_body(api, direction, with_slip, name, time_ns, octets):
    body = {"data": list(octets), "interface_name": name, "timestamp": seconds_of(time_ns)}
    if with_slip:
        body["data_slip"] = list(slip(octets))
    if api == 1:
        return {**body, **API}
    body["timestamp"] = json.dumps(body["timestamp"])
    body["_type"] = "packet.sniffed.raw" if direction == "from" else "packet.to_inject.raw"
    return body


def random_time(dice):
    micros = dice.randrange(dice.choice([10**3, 10**6, 10**10, 2**33 * 10**6]))
    return dice.choice([micros * 1000, micros * 1000 + dice.randrange(1000), micros // 10**6 * NS])


def test_packets_are_written_as_python_writes_them(envelope, dice):
    names = ["tun0", "serial", "", 'q"\\/\b\f\n\r\t\x01\x1f\x7f', "é€🐍\ufffd\u2028", "wlan0 "]
    for _ in range(2000):
        api, direction, with_slip = dice.choice([0, 1]), dice.choice(["from", "to"]), dice.choice([0, 1])
        octets = dice.randbytes(dice.choice([1, 2, 60, 127, dice.randrange(1, 1500)]))
        name, time_ns = dice.choice(names), random_time(dice)
        written = envelope.octets("build", api, direction, with_slip, name.encode().hex() or "-", time_ns, octets.hex())
        wanted = packet_body(api, direction, with_slip, name, time_ns, octets)
        assert written.decode("ascii") == json.dumps(wanted, sort_keys=True)
        assert json.loads(written) == wanted


def dumps_any_way(dice, body):
    """The same object as other writers put it."""
    keys = list(body)
    dice.shuffle(keys)
    shuffled = {key: body[key] for key in keys}
    indent = dice.choice([None, None, 0, 1, 4, "\t"])
    separators = dice.choice([None, (",", ":"), (" , ", " :\r\n"), (",\n", ": ")])
    return json.dumps(shuffled, indent=indent, separators=separators, ensure_ascii=dice.choice([True, False]),
                      sort_keys=dice.choice([True, False])).encode()


def escaped_somewhere(dice, text):
    """Keys with \\u escapes in them."""
    for key in "data", "timestamp":
        if dice.random() < 0.3:
            at = dice.randrange(len(key))
            text = text.replace(f'"{key}"'.encode(), f'"{key[:at]}\\u{ord(key[at]):04x}{key[at + 1:]}"'.encode())
    return text


def any_value(dice, depth=0):
    kind = dice.randrange(8 if depth < 4 else 6)
    if kind == 6:
        return [any_value(dice, depth + 1) for _ in range(dice.randrange(4))]
    if kind == 7:
        return {dice.choice(["data", "a", "é\n", "timestamp", '"']) + str(i): any_value(dice, depth + 1) for i in range(dice.randrange(4))}
    return [None, True, False, dice.randrange(-10**30, 10**30), dice.uniform(-1e30, 1e30) ** dice.choice([1, 3, 5]),
            "".join(dice.choice('aé€🐍"\\\n\0') for _ in range(dice.randrange(20)))][kind]


def test_packets_are_read_however_python_writes_them(envelope, dice):
    for _ in range(3000):
        octets, micros = dice.randbytes(dice.choice([1, 3, 100, 600])), dice.randrange(2 * 10**15)
        seconds = dice.choice([micros / 1e6, micros // 10**6])
        numbers = [dice.choice([octet] * 20 + [float(octet), octet, -0.0 if octet == 0 else octet]) for octet in octets]
        body = {"data": numbers, "timestamp": dice.choice([seconds, str(seconds)]), "interface_name": "tun0"}
        for _ in range(dice.randrange(4)):
            body[dice.choice(["x", "_api_version", "Data", "data ", "é", "\U0001f40d", "data\0"])] = any_value(dice)
        time_ns, read = envelope.read(escaped_somewhere(dice, dumps_any_way(dice, body)))
        assert read == octets, body
        assert abs(time_ns - round(seconds * 1e6) * 1000) <= 1, body


@pytest.mark.parametrize("body, error", [
    ({"data": []}, ENODATA), ({}, ENODATA), ({"timestamp": 1}, ENODATA), ({"data": [256]}, ERANGE), ({"data": [1, -1]}, ERANGE),
    ({"data": [10**1000]}, ERANGE), ({"data": [1.5]}, ETYPE), ({"data": ["1"]}, ETYPE), ({"data": [None]}, ETYPE), ({"data": [[1]]}, ETYPE),
    ({"data": "AQ=="}, ETYPE), ({"data": None}, ETYPE), ([{"data": [1]}], ETYPE), ("data", ETYPE), (5, ETYPE),
    ({"data": [float("nan")]}, ESYNTAX), ({"data": [1], "x": float("inf")}, ESYNTAX), ({"data": [1], "x": "\ud83d"}, ESYNTAX),
    ({"data": [0] * 65536}, ETOOLONG),
])
def test_what_python_can_write_and_nobody_should_send(envelope, body, error):
    text = json.dumps(body).encode()
    code, offset = envelope.read(text)
    assert code == error
    assert offset <= len(text)


# --- control messages ---

TUN = {"name": "agent_1", "ipv6_prefix": "bbbb", "ipv6_host": "1", "ipv6_no_forwarding": False, "ipv4_host": None, "ipv4_network": None,
       "ipv4_netmask": None, "re_route_packets_if": None, "re_route_packets_prefix": None, "re_route_packets_host": None}
FULL = {**TUN, "ipv6_no_forwarding": True, "ipv4_host": ".1", "ipv4_network": "10.2.0", "ipv4_netmask": "255.255.255.0",
        "ipv4_address": "10.2.0.1/24", "re_route_packets_if": "eth0", "re_route_packets_prefix": "cccc", "re_route_packets_host": "3é",
        "framebus_session": "0123456789abcdef", "framebus_encodings": "json,pcap,gso"}
SERIAL = {"name": "n", "port": "/dev/ttyUSB0", "boudrate": "115200"}
SAID = {"component": "coap_client", "description": 'Bye! "é" 🐍'}
CONTROL = [
    ("testingtool.component.ready", {**SAID, **API}), ("testingtool.component.shutdown", {**SAID, **API}),
    ("testingtool.terminate", {"description": "x", **API}), ("toAgent.n.ip.tun.start", {**TUN, **API}),
    ("fromAgent.n.ip.tun.started", {**FULL, **API}), ("toAgent.n.802154.serial.start", {**SERIAL, **API}),
    ("fromAgent.n.802154.serial.started", {**SERIAL, "framebus_session": "5", **API}),
    ("routing.lossy.link.start", {"number_of_packets_to_drop": 2, **API}),
    ("control.session", {"_type": "testingtool.component.ready", **SAID}), ("control.session", {"_type": "testingtool.component.shutdown", **SAID}),
    ("control.tun.toAgent.n", {"_type": "tun.start", **TUN}), ("control.tun.fromAgent.n", {"_type": "tun.started", **FULL}),
    ("control.serial.fromAgent.n", {"_type": "serial.started", **SERIAL}),
]


@pytest.mark.parametrize("key, body", CONTROL, ids=lambda value: value if isinstance(value, str) else "")
def test_control_messages_to_and_from_python(envelope, dice, key, body):
    for _ in range(30):
        given = copy.copy(body)
        if dice.random() < 0.5:
            given["zz"] = any_value(dice)
            if any(c in json.dumps(given["zz"]) for c in ("e+", "\\u0000")):
                del given["zz"]  # 1e+90 and NUL in a key are beyond what jansson reads
        written = envelope.octets("control", key, dumps_any_way(dice, given).hex())
        assert written.decode("ascii") == json.dumps(body, sort_keys=True)
    assert envelope.ask("key", key) == [key]


def test_rows_of_the_old_library_round_trip(envelope, corpus):
    rows = (corpus / "messages" / "v1.tsv").read_text().splitlines()[1:]
    assert len(rows) >= 12
    for row in rows:
        _, key, body = row.split("\t")[:3]
        if "packet.raw" not in key:
            assert envelope.octets("control", key, body.encode().hex()).decode() == body
            continue
        time_ns, octets = envelope.read(body.encode())
        parsed = json.loads(body)
        assert envelope.octets("build", 1, "from", int("data_slip" in parsed), parsed["interface_name"].encode().hex(), time_ns,
                               octets.hex()).decode() == body


# --- pcap ---

def pcap_file(packets, order="<", nanos=True, link_type=101):
    """packets: (time in ns, octets)."""
    unit = 1 if nanos else 1000
    records = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nanos else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)]
    records += [struct.pack(order + "IIII", t // NS, t % NS // unit, len(p), len(p)) + p for t, p in packets]
    return b"".join(records)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("nanos", [True, False])
@pytest.mark.parametrize("link_type", [101, 195, 230, 283])
def test_pcap_bodies_from_python(envelope, dice, order, nanos, link_type):
    unit = 1 if nanos else 1000
    packets = [(dice.randrange(2**32 * NS) // unit * unit, dice.randbytes(dice.randrange(1, 300))) for _ in range(20)]
    body = pcap_file(packets, order, nanos, link_type)
    read, end = envelope.packets("pcap", body.hex())
    assert end == ["end"]
    assert [(int(t), bytes.fromhex(p)) for _, t, p in read] == packets
    assert all(int(kind) == link_type for kind, _, _ in read)
    read, end = envelope.packets("pcap", body[:-1].hex())
    assert len(read) == 19 and end[0] == "error"
    if order == "<" and nanos:
        words = [word for t, p in packets for word in (t, p.hex())]
        assert envelope.octets("pcap-write", link_type, *words)[24:] == body[24:]


def test_pcap_bodies_open_in_tshark(envelope, dice, tmp_path):
    packets = [(1_700_000_000 * NS + i, udp_packet(4 + 2 * (i % 2), dice.randbytes(20))) for i in range(10)]
    (tmp_path / "body.pcap").write_bytes(envelope.octets("pcap-write", 101, *[word for t, p in packets for word in (t, p.hex())]))
    shown = tshark(tmp_path / "body.pcap", "frame.time_epoch", "udp.checksum.status")
    assert shown == [[f"1700000000.{i:09}", "1"] for i in range(10)]


# --- super-packets ---

TCP, UDP = 6, 17
NEEDS_CSUM, TCPV4, TCPV6, UDP_L4 = 1, 1, 4, 5
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << i for i in range(8))
ADDRESSES = {4: (socket.inet_aton("10.9.0.2"), socket.inet_aton("10.8.0.2")),
             6: (socket.inet_pton(socket.AF_INET6, "fd09::2"), socket.inet_pton(socket.AF_INET6, "fd08::2"))}


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo_header(version, protocol, length):
    source, target = ADDRESSES[version]
    return source + target + (struct.pack("!BBH", 0, protocol, length) if version == 4 else struct.pack("!II", length, protocol))


def ip_packet(version, protocol, transport, ident=0, ttl=64, options=b""):
    source, target = ADDRESSES[version]
    if version == 6:
        return struct.pack("!IHBB", 6 << 28, len(transport), protocol, ttl) + source + target + transport
    header = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(transport), ident, 0, ttl, protocol, 0)
    header += source + target + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + transport


def with_checksum(version, protocol, transport, at, partial):
    """Complete, or the pseudo-header's sum only, as the kernel hands it over."""
    pseudo = pseudo_header(version, protocol, len(transport))
    value = checksum(pseudo) ^ 0xFFFF if partial else checksum(pseudo + transport)
    if protocol == UDP and value == 0:
        value = 0xFFFF
    return transport[:at] + struct.pack("!H", value) + transport[at + 2:]


def udp_packet(version, payload, partial=False, **ip):
    transport = struct.pack("!HHHH", 40000, 5683, 8 + len(payload), 0) + payload
    return ip_packet(version, UDP, with_checksum(version, UDP, transport, 6, partial), **ip)


def tcp_packet(version, payload, sequence, flags, tcp_options=b"", partial=False, **ip):
    transport = struct.pack("!HHIIBBHHH", 40000, 5683, sequence & 0xFFFFFFFF, 77, (5 + len(tcp_options) // 4) << 4, flags, 512, 0, 0)
    transport += tcp_options + payload
    return ip_packet(version, TCP, with_checksum(version, TCP, transport, 16, partial), **ip)


class Super:
    """A super-packet, and the packets that it stands for."""

    def __init__(self, dice, version, udp, size, gso_size):
        self.ip = {"ident": dice.choice([0, 7, 0xFFFE]), "options": b"\1" * dice.choice([0, 0, 4])} if version == 4 else {}
        self.version, self.udp, self.payload, self.gso_size = version, udp, dice.randbytes(size), gso_size
        self.sequence, self.options = dice.choice([1, 2**32 - 1000]), b"\1" * dice.choice([0, 12, 40])
        self.flags = ACK | dice.choice([0, PSH]) | dice.choice([0, FIN]) | dice.choice([0, CWR]) | dice.choice([0, ECE])
        start = (20 + len(self.ip["options"]) if version == 4 else 40)
        header = start + (8 if udp else 20 + len(self.options))
        kind = UDP_L4 if udp else TCPV4 if version == 4 else TCPV6
        self.vnet = struct.pack("<BBHHHH", NEEDS_CSUM, kind if gso_size else 0, header, gso_size, start, 6 if udp else 16)

    def packet(self, payload, at, flags, partial, index=0):
        ip = {**self.ip, "ident": self.ip["ident"] + index & 0xFFFF} if self.ip else {}
        if self.udp:
            return udp_packet(self.version, payload, partial, **ip)
        return tcp_packet(self.version, payload, self.sequence + at, flags, self.options, partial, **ip)

    def whole(self):
        return self.packet(self.payload, 0, self.flags, True)

    def parts(self):
        """RFC 793 and Linux's tcp_gso_segment: FIN and PSH on the last only, CWR on the first only."""
        if not self.gso_size:
            return [self.packet(self.payload, 0, self.flags, False)]
        found = []
        for index, at in enumerate(range(0, len(self.payload), self.gso_size)):
            flags = self.flags & ~(CWR if at else 0)
            if at + self.gso_size < len(self.payload):
                flags &= ~(FIN | PSH)
            found.append(self.packet(self.payload[at:at + self.gso_size], at, flags, False, index))
        return found


def supers(dice, sizes=(1, 1400, 1401, 5000, 64000)):
    return [Super(dice, version, udp, size, gso_size) for version in (4, 6) for udp in (False, True) for size in sizes
            for gso_size in (0 if size <= 1400 else 1400, 1400, 700, 48) if not gso_size or size <= gso_size * (128 if udp else 2000)]


def body_of(envelope, found):
    words = [word for i, s in enumerate(found) for word in (i, s.vnet.hex(), s.whole().hex())]
    return envelope.octets("gso-write", *words)


def test_gso_body_layout(envelope, dice):
    """docs/envelope.md, octet by octet."""
    found = supers(dice)[:4]
    body = b"fGSO\x01\0\0\0" + b"".join(struct.pack("<Iq", len(s.whole()), i) + s.vnet + s.whole() for i, s in enumerate(found))
    assert body_of(envelope, found) == body
    read, end = envelope.packets("gso", body.hex())
    assert end == ["end"]
    assert read == [[str(i), s.vnet.hex(), s.whole().hex()] for i, s in enumerate(found)]


def test_segments_are_what_python_builds(envelope, dice):
    for s in supers(dice):
        read, end = envelope.packets("segments", body_of(envelope, [s]).hex())
        assert end == ["end"]
        assert [bytes.fromhex(packet) for _, packet in read] == s.parts(), (s.version, s.udp, len(s.payload), s.gso_size)


@pytest.mark.parametrize("at, value", [(0, 0), (0, 4), (1, 3), (1, 2), (5, 0), (6, 0), (6, 60), (7, 255), (8, 0), (9, 255), (3, 255)])
def test_impossible_headers_are_refused(envelope, dice, at, value):
    s = Super(dice, 6, False, 3000, 256 * 5)
    s.vnet = s.vnet[:at] + bytes([value]) + s.vnet[at + 1:]
    whole = s.whole()
    assert envelope.ask("gso-write", 0, s.vnet.hex(), whole.hex()) == ["error", str(EVNET)]
    body = b"fGSO\x01\0\0\0" + struct.pack("<Iq", len(whole), 0) + s.vnet + whole
    assert envelope.packets("gso", body.hex()) == ([], ["error", str(EVNET)])


def tshark(path, *fields):
    command = ["tshark", "-r", str(path), "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
               "-o", "tcp.relative_sequence_numbers:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE", "-T", "fields", "-E", "occurrence=f"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_segments_satisfy_tshark(envelope, dice, tmp_path):
    found = supers(dice, (1401, 5000, 64000))
    segments, wanted = [], []
    for s in found:
        read, _ = envelope.packets("segments", body_of(envelope, [s]).hex())
        segments += [(len(segments) + i, bytes.fromhex(packet)) for i, (_, packet) in enumerate(read)]
        size = s.gso_size or len(s.payload)
        for at in range(0, len(s.payload), size):
            octets = len(s.payload[at:at + size])
            wanted.append(["", str(8 + octets)] if s.udp else [str(s.sequence + at & 0xFFFFFFFF), ""])
    (tmp_path / "segments.pcap").write_bytes(pcap_file(segments))
    shown = tshark(tmp_path / "segments.pcap", "tcp.seq", "udp.length", "ip.version", "ip.checksum.status", "tcp.checksum.status",
                   "udp.checksum.status")
    assert [row[:2] for row in shown] == wanted
    for row in shown:
        row += [""] * (6 - len(row))
        assert row[3] == ("1" if row[2] == "4" else ""), row
        assert (row[4] == "1") != (row[5] == "1"), row


def forwarded(packet):
    """One hop further, as the kernel's copy is."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes([packet[7] - 1]) + packet[8:]
    length = (packet[0] & 15) * 4
    header = packet[:8] + bytes([packet[8] - 1, packet[9], 0, 0]) + packet[12:length]
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + packet[length:]


def test_segments_are_what_linux_makes(envelope, dice, netns):
    script = harness.TESTS / "oracles" / "kernel_segments.py"
    kernel = netns().start(sys.executable, str(script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    refused = []
    try:
        for s in supers(dice, (1401, 5000, 64000)):
            kernel.stdin.write(f"{s.vnet.hex()} {s.whole().hex()}\n")
            kernel.stdin.flush()
            line = kernel.stdout.readline().split()
            if line == ["refused"]:
                refused.append(s)
                continue
            read, _ = envelope.packets("segments", body_of(envelope, [s]).hex())
            assert [forwarded(bytes.fromhex(packet)).hex() for _, packet in read] == line, (s.version, s.udp, len(s.payload), s.gso_size)
    finally:
        kernel.stdin.close()
        kernel.wait(10)
    usable = tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups())) >= (6, 2)
    assert not [s for s in refused if usable or not (s.udp and s.gso_size)], "UDP segmentation came with 6.2, all else before"
