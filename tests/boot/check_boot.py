"""A machine of its own, booted under systemd-nspawn: the Debian packages are installed, three recipes run as services, the broker and the
machine are restarted, a password is changed, and a purge leaves nothing. `make check-boot` runs it, as root; it takes minutes, and needs the
archive of Debian packages, so `make check` does not.

    check_boot.py FOLDER-OF-PACKAGES ROOT-FOLDER
"""
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = ("systemd,systemd-sysv,dbus,udev,rabbitmq-server,iproute2,iputils-ping,procps,tcpdump,"
            "libcap-ng0,libjansson4,libmnl0,libpcap0.8,librabbitmq4,libseccomp2,libserialport0,libsqlite3-0,libssl3,libncursesw6,ca-certificates")
INSTALLED = ("framebus", "framebus-doc", "libframebus-slip0.1", "libframebus-frame0.1", "libframebus-envelope0.1")
SECONDS = 120


def say(words):
    print(f"check-boot: {words}", flush=True)


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"check-boot: {' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Machine:
    """A folder with Debian in it, and what runs in it."""

    def __init__(self, root):
        self.root = root
        self.process = None

    def make(self):
        mirror = run("apt-get", "indextargets", "--format", "$(REPO_URI)").splitlines()[0]  # where this machine has its packages from
        if not (self.root / "usr" / "bin").is_dir():
            say(f"debootstrap into {self.root}")
            run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", self.root, mirror)

    def boot(self):
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "-D", self.root, "--register=no", "--keep-unit", "--private-network", "--bind=/dev/net/tun", "-b",
             "--console=pipe"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = wait_for(lambda: run_quietly("pgrep", "-P", str(self.process.pid)).strip(), "the machine's first process")
        wait_for(lambda: self.try_("systemctl", "is-system-running").strip() in ("running", "degraded", "starting"), "the machine to be up")

    def __call__(self, *command):
        return run("nsenter", "-t", self.pid, "-a", *command, timeout=SECONDS)

    def try_(self, *command):
        return run_quietly("nsenter", "-t", self.pid, "-a", *map(str, command))

    def write(self, path, text, mode=0o644):
        path = self.root / path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def halt(self):
        self.try_("systemctl", "poweroff")
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def is_active(self, unit):
        return self.try_("systemctl", "is-active", unit).strip() == "active"

    def journal(self, unit):
        return self.try_("journalctl", "--no-pager", "-n", "30", "-u", unit)


def run_quietly(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True).stdout


def wait_for(condition, what, about=lambda: ""):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.5)
    sys.exit(f"check-boot: waited for {what} in vain\n{about()}")


def expect_active(machine, *units):
    for unit in units:
        wait_for(lambda: machine.is_active(unit), f"{unit} to be active", lambda: machine.try_("systemctl", "status", "--no-pager", unit) + machine.journal(unit))
        say(f"{unit} is active")


def install(machine, packages):
    if "--installed" in sys.argv:
        return
    names = sorted(path.name for path in packages.glob("*.deb") if path.name.split("_")[0] in INSTALLED)
    for name in names:
        shutil.copy(packages / name, machine.root / "root" / name)
    machine("sh", "-c", "cd /root && dpkg -i " + " ".join(names))
    say(f"installed: {' '.join(names)}")


def configure(machine):
    wait_for(lambda: "guest" in machine.try_("rabbitmqctl", "-q", "list_users"), "the broker")
    for user in ("agent_1", "watcher"):
        machine.try_("rabbitmqctl", "-q", "delete_user", user)
        machine("rabbitmqctl", "-q", "add_user", user, f"secret of {user}")
        machine("rabbitmqctl", "-q", "set_permissions", user, ".*", ".*", ".*")
    for name, user, words in (("one", "agent_1", "name agent_1\nifname tun1\n"),
                              ("rec", "watcher", "write bus.pcapng\nunbuffered\n")):
        machine.write(f"/etc/framebus/{name}.conf", f"# by check-boot\nurl amqp://{user}@127.0.0.1/\npassword-file credential:password\nheartbeat 5\n{words}")
        machine.write(f"/etc/credstore/framebus.{name}.password", f"secret of {user}\n", 0o600)
    machine.write("/etc/framebus/probe.conf", "port /dev/framebus-test-probe\nwrite air.pcapng\nwait-port\n")


