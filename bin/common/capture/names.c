#include "capture/names.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limit.h"
#include "base/log.h"
#include "capture/folders.h"
#include "capture/path.h"

/* --- which files belong to a ring --- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* air.07.pcap: air.pcap and 7. False: the name has no number. */
static bool split_number(const char *name, char *base, size_t size, uint64_t *number)
{
	size_t stem = rotation_stem(name), digits = 0;

	while (digits < stem && isdigit((unsigned char)name[stem - digits - 1]))
		digits++;
	if (digits == 0 || digits + 1 >= stem || name[stem - digits - 1] != '.')
		return false;
	*number = strtoull(name + stem - digits, NULL, 10);
	return snprintf(base, size, "%.*s%s", (int)(stem - digits - 1), name, name + stem) <
	       (int)size;
}

/* Whether the pattern makes this name at some time. */
static bool is_of_some_time(const char *name, const char *pattern)
{
	struct tm time = {.tm_mday = 1, .tm_isdst = -1};
	char again[PATH_MAX];
	const char *end = strptime(name, pattern, &time);

	return end && !*end && strftime(again, sizeof again, pattern, &time) &&
	       strcmp(again, name) == 0;
}

static bool is_of_ring(const struct rotation *r, const char *pattern, const char *name)
{
	char base[PATH_MAX] = "", again[PATH_MAX];
	uint64_t number = 0;
	bool numbered = split_number(name, base, sizeof base, &number);

	if (r->seconds && strchr(pattern, '%'))
		return is_of_some_time(name, pattern) ||
		       (numbered && is_of_some_time(base, pattern));
	return (strcmp(name, pattern) == 0 || strcmp(base, pattern) == 0) && number < r->files &&
	       rotation_number(r, pattern, number, again, sizeof again) && strcmp(again, name) == 0;
}

bool names_make(const struct rotation *r, const char *pattern, const char *path)
{
	const char *name = last_part(path), *made_of = last_part(pattern);
	size_t folder = (size_t)(made_of - pattern);
	char base[PATH_MAX] = "", again[PATH_MAX];
	uint64_t number = 0;

	if (folder != (size_t)(name - path) || strncmp(path, pattern, folder) != 0)
		return false;
	if (r->seconds && is_of_some_time(name, made_of))
		return true;
	return (r->octets || r->packets) && split_number(name, base, sizeof base, &number) &&
	       strcmp(base, made_of) == 0 &&
	       rotation_number(r, base, number, again, sizeof again) && strcmp(again, name) == 0;
}

struct ring {
	uint64_t count;
	bool spares;           /* what is in use is not the oldest */
	char oldest[PATH_MAX]; /* "": none */
	int64_t oldest_ns, newest_ns;
};

static void add(struct ring *ring, const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return;
	ring->count++;
	/* A link or a folder has a name of the ring for good. */
	if (!S_ISREG(status.st_mode))
		return;
	int64_t time = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
	bool is_older = !*ring->oldest || time < ring->oldest_ns;
	if (is_older && !(ring->spares && path_use(path))) {
		ring->oldest_ns = time;
		snprintf(ring->oldest, sizeof ring->oldest, "%s", path);
	}
	if (time > ring->newest_ns)
		ring->newest_ns = time;
}

static void look(struct ring *ring, const struct names *n, const char *base, bool spares)
{
	int folder = (int)(last_part(base) - base);
	char path[PATH_MAX];

	*ring = (struct ring){.spares = spares};
	snprintf(path, sizeof path, "%.*s.", folder, base);
	DIR *d = opendir(path);
	if (!d)
		return;
	for (struct dirent *entry; (entry = readdir(d));)
		if (is_of_ring(n->rotation, last_part(n->pattern), entry->d_name) &&
		    snprintf(path, sizeof path, "%.*s%s", folder, base, entry->d_name) <
		            (int)sizeof path)
			add(ring, path);
	closedir(d);
}

