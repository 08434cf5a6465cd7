/* control.h - control messages from the bus: tun.start, tun.started of others, terminate. Belongs
 * to the downlink's thread. A message can set addresses within --allow-net, once, and end the tool;
 * nothing else. */
#ifndef CONTROL_H
#define CONTROL_H

#include "agent/agent.h"
#include "bus/message.h"
#include "envelope.h"
#include "tunnel.h"

struct control {
	struct tunnel *tunnel;
	struct agent_namesakes namesakes;
};

/* Registers the statistics (section "control": received = handled + ignored + refused + rejected).
 */
void control_open(struct control *c, struct tunnel *t);
void control_take(struct control *c, const struct bus_message *m);

#endif
