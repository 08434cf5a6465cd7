"""amqp-tun: networks behind the agents."""
import json
import re
import socket
import struct

import pytest

from harness import binaries_folder, ipv4_udp, ipv6_udp, wait_until
from tun import (
    body, check_sums, children, end_it, is_as_it_was, no_tun, ping, preload, raise_link, raw_key, run_tun, site, site_options,
    socket_in, start_body, status_fields, system_state, with_checksum,
)

pytestmark = pytest.mark.usefixtures("tun_allowed")


def has_ended(pid):
    try:
        return status_fields(pid)["State"].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def advertise(ns, interface):
    """A router on the link says that it is one."""
    index = int(re.match(r"(\d+):", ns.ip("-o", "link", "show", interface)).group(1))
    router = socket_in(ns, socket.AF_INET6, kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMPV6)
    router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    router.sendto(struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0, 0, index))
    router.close()


@pytest.mark.parametrize("end", ["term", "worker", "keeper", "both", "group"])
def test_hosts_behind_two_agents_reach_each_other(agent, netns, end):
    (gateway, one), (far_gateway, two) = site(netns, 1), site(netns, 2)
    before = system_state(gateway), system_state(far_gateway)
    tools = [agent("agent_1", *site_options(1, 2), ns=gateway, prefix=["setsid"]),
             agent("agent_2", *site_options(2, 1), ns=far_gateway, prefix=["setsid"])]
    for tool in tools:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    for host, far in ((one, 2), (two, 1)):
        ping(host, f"192.168.{far}.7")
        ping(host, f"ccc{far}::7")
        ping(host, f"10.2.0.{far}", 1)
        ping(host, f"bbbb::{far}", 1)
    assert "192.168.2.0/24 dev tun0" in gateway.ip("route") and "cccc" not in gateway.ip("-6", "route")
    assert sorted(s for s in system_state(gateway) - before[0] if s.startswith("ipv")) == ["ipv4/conf/lan/forwarding:1", "ipv6/conf/lan/force_forwarding:1"], "and nothing else"
    assert all(tool.stats()["downlink.rejected_source"] == 0 for tool in tools)
    helpers = [c for tool in tools for c in children(tool.pid)]
    for tool in tools:
        end_it(tool, end)
    for ns, was in zip((gateway, far_gateway), before):
        is_as_it_was(ns, was)
    wait_until(lambda: all(has_ended(p) for p in helpers), what="nobody is left")


def test_sources_and_destinations_of_routed_networks(agent, netns, witness):
    gateway, host = site(netns, 1)
    one = agent("agent_1", *site_options(1, 2), "--peer", "agent_3", "--peer", "newcomer", ns=gateway)
    receivers = {f: socket_in(host, f, (a, 5683)) for f, a in ((socket.AF_INET, "192.168.1.7"), (socket.AF_INET6, "ccc1::7"))}
    bus = witness()
    forged = [("agent_2", ipv4_udp(source, "192.168.1.7", b"forged")) for source in ("192.168.3.1", "192.168.1.9", "8.8.8.8", "10.2.0.3", "10.2.0.1")]
    forged += [("agent_2", ipv6_udp(source, "ccc1::7", b"forged")) for source in ("ccc3::1", "ccc1::9", "2001:db8::1", "bbbb::3", "bbbb::1")]
    forged += [("agent_3", ipv4_udp("192.168.2.7", "192.168.1.7", b"forged")), ("agent_3", ipv6_udp("ccc2::7", "ccc1::7", b"forged"))]
    # Whoever has said nothing yet may use what is nobody's: not what is ours.
    forged += [("newcomer", ipv4_udp("192.168.1.9", "192.168.1.7", b"forged")), ("newcomer", ipv6_udp("ccc1::9", "ccc1::7", b"forged"))]
    elsewhere = [ipv4_udp("192.168.2.7", d, b"elsewhere") for d in ("192.168.2.8", "192.168.4.1", "127.0.0.1", "10.2.0.3")]
    elsewhere += [ipv6_udp("ccc2::7", d, b"elsewhere") for d in ("ccc2::8", "ccc4::1", "::1", "bbbb::3")]
    for sender, packet in forged + [("agent_2", p) for p in elsewhere]:
        bus.publish(raw_key(sender), body(packet))
    bus.publish(raw_key("agent_2"), body(ipv4_udp("192.168.2.7", "192.168.1.7", b"good")))
    bus.publish(raw_key("agent_2"), body(ipv6_udp("ccc2::7", "ccc1::7", b"good")))
    for receiver in receivers.values():
        assert receiver.recvfrom(100)[0] == b"good"
    stats = one.stop()
    assert stats["downlink.rejected_source"] == len(forged) and stats["downlink.rejected_destination"] == len(elsewhere)
    assert stats["downlink.delivered"] == 2
    check_sums(stats)


