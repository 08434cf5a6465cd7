"""What amqp-route does on purpose: drops, delays, duplicates, changes, puts out of order; per link and direction, by seed and filter."""
import json
import signal
import time

import pytest

from harness import Inbox, pcap_bytes, pcap_records, wait_until

SESSION = "0123456789abcdef"
TUN, SERIAL = "fromAgent.{}.ip.tun.packet.raw", "fromAgent.{}.802154.serial.packet.raw"
DATA_FRAME, ACK_FRAME = bytes.fromhex("61882acdab0200010068692a"), bytes.fromhex("02002a")


def udp(port, payload=b"\x40\x01\x00\x01"):
    """An IPv6 packet from bbbb::1 to bbbb::2."""
    head = bytes([0x60, 0, 0, 0]) + (8 + len(payload)).to_bytes(2, "big") + b"\x11\x40"
    ends = bytes.fromhex("bbbb") + bytes(13) + b"\x01" + bytes.fromhex("bbbb") + bytes(13) + b"\x02"
    return head + ends + port.to_bytes(2, "big") * 2 + (8 + len(payload)).to_bytes(2, "big") + b"\0\0" + payload


def body(packet, n=0):
    return json.dumps({"data": list(packet), "interface_name": "tun0", "timestamp": 1.5 + n})


def data(message):
    return bytes(json.loads(message.body)["data"])


@pytest.fixture
def router(bus_tool):
    def start(*arguments, **options):
        return bus_tool("amqp-route", "--link", "a,b", *arguments, **options)
    return start


def test_the_second_coap_message(router, witness, bus_tool):
    """Of what the filter selects, in one direction, exactly the second; the next message says that one is missing, and why."""
    tool = router("--impair", "a>b skip=1 drop=1 only='udp port 5683'")
    dump = bus_tool("amqp-dump", "-k", "toAgent.#")
    other = witness("toAgent.#")
    ports = [1, 5683, 2, 5683, 3, 5683]
    for sender in "a", "b":
        for n, port in enumerate(ports):
            other.publish(TUN.format(sender), body(udp(port)), message_id=f"{SESSION}-{sender == 'b':d}-{n + 1}")
    got = [m for m in other.collect(11) if ".b." in m.key]
    assert [int.from_bytes(data(m)[40:42], "big") for m in got] == [1, 5683, 2, 3, 5683]
    assert [(m.properties.headers or {}).get("framebus_dropped") for m in got] == [None, None, None, 1, None]
    assert tool.stats()["route.dropped_by_drop"] == 1
    stats = dump.wait_stats(lambda s: s["bus_downlink.received"] == 11)
    assert (stats["bus_downlink.lost_on_bus"], stats["bus_downlink.dropped_by_router"]) == (0, 1)


def test_filters_of_frames(router, witness):
    tool = router("--drop", "1000", "--only", "type=data")
    other = witness("toAgent.#", "framebus.to.*")
    for frame in DATA_FRAME, ACK_FRAME:
        other.publish(SERIAL.format("a"), body(frame))
        other.publish(TUN.format("a"), body(udp(1)))
        other.publish("framebus.serial.a", pcap_bytes(230, [(1, frame)]), "application/vnd.tcpdump.pcap")
    got = other.collect(4)
    assert sorted(m.key for m in got) == ["framebus.to.b", "toAgent.b.802154.serial.packet.raw"] + ["toAgent.b.ip.tun.packet.raw"] * 2
    assert tool.stats()["route.dropped_by_drop"] == 2


@pytest.mark.parametrize("option", [["--only", "udp", "--loss", "1"], ["--corrupt", "100"]])
def test_bodies_that_cannot_be_read(router, witness, option):
    """What would have to be looked into, and cannot be, goes no further; where nothing has to look, it does."""
    tool = router("--impair", "b>a loss=0 corrupt=0", *option)
    other = witness("toAgent.#", "framebus.to.*")
    for octets, content_type in (b"\x01sealed", "application/vnd.framebus.sealed"), (b"no JSON", "application/json"), (b"{}", "application/json"):
        other.publish("framebus.tun.a", octets, content_type)
        other.publish("framebus.tun.b", octets, content_type)
        got = other.get()
        assert (got.key, got.body) == ("framebus.to.a", octets)
    tool.wait_stats(lambda s: s["route.dropped_unreadable"] == 3)
    assert "framebus.tun.a: left out: " in tool.stderr and "(application/vnd.framebus.sealed)" in tool.stderr


