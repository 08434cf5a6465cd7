"""What the tools say by themselves, at the default level: what they wait for, what was lost, what crossed; and statistics for people."""
import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess

import pytest

import harness
from harness import Tool, binaries_folder, ipv6_udp, pcap_bytes, wait_until
from test_follow import spinel
from test_slip_dump import DATA, fcs16, slip

SERIAL = "fromAgent.{}.802154.serial.packet.raw"
TUN = "fromAgent.{}.ip.tun.packet.raw"
BASE = 1_700_000_000_000_000_000


def last_words(tool):
    """The line at the end, without the tool's name and the time that it took."""
    lines = [line for line in tool.stderr.splitlines() if not line.startswith("{")]
    match = re.fullmatch(rf"{tool.name}: (.*), \d+(\.\d)? s", lines[-1])
    assert match, tool.stderr
    return match[1]


def run(name, *arguments, stdin=b"", status=0):
    """A tool to its end: what it said."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AMQP_", "FINTEROP_"))}
    done = subprocess.run([str(harness.binaries_folder() / name), *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment, timeout=20, check=False)
    assert done.returncode == status, done.stderr
    return done.stderr.decode()


def capture(path, link_type, packets, step=0):
    path.write_bytes(pcap_bytes(link_type, [(BASE + i * step, p) for i, p in enumerate(packets)]))
    return path


# --- the line at the end ---

def test_a_file_of_frames(tool):
    bad = DATA + b"\0\0"
    octets = b"".join(slip(DATA + fcs16(DATA)) for _ in range(1203)) + slip(bad) + slip(bad)
    one = tool("slip-dump", "-r", "-", "--fcs", "crc16", wait=False, stats=False, stdin=subprocess.PIPE)
    one.stdin.write(octets)
    one.stdin.close()
    one.wait(status=0)
    assert last_words(one) == "1 205 frames, 0 dropped, 2 with a bad FCS"


@pytest.mark.parametrize("quiet", [False, True])
def test_a_signal_is_an_end_too(tool, probe, quiet):
    mote = probe()
    one = tool("slip-dump", "-p", mote.link, *(["-q"] if quiet else []))
    mote.send(DATA)
    one.wait_stats(lambda s: s["output.written"] == 1)
    one.stop()
    if quiet:
        assert all(line.startswith("{") for line in one.stderr.splitlines()), one.stderr
    else:
        assert last_words(one) == "1 frame, 0 dropped"


def test_frames_over_the_length_limit():
    words = run("slip-dump", "-r", "-", stdin=slip(DATA) + slip(bytes(5000)) + slip(DATA) + b"\xc0unfinished")
    assert "2 frames, 1 dropped (over the length limit), 1 dropped (the input ended inside a frame), " in words


def sensniff(frame):
    octets = frame + bytes([0xC4, 0x80 | 100])
    return b"\xc1\x1f\xfe\x72\2\0" + len(octets).to_bytes(2, "big") + octets


def nrf_sniffer(frame):
    return b"received: %s power: -60 lqi: 200 time: 12\r\n" % frame.hex().encode()


@pytest.mark.parametrize("say, damage, words", [
    (spinel, lambda m: m[:9] + bytes([m[9] ^ 1]) + m[10:], "1 dropped (damaged HDLC), "), (nrf_sniffer, lambda m: m[:-9] + m[-2:], "1 dropped (damaged lines), "),
    (sensniff, lambda m: m[:6] + b"\xff\xff", "2 dropped (of a length that cannot be), "),
], ids=["spinel", "nrf_sniffer", "sensniff"])
def test_what_each_firmware_s_line_has_lost(say, damage, words):
    m = say(DATA)
    said = run("slip-dump", "-r", "-", stdin=m * 2 + damage(m) + m + say(DATA + bytes(3000)) + m + m[:-3])
    too_long = "1 dropped (over the length limit), " if say is not sensniff else ""
    assert "4 frames, " in said and words in said and too_long in said and "1 dropped (the input ended inside a frame), " in said, said
    assert "4 frames, 0 dropped, " in run("slip-dump", "-r", "-", stdin=m * 4 + b"panic: 42")


@pytest.mark.parametrize("octets,words", [
    (b"this is no SLIP", "no frame in 15 octets"),
    (slip(b"\1") * 3, "nothing can be used of 3 frames: is --fcs right?"),
])
def test_a_recording_of_no_use_is_a_failure(octets, words):
    said = run("slip-dump", "-r", "-", "--fcs", "crc16", stdin=octets, status=1)
    assert f"standard input: {words}" in said and "\nslip-dump: 0 frames, " in said
    assert "/dev/null: is empty" in run("slip-dump", "-r", "/dev/null", status=1)


def test_a_reader_that_stalls_costs_frames_and_that_is_told(tool, probe, tmp_path):
    """17 245 of 30 000, and not a word."""
    mote = probe()
    reader, writer = os.pipe()
    one = tool("slip-dump", "-p", mote.link, "-w", "-", stdout=writer)
    os.close(writer)
    frame = slip(bytes(125)) * 200
    one.wait_stats(lambda s: mote.raw(frame) or s["line.dropped_no_room"] > 1000, 60)
    one.wait_stderr("what they go to does not keep up")
    one.wait_stderr("standard output: whoever reads it has taken nothing for some seconds: waiting")
    stats = one.stop()
    os.close(reader)
    lost = f"{stats['line.dropped_no_room']:,}".replace(",", " ")
    assert f", {lost} dropped (what follows did not keep up)" in last_words(one)
    assert one.stderr.count("does not keep up") == one.stderr.count("has taken nothing") == 1


def test_what_was_not_asked_for_is_no_loss(tool, probe):
    mote = probe()
    one = tool("slip-dump", "-p", mote.link, "-c", "1")
    mote.raw(slip(DATA) * 3)
    one.wait(status=0)
    assert one.final_stats()["output.left_over"] > 0 and last_words(one) == "1 frame, 0 dropped"


def test_bad_frames_beyond_the_last_that_was_asked_for():
    octets = slip(DATA + fcs16(DATA)) + slip(DATA + b"\0\0") * 5
    assert re.search(r": 1 frame, 0 dropped, \d+\.\d s\n", run("slip-dump", "-r", "-", "-c", "1", "--fcs", "crc16", stdin=octets))


def test_a_capture_that_nobody_listens_to(bus_tool, tmp_path):
    one = bus_tool("amqp-play", "-n", "a", "-r", capture(tmp_path / "x", 230, [DATA] * 3), "--speed", "0", wait=False)
    one.wait(status=0)
    assert one.stderr.count(f"nobody listens to {SERIAL.format('a')} ") == 1
    assert last_words(one) == "3 packets published, 3 messages came back (nobody listened)"


def test_a_capture_that_is_stopped(bus_tool, tmp_path, witness):
    witness(SERIAL.format("a"))
    one = bus_tool("amqp-play", "-n", "a", "-r", capture(tmp_path / "x", 230, [DATA] * 3, step=3600 * 10**9))
    one.wait_stats(lambda s: s["bus_uplink.confirmed"] == 1)
    one.stop()
    assert last_words(one) == "1 packet published, 2 not played (stopped before)"


@pytest.mark.parametrize("spool", [False, True])
def test_a_broker_that_is_away_costs_what_is_left(tool, tmp_path, spool):
    one = tool("amqp-play", "-u", "amqp://127.0.0.1:1/", "-n", "a", "-r", capture(tmp_path / "x", 230, [DATA] * 3), "--speed", "0",
               *(["--spool", tmp_path / "spool"] if spool else []), wait=False)
    one.wait_stderr(r"amqp://127.0.0.1:1/: uplink: Connection refused; trying again \(in 0\.\d s; up to 30 s between later tries\)")
    wait_until(lambda: one.stats()["bus_uplink.pending"] == 3)
    one.stop(status=1)
    stays = ", 3 messages stay in the spool" if spool else ""
    assert last_words(one) == f"0 packets published, 0 dropped, 3 messages not sent (no connection){stays}"
    assert "3 messages were not sent: there was no connection" in one.stderr and "confirmed" not in last_words(one)


@pytest.fixture
def locked(vhost):
    """The URL of a user who may neither declare nor read nor write anything."""
    vhost.broker.add_user("locked", "secret", vhost.name, "^$", "^$", "^$")
    yield vhost.broker.url_of(vhost.name, "locked", "secret")
    vhost.broker.delete_user("locked")


@pytest.mark.parametrize("start", ["login", "virtual host", "exchange", "permission"])
@pytest.mark.parametrize("name,options,words", [
    ("amqp-play", ["-n", "a", "-r", "CAPTURE"], "0 packets published, "),
    ("amqp-dump", [], "0 packets, 0 dropped"), ("amqp-dump", ["--raw"], "0 messages, 0 dropped"), ("amqp-dump", ["--who"], "0 messages, 0 dropped"),
    ("amqp-route", ["--link", "a,b"], "0 messages, 0 copies forwarded, 0 dropped"),
    ("amqp-tun", ["-n", "a", "--wait-start"], "0 packets to the bus, 0 packets from the bus, 0 dropped"),
    ("amqp-serial", ["-n", "a", "-p", "PORT"], "0 frames to the bus, 0 frames to the probe, 0 dropped"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_a_start_that_the_broker_refuses(tool, tmp_path, vhost, probe, locked, start, name, options, words):
    """Whatever was read by then: nothing is said to have been sent without a connection; what was sent on one and refused is not confirmed."""
    url = {"login": vhost.broker.url_of(vhost.name, password="wrong"), "virtual host": vhost.broker.url_of("nowhere"),
           "exchange": vhost.url, "permission": locked}[start]
    places = {"CAPTURE": capture(tmp_path / "x", 230, [DATA] * 10), "PORT": probe().link}
    one = tool(name, "-u", url, *(["-e", "nowhere"] if start == "exchange" else []), *(places.get(option, option) for option in options), wait=False)
    one.wait(15, status=3)
    said = last_words(one)
    sent = re.fullmatch(r"([1-9]\d*) packets? published, .*, ([1-9]\d*) messages? not confirmed", said)
    if sent and start in ("exchange", "permission"):
        assert sent[1] == sent[2]
    else:
        assert said.startswith(words) and "not confirmed" not in said and "not confirmed" not in one.stderr, one.stderr


@pytest.mark.parametrize("name,options", [
    ("amqp-play", ["-n", "a", "-r", "/nowhere/x"]), ("amqp-play", ["-n", "a", "-r", "/"]), ("amqp-dump", ["-w", "/nowhere/x.pcap"]), ("amqp-dump", ["-w", "/"]),
    ("amqp-serial", ["-n", "a", "-p", "/nowhere"]), ("slip-dump", ["-p", "/nowhere"]), ("slip-dump", ["-r", "/nowhere/x"]), ("slip-dump", ["-r", "/"]),
])
def test_a_start_without_a_file(tool, vhost, name, options):
    """The reason comes first; a line about nothing claims nothing."""
    one = tool(name, *(["-u", vhost.url] if name.startswith("amqp") else []), *options, wait=False)
    one.wait(15, status=1)
    said = [line for line in one.stderr.splitlines() if not line.startswith("{")]
    assert re.match(rf"{name}: {options[-1]}: ", said[0]) and not re.search(r"[1-9]\d* (packet|frame|message)", one.stderr), one.stderr


def test_a_pace_that_a_pipe_cannot_keep(bus_tool, tmp_path):
    path = capture(tmp_path / "x", 230, [DATA] * 2, step=3600 * 10**9)
    with open(path, "rb") as file:
        one = bus_tool("amqp-play", "-n", "a", "-r", "-", "--speed", "2", wait=False, stdin=subprocess.PIPE)
        one.stdin.write(file.read())
    one.stdin.close()
    one.wait(status=0)
    assert one.stderr.count("--speed has no use here") == 1

def test_both_directions_of_a_bridge(bus_tool, probe, witness):
    w = witness(SERIAL.format("a"))
    mote = probe()
    one = bus_tool("amqp-serial", "-n", "a", "-p", mote.link)
    mote.send(DATA, DATA)
    w.collect(2)
    w.publish("toAgent.a.802154.serial.packet.raw", {"data": list(DATA)})
    w.publish("toAgent.a.802154.serial.packet.raw", {"data": list(bytes(2048))})
    mote.get()
    one.wait_stats(lambda s: s["downlink.rejected_too_long"] == 1 and s["bus_uplink.pending"] == 0)
    one.stop()
    assert last_words(one) == "2 frames to the bus, 1 frame to the probe, 1 left out (over the length limit)"


def test_messages_that_the_bus_lost(bus_tool, witness):
    one = bus_tool("amqp-dump")
    w = witness()
    for number in (1, 5):
        w.publish(TUN.format("a"), {"data": list(ipv6_udp("bbbb::1", "bbbb::2", b"x"))}, message_id=f"0123456789abcdef-0-{number}")
    one.wait_stats(lambda s: s["output.written"] == 2)
    one.wait_stderr("messages to the queue framebus.dump.dump are lost: it was full, or this tool was away")
    one.stop()
    assert last_words(one) == "2 packets, 3 messages lost on the bus (a queue was full)"


def test_wireshark_shows_as_an_error_what_is_said(tool, probe, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    mote = probe()
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    one = tool("slip-dump", "--capture", "--extcap-interface", "slip-dump", "--fifo", fifo, "--port", mote.link, stats=False)
    one.stop()
    os.close(reader)
    assert one.stderr == ""


# --- what is waited for ---

@contextlib.contextmanager
def deaf_server():
    """It takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_what_does_not_come_is_said_once(tool, bus_tool, probe, tmp_path):
    """All at once, since each takes three seconds."""
    silent, wrong, text = probe("silent"), probe("wrong"), tmp_path / "text"
    os.mkfifo(text)
    writer = os.open(text, os.O_RDWR)
    os.write(writer, b"this is no SLIP")
    one_packet = tmp_path / "one.pcap"
    capture(one_packet, 101, [ipv6_udp("bbbb::1", "bbbb::2", b"x")])
    with deaf_server() as port:
        waiting = [
            (tool("slip-dump", "-p", silent.link), f"no octet from {silent.link} yet"),
            (tool("slip-dump", "-r", text, stdin=subprocess.PIPE), f"octets from {text}, but no frame yet .is this SLIP"),
            (bus_tool("amqp-serial", "-n", "b", "-p", wrong.link), f"octets from {wrong.link}, but no frame yet .is the speed right .-b."),
            (tool("slip-dump", "-r", "-", stdin=subprocess.PIPE), "no octet from standard input yet"),
            (bus_tool("amqp-play", "-n", "a", "-r", "-", stdin=subprocess.PIPE, wait=False), "no octet from standard input yet"),
            (bus_tool("amqp-dump", "-k", "fromAgent.agnet_1.#", "-k", "toAgent.#"),
             "no message under fromAgent.agnet_1.#, toAgent.# yet .are the keys .-k., the exchange .-e. and the virtual host right"),
            (tool("amqp-dump", "-u", f"amqp://127.0.0.1:{port}/", wait=False), f"amqp://127.0.0.1:{port}/: waits for the broker to answer"),
            (tool("amqp-serial", "-u", f"amqp://127.0.0.1:{port}/", "-n", "c", "-p", probe("c").link, wait=False),
             f"amqp://127.0.0.1:{port}/: waits for the broker to answer"),
            (tool("amqp-play", "-u", f"amqp://127.0.0.1:{port}/", "-n", "a", "-r", one_packet, wait=False),
             "all is read; waits for a connection to the broker .messages: 1."),
            (bus_tool("amqp-route", "--link", "agent_1,agnet_2"), "nothing has come from agent_1, agnet_2 yet .on this broker"),
            (bus_tool("amqp-route", "--all", "-e", "quiet", "--declare-exchange"), "nothing has come from any agent yet .on this broker"),
        ]
        wrong.raw(b"no end in this")
        for one, words in waiting:
            one.wait_stderr(words)
        for one, words in waiting:
            one.stop(status=1 if words.startswith("all is read") else 0)
            assert len(re.findall(words, one.stderr)) == 1, one.stderr
    os.close(writer)


