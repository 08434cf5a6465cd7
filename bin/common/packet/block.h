/* block.h - a packet in full, for the lines that -v adds below a readable line: what its radio
 * said, every field of the frame with its value, what is inside, and every fault with the clause
 * that it breaks. */
#ifndef BLOCK_H
#define BLOCK_H

#include "packet/packet.h"

/* Of a frame of link type WITHFCS, NOFCS or TAP. Lines that begin with four blanks and end in a
 * newline each; NUL-terminated; returns the characters, at the most size - 1. What does not fit is
 * left out by whole lines. Printable ASCII. */
size_t readable_block(char *out, size_t size, const struct envelope_packet *p);

#endif
