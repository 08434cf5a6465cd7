"""What the tests that read the tree itself share: which files are ours."""
import os
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=None)
def files():
    """Every file of the tree, as a path within it: what git tracks or would track, or all but build/ where there is no git."""
    if (ROOT / ".git").exists():
        # A checkout that belongs to somebody else is still only read.
        listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
        names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
    else:
        names = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*")}
    return sorted(name for name in names if name.split("/")[0] != "build" and (ROOT / name).is_file())


def sources(*suffixes, under=""):
    return [name for name in files() if name.endswith(suffixes) and name.startswith(under)]


def include_folders():
    """Where the Makefile lets quoted includes be found."""
    return [f"-I{folder}" for folder in ("libslip", "libframe", "libframe-ccm", "libenvelope", "bin/common")]
