#include "bus/sqlite_spool.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* What a message may be: AMQP's short strings, what an agent's memory holds, times until the year
 * 9999, and numbers that leave room for more. */
enum { KEY_MAX = 255, TYPE_MAX = 255, ID_MAX = 63, BODY_MAX = 16 << 20 };
static const int64_t time_max = 253402300799, number_max = INT64_C(1) << 62;

#define COLUMNS                                                                                    \
	" (number INTEGER PRIMARY KEY AUTOINCREMENT,"                                              \
	" key TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, time INTEGER NOT NULL,"         \
	" body BLOB NOT NULL)"
#define REJECTED " rejected (number, key, type, id, time, body)"

/* --- changes --- */

static bool fail(struct database *d)
{
	why_set(&d->error, "%s", sqlite3_errmsg(d->handle));
	if (!sqlite3_get_autocommit(d->handle))
		sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

static bool execute(struct database *d, const char *sql)
{
	return sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(d);
}

static bool step(struct database *d, sqlite3_stmt *statement)
{
	bool done = sqlite3_step(statement) == SQLITE_DONE || fail(d);

	sqlite3_reset(statement);
	return done;
}

/* The message that was read last is let go of: the log cannot begin anew while somebody reads. */
bool database_begin(struct database *d)
{
	sqlite3_reset(d->next);
	return execute(d, "BEGIN IMMEDIATE");
}

bool database_commit(struct database *d)
{
	return execute(d, "COMMIT");
}

bool database_insert(struct database *d, const struct kept_message *m)
{
	sqlite3_bind_int64(d->insert, 1, (sqlite3_int64)m->stored);
	sqlite3_bind_text(d->insert, 2, m->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(d->insert, 3, m->content_type, -1, SQLITE_STATIC);
	sqlite3_bind_text(d->insert, 4, m->message_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(d->insert, 5, (sqlite3_int64)m->timestamp);
	sqlite3_bind_blob64(d->insert, 6, m->length ? (const void *)m->body : "", m->length,
	                    SQLITE_STATIC);
	return step(d, d->insert);
}

bool database_erase(struct database *d, uint64_t first, uint64_t last)
{
	sqlite3_bind_int64(d->erase, 1, (sqlite3_int64)first);
	sqlite3_bind_int64(d->erase, 2, (sqlite3_int64)last);
	return step(d, d->erase);
}

static bool set_aside(struct database *d, sqlite3_int64 number)
{
	sqlite3_bind_int64(d->copy, 1, number);
	sqlite3_bind_int64(d->erase, 1, number);
	sqlite3_bind_int64(d->erase, 2, number);
	return step(d, d->copy) && step(d, d->erase);
}

/* The table is made only when it is needed: what opens a spool writes nothing, so that one on a
 * full disk can still be read. */
static bool prepare_rejected(struct database *d)
{
	static const char sql[] =
		"INSERT INTO" REJECTED " SELECT number, key, type, id, time, body FROM message"
		" WHERE number = ?";

	if (d->copy)
		return true;
	return execute(d, "CREATE TABLE IF NOT EXISTS" REJECTED) &&
	       (sqlite3_prepare_v2(d->handle, sql, -1, &d->copy, NULL) == SQLITE_OK || fail(d));
}

bool database_set_aside(struct database *d, uint64_t number)
{
	return prepare_rejected(d) && set_aside(d, (sqlite3_int64)number);
}

/* --- reading --- */

static bool is_text(sqlite3_stmt *row, int column, int most)
{
	if (sqlite3_column_type(row, column) != SQLITE_TEXT)
		return false;
	const char *text = (const char *)sqlite3_column_text(row, column);
	int length = sqlite3_column_bytes(row, column);

	return text && length <= most && strlen(text) == (size_t)length;
}

static bool is_printable(const unsigned char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

/* Of a row (number, key, type, id, time, …). */
static bool is_message(sqlite3_stmt *row)
{
	int64_t number = sqlite3_column_int64(row, 0), time = sqlite3_column_int64(row, 4);

	return number > 0 && number < number_max && is_text(row, 1, KEY_MAX) &&
	       sqlite3_column_bytes(row, 1) > 0 && is_text(row, 2, TYPE_MAX) &&
	       is_text(row, 3, ID_MAX) && is_printable(sqlite3_column_text(row, 3)) &&
	       sqlite3_column_type(row, 4) == SQLITE_INTEGER && time >= 0 && time <= time_max;
}

static bool is_body(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_BLOB &&
	       sqlite3_column_bytes(row, column) <= BODY_MAX;
}

bool database_next(struct database *d, uint64_t after, struct kept_message *m)
{
	sqlite3_stmt *row = d->next;

	sqlite3_reset(row);
	sqlite3_bind_int64(row, 1, (sqlite3_int64)after);
	int status = sqlite3_step(row);
	if (status != SQLITE_ROW)
		return status != SQLITE_DONE && fail(d);
	if (!is_message(row) || !is_body(row, 5) ||
	    sqlite3_column_int64(row, 0) <= (sqlite3_int64)after) {
		why_set(&d->error, "record %llu has changed since it was opened",
		        (unsigned long long)sqlite3_column_int64(row, 0));
		return false;
	}
	*m = (struct kept_message){
		.key = (const char *)sqlite3_column_text(row, 1),
		.content_type = (const char *)sqlite3_column_text(row, 2),
		.message_id = (const char *)sqlite3_column_text(row, 3),
		.timestamp = (uint64_t)sqlite3_column_int64(row, 4),
		.body = sqlite3_column_blob(row, 5),
		.length = (size_t)sqlite3_column_bytes(row, 5),
		.stored = (uint64_t)sqlite3_column_int64(row, 0),
	};
	return true;
}

static uint64_t read_number(sqlite3_stmt *statement)
{
	uint64_t value = sqlite3_step(statement) == SQLITE_ROW
	                         ? (uint64_t)sqlite3_column_int64(statement, 0)
	                         : 0;

	sqlite3_reset(statement);
	return value;
}

uint64_t database_used(struct database *d)
{
	return (read_number(d->pages) - read_number(d->free_pages)) * d->page_size;
}

/* --- opening --- */

static int refuse(const struct database *d, int status, struct why *why)
{
	if (status == SQLITE_BUSY)
		return why_set(why, "%s: in use by another %s of this name", d->path, log_name());
	if (status == SQLITE_NOTADB || status == SQLITE_CORRUPT)
		return why_set(why, "%s: not a spool, or damaged: move it away", d->path);
	return why_set(why, "%s: %s", d->path, d->error.text);
}

/* 0, or SQLite's status with error. */
static int check(struct database *d, int status)
{
	if (status != SQLITE_OK)
		fail(d);
	return status & 0xff;
}

/* Nothing that is in the file is run. */
static int distrust(struct database *d)
{
	static const struct {
		int what, value;
	} settings[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},        {SQLITE_DBCONFIG_DQS_DML, 0},
	};

	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		int status =
			sqlite3_db_config(d->handle, settings[i].what, settings[i].value, NULL);
		if (status != SQLITE_OK)
			return status;
	}
	sqlite3_limit(d->handle, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(d->handle, SQLITE_LIMIT_LENGTH, 2 * BODY_MAX);
	return SQLITE_OK;
}

/* What stands in it, if anything does, is what we make, to the letter. */
static int check_tables(struct database *d)
{
	static const char sql[] =
		"SELECT count(*) FROM sqlite_schema WHERE type IS NOT 'table' OR sql IS NULL OR"
		" sql NOT IN ('CREATE TABLE message" COLUMNS "', 'CREATE TABLE" REJECTED "',"
		" 'CREATE TABLE sqlite_sequence(name,seq)')";
	sqlite3_stmt *foreign;
	int status = sqlite3_prepare_v2(d->handle, sql, -1, &foreign, NULL);

	if (status != SQLITE_OK)
		return status;
	status = sqlite3_step(foreign);
	uint64_t count = status == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(foreign, 0) : 0;
	int end = sqlite3_finalize(foreign);
	if (status != SQLITE_ROW)
		return end;
	return count ? SQLITE_NOTADB : SQLITE_OK;
}

/* Debian's SQLite overwrites what is removed with zeros, unless told not to: a full disk has no
 * room for that in the log. */
static int lay_out(struct database *d, uint64_t log_octets)
{
	char sql[256];
	sqlite3_stmt *page_size;
	int status = sqlite3_exec(d->handle,
	                          "PRAGMA secure_delete=OFF; PRAGMA cell_size_check=ON;"
	                          "PRAGMA mmap_size=0; PRAGMA locking_mode=EXCLUSIVE;"
	                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
	                          "BEGIN IMMEDIATE; COMMIT",
	                          NULL, NULL, NULL);

	if (status == SQLITE_OK)
		status = check_tables(d);
	if (status == SQLITE_OK)
		status = sqlite3_exec(d->handle, "CREATE TABLE IF NOT EXISTS message" COLUMNS, NULL,
		                      NULL, NULL);
	if (status == SQLITE_OK)
		status = sqlite3_prepare_v2(d->handle, "PRAGMA page_size", -1, &page_size, NULL);
	if (status != SQLITE_OK)
		return status;
	d->page_size = read_number(page_size);
	sqlite3_finalize(page_size);
	snprintf(sql, sizeof sql, "PRAGMA journal_size_limit=%llu; PRAGMA wal_autocheckpoint=%llu",
	         (unsigned long long)log_octets,
	         (unsigned long long)(log_octets / (d->page_size ? d->page_size : 4096)));
	return sqlite3_exec(d->handle, sql, NULL, NULL, NULL);
}

static int prepare_statements(struct database *d)
{
	const struct {
		sqlite3_stmt **statement;
		const char *sql;
	} wanted[] = {
		{&d->insert, "INSERT INTO message (number, key, type, id, time, body)"
	                     " VALUES (?, ?, ?, ?, ?, ?)"},
		{&d->erase, "DELETE FROM message WHERE number BETWEEN ? AND ?"},
		{&d->next, "SELECT number, key, type, id, time, body FROM message WHERE number > ?"
	                   " ORDER BY number LIMIT 1"},
		{&d->pages, "PRAGMA page_count"},
		{&d->free_pages, "PRAGMA freelist_count"},
	};
	int status = SQLITE_OK;

	for (size_t i = 0; status == SQLITE_OK && i < sizeof wanted / sizeof *wanted; i++)
		status =
			sqlite3_prepare_v2(d->handle, wanted[i].sql, -1, wanted[i].statement, NULL);
	return status;
}

/* Looks at every record, not at its body. */
static int examine(struct database *d, struct database_contents *contents)
{
	static const char sql[] =
		"SELECT number, key, type, id, time, typeof(body) = 'blob' AND length(body) <= ?"
		" FROM message WHERE number > ? ORDER BY number";
	sqlite3_stmt *row;
	sqlite3_int64 last = INT64_MIN;
	int status = sqlite3_prepare_v2(d->handle, sql, -1, &row, NULL);

	if (status != SQLITE_OK)
		return status;
	sqlite3_bind_int64(row, 1, BODY_MAX);
	sqlite3_bind_int64(row, 2, last);
	while ((status = sqlite3_step(row)) == SQLITE_ROW) {
		sqlite3_int64 number = sqlite3_column_int64(row, 0);

		/* Out of order, what was set aside would be found again, without end. */
		if (number <= last) {
			status = SQLITE_CORRUPT;
			break;
		}
		last = number;
		if (is_message(row) && sqlite3_column_int(row, 5)) {
			contents->count++;
			contents->newest = (uint64_t)number;
			continue;
		}
		contents->rejected++;
		sqlite3_reset(row);
		if (!database_begin(d) || !prepare_rejected(d) || !set_aside(d, number) ||
		    !database_commit(d)) {
			status = sqlite3_extended_errcode(d->handle);
			break;
		}
		sqlite3_bind_int64(row, 2, number);
	}
	sqlite3_finalize(row);
	return status == SQLITE_DONE ? SQLITE_OK : status;
}

/* Numbers are never used again: a message that was removed may still be under way. */
static int find_newest(struct database *d, struct database_contents *contents)
{
	sqlite3_stmt *row;
	int status = sqlite3_prepare_v2(d->handle,
	                                "SELECT max(seq) FROM sqlite_sequence"
	                                " WHERE name = 'message' AND typeof(seq) = 'integer'",
	                                -1, &row, NULL);

	if (status != SQLITE_OK)
		return status;
	uint64_t newest = read_number(row);
	if (newest > contents->newest && newest < (uint64_t)number_max)
		contents->newest = newest;
	return sqlite3_finalize(row);
}

int database_open(struct database *d, const char *path, uint64_t log_octets,
                  struct database_contents *contents, struct why *why)
{
	int status;

	*d = (struct database){.path = path};
	*contents = (struct database_contents){0};
	status = sqlite3_open_v2(path, &d->handle,
	                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW,
	                         NULL);
	if (status == SQLITE_OK)
		status = distrust(d);
	if (status == SQLITE_OK)
		status = lay_out(d, log_octets);
	if (status == SQLITE_OK)
		status = prepare_statements(d);
	if (status == SQLITE_OK)
		status = examine(d, contents);
	if (status == SQLITE_OK)
		status = find_newest(d, contents);
	status = check(d, status);
	return status == SQLITE_OK ? 0 : refuse(d, status, why);
}

void database_close(struct database *d)
{
	sqlite3_stmt *const statements[] = {d->insert, d->erase, d->next,
	                                    d->copy,   d->pages, d->free_pages};

	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
		sqlite3_finalize(statements[i]);
	sqlite3_close(d->handle);
	d->handle = NULL; /* the words of an error stay */
}
