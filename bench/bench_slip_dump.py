#!/usr/bin/env python3
"""slip-dump -r of a recorded line, against cat of the same file, all in one run: to pcap without a check sequence (--fcs none --dlt nofcs), to
pcap with the defaults (--fcs auto, link type 283), as lines, as JSON; from the capture so made to pcap again; and tshark's lines of the same capture.

Input and output lie on a RAM disk. Each way is measured in turn, ROUNDS times, what is printed is the best of them: what else the machine does
only adds. Lines and JSON are of a part of the file, tshark's of 200 000 frames.

Usage: bench_slip_dump.py [--size MB] [--rounds N] [--folder FOLDER]
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(os.environ.get("BUILD", "build")).resolve()
TOOL = BUILD / "bin" / "slip-dump"
FRAME = 100          # octets, with the check sequence
DIFFERENT = 8192     # frames; they are repeated
PART = 4             # of the file, for lines and JSON, which are longer than what they describe
TSHARK_FRAMES = 200_000


def crc16_table():
    table = []
    for octet in range(256):
        for _ in range(8):
            octet = octet >> 1 ^ (0x8408 if octet & 1 else 0)
        table.append(octet)
    return table


def with_crc16(octets, table=tuple(crc16_table())):
    crc = 0
    for octet in octets:
        crc = crc >> 8 ^ table[(crc ^ octet) & 0xff]
    return octets + crc.to_bytes(2, "little")


def slip(octets):
    return b"\xc0" + octets.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def write_line(path, size):
    """Data frames with 6LoWPAN and random octets; returns how many."""
    numbers = random.Random(7)
    block = b"".join(slip(with_crc16(bytes([0x61, 0x88, n & 0xff, 0xcd, 0xab, 2, 0, 1 + n % 7, 0, 0x7e, 0x33]) + numbers.randbytes(FRAME - 13)))
                     for n in range(DIFFERENT))
    times = max(1, size // len(block))
    with open(path, "wb") as file:
        for _ in range(times):
            file.write(block)
    return times * DIFFERENT


class Way:
    def __init__(self, name, command, frames, to_stdout=False):
        self.name, self.command, self.frames, self.to_stdout = name, [str(c) for c in command], frames, to_stdout
        self.seconds = self.cpu = float("inf")
        self.kib = 0

    def watch_memory(self, pid):
        """Until it ends. What wait4(2) says begins with the size of this process."""
        while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
            self.kib = max(self.kib, int(found[1]) if found else 0)
            time.sleep(0.01)

    def run(self, out):
        out.unlink(missing_ok=True)
        with open(out if self.to_stdout else os.devnull, "wb") as stdout:
            begun = time.monotonic()
            process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL)
            if not self.kib:
                self.watch_memory(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(self.command)}: status {process.returncode}")
        self.seconds = min(self.seconds, seconds)
        self.cpu = min(self.cpu, usage.ru_utime + usage.ru_stime)


def ways_of(folder, frames, part_frames):
    line, part, capture, out = (folder / name for name in ("line.slip", "part.slip", "line.pcap", "out"))
    read = [TOOL, "-q", "-r"]
    ways = [
        Way("cat", ["cat", line], frames, True),
        Way("pcap, --fcs none --dlt nofcs", [*read, line, "-w", f"{out}.pcap", "--fcs", "none", "--dlt", "nofcs"], frames),
        Way("pcap, defaults (auto, 283)", [*read, line, "-w", f"{out}.pcap"], frames),
        Way("pcap from pcap", [*read, capture, "-w", f"{out}.pcap"], frames),
        Way("lines", [*read, part], part_frames, True),
        Way("JSON", [*read, part, "--json"], part_frames, True),
    ]
    if shutil.which("tshark"):
        ways.append(Way("tshark, lines", ["tshark", "-n", "-r", capture, "-c", TSHARK_FRAMES], min(frames, TSHARK_FRAMES), True))
    return ways


def show(ways, octets):
    cat = ways[0]
    print(f"{octets / 1e6:.0f} MB, {cat.frames} frames of {FRAME} octets; best of the rounds")
    print(f"{'':30}{'frames/s':>14}{'ns/frame':>10}{'of cat':>8}{'CPU ns':>8}{'MiB':>7}")
    for way in ways:
        ns, cpu = (1e9 * seconds / way.frames for seconds in (way.seconds, way.cpu))
        print(f"{way.name:30}{1e9 / ns:14,.0f}{ns:10.0f}{1e9 * cat.seconds / cat.frames / ns:8.2f}{cpu:8.0f}{way.kib / 1024:7.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", type=int, default=1000, metavar="MB", help="of the recorded line (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--folder", default="/dev/shm", help="on a RAM disk, with room for four times the size")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="framebus-bench.", dir=options.folder) as name:
        folder = Path(name)
        frames = write_line(folder / "line.slip", options.size * 1_000_000)
        part_frames = write_line(folder / "part.slip", options.size * 1_000_000 // PART)
        subprocess.run([TOOL, "-q", "-r", folder / "line.slip", "-w", folder / "line.pcap"], check=True)
        ways = ways_of(folder, frames, part_frames)
        for _ in range(options.rounds):
            for way in ways:
                way.run(folder / "out")
                (folder / "out.pcap").unlink(missing_ok=True)
        show(ways, (folder / "line.slip").stat().st_size)


if __name__ == "__main__":
    sys.exit(main())
