/* room.h - a disk that is full: waiting until there is room again (--on-full wait). Whoever writes
 * tries again now and then; nothing is dropped here. */
#ifndef CAPTURE_ROOM_H
#define CAPTURE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "base/stats.h"

enum { ROOM_COUNTERS = 2 };

/* Static storage; of one output, and its thread's. */
struct room {
	const char *section;
	int64_t since_ns; /* monotonic; 0: there is room, as far as is known */
	int error;        /* that was met since then */
	struct counter counters[ROOM_COUNTERS]; /* disk_full: how often; disk_full_ms */
};

struct room_options {
	int on_full; /* enum room_choice */
};
enum room_choice { ROOM_STOP, ROOM_WAIT };
extern const struct option_spec room_specs[]; /* --on-full */

/* Registers the counters under the section of the output, which outlives it. Before threads start.
 */
void room_init(struct room *r, const char *section);
/* Whether this errno says that there is no room for now: the disk is full, or a quota is used up.
 */
bool room_is_missing(int error);
/* A write to this file has failed so: says it once, waits for half a second. False: the tool is to
 * stop. */
bool room_await(struct room *r, const char *name, int error);
/* One has not failed: says it where it was waited for. */
void room_found(struct room *r, const char *name);
/* What an error that says so is called behind the end: "the disk was full"; NULL: it is another.
 * Static. */
const char *room_words(int error);
/* The same of what is waited for; NULL: nothing is. */
const char *room_cause(const struct room *r);

#endif
