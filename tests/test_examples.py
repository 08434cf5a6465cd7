"""The examples of docs/examples compile without a warning, with their library alone, and print what is written here."""
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# program: its arguments, what it prints, what it reads from stdin
EXAMPLES = {
    "envelope_example": (["fromAgent.a.ip.tun.packet.raw", '{"data": [96, 0], "timestamp": 1.5}'],
                         'toAgent.b.ip.tun.packet.raw\n{"_api_version": "1.2.15", "data": [96, 0], "interface_name": "", '
                         '"timestamp": 1.5}\n', b""),
    "frame_example": ("61 88 2a cd ab 02 00 01 00 68 69".split(),
                      "Data v0 seq 42 0001 > abcd/0002, ack request, payload 2\n02 00 2a\n", b""),
    "slip_example": ([], "01c002\n6869\n", b"boot\xc0\x01\xdb\xdc\x02\xc0\xc0hi\xc0"),
    "frame_ccm_example": ([], "01ce: no error\n", b""),
}
# program: the library whose header shows it, folders of sources that it needs, packages
LIBRARIES = {
    "envelope_example": ("libenvelope/envelope.h", ["libenvelope"], ["jansson"]),
    "frame_example": ("libframe/frame.h", ["libframe"], []),
    "slip_example": ("libslip/slip.h", ["libslip"], []),
    "frame_ccm_example": ("libframe-ccm/frame_ccm.h", ["libframe-ccm", "libframe"], ["libcrypto"]),
}
WITH_A_BROKER = {"bus_example"}  # tests/faults/test_example.py


def test_every_example_is_tested():
    assert sorted({*EXAMPLES, *WITH_A_BROKER}) == sorted(path.stem for path in (ROOT / "docs/examples").glob("*.c"))


def words(text):
    """Of code or of a comment that holds it, wherever its lines end."""
    return " ".join(" ".join(line.removeprefix(" *").removesuffix(" */") for line in text.splitlines()).split())


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_header_shows_it(name):
    """The example in the header is the one that runs: all of it but the comment before it, which says what it is."""
    example = (ROOT / f"docs/examples/{name}.c").read_text()
    header = (ROOT / LIBRARIES[name][0]).read_text()
    assert words(example[example.index("#include"):]) in words(header)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example(name, tmp_path):
    _, folders, packages = LIBRARIES[name]
    if packages and subprocess.run(["pkg-config", "--exists", *packages]).returncode != 0:
        pytest.skip(f"{', '.join(packages)} not found")
    linking = subprocess.run(["pkg-config", "--libs", *packages], check=True, stdout=subprocess.PIPE,
                             text=True).stdout.split() if packages else []
    sources = [ROOT / f"docs/examples/{name}.c", *(path for folder in folders for path in sorted((ROOT / folder).rglob("*.c")))]
    program = tmp_path / name
    subprocess.run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", *(f"-I{ROOT / folder}" for folder in folders), "-o", program,
                    *sources, *linking], check=True)
    arguments, expected, stdin = EXAMPLES[name]
    done = subprocess.run([program, *arguments], input=stdin, stdout=subprocess.PIPE, timeout=30)
    assert (done.returncode, done.stdout.decode()) == (0, expected)
