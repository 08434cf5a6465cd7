/* frame_writer.c - named values as indented lines or as JSON, into a buffer. */
#include "frame_writer.h"

#include "frame_escape.h"
#include "frame_digits.h"

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

/* Where n characters are made in their place; NULL: there is no room for so many. */
static inline char *room(const struct frame_writer *w, size_t at, size_t n)
{
	return __builtin_expect(at + n < w->size, 1) ? w->out + at : NULL;
}

void frame_write_end(struct frame_writer *w)
{
	if (w->size)
		w->out[w->length < w->size ? w->length : w->size - 1] = 0;
}

void frame_write_piece(struct frame_writer *w, const char *words, size_t n)
{
	w->length = put(w, w->length, words, n);
}

/* --- what stands before a value and behind it --- */

static size_t put_json_name(struct frame_writer *w, struct frame_key key)
{
	size_t at = w->length;

	if (!w->empty)
		at = put(w, at, ",", 1);
	if (!key.words)
		return at;
	at = put(w, at, "\"", 1);
	at = put(w, at, key.words, key.length);
	return put(w, at, "\":", 2);
}

static size_t put_line_name(struct frame_writer *w, struct frame_key key)
{
	size_t at = w->length;

	for (unsigned i = 0; !w->after_dash && i < w->depth; i++)
		at = put(w, at, "  ", 2);
	w->after_dash = false;
	if (!key.words)
		return put(w, at, "-", 1);
	at = put(w, at, key.words, key.length);
	return put(w, at, ":", 1);
}

size_t frame_write_any_name(struct frame_writer *w, struct frame_key key)
{
	size_t at = w->json ? put_json_name(w, key) : put_line_name(w, key);

	w->empty = false;
	return at;
}

static inline size_t begin(struct frame_writer *w, size_t at, bool quoted)
{
	if (!w->json)
		return put(w, at, " ", 1);
	return quoted ? put(w, at, "\"", 1) : at;
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

void frame_write_string(struct frame_writer *w, size_t at, struct frame_key words)
{
	at = begin(w, at, true);
	end(w, put(w, at, words.words, words.length), true);
}

void frame_write_truth(struct frame_writer *w, size_t at, bool value)
{
	at = begin(w, at, false);
	end(w, value ? put(w, at, "true", 4) : put(w, at, "false", 5), false);
}

/* Backslashes stand in what has been escaped, where JSON has a meaning of its own for them. */
void frame_write_outside(struct frame_writer *w, const char *key, const uint8_t *octets,
                         size_t length)
{
	size_t at = begin(w, frame_write_any_name(w, frame_key(key)), true);

	for (size_t i = 0; i < length; i++) {
		char shown[FRAME_ESCAPED_MAX];
		size_t n = frame_escape_octet(shown, octets[i]);

		if (w->json && n > 1)
			at = put(w, at, "\\", 1);
		at = put(w, at, shown, n);
	}
	end(w, at, true);
}

void frame_write_figures(struct frame_writer *w, size_t at, int64_t number)
{
	uint64_t positive = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char figures[FRAME_DIGITS_MAX], *out;

	at = begin(w, at, false);
	if (number < 0)
		at = put(w, at, "-", 1);
	out = room(w, at, sizeof figures);
	if (out)
		at += (size_t)(frame_put_number(out, positive) - out);
	else
		at = put(w, at, figures, (size_t)(frame_put_number(figures, positive) - figures));
	end(w, at, false);
}

void frame_write_digits(struct frame_writer *w, size_t at, uint64_t value, unsigned octets)
{
	char digits[2 * sizeof value], *out;

	at = begin(w, at, true);
	out = room(w, at, sizeof digits);
	frame_put_hex_of(out ? out : digits, value, octets);
	end(w, out ? at + 2 * (size_t)octets : put(w, at, digits, 2 * (size_t)octets), true);
}

/* The last block is made together with octets of the one before it. */
static size_t put_hex_blocks(char *out, const uint8_t *octets, size_t n)
{
	enum { BLOCK = FRAME_HEX_BLOCK };

	for (size_t at = 0; at + BLOCK <= n; at += BLOCK)
		frame_hex_block(out + 2 * at, octets + at);
	if (n % BLOCK)
		frame_hex_block(out + 2 * (n - BLOCK), octets + n - BLOCK);
	return 2 * n;
}

void frame_write_dump(struct frame_writer *w, size_t at, const uint8_t *octets, size_t n)
{
	char digits[2], *out;

	at = begin(w, at, true);
	out = room(w, at, 2 * n);
	if (out && n >= FRAME_HEX_BLOCK) {
		at += put_hex_blocks(out, octets, n);
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		frame_put_hex(digits, octets[i]);
		at = put(w, at, digits, sizeof digits);
	}
	end(w, at, true);
}

/* --- objects and lists --- */

void frame_write_bracket(struct frame_writer *w, size_t at, char bracket, bool has_name)
{
	if (w->json)
		w->length = put(w, at, &bracket, 1);
	else
		w->length = put(w, at, has_name ? "\n" : " ", 1);
	w->after_dash = !w->json && !has_name;
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
