"""amqp-dump: what passes on the bus, as a capture that other programs read. The senders are python3-pika and amqp-publish."""
import json
import os
import re
import signal
import struct
import subprocess
import time

import pytest

from harness import Record, amqp_publish, binaries_folder, ipv4_udp, ipv6_udp, pcap_bytes, pcap_records, tshark, wait_until

FRAME = bytes.fromhex("6188 2a cdab 0200 0100 6869")
IPV6, IPV4 = ipv6_udp("bbbb::1", "bbbb::2", b"six"), ipv4_udp("10.2.0.1", "10.2.0.2", b"four")
TUN, SERIAL = "fromAgent.agent_1.ip.tun.packet.raw", "fromAgent.probe_1.802154.serial.packet.raw"
PCAP = "application/vnd.tcpdump.pcap"


def body(packet, timestamp=1700000000.25, **extra):
    return {"_api_version": "1.2.15", "data": list(packet), "interface_name": "tun0", "timestamp": timestamp, **extra}


@pytest.fixture
def dump(bus_tool, tmp_path):
    """dump(ARGUMENT...) writes tmp_path/out.pcap; .records() after it has ended."""
    def start(*arguments, name="out.pcap", **options):
        path = tmp_path / name
        tool = bus_tool("amqp-dump", "-w", path, *arguments, **options)
        tool.path = path
        tool.capture = lambda: pcap_records(path.read_bytes())
        return tool
    return start


def test_json_from_pika(dump, witness):
    tool = dump("-c", "2")
    sender = witness()
    sender.publish(TUN, body(IPV6, 1700000000.25))
    sender.publish(TUN, body(IPV4, "1700000001.5"))
    tool.wait(status=0)
    assert tool.capture() == (101, [Record(1700000000_250000000, IPV6), Record(1700000001_500000000, IPV4)])


def test_json_from_amqp_publish(dump, vhost):
    tool = dump("-c", "1")
    amqp_publish(vhost.url, SERIAL, json.dumps(body(FRAME)).encode())
    tool.wait(status=0)
    assert tool.capture() == (230, [Record(1700000000_250000000, FRAME)])


@pytest.mark.parametrize("content_type", [None, "application/json", "application/json; charset=utf-8"])
def test_content_types_of_json(dump, witness, content_type):
    tool = dump("-c", "1")
    witness().publish(TUN, body(IPV6), content_type=content_type)
    tool.wait(status=0)
    assert tool.capture()[1][0].data == IPV6


@pytest.mark.parametrize("link_type", [101, 195, 230, 283])
@pytest.mark.parametrize("magic,order", [(0xA1B23C4D, "<"), (0xA1B2C3D4, "<"), (0xA1B23C4D, ">"), (0xA1B2C3D4, ">")])
def test_pcap_bodies(dump, witness, link_type, magic, order):
    records = [(1700000000_000001000 * 1 + i * 1000, bytes([0x60 + i]) * (40 + i)) for i in range(5)]
    tool = dump("-c", "5")
    witness().publish(TUN if link_type == 101 else SERIAL, pcap_bytes(link_type, records, magic, order), content_type=PCAP)
    tool.wait(status=0)
    assert tool.capture() == (link_type, [Record(*r) for r in records])
    assert tool.final_stats()["downlink.messages"] == 1


def test_arrival_is_the_time_of_what_has_none(dump, witness):
    tool = dump("-c", "1")
    before = wait_until(lambda: __import__("time").time_ns())
    witness().publish(TUN, {"data": list(IPV6)})
    tool.wait(status=0)
    assert 0 <= tool.capture()[1][0].time_ns - before < 10_000_000_000


def test_whole_seconds_of_old_publishers_put_no_packet_back_in_time(dump, witness):
    """The old library cuts every time to whole seconds, its templates and API v0's frames hold one that is none; ours is one, also at .0."""
    sender, now = witness(), time.time()
    tool = dump("-c", "8", name="out.pcapng")
    early = {"data": list(FRAME), "data_slip": [192, *FRAME, 192], "interface_name": "serial"}
    for key, message in [(TUN, body(IPV6, now)), (TUN, body(IPV6, int(now))), ("fromAgent.old.ip.tun.packet.raw", body(IPV4, int(time.time()))),
                         (SERIAL, {**early, "timestamp": 1795406616, "_api_version": "1.2.15"}),
                         ("data.tun.fromAgent.old", {**body(IPV4, str(int(now))), "_type": "packet.sniffed.raw"}),
                         ("data.serial.fromAgent.old", {**early, "timestamp": "1488586183.45", "_type": "packet.sniffed.raw"}),
                         (TUN, {**body(IPV6, int(now)), "timestamp": "1500000000"})]:
        sender.publish(key, message, timestamp=1500000000)
    sender.publish(TUN, body(IPV6, 1500000000.0))
    tool.wait(status=0)
    times = [float(row[0]) for row in tshark(tool.path, "frame.time_epoch")]
    assert times[:7] == sorted(times[:7]) and abs(times[0] - now) < 1e-5 and times[6] - now < 60, times
    assert times[7] == 1500000000


