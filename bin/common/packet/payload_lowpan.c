/* payload_lowpan.c - what stands before a packet in a 6LoWPAN frame: RFC 4944 (mesh, broadcast,
 * fragments), RFC 8025 (pages), RFC 8138 (routing headers), RFC 8931 (RFRAG). */
#include "packet/payload_reading.h"

static bool read_mesh_address(struct reading *r, struct frame_address *a, bool is_short)
{
	const uint8_t *p = reading_next(r, is_short ? 2 : 8, "RFC 4944 5.2 Mesh Addressing header");

	if (!p)
		return false;
	a->mode = is_short ? FRAME_ADDRESS_SHORT : FRAME_ADDRESS_EXTENDED;
	a->value = is_short ? be16(p) : be64(p);
	return true;
}

static bool read_mesh(struct reading *r)
{
	static const char clause[] = "RFC 4944 5.2 Mesh Addressing header";
	struct lowpan *l = &r->p->lowpan;
	const uint8_t *p = reading_next(r, 1, clause);
	unsigned octet = p ? p[0] : 0;

	l->mesh_hops = octet & 0xf;
	if (p && l->mesh_hops == 0xf) {
		p = reading_next(r, 1, clause);
		l->mesh_hops = p ? p[0] : 0;
	}
	if (!p || !read_mesh_address(r, &l->originator, octet & 0x20) ||
	    !read_mesh_address(r, &l->final, octet & 0x10))
		return false;
	l->has_mesh = true;
	r->source = l->originator;
	r->destination = l->final;
	return true;
}

static bool read_broadcast(struct reading *r)
{
	const uint8_t *p = reading_next(r, 2, "RFC 4944 11.1 Broadcast header");

	if (!p)
		return false;
	r->p->lowpan.has_broadcast = true;
	r->p->lowpan.broadcast = p[1];
	return true;
}

static bool read_fragment(struct reading *r, bool is_first)
{
	const uint8_t *p = reading_next(r, is_first ? 4 : 5, "RFC 4944 5.3 Fragmentation header");
	struct lowpan *l = &r->p->lowpan;

	if (!p)
		return false;
	l->fragment = is_first ? FRAGMENT_FIRST : FRAGMENT_NEXT;
	l->size = be16(p) & 0x7ff;
	l->tag = (uint16_t)be16(p + 2);
	l->offset = is_first ? 0 : (uint16_t)(8 * p[4]);
	r->partial = true;
	return is_first;
}

/* False, without a fault: only the first one has a packet's beginning. */
static bool read_recoverable(struct reading *r, bool is_ack)
{
	const uint8_t *p = reading_next(
		r, 6, is_ack ? "RFC 8931 5.2 RFRAG-ACK header" : "RFC 8931 5.1 RFRAG header");
	struct lowpan *l = &r->p->lowpan;

	if (!p)
		return false;
	l->fragment = is_ack ? FRAGMENT_ACK : FRAGMENT_RFRAG;
	l->tag = p[1];
	l->bitmap = is_ack ? (uint32_t)be16(p + 2) << 16 | be16(p + 4) : 0;
	if (is_ack)
		return false;
	l->sequence = p[2] >> 2 & 0x1f;
	l->size = be16(p + 2) & 0x3ff;
	l->offset = l->sequence ? (uint16_t)be16(p + 4) : 0;
	l->whole = l->sequence ? 0 : (uint16_t)be16(p + 4);
	r->partial = true;
	return l->sequence == 0;
}

/* --- RFC 8138, on page 1 --- */

enum { SRH_TYPE_MAX = 4, RPI_TYPE = 5, TUNNEL_TYPE = 6 };

static bool read_critical(struct reading *r, const uint8_t *header)
{
	unsigned octet = header[0], type = header[1];
	struct lowpan *l = &r->p->lowpan;

	if (type <= SRH_TYPE_MAX) {
		unsigned hops = (octet & 0x1f) + 1;

		l->has_routing = true;
		l->hops = (uint16_t)(l->hops + hops); /* a header for each size of address */
		return reading_next(r, (size_t)hops << type, "RFC 8138 5.1 SRH-6LoRH header") !=
		       NULL;
	}
	if (type != RPI_TYPE)
		return reading_fault_in(r, header + 1, "unknown critical routing header",
		                        "RFC 8138 4.2 critical format");
	const uint8_t *p = reading_next(r, (octet & 0x02 ? 0 : 1) + (octet & 0x01 ? 1 : 2),
	                                "RFC 8138 6.3 RPI-6LoRH header");
	if (!p)
		return false;
	l->has_rpi = true;
	l->instance = octet & 0x02 ? 0 : *p++;
	l->rank = (uint16_t)(octet & 0x01 ? p[0] << 8 : (int)be16(p));
	return true;
}

/* 100xxxxx critical, 101xxxxx elective, whose length is in it. */
static bool read_routing(struct reading *r)
{
	const uint8_t *p = reading_next(r, 2, "RFC 8138 4 routing header format");

	if (!p)
		return false;
	if (!(p[0] & 0x20))
		return read_critical(r, p);
	r->p->lowpan.tunnelled |= p[1] == TUNNEL_TYPE;
	return reading_next(r, p[0] & 0x1f, "RFC 8138 4.1 elective format") != NULL;
}

/* --- all --- */

/* RFC 8025: what a dispatch means on the pages behind this one is not assigned. */
enum { LAST_KNOWN_PAGE = 1 };

static bool read_ipv6_dispatch(struct reading *r)
{
	r->at++;
	return payload_read_ipv6(r);
}

/* One header; 1: another one follows, 0: that was all, or a fault. */
static int read_header(struct reading *r, unsigned *page)
{
	unsigned octet = r->octets[r->at];

	if ((octet & 0xe0) == 0x60) { /* most begin so */
		payload_read_iphc(r);
		return 0;
	}
	if ((octet & 0xf0) == 0xf0) {
		*page = r->p->lowpan.page = octet & 0xf;
		r->at++;
		return *page <= LAST_KNOWN_PAGE;
	}
	if (*page && (octet & 0xc0) == 0x80)
		return read_routing(r);
	if ((octet & 0xc0) == 0x80)
		return read_mesh(r);
	if (octet == 0x50)
		return read_broadcast(r);
	if ((octet & 0xf8) == 0xc0 || (octet & 0xf8) == 0xe0)
		return read_fragment(r, (octet & 0xf8) == 0xc0);
	if ((octet & 0xfc) == 0xe8)
		return read_recoverable(r, octet & 2);
	if (octet == 0x42)
		r->p->lowpan.compression = "HC1";
	if (octet == 0x41)
		read_ipv6_dispatch(r);
	return 0;
}

bool payload_read_lowpan(struct reading *r)
{
	unsigned page = 0, headers = 0;

	r->p->lowpan.dispatch = r->at < r->end ? frame_dispatch_name(r->octets[r->at]) : NULL;
	while (r->at < r->end && headers++ < READING_HEADERS_MAX && read_header(r, &page) == 1)
		;
	return true;
}
