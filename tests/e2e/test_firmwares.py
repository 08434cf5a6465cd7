"""slip-dump and amqp-serial with simulated motes of each firmware (air.py); tshark says what the captures have."""
import json
import os
import struct
import subprocess
import sys

import pytest

import harness
from harness import TESTS, pcap_records

sys.path.insert(0, str(TESTS))
import air as simulated  # noqa: E402

PCAP = "application/vnd.tcpdump.pcap"
UP, TO = "fromAgent.{}.802154.serial.packet.raw", "toAgent.{}.802154.serial.packet.raw"


def data(sequence, to=2, source=1, pan=0xabcd, acknowledge=True, payload=b"hello"):
    """A data frame with short addresses, PAN IDs compressed."""
    return bytes([0x41 | (0x20 if acknowledge else 0), 0x88, sequence]) + struct.pack("<HHH", pan, to, source) + payload


FRAMES = [data(n, payload=bytes([n, 0xc0, 0xdb, 0x7e, 0x11, 0xf8])) for n in range(1, 6)]


@pytest.fixture
def mote(tmp_path):
    """mote(CLASS, ...) on tmp_path/NAME (name=...)."""
    made = []

    def make(kind, *arguments, name="port", **options):
        made.append(kind(str(tmp_path / name), *arguments, **options))
        return made[-1]
    yield make
    for m in made:
        if not m.closed:
            m.close()


@pytest.fixture
def dump(tool, tmp_path):
    """dump(FIRMWARE, OPTION...): slip-dump on tmp_path/port into tmp_path/air.pcap."""
    def start(firmware, *arguments):
        return tool("slip-dump", "-p", tmp_path / "port", "--firmware", firmware, "-w", tmp_path / "air.pcap", "-v", *arguments)
    return start


@pytest.fixture
def station(bus_tool, tmp_path):
    def start(name, firmware, *arguments, **options):
        return bus_tool("amqp-serial", "-n", name, "-p", tmp_path / name, "--firmware", firmware, *arguments, **options)
    return start


def fields(path, *names):
    run = subprocess.run(["tshark", "-r", path, "-T", "fields", *(x for n in names for x in ("-e", n))], capture_output=True, text=True, check=True)
    return [line.split("\t") for line in run.stdout.splitlines()]


RADIO = ("wpan-tap.ch_num", "wpan-tap.rss", "wpan-tap.lqi", "wpan.seq_no")


def radio(path):
    return [(int(c or -1), float(r or 1), int(q or -1), int(s)) for c, r, q, s in fields(path, *RADIO)]


def stop_after(tool, count):
    tool.wait_stats(lambda s: s["line.passed"] == count)
    return tool.stop()


# --- listening: what tshark sees ---

def is_listening(m):
    if isinstance(m, simulated.SerialRadio):
        return m.zephyr or m.receive_mode == 0
    if isinstance(m, simulated.NrfSniffer):
        return m.receiving
    return isinstance(m, simulated.Sensniff) or m.properties[0x37] == b"\1"


KINDS = {
    "serial-radio": (simulated.SerialRadio, {}, False),
    "serial-radio of Zephyr": (simulated.SerialRadio, {"zephyr": True}, False),
    "sensniff": (simulated.Sensniff, {}, True),
    "nrf-sniffer": (simulated.NrfSniffer, {}, True),
    "spinel": (simulated.Rcp, {}, True),
    "spinel of an older build": (simulated.Rcp, {"old_time": True}, True),
    "spinel of a newer build": (simulated.Rcp, {"stack_reset": True}, True),
}


@pytest.mark.parametrize("name", KINDS)
def test_channel_rssi_and_lqi_are_in_the_capture(mote, dump, tmp_path, name):
    kind, options, has_radio = KINDS[name]
    m = mote(kind, **options)
    tool = dump(name.split()[0], "--channel", "17")
    current = (lambda: m.properties[0x21] == b"\x11") if kind is simulated.Rcp else (lambda: m.channel == 17)
    m.wait(lambda: current() and is_listening(m))
    for n, frame in enumerate(FRAMES):
        m.hear(frame, rssi=-50 - n, lqi=90 + n)
    stats = stop_after(tool, len(FRAMES))
    want = [(17, -50.0 - n, 90 + n, n + 1) if has_radio else (17, 1.0, -1, n + 1) for n in range(len(FRAMES))]
    assert radio(tmp_path / "air.pcap") == want
    assert stats["probe.fcs_bad"] == 0
    assert "is refused" not in tool.stderr and "no answer" not in tool.stderr, tool.stderr


