/* devices.h - which extended address a device with a short one has: the nonce needs it. From the
 * file (given), from frames whose MIC proves it (proven), and from what frames say (claimed). What
 * is given or proven is never taken over: a claim that differs stands beside it, is tried after it,
 * and is told. Tables of fixed size: where one is full, the oldest claim gives way, then the oldest
 * proof, never what is given. */
#ifndef DEVICES_H
#define DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "frame_keys/keys_file.h"

enum address_standing { ADDRESS_CLAIMED, ADDRESS_PROVEN, ADDRESS_GIVEN };
enum { ADDRESS_CANDIDATES = 3, ADDRESS_GUESSES = 16 };
/* Of a short address: those of the file, of its PAN and of any, and what was learned. */
enum { ADDRESSES_FOUND = 2 * KEYS_SAME_ADDRESS_MAX + ADDRESS_CANDIDATES };

struct address_candidate {
	uint64_t extended;
	enum address_standing standing;
};

struct devices;

/* NULL: no memory. The given ones are copied. */
struct devices *devices_new(const struct address_line *given, unsigned count);
void devices_free(struct devices *a); /* NULL: nothing */

enum device_news {
	DEVICE_KNOWN,   /* that, already, or nothing that may be noted */
	DEVICE_LEARNED, /* the first one for this short address, or a claim that is proven now */
	DEVICE_DISPUTED /* another one than was known: *before is that */
};
/* A device of this PAN is said to have these addresses. CLAIMED or PROVEN. */
enum device_news devices_note(struct devices *a, uint16_t pan, uint16_t address,
                              struct address_candidate said, uint64_t *before);
/* An extended address is at work in this PAN: a guess for short ones that nobody knows. */
void devices_note_heard(struct devices *a, uint16_t pan, uint64_t extended, bool proven);

/* What the short address may stand for, best standing first, into out: how many. */
unsigned devices_find(const struct devices *a, uint16_t pan, uint16_t address,
                      struct address_candidate out[ADDRESSES_FOUND]);
/* Extended addresses that were heard in the PAN, proven ones first. */
unsigned devices_guess(const struct devices *a, uint16_t pan, uint64_t out[ADDRESS_GUESSES]);

#endif
