"""A name with a dead address and a good one, and a peer that is silent where there are no heartbeats: in a namespace whose way out
swallows everything."""
import socket
import ssl
import subprocess
import threading
import time

import pytest

from bus_tools import descriptors, threads
from harness import wait_until
from relay import Relay, socket_in
from tls import Authority

DEAD = "2001:db8::7"


@pytest.fixture
def lonely(netns):
    space = netns()
    space.ip("link", "add", "hole", "type", "veth", "peer", "name", "bottom")
    for end in ("hole", "bottom"):
        space.ip("link", "set", end, "up", "arp", "off")
    space.ip("addr", "add", "192.0.2.1/24", "dev", "hole")
    space.ip("addr", "add", "2001:db8::1/64", "dev", "hole", "nodad")
    return space


@pytest.fixture
def with_hosts(lonely, tmp_path):
    """with_hosts(ADDRESS...): a prefix for a tool that knows broker.example by these, and nothing else."""
    def make(*addresses):
        (tmp_path / "hosts").write_text("".join(f"{address} broker.example\n" for address in addresses))
        (tmp_path / "nsswitch.conf").write_text("hosts: files\n")
        script = f"mount --bind {tmp_path}/hosts /etc/hosts && mount --bind {tmp_path}/nsswitch.conf /etc/nsswitch.conf && " 'exec "$@"'
        return [*lonely.prefix, "unshare", "--mount", "sh", "-c", script, "sh"]
    return make


@pytest.fixture
def relay(lonely, broker):
    """The session's broker, on the loopback of the namespace."""
    relay = Relay(lonely, broker.port)
    yield relay
    relay.close()


@pytest.fixture
def no_route(lonely):
    lonely.ip("route", "add", "unreachable", "2001:db8:1::/48")
    return "2001:db8:1::7"


def dump(tool, prefix, port, *arguments, host="broker.example", query="", scheme="amqp", login="guest:guest", path="%2f", **options):
    return tool("amqp-dump", "--url", f"{scheme}://{login}@{host}:{port}/{path}{query}", "-w", "-", *arguments, prefix=prefix, **options)


# --- several addresses ---

@pytest.mark.parametrize("dead", [[DEAD], [DEAD, "2001:db8::8", "192.0.2.9"]])
def test_a_dead_address_before_a_good_one(tool, with_hosts, relay, dead):
    prefix = with_hosts(*dead, "127.0.0.1")
    started = time.monotonic()
    reader = dump(tool, prefix, relay.port)
    took = time.monotonic() - started
    assert took < 9, f"{took:.1f} s: it was waited for, which ends after ten"
    wait_until(lambda: DEAD not in socket_table(reader), what="the attempts that lost to be closed")
    assert reader.stats()["bus_downlink.connections"] == 1


@pytest.mark.parametrize("dead", [[DEAD], [DEAD, "192.0.2.9"]])
def test_a_dead_address_of_a_probe_s_port(tool, with_hosts, lonely, dead):
    prefix = with_hosts(*dead, "127.0.0.1")
    with socket_in(lonely, socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_STREAM) as server:
        server.listen()
        started = time.monotonic()
        tool("slip-dump", "-p", f"tcp:broker.example:{server.getsockname()[1]}", prefix=prefix).stop()
        # Of the five seconds that an attempt has, something is left for the address that answers.
        assert time.monotonic() - started < 4.5


def socket_table(tool):
    return subprocess.run(["nsenter", "-t", str(tool.pid), "-n", "ss", "-tn"], check=True, stdout=subprocess.PIPE, text=True).stdout


def test_every_address_is_named_with_its_reason(tool, with_hosts, no_route):
    failed = dump(tool, with_hosts(DEAD, no_route, "127.0.0.1"), 1, "--retry", "never", query="?connection_timeout=1500", wait=False)
    failed.wait(status=1)
    assert f"{DEAD}: no answer within 1.5 s" in failed.stderr
    assert "127.0.0.1: Connection refused" in failed.stderr and f"{no_route}: No route to host" in failed.stderr


def test_attempts_leave_nothing(tool, with_hosts):
    """Threads and descriptors, after attempts that failed and while others are under way."""
    reader = dump(tool, with_hosts(DEAD, "192.0.2.9"), 5672, query="?connection_timeout=400&retry_delay=0", wait=False)
    reader.wait_stderr("no answer within 0.4 s")

    def counts():
        return len(descriptors(reader.pid)), threads(reader.pid)

    def looks():
        found = []
        for _ in range(15):
            found.append(counts())
            time.sleep(0.1)
        return found
    most = [max(some) for some in zip(*looks())]
    for _ in range(2):
        looks()
    # What is left behind adds up to more, for ever; at any one moment there may be more than at those that were looked at.
    wait_until(lambda: all(now <= then for now, then in zip(counts(), most)), what=f"no more than {most}")
    reader.stop()


# --- through TLS ---

class NamedServer:
    """A TLS server in a namespace that notes which name it is asked for."""

    def __init__(self, ns, identity, address="127.0.0.1"):
        self.names, self.handshakes = [], 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*identity)
        self._context.sni_callback = lambda _, name, __: self.names.append(name)
        self._listener = socket_in(ns, socket.AF_INET, (address, 0), socket.SOCK_STREAM)
        self._listener.settimeout(None)
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            try:
                peer.settimeout(10)
                with self._context.wrap_socket(peer, server_side=True) as secured:
                    if secured.recv(4) == b"AMQP":
                        self.handshakes += 1
            except OSError:
                peer.close()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca") / "ca")


