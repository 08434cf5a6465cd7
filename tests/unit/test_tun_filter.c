/* amqp-tun: the filters of system calls, from within. Each attempt is made in a process of its own:
 * a filter stays. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../bin/amqp-tun/privileged/filter.h"

TestSuite(tun, .timeout = 60);

#if FILTER_BUILT

enum side { CHILD, KEEPER };
enum { ALLOWED = 0, ENDED = -1 }; /* else the errno that is expected */

static int filter(enum side side)
{
	struct why why;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return side == CHILD ? filter_system_calls(&why) : filter_keeper(getppid(), &why);
}

/* What becomes of it: an errno, 0, or ENDED. */
static int attempt(enum side side, long number, const long arguments[6])
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit none = {0, 0};
		setrlimit(RLIMIT_CORE, &none);
		if (filter(side) < 0)
			_exit(255);
		long outcome = syscall(number, arguments[0], arguments[1], arguments[2],
		                       arguments[3], arguments[4], arguments[5]);
		_exit(outcome < 0 ? errno : 0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	cr_expect_eq(WTERMSIG(status), SIGSYS, "signal %d", WTERMSIG(status));
	return ENDED;
}

struct call {
	const char *what;
	long number;
	long arguments[6];
	int expected;
};

static void expect_calls(enum side side, const struct call *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int became = attempt(side, calls[i].number, calls[i].arguments);
		cr_expect_eq(became, calls[i].expected, "%s: %d, not %d", calls[i].what, became,
		             calls[i].expected);
	}
}

#define EXPECT_CALLS(side, calls) expect_calls(side, calls, sizeof(calls) / sizeof(calls)[0])
#define CALL(name)                #name, SYS_##name
/* Beyond the 32 bits that the kernel reads. */
#define UPPER (1L << 32)

