"""A simulated air: devices and motes of every firmware that the tools know, on pseudo-terminals. Shares no code with what it tests.

    air = Air()
    mote = Rcp(path, air)           # path becomes a link to its terminal
    device = Device(air, short=1)   # acknowledges what is for it
    device.send(frame)              # whoever is on the air hears it
    mote.hear(frame, rssi=-70)      # as if it had been on the air
    mote.close()

Time is logical: what is sent is heard at once by all, then acknowledged by those whose frame it is. A mote does its work in a thread of
its own; what it was told stands in its lists (told, sent), which wait() looks at.
"""
import fcntl
import os
import select
import struct
import termios
import threading
import tty

PATIENCE = 30.0  # seconds, for a loaded machine


def until(condition, changed, seconds=PATIENCE):
    with changed:
        assert changed.wait_for(condition, seconds), "not in time"
        return condition()


def is_acknowledgement(frame):
    return len(frame) >= 3 and frame[0] & 7 == 2


def wants_acknowledgement(frame):
    return len(frame) >= 3 and frame[0] & 0x20 and not is_acknowledgement(frame)


def destination(frame):
    """(PAN, address) of a data frame of version 0 or 1 with a sequence number; the address: 2 or 8 octets, low octet first."""
    mode = frame[1] >> 2 & 3
    size = {2: 2, 3: 8}.get(mode, 0)
    return (struct.unpack("<H", frame[3:5])[0], frame[5:5 + size]) if size else (None, b"")


class Air:
    def __init__(self):
        self.stations, self.acknowledged = [], []  # acknowledged: (by whom, frame)
        self.lock = threading.RLock()

    def send(self, frame, sender):
        """Whether somebody acknowledges it."""
        with self.lock:
            others = [s for s in self.stations if s is not sender]
            by = [s for s in others if wants_acknowledgement(frame) and s.acknowledges(frame)]
            for station in others:
                station.hear(frame)
            self.acknowledged += [(s, frame) for s in by]
            return bool(by) or not wants_acknowledgement(frame)


class Device:
    """A node of somebody's network."""

    def __init__(self, air, pan=0xabcd, short=None, extended=None):
        self.air, self.pan = air, pan
        self.addresses = ([struct.pack("<H", short)] if short is not None else []) + ([extended[::-1]] if extended else [])
        self.heard = []
        self.changed = threading.Condition()
        air.stations.append(self)

    def is_mine(self, frame):
        return destination(frame)[1] in self.addresses

    def acknowledges(self, frame):
        return self.is_mine(frame)

    def hear(self, frame):
        with self.changed:
            if not is_acknowledgement(frame):
                self.heard.append(frame)
            self.changed.notify_all()

    def send(self, frame):
        return self.air.send(frame, self)

    def wait(self, count, seconds=PATIENCE):
        return until(lambda: self.heard[:count] if len(self.heard) >= count else None, self.changed, seconds)


