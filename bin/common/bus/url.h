/* url.h - the URL of a broker, taken apart: amqp://user:password@host:port/vhost?query, amqps://
 * for TLS. The path is read as kombu reads it, with which the old agents were made. Never shows a
 * password: what may be printed is in `shown`. */
#ifndef URL_H
#define URL_H

#include <stdbool.h>

#include "base/words.h"
#include "bus/query.h"

struct bus_node {
	bool tls;
	int port;
	const char *host, *vhost, *user;
	const char *password; /* NULL: SASL EXTERNAL, the certificate is the login */
	const char *shown;    /* the URL without its password and its query */
	struct bus_query query;

	/* What bus_settings_finish makes of the options and the query. */
	unsigned heartbeat; /* seconds; 0: none, TCP's keep-alive instead */
	int64_t connect_ms; /* bound of a connection's making, and of its login */
	const char *cacert, *cert, *key;
	/* Who has published, in all our messages; NULL: nobody knows. */
	const char *user_id;
};

/* 0, or -1 with why. The strings are allocated, and the caller's for good. password: NULL, or what
 * takes the place of the URL's. has_certificate: a URL without user name means SASL EXTERNAL. */
int url_parse(struct bus_node *node, const char *url, const char *password, bool has_certificate,
              struct why *why);

#endif
