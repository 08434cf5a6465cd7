#include "base/secret.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PLAIN                                                                                      \
	"abcdefghijklmnopqrstuvwxyz"                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                               \
	"0123456789_-."

#define OPENING "'\"(<["

static bool is_plain(const char *from, const char *to)
{
	return strspn(from, PLAIN) >= (size_t)(to - from);
}

/* --- URLs --- */

/* "%40", and "%2540", where it was encoded twice. */
static bool encodes(const char *percent, const char *digits)
{
	const char *at = percent + 1;

	while (strncmp(at, "25", 2) == 0)
		at += 2;
	return strncasecmp(at, digits, 2) == 0;
}

static const char *first_encoded_colon(const char *url)
{
	const char *at = strchr(url, '%');

	while (at && !encodes(at, "3a"))
		at = strchr(at + 1, '%');
	return at;
}

static const char *last_encoded_at(const char *url)
{
	const char *last = NULL;

	for (const char *at = url; (at = strchr(at, '%')); at++)
		if (encodes(at, "40"))
			last = at;
	return last;
}

/* "amqp%3A%2F%2Fu%3Ap%40h", "u%3Ap%40h", "u:p%40h" */
static bool is_encoded(const char *url)
{
	const char *at = last_encoded_at(url), *colon = first_encoded_colon(url);
	const char *raw = strchr(url, ':');

	return strcasestr(url, "%3a%2f%2f") || (at && colon && colon < at) ||
	       (at && raw && raw < at && raw + strcspn(raw, "/") > at);
}

/* Where a login in a word may begin: behind its scheme ("'--url=amqp://"). */
static const char *login_begin(const char *word)
{
	const char *scheme = strstr(word, "://");

	if (scheme && strspn(word, PLAIN OPENING "=+") >= (size_t)(scheme - word))
		return scheme + 3;
	return word + strspn(word, OPENING);
}

static bool is_behind_scheme(const char *word, const char *begin)
{
	return begin - word >= 3 && memcmp(begin - 3, "://", 3) == 0;
}

static struct secret_span span(const char *url, const char *from, const char *to)
{
	return (struct secret_span){(size_t)(from - url), (size_t)(to - url)};
}

/* authority: behind "://", without an '@'. */
static struct secret_span without_at(const char *url, const char *authority)
{
	const char *end = authority + strcspn(authority, "/?#");
	const char *encoded = strcasestr(authority, "%40");
	const char *host = authority + (*authority == '[' ? strcspn(authority, "]") : 0);
	const char *colon = strchr(host, ':');

	if (encoded && encoded < end)
		return span(url, authority, end);
	if (!colon)
		return (struct secret_span){0};
	colon++;
	const char *after_port = colon + strspn(colon, "0123456789");
	if (*after_port == '/' || *after_port == '\0')
		return (struct secret_span){0};
	return span(url, colon, colon + strlen(colon));
}

struct secret_span secret_in_url(const char *url)
{
	const char *begin = login_begin(url), *at = strrchr(url, '@');

	/* Behind an '@' as in a word without one. */
	if (is_encoded(at ? at : begin))
		return span(url, begin, url + strlen(url));
	if (!at)
		return without_at(url, begin);
	if (!is_behind_scheme(url, begin))
		return span(url, url, at);
	const char *colon = memchr(begin, ':', (size_t)(at - begin));
	if (!is_plain(begin, colon ? colon : at))
		return span(url, begin, at);
	return colon ? span(url, colon + 1, at) : (struct secret_span){0};
}

static void blank(char *text, size_t length)
{
	memset(text, 'x', length);
}

void secret_blank(char *url)
{
	struct secret_span password = secret_in_url(url);

	blank(url + password.from, password.to - password.from);
	char *query = strchr(url, '?');
	if (query)
		blank(query + 1, strlen(query + 1));
}

/* --- names --- */

static bool has_part(const char *name, size_t length, const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; i + n <= length; i++)
		if (strncasecmp(name + i, part, n) == 0)
			return true;
	return false;
}

bool secret_is_name(const char *name, size_t length)
{
	static const char *const parts[] = {"pass",       "pwd",    "secret",  "token",
	                                    "credential", "apikey", "api_key", "api-key",
	                                    "access_key", "psk"};

	if (length >= 4 && strncasecmp(name + length - 4, "file", 4) == 0)
		return false;
	/* "pw", "sasl_pw"; in the middle it stands in other words. */
	if (length >= 2 && strncasecmp(name + length - 2, "pw", 2) == 0)
		return true;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (has_part(name, length, parts[i]))
			return true;
	return false;
}

/* The value that follows the next name of a secret in text; NULL: there is none. */
static char *find_value(char *text)
{
	for (char *equals = strchr(text, '='); equals; equals = strchr(equals + 1, '=')) {
		const char *name = equals;

		while (name > text && strchr(PLAIN, name[-1]))
			name--;
		if (secret_is_name(name, (size_t)(equals - name)))
			return equals + 1;
	}
	return NULL;
}

/* --- words --- */

static bool may_hold_login(const char *word)
{
	return strstr(word, "://") || strchr(word, '@') || is_encoded(word);
}

