/* batch.h - packets to message bodies, one batch a receiver: json has one packet a message, pcap all that come before
 * the flush. Never waits: what is in a batch goes out with batches_flush, or when the next packet does not fit. */
#ifndef BATCH_H
#define BATCH_H

#include "bus.h"
#include "envelope.h"
#include "tunnel.h"

struct batches;

/* send takes a whole body, published or not; p->units says how many packets are in it. NULL: no memory. t must outlive
 * it. */
struct batches *batches_new(struct tunnel *t, void (*send)(void *context, const struct bus_publication *p),
                            void *context);
void batches_free(struct batches *b);

/* receiver: index of a peer, or PEERS_NOBODY: everybody. */
void batches_add(struct batches *b, int receiver, const struct envelope_packet *p);
void batches_flush(struct batches *b);

#endif
