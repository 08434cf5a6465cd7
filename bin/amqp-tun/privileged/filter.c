#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/log.h"

#if FILTER_BUILT

static const char *const allowed[] = {
	/* memory, threads, waiting */
	"brk", "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "futex", "futex_time64",
	"set_robust_list", "get_robust_list", "rseq", "set_tid_address", "arch_prctl",
	"sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "membarrier",
	"exit", "exit_group", "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6",
	"pselect6_time64", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2",
	"signalfd4", "pipe2", "nanosleep", "clock_nanosleep", "clock_nanosleep_time64",
	"restart_syscall",
	/* signals to itself */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack", "tgkill",
	/* what is asked of the system */
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday",
	"time", "getrandom", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid",
	"getegid", "getrusage", "uname", "sysinfo", "ugetrlimit", "getrlimit", "getcpu",
	/* descriptors */
	"read", "readv", "pread64", "write", "writev", "close", "lseek", "_llseek", "fcntl",
	"fcntl64", "dup", "dup3",
	/* files, read only: certificates, and what names are looked up with */
	"fstat", "fstat64", "newfstatat", "fstatat64", "statx", "stat", "stat64", "lstat",
	"lstat64", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd",
	"getdents64", "fstatfs", "statfs",
	/* sockets */
	"connect", "bind", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown",
	"sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64",
	"send", "recv"};

static int allow(scmp_filter_ctx filter, const char *name, unsigned count,
                 const struct scmp_arg_cmp *conditions)
{
	int number = seccomp_syscall_resolve_name(name);

	/* Each processor has its own. */
	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count, conditions);
}

static int allow_value(scmp_filter_ctx filter, const char *name, unsigned argument,
                       scmp_datum_t mask, scmp_datum_t value)
{
	struct scmp_arg_cmp condition = SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value);

	return allow(filter, name, 1, &condition);
}

static int allow_by_argument(scmp_filter_ctx filter)
{
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
	static const unsigned long requests[] = {FIONREAD, FIONBIO, TIOCOUTQ, TCGETS, TUNGETIFF},
				   names[] = {PR_SET_NAME, PR_GET_NAME};
	const scmp_datum_t all = ~(scmp_datum_t)0, writing = O_ACCMODE | O_CREAT | O_TRUNC;
	int error = 0;

	for (unsigned i = 0; !error && i < sizeof families / sizeof families[0]; i++)
		error = allow_value(filter, "socket", 0, all, (scmp_datum_t)families[i]);
	for (unsigned i = 0; !error && i < sizeof requests / sizeof requests[0]; i++)
		error = allow_value(filter, "ioctl", 1, 0xffffffff, requests[i]);
	for (unsigned i = 0; !error && i < sizeof names / sizeof names[0]; i++)
		error = allow_value(filter, "prctl", 0, all, names[i]);
	if (!error)
		error = allow_value(filter, "openat", 2, writing, O_RDONLY);
	if (!error)
		error = allow_value(filter, "open", 1, writing, O_RDONLY);
	/* Threads, no processes. */
	if (!error)
		error = allow_value(filter, "clone", 0, CLONE_THREAD, CLONE_THREAD);
	/* Its flags lie in memory, where no filter sees them: the C library then uses clone. */
	if (!error && seccomp_syscall_resolve_name("clone3") != __NR_SCMP_ERROR)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		                         seccomp_syscall_resolve_name("clone3"), 0);
	/* The size of a thread's stack is asked for; of this process, and never set. */
	if (!error) {
		struct scmp_arg_cmp conditions[] = {SCMP_A0(SCMP_CMP_EQ, 0, 0),
		                                    SCMP_A2(SCMP_CMP_EQ, 0, 0)};

		error = allow(filter, "prlimit64", 2, conditions);
	}
	return error;
}

static int install(scmp_filter_ctx filter)
{
	int error = 0;

	for (unsigned i = 0; !error && i < sizeof allowed / sizeof allowed[0]; i++)
		error = allow(filter, allowed[i], 0, NULL);
	if (!error)
		error = allow_by_argument(filter);
	return error ? error : seccomp_load(filter);
}

int filter_system_calls(struct why *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error = filter ? install(filter) : -ENOMEM;

	if (error)
		return why_set(why, "seccomp: the system calls cannot be filtered: %s",
		               strerror(-error));
	seccomp_release(filter);
	log_info("this process's system calls are filtered");
	return 0;
}

#else

int filter_system_calls(struct why *why)
{
	(void)why;
	log_info("a build with sanitizers: the system calls are not filtered");
	return 0;
}

#endif
