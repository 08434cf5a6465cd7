/* fuzz_replay.h - what fuzzing found, given to a target once more: it aborts on what is wrong.
 * tests/fuzz/corpus.py packs such files. */
#ifndef FUZZ_REPLAY_H
#define FUZZ_REPLAY_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static unsigned replay_hex_value(char c)
{
	const char *digits = "0123456789abcdef", *found = c ? strchr(digits, c) : NULL;

	cr_assert(found, "not hex: %c", c);
	return (unsigned)(found - digits);
}

/* Each input in memory of its own size: sanitizers see what lies behind it. At least six of them.
 */
static void replay(const char *path, int (*target)(const uint8_t *in, size_t n))
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0, inputs = 0;

	cr_assert(file, "%s: not there (run from the project's root)", path);
	for (ssize_t n; (n = getline(&line, &size, file)) > 0; inputs++) {
		size_t octets = (size_t)n / 2;
		uint8_t *in = malloc(octets ? octets : 1);

		cr_assert(in);
		for (size_t i = 0; i < octets; i++)
			in[i] = (uint8_t)(replay_hex_value(line[2 * i]) << 4 |
			                  replay_hex_value(line[2 * i + 1]));
		target(in, octets);
		free(in);
	}
	free(line);
	fclose(file);
	cr_assert_gt(inputs, 5, "%s", path);
}

#endif
