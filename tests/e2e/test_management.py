"""amqp-dump --who --management: who listens, from the management API of a real broker, and from servers that answer wrongly."""
import contextlib
import http.server
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading

import pytest

import harness
from harness import wait_until
from tls import Authority
from test_top import terminal  # noqa: F401 - a fixture

sys.path.append(str(harness.TESTS))
from free_ports import free_ports  # noqa: E402

HAS_CURL = subprocess.run(["pkg-config", "--exists", "libcurl"]).returncode == 0
pytestmark = pytest.mark.skipif(not HAS_CURL, reason="built without libcurl (make deps)")


def rows(tool):
    """The last whole table: its head, and the row of each name."""
    found = [json.loads(line) for line in tool.stdout.splitlines(keepends=True) if line.endswith(b"\n")]
    heads = [i for i, row in enumerate(found) if "agents" in row]
    if len(heads) < 2:
        return {}, {}
    return found[heads[-2]], {row.get("agent", row.get("queue")): row for row in found[heads[-2] + 1:heads[-1]]}


# --- a real one ---

@pytest.fixture(scope="module")
def managed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("managed")
    port, = free_ports(1)
    (folder / "enabled_plugins").write_text("[rabbitmq_management].")
    (folder / "extra.conf").write_text(f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}\ncollect_statistics_interval = 1000\n")
    broker = harness.Broker(folder)
    broker.management = f"127.0.0.1:{port}"
    yield broker
    broker.close()


@pytest.fixture
def bus(managed):
    vhost = harness.VirtualHost(managed, "a b/c")
    vhost.url = managed.url_of("a%20b%2Fc")
    yield vhost
    vhost.close()


def test_who_listens(tool, bus, managed, tmp_path):
    """A recorder, an agent that only listens, an old one, a router, and a queue of nobody; the login is that of the bus."""
    url = bus.url
    tool("amqp-dump", "-u", url, "-n", "recorder", "-k", "fromAgent.#", stats=False)
    tool("amqp-route", "-u", url, "-n", "middle", "--link", "a,b", stats=False)
    old = bus.witness("toAgent.agent_old.#", "toAgent.agent_old.802154.serial.packet.raw")
    other = bus.witness("toAgent.a.#", "toAgent.b.#", "control.*")
    talker = bus.witness("toAgent.talker.#")
    secret = tmp_path / "password"
    secret.write_text("guest\n")
    who = tool("amqp-dump", "-u", url.replace("guest:guest@", "guest@"), "--password-file", secret, "--who=1", "--json", "-n", "me", "--management",
               f"http://{managed.management}/")
    talker.publish("fromAgent.talker.ip.tun.packet.raw", {"data": [0x60] + [0] * 39})

    def complete():
        _, found = rows(who)
        return all(found.get(name, {}).get("listens", {}).get("since") for name in ("recorder", "middle", "agent_old", "talker", "me"))
    wait_until(complete, what="all readers are known")
    head, found = rows(who)
    recorder, middle, asked = (found[name]["listens"] for name in ("recorder", "middle", "agent_old"))
    assert recorder["patterns"] == ["fromAgent.#"] and recorder["keys"] == recorder["readers"] == 1 and recorder["user"] == "guest"
    assert recorder["client"] == "amqp-dump recorder downlink" and recorder["peer"].startswith("127.0.0.1:")
    assert middle["queues"] >= 2 and middle["keys"] >= 2 and middle["client"].startswith("amqp-route middle")
    assert sorted(asked["patterns"]) == ["toAgent.agent_old.#", "toAgent.agent_old.802154.serial.packet.raw"]
    assert found["talker"]["from"]["packets"] == 1 and found["talker"]["listens"]["keys"] == 1
    queue = next(row for row in found.values() if "queue" in row)
    assert queue["queue"].startswith("amq.gen-") and set(queue["listens"]["patterns"]) == {"toAgent.a.#", "toAgent.b.#", "control.*"}
    assert head["agents"] == 1 and head["listeners"] == len(found)
    assert "heard" not in found["recorder"]
    old.close()
    wait_until(lambda: "agent_old" not in rows(who)[1], what="it does not listen any more")
    for one in (other, talker):
        one.close()
    who.stop()
    assert "--management" not in who.stderr


def test_in_words(tool, bus, managed):
    url = bus.url
    who = tool("amqp-dump", "-u", url, "--who=1", "--management", f"http://guest:guest@{managed.management}")
    words = (rb" me?dump: from it 0 packets .*; never heard; listens to 3 keys \(data\.\*\.fromAgent\.\*, framebus\.#, fromAgent\.#\) as amqp-dump dump downlink, "
             rb"user guest from 127\.0\.0\.1:\d+ since \d\d:\d\d:\d\d\n").replace(b" me?", b" ")
    who.wait_stdout(lambda out: re.search(words, out), 30)
    assert b"0 agents since" in who.stdout and b"; 1 listener\n" in who.stdout


