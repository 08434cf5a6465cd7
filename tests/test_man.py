"""Every tool has a man page, every page is well-formed; the table of options, --help and the page's list say the same."""
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "man").glob("*.[1-9]"))

_spec = importlib.util.spec_from_file_location("man_options", ROOT / "man" / "options.py")
man_options = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(man_options)


def module(name):
    """man/NAME.py, which a page is made with."""
    sys.path.insert(0, str(ROOT / "man"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


library, messages = module("library"), module("messages")


def options_of(tool):
    return man_options.dump(BINARIES / tool)[1]


@pytest.mark.parametrize("tool", TOOLS)
def test_list_of_the_page_is_that_of_the_table(tool):
    page = (ROOT / "man" / f"{tool}.1").read_text()
    assert page == man_options.rewritten(page, options_of(tool)), "`make man` rewrites the list"


@pytest.mark.parametrize("tool", TOOLS)
def test_help_is_what_the_table_says(tool):
    usage = subprocess.run([BINARIES / tool, "--help"], check=True, stdout=subprocess.PIPE, text=True, timeout=30).stdout
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
    usage = subprocess.run([BINARIES / tool, "--help"], check=True, stdout=subprocess.PIPE, text=True, timeout=30).stdout
    options = re.findall(r"^ +(?:-(\w), +)?--([a-z0-9-]+)", usage, re.MULTILINE)
    assert ("h", "help") in options
    for letter, name in options:
        assert f"\\-{name}" in page, f"--{name}"
        assert not letter or re.search(rf"Fl {letter}\b", page), f"-{letter}"


# --- pages that are made ---

@pytest.mark.parametrize("name", library.LIBRARIES)
def test_page_of_a_library_is_made_of_its_headers(name):
    page = ROOT / "man" / f"{name}.3"
    assert page.read_text() == library.page(name, library.date_of(page)), "`make man` writes it anew"


@pytest.mark.parametrize("name", library.LIBRARIES)
def test_page_of_a_library_has_every_function_with_what_is_said_of_it(name):
    page = (ROOT / "man" / f"{name}.3").read_text()
    symbols = (ROOT / name / f"{name}.symbols").read_text().split()
    head, synopsis, rest = re.fullmatch(r"(.*?)^\.Sh SYNOPSIS$(.*?)^\.Sh DESCRIPTION$(.*)", page, re.DOTALL | re.MULTILINE).groups()
    assert sorted(re.findall(r"^\.Nm (\w+)", head, re.MULTILINE)) == symbols
    assert sorted(re.findall(r"^\.Fn (\w+)", synopsis, re.MULTILINE)) == symbols
    for symbol in symbols:
        assert re.search(rf"\b{symbol}\(", rest), symbol
    for header in library.LIBRARIES[name]:
        text = (ROOT / name / header).read_text().lower().replace("/* marks what a shared library shows. */", "")
        comments = re.findall(r"/\*(.*?)\*/", text, re.DOTALL)
        missing = set(re.findall(r"[a-z]{6,}", " ".join(comments))) - set(re.findall(r"[a-z]{6,}", page.lower()))
        assert not missing, "words of the header's comments that are not on the page"


def test_a_library_has_the_headers_that_are_installed():
    listed = subprocess.run(["make", "-s", "-f", "-"], cwd=ROOT, input="include Makefile\nlisted:\n\t@echo $(HEADERS)\n.DEFAULT_GOAL := listed\n",
                            check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout.split()
    assert sorted(f"{name}/{header}" for name, headers in library.LIBRARIES.items() for header in headers) == sorted(listed)


def test_page_of_messages_is_made_of_the_documents():
    assert messages.PAGE.read_text() == messages.page(library.date_of(messages.PAGE)), "`make man` writes it anew"


# What is told of other things than the page: of the project's name, of what else this machine has installed; and of long lines: a
# sentence stands on one.
OF_NO_CONCERN = ["operating system explicitly specified: Os framebus", "referenced manual not found:", "mandoc: outdated mandoc.db", "mandoc: see above",
                 "input text line longer than 80 bytes:"]


@pytest.mark.parametrize("page", PAGES)
def test_mandoc_finds_nothing(page):
    found = subprocess.run(["mandoc", "-Tlint", page], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                           timeout=20).stdout
    # A long line is shown in pieces; what belongs to it has no place in front.
    told = [line for line in found.splitlines() if re.match(r"mandoc: ", line)]
    assert not [line for line in told if not any(words in line for words in OF_NO_CONCERN)]


def test_pages_that_are_named_are_there():
    """What a page of ours refers to as one of ours is in man/."""
    ours = {Path(page).name for page in PAGES}
    named = re.compile(r"^\.Xr ((?:framebus|amqp-|slip-dump|lib(?:slip|frame|envelope))\S*) (\d)", re.MULTILINE)
    for page in PAGES:
        for name, number in named.findall((ROOT / page).read_text()):
            assert f"{name}.{number}" in ours, f"{page}: {name}({number})"


@pytest.mark.parametrize("page", PAGES)
def test_page_is_well_formed(page):
    macros = "-mdoc" if ".Dt" in (ROOT / page).read_text() else "-man"
    run = subprocess.run(["groff", macros, "-ww", "-Tutf8", "-z", page], cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=20)
    assert run.returncode == 0 and run.stderr == "", run.stderr
