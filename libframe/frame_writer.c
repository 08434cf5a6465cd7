/* frame_writer.c - named values as indented lines or as JSON, into a buffer. */
#include "frame_writer.h"

#include <string.h>

#include "frame_escape.h"

static void put(struct frame_writer *w, const char *words, size_t n)
{
	size_t room = w->length + 1 < w->size ? w->size - 1 - w->length : 0;
	size_t fits = n < room ? n : room;

	if (fits) {
		memcpy(w->out + w->length, words, fits);
		w->out[w->length + fits] = 0;
	}
	w->length += n;
}

static void put_words(struct frame_writer *w, const char *words)
{
	put(w, words, strlen(words));
}

static void put_octets(struct frame_writer *w, const uint8_t *octets, size_t length)
{
	enum { AT_ONCE = 64 };
	static const char digits[] = "0123456789abcdef";
	char shown[2 * AT_ONCE];

	while (length) {
		size_t n = length < AT_ONCE ? length : AT_ONCE;

		for (size_t i = 0; i < n; i++) {
			shown[2 * i] = digits[octets[i] >> 4];
			shown[2 * i + 1] = digits[octets[i] & 0xf];
		}
		put(w, shown, 2 * n);
		octets += n;
		length -= n;
	}
}

static void quote(struct frame_writer *w)
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

static void begin(struct frame_writer *w, const char *key)
{
	if (w->json && !w->empty)
		put(w, ",", 1);
	if (!w->json)
		indent(w);
	w->empty = false;
	if (!key) {
		put_words(w, w->json ? "" : "- ");
		return;
	}
	quote(w);
	put_words(w, key);
	put_words(w, w->json ? "\":" : ":");
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
	char digits[24];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		digits[--at] = '-';
	begin_value(w, key);
	put(w, digits + at, sizeof digits - at);
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
	uint8_t big_endian[sizeof value];

	for (unsigned i = 0; i < octets; i++)
		big_endian[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
	begin_value(w, key);
	quote(w);
	put_octets(w, big_endian, octets);
	quote(w);
	end(w);
}

void frame_write_octets(struct frame_writer *w, const char *key, const uint8_t *octets,
                        size_t length)
{
	begin_value(w, key);
	quote(w);
	put_octets(w, octets, length);
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
