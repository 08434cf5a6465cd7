"""A machine of its own, booted under systemd-nspawn: the Debian packages are installed, README's three recipes (sniff, two hosts, two probes) run
as services, the broker, the probes and the machine are restarted, a password is changed, the packages are upgraded under running services, and a
purge leaves nothing. `make check-boot` runs it, as root; it takes minutes, and needs the archive of Debian packages, so `make check` does not.

    check_boot.py FOLDER-OF-PACKAGES ROOT-FOLDER
"""
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = ("systemd,systemd-sysv,dbus,udev,rabbitmq-server,iproute2,iputils-ping,procps,tcpdump,"
            "libcap-ng0,libcurl4,libjansson4,libmnl0,libpcap0.8,librabbitmq4,libseccomp2,libserialport0,libsqlite3-0,libssl3,libncursesw6,ca-certificates,python3")
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
        known = {path.name.split(":")[0].removesuffix(".list") for path in (self.root / "var/lib/dpkg/info").glob("*.list")}
        missing = [package for package in PACKAGES.split(",") if package not in known]
        if missing:  # of a machine that was made before
            say(f"into it: {' '.join(missing)}")
            run("chroot", self.root, "apt-get", "-y", "-qq", "install", "--no-install-recommends", *missing)

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


def packages_of(folder):
    return sorted(path for path in folder.glob("*.deb") if path.name.split("_")[0] in INSTALLED)


def install(machine, packages, what="installed"):
    names = [path.name for path in packages]
    for path in packages:
        shutil.copy(path, machine.root / "root" / path.name)
    machine("sh", "-c", "cd /root && dpkg -i " + " ".join(names))
    for name in names:
        (machine.root / "root" / name).unlink()
    say(f"{what}: {' '.join(names)}")


# --- the recipes of README ---

PROBES = ("air", "left", "right")  # the sniffer's, and two that speak to each other
UNITS = ("amqp-tun@one", "amqp-tun@two", "amqp-dump@rec", "slip-dump@air", "amqp-serial@left", "amqp-serial@right")
FRAME = "618801cdab02000100"       # the beginning of a data frame; each sent has octets of its own behind it

PROBE_UNIT = """[Unit]
Description=A simulated probe (%i)
Before=slip-dump@%i.service amqp-serial@%i.service
[Service]
ExecStart=/bin/sh -c 'rm -f /run/probe.%i; mkfifo /run/probe.%i; exec /usr/bin/python3 -u /opt/probe.py /dev/framebus-%i <>/run/probe.%i'
ExecStartPost=/bin/sh -c 'until chgrp dialout "$$(readlink -f /dev/framebus-%i)" && chmod 660 "$$(readlink -f /dev/framebus-%i)"; do sleep 0.1; done'
[Install]
WantedBy=multi-user.target
"""
NAMESPACE_UNIT = """[Unit]
Description=The other host
Before=amqp-tun@two.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/ip netns add there
ExecStart=/bin/ip -n there link set lo up
[Install]
WantedBy=multi-user.target
"""


def make_users(machine, names):
    """In one call: each takes seconds."""
    users = ",".join(f'{{<<"{name}">>,<<"secret of {name}">>}}' for name in names)
    machine("rabbitmqctl", "-q", "eval", f"""
        B = rabbit_auth_backend_internal, Any = <<".*">>,
        [begin catch B:delete_user(U, U), B:add_user(U, P, U), B:set_permissions(U, <<"/">>, Any, Any, Any, U) end || {{U, P}} <- [{users}]].""")


def configure(machine):
    """As docs/services.md says: a file, a password, and for --netns what `systemctl edit` writes."""
    wait_for(lambda: "guest" in machine.try_("rabbitmqctl", "-q", "list_users"), "the broker")
    make_users(machine, ("one", "two", "watcher", "left", "right"))
    for name, words in (("one", "name agent_1\npeer agent_2\nifname tun1\n"),
                        ("two", "name agent_2\npeer agent_1\nnetns there\n"),
                        ("rec", "write bus.pcapng\nunbuffered\n"),
                        ("left", "name left\npeer right\nport /dev/framebus-left\nwait-port\nspool .\n"),
                        ("right", "name right\npeer left\nport /dev/framebus-right\nwait-port\n")):
        login = "watcher" if name == "rec" else name
        machine.write(f"/etc/framebus/{name}.conf", f"# by check-boot\nurl amqp://{login}@127.0.0.1/\npassword-file credential:password\nheartbeat 5\n{words}")
        machine.write(f"/etc/credstore/framebus.{name}.password", f"secret of {login}\n", 0o600)
    machine.write("/etc/framebus/air.conf", "port /dev/framebus-air\nwrite air.pcapng\nwait-port\nunbuffered\nevents events.json\n")
    machine.write("/etc/systemd/system/amqp-tun@two.service.d/override.conf", "[Service]\nCapabilityBoundingSet=CAP_SYS_ADMIN\nRestrictNamespaces=no\n")
    machine.write("/etc/systemd/system/probe@.service", PROBE_UNIT)
    machine.write("/etc/systemd/system/there.service", NAMESPACE_UNIT)
    machine.write("/opt/probe.py", (Path(__file__).parent.parent / "probe.py").read_text())
    machine("systemctl", "daemon-reload")


