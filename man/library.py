#!/usr/bin/python3
"""Writes the man pages of the libraries, man/libNAME.3, from their public headers: man/library.py

A header is read as it is written: a comment at the left margin is about the lines that follow it, up to a blank line or the next such
comment; '--- words ---' begins a section; lines of a comment that are indented by four blanks more are code, and 'An example:' begins the
last part of the first comment.
"""
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MADE = ".\\\" Made by `make man` from the headers of the library: change those."
DATE = "November 25, 2026"  # of a page that is new; afterwards its own

# library: its headers, in the order of the page
LIBRARIES = {
    "libslip": ["slip.h"],
    "libframe": ["frame.h"],
    "libframe-ccm": ["frame_ccm.h"],
    "libenvelope": ["envelope.h", "envelope_packet.h", "envelope_ip.h", "envelope_gso.h", "envelope_error.h"],
}


# --- reading ---

class Header:
    def __init__(self, library, name):
        self.name = name
        text = (ROOT / library / name).read_text()
        self.first, body = re.match(r"/\*(.*?)\*/\n(.*)", text, re.DOTALL).groups()
        self.first = comment_lines(self.first)
        self.mark = f"{library.removeprefix('lib').upper().replace('-', '_')}_API"
        body = re.sub(r"(?:/\*[^\n]*\*/\n)?#if(?:def)? [^\n]*(?:__GNUC__|__cplusplus)[^\n]*\n.*?#endif\n", "", body, flags=re.DOTALL)
        body = re.sub(r"^#(ifndef|define) \w+_H\n|^#include .*\n", "", body, flags=re.MULTILINE)
        self.body = body.rstrip().removesuffix("#endif")

    def parts(self):
        """("section", words), ("about", comment, code): one after another."""
        comment, code = [], []
        for block in self.blocks():
            kind, lines = block
            if kind == "comment":
                if comment or code:
                    yield "about", comment, code
                section = re.fullmatch(r"--- (.*) ---", " ".join(lines).strip())
                comment, code = ([], []) if section else (lines, [])
                if section:
                    yield "section", section[1], None
            elif kind == "blank":
                if comment or code:
                    yield "about", comment, code
                comment, code = [], []
            else:
                code += lines
        if comment or code:
            yield "about", comment, code

    def blocks(self):
        lines = self.body.split("\n")
        depth, at, moved = 0, 0, False
        while at < len(lines):
            line = lines[at]
            if line.startswith("/*"):
                start = at
                while "*/" not in lines[at]:
                    at += 1
                yield "comment", comment_lines("\n".join(lines[start:at + 1])[2:].rsplit("*/", 1)[0])
            elif not line.strip() and depth == 0:
                yield "blank", []
            else:
                depth += line.count("{") - line.count("}")
                moved = f"{self.mark} " in line if not line.startswith((" ", "\t")) else moved
                yield "code", [self.without_mark(line, moved)]
            at += 1

    def without_mark(self, line, moved):
        """Parameters on further lines stay below the first one."""
        line = line.expandtabs(8)
        indent = len(line) - len(line.lstrip())
        if moved and indent > len(self.mark):
            return line[len(self.mark) + 1:]
        return line.replace(f"{self.mark} ", "")

    def functions(self):
        """(type, name, parameters) of what is marked."""
        code = re.sub(r"/\*.*?\*/", "", self.body, flags=re.DOTALL)
        for declaration in re.findall(rf"\b{self.mark}\b\s*(.*?);", code, re.DOTALL):
            declaration = re.sub(r"\s*__attribute__\s*\(\(.*?\)\)\s*", "", " ".join(declaration.split()))
            kind, name, parameters = re.fullmatch(r"(.*?)(\w+)\((.*)\)", declaration).groups()
            yield kind.strip(), name, [p.strip() for p in parameters.split(",")]


def comment_lines(text):
    return [re.sub(r"^ \* ?", "", line).rstrip() for line in text.strip("\n").split("\n")]


# --- writing ---

def escape(line):
    line = line.replace("\\", "\\e").replace("^", "\\(ha").replace("~", "\\(ti").replace("`", "\\(ga")
    line = re.sub(r"(\w)\(\)", r"\1\\&()", line)
    return "\\&" + line if line.startswith((".", "'")) else line


def literal(lines):
    return [".Bd -literal -offset indent", *(escape(line.expandtabs(8)) for line in lines), ".Ed"]


