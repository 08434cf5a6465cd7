#include "probe/hand_on.h"

#include "base/log.h"

enum { PACKETS_ROOM = 8192 };

static void put(struct hand_on *h, const struct envelope_packet *packets, size_t n)
{
	size_t dropped = n - h->put(h->to, packets, n);

	stats_count(&h->counters[HAND_ON_PASSED], n - dropped);
	if (!dropped)
		return;
	if (stats_get(&h->counters[HAND_ON_NO_ROOM]) == 0)
		log_warning("%s: frames are dropped: what they go to does not keep up (counted as "
		            "line.dropped_no_room)",
		            h->name);
	stats_count(&h->counters[HAND_ON_NO_ROOM], dropped);
}

/* With all that is known of the frame, also where the packet has no place for it. */
static void note_air(struct hand_on *h, const struct probe_frame *f)
{
	uint8_t octets[PROBE_PACKET_MAX];
	struct envelope_packet packet;

	if (probe_packet(&packet, octets, f, ENVELOPE_LINK_IEEE802_15_4_TAP))
		air_note(h->air, &packet);
}

/* Whether it is a packet; its octets are the frame's or go to octets. */
static inline bool make_packet(struct hand_on *h, struct envelope_packet *packet,
                               uint8_t octets[PROBE_PACKET_MAX], const struct probe_frame *f)
{
	bool fits = probe_packet(packet, octets, f, h->link_type);

	if (h->air && fits && h->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		air_note(h->air, packet);
	else if (h->air)
		note_air(h, f);
	return fits;
}

void hand_on_frames(struct hand_on *h, const struct probe_frames *f)
{
	struct envelope_packet packets[FIRMWARE_FRAMES_MAX], *packet = packets;
	uint8_t octets[PACKETS_ROOM], *at = octets;

	for (const struct probe_frame *frame = f->frames; frame < f->frames + f->count; frame++) {
		if (octets + sizeof octets - at < PROBE_PACKET_MAX) {
			put(h, packets, (size_t)(packet - packets));
			packet = packets;
			at = octets;
		}
		if (!make_packet(h, packet, at, frame)) {
			stats_count(&h->counters[HAND_ON_BAD_FCS], 1);
			continue;
		}
		if (packet->data == at)
			at += packet->length;
		packet++;
	}
	if (packet > packets)
		put(h, packets, (size_t)(packet - packets));
}
