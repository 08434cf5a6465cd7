"""Captures that are left alone for days: a disk that fills up and has room again, files one after another in every format, an end by the clock, a loss of power."""
import json
import os
import re
import subprocess
import time

import pytest

from harness import pcap_bytes, pcap_records, tshark, wait_until
from test_events import events_of
from test_several_probes import air
from test_slip_dump import DATA, numbered, run, slip
from test_slip_dump_outputs import capinfos

RAW = ("--fcs", "none", "-U")
FULL = ("--on-full", "wait")
FIRST = {"air.pcap": 50, "air.pcapng": 50, "air.json": 30, "air.txt": 110}  # more than two pages of each format
NAMES = ("air.pcap", "air.pcapng", "air.json", "air.txt")
FRAMES = [f + bytes(150) for f in numbered(130)]

FAILING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_regular(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int fd, const void *octets, size_t n)
{
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	FILE *f = is_regular(fd) ? fopen(getenv("FAIL_WITH"), "r") : NULL;
	static int half; /* a part of a record is there, as real disks take it */
	int error = 0;
	if (f && fscanf(f, "%d", &error) != 1)
		error = 0;
	if (f)
		fclose(f);
	if (!error)
		return next(fd, octets, n);
	half = !half;
	if (half)
		return next(fd, octets, n > 100 ? 100 : n - 1);
	errno = error;
	return -1;
}

