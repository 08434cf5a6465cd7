"""What the documents name is there: links, anchors, paths, functions, tools, targets of make, counters."""
import re
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
