"""`make install` and `make install-extcap` put slip-dump and amqp-dump where Wireshark looks, whatever its version, and take them away again."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECK = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc").resolve()
pytestmark = pytest.mark.usefixtures("installs_alone")
TOOLS = ["amqp-dump", "slip-dump"]


def environment(**more):
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL") and not k.startswith("XDG_")}
    return {**kept, **{k: str(v) for k, v in more.items()}}


def make(*arguments, home):
    done = subprocess.run(["make", f"BUILD={CHECK}", *map(str, arguments)], cwd=ROOT, env=environment(HOME=home), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=280)
    assert done.returncode == 0, done.stdout
    return done.stdout


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def interfaces(home):
    shown = subprocess.run(["tshark", "-D"], env=environment(HOME=home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=50)
    return [name for name in TOOLS if f" {name} (" in shown.stdout]


@pytest.mark.timeout(300)
def test_links_for_all_users(tmp_path):
    arguments = [f"DESTDIR={tmp_path}", "PREFIX=/opt/x", "EXTCAPDIR=/usr/lib/w/extcap"]
    make("install", *arguments, home=tmp_path)
    folder = tmp_path / "usr/lib/w/extcap"
    assert sorted(os.listdir(folder)) == TOOLS
    assert [os.readlink(folder / name) for name in TOOLS] == [f"/opt/x/bin/{name}" for name in TOOLS], "as they will be without DESTDIR"
    make("uninstall", *arguments, home=tmp_path)
    assert everything(tmp_path) == []


@pytest.mark.timeout(300)
def test_what_is_not_ours_stays(tmp_path):
    arguments = [f"DESTDIR={tmp_path}", "PREFIX=/opt/x", "EXTCAPDIR=/w"]
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "slip-dump").write_text("another's")
    (tmp_path / "w" / "amqp-dump").symlink_to("/elsewhere/amqp-dump")
    assert make("install", *arguments, home=tmp_path).count("not ours") == 2
    make("uninstall", *arguments, home=tmp_path)
    assert everything(tmp_path) == ["w", "w/amqp-dump", "w/slip-dump"] and (tmp_path / "w" / "slip-dump").read_text() == "another's"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("arguments", [[], ["EXTCAPDIR=none"]])
def test_a_prefix_of_ones_own_leaves_the_machine_alone(tmp_path, arguments):
    assert "make install-extcap" in make("install", f"PREFIX={tmp_path / 'own'}", *arguments, home=tmp_path)
    assert not any("extcap" in name for name in everything(tmp_path))


MACHINE = """
set -e
folder=$(packaging/extcap.sh folder)
mount -t tmpfs none /usr/local
mount -t tmpfs none "$folder"
mkdir "$1/etc" && cp -a /etc/. "$1/etc" && mount --bind "$1/etc" /etc
make install BUILD="$2"
tshark -D > "$1/listed"
make uninstall BUILD="$2"
ls "$folder" > "$1/left"
"""


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.geteuid() != 0, reason="not root: cannot mount over Wireshark's folder")
def test_wireshark_finds_them_after_make_install(tmp_path):
    done = subprocess.run(["unshare", "-m", "sh", "-c", MACHINE, "sh", tmp_path, CHECK], cwd=ROOT, env=environment(HOME=tmp_path / "home"),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280)
    if "mount: " in done.stdout and os.environ.get("CI") != "true":
        pytest.skip("no mount namespaces here")
    assert done.returncode == 0, done.stdout
    assert all(f" {name} (" in (tmp_path / "listed").read_text() for name in TOOLS)
    assert (tmp_path / "left").read_text() == ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["home", "home of one's own"])
def test_for_one_user(tmp_path, name):
    home = tmp_path / name
    home.mkdir()
    assert interfaces(home) == []
    before = everything(tmp_path)
    make("install-extcap", home=home)
    assert interfaces(home) == TOOLS
    make("uninstall-extcap", home=home)
    assert interfaces(home) == [] and everything(tmp_path) == before


@pytest.mark.parametrize("action", ["install", "uninstall"])
@pytest.mark.parametrize("variable", ["DESTDIR", "PREFIX", "EXTCAPDIR", "LIBDIR"])
def test_a_folder_with_a_blank_is_refused_before_anything_is_done(tmp_path, action, variable):
    """make would write to, or take away, what the name's first word names."""
    for name in ("first", "first name"):
        (tmp_path / name / "bin").mkdir(parents=True)
    (tmp_path / "first" / "bin" / "slip-dump").write_text("another's")
    before = everything(tmp_path)
    done = subprocess.run(["make", f"BUILD={CHECK}", action, f"DESTDIR={tmp_path}/first", f"{variable}={tmp_path}/first name"], cwd=ROOT,
                          env=environment(HOME=tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280)
    assert done.returncode != 0 and f"{variable} '{tmp_path}/first name' has a blank" in done.stdout
    assert everything(tmp_path) == before and (tmp_path / "first" / "bin" / "slip-dump").read_text() == "another's"


def script(question, tmp_path, version=None, folders=""):
    """packaging/extcap.sh where tshark says this; None: where there is none."""
    path = tmp_path / "bin"
    path.mkdir(exist_ok=True)
    for program in ("sed", "head", "sh"):
        if not (path / program).exists():
            (path / program).symlink_to(f"/bin/{program}")
    if version:
        (path / "tshark").write_text(f"#!/bin/sh\ncase $1 in\n--version) echo 'TShark (Wireshark) {version} (packaged).' ;;\n*) printf '{folders}' ;;\nesac\n")
        (path / "tshark").chmod(0o755)
    done = subprocess.run(["/bin/sh", "packaging/extcap.sh", question], cwd=ROOT, env={"PATH": str(path), "HOME": "/home/u"}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=20)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout.splitlines()


@pytest.mark.parametrize("version, folders, where", [
    ("3.6.2", "Personal configuration:\\t/home/u/.config/wireshark\\n", ["/home/u/.config/wireshark/extcap"]),
    ("4.0.17", "Personal configuration: /home/u/.config/wireshark\\nExtcap path: /usr/lib/x\\n", ["/home/u/.config/wireshark/extcap"]),
    ("4.0.17", "Personal configuration: /elsewhere/w\\n", ["/elsewhere/w/extcap"]),
    ("4.1.0", "Extcap path: /usr/lib/x\\n", ["/home/u/.local/lib/wireshark/extcap"]),
    ("4.10.1", "", ["/home/u/.local/lib/wireshark/extcap"]),
    ("5.0.0", "", ["/home/u/.local/lib/wireshark/extcap"]),
    ("4.4.2", "Personal Extcap path: /somewhere/e\\nGlobal Extcap path: /usr/libexec/wireshark/extcap\\n", ["/somewhere/e"]),
    (None, "", ["/home/u/.local/lib/wireshark/extcap", "/home/u/.config/wireshark/extcap"]),
])
def test_the_personal_folder_of_each_version(tmp_path, version, folders, where):
    assert script("personal", tmp_path, version, folders) == where


@pytest.mark.parametrize("folders, where", [
    ("Extcap path:         \\t/usr/lib/x/wireshark/extcap\\n", ["/usr/lib/x/wireshark/extcap"]),
    ("Personal Extcap path: /home/u/e\\nGlobal Extcap path: /usr/libexec/wireshark/extcap\\n", ["/usr/libexec/wireshark/extcap"]),
])
def test_the_folder_of_all_users(tmp_path, folders, where):
    assert script("folder", tmp_path, "4.0.0", folders) == where
    assert script("personal", tmp_path, "4.0.0", folders) != where


def personal(action, tmp_path, *tools, **environment):
    """packaging/extcap.sh where there is no tshark."""
    path = tmp_path / "bin"
    path.mkdir(exist_ok=True)
    for program in ("sed", "head", "sh", "dirname", "readlink", "realpath", "mkdir", "chmod", "install", "rm", "rmdir", "grep", "mv"):
        if not (path / program).exists():
            (path / program).symlink_to(shutil.which(program))
    return subprocess.run(["/bin/sh", "packaging/extcap.sh", action, str(tmp_path / "list"), *map(str, tools)], cwd=ROOT,
                          env={"PATH": str(path), **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)


def test_what_is_not_ours_stays_in_the_folder_of_one_user(tmp_path):
    """Of both folders that a Wireshark of unknown version may look in; copies of ours are made anew."""
    home = tmp_path / "a home"
    folder = home / ".local/lib/wireshark/extcap"
    folder.mkdir(parents=True)
    (folder / "slip-dump").write_text("another's")
    (folder / "amqp-dump").symlink_to("/nowhere/amqp-dump")
    programs = [CHECK / "bin" / name for name in TOOLS]
    for _ in range(2):
        done = personal("install", tmp_path, *programs, HOME=str(home))
        assert done.returncode == 0 and done.stdout.count("not ours: it stays as it is") == 2, done
    second = home / ".config/wireshark/extcap"
    assert sorted(os.listdir(second)) == TOOLS and (second / "slip-dump").read_bytes() == programs[1].read_bytes()
    assert personal("uninstall", tmp_path, *TOOLS, HOME=str(home)).returncode == 0
    assert not second.exists() and (folder / "slip-dump").read_text() == "another's" and (folder / "amqp-dump").is_symlink()


@pytest.mark.parametrize("action", ["install", "uninstall"])
@pytest.mark.parametrize("environment", [{}, {"HOME": ""}])
def test_without_a_home_nothing_is_done(tmp_path, action, environment):
    done = personal(action, tmp_path, CHECK / "bin" / "slip-dump", **environment)
    assert done.returncode == 2 and done.stdout == "" and "HOME is not set" in done.stderr, done
