/* senders.h - whose messages count: --require-user and --control-from, and the user whom the broker
 * vouches for (the property user_id, which nobody else can set). By every kind of key; of what is
 * known in a body alone, the reader of the body asks. */
#ifndef SENDERS_H
#define SENDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/options.h"

struct senders {                        /* none: everybody */
	struct option_strings required; /* --require-user */
	struct option_strings control;  /* --control-from */
};

/* A value of --require-user: NAME=USER, router=USER, peer, USER. Is an option_spec.check. */
int senders_check_rule(const char *rule, struct why *why);
/* All of them together: 0, or -1 with why: an agent could speak as another. */
int senders_check(const struct option_strings *rules, struct why *why);

/* What follows is true where no option says anything. user: "": the broker vouches for nobody. */

/* A message of this user counts under this key. Under toAgent.NAME and framebus.to.NAME the sender
 * is the router. */
bool senders_fit(const struct senders *s, const char *key, size_t length, const char *user);
/* This user may say that it is that agent. */
bool senders_speaks_as(const struct senders *s, const char *name, const char *user);
/* Start messages and terminate are obeyed from this user: of --control-from; without it, with any
 * --require-user, the router's. */
bool senders_controls(const struct senders *s, const char *user);
/* There is a user from whom they are. */
bool senders_has_controller(const struct senders *s);

#endif
