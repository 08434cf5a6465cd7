"""Every command that README, docs and the man pages show is run, as it stands there, and does what it is shown for; or it stands in a list
of what is run elsewhere, or cannot be run in a test.

A block is a scene: its lines are started one after another, each in a shell; those that stay are seen at work, then ended by Ctrl-C.
What is replaced is below: hosts, ports, programs with windows.
"""
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading

import pytest

import harness
from harness import ROOT, TESTS, fcs16, ipv6_udp, pcap_bytes, wait_until
from relay import Relay

sys.path.append(str(TESTS))
import air  # noqa: E402
import documented  # noqa: E402

pytestmark = pytest.mark.timeout(300)
BLOCKS = documented.blocks()

# --- what is not run here: the command, and the test that runs it, or why none can ---

ELSEWHERE = {
    r"make demo": "tests/e2e/test_demo.py",
    r"make (check|bench|fuzz|check-faults|check-corpus)\b.*": "is the tests, or takes long",
    r"make -j2 BUILD=build/check/gcc .*|build/check/gcc/tests/.*|.*/usr/bin/python3 -m pytest .*": "is the tests",
    r"python3 tests/fuzz/corpus.py pack .*": "packs what a fuzzer has found, into the tree",
    r"make deb|sudo apt install \./build/deb/.*": "tests/boot/check_boot.py",
    r"make deps": "changes this machine",
    r"make|sudo make (install|uninstall)": "tests/test_install.py",
    r"cc program\.c .*": "tests/test_install.py::test_the_first_program_of_the_documents_starts",
    r"install -D -m 600 /dev/stdin /etc/credstore/.*|systemctl .*|systemd-run .*|journalctl .*": "tests/boot/check_boot.py",
    r"slip-dump --list": "tests/e2e/test_port.py::test_list",
    r"AMQP_URL=.* docs/examples/session\.sh": "tests/e2e/test_session.py::test_a_lost_answer_is_asked_for_again",
    r"docs/examples/session_probes\.sh .*": "tests/e2e/test_session.py::test_two_probes",
    r"ip tuntap add fb0 mode tun user alice|ip (addr|link) .* fb0\b.*|sysctl net\.ipv.\.conf\.fb0\..*|amqp-tun .* --ifname fb0":
        "tests/e2e/amqp_tun/test_tun_privileges.py::test_without_root_it_speaks_to_its_peer",
}
PAGES_ELSEWHERE = {"docs/broker.md": "tests/e2e/test_broker_doc.py::test_every_block_was_run"}
# A block that is a script is a file, which a test runs.
SCRIPTS = {"docs/examples/up-down.sh": "tests/e2e/test_events.py"}

# --- what is replaced ---

PORT = re.compile(r"/dev/ttyUSB\d|/dev/serial/by-id/[\w.-]+")  # a simulated mote on a pseudo-terminal, another one for each line
BROKER = "broker.example"                                      # the private broker on loopback
ATTIC = "tcp:attic:3333"                                       # a mote behind a socket
PLACES = {"/var/spool/framebus": "spool"}                      # in the scene's own folder
PREFIX = {"docs/check.md": "setpriv --bounding-set -all --inh-caps -all"}  # without capabilities, which the page shows
# In what a command prints: times, what depends on the kernel, the broker's version.
VARIES = {r"\d\d:\d\d:\d\d\.\d{6}": "TIME", r"\d+\.\d s$": "SECONDS", r"is here \((gso|pcap)\)": "is here", r"RabbitMQ [\d.]+": "RabbitMQ"}
PROGRAMS = {
    "sudo": 'exec "$@"',
    "wireshark": 'test "$*" = "-k -i -" || exit 2\nexec tshark -n -l -r -',
    "ping": f'exec {shutil.which("ping")} -q -c 1 -w 20 "$@"',
    "rabbitmqctl": f'exec {TESTS}/broker.sh ctl "$BROKER_FOLDER" -q "$@"',
}
# What the tools do is seen by their events and their statistics.
TOOL = 'exec {program} "$@" --events "$EVENTS.{name}" --stats=json'

# --- what the commands read ---

