#include "probe/outbox.h"

#include <string.h>

void outbox_init(struct outbox *o)
{
	pthread_mutex_init(&o->lock, NULL);
	o->first = o->count = 0;
}

static void drop_first(struct outbox *o)
{
	o->first = (o->first + 1) % OUTBOX_FRAMES;
	o->count--;
}

unsigned outbox_put(struct outbox *o, const uint8_t *frame, size_t length, int64_t now)
{
	pthread_mutex_lock(&o->lock);
	unsigned dropped = o->count == OUTBOX_FRAMES;
	if (dropped)
		drop_first(o);
	struct outbox_entry *e = &o->entries[(o->first + o->count++) % OUTBOX_FRAMES];
	e->since = now;
	e->length = length;
	memcpy(e->octets, frame, length);
	pthread_mutex_unlock(&o->lock);
	return dropped;
}

size_t outbox_take(struct outbox *o, uint8_t out[PROBE_FRAME_MAX], int64_t *since, int64_t now,
                   unsigned *too_old)
{
	size_t length = 0;

	*too_old = 0;
	pthread_mutex_lock(&o->lock);
	while (o->count && !length) {
		const struct outbox_entry *e = &o->entries[o->first];

		if (outbox_is_too_old(e->since, now)) {
			++*too_old;
		} else {
			length = e->length;
			*since = e->since;
			memcpy(out, e->octets, length);
		}
		drop_first(o);
	}
	pthread_mutex_unlock(&o->lock);
	return length;
}

unsigned outbox_clear(struct outbox *o)
{
	pthread_mutex_lock(&o->lock);
	unsigned count = o->count;
	o->count = 0;
	pthread_mutex_unlock(&o->lock);
	return count;
}
