/* attack.c - code in the process that speaks to the broker, put there with LD_PRELOAD: runs at its
 * first look-up of a name. $ATTACK names the one call that is made; "all": those that it outlives,
 * each with a line "attack NAME: errno". */
#include <asm/sockios.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void tell(const char *what, long outcome)
{
	dprintf(2, "attack %s: %s\n", what, outcome < 0 ? strerrorname_np(errno) : "done");
}

/* As a service manager, a container's daemon or D-Bus would be asked. */
static long ask_daemon(const char *path, int type)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to);
}

static void read_files(void)
{
	char path[64];

	tell("shadow", open("/etc/shadow", O_RDONLY));
	tell("open_file", open(getenv("ATTACK_FILE"), O_RDONLY));
	tell("proc_self", open("/proc/self/environ", O_RDONLY));
	snprintf(path, sizeof path, "/proc/%d/mem", getppid());
	tell("keeper_memory", open(path, O_RDONLY));
	snprintf(path, sizeof path, "/proc/%d/environ", getppid());
	tell("keeper_environ", open(path, O_RDONLY));
	tell("device", open("/dev/net/tun", O_RDWR));
	tell("new_file", open("/tmp/framebus-attack", O_WRONLY | O_CREAT, 0600));
}

static void signal_others(void)
{
	int keeper = getppid();
	siginfo_t info = {.si_signo = SIGKILL, .si_code = -1};
	struct f_owner_ex owner = {F_OWNER_PID, keeper};

	tell("kill", kill(keeper, SIGKILL));
	tell("kill_all", kill(-1, SIGKILL));
	tell("kill_group", kill(0, SIGKILL));
	tell("tgkill", syscall(SYS_tgkill, keeper, keeper, SIGKILL));
	tell("tkill", syscall(SYS_tkill, keeper, SIGKILL));
	tell("sigqueueinfo", syscall(SYS_rt_sigqueueinfo, keeper, SIGKILL, &info));
	tell("tgsigqueueinfo", syscall(SYS_rt_tgsigqueueinfo, keeper, keeper, SIGKILL, &info));
	tell("setown", fcntl(0, F_SETOWN, keeper));
	tell("setown_ex", fcntl(0, F_SETOWN_EX, &owner));
	tell("setsig", fcntl(0, F_SETSIG, SIGKILL));
	tell("setlease", fcntl(0, F_SETLEASE, F_RDLCK));
	tell("notify", fcntl(0, F_NOTIFY, DN_CREATE));
	tell("fioasync", ioctl(0, FIOASYNC, &keeper));
	tell("fiosetown", ioctl(0, FIOSETOWN, &keeper));
	tell("tiocsti", ioctl(0, TIOCSTI, "x"));
}

static void try_all(void)
{
	tell("daemon", ask_daemon(getenv("ATTACK_DAEMON"), SOCK_STREAM));
	tell("daemon_datagrams", ask_daemon(getenv("ATTACK_DAEMON"), SOCK_DGRAM));
	read_files();
	signal_others();
	tell("packets", socket(AF_PACKET, SOCK_RAW, 0));
	tell("raw", socket(AF_INET, SOCK_RAW, 1));
	tell("bpf_filter", setsockopt(2, SOL_SOCKET, SO_ATTACH_FILTER, "", 16));
	tell("code", (long)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	tell("fork", fork());
	tell("root", setuid(0));
	tell("dumpable", prctl(PR_SET_DUMPABLE, 1));
	dprintf(2, "attack over\n");
}

static void try_one(const char *name)
{
	static const struct {
		const char *name;
		long number, first;
	} calls[] = {
		{"ptrace", SYS_ptrace, 16},
		{"bpf", SYS_bpf, 0},
		{"process_vm_writev", SYS_process_vm_writev, 1},
		{"pidfd_open", SYS_pidfd_open, 1},
		{"io_uring_setup", SYS_io_uring_setup, 8},
		{"userfaultfd", SYS_userfaultfd, 0},
		{"keyctl", SYS_keyctl, 0},
		{"unshare", SYS_unshare, CLONE_NEWUSER},
		{"clone", SYS_clone, CLONE_NEWUSER | SIGCHLD},
		{"mount", SYS_mount, 0},
	};

	if (strcmp(name, "execve") == 0)
		execl("/bin/true", "true", (char *)NULL);
	for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strcmp(name, calls[i].name) == 0)
			syscall(calls[i].number, calls[i].first, getppid(), 0, 0, 0, 0);
	dprintf(2, "attack %s: outlived\n", name);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
	int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
		dlsym(RTLD_NEXT, "getaddrinfo");
	static int made;
	const char *name = getenv("ATTACK");

	if (geteuid() != 0 && !__atomic_exchange_n(&made, 1, __ATOMIC_SEQ_CST)) {
		if (strcmp(name, "all") == 0)
			try_all();
		else
			try_one(name);
	}
	return next(node, service, hints, found);
}
