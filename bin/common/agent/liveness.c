#include "agent/liveness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"

/* Three periods, and time for the third to arrive. */
static const int64_t patience_ns = (3 * INT64_C(10) + 1) * INT64_C(1000000000);

void liveness_note(struct liveness *l, const char *name, int64_t now_ns)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->peers[i], name) == 0)
			l->heard_ns[i] = now_ns;
}

void liveness_pardon(struct liveness *l, int64_t now_ns)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->heard_ns[i])
			l->heard_ns[i] = now_ns;
}

const char *liveness_next_gone(struct liveness *l, int64_t now_ns)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!l->heard_ns[i] || now_ns - l->heard_ns[i] < patience_ns)
			continue;
		l->heard_ns[i] = 0;
		return l->peers[i];
	}
	return NULL;
}

int liveness_wait_ms(const struct liveness *l, int64_t now_ns)
{
	int64_t least = -1;

	for (size_t i = 0; i < l->count; i++) {
		int64_t left = l->heard_ns[i] + patience_ns - now_ns;

		if (l->heard_ns[i] && (least < 0 || left < least))
			least = left > 0 ? left : 0;
	}
	return least < 0 ? -1 : (int)(least / 1000000) + 1;
}

void liveness_write(struct envelope_alive *alive, const char *run, int64_t uptime_ns)
{
	snprintf(alive->session, sizeof alive->session, "%s", run);
	snprintf(alive->uptime, sizeof alive->uptime, "%" PRId64, uptime_ns / INT64_C(1000000000));
	snprintf(alive->published, sizeof alive->published, "%" PRIu64,
	         stats_value("uplink", "published"));
	snprintf(alive->delivered, sizeof alive->delivered, "%" PRIu64,
	         stats_value("downlink", "delivered"));
}
