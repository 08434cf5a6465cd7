#include "base/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/options.h"
#include "base/text.h"
#include "base/timestamp.h"

/* A pipe takes so much whole, or nothing. */
enum { LINE_SIZE = 4096, VALUE_SIZE = 512 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int events = -1;
static bool is_socket, must_ask;
static const char *name, *place;
static unsigned long long left_out;
static int told; /* errno that was said */
static bool is_torn;

/* --- opening --- */

/* The flag of a description that others share is not ours to change: one of our own, where the
 * system gives one. */
static int open_own(int fd, const struct stat *about)
{
	char path[40];

	if (S_ISREG(about->st_mode) || S_ISSOCK(about->st_mode))
		return fd;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	must_ask = own < 0;
	if (own >= 0)
		close(fd);
	return own < 0 ? fd : own;
}

/* A FIFO is opened both ways: its reader may come, and go, when it likes. */
static int open_path(const char *path, struct why *why)
{
	struct stat about;

	if (*path == '-')
		return why_set(why,
		               "is neither a descriptor from 3 on (3>FILE) nor a file (one of "
		               "that name: ./%s)",
		               path);
	bool is_fifo = stat(path, &about) == 0 && S_ISFIFO(about.st_mode);
	int fd = open(path,
	              (is_fifo ? O_RDWR : O_WRONLY | O_CREAT | O_APPEND) | O_NONBLOCK | O_NOCTTY |
	                      O_CLOEXEC,
	              0666);

	return fd < 0 ? why_set(why, "%s", strerror(errno)) : fd;
}

static void note_end(int status, const char *text)
{
	char number[16];

	snprintf(number, sizeof number, "%d", status);
	events_say("stopped", "status", number, "reason", text, NULL);
}

/* What stands there already must be events, too: a name may be that of a recording, or of
 * passwords. */
static int check_file(const char *path, const struct stat *about, struct why *why)
{
	const char *option = S_ISREG(about->st_mode) ? option_that_reads(about) : NULL;
	char first = '{';

	if (option)
		return why_set(why, "is what --%s reads: name another file", option);
	int fd = S_ISREG(about->st_mode) && about->st_size ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, &first, 1);
	close(fd);
	return n == 1 && first != '{' && first != '\n'
	               ? why_set(why, "holds something else than events: name another file")
	               : 0;
}

int events_open(const char *where, struct why *why)
{
	struct stat about;
	int fd;

	if (descriptor_is_number(where)) {
		fd = descriptor_read(where, why);
		if (fd >= 0)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	} else {
		fd = open_path(where, why);
	}
	if (fd < 0)
		return -1;
	if (fstat(fd, &about) < 0)
		return why_set(why, "%s", strerror(errno));
	if (!descriptor_is_number(where) && check_file(where, &about, why) < 0) {
		close(fd);
		return -1;
	}
	is_socket = S_ISSOCK(about.st_mode);
	events = descriptor_is_number(where) ? open_own(fd, &about) : fd;
	place = where;
	signal(SIGPIPE, SIG_IGN);
	log_at_end(note_end);
	return 0;
}

int events_fd(void)
{
	return events;
}

void events_close(void)
{
	if (events >= 0)
		close(events);
	events = -1;
}

void events_set_name(const char *agent)
{
	name = agent;
}

/* --- writing --- */

static ssize_t write_now(const char *line, size_t n)
{
	struct pollfd room = {events, POLLOUT, 0};

	if (is_socket)
		return send(events, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (must_ask && (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))) {
		errno = EAGAIN;
		return -1;
	}
	return write(events, line, n);
}

/* 0, or -1: it is left out. */
static int write_line(const struct text *t)
{
	/* What was cut off by a full disk gets an end of its own. */
	if (is_torn && write_now("\n", 1) == 1)
		is_torn = false;
	ssize_t n = is_torn ? -1 : write_now(t->out, t->length);
	if (n == (ssize_t)t->length) {
		told = 0;
		return 0;
	}
	is_torn |= n > 0;
	int error = n < 0 ? errno : ENOSPC;
	if (error != told)
		log_warning("--events %s: %s: events are left out until it takes them", place,
		            error == EAGAIN ? "its reader is slow" : strerror(error));
	told = error;
	return -1;
}

/* What is escaped has no control characters. */
static void add_text(struct text *t, const char *value)
{
	char shown[ESCAPE_GROWTH * VALUE_SIZE];

	escape(shown, sizeof shown, value, strnlen(value, VALUE_SIZE - 1));
	for (const char *c = shown; *c; c++)
		text_add(t, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
}

static void begin(struct text *t, const char *event)
{
	char time[TIMESTAMP_SIZE];

	text_add(t, "{\"time\":\"%s\",\"tool\":\"%s\"", timestamp(time, now_ns(), 6), log_name());
	if (name) {
		text_add(t, ",\"name\":\"");
		add_text(t, name);
		text_add(t, "\"");
	}
	text_add(t, ",\"event\":\"%s\",\"details\":{", event);
}

static void add_details(struct text *t, va_list pairs)
{
	const char *key, *comma = "";

	while ((key = va_arg(pairs, const char *))) {
		const char *value = va_arg(pairs, const char *);
		size_t before = t->length;

		if (!*value)
			continue;
		text_add(t, "%s\"%s\":\"", comma, key);
		add_text(t, value);
		text_add(t, "\"");
		comma = ",";
		/* Without room for all of it, and for the end, there is none of it. */
		if (t->length + 8 > t->size) {
			t->length = before;
			break;
		}
	}
	text_add(t, "}}\n");
}

static void say_left_out(void)
{
	char line[LINE_SIZE] = "";
	struct text t = {line, sizeof line, 0};

	begin(&t, "left_out");
	text_add(&t, "\"count\":\"%llu\"}}\n", left_out);
	if (write_line(&t) == 0)
		left_out = 0;
}

void events_say(const char *event, ...)
{
	char line[LINE_SIZE] = "";
	struct text t = {line, sizeof line, 0};
	va_list pairs;

	if (events < 0)
		return;
	pthread_mutex_lock(&lock);
	begin(&t, event);
	va_start(pairs, event);
	add_details(&t, pairs);
	va_end(pairs);
	if (left_out)
		say_left_out();
	if (left_out || write_line(&t) < 0)
		left_out++;
	pthread_mutex_unlock(&lock);
}
