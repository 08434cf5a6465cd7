"""What was recorded stays: names of files, rings and restarts of slip-dump and amqp-dump."""
import os
import signal
import subprocess
import tempfile
import threading
import time

import pytest

import harness
from harness import pcap_bytes, pcap_records

TUN = "fromAgent.agent_1.ip.tun.packet.raw"
IPV6 = harness.ipv6_udp("bbbb::1", "bbbb::2", b"six")


def stream(count, first=0):
    return b"".join(b"\xc0\x02\x00" + bytes([(first + i) % 180]) + b"\xc0" for i in range(count))


def dump(folder, *arguments, octets=None, status=0, **options):
    """slip-dump in this folder, to its end: what it said."""
    done = subprocess.run([harness.binaries_folder() / "slip-dump", "--fcs", "none", "-r", "-", *map(str, arguments)], cwd=folder, input=octets or stream(2),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, **options)
    assert done.returncode == status, done.stderr
    return done.stderr.decode()


def numbers(path):
    """The sequence numbers of the frames in a capture."""
    if path.suffix == ".pcapng":
        return [int(row[0]) for row in harness.tshark(path, "wpan.seq_no")]
    return [record.data[2] for record in pcap_records(path.read_bytes())[1]]


def is_written(path, *wanted):
    """These sequence numbers are in a capture that is being written."""
    return [record.data[2] for record in harness.records_so_far(path)] == list(wanted)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name,later", [
    ("air.pcap", ["air.1.pcap", "air.2.pcap"]), ("air", ["air.1", "air.2"]), ("air.pcapng", ["air.1.pcapng", "air.2.pcapng"]),
    (".pcap", [".pcap.1", ".pcap.2"])])
def test_a_restart_takes_the_next_free_name_and_says_so(tmp_path, name, later):
    folder = tmp_path / "a.b"
    folder.mkdir()
    assert dump(folder, "-w", f"../a.b/{name}", octets=stream(1, 0)).startswith("slip-dump: 1 frame, 0 dropped, ")
    for number, free in enumerate(later, 1):
        words = dump(folder, "-w", f"../a.b/{name}", octets=stream(1, number))
        assert f"../a.b/{name}: is there already: ../a.b/{free} is written" in words and "--overwrite" in words
    assert names(folder) == sorted([name, *later])
    assert [numbers(folder / each) for each in [name, *later]] == [[0], [1], [2]]


def test_a_ring_says_behind_how_many_files_it_goes_on(tmp_path):
    ring = ("-w", "air.pcap", "--file-frames", 1, "-W", 3)
    assert "goes on" not in dump(tmp_path, *ring, octets=stream(1, 0))
    assert "air.1.pcap: goes on behind 1 file of an earlier run, a ring of 3" in dump(tmp_path, *ring, octets=stream(1, 1))
    assert "air.2.pcap: goes on behind 2 files of an earlier run, a ring of 3" in dump(tmp_path, *ring, octets=stream(1, 2))


def test_overwrite_is_the_old_way(tmp_path):
    for first in 0, 1:
        assert dump(tmp_path, "-w", "air.pcap", "--overwrite", octets=stream(1, first)).startswith("slip-dump: 1 frame, 0 dropped, ")
    assert names(tmp_path) == ["air.pcap"] and numbers(tmp_path / "air.pcap") == [1]


@pytest.mark.parametrize("read,written", [("in.slip", "in.slip"), ("-", "in.slip"), ("in.slip", "link"), ("link", "in.slip"), ("in.slip", "hard")])
def test_what_is_read_is_not_overwritten(tmp_path, read, written):
    (tmp_path / "in.slip").write_bytes(stream(3))
    (tmp_path / "link").symlink_to("in.slip")
    os.link(tmp_path / "in.slip", tmp_path / "hard")
    with open(tmp_path / "in.slip", "rb") as octets:
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", read, "-w", written, "--overwrite"], cwd=tmp_path, stdin=octets,
                              stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr == f"slip-dump: {written}: is what is read: it would be lost, or never end (write to another file)\n"
    assert (tmp_path / "in.slip").read_bytes() == stream(3)


