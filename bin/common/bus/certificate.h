/* certificate.h - what a client certificate says of its owner. Checks nothing: the broker does. */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

/* The common name of the first certificate of a PEM file, as UTF-8, which a broker with
 * ssl_cert_login_from = common_name takes for the login; NULL: there is none, or it is over 255
 * octets. The caller frees it. */
char *certificate_common_name(const char *path);

#endif
