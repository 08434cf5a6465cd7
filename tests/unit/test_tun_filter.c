/* amqp-tun: the filter of system calls, from within. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../bin/amqp-tun/privileged/filter.h"

TestSuite(tun, .timeout = 60);

#if FILTER_BUILT

static void *nothing(void *context)
{
	return context;
}

/* Each in a process of its own: a filter stays. Exit status 0: as expected. */
static int calls_in_the_filter(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICSERV}, *found = NULL;
	struct rlimit limit = {0, 0};
	pthread_t thread;
	int fds[2], one = 1;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (filter_system_calls(NULL) < 0)
		return 13;
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		return 1;
	if (getaddrinfo("localhost", "5672", &hints, &found) != 0)
		return 2;
	freeaddrinfo(found);
	fds[0] = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fds[0] < 0 || setsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, &one, sizeof one) < 0)
		return 3;
	if (open("/etc/hosts", O_RDONLY) < 0)
		return 4;
	if (open("/dev/null", O_WRONLY) >= 0 || open("/dev/null", O_RDWR) >= 0)
		return 5;
	if (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EPERM)
		return 6;
	if (fork() >= 0 || errno != EPERM)
		return 7;
	if (execl("/bin/true", "true", (char *)NULL) == 0 || errno != EPERM)
		return 8;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 || errno != EPERM)
		return 9;
	if (unshare(CLONE_NEWUSER) == 0 || errno != EPERM || kill(getppid(), 0) == 0 ||
	    errno != EPERM)
		return 10;
	if (ioctl(0, TUNSETIFF, NULL) == 0 || errno != EPERM)
		return 11;
	return setrlimit(RLIMIT_CORE, &limit) == 0 || errno != EPERM ? 12 : 0;
}

Test(tun, the_filter_lets_it_connect_and_nothing_else)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(calls_in_the_filter());
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
	cr_expect_eq(WEXITSTATUS(status), 0, "the call number %d", WEXITSTATUS(status));
}
#else
/* A sanitizer needs calls that the filter forbids. */
Test(tun, the_filter_lets_it_connect_and_nothing_else)
{
	cr_assert_eq(filter_system_calls(NULL), 0);
	cr_assert_eq(prctl(PR_GET_SECCOMP), 0);
}
#endif
