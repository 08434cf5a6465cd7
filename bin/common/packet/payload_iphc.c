/* payload_iphc.c - compressed IPv6 and UDP headers, RFC 6282. Contexts are not known. */
#include <endian.h>
#include <string.h>

#include "packet/payload_reading.h"

enum { UDP = 17 };

/* At once: octets that are stored one by one have to be waited for where all are read. */
static inline void put_be64(uint8_t out[8], uint64_t value)
{
	value = htobe64(value);
	memcpy(out, &value, sizeof value);
}

#define LINK_LOCAL (UINT64_C(0xfe80) << 48)
#define OF_SHORT   UINT64_C(0x000000fffe000000)
#define UNIVERSAL  (UINT64_C(0x02) << 56) /* the bit that is turned round */

/* RFC 6282 3.2.2: the second half that follows from an address of the link. */
static uint64_t interface_of(const struct frame_address *a)
{
	if (a->mode == FRAME_ADDRESS_EXTENDED)
		return a->value ^ UNIVERSAL;
	return OF_SHORT | (a->mode == FRAME_ADDRESS_SHORT ? (uint16_t)a->value : 0);
}

/* Of a unicast address whose first half is fe80::, or that of a context. */
static bool read_unicast(struct reading *r, struct ip_address *a, bool stateful, unsigned mode,
                         const struct frame_address *link)
{
	static const uint8_t lengths[] = {16, 8, 2, 0};
	const uint8_t *p = reading_next(r, lengths[mode], "RFC 6282 3.1.1 LOWPAN_IPHC: addresses");

	if (!p)
		return false;
	a->state = stateful && mode ? ADDRESS_IN_CONTEXT : ADDRESS_KNOWN;
	if (mode == 0) {
		memcpy(a->octets, p, 16);
		return true;
	}
	put_be64(a->octets, stateful ? 0 : LINK_LOCAL);
	if (mode == 3 && link->mode == FRAME_ADDRESS_NONE)
		a->state = ADDRESS_ELIDED;
	put_be64(a->octets + 8, mode == 1   ? be64(p)
	                        : mode == 2 ? OF_SHORT | be16(p)
	                                    : interface_of(link));
	return true;
}

/* Stateful with mode 0 is the unspecified address. */
static bool read_source(struct reading *r, unsigned encoding)
{
	struct ip_address *a = &r->p->ip.source;
	bool stateful = encoding & 0x40;
	unsigned mode = encoding >> 4 & 3;

	if (stateful && !mode) {
		a->state = ADDRESS_KNOWN;
		return true;
	}
	return read_unicast(r, a, stateful, mode, &r->source);
}

static bool read_multicast(struct reading *r, struct ip_address *a, unsigned mode)
{
	static const uint8_t lengths[] = {16, 6, 4, 1};
	const uint8_t *p = reading_next(r, lengths[mode], "RFC 6282 3.1.1 LOWPAN_IPHC: addresses");

	if (!p)
		return false;
	a->state = ADDRESS_KNOWN;
	if (mode == 0) {
		memcpy(a->octets, p, 16);
		return true;
	}
	a->octets[0] = 0xff;
	a->octets[1] = mode == 3 ? 0x02 : p[0];
	if (mode == 3)
		a->octets[15] = p[0];
	else
		memcpy(a->octets + 16 - (lengths[mode] - 1), p + 1, lengths[mode] - 1u);
	return true;
}

/* RFC 3306, with the prefix that is the context's. */
static bool read_prefix_multicast(struct reading *r, struct ip_address *a)
{
	const uint8_t *p = reading_next(r, 6, "RFC 6282 3.1.1 LOWPAN_IPHC: addresses");

	if (!p)
		return false;
	a->state = ADDRESS_IN_CONTEXT;
	a->octets[0] = 0xff;
	memcpy(a->octets + 1, p, 2);
	memcpy(a->octets + 12, p + 2, 4);
	return true;
}

static bool read_destination(struct reading *r, const uint8_t *octet)
{
	unsigned encoding = *octet;
	struct ip_address *a = &r->p->ip.destination;
	bool stateful = encoding & 0x04;
	unsigned mode = encoding & 3;

	if (encoding & 0x08 && stateful && !mode)
		return read_prefix_multicast(r, a);
	if (stateful && (!mode || encoding & 0x08))
		return reading_fault_in(r, octet, "reserved addressing mode",
		                        "RFC 6282 3.1.1 LOWPAN_IPHC: DAM");
	return encoding & 0x08 ? read_multicast(r, a, mode)
	                       : read_unicast(r, a, stateful, mode, &r->destination);
}

static bool read_hop_limit(struct reading *r, unsigned encoding)
{
	static const uint8_t limits[] = {0, 1, 64, 255};
	const uint8_t *p = reading_next(r, encoding ? 0 : 1, "RFC 6282 3.1.1 LOWPAN_IPHC: HLIM");

	if (!p)
		return false;
	r->p->ip.hop_limit = encoding ? limits[encoding] : p[0];
	return true;
}

/* --- next headers, RFC 6282 4 --- */

