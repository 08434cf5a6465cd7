#!/usr/bin/python3
"""Writes completions for bash, zsh and fish from what `TOOL --dump-options` says: packaging/completions.py FOLDER-OF-TOOLS FOLDER TOOL...

Below FOLDER: bash/TOOL, zsh/_TOOL, fish/TOOL.fish. What an option's value may be is told by its kind, its choices, and what --help calls it.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

PORTS = "/dev/serial/by-id/* /dev/ttyUSB* /dev/ttyACM*"
FILES, FOLDERS, PORT, INTERFACES, NAMESPACES, USERS = "files folders port interfaces namespaces users".split()
# option: what its value is, where neither the kind nor the word in --help says so
SOURCES = {"re-route-packets-if": INTERFACES, "netns": NAMESPACES, "user": USERS}
LISTS = {  # a command that prints one a line
    PORT: f"ls -d {PORTS} 2>/dev/null",
    INTERFACES: "ls /sys/class/net 2>/dev/null",
    NAMESPACES: "ls /run/netns 2>/dev/null",
    USERS: "cut -d: -f1 /etc/passwd",
}


def dump(program):
    lines = subprocess.run([program, "--dump-options"], check=True, stdout=subprocess.PIPE, text=True, timeout=10).stdout.splitlines()
    return [json.loads(line) for line in lines[1:]]


class Option:
    def __init__(self, option):
        self.name, self.letter, self.help = option["option"], option.get("letter"), option["help"]
        self.argument = option.get("argument")
        self.repeatable = option["repeatable"] or option["kind"] == "own" and not self.argument
        self.alone = option["alone"]
        # "forever|never|N": words that are typed as they are
        words = (self.argument or "").split("|")
        self.choices = option.get("choices") or [w for w in words if re.fullmatch("[a-z][a-z0-9-]*", w)]
        self.source = SOURCES.get(self.name) or self.find_source(option)

    def find_source(self, option):
        if self.argument == "PORT":
            return PORT
        if option["kind"] == "folder":
            return FOLDERS
        return FILES if option["kind"] == "file" or "FILE" in (self.argument or "") else None

    @property
    def words(self):
        return ([f"-{self.letter}"] if self.letter else []) + [f"--{self.name}"]


# --- bash ---

def bash_values(option):
    if option.choices:
        return f"words '{' '.join(option.choices)}'"
    if option.source == FILES:
        return "names -f"
    if option.source == FOLDERS:
        return "names -d"
    if option.source == PORT:
        return f"names -G '{PORTS}'"
    if option.source:
        return f'words "$({LISTS[option.source]})"'
    return "return"


BASH = """# bash completion of {tool}, made by packaging/completions.py
_{function}() {{
	local current=${{COMP_WORDS[COMP_CWORD]}} before='' sign='' name
	((COMP_CWORD > 0)) && before=${{COMP_WORDS[COMP_CWORD - 1]}}
	# "--name=value" is three words here
	if [[ $current == = ]]; then
		sign=1 current=''
	elif [[ $before == = ]] && ((COMP_CWORD > 1)); then
		sign=1 before=${{COMP_WORDS[COMP_CWORD - 2]}}
	fi
	COMPREPLY=()
	words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }}
	names() {{
		compopt -o filenames 2>/dev/null
		if [[ $1 == -G ]]; then
			# shellcheck disable=SC2206
			local ports=($2)
			for name in "${{ports[@]}}"; do
				[[ -e $name && $name == "$current"* ]] && COMPREPLY+=("$name")
			done
			((${{#COMPREPLY[@]}})) && return
			set -- -f
		fi
		mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
	}}
	case $sign:$before in
{cases}	esac
	words '{options}'
}}
complete -F _{function} {tool}
"""


def bash(tool, options):
    cases = []
    for option in options:
        if not option.argument:
            continue
        # What may stand alone has its value behind a sign only.
        patterns = [f"1:--{option.name}"] if option.alone else ["*:" + word for word in option.words]
        cases.append(f"\t{' | '.join(patterns)})\n\t\t{bash_values(option)}\n\t\treturn\n\t\t;;\n".replace("\t\treturn\n\t\treturn", "\t\treturn"))
    return BASH.format(tool=tool, function=tool.replace("-", "_"), cases="".join(cases),
                       options=" ".join(word for option in options for word in option.words))


# --- zsh ---

def zsh_quote(text):
    return "".join("\\" + c if c in "[]:\\" else c for c in text).replace("'", "'\\''")


def zsh_action(option):
    if option.choices:
        return f"({' '.join(option.choices)})"
    if option.source in (FILES, PORT):
        return "_files"
    if option.source == FOLDERS:
        return "_files -/"
    if option.source:
        return f"($({LISTS[option.source]}))".replace(":", "\\:")
    return " "


def zsh_spec(option):
    value = f":{zsh_quote(option.argument.lower())}:{zsh_action(option)}" if option.argument else ""
    specs = []
    for word in option.words:
        sign = ("=-" if option.alone else "=" if word.startswith("--") else "+") if option.argument else ""
        prefix = "*" if option.repeatable else f"({' '.join(option.words)})" if len(option.words) > 1 else ""
        optional = value.replace(":", "::", 1) if option.alone and option.argument else value
        specs.append(f"'{prefix}{word}{sign}[{zsh_quote(option.help)}]{optional}'")
    return specs


def zsh(tool, options):
    specs = " \\\n\t".join(spec for option in options for spec in zsh_spec(option))
    return f"#compdef {tool}\n# zsh completion of {tool}, made by packaging/completions.py\n_arguments \\\n\t{specs}\n"


# --- fish ---

def fish_quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_line(tool, option):
    words = [f"complete -c {tool}"]
    words += [f"-s {option.letter}"] if option.letter else []
    words.append(f"-l {option.name}")
    if option.argument and not option.alone:
        words.append("-r -F" if option.source in (FILES, PORT) else "-x")
    if option.choices:
        words.append(f"-a {fish_quote(' '.join(option.choices))}")
    elif option.source == FOLDERS:
        words.append("-a '(__fish_complete_directories)'")
    elif option.source == PORT:
        ports = f"(set -l ports {PORTS}; string join \\n -- $ports)"
        words.append(f"-a {fish_quote(ports)}")
    elif option.source and option.source != FILES:
        words.append(f"-a {fish_quote('(' + LISTS[option.source] + ')')}")
    words.append(f"-d {fish_quote(option.help)}")
    return " ".join(words)


def fish(tool, options):
    lines = [f"# fish completion of {tool}, made by packaging/completions.py", f"complete -c {tool} -f"]
    return "\n".join(lines + [fish_line(tool, option) for option in options]) + "\n"


def main():
    tools, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for tool in sys.argv[3:]:
        options = [Option(option) for option in dump(tools / tool)]
        for shell, name, write in (("bash", tool, bash), ("zsh", f"_{tool}", zsh), ("fish", f"{tool}.fish", fish)):
            path = folder / shell / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(write(tool, options))


if __name__ == "__main__":
    main()
