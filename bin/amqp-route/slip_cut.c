#include "slip_cut.h"

#include <string.h>

/* A body's octets, read from the front; `failed` stays once it is set. */
struct scan {
	const char *body;
	size_t at, length;
	bool failed;
};

static char peek(struct scan *s)
{
	while (s->at < s->length && strchr(" \t\r\n", s->body[s->at]) && s->body[s->at])
		s->at++;
	if (s->at == s->length)
		s->failed = true;
	return s->failed ? '\0' : s->body[s->at];
}

static bool take(struct scan *s, char wanted)
{
	if (peek(s) != wanted || s->failed)
		return false;
	s->at++;
	return true;
}

static void skip_text(struct scan *s)
{
	if (!take(s, '"')) {
		s->failed = true;
		return;
	}
	while (s->at < s->length && s->body[s->at] != '"')
		s->at += s->body[s->at] == '\\' ? 2 : 1;
	if (s->at >= s->length)
		s->failed = true;
	else
		s->at++;
}

/* A number or a word, up to what cannot be part of one. */
static void skip_word(struct scan *s)
{
	size_t begin = s->at;

	while (s->at < s->length && !strchr(",:]}[{\" \t\r\n", s->body[s->at]))
		s->at++;
	s->failed |= s->at == begin;
}

/* Brackets are counted, whatever their kinds are: who reads the body judges that. */
static void skip_value(struct scan *s)
{
	size_t depth = 0;

	do {
		char c = peek(s);

		if (s->failed)
			return;
		if (c == '"') {
			skip_text(s);
		} else if (c == '[' || c == '{') {
			depth++;
			s->at++;
		} else if (c == ']' || c == '}') {
			s->failed |= depth == 0;
			depth -= depth > 0;
			s->at++;
		} else if (c == ',' || c == ':') {
			s->failed |= depth == 0;
			s->at++;
		} else {
			skip_word(s);
		}
	} while (depth && !s->failed);
}

/* Goes on behind a member. True: it was the one. */
static bool skip_member(struct scan *s)
{
	static const char name[] = "\"data_slip\"";

	peek(s);
	size_t begin = s->at;
	skip_text(s);
	bool is_it =
		s->at - begin == strlen(name) && memcmp(s->body + begin, name, strlen(name)) == 0;
	s->failed |= !take(s, ':');
	if (!s->failed)
		skip_value(s);
	return is_it && !s->failed;
}

bool slip_cut_find(struct slip_cut *cut, const char *body, size_t length)
{
	struct scan s = {.body = body, .length = length};
	bool first = true;

	if (!take(&s, '{'))
		return false;
	while (!s.failed) {
		size_t before = s.at; /* behind '{', or before the comma */

		if (!first && !take(&s, ','))
			return false;
		if (!skip_member(&s)) {
			first = false;
			continue;
		}
		*cut = (struct slip_cut){before, s.at};
		/* The first member takes the comma behind it, and the blank, along. */
		if (first && take(&s, ',')) {
			while (s.at < s.length && s.body[s.at] == ' ')
				s.at++;
			cut->to = s.at;
		}
		return true;
	}
	return false;
}
