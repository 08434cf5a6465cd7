/* certificate.h - what a client certificate says of its owner. Checks nothing: the broker does. */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <stdint.h>

#include "base/words.h"

/* The common name of the first certificate of a PEM file, as UTF-8, which a broker with
 * ssl_cert_login_from = common_name takes for the login; NULL: there is none, or it is over 255
 * octets. The caller frees it. */
char *certificate_common_name(const char *path);

struct certificate_validity {
	int days_left;  /* negative: it has ended */
	int days_until; /* it begins; 0: it has */
};

/* Of the host's own certificate, whoever signed it, by this machine's clock. Waits for TCP and for
 * TLS, so long each. 0, or -1 with why. */
int certificate_look(struct certificate_validity *v, const char *host, int port, int64_t limit_ms,
                     struct why *why);

#endif
