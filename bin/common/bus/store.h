/* store.h - where kept messages also lie, numbered from 1 in the order in which they came. A tool
 * that has no store does not link what is behind it. Owner: the publisher. */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept_message {
	const char *key, *content_type, *message_id;
	const uint8_t *body;
	size_t length;
	uint64_t timestamp; /* seconds; 0: none */
	/* Of what is passed on (routed.h), which no store is given: NULL or "" says nothing. */
	const char *via;
	uint64_t dropped;
	uint64_t stored; /* its number in the store, 0: not in it */
	bool again;      /* it has been sent before */
};

/* FULL: its own bound is reached. FAILED: it cannot be written at the moment. */
enum store_result { STORE_STORED, STORE_FULL, STORE_FAILED };

struct store {
	enum store_result (*add)(struct store *, const struct kept_message *, uint64_t *number);
	void (*remove)(struct store *, uint64_t number, size_t octets);
	/* The first message behind `after`, valid until the next call. False: none, or what there
	 * is cannot be read, which has been said. */
	bool (*next)(struct store *, uint64_t after, struct kept_message *, uint64_t *number);
	/* Makes changes durable, tries again what failed; milliseconds until it wants to be called,
	 * -1: none due. */
	int (*work)(struct store *, bool at_once);
	void (*close)(struct store *);
	uint64_t count; /* messages in it when it was opened: of the last run */
	/* What nobody takes leaves the messages, and is not deleted. */
	void (*set_aside)(struct store *, uint64_t number, size_t octets);
	uint64_t unwritten; /* messages that a crash would take: not on the disk so far */
};

#endif
