/* start.h - the tun.start and tun.started messages of ioppytest: their fields to a configuration,
 * and back. Never decides what is allowed (settings_check does): only what the fields mean. */
#ifndef START_H
#define START_H

#include "envelope.h"
#include "settings.h"

/* Absent fields mean what the options and the name say. 0, or -1 with why. */
int start_read(struct configuration *c, const struct envelope_tun *tun, const struct settings *s,
               struct why *why);

/* The same, but what cannot be used, or is not allowed, is left out with words, and the rest is
 * used; without an address it is bbbb::1/64. 0, or -1 with why (not NULL): an
 * IPv6 address that was asked for cannot be had, and there is none of IPv4; or re-routing, which
 * the options ask for. told(context, words) for each that is left out. */
int start_choose(struct configuration *c, const struct envelope_tun *tun, const struct settings *s,
                 void (*told)(void *context, const char *words), void *context, struct why *why);

/* tun.started: what is in force, this run's session, the encodings that it reads, its MTU. */
void start_write(struct envelope_tun *tun, const struct configuration *c, const struct settings *s,
                 const char *session);

#endif
