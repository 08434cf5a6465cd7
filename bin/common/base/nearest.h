/* nearest.h - which word was probably meant by one that there is not. Pure. */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

/* How many letters must be changed, added, left out or exchanged with the next one to make one of
 * the other. Of longer words than 40 letters: 40. */
unsigned nearest_distance(const char *a, size_t a_length, const char *b);
/* Of words (NULL ends them) the one that word[0..length) is nearest to, or NULL. Capitals are
 * near. */
const char *nearest_word(const char *const *words, const char *word, size_t length);

#endif
