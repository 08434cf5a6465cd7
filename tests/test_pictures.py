"""The pictures of the documents: the drawing says what the tree has, and is made of its source; what draws figures finds them in what the benches print."""
import re
import shutil
import subprocess
import sys

import pytest

from tree import ROOT

sys.path.insert(0, str(ROOT / "bench"))
import plots  # noqa: E402

SOURCE = (ROOT / "docs/architecture.dot").read_text()
LABELS = [line for label in re.findall(r'label = "([^"]+)"', SOURCE) for line in label.split("\\n")]


def test_the_drawing_is_of_this_tree():
    named = set(LABELS) | set(re.findall(r"\blib\w+", SOURCE))
    rooms = {path.name for path in (ROOT / "bin/common").iterdir()}
    assert rooms <= named
    assert {path.parent.name for path in ROOT.glob("lib*/*.pc.in")} <= named
    tools = {path.parent.name for path in (ROOT / "bin").glob("*/main.c")}
    drawn = {label for label in LABELS if re.fullmatch(r"(amqp|slip)-\w+", label)}
    assert drawn and drawn <= tools


def test_the_drawing_is_made_of_its_source():
    svg = (ROOT / "docs/architecture.svg").read_text().replace("&#45;", "-")
    missing = [label for label in LABELS if f">{label}</text>" not in svg]
    assert not missing, f"{missing}: make drawings"


FIGURES = """== bench_slip
slip_encode random 100 [avx2]                        32.07 ns/frame    0.158 x memcpy    4.60 x machine     3.12 GB/s
slip_decode all ESC 1500 [scalar]                   764.53 ns/frame    0.047 x memcpy    3.53 x machine     1.96 GB/s
== bench_frame
frame_parse          32.44 ns/frame
65536  frame_fcs16           9.11 GB/s    0.21 of memcpy    23.30 times octet by octet
== bench_envelope
json read 1400         jansson        318739.7 ns/packet    0.004 GB/s   0.0001     1.00
gso segment 64000      libenvelope      6240.2 ns/packet   10.256 GB/s   0.4595
== bench_bus
bus kept    100 octets: direct     41000 messages/s, ours     39000, ours/direct 0.95
== bench_slip_dump
                                    frames/s  ns/frame  of cat  CPU ns    MiB
--fcs none --dlt nofcs            12,345,678        81    0.51      90    5.1
== bench_tun
                   Mbit/s  idle p50  idle p99  loaded p50  loaded p99 pkt/s out  pkt/s back  CPU us/pkt   MiB
gso                  3500     0.100     0.200        1.00        2.0    100000      100000        5.0  10.0
openvpn               900     0.100     0.200           -          -    100000      100000        5.0  10.0
JSON                             slip-dump      0.08 s        254 thousand frames/s
a line a frame                   tshark         1.02 s         20 thousand frames/s
"""


def test_figures_are_found():
    found = {make.__name__: make(FIGURES).values for make in (plots.slip, plots.slip_dump, plots.frame, plots.fcs, plots.envelope, plots.bus, plots.tun, plots.sniffers)}
    assert found == {
        "slip": {"encode random 100": {"avx2": 3.12}, "decode all ESC 1500": {"scalar": 1.96}},
        "slip_dump": {"--fcs none --dlt nofcs": {"frames/s": 12345678}},
        "frame": {"frame_parse": {"time": 32.44}}, "fcs": {"65536": {"frame_fcs16": 9.11}},
        "envelope": {"json read 1400": {"jansson": 0.004}, "gso segment 64000": {"libenvelope": 10.256}},
        "bus": {"kept 100": {"rabbitmq-c by itself": 41000, "framebus": 39000}},
        "tun": {"gso": {"throughput": 3500}, "openvpn": {"throughput": 900}},
        "sniffers": {"JSON": {"slip-dump": 254}, "a line a frame": {"tshark": 20}}}


def run(figures, tmp_path):
    (tmp_path / "bench.txt").write_text(figures)
    return subprocess.run([sys.executable, ROOT / "bench/plots.py", tmp_path / "bench.txt", tmp_path / "plots"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=50)


def test_what_has_no_figures_is_told(tmp_path):
    done = run("nothing\n", tmp_path)
    assert done.returncode == 1 and "no figures" in done.stderr


@pytest.mark.skipif(not shutil.which("gnuplot"), reason="gnuplot is not installed (make plots does)")
def test_each_bench_has_its_picture(tmp_path):
    done = run(FIGURES, tmp_path)
    assert done.returncode == 0, done.stderr
    pictures = {path.name: path.read_text() for path in (tmp_path / "plots").glob("*.svg")}
    assert set(pictures) == {f"{name}.svg" for name in ("slip", "slip_dump", "frame", "fcs", "envelope", "bus", "tun", "sniffers")}
    assert all(text.rstrip().endswith("</svg>") for text in pictures.values()) and "jansson" in pictures["envelope.svg"]
