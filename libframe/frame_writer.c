/* frame_writer.c - named values as indented lines or as JSON, into a buffer. */
#include "frame_writer.h"

#include <string.h>

#include "frame_escape.h"

static const char digits[] = "0123456789abcdef";

__attribute__((noinline, cold)) static void put_cut(struct frame_writer *w, const char *words,
                                                    size_t n)
{
	size_t room = w->length + 1 < w->size ? w->size - 1 - w->length : 0;

	if (room)
		memcpy(w->out + w->length, words, n < room ? n : room);
	w->length += n;
}

/* Where n is a constant it stays one: no call of memcpy. */
static inline void put(struct frame_writer *w, const char *words, size_t n)
{
	if (__builtin_expect(w->length + n >= w->size, 0)) {
		put_cut(w, words, n);
		return;
	}
	memcpy(w->out + w->length, words, n);
	w->length += n;
}

static inline void put_words(struct frame_writer *w, const char *words)
{
	put(w, words, strlen(words));
}

/* Eight octets at a time. */
static void put_hex(struct frame_writer *w, const uint8_t *octets, size_t n)
{
	char words[16];

	for (size_t at = 0; at < n; at += 8) {
		size_t count = n - at < 8 ? n - at : 8;

		for (size_t i = 0; i < count; i++) {
			words[2 * i] = digits[octets[at + i] >> 4];
			words[2 * i + 1] = digits[octets[at + i] & 0xf];
		}
		put(w, words, 2 * count);
	}
}

void frame_write_end(struct frame_writer *w)
{
	if (w->size)
		w->out[w->length < w->size ? w->length : w->size - 1] = 0;
}

static inline void quote(struct frame_writer *w)
{
	if (w->json)
		put(w, "\"", 1);
}

static void indent(struct frame_writer *w)
{
	for (unsigned i = 0; !w->after_dash && i < w->depth; i++)
		put(w, "  ", 2);
	w->after_dash = false;
}

static void begin_json(struct frame_writer *w, const char *key)
{
	if (!w->empty)
		put(w, ",", 1);
	w->empty = false;
	if (!key)
		return;
	put(w, "\"", 1);
	put_words(w, key);
	put(w, "\":", 2);
}

static void begin(struct frame_writer *w, const char *key)
{
	if (w->json) {
		begin_json(w, key);
		return;
	}
	indent(w);
	w->empty = false;
	put_words(w, key ? key : "- ");
	if (key)
		put(w, ":", 1);
}

static void begin_value(struct frame_writer *w, const char *key)
{
	begin(w, key);
	if (key && !w->json)
		put(w, " ", 1);
}

static void end(struct frame_writer *w)
{
	if (!w->json)
		put(w, "\n", 1);
}

void frame_write_words(struct frame_writer *w, const char *key, const char *words)
{
	begin_value(w, key);
	quote(w);
	put_words(w, words);
	quote(w);
	end(w);
}

/* Backslashes stand in what has been escaped, where JSON has a meaning of its own for them. */
void frame_write_outside(struct frame_writer *w, const char *key, const uint8_t *octets,
                         size_t length)
{
	begin_value(w, key);
	quote(w);
	for (size_t i = 0; i < length; i++) {
		char shown[FRAME_ESCAPED_MAX];
		size_t n = frame_escape_octet(shown, octets[i]);

		if (w->json && n > 1)
			put(w, "\\", 1);
		put(w, shown, n);
	}
	quote(w);
	end(w);
}

void frame_write_number(struct frame_writer *w, const char *key, int64_t number)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char figures[24];
	size_t at = sizeof figures;

	do
		figures[--at] = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		figures[--at] = '-';
	begin_value(w, key);
	put(w, figures + at, sizeof figures - at);
	end(w);
}

void frame_write_bool(struct frame_writer *w, const char *key, bool value)
{
	begin_value(w, key);
	put_words(w, value ? "true" : "false");
	end(w);
}

void frame_write_hex(struct frame_writer *w, const char *key, uint64_t value, unsigned octets)
{
	uint8_t big_endian[8];

	for (unsigned i = 0; i < octets; i++)
		big_endian[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
	begin_value(w, key);
	quote(w);
	put_hex(w, big_endian, octets);
	quote(w);
	end(w);
}

void frame_write_octets(struct frame_writer *w, const char *key, const uint8_t *octets,
                        size_t length)
{
	begin_value(w, key);
	quote(w);
	put_hex(w, octets, length);
	quote(w);
	end(w);
}

static void open(struct frame_writer *w, const char *key, const char *bracket)
{
	begin(w, key);
	if (w->json)
		put_words(w, bracket);
	else if (key)
		end(w);
	else
		w->after_dash = true;
	w->depth++;
	w->empty = true;
}

static void close(struct frame_writer *w, const char *bracket)
{
	w->depth--;
	w->empty = false;
	if (w->json)
		put_words(w, bracket);
}

void frame_write_open(struct frame_writer *w, const char *key)
{
	open(w, key, "{");
}

void frame_write_open_list(struct frame_writer *w, const char *key)
{
	open(w, key, "[");
}

void frame_write_close(struct frame_writer *w)
{
	close(w, "}");
}

void frame_write_close_list(struct frame_writer *w)
{
	close(w, "]");
}
