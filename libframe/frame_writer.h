/* frame_writer.h - named values as indented lines or as JSON, in a buffer; private to libframe. */
#ifndef FRAME_WRITER_H
#define FRAME_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_writer {
	char *out;
	size_t size, length; /* length: of the whole text, which may be more than fits */
	bool json;
	unsigned depth;
	bool empty;      /* nothing has been written at this depth yet */
	bool after_dash; /* lines: the first of an item's values stands behind its dash */
	bool has_fault;  /* of the frame as a whole: those of its contents are not told too */
};

/* The NUL, behind all the rest. */
void frame_write_end(struct frame_writer *w);
/* Words are written as they are: they must need no escape in JSON. key is NULL inside a list. */
void frame_write_words(struct frame_writer *w, const char *key, const char *words);
/* Octets from outside, escaped. */
void frame_write_outside(struct frame_writer *w, const char *key, const uint8_t *octets,
                         size_t length);
void frame_write_number(struct frame_writer *w, const char *key, int64_t number);
void frame_write_bool(struct frame_writer *w, const char *key, bool value);
void frame_write_hex(struct frame_writer *w, const char *key, uint64_t value,
                     unsigned octets); /* most significant first */
void frame_write_octets(struct frame_writer *w, const char *key, const uint8_t *octets,
                        size_t length);
void frame_write_open(struct frame_writer *w, const char *key); /* an object */
void frame_write_open_list(struct frame_writer *w, const char *key);
void frame_write_close(struct frame_writer *w);
void frame_write_close_list(struct frame_writer *w);

#endif
