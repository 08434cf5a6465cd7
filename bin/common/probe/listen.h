/* listen.h - whether a port says what its firmware is to say: told by its first octets, within
 * three seconds of traffic, each time that it is open; and, where nobody has said its speed, at
 * which of the usual ones it does. Where a port that is open again says noise, another probe is on
 * it, perhaps, and its speed is looked for anew. Never does I/O but for the log, never allocates.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include "probe/recognise.h"

struct listen {
	const char *name;     /* of the port, for words; the caller's */
	const char *firmware; /* as --firmware calls it */
	bool speaks_first; /* the firmware asks, and is answered at the right speed: the caller sets
	                      it */
	bool settled;      /* there is nothing to be looked at any more */
	bool known;        /* what it says: as it is to be, or it has been told */
	bool automatic;    /* nobody has said the speed */
	bool searching;    /* for the speed */
	unsigned noisy;    /* times in a row that all was noise at a speed that had been found */
	unsigned speed;    /* the number of the one that is tried */
	unsigned baud;     /* in force, for words */
	int64_t begun_ns, since_ns; /* monotonic: this speed; its first octet, 0: none yet */
	size_t length, looked_at;
	size_t held; /* octets that were held when the last call was made */
	uint8_t octets[RECOGNISE_ENOUGH];
};

enum listen_answer {
	LISTEN_PASS,  /* the octets are to be read as they come */
	LISTEN_HOLD,  /* the speed is not known yet: they are held */
	LISTEN_FOUND, /* it is: l->octets[0..held) are to be read, then these */
	LISTEN_NEXT,  /* they are noise, as the held ones are: l->baud is to be tried, and the
	                 firmware to be started */
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
/* The port is gone, or the tool ends: what is held is looked at once more. */
enum listen_answer listen_end(struct listen *l, int64_t now);
/* Whether nothing is left to be said: it has been, or what has come is what the firmware says, on a
 * silent air too. */
bool listen_is_settled(const struct listen *l);

#endif
