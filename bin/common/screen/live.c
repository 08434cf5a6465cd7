#include "screen/live.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_room.h"
#include "base/loop.h"
#include "screen/screen.h"

enum { KEPT = 64 };

static bool is_open;

/* --- what the tool says meanwhile --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *kept[KEPT]; /* lines and reports of several lines, as they would have been written */
static unsigned kept_count; /* ever */

/* Without memory it is not kept. */
static ssize_t keep(int fd, const void *octets, size_t n)
{
	char *copy = strndup(octets, n);

	(void)fd;
	if (!copy)
		return (ssize_t)n;
	pthread_mutex_lock(&lock);
	char **place = &kept[kept_count++ % KEPT];
	free(*place);
	*place = copy;
	pthread_mutex_unlock(&lock);
	return (ssize_t)n;
}

void live_copy_last(char out[LIVE_LINE_SIZE])
{
	pthread_mutex_lock(&lock);
	snprintf(out, LIVE_LINE_SIZE, "%s", kept_count ? kept[(kept_count - 1) % KEPT] : "");
	pthread_mutex_unlock(&lock);
	out[strcspn(out, "\n")] = '\0';
}

/* Behind the screen, with the time, the priority and the form that it had. Nothing is freed: a
 * thread that is left behind at the end may still look. */
static void say_kept(void)
{
	unsigned from = kept_count > KEPT ? kept_count - KEPT : 0;

	log_write_with(log_room_write);
	if (from)
		log_warning("what was said %u time%s before this is not kept (2> FILE keeps all)",
		            from, from == 1 ? "" : "s");
	for (unsigned i = from; i < kept_count; i++)
		screen_write_words(kept[i % KEPT]);
}

/* --- from the beginning to the end --- */

bool live_open(void)
{
	is_open = screen_is_possible() && screen_open();
	if (is_open && screen_has_words())
		log_write_with(keep);
	return is_open;
}

bool live_is_open(void)
{
	return is_open;
}

static void read_keys(const char *keys, struct live_order *order)
{
	int key;

	while ((key = screen_key())) {
		if (key == 'q')
			loop_stop(EXIT_OK);
		if (key < 0 || key >= 0x7f || !strchr(keys, key))
			continue;
		order->reversed = key == order->key && !order->reversed;
		order->key = key;
	}
}

void live_wait(int64_t due, const char *keys, struct live_order *order)
{
	struct pollfd fds[] = {
		{loop_stop_fd(), POLLIN, 0},
		{is_open ? screen_key_fd() : -1, POLLIN, 0},
		{is_open ? screen_signal_fd() : -1, POLLIN, 0},
	};

	loop_wait(fds, 3, poll_ms(due, monotonic_ns()));
	if (!is_open)
		return;
	if (fds[2].revents)
		screen_read_signals();
	if (fds[1].revents & ~POLLIN)
		screen_lose_keys();
	read_keys(keys, order);
}

void live_end(void)
{
	if (is_open)
		screen_close();
}

void live_close(void)
{
	if (!is_open)
		return;
	screen_restore();
	say_kept();
}
