/* interface.h - makes the interface with its addresses, routes and re-routing, and unmakes what it
 * made. Only the keeper calls it. Takes no text from outside: addresses as octets, names from the
 * options. What was there before stays there. */
#ifndef INTERFACE_H
#define INTERFACE_H

#include "../device.h"
#include "../settings.h"

struct interface {
	struct device device;
	unsigned index;
};

/* Attaches the device and configures the interface. 0; or -1 with why, and nothing of it is left
 * but the device. */
int interface_make(struct interface *made, int device, const struct settings *s,
                   const struct configuration *c, char why[WHY_SIZE]);
/* Takes back addresses, routes and forwarding, in reverse; what went away with the interface is no
 * matter. May be called without a make. */
void interface_unmake(void);

#endif
