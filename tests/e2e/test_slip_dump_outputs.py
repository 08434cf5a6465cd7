"""slip-dump with several outputs at once: captures, lines and JSON side by side, each with its own rotation, reader and end."""
import json
import os
import re
import subprocess
import threading

import pytest

import harness
from harness import tshark
from test_slip_dump import ACK, DATA, check_sums, frames_of, numbered, run, slip, slip_dump  # noqa: F401 (a fixture)

RAW = ("--fcs", "none")


def capinfos(path, *options):
    """(type of the file, packets)"""
    out = subprocess.run(["capinfos", "-Mtc", path, *options], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout
    return re.search(r"File type:\s+(.*)", out)[1], int(re.search(r"Number of packets:\s+(\d+)", out)[1])


def check_each(stats, count):
    """Every frame is accounted for at every output."""
    came = stats["line.passed"] - stats.get("filter.left_out", 0)
    for section in ["output"] + [f"output_{i}" for i in range(2, count + 1)]:
        ends = ("written", "left_over", "dropped_no_reader", "dropped_no_room")
        assert came == sum(stats[f"{section}.{end}"] for end in ends), (section, stats)


def test_a_file_into_every_format_at_once(tmp_path):
    frames = numbered(300) + [ACK]
    stream = tmp_path / "recorded.slip"
    stream.write_bytes(b"".join(map(slip, frames)))
    out, _, stats = run(*RAW, "-r", stream, "-w", tmp_path / "a.pcap", "-w", tmp_path / "b.pcapng", "-w", tmp_path / "c", "--print")
    assert capinfos(tmp_path / "a.pcap") == ("nsecpcap", 301)
    assert capinfos(tmp_path / "b.pcapng") == ("pcapng", 301)
    assert (tmp_path / "a.pcap").read_bytes() == (tmp_path / "c").read_bytes()
    fields = ("frame.len", "wpan.seq_no", "frame.time_epoch")
    assert tshark(tmp_path / "a.pcap", *fields) == tshark(tmp_path / "b.pcapng", *fields)
    assert {row[0] for row in tshark(tmp_path / "b.pcapng", "frame.interface_name")} == {str(stream)}
    assert len(out.decode().splitlines()) == 301 and b"Ack v0 seq 106" in out
    check_each(stats, 4)


def test_format_beats_the_name(tmp_path):
    run(*RAW, "-r", "-", "-w", tmp_path / "a.pcap", "--format", "pcapng", stdin=slip(ACK))
    assert capinfos(tmp_path / "a.pcap") == ("pcapng", 1)
    run(*RAW, "-r", "-", "-w", tmp_path / "a.pcapng", "--format", "pcap", stdin=slip(ACK))
    assert capinfos(tmp_path / "a.pcapng")[0] == "nsecpcap"
    assert tshark(run(*RAW, "-r", "-", "-w", "-", "--format", "pcapng", stdin=slip(ACK))[0], "frame.interface_name") == [["standard input"]]


def test_a_name_says_the_same_in_capitals(tmp_path):
    run(*RAW, "-r", "-", *(x for name in ("a.PCAPNG", "b.Json", "c.TXT", "d.PCAP") for x in ("-w", tmp_path / name)), stdin=slip(ACK))
    assert capinfos(tmp_path / "a.PCAPNG") == ("pcapng", 1) and capinfos(tmp_path / "d.PCAP") == ("nsecpcap", 1)
    assert json.loads((tmp_path / "b.Json").read_text())["length"] == 3 and " Ack " in (tmp_path / "c.TXT").read_text()


def test_each_output_rotates_and_counts_by_itself(tmp_path):
    frames = numbered(400)
    _, _, stats = run(*RAW, "-r", "-", "-w", tmp_path / "a.pcap", "-w", tmp_path / "b.pcapng", "-C", "8k", "-c", "350", stdin=b"".join(map(slip, frames)))
    a, b = sorted(tmp_path.glob("a*.pcap")), sorted(tmp_path.glob("b*.pcapng"))
    assert len(a) > 1 and len(b) > 1 and capinfos(a[-1])[1] != capinfos(b[-1])[1], "their records are not of one size"
    assert sum(capinfos(p)[1] for p in a) == sum(capinfos(p)[1] for p in b) == 350
    assert stats["output.files"] == len(a) and stats["output_2.files"] == len(b)
    assert stats["output.left_over"] == stats["output_2.left_over"] == 50


def test_json_is_what_tshark_finds(tmp_path):
    frames = numbered(3) + [ACK]
    out, _, _ = run(*RAW, "--channel", 26, "-r", "-", "--json", "-w", tmp_path / "a.pcap", stdin=b"".join(map(slip, frames)))
    lines = [json.loads(line) for line in out.decode().splitlines()]
    witness = tshark(tmp_path / "a.pcap", "wpan.seq_no", "wpan-tap.ch_num", "frame.time_epoch")
    assert [[str(x["frame"]["sequence"]), str(x["channel"])] for x in lines] == [row[:2] for row in witness]
    assert re.findall(r'"time":([\d.]+)', out.decode()) == [row[2] for row in witness]
    assert {x["fcs"] for x in lines} == {"none"}


def test_a_long_frame_of_json_is_whole():
    out, _, _ = run(*RAW, "-r", "-", "--json", stdin=slip(DATA + bytes(range(200)) * 9))
    assert json.loads(out)["length"] == len(DATA) + 1800 and out.count(b"\n") == 1


def test_what_one_output_cannot_take_holds_up_no_other(slip_dump, probe, tmp_path):  # noqa: F811
    mote = probe()
    os.mkfifo(tmp_path / "fifo")
    never_read, unread = os.pipe()
    dump = slip_dump(*RAW, "-p", tmp_path / "probe", "-w", tmp_path / "air.pcap", "-w", tmp_path / "fifo", "--json", stdout=unread)
    os.close(unread)
    frames = [f + bytes(1500) for f in numbered(1500)]  # more than a ring and a pipe hold
    for i in range(0, len(frames), 100):
        mote.raw(b"".join(map(slip, frames[i:i + 100])))
    stats = dump.wait_stats(lambda s: s["output.written"] + s["output.left_over"] == s["output_2.dropped_no_reader"] == 1500)
    assert stats["output_3.written"] < 1000, "nobody reads standard output"
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    dump.wait_stats(lambda s: s["output_2.files"] == 1)
    mote.send(ACK)
    dump.wait_stats(lambda s: s["output_2.written"] == 1 and s["output.written"] == 1501)
    assert frames_of(os.read(reader, 65536)) == [ACK], "the late reader has a capture from its beginning"
    os.close(reader)
    dump.stop()
    os.close(never_read)
    stats = dump.final_stats()
    assert stats["output_3.dropped_no_room"] > 0 and stats["line.dropped_no_room"] == 0
    check_each(stats, 3)
    assert frames_of((tmp_path / "air.pcap").read_bytes()) == frames + [ACK]
    assert "counted as output_3.dropped_no_room" in dump.stderr and "in output_3" in dump.stderr


def test_a_fifo_without_a_reader_holds_up_no_other_output_of_a_file(slip_dump, tmp_path):  # noqa: F811
    """Its reader comes when the others are written, and has all that there was."""
    frames = numbered(300) + [ACK]
    (tmp_path / "recorded.slip").write_bytes(b"".join(map(slip, frames)))
    os.mkfifo(tmp_path / "fifo")
    dump = slip_dump(*RAW, "-r", tmp_path / "recorded.slip", "-w", tmp_path / "fifo", "-w", tmp_path / "air.pcap", "--json")
    dump.wait_stats(lambda s: s["output_2.written"] == s["output_3.written"] == 301)
    assert frames_of((tmp_path / "air.pcap").read_bytes()) == frames
    with open(tmp_path / "fifo", "rb") as reader:
        assert frames_of(reader.read()) == frames
    dump.wait(status=0)
    stats = dump.final_stats()
    assert stats["output.written"] == 301 and stats["output.dropped_no_room"] == 0
    check_each(stats, 3)


def test_every_fifo_without_a_reader_is_named_once(slip_dump, tmp_path):  # noqa: F811
    (tmp_path / "recorded.slip").write_bytes(slip(ACK))
    paths = [tmp_path / name for name in ("a.pcap", "b.jsonl", "c.txt")]
    for path in paths:
        os.mkfifo(path)
    dump = slip_dump(*RAW, "-r", tmp_path / "recorded.slip", *(x for path in paths for x in ("-w", path)))
    for path in paths:
        dump.wait_stderr(f"{path}: waiting for somebody to read this FIFO\n")
    dump.stop()
    assert dump.stderr.count("waiting for somebody") == len(paths)


@pytest.mark.parametrize("opens", [False, True], ids=["without a reader", "whose reader reads nothing"])
def test_a_fifo_that_takes_nothing_of_a_long_file_holds_up_no_other(slip_dump, tmp_path, opens):  # noqa: F811
    """More than a ring and a pipe hold: what it has no room for is counted, and the tool can be stopped."""
    frames = [f + bytes(1500) for f in numbered(1500)]
    (tmp_path / "recorded.slip").write_bytes(b"".join(map(slip, frames)))
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK) if opens else None
    dump = slip_dump(*RAW, "-r", tmp_path / "recorded.slip", "-w", tmp_path / "fifo", "-w", tmp_path / "air.pcap")
    dump.wait_stats(lambda s: s["output_2.written"] == 1500)
    assert frames_of((tmp_path / "air.pcap").read_bytes()) == frames
    dump.stop()
    if opens:
        os.close(reader)
    stats = dump.final_stats()
    assert stats["output.dropped_no_room"] > 0 and stats["output_2.left_over"] == 0
    check_each(stats, 2)
    assert "counted as output.dropped_no_room" in dump.stderr


