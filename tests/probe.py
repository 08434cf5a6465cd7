#!/usr/bin/python3
"""A simulated probe mote on a pseudo-terminal. Shares no code with the tools it tests.

  probe.py LINK [--air PATH] [--ack] [--name NAME]

LINK becomes a symbolic link to the terminal. It says "ready", then one line of hex for each frame that it is given to
send by radio. Commands on its standard input:
  send HEX   a frame was heard by radio: it goes up the line, SLIP-encoded
  raw HEX    these octets go up the line as they are
  sync       says "synced": what was commanded before is on the line
End of input ends it, and the port with it.

--air PATH: several probes given the same folder share one air, as motes on one table do: what one is given to send, the others hear.
--ack: it acknowledges at radio level what it hears with the ACK request bit set, as an active probe's radio does.
"""
import argparse
import os
import pty
import select
import socket
import sys
import tty

END, ESC, ESC_END, ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD


def slip(frame):
    out = bytearray([END])
    for octet in frame:
        if octet == END:
            out += bytes([ESC, ESC_END])
        elif octet == ESC:
            out += bytes([ESC, ESC_ESC])
        else:
            out.append(octet)
    out.append(END)
    return bytes(out)


class Unslip:
    """Frames out of a stream, the plain way of RFC 1055."""

    def __init__(self):
        self.frame, self.escaped = bytearray(), False

    def feed(self, octets):
        for octet in octets:
            if self.escaped:
                self.frame.append({ESC_END: END, ESC_ESC: ESC}.get(octet, octet))
                self.escaped = False
            elif octet == ESC:
                self.escaped = True
            elif octet != END:
                self.frame.append(octet)
            elif self.frame:
                yield bytes(self.frame)
                self.frame.clear()


def radio_ack(frame):
    """The immediate acknowledgement (802.15.4, 7.3.3) that a frame asks for, or None."""
    if len(frame) < 3 or frame[0] & 7 in (2, 5) or not frame[0] & 0x20:
        return None
    return bytes([2, 0, frame[2]])


class Air:
    """A folder of datagram sockets: whoever sends is heard by all the others."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.own = os.path.join(folder, f"{os.getpid()}")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.own)

    def send(self, frame):
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if path != self.own:
                try:
                    self.socket.sendto(frame, path)
                except OSError:  # a probe that has gone
                    pass

    def close(self):
        self.socket.close()
        os.unlink(self.own)


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Mote:
    def __init__(self, link, air, acks):
        self.line, terminal = pty.openpty()
        tty.setraw(terminal)
        # Kept open: a terminal that nobody has open hangs up.
        self.terminal = terminal
        self.link = link
        temporary = f"{link}.{os.getpid()}"
        os.symlink(os.ttyname(terminal), temporary)
        os.replace(temporary, link)
        self.air, self.acks = air, acks
        self.from_host = Unslip()

    def write(self, octets):
        while octets:
            octets = octets[os.write(self.line, octets):]

    def from_line(self):
        for frame in self.from_host.feed(os.read(self.line, 65536)):
            say(frame.hex())
            if self.air:
                self.air.send(frame)

    def from_air(self):
        frame = self.air.socket.recv(4096)
        self.write(slip(frame))
        ack = radio_ack(frame) if self.acks else None
        if ack:
            self.air.send(ack)

    def command(self, words):
        octets = bytes.fromhex("".join(words[1:]))
        if words[0] == "send":
            self.write(slip(octets))
        elif words[0] == "raw":
            self.write(octets)
        elif words[0] == "sync":
            say("synced")
        else:
            sys.exit(f"probe.py: {words[0]}: no such command")

    def close(self):
        if self.air:
            self.air.close()
        if os.path.islink(self.link) and os.readlink(self.link) == os.ttyname(self.terminal):
            os.unlink(self.link)


def run(mote):
    pending = b""
    sources = [0, mote.line] + ([mote.air.socket] if mote.air else [])
    while True:
        readable, _, _ = select.select(sources, [], [])
        if mote.line in readable:
            mote.from_line()
        if mote.air and mote.air.socket in readable:
            mote.from_air()
        if 0 in readable:
            octets = os.read(0, 65536)
            if not octets:
                return
            *lines, pending = (pending + octets).split(b"\n")
            for line in lines:
                if line.split():
                    mote.command(line.decode().split())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("link")
    parser.add_argument("--air")
    parser.add_argument("--ack", action="store_true")
    options = parser.parse_args()
    mote = Mote(options.link, Air(options.air) if options.air else None, options.ack)
    try:
        say("ready")
        run(mote)
    finally:
        mote.close()


if __name__ == "__main__":
    main()