@pytest.mark.parametrize("read", ["in.slip", "-"])
@pytest.mark.parametrize("arguments", [[], ["-w", "-"], ["-w", "/dev/stdout", "--format", "pcapng"], ["--json", "-w", "other.pcap"]], ids=" ".join)
def test_what_is_read_is_not_appended_to(tmp_path, read, arguments):
    """By a shell's '>>': it would read what it has written, without an end."""
    octets = stream(2000)
    (tmp_path / "in.slip").write_bytes(octets)
    with open(tmp_path / "in.slip", "rb") as stdin, open(tmp_path / "in.slip", "ab") as stdout:
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", read, *arguments], cwd=tmp_path, stdin=stdin, stdout=stdout,
                              stderr=subprocess.PIPE, text=True, timeout=30)
    name = "/dev/stdout" if "/dev/stdout" in arguments else "standard output"
    assert (done.returncode, done.stderr) == (1, f"slip-dump: {name}: is what is read: it would be lost, or never end (write to another file)\n")
    assert (tmp_path / "in.slip").read_bytes() == octets


@pytest.mark.parametrize("arguments", [["--events", "air.pcap"], ["-w", "link"], ["-w", "hard"]], ids=" ".join)
def test_what_this_process_writes_already_is_not_overwritten(tmp_path, arguments):
    (tmp_path / "air.pcap").write_text("{}\n")
    (tmp_path / "link").symlink_to("made")
    os.link(tmp_path / "air.pcap", tmp_path / "hard")
    written = {"link": "made"}.get(arguments[1], "air.pcap")
    done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-", *arguments, "-w", written, "--overwrite"], cwd=tmp_path,
                          input=stream(1), capture_output=True, timeout=30)
    assert done.returncode in (1, 2) and (b"this process writes it already" in done.stderr or b"are one and the same" in done.stderr), done.stderr


def test_a_log_is_not_overwritten_by_what_is_written_into_it(tmp_path):
    (tmp_path / "log").write_text("before\n")
    with open(tmp_path / "log", "ab") as log:
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-", "-w", "log", "--overwrite"], cwd=tmp_path, input=stream(1),
                              stderr=log, timeout=30)
    assert done.returncode == 1
    assert (tmp_path / "log").read_text() == "before\nslip-dump: log: this process writes it already (give -w another name)\n"


def test_what_the_shell_has_open_besides_is_not_what_is_read(tmp_path):
    (tmp_path / "log").write_text("before\n")
    with open(tmp_path / "log", "rb") as besides, open(tmp_path / "log", "ab") as log:
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-"], input=stream(1), stdout=log, stderr=subprocess.PIPE,
                              pass_fds=[besides.fileno()], timeout=30)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_what_another_one_writes_is_not_overwritten(tmp_path, tool, probe):
    mote = probe()
    one = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", "-w", tmp_path / "air.pcap", "-U")
    mote.send(bytes([2, 0, 7]))
    harness.wait_until(lambda: is_written(tmp_path / "air.pcap", 7))
    assert dump(tmp_path, "-w", "air.pcap", "--overwrite", status=1) == \
        "slip-dump: air.pcap: another process of ours writes it (give -w another name)\n"
    one.stop()
    assert numbers(tmp_path / "air.pcap") == [7]
    dump(tmp_path, "-w", "air.pcap", "--overwrite", octets=stream(1))
    assert numbers(tmp_path / "air.pcap") == [0], "its writer is gone"


def test_by_size_a_restart_goes_on_behind_the_last_number(tmp_path):
    for first in 0, 100:
        dump(tmp_path, "-w", "air.pcap", "-C", "1k", octets=stream(100, first))
    assert names(tmp_path) == ["air.1.pcap", "air.2.pcap", "air.3.pcap", "air.pcap"]
    assert [n for each in ("air", "air.1", "air.2", "air.3") for n in numbers(tmp_path / f"{each}.pcap")] == [n % 180 for n in range(200)]


