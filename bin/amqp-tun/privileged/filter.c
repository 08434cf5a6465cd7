#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

#if FILTER_BUILT

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
/* What the kernel reads as int or unsigned: the upper half is nobody's, and hides nothing. */
#define INT 0xffffffff

static const char *const allowed_to_both[] = {
	/* memory, waiting */
	"brk", "munmap", "mremap", "madvise", "futex", "futex_time64", "set_robust_list",
	"get_robust_list", "rseq", "set_tid_address", "arch_prctl", "membarrier", "exit",
	"exit_group", "poll", "ppoll", "ppoll_time64", "nanosleep", "clock_nanosleep",
	"clock_nanosleep_time64", "restart_syscall", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sigreturn", "sigaltstack",
	/* what is asked of the system */
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday",
	"time", "getrandom", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid",
	"getegid", "uname", "ugetrlimit", "getrlimit",
	/* descriptors */
	"read", "readv", "pread64", "write", "writev", "close", "lseek", "_llseek", "dup", "dup3",
	"pipe2",
	/* files, as far as they may be opened */
	"fstat", "fstat64", "newfstatat", "fstatat64", "statx", "access", "faccessat", "faccessat2",
	"getdents64",
	/* sockets, as far as they may be made */
	"bind", "getsockname", "getsockopt", "sendto", "sendmsg", "recvfrom", "recvmsg", "send",
	"recv"};

static const char *const allowed_to_child[] = {"sched_yield",    "sched_getaffinity",
                                               "sched_getparam", "sched_getscheduler",
                                               "select",         "_newselect",
                                               "pselect6",       "pselect6_time64",
                                               "epoll_create1",  "epoll_ctl",
                                               "epoll_wait",     "epoll_pwait",
                                               "eventfd2",       "signalfd4",
                                               "getrusage",      "sysinfo",
                                               "getcpu",         "stat",
                                               "stat64",         "lstat",
                                               "lstat64",        "readlink",
                                               "readlinkat",     "getcwd",
                                               "fstatfs",        "statfs",
                                               "connect",        "getpeername",
                                               "shutdown",       "sendmmsg",
                                               "recvmmsg",       "recvmmsg_time64"};

static const char *const allowed_to_keeper[] = {
	"mmap",   "mmap2",  "mprotect",    "dup2",     "wait4",      "waitid",    "capget",
	"capset", "setsid", "close_range", "readlink", "readlinkat", "setsockopt"};

static const char *const ending[] = {"execve",
                                     "execveat",
                                     "ptrace",
                                     "bpf",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "process_madvise",
                                     "process_mrelease",
                                     "pidfd_open",
                                     "pidfd_getfd",
                                     "pidfd_send_signal",
                                     "io_uring_setup",
                                     "io_uring_enter",
                                     "io_uring_register",
                                     "userfaultfd",
                                     "perf_event_open",
                                     "keyctl",
                                     "add_key",
                                     "request_key",
                                     "unshare",
                                     "mount",
                                     "umount",
                                     "umount2",
                                     "pivot_root",
                                     "chroot",
                                     "move_mount",
                                     "open_tree",
                                     "fsopen",
                                     "fsconfig",
                                     "fsmount",
                                     "fspick",
                                     "mount_setattr",
                                     "open_by_handle_at",
                                     "fanotify_init",
                                     "init_module",
                                     "finit_module",
                                     "delete_module",
                                     "kexec_load",
                                     "kexec_file_load",
                                     "reboot",
                                     "swapon",
                                     "swapoff",
                                     "acct",
                                     "quotactl",
                                     "quotactl_fd",
                                     "modify_ldt",
                                     "iopl",
                                     "ioperm",
                                     "sethostname",
                                     "setdomainname",
                                     "settimeofday",
                                     "clock_settime",
                                     "clock_adjtime",
                                     "adjtimex"};

static const scmp_datum_t namespaces[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
                                          CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
                                          CLONE_NEWNET};
#define NAMESPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

/* --- rules --- */

static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
               const struct scmp_arg_cmp *conditions)
{
	int number = seccomp_syscall_resolve_name(name);

	/* Each processor has its own. */
	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(filter, action, number, count, conditions);
}

static int add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	int error = 0;

	for (size_t i = 0; !error && i < count; i++)
		error = add(filter, action, names[i], 0, NULL);
	return error;
}

static struct scmp_arg_cmp argument(unsigned index, scmp_datum_t mask, scmp_datum_t value)
{
	return (struct scmp_arg_cmp)SCMP_CMP64(index, SCMP_CMP_MASKED_EQ, mask, value);
}

static int allow_value(scmp_filter_ctx filter, const char *name, unsigned index, scmp_datum_t mask,
                       scmp_datum_t value)
{
	struct scmp_arg_cmp condition = argument(index, mask, value);

	return add(filter, SCMP_ACT_ALLOW, name, 1, &condition);
}