@pytest.mark.parametrize("name, least", [("sensniff", 12), ("spinel", 40)])
def test_a_silent_air_is_no_wrong_speed(mote, dump, name, least):
    """What was answered was called 'no frame in 77 octets: is the speed right (-b), does the probe speak SLIP?'."""
    mote(KINDS[name][0])
    tool = dump(name, "--channel", 15)
    tool.wait_stats(lambda s: s[f"{name}.octets"] >= least)
    tool.stop()
    assert "no frame in" not in tool.stderr and "can be used" not in tool.stderr, tool.stderr


def test_fcs_is_said_to_do_nothing_where_the_firmware_says_more(tool, tmp_path):
    for fcs, said in (("crc16", True), ("none", True), ("auto", False)):
        run = tool("slip-dump", "-p", tmp_path / "nowhere", "--firmware", "spinel", "--fcs", fcs, wait=False)
        run.wait(status=1)
        assert ("does nothing with --firmware spinel" in run.stderr) == said


def test_a_mote_is_told_to_stop(mote, dump):
    m = mote(simulated.NrfSniffer)
    tool = dump("nrf-sniffer")
    m.wait(lambda: m.receiving)
    tool.stop()
    m.wait(lambda: not m.receiving)


@pytest.mark.parametrize("name, channel, words", [
    ("serial-radio", 5, "channel 5 is refused: the probe is on channel 26"),
    ("sensniff", 30, "channel 30 is refused: the probe has 11 to 26"),
    ("spinel", 27, "channel 27 is refused"),
])
def test_a_channel_that_is_refused_is_told_and_frames_go_on(mote, dump, tmp_path, name, channel, words):
    kind, options, _ = KINDS[name]
    m = mote(kind, **options)
    tool = dump(name, "--channel", channel)
    tool.wait_stderr(words)
    m.wait(lambda: is_listening(m) and (name != "sensniff" or m.handled == 4))  # which it is on, is asked then
    m.hear(FRAMES[0])
    stop_after(tool, 1)
    assert radio(tmp_path / "air.pcap")[0][0] == {"spinel": 11}.get(name, 26)
    assert tool.stderr.count(words) == 1


def test_channels_that_a_firmware_cannot_have_are_wrong_usage(tool, tmp_path):
    for firmware, channel in (("nrf-sniffer", 10), ("nrf-sniffer", 27), ("sensniff", 256), ("spinel", 256)):
        wrong = tool("slip-dump", "-p", tmp_path / "port", "--firmware", firmware, "--channel", channel, wait=False, stats=False)
        wrong.wait(status=2)
        assert f"--channel '{channel}': --firmware {firmware} has channels" in wrong.stderr


def test_raw_is_marked_and_says_so(tool, probe, tmp_path):
    m = probe("port")
    run = tool("slip-dump", "-p", tmp_path / "port", "--channel", "20", "-w", tmp_path / "air.pcap", "--fcs", "none")
    run.wait_stderr("cannot be told a channel")
    m.send(FRAMES[0])
    stop_after(run, 1)
    assert radio(tmp_path / "air.pcap") == [(20, 1.0, -1, 1)]


# --- bad input ---

def octets_of(m, frame):
    if isinstance(m, simulated.SerialRadio):
        return simulated.slip(frame)
    if isinstance(m, simulated.Sensniff):
        return m.message(0, frame + b"\xc4\xe4")
    if isinstance(m, simulated.NrfSniffer):
        return m.line_of(frame)
    return simulated.hdlc(bytes([0x80, simulated.IS, simulated.STREAM_RAW]) + m.received(frame))