PASSWORD = "password\n"
KEYS = "raw 36:54:69:53:43:48:20:6d:69:6e:69:6d:61:6c:31:35\n"
PACKETS = [(1_795_651_200_000_000_000 + i * 1_000_000, ipv6_udp(f"bbbb::{i % 2 + 1}", f"bbbb::{2 - i % 2}", b"\x40\x01\0\7")) for i in range(4)]
FRAMES = [bytes.fromhex("4188") + bytes([i]) + bytes.fromhex("cdab02000100") + b"hi" for i in range(40)]
TO_ONE = bytes.fromhex("418c01cdab") + bytes.fromhex("00124b0001020304")[::-1] + bytes.fromhex("0100") + b"hi"
BROADCAST = bytes.fromhex("41d8cecdabffff9ced3304004b1200") + b"hi"  # what slip-dump(1) shows


def pcapng_of(*captures):
    def make(path):
        parts = []
        for number, capture in enumerate(captures):
            parts.append(path.with_suffix(f".{number}"))
            parts[-1].write_bytes(capture)
        subprocess.run(["mergecap", "-I", "none", "-F", "pcapng", "-w", path, *parts], check=True, timeout=30)
    return make


def written(content):
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content.encode()) and path.chmod(0o600)


FILES = {
    "agent_1.password": written(PASSWORD), "agent_2.password": written(PASSWORD), "router.password": written(PASSWORD), "secret": written(PASSWORD),
    "lab.keys": written(KEYS),
    "session.pcap": written(pcap_bytes(101, PACKETS)),
    "lab.pcapng": pcapng_of(pcap_bytes(101, PACKETS[:2]), pcap_bytes(101, PACKETS[2:])),
    "air.pcapng": pcapng_of(pcap_bytes(230, [(1, FRAMES[0])])),
    "air.pcap": written(pcap_bytes(230, [(1_000_000, FRAMES[0])])),
    "beacons.pcap": written(pcap_bytes(230, [(1_000_000, BROADCAST)])),
    "theirs.pcapng": pcapng_of(pcap_bytes(230, [(1_000_000, FRAMES[0]), (2_000_000, TO_ONE)])),
    "recorded.slip": written(air.slip(fcs16(BROADCAST))),
}


