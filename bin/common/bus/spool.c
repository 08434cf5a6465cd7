#include "bus/spool.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "bus/store.h"

enum { COMMIT_MS = 50, RECORD_OVERHEAD = 64 };

enum { STORED, WAITING, FULL, FAILED, COUNTERS };
static const char *const names[COUNTERS] = {"stored", "waiting", "full", "failed"};

struct spool {
	struct store store; /* first: what the publisher sees */
	sqlite3 *db;
	sqlite3_stmt *add, *remove, *next;
	char path[4096];
	uint64_t octets, bound;
	int64_t open_since; /* of the transaction, monotonic ns; 0: none */
	struct counter counters[COUNTERS];
};

const struct option_spec spool_specs[] = {
	{SECTION_BUS, 0, "spool", "DIR", OPTION_FOLDER(struct spool_settings, directory),
         .help = "keep unconfirmed messages in this folder, too: they survive a restart",
         .more = "The next run with the same name and folder publishes them first."},
	{SECTION_BUS, 0, "spool-size", "MB",
         OPTION_UNSIGNED(struct spool_settings, megabytes, 1, 1000000), .standard = "1024",
         .help = "bound of the spool, in millions of octets"},
	{.name = NULL},
};

/* A disk that fills up while we run is no reason to stop: the message stays in memory, as without a
 * spool. */
