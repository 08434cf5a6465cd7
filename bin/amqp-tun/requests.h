/* requests.h - what the process that speaks to the broker asks of the keeper, from any thread: one
 * request at a time. Waits for the answer, for some seconds at the most. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "protocol.h"

/* What the keeper gives, once. The descriptors belong to the caller. */
struct tun_interface {
	char name[IFNAMSIZ];
	bool offload; /* of the device */
	/* What was wanted, without what this host does not have (IPv6). */
	struct configuration in_force;
	int device;   /* for device_read and device_write */
	int watch;    /* for watch.h; -1: none */
	int counters; /* for device_dropped; -1: none */
};

/* keeper: the socket that keeper_start gave. Each returns 0 or more, or -1 with why. */

/* Enters the namespace and opens the device, so that what is missing is said at once. */
int request_device(int keeper, struct why *why);
/* Makes the interface; once. */
int request_interface(int keeper, const struct configuration *wanted,
                      struct tun_interface *interface, struct why *why);
/* Opens the file of this index (base/outside.h) for reading: its descriptor, the caller's. */
int request_file(int keeper, unsigned file, struct why *why);

#endif