@pytest.mark.parametrize("pattern", ["plain.pcap", "day-%Y.pcap"])
def test_by_time_without_its_seconds_it_does_not_overwrite_itself(tmp_path, tool, probe, pattern):
    mote = probe()
    out = tmp_path / "out"
    out.mkdir()
    one = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", "-w", out / pattern, "-G", 1, "-U")
    for count in range(1, 4):
        mote.send(bytes([2, 0, count]))
        harness.wait_until(lambda: len(names(out)) == count and all(p.stat().st_size > 24 for p in out.iterdir()))
        time.sleep(1.05)  # of the day's clock: a period
    one.stop()
    stem = time.strftime(pattern).removesuffix(".pcap")
    assert [numbers(out / f"{stem}{n}.pcap") for n in ("", ".1", ".2")] == [[1], [2], [3]]
    assert "is there already" not in one.stderr, "its own files"


def test_within_the_hour_of_a_pattern(tmp_path):
    for first in 0, 1:
        words = dump(tmp_path, "-w", "air-%Y.pcap", "-G", 3600, octets=stream(1, first))
    year = time.strftime("%Y")
    assert f"air-{year}.pcap: is there already: air-{year}.1.pcap is written" in words
    assert [numbers(tmp_path / f"air-{year}{n}.pcap") for n in ("", ".1")] == [[0], [1]]


def test_the_statistics_name_the_file(tmp_path):
    dump(tmp_path, "-w", "air.pcap")
    assert "air.1.pcap: closed, 2 packets\n" in dump(tmp_path, "-w", "air.pcap", "--stats")
    assert "closed" not in dump(tmp_path, "-w", "air.pcap")
    words = dump(tmp_path, "-w", "b.pcap", "-C", "1k", "-v", octets=stream(60))
    assert "b.pcap: closed, 53 packets\n" in words and "b.1.pcap: closed, 7 packets\n" in words


# --- what is written as it is ---

def test_links(tmp_path):
    (tmp_path / "old.pcap").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    os.symlink("old.pcap", tmp_path / "used")
    os.symlink("folder/new.pcap", tmp_path / "one")
    os.symlink("one", tmp_path / "two")
    os.symlink("loop", tmp_path / "loop")
    for name in "used", "two", "two":
        dump(tmp_path, "-w", name)
    assert (tmp_path / "old.pcap").read_bytes() == b"old" and len(numbers(tmp_path / "used.1")) == 2
    assert len(numbers(tmp_path / "folder" / "new.pcap")) == 2 and (tmp_path / "two").is_symlink()
    assert len(numbers(tmp_path / "two.1")) == 2
    dump(tmp_path, "-w", "loop")
    assert names(tmp_path) == ["folder", "loop", "loop.1", "old.pcap", "one", "two", "two.1", "used", "used.1"]


def test_folders_are_refused_and_passed_over(tmp_path):
    (tmp_path / "a.pcap").mkdir()
    assert "a.pcap: Is a directory" in dump(tmp_path, "-w", "a.pcap", status=1)
    (tmp_path / "b.pcap").write_bytes(b"")
    (tmp_path / "b.1.pcap").mkdir()
    dump(tmp_path, "-w", "b.pcap")
    assert len(numbers(tmp_path / "b.2.pcap")) == 2


@pytest.mark.parametrize("links", [[0], [1], [0, 2]])
def test_a_link_has_a_name_of_the_ring(tmp_path, links):
    (tmp_path / "x").write_bytes(b"old")
    for number in links:
        os.symlink("x", tmp_path / f"a.{number}.pcap")
    for first in (0, 5):
        dump(tmp_path, "-w", "a.pcap", "--file-frames", 1, "-W", 3, octets=stream(5, first))
    assert names(tmp_path) == ["a.0.pcap", "a.1.pcap", "a.2.pcap", "x"]
    assert (tmp_path / "x").read_bytes() == b"old"
    written = [n for n in range(3) if n not in links]
    assert sorted(numbers(tmp_path / f"a.{n}.pcap")[0] for n in written) == list(range(10 - len(written), 10))


