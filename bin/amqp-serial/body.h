/* body.h - the body of the next message on its way to the bus: one frame as JSON, or as many as fit
 * as pcap. Keeps what the bus does not take yet. */
#ifndef BODY_H
#define BODY_H

#include "bus/bus.h"
#include "envelope.h"
#include "packet/packet.h"
#include "settings.h"

enum { BODY_SIZE = 16 << 10 };

struct body {
	bool pcap;
	uint16_t link_type;
	unsigned frames; /* in it; 0: nothing to publish */
	struct envelope_pcap_writer writer;
	size_t length;
	uint8_t octets[BODY_SIZE];
	char key[ENVELOPE_KEY_MAX + 1];
};

/* link_type: of the frames in pcap bodies. */
void body_open(struct body *b, const struct settings *s, uint16_t link_type);
/* False: no room for this frame before the body is published. */
bool body_add(struct body *b, const struct envelope_packet *frame);
/* 0, or BUS_AGAIN: it is kept. */
int body_publish(struct body *b, struct bus *bus);

#endif
