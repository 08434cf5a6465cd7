"""docs/broker.md, done as it says: every command of it, on brokers of our own, and whether that does what the page promises."""
import os
import re
import shlex
import subprocess
import sys

import pika
import pytest

import harness
import test_identity
from harness import TESTS, wait_until

sys.path += [str(TESTS), str(TESTS / "faults")]
from cluster import Cluster  # noqa: E402
from bus_tools import ESTABLISHED, remote_ports  # noqa: E402
from free_ports import free_ports  # noqa: E402

PAGE = harness.ROOT / "docs" / "broker.md"
pytestmark = pytest.mark.timeout(300)


class Block:
    """A fenced block: language, where it belongs (its first line, if that is a comment), lines, the headings above it."""

    def __init__(self, language, text, headings):
        self.language, self.headings = language, headings
        first, _, rest = text.partition("\n")
        self.where, self.text = (first.removeprefix("# "), rest) if first.startswith("# ") else ("", text)

    def __repr__(self):
        return f"{' / '.join(self.headings)}: {self.text.splitlines()[0]}"


def blocks_of(page):
    headings, found, fence, lines = {}, [], None, []
    for line in page.read_text().splitlines():
        opening = re.fullmatch(r"\s*```(\w*)", line)
        if opening and fence is None:
            fence, lines = opening[1], []
        elif opening:
            found.append(Block(fence, re.sub(r"(?m)^  (?=\S)", "", "\n".join(lines)), list(headings.values())))
            fence = None
        elif fence is not None:
            lines.append(line)
        elif heading := re.match(r"(#+) (.*)", line):
            headings = {level: text for level, text in headings.items() if level < len(heading[1])} | {len(heading[1]): heading[2]}
    return found


BLOCKS = blocks_of(PAGE)
used = set()


def under(heading, language=None, where=None):
    """The blocks of a section, in their order."""
    chosen = [b for b in BLOCKS if heading in b.headings and language in (None, b.language) and where in (None, b.where)]
    assert chosen, f"{PAGE}: nothing under {heading} ({language}, {where})"
    used.update(map(id, chosen))
    return chosen


def words_of(block):
    """A command line without its continuation lines."""
    return shlex.split(block.text.replace("\\\n", " "))


# --- the administrator's machine ---

SHIM = """#!/bin/sh
exec {script} {command} {folder} {words} "$@"
"""
SYSTEMCTL = """#!/bin/sh
[ "$*" = "restart rabbitmq-server" ] && {script} stop {folder} && exec {script} start {folder}
"""


class Machine:
    """Where RabbitMQ runs: /etc/rabbitmq and the commands are those of a private broker."""

    def __init__(self, broker, folder, replacements):
        self.broker, self.folder = broker, folder
        self._etc = folder / "etc-rabbitmq"
        self._etc.mkdir(parents=True)
        self.replacements = {"/etc/rabbitmq": str(self._etc), **replacements}
        self._bin = folder / "bin"
        self._bin.mkdir()
        script = str(TESTS / "broker.sh")
        for name, command, words in (("rabbitmqctl", "ctl", ""), ("rabbitmq-plugins", "tool", "rabbitmq-plugins"),
                                     ("rabbitmq-queues", "tool", "rabbitmq-queues")):
            self._add(name, SHIM.format(script=script, command=command, folder=broker.folder, words=words))
        self._add("systemctl", SYSTEMCTL.format(script=script, folder=broker.folder))
        if os.geteuid() != 0:
            self._add("chown", "#!/bin/sh\ntrue\n")

    def _add(self, name, text):
        (self._bin / name).write_text(text)
        (self._bin / name).chmod(0o755)

    def translate(self, text):
        for here, there in self.replacements.items():
            text = text.replace(here, there)
        return text

    def run(self, blocks):
        for block in blocks:
            if block.language == "ini":
                with open(self.broker.folder / "extra.conf", "a", encoding="utf-8") as conf:
                    conf.write(self.translate(block.text) + "\n")
                continue
            done = subprocess.run(["bash", "-e", "-c", self.translate(block.text)], cwd=self.folder, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=120,
                                  env={**os.environ, "PATH": f"{self._bin}:{os.environ['PATH']}"})
            assert done.returncode == 0, f"{block}\n{done.stdout}"
            self.output = done.stdout

    def password(self, user):
        return (self.folder / f"{user}.password").read_text().strip()


