"""What the documents name is there: links, anchors, paths, functions, tools, targets of make, counters."""
import os
import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in
                   (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "tests/README.md", *(ROOT / "docs").glob("*.md")) if path.exists())
TOOLS = {path.parent.name for path in (ROOT / "bin").glob("*/main.c")}
OTHERS_TOOLS = {"amqp-tools"}  # rabbitmq-c's
FOLDERS = "bin|libslip|libframe|libframe-ccm|libenvelope|tests|bench|man|docs|packaging|\\.ci"


def text_of(document):
    return (ROOT / document).read_text()


def without_fences(text):
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


def code_in(text):
    """What stands in backticks and in fenced blocks."""
    return re.findall(r"^ *```[^\n]*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL) + re.findall(r"`([^`\n]+)`", without_fences(text))


def anchors(path):
    """Of a document's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *$", without_fences(path.read_text()), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while slug + (f"-{number}" if number else "") in found:
            number += 1
        found.add(slug + (f"-{number}" if number else ""))
    return found


def fault_of_link(document, target):
    name, _, anchor = target.partition("#")
    path = (ROOT / document).parent / name if name else ROOT / document
    if not path.resolve().is_relative_to(ROOT) or not path.exists():
        return f"{target}: no such file"
    if anchor and anchor not in anchors(path):
        return f"{target}: no such heading"
    return None


def paths_in(code):
    return [word.rstrip(".,:;)") for word in re.findall(rf"(?<![\w./*$~-])(?:{FOLDERS})/[^\s\"'`|<>,;:()]*", code)]


def is_there(path):
    """Words in capitals and the ellipsis stand for something; an asterisk must find something."""
    if "…" in path or re.search(r"(?<![a-z])[A-Z]{3,}(?![a-z.])", path):
        return True
    return any(ROOT.glob(path.rstrip("/"))) if "*" in path else (ROOT / path).exists()


def test_there_are_documents():
    assert {"README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/wire-formats.md"} <= set(DOCUMENTS)
    assert "amqp-tun" in TOOLS
    assert fault_of_link("README.md", "docs/nowhere.md") and fault_of_link("README.md", "#nowhere") and not is_there("bin/nowhere.c")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", without_fences(text_of(document))))
    faults = [fault_of_link(document, target) for target in targets if not re.match(r"\w+:", target)]
    assert not any(faults), [fault for fault in faults if fault]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_exist(document):
    missing = [path for code in code_in(text_of(document)) for path in paths_in(code) if not is_there(path)]
    assert not missing, missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_functions_are_in_their_files(document):
    """`one`, `another` in `path`: the file has these words."""
    faults = []
    for names, path in re.findall(rf"((?:`\w+`(?:, | and )?)+) in `((?:{FOLDERS})/[^`]+\.\w+)`", text_of(document)):
        content = (ROOT / path).read_text() if (ROOT / path).exists() else ""
        faults += [f"{name} in {path}" for name in re.findall(r"`(\w+)`", names) if not re.search(rf"\b{name}\b", content)]
    assert not faults, faults


@pytest.mark.parametrize("document", DOCUMENTS)
def test_tools_exist(document):
    named = set(re.findall(r"(?<![\w/.-])(?:amqp|slip)-[a-z]+(?![\w-])", text_of(document)))
    assert named <= TOOLS | OTHERS_TOOLS, named - TOOLS - OTHERS_TOOLS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_of_make_exist(document):
    makefile = (ROOT / "Makefile").read_text() + (ROOT / "packaging" / "install.mk").read_text()
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE)) | TOOLS | {path.parent.name for path in ROOT.glob("lib*/*.pc.in")}
    named = {target for code in code_in(text_of(document)) for target in re.findall(r"^ *make ([a-z][\w-]*)(?![\w=-])", code, re.MULTILINE)}
    named |= set(re.findall(r"`make ([a-z][\w-]*)(?![\w=-])", text_of(document)))
    assert named <= targets, named - targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_counters_exist(document):
    """`section.name` of the statistics; an asterisk stands for the rest of a name."""
    names = {name for source in (ROOT / "bin").rglob("*.c") for name in re.findall(r'"(\w+)"', source.read_text())}
    sections = "slip|probe|line|uplink|downlink|control|interface|bus_uplink|bus_downlink|spool|output|capture"
    others = ("slip.h", "control.c", "probe.py", "control.session")  # files, a routing key
    counters = [(name, rest) for section, name, rest in re.findall(rf"`({sections})\.([a-z_0-9]+)(\*?)`", text_of(document))
                if f"{section}.{name}" not in others]
    missing = [name for name, rest in counters if name not in names and not (rest and any(n.startswith(name) for n in names))]
    assert not missing, missing


