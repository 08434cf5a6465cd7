/* spool.h - kept messages on disk: what no broker has confirmed yet survives a crash and a restart
 * of the tool, and may be more than fits in memory. The only file that includes SQLite; a tool that
 * calls nothing here does not link it. Never grows beyond its bound. What was added in the last
 * 50 ms before a crash of the machine, or of the tool, may be missing. */
#ifndef SPOOL_H
#define SPOOL_H

#include "base/options.h"
#include "base/words.h"

struct spool_settings {
	const char *directory; /* NULL: no spool */
	uint64_t megabytes;
};

#define SPOOL_SETTINGS_DEFAULT                                                                     \
	{                                                                                          \
		.megabytes = 1024                                                                  \
	}

/* --spool and --spool-size, for options_parse. */
extern const struct option_spec spool_specs[];

struct store;

/* Opens (or makes) the spool of this tool and agent, locked against a second one, and registers its
 * statistics: before threads start. 0 with *store for a publisher's config, which closes it, NULL
 * where no directory was given; -1 with why. */
int spool_open(struct store **store, const struct spool_settings *s, const char *agent,
               struct why *why);

#endif
