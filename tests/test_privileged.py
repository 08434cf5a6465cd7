"""The privilege boundary of amqp-tun: what runs with privileges includes and links nothing that reads what comes from the bus, and
the rest gets at it through one header."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "bin/amqp-tun"
PRIVILEGED = TOOL / "privileged"
COMMON = ROOT / "bin/common"
OBJECTS = ROOT / os.environ.get("BUILD", "build") / "check/gcc/obj"

SHARED = {"protocol", "address"}  # values that both processes have
ROOM = {"base/clock.h", "base/log.h", "base/notify.h", "base/outside.h", "base/words.h"}
START = {"main.c": "privileged/keeper.h"}  # who starts it, by what

STUB = """#include "privileged/keeper.h"
int main(void)
{
	int status;
	struct interface_options o = {0};
	struct identity child = {0};
	struct why why;
	return keeper_start(&o, &child, &status, &why);
}
"""


def sources(folder):
    return sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h"))


def includes(path):
    """What it includes that is ours: paths in the tool's folder as a Path, the rooms' as they are written."""
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.MULTILINE):
        beside = (path.parent / name).resolve()
        yield beside if beside.is_file() else name


def is_allowed(included):
    if isinstance(included, str):
        return included in ROOM
    return included.parent == PRIVILEGED or included.parent == TOOL and included.stem in SHARED


def test_there_is_something_to_look_at():
    assert {path.name for path in sources(PRIVILEGED)} >= {"keeper.c", "restorer.c", "interface.c", "netlink.c", "undo.c", "tun.c", "privileges.c", "filter.c",
                                                            "answers.c", "verdict.c", "identity.c", "landlock.c", "descriptors.c"}


@pytest.mark.parametrize("path", sources(PRIVILEGED), ids=lambda path: path.name)
def test_what_is_privileged_includes_what_it_needs_and_nothing_else(path):
    assert [str(i) for i in includes(path) if not is_allowed(i)] == []


@pytest.mark.parametrize("path", [TOOL / (name + suffix) for name in sorted(SHARED) for suffix in (".h", ".c")], ids=lambda path: path.name)
def test_what_both_sides_share_includes_neither_side(path):
    assert [str(i) for i in includes(path) if not is_allowed(i) or isinstance(i, Path) and i.parent == PRIVILEGED] == []


@pytest.mark.parametrize("path", sources(TOOL), ids=lambda path: path.name)
def test_the_rest_starts_it_and_knows_nothing_else_of_it(path):
    inside = [str(i.relative_to(TOOL)) for i in includes(path) if isinstance(i, Path) and i.parent == PRIVILEGED]
    assert inside == [START[path.name]] if path.name in START else inside == []


def test_it_links_without_the_rest(tmp_path):
    """Functions that are declared by hand would get past the includes."""
    objects = [*sorted((OBJECTS / "bin/amqp-tun/privileged").glob("*.o")), *(OBJECTS / f"bin/amqp-tun/{name}.o" for name in sorted(SHARED))]
    assert len(objects) > len(SHARED), f"{OBJECTS}: not built (make check builds it)"
    (tmp_path / "stub.c").write_text(STUB)
    packages = subprocess.run(["pkg-config", "--libs", "libmnl", "libcap-ng", "libseccomp"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    done = subprocess.run(["gcc", "-D_GNU_SOURCE", f"-I{TOOL}", f"-I{COMMON}", "-o", tmp_path / "stub", tmp_path / "stub.c", *objects,
                           OBJECTS.parent / "lib/room-base.a", *packages], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
