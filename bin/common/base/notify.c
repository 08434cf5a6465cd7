#include "base/notify.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/escape.h"

static int manager = -1, pipe_to_other = -1;
static int64_t alive_every_ns;
static _Atomic bool is_ready;

/* Unset at once: whoever is started by us is not this service. */
static char *take(const char *name)
{
	const char *value = getenv(name);
	char *copy = value && *value ? strdup(value) : NULL;

	unsetenv(name);
	return copy;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	int fd;

	if ((path[0] != '/' && path[0] != '@') || length >= sizeof address.sun_path) {
		errno = EINVAL;
		return -1;
	}
	memcpy(address.sun_path, path, length);
	/* The abstract name space. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
	                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
	                                   (path[0] == '/'))) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* Another process's watchdog is none of ours. */
static int64_t watchdog_ns(const char *usec, const char *pid)
{
	long long value = usec ? strtoll(usec, NULL, 10) : 0;

	if (pid && strtoll(pid, NULL, 10) != getpid())
		return 0;
	return value > 0 && value < INT64_MAX / 1000 ? value * 1000 : 0;
}

int notify_open(struct why *why)
{
	char *path = take("NOTIFY_SOCKET"), *usec = take("WATCHDOG_USEC");
	char *pid = take("WATCHDOG_PID");
	int result = 0;

	if (path) {
		manager = connect_to(path);
		if (manager < 0) {
			result = why_set(why,
			                 "NOTIFY_SOCKET=%s, to which a service reports: %s (unset "
			                 "it where no service manager waits)",
			                 path, strerror(errno));
		} else {
			alive_every_ns = watchdog_ns(usec, pid) / 2;
		}
	}
	free(path);
	free(usec);
	free(pid);
	return result;
}

int64_t notify_alive_every_ns(void)
{
	return manager >= 0 || pipe_to_other >= 0 ? alive_every_ns : 0;
}

static void tell_manager(enum notify_state state, const char *words)
{
	char text[1024], shown[512];
	int length = 0;

	switch (state) {
	case NOTIFY_READY:
		length = snprintf(text, sizeof text, "READY=1\nSTATUS=ready");
		break;
	case NOTIFY_RUNS:
		length = snprintf(text, sizeof text, "STATUS=running");
		break;
	case NOTIFY_WAITS:
		/* A new line would begin a word to the manager. */
		if (words)
			escape(shown, sizeof shown, words, strlen(words));
		length = snprintf(text, sizeof text, "STATUS=%s",
		                  words ? shown : "waits; its messages say for what");
		break;
	case NOTIFY_STOPS:
		length = snprintf(text, sizeof text, "STOPPING=1\nSTATUS=ending");
		break;
	case NOTIFY_ALIVE:
		length = snprintf(text, sizeof text, "WATCHDOG=1");
		break;
	}
	if (length >= (int)sizeof text)
		length = sizeof text - 1;
	/* A manager that does not read now learns it from the next one. */
	if (length > 0)
		send(manager, text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void notify(enum notify_state state, const char *words)
{
	char code = (char)state;

	if (state == NOTIFY_READY && atomic_exchange(&is_ready, true))
		return;
	if (pipe_to_other >= 0) {
		if (write(pipe_to_other, &code, 1) < 0)
			return;
	} else if (manager >= 0) {
		tell_manager(state, words);
	}
}

void notify_through(int to)
{
	if (manager >= 0)
		close(manager);
	manager = -1;
	pipe_to_other = to;
}

bool notify_pass_on(int from)
{
	char codes[64];
	ssize_t n = read(from, codes, sizeof codes);

	for (ssize_t i = 0; i < n; i++)
		if (strchr("RUWSA", codes[i]) && codes[i])
			notify((enum notify_state)codes[i], NULL);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}