def test_a_gateway_forwards_to_what_its_options_name_and_nowhere_else(agent, netns, witness):
    """Whatever else its host would forward to: link-local addresses of IPv4, and what a source route names."""
    gateway, host = site(netns, 1)
    for ns in gateway, host:
        ns.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/accept_source_route")
    gateway.ip("route", "add", "169.254.169.254", "dev", "lan")
    gateway.ip("route", "add", "172.16.0.1", "dev", "lan")
    for address in "169.254.169.254/32", "172.16.0.1/32", "fe80::99/64":
        host.ip("addr", "add", address, "dev", "lan")
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    receiver, six = socket_in(host, socket.AF_INET, ("0.0.0.0", 5683)), socket_in(host, socket.AF_INET6, ("::", 5684))
    bus = witness()
    for hop in "172.16.0.1", "192.168.1.7":
        plain = ipv4_udp("192.168.2.7", hop, b"source-routed")
        option = b"\x01\x83\x07\x04" + socket.inet_aton(hop)
        header = b"\x47" + plain[1:2] + struct.pack(">H", len(plain) + 8) + plain[4:10] + b"\0\0" + plain[12:16] + socket.inet_aton("10.2.0.1")
        bus.publish(raw_key("agent_2"), body(with_checksum(header + option, 10) + plain[20:]))
    bus.publish(raw_key("agent_2"), body(ipv4_udp("192.168.2.7", "169.254.169.254", b"metadata")))
    bus.publish(raw_key("agent_2"), body(ipv6_udp("ccc2::7", "fe80::99", b"link-local", dport=5684)))
    bus.publish(raw_key("agent_2"), body(ipv6_udp("ccc2::7", "ccc1::7", b"good", dport=5684)))
    bus.publish(raw_key("agent_2"), body(ipv4_udp("192.168.2.7", "192.168.1.7", b"good")))
    assert receiver.recvfrom(100)[0] == b"good" and six.recvfrom(100)[0] == b"good"
    assert one.stop()["downlink.rejected_destination"] == 1


def test_re_routing_that_fails_is_undone_and_may_be_asked_for_again(agent, netns, witness):
    gateway = netns()
    gateway.ip("link", "add", "other", "type", "veth", "peer", "name", "another")
    bus = witness("fromAgent.x.ip.tun.started")
    done = run_tun("-n", "agent_1", "--netns", gateway.name, "--re-route-packets-if", "lan", "--re-route-packets-prefix", "192.168.1.0/24")
    assert done.returncode == 1 and "lan: No such device" in done.stdout and no_tun(gateway)
    one = agent("x", "--re-route-packets-if", "lan", "--re-route-packets-prefix", "192.168.1.0/24", ns=gateway)
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="1"))
    one.wait_stats(lambda s: s["control.refused"] == 1)
    assert "refused: lan: No such device" in one.stderr and no_tun(gateway) and len(children(one.pid)) == 1
    gateway.ip("link", "set", "other", "name", "lan")
    gateway.ip("link", "set", "lan", "up", "addrgenmode", "none")
    before = system_state(gateway)
    gateway.ip("link", "set", "lan", "down")
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="1"))
    one.wait_stats(lambda s: s["control.refused"] == 2)
    assert "refused: route to 192.168.1.0/24: Network is down" in one.stderr and no_tun(gateway) and len(children(one.pid)) == 1
    gateway.ip("link", "set", "lan", "up")
    bus.publish("toAgent.x.ip.tun.start", start_body(ipv6_host="1"))
    bus.get()
    assert "ipv4/conf/lan/forwarding:1" in system_state(gateway) and len(children(one.pid)) == 2
    one.stop()
    is_as_it_was(gateway, before)