@pytest.mark.parametrize("name", KINDS)
def test_frames_cut_at_every_octet_cost_no_other(mote, dump, tmp_path, name):
    kind, options, _ = KINDS[name]
    m = mote(kind, **options)
    tool = dump(name.split()[0], "--fcs", "none")
    m.wait(lambda: is_listening(m))
    # Behind a cut one comes the next, whole, then what separates it from the following cut.
    whole = octets_of(m, FRAMES[1])
    rounds = len(octets_of(m, FRAMES[0])) - 2
    for cut in range(2, rounds):
        m.write(octets_of(m, FRAMES[0])[:cut] + whole)
        m.write(octets_of(m, data(200, payload=bytes([cut & 0xff]) * 8)))
    tool.wait_stats(lambda s: s["line.passed"] >= 2 * (rounds - 2))
    tool.stop()
    sequences = [s for *_, s in fields(tmp_path / "air.pcap", "wpan.seq_no")]
    assert sequences.count("200") == rounds - 2
    assert sequences.count("2") >= rounds - 2 - (0 if kind is not simulated.SerialRadio else 0), sequences


def test_versions_that_are_not_known_are_told(mote, dump):
    m = mote(simulated.Rcp, version=(5, 1))
    tool = dump("spinel")
    tool.wait_stderr(r"spinel 5\.1")
    m.wait(lambda: is_listening(m))
    m.hear(FRAMES[0])
    stop_after(tool, 1)


def test_version_1_of_sensniff_is_told_and_passed_over(mote, dump):
    m = mote(simulated.Sensniff)
    tool = dump("sensniff")
    m.wait(lambda: len(m.told) >= 3)
    m.write(b"boot\r\n" + simulated.MAGIC + bytes([1, 5]) + b"abcde" + m.message(0, b"x", length=65535))
    m.hear(FRAMES[0])
    stats = stop_after(tool, 1)
    assert "version 1 of sensniff" in tool.stderr
    assert stats["sensniff.other_versions"] == 1 and stats["sensniff.text"] >= 1
    assert "mote: boot" in tool.stderr


@pytest.mark.parametrize("name, words", [("spinel", "does not answer"), ("sensniff", "no answer to channel 15")])
def test_a_mote_that_is_silent_is_told_and_a_stop_ends_it(mote, dump, name, words):
    m = mote(KINDS[name][0])
    m.silent = m.deaf = True
    tool = dump(name, "--channel", "15")
    tool.wait_stderr(words)
    m.silent = m.deaf = False
    if name == "spinel":
        m.wait(lambda: is_listening(m))
    m.hear(FRAMES[0])
    stop_after(tool, 1)


def test_an_rcp_that_boots_is_told_everything_again(mote, dump):
    m = mote(simulated.Rcp)
    tool = dump("spinel", "--channel", "20")
    m.wait(lambda: is_listening(m))
    m.boot(b"ESP-ROM:esp32h2-20221101\r\nrst:0x1 (POWERON)\r\n")
    m.wait(lambda: is_listening(m) and m.properties[0x21] == b"\x14")
    m.hear(FRAMES[0])
    stats = stop_after(tool, 1)
    assert stats["spinel.resets"] == 1 and "mote: ESP-ROM" in tool.stderr and "has been reset" in tool.stderr


def test_an_nrf_sniffer_that_boots_is_told_everything_again(mote, dump):
    m = mote(simulated.NrfSniffer)
    tool = dump("nrf-sniffer", "--channel", "20")
    m.wait(lambda: m.receiving)
    m.reboot()
    m.wait(lambda: m.receiving and m.channel == 20)
    m.hear(FRAMES[0])
    stop_after(tool, 1)


BOOTS = [b"*** Booting Zephyr OS build v3.7.0 ***\r\n", b"[INFO: Main      ] Starting Contiki-NG-release/v4.9\n", b"Contiki-release-3-0\r\n"]


@pytest.mark.parametrize("name", ["serial-radio", "serial-radio of Zephyr", "sensniff", "nrf-sniffer"])
def test_what_a_mote_prints_when_it_boots_has_it_told_everything_again(mote, dump, name):
    """Nothing else says so."""
    kind, options, _ = KINDS[name]
    m = mote(kind, **options)
    tool = dump(name.split()[0], "--channel", "20")
    for n, text in enumerate(BOOTS):
        m.wait(lambda: is_listening(m) and m.channel == 20)
        m.channel, m.receive_mode, m.receiving = 26, 3, False
        m.write(simulated.slip(text) if kind is simulated.SerialRadio else text)
    m.wait(lambda: is_listening(m) and m.channel == 20)
    m.hear(FRAMES[0])
    stop_after(tool, 1)


