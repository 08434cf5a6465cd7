"""An exchange that is deleted while tools read from it, and a broker whose disk is full while amqp-route routes: what is lost, and who is told."""
import json
import re
import signal
import time

import pytest

from harness import wait_until

TUN, SERIAL = "fromAgent.a.ip.tun.packet.raw", "fromAgent.a.802154.serial.packet.raw"
READERS = {"amqp-route": ["--link", "a,b"], "amqp-dump": ["-k", "fromAgent.#", "--raw"]}
# A refusal of what has not worked for two seconds is a mistyped name, which ends the tool.
PROVED_SECONDS = 2.5
COUNTED = {"amqp-route": "route.forwarded", "amqp-dump": "downlink.shown"}


@pytest.fixture
def air(vhost):
    """air(), air(False): there is an exchange of that name, or none."""
    administrator = vhost.witness()

    def make(there=True):
        if there:
            administrator.channel.exchange_declare("air", "topic", durable=True)
        else:
            administrator.channel.exchange_delete("air")
    make()
    yield make
    administrator.close()


@pytest.mark.parametrize("name", READERS)
def test_an_exchange_that_is_another_one_now(tool, vhost, air, name):
    """Deleted and made again: its bindings went with it, which the broker tells nobody. They are there again within seconds."""
    reader = tool(name, "--url", vhost.url, "-e", "air", *READERS[name])
    time.sleep(PROVED_SECONDS)
    air(False)
    air()
    other = vhost.witness("toAgent.#", exchange="air")

    def arrives():
        other.publish(SERIAL, {"n": 1})
        return reader.stats()[COUNTED[name]] > 0
    wait_until(arrives)
    assert reader.stats()["bus_downlink.connections"] == 1
    other.close()


def test_an_exchange_that_is_gone(tool, vhost, air):
    """It is told, by the next binding at the latest, and waited for."""
    router = tool("amqp-route", "--url", vhost.url, "-e", "air", "--link", "a,b")
    time.sleep(PROVED_SECONDS)
    air(False)
    router.wait_stderr("no exchange 'air'.*trying again")
    air()
    router.wait_stats(lambda s: s["bus_downlink.connections"] == 2)
    other = vhost.witness("toAgent.#", exchange="air")
    other.publish(SERIAL, {"n": 1})
    assert json.loads(other.get().body) == {"n": 1}
    other.close()


@pytest.fixture
def full_disk(broker):
    """full_disk(), full_disk(False): the broker has too little room, or enough."""
    normal = re.search(r"\{ok, (.*)\}", broker.eval("rabbit_disk_monitor:get_disk_free_limit()")).group(1)

    def set_limit(is_full=True):
        broker.eval(f"rabbit_disk_monitor:set_disk_free_limit({1 << 60 if is_full else normal})")
    yield set_limit
    set_limit(False)


def test_a_disk_alarm_while_it_routes(tool, vhost, witness, full_disk):
    """Agents on connections that the broker has not stopped yet go on: frames wait on the broker and pass afterwards, IP packets are counted as
    lost, and the router says why."""
    router = tool("amqp-route", "--url", vhost.url, "--link", "a,b")
    other = witness("toAgent.#")
    for key in TUN, SERIAL:
        other.publish(key, {"n": 0})
    other.collect(2)
    router.process.send_signal(signal.SIGSTOP)
    for n in range(1, 6):
        for key in TUN, SERIAL:
            other.publish(key, {"n": n})
    wait_until(lambda: sum(q["messages"] for q in vhost.queues() if q["name"].startswith("framebus.route.a.")) >= 10)
    full_disk()
    router.process.send_signal(signal.SIGCONT)
    router.wait_stderr("the broker takes no messages at the moment")
    full_disk(False)
    router.wait_stderr("the broker takes messages again")
    stats = router.wait_stats(lambda s: s["route.forwarded"] + s["route.dropped_no_broker"] >= 12)
    got = other.collect(stats["route.forwarded"] - 2)
    assert [json.loads(m.body)["n"] for m in got if m.key.endswith("serial.packet.raw")] == list(range(1, 6))
    assert stats["route.copies"] == stats["route.forwarded"] + stats["route.dropped_no_broker"] == 12
    assert stats["bus_downlink.duplicates"] == stats["bus_kept_uplink.nacked"] == 0
