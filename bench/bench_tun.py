#!/usr/bin/env python3
"""amqp-tun against other ways between the same two network namespaces, in one run: plain veth, socat's and OpenVPN's tunnels,
and the least program that tunnels over the bus (direct_tun.c).

Needs root, iperf3, ping, socat and openvpn (those that are missing are left out), $AMQP_URL, and $BUILD with the tools and bench_bus.
Every tunnel stays up and is measured in turn, ROUNDS times; what is printed is the median of the rounds.

Usage: bench_tun.py [--seconds N] [--rounds N] [--agents N] [TUNNEL...]
"""
import argparse
import contextlib
import json
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(os.environ.get("BUILD", "build")).resolve()
TICKS = os.sysconf("SC_CLK_TCK")
SMALL = 64 - 28    # octets of UDP payload in an IPv4 packet of 64
SHARED = 1036      # ... in a packet whose JSON body has about the 5 000 octets that bench_bus measures, too


def run(*command, check=True, timeout=120):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def poll_until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds} s: {what}")
        select.select([], [], [], 0.05)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


class Namespaces:
    """Network namespaces with names of this run's own."""

    def __init__(self, count):
        self.names = [f"fbb{os.getpid()}-{i}" for i in range(count)]
        for name in self.names:
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")

    def __getitem__(self, i):
        return self.names[i]

    def close(self):
        for name in self.names:
            run("ip", "netns", "del", name, check=False)


def inside(namespace, *command):
    return ["ip", "netns", "exec", namespace, *map(str, command)]


class Tunnel:
    """Two processes that join two namespaces: 10.77.K.1 in the first, 10.77.K.2 in the second."""
    number = 0

    def __init__(self, name, device):
        Tunnel.number += 1
        self.name, self.device, self.net, self.processes = name, device, f"10.77.{Tunnel.number}", []
        self.log = tempfile.TemporaryFile("w+")

    @property
    def far(self):
        return f"{self.net}.2"

    def start(self, *command, **options):
        self.processes.append(subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, **options))

    def until(self, condition):
        try:
            poll_until(condition, self.name)
        except RuntimeError:
            self.log.seek(0)
            sys.stderr.write(self.log.read())
            self.close()
            raise

    def wait(self, ns):
        self.until(lambda: "1 received" in run(*inside(ns[0], "ping", "-n", "-c", "1", "-W", "1", self.far), check=False))
        return self

    def pids(self):
        """With the children: amqp-tun is two processes."""
        found = [p.pid for p in self.processes]
        for pid in found:
            found += [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return found

    def cpu_seconds(self):
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids()]
        return sum(int(f[11]) + int(f[12]) for f in fields) / TICKS

    def resident_mib(self):
        """Of one end."""
        sizes = [int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) for pid in self.pids()]
        return sum(sizes) / 1024 / len(self.processes)

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)


def veth(ns):
    tunnel = Tunnel("veth", "v0")
    run("ip", "-n", ns[0], "link", "add", tunnel.device, "type", "veth", "peer", "name", tunnel.device, "netns", ns[1])
    for i in 0, 1:
        run("ip", "-n", ns[i], "addr", "add", f"{tunnel.net}.{i + 1}/24", "dev", tunnel.device)
        run("ip", "-n", ns[i], "link", "set", tunnel.device, "up")
    return tunnel.wait(ns)


def socat(ns, below):
    tunnel = Tunnel("socat UDP", "s0")
    for i in 0, 1:
        tunnel.start(*inside(ns[i], "socat", f"TUN:{tunnel.net}.{i + 1}/24,up,tun-name={tunnel.device}",
                             f"UDP-DATAGRAM:{below}.{2 - i}:7000,bind={below}.{i + 1}:7000"))
    return tunnel.wait(ns)


def make_certificate(folder, name):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt")
    return run("openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", folder / f"{name}.crt").split("=")[1].strip()


def openvpn(ns, below, folder, protocol):
    tunnel = Tunnel(f"OpenVPN {protocol.upper()}", f"o{protocol}")
    prints = [make_certificate(folder, f"{protocol}{i}") for i in (0, 1)]
    for i, role in enumerate(("server", "client")):
        ends = ["--port", "1194", "--local", f"{below}.1"] if i == 0 else ["--remote", f"{below}.1", "1194", "--nobind"]
        tunnel.start(*inside(ns[i], "openvpn", "--dev", tunnel.device, "--dev-type", "tun", f"--tls-{role}", *ends, "--proto",
                             protocol if protocol == "udp" else f"tcp-{role}", "--ifconfig", f"{tunnel.net}.{i + 1}", f"{tunnel.net}.{2 - i}",
                             "--cert", folder / f"{protocol}{i}.crt", "--key", folder / f"{protocol}{i}.key", "--peer-fingerprint", prints[1 - i],
                             "--data-ciphers", "AES-256-GCM", "--disable-dco", "--verb", "1", *(["--dh", "none"] if i == 0 else [])))
    return tunnel.wait(ns)


