#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned nearest_distance(const char *a, size_t a_length, const char *b)
{
	unsigned table[NAME_MAX_LENGTH + 1][NAME_MAX_LENGTH + 1];
	size_t b_length = strlen(b);

	if (a_length > NAME_MAX_LENGTH || b_length > NAME_MAX_LENGTH)
		return NAME_MAX_LENGTH;
	for (size_t k = 0; k <= b_length; k++)
		table[0][k] = (unsigned)k;
	for (size_t i = 1; i <= a_length; i++) {
		table[i][0] = (unsigned)i;
		for (size_t k = 1; k <= b_length; k++) {
			unsigned d = table[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

			d = least(d, least(table[i - 1][k], table[i][k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				d = least(d, table[i - 2][k - 2] + 1);
			table[i][k] = d;
		}
	}
	return table[a_length][b_length];
}

const char *nearest_word(const char *const *words, const char *word, size_t length)
{
	char small[NAME_MAX_LENGTH];
	const char *nearest = NULL;
	unsigned best = (unsigned)length / 3 + 1; /* further away is another word */

	if (length > NAME_MAX_LENGTH)
		return NULL;
	for (size_t i = 0; i < length; i++)
		small[i] = (char)tolower((unsigned char)word[i]);
	for (unsigned i = 0; words[i]; i++) {
		unsigned d = nearest_distance(small, length, words[i]);

		if (d < best) {
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}
