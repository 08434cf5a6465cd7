/* listeners_json.h - what RabbitMQ's management API says of bindings, consumers and connections, as
 * listeners. The only file of a tool that speaks to jansson: these are lists of the broker's, and
 * nothing that libenvelope would know. */
#ifndef LISTENERS_JSON_H
#define LISTENERS_JSON_H

#include "base/words.h"
#include "listeners.h"

/* The body of an answer goes into l, in the order of listeners.h. Elements that lack what is asked
 * for, or have it otherwise, are passed over. 0, or -1 with why: it is no list in JSON. */
int listeners_read_bindings(struct listeners *l, const char *body, size_t length, struct why *why);
int listeners_read_consumers(struct listeners *l, const char *body, size_t length, struct why *why);
int listeners_read_connections(struct listeners *l, const char *body, size_t length,
                               struct why *why);

#endif
