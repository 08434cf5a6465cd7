/* listen.h - whether a port says what its firmware is to say: told by its first octets, within
 * three seconds of traffic; and, where nobody has said its speed, at which of the usual ones it
 * does. Never does I/O but for the log, never allocates. */
#ifndef LISTEN_H
#define LISTEN_H

#include "probe/recognise.h"

struct listen {
	const char *name;     /* of the port, for words; the caller's */
	const char *firmware; /* as --firmware calls it */
	bool speaks_first; /* the firmware asks, and is answered at the right speed: the caller sets
	                      it */
	bool settled;      /* there is nothing to be told any more */
	bool searching;    /* for the speed */
	unsigned speed;    /* the number of the one that is tried */
	unsigned baud;     /* in force, for words */
	int64_t begun_ns, since_ns; /* monotonic: this speed; its first octet, 0: none yet */
	size_t length, looked_at;
	uint8_t octets[RECOGNISE_ENOUGH];
};

enum listen_answer {
	LISTEN_PASS,  /* the octets are to be read as they come */
	LISTEN_HOLD,  /* the speed is not known yet: they are held */
	LISTEN_FOUND, /* it is: l->octets[0..length) are to be read */
	LISTEN_NEXT,  /* they are noise: l->baud is to be tried, and the firmware to be started */
};

/* baud 0: to be found out; l->baud is the first to be tried. */
void listen_init(struct listen *l, const char *name, const char *firmware, unsigned baud);
/* The port is open, now, perhaps again. */
void listen_begin(struct listen *l, int64_t now);
/* Octets that have come. Of LISTEN_NEXT and LISTEN_HOLD they need not be kept. */
enum listen_answer listen_to(struct listen *l, const uint8_t *octets, size_t n, int64_t now);
/* When listen_tick has something to do; INT64_MAX: never. */
int64_t listen_due(const struct listen *l);
enum listen_answer listen_tick(struct listen *l, int64_t now);
/* Whether nothing is left to be said: it has been, or what has come is what the firmware says, on a
 * silent air too. */
bool listen_is_settled(const struct listen *l);

#endif
