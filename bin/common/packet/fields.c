#include "packet/fields.h"

#include "frame.h"
#include "packet/words.h"

/* Returns where the next piece goes: what belongs together is put one piece behind the other, and
 * keep() makes it the text's. Where n is a constant it stays one: no call of memcpy. */
static inline size_t put(struct fields *f, size_t at, const char *words, size_t n)
{
	size_t room = f->text.size - 1 - at;

	if (__builtin_expect(n <= room, 1)) {
		memcpy(f->text.out + at, words, n);
		return at + n;
	}
	memcpy(f->text.out + at, words, room);
	f->cut = true;
	return at + room;
}

/* A line that did not fit is left out. */
static inline void keep(struct fields *f, size_t at)
{
	if (f->json || !f->cut)
		f->text.length = at;
	f->text.out[f->text.length] = '\0';
}

static size_t indent(struct fields *f, size_t at)
{
	for (unsigned i = 0; i < f->depth; i++)
		at = put(f, at, "  ", 2);
	return at;
}

size_t fields_any_name(struct fields *f, struct fields_words key)
{
	size_t at = f->text.length;
	bool begun = f->begun;

	f->begun = true;
	if (!f->json) {
		at = put(f, indent(f, at), key.words, key.length);
		return put(f, at, ":", 1);
	}
	at = begun ? put(f, at, ",\"", 2) : put(f, at, "\"", 1);
	at = put(f, at, key.words, key.length);
	return put(f, at, "\":", 2);
}

/* --- values --- */

static inline size_t begin(struct fields *f, size_t at, bool quoted)
{
	if (!f->json)
		return put(f, at, " ", 1);
	return quoted ? put(f, at, "\"", 1) : at;
}

static inline void end(struct fields *f, size_t at, bool quoted)
{
	if (!f->json)
		at = put(f, at, "\n", 1);
	else if (quoted)
		at = put(f, at, "\"", 1);
	keep(f, at);
}

void fields_put_words(struct fields *f, size_t at, struct fields_words words)
{
	char *out = f->text.out + at;

	if (__builtin_expect(f->json && f->text.size - at > words.length + sizeof "\"\"", 1)) {
		*out++ = '"';
		memcpy(out, words.words, words.length);
		memcpy(out + words.length, "\"", sizeof "\"");
		f->text.length = at + words.length + 2;
		return;
	}
	at = begin(f, at, true);
	end(f, put(f, at, words.words, words.length), true);
}

void fields_put_bool(struct fields *f, size_t at, bool value)
{
	at = begin(f, at, false);
	end(f, value ? put(f, at, "true", 4) : put(f, at, "false", 5), false);
}

void fields_put_number(struct fields *f, size_t at, uint64_t number)
{
	char digits[DIGITS_MAX];
	size_t n = (size_t)(digits_put_number(digits, number) - digits);

	at = begin(f, at, false);
	end(f, put(f, at, digits, n), false);
}

void fields_put_hex(struct fields *f, size_t at, uint64_t value, unsigned count)
{
	char digits[2 * sizeof value + 1];
	struct text t = {digits, sizeof digits, 0};

	words_hex(&t, value, count);
	at = begin(f, at, true);
	end(f, put(f, at, digits, t.length), true);
}

/* --- objects --- */

void fields_put_open(struct fields *f, size_t at)
{
	keep(f, put(f, at, f->json ? "{" : "\n", 1));
	f->depth++;
	f->begun = false;
}

void fields_close(struct fields *f)
{
	f->depth--;
	f->begun = true;
	if (f->json)
		keep(f, put(f, f->text.length, "}", 1));
}

/* Backslashes stand in what has been escaped, where JSON has a meaning of its own for them. */
void fields_outside(struct fields *f, const char *key, const uint8_t *octets, size_t length)
{
	size_t at = begin(f, fields_any_name(f, fields_words_of(key)), true);

	for (size_t i = 0; i < length; i++) {
		char shown[8];
		size_t n = frame_escape(shown, sizeof shown, octets + i, 1);

		if (n > 1 && f->json)
			at = put(f, at, "\\", 1);
		at = put(f, at, shown, n);
	}
	end(f, at, true);
}

void fields_piece(struct fields *f, const char *begin, size_t n)
{
	size_t at = f->text.length;

	keep(f, begin == f->text.out + at ? at + n : put(f, at, begin, n));
	f->begun = true;
}

void fields_lines(struct fields *f, const char *lines, size_t length)
{
	const char *end = lines + length, *newline;

	for (; lines < end; lines = newline + 1) {
		newline = memchr(lines, '\n', (size_t)(end - lines));
		if (!newline)
			return;
		keep(f, put(f, indent(f, f->text.length), lines, (size_t)(newline + 1 - lines)));
	}
}
