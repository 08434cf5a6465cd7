/* payload_reading.h - what the readers of a payload's layers share; private to payload_*.c. Each
 * reads from r->at on, and moves r->at behind what it has read. False: it ended too early, which
 * has been noted. */
#ifndef PAYLOAD_READING_H
#define PAYLOAD_READING_H

#include "packet/payload_types.h"

struct reading {
	const uint8_t *octets; /* of the frame */
	size_t at, end;
	struct payload *p;
	struct frame_address source, destination; /* of the link, or of the mesh */
	bool partial;     /* of a packet: what is missing is in another frame, and no fault */
	unsigned headers; /* read so far, of IPv6 */
};

/* More than any packet has; bounds the work and the depth of calls. */
enum { READING_HEADERS_MAX = 16 };

static inline unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be16(p) << 48 | (uint64_t)be16(p + 2) << 32 | (uint64_t)be16(p + 4) << 16 |
	       be16(p + 6);
}

/* Notes the first one, in the octet where reading has come to, or in another one. Returns false. */
bool reading_fault(struct reading *r, const char *fault, const char *clause);
bool reading_fault_in(struct reading *r, const uint8_t *octet, const char *fault,
                      const char *clause);
/* The next n octets, behind which r->at is then. NULL: there are fewer. */
static inline const uint8_t *reading_next(struct reading *r, size_t n, const char *clause)
{
	const uint8_t *p = r->octets + r->at;

	if (__builtin_expect(r->end - r->at < n, 0)) {
		reading_fault(r, "ends inside a field", clause);
		return NULL;
	}
	r->at += n;
	return p;
}

/* Of a table of names by number; NULL: there is none. */
#define NAME_IN(names, number)                                                                     \
	((number) < sizeof(names) / sizeof(names)[0] ? (names)[number] : NULL)

/* A header at `from` says that what begins there has so many octets, in a field at `field`: what is
 * behind them is not read. Where there are fewer it is a fault, but no end of reading. */
static inline void reading_bound(struct reading *r, size_t from, size_t length,
                                 const uint8_t *field, const char *clause)
{
	if (length <= r->end - from)
		r->end = from + length;
	else
		reading_fault_in(r, field, "longer than the frame", clause);
}

bool payload_read_lowpan(struct reading *r);
bool payload_read_iphc(struct reading *r);
/* From an IPv6 header that is not compressed. */
bool payload_read_ipv6(struct reading *r);
/* From the header that next_header says on. */
bool payload_read_next(struct reading *r, unsigned next_header);
/* Behind the UDP header. */
bool payload_read_udp_content(struct reading *r);
bool payload_read_icmp(struct reading *r);
bool payload_read_coap(struct reading *r);
bool payload_read_mle(struct reading *r);
bool payload_read_zigbee(struct reading *r);
bool payload_read_green_power(struct reading *r);
/* Of Zigbee's application layer. */
void payload_take_aps(struct zigbee *z, const uint8_t *p, size_t n);
/* Options of NS, NA, RS, RA, as far as they are whole; these two read from r->at on, which stays.
 */
void payload_take_nd_options(struct reading *r);
/* UDP's content, as far as it is known. */
void payload_take_application(struct reading *r);
/* n octets of a hop-by-hop header's options; of a routing header from its Routing Type on. What is
 * not known is passed over. */
void payload_take_hop_options(struct reading *r, const uint8_t *p, size_t n);
void payload_take_source_route(struct reading *r, const uint8_t *p, size_t n);

#endif