def test_a_ring_of_nothing_but_folders_is_refused(tmp_path):
    for number in range(2):
        (tmp_path / f"a.{number}.pcap").mkdir()
    assert "every name of the ring (-W 2) is that of a link or a folder" in dump(tmp_path, "-w", "a.pcap", "--file-frames", 1, "-W", 2, status=1)
    assert names(tmp_path) == ["a.0.pcap", "a.1.pcap"]


@pytest.mark.parametrize("name,program", [("air.pcap.gz", "gzip"), ("air.pcapng.ZST", "zstd"), ("air-%H.json.xz", "xz")])
def test_a_name_that_says_it_is_compressed_is_refused(tmp_path, name, program):
    words = dump(tmp_path, "-w", name, status=2)
    assert f"-w '{name}': nothing is compressed here: -w - | {program} > '{name}'" in words and names(tmp_path) == []
    os.mkfifo(tmp_path / "fifo.gz")
    reader = subprocess.Popen(["cat", tmp_path / "fifo.gz"], stdout=subprocess.PIPE)
    dump(tmp_path, "-w", "fifo.gz")
    assert len(pcap_records(reader.communicate()[0])[1]) == 2


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_shell_appends(tmp_path, path):
    with open(tmp_path / "out", "ab") as out:
        out.write(b"before")
        out.flush()
        for _ in range(2):
            subprocess.run([harness.binaries_folder() / "slip-dump", "--fcs", "none", "-r", "-", "-w", path], input=stream(2), stdout=out, check=True)
    data = (tmp_path / "out").read_bytes()
    assert data.startswith(b"before") and len(data) == 6 + 2 * (24 + 2 * 19)


@pytest.mark.parametrize("options", [[], ["-C", "1k"], ["-C", "1k", "-W", "3"], ["-G", "1"], ["--overwrite"]])
def test_devices(tmp_path, options):
    before = os.listdir("/dev")
    dump(tmp_path, "-w", "/dev/null", *options, octets=stream(300))
    assert sorted(os.listdir("/dev")) == sorted(before)


def test_two_at_once_have_a_file_each(tmp_path):
    def run(first):
        dump(tmp_path, "-w", "air.pcap", octets=stream(1, first))
    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(n for p in tmp_path.iterdir() for n in numbers(p)) == list(range(8))


# --- what others do to a file that is written ---

@pytest.mark.parametrize("options", [["-U"], []], ids=" ".join)
@pytest.mark.parametrize("what,words", [(os.unlink, "removed"), (lambda path: os.truncate(path, 0), "cut by another program")],
                         ids=["removed", "cut"])
@pytest.mark.parametrize("name", ["air.pcap", "air.txt"])
def test_a_file_that_others_take_away_is_told_of(tmp_path, tool, probe, name, what, words, options):
    mote, path = probe(), tmp_path / name
    one = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", "-w", path, "-w", tmp_path / "other.pcap", *options)
    mote.send(bytes([2, 0, 1]))
    one.wait_stats(lambda s: s["output.written"] == 1)
    what(path)
    mote.send(bytes([2, 0, 2]))
    one.wait_stats(lambda s: s["output.written"] == s["output_2.written"] == 2)
    one.stop()
    said = [line for line in one.stderr.splitlines() if "(a restart makes a new file)" in line]
    assert len(said) == 1 and f"{path}: has been {words}: " in said[0], one.stderr