class Raw(air.Mote):
    """SLIP and nothing else: a radio frame with its FCS, up and down."""
    pending = b""

    def split(self, octets):
        *pieces, self.pending = (self.pending + octets).split(b"\xc0")
        return [piece.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb") for piece in pieces if piece]

    def handle(self, message):
        self.note_sent(message)

    def hear(self, frame):
        self.write(air.slip(fcs16(frame)))


class Attic:
    """The same behind a socket."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.connections = self.listener.getsockname()[1], []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                self.connections.append(self.listener.accept()[0])
        except OSError:
            pass

    def hear(self, frame):
        for connection in self.connections:
            connection.sendall(air.slip(fcs16(frame)))

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


def as_always(line):
    for pattern, word in VARIES.items():
        line = re.sub(pattern, word, line)
    return line.rstrip()


class Line:
    """A command of a scene."""

    def __init__(self, scene, command, number, prefix):
        self.scene, self.command, self.motes = scene, command, []
        self.tools = re.findall(rf"(?:^|[|;] *|sudo )({'|'.join(documented.TOOLS)})\b", command.text)
        self.text = scene.replaced(command.text, self)
        self.events = scene.folder / f"events.{number}"
        self.output = [scene.folder / f"{name}.{number}" for name in ("stdout", "stderr")]
        scene.bring_files(command.text)
        environment = {**scene.environment, "EVENTS": str(self.events)}
        with open(self.output[0], "wb") as out, open(self.output[1], "wb") as err:
            self.process = subprocess.Popen([*prefix, "bash", "-o", "pipefail", "-c", self.text], cwd=scene.folder, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=err, start_new_session=True)

    def said(self, which=1):
        return self.output[which].read_bytes().decode(errors="replace")

    def words(self):
        """What it says to people: without what the test has asked for."""
        return "\n".join(line for line in self.said().splitlines() if not line.startswith('{"tool"'))

    def happened(self, tool, event):
        path = self.events.with_name(f"{self.events.name}.{tool}")
        lines = path.read_text().splitlines() if path.exists() else []
        return next((e["details"] for e in map(json.loads, lines) if e["event"] == event), None)

    def has_ended(self):
        return self.process.poll() is not None

    def is_ready(self):
        return self.has_ended() or all(self.happened(tool, "ready") is not None for tool in self.tools)

    def reports(self, tool):
        return [r for r in map(json.loads, re.findall(r'^\{"tool":.*\}$', self.said(), re.MULTILINE)) if r["tool"] == tool]

    def tell(self, tool, what):
        """Whether it was there to be told."""
        if self.has_ended() or self.happened(tool, "stopped"):
            return False
        try:
            os.kill(int(self.happened(tool, "started")["pid"]), what)
        except ProcessLookupError:
            return False
        return True

    def report(self, tool):
        """Its counters, now or as it ended."""
        before = len(self.reports(tool))
        if self.tell(tool, signal.SIGUSR1):
            wait_until(lambda: len(self.reports(tool)) > before or self.happened(tool, "stopped") or self.has_ended(), what=f"{self.text}: a report")
        return (self.reports(tool) or [{}])[-1]

    def works(self, tool):
        """Whether it has done what it is for, seen from within."""
        r = self.report(tool)
        if tool in ("slip-dump", "amqp-dump"):
            if "--who" in self.text:
                return r.get("bus_downlink.received", 0) > 1
            if "--top" in self.text and "-w" not in self.text:
                return bool(r.get("air"))
            outputs = [v for k, v in r.items() if re.fullmatch(r"downlink\.shown" if "--raw" in self.text else r"output(_\d+)?\.written", k)]
            return bool(outputs) and all(outputs)
        if tool == "amqp-serial":
            sent = all(mote.sent for mote in self.motes) or "--peer" not in self.text or len(self.scene.lines) < 2
            return r.get("uplink.published", 0) > 0 and sent
        if tool == "amqp-play":
            return r.get("bus_uplink.packets", 0) > 0
        if tool == "amqp-route":
            return r.get("route.forwarded", 0) > 0
        return self.happened(tool, "peer_here" if "--peer " in self.text else "up" if "--force" in self.text else "ready") is not None

    def is_done(self):
        """There is nothing more to wait for: it has done what it is for, or it has failed, which check() tells."""
        return self.has_ended() and (self.process.returncode != 0 or "--check" in self.text) or all(map(self.works, self.tools))

    def stop(self):
        """Ctrl-C for its first tool; the others have their end of input."""
        for tool in self.tools:
            if self.tell(tool, signal.SIGINT) and len(self.tools) > 1:
                wait_until(lambda: self.happened(tool, "stopped") or self.has_ended(), what=f"{self.text}: the end of {tool}")
        wait_until(self.has_ended, what=f"{self.text}: its end")

    def check(self):
        """It has ended well, what it was to write is there, and what is shown of it was printed."""
        status = 1 if any(shown.startswith("wrong") for shown in self.command.output) else 0
        assert self.process.returncode == status, f"{self.text}\nstatus {self.process.returncode}\n{self.said(0)}{self.words()}"
        self.check_output()
        if {"slip-dump", "amqp-dump"} & set(self.tools) and "--check" not in self.text:
            self.check_captures()

    def check_output(self):
        printed = list(map(as_always, [*self.said(0).splitlines(), *self.words().splitlines()]))
        shown = [as_always(self.scene.replaced(line)) for line in self.command.output]
        if "--check" in self.text:  # a part of what is found; what mends it depends on the machine
            shown, printed = [line for line in shown if not line.startswith(" ")], [line for line in printed if line in shown]
        assert not shown or printed == shown, f"{self.text}\nprinted:\n" + "\n".join(printed) + "\nshown:\n" + "\n".join(shown)

    def check_captures(self):
        files = [f for f in re.findall(r"-w (\S+)", self.text) if f != "-"]
        for name in files:
            found = list(self.scene.folder.glob(re.sub(r"(%\w)?\.(?=\w+$)", "*.", name)))
            assert found and all(path.is_fifo() or path.stat().st_size for path in found), name
            for path in found:
                assert not name.endswith(("pcap", "pcapng")) or harness.tshark(path, "frame.number"), f"{self.text}: {path} is empty"
        if "--print" in self.text or "--json" in self.text or "| " in self.text and "amqp-play" not in self.text or not files and "-w" not in self.text:
            assert self.said(0).strip(), f"{self.text}: no output\n{self.said()}"
        if "--json" in self.text:
            assert all(json.loads(line) for line in self.said(0).splitlines())

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)


class Scene:
    def __init__(self, lab, folder, request):
        self.lab, self.folder, self.request = lab, folder, request
        self.lines, self.motes, self.hosts, self.relays, self.readers = [], [], {}, [], []
        self.witness = None
        programs = folder / "programs"
        programs.mkdir()
        tools = {name: TOOL.format(program=harness.binaries_folder() / name, name=name) for name in documented.TOOLS}
        for name, text in {**PROGRAMS, **tools}.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        (folder / "docs").symlink_to(ROOT / "docs")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AMQP_", "FINTEROP_"))}
        self.environment = {**clean, "PATH": f"{programs}:{os.environ['PATH']}", "TZ": "UTC", "BROKER_FOLDER": str(lab.broker.folder),
                            "AMQP_URL": lab.url}

    # --- what is replaced, and what is there ---

    def replaced(self, text, line=None):
        """line: whose motes they are."""
        def mote(_):
            path = self.folder / f"mote.{len(self.motes)}"
            self.motes.append(Raw(path))
            if line:
                line.motes.append(self.motes[-1])
            return str(path)

        def attic(_):
            self.motes.append(Attic())
            if line:
                line.motes.append(self.motes[-1])
            return f"tcp:127.0.0.1:{self.motes[-1].port}"
        text = re.sub(re.escape(BROKER), f"127.0.0.1:{self.lab.broker.port}", text)
        text = re.sub(re.escape(ATTIC), attic, PORT.sub(mote, text))
        for there, here in PLACES.items():
            text = text.replace(there, str(self.folder / here))
        return text

    def bring_files(self, text):
        for name in re.findall(r"(?:-r|--[a-z-]+) ([\w.]+)", text):
            if name in FILES and not (self.folder / name).exists():
                FILES[name](self.folder / name)
            elif f"amqp-play -r {name}" in text:
                self.lab.record(self.folder / name)

    def host(self, name):
        """A network namespace with the broker in reach."""
        if name not in self.hosts:
            ns = self.request.getfixturevalue("netns")()
            self.relays.append(Relay(ns, self.lab.broker.port))
            for interface in re.findall(r"\beth\d", str(self.block.text)) if name == "host1" else []:
                if interface not in ns.interfaces():
                    ns.ip("link", "add", interface, "type", "veth", "peer", "name", f"{interface}-peer")
                    ns.ip("link", "set", interface, "up")
            self.hosts[name] = ns
        return self.hosts[name]

    def prefix(self, command):
        """Where a command runs: tunnels have two hosts, the first of a block and the other one."""
        before = shlex.split(PREFIX.get(self.block.page, ""))
        if re.search(r"\bamqp-tun\b", command.text):
            others = [line for line in self.lines if "amqp-tun" in line.tools]
            return self.host(command.host or f"host{len(others) + 1}").prefix + before
        return (self.host(command.host or "host1").prefix if command.text.startswith("ping ") else []) + before

    # --- the scene ---

    def play(self, block):
        self.block = block
        self.witness = self.lab.witness()
        for command in block.commands:
            if is_elsewhere(command):
                continue
            if command.text.startswith("export "):
                self.environment.update(word.split("=", 1) for word in shlex.split(self.replaced(command.text))[1:])
                continue
            prefix = self.prefix(command)
            line = Line(self, command, len(self.lines), prefix)
            if "mkfifo" in line.text:
                self.read_fifo(self.folder / re.search(r"mkfifo (\w+)", line.text)[1])
            self.lines.append(line)
            try:
                wait_until((lambda: self.start_agents(line) or line.is_ready()) if line.tools else line.has_ended)
            except AssertionError as failure:
                raise AssertionError(f"{failure}: {line.text}\n{self.said()}") from None
        number = iter(range(10 ** 6))
        try:
            wait_until(lambda: self.poke(next(number)) or all(line.is_done() for line in self.lines))
        except AssertionError as failure:
            idle = [line.text for line in self.lines if not line.is_done()]
            raise AssertionError(f"{failure}\nat work they were not: {idle}\n{self.said()}") from None
        for line in self.lines:
            line.stop()
        for line in self.lines:
            line.check()

    def start_agents(self, line):
        """Agents that are told to start by --bootstrap say that they have."""
        for name in re.search(r"--link (\S+)", line.text)[1].split(",") if "--bootstrap" in line.text else []:
            self.witness.publish(f"fromAgent.{name}.ip.tun.started", {"_api_version": "1.2.15", "name": name})

    def said(self):
        return "\n".join(f"$ {line.text}\n{line.said(0)[-1000:]}{line.words()[-2000:]}" for line in self.lines)

    def poke(self, number):
        """Something happens: radios hear, agents speak."""
        for mote in self.motes:
            mote.hear(FRAMES[number % len(FRAMES)])
        names = [name for line in self.lines for link in re.findall(r"--link (\S+)", line.text) for name in link.split(",")]
        for name in {"agent_1", "probe_1", *names}:
            self.witness.publish(f"fromAgent.{name}.802154.serial.packet.raw", self.body(FRAMES[number % len(FRAMES)], "serial"))
            self.witness.publish(f"fromAgent.{name}.ip.tun.packet.raw", self.body(PACKETS[0][1], "tun0"))

    @staticmethod
    def body(octets, interface):
        return {"_api_version": "1.2.15", "data": list(octets), "interface_name": interface, "timestamp": 1795651200.5}

    def read_fifo(self, path):
        """Somebody who has opened it; what is written fits into it."""
        wait_until(path.exists, what=f"{path}")
        self.readers.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))

    def close(self):
        for line in self.lines:
            line.kill()
        for each in [*self.motes, *self.relays, *([self.witness] if self.witness else [])]:
            each.close()
        for reader in self.readers:
            os.close(reader)


# --- the tests ---

class Lab:
    """The broker as README sets it up, and users that other pages name."""

    def __init__(self, broker, folder):
        self.broker = broker
        (folder / "sudo").write_text(f"#!/bin/sh\n{PROGRAMS['sudo']}\n")
        (folder / "rabbitmqctl").write_text(f"#!/bin/sh\n{PROGRAMS['rabbitmqctl']}\n")
        for path in folder.iterdir():
            path.chmod(0o755)
        for command in SET_UP.commands:
            done = subprocess.run(["bash", "-c", command.text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                                  env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "BROKER_FOLDER": str(broker.folder)})
            assert done.returncode == 0, f"{command}\n{done.stdout}"
        self.url = broker.url_of("lab", "lab", "secret")
        for user in USERS:
            broker.add_user(user, PASSWORD.strip(), "lab")
            broker.eval(f'rabbit_auth_backend_internal:set_permissions(<<"{user}">>, <<"/">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>).')

    def witness(self):
        return harness.Witness(self.url, ["#"])

    def record(self, path):
        """What amqp-dump writes of two agents."""
        recorder = harness.Tool("amqp-dump", "-u", self.url, "-w", path, "-c", 2).wait_ready()
        witness = self.witness()
        for name in "agent_1", "agent_2":
            witness.publish(f"fromAgent.{name}.ip.tun.packet.raw", Scene.body(PACKETS[0][1], "tun0"))
        recorder.wait(status=0)
        recorder.close()
        witness.close()

    def close(self):
        for user in ("lab", *USERS):
            self.broker.delete_user(user)
        self.broker.eval('rabbit_vhost:delete(<<"lab">>, <<"tests">>).')


USERS = ("agent_1", "agent_2", "router", "user")


def is_elsewhere(command):
    return any(re.fullmatch(known, command.text) for known in ELSEWHERE)


SET_UP = next(block for block in BLOCKS if block.page == "README.md" and any("rabbitmqctl" in command.text for command in block.commands))
TO_RUN = [block for block in BLOCKS if block is not SET_UP and not block.is_script and block.page not in PAGES_ELSEWHERE]
HERE = [block for block in TO_RUN if not all(map(is_elsewhere, block.commands))]
# Nothing else is run without being looked at.
KNOWN = re.compile(rf"(sudo )?({'|'.join(documented.TOOLS)}|ping|export [A-Z_]+=|mkfifo \w+; slip-dump) ?.*")


@pytest.fixture(scope="module")
def lab(broker, tmp_path_factory):
    made = Lab(broker, tmp_path_factory.mktemp("programs"))
    yield made
    made.close()


@pytest.fixture
def scene(lab, tmp_path, request):
    made = Scene(lab, tmp_path, request)
    yield made
    made.close()


@pytest.mark.parametrize("block", HERE, ids=repr)
def test_commands_do_what_they_are_shown_for(scene, block):
    scene.play(block)
    after = BLOCKS[BLOCKS.index(block) + 1:][:1]
    shown = [line for each in after if each.page == block.page and each.language == "text" for line in each.text.splitlines()]
    if shown and all(re.match(rf"({'|'.join(documented.TOOLS)}): ", line) for line in shown):  # what they say
        said = [as_always(line) for each in scene.lines for line in each.words().splitlines()]
        assert all(as_always(line) in said for line in shown), "\n".join(said)


def test_every_block_says_what_it_holds():
    wrong = [f"{block}: {block.language or 'no language'}" for block in BLOCKS if block.language not in documented.WITH_COMMANDS | documented.WITHOUT]
    assert not wrong, f"{wrong} (sh and console have commands; {', '.join(sorted(documented.WITHOUT))} have none)"
    hidden = [f"{block}: {line}" for block in BLOCKS if not block.commands for line in block.text.splitlines()
              if re.match(rf"(sudo )?({'|'.join(documented.TOOLS)}) ", line) and "  " not in line]
    assert not hidden, f"commands in blocks that have none: {hidden}"


def test_every_command_is_run_or_is_told_why_not():
    unknown = [f"{block}: {command}" for block in TO_RUN for command in block.commands if not is_elsewhere(command) and not KNOWN.fullmatch(command.text)]
    assert not unknown, unknown


def test_what_is_run_elsewhere_is_there():
    commands = [command.text for block in BLOCKS for command in block.commands]
    unused = [known for known in ELSEWHERE if not any(re.fullmatch(known, text) for text in commands)]
    assert not unused, f"no document has these any more: {unused}"
    for place in [*ELSEWHERE.values(), *PAGES_ELSEWHERE.values(), *SCRIPTS.values()]:
        if place.startswith("tests/"):
            path, _, name = place.partition("::")
            assert (ROOT / path).exists() and f"def {name}" in (ROOT / path).read_text(), place
    assert set(PAGES_ELSEWHERE) <= {block.page for block in BLOCKS}


def test_a_script_is_a_file_that_a_test_runs():
    for block in BLOCKS:
        if block.is_script:
            assert any(block.text == (ROOT / name).read_text() and name in (ROOT / test).read_text() for name, test in SCRIPTS.items()), block


# --- what documents quote of what the tools print, beside the output of commands above ---

# A line of a tool, as a page quotes it: the test that has it printed, and what of the line that test looks at.
QUOTED = {
    "slip-dump: 1 204 frames, 0 dropped, 2 with a bad FCS, 61 s": ("tests/unit/test_summary.c", "1 204 frames, 0 dropped, 2 with a bad FCS"),
    "amqp-dump: 1 204 packets, 3 messages lost on the bus (a queue was full), 61 s":
        ("tests/e2e/test_said.py", "packets, 3 messages lost on the bus (a queue was full)"),
    "amqp-play: 1 204 packets published, 0 dropped, 61 s": ("tests/unit/test_summary.c", "packets published, 0 dropped"),
    "amqp-serial: 1 204 frames to the bus, 17 frames to the probe, 0 dropped, 61 s": ("tests/e2e/test_said.py", "frames to the probe, 0 dropped"),
    "amqp-tun: 1 204 packets to the bus, 1 198 packets from the bus, 3 dropped (no connection to the broker), 61 s":
        ("tests/unit/test_summary.c", "dropped (no connection to the broker)"),
    "amqp-tun: /dev/net/tun: Operation not permitted (run as root, or give it CAP_NET_ADMIN)":
        ("tests/e2e/amqp_tun/test_tun_setting_up.py", "run as root, or give it CAP_NET_ADMIN"),
}
OF_CONFIGURATION = "amqp-tun: a.conf:3: --nmae: no such option; did you mean --name? (see amqp-tun --help)"
OF_COMMITS = "amqp-tun: IPv4 redirects from the bus do not enter"  # how CONTRIBUTING.md writes a commit


def test_a_quoted_line_is_printed_somewhere():
    line = re.compile(rf"^(?:.*`)?((?:{'|'.join(documented.TOOLS)}): [^`\n]*)", re.MULTILINE)
    printed = {text for block in BLOCKS for command in block.commands for text in command.output}
    quoted = {text for path in (*documented.DOCUMENTS, *documented.PAGES) for text in line.findall(path.read_text())} - printed
    said = {text for block in BLOCKS if block.language == "text" and block.page == "README.md" for text in block.text.splitlines()}
    assert quoted - said - {OF_CONFIGURATION, OF_COMMITS} == set(QUOTED), "a line that nobody has seen printed, or a page that has it no more"
    for text, (path, words) in QUOTED.items():
        assert words in text and words in (ROOT / path).read_text(), text


def test_a_fault_in_a_file_of_options_is_told_so(tmp_path):
    (tmp_path / "a.conf").write_text("url = amqp://127.0.0.1/\nname = a\nnmae = b\n")
    done = subprocess.run([harness.binaries_folder() / "amqp-tun", "--config", "a.conf"], cwd=tmp_path, stderr=subprocess.PIPE, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (2, OF_CONFIGURATION + "\n")
    assert OF_CONFIGURATION in (ROOT / "man/framebus.conf.5").read_text()


def displayed(page, beginning):
    """Of a display or a fenced block, the lines from one that begins so."""
    block = next(b for b in BLOCKS if b.page == page and any(line.startswith(beginning) for line in b.text.splitlines()))
    return block.text


def test_lines_and_json_are_as_the_page_shows_them():
    def printed(*options):
        return subprocess.run([harness.binaries_folder() / "slip-dump", "-q", *options, "-r", ROOT / "docs/examples/air.pcap"], check=True,
                              stdout=subprocess.PIPE, text=True, timeout=20, env={"TZ": "UTC"}).stdout.splitlines()
    shown = re.sub(r"\n ", " ", displayed("man/slip-dump.1", "12:00:00.123456 Beacon")).splitlines()
    assert set(map(as_always, shown)) <= set(map(as_always, printed())), printed()
    names = re.findall(r'"(\w+)":', re.sub(r"\{\.\.\.\}", "0", displayed("man/slip-dump.1", '{"time"')))
    for line in printed("--json"):
        keys = list(json.loads(line))
        assert keys == [name for name in names if name in keys], line


def test_files_of_options_and_keys_are_taken(tmp_path):
    """Every file that a page shows: names of systemd's credentials and of passwords stand for files that are here."""
    files = [b for b in BLOCKS if b.language == "conf"] + [b for b in BLOCKS if b.page == "man/framebus.conf.5" and "peer = " in b.text]
    assert len(files) >= 2
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    for number, block in enumerate(files):
        path = tmp_path / f"{number}.conf"
        path.write_text(re.sub(r"(password-file\W+)\S+", rf"\1{tmp_path}/password", block.text))
        tool = next((name for name in documented.TOOLS if name in block.text), "amqp-tun")
        done = subprocess.run([harness.binaries_folder() / tool, "--config", path, "--dump-config"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=20)
        assert done.returncode == 0, f"{block}\n{done.stdout}"
    (tmp_path / "keys").write_text(displayed("man/framebus-keys.5", "thread "))
    done = subprocess.run([harness.binaries_folder() / "slip-dump", "-q", "-r", ROOT / "docs/examples/air.pcap", "--frame-keys", tmp_path / "keys"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=20)
    assert done.returncode == 0 and done.stderr == "" or "no libcrypto" in done.stderr, done.stderr


def test_who_is_heard_is_a_table_as_it_is_shown(tmp_path):
    shown = displayed("docs/probes.md", "  air: ").splitlines()
    mote = Raw(tmp_path / "mote")
    tool = harness.Tool("slip-dump", "-p", tmp_path / "mote", "--fcs", "crc16", "--stats", stats=False).wait_ready()
    try:
        mote.hear(FRAMES[0])
        tool.wait_stdout(1)
        tool.stop()
    finally:
        mote.close()
        tool.close()
    said = tool.stderr.splitlines()
    assert shown[1] in said, tool.stderr
    row = re.compile(r"    0x0001 in 0xabcd {9,} *1 +0 +0 +0 .* s ago")
    assert any(map(row.fullmatch, said)) and re.fullmatch(r"    0x0001 in 0xabcd .* s ago", shown[2]), tool.stderr