static bool read_ports(struct reading *r, unsigned encoding)
{
	static const uint8_t lengths[] = {4, 3, 3, 1};
	const uint8_t *p = reading_next(r, lengths[encoding & 3], "RFC 6282 4.3.3 LOWPAN_NHC: UDP");
	struct ip *ip = &r->p->ip;

	if (!p)
		return false;
	ip->has_ports = ip->has_next_header = true;
	ip->next_header = UDP;
	switch (encoding & 3) {
	case 0:
	case 1:
		ip->source_port = (uint16_t)be16(p);
		ip->destination_port = (uint16_t)(encoding & 1 ? 0xf000 | p[2] : be16(p + 2));
		break;
	case 2:
		ip->source_port = 0xf000 | p[0];
		ip->destination_port = (uint16_t)be16(p + 1);
		break;
	case 3:
		ip->source_port = 0xf0b0 | p[0] >> 4;
		ip->destination_port = 0xf0b0 | (p[0] & 0xf);
	}
	return encoding & 4 || reading_next(r, 2, "RFC 6282 4.3.3 LOWPAN_NHC: UDP checksum");
}

static bool read_compressed_next(struct reading *r);

enum { EID_HOP_BY_HOP = 0, EID_ROUTING = 1, EID_IPV6 = 7 };

/* RFC 6282 3.2.2: what is elided in a tunnel follows from the header outside. The bit that an
 * address of the link has turned round is turned twice. */
static struct frame_address as_link(const struct ip_address *a)
{
	bool is_known = a->state == ADDRESS_KNOWN || a->state == ADDRESS_IN_CONTEXT;

	return (struct frame_address){
		.mode = is_known ? FRAME_ADDRESS_EXTENDED : FRAME_ADDRESS_NONE,
		.value = be64(a->octets + 8) ^ UNIVERSAL,
	};
}

static bool read_tunnel(struct reading *r)
{
	r->p->lowpan.tunnelled = true;
	r->source = as_link(&r->p->ip.source);
	r->destination = as_link(&r->p->ip.destination);
	return payload_read_iphc(r);
}

/* An extension header: its next header where that is not compressed too, its length, itself. */
static bool read_extension(struct reading *r, unsigned encoding)
{
	static const char clause[] = "RFC 6282 4.2 LOWPAN_NHC: extension header";
	bool compressed = encoding & 1;
	unsigned id = encoding >> 1 & 7;
	const uint8_t *p, *content;

	if (id == EID_IPV6)
		return read_tunnel(r);
	p = reading_next(r, compressed ? 1 : 2, clause);
	content = p ? reading_next(r, p[compressed ? 0 : 1], clause) : NULL;
	if (!content)
		return false;
	if (id == EID_HOP_BY_HOP)
		payload_take_hop_options(r, content, p[compressed ? 0 : 1]);
	if (id == EID_ROUTING)
		payload_take_source_route(r, content, p[compressed ? 0 : 1]);
	return compressed ? read_compressed_next(r) : payload_read_next(r, p[0]);
}

static const char ghc_udp[] = "GHC UDP";

/* RFC 7400 3, whose UDP header has the ports in clear, or one of somebody's own. */
static const char *compression_name(unsigned encoding)
{
	if ((encoding & 0xf0) == 0xb0)
		return "GHC extension header";
	if ((encoding & 0xf8) == 0xd0)
		return ghc_udp;
	return encoding == 0xdf ? "GHC ICMPv6" : "unknown compression of the next header";
}

static bool read_compressed_next(struct reading *r)
{
	const uint8_t *p = reading_next(r, 1, "RFC 6282 4.1 LOWPAN_NHC");

	if (!p || r->headers++ >= READING_HEADERS_MAX)
		return false;
	if ((p[0] & 0xf0) == 0xe0)
		return read_extension(r, p[0]);
	if ((p[0] & 0xf8) == 0xf0)
		return read_ports(r, p[0]) && payload_read_udp_content(r);
	r->p->lowpan.compression = compression_name(p[0]);
	return r->p->lowpan.compression != ghc_udp || read_ports(r, p[0]);
}

/* --- all --- */

static bool read_fields(struct reading *r, const uint8_t *encoding)
{
	static const uint8_t traffic_class[] = {4, 3, 1, 0};
	static const char clause[] = "RFC 6282 3.1.1 LOWPAN_IPHC";
	unsigned first = encoding[0], second = encoding[1];
	const uint8_t *contexts = reading_next(r, second & 0x80 ? 1 : 0, clause);
	struct ip *ip = &r->p->ip;
	const uint8_t *next;

	if (!contexts || !reading_next(r, traffic_class[first >> 3 & 3], clause))
		return false;
	*ip = (struct ip){.is_there = true};
	ip->source.context = second & 0x80 ? contexts[0] >> 4 : 0;
	ip->destination.context = second & 0x80 ? contexts[0] & 0xf : 0;
	next = reading_next(r, first & 0x04 ? 0 : 1, clause);
	if (!next || !read_hop_limit(r, first & 3))
		return false;
	ip->has_next_header = !(first & 0x04);
	ip->next_header = ip->has_next_header ? next[0] : 0;
	return read_source(r, second) && read_destination(r, encoding + 1);
}

bool payload_read_iphc(struct reading *r)
{
	const uint8_t *p = reading_next(r, 2, "RFC 6282 3.1.1 LOWPAN_IPHC");

	if (!p || !read_fields(r, p))
		return false;
	return p[0] & 0x04 ? read_compressed_next(r) : payload_read_next(r, r->p->ip.next_header);
}
