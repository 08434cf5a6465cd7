"""Each Criterion suite is one test here: its binary of every flavour that `make check` built (gcc, clang, address sanitizer)."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECK = (ROOT / os.environ.get("BUILD", "build") / "check").resolve()
FLAVOURS = ("gcc", "clang", "asan")
SUITES = sorted(path.stem for path in (ROOT / "tests" / "unit").glob("test_*.c"))


def run(binary):
    # Criterion itself: says "Tested: 0" with status 0 where nothing ran, and passes tests that leak (pitfalls of 2.4.1).
    done = subprocess.run([str(binary)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
                          cwd=ROOT, env={**os.environ, "CRITERION_JOBS": "2"})
    output = done.stdout.decode(errors="replace")
    summary = re.search(r"Tested: (\d+) \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)", output)
    assert summary, f"{binary}: no summary, status {done.returncode}:\n{output}"
    tested, passing, failing, crashing = map(int, summary.groups())
    assert (done.returncode, failing, crashing) == (0, 0, 0), f"{binary}:\n{output}"
    assert tested > 0 and passing == tested, f"{binary}: tested {tested}, passing {passing}:\n{output}"
    for complaint in ("LeakSanitizer", "AddressSanitizer", "runtime error"):
        assert complaint not in output, f"{binary}:\n{output}"
    return tested


@pytest.mark.timeout(900)
@pytest.mark.parametrize("suite", SUITES)
def test_suite(suite):
    counts = {}
    for flavour in FLAVOURS:
        binary = CHECK / flavour / "tests" / suite
        assert binary.exists(), f"{binary}: not built (make check builds it)"
        counts[flavour] = run(binary)
    assert len(set(counts.values())) == 1, f"the flavours ran different tests: {counts}"