def test_what_comes_is_not_missed(tool, bus_tool, probe, witness):
    mote, sender = probe(), witness()
    dump = bus_tool("amqp-dump")
    sender.publish(TUN.format("a"), {"data": list(ipv6_udp("bbbb::1", "bbbb::2", b"x"))})  # what has not come within three seconds is said
    port = tool("slip-dump", "-p", mote.link, stats=False)
    mote.send(DATA)
    silent = tool("slip-dump", "-p", probe("silent").link)
    silent.wait_stderr("no octet from")
    assert "yet" not in dump.stderr and port.stderr == ""


def test_messages_that_are_left_out_are_messages(bus_tool, witness):
    """Too long, of a user that may not speak so, a key that is none of ours, a body that cannot be read: the keys are right all the same."""
    w, dumps = witness(), {}
    for counter, options in (("bus_downlink.rejected_too_long", ["--max-message", "1024"]), ("bus_downlink.rejected_foreign_user", ["--require-user", "a=b"]),
                             ("downlink.rejected_key", []), ("downlink.rejected_not_json", [])):
        dumps[counter] = bus_tool("amqp-dump", "-k", "fromAgent.#", *options)
        w.publish(TUN.format("a"), "x" * 2000)  # to each at once: what has not come within three seconds is said
        w.publish("fromAgent.a", "x")
    bus_tool("amqp-dump", "-k", "nothing.#").wait_stderr("no message under nothing.# yet")
    for counter, dump in dumps.items():
        assert dump.stats()[counter] >= 1 and "no message" not in dump.stderr, (counter, dump.stderr)


