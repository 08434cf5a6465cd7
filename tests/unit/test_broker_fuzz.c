/* A consumer and a publisher over what fuzzing found (tests/data/agent): the target aborts on what
 * is wrong. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/fuzz_agent_broker.c"

static unsigned hex_value(char c)
{
	const char *digits = "0123456789abcdef", *found = c ? strchr(digits, c) : NULL;

	cr_assert(found, "not hex: %c", c);
	return (unsigned)(found - digits);
}

Test(fuzz, broker)
{
	const char *path = "tests/data/agent/fuzz_agent_broker.hex";
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0, inputs = 0;

	cr_assert(file, "%s: not there (run from the project's root)", path);
	for (ssize_t n; (n = getline(&line, &size, file)) > 0; inputs++) {
		size_t octets = (size_t)n / 2;
		uint8_t *in = malloc(octets ? octets : 1);

		cr_assert(in);
		for (size_t i = 0; i < octets; i++)
			in[i] = (uint8_t)(hex_value(line[2 * i]) << 4 | hex_value(line[2 * i + 1]));
		LLVMFuzzerTestOneInput(in, octets);
		free(in);
	}
	free(line);
	fclose(file);
	cr_assert_gt(inputs, 5, "%s", path);
}
