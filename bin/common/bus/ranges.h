/* ranges.h - a set of numbers that mostly come in order, as ranges. Never holds two that touch. */
#ifndef RANGES_H
#define RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t first, last;
};

struct ranges {           /* all zero: empty */
	struct range *at; /* in order */
	size_t count;     /* ranges */
	uint64_t numbers; /* in them */
	size_t room;      /* private */
};

/* False: no memory, it is not in the set. */
bool ranges_add(struct ranges *r, uint64_t number);
/* Empties it and frees its memory. */
void ranges_clear(struct ranges *r);

#endif
