/* fields.h - named values, as JSON or as indented lines, into the caller's room. Never writes
 * beyond it: what does not fit is left out, of lines whole ones, and `cut` says so. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct fields {
	struct text text;
	bool json;
	bool cut;       /* JSON is none then */
	unsigned depth; /* lines: of their indentation */
	bool begun;     /* JSON: a value stands before, at this depth */
};

/* Of a literal the compiler knows the length. */
struct fields_words {
	const char *words;
	size_t length;
};

static inline struct fields_words fields_words_of(const char *words)
{
	return (struct fields_words){words, strlen(words)};
}

/* What the functions below do, of a key whose length is known. */
void fields_put_words(struct fields *f, struct fields_words key, struct fields_words value,
                      bool quoted);
void fields_put_number(struct fields *f, struct fields_words key, uint64_t number);
void fields_put_hex(struct fields *f, struct fields_words key, uint64_t value, unsigned digits);
void fields_put_open(struct fields *f, struct fields_words key);

/* key is static text that needs no escape. */
static inline void fields_open(struct fields *f, const char *key)
{
	fields_put_open(f, fields_words_of(key));
}

void fields_close(struct fields *f);

/* words need no escape. */
static inline void fields_words(struct fields *f, const char *key, const char *words)
{
	fields_put_words(f, fields_words_of(key), fields_words_of(words), true);
}

static inline void fields_number(struct fields *f, const char *key, uint64_t number)
{
	fields_put_number(f, fields_words_of(key), number);
}

static inline void fields_bool(struct fields *f, const char *key, bool value)
{
	fields_put_words(f, fields_words_of(key),
	                 value ? fields_words_of("true") : fields_words_of("false"), false);
}

static inline void fields_hex(struct fields *f, const char *key, uint64_t value, unsigned digits)
{
	fields_put_hex(f, fields_words_of(key), value, digits);
}

/* Words from outside: as frame_escape has them. */
void fields_outside(struct fields *f, const char *key, const uint8_t *octets, size_t length);

/* Lines, each with its newline, that stand at this depth as they are. */
void fields_lines(struct fields *f, const char *lines, size_t length);

#endif
