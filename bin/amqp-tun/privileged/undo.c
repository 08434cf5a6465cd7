#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum undo_kind { UNDO_ADDRESS, UNDO_ROUTE, UNDO_SYSCTL };
/* A sysctl for every interface of the host is noted in the worst case. */
enum { CHANGES_MAX = 8192, VALUE_SIZE = 16, PATH_SIZE = 80 };

struct undo {
	enum undo_kind kind;
	unsigned ifindex;
	struct address address;
	char value[VALUE_SIZE];
	char path[PATH_SIZE];
};

struct changes {
	_Atomic unsigned count;
	struct undo list[CHANGES_MAX];
};

static struct changes *changes;

int undo_open(void)
{
	void *area;

	if (changes)
		return 0;
	area = mmap(NULL, sizeof *changes, PROT_READ | PROT_WRITE,
	            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		return -errno;
	changes = area;
	return 0;
}

static int note(const struct undo *u)
{
	int error = undo_open();
	unsigned count;

	if (error < 0)
		return error;
	count = atomic_load(&changes->count);
	if (count == CHANGES_MAX)
		return -ENOSPC;
	changes->list[count] = *u;
	atomic_store(&changes->count, count + 1);
	return 0;
}

static void remove_latest(void)
{
	atomic_fetch_sub(&changes->count, 1);
}

static int add(struct netlink *n, unsigned ifindex, const struct address *a, enum undo_kind kind)
{
	int outcome = note(&(struct undo){.kind = kind, .ifindex = ifindex, .address = *a});

	if (outcome < 0)
		return outcome;
	outcome = kind == UNDO_ADDRESS ? netlink_address_add(n, ifindex, a)
	                               : netlink_route_add(n, ifindex, a);
	if (outcome < 0)
		remove_latest();
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
	struct undo u = {.kind = UNDO_SYSCTL};
	int outcome = read_value(path, u.value);

	if (outcome < 0)
		return outcome;
	if (snprintf(u.path, sizeof u.path, "%s", path) >= (int)sizeof u.path)
		return -ENAMETOOLONG;
	return note(&u);
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

bool undo_sysctl_is(const char *path, const char *value)
{
	char present[VALUE_SIZE];

	return read_value(path, present) == 0 && strcmp(present, value) == 0;
}

static void restore_value(const struct undo *u)
{
	char present[VALUE_SIZE];

	/* Writing even the same value to some of these files has effects. */
	if (read_value(u->path, present) == 0 && strcmp(present, u->value) != 0)
		write_value(u->path, u->value);
}

static void undo_change(const struct undo *u, struct netlink *n)
{
	if (u->kind == UNDO_SYSCTL)
		restore_value(u);
	else if (n && u->kind == UNDO_ADDRESS)
		netlink_address_delete(n, u->ifindex, &u->address);
	else if (n)
		netlink_route_delete(n, u->ifindex, &u->address);
}

void undo_all(void)
{
	unsigned count = changes ? atomic_load(&changes->count) : 0;
	struct netlink *n = count ? netlink_open(-1) : NULL;

	for (; count; count--, remove_latest())
		undo_change(&changes->list[count - 1], n);
	if (n)
		netlink_close(n);
}
