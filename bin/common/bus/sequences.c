#include "bus/sequences.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/run.h"
#include "bus/streams.h"

enum { KEY_SIZE = 256, KEYS_MAX = 256, WINDOW = STREAM_WINDOW };

/* What the messages of one user, or of one agent behind a router, that are missing may add up to is
 * bounded by what can have been published while we listened: a wider step is a forgery. It would
 * make the count of lost messages worthless, and all that follows old. Nobody publishes faster than
 * a broker takes (36 000 in a second, on two cores); the first gap may come with the first
 * messages, and no outage is longer than half a day. */
enum { CREDIT_AT_FIRST = WINDOW, CREDIT_A_SECOND = 100000 };
static const int64_t credit_max = (int64_t)1 << 32, second_ns = 1000000000;

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

struct sequences_in {
	struct streams *streams;
};

struct sequences_in *sequences_in_new(void)
{
	struct sequences_in *in = calloc(1, sizeof *in);

	if (in && (in->streams = streams_new()))
		return in;
	free(in);
	return NULL;
}

void sequences_in_free(struct sequences_in *in)
{
	if (in)
		streams_free(in->streams);
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

/* Messages that may be missing by now, beside those that are counted already. */
static struct stream_credit *credit(const struct stream *s, const struct sequences_message *m)
{
	struct stream_credit *c = streams_credit(s->user, m->agent, m->arrival_ns);
	int64_t passed = m->arrival_ns - c->credited_ns;
	int64_t most = credit_max * second_ns / CREDIT_A_SECOND;

	if (!c->credited_ns)
		c->credit = CREDIT_AT_FIRST;
	else
		c->credit += (passed < most ? passed : most) / 1000 * CREDIT_A_SECOND / 1000000;
	c->credit = c->credit < credit_max ? c->credit : credit_max;
	c->credited_ns = m->arrival_ns;
	return c;
}

/* What came in a step that cannot be is given out, and nothing follows from it. */
static enum sequences_verdict step(struct stream *s, uint64_t sequence,
                                   const struct sequences_message *m,
                                   struct sequences_counts *counts)
{
	uint64_t missing = sequence - s->newest - 1;

	if (missing) {
		struct stream_credit *c = credit(s, m);

		if (missing > (uint64_t)c->credit) {
			counts->steps++;
			return SEQUENCES_NEW;
		}
		c->credit -= (int64_t)missing;
		counts->lost += (int64_t)missing;
	}
	advance(s, sequence);
	set_bit(s, sequence, true);
	return SEQUENCES_NEW;
}

enum sequences_verdict sequences_in_note(struct sequences_in *in, const struct sequences_message *m,
                                         struct sequences_counts *counts)
{
	uint64_t run, sequence;
	bool is_new, evicted;
	struct stream *s;

	if (!parse_id(m->message_id, &run, &sequence))
		return SEQUENCES_NEW;
	s = streams_get(in->streams, run, m->key, m->user, &is_new, &evicted);
	counts->evicted += evicted;
	if (!s)
		return SEQUENCES_NEW;
	if (is_new) {
		/* What was sent before we listened is not lost; it may still come, from a reader
		 * that had it and is gone. */
		s->first = sequence;
		s->newest = sequence - 1;
		credit(s, m);
	}
	if (sequence > s->newest)
		return step(s, sequence, m, counts);
	if (s->newest - sequence >= WINDOW)
		return SEQUENCES_NEW; /* nobody knows: rather twice than never */
	if (test_bit(s, sequence))
		return SEQUENCES_DUPLICATE;
	if (sequence >= s->first) {
		counts->lost--;
		streams_credit(s->user, m->agent, m->arrival_ns)->credit++;
	}
	set_bit(s, sequence, true);
	return SEQUENCES_NEW;
}
