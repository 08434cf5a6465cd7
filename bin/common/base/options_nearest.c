#include "base/nearest.h"
#include "base/options_internal.h"

const char *option_nearest(const struct option_entries *all, const char *word, size_t length)
{
	const char *nearest = NULL;
	unsigned best = (unsigned)length / 3 + 1; /* further away is another word */

	for (unsigned i = 0; i < all->count; i++) {
		unsigned d = nearest_distance(word, length, all->entry[i].spec.name);

		if (all->entry[i].spec.help && d < best) {
			best = d;
			nearest = all->entry[i].spec.name;
		}
	}
	return nearest;
}
