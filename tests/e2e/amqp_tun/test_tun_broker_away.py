"""amqp-tun: without a broker, and after it came back."""
import os
import signal
import socket
import sys

import pytest

from harness import TESTS, Broker, binaries_folder, wait_until
from tls import Authority
from tun import check_sums, children, no_tun, ping, socket_in, status_fields

sys.path.append(str(TESTS))
from free_ports import free_ports  # noqa: E402

pytestmark = pytest.mark.usefixtures("tun_allowed")


def test_wrong_password(netns, tool, broker):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_1", "--netns", ns.name, "--url", broker.url_of(password="s3cret-word"), wait=False)
    one.wait(status=3)
    assert "login" in one.stderr and "s3cret-word" not in one.stderr and no_tun(ns)


def test_unknown_virtual_host(netns, tool, broker):
    one = tool("amqp-tun", "-n", "agent_1", "--netns", netns().name, "--url", broker.url_of("nowhere"), wait=False)
    one.wait(status=3)
    assert "nowhere" in one.stderr


def test_no_broker(netns, tool):
    one = tool("amqp-tun", "-n", "agent_1", "--netns", netns().name, "--url", "amqp://guest:s3cret-word@127.0.0.1:1/", "--retry", "never",
               wait=False)
    one.wait(status=1)
    assert "amqp://guest@127.0.0.1:1/: Connection refused" in one.stderr and "s3cret-word" not in one.stderr


def test_it_comes_back_after_an_outage(pair, vhost, broker):
    one, two = pair()
    for tool in one, two:
        assert status_fields(children(tool.pid)[0])["Seccomp"] == "2" or "asan" in str(binaries_folder()), "and so it reconnects"
    ping(one.ns, "bbbb::2", 1)
    said = one.stats()["bus_uplink.control_published"]
    broker.close_connections(vhost.name)
    for tool in one, two:
        tool.wait_stats(lambda s: s["bus_uplink.connections"] == 2 and s["bus_downlink.connections"] == 2)
    one.wait_stats(lambda s: s["bus_uplink.control_published"] >= said + 2)  # ready and tun.started again
    wait_until(lambda: "1 received" in one.ns.run("ping", "-n", "-c", "1", "-W", "1", "bbbb::2", check=False).stdout)
    for tool in one, two:
        check_sums(tool.stop())


@pytest.mark.timeout(300)
def test_it_reconnects_through_tls_and_by_name(tool, netns, tmp_path):
    """Names are looked up and certificates are read again under the filter of system calls."""
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue("broker", "DNS:localhost,IP:127.0.0.1")
    folder = tmp_path / "secure"
    folder.mkdir()
    port, = free_ports(1)
    (folder / "extra.conf").write_text(f"listeners.ssl.default = 127.0.0.1:{port}\nssl_options.cacertfile = {authority.certificate}\n"
                                       f"ssl_options.certfile = {certificate}\nssl_options.keyfile = {key}\n")
    broker = Broker(folder)
    try:
        agents = []
        for name, peer in ("agent_1", "agent_2"), ("agent_2", "agent_1"):
            ns = netns()
            agents.append(tool("amqp-tun", "-n", name, "--peer", peer, "--netns", ns.name, "--cacert", authority.certificate,
                               "--url", f"amqps://guest:guest@localhost:{port}/"))
            agents[-1].ns = ns
        one, two = agents
        for round_trip in 1, 2:
            for each in agents:
                each.wait_stats(lambda s: s["bus_uplink.connections"] >= round_trip and s["bus_downlink.connections"] >= round_trip)
                seccomp = status_fields(children(each.pid)[0])["Seccomp"]
                assert seccomp == "2" or "asan" in str(binaries_folder())
            wait_until(lambda: "1 received" in one.ns.run("ping", "-n", "-c", "1", "-W", "1", "bbbb::2", check=False).stdout)
            broker.close_connections("/")
        for each in agents:
            check_sums(each.stop())
    finally:
        broker.close()


@pytest.mark.timeout(300)
def test_it_survives_a_broker_that_is_killed(tool, netns, private_broker):
    agents = []
    for name, peer in ("agent_1", "agent_2"), ("agent_2", "agent_1"):
        ns = netns()
        agents.append(tool("amqp-tun", "-n", name, "--peer", peer, "--netns", ns.name, "--url", private_broker.url))
        agents[-1].ns = ns
    one, two = agents
    ping(one.ns, "bbbb::2", 1)
    private_broker.kill()
    one.wait_stderr("trying again")
    sender = socket_in(one.ns, socket.AF_INET6)

    def send_and_look():
        sender.sendto(b"lost", ("bbbb::2", 7))
        return one.stats()["uplink.dropped_no_broker"] >= 5
    wait_until(send_and_look)
    private_broker.start()
    wait_until(lambda: "1 received" in one.ns.run("ping", "-n", "-c", "1", "-W", "1", "bbbb::2", check=False).stdout, 40)
    for tool in agents:
        check_sums(tool.stop())


def test_packets_without_a_broker_are_dropped_and_counted(netns, tool):
    ns = netns()
    one = tool("amqp-tun", "-n", "agent_1", "--netns", ns.name, "--url", "amqp://guest:guest@127.0.0.1:1/", wait=False)
    one.wait_stderr("trying again")
    sender = socket_in(ns, socket.AF_INET6)
    for _ in range(10):
        sender.sendto(b"x", ("bbbb::2", 7))
    stats = one.wait_stats(lambda s: s["uplink.read"] >= 10)
    check_sums(stats)
    assert stats["uplink.dropped_no_broker"] == stats["uplink.read"] and stats["uplink.published"] == 0


def test_what_the_kernel_drops_is_shown(agent):
    one = agent("agent_1")
    child = children(one.pid)[0]
    os.kill(child, signal.SIGSTOP)
    try:
        wait_until(lambda: status_fields(child)["State"].startswith("T"))
        one.ns.ip("link", "set", "tun0", "name", "renamed")
        sender = socket_in(one.ns, socket.AF_INET6)
        for _ in range(700):
            sender.sendto(b"x", ("bbbb::2", 7))
    finally:
        os.kill(child, signal.SIGCONT)
    stats = one.wait_stats(lambda s: s["interface.tx_dropped"] > 0 and s["uplink.read"] >= 250)
    assert stats["uplink.read"] + stats["interface.tx_dropped"] >= 700