def test_a_fifo_without_a_reader(tool, tmp_path, probe):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    one = tool("slip-dump", "-p", probe().link, "-w", fifo, "--reopen", wait=False)
    one.wait_stderr(f"slip-dump: {fifo}: waiting for somebody to read this FIFO\n")
    for _ in range(2):
        with open(fifo, "rb") as reader:
            assert len(reader.read(24)) == 24
        one.wait_stderr(f"{fifo}: its reader has gone: waiting for the next")
        wait_until(lambda: one.stats()["output.files"] >= 1)
    one.stop()
    assert one.stderr.count("waiting for") == 2


def test_a_port_and_its_peers(bus_tool, probe, witness):
    link = probe().link
    one = bus_tool("amqp-serial", "-n", "a", "-p", link, "--peer", "b", "--peer", "c")
    assert one.stderr.startswith(f"amqp-serial: {link} is open at 115200 baud; waiting for b, c\n")
    w = witness()
    for _ in range(2):
        w.publish("framebus.alive.b", {"framebus_session": "0123456789abcdef", "uptime": "1", "published": "0", "delivered": "0"})
    one.wait_stats(lambda s: s["control.received"] - s["control.ignored"] >= 2)
    one.stop()
    assert one.stderr.count("amqp-serial: b is here\n") == 1 and "c is here" not in one.stderr


