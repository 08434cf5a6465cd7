/* frame_network.c - what beacon payloads announce: Zigbee (Zigbee specification 3.6.7), Zigbee IP,
 * Thread. */
#include "frame.h"

#include <string.h>

#include "frame_octets.h"

enum { ZIGBEE_SIZE = 15, ZIGBEE_IP_SIZE = 18, THREAD_SIZE = 26, NAME_SIZE = 16 };

static void parse_zigbee(struct frame_network *n, const uint8_t *p)
{
	n->kind = FRAME_NETWORK_ZIGBEE;
	n->profile = p[1] & 0xf;
	n->version = p[1] >> 4;
	n->takes_routers = p[2] & 0x04;
	n->depth = p[2] >> 3 & 0xf;
	n->takes_end_devices = p[2] & 0x80;
	n->has_extended_pan = true;
	n->extended_pan = get_le64(p + 3);
	n->update_id = p[14];
}

static struct frame_span name_at(const uint8_t *p, size_t offset)
{
	const uint8_t *end = memchr(p + offset, 0, NAME_SIZE);
	size_t length = end ? (size_t)(end - p) - offset : NAME_SIZE;

	return (struct frame_span){(uint16_t)offset, (uint16_t)length};
}

static void parse_zigbee_ip(struct frame_network *n, const uint8_t *p)
{
	n->kind = FRAME_NETWORK_ZIGBEE_IP;
	n->joining = p[1] & 0x01;
	n->takes_routers = p[1] & 0x02;
	n->takes_end_devices = p[1] & 0x04;
	n->name = name_at(p, 2);
}

static void parse_thread(struct frame_network *n, const uint8_t *p)
{
	n->kind = FRAME_NETWORK_THREAD;
	n->joining = p[1] & 0x01;
	n->native = p[1] & 0x08;
	n->version = p[1] >> 4;
	n->name = name_at(p, 2);
	n->has_extended_pan = true;
	for (unsigned i = 0; i < 8; i++)
		n->extended_pan = n->extended_pan << 8 | p[2 + NAME_SIZE + i];
}

void frame_network_parse(struct frame_network *n, const uint8_t *octets, size_t length)
{
	memset(n, 0, sizeof *n);
	if (length == ZIGBEE_SIZE && octets[0] == 0 && (octets[1] >> 4 == 1 || octets[1] >> 4 == 2))
		parse_zigbee(n, octets);
	else if (length >= ZIGBEE_IP_SIZE && octets[0] == 2)
		parse_zigbee_ip(n, octets);
	else if (length >= THREAD_SIZE && octets[0] == 3)
		parse_thread(n, octets);
}

const char *frame_network_name(unsigned kind)
{
	static const char *const names[] = {"unknown", "Zigbee", "Zigbee IP", "Thread"};

	return kind < sizeof names / sizeof *names ? names[kind] : names[0];
}
