#include "bus/deliveries.h"

#include <stdlib.h>

static struct delivery *at(const struct deliveries *d, uint64_t number)
{
	return &d->ring[number % DELIVERIES_MAX];
}

int deliveries_init(struct deliveries *d)
{
	d->ring = calloc(DELIVERIES_MAX, sizeof *d->ring);
	return d->ring ? 0 : -1;
}

void deliveries_reset(struct deliveries *d)
{
	d->head = d->done = d->tail = 0;
}

bool deliveries_note(struct deliveries *d, uint64_t tag)
{
	if (d->tail - d->head == DELIVERIES_MAX)
		return false;
	*at(d, d->tail++) = (struct delivery){.tag = tag};
	return true;
}

/* Tags only grow; between them are those of messages that are not acknowledged. */
static struct delivery *find(const struct deliveries *d, uint64_t tag)
{
	uint64_t from = d->head, to = d->tail;

	while (from < to) {
		uint64_t middle = from + (to - from) / 2;

		if (at(d, middle)->tag == tag)
			return at(d, middle);
		if (at(d, middle)->tag < tag)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

void deliveries_done(struct deliveries *d, uint64_t tag)
{
	/* Mostly it is the one that came last. */
	struct delivery *one = d->tail > d->head && at(d, d->tail - 1)->tag == tag
	                               ? at(d, d->tail - 1)
	                               : find(d, tag);

	if (one)
		one->done = true;
	while (d->done < d->tail && at(d, d->done)->done)
		d->done++;
}

uint64_t deliveries_due(const struct deliveries *d)
{
	return d->done - d->head;
}

uint64_t deliveries_take(struct deliveries *d)
{
	if (d->done == d->head)
		return 0;
	d->head = d->done;
	return at(d, d->done - 1)->tag;
}
