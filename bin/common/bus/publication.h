/* publication.h - what is published, and how a publisher does it: the structs of publisher.h. */
#ifndef PUBLICATION_H
#define PUBLICATION_H

#include <stdbool.h>

#include "bus/message.h"
#include "bus/settings.h"

/* Of a message that is passed on: what it was published with, and what a router adds (routed.h).
 * Texts have 255 octets at the most, and may be "". */
struct bus_origin {
	const char *message_id;
	uint64_t timestamp; /* s; 0: it had none */
	const char *via;
	uint64_t dropped;
};

struct bus_publication { /* nothing in it is needed any more when publisher_publish has returned */
	const char *key; /* at the most 255 octets */
	/* At the most 255 octets; "application/json" sets the content encoding utf-8, too. */
	const char *content_type;
	const void *body;
	size_t length;          /* octets, any number */
	uint64_t expiration_ms; /* live: a queue drops it after that; 0: never */
	/* live: it comes back where no queue wants it, but where its key was listened to less than
	 * a second ago (probes.h); kept: it always does */
	bool mandatory;
	/* live: NULL, or the key of our own under which readers of ours have the same packets */
	const char *copy_of;
	unsigned units; /* frames or packets in it, for the statistics */
	/* NULL: it is ours, with a message id and a time of its own */
	const struct bus_origin *origin;
};

struct store; /* spool.h */

/* Copied; what it points to must outlive the tool's threads. Zero is a default for all but the
 * first two. */
struct publisher_config {
	const struct bus_settings *settings;
	const char *direction; /* "uplink": also the statistics' section */
	const char *agent; /* for the connection's name on the broker: "amqp-tun agent_1 uplink" */
	bool kept;         /* see publisher_publish */
	/* kept: bound of the unconfirmed messages in memory; 0: 16 MiB. Never more than 65 536
	 * messages. */
	size_t kept_octets;
	/* kept: NULL, or where unconfirmed messages are kept on disk, too; closed by
	 * publisher_close */
	struct store *store;
	/* What may wait in our socket's buffer; 0: the kernel's 4 MB and more. */
	size_t socket_octets;
	/* live: a mandatory message has come back, because no queue wanted it (counted as
	 * `unroutable`); the owner's thread, in publisher_work. m: only during the call; its body
	 * is NULL where it was over 128 KiB. NULL: nothing is done. */
	void (*returned)(void *context, const struct bus_message *m);
	/* live: NULL, or what other keys begin with that the tool can do without where the broker
	 * refuses them (publisher_is_without_optional_keys). */
	const char *optional_keys;
	/* kept: what a message under a key of our own is published as where the broker refuses such
	 * keys: its part `number`, which counts up from 0. 1: *part is it; -1: it cannot be
	 * published otherwise, and is counted as `untranslated` where others can; 0: there are no
	 * more. Where there is none, or this is NULL, the message is dropped, and counted as
	 * `refused`. */
	int (*translate)(void *context, const struct bus_publication *whole, unsigned number,
	                 struct bus_publication *part);
	void *context;
};

#endif
