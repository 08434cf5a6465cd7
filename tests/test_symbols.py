"""What the libraries show: the functions that their headers mark, under names of their own, and nothing else; one version
everywhere. libNAME/libNAME.symbols is the list:
nm -D --defined-only build/lib/libNAME.so | awk '{print $3}' | LC_ALL=C sort > libNAME/libNAME.symbols"""
import ctypes
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILT = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "lib").resolve()
HAS_CRYPTO = subprocess.run(["pkg-config", "--exists", "libcrypto"]).returncode == 0
LIBRARIES = [name for name in sorted(path.stem for path in ROOT.glob("lib*/lib*.symbols")) if HAS_CRYPTO or name != "libframe-ccm"]
VERSION = re.search(r'FRAMEBUS_VERSION "(.*)"', "".join(p.read_text() for p in (ROOT / "bin/common").rglob("version.h")))[1]
NEEDED = {"libenvelope": {"libjansson"}, "libframe-ccm": {"libframe", "libcrypto"}}


def prefix(library):
    return library.removeprefix("lib").replace("-", "_") + "_"


def header(library):
    """The public header, and those of its own folder that it includes."""
    first = (ROOT / library / f"{prefix(library)[:-1]}.h").read_text()
    own = [ROOT / library / name for name in re.findall(r'^#include "(.*)"', first, re.MULTILINE)]
    return first + "".join(path.read_text() for path in own if path.exists())


def listed(library):
    return (ROOT / library / f"{library}.symbols").read_text().splitlines()


def nm(*arguments):
    lines = subprocess.run(["nm", "--defined-only", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [line.split()[2] for line in lines if len(line.split()) == 3]


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_list_is_sorted(library):
    assert listed(library) == sorted(set(listed(library)))


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_header_marks_what_is_listed(library):
    code = re.sub(r"/\*.*?\*/|^\s*#.*?$", "", header(library), flags=re.DOTALL | re.MULTILINE)
    mark = f"{prefix(library).upper()}API"
    marked = re.findall(rf"\b{mark}\b[^;(]*?\b(\w+)\(", code)
    assert sorted(marked) == listed(library)
    declared = re.findall(rf"^(?:[a-z]\w*[ *]+)+({prefix(library)}\w+)\(", code, re.MULTILINE)
    assert declared == [], f"without {mark}"


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_shared_library_shows_what_is_listed(library):
    assert sorted(nm("--dynamic", BUILT / f"{library}.so")) == listed(library)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_symbol_of_the_archive_has_the_prefix(library):
    symbols = nm("--extern-only", BUILT / f"{library}.a")
    assert set(listed(library)) <= set(symbols)
    assert [name for name in symbols if not name.startswith(prefix(library))] == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_soname_and_what_is_needed(library):
    dynamic = subprocess.run(["readelf", "-d", BUILT / f"{library}.so"], check=True, stdout=subprocess.PIPE, text=True).stdout
    major, minor, _ = VERSION.split(".")
    assert f"Library soname: [{library}.so.{major if major != '0' else f'0.{minor}'}]" in dynamic
    needed = {name for name in re.findall(r"Shared library: \[([\w-]+)\.so", dynamic) if name != "libc" and not name.startswith("ld-")}
    assert needed == NEEDED.get(library, set())


@pytest.mark.parametrize("library", LIBRARIES)
def test_version(library):
    name = prefix(library).upper()
    text = re.search(rf'#define {name}VERSION +"(.*)"', header(library))[1]
    numbers = [re.search(rf"#define {name}VERSION_{part} +(\d+)\n", header(library))[1] for part in ("MAJOR", "MINOR", "PATCH")]
    for needed in NEEDED.get(library, set()) & set(LIBRARIES):
        ctypes.CDLL(str(BUILT / f"{needed}.so"), mode=ctypes.RTLD_GLOBAL)
    function = getattr(ctypes.CDLL(str(BUILT / f"{library}.so")), f"{prefix(library)}version")
    function.restype = ctypes.c_char_p
    assert (text, ".".join(numbers), function().decode()) == (VERSION,) * 3
