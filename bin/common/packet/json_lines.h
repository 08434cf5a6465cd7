/* json_lines.h - an 802.15.4 frame as one JSON object, for the lines that --json prints: when it
 * was heard and how, then what libframe says of it.
 *
 *     {"time":1764097200.123456789,"channel":26,"rssi":-71,"lqi":200,"fcs":"good","length":12,
 *      "frame":{...},"inside":{...}}
 *
 * time: seconds since the epoch, UTC; as many digits as nanoseconds have. fcs: "good", "bad" or
 * "none" (the capture has none). length: octets without FCS. inside: of a packet in it what
 * payload.h knows, else left out, as is all that is not known. */
#ifndef JSON_LINES_H
#define JSON_LINES_H

#include "base/text.h"
#include "packet/packet.h"

enum { JSON_FRAME_MIN = 256, JSON_LINE_MAX = 48 << 10 };

/* Of a packet of link type WITHFCS, NOFCS or TAP. Writes the object without newline,
 * NUL-terminated, and returns its characters. A frame whose description does not fit is described
 * by its octets
 * ("octets", hex) in the place of "frame", or not at all ("frame":null) where these do not fit
 * either; size at least JSON_FRAME_MIN: it is always whole. */
size_t json_frame(char *out, size_t size, const struct envelope_packet *p);
/* The same of a frame without FCS, of which nothing else is known: {"frame":...,"inside":...}. */
size_t json_frame_octets(char *out, size_t size, const uint8_t *octets, size_t length);
/* Adds "time":SECONDS, also of a time before 1970, which whoever sends a packet can say. */
void json_time(struct text *t, int64_t ns);

#endif
