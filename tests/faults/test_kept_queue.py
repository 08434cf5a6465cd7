"""amqp-dump --keep on lines that break: what comes back is not lost to the broker's limit, and who is another recorder is told apart."""
import json
import random
import signal
import socket
import time

import pika
import pytest

from bus_tools import number_of, records, wait_quiet, write
from fault_proxy import Fault
from harness import pcap_records, wait_until

QUEUE = "framebus.recorder.dump"
READER = QUEUE + ".reader"


def numbers_in(path):
    return [number_of(record.data) for record in pcap_records(path.read_bytes())[1]]


def arguments_of(vhost):
    arguments = next(q["arguments"] for q in vhost.queues() if q["name"] == QUEUE)
    return dict(arguments) if isinstance(arguments, dict) else {name: value for name, *_, value in arguments}


# --- a limit of returns ---

@pytest.mark.alone
@pytest.mark.timeout(300)
def test_a_limit_of_returns_on_a_line_that_breaks(start_tool, broker, vhost, proxy, proxied, tmp_path, is_long, figure):
    """With the broker's default of 4.0 to 4.2, set by a policy: what never reached us counts as returned."""
    broker.ctl("set_policy", "-p", vhost.name, "limit", "^framebus", '{"delivery-limit": 20}', "--apply-to", "queues")
    total, seed = (10000 if is_long else 2000), random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    tool = start_tool("amqp-dump", proxied, "--keep", "-n", "recorder", "-w", tmp_path / "a.pcap", wait=True)
    player = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    tool.process.send_signal(signal.SIGSTOP)
    write(player, records(range(total)))
    player.wait_stats(lambda report: report["bus_uplink.confirmed"] == total, 30)
    for _ in range(500):
        proxy.next(down=Fault(cut=chance.randrange(2000, 60000)))
    proxy.reset()
    tool.process.send_signal(signal.SIGCONT)
    # What comes back late counts as lost until it is there.
    report = tool.wait_stats(lambda report: report["output.written"] == total, 120)
    figure("outages while a kept reader reads with a delivery limit of 20", report["bus_downlink.connections"] - 1)
    assert report["bus_downlink.connections"] > 15
    assert report["bus_downlink.lost_on_bus"] == 0
    tool.stop()
    assert sorted(numbers_in(tmp_path / "a.pcap")) == list(range(total))


def start_frame(broker):
    """What the broker says first: connection.start with its properties."""
    with socket.create_connection(("127.0.0.1", broker.port), 10) as raw:
        raw.sendall(b"AMQP\0\0\x09\x01")
        return raw.recv(65536)


def flips_of(frame, words, instead):
    at = frame.index(words)
    return tuple((at + i, old ^ new) for i, (old, new) in enumerate(zip(words, instead)) if old != new)


@pytest.mark.parametrize("words,instead,limit", [
    (b"3.10.8", b"3.10.8", None), (b"3.10.8", b"4.10.8", -1), (b"3.10.8", b"13.0.8", -1), (b"3.10.8", b"2.10.8", None), (b"3.10.8", b"......", None),
    (b"3.10.8", b"\xff\x00%s%n", None), (b"3.10.8", b"-9.1.8", None), (b"version", b"Version", None),
    (b"\x08RabbitMQ", b"\x08LavinMQ_", None), (b"productS\0\0\0\x08RabbitMQ\x07versionS\0\0\0\x063", b"productS\0\0\0\x08RabbitMQ\x07veRsionS\0\0\0\x064", None),
], ids=repr)
def test_the_version_that_a_broker_says(start_tool, broker, vhost, proxy, proxied, tmp_path, words, instead, limit):
    """Since 4.0 a limit of -1 is none, before it is 0. A version that is absent or nonsense is no reason for anything."""
    frame = start_frame(broker)
    if words not in frame:
        pytest.skip(f"this broker does not say {words}")
    proxy.set(down=Fault(flip=flips_of(frame, words, instead)))
    tool = start_tool("amqp-dump", proxied, "--keep", "-n", "recorder", "-w", tmp_path / "a.pcap", wait=True)
    assert arguments_of(vhost).get("x-delivery-limit") == limit
    assert "stays as it is" not in tool.stderr


def test_a_queue_from_before_the_brokers_upgrade(start_tool, broker, vhost, proxy, proxied, tmp_path):
    start_tool("amqp-dump", proxied, "--keep", "-n", "recorder", "-w", tmp_path / "a.pcap", wait=True).stop()
    proxy.set(down=Fault(flip=flips_of(start_frame(broker), b"3.10.8", b"4.10.8")))
    tool = start_tool("amqp-dump", proxied, "--keep", "-n", "recorder", "-w", tmp_path / "b.pcap", wait=True)
    assert "x-delivery-limit none against -1 (--delete-queue" in tool.stderr


# --- whose the queue is ---

