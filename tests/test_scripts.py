"""Every shell script of ours, found by its first line, pleases shellcheck; a Python file that is imported does nothing else."""
import ast
import subprocess

import pytest

from tree import ROOT, files


def is_shell(path):
    if not path.is_file() or path.is_symlink():
        return False
    with open(path, "rb") as file:
        line = file.readline(80)
    return line.startswith(b"#!") and any(line.rstrip().endswith(shell) for shell in (b"/sh", b"/bash", b" sh", b" bash"))


SCRIPTS = [name for name in files() if is_shell(ROOT / name)]


def test_there_are_scripts():
    assert {"packaging/deps.sh", "tests/broker.sh"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck(script):
    done = subprocess.run(["shellcheck", "--norc", script], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=50)
    assert done.returncode == 0, done.stdout


def runs_when_imported(text):
    """Lines that call something of the file's own: a function that is defined in it, or sys.exit."""
    body = ast.parse(text).body
    own = {node.name for node in body if isinstance(node, ast.FunctionDef)} | {"sys.exit"}
    return [node.lineno for node in body
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in own]


@pytest.mark.parametrize("script", [name for name in files() if name.endswith(".py")])
def test_nothing_runs_when_it_is_imported(script):
    assert runs_when_imported((ROOT / script).read_text()) == []
