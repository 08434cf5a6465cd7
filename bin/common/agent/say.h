/* say.h - an agent's control messages, published. */
#ifndef SAY_H
#define SAY_H

#include "bus/publisher.h"
#include "envelope.h"

/* Under the agent's name, in this API; what is framebus' own goes under its own keys. By any thread
 * (publisher_post). What cannot be published is warned of. */
void say_control(struct publisher *p, const char *name, enum envelope_api api,
                 const struct envelope_control *c);
/* testingtool.component.ready or .shutdown: "TOOL is STATE." */
void say_state(struct publisher *p, const char *name, enum envelope_api api,
               enum envelope_kind kind, const char *state);

#endif
