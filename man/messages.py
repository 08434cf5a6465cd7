#!/usr/bin/python3
"""Writes man/framebus-messages.5 from docs/envelope.md and docs/wire-formats.md: man/messages.py

What is read of Markdown is what these documents use: headings, paragraphs, lists, fenced code, tables, `code`, **bold** and links. A
table is a list: its first column names the item, the others follow under their headings.
"""
import re
import sys
from pathlib import Path

import library

HERE = Path(__file__).resolve().parent
PAGE = HERE / "framebus-messages.5"
MADE = ".\\\" Made by `make man` from docs/envelope.md and docs/wire-formats.md: change those."
# document, the headings of the second level that are taken
SOURCES = [("envelope.md", ["Routing keys", "Properties", "Encoding `json`", "Encoding `pcap`", "Encoding `gso`, version 1"]), ("wire-formats.md", ["Bus"])]
HEADINGS = {"Bus": "Messages"}


def chapters(document, wanted):
    """The lines below each heading that is wanted, with it."""
    parts = re.split(r"^## ", (HERE.parent / "docs" / document).read_text(), flags=re.MULTILINE)
    found = {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in parts[1:]}
    for heading in wanted:
        yield heading, found[heading].split("\n")


def inline(text):
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    pieces = re.split(r"(`[^`]+`|\*\*[^*]+\*\*)", text)
    return "".join(f"\0{p[1:-1] if p[0] == '`' else p[2:-2]}\1" if re.fullmatch(r"`[^`]+`|\*\*[^*]+\*\*", p) else p.replace("\\*", "*")
                   for p in pieces).replace("\\|", "|")


def fonts(line):
    """Bold between the marks; what is not ASCII by its name."""
    line = line.replace("\0", "\\fB").replace("\1", "\\fP")
    return "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in line)


def sentences(text):
    return [fonts(line) for line in library.sentences(inline(text), 60)]


def cells(row):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def table(rows):
    """Rows of cells; the second one is Markdown's line of dashes."""
    head, body = cells(rows[0]), [cells(row) for row in rows[2:]]
    lines, last = [".Bl -tag -width Ds"], ""
    for row in body:
        last = row[0] or last
        lines.append(f".It {macro_argument(last)}")
        for name, cell in zip(head[1:], row[1:]):
            if cell and cell != "–":
                lines += sentences((f"{name[0].upper()}{name[1:]}: " if name and len(head) > 2 else "") + cell + ("" if cell.endswith(".") else "."))
    return lines + [".El"]


def macro_argument(text):
    """Words of a macro's line: none of them a macro, none of them punctuation that it would move."""
    return fonts(" ".join(library.escape("\\&" + word).replace("\\e&", "\\&") if re.fullmatch(r"\W*|[A-Z][a-z]", word) else word
                          for word in inline(text).split())) or "\\&"


def heading(text):
    return " ".join(inline(text).replace("\0", "").replace("\1", "").split())


def blocks(lines):
    """(kind, lines): "text", "table", "code", "heading", "list"."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("```"):
            end = next(i for i in range(at + 1, len(lines)) if lines[i].startswith("```"))
            yield "code", lines[at + 1:end]
            at = end + 1
            continue
        if not line.strip():
            at += 1
            continue
        kind = "heading" if line.startswith("#") else "table" if line.startswith("|") else "list" if line.startswith("- ") else "text"
        end = at + 1
        while end < len(lines) and lines[end].strip() and kind != "heading" and not lines[end].startswith("```") \
                and lines[end].startswith("|") == (kind == "table"):
            end += 1
        yield kind, lines[at:end]
        at = end


def written(lines):
    out = []
    for kind, block in blocks(lines):
        if kind == "heading":
            out.append(f".Ss {heading(block[0].lstrip('# '))}")
        elif kind == "table":
            out += table(block)
        elif kind == "code":
            out += library.literal([part for line in block for part in folded(line)])
        elif kind == "list":
            items = re.split(r"(?:^|\n)- ", "\n".join(block))[1:]
            out += [".Bl -bullet", *(line for item in items for line in (".It", *sentences(item))), ".El"]
        else:
            out += [".Pp", *sentences("\n".join(block))]
    return library.tidy(out, (".Ss", ".Sh", ".Pp"))


def folded(line):
    """A long line of JSON in pieces."""
    pieces = re.split(r"(?<=,) ", line)
    out = [""]
    for piece in pieces:
        if out[-1] and len(out[-1]) + len(piece) > 70:
            out.append(" " + piece)
        else:
            out[-1] += (" " if out[-1] else "") + piece
    return out


def page(date):
    lines = [MADE, f".Dd {date}", ".Dt FRAMEBUS-MESSAGES 5", ".Os framebus", ".Sh NAME", ".Nm framebus-messages", ".Nd messages on the bus",
             ".Sh DESCRIPTION", *sentences("What the tools of framebus, and the agents of ioppytest, say to each other through an AMQP broker.")]
    for document, wanted in SOURCES:
        for title, text in chapters(document, wanted):
            lines += library.tidy([f".Sh {HEADINGS.get(title, heading(title)).upper()}", *written(text)], (".Ss", ".Sh", ".Pp"))
    lines += [".Sh SEE ALSO", ".Xr amqp-dump 1 ,", ".Xr amqp-play 1 ,", ".Xr amqp-route 1 ,", ".Xr amqp-serial 1 ,", ".Xr amqp-tun 1 ,",
              ".Xr libenvelope 3 ,", ".Xr framebus 7"]
    return "\n".join(lines) + "\n"


def main():
    text = page(library.date_of(PAGE))
    if not PAGE.exists() or PAGE.read_text() != text:
        PAGE.write_text(text)
        print(f"man/{PAGE.name}: written from the documents", file=sys.stderr)


if __name__ == "__main__":
    main()
