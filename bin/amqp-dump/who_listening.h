/* who_listening.h - what --who says of one that listens, in words and as JSON. Pure. */
#ifndef WHO_LISTENING_H
#define WHO_LISTENING_H

#include "base/text.h"
#include "listeners.h"

/* "; listens to 2 keys (a.#, b.#), user guest from 127.0.0.1:40000 since 12:00:00" */
void who_listening_line(struct text *t, const struct listener *who);
/* ,"listens":{...} */
void who_listening_json(struct text *t, const struct listener *who);
/* "a.#, b.#": as many as have room in so many octets, and how many more there are. */
void who_listening_keys(struct text *t, const struct listener *who, size_t most);

#endif
