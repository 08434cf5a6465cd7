#include "packet/colour.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packet/words.h"

#define FAINT   "\x1b[2m"
#define BOLD    "\x1b[1m"
#define RED     "\x1b[1;31m"
#define GREEN   "\x1b[32m"
#define CYAN    "\x1b[36m"
#define DEFAULT "\x1b[0m"

bool colour_is_wanted(int choice, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct stat status;

	if (choice == COLOUR_NEVER || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
		return false;
	if (choice == COLOUR_ALWAYS)
		return true;
	return isatty(fd) && !(no_color && *no_color) && term && *term && strcmp(term, "dumb") != 0;
}

struct words {
	const char *at, *end;
};

static bool begins_with(struct words w, const char *words)
{
	size_t n = strlen(words);

	return (size_t)(w.end - w.at) >= n && memcmp(w.at, words, n) == 0;
}

/* All or, where it does not fit with its colour, without. */
static void paint(struct text *t, const char *colour, const char *words, size_t n)
{
	if (!n)
		return;
	if (!colour || t->size - t->length <= n + sizeof RED + sizeof DEFAULT) {
		words_put(t, words, n);
		return;
	}
	words_add(t, colour);
	words_put(t, words, n);
	words_add(t, DEFAULT);
}

/* Up to a blank, or a quoted name with its blanks; quotes in it are escaped. */
static size_t token_length(struct words w)
{
	const char *end = NULL;

	if (*w.at == '"')
		end = memchr(w.at + 1, '"', (size_t)(w.end - w.at - 1));
	if (end)
		return (size_t)(end + 1 - w.at);
	end = memchr(w.at, ' ', (size_t)(w.end - w.at));
	end = end ? end : w.end;
	return (size_t)(end - w.at) - (end - w.at > 1 && end[-1] == ',');
}

static bool is_type(struct words w, size_t n)
{
	static const char *const types[] = {"Beacon",   "Data",         "Ack",      "Command",
	                                    "Reserved", "Multipurpose", "Fragment", "Extended",
	                                    "IPv4",     "IPv6",         "empty"};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strlen(types[i]) == n && memcmp(w.at, types[i], n) == 0)
			return true;
	return false;
}

/* " > " behind it or before it. */
static bool is_address(struct words line, struct words w, size_t n)
{
	struct words behind = {w.at + n, w.end};

	return begins_with(behind, " > ") ||
	       (w.at - line.at >= 3 && memcmp(w.at - 3, " > ", 3) == 0);
}

static const char *colour_of(struct words line, struct words w, size_t n, bool *typed)
{
	if (*w.at == '"')
		return GREEN;
	if (is_address(line, w, n))
		return CYAN;
	if (*typed || !is_type(w, n))
		return NULL;
	*typed = true;
	return BOLD;
}

static bool is_time(struct words w)
{
	static const char form[] = "00:00:00.000000 ";

	for (size_t i = 0; form[i]; i++)
		if (w.at + i == w.end || (form[i] == '0') != (w.at[i] >= '0' && w.at[i] <= '9') ||
		    (form[i] != '0' && w.at[i] != form[i]))
			return false;
	return true;
}

static void paint_line(struct text *t, struct words line)
{
	struct words w = line;
	bool typed = false;

	if (is_time(w)) {
		paint(t, FAINT, w.at, 15);
		w.at += 15;
	}
	while (w.at < w.end) {
		size_t n;

		if (*w.at == ' ') {
			paint(t, NULL, w.at++, 1);
			continue;
		}
		if (begins_with(w, "bad:") || begins_with(w, "bad FCS")) {
			paint(t, RED, w.at, (size_t)(w.end - w.at));
			return;
		}
		n = token_length(w);
		paint(t, colour_of(line, w, n, &typed), w.at, n);
		w.at += n;
	}
}

/* Of a block: blanks, perhaps a dash, a key with its colon, and a value. */
static void paint_field(struct text *t, struct words line)
{
	size_t blanks = 0, key;
	const char *colon;
	bool fault;

	while (line.at + blanks < line.end && (line.at[blanks] == ' ' || line.at[blanks] == '-'))
		blanks++;
	paint(t, NULL, line.at, blanks);
	line.at += blanks;
	colon = memchr(line.at, ':', (size_t)(line.end - line.at));
	key = colon ? (size_t)(colon + 1 - line.at) : 0;
	fault = begins_with(line, "fault") || begins_with(line, "clause:");
	paint(t, fault ? RED : FAINT, line.at, key);
	paint(t, fault ? RED : NULL, line.at + key, (size_t)(line.end - line.at) - key);
}

size_t colour_line(char *out, size_t size, const char *line, size_t length)
{
	struct text t = {out, size, 0};
	struct words words = {line, line + length};

	out[0] = '\0';
	if (length && line[0] == ' ')
		paint_field(&t, words);
	else
		paint_line(&t, words);
	return t.length;
}
