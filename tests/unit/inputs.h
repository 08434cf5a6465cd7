/* inputs.h - what suites give to the code that they test: octets that end where an unreadable page
 * begins, and random numbers whose seed is printed. */
#ifndef INPUTS_H
#define INPUTS_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* A copy of the octets that ends where an unreadable page begins. */
static UNUSED const uint8_t *guarded(const uint8_t *octets, size_t n)
{
	enum { AREA = 1 << 17 };
	static uint8_t *area;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!area) {
		area = mmap(NULL, AREA + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		            -1, 0);
		cr_assert(area != MAP_FAILED && mprotect(area + AREA, page, PROT_NONE) == 0);
	}
	cr_assert(n <= AREA);
	if (n)
		memmove(area + AREA - n, octets, n);
	return area + AREA - n;
}

static UNUSED uint64_t random_state;

static UNUSED uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * UINT64_C(0x2545F4914F6CDD1D);
}

/* TEST_SEED=N repeats a run. */
static UNUSED unsigned long long random_seed(const char *suite)
{
	const char *given = getenv("TEST_SEED");
	unsigned long long seed = given ? strtoull(given, NULL, 0) : (unsigned long long)time(NULL);

	fprintf(stderr, "%s: TEST_SEED=%llu\n", suite, seed);
	random_state = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
	return seed;
}

#endif