def amqp_tun(ns, encoding):
    tunnel = Tunnel(f"amqp-tun {encoding}", f"a{encoding}")
    names = [f"bench-{encoding}-{i}" for i in (0, 1)]
    for i in 0, 1:
        tunnel.start(BUILD / "bin" / "amqp-tun", "-n", names[i], "--peer", names[1 - i], "--netns", ns[i], "--encoding", encoding, "--stats=json",
                     "--ifname", tunnel.device, "--ipv4", f"{tunnel.net}.{i + 1}/24")
    return tunnel.wait(ns)


def direct_tun(ns):
    """The least program that does it."""
    tunnel = Tunnel("rabbitmq-c, direct", "b0")
    for i in 0, 1:
        tunnel.start(BUILD / "bench" / "direct_tun", os.environ["AMQP_URL"], f"direct-{i}", f"direct-{1 - i}", ns[i], tunnel.device)
        tunnel.until(lambda i=i: tunnel.device in run("ip", "-n", ns[i], "-o", "link"))
        run("ip", "-n", ns[i], "addr", "add", f"{tunnel.net}.{i + 1}/24", "dev", tunnel.device)
        run("ip", "-n", ns[i], "link", "set", tunnel.device, "up")
    return tunnel.wait(ns)


# --- measurements ---

