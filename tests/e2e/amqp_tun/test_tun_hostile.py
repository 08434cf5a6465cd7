"""amqp-tun: peers and routers that send what is not theirs to send: claims, sources, errors about flows of others, headers that hide
something. python3-pika is the peer."""
import ipaddress
import socket
import struct

import pytest

from harness import ipv4_udp, ipv6_udp
from tun import GOOD, GSO, body, check_sums, gso_bytes, is_judged, ping, raw_key, site, site_options, socket_in, vnet, with_checksum

pytestmark = pytest.mark.usefixtures("tun_allowed")


def started(name, ipv6=None, ipv4=None, session="s"):
    prefix, host = (ipv6.rsplit("::", 1)) if ipv6 else (None, None)
    return {"name": name, "ipv6_prefix": prefix, "ipv6_host": host, "ipv4_address": ipv4, "framebus_session": session,
            "framebus_encodings": "json,pcap,gso", "framebus_mtu": "1500"}


def udp(source, destination, payload, **ports):
    return (ipv6_udp if ":" in source else ipv4_udp)(source, destination, payload, **ports)


def icmp(source, destination, message):
    """ICMP or ICMPv6, by its addresses, with its checksum made."""
    src, dst = ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed
    message += b"\0" * (len(message) % 2)
    if len(src) == 4:
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(message), 0, 0, 64, 1, 0) + src + dst
        return with_checksum(header, 10) + with_checksum(message, 2)
    pseudo = src + dst + struct.pack(">IHBB", len(message), 0, 0, 58)
    return struct.pack(">IHBB", 6 << 28, len(message), 58, 255) + src + dst + with_checksum(pseudo + message, len(pseudo) + 2)[len(pseudo):]


def with_lan(ns):
    """A LAN on another interface, whose gateway is the way to the world."""
    ns.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan2")
    for family, address, gateway, world in (("-4", "192.168.9.5/24", "192.168.9.1", "8.8.8.8"), ("-6", "2001:db8:9::5/64", "2001:db8:9::1", "2001:db8:ffff::8")):
        ns.ip(family, "addr", "add", address, "dev", "lan", *(["nodad"] if family == "-6" else []))
        if family == "-4":
            ns.ip("link", "set", "lan", "up", "addrgenmode", "none")
            ns.ip("link", "set", "lan2", "up", "addrgenmode", "none")
        ns.ip(family, "neigh", "add", gateway, "lladdr", "02:00:00:00:00:01", "dev", "lan", "nud", "permanent")
        ns.ip(family, "route", "add", "default", "via", gateway)
        assert f"via {gateway}" in ns.ip(family, "route", "get", world)
    return ns


CLAIMS = ["8.8.8.8", "192.168.9.1", "192.168.9.77", "192.168.9.5", "10.2.0.1", "10.2.0.2", "192.168.2.7", "172.16.1.7", "127.0.0.1", "2.2.2.2",
          "224.0.0.1", "10.2.0.255", "bbbb::1", "bbbb::2", "2001:db8:9::1", "2001:db8:9::5", "2001:db8::1", "ccc2::7", "aaaa::7"]


