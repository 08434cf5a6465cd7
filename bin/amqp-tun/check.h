/* check.h - what a packet must be to pass: an IPv4 or IPv6 packet of the length that it says,
 * within the MTU, for us, whose headers hide nothing, and no message that would change what this
 * host knows of its network. Whose its source is, sources.h says. Never reads past the length
 * given, never changes a packet. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "envelope.h"
#include "settings.h"

/* The ends of a packet; they point into it. */
struct ends {
	int family;
	const uint8_t *source, *destination;
	/* Of an ICMP error: the destination of the packet that it quotes, which was for us to
	 * send: it is to be one of the sender's. NULL: it is no error. */
	const uint8_t *quoted;
};

enum check_verdict {
	CHECK_PASSED,
	CHECK_NOT_IP, /* empty, or a version that is not 4 or 6 */
	CHECK_LENGTH, /* shorter than a header, or not as long as the header says */
	CHECK_OVER_MTU,
	CHECK_DESTINATION, /* neither ours, nor multicast, nor link-local of IPv6 */
	CHECK_REDIRECT, /* ICMP redirect: whether the kernel obeys IPv4's is not the interface's to
	                   say */
	CHECK_SOURCE,
	CHECK_CHAIN,     /* extension headers or options that cannot be read to their end */
	CHECK_ROUTE,     /* a source route: its addresses are not those that it ends with */
	CHECK_CHECKSUM,  /* a checksum is asked for where TCP and UDP have none */
	CHECK_DISCOVERY, /* of routers and neighbours, which would become this host's */
	CHECK_QUOTE,     /* an ICMP error about what did not come from us */
};

/* CHECK_PASSED, NOT_IP or LENGTH. RFC 791 3.1, RFC 8200 3; a jumbogram (payload length 0) is a bare
 * header. */
enum check_verdict check_read(struct ends *ends, const uint8_t *packet, size_t length);

/* What packets from the bus must keep to, to enter the interface. */
struct check_rules {
	struct address own[3]; /* IPv6, its link-local, IPv4; unused: AF_UNSPEC */
	struct address behind[SETTINGS_BEHIND_MAX]; /* the networks that packets are re-routed to */
	unsigned behind_count;
	unsigned mtu;
};

/* CHECK_PASSED, or any verdict but CHECK_SOURCE. Fills ends where it got so far; CHECK_OVER_MTU is
 * what it says of a packet that is good but for that. vnet: NULL, or the header of a super-packet
 * that passed envelope_vnet_check: its segments must be within the MTU. */
enum check_verdict check_packet(const struct check_rules *rules, struct ends *ends,
                                const struct envelope_vnet *vnet, const uint8_t *packet,
                                size_t length);

/* CHECK_PASSED, or CHECK_CHECKSUM or CHECK_CHAIN: where a checksum is asked for, the kernel writes
 * into the packet, after whoever looked at it; the same vnet. */
enum check_verdict check_checksum(const struct envelope_vnet *vnet, const uint8_t *packet,
                                  size_t length);
/* Octets of the longest packet that is in a super-packet; the same vnet. */
size_t check_longest(const struct envelope_vnet *vnet, const uint8_t *packet, size_t length);
/* One of the interface's own addresses. */
bool check_is_own(const struct check_rules *rules, int family, const uint8_t *octets);
/* In one of the networks behind it. */
bool check_is_behind(const struct check_rules *rules, int family, const uint8_t *octets);
bool check_is_multicast(int family, const uint8_t *octets); /* IPv4's 255.255.255.255 too */
bool check_is_link_local(int family, const uint8_t *octets);
bool check_is_unspecified(int family, const uint8_t *octets);

#endif
