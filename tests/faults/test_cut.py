"""A session's start, ended after every octet of it; octets changed on their way. No hang, no crash, no leak, nothing that grows."""
import random
import threading
import time

import pytest

from fault_proxy import Fault
from harness import build_folder, wait_until
from bus_tools import descriptors, records, resident_kib, threads, write

ROLES = ("amqp-dump", "amqp-play")
URLS = 64           # a whole round of them is tried without waiting in between
ROUND = URLS - 2    # broken connections between two whole ones
GROWTH_KIB = 1024
PROVED = 2.1        # a session that has lasted so long: the next loss is not one in a row, after each of which the tools wait


@pytest.fixture
def checked(binaries):
    """The address-sanitized flavour where there is one: leaks and overruns end it with words."""
    def program(name):
        path = build_folder() / "check" / "asan" / "bin" / name
        return path if path.is_file() else binaries / name
    return program


class Patient:
    """A tool that meets one fault after another and must come back after each round of them."""

    def __init__(self, name, start_tool, proxy, url, program):
        self.tool = start_tool(name, [f"{url}?retry_delay=0"] * URLS, "--heartbeat", "60", "-q", program=program, wait=True)
        self.is_publisher = name == "amqp-play"
        self._proxy = proxy
        self.start = self._octets_when_quiet()  # how many octets each way has until nothing more is said

    def _octets_when_quiet(self):
        connection = self._proxy.open_connections()[-1]
        last = [None, 0]

        def is_quiet():
            octets = {way: connection.octets(way) for way in ("up", "down")}
            if octets != last[0]:
                last[:] = [octets, time.monotonic()]
            return time.monotonic() - last[1] > 0.3
        wait_until(is_quiet)
        return last[0]

    def wait_whole(self, number):
        """That connection or one after it has been established, as the first one was."""
        def is_whole(connection):
            return not connection.ended.is_set() and all(connection.octets(way) >= self.start[way] for way in self.start)
        wait_until(lambda: any(is_whole(c) for c in self._proxy.connections[number:]), 40, f"connection {number}:\n{self.tool.stderr}")

    def suffer(self, faults):
        """One connection for each {"up": Fault, "down": Fault}, then a whole one."""
        threading.Event().wait(PROVED)
        before = len(self._proxy.connections)
        for fault in faults:
            self._proxy.next(**fault)
        self._proxy.reset()
        self.wait_whole(before + len(faults))

    def size(self):
        """In quiet: an attempt to connect has a thread and descriptors of its own for a moment."""
        self._octets_when_quiet()
        return {"threads": threads(self.tool.pid), "descriptors": descriptors(self.tool.pid), "resident": resident_kib(self.tool.pid)}

    def growth_since(self, before):
        """What an attempt has for a moment goes, however late; what is left behind does not."""
        after = {}

        def is_no_more():
            after.update(self.size())
            return after["threads"] <= before["threads"] and len(after["descriptors"]) <= len(before["descriptors"])
        try:
            wait_until(is_no_more)
        except AssertionError:
            raise AssertionError(f"before {before}, after {after}") from None
        return after["resident"] - before["resident"]


def some_faults(chance, length, is_all):
    """A cut and a reset after every octet, or a tenth of those."""
    every = [Fault(**{end: offset}) for end in ("cut", "reset") for offset in range(length + 1)]
    return every if is_all else [fault for fault in every if chance.random() < 0.1]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("name", ROLES)
def test_cut_after_every_octet(start_tool, proxy, proxied, checked, is_long, figure, name, way):
    patient = Patient(name, start_tool, proxy, proxied, checked(name))
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    faults = some_faults(random.Random(seed), patient.start[way], is_long)
    before = None
    for at in range(0, len(faults), ROUND):
        patient.suffer([{way: fault} for fault in faults[at:at + ROUND]])
        before = before or patient.size()
    growth = patient.growth_since(before)
    patient.tool.stop()
    figure(f"{name}: starts ended early ({way})", f"{len(faults)} of {2 * patient.start[way] + 2}")
    note_growth(figure, patient, f"{name}: growth by starts ended early ({way}), KiB", growth)


def note_growth(figure, patient, what, growth):
    """The sanitizer keeps what was freed for a while: its growth says nothing."""
    if "asan" not in str(patient.tool.command):
        figure(what, growth, GROWTH_KIB)
        assert growth <= GROWTH_KIB


@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("name", ROLES)
def test_changed_octets(start_tool, proxy, proxied, checked, witness, is_long, figure, name, way):
    """TCP's checksums let one error in many gigabytes through, and not everybody who listens on 5672 is a broker."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    patient = Patient(name, start_tool, proxy, proxied, checked(name))
    publisher = witness()
    if not patient.is_publisher:  # its output is opened by the first packet
        publisher.publish("fromAgent.x.ip.tun.packet.raw", '{"data": [96, 0]}')
        patient.tool.wait_stats(lambda report: report["output.written"] == 1)
    offsets = range(patient.start[way]) if is_long else chance.sample(range(patient.start[way]), 12)
    before = None
    for offset in offsets:
        meet_a_flip(patient, proxy, publisher, way, (offset, chance.randrange(1, 256)))
        before = before or patient.size()
    growth = patient.growth_since(before)
    patient.tool.stop(status=None)
    figure(f"{name}: octets of a start changed ({way})", f"{len(offsets)} of {patient.start[way]}")
    note_growth(figure, patient, f"{name}: growth by changed octets ({way}), KiB", growth)


def meet_a_flip(patient, proxy, publisher, way, flip):
    """Whether it ends that connection or lives on with it, the next one is well."""
    number = len(proxy.connections)
    proxy.next(**{way: Fault(flip=(flip,))})
    proxy.reset()
    wait_until(lambda: len(proxy.connections) > number, what=f"a connection (flip {flip})")
    connection = proxy.connections[number]
    if patient.is_publisher:
        write(patient.tool, records([1, 2, 3]))
    else:
        publisher.publish("fromAgent.x.ip.tun.packet.raw", '{"data": [96, 0]}')
    started = time.monotonic()
    wait_until(lambda: connection.ended.is_set() or time.monotonic() - started > 0.05)
    assert patient.tool.process.poll() is None, f"flip {flip}:\n{patient.tool.stderr}"
    proxy.end(connection)
    patient.wait_whole(number + 1)
