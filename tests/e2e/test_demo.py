"""`make demo` does what it says, and leaves nothing behind: not when it ends, and not when it is interrupted."""
import os
import signal
import subprocess

import pytest

from harness import PATIENCE, ROOT, Stream, binaries_folder

pytestmark = pytest.mark.timeout(400)
CHAPTERS = ["A RabbitMQ of our own", "Ping, both ways", "CoAP", "Two radio probes", "A passive probe", "Tools in pipes", "The end"]


@pytest.fixture
def demo(tun_allowed, tmp_path):
    made = []

    def start():
        environment = {**os.environ, "BUILD": str(binaries_folder().parent), "TMPDIR": str(tmp_path)}
        # What is started in the background of a script ignores SIGINT, and so would a shell that it starts.
        command = ["env", "--default-signal=INT", ROOT / "tests" / "demo.sh"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        process.out = Stream(process.stdout)
        made.append(process)
        return process
    yield start
    for process in made:
        if process.poll() is None:
            process.terminate()
            process.wait(2 * PATIENCE)
        process.out.wait_end()
        process.stdout.close()


def leftovers(process, folder):
    """Processes that know the demo's folder, its namespaces, its files."""
    found = [name for name in os.listdir("/run/netns")] if os.path.isdir("/run/netns") else []
    found = [name for name in found if name.endswith(f"-{process.pid}")] + os.listdir(folder)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ, open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                if f"{folder}/framebus-demo".encode() in environ.read() + cmdline.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def test_demo(demo, tmp_path):
    process = demo()
    output = process.out.wait_end(200).decode()
    assert process.wait(PATIENCE) == 0, output
    assert all(chapter in output for chapter in CHAPTERS), output
    assert "All of it worked." in output and "FAILED" not in output
    assert output.count("0% packet loss") == 4
    assert leftovers(process, tmp_path) == []


@pytest.mark.parametrize("sig,moment", [
    (signal.SIGTERM, "broker.sh start"), (signal.SIGINT, "amqp-tun -n agent_2"), (signal.SIGINT, "amqp-serial -n probe_2"),
    (signal.SIGTERM, "amqp-dump -k")])
def test_interrupted(demo, tmp_path, sig, moment):
    process = demo()
    process.out.wait(lambda data: moment.encode() in data, 200)
    process.send_signal(sig)
    assert process.wait(2 * PATIENCE) == 128 + sig
    process.out.wait_end()  # nobody else holds the pipe
    assert leftovers(process, tmp_path) == []
