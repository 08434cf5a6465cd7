#include "bus/certificate.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

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
