#include "bus/keyed_hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdlib.h>

enum { KEY_SIZE = 16 };

struct keyed_hash {
	uint8_t key[KEY_SIZE];
	EVP_MAC_CTX *context;
};

static EVP_MAC_CTX *new_context(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_SIPHASH, NULL);
	EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	return context;
}

static uint64_t value_of(struct keyed_hash *h, const struct hash_part *parts, unsigned count,
                         bool *ok)
{
	size_t size = sizeof(uint64_t), length = 0;
	const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
	                                 OSSL_PARAM_construct_end()};
	uint64_t value = 0;

	*ok = EVP_MAC_init(h->context, h->key, sizeof h->key, parameters) == 1;
	for (unsigned i = 0; i < count && *ok; i++)
		*ok = EVP_MAC_update(h->context, (const uint8_t *)&parts[i].length,
		                     sizeof parts[i].length) == 1 &&
		      EVP_MAC_update(h->context, parts[i].octets, parts[i].length) == 1;
	*ok = *ok && EVP_MAC_final(h->context, (uint8_t *)&value, &length, sizeof value) == 1 &&
	      length == sizeof value;
	return value;
}

struct keyed_hash *keyed_hash_new(void)
{
	struct keyed_hash *h = calloc(1, sizeof *h);
	bool ok = false;

	if (h && RAND_bytes(h->key, sizeof h->key) == 1 && (h->context = new_context()))
		value_of(h, NULL, 0, &ok);
	if (ok)
		return h;
	keyed_hash_free(h);
	return NULL;
}

void keyed_hash_free(struct keyed_hash *h)
{
	if (h)
		EVP_MAC_CTX_free(h->context);
	free(h);
}

/* What worked once works again: it allocates nothing. */
uint64_t keyed_hash(struct keyed_hash *h, const struct hash_part *parts, unsigned count)
{
	bool ok;

	return value_of(h, parts, count, &ok);
}
