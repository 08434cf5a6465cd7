/* incoming.h - a message on its way in, frame by frame: a delivery, or a publication that comes
 * back. Never allocates more than max_message octets, once, whatever the broker sends. */
#ifndef INCOMING_H
#define INCOMING_H

#include "bus/link.h"
#include "bus/message.h"
#include "bus/routed.h"

struct incoming {
	/* the owner's */
	size_t max_message; /* longer bodies are discarded; 0: all */
	bool wants_returns; /* ... and no deliveries; else the other way round */
	char *properties;   /* room for PROPERTIES_TEXT_MAX; NULL: nobody asks for them */
	/* of the message that incoming_step has called whole */
	struct bus_message message;
	bool discarded;

	/* private */
	enum { EXPECT_METHOD, EXPECT_HEADER, EXPECT_BODY } expect;
	uint64_t size, arrived;
	char key[LINK_TEXT_SIZE], content_type[LINK_TEXT_SIZE], message_id[LINK_TEXT_SIZE],
		user[LINK_TEXT_SIZE], copy_of[LINK_TEXT_SIZE];
	struct routed routed;
	uint8_t *assembled; /* max_message octets, for bodies of several frames */
};

/* A frame that concerns no connection or channel. 1: in->message is whole, valid until the next
 * frame is read; 0: more to come; -1 with why: the broker broke the protocol. */
int incoming_step(struct incoming *in, const amqp_frame_t *frame, struct why *why);
/* No message is under way. */
bool incoming_is_between(const struct incoming *in);
/* The connection is another one. */
void incoming_reset(struct incoming *in);

#endif
