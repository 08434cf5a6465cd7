#include "bus/bus_spool.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bus/bus_internal.h"
#include "base/log.h"
#include "base/clock.h"

enum { COMMIT_MS = 50, RECORD_OVERHEAD = 64 };

struct bus_spool_options bus_spool_options = {.megabytes = 1024};

const struct option_spec bus_spool_specs[] = {
	{SECTION_BUS, 0, "spool", "DIR", OPTION_FOLDER(struct bus_spool_options, directory),
         .help = "keep unconfirmed messages in this folder, too: they survive a restart",
         .more = "The next run with the same name and folder publishes them first."},
	{SECTION_BUS, 0, "spool-size", "MB",
         OPTION_UNSIGNED(struct bus_spool_options, megabytes, 1, 1000000), .standard = "1024",
         .help = "bound of the spool, in millions of octets"},
	{.name = NULL},
};

enum spool_counter { SPOOL_STORED, SPOOL_WAITING, SPOOL_FULL, SPOOL_FAILED, SPOOL_COUNTERS };

struct spool {
	struct bus_store store; /* first: what the publisher sees */
	sqlite3 *db;
	sqlite3_stmt *add, *remove, *next;
	char path[4096];
	uint64_t octets, bound;
	int64_t open_since; /* of the transaction, monotonic ns; 0: none */
};

static struct spool the_spool; /* a tool is one agent, and publishes on one connection */

static struct counter counters[SPOOL_COUNTERS] = {
	[SPOOL_STORED] = {"stored", 0},
	[SPOOL_WAITING] = {"waiting", 0},
	[SPOOL_FULL] = {"full", 0},
	[SPOOL_FAILED] = {"failed", 0},
};

/* A disk that fills up while we run is no reason to stop: the message stays in memory, as without a
 * spool. */
static bool note_failure(struct spool *s)
{
	if (stats_get(&counters[SPOOL_FAILED]) == 0)
		log_warning("%s: %s", s->path, sqlite3_errmsg(s->db));
	stats_add(&counters[SPOOL_FAILED], 1);
	return false;
}

static bool step(struct spool *s, sqlite3_stmt *statement)
{
	int status = sqlite3_step(statement);

	sqlite3_reset(statement);
	return status == SQLITE_DONE || note_failure(s);
}

