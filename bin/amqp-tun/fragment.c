#include "fragment.h"

#include <string.h>

enum { MORE_FRAGMENTS = 0x20, UNIT = 8 };
enum { OPTION_END = 0, OPTION_NONE = 1, OPTION_COPIED = 0x80 };

static void put_u16(uint8_t *out, size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

/* The header of all fragments but the first: of the options only those that go into each. */
static size_t copy_options(uint8_t *out, const uint8_t *header, size_t length)
{
	size_t used = ENVELOPE_IPV4_HEADER, octets;

	memcpy(out, header, ENVELOPE_IPV4_HEADER);
	for (size_t at = ENVELOPE_IPV4_HEADER; at < length && header[at] != OPTION_END;
	     at += octets) {
		octets = 1;
		if (header[at] == OPTION_NONE)
			continue;
		octets = at + 1 < length ? header[at + 1] : 0;
		if (octets < 2 || octets > length - at)
			break;
		if (header[at] & OPTION_COPIED) {
			memcpy(out + used, header + at, octets);
			used += octets;
		}
	}
	for (; used % 4; used++)
		out[used] = OPTION_END;
	out[0] = (uint8_t)(4 << 4 | used / 4);
	return used;
}

bool fragmenter_init(struct fragmenter *f, const uint8_t *packet, size_t length, size_t mtu)
{
	struct envelope_ip ip;

	if (mtu < FRAGMENT_MTU_MIN || envelope_ip_parse(&ip, packet, length, NULL) < 0 ||
	    ip.version != 4 || ip.dont_fragment || ip.length != length)
		return false;
	*f = (struct fragmenter){.packet = packet,
	                         .length = length,
	                         .header = ip.header,
	                         .at = ip.header,
	                         .step = (mtu - ip.header) / UNIT * UNIT,
	                         .first = ip.header};
	memcpy(f->headers[0], packet, ip.header);
	f->rest = copy_options(f->headers[1], packet, ip.header);
	return true;
}

size_t fragmenter_next(struct fragmenter *f, uint8_t *out)
{
	bool is_first = f->at == f->header;
	size_t header = is_first ? f->first : f->rest, left = f->length - f->at,
	       octets = left < f->step ? left : f->step, offset = (f->at - f->header) / UNIT;
	const uint8_t *flags = f->packet + 6;

	if (left == 0)
		return 0;
	memcpy(out, f->headers[!is_first], header);
	memcpy(out + header, f->packet + f->at, octets);
	put_u16(out + 2, header + octets);
	/* It may be a fragment itself: its offset counts, and nothing is the last but its last. */
	put_u16(out + 6, (((size_t)flags[0] << 8 | flags[1]) & 0x3fff) + offset);
	if (octets < left)
		out[6] |= MORE_FRAGMENTS;
	out[10] = out[11] = 0;
	envelope_checksum_store(out + 10, envelope_checksum_add(0, out, header), 0);
	f->at += octets;
	return header + octets;
}
