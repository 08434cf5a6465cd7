#!/usr/bin/python3
"""Draws what the benches have printed: a picture (SVG) for each, by gnuplot.

    bench/plots.py FIGURES.txt FOLDER

FIGURES.txt: the output of `make bench`, and of bench/sniffers.py. Of what is not in it there is no picture. `make plots` does all of it.
"""
import re
import subprocess
import sys
from pathlib import Path

COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"]


class Picture:
    """Bars in groups: values[group][series]."""

    def __init__(self, name, title, unit, log=False):
        self.name, self.title, self.unit, self.log = name, title, unit, log
        self.values, self.series = {}, []

    def add(self, group, series, value):
        if series not in self.series:
            self.series.append(series)
        self.values.setdefault(group, {}).setdefault(series, float(value))

    def script(self, out):
        """gnuplot's."""
        data = ["\t".join(["group", *self.series])]
        data += ["\t".join([group, *(f"{row[s]:g}" if s in row else "?" for s in self.series)]) for group, row in self.values.items()]
        bars = ", ".join(f"$data using {i + 2}{':xtic(1)' if i == 0 else ''} title columnheader linecolor rgb '{COLOURS[i % len(COLOURS)]}'"
                         for i in range(len(self.series)))
        least = min(value for row in self.values.values() for value in row.values())
        width = max(640, 60 + 22 * sum(len(self.series) + 1 for _ in self.values))
        return "\n".join([
            "$data << END", *data, "END",
            "set datafile separator '\\t'", "set datafile missing '?'",
            f"set terminal svg size {min(width, 1600)},480 font 'sans,12' background '#ffffff'",
            f"set output '{out}'", f"set title '{self.title}' noenhanced", f"set ylabel '{self.unit}'",
            "set style data histogram", "set style histogram clustered gap 1", "set style fill solid 0.9", "set boxwidth 0.9",
            "set key outside right top noenhanced", "set grid ytics", "set xtics rotate by -35 noenhanced",
            f"set logscale y; set yrange [{least / 2:g}:*]" if self.log else "set yrange [0:*]", f"plot {bars}", ""])

    def draw(self, folder):
        done = subprocess.run(["gnuplot"], input=self.script(folder / f"{self.name}.svg"), text=True, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"plots.py: {self.name}: gnuplot: {done.stderr.strip()}")


def slip(text):
    picture = Picture("slip", "SLIP: frames of one kind and length, by instruction set", "GB/s")
    for what, load, kernels, speed in re.findall(r"^(slip_\w+) (.+?) +\[(\w+)\].*? ([\d.]+) GB/s$", text, re.MULTILINE):
        picture.add(f"{what[5:]} {load}", kernels, speed)
    return picture


def slip_dump(text):
    """What bench_slip_dump says of each way of reading a file."""
    picture = Picture("slip_dump", "slip-dump, a file of frames of 100 octets", "frames/s", log=True)
    part = text.partition("== bench_slip_dump")[2].partition("\n== ")[0]
    for name, rate in re.findall(r"^(\S.{0,29}?) +([\d,]+) +\d+ +[\d.]+ +\d+ +[\d.]+$", part, re.MULTILINE):
        picture.add(name, "frames/s", rate.replace(",", ""))
    return picture


def frame(text):
    picture = Picture("frame", "libframe: one frame", "ns")
    for what, ns in re.findall(r"^(memcpy|frame_\w+|parse and build) +([\d.]+) ns/frame$", text, re.MULTILINE):
        picture.add(what, "time", ns)
    return picture


def fcs(text):
    picture = Picture("fcs", "FCS of frames, by length in octets", "GB/s", log=True)
    for size, what, speed in re.findall(r"^(\d+) +(memcpy|octet by octet|frame_fcs\d+) +([\d.]+) GB/s", text, re.MULTILINE):
        picture.add(size, what, speed)
    return picture


def envelope(text):
    picture = Picture("envelope", "Bodies of messages, by octets of a packet", "GB/s", log=True)
    for what, who, speed in re.findall(r"^((?:json|pcap|gso) \w+ \d+) +(\w+) +[\d.]+ ns/packet +([\d.]+) GB/s", text, re.MULTILINE):
        picture.add(what, who, max(float(speed), 0.001))
    return picture


def bus(text):
    picture = Picture("bus", "Messages through a private broker, by octets", "messages/s", log=True)
    for kind, size, direct, ours in re.findall(r"^bus (\w+) +(\d+) octets: direct +(\d+) messages/s, ours +(\d+)", text, re.MULTILINE):
        picture.add(f"{kind} {size}", "rabbitmq-c by itself", direct)
        picture.add(f"{kind} {size}", "framebus", ours)
    return picture


def tun(text):
    """The rows of the table of bench_tun; the first column of figures is the throughput."""
    picture = Picture("tun", "TCP through a tunnel between two network namespaces", "Mbit/s", log=True)
    part = text.partition("== bench_tun")[2].partition("\n== ")[0]
    for name, speed in re.findall(r"^(\S[^:\n]{0,15}?) +([\d.]+)(?: +[\d.-]+){4,}$", part, re.MULTILINE):
        picture.add(name, "throughput", speed)
    return picture


def sniffers(text):
    picture = Picture("sniffers", "One capture of frames of 100 octets, read by each", "thousand frames/s", log=True)
    for what, who, speed in re.findall(r"^(.+?) {2,}(slip-dump|tcpdump|tshark) +[\d.]+ s +(\d+) thousand frames/s$", text, re.MULTILINE):
        picture.add(what, who, max(int(speed), 1))
    return picture


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    text, folder = Path(sys.argv[1]).read_text(), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [picture for make in (slip, slip_dump, frame, fcs, envelope, bus, tun, sniffers) if (picture := make(text)).values]
    if not pictures:
        sys.exit(f"plots.py: {sys.argv[1]}: no figures of a bench in it (make bench prints them)")
    for picture in pictures:
        picture.draw(folder)
        print(folder / f"{picture.name}.svg")


if __name__ == "__main__":
    main()
