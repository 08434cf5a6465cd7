"""What may include what, and which file speaks to which package: the rules of the house, read from the includes of the whole tree.

A room of bin/common includes rooms below it, never in a circle; no tool includes another; the libraries stand alone; every package
and everything that only Linux has is spoken to in one place. The lists of the Makefile and of each tool's needs.mk say the same as
the sources."""
import itertools
import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tree import ROOT, sources

# room: what it may include
ROOMS = {
    "base": [],
    "screen": ["base"],
    "packet": ["base", "libframe", "libenvelope"],
    "frame_keys": ["base", "packet", "libframe", "libframe-ccm"],
    "capture": ["base", "packet"],
    "probe": ["base", "packet", "libslip", "libframe"],
    "bus": ["base", "libenvelope"],
    "agent": ["base", "packet", "bus", "libenvelope"],
}
LIBRARIES = {"libslip": [], "libframe": [], "libframe-ccm": ["libframe"], "libenvelope": []}
# room, library: of that library only the headers that declare one of these, found by their names
ONLY = {("packet", "libenvelope"): ("struct envelope_packet {", "struct envelope_ip {"), ("bus", "libenvelope"): ("envelope_key_match(",)}
# A room that takes types from a library's headers, or has the object that it calls in its own archive (PARTS_ROOM), is not linked with it.
NOTHING_LINKED = {("packet", "libenvelope")}

# package: its headers, where it is spoken to: in one file by each pattern, or in a whole room ("/" at the end)
PACKAGES = {
    "librabbitmq": (["amqp.h", "amqp_*.h"], ["bin/common/bus/"]),
    "openssl": (["openssl/*"], ["bin/common/bus/*tls.c", "bin/common/bus/*seal.c", "bin/common/bus/keyed_hash.c",
                               "bin/common/bus/certificate.c", "libframe-ccm/"]),
    "sqlite3": (["sqlite3.h"], ["bin/common/bus/*spool.c"]),
    "libpcap": (["pcap.h", "pcap/*"], ["bin/common/capture/*filter.c", "bin/common/capture/*.c"]),
    "libserialport": (["libserialport.h"], ["bin/common/probe/serial.c"]),
    # What the broker's management API says is no message of the bus: it has no place in libenvelope.
    "jansson": (["jansson.h"], ["libenvelope/*control*.c", "bin/amqp-dump/listeners_json.c"]),
    "libcurl": (["curl/*"], ["bin/amqp-dump/http_curl.c"]),
    "ncursesw": (["curses.h", "ncurses.h", "term.h"], ["bin/common/screen/screen.c"]),
    "libmnl": (["libmnl/*"], ["bin/amqp-tun/*"]),
    "libcap-ng": (["cap-ng.h"], ["bin/amqp-tun/*"]),
    "libseccomp": (["seccomp.h"], ["bin/amqp-tun/*"]),
    "criterion": (["criterion/*"], ["tests/"]),
}
SAME_PACKAGE = {"libcrypto": "openssl"}  # a part of it with a .pc file of its own

C_AND_POSIX = set("""
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbool stddef stdint
    stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype
    aio arpa/inet cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp iconv langinfo libgen monetary mqueue net/if netdb netinet/in
    netinet/tcp nl_types poll pthread pwd regex sched search semaphore spawn strings sys/ipc sys/mman sys/msg sys/resource sys/select
    sys/sem sys/shm sys/socket sys/stat sys/statvfs sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios
    unistd utime utmpx wordexp""".split())
# In every C library that we know.
COMMON = {"getopt", "endian", "stdio_ext", "err", "resolv", "netinet/ip", "netinet/ip6", "netinet/ip_icmp", "netinet/icmp6", "netinet/udp",
          "sys/ioctl", "sys/file", "sys/param"}
PROCESSORS = {"immintrin", "emmintrin", "arm_neon"}
LINUX_HOMES = ["bin/common/*/*_linux.c", "bin/amqp-tun/*"]
# Names that only Linux has, or has in its own way, in headers that every system has.
LINUX_NAMES = re.compile(r"\b(TCP_CORK|SIOCOUTQ|SIOCINQ|TIOC\w+|TC[GS]ETS2?|SO_PEERCRED|SO_DOMAIN|F_SETPIPE_SZ|F_SETSIG|eventfd\w*|signalfd\w*|"
                         r"timerfd_\w+|getrandom|epoll_\w+|prctl|memfd_create|pthread_setname_np)\s*[(,;)]")
