/* payload_ip.c - IPv6 headers behind a dispatch of 6LoWPAN, ICMPv6 and RPL. */
#include <string.h>

#include "envelope_ip.h"
#include "packet/payload_reading.h"

enum { HOP_BY_HOP = 0, UDP = 17, ROUTING = 43, FRAGMENT = 44, ICMPV6 = 58, DESTINATION = 60 };

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
	r->at += header.header;
	return payload_read_next(r, header.protocol);
}

static bool read_udp(struct reading *r)
{
	const uint8_t *p = reading_next(r, 8, "RFC 768 UDP header");

	if (!p)
		return false;
	r->p->ip.has_ports = true;
	r->p->ip.source_port = (uint16_t)be16(p);
	r->p->ip.destination_port = (uint16_t)be16(p + 2);
	return payload_read_udp_content(r);
}

/* Moves over an extension header. Sets *next. */
static bool skip_extension(struct reading *r, unsigned *next)
{
	static const char clause[] = "RFC 8200 4 IPv6 extension headers";
	bool fragment = *next == FRAGMENT;
	const uint8_t *p = reading_next(r, 8, clause);

	if (!p || !reading_next(r, fragment ? 0 : 8 * (size_t)p[1], clause))
		return false;
	*next = p[0];
	return !fragment || be16(p + 2) >> 3 == 0;
}

static bool is_extension(unsigned next)
{
	return next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == DESTINATION;
}

bool payload_read_next(struct reading *r, unsigned next)
{
	while (is_extension(next) && r->headers++ < READING_HEADERS_MAX)
		if (!skip_extension(r, &next))
			return false;
	r->p->ip.has_next_header = true;
	r->p->ip.next_header = (uint8_t)next;
	if (next == UDP)
		return read_udp(r);
	return next == ICMPV6 ? payload_read_icmp(r) : true;
}

/* --- RPL, RFC 6550 6 --- */

enum { DIS, DIO, DAO, DAO_ACK, SECURE = 0x80 };

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

/* The sequence of a DAO stands behind a reserved octet, that of its acknowledgment with a status.
 */
static bool read_dao(struct reading *r, bool is_ack)
{
	const uint8_t *p = reading_next(r, 4,
	                                is_ack ? "RFC 6550 6.5 DAO-ACK"
	                                       : "RFC 6550 6.4 Destination Advertisement Object");
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

static bool read_rpl(struct reading *r)
{
	r->p->rpl = (struct rpl){.is_there = true};
	switch (r->p->icmp.code) {
	case DIO:
		return read_dio(r);
	case DAO:
	case DAO_ACK:
		return read_dao(r, r->p->icmp.code == DAO_ACK);
	}
	return true;
}

/* --- ICMPv6 --- */

enum { ECHO = 128, ECHO_REPLY, NS = 135, NA, REDIRECT, RPL = 155, DAR = 157, DAC };

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

/* The target stands behind four octets; that of a duplicate address request behind an EUI-64. */
static bool read_target(struct reading *r, bool duplicate)
{
	const uint8_t *p = reading_next(r, duplicate ? 28 : 20,
	                                duplicate ? "RFC 6775 4.4 Duplicate Address messages"
	                                          : "RFC 4861 4 Neighbor Discovery messages");

	if (!p)
		return false;
	r->p->icmp.status = duplicate ? p[0] : 0;
	set_address(&r->p->icmp.target, p + (duplicate ? 12 : 4));
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
	case NS:
	case NA:
	case REDIRECT:
		return read_target(r, false);
	case DAR:
	case DAC:
		return read_target(r, true);
	case RPL:
		return read_rpl(r);
	}
	return true;
}
