/* bus_spool.h - kept messages on disk: what no broker has confirmed yet survives a crash and a
 * restart of the tool, and may be more than fits in memory. The only file that includes SQLite; a
 * tool that calls nothing here does not link it. Never grows beyond its bound. What was added in
 * the last 50 ms before a crash of the machine, or of the tool, may be missing. */
#ifndef BUS_SPOOL_H
#define BUS_SPOOL_H

#include "base/options.h"

struct bus_spool_options {
	const char *directory; /* NULL: no spool */
	uint64_t megabytes;
};
extern struct bus_spool_options bus_spool_options;
extern const struct option_spec bus_spool_specs[]; /* --spool, --spool-size */

struct bus_store;

/* Opens (or makes) the spool of this tool and agent, locked against a second one. NULL where no
 * --spool was given. Ends the tool with words where the folder cannot be used. For
 * bus_config.store; statistics are registered, so before threads start. */
struct bus_store *bus_spool_open(const char *agent);

#endif
