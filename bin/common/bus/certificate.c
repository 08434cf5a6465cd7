#include "bus/certificate.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/outside.h"
#include "bus/addresses.h"
#include "bus/tls.h"

enum { NAME_MAX_OCTETS = 255 }; /* of an AMQP short string */

static char *common_name(X509 *certificate)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	char *name = NULL;
	int length;

	if (at < 0)
		return NULL;
	length = ASN1_STRING_to_UTF8(&utf8,
	                             X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (length > 0 && length <= NAME_MAX_OCTETS && !memchr(utf8, '\0', (size_t)length))
		name = strndup((const char *)utf8, (size_t)length);
	OPENSSL_free(utf8);
	return name;
}

char *certificate_common_name(const char *path)
{
	size_t length = 0;
	char *octets = outside_read(path, TLS_FILE_OCTETS_MAX, &length, NULL);
	BIO *text = octets ? BIO_new_mem_buf(octets, (int)length) : NULL;
	X509 *certificate = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
	char *name = certificate ? common_name(certificate) : NULL;

	X509_free(certificate);
	BIO_free(text);
	outside_free(octets, length);
	return name;
}

/* --- of a server --- */

/* Whole days from now on; less than one ago is -1. */
static bool days_until(int *days, const ASN1_TIME *when)
{
	int seconds;

	if (!ASN1_TIME_diff(days, &seconds, NULL, when))
		return false;
	if (!*days && seconds < 0)
		*days = -1;
	return true;
}

static int read_validity(struct certificate_validity *v, SSL *tls, struct why *why)
{
	X509 *certificate = SSL_get1_peer_certificate(tls);
	bool done = certificate && days_until(&v->days_left, X509_get0_notAfter(certificate)) &&
	            days_until(&v->days_until, X509_get0_notBefore(certificate));

	if (done && X509_cmp_current_time(X509_get0_notBefore(certificate)) <= 0)
		v->days_until = 0;
	else if (done && v->days_until < 1)
		v->days_until = 1;
	X509_free(certificate);
	return done ? 0 : why_set(why, "it shows no certificate");
}

static int look_through(struct certificate_validity *v, SSL *tls, int fd, const char *host,
                        struct why *why)
{
	SSL_set_fd(tls, fd);
	SSL_set_tlsext_host_name(tls, host);
	/* One that asks for ours shows its own before. */
	SSL_connect(tls);
	return read_validity(v, tls, why);
}

static int connect_to(const char *host, int port, int64_t limit_ms, struct why *why)
{
	struct timeval limit = {.tv_sec = (time_t)(limit_ms / 1000) + 1};
	struct addresses found;
	unsigned winner;

	if (addresses_find(&found, host, port, why) < 0)
		return -1;
	int fd = addresses_connect(&found, limit_ms, &winner, why);
	addresses_free(&found);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	return fd;
}

int certificate_look(struct certificate_validity *v, const char *host, int port, int64_t limit_ms,
                     struct why *why)
{
	int fd = connect_to(host, port, limit_ms, why);
	/* Nothing is verified, and nothing said: whoever speaks to it later does. */
	SSL_CTX *context = fd < 0 ? NULL : SSL_CTX_new(TLS_client_method());
	SSL *tls = context ? SSL_new(context) : NULL;
	int status = -1;

	if (tls)
		status = look_through(v, tls, fd, host, why);
	else if (fd >= 0)
		why_set(why, "out of memory");
	SSL_free(tls);
	SSL_CTX_free(context);
	if (fd >= 0)
		close(fd);
	return status;
}
