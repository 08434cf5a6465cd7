/* mend.h - what mends a broker that cannot be used as the options say, by the reason that was
 * given. Pure. */
#ifndef BUS_MEND_H
#define BUS_MEND_H

#include "bus/settings.h"

enum { MEND_SIZE = 900 };

/* Of a connection. why: as in the message; "": nothing answers. */
const char *mend_connection(char out[MEND_SIZE], const struct bus_node *n, const char *why);
/* Of a key that may not be published or read, or a queue that may not be made. */
const char *mend_permission(char out[MEND_SIZE], const struct bus_node *n, const char *exchange,
                            const char *why);

#endif
