/* forwarding.h - packets between the tunnel and another interface: switches the kernel's forwarding
 * on as narrowly as it can be, noted for undo_all. Runs in the keeper. */
#ifndef FORWARDING_H
#define FORWARDING_H

#include "base/words.h"

/* Of a family (AF_INET, AF_INET6), both ways between two interfaces, by their indices. Forwarding
 * that holds already is good as it is, where it may not be written. 0, or -1 with why. */
int forwarding_begin(int family, unsigned tunnel, unsigned other, struct why *why);

#endif