/* What is read or written would be lost with its name: the next one is the oldest then. */
static int spare(struct ring *ring, const struct names *n, const char *base, struct why *why)
{
	int use = path_use(ring->oldest);

	if (!use)
		return 0;
	why_set(why, "%s: %s", ring->oldest, path_open_words(use));
	look(ring, n, base, true);
	if (!*ring->oldest)
		return -1;
	limited_warning("%s; it stays in the ring", why->text);
	return 0;
}

/* One for one: where more are there than the ring has, they do not become fewer unasked. */
static int make_room(struct ring *ring, const struct names *n, const char *base, struct why *why)
{
	if (ring->count < n->rotation->files)
		return 0;
	if (!*ring->oldest)
		return why_set(why,
		               "'%s': every name of the ring (-W %llu) is that of a link or a "
		               "folder: give -w another name",
		               n->pattern, (unsigned long long)n->rotation->files);
	if (spare(ring, n, base, why) < 0)
		return -1;
	log_info("%s: the oldest of the ring, replaced", ring->oldest);
	return unlink(ring->oldest) < 0 ? why_errno(why, ring->oldest) : 0;
}

/* --- the next file --- */

static struct file *open_free(struct names *n, const char *base, unsigned flags, uint64_t number,
                              char path[PATH_MAX], struct why *why)
{
	for (;; number++) {
		if (!rotation_number(n->rotation, base, number, path, PATH_MAX)) {
			why_set(why, "'%s': makes a name that is too long", n->pattern);
			return NULL;
		}
		struct file *f = file_open(path, flags | (number ? PATH_NEW : 0), why);
		if (f)
			n->number = number;
		if (f || errno != EEXIST)
			return f;
	}
}

static struct file *open_in_ring(struct names *n, const char *base, unsigned flags,
                                 char path[PATH_MAX], struct why *why)
{
	struct ring ring;

	look(&ring, n, base, false);
	if (make_room(&ring, n, base, why) < 0)
		return NULL;
	struct file *f = open_free(n, base, flags, 0, path, why);
	if (f && ring.count)
		file_keep_after(f, ring.newest_ns);
	if (f && ring.count && !*n->base)
		log_warning("%s: goes on behind %llu file%s of an earlier run, a ring of %llu "
		            "(--overwrite: begin anew)",
		            path, (unsigned long long)ring.count, ring.count == 1 ? "" : "s",
		            (unsigned long long)n->rotation->files);
	return f;
}

/* The names of this run go on where they were, so that it looks at each once. */
static struct file *open_in_row(struct names *n, const char *base, unsigned flags,
                                char path[PATH_MAX], struct why *why)
{
	uint64_t first = strcmp(base, n->base) == 0 ? n->number + 1 : 0;
	struct file *f = open_free(n, base, flags, first, path, why);

	if (f && n->number > first)
		log_warning("%s: is there already: %s is written (--overwrite: replace it)", base,
		            path);
	return f;
}

static bool is_written_as_it_is(const char *path)
{
	enum path_kind kind = path_kind(path);

	return kind != PATH_IS_NONE && kind != PATH_IS_REGULAR;
}

struct file *names_open(struct names *n, unsigned flags, char path[PATH_MAX], struct why *why)
{
	const struct rotation *r = n->rotation;
	char base[PATH_MAX];
	struct file *f;

	if (!rotation_base(r, n->pattern, base, sizeof base) ||
	    !rotation_number(r, base, r->number, path, PATH_MAX)) {
		why_set(why, "'%s': makes a name that is empty or too long", n->pattern);
		return NULL;
	}
	if (folders_make(r, n->pattern, base, why) < 0)
		return NULL;
	if (is_written_as_it_is(base)) {
		memcpy(path, base, sizeof base);
		return file_open(path, flags, why);
	}
	if (n->overwrite)
		return file_open(path, flags | PATH_OVERWRITE, why);
	f = r->files ? open_in_ring(n, base, flags, path, why)
	             : open_in_row(n, base, flags, path, why);
	if (f)
		memcpy(n->base, base, sizeof base);
	return f;
}
