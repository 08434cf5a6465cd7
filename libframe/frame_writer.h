/* frame_writer.h - named values as indented lines or as JSON, into a buffer; private to libframe.
 */
#ifndef FRAME_WRITER_H
#define FRAME_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
	char *out;
	size_t size, length; /* length: of the whole text, which may be more than fits */
	bool json;
	unsigned depth;
	bool empty;      /* nothing has been written at this depth yet */
	bool after_dash; /* lines: the first of an item's values stands behind its dash */
};

/* Words are written as they are: they must need no escape in JSON. key is NULL inside a list. */
void write_words(struct writer *w, const char *key, const char *words);
void write_number(struct writer *w, const char *key, int64_t number);
void write_bool(struct writer *w, const char *key, bool value);
void write_hex(struct writer *w, const char *key, uint64_t value,
               unsigned octets); /* most significant first */
void write_octets(struct writer *w, const char *key, const uint8_t *octets, size_t length);
void write_open(struct writer *w, const char *key); /* an object */
void write_open_list(struct writer *w, const char *key);
void write_close(struct writer *w);
void write_close_list(struct writer *w);

#endif
