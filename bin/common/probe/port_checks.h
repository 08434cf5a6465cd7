/* port_checks.h - --check of a probe's port: there, ours to open, free, and left alone. It is
 * opened and closed as the tool would; what waits in it stays. */
#ifndef PORT_CHECKS_H
#define PORT_CHECKS_H

#include "base/check.h"

/* The context is a struct port_options with a path. */
extern const struct check port_checks[];

#endif
