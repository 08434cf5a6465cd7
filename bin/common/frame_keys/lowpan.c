#include "frame_keys/lowpan.h"

#include <string.h>

enum { IPHC_MASK = 0xe0, IPHC = 0x60, TF = 0x18, NH = 0x04, HLIM = 0x03 }; /* octet 0 */
enum { CID = 0x80, SAC = 0x40, SAM_SHIFT = 4, MULTICAST = 0x08, DAC = 0x04, MODE = 0x03 }; /* 1 */
enum { NHC_UDP_MASK = 0xf8, NHC_UDP = 0xf0, NHC_CHECKSUM = 0x04, NHC_PORTS = 0x03 };
enum { UNIVERSAL = 0x02 };

struct reader {
	const uint8_t *at, *end;
};

static const uint8_t *take(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if ((size_t)(r->end - r->at) < n)
		return NULL;
	r->at += n;
	return p;
}

static void put_mac(uint8_t out[16], const struct frame_address *a)
{
	if (a->mode == FRAME_ADDRESS_EXTENDED) {
		for (int i = 0; i < 8; i++)
			out[8 + i] = (uint8_t)(a->value >> (56 - 8 * i));
		out[8] ^= UNIVERSAL;
	} else {
		out[11] = 0xff;
		out[12] = 0xfe;
		out[14] = (uint8_t)(a->value >> 8);
		out[15] = (uint8_t)a->value;
	}
}

/* Stateless: 128, 64 or 16 bits, or those of the MAC header. */
static bool read_unicast(struct reader *r, uint8_t out[16], unsigned mode,
                         const struct frame_address *mac)
{
	static const uint8_t lengths[] = {16, 8, 2, 0};
	const uint8_t *octets = take(r, lengths[mode]);

	memset(out, 0, 16);
	if (!octets)
		return false;
	if (mode > 0) {
		out[0] = 0xfe;
		out[1] = 0x80;
	}
	if (mode == 2) {
		out[11] = 0xff;
		out[12] = 0xfe;
	}
	if (mode == 3)
		put_mac(out, mac);
	else
		memcpy(out + 16 - lengths[mode], octets, lengths[mode]);
	return true;
}

static bool read_multicast(struct reader *r, uint8_t out[16], unsigned mode)
{
	static const uint8_t lengths[] = {16, 6, 4, 1};
	const uint8_t *octets = take(r, lengths[mode]);
	size_t rest = lengths[mode] - 1u;

	memset(out, 0, 16);
	if (!octets)
		return false;
	out[0] = 0xff;
	if (mode == 0) {
		memcpy(out, octets, 16);
	} else if (mode == 3) {
		out[1] = 0x02;
		out[15] = octets[0];
	} else {
		out[1] = octets[0];
		memcpy(out + 16 - rest, octets + 1, rest);
	}
	return true;
}

static bool read_addresses(struct lowpan_packet *p, struct reader *r, const struct frame *f,
                           unsigned how)
{
	unsigned source = how >> SAM_SHIFT & MODE;

	if ((how & SAC && source != 0) || how & DAC)
		return false; /* by a context */
	if (how & SAC)
		memset(p->source, 0, 16);
	else if (!read_unicast(r, p->source, source, &f->source))
		return false;
	return how & MULTICAST ? read_multicast(r, p->destination, how & MODE)
	                       : read_unicast(r, p->destination, how & MODE, &f->destination);
}

static uint16_t read_16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool read_udp(struct lowpan_packet *p, struct reader *r)
{
	static const uint8_t lengths[] = {4, 3, 3, 1};
	const uint8_t *how = take(r, 1), *ports;

	if (!how || (*how & NHC_UDP_MASK) != NHC_UDP)
		return false;
	ports = take(r, lengths[*how & NHC_PORTS]);
	if (!ports || !take(r, *how & NHC_CHECKSUM ? 0 : 2))
		return false;
	switch (*how & NHC_PORTS) {
	case 0:
		p->source_port = read_16(ports);
		p->destination_port = read_16(ports + 2);
		break;
	case 1:
		p->source_port = read_16(ports);
		p->destination_port = 0xf000 | ports[2];
		break;
	case 2:
		p->source_port = 0xf000 | ports[0];
		p->destination_port = read_16(ports + 1);
		break;
	default:
		p->source_port = (uint16_t)(0xf0b0 | ports[0] >> 4);
		p->destination_port = (uint16_t)(0xf0b0 | (ports[0] & 0xf));
	}
	return true;
}

bool lowpan_parse(struct lowpan_packet *p, const struct frame *f, const uint8_t *octets)
{
	static const uint8_t traffic_class[] = {4, 3, 1, 0};
	struct reader r = {octets + f->payload.offset,
	                   octets + f->payload.offset + f->payload.length};
	const uint8_t *how = f->type == FRAME_DATA ? take(&r, 2) : NULL;

	*p = (struct lowpan_packet){0};
	if (!how || (how[0] & IPHC_MASK) != IPHC)
		return false;
	if (!take(&r, how[1] & CID ? 1 : 0) || !take(&r, traffic_class[(how[0] & TF) >> 3]) ||
	    !take(&r, how[0] & NH ? 0 : 1) || !take(&r, how[0] & HLIM ? 0 : 1) ||
	    !read_addresses(p, &r, f, how[1]))
		return false;
	p->is_udp = how[0] & NH && read_udp(p, &r);
	p->upper = (size_t)(r.at - octets);
	return true;
}

bool lowpan_extended(uint64_t *extended, const uint8_t address[16])
{
	static const uint8_t link_local[8] = {0xfe, 0x80};
	static const uint8_t of_short[6] = {0, 0, 0, 0xff, 0xfe, 0};

	if (memcmp(address, link_local, 8) != 0 || memcmp(address + 8, of_short, 6) == 0)
		return false;
	*extended = 0;
	for (int i = 0; i < 8; i++)
		*extended = *extended << 8 | address[8 + i];
	*extended ^= (uint64_t)UNIVERSAL << 56;
	return true;
}
