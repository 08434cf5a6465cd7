/* who.h - the agents that are seen on the bus: what they said of themselves, how much comes from
 * them and goes to them, when they were heard last. Names come from the bus, so there is room for
 * so many, and for half of them from one user; those beyond are counted together. */
#ifndef WHO_H
#define WHO_H

#include "bus/message.h"
#include "envelope.h"

enum { WHO_AGENTS_MAX = 512, WHO_PERIOD_MS = 10000 };

/* From now on: since when we listen. One thread uses all of this. */
void who_begin(int64_t now_ns);
/* A message of an agent, or to it; a control message says more. */
void who_message(const struct envelope_key *key, const struct bus_message *m, int64_t now_ns);
/* A packet in it. */
void who_packet(const struct envelope_key *key, size_t octets);

/* How long until the table is due again; -1: who_begin has not been called. */
int who_timeout_ms(int64_t now_ns);
/* Calls put for each row, the first of which is about all; what is said of rates is since the last
 * time. */
void who_tell(int64_t now_ns, void (*put)(void *context, const void *row), void *context);

/* A row in words, and as a JSON object (size at least 4096): as of sink.h, about is the row. */
size_t who_line(char *out, size_t size, const struct envelope_packet *p, const void *row);
size_t who_json(char *out, size_t size, const struct envelope_packet *p, const void *row);

#endif
