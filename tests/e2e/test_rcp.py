"""slip-dump and amqp-serial with RCPs as OpenThread's code has them (air.py): builds of several years, states that a host may find, and two that
join devices over the broker."""
import json
import os
import struct
import sys
import time

import pytest

from harness import TESTS, pcap_records

sys.path.insert(0, str(TESTS))
import air as simulated  # noqa: E402
from test_firmwares import FRAMES, TO, UP, data, fields, is_listening, mote, stop_after  # noqa: E402,F401

BUILDS = {
    "2019": {"old_time": True},
    "2019, later": {},
    "2021": {"newer": True, "stack_reset": True},
    "one whose radio has no clock": {"newer": True, "stack_reset": True, "clock": False},
    "one of interface 1": {"newer": True, "stack_reset": True, "iid": 1},
    "one of interface 3": {"newer": True, "iid": 3},
    "another minor version": {"version": (4, 99), "newer": True},
}
SECURED = bytes.fromhex("69987bcdab02000100" "0d2a00000001" "a1b2c3d4e5f60718" "11223344")


@pytest.fixture
def dump(tool, tmp_path):
    def start(*arguments):
        return tool("slip-dump", "-p", tmp_path / "port", "--firmware", "spinel", "-w", tmp_path / "air.pcap", "-v", *arguments)
    return start


@pytest.fixture
def station(bus_tool, tmp_path):
    def start(name, *arguments):
        return bus_tool("amqp-serial", "-n", name, "-p", tmp_path / name, "--firmware", "spinel", "-v", *arguments)
    return start


def check_conversation(m):
    """What an RCP refuses, nobody should have asked it for."""
    assert [(o, s) for o, s in m.refused if s != simulated.INVALID_INTERFACE] == []


@pytest.mark.parametrize("build", BUILDS)
def test_every_build_is_understood_both_ways(mote, station, witness, build):
    w = witness(UP.format("a"))
    m = mote(simulated.Rcp, name="a", **BUILDS[build])
    tool = station("a", "--channel", "17", "--stand-in", "abcd/0001/00124b0001020304")
    m.wait(lambda: is_listening(m))
    w.publish(TO.format("a"), {"data": list(SECURED)})
    assert m.wait_sent(1) == [SECURED]
    m.hear(data(5, to=1, source=2))
    assert w.get()
    tool.wait_stats(lambda s: s["downlink.delivered"] == 1)
    stats = tool.stop()
    check_conversation(m)
    assert stats["spinel.malformed"] == stats["spinel.resets"] == stats["spinel.answers_to_nothing"] == 0
    assert m.properties[0x34] == bytes.fromhex("00124b0001020304"), "its first octet first"
    assert "refuses" not in tool.stderr and "no answer" not in tool.stderr, tool.stderr


def test_without_a_clock_of_the_radio_times_do_not_stand_still(mote, dump, tmp_path):
    m = mote(simulated.Rcp, newer=True, clock=False)
    tool = dump()
    m.wait(lambda: is_listening(m))
    m.hear(FRAMES[0])
    tool.wait_stats(lambda s: s["line.passed"] == 1)
    between = time.time_ns()
    m.hear(FRAMES[1])
    stop_after(tool, 2)
    _, (first, second) = pcap_records((tmp_path / "air.pcap").read_bytes())
    assert first.time_ns < between < second.time_ns
    assert fields(tmp_path / "air.pcap", "wpan-tap.sof_ts") == [[""], [""]]


def test_a_level_that_is_not_known_is_not_written(mote, dump, tmp_path):
    m = mote(simulated.Rcp)
    tool = dump()
    m.wait(lambda: is_listening(m))
    m.hear(FRAMES[0], rssi=127, lqi=9)
    stop_after(tool, 1)
    assert fields(tmp_path / "air.pcap", "wpan-tap.rss", "wpan-tap.lqi") == [["", "9"]]


def test_an_rcp_that_another_program_has_left_running(mote, dump):
    """Its radio is on, in another mode, and half a frame of what it heard is on the line."""
    m = mote(simulated.Rcp, stack_reset=True, newer=True)
    for prop, value in ((0x20, b"\1"), (0x21, b"\x0c"), (0x35, b"\7\0"), (0x38, b"\0"), (0x37, b"\1")):
        m.put(0, prop, value)
    m.write(simulated.hdlc(bytes([0x80, simulated.IS, simulated.STREAM_RAW]) + m.received(FRAMES[4]))[20:])
    tool = dump("--channel", "17")
    m.wait(lambda: is_listening(m) and m.properties[0x21] == b"\x11" and m.properties[0x38] == b"\2")
    m.hear(FRAMES[0])
    stats = stop_after(tool, 1)
    check_conversation(m)
    assert stats["spinel.frames"] == 1


def test_a_program_before_left_half_a_message(mote, dump, tmp_path):
    m = mote(simulated.Rcp)
    port = os.open(tmp_path / "port", os.O_WRONLY | os.O_NOCTTY)
    os.write(port, b"\x7e\x81\x03\x21")
    os.close(port)
    tool = dump("--channel", "17")
    m.wait(lambda: is_listening(m) and m.properties[0x21] == b"\x11")
    tool.stop()
    check_conversation(m)
    assert m.told[0] == b"\x80\1\2", "the first that is whole"


