/* exchange.h - what an exchange that is no topic exchange makes of binding keys. Tells the kinds of
 * those that every broker has by their names; of others it knows nothing. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "base/words.h"

/* 0, or -1 with why: nothing is ever published under this key on a direct exchange, which compares
 * whole keys. */
int exchange_check_key(const char *exchange, const char *key, struct why *why);

#endif