@pytest.mark.parametrize("kernel", ["6.17", "older"])
@pytest.mark.parametrize("end", ["term", "keeper"])
def test_what_was_there_before_stays(agent, netns, tmp_path, end, kernel):
    """Forwarding that was on, and the very routes that re-routing sets."""
    environment = {}
    gateway, _ = site(netns, 1)
    gateway.run("sysctl", "-q", "net.ipv4.conf.lan.forwarding=1")
    if kernel == "older":
        if "asan" in str(binaries_folder()):
            pytest.skip("AddressSanitizer wants to be the first library")
        environment["LD_PRELOAD"] = str(preload(tmp_path, BEFORE_6_17))
        gateway.run("sysctl", "-q", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.lo.forwarding=0")
    else:
        gateway.run("sh", "-c", "cd /proc/sys/net/ipv6/conf/lan && echo 1 > force_forwarding || true")
    gateway.ip("route", "add", "192.168.1.0/24", "dev", "lan", "proto", "static", "scope", "link", "metric", "1")
    gateway.ip("-6", "route", "add", "ccc1::/64", "dev", "lan", "proto", "static", "metric", "1")
    before = system_state(gateway)
    one = agent("agent_1", *site_options(1, 2), ns=gateway, env=environment)
    assert not [line for line in system_state(gateway) - before if "tun0" not in line and line.startswith("ipv")], "nothing to do"
    end_it(one, end)
    is_as_it_was(gateway, before)


def test_the_network_behind_goes_away(agent, netns):
    gateway, _ = site(netns, 1)
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    gateway.ip("link", "del", "lan")
    one.stop()
    words = [line for line in one.stderr.splitlines() if not line.startswith("{")]
    assert no_tun(gateway) and len(words) == 2 and " is up: " in words[0] and "packets to the bus" in words[1], one.stderr


def test_a_host_behind_hears_what_is_too_big(agent, netns):
    gateway, host = site(netns, 1)
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    two = agent("agent_2", "--peer", "agent_1", "--mtu", "1300", "--peer-net", "agent_1=ccc1::/64", "--peer-net", "agent_1=192.168.1.0/24")
    for tool in one, two:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    for address in "bbbb::2", "10.2.0.2":
        said = host.run("ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s", "1300", address, check=False).stdout
        assert re.search(r"mtu ?[= ] ?1300", said), said
        ping(host, address, 1)
    assert one.stop()["uplink.dropped_too_big"] == 2


BEFORE_6_17 = """
int open(const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (strstr(path, "force_forwarding")) {
		errno = ENOENT;
		return -1;
	}
	return openat(AT_FDCWD, path, flags, mode);
}
"""


@pytest.mark.parametrize("end", ["term", "worker", "keeper", "deleted"])
@pytest.mark.parametrize("kernel", ["6.17", "older"])
def test_a_network_behind_the_agent(agent, netns, tmp_path, end, kernel):
    """As the old agent's options say it. A kernel before 6.17 forwards IPv6 for all interfaces or none."""
    environment = {}
    if kernel == "older":
        if "asan" in str(binaries_folder()):
            pytest.skip("AddressSanitizer wants to be the first library")
        environment["LD_PRELOAD"] = str(preload(tmp_path, BEFORE_6_17))
    gateway, behind = netns(), netns()
    for link in "lan", "other":
        gateway.ip("link", "add", link, "type", "veth", "peer", "name", link, "netns", behind.name)
    for ns, address in ((gateway, "cccc::1/64"), (behind, "cccc::7/64")):
        ns.ip("addr", "add", address, "dev", "lan", "nodad")
        raise_link(ns, address.replace("cccc", "fe80"))
        raise_link(ns, address.replace("cccc", "fe80"), "other")
    behind.ip("route", "add", "bbbb::/64", "via", "cccc::1")
    # Elsewhere, a router: what was heard of it must not be lost.
    advertise(behind, "other")
    wait_until(lambda: "default via fe80::7 dev other proto ra" in gateway.ip("-6", "route"))
    before = system_state(gateway)
    far = agent("agent_2", "--peer", "agent_1", "--peer-net", "agent_1=cccc::/64")
    one = agent("agent_1", "--peer", "agent_2", "--re-route-packets-if", "lan", "--re-route-packets-prefix", "cccc",
                "--re-route-packets-host", "7", ns=gateway, env=environment)
    ping(far.ns, "cccc::7")
    ping(behind, "bbbb::2")
    during = {s for s in system_state(gateway) - before if s.startswith("ipv")}
    if kernel == "older":
        assert {"ipv6/conf/all/forwarding:1", "ipv6/conf/other/forwarding:1"} <= during and "ipv6/conf/lan/force_forwarding:1" not in during
        assert "ipv6/conf/other/accept_ra:2" in during and "ipv6/conf/default/accept_ra:1" in system_state(gateway)
    else:
        assert during == {"ipv6/conf/lan/force_forwarding:1"}
    assert "default via fe80::7 dev other proto ra" in gateway.ip("-6", "route")
    end_it(one, end)
    is_as_it_was(gateway, before)
    assert far.stats()["downlink.rejected_source"] == 0


def test_tun_start_may_re_route_what_the_options_name(agent, netns, witness):
    gateway = netns()
    gateway.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan2")
    gateway.ip("link", "set", "lan", "up")
    bus = witness("fromAgent.x.ip.tun.started")
    one = agent("x", "--re-route-packets-if", "lan", "--allow-net", "bbbb::/64", "--allow-net", "cccc::/64", ns=gateway)
    fields = {"ipv6_host": "1", "re_route_packets_if": "lan", "re_route_packets_prefix": "2001:db8", "re_route_packets_host": "5"}
    bus.publish("toAgent.x.ip.tun.start", start_body(**fields))
    one.wait_stats(lambda s: s["control.refused"] == 1)
    bus.publish("toAgent.x.ip.tun.start", start_body(**{**fields, "re_route_packets_if": "lo"}))
    one.wait_stats(lambda s: s["control.refused"] == 2)
    bus.publish("toAgent.x.ip.tun.start", start_body(**{**fields, "re_route_packets_prefix": "cccc"}))
    started = json.loads(bus.get().body)
    assert (started["re_route_packets_if"], started["re_route_packets_prefix"], started["re_route_packets_host"]) == ("lan", "cccc", "5")
    assert re.search(r"cccc::/64 dev lan .*metric 1\b", gateway.ip("-6", "route"))


def set_value(ns, path, value):
    ns.run("sh", "-c", f"echo {value} > /proc/sys/net/{path}")


READ_ONLY = ["unshare", "-m", "sh", "-c", 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$0" "$@"']


def test_forwarding_that_holds_needs_no_writing(agent, netns):
    """As in a container, whose /proc/sys is read-only."""
    sites = [site(netns, n) for n in (1, 2)]
    for gateway, _ in sites:
        set_value(gateway, "ipv4/ip_forward", 1)
        set_value(gateway, "ipv6/conf/all/forwarding", 1)
    tools = [agent(f"agent_{n}", *site_options(n, 3 - n), ns=sites[n - 1][0], prefix=READ_ONLY) for n in (1, 2)]
    for tool in tools:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    for (_, host), far in zip(sites, (2, 1)):
        ping(host, f"192.168.{far}.7", 1)
        ping(host, f"ccc{far}::7", 1)


@pytest.mark.parametrize("held, words", [
    ("ipv6/conf/all/forwarding", "IPv4 forwarding: Read-only file system (a container? switch it on from outside: net.ipv4.ip_forward=1)"),
    ("ipv4/ip_forward", "IPv6 forwarding: Read-only file system (a container? switch it on from outside: net.ipv6.conf.all.forwarding=1)")])
def test_forwarding_that_cannot_be_had(netns, held, words):
    gateway, _ = site(netns, 1)
    set_value(gateway, held, 1)
    done = run_tun("-n", "agent_1", "--netns", gateway.name, *site_options(1, 2), prefix=READ_ONLY)
    assert done.returncode == 1 and words in done.stdout
    assert no_tun(gateway)


@pytest.mark.parametrize("end", ["term", "worker", "both"])
def test_an_interface_that_is_renamed_is_put_back(agent, netns, end):
    gateway, _ = site(netns, 1)
    before = system_state(gateway)
    one = agent("agent_1", *site_options(1, 2), ns=gateway)
    files = ["ipv4/conf/{}/forwarding", "ipv6/conf/{}/force_forwarding"]

    def values(name):
        return [gateway.run("cat", "/proc/sys/net/" + f.format(name)).stdout.strip() for f in files]
    assert values("lan") == ["1", "1"]
    gateway.ip("link", "set", "lan", "name", "wlan")
    gateway.ip("link", "add", "lan", "type", "veth", "peer", "name", "far")  # somebody else's, who wants it so
    for f in files:
        set_value(gateway, f.format("lan"), 1)
    end_it(one, end)
    wait_until(lambda: no_tun(gateway), what="the interface is gone")
    wait_until(lambda: values("wlan") == ["0", "0"], what="what was changed is put back")
    assert values("lan") == ["1", "1"], "and nothing else"
    gateway.ip("link", "del", "lan")
    gateway.ip("link", "set", "wlan", "name", "lan")
    is_as_it_was(gateway, before)
