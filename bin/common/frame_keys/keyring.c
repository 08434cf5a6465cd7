#include "frame_keys/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "frame_keys/thread_key.h"

enum { MODE_IMPLICIT, MODE_INDEX, MODE_SOURCE_4, MODE_SOURCE_8 };

struct ring_key {
	struct key_line about; /* without its octets */
	struct frame_ccm_key *key;
	struct thread_key *thread;
};

struct keyring {
	struct ring_key keys[KEYS_MAX];
	unsigned count;
	struct frame_ccm_key *thread_mode_2;
};

static const uint64_t thread_mode_2_address = UINT64_C(0x3506feb823d48712);

/* Thread's key for frames of key identifier mode 2 is everybody's. */
static struct frame_ccm_key *make_thread_mode_2(void)
{
	static const uint8_t octets[] = {0x78, 0x58, 0x16, 0x86, 0xfd, 0xb4, 0x58, 0x0f,
	                                 0xb0, 0x92, 0x54, 0x6a, 0xec, 0xbd, 0x15, 0x66};

	return frame_ccm_key_new(octets);
}

static int add(struct keyring *ring, const struct key_line *line)
{
	struct ring_key *k = &ring->keys[ring->count++];
	uint8_t gak[FRAME_CCM_KEY_SIZE];

	k->about = *line;
	explicit_bzero(k->about.key, sizeof k->about.key);
	switch (line->kind) {
	case KEY_THREAD:
		k->thread = thread_key_new(line->key, line->has_sequence, line->sequence);
		if (!ring->thread_mode_2)
			ring->thread_mode_2 = make_thread_mode_2();
		return k->thread && ring->thread_mode_2 ? 0 : -1;
	case KEY_WISUN:
		if (frame_ccm_wisun_gak(gak, line->name, line->name_length, line->key))
			k->key = frame_ccm_key_new(gak);
		explicit_bzero(gak, sizeof gak);
		break;
	case KEY_RAW:
		k->key = frame_ccm_key_new(line->key);
	}
	return k->key ? 0 : -1;
}

struct keyring *keyring_new(const struct keys_file *file, struct why *why)
{
	struct keyring *ring = calloc(1, sizeof *ring);

	if (!ring) {
		why_set(why, "out of memory");
		return NULL;
	}
	for (unsigned i = 0; i < file->key_count; i++) {
		if (add(ring, &file->keys[i]) == 0)
			continue;
		why_set(why, "no memory for keys, or libcrypto has no AES-128 or SHA-256");
		keyring_free(ring);
		return NULL;
	}
	return ring;
}

void keyring_free(struct keyring *ring)
{
	if (!ring)
		return;
	for (unsigned i = 0; i < ring->count; i++) {
		frame_ccm_key_free(ring->keys[i].key);
		thread_key_free(ring->keys[i].thread);
	}
	frame_ccm_key_free(ring->thread_mode_2);
	explicit_bzero(ring, sizeof *ring);
	free(ring);
}

/* --- which may be meant --- */

static bool fits(const struct key_line *k, const struct frame_security *s)
{
	bool is_long = s->key_id_mode == MODE_SOURCE_8;

	if (k->kind == KEY_WISUN)
		return s->key_id_mode == MODE_INDEX && (!k->has_index || k->index == s->key_index);
	if (k->has_mode && k->mode != s->key_id_mode)
		return false;
	if (k->has_index && (s->key_id_mode == MODE_IMPLICIT || k->index != s->key_index))
		return false;
	return !k->has_source ||
	       (s->key_id_mode == (k->source_is_long ? MODE_SOURCE_8 : MODE_SOURCE_4) &&
	        k->source_is_long == is_long && k->source == s->key_source);
}

static bool is_particular(const struct key_line *k)
{
	return k->has_mode || k->has_index || k->has_source;
}

/* Those that name what the frame names come first. */
static unsigned find_plain(const struct keyring *ring, const struct frame_security *s,
                           bool particular, struct key_candidate *out, unsigned n)
{
	for (unsigned i = 0; i < ring->count; i++) {
		const struct ring_key *k = &ring->keys[i];

		if (k->key && is_particular(&k->about) == particular && fits(&k->about, s))
			out[n++] = (struct key_candidate){.key = k->key, .line = k->about.line};
	}
	return n;
}

static unsigned find_thread(const struct ring_key *k, const struct frame_security *s, bool mle,
                            struct key_candidate *out, unsigned n)
{
	uint32_t sequences[THREAD_SEQUENCES];
	unsigned count = 1;

	if (s->key_id_mode == MODE_SOURCE_4)
		sequences[0] = (uint32_t)s->key_source;
	else
		count = thread_key_sequences(k->thread, s->key_index, sequences);
	for (unsigned i = 0; i < count; i++) {
		struct frame_ccm_key *key = thread_key_at(k->thread, sequences[i], mle);

		if (key)
			out[n++] = (struct key_candidate){.key = key,
			                                  .line = k->about.line,
			                                  .of = k->thread,
			                                  .sequence = sequences[i]};
	}
	return n;
}

static bool is_thread_mode_2(const struct frame_security *s)
{
	return s->key_id_mode == MODE_SOURCE_4 && s->key_source == UINT32_MAX &&
	       s->key_index == UINT8_MAX;
}

unsigned keyring_find(struct keyring *ring, const struct frame_security *s,
                      struct key_candidate out[KEYRING_CANDIDATES])
{
	unsigned n = find_plain(ring, s, true, out, 0);

	for (unsigned i = 0; i < ring->count; i++) {
		const struct ring_key *k = &ring->keys[i];

		if (k->thread && s->key_id_mode == MODE_INDEX)
			n = find_thread(k, s, false, out, n);
		else if (k->thread && is_thread_mode_2(s))
			out[n++] = (struct key_candidate){.key = ring->thread_mode_2,
			                                  .line = k->about.line,
			                                  .fixed_address = thread_mode_2_address};
	}
	return find_plain(ring, s, false, out, n);
}

unsigned keyring_find_mle(struct keyring *ring, const struct frame_security *s,
                          struct key_candidate out[KEYRING_CANDIDATES])
{
	unsigned n = 0;

	for (unsigned i = 0; i < ring->count; i++)
		if (ring->keys[i].thread &&
		    (s->key_id_mode == MODE_INDEX || s->key_id_mode == MODE_SOURCE_4))
			n = find_thread(&ring->keys[i], s, true, out, n);
	return n;
}

void keyring_proven(const struct key_candidate *c)
{
	if (c->of)
		thread_key_proven(c->of, c->sequence);
}

void keyring_hint(struct keyring *ring, uint32_t sequence)
{
	for (unsigned i = 0; i < ring->count; i++)
		if (ring->keys[i].thread)
			thread_key_hint(ring->keys[i].thread, sequence);
}
