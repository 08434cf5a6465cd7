"""slip-dump --follow: a line or a capture that is still being written, cut, replaced, removed; and what a file is told by."""
import bz2
import errno
import fcntl
import gzip
import json
import lzma
import os
import struct
import subprocess
import sys
import termios
import time

import pytest

import harness
from harness import pcap_bytes, tshark, wait_until
from test_port import hdlc
from test_several_probes import air
from test_slip_dump import ACK, DATA, numbered, run, slip

FRAMES = numbered(20)


def pcapng_of(frames, tmp_path):
    """By editcap, which shares no code with ours."""
    (tmp_path / "made.pcap").write_bytes(pcap_bytes(230, [(1, f) for f in frames]))
    subprocess.run(["editcap", "-F", "pcapng", tmp_path / "made.pcap", tmp_path / "made.pcapng"], check=True, capture_output=True)
    return (tmp_path / "made.pcapng").read_bytes()


def spinel(frame):
    """What an RCP says of a frame that it has received: PROP_VALUE_IS of STREAM_RAW, as air.py's says it."""
    phy = bytes([15, 100]) + bytes(8)
    psdu = frame + harness.fcs16(frame)
    value = struct.pack("<H", len(psdu)) + psdu + struct.pack("<bbH", -60, -128, 0) + struct.pack("<H", len(phy)) + phy + b"\1\0\0"
    return hdlc(b"\x80\x06\x71" + value)


FORMS = {
    "slip": lambda frames, _: b"".join(map(slip, frames)),
    "spinel": lambda frames, _: b"".join(map(spinel, frames)),
    "pcap": lambda frames, _: pcap_bytes(230, [(1, f) for f in frames]),
    "pcapng": pcapng_of,
}


