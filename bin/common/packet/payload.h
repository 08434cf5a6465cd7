/* payload.h - what an 802.15.4 frame carries, a word deep: 6LoWPAN, IPv6, ICMPv6, RPL, UDP, CoAP,
 * MLE, Zigbee's network header. For people to look at: nothing is reassembled, decrypted or
 * remembered, addresses whose context is not in the frame stay unknown. Never allocates, never
 * reads past the frame.
 *
 * IP headers are read by libenvelope; what RFC 6282 makes of one is read here, as far as it is
 * shown. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "base/text.h"
#include "packet/fields.h"
#include "packet/payload_types.h"

/* f is what libframe says of octets. False: nothing that is known here is in it. */
bool payload_parse(struct payload *p, const struct frame *f, const uint8_t *octets);
/* In a line, behind frame_line's words: begins with ", ". */
void payload_line(struct text *t, const struct payload *p);
/* The same as named values. */
void payload_fields(struct fields *f, const struct payload *p);

/* "fe80::1"; "[context 0]::1" where the first half is not known; "elided". */
void payload_address(struct text *t, const struct ip_address *a);
/* "6LoWPAN", "NS", "DIO", "GET", ...; NULL: none. */
const char *payload_next_header_name(unsigned next_header);
const char *payload_icmp_name(unsigned type);
const char *payload_rpl_name(unsigned code);
const char *payload_coap_type_name(unsigned type);
const char *payload_coap_code_name(unsigned code);
const char *payload_mle_name(unsigned command);
/* Of an error message's code: "no route"; NULL: none. */
const char *payload_icmp_code_name(unsigned type, unsigned code);
const char *payload_registration_name(unsigned status);
const char *payload_zigbee_command_name(unsigned command);
const char *payload_aps_type_name(unsigned type); /* never NULL */
const char *payload_aps_command_name(unsigned command);
/* NULL also of one that is for its cluster, or a maker's. */
const char *payload_zcl_command_name(const struct zigbee *z);

#endif
