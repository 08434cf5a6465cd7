#include "probe/firmware_slip.h"

enum { OCTETS, FRAMES, EMPTY, BAD_ESCAPE, OVERLONG, BEFORE_FIRST_END, UNFINISHED };

void firmware_slip_init(struct firmware_line *l, struct slip_decoder *d, unsigned flags)
{
	slip_decoder_init(d, l->input, l->config.max_frame, flags);
}

static void copy_counters(struct firmware_line *l, const struct slip_decoder *d)
{
	const struct slip_counters *c = &d->counters;

	l->counts[OCTETS] = c->octets;
	l->counts[EMPTY] = c->empty;
	l->counts[BAD_ESCAPE] = c->bad_escape;
	l->counts[BEFORE_FIRST_END] = c->before_first_end;
	l->counts[UNFINISHED] = c->unfinished;
}

bool firmware_slip_read(struct firmware_line *l, struct slip_decoder *d, const uint8_t *in,
                        size_t n, size_t *used)
{
	enum slip_event event = SLIP_MORE;

	while (*used < n && event != SLIP_FRAME) {
		*used += slip_decode(d, in + *used, n - *used, &event);
		if (event == SLIP_OVERLONG)
			firmware_tell_overlong(l, OVERLONG);
	}
	copy_counters(l, d);
	return event == SLIP_FRAME;
}

size_t firmware_slip_finish(struct firmware_line *l, struct slip_decoder *d)
{
	size_t lost = slip_decoder_finish(d);

	copy_counters(l, d);
	return lost;
}

void firmware_slip_write(struct firmware_line *l, const uint8_t *octets, size_t n)
{
	long written =
		slip_encode(l->out + l->out_length, sizeof l->out - l->out_length, octets, n);

	if (written > 0)
		l->out_length += (size_t)written;
}
