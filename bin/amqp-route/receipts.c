#include "receipts.h"

#include <stdlib.h>

int receipts_init(struct receipts *r)
{
	r->ring = calloc(RECEIPTS_MAX, sizeof *r->ring);
	return r->ring ? 0 : -1;
}

static struct receipt *find(const struct receipts *r, uint64_t number)
{
	return number >= r->head && number < r->tail ? &r->ring[number % RECEIPTS_MAX] : NULL;
}

uint64_t receipts_add(struct receipts *r, uint64_t tag, unsigned copies)
{
	r->ring[r->tail % RECEIPTS_MAX] = (struct receipt){.tag = tag, .copies = copies};
	return r->tail++;
}

void receipts_expect(struct receipts *r, uint64_t number)
{
	struct receipt *one = find(r, number);

	if (one)
		one->copies++;
}

void receipts_note(struct receipts *r, uint64_t number, const struct publisher *kept)
{
	struct receipt *one = find(r, number);

	if (!one || !one->copies)
		return;
	one->copies--;
	one->until = publisher_accepted(kept);
}

bool receipts_have_room(const struct receipts *r)
{
	return r->tail - r->head < RECEIPTS_MAX;
}

static void note_connection(struct receipts *r, uint64_t generation)
{
	if (generation == r->generation)
		return;
	r->generation = generation;
	r->hold = r->tail;
	for (uint64_t n = r->head; n < r->tail; n++)
		r->ring[n % RECEIPTS_MAX].tag = 0;
}

void receipts_settle(struct receipts *r, struct consumer *consumer, const struct publisher *kept)
{
	uint64_t answered = publisher_answered(kept);

	note_connection(r, consumer_generation(consumer));
	for (; r->head < r->tail; r->head++) {
		const struct receipt *one = &r->ring[r->head % RECEIPTS_MAX];

		if (one->copies || one->until > answered)
			break;
		if (one->tag)
			consumer_done(consumer, r->generation, one->tag);
	}
	consumer_hold(consumer, r->head < r->hold);
}
