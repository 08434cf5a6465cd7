"""A file of which the server no longer answers: the stop is held up by nobody, the words name the file that hangs, and what was read before is written."""
import os
import subprocess

import pytest

from harness import pcap_bytes, pcap_records, wait_until

FRAME = bytes.fromhex("418801cdabffff0100") + b"hello"
HANGING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t read(int fd, void *octets, size_t n)
{
	ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
	struct stat about, input;
	static int reads;

	if (fstat(fd, &about) == 0 && stat(getenv("INPUT"), &input) == 0 && about.st_ino == input.st_ino && ++reads > 2) {
		close(open(getenv("HANGS"), O_CREAT | O_WRONLY, 0600));
		for (;;)
			pause();
	}
	return next(fd, octets, n);
}
"""


@pytest.fixture
def hanging(tmp_path):
    if os.environ.get("FLAVOUR") == "asan":
        pytest.skip("a preloaded library does not go with the sanitizers")
    (tmp_path / "hanging.c").write_text(HANGING)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "hanging.so", tmp_path / "hanging.c", "-ldl"], check=True)
    (tmp_path / "in.pcap").write_bytes(pcap_bytes(230, [(1, FRAME)] * 100000))
    (tmp_path / "in.slip").write_bytes(b"\xc0" + b"\xc0".join([FRAME] * 100000) + b"\xc0")

    def environment(name):
        return {"LD_PRELOAD": str(tmp_path / "hanging.so"), "HANGS": str(tmp_path / "hangs"), "INPUT": str(tmp_path / name)}
    return environment


@pytest.mark.parametrize("name, output", [
    ("in.pcap", ["-w", "out.pcap"]), ("in.slip", ["-w", "out.pcap"]), ("in.slip", ["-w", "out.txt"]), ("in.pcap", ["-w", "out.pcap", "-w", "out.txt"])], ids=str)
def test_slip_dump_writes_what_it_has_read(tool, hanging, tmp_path, name, output):
    words = [tmp_path / word if word.startswith("out.") else word for word in output]
    dump = tool("slip-dump", "-r", tmp_path / name, "--fcs", "none", *words, wait=False, env=hanging(name))
    wait_until((tmp_path / "hangs").exists)
    dump.stop(status=1)
    assert f"{name}: does not give what is read from it: left as it is" in dump.stderr and "what is written to it" not in dump.stderr
    if "out.pcap" in output:
        assert len(pcap_records((tmp_path / "out.pcap").read_bytes())[1]) > 1000
    if "out.txt" in output:
        text = (tmp_path / "out.txt").read_text()
        assert len(text.splitlines()) > 1000 and text.endswith("\n")


def test_amqp_play_says_so(bus_tool, hanging, tmp_path):
    play = bus_tool("amqp-play", "-n", "a", "-r", tmp_path / "in.pcap", "--speed", "0", wait=False, env=hanging("in.pcap"))
    wait_until((tmp_path / "hangs").exists)
    play.stop(status=1)
    assert "in.pcap: does not give what is read from it: left as it is" in play.stderr
