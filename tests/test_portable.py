"""The libraries' vectors on 32 bits, on a big-endian processor and on ARM, as `make check-portable` runs them (which also
installs what they need: packaging/packages.txt, portable)."""
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = sorted(path.stem.removeprefix("plain_") for path in (ROOT / "tests/plain").glob("plain_*.c"))
MACHINES = {"i686": [], "powerpc": ["qemu-ppc"], "aarch64": ["qemu-aarch64"]}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("library", LIBRARIES)
def test_vectors(library, machine, tmp_path):
    compiler, *runner = [f"{machine}-linux-gnu-gcc", *MACHINES[machine]]
    missing = [tool for tool in (compiler, *runner) if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found (make check-portable installs it)")
    program = tmp_path / library
    folder = ROOT / f"lib{library}"
    subprocess.run([compiler, "-static", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O2", f"-I{folder}", "-o", program,
                    ROOT / f"tests/plain/plain_{library}.c", *sorted(folder.glob("*.c"))], check=True)
    done = subprocess.run([*runner, program], stdout=subprocess.PIPE, text=True, timeout=120)
    print(done.stdout)
    assert done.returncode == 0 and " passed, 0 failed" in done.stdout
