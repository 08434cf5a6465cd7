#include "frame_keys/thread_key.h"

#include <stdlib.h>
#include <string.h>

/* An index is the sequence's last seven bits. */
enum { CYCLE = 128, KEPT = 2 * THREAD_SEQUENCES, HINTS = 4, FIRST_CYCLES = 4 };

struct thread_key {
	uint8_t network_key[FRAME_CCM_KEY_SIZE];
	bool has_sequence; /* given, or proven */
	uint32_t sequence;
	uint32_t hints[HINTS];
	unsigned hint_count, next_hint;
	struct derived {
		uint32_t sequence;
		struct frame_ccm_key *mac, *mle; /* NULL: free */
		uint64_t used;
	} kept[KEPT];
	uint64_t clock;
};

struct thread_key *thread_key_new(const uint8_t network_key[FRAME_CCM_KEY_SIZE], bool has_sequence,
                                  uint32_t sequence)
{
	struct thread_key *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	memcpy(t->network_key, network_key, sizeof t->network_key);
	t->has_sequence = has_sequence;
	t->sequence = sequence;
	return t;
}

static void forget(struct derived *d)
{
	frame_ccm_key_free(d->mac);
	frame_ccm_key_free(d->mle);
	*d = (struct derived){0};
}

void thread_key_free(struct thread_key *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < KEPT; i++)
		forget(&t->kept[i]);
	explicit_bzero(t, sizeof *t);
	free(t);
}

static unsigned add(uint32_t *out, unsigned n, uint32_t sequence)
{
	for (unsigned i = 0; i < n; i++)
		if (out[i] == sequence)
			return n;
	if (n < THREAD_SEQUENCES)
		out[n++] = sequence;
	return n;
}

unsigned thread_key_sequences(const struct thread_key *t, unsigned index,
                              uint32_t out[THREAD_SEQUENCES])
{
	unsigned n = 0;

	if (index < 1 || index > CYCLE)
		return 0;
	if (t->has_sequence) {
		uint32_t near = (t->sequence & ~(uint32_t)(CYCLE - 1)) + index - 1;

		n = add(out, n, near);
		n = add(out, n, near + CYCLE);
		n = add(out, n, near - CYCLE);
	}
	for (unsigned i = 0; i < t->hint_count; i++)
		if (frame_ccm_thread_index(t->hints[i]) == index)
			n = add(out, n, t->hints[i]);
	for (unsigned i = 0; i < FIRST_CYCLES; i++)
		n = add(out, n, i * CYCLE + index - 1);
	return n;
}

static struct derived *derive(struct thread_key *t, struct derived *d, uint32_t sequence)
{
	struct frame_ccm_thread_keys keys;

	forget(d);
	if (!frame_ccm_thread_keys(&keys, t->network_key, sequence))
		return NULL;
	*d = (struct derived){sequence, frame_ccm_key_new(keys.mac), frame_ccm_key_new(keys.mle),
	                      0};
	explicit_bzero(&keys, sizeof keys);
	if (d->mac && d->mle)
		return d;
	forget(d);
	return NULL;
}

struct frame_ccm_key *thread_key_at(struct thread_key *t, uint32_t sequence, bool mle)
{
	struct derived *oldest = t->kept, *d = NULL;

	for (unsigned i = 0; i < KEPT && !d; i++) {
		if (t->kept[i].mac && t->kept[i].sequence == sequence)
			d = &t->kept[i];
		else if (t->kept[i].used < oldest->used)
			oldest = &t->kept[i];
	}
	if (!d)
		d = derive(t, oldest, sequence);
	if (!d)
		return NULL;
	d->used = ++t->clock;
	return mle ? d->mle : d->mac;
}

void thread_key_proven(struct thread_key *t, uint32_t sequence)
{
	t->has_sequence = true;
	t->sequence = sequence;
}

void thread_key_hint(struct thread_key *t, uint32_t sequence)
{
	for (unsigned i = 0; i < t->hint_count; i++)
		if (t->hints[i] == sequence)
			return;
	t->hints[t->next_hint] = sequence;
	t->next_hint = (t->next_hint + 1) % HINTS;
	if (t->hint_count < HINTS)
		t->hint_count++;
}
