/* frame_piece.h - named values put together in one piece: after one look for room, without one for
 * each of them. Private to libframe.
 *
 * json is a constant wherever these are called: of a name and what stands around it one literal is
 * left. */
#ifndef FRAME_PIECE_H
#define FRAME_PIECE_H

#include <stdbool.h>

#include "frame_digits.h"
#include "frame_words.h"
#include "frame_writer.h"

/* key is a literal. What stands before a value, and, of words, in JSON its first quote. */
#define PIECE_NAME(json, key)  ((json) ? ",\"" key "\":" : key ": ")
#define PIECE_WORDS(json, key) ((json) ? ",\"" key "\":\"" : key ": ")
#define PIECE_TRUE(json, key)  ((json) ? ",\"" key "\":true" : key ": true\n")
#define PIECE_FALSE(json, key) ((json) ? ",\"" key "\":false" : key ": false\n")

/* Behind words. */
static inline char *piece_end_words(char *at, bool json)
{
	*at++ = json ? '"' : '\n';
	return at;
}

/* Behind another value. */
static inline char *piece_end(char *at, bool json)
{
	if (!json)
		*at++ = '\n';
	return at;
}

static inline char *piece_number(char *at, bool json, const char *name, uint64_t number)
{
	return piece_end(frame_put_number(put_words(at, name), number), json);
}

static inline char *piece_hex(char *at, bool json, const char *name, uint64_t value,
                              unsigned octets)
{
	return piece_end_words(frame_put_hex_of(put_words(at, name), value, octets), json);
}

/* Where a piece of `most` characters at the most begins: in the text, or elsewhere, which has room
 * for it, where the text may be too full. */
static inline char *piece_begin(const struct frame_writer *w, char *elsewhere, size_t most)
{
	return __builtin_expect(w->length + most < w->size, 1) ? w->out + w->length : elsewhere;
}

static inline void piece_made(struct frame_writer *w, const char *elsewhere, const char *begin,
                              const char *end)
{
	if (__builtin_expect(begin == elsewhere, 0))
		frame_write_piece(w, begin, (size_t)(end - begin));
	else
		w->length += (size_t)(end - begin);
	w->empty = false;
}

#endif
