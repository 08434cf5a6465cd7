/* test_envelope.h - what the libenvelope suites share: guarded copies, seeds, the rows of the
 * corpus. */
#ifndef TEST_ENVELOPE_H
#define TEST_ENVELOPE_H

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "envelope.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { GUARD_AREA = 1 << 19 };

/* n octets that end where an unreadable page begins. One area a slot. */
static inline uint8_t *guarded(unsigned slot, size_t n)
{
	static uint8_t *areas[4];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	cr_assert(slot < COUNT(areas) && n <= GUARD_AREA);
	if (!areas[slot]) {
		uint8_t *map = mmap(NULL, GUARD_AREA + 2 * page, PROT_NONE,
		                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		cr_assert(map != MAP_FAILED);
		cr_assert(mprotect(map + page, GUARD_AREA, PROT_READ | PROT_WRITE) == 0);
		areas[slot] = map + page;
	}
	return areas[slot] + GUARD_AREA - n;
}

static inline void *guarded_copy(unsigned slot, const void *octets, size_t n)
{
	uint8_t *copy = guarded(slot, n);

	return n ? memcpy(copy, octets, n) : copy;
}

/* Adds to the text at out[0..size), of which there are length characters. Returns the new
 * length. */
static inline __attribute__((format(printf, 4, 5))) size_t
add(char *out, size_t size, size_t length, const char *format, ...)
{
	va_list arguments;
	int added;

	va_start(arguments, format);
	added = vsnprintf(out + length, size - length, format, arguments);
	va_end(arguments);
	cr_assert(added >= 0 && (size_t)added < size - length, "a test's buffer is too small");
	return length + (size_t)added;
}

/* TEST_SEED=N repeats a run. */
static inline uint64_t test_seed(void)
{
	const char *given = getenv("TEST_SEED");
	struct timespec t;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &t);
	seed = given ? strtoull(given, NULL, 0)
	             : (uint64_t)t.tv_nsec * 2654435761u + (uint64_t)t.tv_sec;
	fprintf(stderr, "TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static inline uint64_t random_next(uint64_t *state) /* splitmix64 */
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t bound)
{
	return random_next(state) % bound;
}

/* As in packets: few values, text, or most of them high. */
static inline void random_octets(uint64_t *state, uint8_t *out, size_t n)
{
	static const uint64_t masks[] = {0xff, 0x0f, 0x7f};
	uint64_t mask = masks[random_below(state, COUNT(masks))];
	bool high = random_below(state, 4) == 0;

	for (size_t i = 0; i < n; i++)
		out[i] = high ? (uint8_t)(random_next(state) | 0x80)
		              : (uint8_t)(random_next(state) & mask);
}

struct corpus_row {
	char *name, *key, *body;
	char line[8192];
};

/* messages/v1.tsv of the corpus, where there is one. */
static inline FILE *corpus_open(void)
{
	const char *corpus = getenv("CORPUS");
	char path[4096], heading[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/messages/v1.tsv",
	         corpus && corpus[0] ? corpus : "../shared/corpus");
	file = fopen(path, "r");
	if (file)
		cr_assert(fgets(heading, sizeof(heading), file));
	return file;
}

static inline bool corpus_next(FILE *file, struct corpus_row *row)
{
	char *rest = row->line;

	if (!fgets(row->line, sizeof(row->line), file))
		return false;
	row->name = strsep(&rest, "\t");
	row->key = strsep(&rest, "\t");
	row->body = strsep(&rest, "\t");
	cr_assert(row->body, "a row without three columns");
	return true;
}

#endif
