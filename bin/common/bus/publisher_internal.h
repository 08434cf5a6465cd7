/* publisher_internal.h - what the parts of a publisher share: publisher.c (making it, publishing,
 * its loop) and publisher_answers.c (what the broker says). Never included elsewhere. */
#ifndef PUBLISHER_INTERNAL_H
#define PUBLISHER_INTERNAL_H

#include <string.h>

#include "bus/incoming.h"
#include "bus/kept.h"
#include "bus/outgoing.h"
#include "bus/posts.h"
#include "bus/probes.h"
#include "bus/publication.h"
#include "bus/sequences.h"
#include "bus/session.h"

enum publisher_counters {
	PUBLISHED,
	PACKETS,
	OCTETS,
	RESTORED,
	CONFIRMED,
	RETURNED,
	PENDING,
	NACKED,
	RESENT,
	POSTED,
	POSTS_DROPPED,
	REFUSED,
	UNTRANSLATED,
	CONNECTIONS,
	DISCONNECTED_MS,
	COUNTERS
};

struct publisher {
	struct session session;
	bool is_kept;
	bool without_optional_keys;
	bool told_of_nobody;
	bool without_own_keys; /* the broker refuses them */
	struct publisher_config config;
	struct store *store;
	struct outgoing outgoing;
	struct incoming incoming; /* what comes back */
	struct kept kept;
	struct posts posts;
	struct probes probes; /* of this connection */
	struct sequences_out *sequences;
	uint64_t generation; /* that outgoing, incoming and kept are of */
	char section[64];
	struct counter counters[COUNTERS];
};

static inline bool publisher_begins(const char *key, const char *beginning)
{
	return strncmp(key, beginning, strlen(beginning)) == 0;
}

static inline void publisher_count(struct publisher *p, enum publisher_counters counter, uint64_t n)
{
	stats_add(&p->counters[counter], n);
}

/* What is asked of the broker on a new channel. connect_request.build. */
int publisher_build(const struct link *link, void *context, struct failure *failure);
/* connect_request.survive: of the refusal of a key of our own. */
bool publisher_survive(void *context, const char *why);
/* The channel is another one. */
void publisher_reset(struct publisher *p);
/* kept.send_otherwise: of messages under keys of our own that the broker refuses. */
int publisher_translate(void *context, const struct kept_message *m);
/* All that the broker has said. */
void publisher_read_answers(struct publisher *p);

#endif
