#include "packet/fields.h"

#include "frame.h"
#include "packet/words.h"

static inline void put(struct fields *f, const char *words)
{
	f->cut |= strlen(words) >= f->text.size - f->text.length;
	words_add(&f->text, words);
}

/* Takes the line that has begun at `from` back where it did not fit. */
static void end_line(struct fields *f, size_t from)
{
	if (f->json || !f->cut)
		return;
	f->text.length = from;
	f->text.out[from] = '\0';
}

static void begin(struct fields *f, const char *key)
{
	if (f->json) {
		if (f->begun)
			put(f, ",");
		put(f, "\"");
		put(f, key);
		put(f, "\":");
	} else {
		for (unsigned i = 0; i < f->depth; i++)
			put(f, "  ");
		put(f, key);
		put(f, ":");
	}
	f->begun = true;
}

static void value(struct fields *f, const char *key, const char *words, bool quoted)
{
	size_t from = f->text.length;

	begin(f, key);
	if (f->json) {
		if (quoted)
			put(f, "\"");
		put(f, words);
		if (quoted)
			put(f, "\"");
		return;
	}
	put(f, " ");
	put(f, words);
	put(f, "\n");
	end_line(f, from);
}

void fields_open(struct fields *f, const char *key)
{
	size_t from = f->text.length;

	begin(f, key);
	put(f, f->json ? "{" : "\n");
	end_line(f, from);
	f->depth++;
	f->begun = false;
}

void fields_close(struct fields *f)
{
	f->depth--;
	f->begun = true;
	put(f, f->json ? "}" : "");
}

void fields_words(struct fields *f, const char *key, const char *words)
{
	value(f, key, words, true);
}

void fields_number(struct fields *f, const char *key, uint64_t number)
{
	char digits[24];
	struct text t = {digits, sizeof digits, 0};

	words_number(&t, number);
	value(f, key, digits, false);
}

void fields_bool(struct fields *f, const char *key, bool is_so)
{
	value(f, key, is_so ? "true" : "false", false);
}

void fields_hex(struct fields *f, const char *key, uint64_t number, unsigned count)
{
	char digits[24];
	struct text t = {digits, sizeof digits, 0};

	words_hex(&t, number, count);
	value(f, key, digits, true);
}

/* Backslashes stand in what has been escaped, where JSON has a meaning of its own for them. */
void fields_outside(struct fields *f, const char *key, const uint8_t *octets, size_t length)
{
	size_t from = f->text.length;

	begin(f, key);
	put(f, f->json ? "\"" : " ");
	for (size_t i = 0; i < length; i++) {
		char shown[8];

		if (frame_escape(shown, sizeof shown, octets + i, 1) > 1 && f->json)
			put(f, "\\");
		put(f, shown);
	}
	put(f, f->json ? "\"" : "\n");
	end_line(f, from);
}

void fields_lines(struct fields *f, const char *lines, size_t length)
{
	const char *end = lines + length;

	while (lines < end) {
		const char *newline = memchr(lines, '\n', (size_t)(end - lines));
		size_t from = f->text.length, n = (size_t)(newline ? newline + 1 - lines : 0);

		if (!newline)
			return;
		for (unsigned i = 0; i < f->depth; i++)
			put(f, "  ");
		f->cut |= n >= f->text.size - f->text.length;
		words_put(&f->text, lines, n);
		end_line(f, from);
		lines = newline + 1;
	}
}