def test_old_api(dump, witness):
    tool = dump("-c", "2")
    sender = witness()
    sender.publish("data.tun.toAgent.agent_1", body(IPV4))  # not asked for
    sender.publish("data.tun.fromAgent.agent_1", {"_type": "packet.sniffed.raw", "interface_name": "tun0", "timestamp": "1.5", "data": list(IPV6)})
    sender.publish("data.tun.fromAgent.agent_2", {"_type": "packet.sniffed.raw", "interface_name": "tun0", "timestamp": "2.5", "data": list(IPV4)})
    tool.wait(status=0)
    assert tool.capture()[1] == [Record(1_500000000, IPV6), Record(2_500000000, IPV4)]


def test_patterns(dump, witness):
    for arguments in (["-k", "toAgent.*.ip.#"], ["--pattern", "toAgent.*.ip.#"]):
        tool = dump("-c", "1", *arguments, "-k", "nothing.here")
        sender = witness()
        sender.publish(TUN, body(IPV6))
        sender.publish("toAgent.agent_1.ip.tun.packet.raw", body(IPV4))
        tool.wait(status=0)
        assert [r.data for r in tool.capture()[1]] == [IPV4]


def test_all_keys_of_our_own_are_seen(bus_tool, witness):
    tool = bus_tool("amqp-dump", "-c", "4", "-v")
    sender = witness()
    sender.publish("framebus.alive.agent_1", {"framebus_session": "0123456789abcdef", "uptime": "10"})
    sender.publish("framebus.tun.agent_1", pcap_bytes(101, [(1, IPV6)]), content_type=PCAP)
    sender.publish(TUN, body(IPV6), type="framebus.tun.agent_1")  # who reads the one needs no copy
    sender.publish("framebus.serial.probe_1", pcap_bytes(230, [(1, FRAME)]), content_type=PCAP)
    sender.publish("framebus.to.agent_2", pcap_bytes(101, [(1, IPV4)]), content_type=PCAP)
    sender.publish("framebus.to.probe_2", pcap_bytes(230, [(1, FRAME)]), content_type=PCAP)
    tool.wait(status=0)
    starts = [line.split()[1:3] for line in tool.stdout.decode().splitlines() if not line.startswith(" ")]
    assert starts == [["fromAgent", "agent_1"], ["fromAgent", "probe_1"], ["toAgent", "agent_2"], ["toAgent", "probe_2"]]
    stats = tool.final_stats()
    assert stats["downlink.control"] == 1 and stats["bus_downlink.duplicates"] == 1 and stats["downlink.packet_messages"] == 4


def test_a_copy_is_read_by_who_reads_nothing_else(dump, witness):
    tool = dump("-c", "1", "-k", "fromAgent.#")
    witness().publish(TUN, body(IPV6), type="framebus.tun.agent_1")
    tool.wait(status=0)


def test_without_our_keys_the_others_are_read(tool, vhost, witness):
    url = vhost.limited("^$", "^(fromAgent|data)[.]")
    run = tool("amqp-dump", "-c", "1", "--url", url)
    witness().publish(TUN, body(IPV6), type="framebus.tun.agent_1")
    run.wait(status=0)
    assert run.stderr.count("going on with JSON") == 1


def test_peer_keys_are_seen(dump, witness):
    tool = dump("-c", "1")
    witness().publish("framebus.tun.agent_1.agent_2", body(IPV6))
    tool.wait(status=0)
    assert [r.data for r in tool.capture()[1]] == [IPV6]