int fdatasync(int fd)
{
	FILE *log = fopen(getenv("SYNC_LOG"), "a");
	fprintf(log, "%lld\n", (long long)lseek(fd, 0, SEEK_CUR));
	fclose(log);
	return 0;
}
"""


@pytest.fixture
def failing(tmp_path):
    """The environment of a tool whose writes to files fail as the file "fail" says, with a number of errno; what is brought to the disk is in "syncs"."""
    if os.environ.get("FLAVOUR") == "asan":
        pytest.skip("a preloaded library does not go with the sanitizers")
    (tmp_path / "failing.c").write_text(FAILING)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "failing.so", tmp_path / "failing.c", "-ldl"], check=True)
    (tmp_path / "fail").write_text("")
    (tmp_path / "syncs").write_text("")
    return {"LD_PRELOAD": str(tmp_path / "failing.so"), "FAIL_WITH": str(tmp_path / "fail"), "SYNC_LOG": str(tmp_path / "syncs")}


@pytest.fixture
def mote(tmp_path):
    made = air.SerialRadio(tmp_path / "mote")
    yield made
    made.close()


def sequences(path):
    """Of the frames in a file of any format, by a program that is not ours; it is whole, or the disk had no room for its header yet."""
    if path.stat().st_size == 0:
        return []
    if path.suffix == ".json":
        return [json.loads(line)["frame"]["sequence"] for line in path.read_text().splitlines()]
    if path.suffix == ".txt":
        text = path.read_text()
        assert not text or text.endswith("\n")
        return [int(re.search(r"seq (\d+)", line)[1]) for line in text.splitlines()]
    if path.suffix == ".pcap":
        return [record.data[-len(FRAMES[0]) + 2] for record in pcap_records(path.read_bytes())[1]]
    return [int(row[0]) for row in tshark(path, "wpan.seq_no")]


def all_sequences(folder, name):
    stem, suffix = name.split(".")
    return sum(sorted(map(sequences, folder.glob(f"{stem}*.{suffix}"))), [])


def fill(folder, leave=4096):
    """All of the disk but so many octets, which are free again when the file goes."""
    filler = folder / "filler"
    room = os.statvfs(folder)
    with open(filler, "wb") as f:
        f.write(bytes(room.f_bavail * room.f_bsize - leave))
    return filler


# --- a full disk ---

@pytest.mark.parametrize("name, rotation", [(name, ()) for name in NAMES] + [("air.json", ("-C", "4k"))])
def test_a_full_disk_is_waited_for(tool, mote, small_disk, name, rotation):
    dump = tool("slip-dump", *RAW, *FULL, *rotation, "-p", mote.link, "-w", small_disk / name)
    filler = fill(small_disk)
    first, count = FIRST[name], FIRST[name] + 10
    for frame in FRAMES[:first]:
        mote.write(slip(frame))
    dump.wait_stderr("No space left on device: waits for room")
    stats = dump.wait_stats(lambda s: s["line.passed"] == first)
    assert stats["output.written"] < first and stats["output.disk_full"] == 1
    written = all_sequences(small_disk, name)
    assert written == list(range(len(written))), "what is there is whole while it waits"
    filler.unlink()
    dump.wait_stderr("there is room again, after")
    for frame in FRAMES[first:count]:
        mote.write(slip(frame))
    dump.wait_stats(lambda s: s["output.written"] == count)
    dump.stop()
    assert all_sequences(small_disk, name) == list(range(count))
    assert dump.stderr.count("waits for room") == dump.stderr.count("there is room again") == 1
    assert dump.final_stats()["output.left_over"] == 0


@pytest.mark.parametrize("name", ["air.pcap"])
def test_a_stop_while_the_disk_is_full(tool, mote, small_disk, name):
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", small_disk / name)
    fill(small_disk)
    for frame in FRAMES[:FIRST[name]]:
        mote.write(slip(frame))
    dump.wait_stderr("waits for room")
    dump.wait_stats(lambda s: s["line.passed"] == FIRST[name])
    dump.stop()
    stats = dump.final_stats()
    assert sequences(small_disk / name) == list(range(stats["output.written"]))
    assert stats["output.written"] + stats["output.left_over"] == FIRST[name]
    assert f"{stats['output.left_over']} not written (the disk was full)," in dump.stderr


def test_a_stop_while_the_disk_of_one_output_is_full(tool, mote, small_disk, tmp_path):
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", tmp_path / "air.pcap", "-w", small_disk / "air.pcap", "--events", tmp_path / "events")
    fill(small_disk)
    for frame in FRAMES[:60]:
        mote.write(slip(frame))
    dump.wait_stderr("waits for room")
    dump.wait_stats(lambda s: s["output.written"] == 60)
    dump.stop()
    left = dump.final_stats()["output_2.left_over"]
    assert left and f"{left} not written (the disk was full) in output_2," in dump.stderr and "the output had ended" not in dump.stderr
    done = [of for event, of in events_of(tmp_path / "events") if event == "file_done"]
    assert {e["file"]: e.get("reason", "") for e in done} == {str(tmp_path / "air.pcap"): "", str(small_disk / "air.pcap"): "the disk was full"}


def test_a_stop_while_a_quota_is_used_up(tool, mote, tmp_path, failing):
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", tmp_path / "air.txt", env=failing)
    (tmp_path / "fail").write_text("122")
    mote.write(slip(FRAMES[0]))
    dump.wait_stderr("waits for room")
    dump.stop()
    assert "0 frames, 1 not written (the quota was used up)," in dump.stderr


def test_what_had_room_again_in_time_is_not_blamed_on_the_disk(tool, mote, small_disk):
    """The output ends for another reason later."""
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", small_disk / "air.pcap")
    filler = fill(small_disk)
    for frame in FRAMES[:50]:
        mote.write(slip(frame))
    dump.wait_stderr("waits for room")
    filler.unlink()
    dump.wait_stderr("there is room again")
    dump.wait_stats(lambda s: s["output.written"] == 50)
    dump.stop()
    assert "50 frames, 0 dropped" in dump.stderr


def test_one_output_that_waits_holds_up_no_other(tool, mote, small_disk, tmp_path):
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", small_disk / "air.pcap", "-w", tmp_path / "air.pcap", "--json")
    filler = fill(small_disk)
    for frame in FRAMES[:60]:
        mote.write(slip(frame))
    stats = dump.wait_stats(lambda s: s["output_2.written"] == s["output_3.written"] == 60)
    assert stats["output.written"] < 60
    filler.unlink()
    dump.wait_stats(lambda s: s["output.written"] == 60)
    dump.stop()
    assert sequences(small_disk / "air.pcap") == sequences(tmp_path / "air.pcap") == list(range(60))


def test_a_file_that_is_read_waits_for_the_disk(tool, small_disk, tmp_path):
    (tmp_path / "line").write_bytes(b"".join(map(slip, FRAMES[:60])))
    filler = fill(small_disk, 8192)
    dump = tool("slip-dump", *RAW, *FULL, "-r", tmp_path / "line", "-w", small_disk / "air.pcapng", "-C", "4k", wait=False)
    dump.wait_stderr("waits for room")
    filler.unlink()
    dump.wait(status=0)
    assert all_sequences(small_disk, "air.pcapng") == list(range(60))


# What an output is given last waits in its buffer: the end of the tool is no end of the wait.
@pytest.mark.parametrize("options", [(), ("-c", 60), ("--format", "json"), ("--print",), ("-c", 60, "-w", "other.pcap")], ids=lambda o: " ".join(map(str, o)))
def test_the_last_of_a_file_waits_for_the_disk(tool, small_disk, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "line").write_bytes(b"".join(map(slip, FRAMES[:60])))
    filler = fill(small_disk)
    dump = tool("slip-dump", "--fcs", "none", *FULL, "-r", tmp_path / "line", "-w", small_disk / "air.pcap", *options, wait=False)
    dump.wait_stderr("waits for room")
    filler.unlink()
    dump.wait(10, status=0)
    path = small_disk / "air.pcap"
    assert sequences(path.rename(path.with_suffix(".json")) if "json" in options else path) == list(range(60))


@pytest.mark.parametrize("options", [("-c", 60), ("-c", 60, "-w", "other.pcap"), ("-G", 1, "-W", 1)], ids=lambda o: " ".join(map(str, o)))
def test_the_last_of_a_port_waits_for_the_disk(tool, mote, small_disk, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    dump = tool("slip-dump", "--fcs", "none", *FULL, "-p", mote.link, "-w", small_disk / "air.pcap", *options)
    filler = fill(small_disk)
    for frame in FRAMES[:60]:
        mote.write(slip(frame))
    dump.wait_stderr("waits for room")
    filler.unlink()
    dump.wait(10, status=0)
    assert sequences(small_disk / "air.pcap") == list(range(60))


@pytest.mark.parametrize("options", [(), ("-w", "other.pcap")], ids=" ".join)
def test_the_last_of_the_bus_waits_for_the_disk(bus_tool, witness, small_disk, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    dump = bus_tool("amqp-dump", *FULL, "-c", 40, "-w", small_disk / "air.pcap", *options)
    bus = witness()
    filler = fill(small_disk)
    for _ in range(40):
        bus.publish("fromAgent.probe_1.802154.serial.packet.raw",
                    {"_api_version": "1.2.15", "data": list(DATA + bytes(900)), "interface_name": "a", "timestamp": 1})
    dump.wait_stderr("waits for room")
    filler.unlink()
    dump.wait(10, status=0)
    assert capinfos(small_disk / "air.pcap")[1] == 40


@pytest.mark.parametrize("name, rotation", [("air.pcap", ()), ("air.txt", ("-G", "3600"))])
def test_a_folder_without_room_for_one_more_file_keeps_the_numbers_in_a_row(tool, small_disk, tmp_path, name, rotation):
    def inodes(n):
        subprocess.run(["mount", "-o", f"remount,nr_inodes={n}", small_disk], check=True)

    (tmp_path / "line").write_bytes(b"".join(map(slip, FRAMES[:60])))
    inodes(4)  # one is the folder's
    dump = tool("slip-dump", *RAW, *FULL, "-r", tmp_path / "line", "-w", small_disk / name, "--file-frames", "10", *rotation, wait=False)
    dump.wait_stderr("waits for room")
    dump.wait_stats(lambda s: s["output.disk_full_ms"] >= 1000)  # it has tried more than once
    inodes(100)
    dump.wait(status=0)
    stem, suffix = name.split(".")
    assert sorted(p.name for p in small_disk.iterdir()) == sorted([name] + [f"{stem}.{n}.{suffix}" for n in range(1, 6)])
    assert all_sequences(small_disk, name) == list(range(60))


def test_with_stop_it_is_a_failure(tool, mote, small_disk):
    dump = tool("slip-dump", *RAW, "-p", mote.link, "-w", small_disk / "air.pcap")
    fill(small_disk)
    for frame in FRAMES[:60]:
        mote.write(slip(frame))
    dump.wait(status=1)
    assert "No space left on device" in dump.stderr and "waits" not in dump.stderr
    assert "not written (the disk was full)," in dump.stderr
    assert sequences(small_disk / "air.pcap") == list(range(dump.final_stats()["output.written"]))


def test_frames_that_the_ring_has_no_room_for_are_counted(tool, mote, small_disk):
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", small_disk / "air.pcap")
    filler = fill(small_disk)
    frame = slip(DATA + bytes(1900))
    for _ in range(8):
        mote.write(frame * 100)
    dump.wait_stats(lambda s: s["line.dropped_no_room"] > 0)
    filler.unlink()
    dump.wait_stderr("there is room again")
    dump.stop()
    stats = dump.final_stats()
    assert stats["line.passed"] == stats["output.written"] + stats["output.left_over"]
    assert stats["line.passed"] + stats["line.dropped_no_room"] == 800


# --- other errors ---

@pytest.mark.parametrize("name", ["air.pcapng"])
def test_a_quota_is_waited_for(tool, mote, failing, tmp_path, name):
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", tmp_path / name, env=failing)
    (tmp_path / "fail").write_text("122")  # EDQUOT
    for frame in FRAMES[:60]:
        mote.write(slip(frame))
    dump.wait_stderr("Disk quota exceeded: waits for room")
    (tmp_path / "fail").write_text("")
    dump.wait_stats(lambda s: s["output.written"] == 60)
    dump.stop()
    assert sequences(tmp_path / name) == list(range(60)), "what was written of a record is taken back, and written again behind what was whole"


@pytest.mark.parametrize("error, words", [(5, "Input/output error"), (30, "Read-only file system")])
def test_other_errors_are_no_full_disk(tool, mote, failing, tmp_path, error, words):
    dump = tool("slip-dump", *RAW, *FULL, "-p", mote.link, "-w", tmp_path / "air.pcap", "-w", tmp_path / "b.pcap", env=failing)
    for frame in FRAMES[:10]:
        mote.write(slip(frame))
    dump.wait_stats(lambda s: s["output.written"] == s["output_2.written"] == 10)
    (tmp_path / "fail").write_text(str(error))
    mote.write(slip(FRAMES[10]))
    dump.wait(status=1)
    assert f"air.pcap: {words}" in dump.stderr and f"b.pcap: {words}" in dump.stderr
    assert sequences(tmp_path / "air.pcap") == list(range(10))


def test_a_limit_of_files_is_told_in_words(tool, mote, tmp_path):
    dump = tool("slip-dump", *RAW, "-p", mote.link, "-w", tmp_path / "air.pcap", prefix=["prlimit", "--fsize=2000"])
    for frame in FRAMES[:10]:
        mote.write(slip(frame))
    dump.wait(status=1)
    assert "not written (the output had failed)," in dump.stderr
    assert "air.pcap: File too large" in dump.stderr and sequences(tmp_path / "air.pcap") == list(range(dump.final_stats()["output.written"]))


# --- on the disk ---

def test_unbuffered_is_on_the_disk_within_a_second(tool, mote, failing, tmp_path):
    dump = tool("slip-dump", *RAW, "--file-frames", 3, "-p", mote.link, "-w", tmp_path / "air.pcap", env=failing)
    for frame in FRAMES[:7]:
        mote.write(slip(frame))
    dump.wait_stats(lambda s: s["output.written"] == 7)
    third = os.path.getsize(tmp_path / "air.2.pcap")
    wait_until(lambda: str(third) in (tmp_path / "syncs").read_text().split(), what="the frame that nothing follows is on the disk")
    full = [os.path.getsize(tmp_path / name) for name in ("air.pcap", "air.1.pcap")]
    assert [int(n) for n in (tmp_path / "syncs").read_text().split()][:2] == full, "each file at its end"
    dump.stop()
    buffered = tool("slip-dump", "--fcs", "none", "-p", mote.link, "-w", tmp_path / "b.pcap", env=dict(failing, SYNC_LOG=str(tmp_path / "none")))
    mote.write(slip(FRAMES[0]))
    buffered.wait_stats(lambda s: s["output.written"] == 1)
    buffered.stop()
    assert not (tmp_path / "none").exists()


# --- files one after another ---

@pytest.mark.parametrize("name", NAMES)
def test_rotation_by_size_frames_and_in_a_ring(tmp_path, name):
    stream = b"".join(map(slip, FRAMES[:60]))
    for options, least in ((("-C", "4k"), 2), (("--file-frames", 15, "-C", "100m"), 4)):
        folder = tmp_path / "-".join(map(str, options))
        folder.mkdir()
        _, _, stats = run("--fcs", "none", "-r", "-", "-w", folder / name, *options, stdin=stream)
        assert all_sequences(folder, name) == list(range(60)) and stats["output.files"] == len(list(folder.iterdir())) >= least
    ring = tmp_path / "ring"
    ring.mkdir()
    run("--fcs", "none", "-r", "-", "-w", ring / name, "--file-frames", 10, "-W", 3, stdin=stream)
    assert sorted(p.name for p in ring.iterdir()) == [name.replace(".", f".{i}.") for i in range(3)]
    assert all_sequences(ring, name) == list(range(30, 60))


@pytest.mark.parametrize("name", ["air.json"])
def test_rotation_by_time(tool, mote, tmp_path, name):
    dump = tool("slip-dump", *RAW, "-G", 1, "-W", 3, "-p", mote.link, "-w", tmp_path / name)
    sent = 0
    while dump.process.poll() is None:
        mote.write(slip(FRAMES[sent % 60]))
        sent += 1
        try:
            dump.process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass
    dump.wait(1, status=0)
    stats = dump.final_stats()
    assert 2 <= stats["output.files"] <= 3
    assert len(all_sequences(tmp_path, name)) == stats["output.written"] > 0


def test_format_beats_the_name_for_lines_too(tmp_path):
    run("--fcs", "none", "-r", "-", "-w", tmp_path / "air.pcap", "--format", "json", stdin=slip(DATA))
    assert json.loads((tmp_path / "air.pcap").read_text())["frame"]["type"] == "Data"
    run("--fcs", "none", "-r", "-", "-w", tmp_path / "air.json", "--format", "pcap", stdin=slip(DATA))
    assert capinfos(tmp_path / "air.json") == ("nsecpcap", 1)


# --- an end by the clock ---

def test_duration(tool, mote, tmp_path):
    begin = time.monotonic()
    dump = tool("slip-dump", *RAW, "--duration", "1.5", "-p", mote.link, "-w", tmp_path / "air.pcap")
    mote.write(slip(DATA))
    dump.wait(status=0)
    assert time.monotonic() - begin >= 1.5 and capinfos(tmp_path / "air.pcap")[1] == 1


def test_a_duration_is_of_capture(tool, mote, tmp_path):
    """A FIFO's reader that takes its time does not count, and a port that is not there is the failure that it was."""
    os.mkfifo(tmp_path / "fifo")
    dump = tool("slip-dump", *RAW, "--duration", "0.1", "-p", mote.link, "-w", tmp_path / "fifo", wait=False)
    dump.wait_stderr("waiting for somebody to read this FIFO")
    with pytest.raises(subprocess.TimeoutExpired):
        dump.process.wait(1)
    with open(tmp_path / "fifo", "rb") as reader:
        dump.wait(status=0)
        assert len(reader.read()) == 24
    missing = tool("slip-dump", "--duration", "0.1", "-p", tmp_path / "none", wait=False)
    missing.wait(status=1)
    assert "no such port" in missing.stderr
    for value in ("0", "x", "-1", "1s", "nan"):
        wrong = tool("slip-dump", "--duration", value, "-p", mote.link, wait=False, stats=False)
        wrong.wait(status=2)
        assert "must be a number of seconds from 0.1 on" in wrong.stderr