class Mote:
    """A pseudo-terminal, and what is written to it, in a thread."""

    def __init__(self, link, air=None):
        self.line, self.terminal = os.openpty()
        tty.setraw(self.terminal)
        self.link, self.air = link, air
        os.symlink(os.ttyname(self.terminal), link)
        self.told, self.sent, self.handled = [], [], 0
        self.changed = threading.Condition()
        self.closed = False
        if air:
            air.stations.append(self)
        self.begin()
        self.wake, self.waker = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def begin(self):
        pass

    def _run(self):
        while not self.closed:
            # A read(2) that waits would keep the terminal open.
            if self.wake in select.select([self.line, self.wake], [], [])[0]:
                return
            try:
                octets = os.read(self.line, 65536)
            except OSError:
                return
            for message in self.split(octets):
                with self.changed:
                    self.told.append(message)
                try:
                    self.handle(message)
                except OSError:
                    return  # closed
                self.handled += 1
                with self.changed:
                    self.changed.notify_all()

    def write(self, octets):
        while octets:
            octets = octets[os.write(self.line, octets):]

    def note_sent(self, frame):
        with self.changed:
            self.sent.append(frame)
            self.changed.notify_all()

    def wait(self, condition, seconds=PATIENCE):
        """The first true value of condition()."""
        return until(condition, self.changed, seconds)

    def comes(self, condition, seconds=2.0):
        """Whether condition() becomes true."""
        with self.changed:
            return self.changed.wait_for(condition, seconds)

    def wait_sent(self, count, seconds=PATIENCE):
        return self.wait(lambda: self.sent[:count] if len(self.sent) >= count else None, seconds)

    def acknowledges(self, frame):
        return False

    def unread(self):
        """Octets on the line that the tool has not read."""
        return struct.unpack("i", fcntl.ioctl(self.terminal, termios.FIONREAD, bytes(4)))[0]

    def close(self):
        """Unplugged: what is on the line is lost. What it was told before is still handled."""
        self.closed = True
        os.write(self.waker, b"x")
        self.thread.join(PATIENCE)
        for fd in (self.terminal, self.line, self.wake, self.waker):
            os.close(fd)
        os.unlink(self.link)


# --- SLIP ---

def slip(octets):
    return b"\xc0" + octets.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


class SerialRadio(Mote):
    """Contiki's slip-radio; zephyr=True: wpan_serial."""
    zephyr = False

    def __init__(self, link, air=None, zephyr=False, **answers):
        self.zephyr, self.channel, self.receive_mode, self.pan = zephyr, 26, 3, None
        self.status = answers.get("status", 0)     # of every frame; None: never answers
        self.channels = answers.get("channels", range(11, 27))
        self.pending = b""
        super().__init__(link, air)

    def split(self, octets):
        *pieces, self.pending = (self.pending + octets).split(b"\xc0")
        for piece in pieces:
            if piece:
                yield piece.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")

    def say(self, octets):
        self.write(slip(octets)[1:] if self.zephyr else slip(octets))

    def answer(self, octets):
        self.say(octets + (b"\0" if self.zephyr else b""))

    def handle(self, m):
        if getattr(self, "deaf", False):
            return
        if m[:2] == b"!S":
            assert m[3] == 0, "no attributes are known to every build"
            self.note_sent(m[4:])
            acknowledged = not self.air or self.air.send(m[4:], self)
            if self.status is not None:
                self.answer(b"!R" + bytes([m[2], self.status or (0 if acknowledged else 2), 1]))
        elif m[:2] == b"!V" and not self.zephyr:
            kind, value = struct.unpack(">HH", m[2:6])
            if kind == 1 and value in self.channels:
                self.channel = value
            self.receive_mode = value if kind == 4 else self.receive_mode
            self.pan = value if kind == 2 else self.pan
        elif m[:2] == b"?V" and not self.zephyr:
            self.answer(b"!V" + m[2:4] + struct.pack(">H", self.channel))
        elif m[:2] == b"!C" and self.zephyr:
            self.channel = m[2]
        elif m[:2] == b"?M":
            self.answer(b"!M\0\x12\x4b\0\1\2\3\4")
        elif not self.zephyr:
            self.say(b"EUnknown command\n")

    def hear(self, frame, **_):
        self.say(frame)


# --- sensniff ---

MAGIC = b"\xc1\x1f\xfe\x72"


