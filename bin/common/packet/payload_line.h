/* payload_line.h - pieces of payload_line's words; private to payload_line*.c. Each begins with
 * what separates it from the words before. */
#ifndef PAYLOAD_LINE_H
#define PAYLOAD_LINE_H

#include "base/text.h"
#include "packet/payload_types.h"

void payload_line_mpl(struct text *t, const struct lowpan *l);
/* Of an error in words, if it has some; any other one in digits. */
void payload_line_icmp_code(struct text *t, const struct icmp *icmp);
/* Registrations, prefixes, contexts. */
void payload_line_nd(struct text *t, const struct icmp *icmp);
/* What UDP holds, or how a header is compressed that is not decompressed. */
void payload_line_application(struct text *t, const struct payload *p);
void payload_line_zigbee(struct text *t, const struct zigbee *z);

#endif
