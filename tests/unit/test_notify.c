/* systemd's watchdog: it hears of a tool only while all of its threads come back. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/notify.h"

enum { WATCHDOG_MS = 400, LATER_MS = 1200, PATIENCE_MS = 20000 };

static int systemd, release[2], begun[2];
static bool hears_on, heard_later;

static void open_systemd(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];

	snprintf(name, sizeof name, "@framebus-test-notify-%d", (int)getpid());
	memcpy(address.sun_path, name, strlen(name));
	address.sun_path[0] = '\0';
	systemd = socket(AF_UNIX, SOCK_DGRAM, 0);
	cr_assert_eq(bind(systemd, (struct sockaddr *)&address,
	                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
	             0);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "400000", 1);
	unsetenv("WATCHDOG_PID");
	notify_open();
	cr_assert_null(getenv("NOTIFY_SOCKET"));
	cr_assert_null(getenv("WATCHDOG_USEC"));
}

static void hear(int ms)
{
	struct pollfd fd = {systemd, POLLIN, 0};
	char words[128] = "";

	if (poll(&fd, 1, ms) == 1 && recv(systemd, words, sizeof words - 1, 0) > 0)
		hears_on |= strcmp(words, "WATCHDOG=1") == 0;
}

/* Whether the tool is said to be alive in the next ms. */
static bool hears_alive(int ms)
{
	int64_t until = monotonic_ns() + ms * INT64_C(1000000);

	for (hears_on = false; !hears_on && monotonic_ns() < until;)
		hear((int)((until - monotonic_ns()) / 1000000) + 1);
	return hears_on;
}

static void wait_for_the_octet(int fd)
{
	char octet;

	cr_assert_eq(read(fd, &octet, 1), 1);
}

static int wait_for_the_stop(void *none)
{
	struct pollfd fd = {loop_stop_fd(), POLLIN, 0};

	(void)none;
	loop_wait(&fd, 1, -1);
	return 0;
}

static int wait_too(void *none)
{
	return write(begun[1], "", 1) == 1 ? wait_for_the_stop(none) : 1;
}

static int hang(void *none)
{
	(void)none;
	/* From now on it is judged. */
	loop_wait(NULL, 0, 0);
	if (write(begun[1], "", 1) != 1)
		return 1;
	wait_for_the_octet(release[0]);
	return 0;
}

static void *listen_to_it(void *hangs)
{
	int64_t later;

	wait_for_the_octet(begun[0]);
	later = monotonic_ns() + LATER_MS * INT64_C(1000000);
	while (monotonic_ns() < later)
		hear(10);
	heard_later = hears_alive(hangs ? 3 * WATCHDOG_MS : PATIENCE_MS);
	if (write(release[1], "", 1) == 1)
		loop_stop(0);
	return NULL;
}

static void run_with(int (*other)(void *none))
{
	struct worker workers[] = {{.name = "waits", .run = wait_for_the_stop},
	                           {.name = "other", .run = other}};
	pthread_t listener;

	open_systemd();
	cr_assert(pipe(release) == 0 && pipe(begun) == 0);
	cr_assert_eq(loop_open(NULL), 0);
	cr_assert_eq(pthread_create(&listener, NULL, listen_to_it, other == hang ? release : NULL),
	             0);
	cr_assert_eq(loop_run(workers, 2), 0);
	pthread_join(listener, NULL);
}

Test(notify, threads_that_wait_are_alive, .timeout = 60)
{
	run_with(wait_too);
	cr_assert(heard_later);
}

Test(notify, one_thread_that_hangs_is_told_by_silence, .timeout = 60)
{
	run_with(hang);
	cr_assert_not(heard_later);
}
