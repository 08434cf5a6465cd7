#!/usr/bin/python3
"""Rewrites the option list in each man page from what `TOOL --dump-options` says: man/options.py FOLDER-OF-TOOLS

The list stands between two lines of the page, BEGIN and END below. In the tables' sentences these are marked up: --option, -x,
$VARIABLE, name(8), /a/path, WORD where an option's value is called so, and 'quoted' (a word that an option takes, a heading of the
page, else a literal).
"""
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BEGIN = '.\\" Made by `make man` from the tables of options: change those.'
END = '.\\" The end of what `make man` makes.'
UNBOUNDED = 2**31 - 1  # the largest bound that is said: others are those of the machine


def dump(program):
    """The tool's first line and its options."""
    lines = subprocess.run([program, "--dump-options"], check=True, stdout=subprocess.PIPE, text=True, timeout=10).stdout.splitlines()
    tool, *options = map(json.loads, lines)
    return tool, options


class Markup:
    """Sentences as lines of mdoc."""

    def __init__(self, options, page):
        self.names = {o["option"]: o for o in options}
        self.letters = {o["letter"]: o for o in options if "letter" in o}
        self.words = {choice for o in options for choice in o.get("choices", [])}
        # 'A' also begins sentences.
        self.arguments = {word for o in options for word in re.findall(r"[A-Z]+", o.get("argument", ""))} - {"A"}
        self.headings = set(re.findall(r'^\.S[hs] "?([^"\n]+)', page, re.MULTILINE))

    def macro(self, word):
        """The macro call for a word without the punctuation around it, or None."""
        option = re.fullmatch(r"--([a-z0-9-]+)", word)
        if option and option[1] in self.names:
            return rf"Fl \-{option[1]}"
        if re.fullmatch(r"-\w", word) and word[1] in self.letters:
            return f"Fl {word[1]}"
        if re.fullmatch(r"\$[A-Z_]+", word):
            return f"Ev {word[1:]}"
        page = re.fullmatch(r"([a-z0-9-]+)\((\d)\)", word)
        if page:
            return f"Xr {page[1]} {page[2]}"
        if re.fullmatch(r"(CAP_|SIG)[A-Z_0-9]+", word):
            return f"Dv {word}"
        if re.fullmatch(r"/[a-z][\w/.-]+", word):
            return f"Pa {word}"
        if word in self.arguments:
            return f"Ar {word.lower()}"
        if len(word) > 2 and word[0] == word[-1] == "'":
            literal = word[1:-1]
            if literal[-1] in ".,;:)":
                literal += "\\&"  # a part of it, no punctuation behind it
            return f"Cm {literal}" if literal in self.words else f"Sx {literal}" if literal in self.headings else f"Ql {literal}"
        return None

    def sentence(self, text):
        """Lines: plain words, or a macro and its punctuation."""
        lines, plain = [], []
        tokens = re.findall(r"'[^']+'[^\s]*|\(?'[^']+'[^\s]*|\S+", text)
        before = None  # the option that was just named
        for token in tokens:
            opening, word, closing = re.fullmatch(r"(\(?)([a-z0-9-]+\(\d\)|.*?)([.,;:)]*)", token).groups()
            option, before = before, None
            if option and word in option.get("choices", []):
                lines[-1] += " Cm " + " ".join([word, *closing])
                continue
            call = self.macro(word)
            if not call:
                plain.append(token)
                continue
            if plain:
                lines.append(" ".join(plain))
                plain = []
            lines.append("." + " ".join([call.split(" ", 1)[0], *opening, call.split(" ", 1)[1], *closing]))
            if call.startswith("Fl") and not closing:
                before = self.names.get(word[2:]) or self.letters.get(word[1:])
        if plain:
            lines.append(" ".join(plain))
        return [line if line.startswith(".") and self.is_call(line) else escape(line) for line in lines]

    @staticmethod
    def is_call(line):
        return re.match(r"\.(Fl|Ev|Dv|Xr|Pa|Ar|Cm|Sx|Ql) ", line)

    def sentences(self, text):
        return [line for sentence in re.split(r"(?<=[.]) (?=[A-Z0-9'(-])", text) for line in self.sentence(sentence)]


