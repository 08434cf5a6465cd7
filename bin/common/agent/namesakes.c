#include "agent/namesakes.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "bus/run.h"

static bool is_known(const struct namesakes *n, const char *run)
{
	for (unsigned i = 0; i < n->count; i++)
		if (strcmp(n->runs[i], run) == 0)
			return true;
	return n->count == NAMESAKES_MAX;
}

enum namesakes_verdict namesakes_note(struct namesakes *n, const char *name, const char *run)
{
	if (strcmp(run, bus_run()) == 0)
		return NAMESAKES_SELF;
	if (is_known(n, run))
		return NAMESAKES_KNOWN;
	snprintf(n->runs[n->count++], sizeof n->runs[0], "%s", run);
	log_warning(
		"another agent is called '%s' too: what is for one reaches the other (give one of "
		"them another -n NAME)",
		name);
	return NAMESAKES_NEW;
}
