#include "bus/spool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "bus/batch.h"
#include "bus/ranges.h"
#include "bus/spool_files.h"
#include "bus/sqlite_spool.h"

#define MS INT64_C(1000000) /* nanoseconds */

enum { COMMIT_MS = 50, RETRY_MS = 1000 };
/* LOG: of the database, beside it. RESERVE: what is left on a disk, so that what was confirmed can
 * be removed, which writes, too. */
enum { LOG = 256 << 10, LOG_MAX = LOG + BATCH_OCTETS + (128 << 10), RESERVE = 128 << 10 };

enum { STORED, WAITING, UNREMOVED, FULL, FAILED, REJECTED, COUNTERS };
static const char *const names[COUNTERS] = {"stored", "waiting", "unremoved",
                                            "full",   "failed",  "rejected"};

struct spool {
	struct store store; /* first: what the publisher sees */
	struct database database;
	struct batch batch;    /* to be written */
	struct ranges removed; /* to be erased */
	char path[SPOOL_PATH_SIZE];
	uint64_t used, bound; /* octets of the database */
	/* Monotonic ns, 0: none. The first change that is not on the disk; the first write that
	 * failed, and when the next one is tried. */
	int64_t changed_at, failing_since, retry_at;
	struct counter counters[COUNTERS];
};

const struct option_spec spool_specs[] = {
	{SECTION_BUS, 0, "spool", "DIR", OPTION_FOLDER(struct spool_settings, directory),
         .help = "keep unconfirmed messages in this folder, too: they survive a restart",
         .more = "The next run with the same name and folder publishes them first. The folder is "
                 "made where there is none; it must be yours, and nobody else may write to it. On "
                 "a full disk messages stay in memory, and the input waits when that is full, too; "
                 "it goes on by itself when there is room. What is no message of ours, or what the "
                 "broker refuses for good, is set aside in the file's table 'rejected'."},
	{SECTION_BUS, 0, "spool-size", "MB",
         OPTION_UNSIGNED(struct spool_settings, megabytes, 1, 1000000), .needs = "spool",
         .standard = "1024", .help = "bound of the spool, in millions of octets",
         .more = "Of its files together; with less than 2 the log beside the database, up to half "
                 "a million octets, comes on top. Space is used again, the file never shrinks."},
	{.name = NULL},
};

static void count(struct spool *s, int counter, uint64_t n)
{
	stats_add(&s->counters[counter], n);
}

/* --- writing --- */

/* One line an outage: a disk that is full stays so for a while. */
static bool note_failure(struct spool *s)
{
	int64_t now = monotonic_ns();

	count(s, FAILED, 1);
	if (!s->failing_since) {
		s->failing_since = now;
		log_warning("%s: %s: what is new stays in memory until it can be written", s->path,
		            s->database.error.text);
	}
	s->retry_at = now + RETRY_MS * MS;
	return false;
}

static void note_success(struct spool *s)
{
	s->changed_at = 0;
	s->used = database_used(&s->database);
	if (s->failing_since)
		log_warning("%s: written again after %" PRId64 " s", s->path,
		            (monotonic_ns() - s->failing_since) / (1000 * MS));
	s->failing_since = 0;
}

static bool erase_removed(struct spool *s)
{
	bool ok = !s->removed.count || database_begin(&s->database);

	if (!s->removed.count)
		return true;
	for (size_t i = 0; ok && i < s->removed.count; i++)
		ok = database_erase(&s->database, s->removed.at[i].first, s->removed.at[i].last);
	if (!ok || !database_commit(&s->database))
		return false;
	ranges_clear(&s->removed);
	stats_set(&s->counters[UNREMOVED], 0);
	return true;
}

/* Twice: in the log, and in the database itself. */
static bool disk_has_room(struct spool *s)
{
	struct statvfs disk;

	if (statvfs(s->path, &disk) < 0 ||
	    (uint64_t)disk.f_bavail * disk.f_frsize >= 2 * s->batch.octets + RESERVE)
		return true;
	why_set(&s->database.error, "the disk is full");
	return false;
}

static bool write_batch(struct spool *s)
{
	const struct kept_message *m;
	uint64_t written = s->batch.count, after = 0;

	if (!written)
		return true;
	if (!disk_has_room(s) || !database_begin(&s->database))
		return false;
	while ((m = batch_next(&s->batch, after))) {
		if (!database_insert(&s->database, m))
			return false;
		after = m->stored;
	}
	if (!database_commit(&s->database))
		return false;
	batch_clear(&s->batch);
	s->store.unwritten = 0;
	count(s, STORED, written);
	count(s, WAITING, written);
	return true;
}

static bool flush(struct spool *s)
{
	if (!erase_removed(s) || !write_batch(s))
		return note_failure(s);
	note_success(s);
	return true;
}

static bool flush_if_due(struct spool *s)
{
	return (!s->failing_since || monotonic_ns() >= s->retry_at) && flush(s);
}

static void note_change(struct spool *s)
{
	if (!s->changed_at)
		s->changed_at = monotonic_ns();
}

/* --- what the publisher calls --- */

static bool is_within_bound(struct spool *s, uint64_t cost)
{
	return s->used + s->batch.octets + cost <= s->bound;
}

