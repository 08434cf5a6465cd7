/* probe.h - what a probe mote says on its serial line: octets -> SLIP -> frame check sequence ->
 * one radio frame at a time. Never does I/O, never allocates; every octet and frame that is left
 * out is counted under its reason (sections "slip" and "probe").
 *
 * --fcs auto: every frame is evidence, in bits, for what ends the frames of this line.
 *   CRC-16   a right CRC over the whole frame is worth 16 (chance: one in 65536), a wrong one costs
 * 3 (the air has errors too) TI       CRC-OK set, correlation 40..110 and an RSSI of -110..10 dBm
 * are worth 3, else it costs 4; the same two octets as in the frame before say nothing (a payload
 * that repeats looks so) both     an immediate ACK of 5 octets is worth 8; a frame of under 5
 * octets costs 8 none     stays at 0; all scores are kept within -24..24, so that a line that
 * changes is noticed What leads both others by 8 is in force from that frame on, and until another
 * leads by 8. Before the first decision frames pass as they are (`undecided`). A CRC-16 shows with
 * the first frame, TI's octets with the third, or with the second where one is an ACK. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "base/options.h"
#include "packet/packet.h"
#include "slip.h"
#include "base/stats.h"

enum probe_fcs {
	PROBE_FCS_NONE,  /* frames end with their MAC payload or MIC */
	PROBE_FCS_CRC16, /* the two octets of FCS-16 follow */
	PROBE_FCS_TI, /* two octets of Texas Instruments' radios follow instead: RSSI, CRC-OK (bit
	                 7) and correlation */
	PROBE_FCS_AUTO,
};

/* --fcs and --rssi-offset */
struct probe_options {
	int fcs;             /* enum probe_fcs */
	int64_t rssi_offset; /* dB that the chip's RSSI octet is off: -73 for CC253x and CC2538, -45
	                        for CC2420 */
};
extern struct probe_options probe_options;
extern const struct option_spec probe_specs[];

enum probe_verdict { PROBE_UNCHECKED, PROBE_GOOD, PROBE_BAD };

struct probe_frame {
	const uint8_t *mac; /* without FCS; valid until the next probe_decode */
	size_t length;
	int64_t time_ns;
	enum probe_verdict verdict;
	uint8_t fcs[2]; /* unless unchecked: as it was on the line; TI: the right one, or its
	                   complement where the probe says bad */
	bool has_radio; /* TI: the two that follow */
	int rssi;       /* dBm */
	uint8_t correlation;
};

enum { PROBE_SLIP_COUNTERS = 7, PROBE_COUNTERS = 6 };

struct probe {
	struct slip_decoder slip;
	uint8_t frame[FRAME_MAX];
	enum probe_fcs mode; /* in force: never AUTO */
	bool automatic, decided;
	int rssi_offset;
	int crc16_score, ti_score;
	uint8_t last_pair[2];
	struct counter slip_counters[PROBE_SLIP_COUNTERS], counters[PROBE_COUNTERS];
};

/* p: static storage (its counters are registered), once a process. */
void probe_init(struct probe *p, const struct probe_options *o);

/* Reads from in[0..n) until a frame is whole or the input is used up. Returns the octets used;
 * f->length is 0 where there is no frame. slip.frames = probe.fcs_good + probe.fcs_bad +
 * probe.unchecked + probe.too_short. */
size_t probe_decode(struct probe *p, const uint8_t *in, size_t n, int64_t time_ns,
                    struct probe_frame *f);

/* The line has ended: returns the octets of a frame without its END, which are lost and counted. */
size_t probe_finish(struct probe *p);

/* f as a packet of link type NOFCS, WITHFCS or TAP; its octets go to out. false: a frame with a bad
 * FCS and no place to say so (NOFCS). */
enum { PROBE_PACKET_MAX = FRAME_TAP_MAX + FRAME_MAX + FRAME_FCS16_SIZE };
bool probe_packet(struct envelope_packet *packet, uint8_t out[PROBE_PACKET_MAX],
                  const struct probe_frame *f, uint16_t link_type);

#endif
