"""amqp-serial with a real broker, simulated probes on pseudo-terminals, and witnesses that share no code with it."""
import json
import os
import socket
import struct
import time

import pika
import pytest

import harness
from harness import Tool, amqp_publish, pcap_bytes, pcap_records, tshark
from test_slip_dump import ACK, DATA, fcs16, numbered, slip, ti

ENHANCED_ACK = bytes.fromhex("0222070200")  # frame type 2, version 2
BEACON = bytes.fromhex("008001cdab0000ffcf0000")
SECURED = bytes.fromhex("4988 01 cdab ffff 0100 05 01000000 00".replace(" ", "")) + bytes(12)
UP, TO = "fromAgent.{}.802154.serial.packet.raw", "toAgent.{}.802154.serial.packet.raw"
PCAP = "application/vnd.tcpdump.pcap"


def broken_sums(s):
    """Those that do not hold. Only while a frame is between two counters may there be any."""
    heard = s["probe.fcs_good"] + s["probe.fcs_bad"] + s["probe.unchecked"]
    sums = {
        "slip.frames": heard + s["probe.too_short"],
        "line.passed": heard - s["line.dropped_no_room"],
        "uplink.read": s["uplink.published"] + s["uplink.waiting"] + sum(v for k, v in s.items() if k.startswith("uplink.dropped_")) + s.get("filter.left_out", 0),
        "bus_uplink.packets": s["uplink.published"],
        "bus_uplink.published": (s["bus_uplink.confirmed"] + s["bus_uplink.unroutable"] + s["bus_uplink.pending"]
                                 - s["bus_uplink.restored"]),
        "downlink.received": s["downlink.delivered"] + s["downlink.waiting"] + sum(
            v for k, v in s.items() if k.startswith(("downlink.rejected_", "downlink.dropped_"))),
        "control.received": s["control.handled"] + s["control.ignored"] + s["control.rejected"],
    }
    return {name: (s[name], wanted) for name, wanted in sums.items() if s[name] != wanted}


def settled_stats(tool, condition=lambda s: True, seconds=harness.PATIENCE):
    return tool.wait_stats(lambda s: condition(s) and not broken_sums(s), seconds)


def check_end(stats):
    """Nothing is under way any more: what came from the line was published or has a reason."""
    assert not broken_sums(stats), stats
    assert stats["line.passed"] == stats["uplink.read"] and stats["uplink.waiting"] == stats["downlink.waiting"] == 0, stats


@pytest.fixture
def station(bus_tool, probe, tmp_path):
    """station(NAME, OPTION...): a probe and its amqp-serial; (mote, tool)."""
    def make(name, *arguments, **options):
        mote = probe(name)
        return mote, bus_tool("amqp-serial", "-n", name, "-p", tmp_path / name, *arguments, **options)
    return make


def settled(witness):
    """The announcements of a start, which come first: (ready, started)."""
    return witness.get(key="testingtool.component.ready"), witness.get()


def test_started_is_said_once_and_in_answer_to_start(station, vhost, broker, witness):
    """The old coordinator takes each for a step of its own."""
    ready, started, seen = "testingtool.component.ready", "fromAgent.p.802154.serial.started", []
    inbox = harness.Inbox(vhost.url, "testingtool.#", started)

    def said(*keys):
        seen.extend(inbox.keys())
        return seen == list(keys)
    _, tool = station("p")
    harness.wait_until(lambda: said(ready, started))
    seen.clear()
    broker.close_connections(vhost.name)
    tool.wait_stats(lambda s: min(s["bus_uplink.connections"], s["bus_downlink.connections"]) == 2)
    harness.wait_until(lambda: said(ready))
    witness().publish("toAgent.p.802154.serial.start", {"name": "p", "port": "/dev/ttyACM0", "boudrate": "460800"})
    harness.wait_until(lambda: said(ready, started))


# --- both ways ---

