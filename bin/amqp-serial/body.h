/* body.h - the body of the next message on its way to the bus: one frame as JSON, or as many as fit
 * as pcap. Keeps what the bus does not take yet. */
#ifndef BODY_H
#define BODY_H

#include "bus/publisher.h"
#include "envelope.h"
#include "packet/packet.h"
#include "settings.h"

/* Room for the longest frame as JSON, where an octet takes five, and three times as many are
 * there: as it is, and in SLIP. */
enum { BODY_SIZE = 48 << 10 };

struct body {
	bool pcap;
	enum envelope_api api;
	uint16_t link_type;
	unsigned frames; /* in it; 0: nothing to publish */
	struct envelope_pcap_writer writer;
	size_t length;
	uint8_t octets[BODY_SIZE];
	char key[ENVELOPE_KEY_MAX + 1];
};

/* link_type: of the frames in pcap bodies. 0, or -1 with why: the name makes no routing key. */
int body_open(struct body *b, const struct settings *s, uint16_t link_type, struct why *why);
/* False: no room for this frame before the body is published. */
bool body_add(struct body *b, const struct envelope_packet *frame);
/* 0, or PUBLISHER_AGAIN: it is kept. */
int body_publish(struct body *b, struct publisher *publisher);

#endif
