"""No call, and no operator, depends on the order in which its operands are evaluated: C leaves that order to the compiler, and gcc
and clang differ. `f(g(&why), why)` is the kind: one operand changes what another reads. clang's syntax tree shows it; no compiler's
warning does where a call lies between."""
import itertools
import os
import re
import subprocess
from concurrent.futures import ProcessPoolExecutor

import pytest

from tree import ROOT, include_folders, sources

NODE = re.compile(r"([| `-]*)(\w+) 0x[0-9a-f]+ ?(.*)")
PLACE = re.compile(r"(?:[<( ]|^)(?:line|((?:/|\w)[^<>:\s]*\.[chS])):(\d+):\d+")
SEQUENCED = {"&&", "||", ","}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}


class Node:
    """A line of clang's text form of the syntax tree. place: the last of our files and lines that was named before it."""

    def __init__(self, kind, rest, place):
        self.kind, self.rest, self.place, self.children = kind, rest, place, []

    @property
    def type(self):
        """The type, or what its typedef stands for."""
        name, meaning = re.search(r"'([^']*)'(?::'([^']*)')?", self.rest).groups()
        return meaning or name

    @property
    def operator(self):
        return re.search(r"' (?:lvalue )?(?:(?:prefix|postfix) )?'([^']*)'", self.rest).group(1)


def functions(tree, ours):
    """The bodies of our functions, each a Node, and the function's name."""
    stack, body, place, name, file = [], None, ("", 0), "", ""
    for line in tree.splitlines():
        # Positions are written where they differ from the one before.
        if ".c:" in line or ".h:" in line or "line:" in line:
            for path, number in PLACE.findall(line):
                file = path or file
                if not file.startswith("/"):
                    place = (file, int(number))
        found = NODE.match(line)
        if not found:
            continue
        depth = len(found.group(1)) // 2
        if depth == 1:
            if body:
                yield name, body
            body, stack = None, []
            is_function = found.group(2) == "FunctionDecl"
            name = re.search(r"(\w+) '", found.group(3)).group(1) if is_function else ""
        elif depth == 2:
            stack = []
            if name and found.group(2) == "CompoundStmt" and ours(file):
                body = Node(found.group(2), found.group(3), place)
                stack = [body]
        elif stack:
            node = Node(found.group(2), found.group(3), place)
            del stack[depth - 2:]
            stack[-1].children.append(node)
            stack.append(node)
    if body:
        yield name, body


# An object is named by the path that leads to it: a variable, then ".member", "[]" and "*" for what a pointer leads to.
def path_of(node):
    """The path of an lvalue or of what a pointer points to; None where it begins at no variable."""
    kind = node.kind
    if kind == "DeclRefExpr":
        found = re.search(r"(?:Var|ParmVar) (0x[0-9a-f]+) '(\w*)'", node.rest)
        return (found.group(1) + " " + found.group(2),) if found else None
    if kind in ("ParenExpr", "ImplicitCastExpr", "CStyleCastExpr") and node.children:
        return path_of(node.children[-1])
    if kind == "MemberExpr":
        base, found = path_of(node.children[0]), re.search(r"(->|\.)(\w*) 0x", node.rest)
        return base and base + (("*",) if found.group(1) == "->" else ()) + ("." + found.group(2),)
    if kind == "ArraySubscriptExpr":
        base = path_of(node.children[0])
        decayed = "ArrayToPointerDecay" in node.children[0].rest
        return base and base + (("[]",) if decayed else ("*", "[]"))
    if kind == "UnaryOperator":
        base = path_of(node.children[0])
        if node.operator == "*":
            return base and base + ("*",)
        if node.operator in ("&", "__extension__"):
            return base
    return None


def pointee_is_const(pointer):
    """const int *, const struct why *, char *const *"""
    pointee = pointer[:-1].rstrip()
    return pointee.endswith("*const") or ("*" not in pointee and "const" in pointee.split())


def given_address(argument):
    """The path of the object whose address a call is given and may write through."""
    pointer = argument.type.removesuffix("restrict")
    if not pointer.endswith("*") or pointee_is_const(pointer):
        return None
    while argument.kind in ("ParenExpr", "ImplicitCastExpr", "CStyleCastExpr") and argument.children:
        if "<ArrayToPointerDecay>" in argument.rest:
            array = path_of(argument.children[0])
            return array and array + ("[]",)
        if "<LValueToRValue>" in argument.rest:
            variable = path_of(argument.children[0])
            return variable and variable + ("*",)
        argument = argument.children[-1]
    return path_of(argument) if argument.kind == "UnaryOperator" and argument.operator == "&" else None


def walk(node):
    if node.kind == "UnaryExprOrTypeTraitExpr":  # sizeof evaluates nothing
        return
    yield node
    for child in node.children:
        yield from walk(child)


def effects(operand):
    """The paths that an operand writes, or lets a call write, and those whose value it reads."""
    writes, reads = set(), set()
    for node in walk(operand):
        if node.kind == "CallExpr":
            writes.update(given_address(argument) for argument in node.children[1:])
        elif node.kind in ("BinaryOperator", "CompoundAssignOperator"):
            if node.operator in ASSIGNMENTS or node.kind == "CompoundAssignOperator":
                writes.add(path_of(node.children[0]))
        elif node.kind == "UnaryOperator" and node.operator in ("++", "--"):
            writes.add(path_of(node.children[0]))
            reads.add(path_of(node.children[0]))
        elif node.kind == "ImplicitCastExpr" and "<LValueToRValue>" in node.rest:
            reads.add(path_of(node.children[0]))
    return writes - {None}, reads - {None}