def pending(pipe):
    """Octets in it that nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.fixture
def follow(tool, tmp_path):
    """follow(OPTION...): slip-dump behind tmp_path/grows; .sequences() are those of its lines so far."""
    def start(*arguments, **options):
        dump = tool("slip-dump", "--fcs", "none", "-r", tmp_path / "grows", "--follow", "--json", *arguments, **options)
        dump.sequences = lambda: [json.loads(line)["frame"]["sequence"] for line in dump.stdout.decode().splitlines()]
        dump.expect = lambda wanted: wait_until(lambda: dump.sequences() == list(wanted), what=(dump, dump.stdout))
        return dump
    return start


@pytest.mark.parametrize("name", ["grows", "./grows", "here/grows"])
def test_a_name_from_here_on(tool, tmp_path, name):
    (tmp_path / "here").symlink_to(".")
    (tmp_path / "grows").write_bytes(slip(FRAMES[0]))
    dump = tool("slip-dump", "--fcs", "none", "-r", name, "--follow", "--json", prefix=["env", "-C", tmp_path])
    wait_until(lambda: len(dump.stdout.splitlines()) == 1)
    dump.stop()


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_grows(follow, tmp_path, form):
    octets = FORMS[form](FRAMES, tmp_path)
    half = len(octets) // 2  # inside a record
    with open(tmp_path / "grows", "wb", buffering=0) as file:
        dump = follow("-w", tmp_path / "out.pcapng")
        file.write(octets[:half])
        wait_until(lambda: len(dump.sequences()) >= 8)
        before = dump.sequences()
        for i in range(half, len(octets), 7):  # records in pieces wait until they are whole
            file.write(octets[i:i + 7])
        dump.expect(range(20))
        assert before == list(range(len(before)))
    wait_until(lambda: (tmp_path / "out.pcapng").exists() and len(tshark(tmp_path / "out.pcapng", "wpan.seq_no")) == 20, what="written, not kept until the end")
    dump.stop()


@pytest.mark.parametrize("form", FORMS)
def test_cut_replaced_and_removed(follow, tmp_path, form):
    grows = tmp_path / "grows"
    grows.write_bytes(FORMS[form](FRAMES[:3], tmp_path))
    dump = follow()
    dump.expect(range(3))
    with open(grows, "r+b") as file:  # cut, and written anew
        file.truncate(0)
    dump.wait_stderr("grows: has been cut: read again from its beginning")
    with open(grows, "ab") as file:
        file.write(FORMS[form](FRAMES[3:5], tmp_path))
    dump.expect(range(5))
    (tmp_path / "next").write_bytes(FORMS[form](FRAMES[5:9], tmp_path))
    os.replace(tmp_path / "next", grows)
    dump.wait_stderr("grows: is another file now: read from its beginning")
    dump.expect(range(9))
    grows.unlink()
    dump.wait_stderr("grows: has been removed: waits for the next file of this name")
    grows.write_bytes(FORMS[form](FRAMES[9:12], tmp_path))
    dump.expect(range(12))
    dump.stop()
    assert dump.stderr.count("is another file now") == 2


def swap(link, target):
    """As `ln -sfn` does it."""
    (link.parent / "new link").symlink_to(target)
    os.replace(link.parent / "new link", link)


def test_links_are_followed_wherever_they_lead(follow, tmp_path):
    for number, folder in enumerate(("one", "two", "three")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "air").write_bytes(slip(FRAMES[number]))
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "air").symlink_to("../today/air")  # a link to a file, by a link to a folder
    (tmp_path / "today").symlink_to("one")
    (tmp_path / "grows").symlink_to("links/air")
    dump = follow()
    dump.expect([0])
    swap(tmp_path / "today", "two")
    dump.expect([0, 1])
    swap(tmp_path / "links" / "air", "../three/air")
    dump.expect([0, 1, 2])
    (tmp_path / "next").write_bytes(slip(FRAMES[3]))
    os.replace(tmp_path / "next", tmp_path / "three" / "air")
    dump.expect([0, 1, 2, 3])
    swap(tmp_path / "grows", "two/later")
    dump.wait_stderr("grows: has been removed: waits for the next file of this name")
    (tmp_path / "two" / "later").write_bytes(slip(FRAMES[4]))
    dump.expect([0, 1, 2, 3, 4])
    dump.stop()


@pytest.mark.parametrize("path", ["air", "./air", "folder/air", "../{name}/folder/air", "folder/../air", "link/air"])
def test_a_relative_path_is_followed(tool, tmp_path, path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    path = path.format(name=tmp_path.name)
    (tmp_path / path).write_bytes(slip(FRAMES[0]))
    dump = tool("slip-dump", "--fcs", "none", "-r", path, "--follow", "--json", prefix=("env", "-C", tmp_path))
    dump.wait_stdout(lambda out: out.count(b"\n") == 1)
    with open(tmp_path / path, "ab") as file:
        file.write(slip(FRAMES[1]))
    dump.wait_stdout(lambda out: out.count(b"\n") == 2)
    dump.stop()


def test_why_the_next_file_cannot_be_read_is_said(follow, tmp_path):
    grows = tmp_path / "grows"
    grows.write_bytes(slip(FRAMES[0]))
    dump = follow()
    dump.expect([0])
    swap(grows, "grows")
    dump.wait_stderr(f"grows: {os.strerror(errno.ELOOP)}: waits for the next file of this name")
    swap(grows, "next")
    (tmp_path / "next").write_bytes(slip(FRAMES[1]))
    dump.expect([0, 1])
    dump.stop()


def test_another_form_may_take_its_place(follow, tmp_path):
    grows = tmp_path / "grows"
    grows.write_bytes(FORMS["pcap"](FRAMES[:3], tmp_path)[:-4])  # its last record is never whole
    dump = follow()
    dump.expect(range(2))
    (tmp_path / "next").write_bytes(FORMS["slip"](FRAMES[2:5], tmp_path))
    os.replace(tmp_path / "next", grows)
    dump.expect(range(5))
    dump.stop()
    assert "record 3" in dump.stderr


def test_what_was_written_before_it_was_replaced_is_read(follow, tmp_path):
    grows = tmp_path / "grows"
    grows.write_bytes(slip(FRAMES[0]))
    dump = follow()
    dump.expect([0])
    for i in range(1, 19, 2):
        with open(grows, "ab") as file:
            file.write(slip(FRAMES[i]))
            (tmp_path / "next").write_bytes(slip(FRAMES[i + 1]))
        os.replace(tmp_path / "next", grows)
        dump.expect(range(i + 2))
    dump.stop()


@pytest.mark.parametrize("form", ["slip", "pcap"])
def test_it_ends_with_c_and_duration(follow, tmp_path, form):
    grows = tmp_path / "grows"
    grows.write_bytes(FORMS[form](FRAMES[:3], tmp_path))
    by_count = follow("-c", 5)
    by_count.expect(range(3))
    with open(grows, "ab") as file:
        file.write(FORMS[form](FRAMES[:5], tmp_path)[len(FORMS[form](FRAMES[:3], tmp_path)):])
    by_count.wait(status=0)
    by_count.expect(range(5))
    by_clock = follow("--duration", "0.3")
    by_clock.wait(status=0)
    by_clock.expect(range(5))


def test_it_does_not_look_again_and_again(follow, tmp_path):
    (tmp_path / "grows").write_bytes(b"")
    dump = follow()

    def switches():
        threads = os.listdir(f"/proc/{dump.pid}/task")
        name = [t for t in threads if open(f"/proc/{dump.pid}/task/{t}/comm").read() == "file\n"][0]
        text = open(f"/proc/{dump.pid}/task/{name}/status").read()
        return int(text.split("voluntary_ctxt_switches:")[1].split()[0])
    wait_until(lambda: "file\n" in [open(f"/proc/{dump.pid}/task/{t}/comm").read() for t in os.listdir(f"/proc/{dump.pid}/task")])
    looks = []
    while len(looks) < 5 and (not looks or looks[-1] >= 3):  # of the first it may still be on its way to where it waits
        before, until = switches(), time.monotonic() + 1.5
        wait_until(lambda: time.monotonic() > until)
        looks.append(switches() - before)
    assert looks[-1] < 3, looks
    (tmp_path / "grows").write_bytes(slip(ACK))
    dump.expect([106])
    dump.stop()


@pytest.mark.parametrize("arguments, status, words", [
    (["-r", "-", "--follow"], 2, "--follow needs -r FILE"), (["-p", "/dev/x", "--follow"], 2, "--follow needs -r FILE"),
    (["-r", "{}/fifo", "--follow"], 1, "is no file that could grow"), (["-r", "{}/none", "--follow"], 1, "No such file"),
])
def test_what_cannot_be_followed(tool, tmp_path, arguments, status, words):
    os.mkfifo(tmp_path / "fifo")
    wrong = tool("slip-dump", *[a.format(tmp_path) for a in arguments], wait=False, stats=False)
    wrong.wait(status=status)
    assert words in wrong.stderr


# --- what a file is told by ---

@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_told_by_its_content(tmp_path, form):
    octets = FORMS[form](FRAMES, tmp_path)
    for path, stdin in ((tmp_path / "x", b""), ("-", octets)):
        (tmp_path / "x").write_bytes(octets)
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "--fcs", "none", "-r", path, "--json"], input=stdin, capture_output=True, timeout=20, check=True)
        assert [json.loads(line)["frame"]["sequence"] for line in done.stdout.splitlines()] == list(range(20))


def test_recordings_of_sensniff_and_nrf_are_read_too(tmp_path):
    motes = {"sensniff": lambda m, f: m.message(0, f + struct.pack("<bB", -60, 0x80 | 100)), "nrf": lambda m, f: m.line_of(f)}
    made = {"sensniff": air.Sensniff(tmp_path / "a"), "nrf": air.NrfSniffer(tmp_path / "b")}
    for name, say in motes.items():
        line = b"".join(say(made[name], f) for f in FRAMES)
        for noise in (b"", b"[INFO: Main] a log of the mote\r\n" * 300, bytes(9000) + b"\r\n"):
            done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-", "--json"], input=noise + line, capture_output=True, timeout=20, check=False)
            assert len(done.stdout.splitlines()) == 20, (name, done.stderr, line[:80])
        made[name].close()


@pytest.mark.parametrize("form", ["slip", "spinel"])
def test_noise_before_a_line_and_behind_it(tmp_path, form):
    """More of it than a line is told from; text, too, where it comes through a pipe in two pieces, and a third one behind it."""
    line = FORMS[form](FRAMES, tmp_path)
    for noise in (b"[INFO: Main] a log of the mote\r\n" * 300, bytes(9000), bytes(range(1, 120)) * 90):
        (tmp_path / "x").write_bytes(noise + line + noise)
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", tmp_path / "x", "--json"], capture_output=True, timeout=20, check=True)
        assert len(done.stdout.splitlines()) == 20, done.stderr
    tool = subprocess.Popen([harness.binaries_folder() / "slip-dump", "-r", "-", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    tool.stdin.write(b"[INFO: Main] a log of the mote\r\n" * 300)
    wait_until(lambda: not pending(tool.stdin.fileno()), what="the first piece is read")
    tool.stdin.write(line)
    assert all(tool.stdout.readline() for _ in range(20))
    tool.stdin.close()
    assert tool.wait(20) == 0 and tool.stdout.read() == b""


@pytest.mark.parametrize("octets, name, command", [
    (gzip.compress(b"x" * 99), "gzip", "zcat FILE"), (lzma.compress(b"x" * 99), "xz", "xzcat FILE"), (bz2.compress(b"x" * 99), "bzip2", "bzcat FILE"),
    (b"\x28\xb5\x2f\xfd" + bytes(range(1, 90)), "zstd", "zstdcat FILE"),
    # too short to be called noise
    (b"\x04\x22\x4d\x18" + bytes(20), "lz4", "lz4cat FILE"), (b"PK\3\4" + bytes(20), "zip", "unzip -p FILE"),
    (b"7z\xbc\xaf\x27\x1c" + bytes(20), "7z", "7z x -so FILE"), (b"LZIP\1" + bytes(20), "lzip", "lzip -cd FILE"),
    # what looks like a frame of SLIP is in it, by chance
    (b"\x50\x2a\x4d\x18\4\0\0\0abcd\xc0" + DATA + b"\xc0\x28\xb5\x2f\xfd", "zstd", "zstdcat FILE"), (b"\x04\x22\x4d\x18\xc0" + DATA + b"\xc0", "lz4", "lz4cat FILE"),
    (b"\x02\x21\x4c\x18\xc0\1\xc0", "lz4", "lz4cat FILE"), (b"\x89LZO\0\r\n\x1a\n\x10" + bytes(9), "lzop", "lzop -dc FILE"),
    (lzma.compress(bytes(range(99)), format=lzma.FORMAT_ALONE), "lzma", "xzcat FILE"),
])
def test_a_packed_file_is_named_with_what_unpacks_it(octets, name, command):
    words = run("-r", "-", stdin=octets, status=1)[1]
    assert f"is a compressed file ({name}): unpack it first: {command} | slip-dump -r -" in words


def test_an_empty_input_is_said(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    for path in (tmp_path / "empty", "-", "/dev/null"):
        assert "is empty" in run("-r", path, stdin=b"", status=1)[1]
        done = subprocess.run([harness.binaries_folder() / "amqp-play", "-n", "a", "-r", path], input=b"", capture_output=True, timeout=20, check=False)
        assert done.returncode == 1 and b"is empty" in done.stderr
