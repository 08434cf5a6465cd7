/* libframe-ccm: the examples of IEEE Std 802.15.4-2006, Annex C.2, an independent CCM of libcrypto,
 * and damaged frames. */
#include "frame_test.h"

#include <openssl/evp.h>

#include "frame_ccm.h"

static const uint8_t annex_c_key[] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
                                      0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf};
static const struct frame_ccm_nonce annex_c_nonce = {.source = 0xacde480000000001};

static const struct {
	const char *name, *secured, *clear;
} annex_c[] = {
	{"C.2.1 beacon, MIC-64",
         "08d0842143010000000048deac020500000055cf000051525354223bc1ec841ab553",
         "08d0842143010000000048deac020500000055cf0000515253540000000000000000"},
	{"C.2.2 data, ENC", "69dc842143020000000048deac010000000048deac0405000000d43e022b",
         "69dc842143020000000048deac010000000048deac040500000061626364"},
	{"C.2.3 association request, ENC-MIC-64",
         "2bdc842143020000000048deacffff010000000048deac060500000001d84fde529061f9c6f1",
         "2bdc842143020000000048deacffff010000000048deac060500000001ce0000000000000000"},
};

static size_t message_length(const struct frame *f)
{
	return (size_t)f->payload.offset + f->payload.length;
}

Test(ccm, annex_c)
{
	struct frame_ccm_key *key = frame_ccm_key_new(annex_c_key);

	cr_assert(key);
	for (unsigned i = 0; i < COUNT(annex_c); i++) {
		uint8_t secured[64], clear[64], octets[64];
		size_t n = unhex(secured, sizeof secured, annex_c[i].secured);
		struct frame f;

		cr_assert_eq(unhex(clear, sizeof clear, annex_c[i].clear), n);
		memcpy(octets, secured, n);
		cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), 0);
		cr_assert_eq(frame_ccm_decrypt(&f, octets, key, &annex_c_nonce,
		                               frame_ccm_open_octets(&f, octets), NULL),
		             0, "%s", annex_c[i].name);
		cr_assert_arr_eq(octets, clear, message_length(&f), "%s", annex_c[i].name);
		memcpy(octets, clear, n);
		cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), 0);
		cr_assert_eq(frame_ccm_encrypt(&f, octets, key, &annex_c_nonce,
		                               frame_ccm_open_octets(&f, octets)),
		             0);
		cr_assert_arr_eq(octets, secured, n, "%s", annex_c[i].name);
	}
	frame_ccm_key_free(key);
}

Test(ccm, one_wrong_bit_anywhere_is_found_and_nothing_changed)
{
	struct frame_ccm_key *key = frame_ccm_key_new(annex_c_key);
	uint8_t secured[64], octets[64], before[64];
	size_t n = unhex(secured, sizeof secured, annex_c[2].secured);

	for (size_t bit = 0; bit < 8 * n; bit++) {
		struct frame f;

		memcpy(octets, secured, n);
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memcpy(before, octets, n);
		if (frame_parse(&f, octets, n, FRAME_RECEIVER, NULL) || !f.mic.length)
			continue;
		cr_assert_neq(frame_ccm_decrypt(&f, octets, key, &annex_c_nonce,
		                                frame_ccm_open_octets(&f, octets), NULL),
		              0, "bit %zu", bit);
		cr_assert_arr_eq(octets, before, n);
	}
	frame_ccm_key_free(key);
}

/* CCM as libcrypto has it, for the levels with a MIC. */
static void other_ccm(const uint8_t key[16], const uint8_t nonce[13], const uint8_t *a,
                      size_t a_length, uint8_t *m, size_t m_length, uint8_t *mic, size_t mic_length)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t nothing[16];
	int n;

	EVP_EncryptInit_ex(c, EVP_aes_128_ccm(), NULL, NULL, NULL);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_CCM_SET_IVLEN, 13, NULL);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_CCM_SET_TAG, (int)mic_length, NULL);
	EVP_EncryptInit_ex(c, NULL, NULL, key, nonce);
	EVP_EncryptUpdate(c, NULL, &n, NULL, (int)m_length);
	EVP_EncryptUpdate(c, NULL, &n, a, (int)a_length);
	EVP_EncryptUpdate(c, m, &n, m, (int)m_length);
	EVP_EncryptFinal_ex(c, nothing, &n);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_CCM_GET_TAG, (int)mic_length, mic);
	EVP_CIPHER_CTX_free(c);
}

