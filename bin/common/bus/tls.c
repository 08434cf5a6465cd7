#include "bus/tls.h"

#include <amqp_ssl_socket.h>
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/outside.h"

static const char *reason_words(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error ? ERR_reason_error_string(error) : NULL;

	return reason ? reason : "unknown reason";
}

void tls_init(void)
{
	/* An attempt to connect that was abandoned may still use OpenSSL while exit(3) runs: it
	 * must not clean up meanwhile. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	/* What its configuration names is loaded now: later, no code can be. */
	OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CONFIG, NULL);
}

const char *tls_system_file(void)
{
	return getenv(X509_get_default_cert_file_env());
}

/* --- keys with a passphrase --- */

/* OpenSSL's own would ask on the terminal, and wait there. */
static int refuse_passphrase(char *out, int size, int writing, void *asked)
{
	(void)out, (void)size, (void)writing;
	if (asked)
		*(bool *)asked = true;
	return -1;
}

/* --- before the handshake --- */

/* The library drops the verdict: it stays with the context, which lives as long as the
 * connection. */
static int note_verdict(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	if (!ok)
		SSL_CTX_set_app_data(SSL_get_SSL_CTX(ssl),
		                     (void *)(intptr_t)X509_STORE_CTX_get_error(store));
	return ok;
}

/* --- the name --- */

static int node_index = -1, session_index = -1;

static void make_indices(void)
{
	node_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	session_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static bool is_ip_address(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* The library asks for the address that it connects to. Before the first octet is made, that is
 * mended; an address is no name (RFC 6066). It shows its session nowhere else: here it is noted. */
static void note_session(const SSL *ssl, int where, int value)
{
	(void)value;
	if (!(where & SSL_CB_HANDSHAKE_START))
		return;
	SSL_CTX_set_ex_data(SSL_get_SSL_CTX(ssl), session_index, (void *)ssl);
	const struct bus_node *node = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), node_index);
	char *name = is_ip_address(node->host) ? NULL : (char *)node->host;
	SSL_set_tlsext_host_name((SSL *)ssl, name);
}

static int set_name(SSL_CTX *context, const struct bus_node *node, struct why *why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	X509_VERIFY_PARAM *verified = SSL_CTX_get0_param(context);

	pthread_once(&once, make_indices);
	if (node_index < 0 || session_index < 0 ||
	    SSL_CTX_set_ex_data(context, node_index, (void *)node) != 1 ||
	    (is_ip_address(node->host) ? X509_VERIFY_PARAM_set1_ip_asc(verified, node->host)
	                               : X509_VERIFY_PARAM_set1_host(verified, node->host, 0)) != 1)
		return why_set(why, "TLS: %s cannot be verified", node->host);
	SSL_CTX_set_info_callback(context, note_session);
	return 0;
}

/* --- the files --- */

/* Read by ourselves: OpenSSL knows paths only, and a path may be another process's to open. */
static char *read_file(const char *path, size_t *length, BIO **text, struct why *why)
{
	char *octets = outside_read(path, TLS_FILE_OCTETS_MAX, length, why);

	*text = octets ? BIO_new_mem_buf(octets, (int)*length) : NULL;
	if (octets && !*text) {
		why_set(why, "out of memory");
		outside_free(octets, *length);
		return NULL;
	}
	return octets;
}

static void forget_file(char *octets, size_t length, BIO *text)
{
	BIO_free(text);
	outside_free(octets, length);
}

int tls_check_key(const char *path, struct why *why)
{
	bool asked = false;
	size_t length;
	BIO *text;
	struct why reason;
	char *octets = read_file(path, &length, &text, &reason);

	if (!octets)
		return why_set(why, "TLS: %s: %s", path, reason.text);
	tls_init();
	EVP_PKEY_free(PEM_read_bio_PrivateKey(text, NULL, refuse_passphrase, &asked));
	forget_file(octets, length, text);
	ERR_clear_error();
	if (!asked)
		return 0;
	return why_set(
		why,
		"TLS: %s: the key has a passphrase, which cannot be given here (openssl pkey "
		"-in %s -out FILE writes it without one; chmod 600 FILE)",
		path, path);
}

/* How many certificates and lists of revoked ones the store has got; 0: none, or one is damaged. */
static int add_trusted(SSL_CTX *context, BIO *text)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	STACK_OF(X509_INFO) *all = PEM_X509_INFO_read_bio(text, NULL, refuse_passphrase, NULL);
	int added = 0;

	for (int i = 0; i < sk_X509_INFO_num(all); i++) {
		const X509_INFO *one = sk_X509_INFO_value(all, i);
		added += one->x509 && X509_STORE_add_cert(store, one->x509) == 1;
		added += one->crl && X509_STORE_add_crl(store, one->crl) == 1;
	}
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	return added;
}

static int load_trusted(SSL_CTX *context, const char *path, struct why *why)
{
	struct why reason = {"there is none in it"};
	size_t length;
	BIO *text;
	char *octets = read_file(path, &length, &text, &reason);
	int added = octets ? add_trusted(context, text) : 0;

	if (octets)
		forget_file(octets, length, text);
	if (added)
		return 0;
	return why_set(why, "TLS: %s: no CA certificates could be read from it (%s)", path,
	               ERR_peek_last_error() ? reason_words() : reason.text);
}

