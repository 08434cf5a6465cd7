/* random.h - numbers that look random and are the same for the same seed, on every machine:
 * xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47,
 * 2021), whose state splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014) makes of the seed. For no secrets. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state[4];
};

/* Numbers of one seed and another stream have nothing to do with each other. */
void random_seed(struct random *r, uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *r);
/* From 0 to below 1, in steps of 2^-53. */
double random_unit(struct random *r);

/* splitmix64: the next number, and the state after it. */
uint64_t random_split(uint64_t *state);

#endif
