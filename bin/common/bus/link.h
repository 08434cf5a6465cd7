/* link.h - one connection to a broker, as rabbitmq-c has it, and words for what fails on it. */
#ifndef LINK_H
#define LINK_H

#include <amqp.h>
#include <amqp_framing.h>
#include <stdbool.h>

#include "bus/wire.h"

enum {
	LINK_CHANNEL = WIRE_CHANNEL,
	LINK_TEXT_SIZE = 256, /* an AMQP short string and a NUL */
	LINK_PROPERTY_SIZE = 64,
};

struct link {
	amqp_connection_state_t connection; /* NULL: none; what is sent goes through it */
	struct wire *wire;                  /* ... and what comes is read here */
	amqp_socket_t *tls;                 /* the connection's, NULL without TLS */
	const char *host;                   /* that its certificate must be for */
	int socket;
	unsigned heartbeat; /* seconds, as negotiated */
	size_t frame_max;
	char product[LINK_PROPERTY_SIZE], version[LINK_PROPERTY_SIZE]; /* of the broker; cut */
};

struct failure {
	bool refusal; /* of login, virtual host or permission, or a missing exchange */
	bool taken;   /* another connection has what only one may have */
	int code;     /* with which the broker closed the channel, 0: it did not */
	char words[LINK_TEXT_SIZE]; /* ... and what it said */
	struct why why;
};

/* What the broker says as it closes a channel or a connection. True: a refusal. */
bool link_explain_close(const amqp_method_t *method, struct why *why);

/* Lets go of what the link has: at the end, or where it was not made. */
void link_discard(struct link *link);

/* 0, or -1 with failure ("DOING: reason"), which is what wire_wait or a call of the library has
 * said. In the thread that made the call. */
int link_fail(const struct link *link, const char *doing, const struct why *why,
              struct failure *failure);
/* Waits for a method, 10 s at the most. Messages that come meanwhile are put off; anything else
 * that is no answer is the end. 0, or -1 with failure. */
int link_wait_for(const struct link *link, amqp_method_number_t answer, amqp_method_t *method,
                  const char *doing, struct failure *failure);
/* Sends a method and waits so for the answer to it. */
int link_call(const struct link *link, amqp_method_number_t id, void *request,
              amqp_method_number_t answer, const char *doing, struct failure *failure);
int link_open_channel(const struct link *link, const char *doing, struct failure *failure);
/* Sends a heartbeat if one is due. A status of the library. */
int link_beat(const struct link *link);
/* The broker has closed the channel: a new one in its place, within 10 s. 0, or -1 with failure. */
int link_reopen_channel(const struct link *link, struct failure *failure);
/* What the keys of our own begin with, which a tool can do without. */
#define LINK_OWN_KEYS "framebus."
/* The broker's words are its refusal of a routing key that begins so. */
bool link_is_key_refused(const char *words, const char *beginning);
/* The key in such words: of *length octets, 0 where there is none. */
const char *link_refused_key(const char *words, size_t *length);
/* Says so, once for all connections of the tool. */
void link_tell_own_key_refused(const char *words);

#endif