/* What OpenSSL takes in place of the system's may be closed to this process. */
static int load_systems(SSL_CTX *context, struct why *why)
{
	const char *own = tls_system_file();

	if (SSL_CTX_set_default_verify_paths(context) != 1)
		return why_set(why, "TLS: the system's CAs: none could be read (%s)",
		               reason_words());
	if (own && outside_is_closed())
		load_trusted(context, own, NULL);
	ERR_clear_error();
	return 0;
}

/* The certificate, and those that lead to its CA. */
static bool use_chain(SSL_CTX *context, BIO *text)
{
	X509 *one = PEM_read_bio_X509_AUX(text, NULL, refuse_passphrase, NULL);
	bool good = one && SSL_CTX_use_certificate(context, one) == 1;

	X509_free(one);
	while (good && (one = PEM_read_bio_X509(text, NULL, refuse_passphrase, NULL)))
		if (SSL_CTX_add0_chain_cert(context, one) != 1) {
			X509_free(one);
			good = false;
		}
	/* How a PEM file ends. */
	if (good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
		ERR_clear_error();
	return good && !ERR_peek_error();
}

static bool use_key(SSL_CTX *context, BIO *text)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, refuse_passphrase, NULL);
	bool good = key && SSL_CTX_use_PrivateKey(context, key) == 1;

	EVP_PKEY_free(key);
	return good;
}

static bool load_one(SSL_CTX *context, const char *path, bool (*use)(SSL_CTX *context, BIO *text),
                     struct why *reason)
{
	size_t length;
	BIO *text;
	char *octets = read_file(path, &length, &text, reason);
	bool good = octets && use(context, text);

	if (octets)
		forget_file(octets, length, text);
	if (octets && !good)
		why_set(reason, "%s", reason_words());
	return good;
}

static int load_login(SSL_CTX *context, const struct bus_node *n, struct why *why)
{
	struct why reason;

	if (load_one(context, n->cert, use_chain, &reason) &&
	    load_one(context, n->key, use_key, &reason)) {
		if (SSL_CTX_check_private_key(context) == 1)
			return 0;
		why_set(&reason, "%s", reason_words());
	}
	return why_set(why, "TLS: %s and %s are not a certificate and its key (%s)", n->cert,
	               n->key, reason.text);
}

static int load_files(SSL_CTX *context, const struct bus_node *n, struct why *why)
{
	if ((n->cacert ? load_trusted(context, n->cacert, why) : load_systems(context, why)) < 0)
		return -1;
	return n->cert ? load_login(context, n, why) : 0;
}

int tls_prepare(amqp_socket_t *socket, const struct bus_node *node, struct why *why)
{
	SSL_CTX *context = amqp_ssl_socket_get_context(socket);

	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
	if (load_files(context, node, why) < 0)
		return -1;
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		return why_set(why, "TLS: version 1.2 is not available");
	amqp_ssl_socket_set_verify_peer(socket, 1);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verdict);
	/* The library compares with the address that it connects to; OpenSSL checks the name
	 * itself. */
	amqp_ssl_socket_set_verify_hostname(socket, 0);
	if (set_name(context, node, why) < 0)
		return -1;
	ERR_clear_error();
	return 0;
}

/* --- reading --- */

ssize_t tls_read(amqp_socket_t *socket, void *to, size_t n)
{
	SSL_CTX *context = amqp_ssl_socket_get_context(socket);
	SSL *ssl = SSL_CTX_get_ex_data(context, session_index);

	ERR_clear_error();
	int status = SSL_read(ssl, to, n < INT_MAX ? (int)n : INT_MAX);
	if (status > 0)
		return status;
	switch (SSL_get_error(ssl, status)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		errno = EIO;
		return -1;
	}
}

/* --- what went wrong --- */

static const char *hint_for(long verdict)
{
	switch (verdict) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return " (--cacert says which CA to trust)";
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return " (or the clock here is wrong)";
	default:
		return "";
	}
}

static bool explain_verdict(const char *host, long verdict, struct why *why)
{
	if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
		why_set(why, "TLS: the broker's certificate is not for %s", host);
	else if (verdict)
		why_set(why, "TLS: the broker's certificate: %s%s",
		        X509_verify_cert_error_string(verdict), hint_for(verdict));
	else
		return false;
	return true;
}

static bool explain_reason(struct why *why)
{
	unsigned long error = ERR_peek_last_error();

	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return false;
	switch (ERR_GET_REASON(error)) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		why_set(why, "TLS: the broker does not speak TLS 1.2 or later (%s)",
		        reason_words());
		break;
	case SSL_R_WRONG_VERSION_NUMBER:
		why_set(why, "TLS: the broker does not speak TLS on this port (%s)",
		        reason_words());
		break;
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		why_set(why,
		        "TLS: the broker refuses the connection: %s (a client certificate, if it "
		        "asks "
		        "for one, is given with --cert and --key)",
		        reason_words());
		break;
	default:
		why_set(why, "TLS: %s", reason_words());
	}
	return true;
}

bool tls_explain(amqp_socket_t *socket, const char *host, struct why *why)
{
	long verdict =
		(intptr_t)SSL_CTX_get_app_data((SSL_CTX *)amqp_ssl_socket_get_context(socket));

	return explain_verdict(host, verdict, why) || explain_reason(why);
}