def spare_port():
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """One for the whole page: each test goes on where the one before it stopped."""
    folder = tmp_path_factory.mktemp("page")
    own = harness.Broker(folder / "broker")
    made = Machine(own, folder / "admin", {"broker.example": "localhost", "127.0.0.1:5672": f"127.0.0.1:{own.port}",
                                           "IP:192.0.2.7": "IP:127.0.0.1"})
    made.tls_port = spare_port()
    made.replacements["listeners.ssl.default = 5671"] = f"listeners.ssl.default = 127.0.0.1:{made.tls_port}"
    yield made
    own.close()


@pytest.fixture
def start(machine, tool, request):
    """start(BLOCK) runs a tool's command of the page, with what only a test needs."""
    def run(block, *more, wait=True, **replacements):
        name, *words = words_of(block)
        words = [machine.translate(word) for word in words]
        words = [_in_folder(machine, word) for word in words]
        if name == "amqp-tun":
            words += ["--netns", request.getfixturevalue("netns")().name]
        return tool(name, *words, *more, wait=wait)
    return run


def _in_folder(machine, word):
    """Files are where the administrator made them."""
    for folder in (machine.folder, machine.folder / "etc-rabbitmq" / "tls"):
        if (folder / word).is_file():
            return folder / word
    return word


def url(machine, user, password=None):
    return f"amqp://{user}:{password or machine.password(user)}@127.0.0.1:{machine.broker.port}/lab"


def on_port(block, port):
    """The page's URLs have none: theirs are 5672 and 5671."""
    return Block(block.language, block.text.replace("broker.example/", f"broker.example:{port}/"), block.headings)


def refused(tool, *words):
    """What it says when it is not allowed to."""
    ended = tool(*words, wait=False)
    ended.wait(status=3)
    assert "ACCESS_REFUSED" in ended.stderr
    return ended.stderr


@pytest.fixture
def frames(tmp_path):
    path = tmp_path / "frames.pcap"
    path.write_bytes(harness.pcap_bytes(230, [(1, bytes.fromhex("6188 2a cdab 0200 0100 6869"))]))
    return path


# --- users and permissions ---

def test_users_and_permissions(machine, start, tool, frames, tmp_path):
    machine.run(under("Users", "sh", ""))
    machine.run(under("Permissions", "sh"))
    assert "guest" not in machine.broker.ctl("list_users")
    if os.geteuid() == 0:
        start(on_port(under("Users", where="at agent_1")[0], machine.broker.port))
    watcher = tool("amqp-dump", "-u", url(machine, "watcher"), "-w", tmp_path / "seen.pcap")
    play(tool, machine, "agent_1", "agent_1", frames)
    watcher.wait_stats(lambda report: report["output.written"] == 1)
    refused(tool, "amqp-dump", "-u", url(machine, "agent_1"))  # a queue that is not its own
    refused(tool, "amqp-play", "-u", url(machine, "watcher"), "-n", "agent_1", "-r", frames)