# --- options ---

BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
OLD_OPTIONS = {"--serial", "--dump"}  # ioppytest's agent's, which are taken and mean nothing
OTHERS_OPTIONS = {"--trace-children": "valgrind", "--no-block": "systemctl", "--crc": "pyspinel",
                  "--password": "nobody's: docs/security.md says what becomes of it"}
HIDDEN_OPTIONS = {"--dump-options"}  # for man/options.py
ANY_TOOL = "|".join(sorted(TOOLS))


@lru_cache
def options_of(tool):
    usage = subprocess.run([BINARIES / tool, "--help"], check=True, stdout=subprocess.PIPE, text=True, timeout=30).stdout
    named = re.findall(r"^ +(?:-(\w), +)?--([a-z0-9-]+)", usage, re.MULTILINE)
    return {f"--{name}" for _, name in named} | {f"-{letter}" for letter, _ in named if letter}


def options_beside_tools(code):
    """(tool, option) for each command of a tool, without what stands in quotes and in comments."""
    found = []
    for line in re.sub(r"\\\n\s*", " ", code).splitlines():
        bare = re.sub(r"'[^']*'|\"[^\"]*\"", "''", re.sub(r"\s#\s.*", "", line))
        for command in re.split(r"[|;&]", bare):
            if tool := re.search(rf"(?<![\w/.@-])({ANY_TOOL})(?![\w@-])(.*)", command):
                found += [(tool[1], option) for option in re.findall(r"(?<!\S)(--[a-z][a-z0-9-]*|-[a-zA-Z])(?![\w-])", tool[2])]
    return found


def test_options_beside_tools_are_found():
    assert options_beside_tools("a | slip-dump -p x --filter '--no' \\\n  --json  # --not\namqp-dump@lab --no") == [
        ("slip-dump", "-p"), ("slip-dump", "--filter"), ("slip-dump", "--json")]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_options_are_there(document):
    """Beside a tool: that tool's. Alone: one of ours, or another program's, by name."""
    text = text_of(document)
    faults = [f"{tool} {option}" for code in code_in(text) for tool, option in options_beside_tools(code)
              if option not in options_of(tool) | OLD_OPTIONS]
    known = set().union(*map(options_of, TOOLS), OLD_OPTIONS, OTHERS_OPTIONS, HIDDEN_OPTIONS)
    alone = re.findall(r"`(--[a-z][a-z0-9-]*)", without_fences(text))
    assert not faults and set(alone) <= known, [*faults, *sorted(set(alone) - known)]


# An option of others that a page speaks of: the agents beside a router; what there is not.
NAMED_ON = {"amqp-route.1": {"--peer"}, "amqp-tun.1": {"--ip-filter"}}
PAGES_OF_TOOLS = sorted(path.name for path in (ROOT / "man").glob("*.1"))


