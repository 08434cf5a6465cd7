/* keys_words.h - a line of the file of --frame-keys, word by word. */
#ifndef KEYS_WORDS_H
#define KEYS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/words.h"

struct keys_words {
	const char *line, *at, *end; /* at: what comes next */
	const char *word;            /* the last word, for its column */
	size_t length;
	unsigned number; /* of the line */
	struct why *why;
};

/* "line 3, column 7: " and the reason. Always -1. */
int keys_words_fault(const struct keys_words *w, const char *reason);

/* The next word, which ends at a blank; 1, or 0 where there is none: the line ends, or a comment
 * begins. */
int keys_words_next(struct keys_words *w);
/* The same; a word in double quotes may hold blanks. -1 where there is none, or the quotes do not
 * end. */
int keys_words_name(struct keys_words *w);
bool keys_words_is(const struct keys_words *w, const char *word);
/* What is behind "name=" of the last word becomes the last word; false: it has another name. */
bool keys_words_value(struct keys_words *w, const char *name);

/* The last word as octets in hex: "0x" may stand before them, colons or dashes between them. 0, or
 * -1 where they are not that many. what: "a key". */
int keys_words_hex(const struct keys_words *w, uint8_t *out, size_t octets, const char *what);
/* A number in hex of so many digits at the most. */
int keys_words_short(struct keys_words *w, uint16_t *out, const char *what);
int keys_words_number(const struct keys_words *w, uint32_t *out, uint32_t least, uint32_t most);
/* Nothing may follow but a comment. */
int keys_words_end(struct keys_words *w);

#endif
