"""All C sources are as clang-format writes them, and nothing in bin/ is long."""
import itertools
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tree import ROOT, sources

FILE_MAX, FUNCTION_MAX = 400, 50  # lines
SOURCES = sources(".c", ".h")


def badly_formatted(names):
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", *names], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=100)
    assert done.returncode == 0 or done.stderr, f"clang-format: status {done.returncode}"
    return done.stderr


@pytest.mark.timeout(300)
def test_as_clang_format_writes_it():
    if not shutil.which("clang-format"):
        pytest.skip("clang-format not found (make deps installs it)")
    parts = [SOURCES[i::8] for i in range(8)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = "".join(pool.map(badly_formatted, filter(None, parts)))
    assert not complaints, "\n" + complaints


def long_functions(text):
    """(line, length) of the functions over FUNCTION_MAX: from the brace at the first column to its end."""
    start = None
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start + 1 > FUNCTION_MAX:
                yield start - 1, number - start + 1
            start = None


def test_long_is_told():
    body = "int f(void)\n{\n" + "\tg();\n" * (FUNCTION_MAX - 2) + "}\n"
    assert not list(long_functions(body))
    assert list(long_functions("\n" + body.replace("{\n", "{\n\n"))) == [(2, FUNCTION_MAX + 1)]


def test_nothing_is_long():
    texts = {name: (ROOT / name).read_text() for name in SOURCES if name.startswith("bin/")}
    files = [f"{name}: {text.count(chr(10))} lines" for name, text in texts.items() if text.count("\n") > FILE_MAX]
    functions = [f"{name}:{line}: a function of {length} lines" for name, text in texts.items() for line, length in long_functions(text)]
    assert not files + functions, "\n".join(itertools.chain([""], files, functions))
