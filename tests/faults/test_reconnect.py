"""The session comes back by itself: how soon it tries, where, how often, and what it takes for final."""
import re
import socket
import time

import pytest

import bus_tools
from fault_proxy import Fault
from harness import until_quick, wait_until
from bus_tools import allow, bus_tool_names, records, write

ROLES = ("amqp-dump", "amqp-play")  # a consumer and a publisher
KEY = "fromAgent.agent_1.802154.serial.packet.raw"


def attempts(proxy):
    return [connection.opened_at for connection in proxy.connections]


def gaps(times):
    return [after - before for before, after in zip(times, times[1:])]


def closed_port():
    """A port of loopback where nobody listens: bound, so that nobody else will."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder


def frames_arrive(player, listener, numbers):
    """What amqp-play is given comes out at a witness."""
    write(player, records(numbers))
    for _ in numbers:
        listener.get(key=KEY)


# --- how soon ---

@pytest.mark.parametrize("name", ROLES)
def test_back_off(request, start_tool, proxy, proxied, is_long, name):
    if name != "amqp-dump":
        request.getfixturevalue("only_long")
    proxy.set(down=Fault(cut=0))
    begun, least = time.monotonic(), 0.0
    tool = start_tool(name, proxied, "-v")
    wait_until(lambda: len(proxy.connections) > (30 if is_long else 6), 60)
    waits = gaps(attempts(proxy))
    said = [float(wait) for wait in re.findall(r"trying again \(in (\d+\.\d) s", tool.stderr)]
    slack = 5  # for connecting, and for a loaded machine, which may also see one attempt late and the next in time
    for i, wait in enumerate(waits):
        wanted = min(0.2 * 2 ** i, 1.0)
        least += wanted / 2
        assert said[i] <= wanted + 0.06, f"wait {i}: {said}"
        assert wait <= wanted + slack and attempts(proxy)[i + 1] - begun >= least - 0.02, f"wait {i}: {wait:.3f} s of {waits}"
    assert max(waits[3:]) - min(waits[3:]) > 0.005, f"no jitter: {waits}"


@pytest.mark.timeout(300)
def test_back_off_after_the_first_minute(only_long, start_tool, proxy, proxied, figure):
    proxy.set(down=Fault(cut=0))
    start_tool("amqp-dump", proxied)
    wait_until(lambda: len(proxy.connections) > 1 and attempts(proxy)[-1] - attempts(proxy)[0] > 200, 250)
    start = attempts(proxy)[0]
    late = [wait for at, wait in zip(attempts(proxy), gaps(attempts(proxy))) if at - start > 60]
    figure("longest wait between two tries, s", f"{max(late):.1f}", 30)
    assert max(late) <= 30.5
    assert late[0] <= 4.5, f"it jumps instead of doubling: {late}"
    assert max(late) > 14, f"it does not grow: {late}"


def test_a_success_makes_it_quick_again(start_tool, proxy, proxied):
    for _ in range(6):
        proxy.next(down=Fault(cut=0))
    tool = start_tool("amqp-dump", proxied, wait=True)
    assert len(proxy.connections) == 7
    waits = []
    while len(waits) < 8 and (not waits or waits[-1] >= 0.5):  # of what is not quick each is longer
        proxy.reset()
        wait_until(lambda: len(proxy.connections) == 8 + len(waits))
        waits.append(proxy.connections[-1].opened_at - proxy.connections[-2].ended_at)
        tool.wait_stats(lambda report: report["bus_downlink.connections"] == 1 + len(waits))
    assert waits[-1] < 0.5, waits


# --- where ---

@pytest.mark.alone
@pytest.mark.parametrize("name", ROLES)
def test_the_next_url_is_tried_at_once(start_tool, proxy, vhost, name):
    with closed_port() as holder:
        dead = f"amqp://guest:guest@127.0.0.1:{holder.getsockname()[1]}/{vhost.name}"
        urls = [dead, dead, dead, proxy.url(vhost=vhost.name)]
        took = until_quick(lambda: start_tool(name, urls, wait=True), 0.6)
        assert took[-1] < 0.6, f"with pauses between, 0.7 s at the least: {took}"


def test_another_node_takes_over(start_tool, vhost, broker):
    from fault_proxy import FaultProxy
    proxies = [FaultProxy(broker.port), FaultProxy(broker.port)]
    try:
        tool = start_tool("amqp-dump", [proxy.url(vhost=vhost.name) for proxy in proxies], wait=True)
        for turn in range(4):
            used, other = proxies[turn % 2], proxies[1 - turn % 2]
            before = len(other.connections)
            used.refuse()
            used.reset()
            wait_until(lambda: len(other.connections) > before, what="a connection to the other node")
            tool.wait_stats(lambda report: report["bus_downlink.connections"] == turn + 2)
            used.accept()
    finally:
        for proxy in proxies:
            proxy.shut_down()


# --- how often ---

@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("retry,tries", [("never", 1), ("0", 1), ("3", 4)])
def test_retry_is_bounded(start_tool, proxy, proxied, name, retry, tries):
    proxy.set(down=Fault(cut=0))
    tool = start_tool(name, proxied, "--retry", retry)
    tool.wait(status=1)
    assert len(proxy.connections) == tries
    assert "no more tries: --retry" in tool.stderr


def test_retry_counts_from_each_outage(start_tool, proxy, proxied):
    tool = start_tool("amqp-dump", proxied, "--retry", "2", wait=True)
    for connections in (2, 3):
        proxy.next(down=Fault(cut=0))
        proxy.reset()
        tool.wait_stats(lambda report: report["bus_downlink.connections"] == connections)
    proxy.refuse()
    proxy.reset()
    tool.wait(status=1)


@pytest.mark.parametrize("name", bus_tool_names())
def test_retry_never_says_why(start_tool, name):
    with closed_port() as holder:
        tool = start_tool(name, f"amqp://u:topsecret@127.0.0.1:{holder.getsockname()[1]}/", "--retry", "never")
        tool.wait(status=1)
    assert tool.stderr.count("Connection refused") == 1, "once, not once a direction"
    assert "topsecret" not in tool.stderr


def test_a_tool_may_have_ended_before_it_is_given_anything(start_tool, monkeypatch):
    """Of the tests themselves: a tool that is refused at once ends before its first octet is written."""
    monkeypatch.setattr(bus_tools, "write", lambda tool, data: (tool.process.wait(5), write(tool, data)))
    with closed_port() as holder:
        start_tool("amqp-play", f"amqp://127.0.0.1:{holder.getsockname()[1]}/", "--retry", "never").wait(status=1)


# --- what is final ---

@pytest.mark.parametrize("name", bus_tool_names())
def test_a_wrong_password_is_final(start_tool, broker, vhost, name):
    tool = start_tool(name, broker.url_of(vhost.name, "guest", "not-it"))
    tool.wait(status=3)
    assert tool.stderr.count("ACCESS_REFUSED") == 1, "once, not once a direction"
    assert "not-it" not in tool.stderr


@pytest.mark.parametrize("name", bus_tool_names())
def test_an_unknown_virtual_host_is_final(start_tool, broker, name):
    tool = start_tool(name, broker.url_of("nowhere"))
    tool.wait(status=3)
    assert "nowhere" in tool.stderr


@pytest.fixture(scope="module")
def anybody(broker):
    broker.ctl("add_user", "anybody", "pw")
    yield "anybody"
    broker.delete_user("anybody")


@pytest.fixture
def user(broker, vhost, anybody):
    """user(configure=, write=, read=) is a user who may do that much here."""
    def make(**permissions):
        allow(broker, vhost, anybody, **permissions)
        return anybody
    return make


@pytest.mark.parametrize("permissions,what", [
    ({"configure": "^$"}, "declaring the queue"), ({"write": "^$"}, "binding"), ({"read": "^$"}, "(binding|consuming)"),
])
def test_a_consumer_without_permission(start_tool, broker, vhost, user, permissions, what):
    tool = start_tool("amqp-dump", broker.url_of(vhost.name, user(**permissions), "pw"))
    tool.wait(status=3)
    assert tool.wait_stderr(what) and "ACCESS_REFUSED" in tool.stderr


def test_a_publisher_without_permission(start_tool, broker, vhost, user):
    tool = start_tool("amqp-play", broker.url_of(vhost.name, user(write="^$"), "pw"))
    write(tool, records([1]))
    tool.wait(status=3)
    assert "ACCESS_REFUSED" in tool.stderr


@pytest.mark.parametrize("name", ROLES)
def test_an_exchange_that_is_not_there(start_tool, broker, vhost, name):
    tool = start_tool(name, vhost.url, "--exchange", "nobody.made.it")
    if name == "amqp-play":
        write(tool, records([1]))
    tool.wait(status=3)
    assert "nobody.made.it" in tool.stderr


@pytest.mark.parametrize("name", ROLES)
def test_a_refusal_is_not_final_where_it_worked_before(start_tool, broker, proxy, vhost, user, name):
    login = user()
    tool = start_tool(name, proxy.url(login, "pw", vhost.name), wait=True)
    broker.set_password(login, "another")
    proxy.reset()
    tool.wait_stderr("ACCESS_REFUSED")
    broker.set_password(login, "pw")
    section = "bus_uplink" if name == "amqp-play" else "bus_downlink"
    tool.wait_stats(lambda report: report[f"{section}.connections"] == 2)


# --- what is repaired ---

def queue_of(vhost, part):
    return wait_until(lambda: [name for name in vhost.queue_names() if part in name], what=f"a queue {part}")[0]


def delete_queue(broker, vhost, name):
    broker.eval(f'{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"{vhost.name}">>, queue, <<"{name}">>)), '
                'rabbit_amqqueue:delete(Q, false, false, <<"tests">>).')


@pytest.mark.parametrize("keep", [False, True])
def test_a_deleted_queue(start_tool, broker, vhost, witness, keep):
    tool = start_tool("amqp-dump", vhost.url, *(["--keep"] if keep else []), wait=True)
    first = queue_of(vhost, ".dump")
    delete_queue(broker, vhost, first)
    tool.wait_stderr("cancelled|connection lost")
    tool.wait_stats(lambda report: report["bus_downlink.connections"] == 2)
    assert (queue_of(vhost, ".dump") == first) == keep, "live queues have a name of their own on each connection"
    witness().publish("fromAgent.x.ip.tun.packet.raw", '{"data": [96, 0]}')
    tool.wait_stats(lambda report: report["bus_downlink.received"] == 1)


def test_a_kept_queue_is_deleted_over_a_long_line(start_tool, vhost, proxy, proxied):
    proxy.set(up=Fault(delay=0.15), down=Fault(delay=0.15))
    tool = start_tool("amqp-dump", proxied, "--keep", "--delete-queue", wait=True)
    tool.stop()
    assert "framebus.dump.dump" not in tool.stderr
    wait_until(lambda: vhost.queue_names() == [], what="the queues are gone")


def test_a_kept_queue_whose_deletion_is_not_answered_is_told(start_tool, proxy, proxied):
    tool = start_tool("amqp-dump", proxied, "--keep", "--delete-queue", wait=True)
    proxy.stall("up")
    tool.stop()
    assert "has not said that it deleted the queue framebus.dump.dump" in tool.stderr


def test_a_kept_queue_that_stays_is_told(start_tool, proxy, proxied):
    tool = start_tool("amqp-dump", proxied, "--keep", "--delete-queue", wait=True)
    proxy.refuse()
    proxy.reset()
    tool.wait_stderr("Connection refused")
    tool.stop()
    assert "no connection to delete the queue framebus.dump.dump" in tool.stderr


@pytest.mark.parametrize("name", ROLES)
def test_a_connection_closed_by_the_administrator(start_tool, broker, vhost, name):
    tool = start_tool(name, vhost.url, wait=True)
    broker.close_connections(vhost.name, "out, all of you")
    tool.wait_stderr("CONNECTION_FORCED.*out, all of you")
    section = "bus_uplink" if name == "amqp-play" else "bus_downlink"
    tool.wait_stats(lambda report: report[f"{section}.connections"] == 2)


def test_a_closed_channel(start_tool, vhost, witness):
    """Publishing to an exchange that was deleted closes the channel; the frames wait until it is there again."""
    administrator = witness()
    administrator.channel.exchange_declare("air", "topic")
    tool = start_tool("amqp-play", vhost.url, "--exchange", "air", wait=True)
    listener = vhost.witness("#", exchange="air")
    frames_arrive(tool, listener, [1])
    tool.wait_stats(lambda report: report["bus_uplink.disconnected_ms"] >= 0 and report["bus_uplink.confirmed"] == 1)
    wait_past_the_first_seconds(tool)
    administrator.channel.exchange_delete("air")
    write(tool, records([2, 3]))
    tool.wait_stderr("NOT_FOUND")
    administrator.channel.exchange_declare("air", "topic")
    tool.wait_stats(lambda report: report["bus_uplink.pending"] == 0 and report["bus_uplink.published"] == 3)
    listener.close()


def wait_past_the_first_seconds(tool):
    """A refusal within two seconds of the first connection is taken for final."""
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > 2, 5)


def test_everything_comes_back_each_time(start_tool, proxy, proxied, witness, vhost):
    """Queues, bindings, consumers, confirms: after each of several outages, what is published is confirmed and consumed."""
    player = start_tool("amqp-play", proxied, wait=True)
    dump = start_tool("amqp-dump", proxied, wait=True)
    for outage in range(1, 6):
        write(player, records([outage]))
        player.wait_stats(lambda report: report["bus_uplink.confirmed"] == outage)
        dump.wait_stats(lambda report: report["output.written"] == outage)
        (proxy.reset if outage % 2 else proxy.close)()
        player.wait_stats(lambda report: report["bus_uplink.connections"] == outage + 1)
        dump.wait_stats(lambda report: report["bus_downlink.connections"] == outage + 1)
    assert player.stats()["bus_uplink.unroutable"] == 0
    wait_until(lambda: len(vhost.queue_names()) == 1, what="the queues of earlier connections are gone")


def test_disconnected_time_is_counted(start_tool, proxy, proxied):
    tool = start_tool("amqp-dump", proxied, wait=True)
    before = tool.stats()["bus_downlink.disconnected_ms"]
    proxy.refuse()
    start = time.monotonic()
    proxy.reset()
    tool.wait_stderr("Connection refused")
    noticed = time.monotonic()
    wait_until(lambda: time.monotonic() - noticed > 1.5)
    proxy.accept()
    report = tool.wait_stats(lambda report: report["bus_downlink.connections"] == 2)
    away_ms = report["bus_downlink.disconnected_ms"] - before
    assert 1499 <= away_ms <= 1000 * (time.monotonic() - start) + 1, "in whole milliseconds, rounded down"
