/* slip_decode.c - the line to frames. */
#include "slip.h"

#include <string.h>

#include "kernels/slip_kernels.h"

enum state {
	CLOSED,     /* no END yet, no octet dropped */
	DROPPING,   /* no END yet, octets dropped */
	UNOPENED,   /* SLIP_ACCEPT_UNOPENED: nothing read yet */
	INSIDE,     /* a frame of at least one octet */
	ESCAPED,    /* after its ESC */
	DISCARDING, /* to the END of a faulty frame */
	DELIVERED,  /* the caller has the frame, whose END was the last octet */
	IDLE,       /* after an END otherwise */
};

static void wait_for_first_end(struct slip_decoder *d)
{
	d->length = 0;
	d->state = d->flags & SLIP_ACCEPT_UNOPENED ? UNOPENED : CLOSED;
}

void slip_decoder_init(struct slip_decoder *d, uint8_t *frame, size_t size, unsigned flags)
{
	*d = (struct slip_decoder){.frame = frame, .size = size, .flags = flags};
	wait_for_first_end(d);
}

static enum slip_event discard(struct slip_decoder *d, uint64_t *counter, enum slip_event event,
                               enum state next)
{
	++*counter;
	d->length = 0;
	d->state = next;
	return event;
}

static enum slip_event put(struct slip_decoder *d, uint8_t octet)
{
	if (d->length == d->size)
		return discard(d, &d->counters.overlong, SLIP_OVERLONG, DISCARDING);
	d->frame[d->length++] = octet;
	d->state = INSIDE;
	return SLIP_MORE;
}

static enum slip_event put_escaped(struct slip_decoder *d, uint8_t octet)
{
	if (octet == SLIP_ESC_END)
		return put(d, SLIP_END);
	if (octet == SLIP_ESC_ESC)
		return put(d, SLIP_ESC);
	return discard(d, &d->counters.bad_escape, SLIP_BAD_ESCAPE,
	               octet == SLIP_END ? IDLE : DISCARDING);
}

static enum slip_event end_frame(struct slip_decoder *d)
{
	if (d->length == 0) {
		d->state = IDLE;
		return SLIP_MORE;
	}
	d->counters.frames++;
	d->state = DELIVERED;
	return SLIP_FRAME;
}

/* Octets up to and with the next END, n where there is none. */
static size_t skip_to_end(const uint8_t *in, size_t n, bool *found)
{
	const uint8_t *end = memchr(in, SLIP_END, n);

	*found = end != NULL;
	return end ? (size_t)(end - in) + 1 : n;
}

static size_t drop(struct slip_decoder *d, const uint8_t *in, size_t n, enum slip_event *event)
{
	bool found;
	size_t used = skip_to_end(in, n, &found);
	size_t dropped = used - found;

	d->counters.before_first_end += dropped;
	if (dropped > 0)
		d->state = DROPPING;
	if (found) {
		if (d->state == DROPPING)
			*event = SLIP_BEFORE_FIRST_END;
		d->state = IDLE;
	}
	return used;
}

static size_t discard_rest(struct slip_decoder *d, const uint8_t *in, size_t n)
{
	bool found;
	size_t used = skip_to_end(in, n, &found);

	if (found)
		d->state = IDLE;
	return used;
}

static size_t read_frame(struct slip_decoder *d, const uint8_t *in, size_t n,
                         enum slip_event *event)
{
	struct slip_run run =
		slip_kernels()->unescape(d->frame + d->length, d->size - d->length, in, n);

	d->length += run.written;
	if (run.used > 0)
		d->state = INSIDE;
	if (run.used == n)
		return n;
	if (in[run.used] == SLIP_END)
		*event = end_frame(d);
	else if (in[run.used] == SLIP_ESC)
		d->state = ESCAPED;
	else
		*event = put(d, in[run.used]);
	return run.used + 1;
}

static size_t read_after_end(struct slip_decoder *d, const uint8_t *in, size_t n,
                             enum slip_event *event)
{
	size_t ends = 0;

	while (ends < n && in[ends] == SLIP_END)
		ends++;
	d->counters.empty += ends;
	return ends < n ? ends + read_frame(d, in + ends, n - ends, event) : n;
}

