/* frame_ccm.c - CCM* on top of AES-128 of libcrypto; nothing else here knows libcrypto. */
#include "frame_ccm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* CCM writes more authenticated octets than that with another length (B.3.1). */
enum { BLOCK = 16, NONCE = FRAME_CCM_NONCE_SIZE, MESSAGE_CLEAR_MAX = 0xfeff };

struct frame_ccm_key {
	EVP_CIPHER_CTX *aes;
};

struct frame_ccm_key *frame_ccm_key_new(const uint8_t key[FRAME_CCM_KEY_SIZE])
{
	struct frame_ccm_key *k = OPENSSL_zalloc(sizeof *k);

	if (!k)
		return NULL;
	k->aes = EVP_CIPHER_CTX_new();
	if (!k->aes || EVP_EncryptInit_ex(k->aes, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(k->aes, 0) != 1) {
		frame_ccm_key_free(k);
		return NULL;
	}
	return k;
}

void frame_ccm_key_free(struct frame_ccm_key *key)
{
	if (!key)
		return;
	EVP_CIPHER_CTX_free(key->aes); /* wipes the schedule */
	OPENSSL_free(key);
}

static void aes(struct frame_ccm_key *key, uint8_t out[BLOCK], const uint8_t in[BLOCK])
{
	int n;

	EVP_EncryptUpdate(key->aes, out, &n, in, BLOCK);
}

static void put_big(uint8_t *p, uint64_t value, size_t octets)
{
	while (octets--) {
		p[octets] = (uint8_t)value;
		value >>= 8;
	}
}

static int make_nonce(uint8_t out[NONCE], const struct frame *f,
                      const struct frame_ccm_nonce *nonce)
{
	put_big(out, nonce->source, 8);
	if (f->security.asn_in_nonce) {
		put_big(out + 8, nonce->asn, 5);
		return FRAME_OK;
	}
	if (f->security.counter_suppressed)
		return FRAME_EFIELD;
	put_big(out + 8, f->security.counter, 4);
	out[12] = f->security.level;
	return FRAME_OK;
}

/* --- authentication: CBC-MAC, B.3.2 --- */

struct mac {
	struct frame_ccm_key *key;
	uint8_t state[BLOCK];
	size_t filled;
};

static void mac_pad(struct mac *m)
{
	if (m->filled)
		aes(m->key, m->state, m->state);
	m->filled = 0;
}

static void mac_add(struct mac *m, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		m->state[m->filled++] ^= octets[i];
		if (m->filled == BLOCK)
			mac_pad(m);
	}
}

/* --- the frame: authenticated octets, then the message, then the MIC --- */

struct parts {
	uint8_t nonce[NONCE];
	uint8_t *octets;
	size_t clear, message, mic; /* lengths, one behind the other */
};

static void mac_begin(struct mac *m, struct frame_ccm_key *key, const struct parts *p)
{
	uint8_t lengths[2];

	*m = (struct mac){.key = key};
	m->state[0] = (uint8_t)((p->clear ? 0x40 : 0) | (p->mic - 2) / 2 << 3 | 1);
	memcpy(m->state + 1, p->nonce, NONCE);
	put_big(m->state + 14, p->message, 2);
	aes(key, m->state, m->state);
	if (!p->clear)
		return;
	put_big(lengths, p->clear, 2);
	mac_add(m, lengths, 2);
	mac_add(m, p->octets, p->clear);
	mac_pad(m);
}

/* The key stream's block i, B.3.3. */
static void key_stream(uint8_t out[BLOCK], struct frame_ccm_key *key, const struct parts *p,
                       size_t i)
{
	uint8_t counter[BLOCK] = {1};

	memcpy(counter + 1, p->nonce, NONCE);
	put_big(counter + 14, i, 2);
	aes(key, out, counter);
}

static void transform(uint8_t *out, const uint8_t *in, size_t length, const uint8_t stream[BLOCK])
{
	for (size_t i = 0; i < length; i++)
		out[i] = in[i] ^ stream[i];
}

/* The MIC of the message, which is encrypted or in clear. */
static void compute_mic(uint8_t mic[BLOCK], struct frame_ccm_key *key, const struct parts *p,
                        bool encrypted)
{
	const uint8_t *message = p->octets + p->clear;
	uint8_t stream[BLOCK], block[BLOCK];
	struct mac m;

	mac_begin(&m, key, p);
	for (size_t at = 0; at < p->message; at += BLOCK) {
		size_t n = p->message - at < BLOCK ? p->message - at : BLOCK;

		memset(stream, 0, BLOCK);
		if (encrypted)
			key_stream(stream, key, p, 1 + at / BLOCK);
		transform(block, message + at, n, stream);
		mac_add(&m, block, n);
	}
	mac_pad(&m);
	key_stream(stream, key, p, 0);
	transform(mic, m.state, BLOCK, stream);
}

