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

static size_t begin(struct fields *f, struct fields_words key)
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

void fields_put_words(struct fields *f, struct fields_words key, struct fields_words value,
                      bool quoted)
{
	size_t at = begin(f, key);

	if (!f->json || quoted)
		at = put(f, at, f->json ? "\"" : " ", 1);
	at = put(f, at, value.words, value.length);
	if (!f->json || quoted)
		at = put(f, at, f->json ? "\"" : "\n", 1);
	keep(f, at);
}

void fields_put_number(struct fields *f, struct fields_words key, uint64_t number)
{
	char digits[24];
	struct text t = {digits, sizeof digits, 0};

	words_number(&t, number);
	fields_put_words(f, key, (struct fields_words){digits, t.length}, false);
}

void fields_put_hex(struct fields *f, struct fields_words key, uint64_t value, unsigned count)
{
	char digits[24];
	struct text t = {digits, sizeof digits, 0};

	words_hex(&t, value, count);
	fields_put_words(f, key, (struct fields_words){digits, t.length}, true);
}

void fields_put_open(struct fields *f, struct fields_words key)
{
	size_t at = begin(f, key);

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
	size_t at = begin(f, fields_words_of(key));

	at = put(f, at, f->json ? "\"" : " ", 1);
	for (size_t i = 0; i < length; i++) {
		char shown[8];
		size_t n = frame_escape(shown, sizeof shown, octets + i, 1);

		if (n > 1 && f->json)
			at = put(f, at, "\\", 1);
		at = put(f, at, shown, n);
	}
	keep(f, put(f, at, f->json ? "\"" : "\n", 1));
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