def test_a_reset_that_unplugs_the_port_is_asked_for_once(mote, dump):
    """As over USB, of a build that knows no reset of its stack alone."""
    class Unplugs(simulated.Rcp):
        def handle_reset(self, m):
            self.silent = True

    one = mote(Unplugs)
    tool = dump("--channel", "17")
    one.wait(lambda: one.silent)
    one.close()
    again = mote(simulated.Rcp)
    again.wait(lambda: is_listening(again) and again.properties[0x21] == b"\x11")
    tool.stop()
    assert not [o for o in again.told if o[1] == simulated.RESET]


@pytest.mark.parametrize("text", [b"[INFO] radio: on\r\n", b"Framing error 6: [ 81 03 21]\n"])
def test_what_an_rcp_logs_is_shown(mote, dump, text):
    m = mote(simulated.Rcp)
    tool = dump()
    m.wait(lambda: is_listening(m))
    m.is_(0, simulated.STREAM_DEBUG, text)
    m.hear(FRAMES[0])
    stop_after(tool, 1)
    tool.wait_stderr("mote: " + text.decode().split(":")[0].replace("[", r"\[").replace("]", r"\]"))


def test_an_rcp_that_has_forgotten_everything_without_a_word(mote, station, witness):
    m = mote(simulated.Rcp, name="a")
    tool = station("a", "--stand-in", "abcd/0001/")
    m.wait(lambda: is_listening(m))
    m.reset()
    w = witness()
    w.publish(TO.format("a"), {"data": list(data(1))})
    m.wait(lambda: is_listening(m) and m.properties[0x35] == b"\1\0")
    tool.wait_stats(lambda s: s["downlink.dropped_refused"] == 1)
    w.publish(TO.format("a"), {"data": list(data(2))})
    assert m.wait_sent(1) == [data(2)]
    tool.wait_stats(lambda s: s["downlink.delivered"] == 1)
    tool.stop()


def test_an_rcp_that_boots_while_it_sends(mote, station, witness):
    m = mote(simulated.Rcp, name="a")
    tool = station("a", "--stand-in", "abcd/0001/")
    m.wait(lambda: is_listening(m))
    m.holds = True
    witness().publish(TO.format("a"), {"data": list(data(1))})
    m.wait(lambda: m.under_way)
    m.holds = False
    m.boot()
    assert m.wait_sent(1) == [data(1)]
    stats = tool.wait_stats(lambda s: s["downlink.delivered"] == 1)
    assert stats["spinel.resets"] == 1
    tool.stop()
    check_conversation(m)


@pytest.fixture
def joined(mote, station):
    """Two RCPs on two airs, joined, and a device on each."""
    def make(**options):
        here, there = simulated.Air(), simulated.Air()
        one, two = simulated.Device(here, short=1), simulated.Device(there, short=2, extended=bytes.fromhex("00124b0001020304"))
        motes = mote(simulated.Rcp, here, name="a", **options), mote(simulated.Rcp, there, name="b", **options)
        tools = station("a", "--peer", "b"), station("b", "--peer", "a")
        for m in motes:
            m.wait(lambda m=m: is_listening(m))
        return one, two, motes, tools
    return make


@pytest.mark.parametrize("build", ["2019", "2021", "one whose radio has no clock", "one of interface 1"])
def test_two_devices_talk_through_two_rcps(joined, build):
    one, two, motes, tools = joined(**BUILDS[build])
    # Sent again for want of an acknowledgement, then acknowledged; long; secured; to all, asking for what nobody may give.
    again = [data(1)] * 3
    for frame in again:
        assert one.send(frame) is False
    assert two.wait(3) == again
    assert two.send(data(50, to=1, source=2)) is True
    assert one.wait(1) == [data(50, to=1, source=2)]
    longest = data(2, payload=bytes(i & 0xff for i in range(125 - 9)))
    to_all = data(3, to=0xffff)
    lot = [longest, SECURED, to_all, data(4), data(4)]
    assert len(longest) == 125
    for frame in lot:
        one.send(frame)
    assert two.wait(3 + len(lot)) == again + lot
    tools[1].wait_stats(lambda s: s["downlink.delivered"] == 3 + len(lot))
    # What crosses is answered for by the device itself.
    assert [f for _, f in two.air.acknowledged if f == longest] == [longest]
    for tool in tools:
        stats = tool.stop()
        assert stats["spinel.own_echo"] == stats["downlink.dropped_refused"] == stats["downlink.dropped_no_ack"] == 0
    for m in motes:
        check_conversation(m)


def test_a_frame_that_fits_no_radio_is_refused_and_the_next_one_goes(mote, station, witness):
    m = mote(simulated.Rcp, name="a")
    tool = station("a", "--stand-in", "abcd/0001/")
    w = witness()
    w.publish(TO.format("a"), {"data": list(data(1, payload=bytes(126 - 9)))})
    w.publish(TO.format("a"), {"data": list(data(2))})
    assert m.wait_sent(1) == [data(2)]
    stats = tool.wait_stats(lambda s: s["downlink.delivered"] == 1)
    assert stats["downlink.dropped_refused"] == 1 and m.refused[0][1] == simulated.PARSE_ERROR
    tool.stop()


def test_a_beacon_is_for_all_in_mode_0(mote, station, witness):
    m = mote(simulated.Rcp, name="a")
    w = witness(UP.format("a"))
    tool = station("a", "--stand-in", "abcd/0001/")
    m.wait(lambda: is_listening(m))
    beacon = bytes([0x00, 0x80, 9]) + struct.pack("<HH", 0xabcd, 2) + b"\xff\xcf\0\0"
    m.hear(beacon)
    assert json.loads(w.get().body)["data"] == list(beacon)
    stats = tool.stop()
    assert stats["spinel.frames"] == 1
