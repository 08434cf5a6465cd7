/* tls.h - the one file that speaks to OpenSSL: certificates are verified, always, and TLS is 1.2 at
 * the least. */
#ifndef TLS_H
#define TLS_H

#include <amqp.h>

#include "base/words.h"
#include "bus/settings.h"

/* Before the first session, once or more often. */
void tls_init(void);
/* Before the socket is opened. 0, or -1 with why: what is wrong with the files. */
int tls_prepare(amqp_socket_t *socket, const struct bus_settings *s, const char *host,
                struct why *why);
/* Words for a status of the library, in the thread that got it. False: TLS has nothing to do with
 * it, why is as it was. */
bool tls_explain(amqp_socket_t *socket, const char *host, int status, struct why *why);

#endif