def test_what_waited_in_the_port_is_old_and_what_comes_then_is_not(bus_tool, probe, witness, tmp_path):
    mote = probe("p")
    mote.send(*numbered(300))  # nobody has the port open yet; over 4 KiB of them
    mote.sync()
    heard = witness(UP.format("p"))
    tool = bus_tool("amqp-serial", "-n", "p", "-p", tmp_path / "p")
    mote.send(DATA)
    assert json.loads(heard.get()[2])["data"] == list(DATA)
    assert tool.stop()["uplink.read"] == 1


@pytest.mark.parametrize("encodings", [("json", "json"), ("pcap", "pcap"), ("json", "pcap")])
def test_two_probes_share_one_air(station, encodings):
    left, a = station("left", "--peer", "right", "--encoding", encodings[0])
    right, b = station("right", "--peer", "left", "--encoding", encodings[1])
    there, back = numbered(60), [f + b"\xc0\xdb" for f in numbered(60)]
    left.send(*[f for n in there for f in (n, ACK, ENHANCED_ACK)])
    right.send(*back)
    assert right.collect(60) == there, "and no acknowledgement among them"
    assert left.collect(60) == back
    right.send(DATA)
    assert left.get() == DATA
    a.wait_stats(lambda s: s["uplink.dropped_ack"] == 120)
    for tool, acks in ((a, 120), (b, 0)):
        stats = tool.stop()
        check_end(stats)
        assert stats["uplink.dropped_ack"] == acks
    assert not left.pending() and not right.pending()


def test_radio_acknowledgements_stay_on_their_side(bus_tool, probe, tmp_path):
    request = bytes([DATA[0] | 0x20]) + DATA[1:]
    near, far = tmp_path / "near-air", tmp_path / "far-air"
    motes = {name: probe(name, "--air", air, *more) for name, air, more in
             (("dev_a", near, ["--ack"]), ("a", near, []), ("b", far, []), ("dev_b", far, ["--ack"]))}
    a = bus_tool("amqp-serial", "-n", "a", "--peer", "b", "-p", tmp_path / "a")
    b = bus_tool("amqp-serial", "-n", "b", "--peer", "a", "-p", tmp_path / "b")
    # What the near device is given to send, probe a hears; probe b sends it; the far device answers with a radio ACK, which probe b hears.
    port = os.open(tmp_path / "dev_a", os.O_RDWR | os.O_NOCTTY)
    os.write(port, slip(request))
    assert motes["b"].get() == request
    stats = b.wait_stats(lambda s: s["uplink.dropped_ack"] == 1)
    assert stats["uplink.published"] == 0
    os.close(port)
    check_end(a.stop())
    check_end(b.stop())
    assert not motes["a"].pending()


def test_forward_acks(station, witness):
    w = witness(UP.format("a"))
    mote, _ = station("a", "--forward-acks")
    mote.send(ACK)
    assert bytes(json.loads(w.get().body)["data"]) == ACK


# --- what is published ---

def test_json_is_what_the_old_agent_published(station, witness):
    w = witness(UP.format("probe_1"))
    mote, _ = station("probe_1")
    frame = DATA + b"\xc0\xdb\x00"
    before = time.time()
    mote.send(frame)
    message = w.get()
    body = json.loads(message.body)
    assert before - 0.001 <= body.pop("timestamp") <= time.time()
    assert body == {"_api_version": "1.2.15", "interface_name": "serial", "data": list(frame), "data_slip": list(slip(frame))}
    assert message.body.decode() == json.dumps(json.loads(message.body), sort_keys=True)
    p = message.properties
    assert (p.content_type, p.content_encoding, p.delivery_mode) == ("application/json", "utf-8", 2)
    assert p.message_id and int(before) <= p.timestamp <= time.time()


