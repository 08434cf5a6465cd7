"""What can be said against an output is said before any is begun: no file is made, and none that is there is emptied for another's sake."""
import fcntl
import os
import subprocess

import pytest

import harness

BUS = ["-u", "amqp://127.0.0.1:1/", "--retry", "never"]
FRAME = b"\xc0\x02\x00\x6a\xc0"
STARTS = {"slip-dump": ["-r", "-", "--fcs", "none"], "amqp-dump": BUS}


def run(tool, *words, folder, octets=FRAME):
    start = [] if "-r" in words else STARTS[tool]
    return subprocess.run([harness.binaries_folder() / tool, *start, *map(str, words)], cwd=folder, input=octets, capture_output=True,
                          timeout=20)


@pytest.mark.parametrize("tool", STARTS)
@pytest.mark.parametrize("check", [[], ["--check"]], ids=["run", "check"])
@pytest.mark.parametrize("words,said", [(["-C", "1"], "-C"), (["--file-frames", "1"], "--file-frames"), (["-G", "3600"], "-G")])
def test_a_name_that_rotation_would_make_too_long_is_refused_at_the_start(tmp_path, tool, check, words, said):
    name = 245 * "a" + ".pcap"
    done = run(tool, "-w", tmp_path / name, *words, *check, folder=tmp_path)
    assert done.returncode == 2 and not list(tmp_path.iterdir())
    assert f"with what {said} puts into it, and the most that is possible there is 255: give -w one that is 6 shorter" in done.stderr.decode()


def test_a_name_that_is_just_short_enough_rotates(tmp_path):
    done = run("slip-dump", "-w", 239 * "a" + ".pcap", "--file-frames", "1", folder=tmp_path, octets=3 * FRAME)
    assert done.returncode == 0 and sorted(len(p.name) for p in tmp_path.iterdir()) == [244, 246, 246]


# Names that cannot be written to, each for a reason of its own, and what is said of it.
WRONG = {"no folder": ("not there/b.pcap", "No such file or directory"), "a folder": ("a folder", "Is a directory"),
         "behind a file": ("a file/b.pcap", "Not a directory"), "a folder of the kernel": ("/proc/b.pcap", "Permission denied"),
         "a descriptor to be read": ("/dev/fd/0", "Bad file descriptor"), "a pattern": ("%Y/b.pcap", "No such file or directory")}


