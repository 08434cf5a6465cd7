"""amqp-play: a capture on the bus, as an agent would have published it. The witnesses are python3-pika and amqp-tools."""
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
import zlib

import pytest

from harness import Witness, binaries_folder, fcs16, files_of, ipv4_udp, ipv6_udp, pcap_bytes, pcap_records, until_quick, wait_until

DATA = bytes.fromhex("6188 2a cdab 0200 0100 6869")   # data frame, short addresses, "hi"
BASE = 1_700_000_000_000_000_000
MILLISECOND = 1_000_000
TUN, SERIAL = "fromAgent.agent_1.ip.tun.packet.raw", "fromAgent.agent_1.802154.serial.packet.raw"


@pytest.fixture
def capture(tmp_path):
    def make(link_type, packets, step=MILLISECOND, name="in.pcap", **options):
        path = tmp_path / name
        path.write_bytes(pcap_bytes(link_type, [(BASE + i * step, p) for i, p in enumerate(packets)], **options))
        return path
    return make


def play(bus_tool, path, *arguments, status=0, **options):
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", path, *arguments, wait=False, **options)
    tool.wait(status=status)
    return tool


def test_ip_packets_become_json(bus_tool, capture, witness):
    packets = [ipv6_udp("bbbb::1", "bbbb::2", b"six"), ipv4_udp("10.2.0.1", "10.2.0.2", b"four")]
    listener = witness("#")
    tool = play(bus_tool, capture(101, packets))
    for i, (packet, message) in enumerate(zip(packets, listener.collect(2))):
        assert message.key == TUN
        body = json.loads(message.body)
        assert set(body) == {"_api_version", "data", "interface_name", "timestamp"}
        assert body["_api_version"] == "1.2.15"
        assert bytes(body["data"]) == packet
        assert body["timestamp"] == pytest.approx((BASE + i * MILLISECOND) / 1e9, abs=1e-6)
        assert message.properties.content_type == "application/json"
        assert message.properties.content_encoding == "utf-8"
        assert message.properties.delivery_mode == 2
        assert message.properties.message_id
    stats = tool.final_stats()
    assert (stats["capture.read"], stats["bus_uplink.packets"], stats["bus_uplink.confirmed"]) == (2, 2, 2)
    assert stats["bus_uplink.unroutable"] == stats["bus_uplink.pending"] == 0


def test_frames_become_json_with_their_slip(bus_tool, capture, witness):
    frame = DATA[:-2] + b"\xc0\xdb"
    listener = witness("#")
    play(bus_tool, capture(230, [frame]))
    message = listener.get()
    body = json.loads(message.body)
    assert message.key == SERIAL
    assert bytes(body["data"]) == frame
    assert bytes(body["data_slip"]) == b"\xc0" + frame[:-2] + b"\xdb\xdc\xdb\xdd\xc0"
    assert body["interface_name"] == "serial"


@pytest.mark.parametrize("link_type", [101, 228, 229, 12, 14])
def test_raw_ip_link_types(bus_tool, capture, witness, link_type):
    packet = ipv4_udp("10.2.0.1", "10.2.0.2", b"x") if link_type == 228 else ipv6_udp("bbbb::1", "bbbb::2", b"x")
    listener = witness(TUN)
    play(bus_tool, capture(link_type, [packet]))
    assert bytes(json.loads(listener.get().body)["data"]) == packet


def tap(frame, fcs_type):
    return bytes.fromhex("0000 0c00 0000 0100") + bytes([fcs_type, 0, 0, 0]) + frame


@pytest.mark.parametrize("link_type,packet", [
    (195, fcs16(DATA)), (230, DATA), (283, tap(DATA, 0)), (283, tap(fcs16(DATA), 1)), (283, tap(DATA + zlib.crc32(DATA).to_bytes(4, "little"), 2)),
])
def test_frames_lose_what_no_agent_publishes(bus_tool, capture, witness, link_type, packet):
    listener = witness(SERIAL)
    tool = play(bus_tool, capture(link_type, [packet]))
    assert bytes(json.loads(listener.get().body)["data"]) == DATA
    assert tool.final_stats()["capture.bad_fcs"] == 0
    assert "FCS" not in tool.stderr