static int allow_values(scmp_filter_ctx filter, const char *name, unsigned index,
                        const scmp_datum_t *values, size_t count)
{
	int error = 0;

	for (size_t i = 0; !error && i < count; i++)
		error = allow_value(filter, name, index, INT, values[i]);
	return error;
}

static int allow_two(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp one,
                     struct scmp_arg_cmp other)
{
	return add(filter, SCMP_ACT_ALLOW, name, 2, (struct scmp_arg_cmp[]){one, other});
}

static int add_both(scmp_filter_ctx filter)
{
	static const scmp_datum_t commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD,
	                                        F_GETFL};
	static const char *const names[] = {"fcntl", "fcntl64"};
	int error = add_all(filter, SCMP_ACT_ALLOW, allowed_to_both, COUNT(allowed_to_both));

	if (!error)
		error = add_all(filter, SCMP_ACT_KILL_PROCESS, ending, COUNT(ending));
	/* None by which a descriptor sends signals. */
	for (unsigned i = 0; !error && i < COUNT(names); i++) {
		error = allow_values(filter, names[i], 1, commands, COUNT(commands));
		if (!error)
			error = allow_two(filter, names[i], argument(1, INT, F_SETFL),
			                  argument(2, O_ASYNC, 0));
	}
	if (!error)
		error = allow_two(filter, "socket", argument(0, INT, AF_NETLINK),
		                  argument(2, INT, 0));
	for (unsigned i = 0; !error && i < COUNT(namespaces); i++) {
		struct scmp_arg_cmp one = argument(0, namespaces[i], namespaces[i]);
		error = add(filter, SCMP_ACT_KILL_PROCESS, "clone", 1, &one);
	}
	/* Its flags lie in memory, where no filter sees them: the C library then uses clone. */
	if (!error)
		error = add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
	/* Limits are asked for; of this process, and never set. */
	return error ? error
	             : allow_two(filter, "prlimit64", argument(0, INT, 0),
	                         argument(2, ~(scmp_datum_t)0, 0));
}

static int refuse_unix(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp family = argument(0, INT, AF_UNIX);
	int error = add(filter, SCMP_ACT_ERRNO(EACCES), "socket", 1, &family);

	return error ? error : add(filter, SCMP_ACT_ERRNO(EACCES), "socketpair", 1, &family);
}

static int load(scmp_filter_ctx filter, int (*add_rules)(scmp_filter_ctx filter, pid_t child),
                pid_t child, struct why *why)
{
	int error =
		filter ? seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)
		       : -ENOMEM;

	if (!error)
		error = add_both(filter);
	if (!error)
		error = refuse_unix(filter);
	if (!error)
		error = add_rules(filter, child);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error ? why_set(why, "seccomp: the system calls cannot be filtered: %s",
	                       strerror(-error))
	             : 0;
}

/* --- the process that speaks to the broker --- */

static int allow_internet(scmp_filter_ctx filter)
{
	static const int families[] = {AF_INET, AF_INET6}, types[] = {SOCK_STREAM, SOCK_DGRAM},
			 protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP};
	int error = 0;

	for (unsigned i = 0; !error && i < COUNT(families) * COUNT(types) * COUNT(protocols); i++)
		error = add(
			filter, SCMP_ACT_ALLOW, "socket", 3,
			(struct scmp_arg_cmp[]){argument(0, INT, (scmp_datum_t)families[i % 2]),
		                                argument(1, 0xf, (scmp_datum_t)types[i / 2 % 2]),
		                                argument(2, INT, (scmp_datum_t)protocols[i / 4])});
	return error;
}

/* Programs of its own in the kernel are no option of a socket's. */
static int allow_socket_options(scmp_filter_ctx filter)
{
	static const scmp_datum_t levels[] = {IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP,
	                                      SOL_NETLINK},
				  options[] = {SO_REUSEADDR, SO_BROADCAST, SO_SNDBUF,
	                                       SO_RCVBUF,    SO_KEEPALIVE, SO_LINGER,
	                                       SO_PRIORITY,  SO_RCVTIMEO,  SO_SNDTIMEO,
	                                       SO_TIMESTAMP, SO_PASSCRED,  SO_NO_CHECK};
	int error = allow_values(filter, "setsockopt", 1, levels, COUNT(levels));

	for (unsigned i = 0; !error && i < COUNT(options); i++)
		error = allow_two(filter, "setsockopt", argument(1, INT, SOL_SOCKET),
		                  argument(2, INT, options[i]));
	return error;
}