static enum store_result spool_add(struct store *store, const struct kept_message *m,
                                   uint64_t *number)
{
	struct spool *s = (struct spool *)store;
	uint64_t cost = batch_cost(m);

	/* Only what has been written is known by its real size, and what was removed is free. */
	if (!is_within_bound(s, cost) &&
	    !(s->changed_at && flush_if_due(s) && is_within_bound(s, cost))) {
		count(s, FULL, 1);
		return STORE_FULL;
	}
	if (!batch_has_room(&s->batch, m) && !flush_if_due(s))
		return STORE_FAILED;
	*number = batch_add(&s->batch, m);
	if (!*number)
		return STORE_FAILED;
	s->store.unwritten = s->batch.count;
	note_change(s);
	return STORE_STORED;
}

static void spool_remove(struct store *store, uint64_t number, size_t octets)
{
	struct spool *s = (struct spool *)store;

	(void)octets;
	if (batch_remove(&s->batch, number)) {
		s->store.unwritten = s->batch.count;
		return;
	}
	/* Without memory it stays in the file, and goes out again, under its id, in the next run.
	 */
	ranges_add(&s->removed, number);
	count(s, WAITING, (uint64_t)-1);
	count(s, UNREMOVED, 1);
	note_change(s);
}

static bool spool_next(struct store *store, uint64_t after, struct kept_message *m,
                       uint64_t *number)
{
	struct spool *s = (struct spool *)store;
	const struct kept_message *in_batch = batch_next(&s->batch, after);

	s->database.error.text[0] = '\0';
	if (database_next(&s->database, after, m)) {
		*number = m->stored;
		return true;
	}
	if (s->database.error.text[0]) {
		log_error("%s: %s: move it away", s->path, s->database.error.text);
		return false;
	}
	if (!in_batch)
		return false;
	*m = *in_batch;
	*number = m->stored;
	return true;
}

/* Where it cannot be set aside it stays as it is, for the next run. */
static void spool_set_aside(struct store *store, uint64_t number, size_t octets)
{
	struct spool *s = (struct spool *)store;

	(void)octets;
	if ((!s->batch.count || flush(s)) && database_begin(&s->database) &&
	    database_set_aside(&s->database, number) && database_commit(&s->database)) {
		count(s, WAITING, (uint64_t)-1);
		count(s, REJECTED, 1);
	} else {
		note_failure(s);
	}
}

static int spool_work(struct store *store, bool at_once)
{
	struct spool *s = (struct spool *)store;

	if (!s->changed_at)
		return -1;
	int64_t due = s->failing_since ? s->retry_at : s->changed_at + COMMIT_MS * MS;
	int64_t left = due - monotonic_ns();
	if (left > 0 && !at_once)
		return (int)(left / MS) + 1;
	return flush(s) ? -1 : RETRY_MS;
}

static void spool_close(struct store *store)
{
	struct spool *s = (struct spool *)store;

	if (s->changed_at && !s->failing_since)
		flush(s);
	if (s->removed.numbers)
		log_warning("%s: %" PRIu64 " messages that the broker has confirmed could not be "
		            "removed: the next run publishes them again, with the same ids",
		            s->path, s->removed.numbers);
	ranges_clear(&s->removed);
	batch_free(&s->batch);
	database_close(&s->database); /* the counters stay registered */
}

/* --- opening --- */

static void register_counters(struct spool *s)
{
	for (unsigned i = 0; i < COUNTERS; i++)
		s->counters[i].name = names[i];
	stats_register("spool", s->counters, COUNTERS);
}

static void tell_contents(struct spool *s, const struct database_contents *contents)
{
	if (contents->rejected)
		log_warning("%s: %" PRIu64 " records are no messages of ours: set aside (table "
		            "'rejected')",
		            s->path, contents->rejected);
	if (contents->count)
		log_warning("%s: %" PRIu64
		            " messages of the last run were not confirmed: they go out first",
		            s->path, contents->count);
}

static int open_it(struct spool *s, const struct spool_settings *settings, const char *agent,
                   struct why *why)
{
	struct database_contents contents;
	char name[300];

	snprintf(name, sizeof name, "%s.%s.spool", log_name(), agent);
	if (spool_files_prepare(settings->directory, name, s->path, why) < 0 ||
	    database_open(&s->database, s->path, LOG, &contents, why) < 0)
		return -1;
	if (batch_init(&s->batch, contents.newest + 1) < 0)
		return why_set(why, "out of memory");
	s->bound = settings->megabytes * 1000000 - (settings->megabytes > 1 ? LOG_MAX : 0);
	s->used = database_used(&s->database);
	s->store.count = contents.count;
	register_counters(s);
	stats_set(&s->counters[WAITING], contents.count);
	stats_set(&s->counters[REJECTED], contents.rejected);
	tell_contents(s, &contents);
	return 0;
}

int spool_open(struct store **store, const struct spool_settings *settings, const char *agent,
               struct why *why)
{
	struct spool *s;

	*store = NULL;
	if (!settings->directory)
		return 0;
	s = calloc(1, sizeof *s);
	if (!s)
		return why_set(why, "out of memory");
	s->store = (struct store){.add = spool_add,
	                          .remove = spool_remove,
	                          .next = spool_next,
	                          .work = spool_work,
	                          .close = spool_close,
	                          .set_aside = spool_set_aside};
	if (open_it(s, settings, agent, why) < 0) {
		spool_close(&s->store);
		free(s);
		return -1;
	}
	*store = &s->store;
	return 0;
}
