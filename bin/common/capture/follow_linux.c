#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limit.h"
#include "capture/follow.h"

enum { EVENTS_SIZE = 4096 };

struct follow {
	const char *path;
	int fd, events;
	int of_file; /* the watch; -1: none */
	bool told_gone;
};

/* A name that comes, or a link that is set anew, shows in its folder. */
static int watch_folder(struct follow *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s", f->path);
	return inotify_add_watch(f->events, dirname(path),
	                         IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
}

/* Of the file that is read, whatever has become of its name. */
static void watch_file(struct follow *f)
{
	char path[64];

	if (f->of_file >= 0)
		inotify_rm_watch(f->events, f->of_file);
	snprintf(path, sizeof path, "/proc/self/fd/%d", f->fd);
	f->of_file = inotify_add_watch(f->events, path, IN_MODIFY);
}

struct follow *follow_open(const char *path, int fd, struct why *why)
{
	struct stat status;
	struct follow *f;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		why_set(why, "%s: is no file that could grow: --follow has no use", path);
		return NULL;
	}
	f = calloc(1, sizeof *f);
	if (!f) {
		why_errno(why, path);
		return NULL;
	}
	*f = (struct follow){.path = path, .fd = fd, .of_file = -1};
	f->events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->events >= 0)
		watch_file(f);
	if (f->of_file >= 0 && watch_folder(f) >= 0)
		return f;
	why_set(why, "%s: cannot be followed: %s", path, strerror(errno));
	follow_close(f);
	return NULL;
}

int follow_fd(const struct follow *f)
{
	return f->events;
}

static bool read_events(const struct follow *f)
{
	_Alignas(struct inotify_event) char events[EVENTS_SIZE];
	bool any = false;

	while (read(f->events, events, sizeof events) > 0)
		any = true;
	return any;
}

static bool is_cut(const struct follow *f)
{
	struct stat status;
	off_t at = lseek(f->fd, 0, SEEK_CUR);

	return fstat(f->fd, &status) == 0 && at > status.st_size;
}

static void tell_gone(struct follow *f)
{
	if (!f->told_gone)
		limited_warning("%s: has been removed: waits for the next file of this name",
		                f->path);
	f->told_gone = true;
}

/* Written between the read(2) that has found the end and the coming of another file. */
static bool has_more(const struct follow *f)
{
	struct stat status;

	return fstat(f->fd, &status) == 0 && lseek(f->fd, 0, SEEK_CUR) < status.st_size;
}

/* FOLLOW_ANEW: fd is now another file. */
static enum follow_news take_next(struct follow *f)
{
	int next = open(f->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat now, then;

	if (next < 0) {
		tell_gone(f);
		return FOLLOW_NOTHING;
	}
	bool is_other = fstat(next, &now) == 0 && fstat(f->fd, &then) == 0 &&
	                S_ISREG(now.st_mode) &&
	                (now.st_dev != then.st_dev || now.st_ino != then.st_ino);
	enum follow_news news = !is_other     ? FOLLOW_NOTHING
	                        : has_more(f) ? FOLLOW_MORE
	                                      : FOLLOW_ANEW;
	if (news == FOLLOW_ANEW)
		dup3(next, f->fd, O_CLOEXEC);
	close(next);
	return news;
}

enum follow_news follow_look(struct follow *f)
{
	bool changed = read_events(f);

	if (is_cut(f)) {
		limited_warning("%s: has been cut: read again from its beginning", f->path);
		lseek(f->fd, 0, SEEK_SET);
		return FOLLOW_ANEW;
	}
	if (changed)
		return FOLLOW_MORE;
	enum follow_news news = take_next(f);
	if (news != FOLLOW_ANEW)
		return news;
	f->told_gone = false;
	watch_file(f);
	limited_warning("%s: is another file now: read from its beginning", f->path);
	return FOLLOW_ANEW;
}

void follow_close(struct follow *f)
{
	if (!f)
		return;
	if (f->events >= 0)
		close(f->events);
	free(f);
}
