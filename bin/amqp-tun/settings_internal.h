/* settings_internal.h - what the files of settings share. */
#ifndef SETTINGS_INTERNAL_H
#define SETTINGS_INTERNAL_H

#include "settings.h"

/* "--OPTION 'VALUE': REASON"; valid until the next call. */
const char *settings_words(const char *option, const char *value, const char *reason);

/* --- settings_interface.c --- */

/* The part of settings_check that is about the networks behind. 0, or -1 with why. */
int settings_check_behind(const struct settings *s, const struct configuration *c, struct why *why);
/* The part that is about routes to what is behind the other end. 0, or -1 with why. */
int settings_check_routes(const struct settings *s, const struct configuration *c, struct why *why);
/* The part that is about the brokers' addresses in the tunnel's own network. 0, or -1 with why. */
int settings_check_brokers(const struct settings *s, const struct configuration *c,
                           struct why *why);

/* --- settings_address.c --- */

/* The addresses and networks of s, whose names and bounds are there already. NULL, or words that
 * say what is wrong. */
const char *settings_resolve_addresses(struct settings *s, const struct tun_options *o);

/* --- settings_idle.c: what does nothing as things are --- */

/* NULL, or words that say what is refused. */
const char *settings_check_idle(struct settings *s);
void settings_warn_of_idle(const struct settings *s, const struct tun_options *o);

#endif
