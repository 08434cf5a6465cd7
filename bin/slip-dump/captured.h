/* captured.h - a capture that is read in the place of a line: pcap or pcapng, of link types 195,
 * 215, 230 and 283, or with frames in ZEP (packet/zep.h), which become packets of the output's link
 * type. Every packet is counted (section "capture"): read = rejected_... + dropped_bad_fcs + those
 * that were put. */
#ifndef CAPTURED_H
#define CAPTURED_H

#include <stdbool.h>

#include "capture/input.h"
#include "packet/packet.h"

struct captured {
	int fd; /* a copy is read; the caller's */
	const char *name;
	/* What has been read from fd already. */
	const uint8_t *octets;
	size_t length;
	uint16_t link_type; /* of the packets that are put */
	/* False: no more are wanted. */
	bool (*put)(const struct envelope_packet *p);
	struct input_waiting waiting; /* at its end, or for more of a pipe */
	void (*before_wait)(void);    /* for more of the capture */
};

#define CAPTURED_LINK_TYPES "IEEE 802.15.4 (195, 215, 230, 283, or in ZEP)"
/* Whether a packet of it may be, or hold, a frame. */
bool captured_may_hold(uint16_t link_type);

/* To the end, the stop, or damage. Returns the exit status: a capture of which nothing could be
 * used was the wrong one; CAPTURED_ANEW: the file has other contents now. The statistics are
 * registered here, the first time. */
enum { CAPTURED_ANEW = -2 };
int captured_read(const struct captured *c);

#endif