def test_a_file_without_a_name_has_not_been_removed(tmp_path):
    for options in [], ["-w", "-"], ["-w", "/dev/stdout"]:
        with tempfile.TemporaryFile() as out:
            done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "-", *options], input=stream(3), stdout=out, stderr=subprocess.PIPE)
        assert (done.returncode, b"removed" in done.stderr) == (0, False)


def test_a_file_that_a_shell_appends_to_may_be_cut(tmp_path, tool, probe):
    """As logrotate's copytruncate does it: no zeros."""
    mote, path = probe(), tmp_path / "lines"
    with open(path, "ab") as out:
        one = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", stdout=out)
    mote.send(bytes([2, 0, 1]))
    harness.wait_until(lambda: path.stat().st_size)
    os.truncate(path, 0)
    mote.send(bytes([2, 0, 2]))
    harness.wait_until(lambda: path.stat().st_size)
    one.stop()
    assert b" Ack v0 seq 2" in path.read_bytes() and "cut" not in one.stderr


# --- rings ---

def in_order(folder):
    """All frames of a ring, the oldest file first."""
    return [n for path in sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime_ns) for n in numbers(path)]


@pytest.mark.parametrize("files", [1, 3, 11])
def test_a_ring_goes_on_behind_its_newest_file(tmp_path, files):
    """54 frames fill a kilobyte; each run has two files."""
    for run in range(7):
        dump(tmp_path, "-w", "air.pcap", "-C", "1k", "-W", files, octets=stream(60, run * 60))
        assert len(names(tmp_path)) == min(files, 2 * (run + 1))
        kept = in_order(tmp_path)
        # Whole files, without a gap, up to the newest frame.
        end = (run + 1) * 60
        assert kept == [n % 180 for n in range(end - len(kept), end)]
    if files > 1:
        assert names(tmp_path) == [f"air.{n:0{len(str(files - 1))}d}.pcap" for n in range(files)]


@pytest.mark.parametrize("shift", [-86400, 86400])
def test_a_ring_outlives_a_clock_that_steps(tmp_path, shift):
    """As if the clock had been off while the files were written."""
    dump(tmp_path, "-w", "air.pcap", "-C", "1k", "-W", 3, octets=stream(180))
    order = sorted(tmp_path.iterdir(), key=lambda p: p.stat().st_mtime_ns)
    for path in order:
        ns = path.stat().st_mtime_ns + shift * 10**9
        os.utime(path, ns=(ns, ns))
    for run in range(3, 7):
        dump(tmp_path, "-w", "air.pcap", "-C", "1k", "-W", 3, octets=stream(50, run * 50))
        assert in_order(tmp_path)[-50:] == [n % 180 for n in range(run * 50, run * 50 + 50)]
        assert len(names(tmp_path)) == 3


@pytest.mark.parametrize("options", [["-G", "1"], ["-G", "1", "-C", "1k"]])
@pytest.mark.parametrize("pattern", ["x-%s.pcap", "x-%S.pcap", "x-%Y%m%d.pcap", "x.pcap"])
def test_a_ring_by_time_never_has_more_files(tmp_path, options, pattern):
    (tmp_path / "x-notes.pcap").write_bytes(b"not of the ring")
    seconds = []  # of the day's clock, by which files end
    for run in range(5):
        begun = int(time.time())
        dump(tmp_path, "-w", pattern, *options, "-W", 3, octets=stream(120, run * 120))
        seconds.append(int(time.time()) - begun)
        assert len(names(tmp_path)) - 1 <= 3, names(tmp_path)
    (tmp_path / "x-notes.pcap").unlink()
    kept = in_order(tmp_path)
    assert kept == [n % 180 for n in range(600 - len(kept), 600)]
    # Of a run within a second nothing but its size ends a file.
    assert len(kept) >= (3 * 54 - 54 if max(seconds) < 1 else 3)


