"""Whatever is called as our tools are is one of them: man pages, README, docs, Makefile, tests and sources name no tool that there is
not."""
import re

from tree import ROOT, files

TOOLS = {name.split("/")[1] for name in files() if re.fullmatch(r"bin/[^/]+/main\.c", name)}
OTHERS = {"amqp-publish", "amqp-consume", "amqp-tools",  # rabbitmq-c's
          "slip-radio",  # Contiki's
          "amqp-echo"}  # docs/examples
NAME = re.compile(r"(?<![\w.-])(?:amqp|slip)-[a-z]+(?:-[a-z]+)*\b(?![.\w])")


def unknown(text):
    return sorted(set(NAME.findall(text)) - TOOLS - OTHERS)


def test_unknown_is_told():
    assert unknown("amqp-dump | amqp-" + "radio -w - # and amqp-publish, docs/slip-" + "x.md") == ["amqp-" + "radio"]


def test_only_tools_that_there_are():
    named = {name: unknown((ROOT / name).read_text()) for name in files() if not name.endswith((".hex", ".png", ".pcap"))}
    found = [f"{name}: {', '.join(words)}" for name, words in named.items() if words]
    assert not found, "\n".join(["", *found])
