/* describe.h - one readable line for a packet from the bus: when, whose, what.
 * Names stand in it as they came: what they may hold is escaped where the line is written (sink.h).
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "envelope.h"
#include "frame_keys/frame_keys.h"
#include "packet/packet.h"

/* "HH:MM:SS.micros fromAgent NAME ..." into out[0..size), NUL-terminated; what does not fit is cut.
 * Returns the characters written. keys: of 802.15.4 frames, NULL: none. */
size_t describe(char *out, size_t size, const struct envelope_key *key,
                const struct envelope_packet *p, struct frame_keys *keys);
/* The same in full: lines as readable_block (packet/block.h) has them. */
size_t describe_block(char *out, size_t size, const struct envelope_packet *p,
                      struct frame_keys *keys);

#endif