static const struct call of_nobody[] = {
	{CALL(execve), {0}, ENDED},
	{CALL(execveat), {0}, ENDED},
	{CALL(ptrace), {0}, ENDED},
	{CALL(bpf), {0}, ENDED},
	{CALL(process_vm_readv), {0}, ENDED},
	{CALL(process_vm_writev), {0}, ENDED},
	{CALL(pidfd_open), {1}, ENDED},
	{CALL(pidfd_getfd), {0}, ENDED},
	{CALL(pidfd_send_signal), {0}, ENDED},
	{CALL(io_uring_setup), {1}, ENDED},
	{CALL(io_uring_enter), {0}, ENDED},
	{CALL(io_uring_register), {0}, ENDED},
	{CALL(userfaultfd), {0}, ENDED},
	{CALL(perf_event_open), {0}, ENDED},
	{CALL(keyctl), {0}, ENDED},
	{CALL(add_key), {0}, ENDED},
	{CALL(request_key), {0}, ENDED},
	{CALL(unshare), {CLONE_NEWUSER}, ENDED},
	{CALL(mount), {0}, ENDED},
	{CALL(umount2), {0}, ENDED},
	{CALL(pivot_root), {0}, ENDED},
	{CALL(chroot), {(long)"/"}, ENDED},
	{CALL(move_mount), {0}, ENDED},
	{CALL(open_tree), {0}, ENDED},
	{CALL(fsopen), {0}, ENDED},
	{CALL(fsmount), {0}, ENDED},
	{CALL(mount_setattr), {0}, ENDED},
	{CALL(open_by_handle_at), {0}, ENDED},
	{CALL(init_module), {0}, ENDED},
	{CALL(finit_module), {0}, ENDED},
	{CALL(delete_module), {0}, ENDED},
	{CALL(kexec_load), {0}, ENDED},
	{CALL(reboot), {0}, ENDED},
	{CALL(swapon), {0}, ENDED},
	{CALL(clock_settime), {0}, ENDED},
	{"a user namespace", SYS_clone, {CLONE_NEWUSER | SIGCHLD}, ENDED},
	{"a network namespace", SYS_clone, {CLONE_NEWNET | SIGCHLD}, ENDED},
	{"namespaces of a thread", SYS_clone, {CLONE_THREAD | CLONE_NEWPID}, ENDED},
	{CALL(clone3), {0}, ENOSYS},
	{"a local socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, EACCES},
	{"a local socket of datagrams", SYS_socket, {AF_UNIX, SOCK_DGRAM, 0}, EACCES},
	{"a local socket, written otherwise",
         SYS_socket,
         {UPPER | AF_UNIX, SOCK_STREAM, 0},
         EACCES},
	{CALL(socketpair), {AF_UNIX, SOCK_STREAM, 0, 0}, EACCES},
	{"packets", SYS_socket, {AF_PACKET, SOCK_RAW, 0}, EPERM},
	{"virtual machines", SYS_socket, {40, SOCK_STREAM, 0}, EPERM},
	{"netlink of another kind", SYS_socket, {AF_NETLINK, SOCK_RAW, 9}, EPERM},
	{"F_SETOWN", SYS_fcntl, {0, F_SETOWN, 1}, EPERM},
	{"F_SETOWN, written otherwise", SYS_fcntl, {0, UPPER | F_SETOWN, 1}, EPERM},
	{"F_SETOWN_EX", SYS_fcntl, {0, F_SETOWN_EX, 0}, EPERM},
	{"F_SETSIG", SYS_fcntl, {0, F_SETSIG, SIGKILL}, EPERM},
	{"F_SETLEASE", SYS_fcntl, {0, F_SETLEASE, F_RDLCK}, EPERM},
	{"F_NOTIFY", SYS_fcntl, {0, F_NOTIFY, 1}, EPERM},
	{"O_ASYNC", SYS_fcntl, {0, F_SETFL, O_ASYNC}, EPERM},
	{"F_SETPIPE_SZ", SYS_fcntl, {0, F_SETPIPE_SZ, 1 << 20}, EPERM},
	{"TIOCSTI", SYS_ioctl, {0, TIOCSTI, 0}, EPERM},
	{"TIOCSTI, written otherwise", SYS_ioctl, {0, UPPER | TIOCSTI, 0}, EPERM},
	{"TIOCSCTTY", SYS_ioctl, {0, TIOCSCTTY, 0}, EPERM},
	{"TIOCSPGRP", SYS_ioctl, {0, TIOCSPGRP, 0}, EPERM},
	{"TIOCLINUX", SYS_ioctl, {0, 0x541c, 0}, EPERM},
	{"FIOASYNC", SYS_ioctl, {0, FIOASYNC, 0}, EPERM},
	{"FIOSETOWN", SYS_ioctl, {0, 0x8901, 0}, EPERM},
	{CALL(tkill), {1, 0}, EPERM},
	{CALL(memfd_create), {(long)"x", 0}, EPERM},
	{CALL(timer_create), {0}, EPERM},
	{CALL(setpriority), {0}, EPERM},
	{CALL(sched_setaffinity), {1}, EPERM},
	{"a limit of another process", SYS_prlimit64, {1, RLIMIT_CORE, 0, 0}, EPERM},
	{"a limit that is set",
         SYS_prlimit64,
         {0, RLIMIT_CORE, (long)"0123456789abcdef", 0},
         EPERM},
	{"PR_SET_DUMPABLE", SYS_prctl, {PR_SET_DUMPABLE, 1}, EPERM},
	{"PR_SET_PTRACER", SYS_prctl, {PR_SET_PTRACER, -1}, EPERM},
	{CALL(setuid), {0}, EPERM},
	{CALL(unlinkat), {AT_FDCWD, (long)"/tmp/framebus-is-not-there", 0}, EPERM},
	{CALL(mkdirat), {AT_FDCWD, (long)"/tmp/framebus-is-not-there", 0700}, EPERM},
	{CALL(renameat2), {0}, EPERM},
	{CALL(fchmodat), {AT_FDCWD, (long)"/tmp/framebus-is-not-there", 0700}, EPERM},
	{"a new file",
         SYS_openat,
         {AT_FDCWD, (long)"/tmp/framebus-is-not-there", O_WRONLY | O_CREAT, 0600},
         EPERM},
	{"a file without a name",
         SYS_openat,
         {AT_FDCWD, (long)"/tmp", O_TMPFILE | O_RDWR, 0600},
         EPERM},
	{CALL(openat2), {0}, EPERM},
#ifdef __x86_64__
	{"a call of another interface to the kernel", 0x40000000 | SYS_getpid, {0}, ENDED},
#endif
};

Test(tun, what_no_process_may)
{
	EXPECT_CALLS(CHILD, of_nobody);
	EXPECT_CALLS(KEEPER, of_nobody);
}

Test(tun, what_the_child_may_not)
{
	const long other = getpid();
	const struct call calls[] = {
		{CALL(setns), {0, CLONE_NEWNET}, ENDED},
		{CALL(clone), {SIGCHLD}, EPERM},
		{CALL(kill), {other, 0}, EPERM},
		{CALL(kill), {-1, 0}, EPERM},
		{CALL(kill), {0, 0}, EPERM},
		{CALL(tgkill), {other, other, 0}, EPERM},
		{CALL(tgkill), {-1, other, 0}, EPERM},
		{CALL(rt_sigqueueinfo), {other, SIGTERM, 0}, EPERM},
		{CALL(rt_tgsigqueueinfo), {other, other, SIGTERM, 0}, EPERM},
		{"IPv4 packets", SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP}, EPERM},
		{"ping", SYS_socket, {AF_INET, SOCK_DGRAM, IPPROTO_ICMP}, EPERM},
		{"another transport", SYS_socket, {AF_INET6, SOCK_STREAM, IPPROTO_SCTP}, EPERM},
		{CALL(listen), {0, 1}, EPERM},
		{CALL(accept4), {0}, EPERM},
		{"SO_ATTACH_FILTER",
	         SYS_setsockopt,
	         {0, SOL_SOCKET, SO_ATTACH_FILTER, 0, 0},
	         EPERM},
		{"the same, written otherwise",
	         SYS_setsockopt,
	         {0, UPPER | SOL_SOCKET, SO_ATTACH_FILTER, 0, 0},
	         EPERM},
		{"SO_ATTACH_BPF", SYS_setsockopt, {0, SOL_SOCKET, SO_ATTACH_BPF, 0, 0}, EPERM},
		{"SO_ATTACH_REUSEPORT_CBPF",
	         SYS_setsockopt,
	         {0, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, 0, 0},
	         EPERM},
		{"memory to run",
	         SYS_mmap,
	         {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0},
	         EPERM},
		{"memory made to run", SYS_mprotect, {0, 4096, PROT_EXEC}, EPERM},
		{"TUNSETIFF", SYS_ioctl, {0, TUNSETIFF, 0}, EPERM},
		{"TUNSETPERSIST", SYS_ioctl, {0, TUNSETPERSIST, 1}, EPERM},
		{"a file to write", SYS_openat, {AT_FDCWD, (long)"/dev/null", O_WRONLY}, EPERM},
		{"a file to read and write",
	         SYS_openat,
	         {AT_FDCWD, (long)"/dev/null", O_RDWR},
	         EPERM},
		{"a file to read", SYS_openat, {AT_FDCWD, (long)"/etc/hosts", O_RDONLY}, ALLOWED},
		{"memory",
	         SYS_mmap,
	         {0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0},
	         ALLOWED},
		{"a connection",
	         SYS_socket,
	         {AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP},
	         ALLOWED},
		{"what names are looked up by",
	         SYS_socket,
	         {AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0},
	         ALLOWED},
		{"routes to be asked for",
	         SYS_socket,
	         {AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0},
	         ALLOWED},
	};

	EXPECT_CALLS(CHILD, calls);
}