BAD = [
    ("syntax", b"this is not JSON", "application/json", "rejected_not_json"),
    ("truncated", json.dumps(body(IPV6))[:-7].encode(), "application/json", "rejected_not_json"),
    ("list", b"[1, 2, 3]", "application/json", "rejected_not_json"),
    ("data is text", b'{"data": "abc"}', "application/json", "rejected_not_json"),
    ("256", b'{"data": [96, 256]}', "application/json", "rejected_octet"),
    ("negative", b'{"data": [-1]}', "application/json", "rejected_octet"),
    ("no data", b'{"timestamp": 1}', "application/json", "rejected_no_data"),
    ("empty data", b'{"data": []}', "application/json", "rejected_no_data"),
    ("huge packet", b'{"data": [' + b"1, " * 70000 + b"1]}", "application/json", "rejected_too_long"),
    ("not a pcap", b"abcdefghijklmnopqrstuvwxyz", PCAP, "rejected_not_pcap"),
    ("empty pcap body", b"", PCAP, "rejected_not_pcap"),
    ("another link type", pcap_bytes(1, [(1, bytes(60))]), PCAP, "rejected_link_type"),
    ("a part of a packet", pcap_bytes(101, [(1, IPV6)])[:24] + struct.pack("<IIII", 0, 0, 40, 60) + IPV6[:40], PCAP, "rejected_record"),
    ("text", b"hello", "text/plain", "rejected_encoding"),
]


@pytest.mark.parametrize("name,octets,content_type,counter", BAD, ids=[b[0] for b in BAD])
def test_bad_messages_are_counted_and_what_follows_gets_through(dump, witness, name, octets, content_type, counter):
    tool = dump("-c", "1", "-v")
    sender = witness()
    sender.publish(TUN, octets, content_type=content_type)
    sender.publish(TUN, body(IPV6))
    tool.wait(status=0)
    assert tool.capture() == (101, [Record(1700000000_250000000, IPV6)])
    stats = tool.final_stats()
    assert stats["downlink." + counter] == 1, stats
    assert stats["downlink.messages"] == 2
    assert f"{TUN}: " in tool.stderr  # -v says which and where


GSO = "application/vnd.framebus.gso"


def gso_body(records):
    """(time_ns, virtio_net_hdr fields, packet)..."""
    out = b"fGSO\1\0\0\0"
    for time_ns, vnet, packet in records:
        out += struct.pack("<Iq", len(packet), time_ns) + struct.pack("<BBHHHH", *vnet) + packet
    return out


def tcp_super_packet(payload):
    """IPv6 TCP as a TUN with offload hands it over: one header for all, the checksum only begun."""
    tcp = struct.pack(">HHIIBBHHH", 4000, 80, 1000, 1, 5 << 4, 0x18, 500, 0, 0) + payload
    packet = bytearray(ipv6_udp("bbbb::1", "bbbb::2", b""))[:40]
    packet[4:6], packet[6] = struct.pack(">H", len(tcp)), 6
    pseudo = sum(struct.unpack(">16H", packet[8:40])) + 6 + len(tcp)
    while pseudo >> 16:
        pseudo = (pseudo & 0xFFFF) + (pseudo >> 16)
    return bytes(packet) + tcp[:16] + struct.pack(">H", pseudo) + tcp[18:]


def test_super_packets_become_packets(dump, witness):
    """What is captured is what a wire would have carried: real lengths, sequence numbers, checksums."""
    tool = dump("-c", "4")
    payload = bytes(range(256)) * 10
    super_packet = tcp_super_packet(payload)
    sender = witness()
    sender.publish(TUN, gso_body([(5_000, (1, 4, 60, 1000, 40, 16), super_packet), (6_000, (0, 0, 0, 0, 0, 0), IPV6)]), content_type=GSO)
    tool.wait(status=0)
    assert [r.time_ns for r in tool.capture()[1]] == [5_000] * 3 + [6_000]
    rows = tshark(tool.path, "ipv6.plen", "tcp.seq_raw", "tcp.flags.push", "tcp.checksum.status", "udp.checksum.status", "tcp.payload",
                  options=["-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"])
    assert [row[0:5] for row in rows] == [
        ["1020", "1000", "0", "1", ""], ["1020", "2000", "0", "1", ""], ["580", "3000", "1", "1", ""], [str(len(IPV6) - 40), "", "", "", "1"]]
    assert b"".join(bytes.fromhex(row[5]) for row in rows[:3]) == payload


