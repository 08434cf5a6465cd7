/* frame_writer.h - named values as indented lines or as JSON, in a buffer; private to libframe. */
#ifndef FRAME_WRITER_H
#define FRAME_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct frame_writer {
	char *out;
	size_t size, length; /* length: of the whole text, which may be more than fits */
	bool json;
	unsigned depth;
	bool empty;      /* nothing has been written at this depth yet */
	bool after_dash; /* lines: the first of an item's values stands behind its dash */
	bool has_fault;  /* of the frame as a whole: those of its contents are not told too */
};

/* Of a literal the compiler knows the length. */
struct frame_key {
	const char *words; /* NULL inside a list */
	size_t length;
};

static inline struct frame_key frame_key(const char *words)
{
	return (struct frame_key){words, words ? strlen(words) : 0};
}

/* The NUL, behind all the rest. */
void frame_write_end(struct frame_writer *w);

/* What the functions below do, of a key whose length is known. */
void frame_write_string(struct frame_writer *w, struct frame_key key, struct frame_key words);
void frame_write_plain(struct frame_writer *w, struct frame_key key, struct frame_key words);
void frame_write_figures(struct frame_writer *w, struct frame_key key, int64_t number);
void frame_write_digits(struct frame_writer *w, struct frame_key key, uint64_t value,
                        unsigned octets);
void frame_write_dump(struct frame_writer *w, struct frame_key key, const uint8_t *octets,
                      size_t length);
void frame_write_bracket(struct frame_writer *w, struct frame_key key, char bracket);

/* Words are written as they are: they must need no escape in JSON. key is NULL inside a list. */
static inline void frame_write_words(struct frame_writer *w, const char *key, const char *words)
{
	frame_write_string(w, frame_key(key), frame_key(words));
}

/* Octets from outside, escaped. */
void frame_write_outside(struct frame_writer *w, const char *key, const uint8_t *octets,
                         size_t length);

static inline void frame_write_number(struct frame_writer *w, const char *key, int64_t number)
{
	frame_write_figures(w, frame_key(key), number);
}

static inline void frame_write_bool(struct frame_writer *w, const char *key, bool value)
{
	frame_write_plain(w, frame_key(key), value ? frame_key("true") : frame_key("false"));
}

/* Most significant octet first. */
static inline void frame_write_hex(struct frame_writer *w, const char *key, uint64_t value,
                                   unsigned octets)
{
	frame_write_digits(w, frame_key(key), value, octets);
}

static inline void frame_write_octets(struct frame_writer *w, const char *key,
                                      const uint8_t *octets, size_t length)
{
	frame_write_dump(w, frame_key(key), octets, length);
}

/* An object. */
static inline void frame_write_open(struct frame_writer *w, const char *key)
{
	frame_write_bracket(w, frame_key(key), '{');
}

static inline void frame_write_open_list(struct frame_writer *w, const char *key)
{
	frame_write_bracket(w, frame_key(key), '[');
}

void frame_write_close(struct frame_writer *w);
void frame_write_close_list(struct frame_writer *w);

#endif
