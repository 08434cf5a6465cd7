/* message.h - a message as it comes from the bus. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus_message {
	/* NUL-terminated; one of the patterns of its queue matches it, whatever the sender
	 * tried. */
	const char *key;
	size_t key_length;
	const char *content_type; /* "" where absent, as the next three */
	const char *message_id;
	/* The key of our own that the same packets were also published under, with the type
	 * property. */
	const char *copy_of;
	const char *user;       /* the sender's login, which the broker has checked */
	const char *properties; /* all of them, as a JSON object; NULL where nobody asked */
	const uint8_t *body;    /* never NULL, but where publication.h says so */
	size_t length;
	int64_t time_ns; /* the timestamp property in ns (AMQP has whole seconds), 0 where absent */
	unsigned queue;  /* index into the consumer's queues */
	uint64_t delivery_tag;
	bool redelivered; /* the broker gave it to a reader before, perhaps to us */
	/* What routers say (routed.h): where it has been, "" nowhere; at more places than there is
	 * room for; how many messages before it they have dropped on purpose. */
	const char *via;
	bool via_full;
	uint64_t dropped;
};

#endif
