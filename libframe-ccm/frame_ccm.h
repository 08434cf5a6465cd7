/* frame_ccm.h - decrypts, checks, encrypts and signs secured IEEE 802.15.4 frames (CCM*, clause 9.3
 * and Annex B) with AES-128 of OpenSSL's libcrypto. A library of its own, libframe-ccm, so that
 * libframe needs nothing but libc.
 *
 * Works in place on the caller's octets and does no I/O. Only frame_key_new allocates. A key
 * belongs to one thread at a time. */
#ifndef FRAME_CCM_H
#define FRAME_CCM_H

#include "frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FRAME_KEY_SIZE 16

struct frame_key;
/* NULL: no memory, or libcrypto has no AES-128. The caller frees it with frame_key_free, which
 * wipes it. */
struct frame_key *frame_key_new(const uint8_t key[FRAME_KEY_SIZE]);
void frame_key_free(struct frame_key *key); /* NULL: does nothing */

/* What goes into the nonce (9.3, CCM* nonce) and is not in every frame. */
struct frame_nonce {
	uint64_t
		source; /* extended address of the sender, also where the frame has its short one */
	uint64_t asn;   /* absolute slot number, 40 bits: for frames with asn_in_nonce (TSCH) */
};

/* The octets at the start of f->payload that are authenticated but never encrypted (9.3, open
 * payload): a beacon's fields before its payload and a command's identifier in versions 0 and 1,
 * none in version 2. Thread keeps the identifier of its data requests in clear in version 2 too:
 * pass 1 for them. */
size_t frame_open_octets(const struct frame *f, const uint8_t *octets);

/* f is what frame_parse says of octets, without error. Checks the MIC, then decrypts the payload
 * where it stands, and moves the payload IEs, which were hidden in it, from f->payload to
 * f->payload_ies. Returns 0; FRAME_EMIC: key, nonce or frame are wrong, octets are as they were;
 * FRAME_EFIELD: not secured, or the nonce needs a frame counter that the frame does not have;
 * FRAME_EIE: decrypted, but with malformed payload IEs. Level 4 has no MIC: there a wrong key goes
 * unnoticed. */
int frame_decrypt(struct frame *f, uint8_t *octets, struct frame_key *key,
                  const struct frame_nonce *nonce, size_t open);

/* The inverse: f is what frame_parse says of octets that frame_build made with the payload in clear
 * and anything in the place of the MIC. Encrypts (where the level says so) and writes the MIC.
 * Afterwards f is what frame_parse says of the result. Returns 0 or FRAME_EFIELD. */
int frame_encrypt(struct frame *f, uint8_t *octets, struct frame_key *key,
                  const struct frame_nonce *nonce, size_t open);

#ifdef __cplusplus
}
#endif
#endif