def test_what_is_no_file_of_the_ring_stays(tmp_path):
    others = ["air.pcap", "air.3.pcap", "air.03.pcap", "air.1.pcap.gz", "air.x.pcap", "bair.1.pcap", "air.1", "air.-1.pcap"]
    for name in others:
        (tmp_path / name).write_bytes(b"other")
        os.utime(tmp_path / name, (1, 1))
    for _ in range(4):
        dump(tmp_path, "-w", "air.pcap", "-C", "1k", "-W", 3, octets=stream(100))
    assert names(tmp_path) == sorted(others + ["air.0.pcap", "air.1.pcap", "air.2.pcap"])


def test_a_ring_that_is_smaller_now_takes_one_for_one(tmp_path):
    for n in range(5):
        dump(tmp_path, "-w", f"x-2001010{n + 1}.pcap")
    dump(tmp_path, "-w", "x-%Y%m%d.pcap", "-G", 60, "-W", 2)
    assert len(names(tmp_path)) == 5 and "x-20010101.pcap" not in names(tmp_path)


@pytest.mark.parametrize("read", ["air.0.pcap", "-"])
def test_a_ring_does_not_take_away_what_is_read(tmp_path, read):
    dump(tmp_path, "-w", "air.pcap", "--file-frames", 10, "-W", 3, octets=stream(30))
    recorded = (tmp_path / "air.0.pcap").read_bytes()
    with open(tmp_path / "air.0.pcap", "rb") as octets:
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", read, "-w", "air.pcap", "--file-frames", "1", "-W", "3", "--dlt", "nofcs"],
                              cwd=tmp_path, stdin=octets, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "air.0.pcap").read_bytes() == recorded
    assert "air.0.pcap: is what is read: it would be lost, or never end (write to another file); it stays in the ring\n" in done.stderr
    assert names(tmp_path) == ["air.0.pcap", "air.1.pcap", "air.2.pcap"]
    assert in_order(tmp_path)[-2:] == [8, 9]


@pytest.mark.parametrize("files", [1, 3])
def test_a_ring_does_not_take_away_what_another_one_writes(tmp_path, tool, probe, files):
    mote = probe()
    ring = "--file-frames", "10", "-W", str(files)
    one = tool("slip-dump", "--fcs", "none", "-p", tmp_path / "probe", "-U", "-w", tmp_path / "air.pcap", *ring)
    first = tmp_path / ("air.0.pcap" if files > 1 else "air.pcap")
    mote.send(bytes([2, 0, 177]))
    harness.wait_until(lambda: is_written(first, 177))
    said = dump(tmp_path, "-w", "air.pcap", *ring, octets=stream(100), status=int(files == 1))
    assert f"{first.name}: another process of ours writes it (give -w another name)" in said
    mote.send(bytes([2, 0, 178]))
    one.wait_stats(lambda s: s["output.written"] == 2)
    one.stop()
    assert numbers(first) == [177, 178]
    assert files == 1 or sorted(numbers(tmp_path / "air.1.pcap") + numbers(tmp_path / "air.2.pcap")) == list(range(80, 100))


# --- amqp-dump ---

@pytest.mark.parametrize("suffix", [".pcap", ".pcapng"])
def test_amqp_dump_takes_the_next_free_name(bus_tool, witness, tmp_path, suffix):
    sender = witness()
    for name in "air", "air.1", "air.2":
        one = bus_tool("amqp-dump", "-w", tmp_path / f"air{suffix}", "-c", "1")
        sender.publish(TUN, pcap_bytes(101, [(1, IPV6)]), content_type="application/vnd.tcpdump.pcap")
        one.wait(status=0)
        assert ("is there already" in one.stderr) == (name != "air")
        assert len(harness.tshark(tmp_path / f"{name}{suffix}", "frame.number")) == 1
    assert len(names(tmp_path)) == 3
    one = bus_tool("amqp-dump", "-w", tmp_path / f"air{suffix}", "--overwrite")
    one.stop(signal.SIGTERM)
    assert len(names(tmp_path)) == 3 and harness.tshark(tmp_path / f"air{suffix}", "frame.number") == []