@pytest.fixture
def stranger(vhost):
    """stranger() has the reader's queue, as another recorder, or what the broker still takes for our own last connection."""
    made = []

    def make():
        connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
        made.append(connection)
        wait_until(lambda: declared(connection), what="the reader's queue is free")
        return connection
    yield make
    for connection in made:
        if connection.is_open:
            connection.close()


def declared(connection):
    try:
        connection.channel().queue_declare(READER, exclusive=True)
        return True
    except pika.exceptions.ChannelClosedByBroker:
        return False


@pytest.fixture
def robbed(start_tool, vhost, proxied, proxy, stranger, tmp_path):
    """A recorder whose connection ended, and which finds its place taken."""
    tool = start_tool("amqp-dump", proxied, "--keep", "-n", "recorder", "--heartbeat", "1", "-w", tmp_path / "a.pcap", wait=True)
    tool.process.send_signal(signal.SIGSTOP)
    proxy.reset()
    tool.holder = stranger()
    tool.process.send_signal(signal.SIGCONT)
    tool.since = time.monotonic()
    tool.wait_stderr("another amqp-dump records as recorder.*trying again")
    return tool


def test_our_own_last_connection_is_waited_for(robbed, vhost):
    wait_until(lambda: time.monotonic() > robbed.since + 2)  # two heartbeats
    assert robbed.process.poll() is None
    robbed.holder.close()
    robbed.wait_stats(lambda report: report["bus_downlink.connections"] == 2)


def test_another_recorder_is_believed_in_the_end(robbed, vhost):
    robbed.wait(status=1)
    assert time.monotonic() - robbed.since > 2
    assert robbed.stderr.count("another amqp-dump records as recorder") == 2
    assert [q["name"] for q in vhost.queues() if q["name"] == QUEUE]


@pytest.mark.parametrize("patience", [["--retry", "never"], ["--retry", "1"]])
def test_a_predecessor_that_was_killed_is_waited_for(start_tool, vhost, stranger, tmp_path, patience):
    holder = stranger()
    tool = start_tool("amqp-dump", vhost.url, "--keep", "-n", "recorder", "-w", tmp_path / "a.pcap", *patience)
    tool.wait_stderr("another amqp-dump records as recorder.*trying again")
    since = time.monotonic()
    wait_until(lambda: time.monotonic() > since + 1.5 or tool.process.poll() is not None)
    holder.close()
    tool.wait_ready()


def test_a_line_that_is_dead_at_one_end_only(start_tool, vhost, proxy, proxied, tmp_path):
    """We notice first: the broker still has our connection when we come back."""
    tool = start_tool("amqp-dump", proxied, "--keep", "-n", "recorder", "--heartbeat", "2", "-w", tmp_path / "a.pcap", wait=True)
    player = start_tool("amqp-play", vhost.url, "-n", "agent_1", wait=True)
    write(player, records(range(100)))
    tool.wait_stats(lambda report: report["output.written"] == 100)
    proxy.stall("down")
    wait_until(lambda: not proxy.open_connections() or len(proxy.connections) > 1, what="it is given up")
    proxy.resume()
    write(player, records(range(100, 300)))
    tool.wait_stats(lambda report: report["output.written"] == 300)
    tool.stop()
    assert numbers_in(tmp_path / "a.pcap") == list(range(300))


def test_an_exclusive_queue_under_the_name(start_tool, vhost, tmp_path):
    """Of somebody else: it cannot be read, and the tool comes back to it until it can."""
    connection = pika.BlockingConnection(pika.URLParameters(vhost.url))
    connection.channel().queue_declare(QUEUE, exclusive=True)
    tool = start_tool("amqp-dump", vhost.url, "--keep", "-n", "recorder", "-w", tmp_path / "a.pcap")
    tool.wait_stderr(f"declaring the queue {QUEUE}: the broker says: 405 RESOURCE_LOCKED.*trying again")
    connection.close()
    tool.wait_ready()


# --- what an earlier run asked for ---

def test_keys_of_an_earlier_run_are_told(start_tool, vhost, witness, tmp_path):
    start_tool("amqp-dump", vhost.url, "--keep", "-n", "recorder", "-k", "fromAgent.a.#", "-w", tmp_path / "a.pcap", wait=True).stop()
    sender = witness()
    body = json.dumps({"data": [0x60] + [0] * 39})
    for _ in range(3):
        sender.publish("fromAgent.a.ip.tun.packet.raw", body)
    tool = start_tool("amqp-dump", vhost.url, "--keep", "-n", "recorder", "-k", "fromAgent.b.#", "-w", tmp_path / "b.pcap", wait=True)
    sender.publish("fromAgent.b.ip.tun.packet.raw", body)
    report = tool.wait_stats(lambda report: report["output.written"] == 1)
    assert report["bus_downlink.rejected_foreign_key"] == 3
    assert tool.stderr.count("--delete-queue") == 1 and "fromAgent.a.ip.tun.packet.raw" in tool.stderr