def test_wrong_fcs_is_played_and_told(bus_tool, capture, witness):
    listener = witness(SERIAL)
    tool = play(bus_tool, capture(195, [DATA + b"\xff\xff", DATA + b"\xee\xee"]))
    assert [bytes(json.loads(m.body)["data"]) for m in listener.collect(2)] == [DATA, DATA]
    assert tool.final_stats()["capture.bad_fcs"] == 2
    assert tool.stderr.count("wrong FCS") == 1


def test_other_link_types_are_refused(bus_tool, capture):
    tool = play(bus_tool, capture(147, [bytes(60)]), status=1)
    assert "link type 147:" in tool.stderr


def test_what_is_no_packet_is_left_out(bus_tool, capture, witness):
    good = ipv6_udp("bbbb::1", "bbbb::2", b"good")
    listener = witness(TUN)
    tool = play(bus_tool, capture(101, [b"\x00\x01\x02", good, b"\xf0" * 30, good]))
    assert len(listener.collect(2)) == 2
    stats = tool.final_stats()
    assert stats["capture.read"] == 4 and stats["capture.rejected_not_ip"] == 2 and stats["bus_uplink.packets"] == 2
    tool = play(bus_tool, capture(195, [b"\x02", b"\x02\x00", fcs16(DATA)]))
    assert tool.final_stats()["capture.rejected_too_short"] == 2


def test_injection(bus_tool, capture, witness):
    listener = witness("#")
    play(bus_tool, capture(230, [DATA]), "--to")
    message = listener.get()
    assert message.key == "toAgent.agent_1.802154.serial.packet.raw"
    assert "data_slip" not in json.loads(message.body)
    play(bus_tool, capture(101, [ipv6_udp("bbbb::1", "bbbb::2", b"x")]), "--to")
    assert listener.get().key == "toAgent.agent_1.ip.tun.packet.raw"


def test_old_api(bus_tool, capture, witness):
    listener = witness("#")
    play(bus_tool, capture(230, [DATA]), "--api", "v0")
    message = listener.get()
    body = json.loads(message.body)
    assert message.key == "data.serial.fromAgent.agent_1"
    assert body["_type"] == "packet.sniffed.raw" and isinstance(body["timestamp"], str)
    play(bus_tool, capture(101, [ipv6_udp("bbbb::1", "bbbb::2", b"x")]), "--api", "v0", "--to")
    message = listener.get()
    assert message.key == "data.tun.toAgent.agent_1" and json.loads(message.body)["_type"] == "packet.to_inject.raw"


@pytest.mark.parametrize("link_type,packet", [(101, ipv6_udp("bbbb::1", "bbbb::2", bytes(100))), (230, DATA), (283, tap(fcs16(DATA), 1))])
def test_pcap_bodies(bus_tool, capture, witness, link_type, packet):
    listener = witness("#")
    tool = play(bus_tool, capture(link_type, [packet] * 500, step=1000), "--encoding", "pcap", "--speed", "0")
    records, messages = [], 0
    while len(records) < 500:
        message = listener.get()
        messages += 1
        assert message.properties.content_type == "application/vnd.tcpdump.pcap"
        assert message.key == ("framebus.tun.agent_1" if link_type == 101 else "framebus.serial.agent_1")
        got_type, got = pcap_records(message.body)
        assert got_type == link_type
        records += got
    assert records == [(BASE + i * 1000, packet) for i in range(500)]
    stats = tool.final_stats()
    assert stats["bus_uplink.packets"] == 500 and stats["bus_uplink.published"] == messages < 500


@pytest.mark.parametrize("link_type,packet", [(101, ipv6_udp("bbbb::1", "bbbb::2", bytes(100))), (230, DATA)])
def test_injected_pcap_bodies(bus_tool, capture, witness, link_type, packet):
    listener = witness("#")
    dump = bus_tool("amqp-dump", "-c", "2")
    play(bus_tool, capture(link_type, [packet] * 2), "--encoding", "pcap", "--speed", "0", "--to")
    message = listener.get()
    assert message.key == "framebus.to.agent_1" and pcap_records(message.body)[0] == link_type
    dump.wait(status=0)
    assert all(b" toAgent agent_1 " in line for line in dump.stdout.splitlines())