@pytest.mark.parametrize("page", PAGES_OF_TOOLS)
def test_options_of_a_page_are_there(page):
    """What a tool's page marks as an option (Fl) is the tool's, or of another tool that the same paragraph refers to."""
    faults = []
    for paragraph in re.split(r"^\.(?:Pp|It|Sh|Ss)\b", (ROOT / "man" / page).read_text(), flags=re.MULTILINE):
        tools = {page.removesuffix(".1"), *re.findall(rf"({ANY_TOOL})\b", paragraph)}
        options = set().union(*map(options_of, tools))
        marked = re.findall(r"\bFl ((?:\\-)?[A-Za-z][\\a-z0-9-]*)", paragraph)
        faults += [option for name in marked if (option := "-" + name.replace("\\-", "-")) not in options | OLD_OPTIONS | NAMED_ON.get(page, set())]
    assert not faults, faults


# --- commands and messages in running text ---

INCOMPLETE = "needs an argument"  # `slip-dump -r`, as a name for what it does
OTHERWISE = {"amqp-tun --serial": "is for a probe on a serial port", "amqp-tun --config /etc/framebus/NAME.conf": "No such file",
             "amqp-serial probe_1 uplink": "unexpected argument"}  # what is shown as refused, a file of the reader's, a connection's name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_in_running_text_are_understood(document):
    """Options, and their values, of what stands in backticks; fenced blocks are run by tests/e2e/test_documented_commands.py."""
    faults = []
    for code in re.findall(rf"`((?:{ANY_TOOL}) +[^`\n]+)`", without_fences(text_of(document))):
        command = re.sub(r"(?<![\w/-])(?:N|MS|SECONDS)\b", "1", re.split(r" [|;&>] ?", code)[0].replace("…", "")).replace("URL", "amqp://host/lab")
        done = subprocess.run(["sh", "-c", f"{BINARIES}/{command.replace(' ', ' --dump-config ', 1)}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, timeout=30)
        if done.returncode != 0 and OTHERWISE.get(code, INCOMPLETE) not in done.stderr:
            faults.append(f"{code}: {done.stderr.strip()}")
    assert not faults, faults


def literals():
    """What stands in the tools' strings, each as the compiler joins it; what is put into it is a blank."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "bin").rglob("*.[ch]")))
    strings = re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*(?:PRI\w+\s*)?"(?:[^"\\\n]|\\.)*")*', text)
    return "\n".join(re.sub(r'"\s*(?:PRI\w+\s*)?"', "", string).strip('"') for string in strings)


def test_messages_that_are_quoted_are_said():
    """What docs/faults.md has a tool say: words of a sentence in backticks, where capitals, numbers and dots stand for something."""
    said, missing = literals(), []
    quoted = [code for code in re.findall(r"`([a-zA-Z][^`\n|_=]* [^`\n|_=]*)`", without_fences(text_of("docs/faults.md")))
              if not re.match(r"(next|set|make|tests/\S+|FAULTS=\S+) ", code)]
    assert len(quoted) > 15
    for code in quoted:
        words = [piece.strip(" ;:,()") for piece in re.split(r"\b[A-Z]{2,}\b|\bN\b|[\d.]+|…|[;:()]", code)]
        missing += [f"{code}: {piece}" for piece in words if len(piece) > 3 and piece not in said]
    assert not missing, missing


# --- what README is for ---

RECIPES = ["Sniff", "Two hosts", "Two probes"]


def test_readme_is_for_the_first_five_minutes():
    lines = text_of("README.md").splitlines()
    assert len(lines) <= 130, "what is not for the first five minutes has a place in docs/"
    prose = [line for line in without_fences(text_of("README.md")).splitlines() if not line.startswith("|")]
    assert not [line for line in prose if len(line) > 120]


def test_readme_and_framebus_7_have_the_same_recipes():
    headings = re.findall(r"^## (.*)", without_fences(text_of("README.md")), re.MULTILINE)
    subsections = re.findall(r"^\.Ss (.*)", (ROOT / "man" / "framebus.7").read_text().split(".Sh EXAMPLES")[1], re.MULTILINE)
    assert [h for h in headings if h in RECIPES] == [s for s in subsections if s in RECIPES] == RECIPES
