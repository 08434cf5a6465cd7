/* batch.h - packets to message bodies: under keys of our own one batch a receiver, of pcap with all
 * that come before the flush, or gso, which also has super-packets as the kernel made them; and
 * JSON with one packet a message under the old keys, for those that are reached by these alone.
 * Never waits: what is in a batch goes out with batches_flush, or when the next packet does not
 * fit. */
#ifndef BATCH_H
#define BATCH_H

#include "bus/publisher.h"
#include "envelope.h"
#include "tunnel.h"

struct batches;

/* send takes a whole body, published or not; p->units says how many packets are in it. NULL: no
 * memory, or a name makes no routing key. t must outlive it. */
struct batches *batches_new(struct tunnel *t,
                            void (*send)(void *context, const struct bus_publication *p),
                            void *context);
void batches_free(struct batches *b);

/* Where the device puts the next virtio_net_hdr and packet: BATCH_ROOM octets. */
enum { BATCH_ROOM = ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX };
uint8_t *batches_room(struct batches *b);
/* Adds the packet that is there. receiver: index of a peer, or PEERS_NOBODY: everybody. How many
 * packets it was on the bus; 0: a header that cannot be true, and nothing was added. */
unsigned batches_add(struct batches *b, int receiver, size_t octets, int64_t time_ns);
/* The same for a receiver with that MTU: a longer packet is cut into segments and fragments. */
unsigned batches_add_within(struct batches *b, int receiver, size_t octets, int64_t time_ns,
                            size_t mtu);
/* Octets of the packets that the last one became. */
size_t batches_octets(const struct batches *b);
/* A body of JSON that came back: to those of its receivers that are reached directly since after it
 * went out. time_ns: its packet's. */
void batches_send_directly(struct batches *b, int receiver, int64_t time_ns, const uint8_t *text,
                           size_t length);
/* Which of our keys it is. *peer: whose, where it is BATCHES_DIRECT. */
enum batches_key { BATCHES_PLAIN, BATCHES_DIRECT, BATCHES_OWN };
enum batches_key batches_key(const struct batches *b, const char *key, unsigned *peer);
void batches_flush(struct batches *b);

#endif