@pytest.mark.parametrize("name", ["serial-radio", "sensniff"])
def test_a_mote_that_hears_nothing_while_it_boots_is_told_later(mote, dump, name):
    m = mote(KINDS[name][0])
    m.deaf = True
    tool = dump(name, "--channel", "20")
    m.wait(lambda: m.told)
    m.deaf = False
    m.wait(lambda: is_listening(m) and m.channel == 20)
    tool.stop()


def test_a_mote_that_boots_over_and_over_is_told_of_once_a_minute(mote, tool, tmp_path):
    m = mote(simulated.Rcp)
    run = tool("slip-dump", "-p", tmp_path / "port", "--firmware", "spinel", "-w", tmp_path / "air.pcap")
    m.wait(lambda: is_listening(m))
    for n in range(40):
        m.boot()
        m.wait(lambda: is_listening(m))
    assert run.stop()["spinel.resets"] == 40
    assert run.stderr.count("has been reset") == 2 and "39 times more" in run.stderr


# --- clocks ---

def test_the_clock_of_the_probe_is_followed_across_a_wrap_and_a_reboot(mote, dump, tmp_path):
    m = mote(simulated.NrfSniffer)
    tool = dump("nrf-sniffer")
    m.wait(lambda: m.receiving)
    times = [2**32 - 3000, 2**32 - 2000, -1000, 500, 1500, 10]  # the third is signed; the last one after a reboot
    for n, time in enumerate(times):
        m.hear(data(n), time=time)
    stop_after(tool, len(times))
    rows = fields(tmp_path / "air.pcap", "frame.time_epoch", "wpan-tap.sof_ts")
    stamps, clocks = [float(a) for a, _ in rows], [int(b) for _, b in rows]
    assert stamps == sorted(stamps)
    assert [c - clocks[0] for c in clocks[:5]] == [0, 1000000, 2000000, 3500000, 4500000]


def test_without_the_clock_of_the_probe_times_are_those_of_arrival(mote, dump, tmp_path):
    m = mote(simulated.Rcp)
    tool = dump("spinel", "--probe-clock", "off")
    m.wait(lambda: is_listening(m))
    m.hear(data(1), time=10**9)
    tool.wait_stats(lambda s: s["line.passed"] == 1)
    m.hear(data(2), time=10**9 + 10**8)  # a hundred seconds later, says the probe
    stop_after(tool, 2)
    stamps = [float(a) for (a,) in fields(tmp_path / "air.pcap", "frame.time_epoch")]
    assert 0 <= stamps[1] - stamps[0] < 50


# --- sending ---

def test_firmwares_that_only_listen_are_refused_in_active_mode(tool, tmp_path):
    for firmware in ("sensniff", "nrf-sniffer"):
        wrong = tool("amqp-serial", "-n", "a", "-p", tmp_path / "a", "--firmware", firmware, wait=False, stats=False)
        wrong.wait(status=2)
        assert f"--firmware {firmware} only listens" in wrong.stderr


def test_a_passive_station_publishes_what_the_radio_says(mote, station, witness, tmp_path):
    w = witness(UP.format("a"))
    m = mote(simulated.Sensniff, name="a")
    tool = station("a", "sensniff", "--mode", "passive", "--encoding", "pcap")
    own = witness("framebus.#")
    m.hear(FRAMES[0], rssi=-44, lqi=77)
    message = own.get()
    path = tmp_path / "bus.pcap"
    path.write_bytes(message.body)
    assert radio(path) == [(26, -44.0, 77, 1)]
    tool.stop()
    del w


def test_json_has_no_room_for_what_the_radio_says_which_is_said_once(mote, station, witness):
    w = witness(UP.format("a"))
    m = mote(simulated.Sensniff, name="a")
    tool = station("a", "sensniff", "--mode", "passive", "-v")
    for frame in FRAMES:
        m.hear(frame)
        assert json.loads(w.get().body)["data"] == list(frame)
    assert tool.stderr.count("JSON has no room") == 1
    tool.stop()