@pytest.mark.parametrize("octets,counter", [
    (b"not a gso body at all", "rejected_not_gso"), (b"fGSO\2\0\0\0", "rejected_not_gso"),
    (gso_body([(1, (0, 0, 0, 0, 0, 0), IPV6)])[:-1], "rejected_not_gso"),
    (gso_body([(1, (1, 4, 60, 0, 40, 16), tcp_super_packet(bytes(3000)))]), "rejected_record"),     # gso_size 0
    (gso_body([(1, (1, 4, 60, 1000, 4000, 16), tcp_super_packet(bytes(3000)))]), "rejected_record"),  # csum_start beyond it
])
def test_impossible_super_packets(dump, witness, octets, counter):
    tool = dump("-c", "1")
    sender = witness()
    sender.publish(TUN, octets, content_type=GSO)
    sender.publish(TUN, body(IPV4))
    tool.wait(status=0)
    assert [r.data for r in tool.capture()[1]] == [IPV4]
    assert tool.final_stats()["downlink." + counter] == 1


@pytest.mark.parametrize("size,packets", [(1, 0), (47, 0), (48, 1355)])
def test_little_does_not_become_much(dump, witness, size, packets):
    """gso_size 1 would make 65 000 packets of 61 octets of one."""
    tool = dump("-c", str(15 * packets + 1))
    octets = gso_body([(1, (1, 4, 60, size, 40, 16), tcp_super_packet(bytes(65000)))] * 15)
    sender = witness()
    sender.publish(TUN, octets, content_type=GSO)
    sender.publish(TUN, body(IPV4))
    tool.wait(status=0)
    assert len(tool.capture()[1]) == 15 * packets + 1 and tool.path.stat().st_size < 4 * len(octets)
    assert tool.final_stats()["downlink.rejected_record"] == (0 if packets else 15)


def test_what_follows_an_impossible_super_packet(dump, witness):
    tool = dump("-c", "2")
    bad = (1, (1, 4, 60, 0, 40, 16), tcp_super_packet(bytes(3000)))
    witness().publish(TUN, gso_body([(5, (0, 0, 0, 0, 0, 0), IPV6), bad, (6, (0, 0, 0, 0, 0, 0), IPV4)]), content_type=GSO)
    tool.wait(status=0)
    assert tool.capture()[1] == [Record(5, IPV6), Record(6, IPV4)]
    assert tool.final_stats()["downlink.rejected_record"] == 1


def test_damaged_pcap_body_gives_what_came_before(dump, witness):
    tool = dump("-c", "3")
    sender = witness()
    sender.publish(TUN, pcap_bytes(101, [(1, IPV6), (2, IPV4), (3, IPV6)])[:-10], content_type=PCAP)
    sender.publish(TUN, body(IPV4))
    tool.wait(status=0)
    assert [r.data for r in tool.capture()[1]] == [IPV6, IPV4, IPV4]
    assert tool.final_stats()["downlink.rejected_not_pcap"] == 1


def test_ten_megabytes(dump, witness):
    tool = dump("-c", "1")
    sender = witness()
    sender.publish(TUN, bytes(10_000_000))
    sender.publish(TUN, body(IPV6))
    tool.wait(status=0)
    assert [r.data for r in tool.capture()[1]] == [IPV6]
    assert tool.final_stats()["bus_downlink.rejected_too_long"] == 1


def test_control_messages_are_no_packets(dump, witness):
    tool = dump("-c", "1")
    sender = witness()
    sender.publish("fromAgent.agent_1.ip.tun.started", {"name": "agent_1"})
    sender.publish("fromAgent.agent_1.something.else", b"?")
    sender.publish(TUN, body(IPV6))
    tool.wait(status=0)
    stats = tool.final_stats()
    assert (stats["downlink.control"], stats["downlink.rejected_key"], stats["output.written"]) == (1, 1, 1)


def test_a_pcap_file_has_one_link_type(dump, witness):
    tool = dump("-c", "2")
    sender = witness()
    sender.publish(TUN, body(IPV6))
    for _ in range(3):
        sender.publish(SERIAL, body(FRAME))
    sender.publish(TUN, body(IPV4))
    tool.wait(status=0)
    assert tool.capture() == (101, [Record(1700000000_250000000, IPV6), Record(1700000000_250000000, IPV4)])
    assert tool.final_stats()["output.rejected_link_type"] == 3
    assert tool.stderr.count(".pcapng") == 1


def blocks(data):
    """(type, body) of each pcapng block; the file ends with a whole one."""
    at, found = 0, []
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0 and struct.unpack_from("<I", data, at + size - 4)[0] == size
        found.append((kind, data[at + 8:at + size - 4]))
        at += size
    return found


