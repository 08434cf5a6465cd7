/* escape.h - text from outside as it may be shown: on a terminal, in a log, as a name in a capture.
 * What moves a cursor, turns the direction of writing, cannot be seen or is no UTF-8 becomes
 * printable ASCII; everything else passes. Never allocates. Its own output passes unchanged. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* Of one octet of text at the most: "\x9b". A character that is shown by its number is "\u202e" or
 * "\U000e0041". */
enum { ESCAPE_GROWTH = 4 };

/* Writes text[0..length) to out[0..size), NUL-terminated; size is at least 1. What does not fit is
 * cut before a character. Returns the octets written.
 *
 * Escaped are: controls (C0, DEL, C1), line and paragraph separators, format characters (bidi
 * marks, zero width, tags, ...), what fonts ignore (fillers, variation selectors), private use,
 * noncharacters; and every octet that is part of no well-formed sequence of UTF-8. */
size_t escape(char *out, size_t size, const char *text, size_t length);

/* Printable ASCII and nothing else: escape would copy it. */
bool escape_is_plain(const char *text, size_t length);

#endif
