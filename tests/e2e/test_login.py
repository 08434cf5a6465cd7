"""The login: what a URL's query says, password files and what becomes of them, long tokens, keys with a passphrase."""
import re
import subprocess
import time
from urllib.parse import quote

import pytest

from harness import wait_until
from tls import Authority

LONGEST_NAME = 100
PLATFORM = "?heartbeat=0&blocked_connection_timeout=2&retry_delay=1&socket_timeout=5&connection_attempts=3"


def dump(tool, url, *arguments, **options):
    return tool("amqp-dump", "--url", url, "-w", "-", *arguments, **options)


# --- the query ---

@pytest.mark.parametrize("way", ["option", "variable"])
@pytest.mark.parametrize("scheme", ["amqp", "AMQP"])
def test_the_platforms_own_string(tool, vhost, broker, way, scheme):
    url = vhost.url.replace("amqp://", scheme + "://") + PLATFORM
    if way == "option":
        reader = dump(tool, url)
    else:
        reader = tool("amqp-dump", "-w", "-", env={"AMQP_URL": url})
    connections = broker.rows("rabbit_networking:connection_info_all([vhost, timeout])")
    assert [c["timeout"] for c in connections if c["vhost"] == vhost.name] == [0]
    reader.stop()
    assert len(re.findall("passed over", reader.stderr)) == 1 and "blocked_connection_timeout" in reader.stderr
    assert "retry_delay" not in reader.stderr


def test_one_warning_for_all_urls(tool, vhost):
    reader = tool("amqp-dump", "--url", vhost.url + "?locale=de&password=s3cret", "--url", vhost.url + "?locale=fr&frame_max=1&s3cret", "-w", "-")
    arguments = open(f"/proc/{reader.pid}/cmdline").read()
    reader.stop()
    assert reader.stderr.count("passed over") == 1
    assert re.search("passed over in its query: locale, password, frame_max, what has no name", reader.stderr)
    assert "s3cret" not in reader.stderr + arguments


def test_a_password_in_a_query_in_the_wrong_place(tool):
    failed = tool("amqp-dump", "amqp://h/?password=s3cret", wait=False, ready=False)
    failed.wait(status=2)
    assert "s3cret" not in failed.stderr


def test_attempts_bound_the_first_connection_only(tool, vhost, broker, private_broker):
    nobody = "amqp://guest:guest@127.0.0.1:1/?connection_attempts=3&retry_delay=0.3"
    started = time.monotonic()
    failed = dump(tool, nobody, wait=False)
    failed.wait(status=1)
    assert 0.5 < time.monotonic() - started < 10 and "connection_attempts" in failed.stderr
    reader = dump(tool, private_broker.url + "?connection_attempts=1&retry_delay=0.5", "-v")
    private_broker.kill()
    reader.wait_stderr("(?s)trying again.*trying again.*trying again")
    private_broker.start()
    reader.wait_stats(lambda report: report["bus_downlink.connections"] == 2)


def test_retry_beats_attempts(tool):
    failed = dump(tool, "amqp://127.0.0.1:1/?connection_attempts=1&retry_delay=0", "--retry", "2", "-v", wait=False)
    failed.wait(status=1)
    assert failed.stderr.count("trying again") == 2 and "--retry" in failed.stderr


# --- password files ---

@pytest.fixture(scope="module")
def rotating(broker):
    broker.ctl("add_user", "rotating", "unused")
    broker.ctl("set_permissions", "-p", "/", "rotating", ".*", ".*", ".*")
    yield
    broker.delete_user("rotating")


@pytest.fixture
def user(broker, rotating):
    """user(PASSWORD): the user "rotating" has it from now on; the URL without a password."""
    def set_password(password):
        broker.set_password("rotating", password)
        return f"amqp://rotating@127.0.0.1:{broker.port}/"
    return set_password


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "password"

    def write(content, mode=0o600):
        path.write_bytes(content)
        path.chmod(mode)
        return path
    return write


@pytest.mark.parametrize("length,ending", [(511, b""), (513, b"\r\n"), (2000, b"\nsecond line\n"), (3064, b"\n")])
def test_tokens_of_any_length(tool, user, file, length, ending):
    """3064 and the eight of the user's name: the most that there is room for."""
    token = "t" * (length - 1) + "!"
    dump(tool, user(token), "--password-file", file(token.encode() + ending)).stop()


def test_the_longest_token_with_the_longest_name(tool, user, file, netns):
    """The connection's name is in the same frame."""
    url, path = user("t" * 3064), file(b"t" * 3064)
    tool("amqp-tun", "--url", url, "--password-file", path, "-n", "n" * LONGEST_NAME, "--netns", netns().name).stop()