static void nonce_octets(uint8_t out[13], const struct frame *f,
                         const struct frame_ccm_nonce *nonce)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(nonce->source >> (56 - 8 * i));
	for (int i = 0; i < 5; i++)
		out[8 + i] = (uint8_t)(nonce->asn >> (32 - 8 * i));
	for (int i = 0; !f->security.asn_in_nonce && i < 4; i++)
		out[8 + i] = (uint8_t)(f->security.counter >> (24 - 8 * i));
	if (!f->security.asn_in_nonce)
		out[12] = f->security.level;
}

static size_t random_secured(uint8_t *octets, struct frame *f)
{
	uint8_t content[256];
	size_t payload = random_below(80);
	int n;

	*f = (struct frame){.type = FRAME_DATA,
	                    .version = 2,
	                    .security_enabled = true,
	                    .has_sequence = true,
	                    .sequence = (uint8_t)random_next(),
	                    .destination.mode = FRAME_ADDRESS_SHORT,
	                    .source.mode = FRAME_ADDRESS_EXTENDED,
	                    .source.value = random_next()};
	frame_set_pan_ids(f, 0xabcd, 0xabcd);
	do
		f->security.level = (uint8_t)random_below(8);
	while (f->security.level == 4); /* for version 1 only: annex C has it */
	f->security.asn_in_nonce = random_bool();
	f->security.counter_suppressed = f->security.asn_in_nonce && random_bool();
	f->security.counter = f->security.counter_suppressed ? 0 : (uint32_t)random_next();
	random_octets(content, sizeof content);
	f->payload = (struct frame_span){0, (uint16_t)payload};
	f->mic = (struct frame_span){100, (uint16_t)frame_mic_length(f->security.level)};
	n = frame_build(octets, 256, f, content);
	cr_assert_gt(n, 0);
	cr_assert_eq(frame_parse(f, octets, (size_t)n, FRAME_RECEIVER, NULL), 0);
	return (size_t)n;
}

Test(ccm, as_libcrypto_does_it_and_back_again)
{
	random_seed("test_frame_ccm");
	for (unsigned i = 0; i < 5000; i++) {
		uint8_t clear[256], ours[256], theirs[256], key_octets[16], nonce_bytes[13];
		struct frame_ccm_nonce nonce = {random_next(), random_next() >> 24};
		struct frame_ccm_key *key;
		struct frame f;
		size_t n = random_secured(clear, &f), open = random_below(f.payload.length + 1u), a,
		       m;

		random_octets(key_octets, 16);
		key = frame_ccm_key_new(key_octets);
		memcpy(ours, clear, n);
		cr_assert_eq(frame_ccm_encrypt(&f, ours, key, &nonce, open), 0);
		if (f.mic.length) {
			a = f.security.level & 4 ? f.header.length + open : message_length(&f);
			m = message_length(&f) - a;
			memcpy(theirs, clear, n);
			nonce_octets(nonce_bytes, &f, &nonce);
			other_ccm(key_octets, nonce_bytes, theirs, a, theirs + a, m,
			          theirs + f.mic.offset, f.mic.length);
			cr_assert_arr_eq(ours, theirs, n, "round %u level %u", i, f.security.level);
		}
		cr_assert_eq(frame_ccm_decrypt(&f, ours, key, &nonce, open, NULL), 0);
		cr_assert_arr_eq(ours, clear, message_length(&f));
		frame_ccm_key_free(key);
	}
}

/* Header Termination 1, then these seven octets, encrypted: the frame and its decryption. */
static int encrypt_and_decrypt(struct frame *f, uint8_t octets[64], const uint8_t content[9],
                               struct frame_fault *fault)
{
	struct frame built = {.type = FRAME_DATA,
	                      .version = 2,
	                      .security_enabled = true,
	                      .has_ies = true,
	                      .destination.mode = FRAME_ADDRESS_SHORT,
	                      .security.level = 5};
	struct frame_ccm_key *key = frame_ccm_key_new(annex_c_key);
	int n, error;

