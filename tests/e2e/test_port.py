"""The port of a probe: unplugged and found again, its lines and settings, TCP, and which ones there are."""
import os
import pathlib
import pty
import shutil
import socket
import struct
import subprocess
import termios
import time
import tty

import pytest

import harness
from harness import records_so_far
from test_slip_dump import _ignores_sigterm_default, check_sums, numbered, slip

CAPTURE = ("--fcs", "none", "-U")


class Plug:
    """A terminal under one name, pulled and put in again."""

    def __init__(self, link):
        self.link = link
        self.master = self.slave = None

    def put_in(self, octets=b""):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.write(self.master, octets)
        temporary = f"{self.link}.new"
        os.symlink(os.ttyname(self.slave), temporary)
        os.replace(temporary, self.link)

    def pull(self, keep_name=False):
        if not keep_name:
            os.unlink(self.link)
        os.close(self.slave)
        os.close(self.master)
        self.master = None

    def write(self, octets):
        os.write(self.master, octets)


@pytest.fixture
def plug(tmp_path):
    plugs = []

    def make(name="probe", octets=b""):
        one = Plug(tmp_path / name)
        one.put_in(octets)
        plugs.append(one)
        return one
    yield make
    for one in plugs:
        if one.master is not None:
            one.pull(keep_name=True)


def frames_in(path):
    """So far: it may be written at this moment."""
    return [r.data for r in records_so_far(path)]


def read_octets(fd, count):
    """So many, in however many pieces they come."""
    data = b""
    while len(data) < count:
        data += os.read(fd, 4096)
    return data


PRELOADED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/serial.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
/* A terminal whose modem lines and driver settings are written to a file, and when a path is looked at. */
static FILE *open_log(void)
{
	return fopen(getenv("IOCTL_LOG"), "ae");
}
int inotify_init1(int flags)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "inotify_init1");
	FILE *log = open_log();
	fprintf(log, "look\n");
	fclose(log);
	return next(flags);
}
int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	va_start(list, request);
	void *argument = va_arg(list, void *);
	va_end(list);
	FILE *log = open_log();
	int result = 0;
	if (request == TIOCMBIS || request == TIOCMBIC)
		fprintf(log, "%s %s\n", *(int *)argument & TIOCM_DTR ? "dtr" : "rts", request == TIOCMBIS ? "on" : "off");
	else if (request == TIOCGSERIAL)
		memset(argument, 0, sizeof(struct serial_struct));
	else if (request == TIOCSSERIAL && getenv("NO_LATENCY"))
		errno = EPERM, result = -1;
	else if (request == TIOCSSERIAL)
		fprintf(log, "low latency %d\n", !!(((struct serial_struct *)argument)->flags & ASYNC_LOW_LATENCY));
	else {
		int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
		result = next(fd, request, argument);
	}
	fclose(log);
	return result;
}
"""


@pytest.fixture
def preloaded(tmp_path):
    """The environment of a tool whose terminal has modem lines and a driver's settings; what is done to them is in the file "log"."""
    if os.environ.get("FLAVOUR") == "asan":
        pytest.skip("a preloaded library does not go with the sanitizers")
    (tmp_path / "log").write_text("")
    return {"LD_PRELOAD": harness.preload(tmp_path, PRELOADED), "IOCTL_LOG": str(tmp_path / "log")}


# --- unplugged ---

