/* raw.h - any message as it came from the bus, in a line: when, under which key, with which
 * properties and headers, what is in it. Never longer than its room; of a body the beginning is
 * shown. */
#ifndef RAW_H
#define RAW_H

#include "bus/message.h"
#include "packet/packet.h"

enum { RAW_LINE_BODY_MAX = 1000, RAW_JSON_BODY_MAX = 4096 }; /* octets of the body */

/* m: with properties. p: tells the time of arrival. "HH:MM:SS.micros KEY {PROPERTIES} N octets:
 * BODY", NUL-terminated; what moves a cursor is left to who writes the line (sink.h). A body that
 * is no text is hex. Returns the characters. */
size_t raw_line(char *out, size_t size, const struct bus_message *m,
                const struct envelope_packet *p);
/* {"time":1700000000.250000000,"key":"...","properties":{...},"length":5,"body":"..."}: ASCII. A
 * body that is no text is "body_base64"; "cut":true where there is more of it. size at least
 * 40000. */
size_t raw_json(char *out, size_t size, const struct bus_message *m,
                const struct envelope_packet *p);

#endif