def test_a_claim_takes_nothing_from_anybody(agent, netns, witness):
    """In the order of the issue: another's network, a host behind us, the world, our LAN; and nothing is won by taking it back."""
    ns = with_lan(netns())
    one = agent("agent_1", "--peer", "agent_2", "--peer", "x", "--peer-net", "agent_2=ccc2::/64", "--peer-net", "agent_2=192.168.2.0/24",
                "--re-route-packets-if", "lan", "--re-route-packets-prefix", "aaaa::/64", "--re-route-packets-prefix", "172.16.1.0/24", ns=ns)
    receivers = {6: socket_in(ns, socket.AF_INET6, ("bbbb::1", 5683)), 4: socket_in(ns, socket.AF_INET, ("10.2.0.1", 5683))}
    bus, said, sent = witness(), 0, 0
    own = {6: "bbbb::77", 4: "10.2.0.77"}
    for number, claim in enumerate(CLAIMS):
        version = 6 if ":" in claim else 4
        for fields in {"ipv6" if version == 6 else "ipv4": claim}, {}:
            bus.publish("fromAgent.x.ip.tun.started", started("x", session=f"s{number}", **fields))
            said += 1
            one.wait_stats(lambda s: s["control.handled"] == said)
            bus.publish(raw_key("x"), body(udp(claim, own[version].replace("77", "1"), b"forged")))
            sent += 1
        bus.publish(raw_key("x"), body(udp(own[version], own[version].replace("77", "1"), b"good")))
        assert receivers[version].recvfrom(100)[0] == b"good", claim
    stats = one.wait_stats(lambda s: s["downlink.delivered"] >= len(CLAIMS))
    assert stats["downlink.rejected_source"] == sent and stats["downlink.delivered"] == len(CLAIMS)
    assert stats["peers.refused_claims"] == len(CLAIMS) - 2, "all but those that no host can have"
    assert one.stderr.count("what it claims is not its own") == 1, "said once a minute"
    bus.publish("fromAgent.x.ip.tun.started", started("x", ipv6="bbbb::77", ipv4="10.2.0.77"))
    one.wait_stats(lambda s: s["control.handled"] == said + 1)
    for source in "bbbb::78", "10.2.0.78":
        bus.publish(raw_key("x"), body(udp(source, "bbbb::1" if ":" in source else "10.2.0.1", b"no longer")))
    assert one.wait_stats(lambda s: s["downlink.rejected_source"] == sent + 2)
    check_sums(one.stop())


def test_an_address_that_this_host_gets_later_is_its_own(agent, netns, witness):
    ns = with_lan(netns())
    one = agent("agent_1", "--peer", "x", ns=ns)
    receiver = socket_in(ns, socket.AF_INET6, ("bbbb::1", 5683))
    bus = witness()

    def arrives():
        before = one.stats()
        bus.publish(raw_key("x"), body(ipv6_udp("bbbb::50", "bbbb::1", b"x")))
        after = one.wait_stats(lambda s: s["downlink.received"] > before["downlink.received"] and is_judged(s))
        return after["downlink.delivered"] > before["downlink.delivered"]
    assert arrives() and receiver.recvfrom(100)[1][0] == "bbbb::50"
    ns.ip("addr", "add", "bbbb::50/128", "dev", "lan", "nodad")
    while arrives():  # the kernel's word takes its time
        pass
    ns.ip("addr", "del", "bbbb::50/128", "dev", "lan")
    while not arrives():
        pass
    check_sums(one.stop())


NO_ONES = ["::ffff:192.168.1.7", "::ffff:127.0.0.1", "::ffff:10.2.0.2", "::127.0.0.1", "::192.168.1.7", "::", "::1", "ff02::1", "64:ff9b::127.0.0.1",
           "2002:7f00:1::1", "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"]


@pytest.mark.parametrize("arguments", [["--peer", "agent_2"], ["--peer", "agent_2", "--no-source-check"], [], ["--no-source-check"]])
def test_sources_that_are_no_ones(agent, netns, witness, arguments):
    """A dual-stack service answers ::ffff:A by IPv4, wherever that leads."""
    gateway, host = site(netns, 1)
    one = agent("agent_1", *arguments, ns=gateway)
    service = socket_in(gateway, socket.AF_INET6, ("::", 5683))
    behind = socket_in(host, socket.AF_INET, ("192.168.1.7", 5683))
    key = raw_key("agent_2") if "--peer" in arguments else raw_key("agent_1", "to")
    bus = witness()
    for source in [*NO_ONES, "bbbb::1", "fe80::1", "10.2.0.1", "192.168.1.1", "192.168.1.7", "ccc1::1"]:
        bus.publish(key, body(udp(source, "bbbb::1" if ":" in source else "10.2.0.1", b"forged")))
    bus.publish(key, body(ipv6_udp("bbbb::2", "bbbb::1", b"good")))
    data, source = service.recvfrom(100)
    assert data == b"good"
    service.sendto(b"answer", source)
    stats = one.wait_stats(lambda s: s["downlink.delivered"] == 1)
    assert stats["downlink.rejected_source"] == len(NO_ONES) + 6
    behind.setblocking(False)
    with pytest.raises(BlockingIOError):
        behind.recvfrom(100)
    check_sums(one.stop())


