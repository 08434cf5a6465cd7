"""What a file holds already stays readable: captures that a shell appends to it (>>)."""
import os
import struct
import subprocess

import pytest

import harness
from harness import pcap_bytes, pcap_records

FRAME = bytes.fromhex("418801cdabffff0100") + b"hello"
SLIP = b"\xc0" + FRAME + b"\xc0"


def tool(folder, program, *words, stdin=SLIP, **streams):
    return subprocess.run([harness.binaries_folder() / program, *words], cwd=folder, input=stdin, timeout=30, stderr=subprocess.PIPE, **streams)


def dump(folder, *words, **streams):
    return tool(folder, "slip-dump", "-r", "-", "--fcs", "none", *words, **streams)


def appended(path):
    return open(path, "ab")


@pytest.mark.parametrize("words", [["-w", "-"], ["-w", "/dev/stdout"], ["-w", "/dev/fd/1"], ["-w", "first.pcap", "-w", "-"], ["-w", "-", "--format", "pcapng"]],
                         ids=" ".join)
def test_a_capture_is_not_put_behind_a_pcap_file(tmp_path, words):
    with appended(tmp_path / "x.pcap") as out:
        assert dump(tmp_path, "-w", "-", stdout=out).returncode == 0
    before = (tmp_path / "x.pcap").read_bytes()
    assert len(pcap_records(before)[1]) == 1
    with appended(tmp_path / "x.pcap") as out:
        done = dump(tmp_path, *words, stdout=out)
    assert done.returncode == 2 and b"is appended to, and holds a pcap capture already" in done.stderr and b"new file" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"x.pcap"} and (tmp_path / "x.pcap").read_bytes() == before


def test_nor_behind_that_of_another_descriptor(tmp_path):
    before = pcap_bytes(230, [])
    (tmp_path / "x").write_bytes(before)
    with appended(tmp_path / "x") as out:
        done = dump(tmp_path, "-w", f"/dev/fd/{out.fileno()}", "--format=pcap", stdout=subprocess.DEVNULL, pass_fds=[out.fileno()])
    assert done.returncode == 2 and b"/dev/fd/" in done.stderr and (tmp_path / "x").read_bytes() == before


def test_nor_is_the_copy_of_amqp_serial(tmp_path, probe):
    (tmp_path / "x.pcap").write_bytes(pcap_bytes(230, [(1, FRAME)]))
    before = (tmp_path / "x.pcap").read_bytes()
    p = probe("port")
    with appended(tmp_path / "x.pcap") as out:
        done = tool(tmp_path, "amqp-serial", "-u", "amqp://127.0.0.1:1/", "-n", "a", "-p", p.link, "--tee", f"/dev/fd/{out.fileno()}", pass_fds=[out.fileno()])
    assert done.returncode == 1 and b"pcapng behind it could not be read" in done.stderr and (tmp_path / "x.pcap").read_bytes() == before


def test_pcapng_goes_on_behind_pcapng(tmp_path):
    for _ in range(3):
        with appended(tmp_path / "x") as out:
            assert dump(tmp_path, "-w", "-", "--format", "pcapng", stdout=out).returncode == 0
    (tmp_path / "x.pcapng").write_bytes((tmp_path / "x").read_bytes())
    assert len(harness.tshark(tmp_path / "x.pcapng", "wpan.seq_no")) == 3
    # Where it cannot be looked at, it is not refused.
    out = os.open(tmp_path / "x", os.O_WRONLY | os.O_APPEND)
    os.unlink(tmp_path / "x")
    assert dump(tmp_path, "-w", "-", "--format", "pcapng", stdout=out).returncode == 0
    os.close(out)


@pytest.mark.parametrize("magic", ["d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "34cdb2a1", "a1b2cd34", "0a0d0d0a"])
def test_pcap_is_put_behind_no_capture_of_any_kind(tmp_path, magic):
    (tmp_path / "x").write_bytes(bytes.fromhex(magic) + bytes(20))
    with appended(tmp_path / "x") as out:
        assert dump(tmp_path, "-w", "-", "--format", "pcap", stdout=out).returncode == 2
    assert (tmp_path / "x").stat().st_size == 24


def test_lines_are_appended_to_anything(tmp_path):
    for _ in range(2):
        with appended(tmp_path / "log") as out:
            assert dump(tmp_path, stdout=out).returncode == 0
    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_who_puts_the_parts_together_himself_may(tmp_path):
    """(cat head; slip-dump -w -) >file: not opened for appending."""
    with open(tmp_path / "x", "wb") as out:
        out.write(b"head")
        out.flush()
        assert dump(tmp_path, "-w", "-", stdout=out).returncode == 0
    assert (tmp_path / "x").read_bytes()[:4] == b"head" and struct.unpack_from("<I", (tmp_path / "x").read_bytes(), 4)[0] == 0xa1b23c4d


def test_amqp_dump_refuses_it_before_it_connects(tmp_path):
    (tmp_path / "x.pcap").write_bytes(pcap_bytes(230, []))
    with appended(tmp_path / "x.pcap") as out:
        done = tool(tmp_path, "amqp-dump", "-u", "amqp://127.0.0.1:1/", "--retry", "never", "-w", "-", stdin=b"", stdout=out)
    assert done.returncode == 2 and b"holds a pcap capture already" in done.stderr and (tmp_path / "x.pcap").stat().st_size == 24
