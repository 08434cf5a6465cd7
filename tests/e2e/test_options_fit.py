"""No option is read and then passed over in silence: what does nothing as things are is refused (status 2), or warned of, in words; tool by tool.

Each row: the tool, its options, what it must say. FILE, OTHER: a capture of two frames, and another name; BUS: a broker that nobody is."""
import json
import os
import struct
import subprocess

import pytest

import harness
from test_port import machine  # noqa: F401 (a fixture)

BUS = ["-u", "amqp://127.0.0.1:1/", "--retry", "never"]
TOOLS = ["slip-dump", "amqp-dump", "amqp-serial", "amqp-play", "amqp-tun", "amqp-route"]
WARNED, REFUSED = "warned", "refused"


def run(tool, *words, folder):
    frames = [bytes([0x41, 0x88, i]) + struct.pack("<HHH", 0xabcd, 0xffff, 1) + b"hello" for i in range(2)]
    (folder / "in.pcap").write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 230)
                                     + b"".join(struct.pack("<IIII", 1, i, len(f), len(f)) + f for i, f in enumerate(frames)))
    (folder / "in.slip").write_bytes(b"".join(b"\xc0" + f + b"\xc0" for f in frames))
    words = [str(folder / word) if word in ("in.pcap", "in.slip", "out.pcap", "out.txt") else word for word in words]
    if tool.startswith("amqp") and "--list" not in words:
        words += BUS
    return subprocess.run([harness.binaries_folder() / tool, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
                          cwd=folder, env={**os.environ, "HOME": str(folder)})


ROWS = [
    # --list answers, and ends
    *[(tool, ["--list", *more], REFUSED, f"--list answers, and ends: {more[0]} does nothing beside it")
      for tool in ("slip-dump", "amqp-serial") for more in (["--port", "/dev/null"], ["--check"], ["--stats"], ["--fcs", "crc16"], ["--reset"])],
    ("slip-dump", ["--list", "--print"], REFUSED, "--print does nothing"), ("slip-dump", ["--list", "--top"], REFUSED, "--top does nothing"),
    ("slip-dump", ["--list", "--read", "-"], REFUSED, "--read does nothing"), ("amqp-serial", ["--list", "--name", "a"], REFUSED, "--name does nothing"),
    # --json
    *[(tool, ["--json"], REFUSED, "--json needs --check") for tool in ("amqp-play", "amqp-tun", "amqp-route")],
    ("amqp-serial", ["--json"], REFUSED, "--json needs --list or --check"),
    *[(tool, ["--json", "--print", *more], REFUSED, "--print does nothing beside --json")
      for tool, more in (("slip-dump", ["-r", "in.pcap"]), ("amqp-dump", []))],
    # colours
    *[(tool, [*more, "--color", "always", *lines], REFUSED, "--color always needs readable lines")
      for tool, more in (("slip-dump", ["-r", "in.pcap"]), ("amqp-dump", []))
      for lines in (["--json"], ["-w", "out.pcap"], ["-w", "out.txt"], ["-w", "out.pcap", "--json"], ["-w", "-", "--format", "json"])],
    ("amqp-dump", ["--who", "--color", "always"], REFUSED, "the lines of --who have no colours"),
    ("amqp-dump", ["--raw", "--color", "always"], REFUSED, "the lines of --raw have no colours"),
    # files
    *[(tool, [*more, *words], REFUSED, said)
      for tool, more in (("slip-dump", ["-r", "in.pcap"]), ("amqp-dump", []))
      for words, said in ((["--format", "json"], "--format needs -w FILE"), (["--overwrite"], "--overwrite needs -w FILE"),
                          (["--overwrite", "-w", "-"], "--overwrite needs -w FILE"), (["--reopen"], "--reopen needs -w FIFO"),
                          (["--reopen", "-w", "out.pcap"], "is no FIFO"), (["-C", "1"], "-C and -G need -w FILE"),
                          (["-G", "1", "-w", "-"], "-C and -G need -w FILE"), (["--file-frames", "1"], "--file-frames needs -w FILE"),
                          (["-W", "3", "-w", "out.pcap"], "-W needs -C, --file-frames or -G"))],
    *[("slip-dump", ["-r", "in.pcap", "-w", "/dev/null", *words], WARNED, f"{words[0]} does nothing: no other file follows /dev/null")
      for words in (["-C", "1"], ["-G", "1"], ["--file-frames", "1"])],
    ("amqp-dump", ["--keep", "--who"], REFUSED, "--keep is for a record, and --who makes none"),
    # slip-dump's own
    *[("slip-dump", ["-r", file, *words], REFUSED, said)
      for file in ("in.pcap", "in.slip")
      for words, said in ((["--dlt", "nofcs"], "--dlt is of a capture"), (["--dlt", "tap", "--json"], "--dlt is of a capture"), (["--top"], "--top needs -p"))],
    ("slip-dump", ["-p", "/dev/null", "--follow"], REFUSED, "--follow needs -r FILE"),
    ("slip-dump", ["-p", "/dev/null", "--top", "--color", "always"], REFUSED, "--color always needs readable lines"),
    ("slip-dump", ["-p", "/dev/null", "--top", "--frame-keys", "x"], REFUSED, "--frame-keys needs lines"),
    ("slip-dump", ["-r", "in.pcap", "-w", "out.pcap", "--frame-keys", "x"], REFUSED, "--frame-keys needs lines"),
    ("slip-dump", ["-p", "/dev/null", "--top", "-c", "3"], REFUSED, "-c counts what is written, and --top alone writes nothing"),
    ("slip-dump", ["-p", "/dev/null", "--top", "--filter", "type=data"], REFUSED, "--filter chooses what is written: --top shows all"),
    ("slip-dump", ["-p", "/dev/null@15", "--channel", "16"], REFUSED, "--channel 16 does nothing"),
    ("slip-dump", ["-p", "/dev/null@15", "-p", "/dev/zero@16", "--channel", "17"], REFUSED, "--channel 17 does nothing"),
    *[("slip-dump", ["-r", "in.slip", *words], WARNED, f"{words[0]} is about a port")
      for words in (["--baud", "9600"], ["--flow", "rtscts"], ["--dtr", "on"], ["--rts", "off"], ["--reset"], ["--hangup"], ["--wait-port"])],
    ("slip-dump", ["-r", "in.slip", "--reset", "--dtr", "on"], WARNED, "--dtr, --reset is about a port"),
    *[("slip-dump", ["-r", "in.pcap", *words], WARNED, f"{words[0]} is about a line")
      for words in (["--channel", "15"], ["--max-frame", "20"], ["--firmware", "sensniff"], ["--probe-clock", "off"])],
    ("slip-dump", ["-r", "in.slip", "--fcs", "none", "--rssi-offset", "-45"], WARNED, "--rssi-offset does nothing"),
    ("slip-dump", ["-r", "in.slip", "--firmware", "raw", "--fcs", "crc16", "--rssi-offset", "3"], WARNED, "--rssi-offset does nothing"),
    *[(tool, [*more, *words], WARNED, f"{words[0]} does nothing: who hands the port on has set it")
      for tool, more in (("slip-dump", ["-p", "tcp:127.0.0.1:1"]), ("amqp-serial", ["-n", "a", "-p", "tcp:127.0.0.1:1"]))
      for words in (["--baud", "9600"], ["--flow", "xonxoff"], ["--dtr", "off"], ["--rts", "on"], ["--reset"], ["--hangup"])],
    # Wireshark's
    *[(tool, [question, "--extcap-interface", tool, *words], REFUSED, f"{words[0]} does nothing beside {question}")
      for tool in ("slip-dump", "amqp-dump") for question in ("--extcap-dlts", "--extcap-config", "--capture")
      for words in (["--write", "out.pcap"], ["--print"], ["--json"])],
    ("slip-dump", ["--capture", "--fifo", "/dev/null", "--read", "in.pcap"], REFUSED, "--read does nothing beside --capture"),
    ("slip-dump", ["--capture", "--fifo", "/dev/null", "--dlt", "nofcs"], REFUSED, "--dlt does nothing beside --capture"),
    ("slip-dump", ["--capture", "--fifo", "/dev/null", "-p", "/dev/null", "--on-full", "wait"], REFUSED, "--on-full does nothing beside --capture"),
    ("slip-dump", ["--extcap-capture-filter", "type=data", "--read", "in.pcap"], REFUSED, "--read does nothing beside --extcap-capture-filter"),
    ("amqp-dump", ["--extcap-interfaces", "--who"], REFUSED, "--who does nothing beside --extcap-interfaces"),
    # the bus's
    *[("amqp-dump", words, WARNED, f"{words[0]} does nothing here: this tool publishes nothing") for words in (["--encoding", "pcap"], ["--api", "v0"])],
    *[("amqp-route", ["--all", *words], WARNED, f"{words[0]} does nothing here") for words in (["--encoding", "json"], ["--api", "v0"])],
    *[("amqp-play", ["-n", "a", "-r", "in.pcap", *words], WARNED, f"{words[0]} does nothing here: this tool receives nothing")
      for words in (["--max-message", "4096"], ["--require-user", "peer"], ["--control-from", "x"])],
    *[(tool, [*more, "--declare-exchange", *words], WARNED, f"--declare-exchange does nothing: {words[-1]} is always there")
      for tool, more in (("amqp-dump", []), ("amqp-route", ["--all"]), ("amqp-play", ["-n", "a", "-r", "in.pcap"])) for words in (["-e", "amq.topic"], ["-e", "amq.x"])],
    # amqp-tun's
    *[("amqp-tun", ["-n", name, *words, "--encoding", encoding], REFUSED, f"--encoding '{encoding}': {said}")
      for encoding in ("pcap", "gso")
      for name, words, said in (("agent_1", [], "needs --peer"), ("agent_1", ["--peer-old", "b"], "what --peer-old names reads JSON alone"),
                                ("agent_1", ["--peer", "b", "--peer-old", "b"], "what --peer-old names reads JSON alone"))],
    *[("amqp-tun", [*words, "--require-user", user], REFUSED, "nobody could send the tun.start that this waits for")
      for words in (["-n", "berlin"], ["-n", "agent_1", "--wait-start"], ["-n", "agent_1", "--wait-start", "--peer", "agent_2"])
      for user in ("peer", "agent_2=bob", "alice")],
    *[("amqp-tun", ["--check", *words, "--allow-net", "cafe::/32"], WARNED, "--allow-net does nothing here: the interface is made at once")
      for words in (["-n", "agent_1"], ["-n", "berlin", "--ipv4", "10.9.0.1/24"], ["-n", "agent_1", "--peer", "agent_2", "--force-bootstrap"])],
    *[("amqp-tun", ["--check", *words, "--force-bootstrap"], WARNED, "--force-bootstrap does nothing here: with --peer and an address")
      for words in (["-n", "agent_1", "--peer", "agent_2"], ["-n", "berlin", "--peer", "rennes", "--ipv6", "bbbb::9/64"], ["-n", "berlin", "--peer-old", "b", "--ipv6-host", "9"])],
    ("amqp-dump", ["--control-from", "x"], REFUSED, "--control-from needs --require-user"),
    *[("amqp-dump", words, REFUSED, f"{words[0]} needs --keep") for words in (["--keep-for", "3"], ["--keep-octets", "1k"], ["--delete-queue"])],
    *[(tool, [*more, "--spool-size", "3"], REFUSED, "--spool-size needs --spool DIR")
      for tool, more in (("amqp-play", ["-n", "a", "-r", "in.pcap"]), ("amqp-serial", ["-n", "a", "-p", "/dev/null"]))],
    ("amqp-serial", ["-n", "a", "-p", "/dev/null", "--on-full", "wait"], REFUSED, "--on-full needs --tee FILE"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/null@15", "--channel", "16"], REFUSED, "are two channels"),
    ("amqp-serial", ["-n", "a", "-p", "/dev/null", "--mode", "passive", "--pace", "3"], REFUSED, "--pace has no use"),
    ("amqp-play", ["-n", "a", "-r", "in.pcap", "--speed", "0", "--max-gap", "1"], REFUSED, "--max-gap does nothing beside --speed 0"),
    ("amqp-route", ["--all", "--burst", "3"], REFUSED, "it needs loss"), ("amqp-route", ["--all", "--skip", "3"], REFUSED, "it needs drop"),
    ("amqp-route", ["--all", "--seed", "3"], REFUSED, "--seed needs --links FILE or --impair A>B WORDS or --loss PERCENT"),
    ("amqp-route", ["--all", "--only", "any"], REFUSED, "--only needs --links FILE or --impair A>B WORDS or --drop N"),
    ("amqp-route", ["--all", "--drop", "3", "--seed", "3"], REFUSED, "--seed needs --links FILE or --impair A>B WORDS or --loss PERCENT"),
    *[(tool, [*more, "--cacert", "in.pcap"], REFUSED, "need an amqps:// URL")
      for tool, more in (("amqp-dump", []), ("amqp-route", ["--all"]), ("amqp-play", ["-n", "a", "-r", "in.pcap"]))],
]


@pytest.mark.parametrize("tool, words, how, said", ROWS, ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_what_does_nothing_is_said(tool, words, how, said, tmp_path):
    done = run(tool, *words, folder=tmp_path)
    assert said in done.stderr, done
    assert (done.returncode == 2) == (how == REFUSED), done
    if how == REFUSED:
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1, done
        assert {path.name for path in tmp_path.iterdir()} == {"in.pcap", "in.slip"}


@pytest.mark.parametrize("tool", TOOLS)
def test_an_option_is_no_value_of_another(tool, tmp_path):
    """It would be passed over, and a file of its name be made; in one word it is the value that is meant."""
    for option in ("--events", "--stats-every", "--config"):
        for value in ("--check", "-v", "--log-format=json"):
            done = run(tool, option, value, folder=tmp_path)
            assert done.returncode == 2 and f"{option} needs an argument: {value.split('=')[0]} behind it is an option itself" in done.stderr, done
    assert {path.name for path in tmp_path.iterdir()} == {"in.pcap", "in.slip"}
    assert "needs an argument" not in run(tool, "--events=--check", "--version", folder=tmp_path).stderr


@pytest.mark.parametrize("value", ["0x10", "inf", "nan", "1e300", " 5", "5 ", "5s", "1,5", "-1", "0", "0.09", ""])
def test_seconds_are_decimal(value, tmp_path):
    for option in ("--duration", "--stats-every"):
        done = run("slip-dump", "-r", "in.pcap", f"{option}={value}", folder=tmp_path)
        assert done.returncode == 2 and option in done.stderr, done
    for option in ("--loss", "--delay", "--impair=a>b loss"):
        done = run("amqp-route", "--link", "a,b", f"{option}={value}", folder=tmp_path)
        assert done.returncode == 2 or value in ("0", "0.09", "1e300", "5 "), done


# --- what goes together still does ---

@pytest.mark.parametrize("words", [
    ["--json", "-v"], ["--json", "--color", "never"], ["--color", "always"], ["--print", "-w", "out.pcap"], ["--json", "-w", "out.pcap"], ["-U"],
    ["--print", "--color", "always", "-w", "out.pcap"], ["--dlt", "nofcs", "--fcs", "none", "-w", "out.pcap"], ["--overwrite", "-w", "out.pcap"],
    ["--format", "lines", "-w", "-", "--color", "always"], ["--on-full", "wait"], ["--stats", "--log-time", "--log-format", "json"],
])
def test_what_goes_together(words, tmp_path):
    done = run("slip-dump", "-r", "in.pcap", *words, folder=tmp_path)
    assert done.returncode == 0 and "warning" not in done.stderr, done


@pytest.mark.parametrize("words", [
    ["-n", "berlin", "--allow-net", "cafe::/32"], ["-n", "agent_1", "--wait-start", "--allow-net", "cafe::/32"], ["-n", "berlin", "--require-user", "router=r"],
    ["-n", "agent_1", "--force-bootstrap", "--allow-net", "aaaa::/64", "--allow-net", "bbbb::/64"], ["-n", "berlin", "--peer", "rennes", "--force-bootstrap"],
    ["-n", "berlin", "--require-user", "peer", "--control-from", "c"], ["-n", "agent_1", "--peer", "a", "--peer-old", "b", "--encoding", "pcap"],
    ["-n", "agent_1", "--require-user", "peer"], ["-n", "agent_1", "-e", "air", "--declare-exchange"], ["-n", "agent_1", "--force-bootstrap"],
])
def test_what_amqp_tun_takes_together(words, tmp_path):
    done = run("amqp-tun", "--check", *words, folder=tmp_path)
    assert done.returncode == 1 and done.stdout and "nothing" not in done.stderr and "--peer-old" not in done.stderr, done


def test_json_has_what_v_shows(tmp_path):
    """Each clause of a fault that the block below a line names."""
    block = run("slip-dump", "-r", "in.pcap", "-v", folder=tmp_path).stdout
    objects = [json.loads(line) for line in run("slip-dump", "-r", "in.pcap", "--json", folder=tmp_path).stdout.splitlines()]
    assert len(objects) == 2 and all(o["inside"]["fault"]["clause"] in block for o in objects)


@pytest.mark.parametrize("program", ["slip-dump", "amqp-serial"])
def test_ports_as_json(machine, program):  # noqa: F811
    words, objects = [machine(program, "--list", *more) for more in ([], ["--json"])]
    ports = [json.loads(line) for line in objects.stdout.splitlines()]
    assert len(ports) == len(words.stdout.splitlines()) > 0
    for port, line in zip(ports, words.stdout.splitlines()):
        assert set(port) <= {"port", "device", "vendor_id", "product_id", "vendor", "product", "serial"}
        assert line.startswith(f"{port['port']} {port['device']} ")


def test_a_file_of_options_may_say_more(tmp_path):
    """It is for other runs, too: what answers and ends is not refused for it."""
    (tmp_path / "conf").write_text("baud = 9600\nfcs = crc16\n")
    assert run("slip-dump", "--list", "--config", str(tmp_path / "conf"), folder=tmp_path).returncode == 0
