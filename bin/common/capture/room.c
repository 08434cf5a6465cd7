#include "capture/room.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/wait_fd.h"

enum { FULL, FULL_MS };
enum { RETRY_MS = 500, MS = 1000000 };

static const char *const choices[] = {"stop", "wait", NULL};

const struct option_spec room_specs[] = {
	{SECTION_OUTPUT, 0, "on-full", NULL, OPTION_CHOICE(struct room_options, on_full, choices),
         .excludes = "capture", .standard = "stop",
         .help = "a disk that is full ends the output, or is waited for",
         .more = "Or a quota that is used up. Either is said, and what is in the file stays whole. "
                 "With 'wait' writing goes on where it stopped as soon as there is room; the "
                 "end of a file that is read, and a count that is reached, wait, too. At the "
                 "start there must be some."},
	{.name = NULL},
};

void room_init(struct room *r, const char *section)
{
	r->section = section;
	r->counters[FULL].name = "disk_full";
	r->counters[FULL_MS].name = "disk_full_ms";
	stats_register(section, r->counters, ROOM_COUNTERS);
}

bool room_is_missing(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

bool room_await(struct room *r, const char *name, int error)
{
	int64_t begin = monotonic_ns();

	if (!r->since_ns) {
		r->since_ns = begin;
		r->error = error;
		stats_add(&r->counters[FULL], 1);
		limited_warning("%s: %s: waits for room (--on-full stop: ends then)", name,
		                strerror(error));
	}
	bool goes_on = wait_fd(-1, 0, RETRY_MS) != WAIT_STOPPED;
	stats_add(&r->counters[FULL_MS], (uint64_t)((monotonic_ns() - begin) / MS));
	return goes_on;
}

void room_found(struct room *r, const char *name)
{
	if (!r->since_ns)
		return;
	double seconds = (double)(monotonic_ns() - r->since_ns) / 1e9;
	r->since_ns = 0;
	limited_warning("%s: there is room again, after %.1f s", name, seconds);
}

const char *room_words(int error)
{
	return error == EDQUOT   ? "the quota was used up"
	       : error == ENOSPC ? "the disk was full"
	                         : NULL;
}

const char *room_cause(const struct room *r)
{
	return r->since_ns ? room_words(r->error) : NULL;
}
