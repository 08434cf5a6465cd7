/* control.h - what amqp-tun does about control messages: tun.start, and tun.started of its peers.
 * Belongs to the downlink's thread. A message can set addresses within --allow-net, once; nothing
 * else. */
#ifndef CONTROL_H
#define CONTROL_H

#include "tunnel.h"

enum bridge_outcome control_handle(struct tunnel *t, const struct bus_message *m,
                                   const struct envelope_key *key,
                                   const struct envelope_control *c);

/* A peer is gone: what it said is void. */
void control_forget(struct tunnel *t, const char *name);

#endif