static bool note_failure(struct spool *s)
{
	if (stats_get(&s->counters[FAILED]) == 0)
		log_warning("%s: %s", s->path, sqlite3_errmsg(s->db));
	stats_add(&s->counters[FAILED], 1);
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

static enum store_result spool_add(struct store *store, const struct kept_message *m,
                                   uint64_t *number)
{
	struct spool *s = (struct spool *)store;
	uint64_t size = strlen(m->key) + strlen(m->content_type) + strlen(m->message_id) + 3 +
	                m->length + RECORD_OVERHEAD;

	if (s->octets + size > s->bound) {
		stats_add(&s->counters[FULL], 1);
		return STORE_FULL;
	}
	if (!begin(s))
		return STORE_FAILED;
	sqlite3_bind_text(s->add, 1, m->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(s->add, 2, m->content_type, -1, SQLITE_STATIC);
	sqlite3_bind_text(s->add, 3, m->message_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s->add, 4, (sqlite3_int64)m->timestamp);
	sqlite3_bind_blob64(s->add, 5, m->length ? (const void *)m->body : "", m->length,
	                    SQLITE_STATIC);
	if (!step(s, s->add))
		return STORE_FAILED;
	*number = (uint64_t)sqlite3_last_insert_rowid(s->db);
	s->octets += size;
	stats_add(&s->counters[STORED], 1);
	stats_add(&s->counters[WAITING], 1);
	return STORE_STORED;
}

static void spool_remove(struct store *store, uint64_t number, size_t octets)
{
	struct spool *s = (struct spool *)store;

	if (!begin(s))
		return;
	sqlite3_bind_int64(s->remove, 1, (sqlite3_int64)number);
	if (!step(s, s->remove))
		return;
	s->octets -= octets + RECORD_OVERHEAD < s->octets ? octets + RECORD_OVERHEAD : s->octets;
	stats_add(&s->counters[WAITING], (uint64_t)-1);
}

static const char *text_column(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

static bool spool_next(struct store *store, uint64_t after, struct kept_message *m,
                       uint64_t *number)
{
	struct spool *s = (struct spool *)store;

	sqlite3_reset(s->next);
	sqlite3_bind_int64(s->next, 1, (sqlite3_int64)after);
	if (sqlite3_step(s->next) != SQLITE_ROW)
		return false;
	*number = (uint64_t)sqlite3_column_int64(s->next, 0);
	*m = (struct kept_message){
		.key = text_column(s->next, 1),
		.content_type = text_column(s->next, 2),
		.message_id = text_column(s->next, 3),
		.timestamp = (uint64_t)sqlite3_column_int64(s->next, 4),
		.body = sqlite3_column_blob(s->next, 5),
		.length = (size_t)sqlite3_column_bytes(s->next, 5),
	};
	return true;
}

static int spool_work(struct store *store, bool at_once)
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

static void spool_close(struct store *store)
{
	struct spool *s = (struct spool *)store;

	spool_work(store, true);
	sqlite3_finalize(s->add);
	sqlite3_finalize(s->remove);
	sqlite3_finalize(s->next);
	sqlite3_close(s->db);
	s->db = NULL; /* the counters stay registered */
}

/* --- opening --- */

static int refuse(const struct spool *s, int status, struct why *why)
{
	if (status == SQLITE_BUSY)
		return why_set(why, "%s: in use by another %s of this name", s->path, log_name());
	if (status == SQLITE_NOTADB || status == SQLITE_CORRUPT)
		return why_set(why, "%s: not a spool, or damaged: move it away", s->path);
	return why_set(why, "%s: %s", s->path, sqlite3_errmsg(s->db));
}

static int lay_out(struct spool *s)
{
	static const char sql[] =
		"PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
		"CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY AUTOINCREMENT,"
		" key TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, time INTEGER NOT NULL,"
		" body BLOB NOT NULL); BEGIN IMMEDIATE; COMMIT;";

	return sqlite3_exec(s->db, sql, NULL, NULL, NULL);
}

static int prepare_statements(struct spool *s)
{
	const struct {
		sqlite3_stmt **statement;
		const char *sql;
	} wanted[] = {
		{&s->add, "INSERT INTO message (key, type, id, time, body) VALUES (?, ?, ?, ?, ?)"},
		{&s->remove, "DELETE FROM message WHERE number = ?"},
		{&s->next, "SELECT number, key, type, id, time, body FROM message WHERE number > ?"
	                   " ORDER BY number LIMIT 1"},
	};
	int status = SQLITE_OK;

	for (size_t i = 0; status == SQLITE_OK && i < sizeof wanted / sizeof *wanted; i++)
		status = sqlite3_prepare_v2(s->db, wanted[i].sql, -1, wanted[i].statement, NULL);
	return status;
}

static int measure(struct spool *s)
{
	sqlite3_stmt *sum;
	int status = sqlite3_prepare_v2(s->db,
	                                "SELECT count(*), total(length(key) + length(type) +"
	                                " length(id) + 3 + length(body)) FROM message",
	                                -1, &sum, NULL);

	if (status != SQLITE_OK)
		return status;
	if (sqlite3_step(sum) == SQLITE_ROW) {
		s->store.count = (uint64_t)sqlite3_column_int64(sum, 0);
		s->octets =
			(uint64_t)sqlite3_column_double(sum, 1) + s->store.count * RECORD_OVERHEAD;
	}
	return sqlite3_finalize(sum);
}

static int open_database(struct spool *s, struct why *why)
{
	int status =
		sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	if (status == SQLITE_OK)
		status = lay_out(s);
	if (status == SQLITE_OK)
		status = prepare_statements(s);
	if (status == SQLITE_OK)
		status = measure(s);
	return status == SQLITE_OK ? 0 : refuse(s, status, why);
}

static void register_counters(struct spool *s)
{
	for (unsigned i = 0; i < COUNTERS; i++)
		s->counters[i].name = names[i];
	stats_register("spool", s->counters, COUNTERS);
	stats_set(&s->counters[WAITING], s->store.count);
}

int spool_open(struct store **store, const struct spool_settings *settings, const char *agent,
               struct why *why)
{
	struct spool *s;

	*store = NULL;
	if (!settings->directory)
		return 0;
	if (mkdir(settings->directory, 0700) < 0 && errno != EEXIST)
		return why_set(why, "--spool %s: %s", settings->directory, strerror(errno));
	s = calloc(1, sizeof *s);
	if (!s)
		return why_set(why, "out of memory");
	s->store = (struct store){spool_add, spool_remove, spool_next, spool_work, spool_close, 0};
	s->bound = settings->megabytes * 1000000;
	snprintf(s->path, sizeof s->path, "%s/%s.%s.spool", settings->directory, log_name(), agent);
	if (open_database(s, why) < 0) {
		spool_close(&s->store);
		free(s);
		return -1;
	}
	if (s->store.count)
		log_warning(
			"%s: %llu messages of the last run were not confirmed: they go out first",
			s->path, (unsigned long long)s->store.count);
	register_counters(s);
	*store = &s->store;
	return 0;
}