@pytest.mark.parametrize("arguments,words", [
    ([], "is open at 115200 baud; frames for it come from a router"),
    (["--mode", "passive", "-b", "9600"], "is open at 9600 baud; it only listens\n"),
])
def test_a_port_without_peers(bus_tool, probe, arguments, words):
    assert words in bus_tool("amqp-serial", "-n", "a", "-p", probe().link, *arguments).stderr


def test_frames_that_nobody_listens_to(bus_tool, probe):
    mote = probe()
    one = bus_tool("amqp-serial", "-n", "a", "-p", mote.link)
    mote.send(DATA, DATA)
    one.wait_stats(lambda s: s["bus_uplink.unroutable"] == 2)
    one.stop()
    assert one.stderr.count(f"nobody listens to {SERIAL.format('a')} ") == 1
    assert last_words(one) == "2 frames to the bus, 0 frames to the probe, 2 messages came back (nobody listened)"


def test_a_pattern_that_matches_nothing_is_said_at_once(bus_tool):
    one = bus_tool("amqp-dump", "-k", "formAgent.#", "-k", "fromAgent.#")
    assert one.stderr.count("no agent's message has such a key") == 1 and "-k 'formAgent.#'" in one.stderr


@pytest.mark.parametrize("name,arguments,words", [
    ("amqp-dump", ["-k", "fromAgent#"], "'*' and '#' stand for whole words"),
    ("amqp-dump", ["-k", "fromAgent.# toAgent.#"], "each pattern has a -k of its own"),
    ("amqp-tun", ["-n", "berlin", "--peer", "rennes"], "--ipv6 ADDR/LEN or --ipv4 ADDR/LEN"),
    ("amqp-tun", ["-n", "berlin", "--peer", "rennes"], "--wait-start waits for"),
    ("slip-dump", ["-r", "/dev/null", "--stats-every", "0"], "number of seconds from 0.1 on"),
    ("slip-dump", ["-r", "/dev/null", "--stats-every", "often"], "number of seconds from 0.1 on"),
    ("amqp-dump", ["--overwrite"], "--overwrite needs -w"),
    ("slip-dump", ["-r", "/dev/null", "--overwrite"], "--overwrite needs -w"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x", "--peer", "b,c"], "each peer has a --peer of its own"),
    ("amqp-tun", ["-n", "agent_1", "--peer", "b,c"], "each peer has a --peer of its own"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x", "--mode", "actve"], "must be one of active passive"),
    ("amqp-dump", ["--heartbeat", "10s"], "--heartbeat '10s': must be a whole number from 0 to 3600 (in SECONDS, the number alone)"),
    ("amqp-dump", ["--heartbeat", "3601"], "must be a whole number from 0 to 3600 (see"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x", "--pace", "5ms"], "(in MS, the number alone)"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/x", "--buffer", "16M"], "(in MIB, the number alone)"),
    ("amqp-play", ["-n", "a", "-r", "x", "--spool", "s", "--spool-size", "1g"], "(in MB, the number alone)"),
    ("amqp-route", ["--link", "a,b", "--loss", "10%"], "(in PERCENT, the number alone)"),
    ("amqp-tun", ["-n", "agent_1", "--mtu", "1.5k"], "(in OCTETS, the number alone)"),
    ("slip-dump", ["-r", "x", "--rssi-offset", "-73dB"], "(in DB, the number alone)"),
    ("amqp-dump", ["-c", "1k"], "must be a whole number from 1 on (see"),
    ("amqp-dump", ["--stats", "json"], "'json': unexpected argument (did you mean --stats=json?)"),
    ("amqp-dump", ["--who", "5"], "'5': unexpected argument (did you mean --who=5?)"),
    ("amqp-dump", ["--who", "often"], "'often': unexpected argument (a filter is one word behind --ip-filter)"),
    ("amqp-dump", ["--management", "http://x/"], "--management needs --who ("),
    ("amqp-dump", ["--password-file", "credential:x"], "(LoadCredential in its unit)"),
    ("amqp-dump", ["-u", "amqp://h/v "], "--url amqp://h/v : ends in a blank (write %20"),
    ("amqp-route", ["--link", "a,b", "-u", "amqp://h/v\r"], "ends in a blank"),
    ("amqp-dump", ["-u", "amqp://fd00::1/v"], "an IPv6 address stands in brackets"),
    ("amqp-tun", ["-n", "agent_1", "--re-route-packets-host", "cc::1"], "--re-route-packets-host needs --re-route-packets-if"),
    ("amqp-route", ["--link", "a,b loss=1 delay=2 loss=3"], "'loss': is given twice"),
    ("amqp-route", ["--link", "a,b", "--impair", "a>b loss=1 loss=3"], "'loss': is given twice"),
])
def test_what_is_mistyped_is_refused_with_words(name, arguments, words):
    assert words in run(name, *arguments, status=2)


# --- statistics ---

def test_statistics_for_people():
    words = run("slip-dump", "-r", "-", "--stats", stdin=slip(DATA) * 1500)
    head, *sections = words.splitlines()[1:]
    assert re.fullmatch(r"slip-dump: statistics after \d+\.\d s:", head)
    assert [line.split(":")[0] for line in sections][:5] == ["  output", "  slip", "  probe", "  line", "  air"]
    assert re.search(r"  output: written 1 500( \([0-9 ]+/s\))?$", words, re.M) and not re.search(r" 0[,\n]", words), words


@pytest.mark.parametrize("form", ["text", "json"])
def test_statistics_every_so_often(tool, probe, form):
    mote = probe()
    one = tool("slip-dump", "-p", mote.link, "--stats-every", "0.2", stats=form == "json")
    pattern = r'{"tool":"slip-dump",' if form == "json" else "slip-dump: statistics after"
    one.wait_stderr(rf"(?s)({pattern}.*?){{3}}")
    mote.send(*[DATA] * 3)
    one.wait_stderr(r'"output.written":3' if form == "json" else r"  output: written 3 \([0-9.]+/s\)")
    one.stop()
    if form == "json":
        reports = [line for line in one.stderr.splitlines() if line.startswith("{")]
        assert len({tuple(k for k in json.loads(line) if not k.startswith("air")) for line in reports}) == 1 and json.loads(reports[-1])["output.written"] == 3
    assert pattern in one.stderr.split("slip-dump: 3 frames, 0 dropped")[1], "one at the end"


@pytest.mark.parametrize("name,arguments", [
    ("amqp-dump", []), ("amqp-play", ["-n", "a", "-r", "-"]), ("amqp-serial", ["-n", "a", "-p", "{mote}"])])
def test_all_tools_have_them(bus_tool, probe, name, arguments):
    one = bus_tool(name, *[a.format(mote=probe().link) if "{" in a else a for a in arguments], "--stats-every", "0.3", wait=False,
                   stats=False, stdin=subprocess.PIPE)
    one.wait_stderr(rf"(?s)({name}: statistics after.*?){{2}}")


def test_json_is_as_it_was():
    words = run("slip-dump", "-r", "-", "--stats=json", "-q", "--fcs", "none", stdin=slip(DATA))
    assert words.count("\n") == 1 and words.endswith("}\n")
    stats = json.loads(words)
    before = {
        "tool": "slip-dump", "slip.octets": 32, "slip.frames": 1, "slip.empty": 0, "slip.bad_escape": 0, "slip.overlong": 0,
        "slip.before_first_end": 0, "slip.unfinished": 0, "probe.fcs_good": 0, "probe.fcs_bad": 0, "probe.unchecked": 1, "probe.too_short": 0,
        "probe.undecided": 0, "probe.decisions": 0, "line.passed": 1, "line.dropped_no_room": 0, "line.dropped_bad_fcs": 0,
        "output.written": 1, "output.left_over": 0, "output.dropped_no_reader": 0, "output.files": 0}
    assert {key: stats.get(key) for key in before} == before
    assert [source["frames"] for source in stats.pop("air")] == [1]
    assert not any(value for key, value in stats.items() if key not in before)


def test_a_log_on_a_full_disk(tmp_path, small_disk):
    """What was cut off is a line by itself; those after it are whole, and the tool goes on."""
    log = small_disk / "log"
    subprocess.run(["dd", "if=/dev/zero", f"of={small_disk}/fill", "bs=4k"], stderr=subprocess.DEVNULL, check=False)
    with open(small_disk / "fill", "r+b") as fill:
        fill.truncate(fill.seek(0, 2) - 4096)
    with open(log, "ab") as file:
        file.write(b"#" * 4000 + b"\n")
        file.flush()
        done = subprocess.Popen([binaries_folder() / "slip-dump", "-r", "-", "-v", "-v", "--log-format=json", "--stats=json"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=file)
        done.stdin.write(b"\xc0\x61\x88\x2a\xcd\xab\x02\x00\x01\x00hi\xc0" * 3)
        done.stdin.flush()
        done.stdout.readline()
        done.send_signal(signal.SIGUSR1)
        wait_until(lambda: log.stat().st_size == 4096)
        (small_disk / "fill").unlink()
        done.communicate(timeout=30)
    assert done.returncode == 0
    torn, *whole = log.read_bytes().splitlines()[1:]
    assert torn.startswith(b'{"time"') and not torn.endswith(b"}") and whole
    assert json.loads(whole[-1])["stats"]["slip.frames"] == 3 and all(json.loads(line) for line in whole)
