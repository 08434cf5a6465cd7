#!/usr/bin/python3
"""Makes docs/wireshark.png anew: Wireshark's window on a display of its own (Xvfb), while slip-dump captures from a simulated mote.

    BUILD=build docs/screenshots.py [OUT.png]

`make screenshots` builds, installs what it needs (packaging/packages.txt, purpose "screenshots") and runs this.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from air import Air, Sensniff, until  # noqa: E402

TOOL = (Path(os.environ.get("BUILD", ROOT / "build")) / "bin" / "slip-dump").resolve()
WIDTH, HEIGHT = 1180, 640
RECENT = f"""privs.warn_if_elevated: FALSE
gui.interface_toolbar_show: "802.15.4 probe"
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: {WIDTH}
gui.geometry_main_height: {HEIGHT}
gui.geometry_main_maximized: FALSE
"""
PREFERENCES = """gui.update.enabled: FALSE
gui.ask_unsaved: FALSE
extcap.slip_dump.port: {port}
extcap.slip_dump.firmware: sensniff
extcap.slip_dump.channel: 15
"""


def udp(source_port, port, payload, source):
    """Compressed ports (RFC 6282, 4.3.1), between fe80::ff:fe00:SOURCE and fe80::ff:fe00:0."""
    ports = [0xf000 + source_port, 0xf000 + port]
    words = [0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, source] + [0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 0] + [8 + len(payload), 17, *ports, 8 + len(payload)]
    octets = struct.pack(f">{len(words)}H", *words) + payload
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return bytes([0xf0]) + struct.pack(">HHH", *ports, total ^ 0xffff) + payload


def frames():
    """A small network: beacons, data that are acknowledged, and an address that nobody has."""
    sequence = 0
    while True:
        yield bytes.fromhex("0080") + bytes([sequence & 255]) + bytes.fromhex("cdab0000ffcf0000") + b"\0\0\0\0"
        for source in (1, 2, 3):
            sequence += 1
            yield (bytes.fromhex("6188") + bytes([sequence & 255]) + struct.pack("<HHH", 0xabcd, 0, source)
                   + bytes.fromhex("7e33") + udp(0xb1, 0xb2, b"reading %d" % sequence, source))
            yield bytes.fromhex("0200") + bytes([sequence & 255])


class Desk:
    """A display, a home and a mote, all gone afterwards."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.processes = []
        self.home = self.folder / "home"
        self.port = self.folder / "probe"
        self.environment = {**{k: v for k, v in os.environ.items() if not k.startswith("XDG_")}, "HOME": str(self.home),
                            "XDG_RUNTIME_DIR": str(self.folder), "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"}

    def start(self, *command, **more):
        process = subprocess.Popen(command, env=self.environment, **more)
        self.processes.append(process)
        return process

    def display(self):
        """Xvfb says which display it is when it answers."""
        reading, writing = os.pipe()
        self.start("Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", pass_fds=[writing],
                   stderr=subprocess.DEVNULL)
        os.close(writing)
        with open(reading, encoding="ascii") as answer:
            number = answer.readline().strip()
        assert number, "Xvfb does not start"
        self.environment["DISPLAY"] = f":{number}"

    def settle_wireshark(self):
        configuration = self.home / ".config" / "wireshark"
        for extcap in (configuration / "extcap", self.home / ".local" / "lib" / "wireshark" / "extcap"):
            extcap.mkdir(parents=True)
            (extcap / "slip-dump").symlink_to(TOOL)
        (configuration / "recent_common").write_text(RECENT)
        (configuration / "recent").write_text(RECENT)
        (configuration / "preferences").write_text(PREFERENCES.format(port=self.port))

    def windows(self, name):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", name], env=self.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
        return found.stdout.split()

    def xdotool(self, *words):
        subprocess.run(["xdotool", *words], env=self.environment, check=True)

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"screenshots.py: {what}: not in {seconds} s")
        time.sleep(0.1)


def choose_channel(desk, mote):
    """In the toolbar, while the capture runs: the selector is where Wireshark draws it in a window of this size."""
    desk.xdotool("mousemove", "275", "106", "click", "1")
    time.sleep(1)
    desk.xdotool("type", "20")
    desk.xdotool("key", "Return")
    until(lambda: mote.channel == 20, mote.changed, 30)


def take(out):
    with tempfile.TemporaryDirectory(prefix="framebus-screenshots-") as folder:
        desk = Desk(folder)
        air = Air()
        mote = Sensniff(str(desk.port), air)
        try:
            desk.display()
            desk.settle_wireshark()
            desk.start("wireshark", "-k", "-i", "slip-dump", stderr=subprocess.DEVNULL)
            until(lambda: mote.channel == 15, mote.changed, 120)
            wait_for(lambda: desk.windows("Capturing from"), "Wireshark captures")
            source = frames()
            for number in range(40):
                mote.hear(next(source), rssi=-50 - number % 30, lqi=100)
                time.sleep(0.05)
                if number == 30:
                    choose_channel(desk, mote)
            desk.xdotool("mousemove", "900", "60")
            time.sleep(3)  # Wireshark draws what has come
            subprocess.run(["import", "-window", "root", "+dither", "-colors", "64", "-depth", "8", str(out)], env=desk.environment, check=True)
        finally:
            desk.close()
            mote.close()


if __name__ == "__main__":
    missing = [program for program in ("Xvfb", "wireshark", "xdotool", "import") if not shutil.which(program)]
    if missing:
        sys.exit(f"screenshots.py: not there: {', '.join(missing)} (make screenshots installs them)")
    if not TOOL.exists():
        sys.exit(f"screenshots.py: {TOOL}: not there (make builds it, BUILD says where)")
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "wireshark.png")
