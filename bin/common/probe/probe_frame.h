/* probe_frame.h - one radio frame as a probe reports it, and the packet that it becomes. Owns no
 * octets. */
#ifndef PROBE_FRAME_H
#define PROBE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "packet/packet.h"

enum {
	PROBE_FRAME_MAX = 2047
}; /* octets of the longest on a line: aMaxPhyPacketSize of SUN PHYs */

enum probe_verdict { PROBE_UNCHECKED, PROBE_GOOD, PROBE_BAD, PROBE_VERDICTS };

struct probe_frame {
	const uint8_t *mac; /* without FCS; valid until the probe reads on */
	size_t length;
	int64_t time_ns;
	enum probe_verdict verdict;
	bool fcs32;          /* fcs has four octets, else two */
	uint8_t fcs[4];      /* unless unchecked: as it was on the line; TI: the right one, or its
	                        complement where the probe says bad */
	bool has_radio;      /* TI: the two that follow */
	int rssi;            /* dBm */
	bool has_lqi;        /* correlation is known, without the rest of it */
	uint8_t correlation; /* or LQI */
	bool has_channel;
	uint16_t channel;
	uint8_t page;
	bool has_clock;
	bool clock_wraps;  /* clock_us goes from 2^32 - 1 to 0 */
	uint64_t clock_us; /* by the probe's own clock, as it says */
	uint64_t probe_ns; /* the same without wrap-around: set by the probe's decoder */
};

enum { PROBE_PACKET_MAX = FRAME_TAP_MAX + PROBE_FRAME_MAX + FRAME_FCS32_SIZE };

/* f's octets with what stands before and behind them in a packet of link type WITHFCS or TAP;
 * returns how many. */
size_t probe_packet_write(uint8_t out[PROBE_PACKET_MAX], const struct probe_frame *f,
                          uint16_t link_type);

/* f as a packet of link type NOFCS, WITHFCS or TAP; its octets are f's or go to out. false: a frame
 * with a bad FCS and no place to say so (NOFCS). */
static inline bool probe_packet(struct envelope_packet *packet, uint8_t out[PROBE_PACKET_MAX],
                                const struct probe_frame *f, uint16_t link_type)
{
	packet->time_ns = f->time_ns;
	packet->link_type = link_type;
	if (link_type == ENVELOPE_LINK_IEEE802_15_4_TAP ||
	    link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS) {
		packet->data = out;
		packet->length = probe_packet_write(out, f, link_type);
		return true;
	}
	packet->data = f->mac;
	packet->length = f->length;
	return f->verdict != PROBE_BAD || link_type != ENVELOPE_LINK_IEEE802_15_4_NOFCS;
}

#endif
