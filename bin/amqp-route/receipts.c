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

void receipts_settle(struct receipts *r, struct consumer *consumer, const struct publisher *kept)
{
	uint64_t answered = publisher_answered(kept), generation = consumer_generation(consumer);

	if (generation != r->generation) {
		r->generation = generation;
		r->head = r->tail;
		r->hold = publisher_accepted(kept);
	}
	/* What comes again, and is left out as a duplicate, is not acknowledged before it is with
	 * the broker. */
	consumer_hold(consumer, answered < r->hold);
	while (r->head < r->tail) {
		const struct receipt *one = &r->ring[r->head % RECEIPTS_MAX];

		if (one->copies || one->until > answered)
			return;
		consumer_done(consumer, r->generation, one->tag);
		r->head++;
	}
}
