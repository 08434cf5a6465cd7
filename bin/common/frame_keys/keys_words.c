#include "frame_keys/keys_words.h"

#include <string.h>

static const char blanks[] = " \t";

int keys_words_fault(const struct keys_words *w, const char *reason)
{
	return why_set(w->why, "line %u, column %zu: %s", w->number,
	               (size_t)(w->word - w->line) + 1, reason);
}

static bool is_blank(char c)
{
	return c && strchr(blanks, c);
}

static bool skip_blanks(struct keys_words *w)
{
	while (w->at < w->end && is_blank(*w->at))
		w->at++;
	w->word = w->at;
	w->length = 0;
	return w->at < w->end && *w->at != '#';
}

int keys_words_next(struct keys_words *w)
{
	if (!skip_blanks(w))
		return 0;
	while (w->at < w->end && !is_blank(*w->at))
		w->at++;
	w->length = (size_t)(w->at - w->word);
	return 1;
}

int keys_words_name(struct keys_words *w)
{
	const char *end;

	if (!skip_blanks(w))
		return keys_words_fault(w, "the network's name is missing");
	if (*w->at != '"')
		return keys_words_next(w);
	w->word++;
	end = memchr(w->word, '"', (size_t)(w->end - w->word));
	if (!end)
		return keys_words_fault(w, "the name's quotes do not end");
	w->length = (size_t)(end - w->word);
	w->at = end + 1;
	if (w->at < w->end && !is_blank(*w->at))
		return keys_words_fault(w, "a blank must follow the quotes");
	return 1;
}

bool keys_words_is(const struct keys_words *w, const char *word)
{
	return w->length == strlen(word) && memcmp(w->word, word, w->length) == 0;
}

bool keys_words_value(struct keys_words *w, const char *name)
{
	size_t n = strlen(name);

	if (w->length <= n || memcmp(w->word, name, n) != 0 || w->word[n] != '=')
		return false;
	w->word += n + 1;
	w->length -= n + 1;
	return true;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)((found - digits) % 16) : -1;
}

static size_t prefix(const struct keys_words *w)
{
	return w->length > 2 && w->word[0] == '0' && (w->word[1] | 0x20) == 'x' ? 2 : 0;
}

/* Between two octets; where digits are due, it is none. */
static bool is_separator(const struct keys_words *w, size_t i)
{
	return (w->word[i] == ':' || w->word[i] == '-') && i + 1 < w->length &&
	       digit(w->word[i + 1]) >= 0;
}

int keys_words_hex(const struct keys_words *w, uint8_t *out, size_t octets, const char *what)
{
	struct keys_words here = *w;
	struct why reason;
	size_t digits = 0;

	for (size_t i = prefix(w); i < w->length; i++) {
		int value = digit(w->word[i]);

		here.word = w->word + i;
		if (value < 0 && is_separator(w, i) && digits && digits % 2 == 0)
			continue;
		if (value < 0)
			return keys_words_fault(&here, "no hexadecimal digit");
		if (digits < 2 * octets)
			out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | value);
		digits++;
	}
	if (digits == 2 * octets)
		return 0;
	why_set(&reason, "%s has %zu hexadecimal digits, not %zu", what, 2 * octets, digits);
	return keys_words_fault(w, reason.text);
}

int keys_words_short(struct keys_words *w, uint16_t *out, const char *what)
{
	size_t from = prefix(w), digits = w->length - from;
	struct why reason;

	*out = 0;
	why_set(&reason, "%s has one to four hexadecimal digits", what);
	if (digits < 1 || digits > 4)
		return keys_words_fault(w, reason.text);
	for (size_t i = from; i < w->length; i++) {
		if (digit(w->word[i]) < 0)
			return keys_words_fault(w, reason.text);
		*out = (uint16_t)(*out << 4 | digit(w->word[i]));
	}
	return 0;
}

int keys_words_number(const struct keys_words *w, uint32_t *out, uint32_t least, uint32_t most)
{
	struct why reason;
	uint64_t number = 0;
	bool is_number = w->length >= 1 && w->length <= 10;

	for (size_t i = 0; is_number && i < w->length; i++) {
		is_number = w->word[i] >= '0' && w->word[i] <= '9';
		number = number * 10 + (uint64_t)(w->word[i] - '0');
	}
	why_set(&reason, "must be a decimal number from %u to %u", least, most);
	if (!is_number || number < least || number > most)
		return keys_words_fault(w, reason.text);
	*out = (uint32_t)number;
	return 0;
}

int keys_words_end(struct keys_words *w)
{
	return keys_words_next(w) ? keys_words_fault(w, "nothing more may follow on this line") : 0;
}
