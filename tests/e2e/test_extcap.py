"""slip-dump as Wireshark's extcap program: what it answers, the toolbar's pipes, and tshark itself end to end."""
import ctypes
import os
import re
import select
import struct
import subprocess
import sys
import threading

import pytest

import harness
from harness import TESTS, pcap_records
from test_port import machine  # noqa: F401 (a fixture)

sys.path.insert(0, str(TESTS))
import air as simulated  # noqa: E402

FRAME = bytes.fromhex("4188") + b"\1" + struct.pack("<HHH", 0xabcd, 0xffff, 1) + b"hello"
INITIALIZED, SET, ADD, REMOVE, ENABLE, DISABLE, STATUS_BAR = range(7)
CHANNEL, STATUS, LOG, NONE = 0, 1, 2, 255


def message(control, command, payload=b"", length=None):
    size = len(payload) + 2 if length is None else length
    return b"T" + size.to_bytes(3, "big") + bytes([control, command]) + payload


class Toolbar:
    """Wireshark's side of the two pipes, which it opens one after the other: reading, then writing, where it waits for the tool."""

    def __init__(self, folder):
        self.paths = [folder / "control_in", folder / "control_out"]
        for path in self.paths:
            os.mkfifo(path)
        self.options = ["--extcap-control-in", self.paths[0], "--extcap-control-out", self.paths[1]]
        self.data, self.messages = b"", []
        self.changed = threading.Condition()
        self.writer = None

    def open(self):
        reader = os.open(self.paths[1], os.O_RDONLY | os.O_NONBLOCK)
        self.writer = os.open(self.paths[0], os.O_WRONLY)
        threading.Thread(target=self._read, args=[reader], daemon=True).start()

    def _read(self, reader):
        while True:
            select.select([reader], [], [])
            octets = os.read(reader, 65536)
            if not octets:
                break
            with self.changed:
                self.data += octets
                while len(self.data) >= 4 and len(self.data) >= 4 + int.from_bytes(self.data[1:4], "big"):
                    size = 4 + int.from_bytes(self.data[1:4], "big")
                    assert self.data[:1] == b"T" and size >= 6
                    self.messages.append((self.data[4], self.data[5], self.data[6:size].decode()))
                    self.data = self.data[size:]
                self.changed.notify_all()
        os.close(reader)

    def send(self, *messages):
        os.write(self.writer, b"".join(messages))

    def wait(self, control, command, pattern=""):
        def find():
            return next((text for c, k, text in self.messages if (c, k) == (control, command) and re.search(pattern, text)), None)
        with self.changed:
            assert self.changed.wait_for(lambda: find() is not None, harness.PATIENCE), (control, command, pattern, self.messages)
            return find()

    def forget(self):
        with self.changed:
            self.messages.clear()

    def close(self):
        if self.writer is not None:
            os.close(self.writer)
        self.writer = None


@pytest.fixture
def toolbar(tmp_path):
    bar = Toolbar(tmp_path)
    yield bar
    bar.close()


class Capture:
    def __init__(self, path):
        self.path, self.data = path, b""
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        with open(self.path, "rb", buffering=0) as fifo:
            while octets := fifo.read(65536):
                with self.changed:
                    self.data += octets
                    self.changed.notify_all()

    def wait(self, count):
        """The records, once there are so many."""
        def records():
            try:
                return pcap_records(self.data)[1]
            except (struct.error, AssertionError, ValueError):
                return []
        with self.changed:
            assert self.changed.wait_for(lambda: len(records()) >= count, harness.PATIENCE), self.data
            return records()


@pytest.fixture
def extcap(tool, tmp_path, toolbar):
    """extcap(MOTE'S CLASS, FIRMWARE, OPTION...): the mote, the tool, what it captures, once the toolbar is greeted."""
    motes = []

    def start(kind, firmware, *arguments, open_toolbar=True, **options):
        motes.append(kind(str(tmp_path / "port"), **options))
        os.mkfifo(tmp_path / "fifo")
        capture = Capture(tmp_path / "fifo")
        dump = tool("slip-dump", "--capture", "--extcap-interface", tmp_path / "port", "--fifo", tmp_path / "fifo", "--firmware", firmware,
                    *toolbar.options, *arguments, wait=False)
        if open_toolbar:
            toolbar.open()
            toolbar.send(message(0, INITIALIZED))
        dump.wait_ready()
        return motes[-1], dump, capture
    yield start
    for mote in motes:
        mote.close()