def test_a_pipe_that_is_silent_ends_with_the_duration(tool):
    never, unread = os.pipe()
    dump = tool("slip-dump", "--duration", "0.2", "-r", "-", stdin=never, wait=False)
    dump.wait(status=0)
    os.close(unread)
    os.close(never)


# --- the other tools ---

def test_amqp_dump(bus_tool, witness, small_disk):
    dump = bus_tool("amqp-dump", "-U", *FULL, "-w", small_disk / "air.pcap", "--duration", "30")
    bus = witness()
    key, frame = "fromAgent.probe_1.802154.serial.packet.raw", list(DATA + bytes(900))
    bus.publish(key, {"_api_version": "1.2.15", "data": frame, "interface_name": "a", "timestamp": 1})
    dump.wait_stats(lambda s: s["output.written"] == 1)
    filler = fill(small_disk)
    for _ in range(39):
        bus.publish(key, {"_api_version": "1.2.15", "data": frame, "interface_name": "a", "timestamp": 1})
    dump.wait_stderr("No space left on device: waits for room")
    filler.unlink()
    stats = dump.wait_stats(lambda s: s["output.written"] == 40)
    assert stats["output.disk_full"] == 1
    dump.stop()
    assert capinfos(small_disk / "air.pcap")[1] == 40
    bus_tool("amqp-dump", "--duration", "0.3").wait(status=0)