# What ends the process, and where it may. The restorer is a process of its own.
ENDS = re.compile(r"\b(die|usage_error|exit|_exit|_Exit|quick_exit|abort|err|errx)\s*\(")
ENDS_HOMES = ["bin/*/main.c", "bin/*/settings*.c", "bin/common/base/log.[ch]", "bin/common/base/options*",
             "bin/amqp-tun/privileged/restorer.c"]
# What reaches a terminal, and where it may: there all text is escaped. A capture on standard output goes through capture/path.c.
WAYS_OUT = re.compile(r"\b(v?f?printf|v?dprintf|f?putw?c(?:_unlocked)?|putc_unlocked|putchar\w*|puts|fputs\w*|perror|psignal|psiginfo|v?syslog|"
                      r"vwarnx?|warnx|v?errx?|error|error_at_line|sd_journal_\w+)\s*\(|\b(stdout|stderr|STDOUT_FILENO|STDERR_FILENO)\b|"
                      r"\b((?:write|writev|send|fwrite)\s*\(\s*[12]\b)")
WAYS_OUT_HOMES = ["bin/common/base/log*.c", "bin/common/base/stats*.c", "bin/common/base/options_*.c", "bin/common/base/check.c", "bin/common/capture/extcap.c",
                  "bin/common/capture/path.c", "bin/common/probe/port_options.c", "bin/common/screen/screen.c", "bin/amqp-tun/privileged/restorer.c",
                  "bin/amqp-tun/privileged/descriptors.c", "bin/amqp-tun/privileged/keeper.c"]


# --- reading ---

INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]+([<\"])([^>\"]+)[>\"]", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
FOLDERS = ["bin/common", "libslip", "libframe", "libframe-ccm", "libenvelope"]  # the Makefile's -I


def owner(path):
    """The room, tool or library that a file belongs to; None: it is none of the product's."""
    parts = path.split("/")
    if parts[0] == "bin":
        return parts[2] if parts[1] == "common" else parts[1]
    return parts[0] if parts[0] in LIBRARIES else None


def is_room(path):
    return path.startswith("bin/common/")


def is_library(path):
    return path.split("/")[0] in LIBRARIES


def find_header(tree, path, header):
    """The file of ours that `path` means by #include "header"."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), header))
    return next((name for name in (beside, *(f"{folder}/{header}" for folder in FOLDERS)) if name in tree), None)


def package_of(header):
    return next((package for package, (patterns, _) in PACKAGES.items() if any(fnmatch(header, pattern) for pattern in patterns)), None)


def includes(tree, wanted=lambda path: owner(path)):
    """(path, "<" or '"', header, our file or None) of all includes of the product."""
    for path, text in tree.items():
        if wanted(path):
            for mark, header in INCLUDE.findall(text):
                yield path, mark, header, find_header(tree, path, header)


class Lists:
    """NEEDS_x and PKGS_x of the Makefile and of bin/TOOL/needs.mk, and the headers that are installed."""

    def __init__(self, needs, packages, headers):
        self.needs, self.packages, self.headers = needs, packages, headers

    def closure(self, name):
        found = set()
        for need in self.needs.get(name, []):
            found |= {need} | self.closure(need)
        return found


def makefile(*names):
    """The lists, as they are where every package is."""
    rules = [f"--eval=show: ; {''.join(f'$(info {name}=$({name}))' for name in names)}@:"]
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    shown = subprocess.run(["make", "-s", "CURL=libcurl", *rules, "show"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=environment, timeout=30)
    return {line.split("=", 1)[0]: line.split("=", 1)[1].split() for line in shown.stdout.splitlines()}


@pytest.fixture(scope="module")
def tree():
    return {path: (ROOT / path).read_text() for path in sources(".c", ".h")}


@pytest.fixture(scope="module")
def lists(tree):
    names = sorted({owner(path) for path in tree} - {None})
    shown = makefile("HEADERS", *(f"{kind}_{name}" for name in names for kind in ("NEEDS", "PKGS")))
    return Lists({name: shown[f"NEEDS_{name}"] for name in names}, {name: shown[f"PKGS_{name}"] for name in names}, shown["HEADERS"])


# --- the rules: each gives the lines that break it ---

def headers_that_are_not_there(tree, lists):
    return [f"{path}: no such header: {header}" for path, mark, header, target in includes(tree) if mark == '"' and not target]


def upwards(tree, lists):
    """A room includes what its row names, a library no other, a tool the rooms of its needs.mk and its own folder."""
    for path, _, header, target in includes(tree):
        mine, theirs = owner(path), target and owner(target)
        if not target or theirs == mine:
            continue
        if is_room(path):
            allowed = ROOMS.get(mine, [])
        elif is_library(path):
            allowed = LIBRARIES[mine]
        else:
            allowed = lists.closure(mine)
        if theirs not in allowed:
            yield f"{path}: {mine} must not include {theirs} ({header})"


def parts_of_a_library(tree, lists):
    """Two rooms take a header or two of libenvelope, not all of it."""
    for path, _, header, target in includes(tree, is_room):
        only = target and ONLY.get((owner(path), owner(target)))
        if only and not any(name in tree[target] for name in only):
            yield f"{path}: may include of {owner(target)} only what declares {' or '.join(only)} ({header})"


def spelling(tree, lists):
    """Headers of rooms are written with the room; those of libraries, and only what is installed, by their name alone."""
    for path, mark, header, target in includes(tree):
        if not target:
            continue
        if mark == "<":
            yield f"{path}: a header of ours stands in quotes: <{header}>"
        elif is_room(target) and header != target.removeprefix("bin/common/"):
            yield f"{path}: written with its room: {target.removeprefix('bin/common/')}, not {header}"
        elif is_library(target) and owner(target) != owner(path):
            if "/" in header:
                yield f"{path}: found by -I, without a path: {header}"
            if target not in lists.headers:
                yield f"{path}: {header} is {owner(target)}'s own, not installed"


def packages_at_home(tree, lists):
    """Every package has one home."""
    users = {}
    for path, mark, header, target in includes(tree, lambda path: True):
        package = package_of(header) if mark == "<" and not target else None
        if not package or owner(path) is None and package != "criterion":
            continue
        home = next((home for home in PACKAGES[package][1] if fnmatch(path, home + "*" if home.endswith("/") else home)), None)
        if not home:
            yield f"{path}: <{header}> belongs in {' or '.join(PACKAGES[package][1])}"
        elif not home.endswith("/"):
            users.setdefault((package, home), set()).add(path)
    for (package, home), paths in users.items():
        if len(paths) > 1:
            yield f"{package} is spoken to in {len(paths)} files of {home}: {', '.join(sorted(paths))}"


def foreign_headers(tree, lists):
    """Any other header is the C library's; what only Linux has stands in a file for Linux."""
    for path, mark, header, target in includes(tree):
        if mark == '"' or target or package_of(header):
            continue
        name = header.removesuffix(".h")
        if name in PROCESSORS and is_library(path) or name in C_AND_POSIX | COMMON:
            continue
        if not re.match(r"(linux|asm|sys|net|netinet)/", header):
            yield f"{path}: <{header}> has no home in the tables of this test"
        elif not any(fnmatch(path, home) for home in LINUX_HOMES):
            yield f"{path}: <{header}> is Linux's: it belongs in {' or '.join(LINUX_HOMES)}"


def names_of_linux(tree, lists):
    for path, text in tree.items():
        if owner(path) and not any(fnmatch(path, home) for home in LINUX_HOMES):
            for name in dict.fromkeys(LINUX_NAMES.findall(COMMENT.sub(" ", text))):
                yield f"{path}: {name} is Linux's: it belongs in {' or '.join(LINUX_HOMES)}"


def makefile_agrees(tree, lists):
    """NEEDS and PKGS name what the sources include: all of it (or what they name needs it), and nothing else."""
    included, packages = {}, {}
    for path, mark, header, target in includes(tree):
        if target and owner(target) != owner(path):
            included.setdefault(owner(path), set()).add(owner(target))
        elif not target and mark == "<":
            packages.setdefault(owner(path), set()).add(package_of(header))
    for name in sorted({owner(path) for path in tree} - {None}):
        where = f"bin/{name}/needs.mk" if name not in ROOMS and name not in LIBRARIES else "Makefile"
        uses = {use for use in included.get(name, set()) if (name, use) not in NOTHING_LINKED}
        for missing in sorted(uses - lists.closure(name)):
            yield f"{where}: NEEDS_{name} lacks {missing}"
        for superfluous in sorted(set(lists.needs[name]) - uses):
            yield f"{where}: NEEDS_{name} names {superfluous}, which {name} does not include"
        spoken, named = packages.get(name, set()) - {None}, {SAME_PACKAGE.get(p, p) for p in lists.packages[name]}
        for missing in sorted(spoken - named):
            yield f"{where}: PKGS_{name} lacks {missing}"
        for superfluous in sorted(named - spoken):
            yield f"{where}: PKGS_{name} names {superfluous}, which {name} does not include"


def ends_of_the_process(tree, lists):
    """Only main and the settings end the process: everything else says why, and main decides."""
    for path, text in tree.items():
        if path.startswith("bin/") and not any(fnmatch(path, home) for home in ENDS_HOMES):
            for name in dict.fromkeys(ENDS.findall(COMMENT.sub(" ", text))):
                yield f"{path}: {name}() belongs in {' or '.join(ENDS_HOMES)}: say why, and return -1 or NULL"


def ways_out(tree, lists):
    """What is printed goes through the few files that escape it, or print nothing from outside."""
    for path, text in tree.items():
        if owner(path) and not any(fnmatch(path, home) for home in WAYS_OUT_HOMES):
            for found in dict.fromkeys(WAYS_OUT.findall(COMMENT.sub(" ", text))):
                yield f"{path}: {''.join(found)} belongs in {' or '.join(WAYS_OUT_HOMES)}: use log.h, or the sink"


def circles(tree, lists):
    """X.h and X.c are one: no two such pairs of a room need each other, directly or through others."""
    needs = {}
    for path, _, _, target in includes(tree, is_room):
        needs.setdefault(os.path.splitext(path)[0], set())
        if target and owner(target) == owner(path):
            needs[os.path.splitext(path)[0]].add(os.path.splitext(target)[0])

    def reach(start):
        found, left = set(), [start]
        while left:
            for need in needs.get(left.pop(), set()) - found - {start}:
                found.add(need)
                left.append(need)
        return found
    reached = {unit: reach(unit) for unit in needs}
    for a, b in itertools.combinations(sorted(needs), 2):
        if a in reached.get(b, ()) and b in reached.get(a, ()):
            yield f"a circle: {a} and {b} need each other"


RULES = [headers_that_are_not_there, upwards, parts_of_a_library, spelling, packages_at_home, foreign_headers, names_of_linux, makefile_agrees,
         ends_of_the_process, ways_out, circles]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule, tree, lists):
    broken = list(dict.fromkeys(rule(tree, lists)))
    assert not broken, "\n".join(["", *broken])


def test_rooms_are_the_table(tree):
    assert sorted({owner(path) for path in tree if is_room(path)}) == sorted(ROOMS) == sorted(makefile("ROOMS")["ROOMS"])
    for room, allowed in ROOMS.items():
        below = list(ROOMS)[:list(ROOMS).index(room)]
        assert all(other in below or other in LIBRARIES for other in allowed), f"{room} is below what it may include"


# --- every rule, seen to fail ---

# A tree that keeps the rules, one file after another; what is put in its place breaks one.
SAMPLE = {
    "bin/common/base/log.h": "",
    "bin/common/base/log.c": '#include "base/log.h"\n#include <stdio.h>\n',
    "bin/common/base/os_linux.c": "#include <sys/eventfd.h>\nint fd(void) { return eventfd(0, 0); }\n",
    "bin/common/packet/ring.h": '#include "base/log.h"\n#include "frame.h"\n',
    "bin/common/packet/lines.h": "",
    "bin/common/capture/pcap_read.c": '#include <pcap/pcap.h>\n#include "base/log.h"\n#include "packet/ring.h"\n',
    "bin/common/bus/tls.c": '#include <amqp.h>\n#include <openssl/ssl.h>\n#include "base/log.h"\n#include "envelope_key.h"\n',
    "bin/slip-dump/main.c": '#include "output.h"\n#include "capture/x.h"\n#include "frame.h"\n',
    "bin/slip-dump/output.h": "",
    "bin/amqp-dump/watch.h": "",
    "bin/common/capture/x.h": "",
    "libframe/frame.h": "",
    "libframe/octets.h": "",
    "libslip/slip.h": "",
    "libslip/slip.c": '#include "slip.h"\n#include <immintrin.h>\n',
    "libenvelope/envelope.h": "",
    "libenvelope/envelope_key.h": "int envelope_key_match(const char *);",
}
SAMPLE_LISTS = Lists(
    {"packet": ["base", "libframe"], "capture": ["base", "packet"], "bus": ["base", "libenvelope"], "slip-dump": ["capture", "libframe"]},
    {"capture": ["libpcap"], "bus": ["librabbitmq", "openssl"]},
    ["libframe/frame.h", "libslip/slip.h", "libenvelope/envelope.h", "libenvelope/envelope_key.h"])
for name in {owner(path) for path in SAMPLE}:
    SAMPLE_LISTS.needs.setdefault(name, [])
    SAMPLE_LISTS.packages.setdefault(name, [])
BREAKS = [
    (headers_that_are_not_there, "bin/slip-dump/output.h", '#include "gone.h"'),
    (upwards, "bin/common/base/log.h", '#include "packet/lines.h"'),
    (upwards, "bin/common/packet/lines.h", '#include "slip.h"'),
    (upwards, "bin/slip-dump/output.h", '#include "../amqp-dump/watch.h"'),
    (upwards, "bin/amqp-dump/watch.h", '#include "base/log.h"'),
    (upwards, "libslip/slip.h", '#include "frame.h"'),
    (upwards, "libframe/frame.h", '#include "base/log.h"'),
    (parts_of_a_library, "bin/common/bus/tls.c", '#include "envelope.h"'),
    (parts_of_a_library, "bin/common/packet/ring.h", '#include "envelope_key.h"'),
    (spelling, "bin/common/base/log.c", '#include "log.h"'),
    (spelling, "bin/slip-dump/main.c", '#include "../common/base/log.h"'),
    (spelling, "bin/slip-dump/main.c", '#include "../../libframe/frame.h"'),
    (spelling, "bin/slip-dump/main.c", '#include "octets.h"'),
    (spelling, "bin/slip-dump/main.c", "#include <frame.h>"),
    (packages_at_home, "bin/common/base/log.c", "#include <amqp_tcp_socket.h>"),
    (packages_at_home, "bin/common/capture/x.h", "#include <pcap.h>"),
    (packages_at_home, "bin/common/capture/pcap_write.c", "#include <pcap.h>"),
    (packages_at_home, "bench/bench.c", "#include <criterion/criterion.h>"),
    (foreign_headers, "bin/common/base/log.c", "#include <zlib.h>"),
    (foreign_headers, "bin/common/base/log.c", "#include <immintrin.h>"),
    (foreign_headers, "bin/common/base/log.c", "#include <sys/eventfd.h>"),
    (foreign_headers, "bin/slip-dump/main.c", "#include <linux/serial.h>"),
    (names_of_linux, "bin/common/base/log.c", "int f(void) { return getrandom(0, 0, 0); }"),
    (names_of_linux, "bin/common/bus/tls.c", "int f(void) { return setsockopt(0, 0, TCP_CORK, 0, 0); }"),
    (makefile_agrees, "bin/common/bus/tls.c", ""),
    (makefile_agrees, "bin/common/base/log.c", "#include <pcap.h>"),
    (makefile_agrees, "bin/common/packet/ring.h", '#include "base/log.h"'),
    (makefile_agrees, "bin/amqp-dump/watch.h", '#include "base/log.h"'),
    (ends_of_the_process, "bin/common/bus/tls.c", 'void f(void) { die(1, "no"); }'),
    (ends_of_the_process, "bin/slip-dump/output.h", "static inline void f(void) { exit(1); }"),
    (ways_out, "bin/common/bus/tls.c", 'void f(void) { printf("x"); }'),
    (ways_out, "bin/slip-dump/output.h", 'static inline void f(const char *s) { fputs (s, g()); }'),
    (ways_out, "bin/slip-dump/main.c", 'FILE *f(void) { return stderr; }'),
    (ways_out, "bin/slip-dump/main.c", 'void f(const char *s) { write(2, s, 1); }'),
    (ways_out, "bin/slip-dump/main.c", 'void f(void) { perror("x"); }'),
    (ways_out, "libslip/slip.h", 'static inline void f(const char *s) { dprintf(9, "%s", s); }'),
    (circles, "bin/common/packet/lines.h", '#include "packet/ring.h"'),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_sample_keeps(rule):
    assert list(rule(SAMPLE, SAMPLE_LISTS)) == []


@pytest.mark.parametrize("rule, path, text", BREAKS, ids=lambda value: getattr(value, "__name__", None))
def test_told(rule, path, text):
    extra = {"bin/common/packet/ring.h": SAMPLE["bin/common/packet/ring.h"] + '#include "packet/lines.h"\n'} if rule is circles else {}
    assert list(rule({**SAMPLE, **extra, path: text}, SAMPLE_LISTS)) != []


def test_every_rule_is_seen_to_fail():
    assert {rule for rule, _, _ in BREAKS} == set(RULES)


# --- what is linked ---

BINARIES = (ROOT / os.environ.get("BUILD", "build") / "check" / "gcc" / "bin").resolve()
# What some tools promise to do without, beyond that each links no package but those of its rooms.
WITHOUT = {
    "slip-dump": ["librabbitmq", "libjansson", "libssl", "libsqlite3", "libmnl", "libcurl"],
    "amqp-tun": ["libserialport", "libpcap", "libncurses", "libcurl"],
    "amqp-serial": ["libmnl", "libpcap", "libncurses", "libcurl"],
    "amqp-dump": ["libserialport", "libmnl"],
    "amqp-play": ["libserialport", "libmnl", "libncurses", "libcurl"],
    "amqp-route": ["libserialport", "libmnl", "libncurses", "libcurl"],
}


@pytest.mark.parametrize("tool", WITHOUT)
def test_linked(tool):
    """slip-dump works on a machine without librabbitmq, amqp-tun without libserialport."""
    binary = BINARIES / tool
    assert binary.exists(), f"{binary}: not built (make check builds it)"
    named = subprocess.run(["readelf", "-d", binary], check=True, stdout=subprocess.PIPE, text=True).stdout
    loaded = subprocess.run(["ldd", binary], check=True, stdout=subprocess.PIPE, text=True).stdout
    # What our libraries load in their turn is not for us to say: only what we name, and what slip-dump must do without in any case.
    everything = named + (loaded if tool == "slip-dump" else "")
    assert not [library for library in WITHOUT[tool] if library in everything]


def make_without(tool, refused, folder, *options):
    """`make TOOL` where pkg-config knows none of `refused`. Returns what it asked for all the same."""
    log, wrapper = folder / "refused", folder / "pkg-config"
    log.touch()
    wrapper.write_text('#!/bin/sh\nfor name; do case $name in ' + "|".join(refused) + f') echo "$name" >> {log}; exit 1;; esac; done\n'
                       'exec pkg-config "$@"\n')
    wrapper.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-j2", *options, f"BUILD={folder}/build", f"PKG_CONFIG={wrapper}", tool], cwd=ROOT, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=170)
    assert done.returncode == 0, done.stdout
    return log.read_text().split()


@pytest.mark.timeout(300)
def test_slip_dump_is_built_without_a_broker_s_packages(tmp_path):
    assert make_without("slip-dump", ["librabbitmq", "jansson"], tmp_path, "CFLAGS=-O0") == []
    subprocess.run([tmp_path / "build/bin/slip-dump", "--version"], check=True, timeout=30)


@pytest.mark.timeout(300)
def test_slip_dump_is_built_without_libcrypto(tmp_path):
    assert set(make_without("slip-dump", ["libcrypto", "openssl"], tmp_path, "CFLAGS=-O0")) == {"libcrypto"}, "asked whether it is there"
    (tmp_path / "keys").write_text("raw c0c1c2c3c4c5c6c7c8c9cacbcccdcecf\n")
    run = subprocess.run([tmp_path / "build/bin/slip-dump", "-r", "-", "--frame-keys", tmp_path / "keys"], stdin=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, timeout=30)
    assert run.returncode == 2 and "built without libcrypto" in run.stderr, run.stderr


@pytest.mark.timeout(300)
def test_amqp_dump_is_built_without_libcurl(tmp_path):
    assert set(make_without("amqp-dump", ["libcurl"], tmp_path, "CFLAGS=-O0 -Werror")) == {"libcurl"}, "asked whether it is there"
    run = subprocess.run([tmp_path / "build/bin/amqp-dump", "--who", "--management", "http://u:s3cret@h"], stdin=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, timeout=30)
    assert run.returncode == 2 and "built without libcurl" in run.stderr and "libcurl4-openssl-dev" in run.stderr, run.stderr
    assert "s3cret" not in run.stderr


@pytest.mark.parametrize("tool, refused", [("amqp-tun", "libserialport"), ("amqp-tun", "libpcap"), ("amqp-serial", "libmnl"),
                                           ("amqp-dump", "libserialport"), ("amqp-play", "libmnl"),
                                           ("amqp-route", "libmnl")])
def test_make_asks_for_what_a_tool_needs(tool, refused, tmp_path):
    assert make_without(tool, [refused], tmp_path, "-n") == []
