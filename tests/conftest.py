"""What all tests have in common: who may run beside whom.

`make check` runs two files side by side. A test that judges how soon something happens, or how much of a machine is used, is
marked `alone`: it runs while no other test does.
"""
import fcntl
import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest


def pytest_configure(config):
    # Of a shell's `&` and of nohup it is ignored, and so it would be by the tools that a test stops by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "alone: runs while no other test does, for it judges times")


def pytest_terminal_summary(terminalreporter):
    """What failed and passed when it was run again is no secret: it is shown like a failure."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_sep("_", f"failed, and was run again: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


def pytest_make_parametrize_id(val, argname):
    """Octets are named by their argument. Two runs must collect the same names, and packed octets have the time in them."""
    return argname if isinstance(val, (bytes, bytearray)) else None


@contextmanager
def locked(path, how):
    with open(path, "w") as file:
        fcntl.flock(file, how)
        yield


@pytest.fixture(autouse=True)
def place(request, tmp_path_factory):
    """Alone, or beside others. Whoever waits for his place keeps later ones waiting, so that his turn comes."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    folder = tmp_path_factory.getbasetemp().parent
    how = fcntl.LOCK_EX if request.node.get_closest_marker("alone") else fcntl.LOCK_SH
    with open(folder / "running", "w") as running:
        with locked(folder / "next", fcntl.LOCK_EX):
            fcntl.flock(running, how)
        yield


@pytest.fixture(scope="module")
def installs_alone():
    """The record of the folders that `make install` made is one a build: of the files of tests that install, one runs at a time."""
    build = Path(os.environ.get("BUILD", "build")).resolve()
    build.mkdir(parents=True, exist_ok=True)
    with open(build / "installs.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