def test_topic_permissions(machine, start, tool, frames, tmp_path, probe):
    machine.run(under("Topic permissions", "sh"))
    if os.geteuid() == 0:
        first = under("Users", where="at agent_1")[0]
        second = Block("sh", first.text.replace("agent_1", "X").replace("agent_2", "agent_1").replace("X", "agent_2"), [])
        start(on_port(first, machine.broker.port), "--require-user", "agent_2")
        start(on_port(second, machine.broker.port), "--require-user", "agent_1=agent_1")
    seen = [tool("amqp-serial", "-u", url(machine, "agent_1"), "-n", "agent_1", "-p", probe("one").link, "--peer", "agent_2"),
            tool("amqp-serial", "-u", url(machine, "agent_2"), "-n", "agent_2", "-p", probe("two").link)]
    watcher = tool("amqp-dump", "-u", url(machine, "watcher"), "-w", tmp_path / "seen.pcap")
    play(tool, machine, "agent_1", "agent_1", frames)
    watcher.wait_stats(lambda report: report["output.written"] == 1)
    fast = tool("amqp-play", "-u", url(machine, "agent_1"), "-n", "agent_1", "-r", frames, "--encoding", "pcap", wait=False)
    fast.wait(status=0)
    watcher.wait_stats(lambda report: report["output.written"] == 2)
    forged = refused(tool, "amqp-play", "-u", url(machine, "agent_1"), "-n", "agent_2", "-r", frames, "--encoding", "pcap")
    assert "'framebus.serial.agent_2'" in forged and "'fromAgent.agent_2" in forged
    assert not [each for each in (*seen, watcher, fast) if "going on with JSON" in each.stderr]
    assert "fromAgent.agent_2" in refused(tool, "amqp-play", "-u", url(machine, "agent_1"), "-n", "agent_2", "-r", frames)
    assert "toAgent.agent_2" in refused(tool, "amqp-play", "-u", url(machine, "agent_1"), "-n", "agent_2", "--to", "-r", frames)
    refused(tool, "amqp-dump", "-u", url(machine, "watcher"), "-k", "#")
    refused(tool, "amqp-serial", "-u", url(machine, "agent_1"), "-n", "agent_1", "-p", probe("three").link, "--peer", "agent_3")


def test_router(machine, start, tool):
    """Two agents that may reach nobody but the router, which may do nothing but pass on."""
    section = under("A router", "sh", "")
    machine.run(section)
    at_router = on_port(under("A router", "sh", "at the router")[0], machine.broker.port)
    route = start(at_router)
    keys = {"agent_1": ("fromAgent.{}.ip.tun.packet.raw", "toAgent.{}.ip.tun.packet.raw"),
            "agent_2": ("data.serial.fromAgent.{}", "data.serial.toAgent.{}")}
    body = '{"data": [96]}'
    for sender, receiver in ("agent_1", "agent_2"), ("agent_2", "agent_1"):
        out, back = keys[sender]
        there = agent_of(machine, receiver, back.format(receiver))
        here = agent_of(machine, sender)
        here.publish(out.format(sender), body, user_id=sender)
        message = there.get()
        assert (message.body.decode(), message.properties.user_id) == (body, "router")
        here.publish(out.format(receiver), body)
        assert forbidden(here)
        for one in here, there:
            one.close()
    router = agent_of(machine, "router")
    router.publish("fromAgent.agent_1.ip.tun.packet.raw", body)
    assert forbidden(router)
    assert "fromAgent.agent_3" in refused(tool, "amqp-route", "-u", url(machine, "agent_1"), "-n", "agent_1", "--link", "agent_1,agent_3")
    refused(tool, "amqp-route", "-u", url(machine, "watcher"), "--link", "agent_1,agent_2")
    asked = agent_of(machine, "agent_1", "toAgent.agent_1.ip.tun.start")
    second = start(at_router, "--bootstrap", wait=False)
    assert asked.get(20).properties.user_id == "router"
    asked.close()
    second.stop()
    assert route.stop()["route.routed"] == 2


def agent_of(machine, user, *keys):
    """A pika client of this user, whose queue has a name that the user may have."""
    one = harness.Witness(url(machine, user), ())
    if keys:
        name = one.channel.queue_declare(f"framebus.{user}.test", exclusive=True).method.queue
        for key in keys:
            one.channel.queue_bind(name, "amq.topic", key)
        one.channel.basic_consume(name, one._take, auto_ack=True)
    return one


def forbidden(client):
    """The broker has closed the channel for what was published last."""
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="403|ACCESS_REFUSED"):
        client.channel.queue_declare("framebus.agent_1.none", passive=True)
    return True


