#include "bus/ranges.h"

#include <stdlib.h>
#include <string.h>

/* The first range that ends at the number before this one, or behind that. */
static size_t find(const struct ranges *r, uint64_t number)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->at[middle].last + 1 < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool make_room(struct ranges *r)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct range *at;

	if (r->count < r->room)
		return true;
	at = realloc(r->at, room * sizeof *at);
	if (!at)
		return false;
	r->at = at;
	r->room = room;
	return true;
}

static void remove_at(struct ranges *r, size_t i)
{
	memmove(r->at + i, r->at + i + 1, (--r->count - i) * sizeof *r->at);
}

static bool insert_at(struct ranges *r, size_t i, uint64_t number)
{
	if (!make_room(r))
		return false;
	memmove(r->at + i + 1, r->at + i, (r->count++ - i) * sizeof *r->at);
	r->at[i] = (struct range){number, number};
	return true;
}

bool ranges_add(struct ranges *r, uint64_t number)
{
	size_t i = find(r, number);
	struct range *at = r->at + i;

	if (i == r->count || number + 1 < at->first) {
		if (!insert_at(r, i, number))
			return false;
	} else if (number + 1 == at->first) {
		at->first = number;
	} else if (number == at->last + 1) {
		at->last = number;
		if (i + 1 < r->count && r->at[i + 1].first == number + 1) {
			at->last = r->at[i + 1].last;
			remove_at(r, i + 1);
		}
	} else {
		return true;
	}
	r->numbers++;
	return true;
}

void ranges_clear(struct ranges *r)
{
	free(r->at);
	*r = (struct ranges){0};
}