def test_api_v0(station, witness):
    w = witness("data.serial.#", "control.#")
    mote, tool = station("probe_1", "--api", "v0")
    messages = [w.get(), w.get()]
    assert [m.key for m in messages] == ["control.session", "control.serial.fromAgent.probe_1"]
    assert [json.loads(m.body)["_type"] for m in messages] == ["testingtool.component.ready", "serial.started"]
    mote.send(DATA)
    message = w.get()
    body = json.loads(message.body)
    assert message.key == "data.serial.fromAgent.probe_1"
    assert isinstance(body["timestamp"], str) and body["_type"] == "packet.sniffed.raw" and body["data"] == list(DATA)
    # Both versions are understood, whatever is published.
    w.publish("data.serial.toAgent.probe_1", {"_type": "packet.to_inject.raw", "data": [1, 2, 3]})
    assert mote.get() == b"\1\2\3"
    w.publish(TO.format("probe_1"), {"data": [4, 5, 6]})
    assert mote.get() == b"\4\5\6"
    check_end(tool.stop())


def test_pcap_bodies_carry_many_frames(station, witness):
    w, old = witness("framebus.serial.a"), witness("fromAgent.#", "data.#")
    mote, tool = station("a", "--encoding", "pcap")
    frames = numbered(300)
    mote.raw(b"".join(slip(f) for f in frames))
    got, messages = [], 0
    while len(got) < 300:
        message = w.get()
        assert message.properties.content_type == PCAP
        link_type, records = pcap_records(message.body)
        assert link_type == 230
        got += [r.data for r in records]
        messages += 1
    assert got == frames and messages < 300
    assert old.get().key == "fromAgent.a.802154.serial.started" and old.is_silent()
    stats = tool.stop()
    check_end(stats)
    assert stats["bus_uplink.packets"] == 300 and stats["bus_uplink.published"] == messages


# --- what it says about itself ---

def test_announcements(station, witness, tmp_path):
    w = witness("testingtool.#", "fromAgent.*.802154.serial.started")
    _, tool = station("probe_1", "-b", 460800)
    ready, started = settled(w)
    assert json.loads(ready.body)["component"] == "probe_1"
    assert started.key == "fromAgent.probe_1.802154.serial.started"
    body = json.loads(started.body)
    in_force = {"name": "probe_1", "port": str(tmp_path / "probe_1"), "boudrate": "460800"}
    assert {k: body[k] for k in in_force} == in_force
    # serial.start changes nothing, and is answered with what is in force.
    w.publish("toAgent.probe_1.802154.serial.start", {"name": "probe_1", "port": "/dev/ttyUSB7", "boudrate": "9600"})
    assert json.loads(w.get(key=started.key).body) == body
    tool.stop()
    assert json.loads(w.get(key="testingtool.component.shutdown").body)["component"] == "probe_1"


def test_terminate_ends_it(station, witness):
    w = witness("testingtool.component.#")
    _, tool = station("probe_1")
    w.publish("testingtool.terminate", {"_api_version": "1.2.15", "description": "the end"})
    tool.wait(harness.STOP_SECONDS, status=0)
    assert w.collect(2)[1].key == "testingtool.component.shutdown"


def test_a_namesake_is_noticed_once(station, bus_tool, probe, tmp_path):
    _, first = station("a")
    probe("other")
    second = bus_tool("amqp-serial", "-n", "a", "-p", tmp_path / "other")
    for tool in (first, second):
        tool.wait_stderr("another agent is called 'a' too")
        assert tool.wait_stats(lambda s: s["control.namesakes"] == 1)
        assert tool.stderr.count("another agent") == 1


def test_environment_names_the_port(bus_tool, probe, tmp_path, witness):
    w = witness("fromAgent.#")
    probe()
    env = {"FINTEROP_CONNECTOR_SERIAL_PORT": str(tmp_path / "probe"), "FINTEROP_CONNECTOR_BAUDRATE": "460800"}
    bus_tool("amqp-serial", "-n", "a", env=env)
    assert json.loads(w.get().body)["boudrate"] == "460800"


# --- what comes from the bus ---

