/* query.h - what stands after the '?' of a broker's URL: the parameters of RabbitMQ's clients
 * (pika, Erlang, Go) that have a meaning here. The names of the others are kept, for a warning; no
 * words show a value, which may be a password. */
#ifndef QUERY_H
#define QUERY_H

#include <stdint.h>

#include "base/words.h"

enum { QUERY_UNSET = -1 };

struct bus_query {              /* numbers: QUERY_UNSET where the query does not say */
	int64_t heartbeat;      /* heartbeat, seconds; 0: AMQP's off */
	int64_t connect_ms;     /* connection_timeout, milliseconds; socket_timeout, seconds */
	int64_t attempts;       /* connection_attempts: tries before the first success */
	int64_t retry_delay_ms; /* retry_delay, seconds */
	const char *cacert, *cert, *key; /* cacertfile, certfile, keyfile; NULL, or allocated */
	const char *needs_tls;           /* the name of one that means something with TLS only */
	char passed_over[160];           /* "frame_max, locale"; "" */
};

/* Reads "name=value&name=value", with octets as %XX; NULL is none. 0, or -1 with why. The strings
 * are the caller's, for good. */
int query_parse(struct bus_query *query, const char *text, struct why *why);

/* In place: octets that are written as %XX, those below `least` left as they are. */
void query_decode(char *text, unsigned least);

/* Adds names to a list of the size of passed_over, each once. */
void query_add_names(char *list, const char *names);

#endif