static void apply_stream(struct frame_ccm_key *key, const struct parts *p)
{
	uint8_t *message = p->octets + p->clear, stream[BLOCK];

	for (size_t at = 0; at < p->message; at += BLOCK) {
		size_t n = p->message - at < BLOCK ? p->message - at : BLOCK;

		key_stream(stream, key, p, 1 + at / BLOCK);
		transform(message + at, message + at, n, stream);
	}
}

static int divide(struct parts *p, const struct frame *f, uint8_t *octets,
                  const struct frame_ccm_nonce *nonce, size_t open)
{
	size_t end = (size_t)f->payload.offset + f->payload.length;

	if (!f->security.was_parsed || f->error || open > f->payload.length ||
	    end > MESSAGE_CLEAR_MAX)
		return FRAME_EFIELD;
	p->octets = octets;
	p->clear = f->security.level & 4 ? f->header.length + open : end;
	p->message = end - p->clear;
	p->mic = f->mic.length;
	return make_nonce(p->nonce, f, nonce);
}

size_t frame_ccm_open_octets(const struct frame *f, const uint8_t *octets)
{
	struct frame_beacon b;
	int fields;

	if (f->version >= 2 || f->type == FRAME_MULTIPURPOSE)
		return 0;
	if (f->type == FRAME_COMMAND)
		return f->payload.length ? 1 : 0;
	if (f->type != FRAME_BEACON)
		return 0;
	fields = frame_beacon_parse(&b, octets + f->payload.offset, f->payload.length, NULL);
	return fields < 0 ? f->payload.length : (size_t)fields;
}

static int fail(struct frame_fault *fault, int error, size_t offset, const char *field)
{
	if (fault)
		*fault = (struct frame_fault){error, offset, field};
	return error;
}

/* Whether the MIC is right; there is none to be wrong with level 4. */
static bool mic_fits(struct frame_ccm_key *key, const struct parts *p, bool encrypted)
{
	uint8_t mic[BLOCK];

	if (!p->mic)
		return true;
	compute_mic(mic, key, p, encrypted);
	return CRYPTO_memcmp(mic, p->octets + p->clear + p->message, p->mic) == 0;
}

int frame_ccm_decrypt(struct frame *f, uint8_t *octets, struct frame_ccm_key *key,
                      const struct frame_ccm_nonce *nonce, size_t open, struct frame_fault *fault)
{
	bool encrypted = f->security.level & 4;
	struct parts p;
	int error = divide(&p, f, octets, nonce, open);

	if (error)
		return fail(fault, error, 0, "");
	if (!mic_fits(key, &p, encrypted))
		return fail(fault, FRAME_EMIC, f->mic.offset,
		            "9.4.2.2 Security Level field, Table 9-6: MIC");
	fail(fault, FRAME_OK, 0, "");
	if (!encrypted)
		return FRAME_OK;
	apply_stream(key, &p);
	f->decrypted = true;
	return frame_parse_payload_ies(f, octets, fault);
}

int frame_ccm_decrypt_message(uint8_t *octets, const struct frame_ccm_message *m,
                              struct frame_ccm_key *key)
{
	struct parts p = {
		.octets = octets, .clear = m->clear, .message = m->message, .mic = m->mic};
	bool has_length = m->mic == 4 || m->mic == 8 || m->mic == 16;

	if (!has_length || m->clear > MESSAGE_CLEAR_MAX || m->message > UINT16_MAX)
		return FRAME_EFIELD;
	memcpy(p.nonce, m->nonce, NONCE);
	if (!mic_fits(key, &p, true))
		return FRAME_EMIC;
	apply_stream(key, &p);
	return FRAME_OK;
}

int frame_ccm_encrypt(struct frame *f, uint8_t *octets, struct frame_ccm_key *key,
                      const struct frame_ccm_nonce *nonce, size_t open)
{
	bool encrypted = f->security.level & 4;
	struct parts p;
	uint8_t mic[BLOCK];
	int error = divide(&p, f, octets, nonce, open);

	if (error)
		return error;
	if (p.mic) {
		compute_mic(mic, key, &p, false);
		memcpy(octets + f->mic.offset, mic, p.mic);
	}
	if (encrypted)
		apply_stream(key, &p);
	return FRAME_OK;
}

const char *frame_ccm_version(void)
{
	return FRAME_CCM_VERSION;
}
