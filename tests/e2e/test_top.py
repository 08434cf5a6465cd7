"""slip-dump --top on a real terminal (tmux): what is on the screen, keys, a new size, every ending; and lines where there is none."""
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import time

import pytest

import harness
from harness import wait_until
from test_several_probes import air
from test_slip_dump_outputs import capinfos

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux (make deps)")


class Terminal:
    """A shell in a terminal of tmux's own."""

    def __init__(self, folder, width=132, height=24):
        self.base = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self.do("new-session", "-d", "-x", str(width), "-y", str(height), "-s", "x", "env PS1='$ ' sh")
        self.wait(r"\$")

    def do(self, *words):
        return subprocess.run([*self.base, *words], check=True, capture_output=True, text=True).stdout

    def screen(self):
        return self.do("capture-pane", "-p", "-t", "x")

    def type(self, *keys):
        self.do("send-keys", "-t", "x", *keys)

    def run(self, line):
        self.do("send-keys", "-t", "x", "-l", line)
        self.type("Enter")

    def resize(self, width, height):
        self.do("resize-window", "-t", "x", "-x", str(width), "-y", str(height))

    def wait(self, pattern, seconds=harness.PATIENCE):
        last = []

        def look():
            last[:] = [self.screen()]
            return re.search(pattern, last[0])
        try:
            return wait_until(look, seconds)
        except AssertionError:
            raise AssertionError(f"no {pattern!r} on\n{last[0]}") from None

    def close(self):
        subprocess.run([*self.base, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal(tmp_path):
    made = Terminal(tmp_path)
    yield made
    made.close()


@pytest.fixture
def motes(tmp_path):
    made = [air.Sensniff(tmp_path / "one"), air.Sensniff(tmp_path / "two")]
    yield made
    for mote in made:
        mote.close()


def frame(sequence, source):
    return bytes([0x41, 0x88, sequence]) + struct.pack("<HHH", 0xabcd, 0xffff, source) + b"\x41\x60hello"


def start(terminal, motes, *options, before=""):
    program = harness.binaries_folder() / "slip-dump"
    ports = " ".join(f"-p {m.link}@{11 + i}" for i, m in enumerate(motes))
    terminal.run(f"{before}{program} --firmware sensniff {ports} --top {' '.join(map(str, options))}; echo status $?, $(stty -a | grep -ow -- '-*echo')")
    terminal.wait(r"\d frames, .*source")
    for i, mote in enumerate(motes):
        mote.wait(lambda mote=mote, i=i: mote.channel == 11 + i)


def pid_of(motes):
    return int(subprocess.run(["pgrep", "-f", f"slip-dump --firmware sensniff -p {motes[0].link}"], check=True, capture_output=True, text=True).stdout.split()[-1])


def sources(terminal):
    return re.findall(r"^(0x\S+) in 0xabcd", terminal.screen(), re.MULTILINE)


def test_what_is_on_the_screen(terminal, motes, tmp_path):
    start(terminal, motes, "-w", tmp_path / "air.pcapng")
    for i in range(20):
        motes[0].hear(frame(2 * i, 1), rssi=-50)  # half of its numbers are missing
    for i in range(5):
        motes[1].hear(frame(i, 2), rssi=-90)
    terminal.wait(r"2 probes, .* 25 frames, .* 0 dropped, 2 sources")
    terminal.wait(r"channel 11 +\d+\.\d % \[#* *\] 20 frames, 0 bad")
    terminal.wait(r"channel 12 +\d+\.\d % \[#* *\] 5 frames")
    one = terminal.wait(r"0x0001 in 0xabcd +20 +\d+\.\d +19 +0 +0 +0% +-50 \[(#+) *\]")
    two = terminal.wait(r"0x0002 in 0xabcd +5 +\d+\.\d +0 +0 +0 +0% +-90 \[(#+) *\]")
    assert len(one[1]) > len(two[1]) > 0
    terminal.wait(r"q quit +sort by: a address \[f frames v\] r rate .* l last heard +again: the other way")
    terminal.type("q")
    terminal.wait(r"status 0, echo")
    assert "25 frames, 0 dropped" in terminal.screen() and "sort by" not in terminal.screen()
    assert capinfos(tmp_path / "air.pcapng")[1] == 25


# --- what gives way ---

TITLES = {"a": "source", "f": "frames", "r": "/s", "m": "missing", "d": "dup", "b": "bad FCS", "s": "dBm", "l": "heard"}


def title(terminal):
    """The titles of the columns, and what stands below each of them, by the title."""
    lines = terminal.screen().split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("source"))
    names = re.findall(r"bad FCS(?: [v^])?|\S+(?: [v^])?", lines[at])
    return names, re.findall(r"\S+ in \S+|\d\.\d s|\[#* *\]|\S+", lines[at + 1])


@pytest.mark.parametrize("width, columns", [
    (200, ["source", "frames v", "/s", "missing", "dup", "bad FCS", "sec", "dBm", "signal", "LQI", "heard"]),
    (80, ["source", "frames v", "/s", "missing", "dup", "bad FCS", "dBm", "heard"]),
    (60, ["source", "frames v", "/s", "missing", "dup", "dBm"]),
    (40, ["source", "frames v", "/s"]),
    (20, ["source"]),
])
def test_columns_give_way_in_the_order_of_their_importance(terminal, motes, width, columns):
    start(terminal, motes)
    for i in range(3):
        motes[0].hear(frame(3 * i, 1), rssi=-60)
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.resize(width, 24)
    wait_until(lambda: title(terminal)[0] == columns, 10, lambda: terminal.screen())
    names, values = title(terminal)
    row = dict(zip(names, values))
    assert len(values) == len(names)
    known = {"frames v": "3", "missing": "4", "dup": "0", "bad FCS": "0", "sec": "0%", "dBm": "-60"}
    assert {name: row[name] for name in known if name in row} == {name: value for name, value in known.items() if name in row}
    assert not any(len(line) >= width for line in terminal.screen().split("\n"))
    if width >= 60:  # the rest of it is there as well
        assert re.search(r"3 frames, .*0 dropped, 1 source", terminal.screen())
        assert re.search(r"channel 11 +\d+\.\d %.* 3 frames, 0 bad", terminal.screen())
    assert "q quit" in terminal.screen()
    terminal.type("q")
    terminal.wait("status 0, echo")


@pytest.mark.parametrize("width", [132, 80, 60])
def test_what_it_is_sorted_by_is_named_at_every_width(terminal, motes, width):
    start(terminal, motes)
    motes[0].hear(frame(1, 1), rssi=-60)
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.resize(width, 24)
    for key, name in TITLES.items():
        for mark in "v^":
            terminal.type(key)
            wait_until(lambda name=name, mark=mark: f"{name} {mark}" in title(terminal)[0], what=(key, mark))
            last = terminal.screen().rstrip("\n").split("\n")[-1]
            assert re.search(rf"\[{key} [^]]+ {re.escape(mark)}\]", last) and last.startswith("q quit"), last
            assert all(re.search(rf"[ \[]{other}\b", last) for other in TITLES), last
    terminal.type("q")
    terminal.wait("status 0, echo")


@pytest.mark.parametrize("height", [1, 2, 3, 4, 6])
def test_few_rows(terminal, motes, height):
    start(terminal, motes)
    motes[0].hear(frame(1, 1))
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.resize(100, height)
    lines = wait_until(lambda: (seen := terminal.screen().split("\n")[:height]) and re.match(r".*1 frame, ", seen[0]) and
                       (height == 1 or seen[-1].startswith("q quit")) and seen, 10, "the sums, and the keys")
    assert ("0x0001 in 0xabcd" in "\n".join(lines)) == (height >= 4), lines
    terminal.resize(100, 24)
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.type("q")
    terminal.wait("status 0, echo")


def test_more_sources_than_rows_and_than_are_kept(terminal, motes):
    start(terminal, motes)
    for i in range(1, 1001):
        motes[0].hear(frame(i & 255, i))
    terminal.wait(r"1000 frames, .* 512 sources, 488 gone before", 30)
    terminal.wait(r"(?m)^and \d+ more$")
    rows = len(sources(terminal))
    terminal.wait(rf"(?m)^and {512 - rows} more$")
    terminal.type("q")
    terminal.wait("status 0, echo")


@pytest.mark.parametrize("locale, shown", [("C.UTF-8", "pl\u00fcg\U0001f50c"), ("C", r"pl\.\.g\.\.\.\.")])
def test_words_of_the_world(terminal, motes, tmp_path, locale, shown):
    """What the tool says names a port: as the locale can show it, and no octet of it moves the cursor."""
    from test_port import Plug
    plug = Plug(tmp_path / "pl\u00fcg\U0001f50c")
    plug.put_in()
    start(terminal, motes, "-p", plug.link, before=f"LC_ALL={locale} ")
    plug.pull()
    terminal.wait(shown + ": the port is gone")
    terminal.type("q")
    terminal.wait("status 0, echo")


def plugged(tmp_path):
    from test_port import Plug
    plug = Plug(tmp_path / "plug")
    plug.put_in()
    return plug


def test_text_from_a_mote_moves_nothing(terminal, tmp_path):
    plug = plugged(tmp_path)
    program = harness.binaries_folder() / "slip-dump"
    terminal.run(f"{program} -v -p {plug.link} --top; echo status $?")
    terminal.wait(r"\d frames, .*source")
    plug.write(b"\xc0boot \x1b[2J\x1b[1;1Hgone, a text that a mote says\r\n\xc0")
    terminal.wait(r"mote: boot \S+gone")
    assert re.search(r"\d frames, .*source", terminal.screen().split("\n")[0])
    terminal.type("q")
    terminal.wait("status 0")


def test_nobody_reads_the_lines_any_more(terminal, motes):
    program = harness.binaries_folder() / "slip-dump"
    terminal.run(f"{program} --firmware sensniff -p {motes[0].link} --top=0.1 | head -n 1; echo status ${{?}}.")
    terminal.wait(r"1 probe, (.*\n)+status 0\.")


def test_lines_are_as_wide_as_a_terminal_without_a_screen(terminal, motes):
    program = harness.binaries_folder() / "slip-dump"
    terminal.resize(80, 24)
    terminal.run(f"env -u TERM {program} --firmware sensniff -p {motes[0].link} --top=0.3; echo status $?")
    terminal.wait(r"1 probe, |frames, ")
    motes[0].hear(frame(0, 1))
    terminal.wait(r"(?m)^source +frames v +/s +missing +dup +bad FCS +dBm +heard\n0x0001 in 0xabcd +1 ")
    terminal.type("C-c")
    terminal.wait("status 0")


def test_keys_sort(terminal, motes):
    start(terminal, motes)
    for i in range(6):
        motes[0].hear(frame(0, 3), rssi=-80)  # the same again and again
    for i in range(4):
        motes[0].hear(frame(20 * i, 1), rssi=-30)
    motes[0].hear(frame(0, 2), rssi=-60)
    terminal.wait("3 sources")
    for keys, order in (("", "312"), ("f", "213"), ("f", "312"), ("s", "123"), ("m", "123"), ("a", "123"), ("a", "321"), ("d", "312")):
        if keys:
            terminal.type(keys)
        wait_until(lambda order=order: sources(terminal) == [f"0x000{n}" for n in order], what=(keys, order))
    terminal.type("q")
    terminal.wait("status 0, echo")


def test_a_new_size(terminal, motes):
    start(terminal, motes)
    motes[0].hear(frame(0, 1))
    terminal.wait("0x0001 in 0xabcd")
    for width, height in ((60, 10), (20, 4), (150, 40), (5, 2), (80, 24)):
        terminal.resize(width, height)
        last = "q quit"[:width - 1]
        wait_until(lambda height=height, last=last: terminal.screen().split("\n")[height - 1].startswith(last), what=(width, height))
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.type("q")
    terminal.wait("status 0, echo")


@pytest.mark.parametrize("end, status", [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGHUP, 0), (signal.SIGQUIT, 131)])
def test_the_terminal_is_as_it_was(terminal, motes, end, status):
    terminal.run("echo what stood here")
    terminal.wait(r"(?m)^what stood here")
    start(terminal, motes)
    os.kill(pid_of(motes), end)
    terminal.wait(rf"status {status}, echo")
    assert re.search(r"^what stood here", terminal.screen(), re.MULTILINE)


