"""Every tool has a man page, every page is well-formed; the table of options, --help and the page's list say the same."""
import importlib.util
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "man").glob("*.[1-9]"))

_spec = importlib.util.spec_from_file_location("man_options", ROOT / "man" / "options.py")
man_options = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(man_options)


def options_of(tool):
    return man_options.dump(BINARIES / tool)[1]


@pytest.mark.parametrize("tool", TOOLS)
def test_list_of_the_page_is_that_of_the_table(tool):
    page = (ROOT / "man" / f"{tool}.1").read_text()
    assert page == man_options.rewritten(page, options_of(tool)), "`make man` rewrites the list"


@pytest.mark.parametrize("tool", TOOLS)
def test_help_is_what_the_table_says(tool):
    usage = subprocess.run([BINARIES / tool, "--help"], check=True, stdout=subprocess.PIPE, text=True, timeout=10).stdout
    shown = re.findall(r"^  (?:    |-(\w), )--([a-z0-9-]+)", usage, re.MULTILINE)
    options = options_of(tool)
    assert sorted(shown) == sorted((o.get("letter", ""), o["option"]) for o in options)
    assert max(map(len, usage.splitlines())) <= 80
    words = " ".join(usage.split())
    for option in options:
        assert option["help"] in words, option
        for field in ("variable", "otherwise" if "otherwise" in option else "default"):
            assert option.get(field, "") in words, option


@pytest.mark.parametrize("tool", TOOLS)
def test_an_option_stands_once_and_in_the_tables_form(tool):
    options = options_of(tool)
    letters = [o["letter"] for o in options if "letter" in o]
    names = [o["option"] for o in options]
    assert len(set(letters)) == len(letters) and len(set(names)) == len(names)
    for option in options:
        assert not option["help"].endswith("."), option
        for field in ("more", "added"):
            assert option.get(field, ".").endswith("."), option


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
