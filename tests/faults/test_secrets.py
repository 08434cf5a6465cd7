"""Passwords are found nowhere: not in what a tool says, however much it is asked to say and whatever goes wrong, nor where others can look."""
import signal
from pathlib import Path
from urllib.parse import quote

import pytest

from fault_proxy import Fault
from harness import wait_until
from bus_tools import allow, bus_tool_names, family, records, write

PASSWORD = "p@ss/w:rd%41 é"  # all that a URL must escape
LOUD = ("-v", "-v", "-v")


def spellings(password=PASSWORD):
    """As it is, and as a URL may have it."""
    return {password, quote(password, safe=""), quote(password), quote(password, safe="").lower()}


def everything_said(tool):
    tool.process.send_signal(signal.SIGUSR1)
    tool.stop(status=None)
    return tool.stderr + (tool.stdout.decode(errors="replace") if tool.out else "")


def assert_silent(text, password=PASSWORD):
    for secret in spellings(password):
        assert secret not in text, f"{secret!r} is in what it says"


def seen_by_others(tool):
    """Of every process of the tool: arguments and environment."""
    return "".join(Path(f"/proc/{pid}/{what}").read_bytes().decode(errors="replace")
                   for pid in family(tool.pid) for what in ("cmdline", "environ"))


@pytest.fixture(scope="module")
def anybody(broker):
    broker.ctl("add_user", "secretive", PASSWORD)
    yield "secretive"
    broker.delete_user("secretive")


@pytest.fixture
def user(broker, vhost, anybody):
    """Who may do everything here."""
    allow(broker, vhost, anybody)
    return anybody


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("name", bus_tool_names())
def test_a_password_in_the_url(start_tool, broker, vhost, user, name):
    url = broker.url_of(vhost.name, user, quote(PASSWORD, safe=""))
    tool = start_tool(name, url, *LOUD, wait=True)
    arguments = "".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in family(tool.pid))
    assert_silent(arguments)
    assert user in arguments, "only the password is overwritten"
    assert_silent(everything_said(tool))


@pytest.mark.parametrize("name", bus_tool_names())
def test_a_password_file(start_tool, broker, vhost, user, password_file, name):
    url = f"amqp://{user}@127.0.0.1:{broker.port}/{vhost.name}"
    tool = start_tool(name, url, "--password-file", password_file, *LOUD, wait=True)
    assert_silent(seen_by_others(tool))
    assert_silent(everything_said(tool))


@pytest.mark.parametrize("name", bus_tool_names())
def test_a_wrong_password(start_tool, broker, vhost, user, name):
    wrong = "Wr0ng-" + PASSWORD
    tool = start_tool(name, broker.url_of(vhost.name, user, quote(wrong, safe="")), *LOUD)
    tool.wait(status=3)
    assert_silent(tool.stderr, wrong)


@pytest.mark.parametrize("url", [
    "amqp://user:{}@localhost:notaport/", "amqp://user:{}@localhost:99999/", "amqp://user:{}@/", "http://user:{}@localhost/",
    "amqp://user:{}@localhost/?query", "amqp://user:{}@@localhost/", "amqp://user:{}:more@localhost/", "amqp:/user:{}@localhost",
    "user:{}@localhost", "amqp://user:{}@localhost/%00", "amqp://user:{}@[::1/", "amqps://user:{}@localhost/a/b",
])
@pytest.mark.parametrize("secret", ["s3cret", "s3:cret", "s3%40cret", "s3/cret"])
def test_urls_that_are_refused(start_tool, url, secret):
    tool = start_tool("amqp-dump", url.format(secret), "--retry", "never")
    assert tool.wait(20) != 0
    said = tool.stderr
    for part in (secret, *secret.replace("%40", ":").replace("/", ":").split(":")):
        assert part == "s3" or part not in said, said


def test_whatever_goes_wrong(start_tool, broker, proxy, vhost, user):
    """A start that ends early, one that is garbled, an administrator who throws us out, an exchange that is not there."""
    url = proxy.url(user, quote(PASSWORD, safe=""), vhost.name)
    tool = start_tool("amqp-play", [url] * 64, *LOUD, wait=True)
    for offset in range(0, 530, 10):
        proxy.next(up=Fault(cut=offset))
        proxy.next(down=Fault(flip=((offset, 0x41),), cut=offset + 100))
    proxy.reset()
    wait_until(lambda: len(proxy.connections) >= 50, 60)
    proxy.set()
    broker.close_connections(vhost.name, "out")
    write(tool, records([1]))
    assert_silent(everything_said(tool))


def test_a_core_of_the_statistics(start_tool, broker, vhost, user):
    """In the readable form, too."""
    url = broker.url_of(vhost.name, user, quote(PASSWORD, safe=""))
    tool = start_tool("amqp-dump", url, "--stats", *LOUD, stats=False, wait=True)
    assert_silent(everything_said(tool))
