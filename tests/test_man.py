"""Every tool has a man page, every page is well-formed, and names every option that the tool has."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "man").glob("*.[1-9]"))


@pytest.mark.parametrize("tool", TOOLS)
def test_page_names_every_option(tool):
    page = (ROOT / "man" / f"{tool}.1").read_text()
    usage = subprocess.run([BINARIES / tool, "--help"], check=True, stdout=subprocess.PIPE, text=True, timeout=10).stdout
    options = re.findall(r"^ +(?:-(\w), +)?--([a-z0-9-]+)", usage, re.MULTILINE)
    assert ("h", "help") in options
    for letter, name in options:
        assert f"\\-{name}" in page, f"--{name}"
        assert not letter or re.search(rf"Fl {letter}\b", page), f"-{letter}"


@pytest.mark.parametrize("page", PAGES)
def test_page_is_well_formed(page):
    macros = "-mdoc" if ".Dt" in (ROOT / page).read_text() else "-man"
    run = subprocess.run(["groff", macros, "-ww", "-Tutf8", "-z", page], cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=20)
    assert run.returncode == 0 and run.stderr == "", run.stderr