def state_of(machine, name):
    return machine.root / "var" / "lib" / "private" / "framebus" / name


def sniffs(machine, number):
    """A frame that a probe hears is in the recorder's file."""
    frame = FRAME + f"{number:04x}"
    machine("sh", "-c", f"echo send {frame} > /run/probe.air")
    wait_for(lambda: any(bytes.fromhex(frame) in path.read_bytes() for path in state_of(machine, "air").glob("air*.pcapng")),
             f"frame {number} in the recorder's file", lambda: machine.journal("slip-dump@air"))


def joins_hosts(machine):
    """A packet crosses, and is in the other recorder's file."""
    wait_for(lambda: "1 received" in machine.try_("ping", "-c", "1", "-W", "1", "bbbb::2"), "an answer from the other host",
             lambda: machine.journal("amqp-tun@one") + machine.journal("amqp-tun@two"))
    wait_for(lambda: any(path.stat().st_size > 400 for path in state_of(machine, "rec").glob("bus*.pcapng")), "packets in the recorder's file",
             lambda: machine.journal("amqp-dump@rec"))


def has_sent(machine, name, frame):
    return frame in machine.try_("journalctl", "--no-pager", "-o", "cat", "-u", f"probe@{name}")


def joins_probes(machine, number):
    """What one probe hears the other one sends by radio. What is heard before the other end is back on the bus is nobody's: it is heard again."""
    frame = FRAME + f"{number:04x}"

    def crosses():
        machine("sh", "-c", f"echo send {frame} > /run/probe.left")
        time.sleep(0.5)
        return has_sent(machine, "right", frame)
    wait_for(crosses, f"frame {number} at the other probe", lambda: machine.journal("amqp-serial@left") + machine.journal("amqp-serial@right"))


numbers = iter(range(1, 1000))


def recipes_work(machine):
    expect_active(machine, *UNITS)
    sniffs(machine, next(numbers))
    joins_hosts(machine)
    joins_probes(machine, next(numbers))
    say("the three recipes work: a sniffer, two hosts, two probes")


def use(machine):
    machine("systemctl", "enable", "--now", "there")
    for unit in UNITS:
        machine("systemctl", "enable", "--now", "--no-block", unit)
    wait_for(lambda: machine.try_("systemctl", "is-active", "slip-dump@air").strip() == "activating", "slip-dump@air to wait for its port")
    for name in PROBES:
        machine("systemctl", "enable", "--now", f"probe@{name}")
    addresses = wait_for(lambda: machine.try_("ip", "-6", "addr", "show", "dev", "tun1"), "an interface")
    assert "bbbb::1" in addresses, addresses
    recipes_work(machine)


def look(machine):
    """--check with what the service has, by the command of docs/check.md; it makes nothing."""
    document = (Path(__file__).parent.parent.parent / "docs/check.md").read_text()
    command = re.search(r"^systemd-run .*$", document, re.MULTILINE)[0].replace("lab", "rec")
    before = machine.try_("find", "/var/lib/private/framebus", "/etc/framebus")
    shown = machine("sh", "-c", command + " --json")
    assert '"verdict":"wrong"' not in shown and "may read fromAgent.#" in shown, shown
    assert machine.try_("find", "/var/lib/private/framebus", "/etc/framebus") == before
    say("--check has no fault to find")


def unplug(machine):
    machine("systemctl", "stop", "probe@air")
    wait_for(lambda: "port is gone" in machine.journal("slip-dump@air"), "a port that has gone", lambda: machine.journal("slip-dump@air"))
    assert machine.is_active("slip-dump@air")
    machine("systemctl", "start", "probe@air")
    wait_for(lambda: "port is there again" in machine.journal("slip-dump@air"), "a port that is back", lambda: machine.journal("slip-dump@air"))
    sniffs(machine, next(numbers))
    told = re.findall(r'"event":"(\w+)"', (state_of(machine, "air") / "events.json").read_text())
    assert told[-4:] == ["port_gone", "down", "port_back", "up"], told
    say("a probe was unplugged, and came back")


def restart_broker(machine):
    machine("systemctl", "restart", "rabbitmq-server")
    recipes_work(machine)
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
    machine("systemctl", "start", "amqp-dump@rec")
    say("a refused login ends a service, once")


