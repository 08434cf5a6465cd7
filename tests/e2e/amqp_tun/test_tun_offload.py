"""amqp-tun: super-packets, and kernels without them."""
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import threading

import pytest

from harness import PATIENCE, binaries_folder, ipv6_udp, wait_until
from tun import GOOD, GSO, UDP_L4, check_sums, children, gso_bytes, ping, preload, raw_key, socket_in, super_udp, vnet

pytestmark = pytest.mark.usefixtures("tun_allowed")


@pytest.mark.parametrize("offload", [True, False])
def test_super_packets_enter_as_what_they_stand_for(agent, witness, offload):
    """With a kernel that takes them, and cut up by us for one that does not."""
    one = agent("agent_1", *(["--peer", "agent_2"] if offload else []), "-v")
    if offload:
        one.wait_stderr("super-packets of TCP")
    receiver = socket_in(one.ns, socket.AF_INET6, ("bbbb::1", 5683))
    key = raw_key("agent_2") if offload else raw_key("agent_1", "to")
    payload = os.urandom(1452 * 20 + 17)
    witness().publish(key, gso_bytes((vnet(), ipv6_udp("bbbb::2", "bbbb::1", b"before")), super_udp("bbbb::2", "bbbb::1", payload, 1452),
                                     (vnet(1, UDP_L4, 48, 0, 40, 6), GOOD), (vnet(), GOOD)), content_type=GSO)
    got = [receiver.recvfrom(2000)[0] for _ in range(23)]
    assert got[0] == b"before" and got[-1] == b"after all that" and b"".join(got[1:-1]) == payload and len(got[1]) == 1452
    stats = one.wait_stats(lambda report: report["downlink.delivered"] == 3)  # counted when the kernel has it
    assert stats["downlink.rejected_header"] == 1
    check_sums(stats)


def entered(ns):
    """Packets, or super-packets, that the kernel was given through tun0."""
    return json.loads(ns.run("ip", "-j", "-s", "link", "show", "tun0").stdout)[0]["stats64"]["rx"]["packets"]


def send_all(sender, address, octets):
    sender.connect(address)
    sender.sendall(octets)
    sender.close()


@pytest.mark.parametrize("address", ["bbbb::2", "10.2.0.2"])
def test_packets_of_one_stream_enter_together(pair, address):
    """One message has many packets of a stream (pcap): the kernel is given few super-packets, and the stream is whole."""
    one, two = pair("--encoding", "pcap")
    family, sent, got = socket.AF_INET6 if ":" in address else socket.AF_INET, os.urandom(4 << 20), b""
    listener = socket_in(two.ns, family, (address, 7000), socket.SOCK_STREAM)
    listener.listen()
    thread = threading.Thread(target=send_all, args=(socket_in(one.ns, family, None, socket.SOCK_STREAM), (address, 7000), sent))
    thread.start()
    connection = listener.accept()[0]
    connection.settimeout(20)
    while part := connection.recv(1 << 20):
        got += part
    thread.join()
    assert got == sent
    stats, given = two.stats(), entered(two.ns)
    assert stats["downlink.delivered"] > len(sent) / 1448 and given < stats["downlink.delivered"] / 4
    check_sums(two.stop())


@pytest.mark.parametrize("refused", ["TUNSETOFFLOAD", "TUNSETVNETLE", "udp"])
def test_a_kernel_without_super_packets(pair, tmp_path, refused):
    if "asan" in str(binaries_folder()):
        pytest.skip("AddressSanitizer wants to be the first library")
    library = preload(tmp_path, """
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == REFUSED && ((unsigned long)argument & MASK || !MASK)) {
		errno = EINVAL;
		return -1;
	}
	return ((int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl"))(fd, request, argument);
}
""", f"-DREFUSED={'TUNSETOFFLOAD' if refused == 'udp' else refused}", f"-DMASK={0x60 if refused == 'udp' else 0}")
    one, two = pair("-v", env={"LD_PRELOAD": str(library)})
    ping(one.ns, "bbbb::2")
    if refused == "udp":
        one.wait_stderr(r"super-packets of TCP\n")
        one.wait_stderr("published as gso")
    else:
        one.wait_stderr("published as pcap")
        assert "super-packets" not in one.stderr
    assert one.ns.interfaces() == ["lo", "tun0"]
    check_sums(one.stop())


def segments_tcp(ns, interface):
    """Whether an interface takes super-packets of TCP (ETHTOOL_GTSO)."""
    value = ctypes.create_string_buffer(struct.pack("=II", 0x1e, 0))
    request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
    with socket_in(ns, socket.AF_INET) as control:
        fcntl.ioctl(control, 0x8946, request)
    return struct.unpack("=II", value.raw[:8])[1] == 1


@pytest.mark.parametrize("victim", ["nobody", "worker", "keeper"])
def test_a_persistent_interface_is_without_super_packets_again(agent, netns, victim):
    ns = netns()
    ns.ip("tuntap", "add", "fb0", "mode", "tun")
    one = agent("agent_1", "--peer", "agent_2", "--ifname", "fb0", ns=ns)
    assert segments_tcp(ns, "fb0")
    if victim == "worker":
        os.kill(children(one.pid)[0], signal.SIGKILL)
        one.wait(5)
    elif victim == "keeper":
        os.kill(one.pid, signal.SIGKILL)
        one.wait(5)
    else:
        one.stop()
    # A keeper that was killed has done nothing; of the others it is done when the tool has ended.
    wait_until(lambda: not segments_tcp(ns, "fb0"), PATIENCE if victim == "keeper" else 0)
    wait_until(lambda: "inet" not in ns.ip("addr", "show", "fb0"), PATIENCE if victim == "keeper" else 0, "its addresses are gone")
