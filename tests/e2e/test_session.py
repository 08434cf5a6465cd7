"""The sessions of docs/session.md, as it shows them: the scripts of docs/examples, against a private broker."""
import os
import shutil
import subprocess

import pytest

import conftest
from harness import ROOT, Stream, binaries_folder

EXAMPLES = ROOT / "docs" / "examples"
NEEDED = {"session.sh": ["coap-client-notls", "coap-server-notls", "tshark", "ss"], "session_probes.sh": ["tshark"]}


@pytest.fixture
def script(vhost, tmp_path):
    """script(NAME, ARGUMENT...) runs; its output is collected."""
    made = []

    def start(name, *arguments):
        for program in NEEDED[name]:
            if not shutil.which(program):
                conftest.missing(f"{program} not found (make deps installs it)")
        environment = {**os.environ, "PATH": f"{binaries_folder()}:{os.environ['PATH']}", "AMQP_URL": vhost.url, "TMPDIR": str(tmp_path)}
        process = subprocess.Popen([EXAMPLES / name, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        process.out = Stream(process.stdout)
        made.append(process)
        return process
    yield start
    for process in made:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        process.out.wait_end()
        process.stdout.close()


def ended(process, tmp_path):
    """What it said; it has succeeded, and left nothing."""
    said = process.out.wait_end(60).decode()
    assert process.wait(30) == 0, said
    assert not list(tmp_path.glob("session.*")), said
    return said


def test_a_lost_answer_is_asked_for_again(script, tun_allowed, tmp_path):
    said = ended(script("session.sh"), tmp_path)
    lines = [line.split("\t") for line in said.splitlines() if "ip.tun\t" in line]
    request, lost, again, answer = lines
    assert [line[0].split()[0] for line in lines] == ["agent_1", "agent_2", "agent_1", "agent_2"], said
    assert request[1:] == again[1:] and request[1] == "0", said  # confirmable, with one message id
    assert lost[1:] == answer[1:] and lost[2] == request[2], said
    assert "the client has its answer" in said and "octet for octet" in said
    assert "1 dropped (by drop)" in said, said


def test_two_probes(script, probe, tmp_path):
    one, two = probe("one"), probe("two")
    process = script("session_probes.sh", one.link, two.link)
    process.out.wait(lambda data: b"both probes are there" in data, 30)
    frames = [bytes.fromhex(f"6188{n:02x}cdab0200010068692a") for n in (1, 2, 3)]
    one.send(*frames)
    assert two.get() == frames[0]
    said = ended(process, tmp_path)
    seen = sorted(line.split("\t") for line in said.splitlines() if "802154.serial\t" in line)
    assert seen == [["probe_1 fromAgent 802154.serial", n] for n in "123"] + [["probe_2 toAgent 802154.serial", n] for n in "13"], said


@pytest.mark.parametrize("words, path, said", [
    (["session.sh"], "/usr/bin:/bin", "amqp-route is not there"), (["session_probes.sh", "/dev/null", "/dev/null"], "/usr/bin:/bin", "amqp-route is not there"),
    (["session_probes.sh"], None, "two ports are needed"), (["session_probes.sh", "/dev/null"], None, "two ports are needed"),
])
def test_what_is_missing_is_said_before_anything_is_made(words, path, said, tmp_path):
    if words[0] == "session.sh" and os.geteuid() != 0:
        said = "need root"
    done = subprocess.run([EXAMPLES / words[0], *words[1:]], capture_output=True, text=True, timeout=20,
                          env={"PATH": path or f"{binaries_folder()}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)})
    assert done.returncode == 1 and said in done.stderr and len(done.stderr.splitlines()) == 1, done
    assert list(tmp_path.iterdir()) == []