def files_in(folder):
    return {p: p.is_file() and p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def yesterdays(tmp_path):
    """A folder with captures that are there already, and with what is none."""
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").write_text("there")
    (tmp_path / "in.slip").write_bytes(FRAME)
    for kept in ("old.pcap", "old.0.pcap"):
        (tmp_path / kept).write_text("of yesterday")
    return tmp_path


def refused(tool, name, *options, folder):
    """What is said, in one line; all is as it was."""
    before = files_in(folder)
    done = run(tool, "-w", "old.pcap", "-w", "new.pcapng", "-w", name, "-w", "last.txt", *options, folder=folder)
    assert files_in(folder) == before and done.returncode == 1, done.stderr
    assert done.stderr.count(b"\n") == 1, done.stderr
    return done.stderr.decode()


@pytest.mark.parametrize("tool", STARTS)
@pytest.mark.parametrize("options", [[], ["--overwrite"], ["--overwrite", "-C", "1", "-W", "3"], ["-G", "1"]], ids=" ".join)
def test_one_wrong_name_costs_no_other_output_anything(yesterdays, tool, options):
    for what, (name, said) in WRONG.items():
        if what == "a pattern" and "-G" in options:
            continue  # its folders are made
        assert f": {said} (no output is begun)\n" in refused(tool, name, *options, folder=yesterdays)


@pytest.mark.parametrize("tool", STARTS)
def test_a_link_into_no_folder_costs_no_other_output_anything(yesterdays, tool):
    (yesterdays / "link").symlink_to("not there/air.pcap")
    (yesterdays / "circle").symlink_to("circle")
    for name, said in (("link", "No such file or directory"), ("circle", "Too many levels of symbolic links")):
        assert refused(tool, name, "--overwrite", folder=yesterdays) == f"{tool}: {name}: {said} (no output is begun)\n"


def test_what_is_read_costs_no_other_output_anything(yesterdays):
    assert "is what is read" in refused("slip-dump", "in.slip", "--overwrite", "-r", "in.slip", folder=yesterdays)


@pytest.mark.parametrize("tool", STARTS)
def test_a_file_that_another_process_writes_costs_no_other_output_anything(yesterdays, tool):
    with open(yesterdays / "a file") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another process of ours writes it" in refused(tool, "a file", "--overwrite", folder=yesterdays)


def test_a_terminal_costs_no_other_output_anything(yesterdays):
    main, side = os.openpty()
    name = os.ttyname(side)
    assert f"{name}: is a terminal" in refused("slip-dump", name, "--overwrite", folder=yesterdays)
    os.close(main)
    os.close(side)


def test_outputs_that_are_all_right_are_begun(yesterdays):
    os.mkfifo(yesterdays / "fifo")
    reader = os.open(yesterdays / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    (yesterdays / "link").symlink_to("a folder/air.pcap")
    names = ["old.pcap", "/dev/null", "a folder/b.pcapng", "fifo", "link", "-"]
    done = run("slip-dump", *(x for name in names for x in ("-w", name)), "--overwrite", folder=yesterdays)
    assert done.returncode == 0, done.stderr
    assert (yesterdays / "old.pcap").read_bytes() == (yesterdays / "a folder" / "air.pcap").read_bytes() == done.stdout == os.read(reader, 1000) != b""
    os.close(reader)


@pytest.mark.parametrize("tool", STARTS)
@pytest.mark.parametrize("words", [["-w", "old.pcap", "-w", "old.1.pcap", "-C", "1"], ["-w", "old-05.pcap", "-w", "old-%H.pcap", "-G", "3600"]], ids=["-C", "-G"])
def test_what_would_come_to_the_name_of_another_output_is_refused_at_the_start(yesterdays, tool, words):
    before = files_in(yesterdays)
    done = run(tool, *words, "--overwrite", folder=yesterdays)
    assert done.returncode == 2 and f"is what {words[4]} calls a file of -w 'old" in done.stderr.decode() and files_in(yesterdays) == before


@pytest.mark.parametrize("words", [[], ["-w", "other.txt"]], ids=["alone", "of several"])
def test_folders_that_strftime_names_are_made(tmp_path, words):
    (tmp_path / "there").mkdir()
    done = run("slip-dump", "-w", "there/%Y/d%j/air.pcap", "-G", "3600", *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    made, = (tmp_path / "there").glob("[0-9][0-9][0-9][0-9]/d[0-9][0-9][0-9]/air.pcap")
    assert made.stat().st_size > 24


@pytest.mark.parametrize("tool", STARTS)
@pytest.mark.parametrize("words", [["-w", "their/%Y/air.pcap", "-G", "60"], ["-w", "%Y/air.pcap"]], ids=["misspelt", "without -G"])
def test_no_other_folders_are_made(tmp_path, tool, words):
    done = run(tool, *words, folder=tmp_path)
    assert done.returncode == 1 and "No such file or directory" in done.stderr.decode() and not list(tmp_path.iterdir())


def test_who_is_refused_by_the_broker_makes_no_folders(tmp_path):
    assert run("amqp-dump", "-w", "%Y/air.pcap", "-G", "60", folder=tmp_path).returncode == 1 and not list(tmp_path.iterdir())


@pytest.mark.parametrize("tool", STARTS)
def test_what_is_checked_makes_no_folders(tmp_path, tool):
    done = run(tool, "-w", "%Y/%m/air.pcap", "-G", "60", "--check", folder=tmp_path)
    assert b"No such file" not in done.stdout and not list(tmp_path.iterdir())


@pytest.mark.parametrize("tool", STARTS)
@pytest.mark.parametrize("command,said", [
    ("{} -w - 2>&1 | cat >out", "-w -: goes where standard error does (2>&1)"), ("{} -w /dev/stdout >out 2>&1", "-w /dev/stdout: goes where standard error does (2>&1)"),
    ("{} -w /dev/stderr 2>&1 | cat >out", "-w /dev/stderr: goes where standard error does (2>&1)"),
    ("{} -w - --events /dev/stdout 2>said | cat >out", "-w -: goes where --events does")])
def test_a_capture_does_not_go_where_words_go(tmp_path, tool, command, said):
    start = " ".join(map(str, [harness.binaries_folder() / tool, *STARTS[tool]]))
    subprocess.run(["sh", "-c", command.format(start)], cwd=tmp_path, input=FRAME, timeout=20, check=False)
    words = (tmp_path / ("said" if "2>said" in command else "out")).read_text(errors="replace")
    assert words.startswith(f"{tool}: {said}") and words.count("\n") == 1


def test_where_words_may_go_with_it(tmp_path):
    start = f"{harness.binaries_folder() / 'slip-dump'} -r - --fcs none"
    for command in ("-w - >/dev/null 2>&1", "--json 2>&1 | cat >out", "--json --events /dev/stdout | cat >out", "-w air.pcap --events /dev/stdout 2>&1 | cat >out"):
        done = subprocess.run(["sh", "-c", f"{start} {command}"], cwd=tmp_path, input=FRAME, timeout=20, check=False)
        assert done.returncode == 0 and ("null" in command or "goes where" not in (tmp_path / "out").read_text())


@pytest.mark.parametrize("tool", STARTS)
@pytest.mark.parametrize("links", [{"link": "air.pcap"}, {"link": "other", "other": "./air.pcap"}, {"link": "{}/air.pcap"}], ids=["one", "two", "absolute"])
def test_a_link_to_the_file_that_another_output_makes_is_the_same_file(tmp_path, tool, links):
    for name, target in links.items():
        (tmp_path / name).symlink_to(target.format(tmp_path))
    done = run(tool, "-w", "air.pcap", "-w", "link", folder=tmp_path)
    assert done.returncode != 0 and "-w air.pcap and -w link are one and the same" in done.stderr.decode() and not (tmp_path / "air.pcap").exists()


def test_links_in_a_circle_are_told(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    done = run("slip-dump", "-w", "a", "-w", "c", folder=tmp_path)
    assert done.returncode == 1 and "Too many levels of symbolic links" in done.stderr.decode()
