"""--filter and --ip-filter of the bus tools: each chooses among its own kind. The witnesses are tshark, tcpdump and pika."""
import json
import subprocess

import pytest

from harness import fcs16, ipv4_udp, ipv6_udp, pcap_bytes, tshark
from test_amqp_dump import PCAP, SERIAL, TUN, body
from test_amqp_play_captures import ETHERNET, LITTLE, ipv4, tap, zep
from test_amqp_serial import settled_stats, station  # noqa: F401 (a fixture)

BEACON = bytes.fromhex("008001abcd3412ff0f0000")
DATA = bytes.fromhex("6188 2a cdab 0200 0100 6869")
ACK = bytes.fromhex("02006a")
COAP, OTHER = ipv6_udp("bbbb::1", "bbbb::2", b"six"), ipv4_udp("10.2.0.1", "10.2.0.2", b"four", 53, 53)
BASE = 1_700_000_000_000_000_000
CHOICES = [
    ((), [COAP, OTHER, DATA, BEACON]),
    (("--filter", "type=data"), [DATA]),
    (("--filter", "not type=data"), [BEACON]),
    (("--ip-filter", "udp port 5683"), [COAP]),
    (("--ip-filter", "ip and not dst host 10.2.0.9"), [OTHER]),
    (("--ip-filter", "ip6", "--filter", "type=beacon"), [COAP, BEACON]),
    (("--ip-filter", "", "--filter", "pan=abcd and type=data"), [COAP, OTHER, DATA]),
    (("--ip-filter", "tcp", "--filter", "any"), [DATA, BEACON]),
]


@pytest.mark.parametrize("options,wanted", CHOICES, ids=[" ".join(o) for o, _ in CHOICES])
def test_dump(bus_tool, witness, tmp_path, options, wanted):
    tool = bus_tool("amqp-dump", "-w", tmp_path / "out.pcapng", *options)
    sender = witness()
    for key, packet in ((TUN, COAP), (TUN, OTHER), (SERIAL, DATA), (SERIAL, BEACON)):
        sender.publish(key, body(packet))
    tool.wait_stats(lambda s: s["downlink.packet_messages"] == 4)
    stats = tool.stop()
    assert packets_of(tmp_path / "out.pcapng") == wanted
    assert stats["output.written"] == len(wanted) and stats.get("filter.left_out", 0) == 4 - len(wanted)
    assert stats.get("filter.passed", 4) == len(wanted)
    one_kind = len({o for o in options if o.startswith("--")}) == 1
    assert ("are left out: --" in tool.stderr) == one_kind


