"""A clock of the day that is set back while a tool runs: what comes in so many seconds comes all the same."""
import json
import os

import pytest

import harness

# CLOCK_REALTIME is an hour earlier as soon as there is the file $SET_BACK.
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *t)
{
	int (*next)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
	int result = next(clock, t);

	if (clock == CLOCK_REALTIME && access(getenv("SET_BACK"), F_OK) == 0)
		t->tv_sec -= 3600;
	return result;
}
"""


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory):
    if os.environ.get("FLAVOUR") == "asan":
        pytest.skip("a preloaded library does not go with the sanitizers")
    return harness.preload(tmp_path_factory.mktemp("clock"), CLOCK)


@pytest.fixture
def clock(preloaded, tmp_path):
    """What a tool is started with, and what sets its clock back."""
    file = tmp_path / "set back"
    return {"LD_PRELOAD": preloaded, "SET_BACK": str(file)}, file.touch


def test_the_next_file_begins(tool, probe, tmp_path, clock):
    environment, set_back = clock
    mote = probe()
    dump = tool("slip-dump", "--fcs", "none", "-p", mote.link, "-w", tmp_path / "air.pcap", "-G", "1", env=environment)
    set_back()

    def files():
        mote.raw(b"\xc0\x02\x00\x6a\xc0")
        return len(list(tmp_path.glob("air*.pcap"))) > 2
    harness.wait_until(files, 30)
    dump.stop()


def test_the_next_table_is_told(bus_tool, clock):
    environment, set_back = clock
    tool = bus_tool("amqp-dump", "--who=0.2", "--json", env=environment)
    tool.wait_stdout(lambda out: out.count(b"\n") >= 1)
    set_back()
    before = tool.stdout.count(b"\n")
    tool.wait_stdout(lambda out: out.count(b"\n") >= before + 3, 30)
    tool.stop()
    assert {type(json.loads(line)["agents"]) for line in tool.stdout.splitlines()} == {int}