def sentences(text, width=72):
    """A sentence a line, cut at that many characters."""
    lines = []
    for sentence in re.split(r"(?<=[.:]) (?=[A-Z0-9])", " ".join(text.split())):
        line = ""
        for word in sentence.split(" "):
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = ""
            line += (" " if line else "") + word
        lines.append(line)
    return [escape(line) for line in lines if line]


def paragraphs(lines):
    """The comment's text, as mdoc; a paragraph of bullets is a list, what is indented is code."""
    out, group = [], []
    for line in [*lines, ""]:
        if line.strip() or group and group[0].startswith("    "):
            if line.strip() and group and line.startswith("    ") != group[0].startswith("    "):
                out.append(group)
                group = []
            if line.strip() or group:
                group.append(line)
        elif group:
            out.append(group)
            group = []
    return out + ([group] if group else [])


def written(group):
    if group[0].startswith("    "):
        while not group[-1].strip():
            group = group[:-1]
        return literal([line[4:] for line in group])
    items = re.split(r"(?:^|\n)- ", "\n".join(group))
    lines = sentences(items[0]) if items[0].strip() else []
    if len(items) > 1:
        lines += [".Bl -bullet", *(line for item in items[1:] for line in (".It", *sentences(item))), ".El"]
    return lines


def prose(lines):
    """Paragraphs with .Pp between them; none of it next to a display, which has its own."""
    out = []
    for group in paragraphs(lines):
        text = written(group)
        if out and not out[-1] == ".Ed" and not text[0].startswith(".Bd"):
            out.append(".Pp")
        out += text
    return out


def about(comment, code):
    lines = literal(code) if code else [".Pp"] if comment else []
    return lines + prose(comment)


def purpose(header):
    """('IEEE 802.15.4 MAC frames', the other lines) of a first comment."""
    text = "\n".join(header.first)
    words, rest = re.match(r"\s*\S+\.h - (.*?)\.(?:\s|$)(.*)", text, re.DOTALL).groups()
    return " ".join(words.split()), rest.split("\n")


def split_example(lines):
    at = next((i for i, line in enumerate(lines) if line.startswith("An example:")), len(lines))
    return lines[:at], lines[at:]


def names(functions):
    listed = [name for _, name, _ in functions]
    return [f".Nm {name}{' ,' if name != listed[-1] else ''}" for name in listed]


def synopsis(library, header, functions):
    lines = [".Sh SYNOPSIS", f".In {header}"]
    for kind, name, parameters in functions:
        lines += [f".Ft {kind}", " ".join([f".Fn {name}", *(f'"{p}"' for p in parameters)])]
    return lines + literal([f"cc program.c $(pkg-config --cflags --libs {library})"])


def description(headers):
    lines = [".Sh DESCRIPTION"]
    for number, header in enumerate(headers):
        text = split_example(purpose(header)[1])[0]
        if number:
            words = purpose(header)[0]
            lines += [f".Ss {header.name}", *sentences(f"{words[0].upper()}{words[1:]}.")]
        lines += prose(text)
        for kind, first, code in header.parts():
            lines += [f".Ss {first[0].upper()}{first[1:]}"] if kind == "section" else about(first, code)
    return tidy(lines)


def tidy(lines, begun=(".Ss", ".Sh", ".Pp", ".Ed")):
    """No paragraph begins where a heading or a display has begun one."""
    out = []
    for line in lines:
        if line == ".Pp" and (not out or out[-1].startswith(begun)):
            continue
        out.append(line)
    return out


def page(library, date=DATE):
    headers = [Header(library, name) for name in LIBRARIES[library]]
    functions = [f for header in headers for f in header.functions()]
    example = split_example(purpose(headers[0])[1])[1]
    others = [f".Xr {name} 3" for name in sorted(LIBRARIES) if name != library]
    lines = [MADE, f".Dd {date}", f".Dt {library.upper()} 3", ".Os framebus", ".Sh NAME", *names(functions), f".Nd {purpose(headers[0])[0]}",
             *synopsis(library, LIBRARIES[library][0], functions), *description(headers),
             ".Sh EXAMPLES", *tidy(prose(example)), ".Sh SEE ALSO", *(line + (" ," if line != others[-1] else "") for line in others)]
    return "\n".join(line for line in lines if line is not None) + "\n"


def date_of(path):
    found = re.search(r"^\.Dd (.*)", path.read_text(), re.MULTILINE) if path.exists() else None
    return found[1] if found else DATE


def main():
    for library in LIBRARIES:
        path = HERE / f"{library}.3"
        text = page(library, date_of(path))
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"man/{path.name}: written from the headers", file=sys.stderr)


if __name__ == "__main__":
    main()
