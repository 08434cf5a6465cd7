"""`make install` gives a consumer all that his program needs, and `make uninstall` takes all of it away."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECK = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc").resolve()
pytestmark = pytest.mark.usefixtures("installs_alone")
PREFIX = "/opt/x"
# libframe-ccm is built where libcrypto is.
HAS_CRYPTO = subprocess.run(["pkg-config", "--exists", "libcrypto"]).returncode == 0
LIBRARIES = ("slip", "frame", "envelope", *(["frame-ccm"] if HAS_CRYPTO else []))
BUILT_ON = {"frame-ccm": ["frame"]}


def make(target, destination):
    # What a `make` above us says (flags, job server) is not for this one.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", target, f"BUILD={CHECK}", f"DESTDIR={destination}", f"PREFIX={PREFIX}"], cwd=ROOT,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280)
    assert done.returncode == 0, done.stdout


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    destination = tmp_path_factory.mktemp("installed")
    make("install", destination)
    return destination


def flags(installed, library, *options):
    environment = {**os.environ, "PKG_CONFIG_PATH": f"{installed}{PREFIX}/lib/pkgconfig"}
    # The consumer's machine has it at PREFIX; here PREFIX is in a folder.
    command = ["pkg-config", f"--define-variable=prefix={installed}{PREFIX}", f"--define-variable=libdir={installed}{PREFIX}/lib",
               f"--define-variable=includedir={installed}{PREFIX}/include", *options, f"lib{library}"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout.split()


def build_and_run(installed, library, tmp_path, linking, environment, *more):
    program = tmp_path / library
    sources = [ROOT / "tests" / "consumers" / f"{name}.c" for name in (library, *more)]
    subprocess.run(["cc", "-std=c11", "-pedantic", "-Wall", "-Werror", "-o", program, *sources,
                    *flags(installed, library, "--cflags"), *linking], check=True, timeout=50)
    done = subprocess.run([program], stdout=subprocess.PIPE, text=True, timeout=30, env={**os.environ, **environment})
    assert (done.returncode, done.stdout) == (0, f"{library} works\n")
    return subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}).stdout


@pytest.mark.timeout(300)
@pytest.mark.parametrize("library", LIBRARIES)
def test_consumer_dynamic(installed, library, tmp_path):
    needs = build_and_run(installed, library, tmp_path, flags(installed, library, "--libs"),
                          {"LD_LIBRARY_PATH": f"{installed}{PREFIX}/lib"})
    assert f"lib{library}.so.0.1 => {installed}{PREFIX}/lib/" in needs
    others = [other for other in LIBRARIES if other not in (library, *BUILT_ON.get(library, []))]
    assert not any(f"lib{other}." in needs for other in others), "the libraries are independent of each other"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("library", LIBRARIES)
def test_consumer_static(installed, library, tmp_path):
    linking = ["-static", *flags(installed, library, "--static", "--libs")]
    needs = build_and_run(installed, library, tmp_path, linking, {})
    assert "=>" not in needs


@pytest.mark.timeout(300)
@pytest.mark.parametrize("library", [library for library in LIBRARIES if (ROOT / f"lib{library}/lib{library}.symbols").exists()])
def test_stranger_with_functions_of_his_own(installed, library, tmp_path):
    """Whatever a program calls its functions, a static library does not call them."""
    linking = ["-static", *flags(installed, library, "--static", "--libs")]
    build_and_run(installed, library, tmp_path, linking, {}, "own_names")


@pytest.mark.timeout(300)
def test_headers_are_cxx_too(installed, tmp_path):
    """The headers say extern "C": they mean it."""
    source = tmp_path / "all.c"
    source.write_text("".join(f"#include <{library.replace('-', '_')}.h>\n" for library in LIBRARIES) + "int main(void) { return 0; }\n")
    for language in ("c", "c++"):
        compiler = ["clang", "-x", language] if language == "c" else ["clang++", "-x", language]
        subprocess.run([*compiler, "-Wall", "-Werror", "-fsyntax-only", f"-I{installed}{PREFIX}/include", source],
                       check=True, timeout=50)


@pytest.mark.timeout(300)
def test_uninstall_leaves_nothing(tmp_path):
    other = tmp_path / PREFIX.lstrip("/") / "lib" / "libother.so"
    other.parent.mkdir(parents=True)
    other.write_text("not ours")
    make("install", tmp_path)
    installed = files(tmp_path)
    assert len(installed) > 20
    tools = {path.parent.name for path in (ROOT / "bin").glob("*/main.c")}
    assert {f"opt/x/bin/{tool}" for tool in tools} <= set(installed)
    pages = {path.name for path in (ROOT / "man").glob("*.[13]")}
    assert {f"opt/x/share/man/man{page[-1]}/{page}" for page in pages} <= set(installed)
    make("uninstall", tmp_path)
    assert files(tmp_path) == ["opt/x/lib/libother.so"]
    left = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert sorted(str(path.relative_to(tmp_path)) for path in left) == ["opt", "opt/x", "opt/x/lib"]


def folders(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir())


@pytest.mark.timeout(300)
def test_folders_that_were_there_before_stay(tmp_path):
    """A system's own /usr/local has empty folders: they are not ours, though nothing but our files was ever in them."""
    for folder in ("bin", "include", "lib/pkgconfig", "share/man", "etc", "sbin"):
        (tmp_path / PREFIX.lstrip("/") / folder).mkdir(parents=True)
    before = folders(tmp_path)
    make("install", tmp_path)
    make("install", tmp_path)  # an update finds the folders of the first time
    assert set(folders(tmp_path)) > set(before)
    make("uninstall", tmp_path)
    assert folders(tmp_path) == before and files(tmp_path) == []
    make("uninstall", tmp_path)
    assert folders(tmp_path) == before


