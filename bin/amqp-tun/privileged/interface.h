/* interface.h - makes the interface with its addresses, routes and re-routing, and unmakes what it
 * made. Runs in the keeper. Never reads text from outside: addresses come as octets, names from the
 * options. What was there before stays there. */
#ifndef INTERFACE_H
#define INTERFACE_H

#include "../protocol.h"
#include "tun.h"

struct interface {
	struct tun tun;
	unsigned index;
	bool ipv6; /* the host has it */
};

/* Attaches the device and configures the interface. On a host without IPv6, what c says of it is
 * taken out of c, with a line on stderr, where c has an IPv4 address. stop: a descriptor that, once
 * it is readable, ends all waiting; -1: none. 0; or -1 with why, and nothing of it is left but the
 * device. */
int interface_make(struct interface *interface, int device, const struct interface_options *o,
                   struct configuration *c, int stop, struct why *why);
/* Undoes addresses, routes and forwarding, in reverse; what went away with the interface is no
 * matter. May be called without a make. */
void interface_unmake(void);

#endif
