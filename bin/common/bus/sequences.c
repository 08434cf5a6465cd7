#include "bus/sequences.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/run.h"

/* What is sent again, and what the broker took out of order, is among the messages that a publisher
 * keeps at one time: the window is as wide as unconfirmed.c has records. */
enum { KEY_SIZE = 256, KEYS_MAX = 256, STREAMS_MAX = 256, WINDOW = 1 << 16 };

/* A step wider than any outage explains is a forgery: it would make the count of lost messages
 * worthless, and all that follows old. */
static const uint64_t step_max = (uint64_t)1 << 32;

struct sequences_out {
	struct {
		char key[KEY_SIZE];
		uint64_t sequence;
	} streams[KEYS_MAX];
	unsigned count, last;
};

struct sequences_out *sequences_out_new(void)
{
	return calloc(1, sizeof(struct sequences_out));
}

static uint64_t *find_sequence(struct sequences_out *s, const char *key)
{
	if (s->count && strcmp(s->streams[s->last].key, key) == 0)
		return &s->streams[s->last].sequence;
	for (unsigned i = 0; i < s->count; i++) {
		if (strcmp(s->streams[i].key, key) == 0) {
			s->last = i;
			return &s->streams[i].sequence;
		}
	}
	if (s->count == KEYS_MAX)
		return NULL;
	s->last = s->count++;
	snprintf(s->streams[s->last].key, KEY_SIZE, "%s", key);
	return &s->streams[s->last].sequence;
}

void sequences_out_next(struct sequences_out *s, const char *key, char id[SEQUENCES_ID_SIZE])
{
	uint64_t *sequence = find_sequence(s, key);

	/* A message without an id is never counted as lost, or left out as a duplicate. */
	if (!sequence)
		id[0] = '\0';
	else
		snprintf(id, SEQUENCES_ID_SIZE, "%s-%u-%" PRIu64, bus_run(), s->last, ++*sequence);
}

void sequences_out_undo(struct sequences_out *s, const char *key)
{
	uint64_t *sequence = find_sequence(s, key);

	if (sequence)
		--*sequence;
}

struct stream {
	uint64_t run, key_hash;
	uint64_t first, newest, used_at;
	uint64_t window[WINDOW / 64]; /* bit s % WINDOW: sequence s has come */
};

struct sequences_in {
	uint64_t clock;
	unsigned count, last;
	struct stream *streams[STREAMS_MAX];
};

struct sequences_in *sequences_in_new(void)
{
	return calloc(1, sizeof(struct sequences_in));
}

void sequences_in_free(struct sequences_in *in)
{
	for (unsigned i = 0; i < in->count; i++)
		free(in->streams[i]);
	free(in);
}

/* RUN-KEY-SEQUENCE: that a number of the key stands there makes it unique in its run. */
static bool parse_id(const char *text, uint64_t *run, uint64_t *sequence)
{
	char *end;

	if (strspn(text, "0123456789abcdef") != 16 || text[16] != '-')
		return false;
	*run = strtoull(text, NULL, 16);
	size_t digits = strspn(text + 17, "0123456789");
	const char *number = text + 17 + digits + 1;
	if (digits == 0 || number[-1] != '-' || *number < '1' || *number > '9')
		return false;
	*sequence = strtoull(number, &end, 10);
	return *end == '\0';
}

bool sequences_is_id(const char *message_id)
{
	uint64_t run, sequence;

	return parse_id(message_id, &run, &sequence);
}

static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

static struct stream *find_stream(struct sequences_in *in, uint64_t run, uint64_t key_hash)
{
	for (unsigned n = 0; n < in->count; n++) {
		unsigned i = (in->last + n) % in->count;
		struct stream *s = in->streams[i];

		if (s->run == run && s->key_hash == key_hash) {
			in->last = i;
			return s;
		}
	}
	return NULL;
}

/* A new stream takes the place of the one that has been silent longest, once there are too many. */
static struct stream *add_stream(struct sequences_in *in, uint64_t run, uint64_t key_hash)
{
	unsigned place = 0;

	if (in->count < STREAMS_MAX) {
		place = in->count;
		in->streams[place] = malloc(sizeof(struct stream));
		if (!in->streams[place])
			return NULL;
		in->count++;
	} else {
		for (unsigned i = 1; i < in->count; i++)
			if (in->streams[i]->used_at < in->streams[place]->used_at)
				place = i;
	}
	memset(in->streams[place], 0, sizeof(struct stream));
	in->streams[place]->run = run;
	in->streams[place]->key_hash = key_hash;
	in->last = place;
	return in->streams[place];
}

static bool test_bit(const struct stream *s, uint64_t sequence)
{
	return s->window[sequence % WINDOW / 64] >> (sequence % 64) & 1;
}

static void set_bit(struct stream *s, uint64_t sequence, bool value)
{
	uint64_t bit = (uint64_t)1 << (sequence % 64);

	if (value)
		s->window[sequence % WINDOW / 64] |= bit;
	else
		s->window[sequence % WINDOW / 64] &= ~bit;
}

static void clear_bits(struct stream *s, uint64_t from, uint64_t to)
{
	while (from < to) {
		if (from % 64 == 0 && to - from >= 64) {
			s->window[from % WINDOW / 64] = 0;
			from += 64;
		} else {
			set_bit(s, from++, false);
		}
	}
}

static void advance(struct stream *s, uint64_t sequence)
{
	if (sequence - s->newest >= WINDOW)
		memset(s->window, 0, sizeof s->window);
	else
		clear_bits(s, s->newest + 1, sequence);
	s->newest = sequence;
}

enum sequences_verdict sequences_in_note(struct sequences_in *in, const char *message_id,
                                         const char *key, int64_t *lost)
{
	uint64_t run, sequence, key_hash = hash(key);

	if (!parse_id(message_id, &run, &sequence))
		return SEQUENCES_NEW;
	struct stream *s = find_stream(in, run, key_hash);
	if (!s) {
		s = add_stream(in, run, key_hash);
		if (!s)
			return SEQUENCES_NEW;
		/* What was sent before we listened is not lost; it may still come, from a reader
		 * that had it and is gone. */
		s->first = sequence;
		s->newest = sequence - 1;
	}
	s->used_at = ++in->clock;
	if (sequence > s->newest) {
		if (sequence - s->newest >= step_max)
			return SEQUENCES_NEW;
		*lost += (int64_t)(sequence - s->newest - 1);
		advance(s, sequence);
	} else if (s->newest - sequence >= WINDOW) {
		return SEQUENCES_NEW; /* nobody knows: rather twice than never */
	} else if (test_bit(s, sequence)) {
		return SEQUENCES_DUPLICATE;
	} else if (sequence >= s->first) {
		*lost -= 1;
	}
	set_bit(s, sequence, true);
	return SEQUENCES_NEW;
}
