/* deliver.h - packets that were found good to the interface, in their order. Where the interface
 * takes super-packets, TCP packets that follow one another are written as one: a system call and
 * the kernel's work a packet is what a bulk transfer costs most. Where it does not, super-packets
 * are written as what they stand for. */
#ifndef DELIVER_H
#define DELIVER_H

#include "base/stats.h"
#include "cut.h"
#include "envelope.h"
#include "tunnel.h"

struct delivery { /* private */
	struct tunnel *tunnel;
	struct counter *delivered, *failed;
	struct envelope_merger merger;
	uint8_t merged[ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX];
	struct cut cut;
};

/* Once. The counters count packets that the interface took, and refused. */
void deliver_open(struct delivery *d, struct tunnel *t, struct counter *delivered,
                  struct counter *failed);
/* p->octets NULL: a packet. It may wait for others until deliver_flush; p need not. */
void deliver(struct delivery *d, const struct envelope_gso_packet *p);
/* The same for one that is longer than the MTU and may be fragmented. */
void deliver_in_fragments(struct delivery *d, const struct envelope_gso_packet *p, unsigned mtu);
/* Whenever nothing more is at hand. */
void deliver_flush(struct delivery *d);

#endif
