/* envelope_octets.h - the inside of a JSON array of octets, `96, 0, 58`: the hot loops, portable here, wide where the processor can.
 * Never reads or writes past the lengths it was given. */
#ifndef ENVELOPE_OCTETS_H
#define ENVELOPE_OCTETS_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { OCTET_TEXT_MAX = 5 }; /* "255, " */

/* Characters that octets_write writes. */
size_t octets_text_size(const uint8_t *octets, size_t n);
/* Writes n > 0 octets with ", " between them. size must be octets_text_size at the least. Returns the characters written. */
size_t octets_write(char *out, size_t size, const uint8_t *octets, size_t n);

#pragma GCC visibility pop
#endif