def test_pcapng(dump, witness):
    tool = dump("-c", "6", "-k", "#", name="out.pcapng")
    sender = witness()
    sender.publish(TUN, body(IPV6))
    sender.publish(SERIAL, body(FRAME))
    sender.publish("toAgent.agent_1.ip.tun.packet.raw", body(IPV4))
    sender.publish(TUN, body(IPV4))
    sender.publish("fromAgent.agent_2.ip.tun.packet.raw", body(IPV6))
    sender.publish(SERIAL, pcap_bytes(283, [(5, bytes.fromhex("0000 0400") + FRAME)]), content_type=PCAP)
    tool.wait(status=0)
    assert [kind for kind, _ in blocks(tool.path.read_bytes())] == [0x0A0D0D0A, 1, 6, 1, 6, 1, 6, 6, 1, 6, 1, 6]
    rows = tshark(tool.path, "frame.interface_name", "frame.time_epoch", "frame.len", "frame.protocols")
    assert [row[0] for row in rows] == [
        "agent_1 fromAgent ip.tun", "probe_1 fromAgent 802154.serial", "agent_1 toAgent ip.tun", "agent_1 fromAgent ip.tun",
        "agent_2 fromAgent ip.tun", "probe_1 fromAgent 802154.serial"]
    assert [row[1] for row in rows][0] == "1700000000.250000000"
    assert [int(row[2]) for row in rows] == [len(IPV6), len(FRAME), len(IPV4), len(IPV4), len(IPV6), len(FRAME) + 4]
    assert rows[1][3].startswith("wpan") and rows[5][3].startswith("wpan-tap") and rows[0][3].startswith("raw:ipv6:udp")


def test_pcapng_names_from_the_bus_do_not_fill_the_memory(dump, witness):
    tool = dump("-c", "1000", name="out.pcapng")
    sender = witness()
    for i in range(1000):
        sender.publish(f"fromAgent.a{i}.ip.tun.packet.raw", body(IPV6))
    tool.wait(status=0)
    names = {row[0] for row in tshark(tool.path, "frame.interface_name")}
    assert len(names) <= 256 and "others fromAgent ip.tun" in names


def test_stdout_is_flushed_packet_by_packet(bus_tool, witness):
    tool = bus_tool("amqp-dump", "-w", "-", "--format", "pcap")
    sender = witness()
    for count in range(1, 4):
        sender.publish(TUN, body(IPV6))
        data = tool.wait_stdout(24 + count * (16 + len(IPV6)))
        assert pcap_records(data) == (101, [Record(1700000000_250000000, IPV6)] * count)
    tool.stop()


