"""`make help` lists every target that is no file, each with its line."""
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def make(*arguments):
    # What a `make` above us says (flags, job server) is not for this one.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=60).stdout


def listed():
    """Target -> its line."""
    targets, names = {}, []
    for line in make("help").splitlines():
        words = re.fullmatch(r" {20}(\S.*)", line)
        alone = re.fullmatch(r"  (\S+) {2,}(\S.*)", line)
        if alone:
            targets[alone[1]] = alone[2]
        elif words:
            targets.update(dict.fromkeys(names, words[1]))
            names = []
        elif not line.startswith("V=1"):
            names += line.split()
    return targets


def test_every_target_is_listed():
    phony = re.search(r"^\.PHONY: (.*)$", make("-pq", "help"), re.MULTILINE)[1].split()
    assert {"all", "check", "help", "libslip", "slip-dump"} <= set(phony)
    targets = listed()
    assert sorted(targets) == sorted(phony)
    assert all(targets.values())
