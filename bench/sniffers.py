#!/usr/bin/python3
"""One capture, read by slip-dump, tcpdump and tshark: seconds, megaoctets and frames a second, the best of several turns, in one run.

    BUILD=build bench/sniffers.py [FRAMES [TURNS]]

The figures of docs/sniffers.md. What is not installed is left out, and said. Ratios hold within one run.
"""
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLIP_DUMP = Path(os.environ.get("BUILD", ROOT / "build")) / "bin" / "slip-dump"
LINK_WITHFCS = 195


def fcs16(octets):
    fcs = 0
    for octet in octets:
        fcs ^= octet
        for _ in range(8):
            fcs = fcs >> 1 ^ (0x8408 if fcs & 1 else 0)
    return struct.pack("<H", fcs)


def capture(path, count):
    """Data frames of 6LoWPAN, 100 octets, with their FCS; 256 of them over and over."""
    frames = []
    for sequence in range(256):
        frame = bytes.fromhex("6188") + bytes([sequence]) + struct.pack("<HHH", 0xabcd, 2, 1 + sequence % 7) + bytes.fromhex("7e33f0f0b1f0b2")
        frame += bytes((sequence * 7 + i) & 255 for i in range(98 - len(frame)))
        frames.append(frame + fcs16(frame))
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, LINK_WITHFCS))
        for number in range(count):
            frame = frames[number & 255]
            out.write(struct.pack("<IIII", 1_700_000_000 + number // 1000, number % 1000 * 1000, len(frame), len(frame)) + frame)


def programs(path, folder):
    """(what it does, who, the command)"""
    slip_dump = [SLIP_DUMP, "-q", "--fcs", "crc16", "-r", path]
    yield "a line a frame", "slip-dump", slip_dump
    yield "a line a frame", "tcpdump", ["tcpdump", "-n", "-r", path]
    yield "a line a frame", "tshark", ["tshark", "-n", "-r", path]
    yield "JSON", "slip-dump", [*slip_dump, "--json"]
    yield "JSON", "tshark", ["tshark", "-n", "-r", path, "-T", "ek"]
    yield "a filter on the PAN, to a file", "slip-dump", [*slip_dump, "--filter", "pan=abcd and type=data", "-w", f"{folder}/out.pcap", "--overwrite"]
    yield "a filter on the PAN, to a file", "tshark", ["tshark", "-n", "-r", path, "-Y", "wpan.dst_pan==0xabcd && wpan.frame_type==1",
                                                      "-w", f"{folder}/out2.pcap"]


def turn(command):
    """(processor seconds, largest memory so far in MiB) of a run to its end; processor time, since others use the machine, too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    elapsed = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"sniffers.py: {command[0]}: {done.stderr.decode(errors='replace').strip()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, elapsed


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(prefix="framebus-sniffers-") as folder:
        path = Path(folder) / "capture.pcap"
        capture(path, count)
        print(f"{count} frames of 100 octets, link type {LINK_WITHFCS}, best of {turns}; processor time")
        for what, who, command in programs(path, folder):
            if who != "slip-dump" and not shutil.which(who):
                print(f"{what:32} {who:10} not installed")
                continue
            seconds = min(turn(command)[0] for _ in range(turns))
            print(f"{what:32} {who:10} {seconds:8.2f} s {count / seconds / 1000:10.0f} thousand frames/s")


if __name__ == "__main__":
    main()