def test_a_router_sends_for_the_tunnel_and_its_routes_alone(agent, netns, witness):
    ns = with_lan(netns())
    one = agent("agent_1", "--route", "aaaa::/64", "--route", "172.20.0.0/16", ns=ns)
    receivers = {6: socket_in(ns, socket.AF_INET6, ("bbbb::1", 5683)), 4: socket_in(ns, socket.AF_INET, ("10.2.0.1", 5683))}
    bus = witness()
    wrong = ["2001:db8::1", "2001:db8:9::1", "bbbb:0:0:1::1", "bbbb::1", "8.8.8.8", "192.168.9.1", "10.3.0.1", "10.2.0.1", "169.254.1.1"]
    for source in wrong:
        bus.publish(raw_key("agent_1", "to"), body(udp(source, "bbbb::1" if ":" in source else "10.2.0.1", b"forged")))
    for source in "bbbb::9", "aaaa::7", "fe80::9", "10.2.0.9", "172.20.3.4":
        bus.publish(raw_key("agent_1", "to"), body(udp(source, "bbbb::1" if ":" in source else "10.2.0.1", source.encode())))
        assert receivers[6 if ":" in source else 4].recvfrom(100)[0] == source.encode()
    assert one.stats()["downlink.rejected_source"] == len(wrong)
    check_sums(one.stop())


@pytest.mark.parametrize("arguments,encoding", [(["--peer", "agent_2"], "json"), (["--peer", "agent_2"], "gso"),
                                                (["--peer", "agent_2", "--no-source-check"], "gso"), ([], "json")])