def test_a_slow_reader_of_a_file_has_every_frame(slip_dump, tmp_path):  # noqa: F811
    frames = [f + bytes(1500) for f in numbered(1500)]
    (tmp_path / "recorded.slip").write_bytes(b"".join(map(slip, frames)))
    os.mkfifo(tmp_path / "fifo")
    dump = slip_dump(*RAW, "-r", tmp_path / "recorded.slip", "-w", tmp_path / "fifo", "-w", tmp_path / "air.pcap", wait=False)
    with open(tmp_path / "fifo", "rb", buffering=0) as reader:
        read = bytearray()
        while piece := reader.read(4096):
            read += piece
    dump.wait(status=0)
    assert frames_of(bytes(read)) == frames_of((tmp_path / "air.pcap").read_bytes()) == frames
    assert dump.final_stats()["output.dropped_no_room"] == 0


def test_a_reader_that_paused_is_waited_for_again(slip_dump, tmp_path):  # noqa: F811
    """What it had no room for meanwhile is lost to it; what comes when it reads again is not, however slowly it does."""
    frames = [f + bytes(1500) for f in numbered(4000)]
    fifo, words = tmp_path / "fifo", tmp_path / "words"
    os.mkfifo(fifo)
    os.mkfifo(words)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    dump = slip_dump(*RAW, "-r", words, "-w", fifo, "-w", tmp_path / "air.pcap", wait=False)
    with open(words, "wb", buffering=0) as line:
        for frame in frames[:2000]:  # twice what a ring and the records behind it hold
            line.write(slip(frame))
        dump.wait_stats(lambda s: s["output_2.written"] == 2000 and s["output.dropped_no_room"] > 0)
        lost = dump.stats()["output.dropped_no_room"]
        os.set_blocking(reader, True)
        read = bytearray(os.read(reader, 4096))
        while len(read) < 500_000:
            read += os.read(reader, 4096)

        def feed():
            for frame in frames[2000:]:
                line.write(slip(frame))

        feeding = threading.Thread(target=feed)
        feeding.start()
        while feeding.is_alive():
            read += os.read(reader, 4096)
        feeding.join()
    while piece := os.read(reader, 65536):
        read += piece
    os.close(reader)
    dump.wait(status=0)
    stats = dump.final_stats()
    assert stats["output.dropped_no_room"] == lost and stats["output.written"] == 4000 - lost
    check_each(stats, 2)
    assert frames_of(bytes(read)) == frames[:2000 - lost] + frames[2000:]