@pytest.mark.timeout(300)
def test_folders_in_which_something_else_is_stay(tmp_path):
    make("install", tmp_path)
    other = tmp_path / PREFIX.lstrip("/") / "share/man/man1/other.1"
    other.write_text("not ours")
    make("uninstall", tmp_path)
    assert files(tmp_path) == ["opt/x/share/man/man1/other.1"]
    other.unlink()
    make("uninstall", tmp_path)
    assert list(tmp_path.iterdir()) == []


# In namespaces of its own: /usr/local is empty but for a folder, /etc (where the linker's cache is) a copy.
FRESH_MACHINE = """
set -e
mount -t tmpfs none /usr/local
mkdir -p /usr/local/lib "$1/etc"
cp -a /etc/. "$1/etc"
mount --bind "$1/etc" /etc
make install BUILD="$2" EXTCAPDIR=none
cc -o "$1/program" "$1/program.c" $(pkg-config --cflags --libs libslip)
printf '\\300abc\\300' | "$1/program"
make uninstall BUILD="$2" EXTCAPDIR=none
test -d /usr/local/lib
! "$1/program" < /dev/null 2> /dev/null
"""


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.geteuid() != 0, reason="not root: cannot mount over /usr/local")
def test_the_first_program_of_the_documents_starts(tmp_path):
    text = (ROOT / "docs/libraries.md").read_text()
    (tmp_path / "program.c").write_text(re.search(r"^```c\n(.*?)^```$", text, re.MULTILINE | re.DOTALL).group(1))
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "LD_LIBRARY_PATH")}
    done = subprocess.run(["unshare", "-m", "sh", "-c", FRESH_MACHINE, "sh", tmp_path, CHECK], cwd=ROOT, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280)
    if "mount: " in done.stdout and os.environ.get("CI") != "true":
        pytest.skip("no mount namespaces here")
    assert done.returncode == 0 and "a frame of 3 octets" in done.stdout, done.stdout


@pytest.mark.timeout(300)
def test_where_the_linker_does_not_look_is_said(tmp_path):
    prefix = tmp_path / "home"
    done = subprocess.run(["packaging/ldconfig.sh", prefix, "libslip.so.0.1"], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (0, ""), "nothing is there"
    prefix.mkdir()
    (prefix / "libslip.so.0.1").touch()
    done = subprocess.run(["packaging/ldconfig.sh", prefix, "libslip.so.0.1"], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=50)
    assert done.returncode == 0 and f"-Wl,-rpath,{prefix}" in done.stdout


def test_completions_stand_where_shells_look(installed):
    tools = sorted(path.parent.name for path in (ROOT / "bin").glob("*/main.c"))
    for tool in tools:
        for path in (f"bash-completion/completions/{tool}", f"zsh/site-functions/_{tool}", f"fish/vendor_completions.d/{tool}.fish"):
            assert tool in (installed / PREFIX[1:] / "share" / path).read_text()
