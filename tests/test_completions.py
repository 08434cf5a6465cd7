"""Completions for bash, zsh and fish, in these shells: every option of every tool, and what a value may be."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
TOOLS = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))

BASH = """
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_%s
printf '%%s\\n' "${COMPREPLY[@]}"
"""
# zsh completes at a terminal alone: a zsh in a pseudo-terminal, whose list of matches is taken where they are added.
ZSH = """
zmodload zsh/zpty
zpty z zsh -f -i
line() { zpty -w z "$1"; }
line "MATCHES=$5; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -C -d $2; cd $3; PS1=; stty -echo"
line 'compadd() { if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)* ]]; then builtin compadd "$@"; return; fi
  typeset -a found; builtin compadd -A found "$@"; builtin compadd "$@"; print -rl -- $found >> "$MATCHES"; }'
line "bindkey '^I' complete-word; zstyle ':completion:*' menu no; unsetopt zle_bracketed_paste; print READY''1"
while zpty -r z text; do [[ $text == *READY1* ]] && break; done
zpty -w -n z "$4"$'\\t'
zpty -w -n z $'\\x15'
line "print READY''2"
while zpty -r z text; do [[ $text == *READY2* ]] && break; done
"""


@pytest.fixture(scope="module")
def completions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completions")
    subprocess.run([sys.executable, ROOT / "packaging/completions.py", BINARIES, folder, *TOOLS], check=True, timeout=60)
    return folder


@pytest.fixture
def here(tmp_path):
    """A folder with a capture in it, whose name has a blank, and another folder."""
    folder = tmp_path / "here"
    (folder / "spools").mkdir(parents=True)
    (folder / "some air.pcap").write_bytes(b"")
    return folder


def lines(*command, cwd=None):
    done = subprocess.run(list(map(str, command)), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=30, env={**os.environ, "TERM": "dumb", "HOME": str(cwd or "/")})
    assert not done.stderr, done.stderr
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def complete(shell, completions, here, *words):
    tool = words[0]
    if shell == "bash":
        split = [part for word in words for part in (word.replace("=", " = ").split(" ") if word.startswith("--") else [word])]
        return lines("bash", "-c", BASH % tool.replace("-", "_"), "bash", completions / "bash" / tool, *split, cwd=here)
    if shell == "fish":
        found = lines("fish", "-c", f"source {completions}/fish/{tool}.fish; complete -C '{' '.join(words)}'", cwd=here)
        return [line.split("\t")[0].removeprefix(words[-1].split("=")[0] + "=") for line in found]
    matches = here.parent / "matches"
    matches.write_text("")
    # A line editor that has not begun yet takes what is typed as it is: it is typed again.
    for _ in range(3):
        if not matches.read_text():
            lines("zsh", "-f", "-c", ZSH, "zsh", completions / "zsh", completions / "zcompdump", here, " ".join(words), matches, cwd=here)
    # _arguments shows an option without what joins it to its value.
    return [line.rstrip("=+-") if line.startswith("--") else line for line in matches.read_text().splitlines()]


SHELLS = ["bash", "zsh", "fish"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("tool", TOOLS)
def test_every_option(shell, tool, completions, here):
    shown = subprocess.run([BINARIES / tool, "--dump-options"], check=True, stdout=subprocess.PIPE, text=True).stdout
    options = {f"--{json.loads(line)['option']}" for line in shown.splitlines()[1:]}
    assert options <= set(complete(shell, completions, here, tool, "--"))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("words,expected,never", [
    (("slip-dump", "--firmware", ""), {"raw", "spinel"}, "--port"),
    (("slip-dump", "--firmware=s"), {"serial-radio", "sensniff", "spinel"}, "raw"),
    (("amqp-tun", "--encoding", "g"), {"gso"}, "json"),
    (("amqp-tun", "--retry", ""), {"forever", "never"}, "N"),
    (("slip-dump", "--stats="), {"json"}, "--port"),
    (("slip-dump", "-w", ""), {"some air.pcap", "spools"}, "--port"),
    (("amqp-dump", "--config", "some"), {"some air.pcap"}, "spools"),
    (("amqp-serial", "--spool", ""), {"spools"}, "some air.pcap"),
    (("amqp-tun", "--re-route-packets-if", "l"), {"lo"}, "--peer"),
    (("amqp-tun", "--user", "nob"), {"nobody"}, "root"),
    (("amqp-tun", "-n", ""), set(), "some air.pcap"),
], ids=lambda x: " ".join(x) if isinstance(x, tuple) else None)
def test_values(shell, words, expected, never, completions, here):
    found = {word.rstrip("/").replace("\\ ", " ").strip("'") for word in complete(shell, completions, here, *words)}
    assert expected <= found and never not in found, found


@pytest.mark.parametrize("shell", SHELLS)
def test_ports(shell, completions, here):
    """A port that the lists name is found where there is one; any other path can be given all the same."""
    assert {"/dev/null", "null"} & set(complete(shell, completions, here, "slip-dump", "-p", "/dev/nul"))


def test_bash_is_clean(completions):
    for tool in TOOLS:
        subprocess.run(["shellcheck", "-s", "bash", completions / "bash" / tool], check=True, timeout=30)