def test_frames_for_the_probe_in_every_form(station, witness, vhost):
    mote, tool = station("a")
    key = TO.format("a")
    amqp_publish(vhost.url, key, json.dumps({"data": list(DATA), "interface_name": "serial", "timestamp": 1}).encode())
    assert mote.get() == DATA
    w = witness()
    tap = struct.pack("<BBHHHB3x", 0, 0, 12, 0, 1, 1)  # FCS type: 16 bits
    bare_tap = struct.pack("<BBH", 0, 0, 4)
    for link_type, record in ((230, DATA), (195, DATA + fcs16(DATA)), (283, tap + DATA + fcs16(DATA)), (283, bare_tap + DATA)):
        w.publish(key, pcap_bytes(link_type, [(1, record)]), PCAP)
        assert mote.get() == DATA, link_type
    w.publish(key, pcap_bytes(230, [(1, f) for f in numbered(20)], magic=0xA1B2C3D4, order=">"), PCAP)
    assert mote.collect(20) == numbered(20)
    w.publish(key, {"data": [0] * 125})
    assert mote.get() == bytes(125)
    check_end(tool.stop())


def refused_bodies():
    tap = struct.pack("<BBHHHB3x", 0, 0, 12, 0, 1, 1)
    half = pcap_bytes(230, [(1, DATA)])[:-3]
    return {
        "not_json": [("no json", "application/json"), ("[1]", "application/json"), ('{"data":"x"}', "application/json")],
        "octet": [('{"data":[256]}', "application/json"), ('{"data":[-1]}', "application/json")],
        "no_data": [("{}", "application/json"), ('{"data":[]}', "application/json")],
        "too_long": [(json.dumps({"data": [0] * 126}), "application/json"), (json.dumps({"data": [0] * 70000}), "application/json"),
                     (pcap_bytes(195, [(1, bytes(126) + fcs16(bytes(126)))]), PCAP)],
        "bad_fcs": [(pcap_bytes(195, [(1, DATA + b"\0\0")]), PCAP), (pcap_bytes(283, [(1, tap + DATA + b"\0\0")]), PCAP)],
        "not_pcap": [(b"no capture", PCAP), (b"", PCAP), (half, PCAP)],
        "record": [(pcap_bytes(283, [(1, b"\0\0\xff\xff")]), PCAP)],
        "link_type": [(pcap_bytes(101, [(1, b"\x45")]), PCAP), (pcap_bytes(1, [(1, b"\x45")]), PCAP)],
        "encoding": [(b"x", "application/vnd.framebus.gso")],
    }


@pytest.mark.parametrize("reason", refused_bodies())
def test_what_cannot_be_sent_is_refused_by_name_and_the_rest_goes_on(station, witness, reason):
    mote, tool = station("a", "-v", "--max-frame", "125")
    w = witness()
    bodies = refused_bodies()[reason]
    for body, content_type in bodies:
        w.publish(TO.format("a"), body, content_type)
    w.publish(TO.format("a"), {"data": list(ACK)})
    assert mote.get() == ACK
    stats = tool.stop()
    check_end(stats)
    assert stats[f"downlink.rejected_{reason}"] == len(bodies), stats
    assert stats["downlink.received"] == len(bodies) + 1
    assert tool.stderr.count(f"rejected_{reason}, offset") == len(bodies)


def test_a_huge_message_is_counted(station, witness):
    mote, tool = station("a")
    w = witness()
    w.publish(TO.format("a"), b" " * (10 << 20))
    w.publish(TO.format("a"), {"data": list(ACK)})
    assert mote.get() == ACK
    assert tool.stop()["bus_downlink.rejected_too_long"] == 1


def test_control_messages_that_are_wrong(station, witness):
    _, tool = station("a", "-v")
    w = witness()
    w.publish("toAgent.a.802154.serial.start", b"{")
    w.publish("testingtool.terminate", b"[]")
    settled_stats(tool, lambda s: s["control.rejected"] == 2)
    check_end(tool.stop())


def test_control_messages_over_4_kib_are_not_read(station, witness):
    _, tool = station("a", "-v")
    w = witness()
    for size in 4096, 4097, 65536:
        w.publish("toAgent.a.802154.serial.start", b"{}".ljust(size))
    settled_stats(tool, lambda s: s["control.rejected"] == 2 and s["control.received"] == s["control.rejected"] + s["control.handled"] + s["control.ignored"])
    assert tool.stats()["control.handled"] + tool.stats()["control.ignored"] >= 1
    check_end(tool.stop())