@pytest.mark.parametrize("several", [False, True])
def test_amqp_dump_that_is_stopped_while_the_disk_is_full(bus_tool, witness, small_disk, tmp_path, several):
    dump = bus_tool("amqp-dump", "-U", *FULL, "-w", small_disk / "air.pcap", *(["-w", tmp_path / "air.pcap"] if several else []))
    bus = witness()
    key, frame = "fromAgent.probe_1.802154.serial.packet.raw", list(DATA + bytes(900))
    fill(small_disk)
    for _ in range(39):
        bus.publish(key, {"_api_version": "1.2.15", "data": frame, "interface_name": "a", "timestamp": 1})
    dump.wait_stderr("No space left on device: waits for room")
    if several:
        dump.wait_stats(lambda s: s["output_2.written"] == 39)
    dump.stop()
    left = dump.final_stats()["output.left_over"]
    assert left and f"{left} not written (the disk was full){' in output' if several else ''}," in dump.stderr, dump.stderr


def test_amqp_serial_tee(bus_tool, mote, witness, small_disk):
    serial = bus_tool("amqp-serial", "-n", "a", "-p", mote.link, "--mode", "passive", "--fcs", "none", "--tee", small_disk / "tee.pcapng", *FULL)
    bus = witness("fromAgent.a.802154.serial.packet.raw")
    filler = fill(small_disk)
    for frame in FRAMES[:60]:
        mote.write(slip(frame))
    assert len(bus.collect(60)) == 60, "the bridge goes on"
    serial.wait_stderr("tee.pcapng: No space left on device: waits for room")
    filler.unlink()
    serial.wait_stats(lambda s: s["tee.written"] == 60)
    serial.stop()
    assert sequences(small_disk / "tee.pcapng") == list(range(60))


