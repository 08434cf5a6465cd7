#include "outbox.h"

static struct outbox_entry *entry(struct outbox *o, unsigned index)
{
	return &o->entries[(o->first + index) % OUTBOX_FRAMES];
}

static void drop_first(struct outbox *o)
{
	o->first = (o->first + 1) % OUTBOX_FRAMES;
	o->count--;
	o->sent = 0;
}

static void drop_oldest_unsent(struct outbox *o)
{
	if (o->sent) {
		/* The one that is partly on the line takes the place of the one behind it. */
		*entry(o, 1) = *entry(o, 0);
		o->first = (o->first + 1) % OUTBOX_FRAMES;
		o->count--;
	} else {
		drop_first(o);
	}
}

unsigned outbox_put(struct outbox *o, const uint8_t *frame, size_t length, int64_t now)
{
	unsigned dropped = o->count == OUTBOX_FRAMES;

	if (dropped)
		drop_oldest_unsent(o);
	struct outbox_entry *e = entry(o, o->count++);
	e->since = now;
	e->length = (size_t)slip_encode(e->octets, sizeof e->octets, frame, length);
	return dropped;
}

static bool is_too_old(const struct outbox *o, const struct outbox_entry *e, int64_t now)
{
	return !o->sent && now - e->since > OUTBOX_AGE_MS * INT64_C(1000000);
}

struct outbox_result outbox_flush(struct outbox *o,
                                  ssize_t (*write)(void *to, const uint8_t *octets, size_t n),
                                  void *to, int64_t now)
{
	struct outbox_result result = {0, 0, false};

	while (o->count) {
		struct outbox_entry *e = entry(o, 0);

		if (is_too_old(o, e, now)) {
			result.too_old++;
			drop_first(o);
			continue;
		}
		ssize_t n = write(to, e->octets + o->sent, e->length - o->sent);
		if (n < 0)
			result.failed = true;
		if (n <= 0)
			break;
		o->sent += (size_t)n;
		if (o->sent == e->length) {
			result.written++;
			drop_first(o);
		}
	}
	return result;
}