def restart_machine(machine):
    """With a probe that is not plugged in: its recorder waits, and the boot does not wait for that."""
    machine("systemctl", "disable", "probe@air")
    machine.halt()
    machine.boot()
    wait_for(lambda: machine.is_active("multi-user.target"), "the end of the boot", lambda: machine.try_("systemctl", "list-jobs", "--no-pager"))
    wait_for(lambda: machine.try_("systemctl", "is-active", "slip-dump@air").strip() == "activating", "slip-dump@air to wait for its port")
    machine("systemctl", "enable", "--now", "probe@air")
    recipes_work(machine)
    say("all were there after the machine's restart")


# --- an upgrade ---

def next_version(packages, folder):
    """The same packages, called one version later."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made = []
    for path in packages:
        run("dpkg-deb", "-R", path, folder / "tree")
        control = folder / "tree" / "DEBIAN" / "control"
        text = control.read_text()
        version = re.search(r"^Version: (.*)$", text, re.MULTILINE)[1]
        control.write_text(text.replace(version, f"{version}.1"))
        made.append(folder / path.name.replace(version, f"{version}.1"))
        run("dpkg-deb", "--root-owner-group", "-b", folder / "tree", made[-1])
        shutil.rmtree(folder / "tree")
    return made


def processes(machine):
    """unit: its main process."""
    return {unit: machine.try_("systemctl", "show", "-P", "MainPID", unit).strip() for unit in UNITS}


def upgrade(machine, packages, folder):
    """Services that run are restarted, with all that they were configured with; also while no broker is there to restart for."""
    later = next_version(packages, folder)
    before = processes(machine), {path: path.read_bytes() for path in (machine.root / "etc/framebus").iterdir()}
    install(machine, later, "upgraded to")
    wait_for(lambda: not set(before[0].values()) & set(processes(machine).values()), "other processes")
    assert {path: path.read_bytes() for path in (machine.root / "etc/framebus").iterdir()} == before[1]
    recipes_work(machine)
    old = [unit for unit, pid in processes(machine).items() if "(deleted)" in machine.try_("readlink", f"/proc/{pid}/exe")]
    assert not old, old
    machine("systemctl", "stop", "rabbitmq-server")
    machine("sh", "-c", "echo send " + FRAME + "ffff > /run/probe.left")  # is kept in its spool
    install(machine, later, "and again, without a broker")
    machine("systemctl", "stop", "amqp-serial@left")  # the other end is to be there when it goes out
    machine("systemctl", "start", "rabbitmq-server")
    expect_active(machine, "amqp-serial@right")
    machine("systemctl", "start", "amqp-serial@left")
    wait_for(lambda: has_sent(machine, "right", FRAME + "ffff"), "the frame that was kept meanwhile", lambda: machine.journal("amqp-serial@left"))
    recipes_work(machine)
    say("an upgrade restarts what runs, keeps what it was told, and loses nothing")


def remove(machine):
    """While they run, and are to start at boot."""
    machine("apt-get", "-y", "-qq", "remove", "framebus")
    running = [line for line in machine("ps", "-eo", "args").splitlines() if re.search(r"/(amqp-(tun|dump|serial|play|route)|slip-dump) ", line)]
    assert not running, running
    assert (machine.root / "etc/framebus/one.conf").exists() and "tun1" not in machine("ip", "link")
    machine("apt-get", "-y", "-qq", "purge", *INSTALLED)
    left = left_over(machine)
    assert not left, left
    say("to remove them ends the services, a purge leaves nothing")


def left_over(machine):
    places = ("etc/framebus", "var/lib/framebus", "var/lib/private/framebus", "run/framebus", "etc/systemd/system", "lib/systemd/system", "usr/lib/sysusers.d", "usr/bin", "usr/share/man")
    found = [str(path) for place in places for path in (machine.root / place).rglob("*") if re.search(r"framebus|amqp-(tun|dump|serial|play|route)|slip-dump", path.name)]
    found += [line for line in (machine.root / "etc/passwd").read_text().splitlines() if line.startswith("framebus:")]
    return found + [str(machine.root / place) for place in places[:3] if (machine.root / place).exists()] + list((machine.root / "etc/credstore").glob("framebus.*"))


def main():
    packages, root = packages_of(Path(sys.argv[1])), Path(sys.argv[2])
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
        look(machine)
        unplug(machine)
        restart_broker(machine)
        change_password(machine)
        refuse(machine)
        restart_machine(machine)
        upgrade(machine, packages, root.with_name("deb-next"))
        remove(machine)
    finally:
        machine.halt()
    say("passed")


if __name__ == "__main__":
    main()