def test_without_our_keys_pcap_becomes_json(tool, vhost, capture, witness):
    """The broker refuses them: nothing is lost, no connection, and it is said once."""
    url = vhost.limited("^(from|to)Agent[.]", ".*")
    listener = witness("fromAgent.#")
    path = capture(230, [DATA + bytes([i]) for i in range(200)], step=MILLISECOND)
    run = tool("amqp-play", "-n", "agent_1", "-r", path, "--encoding", "pcap", "--speed", "0", "--url",
               url, wait=False)
    run.wait(status=0)
    assert [json.loads(listener.get().body)["data"][-1] for _ in range(200)] == list(range(200)) and listener.is_silent()
    stats = run.final_stats()
    assert stats["bus_uplink.connections"] == 1 and run.stderr.count("going on with JSON") == 1
    assert stats["bus_uplink.packets"] == 200 and stats["bus_uplink.published"] == stats["bus_uplink.confirmed"]


@pytest.mark.alone
def test_original_timing(bus_tool, capture):
    path = capture(230, [DATA] * 5, step=100 * MILLISECOND)
    for arguments, least, most in (((), 0.4, 1.2), (("--speed", "4"), 0.1, 0.5), (("--speed", "0.5"), 0.8, 1.8), (("--speed", "0"), 0, 0.35)):
        took = until_quick(lambda arguments=arguments: play(bus_tool, path, *arguments), most)
        assert least <= min(took) < most, f"{arguments}: {took}"


@pytest.mark.alone
def test_time_that_steps_back_is_no_pause(bus_tool, tmp_path):
    path = tmp_path / "back.pcap"
    path.write_bytes(pcap_bytes(230, [(BASE, DATA), (BASE - 3600 * 10**9, DATA), (BASE - 3600 * 10**9 + 50 * MILLISECOND, DATA)]))
    begin = time.monotonic()
    play(bus_tool, path)
    assert 0.05 <= time.monotonic() - begin < 30


def test_loop(bus_tool, capture, witness):
    listener = witness(SERIAL)
    tool = play(bus_tool, capture(230, [DATA + bytes([i]) for i in range(3)]), "--loop", "4", "--speed", "0")
    assert [m.body for m in listener.collect(12)].count(None) == 0 and listener.is_silent()
    assert tool.final_stats()["capture.read"] == 12


def test_loop_without_end_is_stopped(bus_tool, capture):
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", capture(230, [DATA] * 3), "--loop", "0")
    tool.wait_stats(lambda s: s["bus_uplink.packets"] > 30)
    stats = tool.stop()
    handled = stats["bus_uplink.packets"] + stats["capture.stopped"]
    assert stats["capture.read"] == handled
    assert stats["bus_uplink.published"] == stats["bus_uplink.confirmed"] + stats["bus_uplink.unroutable"] + stats["bus_uplink.pending"]


def test_loop_of_an_empty_capture_ends(bus_tool, capture):
    play(bus_tool, capture(230, []), "--loop", "0")


def test_a_pipe_is_played_as_it_comes(bus_tool, witness):
    listener = witness(SERIAL)
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", "-", wait=False, stdin=subprocess.PIPE)
    data = pcap_bytes(230, [(BASE + i * 3600 * 10**9, DATA + bytes([i])) for i in range(3)])  # an hour between them
    tool.stdin.write(data[:24])
    tool.stdin.flush()
    tool.wait_ready()
    record = 16 + len(DATA) + 1
    for i in range(3):
        tool.stdin.write(data[24 + i * record:24 + (i + 1) * record])
        tool.stdin.flush()
        assert bytes(json.loads(listener.get().body)["data"]) == DATA + bytes([i])
    tool.stdin.close()
    tool.wait(status=0)


def test_a_pipe_cannot_be_looped(bus_tool):
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", "-", "--loop", "2", wait=False, stdin=subprocess.PIPE)
    tool.stdin.write(pcap_bytes(230, []))
    tool.stdin.close()
    tool.wait(status=1)
    assert "--loop needs a file" in tool.stderr