def test_what_the_broker_refuses(tool, managed):
    """Each said once, whatever the number of times that it was asked."""
    managed.add_user("plain", "geheim")
    asked = [(words, tool("amqp-dump", "-u", managed.url_of("/"), "--who=1", "--json", "--management", f"http://{where}"))
             for where, words in ((f"guest:geheim@{managed.management}", "the login of guest is refused"),
                                  (f"plain:geheim@{managed.management}", "the login of plain is refused"),
                                  (f"{managed.management}/nowhere/else", "status 400|redirection|no virtual host"))]
    for words, who in asked:
        who.wait_stdout(lambda out: out.count(b'"agents":0') >= 3)
        who.stop()
        assert len(re.findall(words, who.stderr)) == 1 and "geheim" not in who.stderr, who.stderr
        assert b'"listeners":null' in who.stdout


@pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux (make deps)")
def test_on_the_screen(terminal, tool, bus, managed):
    terminal.resize(160, 24)
    url = bus.url
    tool("amqp-dump", "-u", url, "-n", "recorder", "-k", "fromAgent.#", stats=False)
    program = harness.binaries_folder() / "amqp-dump"
    terminal.run(f"clear; {program} -u '{url}' --who --management http://{managed.management}; echo status $?")
    terminal.wait(r"amqp-dump: 0 agents since .*, 2 listeners")
    terminal.wait(r"recorder +.* 1 .*listens to fromAgent\.#")
    terminal.type("q")
    terminal.wait("status 0")


# --- ones that answer wrongly ---

class Fake:
    """Answers every path with what `answer` gives: (status, headers, octets in pieces)."""

    def __init__(self, answer, context=None):
        self.asked, self.logins = [], []
        self.answer = answer
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append(self.path)
                outer.logins.append(self.headers.get("Authorization"))
                status, headers, pieces = outer.answer(self.path)
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    if "Content-Length" not in headers:
                        self.send_header("Connection", "close")
                        self.close_connection = True
                    self.end_headers()
                    for piece in pieces:
                        self.wfile.write(piece)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def fake():
    made = []

    def make(answer, **options):
        made.append(Fake(answer, **options))
        return made[-1]
    yield make
    for one in made:
        one.close()


def whole(octets, status=200, **headers):
    return lambda _path: (status, {"Content-Length": str(len(octets)), **headers}, [octets])


def endless(_path):
    return 200, {}, (b"[" + b" " * 65536 for _ in range(1000))


FAULTS = {
    "html": (whole(b"<html>it works</html>"), "its answer is no JSON"),
    "object": (whole(b'{"error":"x"}'), "its answer is no list"),
    "empty": (whole(b""), "its answer is no JSON"),
    "cut": (whole(b'[{"destination":"q"'), "its answer is no JSON"),
    "deep": (whole(b"[" * 100000), "its answer is no JSON"),
    "401": (whole(b"", 401), "the login of guest is refused"),
    "403": (whole(b"", 403), "the login of guest is refused"),
    "404": (whole(b"", 404), "it has no virtual host"),
    "500": (whole(b"[]", 500), "it answers with status 500"),
    "elsewhere": (whole(b"", 302, Location="http://127.0.0.1:1/"), "it answers with a redirection, which is not followed"),
    "long": (whole(b"[" + b" " * (10 << 20) + b"]"), "its answer is over 10 MiB"),
    "endless": (endless, "its answer is over 10 MiB"),
    "shorter": (lambda _path: (200, {"Content-Length": "100"}, [b"[]"]), "--management http"),
}


def ask(bus_tool, server, *options, scheme="http", login="", **more):
    return bus_tool("amqp-dump", "--who=1", "--json", "--management", f"{scheme}://{login}127.0.0.1:{server.port}", *options, **more)


def test_wrong_answers(bus_tool, fake):
    """All at once, since each is asked a second time a second later: said once, and --who goes on."""
    asked = []
    for fault, (answer, words) in FAULTS.items():
        server = fake(answer)
        if fault == "shorter":
            server.server.RequestHandlerClass.protocol_version = "HTTP/1.0"
        asked.append((fault, words, server, ask(bus_tool, server)))
    for fault, words, server, who in asked:
        wait_until(lambda server=server: len(server.asked) >= 2, 30, f"{fault}: it is asked again")
        who.wait_stderr(words)
        who.stop()
        assert who.stderr.count(words) == 1, (fault, who.stderr)
        assert b'"listeners":null' in who.stdout and b'"listeners":0' not in who.stdout, fault
        assert all(path.startswith("/api/exchanges/") for path in server.asked), (fault, server.asked)