def test_into_tshark(bus_tool, witness):
    watch = subprocess.Popen(["tshark", "-n", "-l", "-r", "-", "-T", "fields", "-e", "ipv6.dst", "-e", "udp.dstport"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    tool = bus_tool("amqp-dump", "-w", "-", "-c", "2", stdout=watch.stdin)
    watch.stdin.close()
    sender = witness()
    for _ in range(2):
        sender.publish(TUN, body(IPV6))
    tool.wait(status=0)
    assert watch.stdout.read() == b"bbbb::2\t5683\n" * 2
    watch.stdout.close()
    watch.wait(20)


@pytest.mark.parametrize("form", [[], ["-w", "-"]])
def test_a_reader_that_goes_is_a_normal_end(bus_tool, witness, form):
    read, write = os.pipe()
    tool = bus_tool("amqp-dump", *form, stdout=write)
    os.close(write)
    sender = witness()
    sender.publish(TUN, body(IPV6))
    assert os.read(read, 1)
    os.close(read)
    sender.publish(TUN, body(IPV6))
    tool.wait(status=0)


@pytest.mark.parametrize("form", [[], ["-w", "-"]])
def test_a_reader_that_goes_while_the_pipe_is_full(bus_tool, witness, form):
    read, write = os.pipe()
    tool = bus_tool("amqp-dump", *form, stdout=write)
    os.close(write)
    sender = witness()
    for _ in range(30):
        sender.publish(TUN, pcap_bytes(101, [(1, IPV6)] * 100), content_type=PCAP)
    tool.wait_stats(lambda s: 0 < s["downlink.messages"] == tool.stats()["downlink.messages"])
    os.close(read)
    tool.wait(status=0)
    assert tool.final_stats()["output.written"] < 3000


def test_a_fifo(bus_tool, witness, tmp_path):
    """Its reader sees one stream, that does not end before we do."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    # cat opens it when there is a writer, and ends at the first end that it sees.
    reader = subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE)
    tool = bus_tool("amqp-dump", "-w", fifo, "-c", "1", "--format", "pcap")
    witness().publish(TUN, body(IPV6))
    tool.wait(status=0)
    out, _ = reader.communicate(timeout=30)
    assert pcap_records(out) == (101, [Record(1700000000_250000000, IPV6)])


def test_an_idle_reader_that_goes_is_noticed(bus_tool):
    read, write = os.pipe()
    tool = bus_tool("amqp-dump", stdout=write)
    os.close(write)
    os.close(read)
    tool.wait(status=0)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_nothing_heard_is_an_empty_capture(dump, vhost, sig):
    tool = dump()
    tool.stop(sig)
    assert pcap_records(tool.path.read_bytes()) == (101, [])
    wait_until(lambda: vhost.queue_names() == [], what="its queue is gone")


def test_full_pipe_does_not_hold_up_the_stop(bus_tool, witness):
    read, write = os.pipe()
    tool = bus_tool("amqp-dump", "-w", "-", stdout=write)
    os.close(write)
    sender = witness()
    big = json.dumps(body(bytes([0x60]) + bytes(60000))).encode()
    for _ in range(20):
        sender.publish(TUN, big)
    assert os.read(read, 1)
    tool.stop()
    os.close(read)


def test_lines(bus_tool, witness):
    tool = bus_tool("amqp-dump", "-c", "5", "-k", "#", "-v")
    sender = witness()
    sender.publish(TUN, body(IPV6))
    sender.publish("toAgent.agent_2.ip.tun.packet.raw", body(IPV4))
    sender.publish(SERIAL, body(FRAME))
    sender.publish(TUN, body(b"\x00\x01"))
    sender.publish("fromAgent.a\u009b31m.ip.tun.packet.raw", body(IPV6))  # it could move the terminal's cursor
    sender.publish("framebus.tun.agent_1.agent_2", body(IPV6))
    tool.wait(status=0)
    lines = [line for line in tool.stdout.decode().splitlines() if not line.startswith(" ")]
    assert all(re.match(r"\d\d:\d\d:\d\d\.250000 ", line) for line in lines)
    assert lines[0].endswith(f"fromAgent agent_1 IPv6 bbbb::1.5683 > bbbb::2.5683, UDP, {len(IPV6)} octets")
    assert lines[1].endswith(f"toAgent agent_2 IPv4 10.2.0.1.5683 > 10.2.0.2.5683, UDP, {len(IPV4)} octets")
    assert " fromAgent probe_1 " in lines[2] and "abcd" in lines[2].lower()
    assert lines[3].endswith("no IP packet, 2 octets")
    assert " fromAgent agent_1 to agent_2 IPv6 " in lines[4]
    assert tool.final_stats()["downlink.rejected_key"] == 1


def test_count_stops_inside_a_message(dump, witness):
    tool = dump("-c", "2")
    witness().publish(TUN, pcap_bytes(101, [(i, IPV6) for i in range(5)]), content_type=PCAP)
    tool.wait(status=0)
    assert len(tool.capture()[1]) == 2


def test_what_is_lost_on_the_bus_is_counted(dump, witness):
    tool = dump("-c", "2")
    sender = witness()
    sender.publish(TUN, body(IPV6), message_id="0123456789abcdef-0-1")
    sender.publish(TUN, body(IPV6), message_id="0123456789abcdef-0-1")
    sender.publish(TUN, body(IPV4), message_id="0123456789abcdef-0-5")
    tool.wait(status=0)
    stats = tool.final_stats()
    assert (stats["bus_downlink.duplicates"], stats["bus_downlink.lost_on_bus"]) == (1, 3)
    assert [r.data for r in tool.capture()[1]] == [IPV6, IPV4]


def test_keep_misses_nothing_while_the_connection_is_away(dump, vhost, witness):
    tool = dump("--keep", "-n", "recorder")
    names = vhost.queue_names()
    assert names == ["framebus.recorder.dump", "framebus.recorder.dump.reader"]
    sender = witness()
    sender.publish(TUN, body(IPV6))
    tool.wait_stats(lambda s: s["output.written"] == 1)
    tool.process.send_signal(signal.SIGSTOP)  # hears nothing, and does not come back before we let it
    vhost.broker.close_connections(vhost.name)
    sender = witness()
    for _ in range(50):
        sender.publish(TUN, body(IPV4), delivery_mode=2)
    tool.process.send_signal(signal.SIGCONT)
    tool.wait_stats(lambda s: s["output.written"] == 51)
    assert tool.stats()["bus_downlink.connections"] == 2
    wait_until(lambda: [q for q in vhost.queues() if q["name"] == "framebus.recorder.dump" and q["messages"] == 0], what="all acknowledged")
    tool.stop()
    assert [r.data for r in tool.capture()[1]] == [IPV6] + [IPV4] * 50
    wait_until(lambda: vhost.queue_names() == ["framebus.recorder.dump"], what="that of the reader is gone")


def test_disk_full(bus_tool, witness):
    tool = bus_tool("amqp-dump", "-w", "/dev/full", "-U", "--format", "pcap", wait=False)
    tool.wait_ready()
    witness().publish(TUN, body(IPV6))
    tool.wait(status=1)
    assert "/dev/full: No space left on device" in tool.stderr


@pytest.mark.parametrize("options", [[], ["-U"], ["--keep"]])
@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "-", None])
def test_a_disk_that_fills_up_is_named_with_its_reason(bus_tool, witness, small_disk, name, options):
    path = small_disk / (name if name and name != "-" else "stdout")
    form = [] if name is None else ["-w", path if path.name == name else "-"]
    with open(path if path.name == "stdout" else os.devnull, "wb") as stdout:
        tool = bus_tool("amqp-dump", *form, *options, stdout=stdout)
    sender = witness()
    for _ in range(30):
        sender.publish(TUN, pcap_bytes(101, [(1, IPV6)] * 100), content_type=PCAP)
    tool.wait(status=1)
    assert f"amqp-dump: {path if path.name == name else 'standard output'}: No space left on device\n" in tool.stderr
    if name == "a.pcap":
        records = pcap_records(path.read_bytes())[1]
        assert records == [Record(1, IPV6)] * len(records) and records


@pytest.mark.parametrize("path,complaint", [("/nonexistent/x.pcap", "No such file"), ("/nonexistent/x.pcapng", "No such file"), ("/", "Is a directory")])
def test_output_that_cannot_be(bus_tool, path, complaint):
    tool = bus_tool("amqp-dump", "-w", path, wait=False)
    tool.wait(status=1)
    assert path in tool.stderr and complaint in tool.stderr


@pytest.mark.parametrize("arguments,complaint", [
    (["-c", "0"], "--count '0'"),
    (["-n", "a.b"], "--name 'a.b'"),
    (["-k", "x" * 300], "255 octets"),
    (["--cert", "/dev/null"], "--cert and --key belong together"),
    (["--capture", "--extcap-interface", "amqp-dump"], "--capture needs --fifo"),
    (["--fifo", "x"], "--fifo needs --capture"),
    (["-u", "amqp://a b/"], "a blank in the name of the host"),
    (["-u", "amqp://a%0ab/"], "a blank in the name of the host"),
    (["--frobnicate"], "--frobnicate"),
])
def test_wrong_usage(tool, arguments, complaint):
    run = tool("amqp-dump", *arguments, wait=False)
    run.wait(status=2)
    assert complaint in run.stderr


def test_wrong_password(tool, broker):
    run = tool("amqp-dump", "--url", broker.url_of(password="s3cret"), wait=False)
    run.wait(status=3)
    assert "s3cret" not in run.stderr


def test_who_is_refused_leaves_no_captures(tool, broker, tmp_path):
    """A service manager starts it again and again; --overwrite does not take the last good capture away either."""
    good = tmp_path / "good.pcap"
    good.write_bytes(b"of a run before")
    for options in (["-w", tmp_path / "a.pcap"], ["-w", tmp_path / "a.pcapng"], ["-w", good, "--overwrite"], ["-w", good]):
        tool("amqp-dump", "--url", broker.url_of(password="s3cret"), *options, wait=False).wait(status=3)
    assert [f.name for f in tmp_path.iterdir() if f.is_file()] == ["good.pcap"] and good.read_bytes() == b"of a run before"


def test_the_capture_is_there_once_the_bus_is(bus_tool, tmp_path):
    tool = bus_tool("amqp-dump", "-w", tmp_path / "a.pcapng")
    assert (tmp_path / "a.pcapng").exists()
    tool.stop()
    assert (tmp_path / "a.pcapng").read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"


def test_play_and_dump_are_each_other_s_inverse(bus_tool, dump, tmp_path):
    records = [(1700000000_123456000 + i * 1000_000, ipv6_udp("bbbb::1", "bbbb::2", bytes([i]) * i)) for i in range(200)]
    source = tmp_path / "source.pcap"
    source.write_bytes(pcap_bytes(101, records))
    for encoding in ("json", "pcap"):
        tool = dump("-c", "200")
        bus_tool("amqp-play", "-n", "agent_1", "-r", source, "--speed", "0", "--encoding", encoding, wait=False).wait(status=0)
        tool.wait(status=0)
        assert tool.capture() == (101, [Record(*r) for r in records])


# --- Wireshark ---

def run_dump(*arguments):
    return subprocess.run([binaries_folder() / "amqp-dump", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)


def test_extcap_questions():
    run = run_dump("--extcap-interfaces", "--extcap-version=4.0")
    assert run.returncode == 0 and run.stdout.splitlines()[0].startswith("extcap {version=")
    assert "interface {value=amqp-dump}" in run.stdout
    run = run_dump("--extcap-dlts", "--extcap-interface", "amqp-dump")
    assert run.returncode == 0 and run.stdout.startswith("dlt {number=101}")
    run = run_dump("--extcap-config", "--extcap-interface", "amqp-dump", "--some-later-argument")
    calls = re.findall(r"\{call=(--[a-z-]+)\}", run.stdout)
    usage = run_dump("--help").stdout
    assert calls and all(call in usage for call in calls)


def test_extcap_capture(bus_tool, witness, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    watch = subprocess.Popen(["tshark", "-n", "-r", str(fifo), "-T", "fields", "-e", "frame.interface_name"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    tool = bus_tool("amqp-dump", "--capture", "--extcap-interface", "amqp-dump", "--fifo", fifo, "--extcap-later", "x",
                    "--extcap-capture-filter", "ip6", "--filter", "any", "-c", "2")
    sender = witness()
    sender.publish(TUN, body(IPV6))
    sender.publish(SERIAL, body(FRAME))
    tool.wait(status=0)
    out, _ = watch.communicate(timeout=20)
    assert out == b"agent_1 fromAgent ip.tun\nprobe_1 fromAgent 802154.serial\n"


def test_a_capture_filter_is_one_of_ip_packets(bus_tool, witness, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    watch = subprocess.Popen(["tshark", "-n", "-r", str(fifo), "-T", "fields", "-e", "frame.interface_name"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    tool = bus_tool("amqp-dump", "--capture", "--extcap-interface", "amqp-dump", "--fifo", fifo, "--extcap-capture-filter", "ip6", "-c", "1")
    sender = witness()
    sender.publish(SERIAL, body(FRAME))
    sender.publish(TUN, body(IPV6))
    tool.wait(status=0)
    assert watch.communicate(timeout=20)[0] == b"agent_1 fromAgent ip.tun\n"
    run = run_dump("--capture", "--extcap-interface", "amqp-dump", "--fifo", fifo, "--extcap-capture-filter", "-c 1")
    assert run.returncode == 2 and "capture filter '-c 1': " in run.stderr


def test_wireshark_finds_it(broker, tmp_path, witness, vhost):
    """tshark itself starts it as an extcap interface."""
    folder = tmp_path / ".config" / "wireshark" / "extcap"
    folder.mkdir(parents=True)
    os.symlink(binaries_folder() / "amqp-dump", folder / "amqp-dump")
    environment = {**os.environ, "HOME": str(tmp_path), "AMQP_URL": vhost.url}
    environment.pop("XDG_CONFIG_HOME", None)
    listed = subprocess.run(["tshark", "-D"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    assert "amqp-dump (IP packets and 802.15.4 frames on an AMQP bus)" in listed.stdout, listed
    watch = subprocess.Popen(["tshark", "-n", "-l", "-i", "amqp-dump", "-c", "1", "-T", "fields", "-e", "ipv6.src"], env=environment,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        vhost.wait_binding("fromAgent.#", 20)
        witness().publish(TUN, body(IPV6))
        out, err = watch.communicate(timeout=30)
    finally:
        watch.terminate()  # not SIGKILL: it has children to end
    assert out == b"bbbb::1\n", err