def test_corrupt(router, witness):
    """One bit, in whatever body."""
    router("--corrupt", "100", "--seed", "1")
    other = witness("toAgent.#", "framebus.to.*", "data.tun.toAgent.*")
    packet = udp(5683)

    def differences(changed):
        assert len(changed) == len(packet)
        return bin(int.from_bytes(changed, "big") ^ int.from_bytes(packet, "big")).count("1")
    other.publish(TUN.format("a"), body(packet))
    got = other.get()
    assert differences(data(got)) == 1
    assert json.loads(got.body)["interface_name"] == "tun0" and json.loads(got.body)["timestamp"] == 1.5
    other.publish("data.tun.fromAgent.a", json.dumps({"_type": "packet.sniffed.raw", "data": list(packet), "timestamp": "1.5"}))
    got = other.get()
    assert differences(data(got)) == 1 and json.loads(got.body)["timestamp"] == "1.5"
    other.publish("framebus.tun.a", pcap_bytes(101, [(5, packet)]), "application/vnd.tcpdump.pcap")
    link_type, (record,) = pcap_records(other.get().body)
    assert (link_type, record.time_ns, differences(record.data)) == (101, 5, 1)


def test_duplicates_are_two_messages(router, witness):
    tool = router("--duplicate", "100")
    other = witness("toAgent.#")
    for key in TUN, SERIAL:
        other.publish(key.format("a"), body(udp(1)), message_id=f"{SESSION}-{key == SERIAL:d}-1")
        got = other.collect(2)
        assert got[0].body == got[1].body
        assert [m.properties.message_id for m in got] == [f"{SESSION}-{key == SERIAL:d}-1", None]
    assert tool.stats()["route.copies"] == 4


def test_delay_keeps_the_order(router, witness):
    tool = router("--delay", "200", "--jitter", "150", "--seed", "3")
    other = witness("toAgent.#")
    begun = time.monotonic()
    for n in range(50):
        other.publish((TUN, SERIAL)[n % 2].format("a"), body(udp(1), n))
    got = {".tun.": [], ".serial.": []}
    for m in other.collect(50):
        got[".tun." if ".tun." in m.key else ".serial."].append(json.loads(m.body)["timestamp"] - 1.5)
    assert time.monotonic() - begun > 0.05
    assert got == {".tun.": list(range(0, 50, 2)), ".serial.": list(range(1, 50, 2))}
    assert tool.wait_stats(lambda s: s["route.waiting"] == 0)["route.delayed"] > 40


def test_reorder(router, witness):
    tool = router("--reorder", "50", "--seed", "5")
    other = witness("toAgent.#")
    for n in range(20):
        other.publish(TUN.format("a"), body(udp(1), n))
    got = [json.loads(m.body)["timestamp"] - 1.5 for m in other.collect(20)]
    assert sorted(got) == list(range(20)) and got != sorted(got)
    assert 2 < tool.stats()["route.reordered"] < 18


def is_told(stats):
    """What became of each copy: a report may come between a message and that."""
    return stats["route.copies"] == stats["route.forwarded"] + stats["route.waiting"] + sum(
        n for name, n in stats.items() if name.startswith("route.dropped_"))


def test_rate(router, witness):
    """2 000 octets at 8 kbit/s take two seconds; what would wait for longer than one is dropped, but no frame."""
    tool = router("--rate", "16")
    other = witness("toAgent.#")
    packet = body(udp(1)).encode()
    count = 4000 // len(packet) + 10
    for n in range(count):
        other.publish(TUN.format("a"), packet)
    stats = tool.wait_stats(lambda s: s["route.messages"] == count == s["route.copies"] and is_told(s))
    assert stats["route.dropped_by_rate"] > 0
    assert stats["route.dropped_by_rate"] + len(other.collect(count - stats["route.dropped_by_rate"])) == count


def test_the_same_seed_is_the_same_run(router, bus_tool, witness):
    other = witness("toAgent.b.ip.tun.packet.raw")
    runs = []
    for seed in 7, 7, 8:
        tool = router("--loss", "30", "--burst", "2", "--seed", seed, "-n", f"run{len(runs)}")
        for n in range(200):
            other.publish(TUN.format("a"), body(b"x", n))
        stats = tool.wait_stats(lambda s: s["route.messages"] == 200 == s["route.copies"] and is_told(s))
        runs.append([json.loads(m.body)["timestamp"] for m in other.collect(200 - stats["route.dropped_by_loss"])])
        assert f"a: this router has its packets now; what is done to them begins, with the seed {seed}" in tool.stderr
        tool.stop()
    assert runs[0] == runs[1] != runs[2] and 100 < len(runs[0]) < 180


def test_a_seed_is_said(router, witness):
    tool = router("--loss", "1")
    witness().publish(TUN.format("a"), body(b"x"))
    assert 0 <= int(tool.wait_stderr(r"with the seed (\d+)")[1]) < 2**63


