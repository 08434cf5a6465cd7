#include "capture/rotated_names.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/names.h"
#include "capture/path.h"

enum { DAYS = 366, SHOWN = 60, CAUSE_SIZE = 80 };
#define LAST_NUMBER UINT64_C(9999999999)

struct lengths {
	size_t name, path; /* octets */
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_by_size(const struct rotation *r)
{
	return r->octets || r->packets;
}

static const char *option_of(const struct rotation *r)
{
	return r->octets ? "-C" : r->packets ? "--file-frames" : "-G";
}

/* A name that is taken is given a number. */
static uint64_t last_number(const struct rotation *r, enum path_kind kind, bool overwrite)
{
	if (is_by_size(r) && r->files)
		return r->files - 1;
	if (is_by_size(r) || (r->seconds && !overwrite))
		return LAST_NUMBER;
	return kind == PATH_IS_REGULAR && !overwrite;
}

static void lengthen(struct lengths *longest, const char *path)
{
	size_t name = strlen(last_part(path)), whole = strlen(path);

	longest->name = name > longest->name ? name : longest->name;
	longest->path = whole > longest->path ? whole : longest->path;
}

static bool add_name(struct lengths *longest, const struct rotation *r, const char *path,
                     uint64_t number)
{
	char base[PATH_MAX], name[2 * PATH_MAX];

	if (!rotation_base(r, path, base, sizeof base) ||
	    !rotation_number(r, base, number, name, sizeof name))
		return false;
	lengthen(longest, name);
	return true;
}

/* The names of months and days differ in length; each goes with each within a year. */
static bool find_longest(struct lengths *longest, const struct rotation *r, const char *path,
                         uint64_t number)
{
	struct rotation then = *r;
	time_t now = time(NULL);
	struct tm today;

	if (!r->seconds)
		return add_name(longest, r, path, number);
	if (!localtime_r(&now, &today))
		return true;
	for (int day = 1; day <= DAYS; day++) {
		struct tm time = {.tm_year = today.tm_year,
		                  .tm_mday = day,
		                  .tm_hour = 23,
		                  .tm_min = 59,
		                  .tm_sec = 59,
		                  .tm_isdst = -1};

		then.start = mktime(&time);
		if (!add_name(longest, &then, path, number))
			return false;
	}
	return true;
}

static size_t most_of_folder(const char *path)
{
	char folder[PATH_MAX];
	int length = (int)(last_part(path) - path);

	if (snprintf(folder, sizeof folder, "%.*s.", length, path) >= (int)sizeof folder)
		return NAME_MAX;
	long most = pathconf(folder, _PC_NAME_MAX);
	return most > 0 ? (size_t)most : NAME_MAX;
}

/* What makes it longer than -w has it. */
static const char *cause_of(char out[CAUSE_SIZE], const struct rotation *r, bool is_taken)
{
	if (is_by_size(r) || r->seconds)
		snprintf(out, CAUSE_SIZE, " with what %s puts into it", option_of(r));
	else
		snprintf(out, CAUSE_SIZE, "%s",
		         is_taken ? " with a number, as it is taken (--overwrite: replace it)"
		                  : "");
	return out;
}

static int say(const char *path, const char *object, size_t length, size_t most, const char *cause,
               struct why *why)
{
	return why_set(why,
	               "-w '%.*s%s': %s has %zu octets%s, and the most that is possible there is "
	               "%zu: give -w one that is %zu shorter",
	               SHOWN, path, strlen(path) > SHOWN ? "..." : "", object, length, cause, most,
	               length - most);
}

static int check_name(const struct rotation *r, const char *path, bool overwrite, struct why *why)
{
	enum path_kind kind = path_kind(path);
	struct lengths longest = {0};
	size_t most = most_of_folder(path), most_of_path = PATH_MAX - 1;
	char cause[CAUSE_SIZE];

	if (kind != PATH_IS_NONE && kind != PATH_IS_REGULAR)
		return 0;
	if (strlen(path) > most_of_path && !r->seconds)
		return say(path, "the path", strlen(path), most_of_path, "", why);
	uint64_t number = last_number(r, kind, overwrite);
	if (!find_longest(&longest, r, path, number))
		return why_set(why, "-w '%.*s%s': %s makes a name of it that is empty or too long",
		               SHOWN, path, strlen(path) > SHOWN ? "..." : "", option_of(r));
	cause_of(cause, r, number);
	if (longest.name > most)
		return say(path, "the name", longest.name, most, cause, why);
	if (longest.path > most_of_path)
		return say(path, "the path", longest.path, most_of_path, cause, why);
	return 0;
}

/* Each new file replaces what has its name, but never one that is written. */
static int check_others(const struct writes_options *writes, size_t at, const struct rotation *r,
                        struct why *why)
{
	const struct rotation by_time = {.seconds = r->seconds};
	const char *path = writes->files.item[at];
	bool has_ring = is_by_size(r) && r->files;

	for (size_t i = 0; i < writes->files.count && !has_ring; i++) {
		const char *other = writes->files.item[i];

		if (i == at || !names_make(r, path, other))
			continue;
		return why_set(why,
		               "-w '%.*s': is what %s calls a file of -w '%.*s' in time, which "
		               "--overwrite would put in its place: give one of them another name",
		               SHOWN, other,
		               option_of(names_make(&by_time, path, other) ? &by_time : r), SHOWN,
		               path);
	}
	return 0;
}

int rotated_names_check(const struct writes_options *writes, bool overwrite, struct why *why)
{
	for (size_t i = 0; i < writes->files.count; i++) {
		const char *path = writes->files.item[i];
		struct rotation r = writes_rotation(writes, path);

		if (check_name(&r, path, overwrite, why) < 0 ||
		    (overwrite && check_others(writes, i, &r, why) < 0))
			return -1;
	}
	return 0;
}