void secret_blank_word(char *word)
{
	struct secret_span login = secret_in_url(word);
	char *value = find_value(word), *query = strchr(word, '?');

	if (value)
		blank(value, strlen(value));
	if (!may_hold_login(word))
		return;
	if (login.to > login.from)
		blank(word + login.from, login.to - login.from);
	if (query && query[1])
		blank(query + 1, strlen(query + 1));
}

/* --- lines --- */

void secret_hide_login(char *line)
{
	char *scheme = strstr(line, "://"), *at = strrchr(line, '@');

	if (!scheme || !at || at < scheme + 3)
		return;
	char *login = scheme + 3;
	size_t kept = (size_t)(at - login) < 3 ? (size_t)(at - login) : 3;
	memset(login, '.', kept);
	memmove(login + kept, at, strlen(at) + 1);
}

/* What may stand behind the port of a broker that is named in a sentence. */
static bool is_end_of_port(char c)
{
	return strchr("/:,;.)'\"?#", c); /* or the NUL */
}

/* word[from..to) is to be hidden. */
static struct secret_span login_of(const char *word)
{
	const char *begin = login_begin(word), *at = strrchr(word, '@');
	bool has_scheme = is_behind_scheme(word, begin);

	if (is_encoded(at && at > begin ? at : begin))
		return span(word, begin, word + strlen(word));
	if (at && at > begin && has_scheme && !is_plain(begin, at))
		return span(word, begin, at);
	if (at && at > begin && !has_scheme && strcspn(begin, ":%") < (size_t)(at - begin))
		return span(word, begin, at);
	if (at || !has_scheme)
		return (struct secret_span){0};
	struct secret_span password = without_at(word, begin);
	const char *port = word + password.from;
	bool is_port = password.to && is_end_of_port(port[strspn(port, "0123456789")]);
	return is_port ? (struct secret_span){0} : password;
}

/* text[from..to) becomes "..."; what is behind it moves up or down. Returns what is behind it. */
static char *replace(char *text, size_t room, struct secret_span gap)
{
	static const char dots[] = "...";
	size_t kept = sizeof dots - 1, rest = strlen(text + gap.to);

	kept = gap.from + kept < room ? kept : room - 1 - gap.from;
	rest = gap.from + kept + rest < room ? rest : room - 1 - gap.from - kept;
	memmove(text + gap.from + kept, text + gap.to, rest);
	memcpy(text + gap.from, dots, kept);
	text[gap.from + kept + rest] = '\0';
	return text + gap.from + kept;
}

static void hide_values(char *line, size_t size)
{
	char *value = line;

	while ((value = find_value(value))) {
		size_t length = strcspn(value, "& \t\n'\"");

		if (length)
			value = replace(line, size, span(line, value, value + length));
	}
}

/* A password may have spaces in it: word[from..to) without its '@' goes on up to the one that
 * follows. */
static struct secret_span with_spaces(const char *word, const char *end, struct secret_span login)
{
	const char *at = strrchr(end, '@');

	if (login.to > login.from && at && !memchr(word, '@', (size_t)(end - word)))
		login = span(word, login_begin(word), at);
	return login;
}

void secret_hide(char *line, size_t size)
{
	char *word = line + strspn(line, " \t\n");

	while (*word) {
		char *end = word + strcspn(word, " \t\n"), behind = *end;

		*end = '\0';
		struct secret_span login = login_of(word);
		*end = behind;
		login = with_spaces(word, end, login);
		if (login.to > login.from)
			end = replace(word, size - (size_t)(word - line), login);
		word = end + strcspn(end, " \t\n");
		word += strspn(word, " \t\n");
	}
	hide_values(line, size);
}

/* --- keys --- */

static const char *behind(const char *word, const char *begin)
{
	size_t n = strlen(begin);

	return strncasecmp(word, begin, n) == 0 ? word + n : word;
}

bool secret_is_key(const char *word)
{
	enum { DIGITS = 32 };
	const char *blank = strrchr(word, ' '), *equals = strrchr(blank ? blank : word, '=');
	const char *at = equals ? equals + 1 : blank ? blank + 1 : word;
	size_t digits = 0;

	at = behind(behind(behind(at, "raw:"), "thread:"), "0x");
	for (; *at; at++) {
		if (*at != ':' && *at != '-' && !isxdigit((unsigned char)*at))
			return false;
		digits += *at != ':' && *at != '-';
	}
	return digits == DIGITS;
}

void secret_show(char *out, size_t size, const char *word)
{
	if (secret_is_key(word)) {
		snprintf(out, size, "...");
		return;
	}
	const char *begin = login_begin(word);
	struct secret_span password = secret_in_url(word), login = login_of(word);
	bool has_scheme = is_behind_scheme(word, begin), is_url = strstr(word, "://");
	bool may_hold = strchr(word, '@') || password.to > password.from || strchr(word, '?');

	if (login.to > login.from || (is_url && may_hold))
		snprintf(out, size, "%.*s...", has_scheme ? (int)(begin - word) : 0, word);
	else
		snprintf(out, size, "%s", word);
	secret_hide(out, size);
}