def test_whose_messages_count(machine, start, tool, tmp_path):
    """The three detours around these permissions, by a user who has no others; and what the page says against them."""
    agent, watch = under("Whose messages count")
    naive = tool("amqp-dump", "-u", url(machine, "watcher"), "-w", tmp_path / "naive.pcapng")
    watcher = start(on_port(Block("sh", watch.text.replace("all.pcapng", str(tmp_path / "all.pcapng")), []), machine.broker.port))
    if os.geteuid() == 0:
        start(on_port(agent, machine.broker.port))
    key, body = "fromAgent.agent_2.802154.serial.packet.raw", test_identity.json_body()
    forged = 0
    for detour in test_identity.DETOURS:
        for user_id in ("agent_1", None):
            client = harness.Witness(url(machine, "agent_1"), ())
            detour(client, "framebus.agent_1", key, body, pika.BasicProperties(content_type="application/json", user_id=user_id))
            forged += 1
            naive.wait_stats(lambda report: report["output.written"] == forged)
            client.close()
    report = watcher.wait_stats(lambda report: report["bus_downlink.rejected_foreign_user"] == forged)
    assert report["output.written"] == 0
    client = harness.Witness(url(machine, "agent_2"), ())
    client.publish(key, body, user_id="agent_2")
    watcher.wait_stats(lambda report: report["output.written"] == 1)
    client.close()
    naive.stop()
    watcher.stop()


def play(tool, machine, user, name, frames, password=None):
    player = tool("amqp-play", "-u", url(machine, user, password), "-n", name, "-r", frames, wait=False)
    player.wait(status=0)
    assert player.final_stats()["bus_uplink.confirmed"] == 1


# --- TLS ---

def test_tls_and_certificates(machine, start, tun_allowed):
    tls = [block for block in under("TLS") if "Certificates instead of passwords" not in block.headings]
    machine.run([block for block in tls if not block.where.startswith("at ")])
    start(on_port(tls[-1], machine.tls_port))
    certificates = under("Certificates instead of passwords")
    machine.run([block for block in certificates if not block.where.startswith("at ")])
    start(on_port(certificates[-1], machine.tls_port))
    wait_until(lambda: {c["user"] for c in machine.broker.connections()} == {"agent_1", "agent_2"}, what="both agents")


# --- limits ---

def test_limits_and_policies(machine, tool, frames, probe):
    machine.run(under("Limits and policies"))
    kept = tool("amqp-dump", "-u", url(machine, "watcher"), "--keep", "-w", "-")
    tool("amqp-serial", "-u", url(machine, "agent_1"), "-n", "agent_1", "-p", probe().link)
    policies = ""

    def has_both():
        nonlocal policies
        policies = machine.broker.eval('[io:format("~s ~0p~n", [element(4, amqqueue:get_name(Q)), lists:sort(case rabbit_policy:effective_definition(Q) of undefined -> []; D -> D end)]) '
                                       '|| Q <- rabbit_amqqueue:list(<<"lab">>)].')
        return policies.count('[{<<"max-length-bytes">>,4000000}]') == 2
    try:
        harness.wait_until(has_both)
    except AssertionError:
        raise AssertionError(policies) from None
    assert 'framebus.dump.dump [{<<"max-length-bytes">>,2000000000},{<<"overflow">>,<<"reject-publish">>}]' in policies
    play(tool, machine, "agent_1", "agent_1", frames)
    kept.wait_stats(lambda report: report["output.written"] == 1)
    assert "16777216" in machine.broker.eval("application:get_env(rabbit, max_message_size).")
    assert "200" in machine.broker.ctl("list_vhost_limits", "-p", "lab")
    assert "8" in machine.broker.ctl("list_user_limits", "--user", "agent_1")


# --- three nodes ---

