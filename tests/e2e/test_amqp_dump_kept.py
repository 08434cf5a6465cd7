"""amqp-dump --keep: the queue stays at every end, one recorder at a time, nothing that was kept is thrown away."""
import os
import shutil
import signal
import subprocess
import time

import pika
import pytest

from harness import ipv6_udp, pcap_bytes, pcap_records, wait_until

KEY, QUEUE = "fromAgent.agent_1.ip.tun.packet.raw", "framebus.recorder.dump"
PCAP = "application/vnd.tcpdump.pcap"
FIRST_TIME = 1700000000_000000000


def packet(number, size=100):
    return ipv6_udp("bbbb::1", "bbbb::2", number.to_bytes(4, "big").ljust(size, b"."))


def number_of(octets):
    return int.from_bytes(octets[48:52], "big")


def numbers_in(path):
    octets = path.read_bytes()
    return [number_of(record.data) for record in pcap_records(octets)[1]] if octets else []  # the header waits for the first packet


def records(numbers):
    return [(FIRST_TIME + n * 1000, packet(n)) for n in numbers]


@pytest.fixture
def record(bus_tool, tmp_path):
    """record(FILE, OPTION...) is a recorder of the name `recorder`."""
    def start(path, *arguments, **options):
        return bus_tool("amqp-dump", "--keep", "-n", "recorder", "-w", path, *arguments, **options)
    return start


@pytest.fixture
def play(bus_tool, tmp_path):
    """play(NUMBERS) publishes these packets, and all of them are in the hands of the broker."""
    def publish(numbers, *arguments):
        source = tmp_path / "source.pcap"
        source.write_bytes(pcap_bytes(101, records(numbers)))
        player = bus_tool("amqp-play", "-n", "agent_1", "-r", source, "--speed", "0", *arguments, wait=False)
        player.wait(30, status=0)
        assert player.final_stats()["bus_uplink.unroutable"] == 0
    return publish


def wait_written(tool, count):
    return tool.wait_stats(lambda report: report["output.written"] == count)


def queue(vhost):
    return next((q for q in vhost.queues() if q["name"] == QUEUE), None)


def arguments_of(vhost):
    arguments = queue(vhost)["arguments"]
    return dict(arguments) if isinstance(arguments, dict) else {name: value for name, *_, value in arguments}


# --- it stays ---

