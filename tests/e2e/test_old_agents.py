"""What old agents' users have at hand: their command lines, and exchanges that nobody has made yet. The old world is python3-pika."""
import json
import subprocess

import pytest

from harness import binaries_folder


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
