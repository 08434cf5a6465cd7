"""What base/escape.c shows, character by character, against Python's tables of Unicode: what moves, turns or cannot be seen is shown by its
number, everything else passes."""
import ctypes
import os
import subprocess
import unicodedata

import pytest

from tree import ROOT

SHOWN_BY_NUMBER = {"Cc", "Cf", "Co", "Zl", "Zp"}
# Default_Ignorable_Code_Point beyond these categories, and what is reserved for such (Unicode 15, DerivedCoreProperties.txt).
IGNORED = {0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180c, 0x180d, 0x180f, 0x2065, 0x3164, 0xffa0, *range(0xfe00, 0xfe10),
           *range(0xfff0, 0xfff9), *range(0xe0000, 0xe1000)}


@pytest.fixture(scope="module")
def escape(tmp_path_factory):
    library = tmp_path_factory.mktemp("escape") / "escape.so"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-std=gnu11", "-Ibin/common", "-o", library,
                    "bin/common/base/escape.c"], cwd=ROOT, check=True)
    function = ctypes.CDLL(str(library)).escape
    function.restype = ctypes.c_size_t
    function.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]

    def call(octets):
        out = ctypes.create_string_buffer(4 * len(octets) + 1)
        length = function(out, len(out), octets, len(octets))
        return out.raw[:length]
    return call


def number(point):
    return f"\\x{point:02x}" if point < 0x80 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def expected(point):
    """None: a later Unicode may have made something of it."""
    category = unicodedata.category(chr(point))
    if category in SHOWN_BY_NUMBER or point in IGNORED or point & 0xfffe == 0xfffe or 0xfdd0 <= point < 0xfdf0:
        return number(point)
    return None if category == "Cn" else chr(point)


def test_every_character(escape):
    points = [p for p in range(0x110000) if not 0xd800 <= p < 0xe000]
    shown = escape(" ".join(map(chr, points)).encode()).decode()
    at = 0
    for point in points:
        answers = [expected(point)] if expected(point) else [chr(point), number(point)]
        found = shown[at:shown.index(" ", at + 1)] if at + 12 < len(shown) else shown[at:]
        assert found in answers, f"U+{point:04X}: {found!r}"
        at += len(found) + 1
    assert at == len(shown) + 1


def test_every_octet_alone(escape):
    for octet in range(0x80, 0x100):
        assert escape(bytes([octet])) == b"\\x%02x" % octet
        assert escape(bytes([octet]) + b"a") == b"\\x%02xa" % octet


def test_surrogates_and_overlong_forms(escape):
    for octets in ("\ud800".encode(errors="surrogatepass"), "\udfff".encode(errors="surrogatepass"), b"\xc0\x80", b"\xe0\x80\x9b", b"\xf0\x80\x80\x9b",
                   b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80"):
        assert escape(octets) == b"".join(b"\\x%02x" % octet for octet in octets)