def test_an_output_that_ends_leaves_the_others(slip_dump, probe, tmp_path):  # noqa: F811
    mote = probe()
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    dump = slip_dump(*RAW, "-p", tmp_path / "probe", "-w", tmp_path / "fifo", "-w", tmp_path / "air.pcap", "-c", 3)
    mote.send(ACK)
    dump.wait_stats(lambda s: s["output.written"] == 1)
    os.close(reader)
    mote.send(ACK)
    dump.wait_stats(lambda s: s["line.passed"] == 2)
    dump.wait_stderr(f"{tmp_path}/fifo: nobody reads it any more: the other outputs go on\n")
    mote.send(ACK)
    dump.wait(status=0)  # -c is met by the last
    check_each(dump.final_stats(), 2)
    assert len(frames_of((tmp_path / "air.pcap").read_bytes())) == 3
    assert "2 not written (nobody read it any more) in output," in dump.stderr


@pytest.mark.parametrize("live", [False, True])
def test_a_disk_that_fills_up_ends_one_output_alone(slip_dump, probe, small_disk, tmp_path, live):  # noqa: F811
    frames = numbered(3000)
    stream = b"".join(map(slip, frames))
    outputs = (*RAW, "-w", small_disk / "a.pcap", "-w", tmp_path / "b.pcap")
    if live:
        mote = probe()
        dump = slip_dump("-p", tmp_path / "probe", *outputs)
        for i in range(0, len(frames), 500):
            mote.raw(b"".join(map(slip, frames[i:i + 500])))
        dump.wait_stats(lambda s: s["output_2.written"] == 3000)
        dump.stop(status=1)
        words, stats = dump.stderr, dump.final_stats()
    else:
        _, words, stats = run("-r", "-", *outputs, stdin=stream, status=1)
    assert f"{small_disk / 'a.pcap'}: No space left on device" in words
    assert "not written (the disk was full) in output," in words and "had ended" not in words
    assert frames_of((tmp_path / "b.pcap").read_bytes()) == frames
    assert 0 < stats["output.written"] == len(frames_of((small_disk / "a.pcap").read_bytes())) < 3000
    if live:
        check_each(stats, 2)