UNITS = ("amqp-tun@one", "amqp-dump@rec")


def use(machine):
    machine("systemctl", "daemon-reload")
    for unit in UNITS:
        machine("systemctl", "enable", "--now", "--no-block", unit)
    expect_active(machine, *UNITS)
    machine("systemctl", "start", "--no-block", "slip-dump@probe")
    wait_for(lambda: "activating" in machine.try_("systemctl", "is-active", "slip-dump@probe"), "slip-dump@probe to wait for its port")
    machine("systemctl", "stop", "slip-dump@probe")
    addresses = machine("ip", "-6", "addr", "show", "dev", "tun1")
    assert "bbbb::1" in addresses, addresses
    recorded = machine.root / "var" / "lib" / "private" / "framebus" / "rec"

    def is_recorded():
        machine.try_("ping", "-c", "1", "-W", "1", "bbbb::2")
        return any(path.stat().st_size > 400 for path in recorded.glob("bus*.pcapng"))
    wait_for(is_recorded, "packets in the recorder's file", lambda: machine.journal("amqp-dump@rec"))
    say("an interface, and what it sent is in the recorder's file")


def restart_broker(machine):
    machine("systemctl", "restart", "rabbitmq-server")
    wait_for(lambda: "connected" in machine.journal("amqp-tun@one") or machine.is_active("amqp-tun@one"), "amqp-tun to be there again")
    expect_active(machine, *UNITS)
    say("the broker was restarted")


def change_password(machine):
    machine("rabbitmqctl", "-q", "change_password", "watcher", "another secret")
    machine.write("/etc/credstore/framebus.rec.password", "another secret\n", 0o600)
    machine("systemctl", "restart", "--no-block", "amqp-dump@rec")
    expect_active(machine, "amqp-dump@rec")
    say("a password was changed")


def refuse(machine):
    machine.write("/etc/credstore/framebus.rec.password", "a wrong one\n", 0o600)
    machine.try_("systemctl", "restart", "--no-block", "amqp-dump@rec")
    wait_for(lambda: "failed" in machine.try_("systemctl", "is-active", "amqp-dump@rec"), "a refused login to end the service",
             lambda: machine.journal("amqp-dump@rec"))
    assert re.search(r"refused|ACCESS", machine.journal("amqp-dump@rec")), machine.journal("amqp-dump@rec")
    machine.write("/etc/credstore/framebus.rec.password", "another secret\n", 0o600)
    machine("systemctl", "reset-failed", "amqp-dump@rec")
    say("a refused login ends a service, once")


def left_over(machine):
    places = ("etc/framebus", "var/lib/framebus", "var/lib/private/framebus", "lib/systemd/system", "usr/lib/sysusers.d", "usr/bin", "usr/share/man")
    found = [str(path) for place in places for path in (machine.root / place).rglob("*") if re.search(r"framebus|amqp-(tun|dump|serial|play|route)|slip-dump", path.name)]
    return found + [str(machine.root / place) for place in places[:3] if (machine.root / place).exists()] + list((machine.root / "etc/credstore").glob("framebus.*"))


def main():
    packages, root = Path(sys.argv[1]), Path(sys.argv[2])
    for program in ("debootstrap", "systemd-nspawn", "nsenter"):
        if not shutil.which(program):
            sys.exit(f"check-boot: there is no {program} here: skipped (make deps installs what is missing)")
    machine = Machine(root)
    machine.make()
    machine.boot()
    try:
        install(machine, packages)
        configure(machine)
        use(machine)
        restart_broker(machine)
        change_password(machine)
        refuse(machine)
        machine.halt()
        machine.boot()
        expect_active(machine, *UNITS)
        say("both were there after the machine's restart")
        machine("systemctl", "disable", "--now", *UNITS)
        machine("apt-get", "-y", "-qq", "purge", *INSTALLED)
        left = left_over(machine)
        assert not left, left
        say("a purge left nothing")
    finally:
        machine.halt()
    say("passed")


if __name__ == "__main__":
    main()