@pytest.mark.parametrize("zephyr", [False, True])
def test_serial_radio_sends_and_each_answer_has_its_counter(mote, station, witness, zephyr):
    m = mote(simulated.SerialRadio, name="a", zephyr=zephyr)
    tool = station("a", "serial-radio", "--channel", "15")
    w = witness()
    names = {0: "delivered", 1: "dropped_channel_busy", 2: "dropped_no_ack", 3: "dropped_refused", 4: "dropped_refused"}
    for n, status in enumerate(names):
        m.status = status
        w.publish(TO.format("a"), {"data": list(data(n))})
        m.wait_sent(n + 1)
        tool.wait_stats(lambda s: s["downlink.waiting"] == 0)
    stats = tool.stop()
    assert m.sent == [data(n) for n in range(5)] and m.channel == 15
    assert zephyr or m.pan == 0xabcd
    assert {n: stats[f"downlink.{n}"] for n in names.values()} == {
        "delivered": 1, "dropped_channel_busy": 1, "dropped_no_ack": 1, "dropped_refused": 2}


@pytest.mark.parametrize("kind, firmware", [(simulated.SerialRadio, "serial-radio"), (simulated.Rcp, "spinel")])
def test_an_answer_that_never_comes_does_not_stop_the_line(mote, station, witness, kind, firmware):
    m = mote(kind, name="a")
    if kind is simulated.Rcp:
        m.statuses = ["none"]
    else:
        m.status = None
    tool = station("a", firmware)
    w = witness()
    w.publish(TO.format("a"), {"data": list(data(1))})
    m.wait_sent(1)
    stats = tool.wait_stats(lambda s: s["downlink.dropped_no_answer"] == 1)
    assert stats["downlink.waiting"] == 0 and "no answer" in tool.stderr
    m.status = 0
    w.publish(TO.format("a"), {"data": list(data(2))})
    tool.wait_stats(lambda s: s["downlink.delivered"] == 1)
    # Answers to nothing.
    if kind is simulated.Rcp:
        m.is_(7, 0, b"\0\0\0\0")
    else:
        m.answer(b"!R\x63\0\1")
    tool.wait_stats(lambda s: s.get("slip.answers_to_nothing", s.get("spinel.answers_to_nothing")) == 1)
    tool.stop()


@pytest.mark.parametrize("zephyr", [False, True])
@pytest.mark.parametrize("text", [b"[INFO: CSMA] sent\n", b"\nlog\r\n<inf> \x1b[0mok\r\n"])
def test_text_in_front_of_an_answer_is_text_and_the_answer_counts(mote, station, witness, zephyr, text):
    m = mote(simulated.SerialRadio, name="a", zephyr=zephyr)
    tool = station("a", "serial-radio", "-v")
    w, answer = witness(), m.answer
    m.answer = lambda octets: m.say(text + octets + b"\0" * zephyr) if octets[:2] == b"!R" else answer(octets)
    for n in range(3):
        w.publish(TO.format("a"), {"data": list(data(n))})
        tool.wait_stats(lambda s, n=n: s["downlink.delivered"] == n + 1)
    stats = tool.stop()
    assert stats["slip.text"] == 3 and stats["slip.frames"] == 0 and "mote: " in tool.stderr


def test_an_rcp_answers_for_each_frame(mote, station, witness):
    m = mote(simulated.Rcp, name="a")
    tool = station("a", "spinel", "--stand-in", "abcd/0001/")
    w = witness()
    m.statuses = [0, 17, 18, 9, 12, 10, 0]
    for n in range(5):
        w.publish(TO.format("a"), {"data": list(data(n))})
        tool.wait_stats(lambda s, n=n: s["downlink.received"] == n + 1 and s["downlink.waiting"] == 0)
    stats = tool.stop()
    assert m.sent == [data(n) for n in (0, 1, 2, 3, 4, 4, 4)], "what was not looked at is sent again"
    assert {k: v for k, v in stats.items() if k.startswith("downlink.d") and v and "delay" not in k} == {
        "downlink.delivered": 2, "downlink.dropped_no_ack": 1, "downlink.dropped_channel_busy": 1, "downlink.dropped_refused": 1}
    assert m.properties[0x38] == b"\0" and m.properties[0x35] == b"\1\0" and m.properties[0x36] == b"\xcd\xab"


