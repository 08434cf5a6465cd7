"""The libraries' vectors on 32 bits, on a big-endian processor and on ARM, by gcc and by clang, as `make check-portable` runs
them (which also installs what they need: packaging/packages.txt, portable)."""
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = sorted(path.stem.removeprefix("portable_") for path in (ROOT / "tests/portable").glob("portable_*.c"))
MACHINES = {"i686": [], "powerpc": ["qemu-ppc"], "aarch64": ["qemu-aarch64"]}
COMPILERS = {"gcc": "{}-linux-gnu-gcc", "clang": "clang --target={}-linux-gnu"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("library", LIBRARIES)
def test_vectors(library, machine, compiler, tmp_path):
    command, runner = COMPILERS[compiler].format(machine).split(), MACHINES[machine]
    # clang has no library of its own for other machines: it takes that of their gcc.
    missing = [tool for tool in (f"{machine}-linux-gnu-gcc", command[0], *runner) if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found (make check-portable installs it)")
    program = tmp_path / library
    folder = ROOT / f"lib{library}"
    subprocess.run([*command, "-static", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O2", f"-I{folder}", "-o", program,
                    ROOT / f"tests/portable/portable_{library}.c", *sorted(folder.rglob("*.c"))], check=True)
    done = subprocess.run([*runner, program], stdout=subprocess.PIPE, text=True, timeout=120)
    print(done.stdout)
    assert done.returncode == 0 and " passed, 0 failed" in done.stdout
