"""--config and --dump-config: every option of every tool goes through a file and back; what is wrong in a file is named with its line;
what beats what."""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
# Values of options that no rule gives one for.
VALUES = {"baud": "115200", "file-size": "2m", "filter": "type=data and pan=abcd", "heartbeat": "20", "keep-octets": "2m", "ready-fd": "9",
          "retry": "forever", "stand-in": "abcd/0001/0011223344556677", "stats": "json", "stats-every": "5", "peer-net": "b=10.9.0.0/16",
          "require-user": "peer", "name": "agent_7", "peer": "agent_8", "pattern": "fromAgent.#", "url": "amqp://broker.example/#",
          "events": "events.json", "ip-filter": "udp port 5683", "seed": "7", "duration": "5", "top": "5", "who": "5", "map": "eth0=agent_9", "link": "agent_1,agent_2",
           "management": "http://broker.example:15672",
          "impair": "agent_1>agent_2 loss=1"}


def run(tool, *arguments, env=None, cwd=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AMQP_", "FINTEROP_"))}
    os.set_inheritable(2, True)
    return subprocess.run(["/bin/sh", "-c", 'exec "$@" 9>/dev/null', "sh", BINARIES / tool, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30, env={**environment, **(env or {})}, cwd=cwd)


def options_of(tool):
    return [json.loads(line) for line in run(tool, "--dump-options").stdout.splitlines()[1:]]


def value_of(option):
    if option["option"] in VALUES:
        return VALUES[option["option"]]
    if "choices" in option:
        return option["choices"][-1]
    if option["kind"] in ("unsigned", "signed", "decimal"):
        return str(option["minimum"])
    if "argument" not in option:
        return None
    return f" a \"{option['option']}\" \\ value"


def settings(dumped):
    """Lines that are no comments."""
    return [line for line in dumped.splitlines() if line and not line.startswith("#")]


def origins(dumped):
    """option: where it comes from."""
    return {name: origin for origin, name in re.findall(r"^# (.*)\n([a-z0-9-]+)", dumped, re.MULTILINE)}


def with_needs(option, options):
    """Names of the option and, where it does nothing by itself, of one that it needs, and so on."""
    if not option.get("needs"):
        return {option["option"]}
    return {option["option"]} | with_needs(options[option["needs"][0]], options)


def fit(names, options):
    """None of them does nothing beside another one."""
    def beside(name, other):
        option = options[name]
        return name == other or (other not in option.get("excludes", ()) and ("alone_but" not in option or other in option["alone_but"]))
    return all(beside(a, b) for a in names for b in names)


def sets_of(tool):
    """All options that a file may have, in as few sets as the tool lets stand together; the tool's own table says which do."""
    options = {option["option"]: option for option in options_of(tool)}
    left = {name: with_needs(option, options) for name, option in options.items() if option.get("file", True)}
    sets = []
    while left:
        found = set(left.pop(next(iter(left))))
        for wanted in [*left.values(), *(with_needs(o, options) for o in options.values() if o.get("file", True))]:
            if fit(found | wanted, options):
                found |= wanted
        left = {name: wanted for name, wanted in left.items() if name not in found}
        sets.append(found)
    return [[options[name] for name in options if name in s] for s in sets]


@pytest.mark.parametrize("tool", TOOLS)
def test_every_option_goes_through_a_file(tool, tmp_path):
    """What is dumped is read again, and is the same, whichever way an option was given first."""
    for options in sets_of(tool):
        wanted, arguments = [], []
        for option in options:
            value = value_of(option)
            plain = value is None or not (value.startswith(" ") or '"' in value)
            quoted = value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
            wanted.append(option["option"] if value is None else f"{option['option']} = {quoted}")
            arguments.append(f"--{option['option']}" + ("" if value is None else f"={value}"))
        names = {option["option"] for option in options}
        given = run(tool, *arguments, "--dump-config", cwd=tmp_path)
        assert given.returncode == 0, given.stderr
        assert set(wanted) <= set(settings(given.stdout)), set(wanted) - set(settings(given.stdout))
        assert all(origins(given.stdout)[name] == "command line" for name in names)
        (tmp_path / "one.conf").write_text("\n".join(wanted) + "\n")
        for path in ("one.conf", "two.conf"):
            read = run(tool, "--config", path, "--dump-config", cwd=tmp_path)
            assert read.returncode == 0, read.stderr
            # A dump says what everybody knows as the default; of a file it is a login like any.
            assert settings(read.stdout.replace("guest:guest@", "guest@")) == settings(given.stdout.replace("guest:guest@", "guest@"))
            found = origins(read.stdout)
            assert all(found[name].startswith(f"{path}:") for name in names), found
            (tmp_path / "two.conf").write_text(read.stdout)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_option_is_in_a_set(tool):
    """Each goes through the test before this one, and the first set has nearly all of them."""
    sets, options = sets_of(tool), [o["option"] for o in options_of(tool) if o.get("file", True)]
    assert {o["option"] for s in sets for o in s} == set(options)
    assert len(sets[0]) > 20 and len(sets) <= 3, [[o["option"] for o in s] for s in sets]


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_dumped_of_nothing_is_read_again(tool, tmp_path):
    """A default that does nothing as things are is a comment: as a setting it would be refused."""
    dumped = run(tool, "--dump-config").stdout
    (tmp_path / "f").write_text(dumped.replace("guest:guest@", ""))
    (tmp_path / "f").chmod(0o600)
    read = run(tool, "--config", "f", "--dump-config", cwd=tmp_path)
    assert read.returncode == 0 and read.stderr == "", read.stderr
    assert "# default; --spool-size needs --spool DIR\n# spool-size = 1024\n" in dumped or "spool-size" not in dumped


@pytest.mark.parametrize("tool", TOOLS)
def test_what_does_not_fit_is_refused_as_the_table_says(tool):
    options = {option["option"]: option for option in options_of(tool)}

    def given(*names):
        words = [f"--{name}" + ("" if value_of(options[name]) is None else f"={value_of(options[name])}") for name in names]
        return run(tool, *words, "--dump-config")
    for name, option in options.items():
        for other in option.get("excludes", ()):
            assert f"--{name} does nothing beside --{other}" in given(*(with_needs(option, options) | {other})).stderr
        if option.get("needs"):
            assert f"--{name} needs -" in given(name).stderr


def test_what_beats_what(tmp_path):
    (tmp_path / "site").write_text("exchange = site\nurl = amqp://site/\nurl = amqp://site2/\nname = site\n")
    (tmp_path / "own").write_text("name own\nurl amqp://own/\n")

    def dump(*arguments):
        return run("amqp-dump", "--config", "site", "--config", "own", *arguments, "--dump-config", cwd=tmp_path,
                   env={"AMQP_EXCHANGE": "variable", "AMQP_URL": "amqp://variable/"}).stdout
    found = settings(dump("-n", "line"))
    assert "name = line" in found and "exchange = site" in found
    assert [line for line in found if line.startswith("url")] == ["url = amqp://own/"]
    assert "name = own" in settings(dump())
    variable = run("amqp-dump", "--dump-config", env={"AMQP_EXCHANGE": "variable"}).stdout
    assert "# $AMQP_EXCHANGE\nexchange = variable\n" in variable and "# default\nname = dump\n" in variable


FILES = [
    (b"nmae = x\n", "f:1: --nmae: no such option; did you mean --name?"),
    (b"\n# c\nn = x\n", "f:3: n: letters stand on command lines alone; write name"),
    (b"--name = x\n", "f:1: --name: options stand here without dashes: name"),
    (b"api = v3\n", "f:1: --api 'v3': must be one of v1 v0"),
    (b"count = -1\n", "f:1: --count '-1': must be a whole number"),
    (b"name\n", "f:1: --name: needs an argument"),
    (b"name =\n", "f:1: --name '': is"),
    (b"keep = yes\n", "f:1: --keep: takes no argument (keep alone; without the line it is off)"),
    (b"name = a\nname = b\n", "f:2: --name: is given twice"),
    (b'name = "a\n', "f:1: the quote is not closed"),
    (b"name = 'a\n", "f:1: the quote is not closed"),
    (b'name = "a" b\n', "f:1: something stands behind the closing quote"),
    (b'name = "\\q"\n', "f:1: behind a backslash"),
    (b'name = "\\x0', "f:1: behind a backslash"),
    (b'name = "\\x00"', "f:1: behind a backslash"),
    (b"[section]\n", "f:1: no option's name: a line is NAME = VALUE, or # and a comment"),
    (b"; a comment\n", "f:1: no option's name"),
    (b"// a comment\n", "f:1: no option's name"),
    (b"name: x\n", "f:1: no option's name"),
    (b"help\n", "f:1: --help: is for the command line"),
    (b"version\n", "f:1: --version: is for the command line"),
    (b"config = g\n", "f:1: --config: is for the command line"),
    (b"dump-config\n", "f:1: --dump-config: is for the command line"),
    (b"capture\n", "f:1: --capture: is for the command line"),
    (b"password = geheim\n", "f:1: --password: no such option; did you mean --password-file?"),
    (b"name = a\n\0\n", "--config f: line 2 holds a NUL"),
    ("name = a".encode("utf-16"), "--config f: line 1 holds a NUL"),
    (b"name = a\n# caf\xe9\n", "--config f: line 2 is no text in UTF-8"),
    (b"\xef\xbb\xbf\nwrite = caf\xc3\n", "--config f: line 2 is no text in UTF-8"),
    (b"name = \xed\xa0\x80\n", "--config f: line 1 is no text in UTF-8"),
    ("name = é".encode("latin-1"), "--config f: line 1 is no text in UTF-8 (an octet beyond ASCII: in double quotes, as \\xHH)"),
    (b"name = " + b"a" * 100000 + b"\n", "f:1: --name 'aaa"),
    (b"write = credential:x\n", "f:1: --write 'credential:x': is a credential, which is only read"),
    (b"events = credential:x\n", "f:1: --events 'credential:x': is a credential"),
    (b"#" * (1 << 20) + b"\n", "--config f: is over 1048576 octets long"),
]


@pytest.mark.parametrize("octets,words", FILES, ids=lambda x: str(x)[:30])
def test_what_is_wrong_is_named(tmp_path, octets, words):
    (tmp_path / "f").write_bytes(octets)
    done = run("amqp-dump", "--config", "f", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and words in done.stderr, done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize("url,words", [
    ("http://h", "http://h: must begin with amqp://"), ("amqp://u:geheim@h:0/", "amqp://u@h:0/: the port must be"),
    ("amqp://h/?heartbeat=x", "amqp://h/: heartbeat"),
])
def test_a_wrong_url_is_called_as_it_was_given(tmp_path, url, words):
    (tmp_path / "f").write_text(f"url = {url}\n")
    for where, arguments, env in [("--url", ["-u", url], {"AMQP_URL": "amqp://h/"}), ("$AMQP_URL", [], {"AMQP_URL": url}), ("f: --url", ["--config", "f"], {})]:
        done = run("amqp-dump", *arguments, cwd=tmp_path, env=env)
        assert (done.returncode, done.stdout) == (2, "") and f"amqp-dump: {where} {words}" in done.stderr, done.stderr
        assert "geheim" not in done.stderr


def test_a_wrong_exchange_is_called_as_it_was_given(tmp_path):
    (tmp_path / "f").write_text("exchange = " + 256 * "e" + "\n")
    for where, arguments, env in [("--exchange", ["-e", 256 * "e"], {}), ("$AMQP_EXCHANGE", [], {"AMQP_EXCHANGE": 256 * "e"}), ("f: --exchange", ["--config", "f"], {})]:
        assert f"amqp-dump: {where}: over 255 octets" in run("amqp-dump", *arguments, cwd=tmp_path, env=env).stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_a_credential_is_only_read(tool, tmp_path):
    """Of every option that names a path: a credential is what is read; what is written, a folder or a port is none. A file of that name is one."""
    (tmp_path / "secret").write_text("geheim\n")
    read, refused = set(), set()
    for option in options_of(tool):
        if option["kind"] not in ("file", "folder") and option["option"] not in ("events", "config"):
            continue
        done = run(tool, f"--{option['option']}", "credential:secret", "--dump-config", cwd=tmp_path, env={"CREDENTIALS_DIRECTORY": str(tmp_path)})
        (refused if "is a credential, which is only read as a file" in done.stderr else read).add(option["option"])
        assert "geheim" not in done.stdout
    assert not [path for path in tmp_path.iterdir() if path.name != "secret"]
    written = {"write", "tee", "port", "spool", "events", "fifo", "extcap-control-out"}
    assert read <= {"read", "links", "password-file", "cacert", "cert", "key", "frame-keys", "config", "extcap-control-in"}, read
    assert refused <= written and "events" in refused and "config" in read, refused
    assert run("slip-dump", "-w", "./credential:x", "--dump-config", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("tool", TOOLS)
def test_a_misspelt_option_is_no_value(tool, tmp_path):
    """Of every option that takes a path or a text: it made a file of that name. In one word, or behind ./, it is the value that is meant."""
    for option in options_of(tool):
        path = option["kind"] in ("file", "folder") or "FILE" in option.get("argument", "")
        if not path and (option["kind"] != "text" or option["alone"]):
            continue
        first = f"-{option['letter']}" if "letter" in option else f"--{option['option']}"
        for value in ["--nosuch", "--no-such=4"] + ["-c10", "-nosuch"] * path:
            shown = value.split("=")[0]
            words = f"./{shown} for a file of that name" if path else f"--{option['option']}={shown} if it is the value"
            done = run(tool, first, value, cwd=tmp_path)
            assert (done.returncode, done.stdout) == (2, "") and f"{first} needs an argument: {shown} behind it looks like an option ({words})" in done.stderr
        if path and "letter" in option:
            assert f"{first}=: a letter's value stands behind it without '='" in run(tool, f"{first}=x", cwd=tmp_path).stderr
        assert "looks like" not in run(tool, f"--{option['option']}=--nosuch", "--version", cwd=tmp_path).stderr
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_value_is_not_said_where_it_may_be_a_password(tmp_path):
    done = run("slip-dump", "-w", "--me:geheim@h", cwd=tmp_path)
    assert done.returncode == 2 and "-w needs an argument: -" in done.stderr and "geheim" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tool", TOOLS)
def test_a_word_without_an_option_is_told_which_it_lacks(tool, tmp_path):
    """As tcpdump takes them: a file, a port, a filter."""
    names = {o["option"] for o in options_of(tool)}
    (tmp_path / "air.pcap").write_text("x")
    for word, option, words in (("air.pcap", "read", "did you mean -r air.pcap?"), ("/dev/null", "port", "did you mean -p /dev/null?"),
                                ("udp", "ip-filter", "a filter is one word behind --ip-filter")):
        done = run(tool, word, cwd=tmp_path)
        assert done.returncode == 2 and f"'{word}': unexpected argument" in done.stderr
        assert (f"'{word}': unexpected argument ({words})" in done.stderr) == (option in names), done.stderr
    assert "geheim" not in run(tool, "me:geheim@udp", cwd=tmp_path).stderr


def test_a_configuration_may_be_a_credential(tmp_path):
    (tmp_path / "lab").write_text("name = from_a_credential\n")
    found = run("amqp-dump", "--config", "credential:lab", "--dump-config", env={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert "name = from_a_credential" in found.stdout, found.stderr
    assert "there is no $CREDENTIALS_DIRECTORY" in run("amqp-dump", "--config", "credential:lab", "--dump-config").stderr


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with open(tmp_path / "large", "wb") as large:
        large.truncate(1 << 30)
    for path, words in (("fifo", "is a FIFO"), (".", "is a folder"), ("/dev/zero", "is a device"), ("nothing", "No such file"),
                        ("large", "is over 1048576 octets")):
        done = run("slip-dump", "--config", path, cwd=tmp_path)
        assert done.returncode == 2 and f"--config {path}: {words}" in done.stderr, done.stderr


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.startswith("amqp")])
def test_a_key_without_end_is_refused_at_once(tool, tmp_path):
    """It was read to its end. Which option names a file that cannot be read is said."""
    with open(tmp_path / "hole", "wb") as hole:
        hole.truncate(1 << 36)
    needed = {"amqp-tun": ["-n", "a", "--wait-start"], "amqp-serial": ["-n", "a", "-p", "tcp:127.0.0.1:1"], "amqp-play": ["-n", "a", "-r", "hole"],
              "amqp-route": ["--all"], "amqp-dump": []}[tool]

    def said(url, *words):
        done = run(tool, *needed, "--url", url, "--retry", "never", *words, cwd=tmp_path)
        assert done.returncode == 2, done
        return done.stderr
    url = "amqps://127.0.0.1:1/"
    for endless in ("hole", "/dev/zero"):
        assert f"TLS: {endless}: is over 8388608 octets long" in said(url, "--cert", endless, "--key", endless)
    assert "--cert none: No such file" in said(url, "--cert", "none", "--key", "hole") and "--key none: No such" in said(url, "--cert", "hole", "--key", "none")
    assert "--cacert none: No such file" in said(url, "--cacert", "none") and "cacertfile none: No such file" in said(url + "?cacertfile=none")


def test_forms_of_a_line(tmp_path):
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbf# c\r\n\r\n  name=a\r\n\tpattern fromAgent.#  \r\n\tpattern = \"\\x66romAgent.*\"\r\n"
                                 b"pattern='*.\\x'\r\nexchange = = #x\r\nverbose\r\nverbose")
    found = settings(run("amqp-dump", "--config", "f", "--dump-config", cwd=tmp_path).stdout)
    assert [line for line in found if re.match("name|pat|exch|verb", line)] == [
        "pattern = fromAgent.#", "pattern = fromAgent.*", "pattern = *.\\x", "name = a", 'exchange = "= #x"', "verbose", "verbose"]


def test_secrets_are_shown_nowhere_and_warned_of(tmp_path):
    path = tmp_path / "f"
    path.write_text("url = amqp://me:geheim@h/v?password=geheim2&heartbeat=5\nurl = amqps://a%2Fb:geheim@h\n")
    path.chmod(0o644)
    done = run("amqp-dump", "--config", path, "-u", "amqp://you:geheim@h/", "--dump-config")
    assert "geheim" not in done.stdout + done.stderr and "url = amqp://you@h/\n" in done.stdout
    done = run("amqp-dump", "--config", path, "--dump-config", env={"AMQP_URL": "amqp://you:geheim@h/"})
    assert "geheim" not in done.stdout + done.stderr
    assert "its secret is left out\nurl = amqp://me@h/v?password=...&heartbeat=5\n" in done.stdout
    assert "f: holds a password, and everybody on this machine can read it (chmod o-r)" in done.stderr
    path.chmod(0o640)
    assert run("amqp-dump", "--config", path, "--dump-config").stderr == ""


@pytest.mark.parametrize("tool", TOOLS)
def test_no_file_is_read_unasked(tool):
    traced = run(tool, "--version")
    assert traced.returncode == 0
    assert b"/etc/framebus" not in (BINARIES / tool).read_bytes()
