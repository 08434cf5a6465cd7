/* overlong.h - packets from the bus that are longer than the interface's MTU: IPv4 without DF goes
 * in as fragments, whoever sent another is told. Never touches the interface itself. */
#ifndef OVERLONG_H
#define OVERLONG_H

#include "icmp_answers.h"
#include "check.h"
#include "tunnel.h"

struct overlong { /* all zero: nothing said yet */
	struct answer_limit limit;
	unsigned told_mtu;
};

/* Whether the packet may be fragmented: it is IPv4, without DF. */
bool overlong_is_divisible(const uint8_t *packet, size_t length);
/* Tells its sender, by way of the uplink; and the log, once for each MTU. */
void overlong_answer(struct overlong *o, struct tunnel *t, const struct ends *ends,
                     const uint8_t *packet, size_t length, unsigned mtu);

#endif