@contextlib.contextmanager
def iperf3(tunnel, ns, *options):
    # A flood is cut short: the server says so.
    server = subprocess.Popen(inside(ns[1], "iperf3", "-s", "-1", "-B", tunnel.far), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        poll_until(lambda: f"{tunnel.far}:5201" in run(*inside(ns[1], "ss", "-ltn")), "iperf3 listening")
        client = subprocess.Popen(inside(ns[0], "iperf3", "-c", tunnel.far, "-J", *options), stdout=subprocess.PIPE, text=True)
        try:
            yield client
        finally:
            client.kill()
            client.wait()
    finally:
        server.kill()
        server.wait()


def result(client, seconds):
    report = json.loads(client.communicate(timeout=seconds + 60)[0])
    if "error" in report:
        raise RuntimeError(f"iperf3: {report['error']}")
    return report["end"]


def ping(tunnel, ns, count, *options):
    output = run(*inside(ns[0], "ping", "-n", "-c", count, *options, "-W", "2", tunnel.far), check=False)
    times = [float(t) for t in re.findall(r"time=([0-9.]+)", output)]
    return times or [float("nan")]


def measure_tcp(tunnel, ns, seconds, found):
    found["idle p50"].append(percentile(idle := ping(tunnel, ns, 1000, "-A"), 0.5))
    found["idle p99"].append(percentile(idle, 0.99))
    with iperf3(tunnel, ns, "-t", seconds) as client:
        select.select([], [], [], 0.5)
        loaded = ping(tunnel, ns, int((seconds - 1) / 0.02), "-i", "0.02")
        end = result(client, seconds)
    found["Mbit/s"].append(end["sum_received"]["bits_per_second"] / 1e6)
    found["loaded p50"].append(percentile(loaded, 0.5))
    found["loaded p99"].append(percentile(loaded, 0.99))


def received(tunnel, namespace):
    """(packets that the interface was given so far, when)"""
    link = json.loads(run("ip", "-j", "-s", "-n", namespace, "link", "show", tunnel.device))[0]
    return link["stats64"]["rx"]["packets"], time.monotonic()


def datagrams(tunnel, ns, size, seconds, back=False, offered=0):
    """(datagrams a second that arrive, of as many as are offered or (0) as the sender can, CPU seconds of the tunnel for each)"""
    end = ns[0 if back else 1]
    with iperf3(tunnel, ns, "-u", "-b", int(offered * size * 8), "-l", size, "-t", seconds + 1, *(["-R"] if back else [])):
        select.select([], [], [], 0.7)
        (packets, since), cpu = received(tunnel, end), tunnel.cpu_seconds()
        select.select([], [], [], seconds - 0.5)
        (packets_after, now), cpu_after = received(tunnel, end), tunnel.cpu_seconds()
    settle(tunnel, ns)
    arrived = packets_after - packets
    return arrived / (now - since), (cpu_after - cpu) / max(arrived, 1)


def settle(tunnel, ns):
    """What a flood left behind in the broker has arrived: nothing moves any more."""
    last = None
    for _ in range(100):
        counts = [received(tunnel, end)[0] for end in ns.names]
        if counts == last:
            return
        last = counts
        select.select([], [], [], 0.3)


def measure_small(tunnel, ns, seconds, found):
    for column, back in (("pkt/s out", False), ("pkt/s back", True)):
        rate, cpu = datagrams(tunnel, ns, SMALL, seconds, back)
        found[column].append(rate)
        found["CPU us/pkt"].append(cpu * 1e6)


def direct_library():
    """Of rabbitmq-c by itself, by bench_bus: (messages a second of 5 000 octets, Mbit/s in messages of 64 KiB, microseconds of one crossing)"""
    output = run(BUILD / "bench" / "bench_bus", "-u", os.environ["AMQP_URL"], "-t", "200", "--live", timeout=300)
    rate, large = (float(re.search(rf"bus live +{size} octets: direct +(\d+)", output).group(1)) for size in (5000, 65536))
    return rate, large * 65536 * 8 / 1e6, float(re.search(r"crossing.*direct (\d+) us", output).group(1))


def ring(agents):
    """Agents on one broker, each pinging a neighbour: requests sent and answered."""
    ns, running = Namespaces(agents), []
    try:
        for i in range(agents):
            peers = [f"--peer=ring_{(i + step) % agents + 1}" for step in (1, agents - 1)]
            ready, theirs = os.pipe()
            running.append(subprocess.Popen([str(BUILD / "bin" / "amqp-tun"), "-q", "-n", f"ring_{i + 1}", *peers, "--netns", ns[i],
                                             f"--ready-fd={theirs}"], stdin=subprocess.DEVNULL, pass_fds=[theirs]))
            os.close(theirs)
            if os.read(ready, 16) != b"ready\n":
                raise RuntimeError(f"agent {i + 1} of {agents} did not start")
            os.close(ready)
        pings = [subprocess.Popen(inside(ns[i], "ping", "-n", "-q", "-c", "20", "-i", "0.2", "-w", "20", f"10.2.0.{(i + 1) % agents + 1}"),
                                  stdout=subprocess.PIPE, text=True) for i in range(agents)]
        counts = [re.search(r"(\d+) packets transmitted, (\d+) received", p.communicate(timeout=60)[0]).groups() for p in pings]
        return sum(int(c[0]) for c in counts), sum(int(c[1]) for c in counts)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(10)
        ns.close()


# --- the report ---

COLUMNS = ("Mbit/s", "idle p50", "idle p99", "loaded p50", "loaded p99", "pkt/s out", "pkt/s back", "CPU us/pkt", "MiB")
FORMATS = ("%9.0f", "%9.3f", "%9.3f", "%10.2f", "%10.1f", "%9.0f", "%10.0f", "%10.1f", "%5.1f")


def open_tunnels(ns, folder, wanted):
    plain = veth(ns)
    yield plain
    below = plain.net
    makers = {"socat": ("socat", lambda: socat(ns, below)), "openvpn-udp": ("openvpn", lambda: openvpn(ns, below, folder, "udp")),
              "openvpn-tcp": ("openvpn", lambda: openvpn(ns, below, folder, "tcp"))}
    makers |= {e: ("ip", lambda e=e: amqp_tun(ns, e)) for e in ("json", "pcap", "gso")} | {"direct": ("ip", lambda: direct_tun(ns))}
    for key, (program, make) in makers.items():
        if wanted and key not in wanted:
            continue
        if not shutil.which(program):
            print(f"{key}: left out: {program} is not installed")
            continue
        yield make()


def print_table(tunnels, found):
    print(f"{'':16}" + "".join(f"{c:>{len(f % 0) + 1}}" for c, f in zip(COLUMNS, FORMATS)))
    for tunnel in tunnels:
        row = [statistics.median(found[tunnel.name][c]) if found[tunnel.name][c] else None for c in COLUMNS]
        print(f"{tunnel.name:16}" + "".join(" " + (f % v if v is not None else "-".rjust(len(f % 0))) for f, v in zip(FORMATS, row)))


def ratio(found, one, other, column="Mbit/s"):
    """Median of the rounds' ratios, so that what slows a whole round down does not count."""
    if one not in found or other not in found:
        return None
    return statistics.median(a / b for a, b in zip(found[one][column], found[other][column]))


def print_goal(what, value, goal, at_least=True):
    if value is None:
        return
    reached = value >= goal if at_least else value <= goal
    print(f"{what}: {value:.2f} (goal: {'at least' if at_least else 'at most'} {goal:g}: {'reached' if reached else 'NOT reached'})")


def print_limit(found, bus):
    """Both ends' TCP and the bus share the processors: what each moves alone, one after the other, is the most that there can be, were TUN for nothing."""
    most = [1 / (1 / alone + 1 / veth) for alone, veth in zip(bus, found["veth"]["Mbit/s"])]
    print(f"the bus alone, rabbitmq-c by itself, messages of 64 KiB: {statistics.median(bus):.0f} Mbit/s; "
          f"with veth's TCP on the same processors at the most {statistics.median(most):.0f}")
    least = [ratio(found, "amqp-tun gso", "rabbitmq-c, direct", column) for column in ("Mbit/s", "idle p50", "pkt/s out")]
    if least[0]:
        print("gso / the least program with the same keys and offload: throughput {:.2f}, idle ping {:.2f}, small packets {:.2f}".format(*least))


def compare(options):
    with tempfile.TemporaryDirectory(prefix="framebus-bench-tun.") as folder, contextlib.ExitStack() as stack:
        ns = Namespaces(2)
        stack.callback(ns.close)
        tunnels = []
        for tunnel in open_tunnels(ns, Path(folder), options.tunnels):
            stack.callback(tunnel.close)
            tunnels.append(tunnel)
        found = {t.name: {c: [] for c in COLUMNS} for t in tunnels}
        shares, crossings, bus = [], [], []
        for _ in range(options.rounds):
            direct, large, crossing = direct_library()
            crossings.append(crossing)
            bus.append(large)
            for tunnel in tunnels:
                measure_tcp(tunnel, ns, options.seconds, found[tunnel.name])
                measure_small(tunnel, ns, options.seconds / 2, found[tunnel.name])
                if tunnel.processes:
                    found[tunnel.name]["MiB"].append(tunnel.resident_mib())
                if tunnel.name == "amqp-tun json":
                    shares.append(datagrams(tunnel, ns, SHARED, options.seconds, offered=direct)[0] / direct)
        print(f"median of {options.rounds} rounds; ping in ms; CPU: both ends, 64-octet packets; MiB: resident, one end")
        print_table(tunnels, found)
        print_goal("gso / OpenVPN UDP, throughput", ratio(found, "amqp-tun gso", "OpenVPN UDP"), 6)
        print_goal("gso / veth, throughput", ratio(found, "amqp-tun gso", "veth"), 0.45)
        print_limit(found, bus)
        print_goal("pcap / OpenVPN UDP, throughput", ratio(found, "amqp-tun pcap", "OpenVPN UDP"), 2)
        if shares:
            print_goal("json, one way: messages / those of rabbitmq-c by itself", statistics.median(shares), 0.75)
        ours = [t for t in tunnels if t.name.startswith("amqp-tun")]
        for tunnel in ours:
            idle = [p * 1000 / (2 * c) for p, c in zip(found[tunnel.name]["idle p50"], crossings)]
            print_goal(f"{tunnel.name}: idle ping p50 / two crossings of rabbitmq-c by itself", statistics.median(idle), 1.3, at_least=False)
            print_goal(f"{tunnel.name}: ping p50 under an iperf3 stream, ms", statistics.median(found[tunnel.name]["loaded p50"]), 20, at_least=False)
            print_goal(f"{tunnel.name}: resident MiB", max(found[tunnel.name]["MiB"]), 12, at_least=False)


def main():
    parser = argparse.ArgumentParser(description="amqp-tun against other tunnels between the same two namespaces")
    parser.add_argument("--seconds", type=float, default=4, help="of each TCP measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--agents", type=int, default=100, help="in the ring of pings; 0: none")
    parser.add_argument("tunnels", nargs="*", metavar="TUNNEL", help="socat, openvpn-udp, openvpn-tcp, json, pcap, gso, direct (default: all)")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("left out: needs root (network namespaces and TUN)")
        return
    compare(options)
    if options.agents:
        sent, answered = ring(options.agents)
        print(f"{options.agents} agents on one broker, each pinging a neighbour: {sent} requests, {answered} answered")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    main()
