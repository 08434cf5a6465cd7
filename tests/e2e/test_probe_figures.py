"""What a probe's frame costs amqp-serial and slip-dump: nothing allocated, memory that does not grow."""
import os
import re
import struct
import subprocess
import sys

import pytest

from harness import TESTS

sys.path.insert(0, str(TESTS))
import air  # noqa: E402

COUNTER = r"""
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
static _Atomic unsigned long count;
void *malloc(size_t size) { count++; return __libc_malloc(size); }
void *calloc(size_t n, size_t size) { count++; return __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { count++; return __libc_realloc(old, size); }
__attribute__((destructor)) static void tell(void)
{
	char line[64];
	int n = snprintf(line, sizeof line, "allocations: %lu\n", (unsigned long)count);
	if (write(2, line, (size_t)n) < 0)
		_exit(1);
}
"""
BATCH = 40


def frame(number):
    return bytes([0x41, 0x88, number & 0xff]) + struct.pack("<HHHI", 0xabcd, 2, 1, number) + bytes(60)


def too_old(stats):
    return stats["downlink.dropped_too_old"]


@pytest.fixture
def counted(tmp_path):
    if os.environ.get("FLAVOUR") == "asan":
        pytest.skip("a preloaded allocator does not go with the sanitizers")
    (tmp_path / "counter.c").write_text(COUNTER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "counter.so", tmp_path / "counter.c"], check=True)
    return {"LD_PRELOAD": str(tmp_path / "counter.so")}


@pytest.mark.parametrize("encoding", ["json", "pcap"])
def test_nothing_is_allocated_for_a_frame_and_memory_is_small(bus_tool, counted, tmp_path, encoding):
    """Both ways: the first station's frames are the second one's to send."""
    allocations, kib = {}, {}
    for frames in (400, 4400):
        motes = [air.SerialRadio(str(tmp_path / name)) for name in "ab"]
        one, other = (bus_tool("amqp-serial", "-n", name, "--peer", peer, "-p", tmp_path / name, "--firmware", "serial-radio", "--encoding", encoding, env=counted)
                      for name, peer in ("ab", "ba"))
        lost = 0
        for n in range(0, frames, BATCH):
            motes[0].write(b"".join(air.slip(frame(n + i)) for i in range(BATCH)))
            # Where the machine stops for a second, frames that waited for so long are dropped. A report is allocated, too.
            while not motes[1].comes(lambda: len(motes[1].sent) + lost >= n + BATCH):  # noqa: B023
                lost = too_old(other.stats())
        other.wait_stats(lambda s: s["downlink.delivered"] + too_old(s) == frames)  # noqa: B023
        one.wait_stats(lambda s: s["bus_uplink.pending"] == 0)
        kib[frames] = [int(re.search(r"RssAnon:\s+(\d+)", open(f"/proc/{t.pid}/status").read())[1]) for t in (one, other)]
        one.stop()
        other.stop()
        allocations[frames] = [int(re.search(r"allocations: (\d+)", t.stderr)[1]) for t in (one, other)]
        for mote in motes:
            mote.close()
    more = [b - a for a, b in zip(*allocations.values())]
    assert max(more) < 4000 / 100, f"{more} allocations more for 4000 frames more"
    # Its own; the pages of libraries are shared with whoever uses them.
    assert max(kib[4400]) < 4 * 1024, kib


@pytest.mark.parametrize("options", [["-w", "a.pcap"], ["-w", "a.pcapng", "--fcs", "none", "--dlt", "nofcs"], [], ["--json"], ["--filter", "type=data", "-w", "a.pcap"]],
                         ids=lambda o: " ".join(o) or "lines")
@pytest.mark.parametrize("source", ["port", "file"])
def test_slip_dump_allocates_nothing_for_a_frame(tool, counted, tmp_path, options, source):
    allocations = []
    for frames in (400, 4400):
        folder = tmp_path / str(frames)
        folder.mkdir()
        placed = [folder / o if o.startswith("a.") else o for o in options]
        allocations.append((dump_file if source == "file" else dump_port)(tool, counted, folder, frames, placed))
    more = allocations[1] - allocations[0]
    assert more < 4000 / 100, f"{more} allocations more for 4000 frames more"


def count_of(run):
    return int(re.search(r"allocations: (\d+)", run.stderr)[1])


def dump_file(tool, counted, folder, frames, options):
    (folder / "line.slip").write_bytes(b"".join(air.slip(frame(n)) for n in range(frames)))
    run = tool("slip-dump", "-r", folder / "line.slip", *options, env=counted, wait=False)
    run.wait(status=0)
    assert run.final_stats()["output.written"] == frames
    return count_of(run)


def dump_port(tool, counted, folder, frames, options):
    mote = air.SerialRadio(str(folder / "port"))
    run = tool("slip-dump", "-p", folder / "port", *options, env=counted)
    for n in range(0, frames, BATCH):
        mote.write(b"".join(air.slip(frame(n + i)) for i in range(BATCH)))
    run.wait_stats(lambda s: s["output.written"] == frames)
    mote.close()
    run.stop()
    return count_of(run)