@pytest.mark.parametrize("encoding", ["json", "pcap"])
def test_two_dongles_join_two_devices(mote, station, encoding):
    """Each probe takes the address of the device of the other side, and its chip acknowledges for it."""
    here, there = simulated.Air(), simulated.Air()
    one, two = simulated.Device(here, short=1), simulated.Device(there, short=2)
    a, b = mote(simulated.Rcp, here, name="a"), mote(simulated.Rcp, there, name="b")
    left = station("a", "spinel", "--peer", "b", "--encoding", encoding)
    right = station("b", "spinel", "--peer", "a", "--encoding", encoding)
    left.wait_stderr("is not known yet")
    for m in (a, b):
        m.wait(lambda m=m: is_listening(m))
    # The first one crosses without acknowledgement, and tells the other side whom it stands in for.
    assert one.send(data(1)) is False
    assert two.wait(1) == [data(1)]
    assert two.send(data(50, to=1, source=2)) is True, "probe b acknowledges for device one"
    assert one.wait(1) == [data(50, to=1, source=2)]
    assert one.send(data(2)) is True, "and probe a for device two"
    assert two.wait(2) == [data(1), data(2)]
    assert {s for s, _ in here.acknowledged} == {a, one} and {s for s, _ in there.acknowledged} == {b, two}
    right.wait_stats(lambda s: s["downlink.delivered"] == 2)
    for tool in (left, right):
        stats = tool.stop()
        assert stats["uplink.published"] == stats["uplink.read"] - stats["uplink.dropped_ack"]
        assert tool.stderr.count("is not known yet") == 1
    assert left.final_stats()["uplink.published"] == 2 and right.final_stats()["uplink.published"] == 1


@pytest.mark.parametrize("flag", [False, True])
def test_own_echo_is_counted_and_two_probes_do_not_loop(mote, station, flag):
    here, there = simulated.Air(), simulated.Air()
    device = simulated.Device(here, short=1)
    a, b = mote(simulated.Rcp, here, name="a"), mote(simulated.Rcp, there, name="b")
    a.flag_own = b.flag_own = flag
    left, right = station("a", "spinel", "--peer", "b"), station("b", "spinel", "--peer", "a")
    for m in (a, b):
        m.wait(lambda m=m: is_listening(m))
    # No source address: nothing is learned, filter mode 2 stays.
    frames = [bytes([0x03, 0x08, n, 0xff, 0xff, 0xff, 0xff, 0x07]) for n in range(20)]
    for frame in frames:
        device.send(frame)
    assert b.wait_sent(20) == frames
    stats = right.wait_stats(lambda s: s["downlink.delivered"] == 20 and s["spinel.own_echo"] == 20)
    assert stats["uplink.read"] == 0
    left.stop()
    right.stop()
    assert a.sent == [] and b.sent == frames


def test_one_device_fits_and_a_second_source_is_told_once(mote, station, witness):
    m = mote(simulated.Rcp, name="a")
    tool = station("a", "spinel")
    w = witness()
    for n, source in enumerate((1, 7, 8)):
        w.publish(TO.format("a"), {"data": list(data(n, source=source))})
    m.wait_sent(3)
    assert m.properties[0x35] == b"\1\0"
    tool.stop()
    assert tool.stderr.count("more than one device") == 1


def test_an_rcp_sends_a_secured_frame_as_it_is(mote, station, witness):
    """It would put its own key index and frame counter in, and encrypt it again."""
    m = mote(simulated.Rcp, name="a")
    tool = station("a", "spinel", "--stand-in", "abcd/0001/")
    secured = bytes.fromhex("69987bcdab02000100" "0d2a00000001" "a1b2c3d4e5f60718" "11223344")
    witness().publish(TO.format("a"), {"data": list(secured)})
    assert m.wait_sent(1) == [secured]
    tool.stop()


