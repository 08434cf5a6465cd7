/* Routing keys: what is read is written back as it was. The text after a NUL is matched against the
 * text before it, as the definition says. */
#include <stdlib.h>
#include <string.h>

#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static size_t word(const char *text, size_t n)
{
	const char *dot = memchr(text, '.', n);

	return dot ? (size_t)(dot - text) : n;
}

/* ends[i]: word i is text[starts[i]..ends[i]). */
struct words {
	size_t count;
	const char *at[260];
	size_t length[260];
};

static void split(struct words *w, const char *text, size_t n)
{
	w->count = 0;
	if (n == 0)
		return;
	for (;;) {
		size_t length = word(text, n);

		w->at[w->count] = text;
		w->length[w->count++] = length;
		if (length == n)
			return;
		text += length + 1;
		n -= length + 1;
	}
}

/* By a table of which pattern prefixes match which key prefixes. */
static bool defined_match(const struct words *pattern, const struct words *key)
{
	static bool table[261][261];

	memset(table, 0, sizeof(table));
	table[0][0] = true;
	for (size_t i = 0; i < pattern->count; i++) {
		bool hash = pattern->length[i] == 1 && *pattern->at[i] == '#',
		     star = pattern->length[i] == 1 && *pattern->at[i] == '*';

		for (size_t j = 0; j <= key->count; j++) {
			if (hash)
				table[i + 1][j] = table[i][j] || (j > 0 && table[i + 1][j - 1]);
			else if (j > 0)
				table[i + 1][j] =
					table[i][j - 1] &&
					(star || (pattern->length[i] == key->length[j - 1] &&
				                  memcmp(pattern->at[i], key->at[j - 1],
				                         key->length[j - 1]) == 0));
		}
	}
	return table[pattern->count][key->count];
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static struct words pattern_words, key_words;
	const char *text = (const char *)in, *key_text;
	char out[ENVELOPE_KEY_MAX + 1];
	size_t pattern_length = strnlen(text, n);
	struct envelope_key key;

	if (envelope_key_parse(&key, text, n) == 0) {
		if (envelope_key_build(out, sizeof(out), &key) != (int)n ||
		    memcmp(out, text, n) != 0)
			abort();
	} else if (key.kind != ENVELOPE_UNKNOWN) {
		abort();
	}
	if (pattern_length == n || n > ENVELOPE_KEY_MAX)
		return 0;
	key_text = text + pattern_length + 1;
	split(&pattern_words, text, pattern_length);
	split(&key_words, key_text, n - pattern_length - 1);
	if (envelope_key_match(text, key_text, n - pattern_length - 1) !=
	    defined_match(&pattern_words, &key_words))
		abort();
	return 0;
}
