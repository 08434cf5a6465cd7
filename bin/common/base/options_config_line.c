#include <ctype.h>
#include <string.h>

#include "base/options_internal.h"

static char *skip_blanks(char *at)
{
	return at + strspn(at, " \t");
}

static void trim(char *words)
{
	size_t length = strlen(words);

	while (length && strchr(" \t\r", words[length - 1]))
		words[--length] = '\0';
}

static int digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
	                                    : -1;
}

/* What stands behind a backslash; returns where it goes on, NULL: it is none of those that there
 * are. */
static const char *read_escape(const char *at, char *out)
{
	if (*at == '"' || *at == '\\') {
		*out = *at;
		return at + 1;
	}
	if (*at != 'x' || digit(at[1]) < 0 || digit(at[2]) < 0)
		return NULL;
	*out = (char)(digit(at[1]) << 4 | digit(at[2]));
	return *out ? at + 3 : NULL;
}

/* In place: the value gets shorter. */
static int unquote_double(char *value, struct why *why)
{
	const char *at = value + 1;
	char *out = value;

	for (; *at && *at != '"'; out++) {
		if (*at != '\\') {
			*out = *at++;
			continue;
		}
		at = read_escape(at + 1, out);
		if (!at)
			return why_set(why, "behind a backslash in quotes stands \", \\ or x and "
			                    "two hexadecimal digits, not 00");
	}
	if (!*at)
		return why_set(why, "the quote is not closed");
	if (at[1])
		return why_set(why, "something stands behind the closing quote (a comment has a "
		                    "line of its own)");
	*out = '\0';
	return 0;
}

static int unquote_single(char *value, struct why *why)
{
	char *end = strchr(value + 1, '\'');

	if (!end)
		return why_set(why, "the quote is not closed");
	if (end[1])
		return why_set(why, "something stands behind the closing quote (a comment has a "
		                    "line of its own)");
	*end = '\0';
	memmove(value, value + 1, (size_t)(end - value));
	return 0;
}

int config_read_line(char *words, struct config_line *line, struct why *why)
{
	char *key = skip_blanks(words);

	trim(key);
	if (!*key || *key == '#')
		return 0;
	char *end = key + strcspn(key, " \t="), *value = skip_blanks(end);
	bool has_sign = *value == '=';
	if (has_sign)
		value = skip_blanks(value + 1);
	line->key = key;
	line->value = has_sign || *value ? value : NULL;
	*end = '\0';
	if (*value == '"')
		return unquote_double(value, why) < 0 ? -1 : 1;
	if (*value == '\'')
		return unquote_single(value, why) < 0 ? -1 : 1;
	return 1;
}