def test_amqp_serial_that_is_stopped_while_the_disk_of_its_tee_is_full(bus_tool, mote, small_disk):
    serial = bus_tool("amqp-serial", "-n", "a", "-p", mote.link, "--mode", "passive", "--fcs", "none", "--tee", small_disk / "tee.pcapng", *FULL)
    fill(small_disk)
    for frame in FRAMES[:60]:
        mote.write(slip(frame))
    serial.wait_stderr("tee.pcapng: No space left on device: waits for room")
    serial.stop()
    left = serial.final_stats()["tee.left_over"]
    assert left and f"{left} left out of the tee (the disk was full)," in serial.stderr, serial.stderr


# --- what is waited for before there is anything to write ---

@pytest.mark.parametrize("what", ["a FIFO's reader", "a port", "a FIFO's reader, of amqp-dump"])
def test_statistics_come_while_something_is_waited_for(tool, mote, tmp_path, what):
    os.mkfifo(tmp_path / "fifo")
    name, arguments = {"a FIFO's reader": ("slip-dump", ["-p", mote.link, "-w", tmp_path / "fifo"]),
                       "a port": ("slip-dump", ["-p", tmp_path / "none", "--wait-port"]),
                       "a FIFO's reader, of amqp-dump": ("amqp-dump", ["-w", tmp_path / "fifo", "--url", "amqp://127.0.0.1:1/"])}[what]
    waiting = tool(name, *arguments, "--stats-every", "0.2", wait=False)
    waiting.wait_stderr(r"(?s)(\"tool\".*){3}")
    waiting.stats()
    waiting.stop()


