/* keyring.h - the keys of the file, ready for use, and which of them a frame's key identifier may
 * mean. Thread's keys change with the key sequence, of which a MAC frame has seven bits: those near
 * the last that was proven are tried, those that MLE messages name, and the first ones. */
#ifndef KEYRING_H
#define KEYRING_H

#include "frame_ccm.h"
#include "frame_keys/keys_file.h"
#include "frame_keys/thread_key.h"

enum { KEYRING_CANDIDATES = KEYS_MAX * THREAD_SEQUENCES }; /* every key of the file */

struct key_candidate {
	struct frame_ccm_key *key;
	unsigned line;          /* of the file */
	struct thread_key *of;  /* NULL: not Thread's */
	uint32_t sequence;      /* Thread's */
	uint64_t fixed_address; /* of the nonce; 0: the sender's */
};

struct keyring;

/* NULL with why. Nothing of the file is needed afterwards. */
struct keyring *keyring_new(const struct keys_file *file, struct why *why);
void keyring_free(struct keyring *ring); /* wipes it; NULL: nothing */

/* Those for a MAC frame, or for an MLE message: how many. They are good until the next call. */
unsigned keyring_find(struct keyring *ring, const struct frame_security *s,
                      struct key_candidate out[KEYRING_CANDIDATES]);
unsigned keyring_find_mle(struct keyring *ring, const struct frame_security *s,
                          struct key_candidate out[KEYRING_CANDIDATES]);
/* A MIC was right with this one. */
void keyring_proven(const struct key_candidate *c);
/* An MLE message names this key sequence: anybody may have sent it. */
void keyring_hint(struct keyring *ring, uint32_t sequence);

#endif
