"""What old agents' users have at hand: their command lines, and exchanges that nobody has made yet. The old world is python3-pika."""
import json
import subprocess

import pika
import pytest

from harness import binaries_folder, pcap_bytes, wait_until


def run(name, *arguments):
    return subprocess.run([binaries_folder() / name, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)


# --- command lines ---

NOWHERE = ["--url", "amqp://guest:guest@127.0.0.1:1/", "--retry", "never", "--name", "coap_client"]


@pytest.mark.parametrize("arguments", [
    ["connect", *NOWHERE, "--dump"], [*NOWHERE, "connect", "--force-bootstrap"],
    ["connect", "--force-bootstrap", "--ipv6-prefix", "bbbb", "--ipv6-host", "3", *NOWHERE]])
def test_old_command_lines_of_amqp_tun_get_as_far_as_the_broker(tun_allowed, netns, arguments):
    done = run("amqp-tun", *arguments, "--netns", netns().name)
    assert done.returncode == 1 and "127.0.0.1:1/: Connection refused" in done.stdout, done.stdout


def test_old_command_lines_of_amqp_serial_start_it(bus_tool, probe, tmp_path, witness):
    probe("p")
    bus = witness("fromAgent.#")
    bus_tool("amqp-serial", "connect", "--name", "coap_client", "--serial", "--dump", "--force-bootstrap",
             env={"FINTEROP_CONNECTOR_SERIAL_PORT": str(tmp_path / "p"), "FINTEROP_CONNECTOR_BAUDRATE": "460800"})
    assert json.loads(bus.get(key="fromAgent.coap_client.802154.serial.started").body)["boudrate"] == "460800"


@pytest.mark.parametrize("name,arguments,other", [
    ("amqp-tun", ["connect", *NOWHERE, "--serial"], "amqp-serial"),
    *(("amqp-serial", ["connect", *NOWHERE, "-p", "/nowhere", *option], "amqp-tun") for option in (
        ["--ipv6-prefix", "bbbb"], ["--ipv6-host", "1"], ["--ipv4-address", "10.2.0.1"], ["--re-route-packets-if", "lan"],
        ["--re-route-packets-prefix", "cccc"], ["--re-route-packets-host", "1"]))])
def test_what_another_tool_does_is_answered_with_its_name(name, arguments, other):
    done = run(name, *arguments)
    assert done.returncode == 2 and f"use {other}" in done.stdout and done.stdout.count("\n") == 1, done.stdout


@pytest.mark.parametrize("name", ["amqp-tun", "amqp-serial"])
def test_only_the_old_word_is_passed_over(name):
    for words in ["disconnect"], ["connect", "connect"]:
        done = run(name, *words, *NOWHERE, "-p", "/nowhere" if name == "amqp-serial" else "x")
        assert done.returncode == 2 and ("unexpected argument" in done.stdout or "-p" in done.stdout), done.stdout


@pytest.mark.parametrize("name", ["amqp-dump", "amqp-play", "slip-dump"])
def test_tools_that_the_old_agent_was_not_know_no_old_words(name):
    assert run(name, "connect").returncode == 2


# --- exchanges ---

PLAIN = {"amqp-dump": ["-w", "/dev/null"], "amqp-play": ["-n", "a", "-r", "-"], "amqp-serial": ["-n", "a", "-p", "PORT"]}


@pytest.fixture
def start(bus_tool, probe, tmp_path):
    """start(NAME, OPTION...): with the least that it needs, and a frame where it publishes."""
    def make(name, *arguments, **options):
        if name == "amqp-serial":
            probe("p")
        words = [str(tmp_path / "p") if word == "PORT" else word for word in PLAIN[name]]
        capture = tmp_path / "one.pcap"
        capture.write_bytes(pcap_bytes(230, [(1, b"\x41\x88\x00\x01\x02")]))
        return bus_tool(name, *[capture if word == "-" else word for word in words], "-e", "air", *arguments, wait=False, **options)
    return make


@pytest.mark.parametrize("name", PLAIN)
def test_a_missing_exchange_is_made_as_the_old_agent_made_it(start, broker, vhost, name):
    tool = start(name, "--declare-exchange")
    exchanges = f'rabbit_exchange:info_all(<<"{vhost.name}">>, [name, type, durable])'
    assert {"name": "air", "type": "topic", "durable": True} in wait_until(
        lambda: [e for e in broker.rows(exchanges) if e["name"] == "air"], 20)
    if name != "amqp-play":
        tool.wait_ready()
    # The old agent declares it again, which is no error where it is the same.
    with pika.BlockingConnection(pika.URLParameters(vhost.url)) as connection:
        connection.channel().exchange_declare("air", "topic", durable=True)


@pytest.mark.parametrize("name", PLAIN)
def test_without_the_option_a_missing_exchange_is_answered_with_it(start, name):
    tool = start(name)
    tool.wait(status=3)
    assert "no exchange 'air'" in tool.stderr and "--declare-exchange" in tool.stderr


@pytest.mark.parametrize("kind,durable", [("fanout", True), ("topic", False)])
def test_another_kind_of_exchange_is_no_loop(start, vhost, kind, durable):
    with pika.BlockingConnection(pika.URLParameters(vhost.url)) as connection:
        connection.channel().exchange_declare("air", kind, durable=durable)
    tool = start("amqp-dump", "--declare-exchange")
    tool.wait(status=3)
    assert "406" in tool.stderr and "another kind of exchange" in tool.stderr and tool.stderr.count("406") == 1, tool.stderr


def test_the_standard_exchanges_are_left_alone(bus_tool):
    bus_tool("amqp-dump", "-w", "/dev/null", "--declare-exchange")