def channel_of(mote):
    return mote.properties[0x21][0] if isinstance(mote, simulated.Rcp) else mote.channel


def channels_in(records):
    """Of the TAP pseudo-header (type 3); None where it has none."""
    found = []
    for record in records:
        at, end, channel = 4, struct.unpack("<H", record.data[2:4])[0], None
        while at < end:
            kind, length = struct.unpack("<HH", record.data[at:at + 4])
            channel = struct.unpack("<H", record.data[at + 4:at + 6])[0] if kind == 3 else channel
            at += 4 + (length + 3) // 4 * 4
        found.append(channel)
    return found


# --- questions ---

def ask(*arguments, program="slip-dump"):
    return subprocess.run([harness.binaries_folder() / program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=20)


@pytest.mark.parametrize("program", ["slip-dump", "amqp-dump"])
@pytest.mark.parametrize("question", ["--extcap-dlts", "--extcap-config"])
@pytest.mark.parametrize("interface", ["nonsense", "eth0", "/dev/nowhere", "/dev", "/etc/passwd"])
def test_an_interface_that_is_none_is_refused(program, question, interface):
    done = ask(question, "--extcap-interface", interface, program=program)
    assert done.returncode == 2 and done.stdout == "" and f"--extcap-interface '{interface}': no such" in done.stderr, done
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("program", ["slip-dump", "amqp-dump"])
def test_a_capture_that_lacks_something_is_refused(program, tmp_path):
    port = ["--port", "/dev/null"] if program == "slip-dump" else []
    os.mkfifo(tmp_path / "fifo")
    for arguments, words in [(["--extcap-interface", program], "--fifo"),
                             (["--extcap-interface", program, "--fifo", tmp_path / "none"], "no such FIFO"),
                             (["--extcap-interface", "nonsense", "--fifo", tmp_path / "fifo"], "no such interface")]:
        done = ask("--capture", *arguments, *port, program=program)
        assert done.returncode == 2 and words in done.stderr, (arguments, done)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("program", ["slip-dump", "amqp-dump"])
@pytest.mark.parametrize("arguments, words", [
    (["--capture", "--extcap-interface", "nonsense", "--fifo", "FIFO"], "--extcap-interface 'nonsense': no such interface"),
    (["--capture", "--extcap-interface", "SELF", "--fifo", "FILE"], "--fifo '{file}': is no FIFO"),
    (["--capture", "--extcap-interface", "SELF", "--fifo", "FOLDER"], "--fifo '{folder}': is no FIFO"),
    (["--capture", "--extcap-interface", "SELF", "--fifo"], "--fifo needs an argument"),
    (["--extcap-nonsense"], "--extcap-nonsense: no such option, and nothing is asked for"),
    (["--extcap-version=4.0"], "--extcap-version: no such option, and nothing is asked for"),
    (["--extcap-interface", "SELF"], "nothing is asked for"),
    (["--extcap-control-in", "FIFO"], "nothing is asked for"),
    (["--extcap-config"], "--extcap-config needs --extcap-interface"),
    (["--extcap-dlts"], "--extcap-dlts needs --extcap-interface"),
    (["--extcap-dlts", "--extcap-config", "--extcap-interface", "SELF"], "exclude each other"),
    (["--extcap-interfaces", "--capture", "--fifo", "FIFO"], "exclude each other"),
])
def test_nonsense_is_named(program, arguments, words, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").write_text("kept")
    named = {"SELF": program, "FIFO": tmp_path / "fifo", "FILE": tmp_path / "file", "FOLDER": tmp_path}
    done = ask(*[named.get(word, word) for word in arguments], program=program)
    assert done.returncode == 2 and done.stdout == "", done
    assert words.format(file=tmp_path / "file", folder=tmp_path) in done.stderr, done
    assert (tmp_path / "file").read_text() == "kept"


def test_an_interface_that_is_a_port_has_no_other():
    done = ask("--capture", "--extcap-interface", "/dev/one", "--port", "/dev/two", "--fifo", "/dev/null")
    assert done.returncode == 2 and "--extcap-interface '/dev/one' and -p /dev/two are two ports" in done.stderr


@pytest.mark.parametrize("program", ["slip-dump", "amqp-dump"])
def test_what_is_passed_over_is_said_unless_it_is_wiresharks(program):
    done = ask("--extcap-interfaces", "--extcap-later", "--extcap-latest=1", "--fliter", "type=data", "-Z", program=program)
    assert done.returncode == 0 and "interface {value=" in done.stdout
    assert done.stderr.splitlines() == [f"{program}: --fliter: no such option; did you mean --filter? (it is passed over)",
                                        f"{program}: -Z: no such option (it is passed over)"]


def sentences(text, kind):
    return [dict(re.findall(r"\{(\w+)=([^}]*)\}", line)) for line in text.splitlines() if line.startswith(kind + " ")]


def test_every_argument_is_an_option_and_has_its_place():
    text = ask("--extcap-config", "--extcap-interface", "slip-dump").stdout
    arguments, values = sentences(text, "arg"), sentences(text, "value")
    assert [int(a["number"]) for a in arguments] == list(range(len(arguments)))
    usage = ask("--help").stdout
    assert all(f" {a['call']}" in usage for a in arguments)
    assert {"--port", "--baud", "--firmware", "--channel", "--fcs", "--max-frame", "--filter", "--wait-port"} <= {a["call"] for a in arguments}
    assert {a["group"] for a in arguments} == {"Port", "Probe", "Frames"}
    for a in arguments:
        own = [v for v in values if v["arg"] == a["number"]]
        assert bool(own) == (a["type"] == "selector"), a
        assert not own or [v["default"] for v in own].count("true") == 1
    # What they say is taken as it is, also all of it at once.
    port = next(a for a in arguments if a["call"] == "--port")
    assert port["required"] == "true"
    words = []
    for a in arguments:
        own = [v["value"] for v in values if v["arg"] == a["number"]]
        words += [[a["call"], value] for value in (own or [a["default"]] if own or "default" in a else [])]
    for word in words:
        done = ask(*word, "-r", "/dev/null")
        # It is taken; that there is nothing to read is said.
        assert done.returncode == 1 and "is empty" in done.stderr, (word, done.stderr)


def test_the_toolbar_is_described():
    text = ask("--extcap-interfaces", "--extcap-version=4.0").stdout
    controls = sentences(text, "control")
    assert [(c["number"], c["type"], c["display"], c.get("role")) for c in controls] == [
        ("0", "selector", "Channel", None), ("1", "string", "Captured", None), ("2", "button", "Log", "logger")]
    values = sentences(text, "value")
    assert [v["value"] for v in values] == ["-1", *map(str, range(11, 27))] and {v["control"] for v in values} == {"0"}
    assert "control" not in ask("--extcap-interfaces", program="amqp-dump").stdout.split()


def test_wireshark_asks_of_a_filter():
    def judge(expression):
        done = ask("--extcap-capture-filter", expression, "--extcap-interface", "slip-dump")
        assert done.returncode == 0 and done.stderr == ""
        return done.stdout
    assert judge("type=data and pan=abcd") == ""
    assert "'dat'" in judge("type=dat") and judge("(").count("\n") == 1


def test_wireshark_asks_of_a_filter_of_the_bus():
    """The answer came when the broker did, and the filter was passed over."""
    def judge(expression):
        done = ask("--extcap-capture-filter", expression, "--extcap-interface", "amqp-dump", program="amqp-dump")
        assert done.returncode == 0 and done.stderr == ""
        return done.stdout
    assert judge("udp port 5683") == ""
    assert "syntax error" in judge("udp port") and judge("type=data").count("\n") == 1


def opened(folder, act):
    """The files of a folder that somebody has opened meanwhile."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_NONBLOCK)
    names = {libc.inotify_add_watch(fd, str(path).encode(), 0x20): path.name for path in folder.iterdir() if path.is_fifo()}
    act()
    try:
        events = os.read(fd, 4096)
    except BlockingIOError:
        events = b""
    os.close(fd)
    return [names[struct.unpack_from("i", events, at)[0]] for at in range(0, len(events), 16)]


def test_listing_opens_no_port(machine, tmp_path):  # noqa: F811
    dev = tmp_path / "dev"

    def ask_all():
        for question in (["--extcap-interfaces"], ["--extcap-config", "--extcap-interface", "slip-dump"], ["--extcap-dlts", "--extcap-interface", "slip-dump"]):
            done = machine("slip-dump", *question)
            assert done.returncode == 0 and done.stdout, done
    assert opened(dev, ask_all) == []
    assert opened(dev, lambda: os.close(os.open(dev / "ttyUSB1", os.O_RDONLY | os.O_NONBLOCK))) == ["ttyUSB1"], "the witness sees what is opened"


def test_listing_is_quick(machine):  # noqa: F811
    took = harness.until_quick(lambda: machine("slip-dump", "--extcap-interfaces"), 1)
    assert took[-1] < 1, f"with a shell and two mounts around it: {took}"


@pytest.mark.skipif(os.environ.get("FLAVOUR", "gcc") != "gcc", reason="a sanitizer takes longer to begin")
@pytest.mark.parametrize("program", ["slip-dump", "amqp-dump"])
def test_listing_takes_less_than_50_ms_of_a_processor(program):
    def seconds():
        before = os.times()
        ask("--extcap-interfaces", program=program)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system
    assert min(seconds() for _ in range(5)) < 0.05


# --- the toolbar ---

MOTES = {"sensniff": simulated.Sensniff, "nrf-sniffer": simulated.NrfSniffer, "serial-radio": simulated.SerialRadio, "spinel": simulated.Rcp}


@pytest.mark.parametrize("firmware", sorted(MOTES))
def test_the_channel_changes_while_frames_come(extcap, toolbar, firmware):
    mote, dump, capture = extcap(MOTES[firmware], firmware, "--channel", "15")
    toolbar.wait(CHANNEL, SET, "^15$")
    mote.wait(lambda: channel_of(mote) == 15 and getattr(mote, "receiving", True))
    if firmware == "spinel":
        mote.wait(lambda: mote.properties[0x37] == b"\1")
    mote.hear(FRAME)
    capture.wait(1)
    toolbar.send(message(CHANNEL, SET, b"20"))
    mote.wait(lambda: channel_of(mote) == 20 and getattr(mote, "receiving", True))
    toolbar.wait(CHANNEL, SET, "^20$")
    toolbar.wait(STATUS, SET, "^channel 20: 1 frame$")
    mote.hear(FRAME)
    assert channels_in(capture.wait(2)) == [15, 20]
    assert toolbar.wait(CHANNEL, ENABLE) == ""
    stats = dump.stop()
    assert stats["output.written"] == 2


def test_what_the_toolbar_offers_is_what_the_firmware_has(extcap, toolbar):
    _, dump, _ = extcap(simulated.Rcp, "spinel", "--channel", "200", channels=range(11, 201))
    toolbar.wait(CHANNEL, REMOVE)
    toolbar.wait(CHANNEL, ADD, "^-1\0as it is$")
    toolbar.wait(CHANNEL, ADD, "^0$")
    toolbar.wait(CHANNEL, ADD, "^128$")
    toolbar.wait(CHANNEL, ADD, "^200$")
    toolbar.wait(CHANNEL, SET, "^200$")
    dump.stop()


def test_a_channel_that_is_refused_is_said_and_set_back(extcap, toolbar):
    mote, dump, _ = extcap(simulated.Rcp, "spinel", "--channel", "15")
    mote.wait(lambda: mote.properties[0x37] == b"\1")
    toolbar.wait(CHANNEL, SET, "^15$")
    toolbar.forget()
    toolbar.send(message(CHANNEL, SET, b"30"))
    toolbar.wait(NONE, STATUS_BAR, "channel 30 is refused")
    toolbar.wait(LOG, ADD, r"^\d\d:\d\d:\d\d slip-dump: .*channel 30 is refused.*\n$")
    toolbar.wait(CHANNEL, SET, "^15$")
    dump.stop()
    assert "channel 30 is refused" in dump.stderr


def test_a_firmware_that_cannot_be_told_says_so(extcap, toolbar):
    mote, dump, capture = extcap(simulated.SerialRadio, "raw")
    assert toolbar.wait(CHANNEL, DISABLE) == ""
    toolbar.wait(NONE, STATUS_BAR, "cannot be told")
    toolbar.forget()
    toolbar.send(message(CHANNEL, SET, b"20"))
    toolbar.wait(NONE, STATUS_BAR, "firmware 'raw' cannot be told a channel")
    toolbar.wait(CHANNEL, SET, "^-1$")
    mote.hear(FRAME)
    capture.wait(1)
    assert mote.told == []
    dump.stop()


HOSTILE = [b"T", b"TTTTTTTT", b"\0" * 100, message(0, SET, b"20", length=0), message(0, SET, b"20", length=1), b"T\xff\xff\xff", b"T\1\0\2",
           message(7, SET, b"20"), message(0, 99, b"20"), message(255, INITIALIZED), message(0, SET), message(0, SET, b"999999999999"),
           message(0, SET, b"2/"), message(0, SET, b"1:"), message(0, SET, b"-5"), message(0, SET, b"\xff\x1b[2J"), message(0, SET, b"x" * 60000), message(1, SET, b"typed"),
           message(0, ADD, b"33"), message(0, SET, b"99")]


def test_hostile_messages_change_nothing(extcap, toolbar):
    mote, dump, _ = extcap(simulated.NrfSniffer, "nrf-sniffer", "--channel", "15")
    mote.wait(lambda: mote.receiving and mote.channel == 15)
    for octets in HOSTILE:
        for at in range(0, len(octets), 1 if len(octets) < 100 else 20000):
            toolbar.send(octets[at:at + (1 if len(octets) < 100 else 20000)])
        toolbar.send(b"\0" * 8)  # the end of a length that was begun
    assert channel_of(mote) == 15
    toolbar.send(message(CHANNEL, SET, b"20"))
    mote.wait(lambda: mote.channel == 20)
    toolbar.wait(CHANNEL, SET, "^20$")
    assert [m for m in mote.told if m.startswith("channel")] == ["channel 15", "channel 20"]
    dump.stop()


# --- the end ---

def test_it_ends_when_wireshark_closes_the_toolbars_pipe(extcap, toolbar):
    _, dump, _ = extcap(simulated.Sensniff, "sensniff")
    toolbar.wait(CHANNEL, SET)
    toolbar.close()
    dump.wait(status=0)


def test_it_ends_when_wireshark_closes_the_capture(tool, tmp_path, toolbar):
    mote = simulated.Sensniff(str(tmp_path / "port"))
    os.mkfifo(tmp_path / "fifo")
    for _ in range(2):  # and can be started again
        dump = tool("slip-dump", "--capture", "--extcap-interface", tmp_path / "port", "--fifo", tmp_path / "fifo", "--firmware", "sensniff",
                    *toolbar.options, wait=False)
        with open(tmp_path / "fifo", "rb"):
            toolbar.open()
            toolbar.send(message(0, INITIALIZED))
            dump.wait_ready()
        dump.wait(status=0)
        toolbar.close()
    mote.close()


@pytest.mark.parametrize("arguments, status, words", [
    (["--extcap-interface", "/dev/nowhere"], 1, "no such port"),
    (["--extcap-interface", "nonsense"], 2, "--extcap-interface 'nonsense': no such interface"),
    (["--extcap-interface", "slip-dump"], 2, "no serial port is chosen"),
    (["--extcap-interface", "/dev/nowhere", "--channel", "x"], 2, "--channel 'x'"),
    (["--extcap-interface", "/dev/nowhere", "--extcap-capture-filter", "type=dat"], 2, "capture filter 'type=dat'"),
])
def test_what_fails_at_once_does_not_keep_wireshark_waiting(tool, tmp_path, toolbar, arguments, status, words):
    """It opens its end after the tool has said that it cannot, and would wait for ever for somebody who reads."""
    os.mkfifo(tmp_path / "fifo")
    Capture(tmp_path / "fifo")
    dump = tool("slip-dump", "--capture", *arguments, "--fifo", tmp_path / "fifo", *toolbar.options, wait=False, stats=False, ready=False)
    dump.wait_stderr(re.escape(words))
    assert dump.process.poll() is None
    toolbar.open()
    toolbar.send(message(0, INITIALIZED))
    dump.wait(status=status)


def test_what_fails_at_once_ends_the_capture_of_who_reads_already(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    done = ask("--capture", "--extcap-interface", "/dev/nowhere", "--fifo", tmp_path / "fifo", "--firmware", "nrf-sniffer", "--channel", "5")
    assert done.returncode == 2 and "has channels 11 to 26" in done.stderr
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    assert poll.poll(0) == [(reader, select.POLLHUP)]
    os.close(reader)


@pytest.mark.parametrize("pipes", [["--extcap-control-in", "/nowhere", "--extcap-control-out", "/nowhere"],
                                   ["--extcap-control-in", "/dev/null", "--extcap-control-out", "/dev/null"], ["--extcap-control-out", "/nowhere"]])
def test_without_its_pipes_there_is_no_toolbar_and_a_capture_all_the_same(tool, tmp_path, pipes):
    mote = simulated.Sensniff(str(tmp_path / "port"))
    os.mkfifo(tmp_path / "fifo")
    capture = Capture(tmp_path / "fifo")
    dump = tool("slip-dump", "--capture", "--extcap-interface", tmp_path / "port", "--fifo", tmp_path / "fifo", "--firmware", "sensniff", *pipes)
    mote.hear(FRAME)
    capture.wait(1)
    dump.stop()
    assert "the toolbar of this capture does nothing" in dump.stderr
    mote.close()


# --- tshark ---

@pytest.fixture
def shark(tmp_path):
    """shark(OPTION...): tshark with a home of its own, where slip-dump is in the personal folder of each version."""
    home = tmp_path / "home"
    for folder in (".config/wireshark/extcap", ".local/lib/wireshark/extcap"):
        (home / folder).mkdir(parents=True)
        (home / folder / "slip-dump").symlink_to(harness.binaries_folder() / "slip-dump")
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("XDG_")}, "HOME": str(home)}
    settings = {"port": tmp_path / "port", "firmware": "sensniff", "channel": "15"}

    def start(*arguments, **more):
        options = [word for name, value in {**settings, **more}.items() for word in ("-o", f"extcap.slip_dump.{name}:{value}")]
        return subprocess.Popen(["tshark", "-n", "-l", "-i", "slip-dump", *options, *arguments], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return start


def test_tshark_captures_with_options_and_a_filter_and_again(shark, tmp_path):
    air = simulated.Air()
    mote = simulated.Sensniff(str(tmp_path / "port"), air)
    for channel in (15, 20):
        watch = shark("-f", "type=data", "-c", "2", "-T", "fields", "-e", "wpan-tap.ch_num", "-e", "wpan.seq_no", channel=channel)
        try:
            mote.wait(lambda: mote.channel == channel)
            for sequence in (1, 2):
                mote.hear(b"\2\0\7")  # which the filter leaves out
                mote.hear(FRAME[:2] + bytes([sequence]) + FRAME[3:])
            out, words = watch.communicate(timeout=40)
        finally:
            watch.kill()
            watch.wait()
        assert out == f"{channel}\t1\n{channel}\t2\n", words
        assert "Error" not in words and "Warning" not in words
    mote.close()


def test_tshark_shows_why_there_is_no_capture(shark):
    for settings, words in [({"port": ""}, "tshark: -o extcap.slip_dump.port:PORT"), ({"port": "/dev/nowhere"}, "no such port"),
                            ({"firmware": "nrf-sniffer", "channel": "5"}, "has channels 11 to 26")]:
        watch = shark("-a", "duration:5", **settings)
        out, shown = watch.communicate(timeout=40)
        assert out == "" and words in shown, shown
