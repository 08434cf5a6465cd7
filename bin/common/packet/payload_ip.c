/* payload_ip.c - IPv6 headers behind a dispatch of 6LoWPAN, ICMPv6 and RPL. */
#include <string.h>

#include "envelope_ip.h"
#include "packet/payload_reading.h"

enum {
	HOP_BY_HOP = 0,
	TCP = 6,
	UDP = 17,
	IPV6 = 41,
	ROUTING = 43,
	FRAGMENT = 44,
	ICMPV6 = 58,
	DESTINATION = 60
};

static void set_address(struct ip_address *a, const uint8_t *p)
{
	a->state = ADDRESS_KNOWN;
	memcpy(a->octets, p, 16);
}

bool payload_read_ipv6(struct reading *r)
{
	static const char clause[] = "RFC 8200 3 IPv6 header";
	struct ip *ip = &r->p->ip;
	struct envelope_ip header;

	if (r->at < r->end && r->octets[r->at] >> 4 != 6)
		return reading_fault(r, "not version 6", clause);
	if (envelope_ip_parse(&header, r->octets + r->at, r->end - r->at, NULL) != ENVELOPE_OK)
		return reading_fault(r, "ends inside a field", clause);
	*ip = (struct ip){.is_there = true, .hop_limit = header.hop_limit};
	set_address(&ip->source, header.source);
	set_address(&ip->destination, header.destination);
	if (header.length > header.header)
		reading_bound(r, r->at, header.length, r->octets + r->at + 4,
		              "RFC 8200 3 IPv6 header: Payload Length");
	r->at += header.header;
	return payload_read_next(r, header.protocol);
}

/* A length of 0 is that of a jumbogram (RFC 2675 4). */
enum { UDP_HEADER = 8 };

static bool read_udp(struct reading *r)
{
	static const char clause[] = "RFC 768 UDP header: Length";
	const uint8_t *p = reading_next(r, UDP_HEADER, "RFC 768 UDP header");

	if (!p)
		return false;
	if (be16(p + 4) < UDP_HEADER && be16(p + 4))
		reading_fault_in(r, p + 4, "shorter than its header", clause);
	else if (be16(p + 4))
		reading_bound(r, r->at - UDP_HEADER, be16(p + 4), p + 4, clause);
	r->p->ip.has_ports = true;
	r->p->ip.source_port = (uint16_t)be16(p);
	r->p->ip.destination_port = (uint16_t)be16(p + 2);
	return payload_read_udp_content(r);
}

static bool read_tcp(struct reading *r)
{
	const uint8_t *p = reading_next(r, 4, "RFC 9293 3.1 TCP header");

	if (!p)
		return false;
	r->p->ip.has_ports = true;
	r->p->ip.source_port = (uint16_t)be16(p);
	r->p->ip.destination_port = (uint16_t)be16(p + 2);
	return true;
}

/* What is inside of the tunnel is shown. */
static bool read_tunnel(struct reading *r)
{
	if (r->headers++ >= READING_HEADERS_MAX)
		return false;
	r->p->lowpan.tunnelled = true;
	return payload_read_ipv6(r);
}

enum { MORE_FRAGMENTS = 0x01 };

/* Moves over an extension header. Sets *next: to FRAGMENT where what follows is the middle of
 * something. */
static bool skip_extension(struct reading *r, unsigned *next)
{
	static const char clause[] = "RFC 8200 4 IPv6 extension headers";
	bool fragment = *next == FRAGMENT, is_middle;
	const uint8_t *p = reading_next(r, 8, clause);
	size_t more = p && !fragment ? 8 * (size_t)p[1] : 0;

	if (!p || !reading_next(r, more, clause))
		return false;
	if (*next == HOP_BY_HOP)
		payload_take_hop_options(r, p + 2, 6 + more);
	if (*next == ROUTING)
		payload_take_source_route(r, p + 2, 6 + more);
	r->partial |= fragment && p[3] & MORE_FRAGMENTS;
	is_middle = fragment && be16(p + 2) >> 3 != 0;
	*next = is_middle ? FRAGMENT : p[0];
	return !is_middle;
}

static void set_next_header(struct reading *r, unsigned next)
{
	r->p->ip.has_next_header = true;
	r->p->ip.next_header = (uint8_t)next;
}

static bool is_extension(unsigned next)
{
	return next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == DESTINATION;
}

bool payload_read_next(struct reading *r, unsigned next)
{
	while (is_extension(next) && r->headers++ < READING_HEADERS_MAX)
		if (!skip_extension(r, &next)) {
			set_next_header(r, next);
			return false;
		}
	set_next_header(r, next);
	switch (next) {
	case UDP:
		return read_udp(r);
	case ICMPV6:
		return payload_read_icmp(r);
	case TCP:
		return read_tcp(r);
	case IPV6:
		return read_tunnel(r);
	}
	return true;
}

/* --- RPL, RFC 6550 6 --- */

enum { DIS, DIO, DAO, DAO_ACK, P2P_DRO, P2P_DRO_ACK, DCO = 7, DCO_ACK };

static bool read_dodag(struct reading *r)
{
	const uint8_t *p = reading_next(r, 16, "RFC 6550 6 DODAGID");

	if (p)
		set_address(&r->p->rpl.dodag, p);
	return p;
}

static bool read_dio(struct reading *r)
{
	const uint8_t *p = reading_next(r, 8, "RFC 6550 6.3 DODAG Information Object");
	struct rpl *l = &r->p->rpl;

	if (!p)
		return false;
	l->has_instance = l->has_version = true;
	l->instance = p[0];
	l->version = p[1];
	l->rank = (uint16_t)be16(p + 2);
	return read_dodag(r);
}

