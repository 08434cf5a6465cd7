"""output.written is what is in the file: at every moment, in every format, on a disk that fills up."""
import os
import subprocess

import pytest

import harness
from harness import ipv6_udp, pcap_bytes, pcap_records

TUN = "fromAgent.agent_1.ip.tun.packet.raw"
PCAP = "application/vnd.tcpdump.pcap"
IPV6 = ipv6_udp("bbbb::1", "bbbb::2", b"six")
ACK = b"\x02\x00\x6a"
FORMS = ["lines", "a.pcap", "a.pcapng"]


def count(path):
    """The packets in a file, whatever it is; half a one at its end counts for nothing."""
    data = path.read_bytes()
    if path.suffix == ".pcap":
        return len(pcap_records(data)[1]) if data else 0
    if path.suffix != ".pcapng":
        assert data.endswith(b"\n") or not data
        return data.count(b"\n")
    at, packets = 0, 0
    while at < len(data):
        packets += data[at:at + 4] == b"\x06\0\0\0"
        at += int.from_bytes(data[at + 4:at + 8], "little")
    assert at == len(data), "half a block"
    return packets


@pytest.fixture
def bus_dump(bus_tool):
    """amqp-dump into folder/form."""
    def start(folder, form, *options):
        path = folder / form
        arguments = [] if form == "lines" else ["-w", path]
        with open(path if form == "lines" else os.devnull, "wb") as stdout:
            tool = bus_tool("amqp-dump", *arguments, *options, stdout=stdout)
        tool.path = path
        return tool
    return start


@pytest.mark.parametrize("form", FORMS)
def test_amqp_dump_at_every_moment(bus_dump, witness, tmp_path, form):
    tool = bus_dump(tmp_path, form)
    sender = witness()
    sent, seen = 0, set()
    for _ in range(30):
        sender.publish(TUN, pcap_bytes(101, [(1, IPV6)] * 7), content_type=PCAP)
        sent += 7
        before = tool.stats()["output.written"]
        assert before <= count(tool.path), "no more than is there"
        seen.add(before)
    # Though nothing more comes.
    report = tool.wait_stats(lambda s: s["output.written"] == sent)
    assert count(tool.path) == sent and report["output.left_over"] == 0
    final = tool.stop()
    assert (final["output.written"], final["output.left_over"]) == (sent, 0)


@pytest.mark.parametrize("options", [[], ["-U"]])
@pytest.mark.parametrize("form", FORMS)
def test_amqp_dump_on_a_disk_that_fills_up(bus_dump, witness, small_disk, form, options):
    tool = bus_dump(small_disk, form, *options)
    sender = witness()
    for _ in range(30):
        sender.publish(TUN, pcap_bytes(101, [(1, IPV6)] * 100), content_type=PCAP)
    tool.wait(status=1)
    name = "standard output" if form == "lines" else tool.path
    assert f"amqp-dump: {name}: No space left on device\n" in tool.stderr
    report = tool.final_stats()
    assert 0 < report["output.written"] == count(tool.path) < 3000
    assert report["output.left_over"] > 0


@pytest.mark.parametrize("form", FORMS[:2])
def test_slip_dump_at_every_moment(tool, probe, tmp_path, form):
    mote = probe()
    path = tmp_path / form
    with open(path if form == "lines" else os.devnull, "wb") as stdout:
        dump = tool("slip-dump", "-p", tmp_path / "probe", *([] if form == "lines" else ["-w", path]), stdout=stdout)
    for _ in range(20):
        mote.send(*[ACK] * 5)
        assert dump.stats()["output.written"] <= count(path)
    dump.wait_stats(lambda s: s["output.written"] == 100)
    assert count(path) == 100


@pytest.mark.parametrize("name", ["slip-dump", "amqp-dump", "amqp-serial", "amqp-tun", "amqp-play"])
@pytest.mark.parametrize("question", ["--help", "--version", "--extcap-interfaces", "--extcap-dlts", "--extcap-config"])
def test_a_failure_has_a_reason(name, question):
    if "extcap" in question and name not in ("slip-dump", "amqp-dump"):
        return
    interface = ["--extcap-interface", name] if question in ("--extcap-dlts", "--extcap-config") else []
    with open("/dev/full", "wb") as full:
        done = subprocess.run([harness.binaries_folder() / name, question, *interface], stdout=full, stderr=subprocess.PIPE, timeout=30, check=False)
    assert done.returncode == 1 and done.stderr.decode() == f"{name}: standard output: No space left on device\n"