class Sensniff(Mote):
    def begin(self):
        self.channel, self.pending, self.deaf = 26, b"", False

    def split(self, octets):
        self.pending += octets
        while len(self.pending) >= 6:
            assert self.pending[:5] == MAGIC + b"\x02", self.pending
            size = 9 if self.pending[5] == 0x84 else 6
            if len(self.pending) < size:
                return
            yield self.pending[5:size]
            self.pending = self.pending[size:]

    @staticmethod
    def message(command, payload, length=None):
        return MAGIC + bytes([2, command]) + struct.pack(">H", len(payload) if length is None else length) + payload

    def handle(self, m):
        if self.deaf:
            return
        if m[0] == 0x84:
            assert m[1:3] == b"\0\1"
            if not 11 <= m[3] <= 26:
                self.write(self.message(0x7f, b""))
                return
        channel = m[3] if m[0] == 0x84 else self.channel
        self.write(self.message({0x84: 1}.get(m[0], m[0] & 0x7f), bytes([{0x82: 11, 0x83: 26}.get(m[0], channel)])))
        self.channel = channel

    def hear(self, frame, rssi=-60, lqi=100, **_):
        self.write(self.message(0, frame + struct.pack("<bB", rssi, 0x80 | lqi)))


# --- nRF Sniffer ---

class NrfSniffer(Mote):
    def begin(self):
        self.channel, self.pending, self.receiving = 11, b"", False
        self.time = 0

    def split(self, octets):
        *lines, self.pending = (self.pending + octets).split(b"\r\n")
        return [line.decode() for line in lines]

    def handle(self, m):
        if m.startswith("channel "):
            self.channel = int(m.split()[1])
            assert 11 <= self.channel <= 26
        self.receiving = {"receive": True, "sleep": False}.get(m, self.receiving)
        self.write(m.encode() + b"\r\n\x1b[1;32muart:~$ \x1b[m")

    def line_of(self, frame, rssi=-60, lqi=100, time=None):
        return b"received: %s power: %d lqi: %d time: %d\r\n" % (frame.hex().encode(), rssi, lqi, self.time if time is None else time)

    def hear(self, frame, **more):
        if self.receiving:
            self.write(self.line_of(frame, **more))

    def reboot(self):
        self.begin()
        self.write(b"*** Booting Zephyr OS build v2.4.0-ncs1 ***\r\n")


# --- spinel ---

def fcs16(octets, start=0xffff, polynomial=0x8408):
    for octet in octets:
        start ^= octet
        for _ in range(8):
            start = start >> 1 ^ (polynomial if start & 1 else 0)
    return start


def hdlc(octets):
    body = octets + struct.pack("<H", fcs16(octets) ^ 0xffff)
    return b"\x7e" + b"".join(bytes([0x7d, o ^ 0x20]) if o in b"\x7e\x7d\x11\x13\xf8" else bytes([o]) for o in body) + b"\x7e"


def unhdlc(piece):
    out, escaped = bytearray(), False
    for octet in piece:
        if octet == 0x7d:
            escaped = True
            continue
        out.append(octet ^ 0x20 if escaped else octet)
        escaped = False
    return bytes(out[:-2]) if len(out) > 2 and fcs16(out) == 0xf0b8 else None


RESET, GET, SET, IS = 1, 2, 3, 6
STREAM_DEBUG, STREAM_RAW = 0x70, 0x71
INVALID_ARGUMENT, INVALID_STATE, INVALID_COMMAND, INVALID_INTERFACE, PARSE_ERROR, PROP_NOT_FOUND, NO_ACK = 3, 4, 5, 6, 9, 13, 17


def packed(octets):
    """A packed integer, and what is behind it; None: it is none."""
    value = 0
    for i, octet in enumerate(octets[:5]):
        value |= (octet & 0x7f) << 7 * i
        if not octet & 0x80:
            return value, octets[i + 1:]
    return None, b""


