/* payload_zigbee.c - Zigbee: the network header (specification, 3.3.1) and the command that it
 * holds in clear, the stub of inter-PAN frames, Green Power's header. */
#include "packet/payload_reading.h"

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

/* --- the network layer --- */

enum { DATA = 0, COMMAND = 1, INTER_PAN = 3 };
enum {
	MULTICAST = 0x01,
	SECURITY = 0x02,
	SOURCE_ROUTE = 0x04,
	TO_EXTENDED = 0x08,
	BY_EXTENDED = 0x10
};

/* The octets of the fields that the frame control's second octet says there are. */
static size_t options(const uint8_t *p, size_t n, unsigned flags)
{
	size_t at = 8 + (flags & TO_EXTENDED ? 8 : 0) + (flags & BY_EXTENDED ? 8 : 0) +
	            (flags & MULTICAST ? 1 : 0);

	if (flags & SOURCE_ROUTE)
		at += at < n ? 2 + 2 * (size_t)p[at] : 2;
	return at;
}

static void read_network(struct zigbee *z, const uint8_t *p, size_t n)
{
	size_t at = options(p, n, p[1]);

	z->type = p[0] & 3;
	z->secured = p[1] & SECURITY;
	z->destination = le16(p + 2);
	z->source = le16(p + 4);
	z->radius = p[6];
	z->sequence = p[7];
	z->has_command = z->type == COMMAND && !z->secured && at < n;
	z->command = z->has_command ? p[at] : 0;
	if (z->type == DATA && !z->secured && at < n)
		payload_take_aps(z, p + at, n - at);
}

/* The stub of an inter-PAN frame has two octets. */
static void read_inter_pan(struct zigbee *z, const uint8_t *p, size_t n)
{
	z->kind = ZIGBEE_INTER_PAN;
	z->secured = p[2] & 0x20;
	payload_take_aps(z, p + 2, n - 2);
}

bool payload_read_zigbee(struct reading *r)
{
	struct zigbee *z = &r->p->zigbee;
	const uint8_t *p = r->octets + r->at;
	size_t n = r->end - r->at;

	if (n >= 3 && (p[0] & 3) == INTER_PAN)
		read_inter_pan(z, p, n);
	else if (n >= 8)
		read_network(z, p, n);
	else
		return false;
	z->is_there = true;
	return true;
}

/* --- Green Power --- */

enum { MAINTENANCE = 1, EXTENSION = 0x80, BY_NUMBER = 0, BY_ADDRESS = 2 };

/* A device is named by its number, or by the MAC's address and an endpoint, in a maintenance frame
 * only where its header is extended; levels 2 and 3 have a frame counter, level 3 encrypts the
 * command. */
bool payload_read_green_power(struct reading *r)
{
	struct zigbee *z = &r->p->zigbee;
	const uint8_t *p = r->octets + r->at;
	size_t n = r->end - r->at, at = n && p[0] & EXTENSION ? 2 : 1;
	unsigned extension = at == 2 && n > 1 ? p[1] : 0, level = extension >> 3 & 3;
	bool is_named = n && ((p[0] & 3) != MAINTENANCE || at == 2);

	if (n < at)
		return false;
	z->is_there = true;
	z->kind = ZIGBEE_GREEN_POWER;
	z->type = p[0] & 3;
	z->secured = level != 0;
	if (is_named && (extension & 7) == BY_NUMBER && n - at >= 4) {
		z->has_device = true;
		z->device = le32(p + at);
		at += 4;
	} else if ((extension & 7) == BY_ADDRESS) {
		at++;
	}
	if (level >= 2 && at + 4 <= n) {
		z->has_counter = true;
		z->counter = le32(p + at);
		at += 4;
	}
	z->has_command = level != 3 && at < n;
	z->command = z->has_command ? p[at] : 0;
	return true;
}