# --- a disk that does not answer ---

HANGING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t write(int fd, const void *octets, size_t n)
{
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	struct stat about;
	static int writes;

	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && ++writes > 4) {
		close(open(getenv("HANGS"), O_CREAT | O_WRONLY, 0600));
		for (;;)
			pause();
	}
	return next(fd, octets, n);
}
"""


def test_a_disk_that_hangs_holds_up_no_stop(tool, tmp_path):
    """Its thread is left behind; nobody else waits for what is that thread's."""
    if os.environ.get("FLAVOUR") == "asan":
        pytest.skip("a preloaded library does not go with the sanitizers")
    (tmp_path / "hanging.c").write_text(HANGING)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "hanging.so", tmp_path / "hanging.c", "-ldl"], check=True)
    (tmp_path / "in.pcap").write_bytes(pcap_bytes(230, [(1, bytes.fromhex("61882acdab0200010068692a") * 4)] * 100000))
    dump = tool("slip-dump", "-r", tmp_path / "in.pcap", "-w", tmp_path / "out.pcapng", wait=False,
                env={"LD_PRELOAD": str(tmp_path / "hanging.so"), "HANGS": str(tmp_path / "hangs")})
    wait_until((tmp_path / "hangs").exists)
    dump.stop(status=1)
    assert "out.pcapng: does not take what is written to it: left as it is" in dump.stderr