def test_an_idle_pipe_keeps_its_connection(bus_tool, witness):
    """Nothing to publish for longer than the broker waits for a heartbeat."""
    listener = witness(SERIAL)
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", "-", "--heartbeat", "1", wait=False, stdin=subprocess.PIPE)
    tool.stdin.write(pcap_bytes(230, []))
    tool.stdin.flush()
    tool.wait_ready()
    with pytest.raises(AssertionError):
        listener.get(4)
    tool.stdin.write(pcap_bytes(230, [(BASE, DATA)])[24:])
    tool.stdin.close()
    listener.get()
    tool.wait(status=0)
    assert tool.final_stats()["bus_uplink.connections"] == 1


def test_more_than_the_ring_holds(bus_tool, capture):
    """Four times the room between reading and publishing."""
    tool = play(bus_tool, capture(101, [ipv6_udp("bbbb::1", "bbbb::2", bytes(1000))] * 4000), "--speed", "0")
    stats = tool.final_stats()
    assert stats["capture.read"] == stats["bus_uplink.packets"] == 4000 and stats["capture.stopped"] == 0


def test_stop_while_the_ring_is_full(bus_tool, capture):
    path = capture(101, [ipv6_udp("bbbb::1", "bbbb::2", bytes(1000))] * 4000, step=100 * MILLISECOND)
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", path)
    full = tool.wait_stats(lambda s: s["capture.read"] > 700 and s["capture.read"] == tool.stats()["capture.read"])
    assert full["capture.read"] < 4000
    stats = tool.stop()
    assert stats["capture.stopped"] > 500
    assert stats["capture.read"] == stats["bus_uplink.packets"] + stats["capture.stopped"]


@pytest.mark.alone
def test_pcap_bodies_keep_the_pace(bus_tool, capture, witness):
    """A packet that is not due yet does not travel with one that is."""
    listener = witness("framebus.serial.agent_1")
    begun = time.monotonic()
    bus_tool("amqp-play", "-n", "agent_1", "-r", capture(230, [DATA] * 4, step=200 * MILLISECOND), "--encoding", "pcap", wait=False)
    for _ in range(4):
        assert len(pcap_records(listener.get().body)[1]) == 1
    assert time.monotonic() - begun > 0.6


def test_waiting_for_room_takes_no_processor(tool, capture):
    path = capture(101, [ipv6_udp("bbbb::1", "bbbb::2", bytes(1400))] * 20000)
    run = tool("amqp-play", "-n", "a", "-r", path, "--speed", "0", "--encoding", "pcap", "--url", "amqp://127.0.0.1:1/", wait=False)
    run.wait_stderr("127.0.0.1:1")
    run.wait_stats(lambda s: s["bus_uplink.pending"] > 10 and s["capture.read"] == run.stats()["capture.read"])
    used = []
    while len(used) < 5 and (not used or used[-1] >= 0.08):  # it may only now have come to where it waits
        with pytest.raises(subprocess.TimeoutExpired):
            before = cpu_seconds(run.pid)
            run.process.wait(1)
        used.append(cpu_seconds(run.pid) - before)
    assert used[-1] < 0.08, used
    run.stop(status=1)
    stats = run.final_stats()
    assert stats["capture.read"] == stats["bus_uplink.packets"] + stats["capture.stopped"]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_nobody_listens(bus_tool, capture):
    tool = play(bus_tool, capture(230, [DATA] * 20), "--speed", "0")
    stats = tool.final_stats()
    assert (stats["bus_uplink.unroutable"], stats["bus_uplink.confirmed"]) == (20, 0)
    assert tool.stderr.count(f"nobody listens to {SERIAL} (no queue is bound") == 1


def test_truncated_capture(bus_tool, tmp_path, witness):
    listener = witness(SERIAL)
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap_bytes(230, [(BASE, DATA), (BASE, DATA)])[:-5])
    tool = play(bus_tool, path, status=1)
    listener.get()
    assert listener.is_silent()
    assert "record 2" in tool.stderr


@pytest.mark.parametrize("content", [b"", b"not a capture, but long enough for a header"])
def test_no_capture(bus_tool, tmp_path, content):
    path = tmp_path / "none.pcap"
    path.write_bytes(content)
    assert str(path) in play(bus_tool, path, status=1).stderr


def test_no_file(bus_tool, tmp_path):
    tool = play(bus_tool, tmp_path / "missing.pcap", status=1)
    assert "missing.pcap: No such file or directory" in tool.stderr


