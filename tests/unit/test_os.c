/* bin/common/base: what each system has in its own way (os.h, event.h), and the loop that is built
 * on it. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/os.h"

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, timeout_ms) == 1;
}

Test(os, random_octets_differ)
{
	static const uint8_t zero[256];
	uint8_t a[256] = {0}, b[256] = {0};

	cr_assert(os_random(a, sizeof a) == 0 && os_random(b, sizeof b) == 0);
	cr_assert(memcmp(a, zero, sizeof a) != 0 && memcmp(a, b, sizeof a) != 0);
}

Test(os, event_is_readable_until_it_is_drained)
{
	int fd = event_open();

	cr_assert(fd >= 0 && !is_readable(fd, 0));
	event_drain(fd);
	event_raise(fd);
	event_raise(fd);
	cr_assert(is_readable(fd, 0) && is_readable(fd, 0));
	event_drain(fd);
	cr_assert_not(is_readable(fd, 0));
	close(fd);
}

/* Criterion needs what is limited here: only the calls under test go without. */
static struct rlimit limit(int resource, rlim_t soft)
{
	struct rlimit before, now;

	cr_assert_eq(getrlimit(resource, &before), 0);
	now = (struct rlimit){soft, before.rlim_max};
	cr_assert_eq(setrlimit(resource, &now), 0);
	return before;
}

Test(os, no_descriptor_left_is_an_error)
{
	struct rlimit before = limit(RLIMIT_NOFILE, 0);
	struct why why;
	int event = event_open(), timer = os_timer_open(),
	    signals = os_signals_open((int[]){SIGUSR2}, 1), loop = loop_open(&why);

	setrlimit(RLIMIT_NOFILE, &before);
	cr_assert(event == -1 && timer == -1 && signals == -1 && loop == -1);
	cr_assert_str_eq(why.text, "signals: Too many open files (ulimit -n N allows N; of "
	                           "a service: LimitNOFILE=N)");
}

Test(os, signals_come_by_descriptor)
{
	int fd = os_signals_open((int[]){SIGUSR1, SIGTERM}, 2);

	cr_assert(fd >= 0 && !is_readable(fd, 0));
	cr_assert_eq(os_signals_read(fd), 0);
	raise(SIGUSR1);
	raise(SIGTERM);
	cr_assert(is_readable(fd, 0));
	int first = os_signals_read(fd), second = os_signals_read(fd);
	cr_assert(first + second == SIGUSR1 + SIGTERM && first != second);
	cr_assert_eq(os_signals_read(fd), 0);
	close(fd);
}

Test(os, timer_is_readable_from_its_time_on, .timeout = 20)
{
	int fd = os_timer_open();
	int64_t start = monotonic_ns();

	cr_assert(fd >= 0 && !is_readable(fd, 0));
	os_timer_drain(fd);
	os_timer_set(fd, start + 30000000);
	cr_assert(is_readable(fd, 10000));
	cr_assert_geq(monotonic_ns(), start + 30000000);
	os_timer_drain(fd);
	cr_assert_not(is_readable(fd, 0));
	os_timer_set(fd, start);
	cr_assert(is_readable(fd, 10000), "a time that has passed");
	os_timer_set(fd, start + INT64_C(3600000000000));
	cr_assert_not(is_readable(fd, 0), "set anew");
	close(fd);
}

static void open_pair(int pair[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert(bind(listener, (struct sockaddr *)&address, size) == 0 &&
	          listen(listener, 1) == 0 &&
	          getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(connect(pair[0], (struct sockaddr *)&address, size), 0);
	pair[1] = accept(listener, NULL, NULL);
	cr_assert_geq(pair[1], 0);
	close(listener);
}

/* The kernel takes a cork out after 200 ms: of a thread that was held up for so long it says
 * nothing. Returns whether this one was not. */
static bool cork_holds(const int pair[2])
{
	int64_t start = monotonic_ns();
	int unsent;
	bool readable;

	os_cork(pair[0], true);
	cr_assert_eq(write(pair[0], "abc", 3), 3);
	unsent = os_unsent(pair[0]);
	readable = is_readable(pair[1], 20);
	if (monotonic_ns() - start > 150000000)
		return false;
	cr_assert(unsent == 3 && !readable);
	return true;
}

Test(os, corked_octets_wait_for_the_cork_to_be_taken_out, .timeout = 60)
{
	int pair[2];
	char octets[8];

	open_pair(pair);
	while (!cork_holds(pair)) {
		close(pair[0]);
		close(pair[1]);
		open_pair(pair);
	}
	os_cork(pair[0], false);
	cr_assert(is_readable(pair[1], 10000));
	cr_assert_eq(read(pair[1], octets, sizeof octets), 3);
	for (int i = 0; i < 1000 && os_unsent(pair[0]); i++)
		poll(NULL, 0, 5);
	cr_assert_eq(os_unsent(pair[0]), 0);
	os_cork(STDIN_FILENO, true);
	cr_assert_eq(os_unsent(-1), 0, "no socket, no octets");
	close(pair[0]);
	close(pair[1]);
}

static int wait_for_stop(void *runs)
{
	char name[16];

	cr_assert(pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
	          strcmp(name, "first") == 0);
	++*(_Atomic int *)runs;
	return is_readable(loop_stop_fd(), -1) ? 0 : 3;
}

Test(loop, signal_ends_it, .timeout = 20)
{
	_Atomic int runs = 0;
	struct worker worker = {.name = "first", .run = wait_for_stop, .context = &runs};

	cr_assert_eq(loop_open(NULL), 0);
	raise(SIGTERM);
	cr_assert_eq(loop_run(&worker, 1), EXIT_OK);
	cr_assert_eq(runs, 1);
}

Test(loop, more_threads_than_there_may_be_are_refused, .timeout = 20)
{
	struct worker workers[33] = {{.name = "first", .run = wait_for_stop}};

	cr_assert_eq(loop_open(NULL), 0);
	cr_assert_eq(loop_run(workers, 33), EXIT_RUNNING);
}

/* Root has no limit, another user's stands. */
Test(loop, thread_that_cannot_be_started_is_a_failure, .timeout = 20)
{
	_Atomic int runs = 0;
	struct worker worker = {.name = "first", .run = wait_for_stop, .context = &runs};

	cr_assert_eq(loop_open(NULL), 0);
	struct rlimit before = limit(RLIMIT_NPROC, 0);
	uid_t uid = getuid();
	cr_assert(uid != 0 || setresuid(65534, 65534, 0) == 0);
	int status = loop_run(&worker, 1);
	cr_assert_eq(setresuid(uid, uid, uid), 0);
	setrlimit(RLIMIT_NPROC, &before);
	cr_assert_eq(status, EXIT_RUNNING);
	cr_assert_eq(runs, 0);
}
