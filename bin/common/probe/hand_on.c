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
	struct envelope_packet packets[FIRMWARE_FRAMES_MAX];
	uint8_t octets[PACKETS_ROOM];
	size_t n = 0, used = 0;

	for (unsigned i = 0; i < f->count; i++) {
		if (used + PROBE_PACKET_MAX > sizeof octets) {
			put(h, packets, n);
			n = used = 0;
		}
		if (!make_packet(h, &packets[n], octets + used, &f->frames[i])) {
			stats_count(&h->counters[HAND_ON_BAD_FCS], 1);
			continue;
		}
		if (packets[n].data == octets + used)
			used += packets[n].length;
		n++;
	}
	if (n > 0)
		put(h, packets, n);
}