@pytest.mark.alone
@pytest.mark.parametrize("keeps_name", [False, True])
def test_a_port_is_found_again_any_number_of_times(tool, plug, tmp_path, keeps_name):
    port, out, frames = plug(), tmp_path / "out.pcap", numbered(80)
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-w", out, "-v", "-v", *CAPTURE)
    took, written = [], 0
    for i in range(40):
        first, second = slip(frames[2 * i]) + b"\xc0\1\2", slip(frames[2 * i + 1])
        port.write(first)
        written += len(first)
        dump.wait_stats(lambda s: s["slip.octets"] == written)  # what is not read when it is pulled is lost
        written += len(second)
        harness.wait_until(lambda n=2 * i + 1: len(frames_in(out)) == n, what=f"frame {2 * i}")
        port.pull(keeps_name)
        # Written before anybody can have opened it: the first complete frame is there.
        pulled = time.monotonic()
        port.put_in(second)
        harness.wait_until(lambda n=2 * i + 2: len(frames_in(out)) == n, what=f"frame {2 * i + 1}")
        took.append(time.monotonic() - pulled)
    stats = dump.stop()
    check_sums(stats)
    assert frames_in(out) == frames, "in the same file"
    assert sorted(took)[-4] < 1.5, f"found within a second, but for what else the machine does: {took}"
    assert stats["port.lost"] == 40 and stats["slip.unfinished"] == 40
    assert stats["port.away_ms"] < 40 * 500, "the system says when it is there: it is not looked for once a second"
    assert dump.stderr.count("the port is gone") == 40 and dump.stderr.count("there again, after") == 40


def test_a_port_that_flaps_says_so_sixteen_times_a_minute(tool, plug, tmp_path):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", *CAPTURE)
    for i in range(40):
        port.pull()
        port.put_in(b"\xc0\2\0\1")
        dump.wait_stats(lambda s, n=i + 1: s["port.lost"] == n and s["slip.octets"] == 4 * n)
    port.pull()
    dump.wait_stats(lambda s: s["port.lost"] == 41)
    stats = dump.stop()
    lines = [line for line in dump.stderr.splitlines() if " more" not in line]
    assert stats["port.lost"] == 41
    assert sum("the port is gone" in line for line in lines) == 16 and sum("there again, after" in line for line in lines) <= 16
    assert sum("ends inside a frame" in line for line in lines) == 1 and "more lines such as" in dump.stderr


def test_its_folder_may_come_and_go(tool, plug, tmp_path):
    folder = tmp_path / "serial" / "by-id"
    folder.mkdir(parents=True)
    port = plug("serial/by-id/probe")
    dump = tool("slip-dump", "-p", folder / "probe", "-w", tmp_path / "out.pcap", *CAPTURE)
    for i in range(4):
        port.pull()
        dump.wait_stats(lambda s, n=i + 1: s["port.lost"] == n)
        shutil.rmtree(tmp_path / "serial")
        folder.mkdir(parents=True)
        port.put_in(slip(numbered(4)[i]))
        harness.wait_until(lambda n=i + 1: len(frames_in(tmp_path / "out.pcap")) == n)
    dump.stop()
    assert frames_in(tmp_path / "out.pcap") == numbered(4)


def test_a_stop_while_it_is_away(tool, plug, tmp_path):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-w", tmp_path / "out.pcap")
    port.pull()
    dump.wait_stderr("the port is gone")
    assert dump.stop()["port.lost"] == 1


def test_it_is_looked_for_once_a_second_and_when_it_may_have_come(tool, plug, preloaded, tmp_path):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", env=preloaded)
    begun, looks = time.monotonic(), lambda: (tmp_path / "log").read_text().count("look")
    port.pull()
    dump.wait_stderr("the port is gone")
    for i in range(200):
        (tmp_path / f"other-{i}").touch()
    harness.wait_until(lambda: looks() >= 4, what="it is looked for")
    assert time.monotonic() - begun > 2.0, "no more than once a second, whatever else comes in its folder"
    dump.stop()


def test_a_port_that_never_was_is_an_error(tool, tmp_path):
    dump = tool("slip-dump", "-p", tmp_path / "probe", wait=False)
    dump.wait(status=1)
    assert "no such port" in dump.stderr


def test_wait_port(tool, plug, tmp_path):
    dump = tool("slip-dump", "-p", tmp_path / "probe", "--wait-port", wait=False)
    dump.wait_stderr("waits for it: no such port")
    plug()
    dump.wait_ready()
    dump.stop()
    assert dump.stderr.count("waits for it") == 1
    again = tool("slip-dump", "-p", tmp_path / "never", "--wait-port", wait=False)
    again.wait_stderr("waits for it: no such port")
    again.stop()


