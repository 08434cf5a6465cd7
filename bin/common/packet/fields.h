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

/* --- what the functions below are made of --- */

/* What stands before a value. Returns where the value goes: behind the text, whose end becomes the
 * value's. */
size_t fields_any_name(struct fields *f, struct fields_words key);
void fields_put_words(struct fields *f, size_t at, struct fields_words words);
void fields_put_bool(struct fields *f, size_t at, bool value);
void fields_put_number(struct fields *f, size_t at, uint64_t number);
void fields_put_hex(struct fields *f, size_t at, uint64_t value, unsigned digits);
void fields_put_open(struct fields *f, size_t at);

/* Names are most of an object: of a literal one no length is counted, and nothing called. */
static inline size_t fields_name(struct fields *f, struct fields_words key)
{
	char *at = f->text.out + f->text.length;

	if (!__builtin_constant_p(key.length) || !f->json ||
	    f->text.size - f->text.length < key.length + sizeof ",\"\":")
		return fields_any_name(f, key);
	*at = ',';
	at += f->begun;
	*at++ = '"';
	memcpy(at, key.words, key.length);
	memcpy(at + key.length, "\":", 2);
	f->begun = true;
	return (size_t)(at - f->text.out) + key.length + 2;
}

/* --- values --- */

/* key is static text that needs no escape. */
static inline void fields_open(struct fields *f, const char *key)
{
	fields_put_open(f, fields_name(f, fields_words_of(key)));
}

void fields_close(struct fields *f);

/* words need no escape. */
static inline void fields_words(struct fields *f, const char *key, const char *words)
{
	fields_put_words(f, fields_name(f, fields_words_of(key)), fields_words_of(words));
}

static inline void fields_number(struct fields *f, const char *key, uint64_t number)
{
	fields_put_number(f, fields_name(f, fields_words_of(key)), number);
}

static inline void fields_bool(struct fields *f, const char *key, bool value)
{
	fields_put_bool(f, fields_name(f, fields_words_of(key)), value);
}

static inline void fields_hex(struct fields *f, const char *key, uint64_t value, unsigned digits)
{
	fields_put_hex(f, fields_name(f, fields_words_of(key)), value, digits);
}

/* Words from outside: as frame_escape has them. */
void fields_outside(struct fields *f, const char *key, const uint8_t *octets, size_t length);

/* JSON that has been put together elsewhere, or behind the text: named values, none of which stands
 * behind another one at this depth. */
void fields_piece(struct fields *f, const char *begin, size_t n);

/* Lines, each with its newline, that stand at this depth as they are. */
void fields_lines(struct fields *f, const char *lines, size_t length);

#endif
