"""The services that are installed: each tool has a template, systemd takes it, and it is shut in as far as it can be."""
import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "packaging" / "systemd"
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
# systemd's own measure, of 10: one that makes interfaces, and the others.
EXPOSURE = {"amqp-tun": 4.0}
BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()


def text_of(tool):
    return (FOLDER / f"{tool}@.service.in").read_text().replace("@BINDIR@", str(BINARIES))


@pytest.fixture
def unit(tmp_path):
    def write(tool):
        path = tmp_path / f"{tool}@lab.service"
        path.write_text(text_of(tool))
        return path
    return write


def test_each_tool_has_one():
    assert sorted(path.name for path in FOLDER.glob("*.service.in")) == [f"{tool}@.service.in" for tool in TOOLS]


@pytest.mark.parametrize("tool", TOOLS)
def test_systemd_takes_it(unit, tool):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit(tool)], capture_output=True, text=True, timeout=50)
    # Of other units of this machine it says things, too.
    assert not [line for line in done.stderr.splitlines() if f"{tool}@" in line], done.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_it_is_shut_in(unit, tool):
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit(tool)], capture_output=True, text=True, timeout=50)
    level = re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)
    assert level and float(level[1]) < EXPOSURE.get(tool, 2.5), done.stdout


@pytest.mark.parametrize("tool", TOOLS)
def test_what_it_runs_is_a_command_line(tool):
    command = re.search(r"^ExecStart=(.*)$", text_of(tool), re.M)[1].split()
    usage = subprocess.run([command[0], "--help"], capture_output=True, text=True, timeout=30).stdout
    assert all(f"{word} " in usage for word in command[1:] if word.startswith("-")), command


@pytest.mark.parametrize("tool", TOOLS)
def test_what_all_have(tool):
    lines = text_of(tool).splitlines()
    for line in ("Type=notify", "Restart=on-failure", "RestartPreventExitStatus=2 3", "WatchdogSec=60", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in lines, line
    assert ("DynamicUser=yes" in lines) == (tool != "amqp-tun")
    assert ("CapabilityBoundingSet=" in lines) == (tool != "amqp-tun")


# What serial drivers of Linux call themselves in /proc/devices, after which systemd looks.
SERIAL_DRIVERS = ("ttyS", "ttyUSB", "ttyACM", "ttyAMA", "ttymxc", "ttyO", "ttyPS", "ttyUL", "ttySAC", "ttyMSM", "ttyHS", "ttyTHS", "ttyLP", "ttySTM",
                  "ttySC", "ttyMAX", "ttyXRUSB", "ttyGS")


@pytest.mark.parametrize("tool", ["amqp-serial", "slip-dump"])
def test_every_serial_port_may_be_opened_and_no_console(tool):
    groups = re.findall(r"^DeviceAllow=char-(\S+) rw$", text_of(tool), re.M)
    for driver in SERIAL_DRIVERS:
        assert any(fnmatch.fnmatchcase(driver, group) for group in groups), driver
    for other in ("tty", "/dev/tty", "/dev/console", "mem", "input", "hidraw", "pts"):
        assert not any(fnmatch.fnmatchcase(other, group) for group in groups), other


def test_user_and_folders(tmp_path):
    (tmp_path / "etc").mkdir()
    users = subprocess.run(["systemd-sysusers", f"--root={tmp_path}", str(FOLDER / "framebus.sysusers")], capture_output=True, text=True, timeout=50)
    assert users.returncode == 0, users.stderr
    assert re.search(r"^framebus:", (tmp_path / "etc" / "passwd").read_text(), re.M)
    if shutil.which("systemd-tmpfiles"):
        folders = subprocess.run(["systemd-tmpfiles", "--create", f"--root={tmp_path}", str(FOLDER / "framebus.tmpfiles")],
                                 capture_output=True, text=True, timeout=50)
        assert folders.returncode == 0, folders.stderr
        assert (tmp_path / "etc" / "framebus").is_dir() and (tmp_path / "var" / "lib" / "framebus").is_dir()


def test_the_packages_name_what_is_needed_to_build():
    """What `make deps` installs to build is what the Debian packages are built with."""
    listed = {line.split()[1] for line in (ROOT / "packaging" / "packages.txt").read_text().splitlines() if line.startswith("build ")}
    control = (ROOT / "packaging" / "debian" / "control").read_text()
    depends = set(re.findall(r"[a-z0-9.+-]+", re.search(r"Build-Depends:(.*?)\nStandards", control, re.S)[1]))
    assert {name for name in listed if name.endswith("-dev") and name != "libc6-dev"} <= depends


def test_the_udev_rule_has_one_end():
    rule = (FOLDER / "70-framebus.rules").read_text()
    lines = [line for line in rule.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r'(?:(?:[A-Z]+(?:\{\w+\})?)(?:==|!=|\+=|=)"[^"]*"(?:, |$))+', line) for line in lines), lines
    assert set(re.findall(r'GOTO="(\w+)"', rule)) == set(re.findall(r'LABEL="(\w+)"', rule))


@pytest.mark.parametrize("tool", TOOLS)
def test_the_boot_does_not_wait_for_it(tool):
    """A target comes after what it wants, but for what says that it comes after the target itself: a broker that is away held up the boot."""
    assert re.search(r"^After=.*\bmulti-user\.target$", text_of(tool), re.MULTILINE)


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_the_package_knows_each(script):
    """An upgrade restarts them, a removal ends them, a purge takes away what enabled them."""
    text = (ROOT / "packaging" / "debian" / f"framebus.{script}").read_text()
    assert not [tool for tool in TOOLS if not re.search(rf"\b{tool}\b", text)]
