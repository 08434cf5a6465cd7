"""docs/examples/bus_example.c compiles without a warning against the bus room, and is a tool like the others: it reconnects, stops and reports as they do."""
import subprocess

import pytest

from bus_programs import compile_program
from harness import ROOT

NAME = "amqp-echo"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return compile_program(ROOT / "docs/examples/bus_example.c", tmp_path_factory.mktemp("example") / NAME)


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
    report = example.stop()
    assert report["bus_downlink.received"] == report["bus_uplink.published"] + report["echo.dropped"] == 5


def test_it_stops_in_time(echo, proxy, proxied):
    example = echo(proxied)
    proxy.stall()
    example.stop()


def test_it_says_what_is_wrong(echo, broker, vhost):
    example = echo(broker.url_of(vhost.name, "guest", "not-it"), wait=False)
    example.wait(status=3)
    assert example.stderr.count("ACCESS_REFUSED") == 1 and "not-it" not in example.stderr
    echo(vhost.url, "--no-such-option", wait=False).wait(status=2)


@pytest.mark.parametrize("call", ["publisher_post(c, \"k\", \"\", 0)", "publisher_publish(c, 0)", "consumer_next(p, 0)", "consumer_ack(p)"])
def test_what_is_wrong_for_one_of_them_does_not_compile(call, tmp_path):
    source = tmp_path / "wrong.c"
    source.write_text(f"""#include "bus/consumer.h"
#include "bus/publisher.h"
int main(void) {{ struct publisher *p = 0; struct consumer *c = 0; (void)p; (void)c; {call}; return 0; }}
""")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        compile_program(source, tmp_path / "wrong")
    assert b"incompatible pointer type" in failed.value.stderr
    source.write_text(source.read_text().replace(f"{call};", ""))
    compile_program(source, tmp_path / "right")
