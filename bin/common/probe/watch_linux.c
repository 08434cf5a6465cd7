#include "probe/watch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 8 };

/* Attributes: udev gives a port to its group after it has made it. */
enum {
	CHANGES = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF |
	          IN_MOVE_SELF | IN_ONLYDIR
};

static void add(struct watch *w, const char *folder, const char *name)
{
	struct watched *item = &w->item[w->count];

	size_t size = strlen(name) + 1;

	if (w->count == WATCHED_MAX || size > sizeof item->name)
		return;
	item->number = inotify_add_watch(w->fd, folder, CHANGES | IN_MASK_ADD);
	if (item->number < 0)
		return;
	memcpy(item->name, name, size);
	w->count++;
}

static void add_path(struct watch *w, const char *path, unsigned links);

/* The link at path; folder: where it stands. */
static void add_target(struct watch *w, const char *folder, const char *path, unsigned links)
{
	char target[PATH_MAX], whole[2 * PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);

	if (n <= 0 || links == LINKS_MAX)
		return;
	target[n] = '\0';
	snprintf(whole, sizeof whole, target[0] == '/' ? "%.0s%s" : "%s/%s", folder, target);
	add_path(w, whole, links + 1);
}

/* Each name on the way, in the folder where it stands, up to the first that is not there. */
static void add_path(struct watch *w, const char *path, unsigned links)
{
	char folder[2 * PATH_MAX] = "/", name[NAME_MAX + 1], here[2 * PATH_MAX + NAME_MAX + 2];

	while (*path) {
		size_t n = strcspn(path, "/");
		struct stat status;

		if (n > NAME_MAX)
			return;
		memcpy(name, path, n);
		name[n] = '\0';
		path += n + (path[n] == '/');
		if (!n || strcmp(name, ".") == 0)
			continue;
		snprintf(here, sizeof here, "%s%s%s", folder, folder[1] ? "/" : "", name);
		if (strcmp(name, "..") != 0)
			add(w, folder, name);
		size_t size = strlen(here) + 1;
		if (lstat(here, &status) < 0 || size > sizeof folder)
			return;
		if (S_ISLNK(status.st_mode))
			add_target(w, folder, here, links);
		memcpy(folder, here, size);
	}
}

int watch_open(struct watch *w, const char *path, struct why *why)
{
	char whole[2 * PATH_MAX], here[PATH_MAX];

	w->count = 0;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0)
		return why_set(why, "inotify: %s", strerror(errno));
	if (path[0] == '/' || !getcwd(here, sizeof here))
		snprintf(whole, sizeof whole, "%s", path);
	else
		snprintf(whole, sizeof whole, "%s/%s", here, path);
	add_path(w, whole, 0);
	return 0;
}

static bool concerns(const struct watch *w, const struct inotify_event *event)
{
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_Q_OVERFLOW))
		return true;
	for (unsigned i = 0; i < w->count; i++)
		if (w->item[i].number == event->wd && event->len &&
		    strcmp(w->item[i].name, event->name) == 0)
			return true;
	return false;
}

bool watch_read(struct watch *w)
{
	_Alignas(struct inotify_event) char events[4096];
	bool changed = false;
	ssize_t n;

	while ((n = read(w->fd, events, sizeof events)) > 0)
		for (char *at = events; at < events + n;) {
			const struct inotify_event *event = (const void *)at;

			changed |= concerns(w, event);
			at += sizeof *event + event->len;
		}
	return changed;
}

void watch_close(struct watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}