def test_with_a_peer_the_routers_frames_are_not_taken(station, witness):
    mote, _ = station("a", "--peer", "b")
    w = witness()
    w.publish(TO.format("a"), {"data": [1]})
    w.publish(UP.format("c"), {"data": [2]})
    w.publish(UP.format("b"), {"data": [3]})
    assert mote.get() == b"\3"


# --- passive ---

def test_passive_publishes_and_sends_nothing(station, witness):
    w = witness(UP.format("sniffer"))
    mote, tool = station("sniffer", "--mode", "passive")
    for _ in range(3):
        w.publish(TO.format("sniffer"), {"data": list(DATA)})
    tool.wait_stderr("this probe, which is passive")
    mote.send(DATA)
    assert bytes(json.loads(w.get().body)["data"]) == DATA
    settled_stats(tool, lambda s: s["downlink.rejected_passive"] == 3)
    assert tool.stderr.count("which is passive") == 1 and not mote.pending()
    check_end(tool.stop())


def test_frames_with_a_bad_fcs(station, witness):
    w = witness(UP.format("*"), "framebus.serial.*")
    stream = slip(DATA + fcs16(DATA)) + slip(DATA + b"\0\0")
    mote, active = station("active", "--fcs", "crc16")
    mote.raw(stream)
    assert bytes(json.loads(w.get().body)["data"]) == DATA
    active.wait_stats(lambda s: s["uplink.dropped_bad_fcs"] == s["uplink.published"] == 1)
    mote, passive = station("passive", "--fcs", "crc16", "--mode", "passive")
    mote.raw(stream)
    assert [bytes(json.loads(m.body)["data"]) for m in w.collect(2)] == [DATA, DATA]
    assert passive.wait_stats(lambda s: s["uplink.published"] == 2)["uplink.published_bad_fcs"] == 1
    mote, marked = station("marked", "--fcs", "ti", "--mode", "passive", "--encoding", "pcap")
    mote.raw(slip(ti(DATA, -70, True, 100)) + slip(ti(DATA, -90, False, 50)))
    rows = []
    while len(rows) < 2:
        rows += tshark(w.get().body, "wpan.fcs_ok", "wpan-tap.rss")
    assert rows == [["1", "-70"], ["0", "-90"]]
    for tool in (active, passive, marked):
        check_end(tool.stop())


def test_the_air_is_watched(station):
    mote, tool = station("a")
    mote.send(BEACON, SECURED, BEACON, SECURED)
    tool.wait_stats(lambda s: s["uplink.beacons"] == 2 and s["uplink.secured"] == 2 and s["uplink.published"] == 4)
    assert tool.stderr.count("beacons are on the air") == 1 and tool.stderr.count("secured frames are on the air") == 1


# --- when things go wrong ---

def test_unplugged_port(station, witness):
    w = witness("testingtool.component.shutdown", UP.format("a"))
    mote, tool = station("a")
    mote.send(DATA)
    assert w.get().key == UP.format("a")
    mote.unplug()
    assert tool.wait_stats(lambda s: s["port.lost"] == 1)
    tool.wait_stderr("the port is gone")
    stats = tool.stop()
    assert w.get().key == "testingtool.component.shutdown"
    check_end(stats)


def test_ports_that_cannot_be_opened(bus_tool, station, tmp_path):
    _, first = station("a")
    for port, words in (("/dev/no-such-port", "no such port"), (tmp_path / "a", f"in use by amqp-serial, process {first.pid}"),
                        ("/dev/null", "not a terminal")):
        tool = bus_tool("amqp-serial", "-n", "b", "-p", port, wait=False)
        tool.wait(status=1)
        assert words in tool.stderr


def test_nothing_is_left_on_the_broker(station, vhost):
    _, tool = station("a")
    assert len(vhost.queues()) == 2
    tool.stop()
    harness.wait_until(lambda: not vhost.queues(), what="its queues are gone")


