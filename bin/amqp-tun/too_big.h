/* too_big.h - the answer of a router on the way to a packet that is too big for the rest of it:
 * ICMPv6 Packet Too Big (RFC 4443 3.2), ICMP Fragmentation Needed (RFC 792, RFC 1191). Never reads
 * past the length given. */
#ifndef TOO_BIG_H
#define TOO_BIG_H

#include <stddef.h>
#include <stdint.h>

enum { TOO_BIG_MAX = 1280 };

/* Octets of the answer, as from the packet's destination; 0: it may have none (to multicast or
 * broadcast, an ICMP error, IPv4 that may be fragmented or is a later fragment). The packet has
 * passed check_read. */
size_t too_big_answer(uint8_t out[TOO_BIG_MAX], const uint8_t *packet, size_t length, unsigned mtu);
/* The same as from another address, of the packet's family. */
size_t too_big_answer_from(uint8_t out[TOO_BIG_MAX], const uint8_t *from, const uint8_t *packet,
                           size_t length, unsigned mtu);

#endif
