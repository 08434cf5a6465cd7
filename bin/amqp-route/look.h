/* look.h - what has to look into a body: which packets are meant (--only), and a bit that is
 * changed. What it cannot read it says so of. Where a message holds several packets, it is meant as
 * one: when one of them is. */
#ifndef LOOK_H
#define LOOK_H

#include "agent/decode.h"
#include "base/words.h"

/* A filter for frames, in the language of packet/filter.h, for IP packets, in libpcap's, or for
 * both, where it can be read as both. */
struct only;
/* NULL with why. */
struct only *only_new(const char *expression, struct why *why);
void only_free(struct only *o); /* NULL: nothing */

struct look { /* static storage */
	struct decoder decoder;
	uint8_t room[ENVELOPE_PACKET_MAX];
	char *body; /* with a changed bit */
	size_t body_size;
};
/* Registers statistics: before threads start. */
void look_init(struct look *l);

enum look_result { LOOK_UNREADABLE = -1, LOOK_NO, LOOK_YES };
/* Whether one of the packets in it is meant. serial: what a JSON body holds is a frame. */
enum look_result look_is_meant(struct look *l, const struct only *o, const struct bus_message *m,
                               bool serial);

/* *body and *length, which are m's or without its data_slip, become those of a copy in which this
 * bit, counted on through the packet and then from its beginning again, is changed: of its first
 * packet. LOOK_YES, or LOOK_UNREADABLE. The copy is valid until the next call. */
enum look_result look_corrupt(struct look *l, const struct bus_message *m,
                              const struct envelope_key *key, const uint8_t **body, size_t *length,
                              uint64_t bit);

#endif
