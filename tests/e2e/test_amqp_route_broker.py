"""amqp-route while its broker's things change below it: queues deleted, exchanges, policies, alarms, restarts; and what waits at the end."""
import json

import pika
import pytest

from harness import Inbox, wait_until

SESSION = "0123456789abcdef"
TUN, SERIAL = "fromAgent.{}.ip.tun.packet.raw", "fromAgent.{}.802154.serial.packet.raw"


def numbers(messages):
    return [json.loads(m.body)["n"] for m in messages]


def test_what_waits_when_it_stops(bus_tool, vhost, witness):
    """IP packets are told as lost; frames are in their queue still, and the next router passes them on."""
    tool = bus_tool("amqp-route", "--link", "a,b", "--delay", "600000")
    other = witness("toAgent.#")
    for n in range(3):
        other.publish(TUN.format("a"), {"n": n})
    for n in range(2):
        other.publish(SERIAL.format("a"), {"n": n}, message_id=f"{SESSION}-0-{n + 1}")
    tool.wait_stats(lambda s: s["route.waiting"] == 5)
    stats = tool.stop()
    assert (stats["route.dropped_at_end"], stats["route.waiting"], stats["route.copies"]) == (3, 2, 5)
    assert "3 not passed on (stopped before)" in tool.stderr and "2 copies of frames not passed on" in tool.stderr
    bus_tool("amqp-route", "--link", "a,b")
    assert numbers(other.collect(2)) == [0, 1] and other.is_silent()


@pytest.mark.parametrize("queue", ["framebus.route.a.tun", "framebus.route.a.serial", "control", "others"])
def test_a_queue_is_deleted(bus_tool, vhost, witness, queue):
    """Of whatever kind: it is there again with the next connection."""
    tool = bus_tool("amqp-route", "--link", "a,b")
    other = witness("toAgent.#")
    if queue in ("control", "others"):
        queue = next(name for name in vhost.queue_names() if f".{queue}." in name)
    vhost.broker.eval(f'{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"{vhost.name}">>, queue, <<"{queue}">>)), rabbit_amqqueue:delete(Q, false, false, <<"test">>).')
    tool.wait_stderr("its queue was deleted")
    tool.wait_stats(lambda s: s["bus_downlink.connections"] == 2)
    for key in TUN, SERIAL:
        other.publish(key.format("a"), {"n": 1})
        assert numbers([other.get()]) == [1]
    other.publish(TUN.format("c"), {"n": 1})
    tool.wait_stats(lambda s: s["route.rejected_no_link"] == 1)


def test_a_queue_that_another_made(tool, bus_tool, vhost, witness):
    """With other arguments: the broker's words are said, which name the queue and the difference, and it ends."""
    with pika.BlockingConnection(pika.URLParameters(vhost.url)) as connection:
        connection.channel().queue_declare("framebus.route.a.tun", durable=True, arguments={"x-max-length": 5})
    route = bus_tool("amqp-route", "--link", "a,b", "--retry", "never", wait=False)
    assert route.wait() in (1, 3)
    assert "PRECONDITION_FAILED" in route.stderr and "framebus.route.a.tun" in route.stderr


def test_a_policy_that_changes_queues(bus_tool, vhost, witness):
    """It bounds the queue of frames, and refuses what does not fit; a new connection still finds the queue as it declares it."""
    tool = bus_tool("amqp-route", "--link", "a,b")
    other = witness("toAgent.#")
    vhost.broker.ctl("set_policy", "-p", vhost.name, "route", r"^framebus\.route\.", '{"max-length": 100, "overflow": "reject-publish"}', "--apply-to", "queues")
    vhost.broker.close_connections(vhost.name)
    tool.wait_stats(lambda s: s["bus_downlink.connections"] == 2 and s["bus_uplink.connections"] == 2 and s["bus_kept_uplink.connections"] == 2)
    for key in TUN, SERIAL:
        witness().publish(key.format("a"), {"n": 1})
    wait_until(lambda: tool.stats()["route.forwarded"] == 2)


def test_two_routers_of_different_names(bus_tool, witness):
    """Each passes each message on once, and what one has passed on the other does not: its key is none of an agent's."""
    tools = [bus_tool("amqp-route", "-n", name, "--link", "a,b") for name in ("one", "two")]
    reader = bus_tool("amqp-dump", "-k", "toAgent.b.#")
    other = witness("toAgent.#")
    for n in range(10):
        other.publish(TUN.format("a"), {"n": n}, message_id=f"{SESSION}-0-{n + 1}")
    assert sorted(numbers(other.collect(20))) == sorted(list(range(10)) * 2) and other.is_silent()
    for tool in tools:
        assert tool.wait_stats(lambda s: s["route.forwarded"] == 10)["route.rejected_loop"] == 0
    assert reader.wait_stats(lambda s: s["bus_downlink.received"] == 20 and s["bus_downlink.duplicates"] >= 10)["bus_downlink.duplicates"] == 10


def test_a_link_as_large_as_there_is_room_for(bus_tool, vhost, witness):
    """Sixty agents: each packet goes to all others once, each of its queues is there."""
    names = [f"n{n}" for n in range(60)]
    tool = bus_tool("amqp-route", "--link", ",".join(names), wait=False)
    tool.wait_ready(120)
    inbox = Inbox(vhost.url, "toAgent.#")
    witness().publish(TUN.format("n7"), {"n": 1})
    got = []
    wait_until(lambda: got.extend(inbox.take()) or len(got) >= 59)
    assert sorted(m.key.split(".")[1] for m in got) == sorted(set(names) - {"n7"})
    assert tool.stats()["route.copies"] == 59