def test_a_token_that_does_not_fit(tool, user, file):
    failed = dump(tool, "amqp://rotating@127.0.0.1:1/", "--password-file", file(b"t" * 3065), wait=False)
    failed.wait(status=2)
    assert "3073 octets" in failed.stderr and "3072" in failed.stderr
    failed = dump(tool, f"amqp://rotating:{'t' * 3065}@127.0.0.1:1/", wait=False)
    failed.wait(status=2)
    assert "3072" in failed.stderr


@pytest.mark.parametrize("content,said", [(b"", "empty"), (b"\nsecond", "empty"), (b"a\0b\n", "NUL"), (b"x" * 100000, "over")])
def test_files_that_hold_no_password(tool, file, content, said):
    failed = dump(tool, "amqp://u@127.0.0.1:1/", "--password-file", file(content), wait=False)
    failed.wait(status=2)
    assert said in failed.stderr


def test_a_secret_that_is_rotated(tool, user, file, broker):
    path = file(b"first\n")
    reader = dump(tool, user("first"), "--password-file", path)
    for number, word in enumerate(("second", "third"), start=2):
        user(word)
        file(word.encode())
        broker.close_connections("/")
        reader.wait_stats(lambda report: report["bus_downlink.connections"] == number)
    assert "REFUSED" not in reader.stderr


def test_a_file_that_is_missing_for_a_moment(tool, user, file, broker):
    path = file(b"first\n")
    reader = dump(tool, user("first"), "--password-file", path)
    path.unlink()
    user("second")
    broker.close_connections("/")
    reader.wait_stderr("cannot be read again: No such file")
    reader.wait_stderr("ACCESS_REFUSED.*trying again")
    file(b"second\n")
    reader.wait_stats(lambda report: report["bus_downlink.connections"] == 2)
    assert reader.stderr.count("cannot be read again") == 1


def test_a_pipe_is_read_once(tool, user, broker):
    url = user("piped")
    script = 'exec "$0" "$@" --password-file <(echo piped)'
    reader = dump(tool, url, prefix=["bash", "-c", script])
    broker.close_connections("/")
    reader.wait_stats(lambda report: report["bus_downlink.connections"] == 2)
    assert "password-file" not in reader.stderr


@pytest.mark.parametrize("mode,warned", [(0o644, 1), (0o604, 1), (0o640, 0), (0o600, 0)])
def test_a_file_that_everybody_can_read(tool, user, file, mode, warned):
    reader = dump(tool, user("open"), "--password-file", file(b"open", mode))
    reader.stop()
    assert reader.stderr.count("everybody on this machine can read it") == warned


@pytest.mark.parametrize("options", [(), ("--user", "nobody")])
def test_a_tunnel_without_its_privileges(tool, user, file, netns, broker, options):
    """The process that logs in as another user has root's file opened."""
    path = file(b"first\n", 0o600)
    tunnel = tool("amqp-tun", "-n", "agent_1", "--url", user("first"), "--netns", netns().name, "--password-file", path, *options)
    user("second")
    file(b"second\n", 0o600)
    broker.close_connections("/")
    tunnel.wait_stats(lambda report: report["bus_uplink.connections"] == 2 and report["bus_downlink.connections"] == 2)
    assert "cannot be read again" not in tunnel.stderr and "REFUSED" not in tunnel.stderr


# --- keys ---

@pytest.mark.parametrize("form", ["pkcs8", "traditional"])
def test_a_key_with_a_passphrase(tool, tmp_path, form):
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue("probe", client=True)
    locked = tmp_path / "locked.key"
    command = ["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:word", "-out", locked]
    subprocess.run(command + (["-traditional"] if form == "traditional" else []), check=True)
    for arguments, query in ((["--cert", certificate, "--key", locked], ""), ([], f"?certfile={certificate}&keyfile={quote(str(locked))}")):
        failed = dump(tool, "amqps://localhost:1/" + query, "--cacert", authority.certificate, *arguments, wait=False, prefix=["setsid", "-w"])
        failed.wait(status=2)
        assert str(locked) in failed.stderr and "passphrase" in failed.stderr and "openssl pkey" in failed.stderr


def test_files_from_the_query(tool, tmp_path):
    """Up to the handshake with nobody; what is said of the files that are not there."""
    failed = dump(tool, f"amqps://localhost:1/?cacertfile={tmp_path}/no%20where.pem", wait=False)
    failed.wait(status=2)
    assert f"{tmp_path}/no where.pem: No such file" in failed.stderr
    wait_until(lambda: failed.process.poll() is not None)
