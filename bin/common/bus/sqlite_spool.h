/* sqlite_spool.h - the file of a spool: records that stay through crashes. sqlite_spool.c alone
 * includes SQLite. Never runs what a file brings along (triggers, views, functions): a file whose
 * tables are not ours is refused. */
#ifndef SQLITE_SPOOL_H
#define SQLITE_SPOOL_H

#include "base/words.h"
#include "bus/store.h"

struct database { /* private but for the first two */
	const char *path;
	struct why error; /* of the last call that failed */
	struct sqlite3 *handle;
	struct sqlite3_stmt *insert, *erase, *next, *copy, *pages, *free_pages;
	uint64_t page_size;
};

struct database_contents {
	uint64_t count;    /* messages */
	uint64_t newest;   /* number that was ever given; 0: none */
	uint64_t rejected; /* records that were set aside now: nothing that we would have written */
};

/* The file of that path, which must outlive it; locked against everybody else. Sets aside what is
 * no message, in the table `rejected`. log_octets: how long its log may get before the file itself
 * is written. 0, or -1 with why; database_close in any case. */
int database_open(struct database *d, const char *path, uint64_t log_octets,
                  struct database_contents *contents, struct why *why);
void database_close(struct database *d);

/* Changes are made between begin and commit, all or none: after one that failed, false and error,
 * the transaction has ended and nothing has changed. */
bool database_begin(struct database *d);
bool database_insert(struct database *d, const struct kept_message *m); /* as number m->stored */
bool database_erase(struct database *d, uint64_t first, uint64_t last);
bool database_set_aside(struct database *d, uint64_t number);
bool database_commit(struct database *d);

/* The first message behind `after`, valid until the next call. False: none, or it is unreadable. */
bool database_next(struct database *d, uint64_t after, struct kept_message *m);
/* Octets of the file in use; what was removed is used again. */
uint64_t database_used(struct database *d);

#endif