def test_frames_without_listeners_do_not_fill_memory(station):
    mote, tool = station("a", "--mode", "passive")
    mote.send(*numbered(50))
    assert settled_stats(tool, lambda s: s["bus_uplink.unroutable"] == 50)["bus_uplink.pending"] == 0


def test_frames_are_kept_while_the_broker_is_away(private_broker, probe, tool, tmp_path):
    mote = probe("a")
    connection = pika.BlockingConnection(pika.URLParameters(private_broker.url))
    channel = connection.channel()
    # Not a quorum queue: RabbitMQ 3.10 loses one that was declared half a second before it is killed.
    channel.queue_declare("kept", durable=True)
    channel.queue_bind("kept", "amq.topic", UP.format("a"))
    connection.close()
    serial = tool("amqp-serial", "--url", private_broker.url, "-n", "a", "-p", tmp_path / "a")
    frames = numbered(600)
    mote.send(*frames[:200])
    serial.wait_stats(lambda s: s["bus_uplink.confirmed"] == 200)
    mote.send(*frames[200:300])  # on their way when the broker dies
    private_broker.kill()
    mote.send(*frames[300:])
    stats = settled_stats(serial, lambda s: s["uplink.read"] == 600)
    assert stats["bus_uplink.pending"] >= 300
    private_broker.start()
    serial.wait_stats(lambda s: s["bus_uplink.confirmed"] == 600, 30)
    connection = pika.BlockingConnection(pika.URLParameters(private_broker.url))
    got, ids = [], set()
    for method, properties, body in connection.channel().consume("kept", auto_ack=True, inactivity_timeout=harness.PATIENCE):
        assert method, f"{len(ids)} of 600"
        if properties.message_id not in ids:
            got.append(bytes(json.loads(body)["data"]))
        ids.add(properties.message_id)
        if len(ids) == 600:
            break
    connection.close()
    assert sorted(got) == sorted(frames), "each, and once by its message id"
    check_end(serial.stop())


def test_the_spool_survives_a_restart(bus_tool, probe, tool, tmp_path, witness):
    mote = probe("a")
    arguments = ["-n", "a", "-p", tmp_path / "a", "--spool", tmp_path / "spool"]
    (tmp_path / "spool").mkdir()
    first = tool("amqp-serial", "-u", "amqp://127.0.0.1:1/", *arguments, wait=False)
    frames = numbered(100)
    first.wait_stderr("refused")
    mote.send(*frames)
    first.wait_stats(lambda s: s["spool.stored"] == 100)
    check_end(first.stop())
    w = witness(UP.format("a"))
    again = bus_tool("amqp-serial", *arguments)
    assert [bytes(json.loads(m.body)["data"]) for m in w.collect(100)] == frames
    assert settled_stats(again, lambda s: s["bus_uplink.confirmed"] == 100)["bus_uplink.restored"] == 100
    check_end(again.stop())


def test_memory_for_unconfirmed_frames_is_bounded(private_broker, probe, tool, tmp_path):
    mote = probe("a")
    serial = tool("amqp-serial", "--url", private_broker.url, "-n", "a", "-p", tmp_path / "a", "--buffer", 1)
    private_broker.kill()
    sent = 0
    def overflows(stats):
        nonlocal sent
        if stats["line.passed"] + stats["line.dropped_no_room"] == sent:
            mote.raw(b"".join(slip(bytes(127)) for _ in range(1000)))
            sent += 1000
        return stats["line.dropped_no_room"] > 0
    stats = serial.wait_stats(overflows, 60)
    resident = int(next(line for line in open(f"/proc/{serial.pid}/status") if line.startswith("VmRSS")).split()[1])
    assert resident < (16 + 1) << 10, f"{resident} kB"
    stats = serial.wait_stats(lambda s: s["line.passed"] + s["line.dropped_no_room"] == sent)
    assert stats["bus_uplink.pending"] > 500
    final = serial.stop()
    assert not broken_sums(final), final
    assert final["uplink.dropped_at_end"] > 0 and final["line.passed"] == final["uplink.read"]