def test_frames_to_a_probe_that_is_away_are_counted(bus_tool, plug, witness, tmp_path):
    port, w = plug(), witness("#")
    serial = bus_tool("amqp-serial", "-n", "a", "-p", tmp_path / "probe")
    port.pull()
    serial.wait_stats(lambda s: s["port.lost"] == 1)
    key, data = "toAgent.a.802154.serial.packet.raw", numbered(2)
    w.publish(key, harness.json.dumps({"data": list(data[0]), "interface_name": "serial", "timestamp": 1}))
    serial.wait_stats(lambda s: s["downlink.dropped_port_gone"] == 1)
    port.put_in()
    serial.wait_stderr("there again, after")
    w.publish(key, harness.json.dumps({"data": list(data[1]), "interface_name": "serial", "timestamp": 1}))
    serial.wait_stats(lambda s: s["downlink.delivered"] == 1)
    assert read_octets(port.master, len(slip(data[1]))) == slip(data[1])
    serial.stop()


# --- lines and settings ---

@pytest.fixture
def lines(tool, plug, preloaded, tmp_path):
    """lines(*options): what was done to the modem lines and the driver, and the terminal's settings."""
    def run(*options, **env):
        (tmp_path / "log").write_text("")
        port = plug()
        dump = tool("slip-dump", "-p", tmp_path / "probe", *options, env={**preloaded, **env})
        settings = termios.tcgetattr(port.slave)
        dump.stop()
        return (tmp_path / "log").read_text().splitlines(), settings, dump.stderr
    return run


@pytest.mark.parametrize("options,done", [
    ([], []), (["--dtr", "on"], ["dtr on"]), (["--dtr", "off", "--rts", "off"], ["dtr off", "rts off"]), (["--rts", "on"], ["rts on"]),
    (["--reset"], ["dtr off", "dtr on"]), (["--reset", "--dtr", "off"], ["dtr off", "dtr on", "dtr off"]),
])
def test_modem_lines(lines, options, done):
    log, settings, _ = lines(*options)
    assert log == [*done, "low latency 1"]
    assert not settings[2] & termios.HUPCL, "no reset at the end either"


def test_a_driver_without_low_latency_is_no_news(lines):
    end, statistics = lines(NO_LATENCY="1")[2].splitlines()
    assert "0 frames, 0 dropped" in end and statistics.startswith("{"), "nothing else"


def test_flow_control(lines):
    crtscts, xon = termios.CRTSCTS, termios.IXON | termios.IXOFF
    for options, cflag, iflag in (([], 0, 0), (["--flow", "rtscts"], crtscts, 0), (["--flow", "xonxoff"], 0, xon)):
        settings = lines(*options)[1]
        assert (settings[2] & crtscts, settings[0] & xon) == (cflag, iflag), options


def test_a_line_that_a_port_does_not_have_is_said(tool, plug, tmp_path):
    plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "--dtr", "on")
    dump.wait_stderr("has no DTR to be set")


def test_wrong_usage(tool):
    dump = tool("slip-dump", "-p", "/dev/x", "--flow", "rtscts", "--rts", "on", wait=False)
    dump.wait(status=2)
    assert "exclude each other" in dump.stderr


# --- TCP ---

@pytest.mark.parametrize("family,host", [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "[::1]")])
def test_a_port_behind_tcp(tool, tmp_path, family, host):
    with socket.socket(family) as server:
        server.bind((host.strip("[]"), 0))
        server.listen()
        out, frames = tmp_path / "out.pcap", numbered(3)
        dump = tool("slip-dump", "-p", f"tcp:{host}:{server.getsockname()[1]}", "-w", out, *CAPTURE)
        for i, frame in enumerate(frames):
            server.settimeout(harness.PATIENCE)
            with server.accept()[0] as connection:
                connection.sendall(slip(frame) + b"\xc0\1")
                harness.wait_until(lambda n=i + 1: len(frames_in(out)) == n)
        dump.wait_stats(lambda s: s["port.lost"] == 3)
        stats = dump.stop()
    assert frames_in(out) == frames
    check_sums(stats)