def test_errors_about_flows_of_others_change_nothing(agent, netns, witness, arguments, encoding):
    """Neither this host's path MTU to the world nor a socket of another interface; not in fragments, nor behind extension headers."""
    ns = with_lan(netns())
    one = agent("agent_1", *arguments, ns=ns)
    sockets = []
    for family, world in (socket.AF_INET, "8.8.8.8"), (socket.AF_INET6, "2001:db8:ffff::8"):
        sockets.append(socket_in(ns, family))
        sockets[-1].connect((world, 53))
    key = raw_key("agent_2") if arguments else raw_key("agent_1", "to")
    bus = witness()
    packets, reasons = [], []
    for our, destination, peer, lan, world in (("10.2.0.1", "10.2.0.1", "10.2.0.2", "192.168.9.5", "8.8.8.8"),
                                               ("bbbb::1", "bbbb::1", "bbbb::2", "2001:db8:9::5", "2001:db8:ffff::8")):
        port = sockets[":" in our].getsockname()[1]
        flow = udp(lan, world, b"x" * 500, sport=port, dport=53)
        too_big = struct.pack(">BBHHH", 3, 4, 0, 0, 600) if ":" not in our else struct.pack(">BBHI", 2, 0, 0, 1280)
        unreachable = struct.pack(">BBHI", 3, 3, 0, 0) if ":" not in our else struct.pack(">BBHI", 1, 4, 0, 0)
        quoted = {  # from a flow of ours, it is about somebody who is not the sender; or it is no flow of ours
            "a flow of the LAN": flow, "of the peer": udp(peer, our, b"x" * 500), "from us to the world": udp(our, world, b"x" * 500),
            "from us to us": udp(our, our, b"x" * 500)}
        for what, packet in quoted.items():
            if "world" in what and "--no-source-check" in arguments:
                continue
            for error in too_big, unreachable:
                packets.append(icmp(peer, destination, error + packet))
        whole = icmp(peer, destination, too_big + flow)
        if ":" in our:  # in two fragments; behind options
            half = 40 + 8 * (len(whole) // 16)
            for part, flags in ((whole[40:half], 1), (whole[half:], half - 40)):
                packets.append(whole[:4] + struct.pack(">H", 8 + len(part)) + b"\x2c" + whole[7:40] + struct.pack(">BBHI", 58, 0, flags, 7) + part)
            options = b"\x3a\0\x01\x04\0\0\0\0"
            packets.append(whole[:4] + struct.pack(">H", 8 + len(whole) - 40) + b"\x3c" + whole[7:40] + options + whole[40:])
            redirect = struct.pack(">BBHI", 137, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, "bbbb::2") + socket.inet_pton(socket.AF_INET6, world)
            packets.append(icmp("fe80::2", "bbbb::1", redirect))
        else:
            half = 20 + 8 * (len(whole) // 16)
            for part, flags in ((whole[20:half], 0x2000), (whole[half:], (half - 20) // 8)):
                packets.append(with_checksum(whole[:2] + struct.pack(">HHH", 20 + len(part), 7, flags) + whole[8:10] + b"\0\0" + whole[12:20], 10) + part)
    for packet in packets:
        bus.publish(key, body(packet) if encoding == "json" else gso_bytes((vnet(), packet)), content_type="application/json" if encoding == "json" else GSO)
    stats = one.wait_stats(lambda s: s["downlink.received"] == len(packets) and is_judged(s))
    assert stats["downlink.rejected_icmp_error"] == len(packets) - 3 and stats["downlink.rejected_redirect"] == 1, stats
    assert stats["downlink.delivered"] == 2, "second fragments, of which there is no first"
    for family, world in ("-4", "8.8.8.8"), ("-6", "2001:db8:ffff::8"):
        assert "mtu" not in ns.ip(family, "route", "get", world)
    for s in sockets:
        assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        s.send(b"still there")
    check_sums(one.stop())


@pytest.mark.parametrize("before", [b"", b"\0\0\x01\x04\0\0\0\0"], ids=["", "behind hop-by-hop options"])
def test_a_routing_header_in_a_quote_ends_nobodys_flow(agent, witness, before):
    """Linux takes the last address of a segment routing header for the destination of the packet that failed."""
    one = agent("agent_1", "--peer", "agent_2", "--peer", "agent_3")
    client = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 0))
    client.connect(("bbbb::3", 9))
    routing = struct.pack(">BBBBBBH", 17, 2, 4, 0, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, "bbbb::3")
    headers = (b"\x2b" + before[1:] if before else b"") + routing
    flow = udp("bbbb::1", "bbbb::2", b"x", sport=client.getsockname()[1], dport=9)
    quote = flow[:4] + struct.pack(">HB", len(headers) + len(flow) - 40, 0 if before else 43) + flow[7:40] + headers + flow[40:]
    witness().publish(raw_key("agent_2"), body(icmp("bbbb::2", "bbbb::1", struct.pack(">BBHI", 1, 4, 0, 0) + quote)))
    assert one.wait_stats(lambda s: s["downlink.received"] == 1 and is_judged(s))["downlink.rejected_icmp_error"] == 1
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    client.send(b"still there")
    check_sums(one.stop())


@pytest.mark.parametrize("address", ["bbbb::2", "10.2.0.2"])
def test_errors_about_our_own_flows_arrive(pair, address):
    one, two = pair()
    client = socket_in(one.ns, socket.AF_INET6 if ":" in address else socket.AF_INET)
    client.connect((address, 9))
    client.send(b"anybody?")
    with pytest.raises(ConnectionRefusedError):
        client.recv(100)
    assert one.stop()["downlink.rejected_icmp_error"] == 0


def test_errors_reach_hosts_behind_us(agent, netns):
    (gateway, host), (far_gateway, far_host) = site(netns, 1), site(netns, 2)
    tools = [agent("agent_1", *site_options(1, 2), ns=gateway), agent("agent_2", *site_options(2, 1), ns=far_gateway)]
    for tool in tools:
        tool.wait_stats(lambda s: s["control.handled"] >= 1)
    for family, address in (socket.AF_INET, "192.168.2.7"), (socket.AF_INET6, "ccc2::7"):
        client = socket_in(host, family)
        client.connect((address, 9))
        client.send(b"anybody?")
        with pytest.raises(ConnectionRefusedError):
            client.recv(100)
    assert all(tool.stop()["downlink.rejected_icmp_error"] == 0 for tool in tools)


def test_headers_that_lead_elsewhere(agent, witness):
    one = agent("agent_1", "--peer", "agent_2")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    bus = witness()
    plain, payload = ipv6_udp("bbbb::2", "bbbb::1", b"x" * 8), GOOD[40:]

    def behind(next_header, extension):
        return plain[:4] + struct.pack(">H", len(extension) + len(payload)) + bytes([next_header]) + plain[7:40] + extension + payload
    routing = [behind(43, struct.pack(">BBBBI", 17, 2, kind, left, 0) + socket.inet_pton(socket.AF_INET6, "bbbb::9"))
               for kind, left in ((0, 1), (2, 1), (3, 1), (4, 1), (4, 0), (0, 0))]
    home = behind(60, b"\x11\x02\x01\x02\0\0\xc9\x10" + socket.inet_pton(socket.AF_INET6, "bbbb::9"))
    four = ipv4_udp("10.2.0.2", "10.2.0.1", b"x")
    for kind in 131, 137:
        option = bytes([1, kind, 7, 4]) + socket.inet_aton("10.2.0.9")
        header = b"\x47" + four[1:2] + struct.pack(">H", len(four) + 8) + four[4:10] + b"\0\0" + four[12:20]
        routing.append(with_checksum(header + option, 10) + four[20:])
    hidden = [behind(44, struct.pack(">BBHI", 60, 0, 1, 7) + b"\x11\x01\x01\x0c" + bytes(12))[:56], behind(60, b"\x3c\0\x01\x04\0\0\0\0" * 8 + b"\x11\0\x01\x04\0\0\0\0")]
    hidden[0] = hidden[0][:4] + struct.pack(">H", 16) + hidden[0][6:]
    for packet in [*routing, home, *hidden]:
        bus.publish(raw_key("agent_2"), body(packet))
    # The kernel would write the sum of an echo request over its type.
    echo = icmp("bbbb::2", "bbbb::1", struct.pack(">BBHI", 128, 0, 0, 0) + b"12345678")
    bus.publish(raw_key("agent_2"), gso_bytes((vnet(1, 0, 0, 0, 40, 0), echo), (vnet(1, 0, 0, 0, 40, 6), echo)), content_type=GSO)
    bus.publish(raw_key("agent_2"), body(GOOD))
    assert receiver.recvfrom(100)[0] == b"after all that"
    stats = one.stop()
    assert stats["downlink.rejected_source_route"] == len(routing) + 1 and stats["downlink.rejected_chain"] == len(hidden)
    assert stats["downlink.rejected_checksum"] == 2 and stats["downlink.delivered"] == 1
    check_sums(stats)


def test_router_and_neighbour_discovery_stay_outside(agent, witness):
    """Whatever the interface would obey."""
    one = agent("agent_1")
    one.ns.run("sh", "-c", "cd /proc/sys/net/ipv6/conf/tun0 && echo 1 > accept_redirects && echo 2 > accept_ra")
    before = one.ns.ip("-6", "route"), one.ns.ip("-6", "addr"), one.ns.ip("neigh")
    prefix = struct.pack(">BBBBIII", 3, 4, 64, 0xC0, 86400, 86400, 0) + socket.inet_pton(socket.AF_INET6, "dddd::")
    target = socket.inet_pton(socket.AF_INET6, "bbbb::2")
    messages = [struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix, struct.pack(">BBHI", 133, 0, 0, 0), struct.pack(">BBHI", 135, 0, 0, 0) + target,
                struct.pack(">BBHI", 136, 0, 0, 0xE0000000) + target]
    bus = witness()
    for message in messages:
        bus.publish(raw_key("agent_1", "to"), body(icmp("fe80::2", "ff02::1" if message[0] == 134 else "bbbb::1", message)))
    bus.publish(raw_key("agent_1", "to"), body(icmp("fe80::2", "bbbb::1", struct.pack(">BBHI", 137, 0, 0, 0) + target * 2)))
    bus.publish(raw_key("agent_1", "to"), body(icmp("10.2.0.2", "10.2.0.1", struct.pack(">BBHBBHII", 9, 0, 0, 1, 2, 1800, 0x0A020002, 0))))
    stats = one.wait_stats(lambda s: s["downlink.received"] == 6 and is_judged(s))
    assert stats["downlink.rejected_discovery"] == 5 and stats["downlink.rejected_redirect"] == 1
    ping(one.ns, "bbbb::1", 1)
    assert (one.ns.ip("-6", "route"), one.ns.ip("-6", "addr"), one.ns.ip("neigh")) == before
