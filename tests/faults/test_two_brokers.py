"""Sessions with two brokers in one process: each has its own settings, and the end of one broker is nothing to the other's session."""
import pytest

from bus_programs import compile_program
from harness import TESTS, Witness

NAME = "relay"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return compile_program(TESTS / "oracles" / "relay.c", tmp_path_factory.mktemp("relay") / NAME)


def test_what_one_broker_has_is_given_to_the_other(tool, program, vhost, witness, private_broker):
    there = private_broker.url_of()
    relay = tool(NAME, "--url", vhost.url, "-e", "amq.topic", program=program, env={"TO_URL": there, "TO_EXCHANGE": "amq.fanout"})
    asking = witness("relay.#")
    answered = Witness(there, [""], "amq.fanout")
    other = Witness(there, ["relay.#"])
    asking.publish("relay.one", b"1", content_type="text/plain")
    assert asking.get().body == b"1"
    assert (message := answered.get()).key == "relay.one" and message.body == b"1"
    assert asking.is_silent(), "what goes to the second broker is nothing to the first"
    assert other.is_silent(), "an exchange of its own"
    for client in (answered, other):
        client.close()

    private_broker.kill()
    asking.publish("relay.two", b"2", content_type="text/plain")
    relay.wait_stats(lambda report: report["bus_uplink.published"] == 2 and report["bus_uplink.pending"] == 1)
    private_broker.start()
    answered = Witness(there, [""], "amq.fanout")
    relay.wait_stats(lambda report: report["bus_uplink.connections"] == 2 and report["bus_uplink.pending"] == 0, 60)
    answered.close()
    report = relay.stop()
    assert report["bus_downlink.connections"] == 1 and report["bus_downlink.received"] == 2
    assert report["bus_uplink.published"] == report["bus_uplink.confirmed"] + report["bus_uplink.unroutable"] == 2