/* The sequence of a DAO stands behind a reserved octet, that of its acknowledgment before a status.
 * Those of a DCO are alike. */
static bool read_dao(struct reading *r, bool is_ack, const char *clause)
{
	const uint8_t *p = reading_next(r, 4, clause);
	struct rpl *l = &r->p->rpl;

	if (!p)
		return false;
	l->has_instance = l->has_sequence = true;
	l->has_status = is_ack;
	l->instance = p[0];
	l->sequence = is_ack ? p[2] : p[3];
	l->status = is_ack ? p[3] : 0;
	return p[1] & (is_ack ? 0x80 : 0x40) ? read_dodag(r) : true;
}

/* As a DAO, with a status where that has a reserved octet. */
static bool read_cleanup(struct reading *r)
{
	const uint8_t *p = r->octets + r->at;
	bool is_whole = read_dao(r, false, "RFC 9009 4.3 Destination Cleanup Object");
	struct rpl *l = &r->p->rpl;

	l->has_status = l->has_sequence;
	l->status = l->has_status ? p[2] : 0;
	return is_whole;
}

static bool read_p2p(struct reading *r)
{
	const uint8_t *p = reading_next(r, 4, "RFC 6997 8 P2P Discovery Reply Object");

	if (!p)
		return false;
	r->p->rpl.has_instance = true;
	r->p->rpl.instance = p[0];
	return read_dodag(r);
}

static bool read_rpl(struct reading *r)
{
	r->p->rpl = (struct rpl){.is_there = true};
	switch (r->p->icmp.code) {
	case DIO:
		return read_dio(r);
	case DAO:
		return read_dao(r, false, "RFC 6550 6.4 Destination Advertisement Object");
	case DAO_ACK:
		return read_dao(r, true, "RFC 6550 6.5 DAO-ACK");
	case P2P_DRO:
	case P2P_DRO_ACK:
		return read_p2p(r);
	case DCO:
		return read_cleanup(r);
	case DCO_ACK:
		return read_dao(r, true, "RFC 9009 4.3.4 DCO-ACK");
	}
	return true;
}

/* --- ICMPv6 --- */

enum {
	ECHO = 128,
	ECHO_REPLY,
	RS = 133,
	RA,
	NS,
	NA,
	REDIRECT,
	RPL = 155,
	DAR = 157,
	DAC,
	EXTENDED_ECHO = 160,
	EXTENDED_ECHO_REPLY
};

static bool read_echo(struct reading *r)
{
	const uint8_t *p = reading_next(r, 4, "RFC 4443 4 Echo messages");

	if (!p)
		return false;
	r->p->icmp.has_echo = true;
	r->p->icmp.identifier = (uint16_t)be16(p);
	r->p->icmp.sequence = (uint16_t)be16(p + 2);
	return true;
}

/* Of which the sequence has eight bits. */
static bool read_extended_echo(struct reading *r)
{
	const uint8_t *p = reading_next(r, 4, "RFC 8335 2 Extended Echo messages");

	if (!p)
		return false;
	r->p->icmp.has_echo = true;
	r->p->icmp.identifier = (uint16_t)be16(p);
	r->p->icmp.sequence = p[2];
	return true;
}

static const char discovery[] = "RFC 4861 4 Neighbor Discovery messages";

/* Of a router; what stands before its options is not shown. */
static bool read_solicitation(struct reading *r, size_t fields)
{
	if (!reading_next(r, fields, discovery))
		return false;
	payload_take_nd_options(r);
	return true;
}

/* The target stands behind four octets. */
static bool read_target(struct reading *r)
{
	const uint8_t *p = reading_next(r, 20, discovery);

	if (!p)
		return false;
	set_address(&r->p->icmp.target, p + 4);
	if (r->p->icmp.type != REDIRECT)
		payload_take_nd_options(r);
	return true;
}

/* RFC 8505 4.2: the last four bits of the code count the 64 bits of the identifier; 0 is the EUI-64
 * of RFC 6775. */
static size_t identifier_octets(unsigned code)
{
	unsigned suffix = code & 0xf;

	return suffix >= 2 && suffix <= 4 ? (size_t)8 * suffix : 8;
}

/* A registration, which in NS and NA is an option, and the address. */
static bool read_duplicate(struct reading *r)
{
	struct icmp *icmp = &r->p->icmp;
	size_t n = identifier_octets(icmp->code);
	const uint8_t *p = reading_next(r, 4 + n + 16, "RFC 6775 4.4 Duplicate Address messages");

	if (!p)
		return false;
	icmp->has_registration = true;
	icmp->status = p[0];
	icmp->lifetime = (uint16_t)be16(p + 2);
	icmp->owner = be64(p + 4 + n - 8);
	set_address(&icmp->target, p + 4 + n);
	return true;
}

bool payload_read_icmp(struct reading *r)
{
	const uint8_t *p = reading_next(r, 4, "RFC 4443 2.1 ICMPv6 message");
	struct icmp *icmp = &r->p->icmp;

	if (!p)
		return false;
	*icmp = (struct icmp){.is_there = true, .type = p[0], .code = p[1]};
	switch (icmp->type) {
	case ECHO:
	case ECHO_REPLY:
		return read_echo(r);
	case EXTENDED_ECHO:
	case EXTENDED_ECHO_REPLY:
		return read_extended_echo(r);
	case RS:
	case RA:
		return read_solicitation(r, icmp->type == RS ? 4 : 12);
	case NS:
	case NA:
		return read_target(r);
	case REDIRECT:
		return read_target(r);
	case DAR:
	case DAC:
		return read_duplicate(r);
	case RPL:
		return read_rpl(r);
	}
	return true;
}
