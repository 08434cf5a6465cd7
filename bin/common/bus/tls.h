/* tls.h - the one file that speaks to OpenSSL: certificates are verified, always, and TLS is 1.2 at
 * the least. */
#ifndef TLS_H
#define TLS_H

#include <amqp.h>
#include <sys/types.h>

#include "base/words.h"
#include "bus/url.h"

/* Before the first session, once or more often. */
void tls_init(void);
/* The file that the environment names in place of the system's CAs; NULL: none. */
const char *tls_system_file(void);
enum { TLS_FILE_OCTETS_MAX = 8 << 20 }; /* of certificates and keys */
/* 0, or -1 with why: the key cannot be read whole, or has a passphrase, which nobody is asked for.
 */
int tls_check_key(const char *path, struct why *why);
/* Before the socket is opened, at whichever address: the certificate must be for the node's host,
 * and that is the name that the broker is told (SNI). node: until the connection is gone. 0, or -1
 * with why: what is wrong with the files. */
int tls_prepare(amqp_socket_t *socket, const struct bus_node *node, struct why *why);
/* What the peer has sent, after the handshake: the number of octets, 0 where it has closed, -1 with
 * errno: EAGAIN, or EIO where TLS failed (tls_explain). */
ssize_t tls_read(amqp_socket_t *socket, void *to, size_t n);
/* Words for what failed, in the thread in which it did. False: TLS has nothing to do with it, why
 * is as it was. */
bool tls_explain(amqp_socket_t *socket, const char *host, struct why *why);

#endif