static size_t step(struct slip_decoder *d, const uint8_t *in, size_t n, enum slip_event *event)
{
	switch (d->state) {
	case CLOSED:
	case DROPPING:
		return drop(d, in, n, event);
	case DISCARDING:
		return discard_rest(d, in, n);
	case ESCAPED:
		*event = put_escaped(d, in[0]);
		return 1;
	case IDLE:
		return read_after_end(d, in, n, event);
	default:
		return read_frame(d, in, n, event);
	}
}

static size_t decode_any(struct slip_decoder *d, const uint8_t *in, size_t n,
                         enum slip_event *event)
{
	size_t used = 0;

	*event = SLIP_MORE;
	if (d->state == DELIVERED) {
		d->length = 0;
		d->state = IDLE;
	}
	while (used < n && *event == SLIP_MORE)
		used += step(d, in + used, n - used, event);
	d->counters.octets += used;
	return used;
}

/* Fast path: a frame right after an END, all of it in the input. */
size_t slip_decode(struct slip_decoder *d, const uint8_t *in, size_t n, enum slip_event *event)
{
	struct slip_run run;
	size_t used;

	if (d->state < DELIVERED || n == 0)
		return decode_any(d, in, n, event);
	used = in[0] == SLIP_END;
	d->counters.empty += used;
	run = slip_kernels()->unescape(d->frame, d->size, in + used, n - used);
	used += run.used;
	d->length = run.written;
	if (used < n && in[used] == SLIP_END && run.used > 0) {
		d->counters.octets += used + 1;
		d->counters.frames++;
		d->state = DELIVERED;
		*event = SLIP_FRAME;
		return used + 1;
	}
	d->counters.octets += used;
	d->state = run.used > 0 ? INSIDE : IDLE;
	return used + decode_any(d, in + used, n - used, event);
}

size_t slip_decoder_finish(struct slip_decoder *d)
{
	size_t held = 0;

	if (d->state == INSIDE || d->state == ESCAPED) {
		held = d->length + (d->state == ESCAPED);
		d->counters.unfinished++;
	}
	wait_for_first_end(d);
	return held;
}

/* As many frames as the kernel decodes in one go; the decoder is then where it stopped, perhaps
 * within a frame. */
static size_t decode_batch(struct slip_decoder *d, const uint8_t *in, size_t n,
                           struct slip_frame *frames, size_t max, size_t *used)
{
	struct slip_batch batch = {
		.in = in, .n = n, .out = d->frame, .size = d->size, .frames = frames, .max = max};
	const uint8_t *rest = d->frame;

	slip_kernels()->decode_frames(&batch);
	if (batch.count > 0)
		rest = frames[batch.count - 1].octets + frames[batch.count - 1].length;
	d->size -= (size_t)(rest - d->frame);
	d->length = batch.written - (size_t)(rest - d->frame);
	d->frame += rest - d->frame;
	d->state = d->length > 0 ? INSIDE : IDLE;
	d->counters.octets += batch.used;
	d->counters.frames += batch.count;
	d->counters.empty += batch.empty;
	*used += batch.used;
	return batch.count;
}

size_t slip_decode_buffer(uint8_t *out, size_t size, const uint8_t *in, size_t n, unsigned flags,
                          struct slip_frame *frames, size_t max, struct slip_counters *counters)
{
	bool has_batches = slip_kernels()->decode_frames != NULL;
	struct slip_decoder d;
	size_t count = 0, used = 0;

	slip_decoder_init(&d, out, size, flags);
	while (used < n) {
		enum slip_event event;

		if (has_batches && d.state >= DELIVERED && count < max)
			count += decode_batch(&d, in + used, n - used, frames + count, max - count,
			                      &used);
		used += slip_decode(&d, in + used, n - used, &event);
		if (event != SLIP_FRAME)
			continue;
		if (count < max)
			frames[count] = (struct slip_frame){d.frame, d.length};
		count++;
		d.frame += d.length;
		d.size -= d.length;
	}
	slip_decoder_finish(&d);
	if (counters)
		*counters = d.counters;
	return count;
}
