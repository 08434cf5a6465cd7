"""Every shell script of ours, found by its first line, pleases shellcheck."""
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def files():
    if (ROOT / ".git").exists():
        # A checkout that belongs to somebody else is still only read.
        listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
        return [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    return [path for path in ROOT.rglob("*") if path.is_file() and "build" not in path.relative_to(ROOT).parts]


def is_shell(path):
    if not path.is_file() or path.is_symlink():
        return False
    with open(path, "rb") as file:
        line = file.readline(80)
    return line.startswith(b"#!") and any(line.rstrip().endswith(shell) for shell in (b"/sh", b"/bash", b" sh", b" bash"))


SCRIPTS = sorted(str(path.relative_to(ROOT)) for path in files() if is_shell(path))


def test_there_are_scripts():
    assert {"packaging/deps.sh", "tests/broker.sh"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck(script):
    done = subprocess.run(["shellcheck", "--norc", script], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=50)
    assert done.returncode == 0, done.stdout
