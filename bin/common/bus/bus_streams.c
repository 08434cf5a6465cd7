#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bus/bus_internal.h"
#include "base/log.h"

/* What is sent again, and what the broker took out of order, is among the messages that a publisher
 * keeps at one time: the window is as wide as bus_kept.c has records. */
enum { KEYS_MAX = 256, STREAMS_MAX = 256, WINDOW = 1 << 16 };

/* A step wider than any outage explains is a forgery: it would make the count of lost messages
 * worthless, and all that follows old. */
static const uint64_t step_max = (uint64_t)1 << 32;

struct bus_ids {
	struct {
		char key[BUS_KEY_SIZE];
		uint64_t sequence;
	} streams[KEYS_MAX];
	unsigned count, last;
};

const char *bus_session(void)
{
	static char session[17];
	uint64_t random;

	if (!session[0]) {
		if (getrandom(&random, sizeof random, 0) != sizeof random)
			die(EXIT_RUNNING, "getrandom failed");
		snprintf(session, sizeof session, "%016" PRIx64, random);
	}
	return session;
}

struct bus_ids *bus_ids_new(void)
{
	return calloc(1, sizeof(struct bus_ids));
}

static uint64_t *find_sequence(struct bus_ids *ids, const char *key)
{
	if (ids->count && strcmp(ids->streams[ids->last].key, key) == 0)
		return &ids->streams[ids->last].sequence;
	for (unsigned i = 0; i < ids->count; i++) {
		if (strcmp(ids->streams[i].key, key) == 0) {
			ids->last = i;
			return &ids->streams[i].sequence;
		}
	}
	if (ids->count == KEYS_MAX)
		return NULL;
	ids->last = ids->count++;
	snprintf(ids->streams[ids->last].key, BUS_KEY_SIZE, "%s", key);
	return &ids->streams[ids->last].sequence;
}

void bus_ids_next(struct bus_ids *ids, const char *key, char out[64])
{
	uint64_t *sequence = find_sequence(ids, key);

	/* Without a sequence nobody counts gaps, and nobody takes it for a duplicate. */
	if (!sequence)
		out[0] = '\0';
	else
		snprintf(out, 64, "%s-%" PRIu64, bus_session(), ++*sequence);
}

void bus_ids_undo(struct bus_ids *ids, const char *key)
{
	uint64_t *sequence = find_sequence(ids, key);

	if (sequence)
		--*sequence;
}

struct stream {
	uint64_t session, key_hash;
	uint64_t first, newest, used_at;
	uint64_t window[WINDOW / 64]; /* bit s % WINDOW: sequence s has come */
};

struct bus_seen {
	uint64_t clock;
	unsigned count, last;
	struct stream *streams[STREAMS_MAX];
};

struct bus_seen *bus_seen_new(void)
{
	return calloc(1, sizeof(struct bus_seen));
}

void bus_seen_free(struct bus_seen *seen)
{
	for (unsigned i = 0; i < seen->count; i++)
		free(seen->streams[i]);
	free(seen);
}

static bool parse_id(const char *text, uint64_t *session, uint64_t *sequence)
{
	char *end;

	if (strlen(text) < 18 || text[16] != '-' || strspn(text, "0123456789abcdef") != 16)
		return false;
	*session = strtoull(text, NULL, 16);
	*sequence = strtoull(text + 17, &end, 10);
	return text[17] >= '1' && text[17] <= '9' && *end == '\0';
}

static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

static struct stream *find_stream(struct bus_seen *seen, uint64_t session, uint64_t key_hash)
{
	for (unsigned n = 0; n < seen->count; n++) {
		unsigned i = (seen->last + n) % seen->count;
		struct stream *s = seen->streams[i];

		if (s->session == session && s->key_hash == key_hash) {
			seen->last = i;
			return s;
		}
	}
	return NULL;
}

/* A new stream takes the place of the one that has been silent longest, once there are too many. */
static struct stream *add_stream(struct bus_seen *seen, uint64_t session, uint64_t key_hash)
{
	unsigned place = 0;

	if (seen->count < STREAMS_MAX) {
		place = seen->count;
		seen->streams[place] = malloc(sizeof(struct stream));
		if (!seen->streams[place])
			return NULL;
		seen->count++;
	} else {
		for (unsigned i = 1; i < seen->count; i++)
			if (seen->streams[i]->used_at < seen->streams[place]->used_at)
				place = i;
	}
	memset(seen->streams[place], 0, sizeof(struct stream));
	seen->streams[place]->session = session;
	seen->streams[place]->key_hash = key_hash;
	seen->last = place;
	return seen->streams[place];
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

enum bus_arrival bus_seen_note(struct bus_seen *seen, const char *message_id, const char *key,
                               int64_t *lost)
{
	uint64_t session, sequence, key_hash = hash(key);

	if (!parse_id(message_id, &session, &sequence))
		return BUS_NEW;
	struct stream *s = find_stream(seen, session, key_hash);
	if (!s) {
		s = add_stream(seen, session, key_hash);
		if (!s)
			return BUS_NEW;
		/* What was sent before we listened is not lost; it may still come, from a reader
		 * that had it and is gone. */
		s->first = sequence;
		s->newest = sequence - 1;
	}
	s->used_at = ++seen->clock;
	if (sequence > s->newest) {
		if (sequence - s->newest >= step_max)
			return BUS_NEW;
		*lost += (int64_t)(sequence - s->newest - 1);
		advance(s, sequence);
	} else if (s->newest - sequence >= WINDOW) {
		return BUS_NEW; /* nobody knows: rather twice than never */
	} else if (test_bit(s, sequence)) {
		return BUS_DUPLICATE;
	} else if (sequence >= s->first) {
		*lost -= 1;
	}
	set_bit(s, sequence, true);
	return BUS_NEW;
}