	frame_set_pan_ids(&built, 1, 1);
	built.header_ies = (struct frame_span){0, 2};
	built.payload = (struct frame_span){2, 7};
	built.mic = (struct frame_span){0, 4};
	n = frame_build(octets, 64, &built, content);
	cr_assert_gt(n, 0);
	cr_assert_eq(frame_parse(f, octets, (size_t)n, FRAME_RECEIVER, NULL), 0);
	cr_assert_eq(frame_ccm_encrypt(f, octets, key, &annex_c_nonce, 0), 0);
	cr_assert_eq(frame_parse(f, octets, (size_t)n, FRAME_RECEIVER, NULL), 0);
	cr_assert(f->payload.length == 7 && f->payload_ies.length == 0);
	error = frame_ccm_decrypt(f, octets, key, &annex_c_nonce, 0, fault);
	frame_ccm_key_free(key);
	return error;
}

Test(ccm, payload_ies_come_out_of_the_payload)
{
	uint8_t octets[64], content[9] = {0x00, 0x3f, 0x01, 0x90, 0xaa, 0x00, 0xf8, 0x7a, 0x33};
	struct frame_fault fault;
	struct frame f;

	cr_assert_eq(encrypt_and_decrypt(&f, octets, content, &fault), 0);
	cr_assert(f.payload.length == 2 && f.payload_ies.length == 5);
	cr_assert_arr_eq(octets + f.payload_ies.offset, content + 2, 5);
	cr_assert(fault.error == FRAME_OK && fault.field[0] == 0);
}

Test(ccm, malformed_payload_ies_are_a_fault)
{
	uint8_t octets[64], content[9] = {0x00, 0x3f, 0x01, 0x90, 0xaa, 0x7f, 0xf8, 0x7a, 0x33};
	struct frame_fault fault;
	struct frame f;

	cr_assert_eq(encrypt_and_decrypt(&f, octets, content, NULL), FRAME_EIE);
	cr_assert_eq(encrypt_and_decrypt(&f, octets, content, &fault), FRAME_EIE);
	cr_assert_eq(fault.error, FRAME_EIE);
	cr_assert_eq(fault.offset, f.payload_ies.offset + 3u);
	cr_assert_str_eq(fault.field, "7.4.3.1 Payload IE format");
}

Test(ccm, what_cannot_be_done)
{
	struct frame_ccm_key *key = frame_ccm_key_new(annex_c_key);
	uint8_t octets[64];
	struct frame_fault fault;
	struct frame f;
	size_t n = unhex(octets, sizeof octets, "01 08 05 cdab 3412 aa");

	frame_parse(&f, octets, n, FRAME_RECEIVER, NULL);
	cr_assert_eq(frame_ccm_decrypt(&f, octets, key, &annex_c_nonce, 0, NULL), FRAME_EFIELD,
	             "not secured");
	n = unhex(octets, sizeof octets, "09 28 05 cdab 3412 25 aa 00000000");
	cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), 0);
	cr_assert_eq(frame_ccm_decrypt(&f, octets, key, &annex_c_nonce, 0, NULL), FRAME_EFIELD,
	             "no counter and no ASN");
	n = unhex(octets, sizeof octets, "09 28 05 cdab 3412 05 01000000 aa 00000000");
	cr_assert_eq(frame_parse(&f, octets, n, FRAME_RECEIVER, NULL), 0);
	cr_assert_eq(frame_ccm_decrypt(&f, octets, key, &annex_c_nonce, 2, NULL), FRAME_EFIELD,
	             "more open octets than payload");
	cr_assert_eq(frame_ccm_decrypt(&f, octets, key, &annex_c_nonce, 0, &fault), FRAME_EMIC);
	cr_assert(fault.error == FRAME_EMIC && fault.offset == f.mic.offset && fault.field[0]);
	frame_parse(&f, octets, 9, FRAME_RECEIVER, NULL);
	cr_assert_eq(frame_ccm_decrypt(&f, octets, key, &annex_c_nonce, 0, &fault), FRAME_EFIELD,
	             "a frame with a fault");
	cr_assert(fault.error == FRAME_EFIELD && fault.offset == 0);
	cr_assert_str_eq(fault.field, "");
	frame_ccm_key_free(key);
	frame_ccm_key_free(NULL);
}

