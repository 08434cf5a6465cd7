/* frame_writer.c - named values as indented lines or as JSON, into a buffer. */
#include "frame_writer.h"

#include "frame_escape.h"
#include "frame_hex.h"

__attribute__((noinline, cold)) static void put_cut(struct frame_writer *w, size_t at,
                                                    const char *words, size_t n)
{
	size_t room = at + 1 < w->size ? w->size - 1 - at : 0;

	if (room)
		memcpy(w->out + at, words, n < room ? n : room);
}

/* Returns where the next piece goes: a value's pieces are put one behind the other, and its end
 * becomes w->length. Where n is a constant it stays one: no call of memcpy. */
static inline size_t put(struct frame_writer *w, size_t at, const char *words, size_t n)
{
	if (__builtin_expect(at + n >= w->size, 0))
		put_cut(w, at, words, n);
	else
		memcpy(w->out + at, words, n);
	return at + n;
}

static size_t put_hex(struct frame_writer *w, size_t at, const uint8_t *octets, size_t n)
{
	enum { BLOCK = FRAME_HEX_BLOCK, STEP = FRAME_HEX_DIGITS / 2 };
	char words[FRAME_HEX_DIGITS];

	for (; n >= BLOCK && at + 2 * BLOCK < w->size; n -= BLOCK, octets += BLOCK) {
		frame_hex_block(w->out + at, octets);
		at += 2 * (size_t)BLOCK;
	}
	for (; n >= STEP && at + 2 * STEP < w->size; n -= STEP, octets += STEP) {
		frame_hex_of(w->out + at, octets);
		at += 2 * (size_t)STEP;
	}
	for (; n; n--, octets++) {
		frame_hex(words, octets[0]);
		at = put(w, at, words + sizeof words - 2, 2);
	}
	return at;
}

void frame_write_end(struct frame_writer *w)
{
	if (w->size)
		w->out[w->length < w->size ? w->length : w->size - 1] = 0;
}

/* --- what stands before a value and behind it --- */

static size_t begin_json(struct frame_writer *w, struct frame_key key)
{
	size_t at = w->length;

	if (!w->empty)
		at = put(w, at, ",", 1);
	w->empty = false;
	if (!key.words)
		return at;
	at = put(w, at, "\"", 1);
	at = put(w, at, key.words, key.length);
	return put(w, at, "\":", 2);
}

static size_t begin_line(struct frame_writer *w, struct frame_key key)
{
	size_t at = w->length;

	for (unsigned i = 0; !w->after_dash && i < w->depth; i++)
		at = put(w, at, "  ", 2);
	w->after_dash = false;
	w->empty = false;
	if (!key.words)
		return put(w, at, "- ", 2);
	at = put(w, at, key.words, key.length);
	return put(w, at, ":", 1);
}

static size_t begin(struct frame_writer *w, struct frame_key key, bool quoted)
{
	size_t at;

	if (w->json) {
		at = begin_json(w, key);
		return quoted ? put(w, at, "\"", 1) : at;
	}
	at = begin_line(w, key);
	return key.words ? put(w, at, " ", 1) : at;
}

static inline void end(struct frame_writer *w, size_t at, bool quoted)
{
	if (!w->json)
		at = put(w, at, "\n", 1);
	else if (quoted)
		at = put(w, at, "\"", 1);
	w->length = at;
}

/* --- values --- */

void frame_write_string(struct frame_writer *w, struct frame_key key, struct frame_key words)
{
	size_t at = begin(w, key, true);

	end(w, put(w, at, words.words, words.length), true);
}

void frame_write_plain(struct frame_writer *w, struct frame_key key, struct frame_key words)
{
	size_t at = begin(w, key, false);

	end(w, put(w, at, words.words, words.length), false);
}

/* Backslashes stand in what has been escaped, where JSON has a meaning of its own for them. */
void frame_write_outside(struct frame_writer *w, const char *key, const uint8_t *octets,
                         size_t length)
{
	size_t at = begin(w, frame_key(key), true);

	for (size_t i = 0; i < length; i++) {
		char shown[FRAME_ESCAPED_MAX];
		size_t n = frame_escape_octet(shown, octets[i]);

		if (w->json && n > 1)
			at = put(w, at, "\\", 1);
		at = put(w, at, shown, n);
	}
	end(w, at, true);
}

void frame_write_figures(struct frame_writer *w, struct frame_key key, int64_t number)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char figures[24];
	size_t from = sizeof figures;

	do
		figures[--from] = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		figures[--from] = '-';
	size_t at = begin(w, key, false);
	end(w, put(w, at, figures + from, sizeof figures - from), false);
}

void frame_write_digits(struct frame_writer *w, struct frame_key key, uint64_t value,
                        unsigned octets)
{
	char digits[2 * FRAME_HEX_DIGITS];
	size_t at = begin(w, key, true);

	if (octets > FRAME_HEX_DIGITS / 2)
		frame_hex(digits, (uint32_t)(value >> 32));
	frame_hex(digits + FRAME_HEX_DIGITS, (uint32_t)value);
	end(w, put(w, at, digits + sizeof digits - 2 * (size_t)octets, 2 * (size_t)octets), true);
}

void frame_write_dump(struct frame_writer *w, struct frame_key key, const uint8_t *octets,
                      size_t length)
{
	size_t at = begin(w, key, true);

	end(w, put_hex(w, at, octets, length), true);
}

/* --- objects and lists --- */

void frame_write_bracket(struct frame_writer *w, struct frame_key key, char bracket)
{
	if (w->json) {
		w->length = put(w, begin_json(w, key), &bracket, 1);
	} else {
		w->length = begin_line(w, key);
		if (key.words)
			w->length = put(w, w->length, "\n", 1);
		else
			w->after_dash = true;
	}
	w->depth++;
	w->empty = true;
}

static void close(struct frame_writer *w, const char *bracket)
{
	w->depth--;
	w->empty = false;
	if (w->json)
		w->length = put(w, w->length, bracket, 1);
}

void frame_write_close(struct frame_writer *w)
{
	close(w, "}");
}

void frame_write_close_list(struct frame_writer *w)
{
	close(w, "]");
}
