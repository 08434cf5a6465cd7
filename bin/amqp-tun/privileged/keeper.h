/* keeper.h - the small privileged parent: it makes the interface with its addresses and routes, and
 * unmakes it at the end, also when the child was killed. The child, which speaks to the broker,
 * asks it with requests of one size. The interface ends with either of them: it is not persistent
 * and the child alone holds its descriptor; the child ends when the parent dies. Never takes text
 * or paths from the child; checks what it asks for against the options, as if it were the enemy. */
#ifndef KEEPER_H
#define KEEPER_H

#include <net/if.h>

#include "../device.h"
#include "../settings.h"

enum keeper_operation { KEEPER_OPEN = 1, KEEPER_CONFIGURE = 2 };

struct keeper_request {
	uint32_t operation;
	struct configuration wanted; /* KEEPER_CONFIGURE */
};

/* What the keeper gives to the child, once. */
struct made {
	char ifname[IFNAMSIZ];
	bool offload; /* of the device */
	int device;   /* for device_read and device_write */
	int counters; /* for device_dropped; -1: none */
};

struct keeper;

/* Forks. Returns in the child, which has given up its privileges; the parent keeps, and ends with
 * the child's exit status. */
struct keeper *keeper_start(const struct settings *s);

/* Enters the namespace and opens the device, so that what is missing is said at once. 0, or -1 with
 * why. */
int keeper_open(struct keeper *k, char why[WHY_SIZE]);
/* Makes the interface; once. */
int keeper_configure(struct keeper *k, const struct configuration *wanted, struct made *made,
                     char why[WHY_SIZE]);

/* How far the requests have got. */
enum keeper_state { KEEPER_NEW, KEEPER_OPENED, KEEPER_CONFIGURED };
/* NULL: the request may be carried out. Else why not (valid until the next call). */
const char *keeper_refusal(const struct settings *s, enum keeper_state state,
                           const struct keeper_request *request, size_t size);

#endif
