/* control.h - control messages: serial.start, terminate, and other agents that say our name.
 * Belongs to the downlink's thread. Never changes a setting: a message can neither choose a port
 * nor its speed. */
#ifndef CONTROL_H
#define CONTROL_H

#include "agent/agent.h"
#include "bus/message.h"
#include "envelope.h"
#include "station.h"

struct control {
	struct station *station;
	struct agent_namesakes namesakes;
};

/* received = handled + ignored + rejected */
void control_open(struct control *c, struct station *st);
void control_take(struct control *c, const struct bus_message *m);

#endif
