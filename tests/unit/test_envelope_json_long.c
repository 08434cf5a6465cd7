/* libenvelope: packet messages that are long or deep: all are parsed, in linear time and constant
 * memory. */
#include "test_envelope.h"

#include "../fuzz/fuzz_envelope_oracle.h"
#include "processor_seconds.h"

/* length octets of the filler, then the end; the caller frees. */
static char *long_body(const char *begin, const char *filler, size_t times, const char *end,
                       size_t *length)
{
	size_t b = strlen(begin), f = strlen(filler), e = strlen(end);
	char *body = malloc(b + f * times + e);

	cr_assert(body);
	memcpy(body, begin, b);
	for (size_t i = 0; i < times; i++)
		memcpy(body + b + f * i, filler, f);
	memcpy(body + b + f * times, end, e);
	*length = b + f * times + e;
	return body;
}

static int read_long(const char *begin, const char *filler, size_t times, const char *end)
{
	static uint8_t data[ENVELOPE_PACKET_MAX + 1000];
	struct envelope_packet p;
	size_t length;
	char *body = long_body(begin, filler, times, end, &length);
	int outcome = envelope_json_parse(&p, data, sizeof(data), body, length, NULL);

	free(body);
	return outcome;
}

Test(read, packets_of_65535_and_no_more)
{
	cr_expect_eq(read_long("{\"data\": [1", ", 2", ENVELOPE_PACKET_MAX - 1, "]}"), 0);
	cr_expect_eq(read_long("{\"data\": [1", ", 2", ENVELOPE_PACKET_MAX, "]}"),
	             ENVELOPE_ETOOLONG);
	cr_expect_eq(read_long("{\"data\": [1", ",2", ENVELOPE_PACKET_MAX, "]}"),
	             ENVELOPE_ETOOLONG);
	cr_expect_eq(read_long("{\"data\": [1", ", 2", ENVELOPE_PACKET_MAX + 500, "]}"),
	             ENVELOPE_ETOOLONG);
	cr_expect_eq(read_long("{\"data\": [1", ", 2", 5000000, "]"), ENVELOPE_ESYNTAX);
}

Test(read, nested_a_million_times)
{
	processor_seconds(10);
	cr_expect_eq(read_long("{\"x\": ", "[", 1000000, ""), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_long("{\"x\": ", "{\"a\":", 1000000, ""), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_long("{\"data\": ", "[", 1000000, ""), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_long("", "[", 1000000, ""), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_long("", "]", 1000000, ""), ENVELOPE_ESYNTAX);
}

/* depth containers around a 1, each with a member before and after the one that goes deeper. */
static int read_nested(size_t depth, const char *open, const char *before, const char *after,
                       const char *close)
{
	static uint8_t data[4];
	struct envelope_packet p;
	size_t inner_length, length;
	char *opened = long_body("{\"x\": ", open, depth, before, &inner_length),
	     *closed = long_body(after, close, depth, ", \"data\": [1]}", &length);
	char *body = malloc(inner_length + length);
	int outcome;

	memcpy(body, opened, inner_length);
	memcpy(body + inner_length, closed, length);
	outcome = envelope_json_parse(&p, data, sizeof(data), body, inner_length + length, NULL);
	free(opened);
	free(closed);
	free(body);
	return outcome;
}

#define EIGHT(x)  x x x x x x x x
#define DEEPER(x) EIGHT(EIGHT(x)) "1" EIGHT(EIGHT("}"))
#define OBJECT    "{\"a\":"

Test(read, deep_and_valid_is_read)
{
	static const size_t depths[] = {0, 1, 7, 8, 9, 2048, 32767, 32768, 32769, 1000000};

	processor_seconds(10);
	for (size_t i = 0; i < COUNT(depths); i++) {
		cr_expect_eq(read_nested(depths[i], "[", "1", "", "]"), 0, "%zu", depths[i]);
		cr_expect_eq(read_nested(depths[i], "{\"a\":", "1", "", "}"), 0, "%zu", depths[i]);
		cr_expect_eq(read_nested(depths[i], "[\"s\", {\"k\": 1, \"a\": ", "[]", "",
		                         ", \"z\": [2]} , \"s\" , 5]"),
		             0, "%zu", depths[i]);
		if (depths[i] > 0)
			cr_expect_eq(read_nested(depths[i], "[[], ", "1", "]", "]"),
			             ENVELOPE_ESYNTAX, "%zu", depths[i]);
	}
	cr_expect_eq(read_nested(32768, "[", "1", "", "}"), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_nested(32768, "[", "1, \"a\": 1", "", "]"), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_nested(40000, "[", "1 1", "", "]"), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_nested(32760, "[", DEEPER(OBJECT), "", ", 2]"),
	             0); /* all kinds known, then not, then known again */
	cr_expect_eq(read_nested(40000, "[", "1,", "", "]"), ENVELOPE_ESYNTAX);
}

Test(read, long_things_in_linear_time)
{
	enum { LONG = 10000000 };

	processor_seconds(20);
	cr_expect_eq(read_long("{\"x\": \"", "a", LONG, "\", \"data\": [1]}"), 0);
	cr_expect_eq(read_long("{\"x\": \"", "\\u00e9", LONG, "\", \"data\": [1]}"), 0);
	cr_expect_eq(read_long("{\"x\": \"", "\xc3\xa9", LONG, ""), ENVELOPE_ESYNTAX);
	cr_expect_eq(read_long("{\"", "\\u0064", LONG, "\": 1, \"data\": [1]}"), 0);
	cr_expect_eq(read_long("{\"data\": [1", "0", LONG, "]}"), ENVELOPE_ERANGE);
	cr_expect_eq(read_long("{\"data\": [1.", "0", LONG, "]}"), 0);
	cr_expect_eq(read_long("{\"data\": [0.", "0", LONG, "1]}"), 0); /* zero, as a double */
	cr_expect_eq(read_long("{\"data\": [1.", "0", LONG, "1e10000001]}"), ENVELOPE_ERANGE);
	cr_expect_eq(read_long("{\"data\": [1e", "0", LONG, "]}"), 0);
	cr_expect_eq(read_long("{\"data\": [1e", "9", LONG, "]}"), ENVELOPE_ERANGE);
	cr_expect_eq(read_long("{\"data\": [1e-", "9", LONG, "]}"), 0);
	cr_expect_eq(read_long("{\"timestamp\": 1.", "9", LONG, ", \"data\": [1]}"), 0);
	cr_expect_eq(read_long("{\"data\": [1], ", "\"data\": [1], ", LONG / 10, "\"data\": [1]}"),
	             0);
	cr_expect_eq(read_long("{", " ", LONG, "\"data\": [1]}"), 0);
	cr_expect_eq(read_long("", " ", LONG, ""), ENVELOPE_ESYNTAX);
}

Test(read, body_of_128_mib)
{
	processor_seconds(60);
	cr_expect_eq(read_long("{\"x\": [0", ", 1", (128 << 20) / 3, "], \"data\": [1]}"), 0);
	cr_expect_eq(read_long("{\"data\": [0", ", 1", (128 << 20) / 3, "]}"), ENVELOPE_ETOOLONG);
}
