"""amqp-route and agents of no link: what they publish is counted, told once, and goes nowhere; and it costs the router little."""
import signal

import pytest

from harness import pcap_bytes, wait_until

TUN = "fromAgent.{}.ip.tun.packet.raw"
KEYS = [TUN, "fromAgent.{}.802154.serial.packet.raw", "data.tun.fromAgent.{}", "data.serial.fromAgent.{}", "framebus.tun.{}", "framebus.serial.{}"]


def test_an_agent_of_no_link_is_counted_and_named_once(bus_tool, witness):
    """In every API, tun and serial; whoever stands in a link is not, and a name of odd characters is."""
    tool = bus_tool("amqp-route", "--link", "a,b")
    other = witness("toAgent.#", "data.*.toAgent.#", "framebus.to.#")
    strangers = ["c", "agent_TT", "ünï", "A"]
    for stranger in strangers:
        for key in KEYS:
            other.publish(key.format(stranger), "{}", message_id="0123456789abcdef-0-1")
    other.publish(TUN.format("a"), "last", message_id="0123456789abcdef-0-1")
    assert other.get().body == b"last" and other.is_silent()
    stats = tool.wait_stats(lambda s: s["route.rejected_no_link"] == len(KEYS) * len(strangers))
    assert (stats["route.messages"], stats["route.routed"], stats["bus_downlink.duplicates"]) == (len(KEYS) * len(strangers) + 1, 1, 0)
    for stranger in strangers:
        assert tool.stderr.count(f"{stranger} is in no link") == 1, tool.stderr
    assert "a is in no link" not in tool.stderr
    tool.stop()
    assert f"{len(KEYS) * len(strangers)} rejected (no link)" in tool.stderr


def test_names_that_are_none(bus_tool, witness):
    """A word that can be no agent's is counted under another name; control messages of strangers are not counted at all."""
    tool = bus_tool("amqp-route", "--link", "a,b", "-v")
    other = witness("toAgent.#")
    for name in "", "x y", "*", "#":
        other.publish(TUN.format(name), "{}")
    for key in "fromAgent.c.ip.tun.started", "framebus.alive.c", "framebus.tun.c.d", "fromAgent.c.x":
        other.publish(key, "{}")
    other.publish(TUN.format("c"), "{}")
    stats = tool.wait_stats(lambda s: s["route.rejected_no_link"] == 1)
    assert (stats["route.rejected_key"], stats["route.messages"]) == (4, 5)


def test_no_more_names_than_there_is_room_for(bus_tool, witness):
    tool = bus_tool("amqp-route", "--link", "a,b")
    other = witness()
    for n in range(80):
        other.publish(TUN.format(f"made_up_{n}"), "{}")
    tool.wait_stats(lambda s: s["route.rejected_no_link"] == 80)
    assert tool.stderr.count("is in no link: its packets go nowhere") == 64
    assert tool.stderr.count("no more of them are named") == 1


@pytest.mark.parametrize("sender", ["stranger", "a"])
def test_a_busy_exchange(bus_tool, vhost, witness, tmp_path, sender):
    """More than it may hear at once (here since it did not read): it says that it listens a part of the time alone, and does so
    after a pause."""
    def listens():
        return [name for name in vhost.queue_names() if ".others." in name]
    tool = bus_tool("amqp-route", "--link", "a,b", "--heartbeat", "0")
    other = witness()
    assert len(listens()) == 1
    packet = bytes.fromhex("6000000000003b40") + bytes(15) + b"\x01" + bytes(15) + b"\x02"
    capture = tmp_path / "many.pcap"
    capture.write_bytes(pcap_bytes(101, [(1, packet)] * 8000))
    tool.process.send_signal(signal.SIGSTOP)
    try:
        bus_tool("amqp-play", "-n", sender, "-r", capture, "--speed", "0", "--encoding", "json", wait=False).wait(status=0)
    finally:
        tool.process.send_signal(signal.SIGCONT)
    tool.wait_stderr("over 1000 messages a second")
    stats = tool.wait_stats(lambda s: s["route.no_link_unheard_ms"] >= 4900)
    wait_until(listens)
    before = stats["route.rejected_no_link"]
    assert (before > 5000) == (sender == "stranger")
    other.publish(TUN.format("late"), "{}")
    tool.wait_stats(lambda s: s["route.rejected_no_link"] == before + 1)
    assert tool.stderr.count("messages a second") == 1 and "late is in no link" in tool.stderr
    assert tool.stats()["bus_downlink.connections"] == 1


def test_where_the_broker_refuses_to_tell(tool, vhost, witness):
    """Permissions for its agents alone: it routes, and says what it cannot count."""
    url = vhost.limited(".*", r"^(fromAgent|data\\.(tun|serial)\\.fromAgent|framebus\\.(tun|serial|alive))\\.(a|b)\\.?|^(routing|testingtool)\\.")
    route = tool("amqp-route", "--url", url, "--link", "a,b")
    assert "going on without what comes under it" in route.stderr
    other = witness("toAgent.#")
    other.publish(TUN.format("c"), "{}")
    other.publish(TUN.format("a"), "x")
    assert other.get().body == b"x"
    stats = route.stop()
    assert (stats["route.messages"], stats["bus_downlink.connections"]) == (1, 1)
