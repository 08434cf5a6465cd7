#include "base/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

static int server = -1, through = -1;
static int64_t alive_ms;

/* WATCHDOG_PID: whose it is; a variable that was inherited is another process's. */
static int64_t read_watchdog(void)
{
	const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long us = interval ? atoll(interval) : 0;

	if (us <= 0 || (pid && atoll(pid) != getpid()))
		return 0;
	return us / 2000 ? us / 2000 : 1;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || length >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, length);
	/* An abstract name begins with a NUL, and ends where its length says. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/'));
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	if (path && *path) {
		server = connect_to(path);
		alive_ms = read_watchdog();
		if (server < 0)
			log_warning("$NOTIFY_SOCKET: cannot be reached: systemd is told nothing");
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

int notify_fd(void)
{
	return server;
}

int64_t notify_alive_ms(void)
{
	return server >= 0 || through >= 0 ? alive_ms : 0;
}

static const char *words_of(enum notify_state state)
{
	switch (state) {
	case NOTIFY_STARTS:
		return "STATUS=opens both ends";
	case NOTIFY_READY:
		return "READY=1\nSTATUS=both ends work";
	case NOTIFY_UP:
		return "STATUS=both ends work";
	case NOTIFY_DOWN:
		return "STATUS=an end is away: waits until it is there again";
	case NOTIFY_STOPS:
		return "STOPPING=1\nSTATUS=ends";
	case NOTIFY_ALIVE:
		return "WATCHDOG=1";
	}
	return NULL;
}

void notify(enum notify_state state)
{
	const char octet = (char)state, *words = words_of(state);

	if (through >= 0 && write(through, &octet, 1) != 1)
		log_debug("systemd is not told: the privileged process does not read");
	if (server >= 0 && words &&
	    send(server, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("systemd is not told: it does not read");
}

void notify_through(int pipe)
{
	if (server >= 0)
		close(server);
	server = -1;
	through = pipe;
}

void notify_relay(int pipe)
{
	char octets[64];
	ssize_t n;

	while ((n = read(pipe, octets, sizeof octets)) > 0)
		for (ssize_t i = 0; i < n; i++)
			notify((enum notify_state)octets[i]);
}
