/* certificate.h - what a client certificate says of its owner. Checks nothing: the broker does. */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <stdint.h>

#include "base/words.h"

/* The common name of the first certificate of a PEM file, as UTF-8, which a broker with
 * ssl_cert_login_from = common_name takes for the login; NULL: there is none, or it is over 255
 * octets. The caller frees it. */
char *certificate_common_name(const char *path);

/* Days until the certificate of the host's own ends, negative once it has: whoever signed it. Waits
 * for TCP and for TLS, so long each. 0, or -1 with why. */
int certificate_days_left(const char *host, int port, int64_t limit_ms, int *days, struct why *why);

#endif
