/* payload_line.h - pieces of payload_line's words; private to payload_line*.c and payload_fields.c.
 * Each begins with what separates it from the words before. */
#ifndef PAYLOAD_LINE_H
#define PAYLOAD_LINE_H

#include "base/text.h"
#include "packet/payload_types.h"

/* RFC 5952, without the context: characters. at: room for one more. Returns where they end. */
enum { PAYLOAD_ADDRESS_MAX = 39 };
char *payload_put_address(char *at, const struct ip_address *a);

void payload_line_mpl(struct text *t, const struct lowpan *l);
/* Of an error in words, if it has some; any other one in digits. */
void payload_line_icmp_code(struct text *t, const struct icmp *icmp);
/* Registrations, prefixes, contexts. */
void payload_line_nd(struct text *t, const struct icmp *icmp);
/* What UDP holds, or how a header is compressed that is not decompressed. */
void payload_line_application(struct text *t, const struct payload *p);
void payload_line_zigbee(struct text *t, const struct zigbee *z);

#endif