@pytest.mark.parametrize("port,words", [("tcp:", "is not tcp:HOST:PORT"), ("tcp:localhost", "is not tcp:HOST:PORT"), ("tcp:a:70000", "is not tcp"),
                                        ("tcp://localhost:1", "is not tcp:HOST:PORT"), ("localhost:1", "another host is tcp:HOST:PORT"),
                                        ("socket://localhost:1", "another host is tcp"), ("tcp:127.0.0.1:1", "refused"), ("tcp:no.such.host.invalid:7", "no.such.host.invalid")])
def test_a_tcp_port_that_is_not_there(tool, port, words):
    dump = tool("slip-dump", "-p", port, wait=False)
    dump.wait(status=2 if "is not tcp" in words else 1)
    assert words in dump.stderr


def test_a_stop_while_a_connection_is_being_made(tool):
    # A queue that is full: nobody answers.
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        with socket.socket() as one, socket.socket() as two:
            for s in (one, two):
                s.setblocking(False)
                s.connect_ex(server.getsockname())
            dump = tool("slip-dump", "-p", "tcp:127.0.0.1:%d" % server.getsockname()[1], "--wait-port", wait=False)
            harness.wait_until(lambda: _ignores_sigterm_default(dump.pid) and _waits(dump.pid), what="its signals are its own, and it waits")
            dump.stop()


def _waits(pid):
    return "poll" in open(f"/proc/{pid}/wchan").read() or open(f"/proc/{pid}/stat").read().split()[2] == "S"


# --- which ones there are ---

