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
#include "capture/path.h"

enum { EVENTS_SIZE = 4096, LINKS_MAX = 40 /* as the kernel has it */ };

struct follow {
	const char *path;
	int fd, events;
	bool told_gone;
};

/* A name that comes, or a link that is set anew, shows in its folder. */
static int watch_folder_of(int events, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s", file);
	return inotify_add_watch(events, dirname(path),
	                         IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB);
}

static bool is_link(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* Also folders on the way may be links. dirname(3) gives a "." that is not in path. */
static void watch_way(int events, const char *file)
{
	char path[PATH_MAX];
	const char *up;

	snprintf(path, sizeof path, "%s", file);
	do {
		size_t length = strlen(path);

		if (is_link(path))
			watch_folder_of(events, path);
		up = dirname(path);
		if (up != path || strlen(path) >= length)
			return;
	} while (*up);
}

/* Also what a link names has a folder, in which another file may take its place. */
static int watch_folders(int events, const char *path)
{
	char at[PATH_MAX];
	int links = 0;

	snprintf(at, sizeof at, "%s", path);
	watch_way(events, at);
	while (links++ < LINKS_MAX && path_follow_link(at)) {
		watch_folder_of(events, at);
		watch_way(events, at);
	}
	return watch_folder_of(events, path);
}

/* Of the file that is read, whatever has become of its name. */
static int watch_file(int events, int fd)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return inotify_add_watch(events, path, IN_MODIFY);
}

/* Instead of what was watched before. Nothing gets lost: whoever calls looks again before it waits.
 */
static int watch(struct follow *f)
{
	int events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	bool works = events >= 0 && watch_file(events, f->fd) >= 0 &&
	             watch_folders(events, f->path) >= 0;
	int error = errno;

	if (works && f->events >= 0)
		dup3(events, f->events, O_CLOEXEC);
	if (events >= 0 && (!works || f->events >= 0))
		close(events);
	else
		f->events = events;
	errno = error;
	return works ? 0 : -1;
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
	*f = (struct follow){.path = path, .fd = fd, .events = -1};
	if (watch(f) == 0)
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

static void tell_gone(struct follow *f, int error)
{
	if (!f->told_gone)
		limited_warning("%s: %s: waits for the next file of this name", f->path,
		                error == ENOENT ? "has been removed" : strerror(error));
	f->told_gone = true;
}

/* Where there is none, its folder may be another one since a link was set anew. */
static int open_next(struct follow *f)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int next = open(f->path, flags);

	if (next < 0) {
		watch(f);
		next = open(f->path, flags);
	}
	if (next < 0)
		tell_gone(f, errno);
	return next;
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
	int next = open_next(f);
	struct stat now, then;

	if (next < 0)
		return FOLLOW_NOTHING;
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
	watch(f);
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
