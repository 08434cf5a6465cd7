#include "bus/certificate.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/addresses.h"

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
	BIO *file = BIO_new_file(path, "r");
	X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
	char *name = certificate ? common_name(certificate) : NULL;

	X509_free(certificate);
	BIO_free(file);
	return name;
}

/* --- of a server --- */

static int read_days(SSL *tls, int *days, struct why *why)
{
	X509 *certificate = SSL_get1_peer_certificate(tls);
	int seconds, done = 0;

	if (certificate)
		done = ASN1_TIME_diff(days, &seconds, NULL, X509_get0_notAfter(certificate));
	/* Less than a day ago is ago. */
	if (done && seconds < 0 && !*days)
		*days = -1;
	X509_free(certificate);
	return done ? 0 : why_set(why, "it shows no certificate");
}

static int look_through(SSL *tls, int fd, const char *host, int *days, struct why *why)
{
	SSL_set_fd(tls, fd);
	SSL_set_tlsext_host_name(tls, host);
	/* One that asks for ours shows its own before. */
	SSL_connect(tls);
	return read_days(tls, days, why);
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

int certificate_days_left(const char *host, int port, int64_t limit_ms, int *days, struct why *why)
{
	int fd = connect_to(host, port, limit_ms, why);
	/* Nothing is verified, and nothing said: whoever speaks to it later does. */
	SSL_CTX *context = fd < 0 ? NULL : SSL_CTX_new(TLS_client_method());
	SSL *tls = context ? SSL_new(context) : NULL;
	int status = -1;

	if (tls)
		status = look_through(tls, fd, host, days, why);
	else if (fd >= 0)
		why_set(why, "out of memory");
	SSL_free(tls);
	SSL_CTX_free(context);
	if (fd >= 0)
		close(fd);
	return status;
}