def test_it_goes_and_comes(bus_tool, fake):
    good = whole(b'[{"destination":"framebus.x.tun.1","destination_type":"queue","routing_key":"toAgent.x.#"},{"destination":7},[],{"destination_type":"queue"}]')
    server = fake(good)
    who = ask(bus_tool, server)
    who.wait_stdout(lambda out: b'"listeners":1' in out)
    server.answer = whole(b"", 500)
    who.wait_stderr("it answers with status 500; --who goes on without who listens, and asks again every 1 s")
    who.wait_stdout(lambda out: b'"listeners":null' in out[out.rindex(b'"listeners":1'):])
    server.answer = good
    who.wait_stderr("answers; who listens is known again")
    who.stop()
    assert who.stdout.rindex(b'"agent":"x"') > who.stdout.rindex(b'"listeners":null')


def test_names_from_outside(bus_tool, fake):
    """Escapes, queues without number, keys that are long: a table all the same."""
    found = [{"destination": f"q\u001b[2J{i}", "destination_type": "queue", "routing_key": "k" * 255} for i in range(600)]
    found += [{"destination": "q\u001b[2J0", "destination_type": "queue", "routing_key": f"{i}\n"} for i in range(300)]
    server = fake(whole(json.dumps(found).encode()))
    who = bus_tool("amqp-dump", "--who=1", "--management", f"http://127.0.0.1:{server.port}")
    who.wait_stdout(lambda out: b"; 512 listeners, and 88 bindings of others, for whom there is no room\n" in out)
    who.wait_stdout(lambda out: b"listens to 301 keys (kkk" in out)
    who.stop()
    assert b"\x1b" not in who.stdout


def test_the_stop_ends_a_question(bus_tool, fake):
    gate = threading.Event()

    def slow(_path):
        gate.wait(60)
        return 200, {"Content-Length": "2"}, [b"[]"]
    server = fake(slow)
    who = ask(bus_tool, server)
    wait_until(lambda: server.asked, what="it is asked")
    who.stop()
    gate.set()
    assert "left behind" not in who.stderr and "--management" not in who.stderr


def test_nobody_takes_the_connection(bus_tool):
    """The queue of connections that nobody accepts is full: it hangs in connecting."""
    with socket.socket() as server, contextlib.ExitStack() as others:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        for _ in range(4):
            one = others.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        who = bus_tool("amqp-dump", "--who=1", "--json", "--management", f"http://127.0.0.1:{port}")
        who.wait_stdout(lambda out: b'"listeners":null' in out)
        who.stop()


def test_tls(bus_tool, fake, tmp_path):
    authority, stranger = Authority(tmp_path / "ca"), Authority(tmp_path / "other", "somebody else")
    certificate, key = authority.issue("api", "IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = fake(whole(b"[]"), context=context)
    good = ask(bus_tool, server, "--cacert", authority.certificate, scheme="https", login="u%40x:p%3Ass@")
    good.wait_stdout(lambda out: b'"listeners":0' in out)
    good.stop()
    assert set(server.logins) == {"Basic dUB4OnA6c3M="} and "p%3Ass" not in good.stderr  # u@x:p:ss
    for options in (["--cacert", stranger.certificate], []):
        bad = ask(bus_tool, server, *options, scheme="https")
        bad.wait_stderr("TLS: ")
        bad.stop()
        assert bad.stderr.count("TLS: ") == 1


# --- usage ---

@pytest.mark.parametrize("url,words", [
    ("ftp://h", "must begin with http:// or https://"), ("h:15672", "must begin with http:// or https://"), ("http://", "not a URL"),
    ("http://h:99999", "not a URL"), ("http://h/?x=s3cret", "a '?' or '#' in it"), ("http://u@h", "a user without a password"),
])
def test_wrong_urls(tool, url, words):
    run = tool("amqp-dump", "--who", "--management", url, wait=False)
    run.wait(status=2)
    assert words in run.stderr and "s3cret" not in run.stderr


@pytest.mark.parametrize("bus,where,warns", [("", "u:s3cret@192.0.2.1", True), ("u:s3cret@", "192.0.2.1", True), ("", "192.0.2.1", False),
                                            ("u:s3cret@", "127.0.0.1:1", False), ("u:s3cret@", "[::1]:1", False)])
def test_a_password_without_tls_is_warned_of(tool, bus, where, warns):
    run = tool("amqp-dump", "-u", f"amqp://{bus}127.0.0.1:1/", "--retry", "never", "--who", "--management", f"http://{where}", wait=False)
    run.wait(status=1)
    assert ("--management http://" in run.stderr and "the password goes through the network as it is" in run.stderr) == warns
    assert "s3cret" not in run.stderr


def test_the_password_is_nowhere(bus_tool, fake):
    server = fake(whole(b"", 401))
    who = ask(bus_tool, server, login="me:s3cret@")
    wait_until(lambda: server.logins, what="it is asked")
    shown = open(f"/proc/{who.pid}/cmdline").read()
    who.stop()
    assert "s3cret" not in shown + who.stderr and "the login of me is refused" in who.stderr
