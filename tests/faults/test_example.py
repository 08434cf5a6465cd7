"""docs/examples/bus_example.c compiles without a warning against bus.h, and is a tool like the others: it has their virtues for nothing."""
import subprocess

import pytest

from harness import ROOT, binaries_folder

NAME = "amqp-echo"
SANITIZERS = ["-fsanitize=address,undefined"]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("example") / NAME
    libraries = binaries_folder().parent / "lib"
    packages = subprocess.run(["pkg-config", "--cflags", "--libs", "librabbitmq", "openssl", "jansson"], check=True, stdout=subprocess.PIPE,
                              text=True).stdout.split()
    subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-pthread", "-O2", "-g", "-Wall", "-Wextra", "-Wshadow", "-Werror",
                    *(SANITIZERS if libraries.parent.name == "asan" else []), f"-I{ROOT / 'bin/common'}", "-o", path,
                    ROOT / "docs/examples/bus_example.c", libraries / "libcommon.a", libraries / "libenvelope.a", *packages], check=True)
    return path


@pytest.fixture
def echo(tool, program):
    def start(url, *arguments, **options):
        return tool(NAME, "--url", url, *arguments, program=program, **options)
    return start


def ask(client, body):
    client.publish("echo.request", body, content_type="text/plain")
    answer = client.get(key="echo.reply")
    assert (answer.body, answer.properties.content_type) == (body, "text/plain")


def test_it_answers_and_comes_back(echo, proxy, proxied, witness):
    client = witness("echo.reply")
    example = echo(proxied)
    for body in (b"", b"one", bytes(200_000)):
        ask(client, body)
    for end in (proxy.reset, proxy.close):
        connections = example.stats()["bus_downlink.connections"]
        end()
        example.wait_stats(lambda report: report["bus_downlink.connections"] == report["bus_uplink.connections"] == connections + 1)
        ask(client, b"again")
    report = example.stop(seconds=1)
    assert report["bus_downlink.received"] == report["bus_uplink.published"] + report["echo.dropped"] == 5


def test_it_stops_in_time(echo, proxy, proxied):
    example = echo(proxied)
    proxy.stall()
    example.stop(seconds=1)


def test_it_says_what_is_wrong(echo, broker, vhost):
    example = echo(broker.url_of(vhost.name, "guest", "not-it"), wait=False)
    example.wait(5, status=3)
    assert example.stderr.count("ACCESS_REFUSED") == 1 and "not-it" not in example.stderr
    echo(vhost.url, "--no-such-option", wait=False).wait(5, status=2)
