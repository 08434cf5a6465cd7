#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum undo_kind { UNDO_ADDRESS, UNDO_ROUTE, UNDO_SYSCTL };
/* A sysctl for every interface of the host is noted in the worst case. */
enum { CHANGES_MAX = 8192, VALUE_SIZE = 16, PATH_SIZE = 96 };

struct undo {
	enum undo_kind kind;
	unsigned ifindex; /* of an address or a route */
	struct address address;
	struct sysctl sysctl;
	char value[VALUE_SIZE];
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

/* Its file, by the name that the interface has now. A descriptor or a negative errno. */
static int open_sysctl(const struct sysctl *s, int flags)
{
	char path[PATH_SIZE], name[IFNAMSIZ];
	int fd;

	if (!s->name && !if_indextoname(s->ifindex, name))
		return -errno;
	if (snprintf(path, sizeof path, "%s%s/%s", s->folder, s->name ? s->name : name, s->file) >=
	    (int)sizeof path)
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_value(const struct sysctl *s, char value[VALUE_SIZE])
{
	int fd = open_sysctl(s, O_RDONLY);

	if (fd < 0)
		return fd;
	ssize_t n = read(fd, value, VALUE_SIZE - 1);
	int outcome = n < 0 ? -errno : 0;
	close(fd);
	value[n > 0 ? n : 0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return outcome;
}

static int write_value(const struct sysctl *s, const char *value)
{
	int fd = open_sysctl(s, O_WRONLY);

	if (fd < 0)
		return fd;
	int outcome = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return outcome;
}

int undo_note_sysctl(const struct sysctl *s)
{
	struct undo u = {.kind = UNDO_SYSCTL, .sysctl = *s};
	int outcome = read_value(s, u.value);

	return outcome < 0 ? outcome : note(&u);
}

int undo_set_sysctl(const struct sysctl *s, const char *value)
{
	char present[VALUE_SIZE];
	int outcome = read_value(s, present);

	if (outcome < 0 || strcmp(present, value) == 0)
		return outcome;
	outcome = undo_note_sysctl(s);
	if (outcome < 0)
		return outcome;
	outcome = write_value(s, value);
	if (outcome < 0)
		remove_latest();
	return outcome;
}

bool undo_sysctl_is(const struct sysctl *s, const char *value)
{
	char present[VALUE_SIZE];

	return read_value(s, present) == 0 && strcmp(present, value) == 0;
}

static void restore_value(const struct undo *u)
{
	char present[VALUE_SIZE];

	/* Writing even the same value to some of these files has effects. */
	if (read_value(&u->sysctl, present) == 0 && strcmp(present, u->value) != 0)
		write_value(&u->sysctl, u->value);
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