/* What is authenticated but never encrypted. */
Test(ccm, open_octets)
{
	uint8_t octets[64];
	struct frame f;
	size_t n = unhex(octets, sizeof octets, annex_c[0].secured);

	frame_parse(&f, octets, n, FRAME_RECEIVER, NULL);
	cr_assert_eq(frame_ccm_open_octets(&f, octets), 4);
	n = unhex(octets, sizeof octets, annex_c[2].secured);
	frame_parse(&f, octets, n, FRAME_RECEIVER, NULL);
	cr_assert_eq(frame_ccm_open_octets(&f, octets), 1);
	n = unhex(octets, sizeof octets, "0b 28 05 cdab 3412 05 01000000 04 00000000");
	frame_parse(&f, octets, n, FRAME_RECEIVER, NULL);
	cr_assert_eq(frame_ccm_open_octets(&f, octets), 0);
}

/* Thread 1.1: network key 00112233445566778899aabbccddeeff at sequence 0, by another HMAC. */
Test(ccm, keys_of_thread)
{
	static const char wanted[] =
		"5445f4158fd75912175809f8b57a66a4de89c53af382b421e0fde5a9bae3bef0";
	uint8_t network_key[16], both[32];
	struct frame_ccm_thread_keys keys, next;

	unhex(network_key, sizeof network_key, "00112233445566778899aabbccddeeff");
	unhex(both, sizeof both, wanted);
	cr_assert(frame_ccm_thread_keys(&keys, network_key, 0));
	cr_assert_arr_eq(keys.mle, both, 16);
	cr_assert_arr_eq(keys.mac, both + 16, 16);
	cr_assert(frame_ccm_thread_keys(&next, network_key, 1));
	cr_assert_arr_neq(keys.mac, next.mac, 16);
	cr_assert_eq(frame_ccm_thread_index(0), 1);
	cr_assert_eq(frame_ccm_thread_index(127), 128);
	cr_assert_eq(frame_ccm_thread_index(128), 1);
	cr_assert_eq(frame_ccm_thread_index(UINT32_MAX), 128);
}

/* GTK and GAK as a border router of Silicon Laboratories printed them. */
Test(ccm, keys_of_wisun)
{
	static const struct {
		const char *gtk, *gak;
	} pairs[] = {
		{"461d435d6fa20994287b108632fcf6ff", "242f63dc22a07b4c0af4563c637a2750"},
		{"00000000000000000000000000000000", "261bacfe97e52ef13ae5d9af38c20ff3"},
	};

	for (unsigned i = 0; i < COUNT(pairs); i++) {
		uint8_t gtk[16], wanted[16], gak[16];

		unhex(gtk, sizeof gtk, pairs[i].gtk);
		unhex(wanted, sizeof wanted, pairs[i].gak);
		cr_assert(frame_ccm_wisun_gak(gak, "Wi-SUN Network", 14, gtk));
		cr_assert_arr_eq(gak, wanted, 16);
	}
}

Test(ccm, messages_of_other_layers)
{
	static const size_t mics[] = {4, 8, 16};
	uint8_t key_octets[16], clear[300], octets[300];
	struct frame_ccm_key *key;

	random_seed("test_frame_ccm");
	random_octets(key_octets, 16);
	key = frame_ccm_key_new(key_octets);
	for (unsigned i = 0; i < 2000; i++) {
		struct frame_ccm_message m = {.clear = random_below(100),
		                              .message = random_below(150),
		                              .mic = mics[random_below(3)]};
		size_t all = m.clear + m.message + m.mic;

		random_octets(clear, sizeof clear);
		random_octets(m.nonce, sizeof m.nonce);
		memcpy(octets, clear, sizeof octets);
		other_ccm(key_octets, m.nonce, octets, m.clear, octets + m.clear, m.message,
		          octets + m.clear + m.message, m.mic);
		octets[all - 1] ^= 1;
		cr_assert_eq(frame_ccm_decrypt_message(octets, &m, key), FRAME_EMIC);
		octets[all - 1] ^= 1;
		cr_assert_eq(frame_ccm_decrypt_message(octets, &m, key), 0, "round %u", i);
		cr_assert_arr_eq(octets, clear, m.clear + m.message);
	}
	struct frame_ccm_message none = {.message = 5};
	cr_assert_eq(frame_ccm_decrypt_message(octets, &none, key), FRAME_EFIELD);
	none = (struct frame_ccm_message){.clear = 0xff00, .mic = 4};
	cr_assert_eq(frame_ccm_decrypt_message(octets, &none, key), FRAME_EFIELD);
	frame_ccm_key_free(key);
}
