"""What Linux makes of super-packets: each goes into a TUN with IFF_VNET_HDR, is forwarded, and comes out of one without offload.

Run in a network namespace of its own. A line on stdin is "VNET_HEX PACKET_HEX" with a packet from 10.9.0.2 or fd09::2 to 10.8.0.2 or
fd08::2; the answer is the packets that came out, in hex, on one line, or "refused" where the kernel took no such header."""
import fcntl
import os
import select
import struct
import subprocess
import sys

TUNSETIFF, TUNSETVNETLE = 0x400454CA, 0x400454DC
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 1, 0x1000, 0x4000
QUIET_SECONDS = 0.3
TARGETS = (bytes([10, 8, 0, 2]), bytes.fromhex("fd08" + "00" * 13 + "02"))


def tun(name, flags):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI | flags))
    if flags & IFF_VNET_HDR:
        fcntl.ioctl(fd, TUNSETVNETLE, struct.pack("i", 1))
    return fd


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def setting(path, value):
    with open("/proc/sys/net/" + path, "w") as file:
        file.write(value)


def prepare():
    for where in "all", "default":
        setting(f"ipv4/conf/{where}/rp_filter", "0")
        setting(f"ipv6/conf/{where}/disable_ipv6", "0")
    setting("ipv4/ip_forward", "1")
    setting("ipv6/conf/all/forwarding", "1")
    into, out = tun("into", IFF_VNET_HDR), tun("out", 0)
    for name, number in ("into", 9), ("out", 8):
        ip("link", "set", name, "up", "mtu", "1500", "txqueuelen", "10000")
        ip("addr", "add", f"10.{number}.0.1/24", "dev", name)
        ip("-6", "addr", "add", f"fd0{number}::1/64", "dev", name, "nodad")
    return into, out


def is_ours(packet):
    return (packet[16:20] if packet[0] >> 4 == 4 else packet[24:40]) in TARGETS


def collect(out):
    packets = []
    while select.select([out], [], [], 0 if packets else QUIET_SECONDS)[0]:
        packet = os.read(out, 65536)
        if is_ours(packet):
            packets.append(packet.hex())
    return packets


def main():
    into, out = prepare()
    for line in sys.stdin:
        header, packet = line.split()
        try:
            os.write(into, bytes.fromhex(header + packet))
        except OSError:
            print("refused", flush=True)
            continue
        print(*collect(out), flush=True)


if __name__ == "__main__":
    main()
