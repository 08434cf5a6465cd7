"""Programs in C of these tests that use the bus room, compiled as a tool of ours is, without a warning."""
import subprocess

from harness import ROOT, binaries_folder

SANITIZERS = ["-fsanitize=address,undefined"]


def compile_program(source, path):
    libraries = binaries_folder().parent / "lib"
    archives = [libraries / name for name in ("room-bus.a", "room-base.a", "libenvelope.a")]
    packages = subprocess.run(["pkg-config", "--cflags", "--libs", "librabbitmq", "openssl", "jansson"], check=True, stdout=subprocess.PIPE,
                              text=True).stdout.split()
    subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-pthread", "-O2", "-g", "-Wall", "-Wextra", "-Wshadow", "-Werror",
                    *(SANITIZERS if libraries.parent.name == "asan" else []), f"-I{ROOT / 'bin/common'}", "-o", path, source,
                    *archives, *packages], check=True, stderr=subprocess.PIPE)
    return path
