/* link.h - one connection to a broker, as rabbitmq-c has it, and words for what fails on it. */
#ifndef LINK_H
#define LINK_H

#include <amqp.h>
#include <amqp_framing.h>
#include <stdbool.h>

#include "base/words.h"

enum {
	LINK_CHANNEL = 1,     /* the only one */
	LINK_TEXT_SIZE = 256, /* an AMQP short string and a NUL */
};

struct link {
	amqp_connection_state_t connection; /* NULL: none */
	amqp_socket_t *tls;                 /* the connection's, NULL without TLS */
	const char *host;                   /* that its certificate must be for */
	int socket;
	unsigned heartbeat; /* seconds, as negotiated */
	size_t frame_max;
};

struct failure {
	bool refusal; /* of login, virtual host or permission, or a missing exchange */
	bool taken;   /* another connection has what only one may have */
	struct why why;
};

/* What the broker says as it closes a channel or a connection. True: a refusal. */
bool link_explain_close(const amqp_method_t *method, struct why *why);

/* 0, or -1 with failure ("DOING: reason"). In the thread that made the call. */
int link_check(const struct link *link, amqp_rpc_reply_t reply, const char *doing,
               struct failure *failure);
/* The broker has closed the channel: a new one in its place. 0, or -1 with failure. */
int link_reopen_channel(const struct link *link, struct failure *failure);
/* What the keys of our own begin with, which a tool can do without. */
#define LINK_OWN_KEYS "framebus."
/* The broker's words are its refusal of a routing key that begins so. */
bool link_is_key_refused(const char *words, const char *beginning);
/* Says so, once for all connections of the tool. */
void link_tell_own_key_refused(const char *words);
/* The same of the last call's reply. */
int link_check_last(const struct link *link, const char *doing, struct failure *failure);

#endif
