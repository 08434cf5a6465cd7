/* envelope_scan.h - a scanner of JSON (RFC 8259): values are checked in place, numbers and strings
 * come as views. Never recurses, never allocates, never reads past the end; each octet is looked at
 * a bounded number of times. */
#ifndef ENVELOPE_SCAN_H
#define ENVELOPE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCAN_KINDS_KNOWN = 32768 }; /* levels of nesting whose brackets are remembered */

struct scanner {
	const uint8_t *at, *end; /* false or an error: at is the octet that cannot be there */
	/* A bit a level, 1 for an object; private to envelope_scan_value. */
	uint8_t kinds[SCAN_KINDS_KNOWN / 8];
};

struct envelope_scan_string {
	const uint8_t *text; /* between the quotes */
	size_t length;
	bool escaped;
};

struct envelope_scan_number {
	const uint8_t *digits; /* of the integer part */
	size_t digit_count;
	const uint8_t *fraction;
	size_t fraction_count;
	int64_t exponent; /* held within +-SCAN_EXPONENT_MAX */
	bool negative;
};
#define SCAN_EXPONENT_MAX ((int64_t)1 << 40) /* over any length of a body */

static inline void envelope_scan_space(struct scanner *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
		s->at++;
}

static inline bool envelope_scan_is(const struct scanner *s, char c)
{
	return s->at < s->end && *s->at == (uint8_t)c;
}

static inline bool envelope_scan_skip(struct scanner *s, char c)
{
	bool there = envelope_scan_is(s, c);

	s->at += there;
	return there;
}

bool envelope_scan_string(struct scanner *s, struct envelope_scan_string *string);
bool envelope_scan_number(struct scanner *s, struct envelope_scan_number *number);
/* A key, its colon and the space around them. */
bool envelope_scan_key(struct scanner *s, struct envelope_scan_string *key);
/* One value of any type. */
bool envelope_scan_value(struct scanner *s);

/* Copies the string with its escapes resolved. Returns its length, or -1 where it is longer than
 * size. */
int envelope_scan_string_text(const struct envelope_scan_string *string, uint8_t *out, size_t size);

#endif