def overlap(a, b):
    """One is the other, or a part of it. What a pointer in it leads to is not."""
    shorter, longer = sorted((a, b), key=len)
    return longer[:len(shorter)] == shorter and "*" not in longer[len(shorter):]


def operands(node):
    if node.kind == "CallExpr":
        return node.children
    if node.kind == "BinaryOperator" and node.operator not in SEQUENCED | ASSIGNMENTS:
        return node.children
    return []


def findings(tree, ours=lambda file: not file.startswith("/")):
    found = []
    for name, body in functions(tree, ours):
        for node in walk(body):
            parts = [effects(operand) for operand in operands(node)]
            for (writes, _), (other_writes, reads) in itertools.permutations(parts, 2):
                for write, read in itertools.product(sorted(writes), sorted(reads | other_writes)):
                    if overlap(write, read):
                        variable = "".join([write[0].split()[1], *write[1:]])
                        found.append(f"{node.place[0]}:{node.place[1]}: {name}(): one operand changes {variable}, another uses it")
    return list(dict.fromkeys(found))


def look(source, root=ROOT, flags=()):
    """clang reads SOURCE; what depends on an order there. Files are named relative to ROOT, others by absolute path."""
    done = subprocess.run(["clang", "-std=gnu11", "-D_GNU_SOURCE", "-w", "-fsyntax-only", "-fno-color-diagnostics",
                           "-Xclang", "-ast-dump", *include_folders(), *flags, source],
                          cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode:
        return [f"{source}: clang cannot read it:\n{done.stderr}"]
    return findings(done.stdout)


def package_flags():
    wanted = [name for name in ("criterion", "jansson", "libpcap", "openssl", "libmnl", "libseccomp", "sqlite3", "libserialport", "librabbitmq")
              if subprocess.run(["pkg-config", "--exists", name]).returncode == 0]
    return tuple(subprocess.run(["pkg-config", "--cflags", *wanted], check=True, stdout=subprocess.PIPE, text=True).stdout.split())


DEPENDS = """
struct why { char text[9]; int length; };
int parse(struct why *), two(int, int), of(int, struct why), next(const char **), fill(char *);
char *copy(char *, const char *);
int words(int, const char *);
struct at { struct why why; const char *name; int count; int (*call)(int); };
int f1(struct why w) { return two(parse(&w), w.length); }
int f2(void) { const char *why = 0; return words(next(&why), why); }
int f3(int i) { return two(i++, i); }
int f4(struct at *a) { return two(a->count = 3, a->count); }
int f5(struct at *a) { return two(parse(&a->why), a->why.length); }
int f6(struct why w) { return of(parse(&w), w); }
int f7(struct at *a) { return words(a->count, a->name) + next(&a->name) + (a->name != 0); }
int f8(void) { char text[4] = ""; return two(fill(text), text[0]); }
int f9(struct why *w) { return two(parse(w), w->length); }
int f10(struct at *a) { return two(0 ? 1 : parse(&a->why), 1 + (int)a->why.text[2]); }
"""
DOES_NOT = """
struct why { char text[9]; int length; };
int parse(struct why *), look(const struct why *), two(int, int), next(const char **), fill(char *);
int words(int, const char *);
struct at { struct why why; const char *name; int count; };
int g1(struct why w) { return words(parse(&w), w.text); } /* the address of an array, whatever is in it */
int g2(struct why w) { return two(look(&w), w.length); }
int g3(int i) { return i++ && two(i, i); }
int g4(struct at *a) { return two(parse(&a->why), a->count); }
int g5(struct at *a, struct at *b) { return two(b->count = 3, a->count); }
int g6(int i, int *at) { return two(at[0]++, i) + (int)sizeof(i++); }
int g7(struct at *a) { int n = parse(&a->why); return two(n, a->why.length); }
int g8(const char *why) { int n; return (n = next(&why), words(n, why)); }
int g9(struct at *a) { return two(next(&a->name), look(&a->why)) + (*a).count; }
int g10(struct at *a) { return a->count > 3 ? parse(&a->why) : a->why.length; }
"""


@pytest.mark.parametrize("text, lines", [(DEPENDS, 10), (DOES_NOT, 0)], ids=["depends", "does not"])
def test_the_kind_is_told(text, lines, tmp_path):
    (tmp_path / "sample.c").write_text(text)
    found = look("sample.c", tmp_path)
    assert {line.split(": ")[1] for line in found} == {f"f{number}()" for number in range(1, lines + 1)}, "\n".join(found)


@pytest.mark.timeout(900)
def test_nothing_depends_on_the_order():
    flags = package_flags()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        names = sources(".c")
        found = [line for lines in pool.map(look, names, itertools.repeat(ROOT), itertools.repeat(flags)) for line in lines]
    assert not found, "\n".join(["", *dict.fromkeys(found)])
