/* unrouted.h - packets that come back, because no queue wanted them: said once, and tried by the
 * way that is left. */
#ifndef UNROUTED_H
#define UNROUTED_H

#include "bus/message.h"

/* publisher_config.returned; tunnel: struct tunnel. */
void unrouted_handle(void *tunnel, const struct bus_message *m);

#endif