ENDS = {
    "SIGTERM": lambda tool: tool.stop(signal.SIGTERM),
    "SIGINT": lambda tool: tool.stop(signal.SIGINT),
    "SIGHUP": lambda tool: tool.stop(signal.SIGHUP, status=None),
    "SIGKILL": lambda tool: tool.kill(),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_arrives_between_two_runs_is_in_the_next(record, play, vhost, tmp_path, end):
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    tool = record(one)
    play(range(10))
    wait_written(tool, 10)
    ENDS[end](tool)
    play(range(10, 30))
    again = record(two)
    # What a killed recorder had written and not yet confirmed comes again.
    again.wait_stats(lambda report: report["output.written"] >= 20 and queue(vhost)["messages"] == 0)
    assert again.stats()["bus_downlink.lost_on_bus"] == 0
    again.stop()
    came_again = numbers_in(two)[:-20]
    assert came_again == list(range(10))[10 - len(came_again):]
    assert end == "SIGKILL" or not came_again
    assert (numbers_in(one), numbers_in(two)[-20:]) == (list(range(10)), list(range(10, 30)))
    wait_until(lambda: vhost.queue_names() == [QUEUE], what="that of the reader is gone")


def test_a_count_that_is_reached(record, play, vhost, tmp_path):
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    tool = record(one, "-c", "50")
    play(range(200))
    tool.wait(status=0)
    again = record(two)
    wait_written(again, 150)
    again.stop()
    assert (numbers_in(one), numbers_in(two)) == (list(range(50)), list(range(50, 200)))


@pytest.mark.parametrize("options", [[], ["-U"]])
def test_a_message_that_the_count_cuts_comes_again_whole(record, witness, tmp_path, options):
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    tool = record(one, "-c", "7", *options)
    sender = witness()
    for first in (0, 5, 10):
        sender.publish(KEY, pcap_bytes(101, records(range(first, first + 5))), content_type=PCAP)
    tool.wait(status=0)
    again = record(two)
    wait_written(again, 10)
    again.stop()
    assert (numbers_in(one), numbers_in(two)) == (list(range(7)), list(range(5, 15)))


def test_a_count_that_ends_with_a_message(record, witness, tmp_path):
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    tool = record(one, "-c", "5")
    sender = witness()
    for first in (0, 5):
        sender.publish(KEY, pcap_bytes(101, records(range(first, first + 5))), content_type=PCAP)
    tool.wait(status=0)
    again = record(two)
    wait_written(again, 5)
    again.stop()
    assert numbers_in(two) == list(range(5, 10))


def test_a_reader_of_a_pipe_that_goes(record, play, vhost, tmp_path):
    read, write = os.pipe()
    tool = record("-", stdout=write)
    os.close(write)
    play(range(3))
    wait_written(tool, 3)
    os.close(read)
    tool.wait(status=0)
    play(range(3, 40))
    again = record(tmp_path / "two.pcap")
    wait_written(again, 37)
    again.stop()
    assert numbers_in(tmp_path / "two.pcap") == list(range(3, 40))


@pytest.fixture
def disk(tmp_path):
    """A disk of its own, of 512 KiB; disk(SIZE) makes it another size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"file systems cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("options", [[], ["-U"]])
def test_a_full_disk(record, bus_tool, vhost, disk, tmp_path, options):
    source = tmp_path / "source.pcap"
    source.write_bytes(pcap_bytes(101, [(FIRST_TIME + n * 1000, packet(n, 400)) for n in range(2000)]))
    tool = record(disk / "one.pcap", *options)
    bus_tool("amqp-play", "-n", "agent_1", "-r", source, "--speed", "0", wait=False).wait(30, status=0)
    tool.wait(status=1)
    assert f"{disk / 'one.pcap'}: No space left on device" in tool.stderr
    first = numbers_in(disk / "one.pcap")
    subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
    again = record(disk / "two.pcap", *options)
    again.wait_stats(lambda s: s["output.written"] >= 2000 - len(first))
    wait_until(lambda: queue(vhost)["messages"] == 0, what="an empty queue")
    again.stop()
    second = numbers_in(disk / "two.pcap")
    assert 0 < len(first) < 2000 and first + second == list(range(2000))


def test_what_the_recorder_was_never_given_stays_too(record, play, vhost, tmp_path):
    """A pipe that nobody reads: the stop comes while a packet waits to be written."""
    read, write = os.pipe()
    tool = record("-", "--format", "pcap", stdout=write)
    os.close(write)
    play(range(2000))
    report = tool.wait_stats(lambda r: 0 < r["output.written"] == tool.stats()["output.written"])
    tool.stop()
    data = b""
    while piece := os.read(read, 65536):
        data += piece
    os.close(read)
    first = [number_of(r.data) for r in pcap_records(data)[1]]
    assert len(first) >= report["output.written"]
    again = record(tmp_path / "two.pcap")
    wait_written(again, 2000 - len(first))
    again.stop()
    assert first + numbers_in(tmp_path / "two.pcap") == list(range(2000))


# --- its limits ---

def test_limits_are_asked_for(record, vhost, tmp_path):
    record(tmp_path / "a.pcap").stop()
    assert arguments_of(vhost) == {"x-queue-type": "quorum", "x-expires": 3600000, "x-max-length-bytes": 1 << 30}


@pytest.mark.parametrize("given,octets", [("1000000", 1000000), ("64k", 64 << 10), ("2M", 2 << 20), ("3g", 3 << 30)])
def test_octets(record, vhost, tmp_path, given, octets):
    record(tmp_path / "a.pcap", "--keep-octets", given, "--keep-for", "0").stop()
    assert arguments_of(vhost) == {"x-queue-type": "quorum", "x-max-length-bytes": octets}


def test_it_expires_unused(record, vhost, tmp_path):
    tool = record(tmp_path / "a.pcap", "--keep-for", "1")
    time_in_use = time.monotonic() + 2
    wait_until(lambda: time.monotonic() > time_in_use)
    assert queue(vhost)
    tool.stop()
    wait_until(lambda: vhost.queue_names() == [], what="the queue has expired")


def test_the_oldest_go_and_are_counted(record, bus_tool, vhost, tmp_path):
    tool = record(tmp_path / "a.pcap", "--keep-octets", "100k")
    player = bus_tool("amqp-play", "-n", "agent_1", "-r", "-", "--speed", "0", stdin=subprocess.PIPE, wait=False)
    data = pcap_bytes(101, records(range(3001)))
    first = 24 + 16 + len(packet(0))
    player.stdin.write(data[:first])
    player.stdin.flush()
    wait_written(tool, 1)
    tool.process.send_signal(signal.SIGSTOP)
    player.stdin.write(data[first:])
    player.stdin.close()
    player.wait(status=0)
    tool.process.send_signal(signal.SIGCONT)
    report = tool.wait_stats(lambda r: r["output.written"] + r["bus_downlink.lost_on_bus"] == 3001)
    assert report["bus_downlink.lost_on_bus"] > 2000
    tool.stop()
    assert numbers_in(tmp_path / "a.pcap")[-1] == 3000


@pytest.mark.parametrize("arguments,complaint", [
    (["--keep", "--keep-for", "4294968"], "--keep-for '4294968': must be a whole number from 0 to 4294967"),
    (["--keep", "--keep-octets", "0"], "--keep-octets '0'"),
    (["--keep", "--keep-octets", "k"], "--keep-octets 'k'"),
    (["--keep", "--keep-octets", "-1"], "--keep-octets '-1'"),
    (["--keep", "--keep-octets", "9999999999g"], "--keep-octets '9999999999g'"),
    (["--keep", "--keep-octets", "18446744073709551616"], "--keep-octets"),
    (["--keep", "--keep-octets", "1000000000000000000000000000"], "--keep-octets"),
    (["--keep-for", "10"], "--keep-for needs --keep"),
    (["--keep-octets", "10"], "--keep-octets needs --keep"),
    (["--delete-queue"], "--delete-queue needs --keep"),
])
def test_wrong_usage(tool, arguments, complaint):
    run = tool("amqp-dump", *arguments, wait=False)
    run.wait(status=2)
    assert complaint in run.stderr


# --- it goes ---

@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_end_deletes_it(record, vhost, tmp_path, sig):
    tool = record(tmp_path / "a.pcap", "--delete-queue")
    tool.stop(sig)
    wait_until(lambda: vhost.queue_names() == [], what="the queues are gone")


def test_a_failure_does_not_delete_it(record, play, vhost):
    tool = record("/dev/full", "--format", "pcap", "--delete-queue", "-U")
    play([1])
    tool.wait(status=1)
    wait_until(lambda: queue(vhost)["messages"] == 1, what="the message is in the queue")


# --- limits that differ ---

def test_other_limits_stay_in_force_and_are_told(record, play, vhost, tmp_path):
    record(tmp_path / "a.pcap", "--keep-for", "7200", "--keep-octets", "5m").stop()
    play(range(5))
    tool = record(tmp_path / "b.pcap", "--keep-for", "60")
    assert "--keep-for is 7200 s there, not 60 s (x-expires 7200000 against 60000)" in tool.stderr
    assert f"--keep-octets is {5 << 20} there, not {1 << 30}" in tool.stderr
    assert tool.stderr.count("--delete-queue") == 1 and QUEUE in tool.stderr
    wait_written(tool, 5)
    assert arguments_of(vhost) == {"x-queue-type": "quorum", "x-expires": 7200000, "x-max-length-bytes": 5 << 20}
    vhost.broker.close_connections(vhost.name)  # said once, not at each connection
    tool.wait_stats(lambda r: r["bus_downlink.connections"] == 2)
    play(range(5, 9))
    wait_written(tool, 9)
    tool.stop()
    assert tool.stderr.count("--delete-queue") == 1
    assert numbers_in(tmp_path / "b.pcap") == list(range(9))


def test_limits_that_one_of_them_does_not_have(record, vhost, tmp_path):
    record(tmp_path / "a.pcap").stop()
    tool = record(tmp_path / "b.pcap", "--keep-for", "0")
    assert "--keep-for is 3600 s there, not none" in tool.stderr
    tool.stop()


@pytest.mark.parametrize("declared", [
    {"durable": True}, {}, {"auto_delete": True}, {"durable": True, "arguments": {"x-max-priority": 3}},
    {"durable": True, "arguments": {"x-queue-type": "quorum", "x-max-length": 1000, "x-overflow": "reject-publish"}},
    {"durable": True, "arguments": {"x-queue-type": "quorum", "x-expires": 3600000}},  # as it was in earlier versions
], ids=str)
def test_another_queue_of_that_name_is_read(record, play, vhost, tmp_path, declared):
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    connection.channel().queue_declare(QUEUE, **declared)
    tool = record(tmp_path / "a.pcap")
    tool.wait_stderr("stays as it is")  # written before it is ready, read by another thread
    assert tool.stderr.count(f"the queue {QUEUE} is there already and stays as it is") == 1
    assert "--delete-queue" in tool.stderr
    play(range(300))
    wait_written(tool, 300)
    wait_until(lambda: queue(vhost)["messages"] == 0, what="all acknowledged")
    tool.stop()
    assert numbers_in(tmp_path / "a.pcap") == list(range(300))
    connection.close()


# --- one reader ---

def test_a_second_recorder_of_one_name_is_refused(record, play, vhost, tmp_path):
    tool = record(tmp_path / "a.pcap")
    second = record(tmp_path / "b.pcap", wait=False)
    second.wait(status=1)
    assert "another amqp-dump records as recorder" in second.stderr and "-n" in second.stderr
    third = record(tmp_path / "b.pcap", "--delete-queue", wait=False)
    third.wait(status=1)
    play(range(500))
    wait_written(tool, 500)
    tool.stop()
    assert numbers_in(tmp_path / "a.pcap") == list(range(500))


def test_two_names_both_get_everything(record, bus_tool, play, tmp_path):
    tool = record(tmp_path / "a.pcap")
    other = bus_tool("amqp-dump", "--keep", "-n", "other", "-w", tmp_path / "b.pcap")
    play(range(300))
    wait_written(tool, 300)
    wait_written(other, 300)
    tool.stop()
    other.stop()
    assert numbers_in(tmp_path / "a.pcap") == numbers_in(tmp_path / "b.pcap") == list(range(300))


@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
def test_a_restart_at_once_is_no_second_recorder(record, play, tmp_path, end):
    paths = [tmp_path / f"{i}.pcap" for i in range(5)]
    for i, path in enumerate(paths):
        tool = record(path)
        play(range(10 * i, 10 * i + 10))
        wait_until(lambda path=path, last=10 * i + 9: numbers_in(path)[-1:] == [last], what="all written")
        ENDS[end](tool)
    got = sum((numbers_in(path) for path in paths), [])
    if end == "SIGKILL":  # its last acknowledgements may not have left it: those messages come again
        got = sorted(set(got))
    assert got == list(range(50))


# --- acknowledgements ---

def test_acknowledged_after_fsync_with_U(record, play, tmp_path, vhost):
    """strace says which came first: each acknowledgement stands behind an fdatasync of the file."""
    if not shutil.which("strace"):
        pytest.skip("no strace here")
    trace = tmp_path / "trace"
    tool = record(tmp_path / "a.pcap", "-U", prefix=["strace", "-D", "-f", "-e", "trace=fdatasync,sendto,sendmsg,write,writev", "-xx", "-s", "64", "-o", trace])
    play(range(40))
    wait_written(tool, 40)
    wait_until(lambda: queue(vhost)["messages"] == 0, what="all acknowledged")
    tool.stop(seconds=10)
    synced = True
    acks = 0
    for line in trace.read_text().splitlines():
        if "fdatasync(" in line:
            synced = True
        elif "\\x00\\x3c\\x00\\x50" in line:  # basic.ack
            acks += 1
            assert synced, line
        elif "write(" in line and "\\x00\\x00\\x00\\x94" in line:
            synced = False
    assert acks > 3


def test_the_queue_stays_where_the_end_of_the_file_was_not_written(record, play, vhost, tmp_path):
    """What the kernel has put off may fail no sooner than in close(2): the messages are still there for another run."""
    source, library, path = tmp_path / "close.c", tmp_path / "close.so", tmp_path / "a.pcap"
    source.write_text("""#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int close(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");
	char link[64], name[512];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, name, sizeof name - 1);
	name[n > 0 ? n : 0] = 0;
	int status = real(fd);
	if (strstr(name, "a.pcap"))
		return errno = EIO, -1;
	return status;
}
""")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    recorder = record(path, "--delete-queue", env={"LD_PRELOAD": str(library)})
    play(range(10))
    wait_written(recorder, 10)
    recorder.stop(status=1)
    assert "a.pcap" in recorder.stderr and queue(vhost)
    record(tmp_path / "b.pcap", "--delete-queue").stop()
    wait_until(lambda: not queue(vhost), what="the queue is gone")
