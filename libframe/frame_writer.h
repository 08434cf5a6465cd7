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

/* Values put together elsewhere, as frame_piece.h has them. */
void frame_write_piece(struct frame_writer *w, const char *words, size_t n);

/* --- what the functions below are made of --- */

/* What stands before a value. Returns where the value goes: behind w->length, which becomes its
 * end. */
size_t frame_write_any_name(struct frame_writer *w, struct frame_key key);
void frame_write_string(struct frame_writer *w, size_t at, struct frame_key words);
void frame_write_truth(struct frame_writer *w, size_t at, bool value);
void frame_write_figures(struct frame_writer *w, size_t at, int64_t number);
void frame_write_digits(struct frame_writer *w, size_t at, uint64_t value, unsigned octets);
void frame_write_dump(struct frame_writer *w, size_t at, const uint8_t *octets, size_t length);
void frame_write_bracket(struct frame_writer *w, size_t at, char bracket, bool has_name);

/* Names are most of an object: of a literal one no length is counted, and nothing called. */
static inline size_t frame_write_name(struct frame_writer *w, struct frame_key key)
{
	char *at = w->out + w->length;

	if (!__builtin_constant_p(key.length) || !key.words || !w->json ||
	    w->length + key.length + sizeof ",\"\":" > w->size)
		return frame_write_any_name(w, key);
	*at = ',';
	at += !w->empty;
	*at++ = '"';
	memcpy(at, key.words, key.length);
	memcpy(at + key.length, "\":", 2);
	w->empty = false;
	return (size_t)(at - w->out) + key.length + 2;
}

/* --- values; key is NULL inside a list --- */

/* Words are written as they are: they must need no escape in JSON. */
static inline void frame_write_words(struct frame_writer *w, const char *key, const char *words)
{
	frame_write_string(w, frame_write_name(w, frame_key(key)), frame_key(words));
}

/* Octets from outside, escaped. */
void frame_write_outside(struct frame_writer *w, const char *key, const uint8_t *octets,
                         size_t length);

static inline void frame_write_number(struct frame_writer *w, const char *key, int64_t number)
{
	frame_write_figures(w, frame_write_name(w, frame_key(key)), number);
}

static inline void frame_write_bool(struct frame_writer *w, const char *key, bool value)
{
	frame_write_truth(w, frame_write_name(w, frame_key(key)), value);
}

/* Most significant octet first; octets: at the most 8. */
static inline void frame_write_hex(struct frame_writer *w, const char *key, uint64_t value,
                                   unsigned octets)
{
	frame_write_digits(w, frame_write_name(w, frame_key(key)), value, octets);
}

static inline void frame_write_octets(struct frame_writer *w, const char *key,
                                      const uint8_t *octets, size_t length)
{
	frame_write_dump(w, frame_write_name(w, frame_key(key)), octets, length);
}

/* An object. */
static inline void frame_write_open(struct frame_writer *w, const char *key)
{
	frame_write_bracket(w, frame_write_name(w, frame_key(key)), '{', key);
}

static inline void frame_write_open_list(struct frame_writer *w, const char *key)
{
	frame_write_bracket(w, frame_write_name(w, frame_key(key)), '[', key);
}

void frame_write_close(struct frame_writer *w);
void frame_write_close_list(struct frame_writer *w);

#endif