def test_a_cluster(tmp_path, tool, frames):
    cluster = Cluster(tmp_path / "cluster", join=False)
    try:
        first = cluster.nodes[0]
        names = {"rabbit@node1": Cluster.name_of(first)}
        machines = [Machine(node, tmp_path / f"admin{i}", names) for i, node in enumerate(cluster.nodes)]
        section = under("A cluster of three")
        for node in machines:
            node.run([block for block in section if block.language == "ini"])
        for node in machines[1:]:
            node.run([block for block in section if block.where == "on node2, then on node3"])
        for part in ("Users", "Permissions"):
            machines[0].run(under(part, "sh", ""))
        watch = next(block for block in section if block.where == "at the watcher")
        text = watch.text
        for i, node in enumerate(cluster.nodes):
            text = text.replace(f"@node{i + 1}/", f"@127.0.0.1:{node.port}/")
        name, *words = words_of(Block("sh", text, []))
        words = [machines[0].folder / word if (machines[0].folder / word).is_file() else word for word in words]
        watcher = tool(name, *[tmp_path / word if word == "all.pcapng" else word for word in words])
        for block in section:
            if block.where == "on node1":
                machines[0].run([block])
        assert len(cluster.nodes[2].eval("rabbit_nodes:all_running().").split("@")) == 4
        members = cluster.nodes[1].table("queues", "name", "members", vhost="lab")
        assert [len(queue["members"]) for queue in members if queue["name"] == "framebus.dump.dump"] == [3]
        play(tool, machines[0], "agent_1", "agent_1", frames)
        watcher.wait_stats(lambda report: report["output.written"] == 1)
        port = remote_ports(watcher.pid, "tcp", ESTABLISHED)[0]
        next(node for node in cluster.nodes if node.port == port).kill()
        watcher.wait_stats(lambda report: report["bus_downlink.connections"] == 2)
        rest = next(machine for machine in machines if machine.broker.port != port)
        play(tool, rest, "agent_1", "agent_1", frames, machines[0].password("agent_1"))
        watcher.wait_stats(lambda report: report["output.written"] == 2)
    finally:
        cluster.close()


# --- trouble ---

def test_when_something_is_wrong(machine, tool, frames):
    watcher = tool("amqp-dump", "-u", url(machine, "watcher"), "--keep", "-w", "-")
    looking, deleting = under("When something is wrong")
    machine.run([looking])
    assert "framebus.dump.dump" in machine.output
    machine.run([Block("sh", looking.text.splitlines()[0], [])])
    assert "amqp-dump dump downlink" in machine.output
    machine.run([deleting])
    watcher.wait_stats(lambda report: report["bus_downlink.connections"] == 2)
    play(tool, machine, "agent_1", "agent_1", frames)
    watcher.wait_stats(lambda report: report["output.written"] == 1)


def test_a_queue_that_lost_its_leader_is_mended_as_the_page_says(machine, tool, frames):
    if os.environ.get("FAULTS") != "long":
        pytest.skip("make check-faults")
    watcher = tool("amqp-dump", "-u", url(machine, "watcher"), "--keep", "-w", "-")
    machine.broker.kill()
    machine.broker.start()
    player = tool("amqp-play", "-u", url(machine, "agent_1"), "-n", "agent_1", "-r", frames)
    try:
        player.wait_stderr("the broker confirms nothing", 6)
    except AssertionError:
        pytest.skip("this time the queue survived")
    machine.run(under("When something is wrong")[1:])
    player.wait(30, status=0)
    watcher.wait_stats(lambda report: report["bus_downlink.connections"] == 2, 30)
    play(tool, machine, "agent_1", "agent_1", frames)
    watcher.wait_stats(lambda report: report["output.written"] >= 1)


# --- the page itself ---

def test_every_block_is_known():
    assert {block.language for block in BLOCKS} == {"sh", "ini"}
    wheres = {block.where for block in BLOCKS if block.language == "sh"}
    assert wheres == {"", "at agent_1", "at agent_2", "at the router", "at the watcher", "on node1", "on node2, then on node3"}


def test_commands_are_in_blocks_only():
    """What stands in the running text is a name, not a command that nobody has tried."""
    prose = re.sub(r"(?s)```.*?```", "", PAGE.read_text())
    for code in re.findall(r"`([^`]+)`", prose):
        assert not re.match(r"(rabbitmq\w*|openssl|systemctl) ", code), code


def test_every_block_was_run():
    """The last of this file: the others have run by now, or not at all."""
    if not used or os.geteuid() != 0:
        pytest.skip("only part of this file was run")
    assert [block for block in BLOCKS if id(block) not in used] == []
