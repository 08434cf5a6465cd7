"""The commands that README, docs and the man pages show, as these stand there: in fenced blocks of Markdown, and in what man pages display.

A fenced block says its language. `sh` has commands, `console` commands behind `$ ` and what they print; the others have none.
"""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WITH_COMMANDS = {"sh", "console"}
WITHOUT = {"text", "c", "json", "ini", "conf", "udev", "yaml"}
DOCUMENTS = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "tests/README.md", *sorted((ROOT / "docs").glob("*.md")))
             if path.exists()]
PAGES = sorted(path for section in "157" for path in (ROOT / "man").glob(f"*.{section}"))
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^(?P<host>\w*)[$#] (?P<command>.*)")


class Command:
    """text: one command; host: whose prompt is before it, or nothing; comment: what stands behind it; output: the lines that follow it."""

    def __init__(self, text, host="", output=()):
        self.text, _, self.comment = (part.strip() for part in re.match(r"(.*?)(?:(\s#)\s(.*))?$", text).groups(""))
        self.host, self.output = host, list(output)

    def __repr__(self):
        return self.text


class Block:
    def __init__(self, path, line, language, text):
        self.page, self.line, self.language, self.text = str(path.relative_to(ROOT)), line, language, text
        self.commands = {"sh": of_shell, "console": of_console}.get(language, lambda _: [])(text)

    def __repr__(self):
        return f"{self.page}:{self.line}"

    @property
    def is_script(self):
        return self.text.startswith("#!")


def of_shell(text):
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [Command(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]


def of_console(text):
    found = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if prompt := PROMPT.match(line):
            found.append(Command(prompt["command"], prompt["host"]))
        elif found:
            found[-1].output.append(line)
    return found


def fences(path):
    text = path.read_text()
    return [Block(path, text.count("\n", 0, fence.start()) + 1, fence[2], re.sub(f"(?m)^{fence[1]}", "", fence[3])) for fence in FENCE.finditer(text)]


def displays(path):
    """What a man page displays: with a prompt it is a console. In section 5 a # begins a comment of a file."""
    text = path.read_text()
    found = []
    for display in re.finditer(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL):
        shown = re.sub(r"\\([e&-])", lambda escape: {"e": "\\", "&": "", "-": "-"}[escape[1]], display[1])
        is_console = PROMPT.match(shown) and path.suffix != ".5"
        found.append(Block(path, text.count("\n", 0, display.start()) + 1, "console" if is_console else "text", shown))
    return found


def blocks():
    return [block for path in DOCUMENTS for block in fences(path)] + [block for path in PAGES for block in displays(path)]
