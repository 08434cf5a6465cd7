/* libenvelope over what fuzzing found (tests/data/envelope), flush against an unreadable page. The
 * targets abort on what is wrong. */
#include "test_envelope.h"

#define LLVMFuzzerTestOneInput fuzz_json
#include "../fuzz/fuzz_envelope_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_control
#include "../fuzz/fuzz_envelope_control.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_key
#include "../fuzz/fuzz_envelope_key.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_pcap
#include "../fuzz/fuzz_envelope_pcap.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_gso
#include "../fuzz/fuzz_envelope_gso.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_ip
#include "../fuzz/fuzz_envelope_ip.c"
#undef LLVMFuzzerTestOneInput

static unsigned hex_value(char c)
{
	const char *digits = "0123456789abcdef", *found = c ? strchr(digits, c) : NULL;

	cr_assert(found, "not hex: %c", c);
	return (unsigned)(found - digits);
}

static void replay(const char *name, int (*target)(const uint8_t *in, size_t n))
{
	char path[128];
	char *line = NULL;
	size_t size = 0, inputs = 0;
	FILE *file;

	snprintf(path, sizeof(path), "tests/data/envelope/%s.hex", name);
	file = fopen(path, "r");
	cr_assert(file, "%s: not there (run from the project's root)", path);
	for (ssize_t n; (n = getline(&line, &size, file)) > 0; inputs++) {
		size_t octets = (size_t)n / 2;
		uint8_t *in = guarded(3, octets);

		for (size_t i = 0; i < octets; i++)
			in[i] = (uint8_t)(hex_value(line[2 * i]) << 4 | hex_value(line[2 * i + 1]));
		target(in, octets);
	}
	free(line);
	fclose(file);
	cr_expect_gt(inputs, 10, "%s", path);
}

Test(fuzz, json)
{
	replay("fuzz_envelope_json", fuzz_json);
}

Test(fuzz, control)
{
	replay("fuzz_envelope_control", fuzz_control);
}

Test(fuzz, key)
{
	replay("fuzz_envelope_key", fuzz_key);
}

Test(fuzz, pcap)
{
	replay("fuzz_envelope_pcap", fuzz_pcap);
}

Test(fuzz, gso)
{
	replay("fuzz_envelope_gso", fuzz_gso);
}

Test(fuzz, ip)
{
	replay("fuzz_envelope_ip", fuzz_ip);
}
