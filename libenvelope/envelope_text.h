/* envelope_text.h - text as Python's json.dumps writes it (ensure_ascii), into the caller's buffer.
 * Never writes past the buffer: what does not fit sets full. Internal, never installed. */
#ifndef ENVELOPE_TEXT_H
#define ENVELOPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IOPPYTEST_API_VERSION "1.2.15" /* in each body of API v1 */

struct text {
	char *out;
	size_t size, length;
	bool full;
};

/* Characters that envelope_text_string writes at the most for n octets, and envelope_text_time. */
#define TEXT_STRING_MAX(n) (6 * (size_t)(n) + 2)
#define TEXT_TIME_MAX      24

void envelope_text_raw(struct text *t, const char *from, size_t length);
void envelope_text_literal(struct text *t, const char *from);
void envelope_text_string(struct text *t, const char *utf8); /* in quotes; NULL is "" */
void envelope_text_number(struct text *t, uint64_t number);
/* Seconds, as repr(float) or as an integer. */
void envelope_text_time(struct text *t, int64_t time_ns);

#endif