def packets_of(path):
    """By an independent reader: tshark's JSON with the octets of each frame."""
    run = subprocess.run(["tshark", "-n", "-r", path, "-T", "jsonraw", "-j", "frame"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    return [bytes.fromhex(p["_source"]["layers"]["frame_raw"][0]) for p in json.loads(run.stdout)]


def test_the_ip_filter_is_tcpdump_s(bus_tool, witness, tmp_path):
    """The same expression over the same packets, of one super-packet's worth of kinds."""
    packets = [ipv6_udp("bbbb::1", "bbbb::2", bytes(n)) for n in range(5)] + [ipv4_udp("10.2.0.1", "10.2.0.2", bytes(n), dport=5680 + n) for n in range(5)]
    (tmp_path / "all.pcap").write_bytes(pcap_bytes(101, [(BASE + i, p) for i, p in enumerate(packets)]))
    expression = "(ip6 and less 51) or portrange 5682-5683 and src net 10.2.0.0/16"
    subprocess.run(["tcpdump", "-nr", tmp_path / "all.pcap", "-w", tmp_path / "theirs.pcap", expression], check=True, stderr=subprocess.DEVNULL)
    theirs = packets_of(tmp_path / "theirs.pcap")
    tool = bus_tool("amqp-dump", "-w", tmp_path / "ours.pcap", "--ip-filter", expression, "-c", str(len(theirs)))
    witness().publish(TUN, (tmp_path / "all.pcap").read_bytes(), content_type=PCAP)
    tool.wait(status=0)
    assert packets_of(tmp_path / "ours.pcap") == theirs and 0 < len(theirs) < len(packets)


def capture():
    form = LITTLE
    return (form.section() + form.interface(101) + form.interface(230) + form.interface(195) + form.interface(1) + form.interface(283) +
            form.packet(0, COAP) + form.packet(3, ETHERNET + OTHER) + form.packet(1, DATA) + form.packet(2, fcs16(BEACON)))


@pytest.mark.parametrize("options,wanted", CHOICES, ids=[" ".join(o) for o, _ in CHOICES])
def test_play(bus_tool, witness, tmp_path, options, wanted):
    (tmp_path / "in.pcapng").write_bytes(capture())
    listener = witness("fromAgent.#")
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", tmp_path / "in.pcapng", *options, wait=False)
    tool.wait(status=0)
    assert [bytes(json.loads(m.body)["data"]) for m in listener.collect(len(wanted))] == wanted and listener.is_silent()
    stats = tool.final_stats()
    assert stats["capture.read"] == stats["bus_uplink.packets"] + stats.get("filter.left_out", 0) == 4


def test_play_looks_at_frames_as_the_capture_tells_of_them(bus_tool, witness, tmp_path):
    """The FCS's verdict and the channel, which no message in JSON has."""
    channel = b"\3\0\3\0\x0f\0\0\0"
    octets = (LITTLE.section() + LITTLE.interface(195) + LITTLE.interface(283) + LITTLE.interface(1) + LITTLE.packet(0, DATA + b"\0\0") +
              LITTLE.packet(0, fcs16(DATA)) + LITTLE.packet(1, tap(BEACON, 0, channel)) + LITTLE.packet(2, ETHERNET + ipv4(zep(fcs16(ACK)))))
    (tmp_path / "in.pcapng").write_bytes(octets)
    listener = witness("#")
    for expression, wanted in (("bad-fcs", [DATA]), ("not bad-fcs", [DATA, BEACON, ACK]), ("channel=15", [BEACON, ACK])):
        bus_tool("amqp-play", "-n", "agent_1", "-r", tmp_path / "in.pcapng", "--filter", expression, wait=False).wait(status=0)
        assert [bytes(json.loads(m.body)["data"]) for m in listener.collect(len(wanted))] == wanted, expression


def test_a_passive_probe_publishes_what_passes(station, witness):  # noqa: F811
    listener = witness("#")
    mote, tool = station("sniffer", "--mode", "passive", "--fcs", "none", "--filter", "type=beacon", "--forward-acks")
    mote.send(DATA, ACK, BEACON, DATA)
    stats = settled_stats(tool, lambda s: s["uplink.read"] == 4 and s["uplink.published"] > 0)
    assert (stats["filter.left_out"], stats["uplink.published"]) == (3, 1)
    assert bytes(json.loads(listener.get(key="fromAgent.sniffer.802154.serial.packet.raw").body)["data"]) == BEACON


@pytest.mark.parametrize("name,arguments,words", [
    ("amqp-dump", ["--ip-filter", "udp prot 5683"], "--ip-filter 'udp prot 5683': can't parse filter expression: syntax error"),
    ("amqp-dump", ["--filter", "type=dta"], "dta"),
    ("amqp-play", ["-n", "a", "-r", "x", "--ip-filter", "port 99999"], "illegal port number 99999 > 65535"),
    ("amqp-play", ["-n", "a", "-r", "x", "--ip-filter", "ether host 1:2:3:4:5:6"], "ethernet addresses supported only on"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/null", "--filter", "type=data"], "--filter needs --mode passive"),
])
def test_a_mistake_is_said(tool, name, arguments, words):
    run = tool(name, *arguments, wait=False)
    run.wait(status=2)
    assert words in run.stderr
