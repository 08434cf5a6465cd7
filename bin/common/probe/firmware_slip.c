#include "probe/firmware_slip.h"

#include <string.h>

#include "probe/recognise.h"
#include "probe/text.h"

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

/* --- what stands before the first END --- */

static uint8_t *before_room(struct firmware_line *l)
{
	return l->input + FIRMWARE_FRAME_MAX;
}

/* The end of it, as much as a frame may have, in the room behind that of a frame; an END has room
 * behind it. */
static void hold_before(struct firmware_line *l, const uint8_t *octets, size_t n, size_t most)
{
	_Static_assert(FIRMWARE_INPUT_MAX > 2 * FIRMWARE_FRAME_MAX, "room for both");
	uint8_t *room = before_room(l);

	if (n > most) {
		octets += n - most;
		n = most;
	}
	if (l->before + n > most) {
		size_t over = l->before + n - most;

		memmove(room, room + over, l->before - over);
		l->before -= over;
	}
	memcpy(room + l->before, octets, n);
	l->before += n;
}

/* Where a frame begins in what came before the first END: at its start, or behind one of its last
 * lines; length where there is none. Text is never taken for a frame's beginning. */
static size_t find_frame(const uint8_t *octets, size_t length)
{
	enum { LINES_MAX = 8 };
	size_t starts[LINES_MAX], lines = 0;

	if (recognise_begins_line(octets, length))
		return 0;
	for (size_t at = length; at > 0 && lines < LINES_MAX; at--)
		if (octets[at - 1] == '\n')
			starts[lines++] = at;
	while (lines--)
		if (recognise_begins_line(octets + starts[lines], length - starts[lines]))
			return starts[lines];
	return length;
}

/* Of a sender that writes no END before its frames (Zephyr), the first is among what came before
 * the first END. Else that is the rest of a frame, or text: no frame. */
static bool give_before(struct firmware_line *l, struct slip_decoder *d)
{
	struct slip_frame piece;
	size_t held = l->before;

	l->before = 0;
	before_room(l)[held] = SLIP_END;
	if (slip_decode_buffer(d->frame, d->size, before_room(l), held + 1, SLIP_ACCEPT_UNOPENED,
	                       &piece, 1, NULL) != 1)
		return false;
	size_t start = find_frame(piece.octets, piece.length);
	bool is_frame = start < piece.length;
	struct probe_text text = probe_text_sort(piece.octets, piece.length);

	if (!is_frame && text.kind != PROBE_TEXT_ALL)
		return false;
	/* Text before it goes with it where all of that is text. */
	if (is_frame && text.length != start) {
		memmove(d->frame, d->frame + start, piece.length - start);
		piece.length -= start;
		held -= start;
	}
	d->length = piece.length;
	d->counters.before_first_end -= is_frame ? held : 0;
	l->was_before = true;
	return true;
}

/* What a piece is that is no frame; whether it is one all the same. *dropped: octets that were
 * before the first END so far; those that have come are at octets. */
static bool look_at_piece(struct firmware_line *l, struct slip_decoder *d, enum slip_event event,
                          const uint8_t *octets, uint64_t *dropped)
{
	size_t n = (size_t)(d->counters.before_first_end - *dropped);

	*dropped += n;
	if (n > 0)
		hold_before(l, octets, n, d->size);
	if (event == SLIP_OVERLONG)
		firmware_tell_overlong(l, OVERLONG);
	return event == SLIP_BEFORE_FIRST_END && give_before(l, d);
}

/* The frames that were told of have been taken; what is not whole yet goes to the beginning. */
static void take_back_room(struct firmware_line *l, struct slip_decoder *d)
{
	if (l->was_before)
		d->length = 0;
	l->was_before = false;
	if (d->frame == l->input)
		return;
	memmove(l->input, d->frame, d->length);
	d->frame = l->input;
}

static bool has_room_behind(const struct firmware_line *l, const struct slip_decoder *d)
{
	return d->frame + d->length + d->size <= l->input + sizeof l->input;
}

size_t firmware_slip_read(struct firmware_line *l, struct slip_decoder *d, const uint8_t *in,
                          size_t n, unsigned max, struct firmware_event *e)
{
	uint64_t dropped = d->counters.before_first_end;
	unsigned count = 0;
	size_t used = 0;

	take_back_room(l, d);
	while (used < n && count < max && has_room_behind(l, d) && !l->was_before) {
		const uint8_t *octets = in + used;
		enum slip_event event;

		if (count > 0)
			d->frame += d->length;
		used += slip_decode(d, octets, n - used, &event);
		if (event != SLIP_FRAME && !look_at_piece(l, d, event, octets, &dropped))
			continue;
		e->frames[count++] = (struct probe_frame){.mac = d->frame, .length = d->length};
	}
	if (count > 0) {
		e->type = FIRMWARE_FRAME;
		e->count = count;
	}
	if (used == n)
		copy_counters(l, d);
	return used;
}

size_t firmware_slip_finish(struct firmware_line *l, struct slip_decoder *d)
{
	size_t lost = slip_decoder_finish(d);

	l->before = 0;
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