def test_killed_between_receipt_and_publish(router, vhost, witness):
    """Frames that the router had read and not passed on go out by the next one, in order, once."""
    first = router("--delay", "600000")
    sender = witness()
    for n in range(30):
        sender.publish(SERIAL.format("a"), body(DATA_FRAME, n), message_id=f"{SESSION}-0-{n + 1}", delivery_mode=2)
    first.wait_stats(lambda s: s["route.waiting"] == 30)
    inbox = Inbox(vhost.url, "toAgent.#")
    first.kill()
    second = router()
    second.wait_stats(lambda s: s["bus_kept_uplink.confirmed"] == 30)
    assert [json.loads(m.body)["timestamp"] - 1.5 for m in inbox.take()] == list(range(30))
    wait_until(lambda: all(q["messages"] == 0 for q in vhost.queues() if ".route." in q["name"]))


def test_a_reconnection_while_frames_wait(router, vhost, broker, witness):
    """They come again, and are known; none is acknowledged before it was passed on: the next router has them all."""
    first = router("--delay", "600000")
    sender = witness()
    for n in range(10):
        sender.publish(SERIAL.format("a"), body(DATA_FRAME, n), message_id=f"{SESSION}-0-{n + 1}", delivery_mode=2)
    first.wait_stats(lambda s: s["route.waiting"] == 10)
    broker.close_connections(vhost.name)
    first.wait_stats(lambda s: s["bus_downlink.duplicates"] == 10)
    inbox = Inbox(vhost.url, "toAgent.#")
    first.kill()
    second = router()
    second.wait_stats(lambda s: s["bus_kept_uplink.confirmed"] == 10)
    assert [json.loads(m.body)["timestamp"] - 1.5 for m in inbox.take()] == list(range(10))


# --- in the old router's way ---

def test_lossy_link_start(bus_tool, vhost, witness):
    """The next N packets, whoever's they are, for all receivers; a second message takes the first one's place."""
    tool = bus_tool("amqp-route", "--link", "a,b,c", "--link", "x,y")
    other = witness("toAgent.#")
    vhost.wait_binding("routing.lossy.link.start")
    other.publish("routing.lossy.link.start", {"number_of_packets_to_drop": 5, "_api_version": "1.2.15"})
    tool.wait_stderr("the next 5 packets are dropped")
    other.publish("routing.lossy.link.start", {"number_of_packets_to_drop": 2, "_api_version": "1.2.15"})
    tool.wait_stderr("the next 2 packets are dropped")
    for sender, n in ("a", 1), ("x", 2), ("b", 3), ("x", 4):
        other.publish((SERIAL if n == 2 else TUN).format(sender), body(b"x", n))
        tool.wait_stats(lambda s: s["route.messages"] == n)
    assert sorted(m.key.split(".")[1] for m in other.collect(3)) == ["a", "c", "y"] and other.is_silent()
    assert tool.stats()["route.dropped_by_lossy_link"] == 3
    for wrong in {}, {"number_of_packets_to_drop": -1}, {"number_of_packets_to_drop": "x"}, []:
        other.publish("routing.lossy.link.start", wrong)
    other.publish(TUN.format("x"), body(b"x"))
    assert other.get().key == "toAgent.y.ip.tun.packet.raw"


def test_who_may_make_it_lossy(router, vhost, witness):
    tool = router("--control-from", "boss")
    other = witness("toAgent.#")
    vhost.wait_binding("routing.lossy.link.start")
    other.publish("routing.lossy.link.start", {"number_of_packets_to_drop": 5}, user_id="guest")
    tool.wait_stderr("routing.lossy.link.start of user 'guest': refused")
    other.publish(TUN.format("a"), body(b"x"))
    assert other.get()


def test_everybody_with_something_done(bus_tool, witness, tmp_path):
    """--all: of agents that were not known when it was said; and they stay known when the file is read again."""
    path = tmp_path / "links"
    path.write_text("*>b drop=1\n")
    tool = bus_tool("amqp-route", "--all", "--links", path)
    other = witness("toAgent.#")
    for n, sender in enumerate("bca"):
        other.publish(TUN.format(sender), body(b"x"))
        tool.wait_stats(lambda s: s["route.messages"] == n + 1)
    # c>b and a>b lose one each; a>c is as it was.
    assert other.get().key == "toAgent.c.ip.tun.packet.raw" and other.is_silent()
    path.write_text("*>c drop=1\n")
    tool.process.send_signal(signal.SIGHUP)
    tool.wait_stderr("the links are others now, of 3 agents")
    other.publish(TUN.format("a"), body(b"x"))
    assert other.get().key == "toAgent.b.ip.tun.packet.raw" and other.is_silent()
    assert tool.stats()["bus_downlink.connections"] == 1