static int allow_signals_to_itself(scmp_filter_ctx filter)
{
	static const char *const calls[] = {"kill", "tgkill", "rt_sigqueueinfo",
	                                    "rt_tgsigqueueinfo"};
	int error = 0;

	for (unsigned i = 0; !error && i < COUNT(calls); i++)
		error = allow_value(filter, calls[i], 0, INT, (scmp_datum_t)getpid());
	return error;
}

/* All modules that it needs are loaded before. */
static int allow_memory_without_code(scmp_filter_ctx filter)
{
	static const char *const calls[] = {"mmap", "mmap2", "mprotect"};
	int error = 0;

	for (unsigned i = 0; !error && i < COUNT(calls); i++)
		error = allow_value(filter, calls[i], 2, PROT_EXEC, 0);
	return error;
}

static int add_child(scmp_filter_ctx filter, pid_t child)
{
	static const scmp_datum_t requests[] = {FIONREAD, FIONBIO, TIOCOUTQ, TCGETS, TUNGETIFF},
				  names[] = {PR_SET_NAME, PR_GET_NAME};
	const scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
	int error = add_all(filter, SCMP_ACT_ALLOW, allowed_to_child, COUNT(allowed_to_child));

	(void)child;
	if (!error)
		error = add(filter, SCMP_ACT_KILL_PROCESS, "setns", 0, NULL);
	if (!error)
		error = allow_internet(filter);
	if (!error)
		error = allow_socket_options(filter);
	if (!error)
		error = allow_signals_to_itself(filter);
	if (!error)
		error = allow_memory_without_code(filter);
	if (!error)
		error = allow_values(filter, "ioctl", 1, requests, COUNT(requests));
	if (!error)
		error = allow_values(filter, "prctl", 0, names, COUNT(names));
	if (!error)
		error = allow_value(filter, "openat", 2, writing, O_RDONLY);
	if (!error)
		error = allow_value(filter, "open", 1, writing, O_RDONLY);
	/* Threads, no processes. */
	return error ? error
	             : allow_value(filter, "clone", 0, CLONE_THREAD | NAMESPACES, CLONE_THREAD);
}

int filter_system_calls(struct why *why)
{
	if (load(seccomp_init(SCMP_ACT_ERRNO(EPERM)), add_child, 0, why) < 0)
		return -1;
	log_info("this process's system calls are filtered");
	return 0;
}

/* --- the keeper --- */

static int allow_processes(scmp_filter_ctx filter, pid_t child)
{
	int error = allow_value(filter, "kill", 0, INT, (scmp_datum_t)child);

	if (!error)
		error = allow_value(filter, "kill", 1, INT, SIGKILL);
	if (!error)
		error = allow_value(filter, "tgkill", 0, INT, (scmp_datum_t)getpid());
	/* Processes, no threads. */
	return error ? error
	             : allow_value(filter, "clone", 0, CLONE_THREAD | CLONE_VM | NAMESPACES, 0);
}

static int add_keeper(scmp_filter_ctx filter, pid_t child)
{
	static const scmp_datum_t requests[] = {TUNSETIFF,     TUNGETIFF,       TUNGETFEATURES,
	                                        TUNSETOFFLOAD, TUNSETVNETHDRSZ, TUNSETVNETLE,
	                                        SIOCGIFFLAGS,  SIOCGIFMTU,      SIOCGIFINDEX,
	                                        SIOCGIFNAME,   TIOCOUTQ,        TCGETS},
				  names[] = {PR_SET_NO_NEW_PRIVS, PR_CAPBSET_READ, PR_CAPBSET_DROP,
	                                     PR_CAP_AMBIENT, PR_GET_SECUREBITS};
	const scmp_datum_t making = O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
	int error = add_all(filter, SCMP_ACT_ALLOW, allowed_to_keeper, COUNT(allowed_to_keeper));

	if (!error)
		error = allow_value(filter, "setns", 1, INT, CLONE_NEWNET);
	if (!error)
		error = allow_value(filter, "socket", 0, INT, AF_INET);
	if (!error)
		error = allow_values(filter, "ioctl", 1, requests, COUNT(requests));
	if (!error)
		error = allow_values(filter, "prctl", 0, names, COUNT(names));
	if (!error)
		error = allow_value(filter, "openat", 2, making, 0);
	if (!error)
		error = allow_value(filter, "open", 1, making, 0);
	return error ? error : allow_processes(filter, child);
}

int filter_keeper(pid_t child, struct why *why)
{
	return load(seccomp_init(SCMP_ACT_ERRNO(EPERM)), add_keeper, child, why);
}

#else

int filter_system_calls(struct why *why)
{
	(void)why;
	log_info("a build with sanitizers: the system calls are not filtered");
	return 0;
}

int filter_keeper(pid_t child, struct why *why)
{
	(void)child, (void)why;
	return 0;
}

#endif