@pytest.mark.parametrize("arguments,complaint", [
    (["-r", "x.pcap", "--map", "eth0"], "--map 'eth0': must be INTERFACE=AGENT"),
    (["-r", "x.pcap", "--map", "=a"], "must be INTERFACE=AGENT"),
    (["-r", "x.pcap", "--map", "0=a.b"], "--map '0=a.b'"),
    (["-n", "a"], "--read is missing"),
    (["-n", "a.b", "-r", "x.pcap"], "--name 'a.b'"),
    (["-n", "a*", "-r", "x.pcap"], "--name 'a*'"),
    (["-n", "a", "-r", "x.pcap", "--speed", "-1"], "--speed '-1'"),
    (["-n", "a", "-r", "x.pcap", "--speed", "nan"], "--speed 'nan'"),
    (["-n", "a", "-r", "x.pcap", "--speed", "1x"], "--speed '1x'"),
    (["-n", "a", "-r", "x.pcap", "--loop", "-1"], "--loop '-1'"),
    (["-n", "a", "-r", "x.pcap", "--encoding", "gso"], "--encoding 'gso'"),
    (["-n", "a", "-r", "x.pcap", "extra"], "'extra'"),
])
def test_wrong_usage(tool, arguments, complaint):
    run = tool("amqp-play", *arguments, wait=False)
    run.wait(status=2)
    assert complaint in run.stderr


def test_no_broker(tool, capture):
    run = tool("amqp-play", "-n", "a", "-r", capture(230, [DATA]), "--url", "amqp://127.0.0.1:1/", "--retry", "never", wait=False)
    run.wait(status=1)
    assert "127.0.0.1:1" in run.stderr


def test_waits_for_a_broker_and_stops_without(tool, capture):
    run = tool("amqp-play", "-n", "a", "-r", capture(230, [DATA]), "--url", "amqp://127.0.0.1:1/", wait=False)
    run.wait_stderr("127.0.0.1:1")
    run.wait_stats(lambda s: s["capture.read"] == 1)
    run.stop(signal.SIGINT, status=1)  # a packet was not delivered
    stats = run.final_stats()
    assert stats["bus_uplink.pending"] + stats["capture.stopped"] == stats["capture.read"] == 1


def test_wrong_password(tool, capture, broker):
    run = tool("amqp-play", "-n", "a", "-r", capture(230, [DATA]), "--url", broker.url_of(password="s3cret"), wait=False)
    run.wait(status=3)
    assert "s3cret" not in run.stderr and "guest" in run.stderr


def test_unknown_virtual_host(tool, capture, broker):
    run = tool("amqp-play", "-n", "a", "-r", capture(230, [DATA]), "--url", broker.url_of("nowhere"), wait=False)
    run.wait(status=3)
    assert "nowhere" in run.stderr


def test_stop_in_the_middle(bus_tool, capture):
    tool = bus_tool("amqp-play", "-n", "agent_1", "-r", capture(230, [DATA] * 100, step=50 * MILLISECOND))
    tool.wait_stats(lambda s: s["bus_uplink.packets"] >= 3)
    stats = tool.stop()
    assert stats["capture.read"] == stats["bus_uplink.packets"] + stats["capture.stopped"]


def test_whole_recording_survives_the_broker(tool, tmp_path, private_broker):
    """Nothing is lost and nothing comes twice with another id, though the broker dies on the way."""
    path = tmp_path / "long.pcap"
    count = 400
    path.write_bytes(pcap_bytes(230, [(BASE + i * 10 * MILLISECOND, DATA + i.to_bytes(2, "big")) for i in range(count)]))
    private_broker.eval('rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"all">>), true, false, [], none, <<"tests">>), '
                        'rabbit_binding:add({binding, rabbit_misc:r(<<"/">>, exchange, <<"amq.topic">>), <<"#">>, '
                        'rabbit_misc:r(<<"/">>, queue, <<"all">>), []}, <<"tests">>), ok = mnesia:sync_log().')  # before the power cut
    run = tool("amqp-play", "-n", "agent_1", "-r", path, "--url", private_broker.url)
    run.wait_stats(lambda s: s["bus_uplink.confirmed"] > 50)
    run.process.send_signal(signal.SIGSTOP)  # so that it has not ended by then
    private_broker.kill()
    run.process.send_signal(signal.SIGCONT)
    private_broker.start()
    run.wait(90, status=0)
    stats = run.final_stats()
    assert (stats["bus_uplink.published"], stats["bus_uplink.confirmed"], stats["bus_uplink.connections"]) == (count, count, 2), stats

    reader = Witness(private_broker.url, [])
    seen = {}
    while True:
        method, properties, body = reader.channel.basic_get("all", auto_ack=True)
        if method is None:
            break
        data = bytes(json.loads(body)["data"])
        assert seen.setdefault(properties.message_id, data) == data
    reader.close()
    assert sorted(seen.values()) == [DATA + i.to_bytes(2, "big") for i in range(count)]