@pytest.fixture
def named_server(lonely, authority):
    made = []

    def make(alternatives):
        made.append(NamedServer(lonely, authority.issue("broker", alternatives)))
        return made[-1]
    yield make
    for server in made:
        server.close()


@pytest.mark.alone
@pytest.mark.parametrize("addresses", [("127.0.0.1",), (DEAD, "127.0.0.1")])
def test_the_name_goes_with_the_address(tool, with_hosts, authority, named_server, addresses):
    server = named_server("DNS:broker.example")
    started = time.monotonic()
    dump(tool, with_hosts(*addresses), server.port, "--cacert", authority.certificate, scheme="amqps", wait=False)
    wait_until(lambda: server.handshakes, what="a handshake")
    assert time.monotonic() - started < 9, "an attempt has ten seconds"
    assert set(filter(None, server.names)) == {"broker.example"} and None not in server.names


def test_an_address_is_no_name(tool, lonely, authority, named_server):
    server = named_server("IP:127.0.0.1")
    dump(tool, lonely.prefix, server.port, "--cacert", authority.certificate, host="127.0.0.1", scheme="amqps", wait=False)
    wait_until(lambda: server.handshakes, what="a handshake")
    assert server.names == [None]


@pytest.mark.parametrize("alternatives", ["DNS:other.example", "IP:127.0.0.1", "DNS:localhost"])
@pytest.mark.parametrize("addresses", [("127.0.0.1",), (DEAD, "127.0.0.1")])
def test_another_name_is_refused(tool, with_hosts, authority, named_server, addresses, alternatives):
    server = named_server(alternatives)
    failed = dump(tool, with_hosts(*addresses), server.port, "--cacert", authority.certificate, "--retry", "never", scheme="amqps", wait=False)
    failed.wait(status=1)
    assert "certificate is not for broker.example" in failed.stderr
    assert server.handshakes == 0
    assert len(addresses) == 1 or "127.0.0.1: TLS" in failed.stderr


# --- an address that answers, and then says nothing ---

SILENT = "127.0.0.2"


@pytest.fixture
def silent(lonely):
    """silent(PORT) accepts on an address of its own, and says nothing; or, with an end, closes."""
    made = []

    def make(port, closes=False):
        listener = socket_in(lonely, socket.AF_INET, (SILENT, port), socket.SOCK_STREAM)
        listener.settimeout(None)
        listener.listen()
        made.append(listener)

        def serve():
            held = []
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return
                if closes:
                    held.pop().close()
        threading.Thread(target=serve, daemon=True).start()
    yield make
    for listener in made:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.mark.parametrize("closes", [False, True], ids=["silent", "closed"])
def test_a_handshake_that_hangs_is_followed_by_the_next_address(tool, with_hosts, authority, named_server, silent, closes):
    """Within one attempt: --retry never."""
    server = named_server("DNS:broker.example")
    silent(server.port, closes)
    reader = dump(tool, with_hosts(SILENT, "127.0.0.1"), server.port, "--cacert", authority.certificate, "--retry", "never", scheme="amqps",
                  query="?connection_timeout=2000", wait=False)
    wait_until(lambda: server.handshakes, what="a handshake")
    reader.wait(status=1)
    assert f"{SILENT}: " in reader.stderr


@pytest.mark.parametrize("closes", [False, True], ids=["silent", "closed"])
def test_a_login_that_hangs_is_followed_by_the_next_address(tool, with_hosts, relay, silent, closes):
    silent(relay.port, closes)
    reader = dump(tool, with_hosts(SILENT, "127.0.0.1"), relay.port, "--retry", "never", query="?connection_timeout=3000", wait=True)
    assert reader.stats()["bus_downlink.connections"] == 1


# --- no heartbeats ---

@pytest.fixture
def wire(netns, broker):
    """(name space of the tool, how to cut): the broker is at 192.0.2.2, at the other end of a cable."""
    here, there = netns(), netns()
    here.ip("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", there.name)
    for space, address in (here, "192.0.2.1/24"), (there, "192.0.2.2/24"):
        space.ip("addr", "add", address, "dev", "cable")
        space.ip("link", "set", "cable", "up")
    relay = Relay(there, broker.port, "192.0.2.2")
    yield here, lambda: there.ip("link", "set", "cable", "down")
    relay.close()


def test_the_option_switches_heartbeats_off(tool, wire, broker):
    here, _ = wire
    dump(tool, here.prefix, broker.port, "--heartbeat", "0", host="192.0.2.2", query="?heartbeat=5")
    assert_no_heartbeats(here, broker)


def assert_no_heartbeats(space, broker):
    timers = subprocess.run([*space.prefix, "ss", "-tno"], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert "keepalive" in timers, "TCP's own instead"
    assert broker.ctl("list_connections", "timeout").split()[-1] == "0"


def test_a_silent_peer_is_noticed_without_heartbeats(tool, wire, broker):
    here, cut = wire
    reader = dump(tool, here.prefix, broker.port, host="192.0.2.2", query="?heartbeat=0")
    assert_no_heartbeats(here, broker)
    cut()
    died = time.monotonic()
    reader.wait_stderr("connection lost", 60)
    assert 12 <= time.monotonic() - died <= 35