def escape(line):
    line = line.replace("\\", "\\e").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + line if line.startswith((".", "'")) else line


def capitalized(text):
    return text[0].upper() + text[1:] if re.match("[a-z]+[ ,;:-]", text) and "://" not in text.split()[0] else text


def argument(text):
    """NAME=PREFIX, forever|never|N: words that are typed as they are, and names of what is typed."""
    if " " in text:
        return " ".join(map(argument, text.split()))
    parts = []
    for part in re.findall(r"[A-Z]+|[a-z0-9]+|[^A-Za-z0-9]+", text):
        parts.append(f"Ar {part.lower()}" if part.isupper() else f"Cm {part}" if part.isalnum() else "\\&," if part == "," else part)
    return " Ns ".join(parts)


def item(option):
    words = [f"Fl {option['letter']} ,"] if "letter" in option else []
    words.append(rf"\-{option['option']}" if words else rf"Fl \-{option['option']}")
    if "argument" in option:
        words.append(f"Ns Op = Ns {argument(option['argument'])}" if option["alone"] else argument(option["argument"]))
    return ".It " + " ".join(words)


def number_words(option):
    """'From 1 to 10; default 3', or what of it there is."""
    words = []
    if "maximum" in option and option["maximum"] < UNBOUNDED:
        words.append(f"from {option['minimum']} to {option['maximum']}")
    default = option.get("otherwise", option.get("default"))
    if option["repeatable"] and " " in option.get("default", "") and "otherwise" not in option:
        default = " and ".join(f"'{word}'" for word in default.split())
    if option["kind"] == "choice" and "default" in option:
        default = f"'{option['default']}'"
    variable = f"${option['variable']}" if "variable" in option else None
    if default and variable:
        words.append(f"default: {variable}, else {default}")
    elif default or variable:
        words.append(f"default: {default or variable}")
    text = "; ".join(words)
    return [capitalized(text) + "."] if text else []


def description(option, markup):
    texts = [capitalized(option["help"]) + "."]
    texts += [option[field] for field in ("more", "added") if field in option]
    texts += ["May be repeated."] if option["repeatable"] else []
    texts += number_words(option)
    return [line for text in texts for line in markup.sentences(text)]


def section(options, page):
    """The lines of the list, between BEGIN and END."""
    markup = Markup(options, page)
    lines = [".Sh OPTIONS"]
    for name in dict.fromkeys(o["section"] for o in options):
        lines += [f".Ss {name}", ".Bl -tag -width Ds"]
        for option in options:
            if option["section"] == name:
                lines += [item(option), *description(option, markup)]
        lines.append(".El")
    return "\n".join(lines)


def rewritten(page, options):
    """The page's text with the list as the options say."""
    if page.count(BEGIN + "\n") != 1 or page.count(END + "\n") != 1:
        raise ValueError(f"where the list of options is to stand the page needs these two lines:\n{BEGIN}\n{END}")
    before, rest = page.split(BEGIN + "\n")
    _, after = rest.split(END + "\n")
    # Headings of the list itself are not among those that a sentence can name.
    return f"{before}{BEGIN}\n{section(options, before + after)}\n{END}\n{after}"


def main():
    for path in sorted(HERE.glob("*.1")):
        page = path.read_text()
        try:
            changed = rewritten(page, dump(Path(sys.argv[1]) / path.stem)[1])
        except ValueError as error:
            sys.exit(f"man/{path.name}: {error}")
        if changed != page:
            path.write_text(changed)
            print(f"man/{path.name}: options rewritten")


if __name__ == "__main__":
    main()