static bool begin(struct spool *s)
{
	if (s->open_since)
		return true;
	if (sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return note_failure(s);
	s->open_since = monotonic_ns();
	return true;
}

static void commit(struct spool *s)
{
	if (!s->open_since)
		return;
	if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		note_failure(s);
	s->open_since = 0;
}

static enum bus_store_result spool_add(struct bus_store *store, const struct bus_kept_message *m,
                                       uint64_t *number)
{
	struct spool *s = (struct spool *)store;
	uint64_t size = strlen(m->key) + strlen(m->content_type) + strlen(m->message_id) + 3 +
	                m->length + RECORD_OVERHEAD;

	if (s->octets + size > s->bound) {
		stats_add(&counters[SPOOL_FULL], 1);
		return BUS_STORE_FULL;
	}
	if (!begin(s))
		return BUS_STORE_FAILED;
	sqlite3_bind_text(s->add, 1, m->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(s->add, 2, m->content_type, -1, SQLITE_STATIC);
	sqlite3_bind_text(s->add, 3, m->message_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s->add, 4, (sqlite3_int64)m->timestamp);
	sqlite3_bind_blob64(s->add, 5, m->length ? (const void *)m->body : "", m->length,
	                    SQLITE_STATIC);
	if (!step(s, s->add))
		return BUS_STORE_FAILED;
	*number = (uint64_t)sqlite3_last_insert_rowid(s->db);
	s->octets += size;
	stats_add(&counters[SPOOL_STORED], 1);
	stats_add(&counters[SPOOL_WAITING], 1);
	return BUS_STORE_TAKEN;
}

static void spool_remove(struct bus_store *store, uint64_t number, size_t octets)
{
	struct spool *s = (struct spool *)store;

	if (!begin(s))
		return;
	sqlite3_bind_int64(s->remove, 1, (sqlite3_int64)number);
	if (!step(s, s->remove))
		return;
	s->octets -= octets + RECORD_OVERHEAD < s->octets ? octets + RECORD_OVERHEAD : s->octets;
	stats_add(&counters[SPOOL_WAITING], (uint64_t)-1);
}

static const char *text_column(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

static bool spool_next(struct bus_store *store, uint64_t after, struct bus_kept_message *m,
                       uint64_t *number)
{
	struct spool *s = (struct spool *)store;

	sqlite3_reset(s->next);
	sqlite3_bind_int64(s->next, 1, (sqlite3_int64)after);
	if (sqlite3_step(s->next) != SQLITE_ROW)
		return false;
	*number = (uint64_t)sqlite3_column_int64(s->next, 0);
	*m = (struct bus_kept_message){
		.key = text_column(s->next, 1),
		.content_type = text_column(s->next, 2),
		.message_id = text_column(s->next, 3),
		.timestamp = (uint64_t)sqlite3_column_int64(s->next, 4),
		.body = sqlite3_column_blob(s->next, 5),
		.length = (size_t)sqlite3_column_bytes(s->next, 5),
	};
	return true;
}

static int spool_work(struct bus_store *store, bool at_once)
{
	struct spool *s = (struct spool *)store;

	if (!s->open_since)
		return -1;
	int64_t left_ms = COMMIT_MS - (monotonic_ns() - s->open_since) / 1000000;
	if (left_ms > 0 && !at_once)
		return (int)left_ms;
	sqlite3_reset(s->next);
	commit(s);
	return -1;
}

static void spool_close(struct bus_store *store)
{
	struct spool *s = (struct spool *)store;

	spool_work(store, true);
	sqlite3_finalize(s->add);
	sqlite3_finalize(s->remove);
	sqlite3_finalize(s->next);
	sqlite3_close(s->db);
	*s = (struct spool){0};
}

static void must(struct spool *s, int status)
{
	if (status == SQLITE_OK)
		return;
	if (status == SQLITE_BUSY)
		die(EXIT_RUNNING, "%s: in use by another %s of this name", s->path, log_name());
	if (status == SQLITE_NOTADB || status == SQLITE_CORRUPT)
		die(EXIT_RUNNING, "%s: not a spool, or damaged: move it away", s->path);
	die(EXIT_RUNNING, "%s: %s", s->path, sqlite3_errmsg(s->db));
}

static void prepare(struct spool *s, sqlite3_stmt **statement, const char *sql)
{
	must(s, sqlite3_prepare_v2(s->db, sql, -1, statement, NULL));
}

static void measure(struct spool *s)
{
	sqlite3_stmt *sum;

	prepare(s, &sum,
	        "SELECT count(*), total(length(key) + length(type) + length(id) + 3 + "
	        "length(body)) FROM message");
	if (sqlite3_step(sum) == SQLITE_ROW) {
		uint64_t count = (uint64_t)sqlite3_column_int64(sum, 0);
		s->octets = (uint64_t)sqlite3_column_double(sum, 1) + count * RECORD_OVERHEAD;
		s->store.count = count;
		stats_set(&counters[SPOOL_WAITING], count);
		if (count)
			log_warning("%s: %llu messages of the last run were not confirmed: they go "
			            "out first",
			            s->path, (unsigned long long)count);
	}
	sqlite3_finalize(sum);
}

struct bus_store *bus_spool_open(const char *agent)
{
	const struct bus_spool_options *o = &bus_spool_options;
	static const char layout[] =
		"PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
		"CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY AUTOINCREMENT, key "
		"TEXT NOT NULL, type TEXT NOT NULL,"
		" id TEXT NOT NULL, time INTEGER NOT NULL, body BLOB NOT NULL); BEGIN IMMEDIATE; "
		"COMMIT;";

	if (!o->directory)
		return NULL;
	if (mkdir(o->directory, 0700) < 0 && errno != EEXIST)
		die(EXIT_RUNNING, "--spool %s: %s", o->directory, strerror(errno));
	struct spool *s = &the_spool;
	snprintf(s->path, sizeof s->path, "%s/%s.%s.spool", o->directory, log_name(), agent);
	s->bound = o->megabytes * 1000000;
	s->store =
		(struct bus_store){spool_add, spool_remove, spool_next, spool_work, spool_close, 0};
	must(s, sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
	must(s, sqlite3_exec(s->db, layout, NULL, NULL, NULL));
	prepare(s, &s->add,
	        "INSERT INTO message (key, type, id, time, body) VALUES (?, ?, ?, ?, ?)");
	prepare(s, &s->remove, "DELETE FROM message WHERE number = ?");
	prepare(s, &s->next,
	        "SELECT number, key, type, id, time, body FROM message WHERE number > ? ORDER BY "
	        "number LIMIT 1");
	stats_register("spool", counters, SPOOL_COUNTERS);
	measure(s);
	return &s->store;
}
