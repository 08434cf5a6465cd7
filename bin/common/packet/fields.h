/* fields.h - named values, as JSON or as indented lines, into the caller's room. Never writes
 * beyond it: what does not fit is left out, of lines whole ones, and `cut` says so. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct fields {
	struct text text;
	bool json;
	bool cut;       /* JSON is none then */
	unsigned depth; /* lines: of their indentation */
	bool begun;     /* JSON: a value stands before, at this depth */
};

/* key is static text that needs no escape. */
void fields_open(struct fields *f, const char *key);
void fields_close(struct fields *f);
void fields_words(struct fields *f, const char *key, const char *words); /* need no escape */
void fields_number(struct fields *f, const char *key, uint64_t number);
void fields_bool(struct fields *f, const char *key, bool value);
void fields_hex(struct fields *f, const char *key, uint64_t value, unsigned digits);
/* Words from outside: as frame_escape has them. */
void fields_outside(struct fields *f, const char *key, const uint8_t *octets, size_t length);

/* Lines, each with its newline, that stand at this depth as they are. */
void fields_lines(struct fields *f, const char *lines, size_t length);

#endif
