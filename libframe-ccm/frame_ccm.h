/* frame_ccm.h - decrypts, checks, encrypts and signs secured IEEE 802.15.4 frames (CCM*, clause 9.3
 * and Annex B) with AES-128 of OpenSSL's libcrypto. A library of its own, libframe-ccm, so that
 * libframe needs nothing but libc.
 *
 * Works in place on the caller's octets and does no I/O. Only frame_ccm_key_new allocates. A key
 * belongs to one thread at a time. Functions that return int give 0 or a negative enum frame_error
 * (frame_strerror has the words). Pointers must not be NULL, except for `fault` and where it is
 * said.
 *
 * An example: decrypts the association request of IEEE Std 802.15.4-2006, C.2.3, and prints its
 * payload in clear (docs/examples/frame_ccm_example.c):
 *
 *     #include <frame_ccm.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *             static const uint8_t key_octets[] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
 *                                                  0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf};
 *             static const struct frame_ccm_nonce nonce = {.source = 0xacde480000000001};
 *             uint8_t octets[] = {0x2b, 0xdc, 0x84, 0x21, 0x43, 0x02, 0x00, 0x00, 0x00, 0x00,
 *                                 0x48, 0xde, 0xac, 0xff, 0xff, 0x01, 0x00, 0x00, 0x00, 0x00,
 *                                 0x48, 0xde, 0xac, 0x06, 0x05, 0x00, 0x00, 0x00, 0x01, 0xd8,
 *                                 0x4f, 0xde, 0x52, 0x90, 0x61, 0xf9, 0xc6, 0xf1};
 *             struct frame_ccm_key *key = frame_ccm_key_new(key_octets);
 *             struct frame f;
 *             int error = frame_parse(&f, octets, sizeof octets, FRAME_RECEIVER, NULL);
 *
 *             if (key && !error)
 *                     error = frame_ccm_decrypt(&f, octets, key, &nonce,
 *                                               frame_ccm_open_octets(&f, octets), NULL);
 *             for (unsigned i = 0; key && !error && i < f.payload.length; i++)
 *                     printf("%02x", octets[f.payload.offset + i]);
 *             printf(": %s\n", key ? frame_strerror(error) : "no AES-128");
 *             frame_ccm_key_free(key);
 *             return !key || error;
 *     } */
#ifndef FRAME_CCM_H
#define FRAME_CCM_H

#include "frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define FRAME_CCM_API __attribute__((visibility("default")))
#else
#define FRAME_CCM_API
#endif

#define FRAME_CCM_VERSION_MAJOR 0
#define FRAME_CCM_VERSION_MINOR 1
#define FRAME_CCM_VERSION_PATCH 0
#define FRAME_CCM_VERSION       "0.1.0"
/* Of the library that is linked: its FRAME_CCM_VERSION. */
FRAME_CCM_API const char *frame_ccm_version(void);

#define FRAME_CCM_KEY_SIZE 16

struct frame_ccm_key;
/* NULL: no memory, or libcrypto has no AES-128. The caller frees it with frame_ccm_key_free, which
 * wipes it. */
FRAME_CCM_API struct frame_ccm_key *frame_ccm_key_new(const uint8_t key[FRAME_CCM_KEY_SIZE]);
FRAME_CCM_API void frame_ccm_key_free(struct frame_ccm_key *key); /* NULL: does nothing */

/* What goes into the nonce (9.3, CCM* nonce) and is not in every frame. */
struct frame_ccm_nonce {
	uint64_t
		source; /* extended address of the sender, also where the frame has its short one */
	uint64_t asn;   /* absolute slot number, 40 bits: for frames with asn_in_nonce (TSCH) */
};

/* The octets at the start of f->payload that are authenticated but never encrypted (9.3, open
 * payload): a beacon's fields before its payload and a command's identifier in versions 0 and 1,
 * none in version 2. Thread keeps the identifier of its data requests in clear in version 2 too:
 * pass 1 for them. */
FRAME_CCM_API size_t frame_ccm_open_octets(const struct frame *f, const uint8_t *octets);

/* f is what frame_parse says of octets, without error. Checks the MIC, then decrypts the payload
 * where it stands, and moves the payload IEs, which were hidden in it, from f->payload to
 * f->payload_ies; f->decrypted says so. Returns 0; FRAME_EMIC: key, nonce or frame are wrong,
 * octets are as they were; FRAME_EFIELD: not secured, or the nonce needs a frame counter that the
 * frame does not have; FRAME_EIE: decrypted, but with malformed payload IEs; fault says where.
 * Level 4 has no MIC: there a wrong key goes unnoticed. */
FRAME_CCM_API int frame_ccm_decrypt(struct frame *f, uint8_t *octets, struct frame_ccm_key *key,
                                    const struct frame_ccm_nonce *nonce, size_t open,
                                    struct frame_fault *fault);

/* The inverse: f is what frame_parse says of octets that frame_build made with the payload in clear
 * and anything in the place of the MIC. Encrypts (where the level says so) and writes the MIC.
 * Afterwards f is what frame_parse says of the result. Returns 0 or FRAME_EFIELD. */
FRAME_CCM_API int frame_ccm_encrypt(struct frame *f, uint8_t *octets, struct frame_ccm_key *key,
                                    const struct frame_ccm_nonce *nonce, size_t open);

/* --- CCM* of other layers, and where keys come from --- */

#define FRAME_CCM_NONCE_SIZE 13

/* Octets one behind the other: so many that are authenticated only, the encrypted message, the MIC.
 */
struct frame_ccm_message {
	uint8_t nonce[FRAME_CCM_NONCE_SIZE];
	size_t clear;   /* up to 65279 */
	size_t message; /* up to 65535 */
	size_t mic;     /* 4, 8 or 16 */
};
/* A message that is no MAC frame, such as Thread's MLE. Checks the MIC, then decrypts where it
 * stands. Returns 0, FRAME_EMIC (octets are as they were) or FRAME_EFIELD (the lengths). */
FRAME_CCM_API int frame_ccm_decrypt_message(uint8_t *octets, const struct frame_ccm_message *m,
                                            struct frame_ccm_key *key);

/* Thread: the keys of a network key (formerly master key) at a key sequence, HMAC-SHA256 with the
 * network key over the sequence (big-endian) and "Thread". The key index of MAC frames is
 * frame_ccm_thread_index. False: libcrypto has no HMAC-SHA256; keys are zero then. */
struct frame_ccm_thread_keys {
	uint8_t mle[FRAME_CCM_KEY_SIZE], mac[FRAME_CCM_KEY_SIZE];
};
FRAME_CCM_API bool frame_ccm_thread_keys(struct frame_ccm_thread_keys *keys,
                                         const uint8_t network_key[FRAME_CCM_KEY_SIZE],
                                         uint32_t sequence);
FRAME_CCM_API uint8_t frame_ccm_thread_index(uint32_t sequence); /* 1..128 */

/* Wi-SUN FAN: the group AES key of a group transient key (GTK or LGTK): the first 16 octets of
 * SHA-256 over the network's name, without a NUL, and the GTK (FAN 1.1, 6.5.4.1.1). The key index
 * of frames is the GTK's, from 1. False: libcrypto has no SHA-256; gak is zero then. */
FRAME_CCM_API bool frame_ccm_wisun_gak(uint8_t gak[FRAME_CCM_KEY_SIZE], const char *name,
                                       size_t length, const uint8_t gtk[FRAME_CCM_KEY_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
