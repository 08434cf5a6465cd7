"""dump, play, dump: what amqp-dump has written comes out of amqp-play as it was on the bus, whatever the mix of agents, devices, directions,
API versions, ends of frames and encodings. The sender is python3-pika; the captures are read here, not by our reader."""
import json
import os
import random
import struct
import time

import pytest

from harness import fcs16, ipv4_udp, ipv6_udp, pcap_bytes
from test_amqp_dump import GSO, PCAP, blocks, gso_body, tcp_super_packet
from test_amqp_play_captures import fcs32, tap

BASE = 1_700_000_000_000_000_000
AGENTS = ["a", "agent_1", "probe-2", "x=y", "A" * 60]
RSSI = struct.pack("<HHf", 1, 4, -50.0)


def packets_of(path):
    """[(interface's name, time in ns, octets without pseudo-header and FCS)], {name: link types}"""
    interfaces, found = [], []
    for kind, octets in blocks(path.read_bytes()):
        if kind == 1:
            link_type, at, options = struct.unpack_from("<H", octets)[0], 8, {}
            while at + 4 <= len(octets):
                code, size = struct.unpack_from("<HH", octets, at)
                options[code] = octets[at + 4:at + 4 + size]
                at += 4 + size + -size % 4
            assert options.get(9) == b"\x09", "nanoseconds"
            interfaces.append((options[2].decode(), link_type))
        elif kind == 6:
            interface, high, low, size, original = struct.unpack_from("<IIIII", octets)
            assert size == original
            name, link_type = interfaces[interface]
            data = octets[20:20 + size]
            if link_type == 283:
                fcs_type, header = data[8] if data[4:6] == b"\0\0" else 0, struct.unpack_from("<H", data, 2)[0]
                data = data[header:len(data) - (0, 2, 4)[fcs_type]]
            elif link_type == 195:
                data = data[:-2]
            found.append((name, high << 32 | low, data))
    types = {}
    for name, link_type in interfaces:
        types.setdefault(name, set()).add(link_type)
    return found, types


class Mix:
    """Messages that are drawn at random, and what they hold."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.packets = []  # (interface's name, time, octets)
        self.time = BASE

    def tick(self):
        self.time += self.draw.choice([0, 0, 1_000, 1_000_000, 37_123_000])
        return self.time

    def frame(self):
        return bytes([0x41, 0x88, self.draw.randrange(256)]) + struct.pack("<HHH", 0xabcd, 0xffff, self.draw.randrange(4)) + self.draw.randbytes(self.draw.randrange(1, 90))

    def ip(self):
        make, a, b = self.draw.choice([(ipv6_udp, "bbbb::1", "bbbb::2"), (ipv4_udp, "10.2.0.1", "10.2.0.2")])
        return make(a, b, self.draw.randbytes(self.draw.randrange(0, 400)))

    def note(self, agent, direction, device, octets):
        self.packets.append((f"{agent} {direction} {device}", self.time, octets))

    def json(self, agent, direction, is_ip):
        octets, device = (self.ip(), "ip.tun") if is_ip else (self.frame(), "802154.serial")
        seconds, rest = divmod(self.tick(), 10**9)
        self.note(agent, direction, device, octets)
        body = {"data": list(octets), "timestamp": f"{seconds}.{rest:09}", "interface_name": "x"}
        if is_ip and self.draw.random() < 0.3 and direction == "fromAgent":  # what API v0 says of a frame's time is none
            return f"data.tun.{direction}.{agent}", json.dumps({**body, "_type": "packet.sniffed.raw"}).encode(), "application/json"
        return f"{direction}.{agent}.{device}.packet.raw", json.dumps({**body, "_api_version": "1.2.15"}).encode(), "application/json"

    def pcap(self, agent, direction, is_ip):
        link_type = 101 if is_ip else self.draw.choice([195, 230, 283])
        ends = self.draw.randrange(3)  # of 283: none, FCS-16, FCS-32
        records = []
        for _ in range(self.draw.randrange(1, 5)):
            plain = self.ip() if is_ip else self.frame()
            records.append((self.tick(), {101: plain, 230: plain, 195: fcs16(plain), 283: tap((plain, fcs16(plain), fcs32(plain))[ends], ends, RSSI)}[link_type]))
            self.note(agent, direction, "ip.tun" if is_ip else "802154.serial", plain)
        key = f"framebus.to.{agent}" if direction == "toAgent" else f"framebus.{'tun' if is_ip else 'serial'}.{agent}"
        return key, pcap_bytes(link_type, records), PCAP

    def gso(self, agent, direction, is_ip):
        records = []
        for _ in range(self.draw.randrange(1, 3)):
            plain = self.ip()
            records.append((self.tick(), (0, 0, 0, 0, 0, 0), plain))
            self.note(agent, direction, "ip.tun", plain)
        self.super = (self.tick(), (1, 4, 60, 1000, 40, 16), tcp_super_packet(self.draw.randbytes(2560)))
        for _ in range(3):
            self.note(agent, direction, "ip.tun", None)  # cut up by amqp-dump: another test's matter
        return (f"framebus.to.{agent}" if direction == "toAgent" else f"framebus.tun.{agent}"), gso_body([*records, self.super]), GSO

    def message(self):
        kind = self.draw.choice([self.json, self.json, self.pcap, self.gso])
        return kind(self.draw.choice(AGENTS), self.draw.choice(["fromAgent", "fromAgent", "toAgent"]), self.draw.random() < 0.5)


@pytest.mark.parametrize("run", range(3))
def test_the_same_packets_interfaces_and_order(bus_tool, witness, tmp_path, run):
    seed = int(os.environ.get("TEST_SEED", time.time_ns() % 10**9 + run))
    print(f"TEST_SEED={seed}")
    mix = Mix(seed)
    messages = [mix.message() for _ in range(60)]
    sender, count, path = witness(), len(mix.packets), [tmp_path / f"{n}.pcapng" for n in range(4)]
    dump = bus_tool("amqp-dump", "-k", "#", "-w", path[0], "-c", count)
    for key, octets, content_type in messages:
        sender.publish(key, octets, content_type=content_type)
    dump.wait(status=0)
    for n, encoding in ((1, "json"), (2, "pcap"), (3, "json")):
        dump = bus_tool("amqp-dump", "-k", "#", "-w", path[n], "-c", count)
        player = bus_tool("amqp-play", "-r", path[1] if n == 3 else path[0], "--speed", "0", "--encoding", encoding, wait=False)
        player.wait(status=0)
        dump.wait(status=0)
        assert player.final_stats()["capture.bad_fcs"] == 0
    (first, types), *again = (packets_of(p) for p in path)
    assert [p[:2] for p in first] == [p[:2] for p in mix.packets]
    assert all(was is None or was == octets for (_, _, was), (_, _, octets) in zip(mix.packets, first))
    for found, its_types in again:
        assert found == first and set(its_types) == set(types)
    assert path[1].read_bytes() == path[3].read_bytes()