def test_what_ends_no_first_process_does_not_end_the_screen(terminal, motes):
    """SIGQUIT, of the first process of a container: the kernel passes it over."""
    if subprocess.run(["unshare", "-Urpf", "true"], capture_output=True).returncode:
        pytest.skip("no namespaces")
    start(terminal, motes, before="unshare -Urpf --kill-child ")
    os.kill(pid_of(motes), signal.SIGQUIT)
    motes[0].hear(frame(0, 1))
    terminal.wait("0x0001 in 0xabcd")
    terminal.wait("] 1 frame, 0 bad")
    terminal.type("q")
    terminal.wait(r"status 0, echo")


def test_a_duration_ends_it_too(terminal, motes):
    start(terminal, motes, "--duration", "3")
    terminal.wait(r"status 0, echo")


def test_a_failure_ends_it_too(terminal, motes, small_disk):
    start(terminal, motes, "-U", "-w", small_disk / "air.pcap")
    (small_disk / "filler").write_bytes(bytes(60 << 10))
    for i in range(120):
        motes[0].hear(frame(i, 1))
    terminal.wait(r"status 1, echo")
    assert "No space left on device" in terminal.screen().replace("\n", "")


def test_stopped_by_the_shell_and_continued(terminal, motes):
    start(terminal, motes)
    terminal.type("C-z")
    terminal.wait(r"(?s)status 147, echo.*[Ss]topped|[Ss]topped.*status 147, echo")
    assert "sort by" not in terminal.screen()
    terminal.run("fg")
    motes[0].hear(frame(0, 1))
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.type("q")
    terminal.wait(r"frames, 0 dropped")