def test_an_rcp_that_boots_stands_in_again(mote, station, witness):
    m = mote(simulated.Rcp, name="a")
    tool = station("a", "spinel")
    w = witness()
    w.publish(TO.format("a"), {"data": list(data(1))})
    m.wait_sent(1)
    m.boot()
    m.wait(lambda: is_listening(m) and m.properties.get(0x35) == b"\1\0" and m.properties[0x38] == b"\0")
    w.publish(TO.format("a"), {"data": list(data(2))})
    m.wait_sent(2)
    tool.stop()


@pytest.mark.parametrize("value", ["", "abcd", "abcd/1", "abcd//", "abcde/1/", "abcd/1/00124b000102030405", "x/1/2", "abcd/1/2/3"])
def test_stand_in_that_is_wrong(tool, tmp_path, value):
    wrong = tool("amqp-serial", "-n", "a", "-p", tmp_path / "a", "--firmware", "spinel", "--stand-in", value, wait=False, stats=False)
    wrong.wait(status=2)
    assert "--stand-in" in wrong.stderr


# --- sizes ---

def test_frames_of_2047_octets_cross_every_way(mote, probe, station, tool, bus_tool, witness, tmp_path):
    long = data(9, payload=bytes(i * 7 & 0xff for i in range(2047 - 9)))
    assert len(long) == 2047
    for encoding in ("json", "pcap"):
        near, far = probe(f"n{encoding}"), probe(f"f{encoding}")
        arguments = ["--firmware", "raw", "--fcs", "none", "--encoding", encoding]
        a = bus_tool("amqp-serial", "-n", f"n{encoding}", "--peer", f"f{encoding}", "-p", tmp_path / f"n{encoding}", *arguments)
        b = bus_tool("amqp-serial", "-n", f"f{encoding}", "--peer", f"n{encoding}", "-p", tmp_path / f"f{encoding}", *arguments)
        near.send(long, FRAMES[0])
        assert far.collect(2) == [long, FRAMES[0]]
        a.stop()
        b.stop()
    m = mote(simulated.Rcp)
    run = tool("slip-dump", "-p", tmp_path / "port", "--firmware", "spinel", "-w", tmp_path / "air.pcap")
    m.wait(lambda: is_listening(m))
    m.hear(long[:2045])
    m.hear(long[:2046])
    m.hear(long)
    m.hear(FRAMES[0])
    stats = stop_after(run, 2)
    assert stats["spinel.overlong"] == 2 and run.stderr.count("longer than 2047 octets") == 1
    _, records = pcap_records((tmp_path / "air.pcap").read_bytes())
    assert long[:2045] in records[0].data


@pytest.mark.parametrize("name", KINDS)
def test_a_bound_by_option_is_counted_and_told_once(mote, dump, name):
    kind, options, _ = KINDS[name]
    m = mote(kind, **options)
    tool = dump(name.split()[0], "--max-frame", "60")
    m.wait(lambda: is_listening(m))
    for n in range(3):
        m.hear(data(n, payload=bytes(range(100))))
    m.hear(FRAMES[0])
    stats = stop_after(tool, 1)
    assert [v for k, v in stats.items() if k.endswith(".overlong")] == [3]
    assert tool.stderr.count("longer than 60 octets") == 1


def test_the_recorded_octets_of_an_rcp(tool, corpus, tmp_path):
    folder = corpus / "probes"
    if not folder.is_dir():
        pytest.skip("no recorded probes in the corpus")
    rows = [line.split("\t") for line in (folder / "spinel-frames.tsv").read_text().splitlines()[1:]]
    run = tool("slip-dump", "-r", folder / "spinel-frames.bin", "--firmware", "spinel", "-w", tmp_path / "air.pcap", wait=False)
    run.wait(status=0)
    _, records = pcap_records((tmp_path / "air.pcap").read_bytes())
    assert len(records) == len(rows) == 87
    seen = fields(tmp_path / "air.pcap", "wpan-tap.ch_num", "wpan-tap.rss", "wpan-tap.lqi", "wpan-tap.sof_ts")
    for record, row, (channel, rss, lqi, clock) in zip(records, rows, seen):
        frame, _, rssi, number, quality, time = row
        assert record.data.endswith(bytes.fromhex(frame) + record.data[-2:])
        assert (int(channel), float(rss), int(lqi), int(clock)) == (int(number), float(rssi), int(quality), int(time) * 1000)