def test_corpus_captures(bus_tool, witness, corpus, tmp_path):
    """Every capture of a link type that we know is played whole: what libpcap reads is what pika gets."""
    played = 0
    for path in sorted((corpus / "captures").rglob("*.pcap")):
        try:
            link_type, records = pcap_records(path.read_bytes())
        except Exception:
            continue  # damaged on purpose
        if link_type not in (195, 230, 283, 101) or os.path.getsize(path) > 200_000:
            continue
        listener = witness("fromAgent.#")
        tool = play(bus_tool, path, "--speed", "0", status=None)
        stats = tool.final_stats()
        count = stats["bus_uplink.packets"]
        assert tool.process.returncode == (0 if count or not records else 1), path  # nothing of it can be played
        assert count + stats["capture.rejected_too_short"] + stats["capture.rejected_not_ip"] + stats["capture.rejected_cut"] == len(records)
        bodies = [bytes(json.loads(m.body)["data"]) for m in listener.collect(count)]
        if link_type == 230:
            assert bodies == [r.data for r in records]
        listener.close()
        played += 1
    assert played


def test_stopped_before_the_first_octet(bus_tool, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    play = bus_tool("amqp-play", "-n", "a", "-r", fifo, wait=False)

    wait_until(lambda: str(fifo) in files_of(play.pid).values(), what="the capture is open")
    play.stop(signal.SIGINT)


# --- on a terminal ---

def on_a_terminal(vhost, *arguments, width=0):
    """What it writes to a terminal on stderr, to its end. width 0: the terminal does not know it."""
    terminal, theirs = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if width else 0, width, 0, 0))
    process = subprocess.Popen([binaries_folder() / "amqp-play", "--url", vhost.url, "-n", "agent_1", *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(terminal, 65536):
            said += piece
    except OSError:  # EIO: the other end is closed
        pass
    os.close(terminal)
    assert process.wait(20) == 0, said
    return said


def test_progress_is_one_line_of_a_terminal(vhost, capture, witness):
    listener = witness(SERIAL)
    path = capture(230, [DATA] * 4, step=700 * MILLISECOND)
    said = on_a_terminal(vhost, "-r", path)
    *progress, summary = said.split(b"\r\x1b[K")
    assert any(re.fullmatch(rb"amqp-play: \d packets? played, \d s of the capture(; the next in \d s)? \(.*in\.pcap\)", line) for line in progress), said
    assert b"\n" not in b"".join(progress) and summary.startswith(b"amqp-play: 4 packets published") and len(listener.collect(4)) == 4


@pytest.mark.parametrize("width", [1, 2, 13, 40, 60])
def test_progress_stays_in_its_line_of_a_narrow_terminal(vhost, tmp_path, witness, width):
    """What goes on in the next line would stay there; a letter of Chinese takes two columns."""
    witness(SERIAL)
    path = tmp_path / ("\u754c" * 40 + ".pcap")
    path.write_bytes(pcap_bytes(230, [(BASE + i * 600 * MILLISECOND, DATA) for i in range(3)]))
    *progress, summary = on_a_terminal(vhost, "-r", path, width=width).split(b"\r\x1b[K")
    columns = [sum(2 if ord(c) > 0x7f else 1 for c in line.decode()) for line in progress]
    assert len(progress) > 1 and width - 2 <= max(columns) < max(width, 1), progress
    assert summary.startswith(b"amqp-play: 3 packets published")


def test_quiet_shows_no_progress(vhost, capture, witness):
    witness(SERIAL)
    assert on_a_terminal(vhost, "-r", capture(230, [DATA] * 3, step=600 * MILLISECOND), "-q") == b""
