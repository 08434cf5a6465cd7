#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum undo_kind { UNDO_ADDRESS, UNDO_ROUTE, UNDO_SYSCTL };
enum { VALUE_SIZE = 16 };

struct undo {
	struct undo *before;
	enum undo_kind kind;
	unsigned ifindex;
	struct address address;
	char value[VALUE_SIZE];
	char *path;
};

static struct undo *latest;

static struct undo *note(enum undo_kind kind)
{
	struct undo *u = calloc(1, sizeof *u);

	if (!u)
		return NULL;
	u->kind = kind;
	u->before = latest;
	latest = u;
	return u;
}

static struct undo *forget_latest(void)
{
	struct undo *before = latest->before;

	free(latest->path);
	free(latest);
	return before;
}

static int add(struct netlink *n, unsigned ifindex, const struct address *a, enum undo_kind kind)
{
	struct undo *u = note(kind);

	if (!u)
		return -ENOMEM;
	u->ifindex = ifindex;
	u->address = *a;
	int outcome = kind == UNDO_ADDRESS ? netlink_address_add(n, ifindex, a) : netlink_route_add(n, ifindex, a);
	if (outcome < 0)
		latest = forget_latest();
	return outcome;
}

int undo_add_address(struct netlink *n, unsigned ifindex, const struct address *a)
{
	int outcome = add(n, ifindex, a, UNDO_ADDRESS);

	return outcome == -EEXIST ? 0 : outcome;
}

int undo_add_route(struct netlink *n, unsigned ifindex, const struct address *prefix)
{
	int outcome = add(n, ifindex, prefix, UNDO_ROUTE);

	return outcome == -EEXIST ? 0 : outcome;
}

static int read_value(const char *path, char value[VALUE_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, value, VALUE_SIZE - 1);
	int outcome = n < 0 ? -errno : 0;
	close(fd);
	value[n > 0 ? n : 0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return outcome;
}

static int write_value(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int outcome = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return outcome;
}

int undo_note_sysctl(const char *path)
{
	char value[VALUE_SIZE];
	int outcome = read_value(path, value);

	if (outcome < 0)
		return outcome;
	struct undo *u = note(UNDO_SYSCTL);
	if (!u)
		return -ENOMEM;
	memcpy(u->value, value, sizeof u->value);
	u->path = strdup(path);
	if (u->path)
		return 0;
	latest = forget_latest();
	return -ENOMEM;
}

int undo_set_sysctl(const char *path, const char *value)
{
	char present[VALUE_SIZE];
	int outcome = read_value(path, present);

	if (outcome < 0 || strcmp(present, value) == 0)
		return outcome;
	outcome = undo_note_sysctl(path);
	return outcome < 0 ? outcome : write_value(path, value);
}

static void restore_value(const struct undo *u)
{
	char present[VALUE_SIZE];

	/* Writing even the same value to some of these files has effects. */
	if (read_value(u->path, present) == 0 && strcmp(present, u->value) != 0)
		write_value(u->path, u->value);
}

void undo_all(void)
{
	struct netlink *n = latest ? netlink_open() : NULL;

	for (; latest; latest = forget_latest()) {
		if (latest->kind == UNDO_SYSCTL)
			restore_value(latest);
		else if (n && latest->kind == UNDO_ADDRESS)
			netlink_address_delete(n, latest->ifindex, &latest->address);
		else if (n)
			netlink_route_delete(n, latest->ifindex, &latest->address);
	}
	if (n)
		netlink_close(n);
}