@pytest.fixture
def machine(tmp_path):
    """/dev and /sys of a machine with three ports, in a mount namespace: run(program, *arguments)."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    dev, sys_ = tmp_path / "dev", tmp_path / "sys"
    (dev / "serial" / "by-id").mkdir(parents=True)
    (sys_ / "class" / "tty").mkdir(parents=True)

    def add(name, by_id=None, **usb):
        os.mkfifo(dev / name)  # to open it would wait
        if by_id:
            (dev / "serial" / "by-id" / by_id).symlink_to(f"../../{name}")
        device = sys_ / "devices" / "usb1" / f"1-{name}"
        (device / "1:1.0" / name).mkdir(parents=True)
        for attribute, value in usb.items():
            (device / attribute).write_bytes(value + b"\n")
        (sys_ / "class" / "tty" / name).mkdir()
        (sys_ / "class" / "tty" / name / "device").symlink_to(f"../../../devices/usb1/1-{name}/1:1.0/{name}")
    add("ttyACM0", "usb-Nordic_nRF52840-if01", idVendor=b"1915", idProduct=b"154a", manufacturer=b"Nordic {}", product=b"nRF52840", serial=b"E5\x1b[31m")
    add("ttyUSB1", "usb-Silicon_Labs_CP2104_0001-if00", idVendor=b"10c4", idProduct=b"ea60", manufacturer=b"Silicon Labs", product=b"CP2104", serial=b"0001")
    add("ttyUSB10")

    def run(program, *arguments):
        script = f'mount --bind {dev} /dev && mount --bind {sys_} /sys && exec "$@"'
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", str(harness.binaries_folder() / program), *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
        if "unshare" in done.stderr or "mount" in done.stderr:
            pytest.skip("no mount namespaces here")
        return done
    return run


@pytest.mark.parametrize("program", ["slip-dump", "amqp-serial"])
def test_list(machine, program):
    done = machine(program, "--list")
    assert done.returncode == 0 and done.stdout.splitlines() == [
        "/dev/serial/by-id/usb-Nordic_nRF52840-if01 ttyACM0 1915:154a Nordic {} nRF52840, serial E5.[31m",
        "/dev/serial/by-id/usb-Silicon_Labs_CP2104_0001-if00 ttyUSB1 10c4:ea60 Silicon Labs CP2104, serial 0001",
        "/dev/ttyUSB10 ttyUSB10 -",
    ]


def test_list_in_wireshark(machine):
    lines = machine("slip-dump", "--extcap-interfaces").stdout.splitlines()
    assert "interface {value=/dev/serial/by-id/usb-Silicon_Labs_CP2104_0001-if00}{display=802.15.4 probe on " \
        "usb-Silicon_Labs_CP2104_0001-if00 (Silicon Labs CP2104, serial 0001)}" in lines
    assert "interface {value=/dev/serial/by-id/usb-Nordic_nRF52840-if01}{display=802.15.4 probe on usb-Nordic_nRF52840-if01}" in lines, "braces"
    assert sum("value=/dev" in line for line in lines) == 3


def test_list_is_quick(machine):
    took = harness.until_quick(lambda: machine("slip-dump", "--list"), 0.5, tries=20)
    assert took[-1] < 0.5, f"with a shell and two mounts around it: {took}"


# --- what a line says, and how fast ---

SENSNIFF = b"\xc1\x1f\xfe\x72\x02\x00\x00\x06\x02\x00\x6a\xc0\x80\xff"
NRF = b"uart:~$ receive\r\nreceived: 02006a power: -60 lqi: 200 time: 1234\r\n"
HDLC = bytes.fromhex("7e800600707fd77e")
OTHERS = {
    "gzip": (bytes.fromhex("1f8b0800000000000003c0020001c0"), "is a compressed file", "unpack"),
    "text": (b"[INFO: Main      ] Starting Contiki-NG\n" * 5, "is text", "cat /dev/ttyUSB0"),
    "sensniff": (SENSNIFF * 3, "sensniff", "--firmware sensniff does"),
    "nrf": (NRF * 3, "nRF Sniffer", "--firmware nrf-sniffer does"),
    "hdlc": (HDLC * 3, "HDLC", "--firmware spinel does"),
}


def hdlc(message):
    fcs = 0xFFFF
    for octet in message:
        for bit in range(8):
            fcs = (fcs >> 1) ^ (0x8408 if (fcs ^ (octet >> bit)) & 1 else 0)
    whole = message + (fcs ^ 0xFFFF).to_bytes(2, "little")
    return b"\x7e" + b"".join(bytes([0x7D, o ^ 0x20]) if o in (0x7E, 0x7D, 0x11, 0x13, 0xF8) else bytes([o]) for o in whole) + b"\x7e"


OTHERS["hdlc"] = (hdlc(b"\x80\x06\x00\x70") * 3, *OTHERS["hdlc"][1:])


@pytest.mark.parametrize("pieces", ["whole", "octets"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_no_line_is_named(name, pieces):
    octets, what, remedy = OTHERS[name]
    dump = subprocess.Popen([harness.binaries_folder() / "slip-dump", "-r", "-", "--firmware", "raw"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    try:
        for i in range(0, len(octets), 1 if pieces == "octets" else len(octets)):
            dump.stdin.write(octets[i:] if pieces == "whole" else octets[i:i + 1])
            dump.stdin.flush()
    except BrokenPipeError:
        pass
    out, words = dump.communicate(timeout=30)
    assert dump.returncode == 1 and out == b"", "no frame is invented"
    said, end = words.decode().splitlines()
    assert what in said and remedy in said and "0 frames, 0 dropped" in end


@pytest.mark.parametrize("firmware,octets", [("sensniff", SENSNIFF), ("nrf-sniffer", NRF), ("serial-radio", slip(numbered(1)[0]))])
def test_a_file_of_its_firmware_is_read(firmware, octets):
    done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-", "--firmware", firmware], input=octets, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30, check=False)
    assert done.returncode == 0 and done.stdout.count(b"\n") == 1, done.stderr


@pytest.mark.parametrize("firmware,octets,words", [
    ("raw", SENSNIFF * 3, "is it --firmware sensniff"), ("raw", NRF * 2, "is it --firmware nrf-sniffer"), ("raw", HDLC * 4, "wrong"),
    ("raw", OTHERS["hdlc"][0] * 3, "is it --firmware spinel"), ("sensniff", b"".join(map(slip, numbered(4))), "is it --firmware raw"),
    ("raw", b"*** Booting Zephyr OS build v3.7.0 ***\r\nhello\r\n", r"nothing but text so far \('\*\*\* Booting"),
    ("raw", bytes(range(1, 0xC0)) * 2, "-b 460800 is usual too"),
])
@pytest.mark.alone
def test_a_port_that_says_something_else_is_told_within_three_seconds(tool, plug, tmp_path, firmware, octets, words):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "--firmware", firmware)
    begun = time.monotonic()
    port.write(octets)
    dump.wait_stderr(words)
    assert time.monotonic() - begun < 6
    dump.stop()


def test_a_port_that_says_what_it_should_is_no_news(tool, plug, tmp_path):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe")
    for frame in numbered(30):
        port.write(b"boot\n" + slip(frame))
        # Three seconds of traffic.
        harness.wait_until(lambda until=time.monotonic() + 0.1: time.monotonic() >= until)
    assert dump.stop()["line.passed"] == 30
    assert "likely" not in dump.stderr and "firmware" not in dump.stderr


class Mote:
    """One whose octets are garbled at another speed than its own."""

    def __init__(self, port, baud):
        self.port, self.baud = port, baud
        self.numbers = iter(range(1 << 30))

    def speed(self):
        import fcntl
        return struct.unpack("=4I20s2I", fcntl.ioctl(self.port.slave, 0x802C542A, bytes(44)))[-1]

    def frame(self):
        i = next(self.numbers)
        octets = slip(numbered(1)[0][:2] + bytes([i & 255]) + numbered(1)[0][3:] + struct.pack("<I", i))
        right = self.speed() == self.baud
        self.port.write(octets if right else bytes((o * 7 + 31 * n) & 255 for n, o in enumerate(octets)))
        return right


@pytest.mark.parametrize("baud", [115200, 460800, 57600, 1000000])
def test_the_speed_is_found_out(tool, plug, tmp_path, baud):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-b", "auto")
    right = speak_until(Mote(port, baud), lambda: f"the speed is {baud} baud" in dump.stderr)
    # Those by which it was told are there too; the first may have come while the speed was being set.
    stats = dump.wait_stats(lambda s: s["slip.frames"] in (right - 1, right) and s["slip.frames"])
    assert (stats["line.other_speed_octets"] > 0) == (baud != 115200)
    check_sums(dump.stop())


def speak_until(mote, condition, seconds=harness.PATIENCE):
    """Frames of a mote until condition() holds; how many were written since the port has the right speed."""
    right = 0
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        right = right + 1 if mote.frame() else 0
        harness.wait_until(lambda: not _readable(mote.port))
    assert condition(), "in time"
    return right


def test_another_probe_of_another_speed_is_found_on_the_same_port(tool, plug, tmp_path):
    port, out, frames = plug(), tmp_path / "out.pcap", numbered(2)
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-b", "auto", "-w", out, *CAPTURE)
    speak_until(Mote(port, 460800), lambda: "the speed is 460800 baud" in dump.stderr)
    port.pull()
    port.put_in()
    speak_until(Mote(port, 57600), lambda: "the speed is 57600 baud" in dump.stderr)
    port.write(slip(frames[0]))
    harness.wait_until(lambda: frames_in(out)[-1:] == frames[:1])
    # The same one again: nothing is looked for, and its first frame is there.
    port.pull()
    port.put_in(slip(frames[1]))
    harness.wait_until(lambda: frames_in(out)[-1:] == frames[1:])
    check_sums(dump.stop())
    assert dump.stderr.count("the speed is") == 2


def test_a_mote_that_boots_at_another_speed_is_not_left(tool, plug, tmp_path):
    port, out = plug(), tmp_path / "out.pcap"
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-b", "auto", "-w", out, "--dlt", "nofcs", *CAPTURE)
    mote = Mote(port, 460800)
    speak_until(mote, lambda: "the speed is 460800 baud" in dump.stderr)
    port.pull()
    port.put_in()
    for size in (200, 4096):
        port.write(bytes(7 * (i & 63) + 31 * i & 255 | 1 for i in range(size)) + b"\xc0")
        harness.wait_until(lambda: not _readable(port))
    for frame in numbered(200):
        port.write(slip(frame))
        harness.wait_until(lambda: not _readable(port))
    harness.wait_until(lambda: frames_in(out)[-1:] == numbered(200)[-1:])
    dump.stop()
    assert dump.stderr.count("the speed is") == 1


def _octets_read(dump):
    """By the thread that has the port, which reads nothing else."""
    tasks = [t for t in pathlib.Path(f"/proc/{dump.pid}/task").iterdir() if (t / "comm").read_text().strip() == "port"]
    return int((tasks[0] / "io").read_text().split()[1]) if tasks else 0


@pytest.mark.parametrize("stop", [False, True], ids=["an unplug", "the stop"])
def test_what_is_held_for_want_of_a_speed_is_looked_at_before(tool, plug, tmp_path, stop):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "-b", "auto")
    # One frame with a header that parses does not decide at once.
    before, octets = _octets_read(dump), slip(numbered(1)[0])
    port.write(octets)
    harness.wait_until(lambda: _octets_read(dump) >= before + len(octets))
    if not stop:
        port.pull()
        dump.wait_stats(lambda s: s["port.lost"] and s["line.passed"] == 1)
    assert dump.stop()["line.passed"] == 1


def test_another_firmware_on_the_same_port_is_told(tool, plug, tmp_path):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "--fcs", "none")
    port.write(b"".join(slip(f) for f in numbered(5)))
    dump.wait_stats(lambda s: s["line.passed"] == 5)
    port.pull()
    port.put_in(b"received: 418801cdab02000100aa power: -60 lqi: 99 time: 5\r\n" * 4)
    dump.wait_stderr("is it --firmware nrf-sniffer")
    dump.stop()


@pytest.mark.parametrize("firmware", ["raw", "serial-radio", "sensniff"])
def test_text_between_ends_and_nothing_else_is_told(tool, plug, tmp_path, firmware):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "--firmware", firmware)
    for _ in range(100):
        port.write(b"\x1b[31mAT+CSQ\r\nOK\r\nuart:~$ hello, world, again\xc0")
        harness.wait_until(lambda: not _readable(port))
    dump.wait_stderr("says nothing but text so far .*AT.CSQ")
    dump.stop()


def test_what_nothing_is_known_of_is_told_at_the_end(tool, plug, tmp_path):
    port = plug()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "--firmware", "sensniff")
    words = b"\x01\x82" * 5 + b"some words, and then some more and more" + b"\xc0" * 3
    for _ in range(100):
        port.write(words)
        harness.wait_until(lambda: not _readable(port))
    dump.wait_stats(lambda s: s["sensniff.octets"] == 100 * len(words))
    dump.stop()
    assert "no frame in" in dump.stderr


def _readable(port):
    """Octets that the tool has not read yet."""
    import fcntl
    return struct.unpack("i", fcntl.ioctl(port.slave, termios.FIONREAD, bytes(4)))[0]


def test_a_speed_that_is_none(tool):
    dump = tool("slip-dump", "-p", "/dev/x", "-b", "fast", wait=False)
    dump.wait(status=2)
    assert "--baud 'fast'" in dump.stderr
