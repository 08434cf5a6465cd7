/* frame_line.h - the pieces of a frame's line; private to libframe. Each begins with the ", " that
 * separates it from what stands before. */
#ifndef FRAME_LINE_H
#define FRAME_LINE_H

#include "frame.h"
#include "frame_words.h"

/* A name of the standard, with its number where the name says only that there is none. */
void frame_line_name(struct frame_words *w, const char *name, unsigned number);
/* Octets from outside, escaped, between quotes. */
void frame_line_outside(struct frame_words *w, const uint8_t *octets, size_t length);
/* What the IEs of that list say, each in a few words. */
void frame_line_ies(struct frame_words *w, enum frame_ie_kind kind, const uint8_t *octets,
                    struct frame_span list);
/* Of versions 0 and 1; payload is that of the MAC. encrypted: the beacon payload is. */
void frame_line_beacon(struct frame_words *w, const uint8_t *octets, struct frame_span payload,
                       bool encrypted);
/* encrypted: all behind the identifier is. */
void frame_line_command(struct frame_words *w, const uint8_t *octets, struct frame_span payload,
                        bool encrypted);

#endif