def test_one_output_has_the_statistics_that_it_had(slip_dump, probe, tmp_path):  # noqa: F811
    names = {"output.written", "output.left_over", "output.dropped_no_reader", "output.files"}
    stats = run(*RAW, "-r", "-", "-w", "-", stdin=slip(ACK))[2]
    assert {n for n in stats if n.startswith("output")} == names
    probe()
    dump = slip_dump(*RAW, "-p", tmp_path / "probe", "-w", tmp_path / "a.pcap")
    dump.stop()
    assert {n for n in dump.final_stats() if n.startswith("output")} == names
    check_sums(dump.final_stats())


@pytest.mark.parametrize("arguments, words", [
    (["-w", "-", "--print"], "where the lines go"),
    (["-w", "-", "--json"], "where the lines go"),
    (["-w", "a", "-w", "-", "-w", "-"], "one and the same"),
    (["-w", "a", "-w", "./a", "--overwrite"], "one and the same"),
    (["-w", "-", "-w", "/dev/stdout"], "one and the same"),
    (["--format", "pcapng"], "--format needs -w"),
    (["-w", "a", "--format", "text"], "one of pcap pcapng"),
    ([x for i in range(8) for x in ("-w", f"a{i}")] + ["--print"], "at the most 8"),
    (["-w", "a", "-w", "b", "--reopen"], "no FIFO"),
    (["--json", "-C", "1"], "-C and -G need -w FILE"),
])
def test_outputs_that_cannot_stand_side_by_side(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert words in run("-r", "-", *arguments, status=2)[1]
    assert not list(tmp_path.iterdir())