def test_the_terminal_goes(terminal, motes):
    start(terminal, motes)
    pid = pid_of(motes)
    terminal.close()
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what="it ends with its terminal")


def test_words_stand_on_the_screen_and_are_said_behind_it(terminal, motes, tmp_path):
    plug = plugged(tmp_path)
    start(terminal, motes, "-p", plug.link)
    plug.pull()
    terminal.wait(r"the port is gone")
    motes[0].hear(frame(0, 1))
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.type("q")
    terminal.wait(r"status 0, echo")
    assert "plug: the port is gone" in terminal.screen().replace("\n", "")


def look_at_a_port_that_goes(terminal, tmp_path, *options):
    """The lines of the terminal, wide enough for each, after a port has gone and the screen is over."""
    plug = plugged(tmp_path)
    program = harness.binaries_folder() / "slip-dump"
    terminal.resize(400, 60)
    terminal.run(f"{program} -p {plug.link} --top {' '.join(options)}; echo status $?.")
    terminal.wait(r"\d frames, .*source")
    plug.pull()
    terminal.wait(r"the port is gone")
    terminal.type("q")
    terminal.wait(r"status 0\.")
    return terminal.screen().split("\n")


def test_behind_the_screen_a_line_has_the_time_at_which_it_was_said(terminal, tmp_path):
    lines = look_at_a_port_that_goes(terminal, tmp_path, "--log-time")
    assert [line for line in lines if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z slip-dump: \S+plug: the port is gone \(.*", line)], lines


def test_behind_the_screen_a_line_of_json_is_that_object(terminal, tmp_path):
    lines = look_at_a_port_that_goes(terminal, tmp_path, "--log-format", "json")
    said = [json.loads(line) for line in lines if line.startswith("{")]
    gone = [one for one in said if "plug: the port is gone" in one["text"]]
    assert [one["priority"] for one in gone] == ["warning"] and gone[0]["text"].startswith("/")


def test_behind_the_screen_a_report_is_whole(terminal, motes):
    program = harness.binaries_folder() / "slip-dump"
    terminal.resize(200, 60)
    terminal.run(f"{program} --firmware sensniff -p {motes[0].link}@11 --top --stats-every 0.5; echo status $?.")
    motes[0].wait(lambda: motes[0].channel == 11)
    motes[0].hear(frame(0, 1))
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.wait(r"statistics after")
    terminal.type("q")
    terminal.wait(r"status 0\.")
    after = re.findall(r"statistics after [\d.]+ s:\n(.*)", terminal.screen())
    assert len(after) > 1 and all(line.startswith("  sensniff: octets") for line in after), terminal.screen()


def test_what_has_no_room_behind_the_screen_is_said(terminal, tmp_path):
    plug = plugged(tmp_path)
    program = harness.binaries_folder() / "slip-dump"
    terminal.resize(200, 80)
    terminal.run(f"{program} -v -v -p {plug.link} --top; echo status $?.")
    terminal.wait(r"\d frames, .*source")
    for i in range(70):
        plug.write(b"\xc0this is text number %d.\r\n\xc0" % i)
    terminal.wait(r"number 69\.")
    terminal.type("q")
    terminal.wait(r"status 0\.")
    assert re.search(r"what was said \d+ times before this is not kept", terminal.screen())
    assert "number 69." in terminal.screen() and "number 5." not in terminal.screen()


# --- no terminal ---

def test_lines_where_there_is_no_terminal(tool, motes):
    dump = tool("slip-dump", "--firmware", "sensniff", "-p", f"{motes[0].link}@11", "--top=0.2")
    motes[0].wait(lambda: motes[0].channel == 11)
    for i in range(10):
        motes[0].hear(frame(i, 1), rssi=-50)
    dump.wait_stdout(lambda out: re.search(rb"1 probe, .* 10 frames, .*\nchannel 11 .* 10 frames, 0 bad\nsource +frames v .*\n0x0001 in 0xabcd +10 .* -50 \[", out))
    dump.stop()
    assert b"\x1b" not in dump.stdout
    assert "10 frames, 0 dropped" in dump.stderr


@pytest.mark.parametrize("kind", ["dumb", "no-such-terminal", ""])
def test_lines_on_a_terminal_that_is_not_known(terminal, motes, kind):
    program = harness.binaries_folder() / "slip-dump"
    terminal.run(f"TERM={kind} {program} --firmware sensniff -p {motes[0].link} --top=0.1 --duration 2; echo status $?")
    motes[0].hear(frame(0, 1))
    terminal.wait(r"(?s)(1 probe, .*){3}status 0")


def test_channel_load_is_the_share_of_the_air(tool, motes):
    """100 frames of 127 octets are (6 + 127) * 32 us each: 0.4256 s on the air."""
    mote, begun = motes[0], time.monotonic()
    dump = tool("slip-dump", "--firmware", "sensniff", "-p", f"{mote.link}@11", "--top=1")
    mote.wait(lambda: mote.channel == 11)
    dump.wait_stdout(lambda out: out)  # what came before the first picture has no time that it is a share of
    for i in range(100):
        mote.hear(frame(i & 255, 1) + bytes(125 - len(frame(0, 1))))
    out = dump.wait_stdout(lambda out: out if b" 100 frames, 0 bad" in out else None).decode()
    longest = max(1.4, time.monotonic() - begun)  # seconds that one picture may be of: a second, where the machine lets it
    dump.stop()
    shares = [float(x) for x in re.findall(r"channel 11 +(\d+\.\d) %", out)]
    assert 42.5 / longest - 0.4 < sum(shares) < 45, out


@pytest.mark.parametrize("options, words", [
    (["-w", "-"], "--top and -w - both want standard output"), (["--json"], "--top stands in the place of lines"), (["--print"], "--top stands in the place of lines"),
    (["--top=0"], "must be a number of seconds from 0.1 on"),
])
def test_what_does_not_go_together(tool, motes, options, words):
    wrong = tool("slip-dump", "-p", motes[0].link, "--top", *options, wait=False, stats=False)
    wrong.wait(status=2)
    assert words in wrong.stderr
    of_file = tool("slip-dump", "-r", "-", "--top", wait=False, stats=False)
    of_file.wait(status=2)
    assert "--top needs -p" in of_file.stderr


# --- where it is drawn ---

@pytest.mark.parametrize("redirect", ["2>/dev/tty", ">/dev/tty", "2>$(tty)", "2>/dev/fd/1"])
def test_words_for_the_same_terminal_by_another_name_stay_off_the_screen(terminal, tmp_path, redirect):
    plug = plugged(tmp_path)
    terminal.resize(160, 24)
    terminal.run(f"{harness.binaries_folder() / 'slip-dump'} -p {plug.link} --top {redirect}; echo status $?.")
    terminal.wait(r"\d frames, .*source")
    plug.pull()
    terminal.wait(r"the port is gone")
    lines = terminal.screen().split("\n")
    assert lines[22].startswith("slip-dump: ") and "the port is gone" in lines[22] and lines[23].startswith("q quit"), terminal.screen()
    terminal.type("q")
    terminal.wait(r"(?s)the port is gone.*status 0\.")


@pytest.mark.parametrize("path", ["/dev/tty", "$(tty)", "/dev/stdout", "/dev/stderr", "/dev/fd/1"])
def test_an_output_on_the_same_terminal_is_refused(terminal, motes, path):
    program = harness.binaries_folder() / "slip-dump"
    terminal.run(f"{program} -p {motes[0].link} --top --format lines -w {path}; echo status $?.")
    terminal.wait(r"(?s)--top and -w /dev/\S+ both want (standard output|the terminal): write.*status 2\.")


@pytest.mark.parametrize("path", ["/dev/stdout", "/proc/self/fd/1"])
def test_an_output_that_is_standard_output_is_refused(tool, motes, path):
    wrong = tool("slip-dump", "-p", motes[0].link, "--top", "-w", path, wait=False, stats=False)
    wrong.wait(20, status=2)
    assert f"--top and -w {path} both want standard output" in wrong.stderr


def test_another_terminal_takes_an_output(terminal, motes, tmp_path):
    (tmp_path / "other").mkdir()
    other = Terminal(tmp_path / "other", 200)
    other.run("tty; sleep 60")
    name = other.wait(r"(?m)^(/dev/pts/\d+)$")[1]
    start(terminal, motes, "-w", name, "--format", "lines")
    motes[0].hear(frame(1, 1))
    other.wait(r"Data v0 seq 1 0001 > abcd/ffff")
    terminal.wait(r"0x0001 in 0xabcd")
    terminal.type("q")
    terminal.wait("status 0, echo")
    other.close()


def test_a_terminal_without_a_second_page_keeps_no_half_line(terminal, motes):
    start(terminal, motes, before="TERM=vt100 ")
    terminal.type("q")
    terminal.wait("status 0, echo")
    assert "slip-dump: 0 frames, 0 dropped" in terminal.screen() and "again: the other way" not in terminal.screen(), terminal.screen()


def test_no_keys_are_promised_where_there_are_none(terminal, motes):
    program = harness.binaries_folder() / "slip-dump"
    terminal.run(f"{program} --firmware sensniff -p {motes[0].link} --top </dev/null; echo status $?")
    terminal.wait(r"(?m)^no keys: standard input is no terminal \(\^C ends\)")
    assert "q quit" not in terminal.screen()
    terminal.type("C-c")
    terminal.wait("status 0")


def test_a_terminal_that_was_stopped_is_given_back(terminal, motes):
    """^S: whoever draws waits in write(2)."""
    terminal.run("echo what stood here")
    terminal.wait(r"(?m)^what stood here")
    start(terminal, motes)
    terminal.type("C-s")
    pid = pid_of(motes)
    for i in range(60):
        motes[0].hear(frame(i, i))

    def waits():
        return any(open(f"/proc/{pid}/task/{task}/syscall").read().split()[:2] == ["1", "0x1"] for task in os.listdir(f"/proc/{pid}/task"))
    try:
        waits()
    except OSError:
        pytest.skip("/proc does not show what a thread waits in")
    wait_until(waits, 20, "the screen's thread is in write(2)")
    os.kill(pid, signal.SIGTERM)
    terminal.wait("status 0, echo", 20)
    assert re.search(r"(?m)^what stood here", terminal.screen()) and "q quit" not in terminal.screen(), terminal.screen()


def test_lines_that_nobody_reads_do_not_hold_up_the_end(motes):
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, bytes(4096))
    except BlockingIOError:
        os.set_blocking(write, True)
    dump = subprocess.Popen([harness.binaries_folder() / "slip-dump", "--firmware", "sensniff", "-p", f"{motes[0].link}@11", "--top=0.1"],
                            stdout=write, stderr=subprocess.PIPE, text=True)
    try:
        motes[0].wait(lambda: motes[0].channel == 11)
        dump.terminate()
        assert dump.wait(20) == 0 and "0 frames, 0 dropped" in dump.stderr.read()
    finally:
        dump.kill()
        dump.wait()
        os.close(read)
        os.close(write)


# --- channels ---

@pytest.mark.parametrize("channel", [0, 27, 28, 200, 65535])
def test_every_channel_counts_and_one_whose_rate_is_not_known_has_no_load(tool, tmp_path, channel):
    mote = air.SerialRadio(str(tmp_path / "mote"), channels=range(65536))
    dump = tool("slip-dump", "--firmware", "serial-radio", "--channel", channel, "-p", mote.link, "--top=0.2")
    mote.wait(lambda: mote.channel == channel)
    for i in range(5):
        mote.hear(frame(i, 1))
    dump.wait_stdout(lambda out: re.search(rb"probe, .* 5 frames, .*\nchannel %d +- 5 frames, 0 bad\nsource .*\n0x0001 in 0xabcd +5 " % channel, out))
    dump.stop()
    mote.close()
