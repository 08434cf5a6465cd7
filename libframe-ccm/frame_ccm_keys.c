/* frame_ccm_keys.c - keys of frames from what a network is given: Thread's network key, Wi-SUN's
 * GTK.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "frame_ccm.h"

enum { SHA256_SIZE = 32 };

bool frame_ccm_thread_keys(struct frame_ccm_thread_keys *keys,
                           const uint8_t network_key[FRAME_CCM_KEY_SIZE], uint32_t sequence)
{
	uint8_t text[] = {0, 0, 0, 0, 'T', 'h', 'r', 'e', 'a', 'd'}, hash[SHA256_SIZE] = {0};
	unsigned length = 0;

	for (int i = 0; i < 4; i++)
		text[i] = (uint8_t)(sequence >> (24 - 8 * i));
	bool done = HMAC(EVP_sha256(), network_key, FRAME_CCM_KEY_SIZE, text, sizeof text, hash,
	                 &length) &&
	            length == SHA256_SIZE;
	memcpy(keys->mle, hash, FRAME_CCM_KEY_SIZE);
	memcpy(keys->mac, hash + FRAME_CCM_KEY_SIZE, FRAME_CCM_KEY_SIZE);
	OPENSSL_cleanse(hash, sizeof hash);
	return done;
}

uint8_t frame_ccm_thread_index(uint32_t sequence)
{
	return (uint8_t)((sequence & 0x7f) + 1);
}

bool frame_ccm_wisun_gak(uint8_t gak[FRAME_CCM_KEY_SIZE], const char *name, size_t length,
                         const uint8_t gtk[FRAME_CCM_KEY_SIZE])
{
	uint8_t hash[SHA256_SIZE] = {0};
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	unsigned n = 0;
	bool done = sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1 &&
	            EVP_DigestUpdate(sha, name, length) == 1 &&
	            EVP_DigestUpdate(sha, gtk, FRAME_CCM_KEY_SIZE) == 1 &&
	            EVP_DigestFinal_ex(sha, hash, &n) == 1 && n == SHA256_SIZE;

	if (!done)
		memset(hash, 0, sizeof hash);
	memcpy(gak, hash, FRAME_CCM_KEY_SIZE);
	OPENSSL_cleanse(hash, sizeof hash);
	EVP_MD_CTX_free(sha);
	return done;
}