class Rcp(Mote):
    """OpenThread's RCP, and as strict: it refuses what that refuses, and loses what that loses.

    newer: a build of 2020 or later (LAST_STATUS of a frame and what is received have a field more); clock=False: its radio has no clock;
    iid: the one interface that it knows; longest: octets of a PSDU. holds = True: a frame stays on its way until release().
    """
    SIZES = {0x20: 1, 0x34: 8, 0x35: 2, 0x36: 2, 0x37: 1, 0x38: 1}
    FOR_RADIO = (0x21, 0x34, 0x35, 0x36)  # refused while the radio is off

    def __init__(self, link, air=None, version=(4, 3), stack_reset=False, channels=range(11, 27), old_time=False, newer=False, clock=True, iid=0,
                 longest=127, refuses_channels=True):
        self.version, self.stack_reset, self.channels, self.old_time = version, stack_reset, channels, old_time
        self.newer, self.clock, self.iid, self.longest, self.refuses_channels = newer, clock, iid, longest, refuses_channels
        self.statuses = []  # of the next frames to be sent, instead of the air's
        self.silent = self.flag_own = self.holds = False
        self.refused = []   # what it was told, and the status that it answered
        self.pending, self.time, self.last_status = b"", 1000, 112
        self.properties = {0x38: b"\0"}
        self.reset()
        super().__init__(link, air)

    def reset(self):
        """What a reset of its stack leaves is the filter mode alone."""
        self.properties = {0x38: self.properties[0x38], 0x21: b"\x0b", 0x37: b"\0", 0x20: b"\0", 0x34: bytes(8), 0x35: b"\xfe\xff", 0x36: b"\xff\xff"}
        self.under_way = None

    def boot(self, text=b"", reason=114):
        self.properties = {0x38: b"\0"}
        self.reset()
        self.write(text)
        self.say_status(0, reason)

    def split(self, octets):
        *pieces, self.pending = (self.pending + octets).split(b"\x7e")
        return [m for m in map(unhdlc, filter(None, pieces)) if m]

    def is_(self, tid, prop, value):
        self.write(hdlc(bytes([0x80 | self.iid << 4 | tid, IS, prop]) + value))

    def say_status(self, tid, status, more=b""):
        self.last_status = status
        self.is_(tid, 0, bytes([status]) + more)

    def refuse(self, m, status):
        self.refused.append((m, status))
        if m[0] & 15:
            self.say_status(m[0] & 15, status)

    def handle(self, m):
        if self.silent or m[0] & 0xc0 != 0x80:
            return
        if m[0] >> 4 & 3 != self.iid:
            self.refused.append((m, INVALID_INTERFACE))
            self.write(hdlc(bytes([m[0], IS, 0, INVALID_INTERFACE])))
        elif m[1] == RESET:
            self.handle_reset(m)
        elif m[1] in (GET, SET):
            prop, value = packed(m[2:])
            (self.get if m[1] == GET else self.set)(m, prop, value)
        else:
            self.refuse(m, INVALID_COMMAND)

    def handle_reset(self, m):
        if not self.stack_reset:
            self.boot()
        elif m[2:] == b"\x02":
            self.reset()
            self.say_status(0, 112)

    def get(self, m, prop, _):
        known = {0: bytes([self.last_status]), 1: bytes(self.version), 2: b"OPENTHREAD/simulated\0", 5: b"\5\x18\x22\x81\x04", 0x22: bytes(self.channels)}
        known.update(self.properties)
        if prop not in known:
            self.refuse(m, PROP_NOT_FOUND)
        elif m[0] & 15:
            self.is_(m[0] & 15, prop, known[prop])

    def set(self, m, prop, value):
        if prop == STREAM_RAW:
            self.transmit(m, value)
        elif prop != 0x21 and prop not in self.SIZES:
            self.refuse(m, PROP_NOT_FOUND)
        elif prop == 0x21 and packed(value)[0] is None or len(value) < self.SIZES.get(prop, 1) or prop in (0x20, 0x37) and value[0] > 1:
            self.refuse(m, PARSE_ERROR)
        elif prop in self.FOR_RADIO and self.properties[0x20] != b"\1":
            self.refuse(m, INVALID_STATE)
        elif prop == 0x38 and value[0] > 2 or prop == 0x21 and self.refuses_channels and packed(value)[0] not in self.channels:
            self.refuse(m, INVALID_ARGUMENT)
        else:
            self.put(m[0] & 15, prop, value)

    def put(self, tid, prop, value):
        if prop == 0x38:
            value = b"\2" if value[0] else b"\0"
        self.properties[prop] = bytes([packed(value)[0]]) if prop == 0x21 else value[:self.SIZES[prop]]
        # The radio is told to receive, or to sleep: what was being sent is never heard of again.
        if prop in (0x20, 0x37) or prop == 0x21 and self.properties[0x37] == b"\1":
            self.under_way = None
        if tid:
            self.is_(tid, prop, self.properties[prop])

    def transmit(self, m, value):
        size = struct.unpack("<H", value[:2])[0] if len(value) > 2 else 0
        psdu, more = value[2:2 + size], value[2 + size:]
        if self.properties[0x20] != b"\1" or self.under_way:
            self.refuse(m, INVALID_STATE)
        elif len(psdu) < size or not more or not 2 < size <= self.longest:
            self.refuse(m, PARSE_ERROR)
        else:
            assert more[0] == self.properties[0x21][0] and len(more) in (4, 7), value
            self.under_way = m[0] & 15, self.secure(psdu[:-2], more), more
            if not self.holds:
                self.release()

    @staticmethod
    def secure(frame, more):
        header_updated, _, security_processed = (more[4:] + bytes(3))[:3]
        if frame[0] & 0x08 and not (header_updated and security_processed):
            return frame[:-5] + b"\0\0\0\0\1"  # secured anew, by its own keys
        return frame

    def release(self):
        (tid, frame, more), self.under_way = self.under_way, None
        self.note_sent(frame)
        if self.properties[0x38] == b"\2":
            self.hear_own(frame)
        status = self.statuses.pop(0) if self.statuses else None
        if status is None:
            status = 0 if not self.air or any(self.air.send(frame, self) for _ in range(1 + more[2])) else NO_ACK
        if status != "none":
            acknowledged = wants_acknowledgement(frame) and not status
            rest = b"" if status else self.received(b"\2\0" + frame[2:3]) if acknowledged else self.received(b"", fcs=b"")
            self.say_status(tid, status, b"\0" + (b"\0" if self.newer else b"") + rest)

    def received(self, frame, rssi=-60, lqi=100, flags=0, fcs=None, channel=None, time=None, error=0):
        psdu = frame + (struct.pack("<H", fcs16(frame, 0)) if fcs is None else fcs)
        time = 0 if not self.clock else self.time if time is None else time
        clock = struct.pack("<IH", time // 1000, time % 1000) if self.old_time else struct.pack("<Q", time)
        phy = bytes([self.properties[0x21][0] if channel is None else channel, lqi]) + clock
        return (struct.pack("<H", len(psdu)) + psdu + struct.pack("<bbH", rssi, -128, flags) + struct.pack("<H", len(phy)) + phy
                + b"\1\0" + bytes([error]) + (b"\5\0" + bytes(5) if self.newer else b""))

    def hear_own(self, frame):
        self.is_(0, STREAM_RAW, self.received(frame, flags=1 if self.flag_own else 0))

    def is_for_me(self, frame):
        """A frame without a destination, of no PAN, is for all."""
        pan, address = destination(frame)
        mine = [self.properties[0x35], self.properties[0x34][::-1], b"\xff\xff", b""]
        return address in mine and (pan in (None, 0xffff) or struct.pack("<H", pan) == self.properties[0x36])

    def is_receiving(self):
        return self.properties[0x20] == self.properties[0x37] == b"\1"

    def acknowledges(self, frame):
        return self.is_receiving() and self.properties[0x38] == b"\0" and self.is_for_me(frame)

    def hear(self, frame, **more):
        if self.is_receiving() and (self.properties[0x38] == b"\2" or (not is_acknowledgement(frame) and self.is_for_me(frame))):
            self.is_(0, STREAM_RAW, self.received(frame, **more))
