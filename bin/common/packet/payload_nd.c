/* payload_nd.c - options of Neighbor Discovery (RFC 4861 4.6) that a 6LoWPAN needs: registrations
 * of addresses, prefixes, contexts. */
#include <string.h>

#include "packet/payload_reading.h"

enum { PREFIX = 3, REGISTRATION = 33, CONTEXT = 34 };

/* RFC 6775 4.1; of a longer identifier (RFC 8505 4.1) the end. */
static void take_registration(struct icmp *icmp, const uint8_t *p, size_t n)
{
	if (n < 16)
		return;
	icmp->has_registration = true;
	icmp->status = p[2];
	icmp->lifetime = (uint16_t)be16(p + 6);
	icmp->owner = be64(p + n - 8);
}

static void take_prefix(struct icmp *icmp, const uint8_t *p, size_t n)
{
	if (n != 32 || icmp->has_prefix)
		return;
	icmp->has_prefix = true;
	icmp->prefix_length = p[2];
	icmp->prefix.state = ADDRESS_KNOWN;
	memcpy(icmp->prefix.octets, p + 16, 16);
}

/* RFC 6775 4.2: as many octets of the prefix as it needs. */
static void take_context(struct icmp *icmp, const uint8_t *p, size_t n)
{
	if ((n != 16 && n != 24) || icmp->has_context)
		return;
	icmp->has_context = true;
	icmp->context_length = p[2];
	icmp->context = p[3] & 0xf;
	icmp->context_prefix.state = ADDRESS_KNOWN;
	memcpy(icmp->context_prefix.octets, p + 8, n - 8);
}

static void take_option(struct icmp *icmp, const uint8_t *p, size_t n)
{
	switch (p[0]) {
	case PREFIX:
		take_prefix(icmp, p, n);
		break;
	case REGISTRATION:
		take_registration(icmp, p, n);
		break;
	case CONTEXT:
		take_context(icmp, p, n);
		break;
	}
}

void payload_take_nd_options(struct reading *r)
{
	const uint8_t *p = r->octets + r->at, *end = r->octets + r->end;

	while (end - p >= 8 && p[1] && 8 * (size_t)p[1] <= (size_t)(end - p)) {
		take_option(&r->p->icmp, p, 8 * (size_t)p[1]);
		p += 8 * (size_t)p[1];
	}
}
