"""amqp-tun: the keeper obeys the options and not the child, and never waits for it."""
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import time

import pytest

from harness import PATIENCE, binaries_folder
from relay import libc
from tun import children, no_tun, preload

pytestmark = pytest.mark.usefixtures("tun_allowed")

without_sanitizer = pytest.mark.skipif("asan" in str(binaries_folder()), reason="not with a sanitizer: its memory, and what is preloaded before it")

OPEN, CONFIGURE, FILE = 1, 2, 3
NONE = bytes(24)
SIZE = 12 + 4 * len(NONE)


def borrow_socket(pid):
    """A duplicate of the one end of a socket pair that a process holds."""
    pidfd = os.pidfd_open(pid)
    for fd in map(int, os.listdir(f"/proc/{pid}/fd")):
        if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            copy = libc.syscall(438, pidfd, fd, 0)  # pidfd_getfd
            assert copy >= 0, os.strerror(ctypes.get_errno())
            borrowed = socket.socket(fileno=copy)
            if (borrowed.family, borrowed.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET):
                return borrowed
            borrowed.close()
    raise AssertionError("it has no socket pair")


def request(operation, number, wanted=b"", file=0):
    return (struct.pack("=III", operation, number, file) + wanted).ljust(SIZE, b"\0")


def address(text, length=64):
    return struct.pack("=i16sB3x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text), length)


@pytest.fixture
def line(agent):
    """line(OPTION...) is a tool that has not made its interface, and the child's end of its socket."""
    made = []

    def make(*options, **more):
        tool = agent("coap_client", *options, **more)
        made.append(borrow_socket(children(tool.pid)[0]))
        made[-1].settimeout(PATIENCE)
        return tool, made[-1]
    yield make
    for end in made:
        end.close()


def ask(end, octets):
    """(outcome, number, words, descriptors)"""
    end.send(octets)
    reply, fds, _, _ = socket.recv_fds(end, 1000, 4)
    outcome, number = struct.unpack("=iI", reply[:8])
    return outcome, number, reply[28 + 4 * len(NONE):].split(b"\0")[0].decode(), fds


def test_it_obeys_the_options_and_not_the_child(line):
    one, end = line()
    for number, (octets, words) in enumerate((((OPEN, b""), "open already"), ((CONFIGURE, address("2001:db8::5") + NONE * 3), "--allow-net"),
                                              ((CONFIGURE, address("bbbb::5") + NONE + address("cccc::5") + NONE), "by option"),
                                              ((CONFIGURE, address("bbbb::5") + NONE * 2 + address("cccc::5")), "--allow-net"),
                                              ((CONFIGURE, NONE * 4), "no address")), 1 << 20):
        outcome, answered, why, fds = ask(end, request(octets[0], number, octets[1]))
        assert outcome != 0 and words in why and answered == number and not fds
        assert no_tun(one.ns)
    outcome, answered, why, fds = ask(end, request(CONFIGURE, 7, address("bbbb::5") + NONE * 3))
    assert (outcome, answered) == (0, 7) and len(fds) == 3, "the device, what the kernel tells of it, its counters"
    for fd in fds:
        os.close(fd)


def test_files_are_opened_by_their_number(line, tmp_path):
    path = tmp_path / "password"
    path.write_text("guest\n")
    path.chmod(0o600)
    one, end = line("--password-file", path)
    for content in ("guest\n", "newer\n"):
        path.write_text(content)
        outcome, _, why, (fd,) = ask(end, request(FILE, 1))
        assert outcome == 0 and os.read(fd, 100).decode() == content
        assert fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
        os.close(fd)
    path.unlink()
    assert ask(end, request(FILE, 2))[:3] == (-1, 2, "No such file or directory")
    os.mkfifo(path)
    assert ask(end, request(FILE, 3))[:3] == (-1, 3, "is no file any more")


def test_a_file_that_is_a_descriptor(agent, vhost, tmp_path):
    """--password-file /dev/fd/N: the one descriptor stays, and is read again."""
    path = tmp_path / "password"
    path.write_text("guest\n")
    path.chmod(0o600)
    fd = os.open(path, os.O_RDONLY)
    one = agent("agent_1", "--wait-start", "--password-file", f"/dev/fd/{fd}", pass_fds=(fd,))
    os.close(fd)
    vhost.broker.close_connections(vhost.name)
    one.wait_stats(lambda s: s["bus_downlink.connections"] >= 2)
    assert "cannot be read again" not in one.stderr
    one.stop()


def twice(end):
    """Two requests at a time, until the keeper has seen it."""
    while True:
        end.send(request(OPEN, 1))
        end.send(request(OPEN, 2))
        end.recv(1000)


def without_reading(end):
    while True:
        end.send(request(OPEN, 1))


def shut(how):
    def act(end):
        end.shutdown(how)
        if how == socket.SHUT_RD:
            end.send(request(OPEN, 1))
    return act


BREACHES = {"short": lambda end: end.send(request(OPEN, 1)[:-1]), "long": lambda end: end.send(request(OPEN, 1) + b"x"),
            "empty": lambda end: end.send(b""), "garbage": lambda end: end.send(b"\xa5" * SIZE), "huge": lambda end: end.send(bytes(60000)),
            "operation 0": lambda end: end.send(request(0, 1)), "operation 4": lambda end: end.send(request(4, 1)),
            "no such file": lambda end: end.send(request(FILE, 1, file=0)), "file far away": lambda end: end.send(request(FILE, 1, file=1 << 31)),
            "shutdown to write": shut(socket.SHUT_WR), "shutdown to read": shut(socket.SHUT_RD), "shutdown": shut(socket.SHUT_RDWR),
            "twice": twice, "without reading": without_reading}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_child_that_breaks_the_protocol_is_ended(line, breach):
    """A child that has left altogether, which may be on its way out, has three seconds."""
    one, end = line("--force-bootstrap")
    assert not no_tun(one.ns)
    try:
        BREACHES[breach](end)
    except OSError:  # it is over
        pass
    one.wait(status=1)
    assert breach == "shutdown" or "is ended: it broke the protocol" in one.stderr
    assert no_tun(one.ns)


def test_requests_come_at_a_bounded_rate(line):
    one, end = line()
    started = time.monotonic()
    for number in range(4600):
        ask(end, request(OPEN, number))
    # The clock of the rate may have started before ours, by what the machine was busy with.
    assert time.monotonic() - started > 600 * 0.004 - 0.1, "a request every 4 ms, beyond the first 4 000"
    one.stop()


def test_sigterm_while_answers_are_not_read(line):
    one, end = line()
    end.send(request(OPEN, 1))
    end.close()
    one.stop()


SILENT = r"""
#include <unistd.h>
struct header { unsigned length; unsigned short type; };
ssize_t mnl_socket_sendto(const void *socket, const void *request, size_t size)
{
	ssize_t (*next)(const void *, const void *, size_t) = dlsym(RTLD_NEXT, "mnl_socket_sendto");
	if (((const struct header *)request)->type == SILENT)
		return write(2, "unanswered\n", 11), (ssize_t)size;
	return next(socket, request, size);
}
"""


@pytest.mark.alone
@without_sanitizer
@pytest.mark.parametrize("asked", [16, 20, 22, 26], ids=["a link", "an address", "addresses", "a route"])
def test_sigterm_while_the_kernel_does_not_answer(agent, netns, tmp_path, asked):
    ns = netns()
    library = preload(tmp_path, SILENT, f"-DSILENT={asked}")
    one = agent("agent_1", ns=ns, env={"LD_PRELOAD": str(library)}, wait=False)
    one.wait_stderr("unanswered")
    started = time.monotonic()
    one.process.send_signal(signal.SIGTERM)
    one.wait(5)
    assert time.monotonic() - started < 2.5, "the kernel is waited for three seconds"
    assert no_tun(ns)


ONCE = r"""
int open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	static int devices;
	if (strcmp(path, "/dev/net/tun") == 0 && ++devices > 1 && devices < 4) {
		errno = EMFILE;
		return -1;
	}
	return next(path, flags, 0600);
}
"""


@without_sanitizer
def test_a_device_that_cannot_be_opened_again(line, netns, tmp_path):
    """The second and the third opening fail: each attempt says what it failed of, and the last succeeds."""
    ns = netns()
    ns.ip("link", "add", "other", "type", "veth", "peer", "name", "far")
    ns.ip("addr", "add", "bbbb::5/128", "dev", "other", "nodad")
    library = preload(tmp_path, ONCE)
    one, end = line("--wait-start", ns=ns, env={"LD_PRELOAD": str(library)})
    words = [ask(end, request(CONFIGURE, n, address("bbbb::5") + NONE * 3))[2] for n in range(2)]
    assert "bbbb::5: is an address of other already" in words[0] and "/dev/net/tun: Too many open files" in words[1]
    outcome, _, _, fds = ask(end, request(CONFIGURE, 9, address("bbbb::6") + NONE * 3))
    assert outcome == 0
    for fd in fds:
        os.close(fd)


def fill(fd):
    """Until there is no more room for a while: a terminal takes what it has further on."""
    os.set_blocking(fd, False)
    has_room = True
    while has_room:
        for size in 4096, 1:
            try:
                while os.write(fd, bytes(size)):
                    pass
            except BlockingIOError:
                pass
        has_room = select.select([], [fd], [], 0.1)[1]
    os.set_blocking(fd, True)


@pytest.mark.parametrize("kind", ["pipe", "socket", "terminal"])
def test_a_full_stderr_holds_nothing_up(netns, vhost, binaries, kind):
    ns = netns()
    ours, theirs = {"pipe": os.pipe, "terminal": os.openpty, "socket": lambda: [s.detach() for s in socket.socketpair()]}[kind]()
    ready, told = os.pipe()
    tool = subprocess.Popen([str(binaries / "amqp-tun"), "--url", vhost.url, "-n", "agent_1", "--netns", ns.name, f"--ready-fd={told}"],
                            stderr=theirs, pass_fds=(told,))
    try:
        assert select.select([ready], [], [], PATIENCE)[0]
        fill(theirs)
        os.kill(children(tool.pid)[0], signal.SIGKILL)
        assert tool.wait(PATIENCE) == 1
        assert no_tun(ns)
        assert os.get_blocking(theirs), "of this process alone"
    finally:
        tool.kill()
        tool.wait()
        for fd in ours, theirs, ready, told:
            os.close(fd)


def memory(pid):
    """All that it could write to."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as octets:
        for area in maps:
            start, end = (int(x, 16) for x in area.split()[0].split("-"))
            if area.split()[1].startswith("rw") and "[v" not in area:
                octets.seek(start)
                yield octets.read(end - start)


@without_sanitizer
@pytest.mark.parametrize("way", ["option", "variable", "file"])
def test_no_password_stays_in_the_keeper(tool, netns, broker, vhost, tmp_path, way):
    password, user = "Vm8sTqPzKx3e", f"{vhost.name}_{way}"
    broker.add_user(user, password, vhost.name)
    url, env, options = broker.url_of(vhost.name, user, password), {}, []
    if way == "file":
        (tmp_path / "password").write_text(password + "\n")
        options, url = ["--password-file", tmp_path / "password"], broker.url_of(vhost.name, user, "none")
    if way == "variable":
        env = {"AMQP_URL": url}
    else:
        options += ["--url", url]
    one = tool("amqp-tun", "-n", "agent_1", "--netns", netns().name, *options, env=env)
    for pid, holds in ((children(one.pid)[0], True), (one.pid, False)):
        assert any(password.encode() in part for part in memory(pid)) == holds
    broker.ctl("delete_user", user)