Test(tun, what_the_keeper_may_not)
{
	const struct call calls[] = {
		{"a namespace of processes", SYS_setns, {-1, CLONE_NEWPID}, EPERM},
		{"any namespace", SYS_setns, {-1, 0}, EPERM},
		{"a network namespace", SYS_setns, {-1, CLONE_NEWNET}, EBADF},
		{"a thread", SYS_clone, {CLONE_THREAD | CLONE_VM | CLONE_SIGHAND}, EPERM},
		{CALL(kill), {1, SIGTERM}, EPERM},
		{CALL(kill), {getpid(), 0}, ALLOWED},
		{CALL(tgkill), {1, 1, 0}, EPERM},
		{"IPv6", SYS_socket, {AF_INET6, SOCK_STREAM, 0}, EPERM},
		{CALL(connect), {0}, EPERM},
		{"TUNSETPERSIST", SYS_ioctl, {0, TUNSETPERSIST, 1}, EPERM},
		{"a file that is there",
	         SYS_openat,
	         {AT_FDCWD, (long)"/dev/null", O_WRONLY},
	         ALLOWED},
	};

	EXPECT_CALLS(KEEPER, calls);
}

static void *nothing(void *context)
{
	return context;
}

/* Exit status 0: all of it works. */
static int work_in_the_filter(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICSERV}, *found = NULL;
	pthread_t thread;
	int fd, one = 1;

	if (filter(CHILD) < 0)
		return 1;
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		return 2;
	if (getaddrinfo("localhost", "5672", &hints, &found) != 0)
		return 3;
	freeaddrinfo(found);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &one, sizeof one) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_DUPFD_CLOEXEC, 10) < 0)
		return 4;
	return raise(0) || kill(getpid(), 0) || pthread_kill(pthread_self(), 0) ? 5 : 0;
}

Test(tun, the_filter_lets_it_connect)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(work_in_the_filter());
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
	cr_expect_eq(WEXITSTATUS(status), 0, "step %d", WEXITSTATUS(status));
}
#else
/* A sanitizer needs calls that the filter forbids: there is none, whatever is asked for. */
static void expect_no_filter(void)
{
	cr_assert_eq(filter_system_calls(NULL), 0);
	cr_assert_eq(filter_keeper(1, NULL), 0);
	cr_assert_eq(prctl(PR_GET_SECCOMP), 0);
}

Test(tun, what_no_process_may)
{
	expect_no_filter();
}

Test(tun, what_the_child_may_not)
{
	expect_no_filter();
}

Test(tun, what_the_keeper_may_not)
{
	expect_no_filter();
}

Test(tun, the_filter_lets_it_connect)
{
	expect_no_filter();
}
#endif
