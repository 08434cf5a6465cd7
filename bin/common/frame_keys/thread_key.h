/* thread_key.h - a Thread network key, and the MAC and MLE keys that it gives at each key sequence.
 * They are derived when they are first needed; the last ones are kept. */
#ifndef THREAD_KEY_H
#define THREAD_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "frame_ccm.h"

enum { THREAD_SEQUENCES = 12 };

struct thread_key;

/* sequence: where one is given, that of now. NULL: no memory. */
struct thread_key *thread_key_new(const uint8_t network_key[FRAME_CCM_KEY_SIZE], bool has_sequence,
                                  uint32_t sequence);
void thread_key_free(struct thread_key *t); /* wipes it; NULL: nothing */

/* The sequences that a key index of a MAC frame may stand for, the likeliest first: how many; 0: no
 * index of Thread's. */
unsigned thread_key_sequences(const struct thread_key *t, unsigned index,
                              uint32_t out[THREAD_SEQUENCES]);
/* t's. Good until THREAD_SEQUENCES others were asked for. NULL: no memory. */
struct frame_ccm_key *thread_key_at(struct thread_key *t, uint32_t sequence, bool mle);
void thread_key_proven(struct thread_key *t, uint32_t sequence);
void thread_key_hint(struct thread_key *t, uint32_t sequence);

#endif
