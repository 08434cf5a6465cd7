/* cut.h - real packets within an MTU, of a super-packet or of a packet that is too long: segments,
 * and where these may be fragmented and are too long still, fragments. Never allocates. */
#ifndef CUT_H
#define CUT_H

#include "envelope.h"
#include "fragment.h"

struct cut { /* private */
	struct envelope_segmenter segmenter;
	struct fragmenter fragmenter;
	bool fragmenting;
	size_t mtu;
	int64_t time_ns;
	uint8_t segment[ENVELOPE_PACKET_MAX], fragment[ENVELOPE_PACKET_MAX];
};

/* mtu 0: no bound. 0, or -1: a header that cannot be true. The packet must outlive it. */
int cut_begin(struct cut *c, const struct envelope_vnet *vnet, const struct envelope_packet *p,
              size_t mtu);
/* True: *p is the next one, good until the next call. What may not be fragmented comes as it is,
 * whatever its length. */
bool cut_next(struct cut *c, struct envelope_packet *p);

#endif
