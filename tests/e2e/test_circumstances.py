"""Tools that are started under odd circumstances say what is wrong, and do what can be done: no signal ends them, and no failure is silent."""
import os
import resource
import subprocess

import pytest

import harness

TOOLS = ["slip-dump", "amqp-dump", "amqp-serial", "amqp-play", "amqp-tun", "amqp-route"]
ANSWERS = ["--help", "--version", "--dump-options"]


def limit(which, value):
    return lambda: resource.setrlimit(which, (value, value))


def run(tool, *words, **more):
    return subprocess.run([harness.binaries_folder() / tool, *map(str, words)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=30, **more)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_that_may_hold_nothing_is_an_error(tool, answer, tmp_path):
    """RLIMIT_FSIZE: no signal, as a full disk."""
    with open(tmp_path / "out", "w") as out:
        done = run(tool, answer, stdout=out, preexec_fn=limit(resource.RLIMIT_FSIZE, 0))
    assert done.returncode == 1 and done.stderr == f"{tool}: standard output: File too large\n", done


def test_so_is_that_of_a_report(tmp_path):
    (tmp_path / "in").write_bytes(b"\xc0" + bytes.fromhex("418801cdabffff0100") + b"hello\xc0")
    for words in (["--check"], ["--dump-config"], [], ["-w", "-"], ["--json"]):
        with open(tmp_path / "out", "w") as out:
            done = run("slip-dump", "-r", "in", "--fcs", "none", *words, cwd=tmp_path, stdout=out, preexec_fn=limit(resource.RLIMIT_FSIZE, 0))
        assert done.returncode == 1 and "standard output: File too large" in done.stderr, done
    assert os.path.getsize(tmp_path / "out") == 0


def test_a_password_that_nobody_writes_is_waited_for_with_words(tmp_path):
    """As every file that an option names."""
    os.mkfifo(tmp_path / "pipe")
    t = subprocess.Popen([harness.binaries_folder() / "amqp-dump", "-u", "amqp://u@127.0.0.1:1/", "--retry", "never", "--password-file", "pipe"], cwd=tmp_path,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert t.stderr.readline() == "amqp-dump: pipe: waits for what is written into it\n"
        (tmp_path / "pipe").write_text("secret\n")
        assert "Connection refused" in t.stderr.readline() and t.wait(30) == 1
    finally:
        t.kill()
        t.wait()
        t.stderr.close()


@pytest.mark.parametrize("tool", ["amqp-dump", "amqp-play"])
def test_an_empty_filter_is_none(tool):
    """What a variable that is not set leaves of it."""
    for value in "", " ", "\t":
        done = run(tool, *(["-n", "a", "-r", "-"] if tool == "amqp-play" else []), "--filter", value, stdout=subprocess.DEVNULL)
        assert done.returncode == 2 and "--filter" in done.stderr, done


@pytest.mark.parametrize("most", range(5, 14))
@pytest.mark.parametrize("words", [["-w", "1.pcap", "-w", "2.pcapng", "--json"], [], ["-w", "-"]], ids=" ".join)
def test_too_few_descriptors_are_no_lack_of_memory(tmp_path, words, most):
    (tmp_path / "in").write_bytes(b"\xc0" + bytes.fromhex("418801cdabffff0100") + b"hello\xc0")
    done = run("slip-dump", "-r", "in", "--fcs", "none", *words, cwd=tmp_path, stdout=subprocess.DEVNULL, preexec_fn=limit(resource.RLIMIT_NOFILE, most))
    assert done.returncode == 0 or (done.returncode == 1 and "Too many open files" in done.stderr), done


# --- what is read is not written to ---

@pytest.fixture
def files(tmp_path):
    (tmp_path / "in").write_bytes(b"\xc0" + bytes.fromhex("418801cdabffff0100") + b"hello\xc0")
    (tmp_path / "conf").write_text("color = never\n")
    (tmp_path / "keys").write_text("raw 00112233445566778899aabbccddeeff\n")
    (tmp_path / "keys").chmod(0o600)
    (tmp_path / "tied").symlink_to("conf")
    return {name: (tmp_path / name).read_bytes() for name in ("in", "conf", "keys")}


@pytest.mark.parametrize("name", ["in", "conf", "keys", "tied"])
@pytest.mark.parametrize("how", ["events", "overwrite", "appended", "appended json"])
def test_what_an_option_names_to_be_read_stays(tmp_path, files, name, how):
    base = ["-r", "in", "--fcs", "none", "--config", "tied", "--frame-keys", "keys", "--json"]
    with open(tmp_path / name, "ab") as out:
        words, stdout = {"events": (["--events", name], subprocess.DEVNULL), "overwrite": (["-w", name, "--overwrite"], subprocess.DEVNULL),
                         "appended": (["-w", f"/dev/fd/{out.fileno()}", "--format", "lines"], subprocess.DEVNULL), "appended json": ([], out)}[how]
        done = run("slip-dump", *base, *words, cwd=tmp_path, stdout=stdout, pass_fds=[out.fileno()])
    assert done.returncode in (1, 2) and (": is what is read: it would be lost" in done.stderr or "is what --" in done.stderr), done
    assert {each: (tmp_path / each).read_bytes() for each in files} == files


def test_events_are_appended_to_events_alone(tmp_path, files):
    (tmp_path / "letter").write_text("Dear all,\n")
    done = run("slip-dump", "-r", "in", "--fcs", "none", "--events", "letter", cwd=tmp_path, stdout=subprocess.DEVNULL)
    assert done.returncode == 2 and "holds something else than events" in done.stderr and (tmp_path / "letter").read_text() == "Dear all,\n"
    for _ in range(2):
        assert run("slip-dump", "-r", "in", "--fcs", "none", "--events", "ev", cwd=tmp_path, stdout=subprocess.DEVNULL).returncode == 0
    assert (tmp_path / "ev").read_text().count('"started"') == 2


@pytest.mark.parametrize("words", [["--events", "ev"], ["--json"]], ids=" ".join)
def test_what_is_written_already_is_not_overwritten(tmp_path, files, words):
    """Events, and what standard error goes to."""
    with open(tmp_path / "log", "w") as log:
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "in", "--fcs", "none", *words, "-w", "ev" if "ev" in words else "log", "--overwrite"],
                              cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, timeout=30)
    assert done.returncode == 1 and "this process writes it already" in (tmp_path / "log").read_text()