@pytest.fixture
def lazy_port(request):
    """A port that takes nothing; of TCP, no more than what fits the sockets' buffers, which the kernel lets grow when it likes."""
    if request.param == "terminal":
        master, slave = os.openpty()
        yield os.ttyname(slave)
        os.close(slave)
        os.close(master)
        return
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"tcp:127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("lazy_port", ["terminal", "TCP"], indirect=True)
def test_a_port_that_does_not_keep_up_loses_the_oldest_frames(bus_tool, witness, lazy_port):
    tool = bus_tool("amqp-serial", "-n", "a", "-p", lazy_port)
    w = witness()
    for frame in numbered(3000):
        w.publish(TO.format("a"), {"data": list(frame)})
    stats = settled_stats(tool, lambda s: s["downlink.received"] == 3000)
    least = 0 if lazy_port.startswith("tcp:") else 64
    assert stats["downlink.dropped_port_busy"] > 2000 and least <= stats["downlink.waiting"] <= 64
    started = time.monotonic()
    final = tool.stop()  # with a port that takes nothing
    assert time.monotonic() - started < harness.STOP_SECONDS
    check_end(final)
    assert least <= final["downlink.dropped_at_end"] <= stats["downlink.waiting"]


def test_no_broker(probe, tool, tmp_path):
    mote = probe("a")
    serial = tool("amqp-serial", "-u", "amqp://guest:secret@127.0.0.1:1/", "-n", "a", "-p", tmp_path / "a", wait=False)
    serial.wait_stderr("127.0.0.1:1.*refused")
    mote.send(DATA)
    serial.wait_stats(lambda s: s["bus_uplink.pending"] == 1)
    check_end(serial.stop())
    assert "secret" not in serial.stderr
    never = tool("amqp-serial", "-u", "amqp://127.0.0.1:1/", "-n", "a", "-p", tmp_path / "a", "--retry", "never", wait=False)
    never.wait(status=1)


def test_refused_login_and_virtual_host(broker, probe, tool, tmp_path):
    probe("a")
    for url, words in ((broker.url_of(password="wrong"), "login"), (broker.url_of(vhost="nowhere"), "nowhere")):
        serial = tool("amqp-serial", "-u", url, "-n", "a", "-p", tmp_path / "a", wait=False)
        serial.wait(status=3)
        assert words in serial.stderr and "wrong" not in serial.stderr


# --- the command line ---

@pytest.mark.parametrize("arguments, words", [
    (["-p", "/dev/x"], "no name"),
    (["-n", "a"], "no serial port: give -p PATH or set $FINTEROP_CONNECTOR_SERIAL_PORT"),
    (["-n", "a.b", "-p", "/dev/x"], "without dots"),
    (["-n", "a", "-p", "/dev/x", "--peer", "a"], "own name"),
    (["-n", "a", "-p", "/dev/x", "--peer", "*"], "without dots"),
    (["-n", "a", "-p", "/dev/x", "--peer", "b", "--peer", "b"], "given twice"),
    (["-n", "a", "-p", "/dev/x", "--peer", "b", "--mode", "passive"], "--peer has no use"),
    (["-n", "a", "-p", "/dev/x", "--mode", "loud"], "must be one of active passive"),
    (["-n", "a", "-p", "/dev/x", "--encoding", "gso"], "is for IP packets"),
    (["-n", "a", "-p", "/dev/x", "-b", "0"], "whole number"),
])
def test_wrong_usage(arguments, words):
    tool = Tool("amqp-serial", *arguments, ready=False)
    try:
        tool.wait(status=2)
        assert words in tool.stderr
    finally:
        tool.close()


def test_wrong_environment():
    tool = Tool("amqp-serial", "-n", "a", "-p", "/dev/x", ready=False, env={"FINTEROP_CONNECTOR_BAUDRATE": "fast"})
    try:
        tool.wait(status=2)
        assert "$FINTEROP_CONNECTOR_BAUDRATE 'fast'" in tool.stderr
    finally:
        tool.close()
