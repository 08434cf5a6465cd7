/* libenvelope: packet messages made at random. jansson and the scanner agree on each, and what is
 * built is parsed. TEST_SEED=N repeats a run. */
#include "test_envelope.h"

#include "../fuzz/fuzz_envelope_oracle.h"
#include "processor_seconds.h"

#define US 1000
#define S  1000000000

struct sink {
	char text[4096];
	size_t length;
};

static void put(struct sink *s, const char *text)
{
	size_t n = strlen(text);

	if (s->length + n <= sizeof(s->text)) {
		memcpy(s->text + s->length, text, n);
		s->length += n;
	}
}

static void put_any(struct sink *s, uint64_t *state, const char *const *choices, size_t count)
{
	put(s, choices[random_below(state, count)]);
}
#define PUT_ANY(s, state, ...)                                                                     \
	do {                                                                                       \
		static const char *const choices[] = {__VA_ARGS__};                                \
		put_any(s, state, choices, COUNT(choices));                                        \
	} while (0)

static void put_space(struct sink *s, uint64_t *state)
{
	if (random_below(state, 6) == 0)
		PUT_ANY(s, state, " ", "  ", "\n", "\t", "\r\n");
}

static void put_number(struct sink *s, uint64_t *state)
{
	static const char *const formats[] = {
		"%u",  "%u.0", "%ue0",    "%u0e-1", "%u.000000000000000000000001",
		"-%u", "%u.5", "%ue-400", "%ue2",   "0.%u"};
	char text[64];

	if (random_below(state, 12) == 0) {
		PUT_ANY(s, state, "0", "-0", "-0.0", "255.00000000000003", "255.00000000000001",
		        "0.99999999999999995", "0.9999999999999999",
		        "0.99999999999999994448884876874217297881841659545898437500",
		        "1.000000000000000111022302462515654042363166809082031250",
		        "1.0000000000000001110223024625156540423631668090820312501",
		        "2.4703282292062327e-324", "2.4703282292062328e-324", "1e308", "1e309",
		        "18446744073709551616", "9223372036854775808", "123e-2", "01", "1.", "-",
		        "1795406616.123456", "9223372036", "9223372037");
		return;
	}
	const char *format =
		formats[random_below(state, 3) ? 0 : random_below(state, COUNT(formats))];
	unsigned limit = random_below(state, 20) ? 256 : 1000;
	snprintf(text, sizeof(text), format, (unsigned)random_below(state, limit));
	put(s, text);
}

static void put_string(struct sink *s, uint64_t *state)
{
	PUT_ANY(s, state, "\"\"", "\"a\"", "\"data\"", "\"\\u0064ata\"", "\"\\n\\\\\\\"\\/\"",
	        "\"\xc3\xa9\"", "\"\xf0\x9f\x90\x8d\"", "\"\\ud83d\\udc0d\"", "\"\\ud83d\"",
	        "\"\\u0000\"", "\"12\"", "\"1500000000.5\"", "\"1e999\"", "\"[1]\"", "\"\xc3\"",
	        "\"\x01\"", "\"\\x\"");
}

static void put_value(struct sink *s, uint64_t *state, unsigned depth);

static void put_list(struct sink *s, uint64_t *state, unsigned depth, bool object)
{
	uint64_t n = random_below(state, 4);

	put(s, object ? "{" : "[");
	for (uint64_t i = 0; i < n; i++) {
		if (i)
			put(s, ",");
		put_space(s, state);
		if (object) {
			put_string(s, state);
			put_space(s, state);
			put(s, ":");
		}
		put_value(s, state, depth + 1);
		put_space(s, state);
	}
	put(s, object ? "}" : "]");
}

static void put_value(struct sink *s, uint64_t *state, unsigned depth)
{
	switch (random_below(state, depth < 4 ? 6 : 4)) {
	case 0:
	case 1:
		put_number(s, state);
		break;
	case 2:
		put_string(s, state);
		break;
	case 3:
		PUT_ANY(s, state, "true", "false", "null", "[]", "{}", "[ ]", "NaN");
		break;
	default:
		put_list(s, state, depth, random_below(state, 2));
	}
}

static void put_octets(struct sink *s, uint64_t *state)
{
	uint64_t n = random_below(state, 3) ? random_below(state, 8) : random_below(state, 300);
	bool odd = random_below(state, 3) == 0;
	char text[8];

	put(s, "[");
	for (uint64_t i = 0; i < n; i++) {
		if (i)
			put(s, random_below(state, 40) ? ", " : ",");
		if (odd)
			put_space(s, state);
		snprintf(text, sizeof(text), "%u",
		         (unsigned)random_below(state, random_below(state, 100) ? 256 : 999));
		if (odd && random_below(state, 10) == 0)
			put_value(s, state, 3);
		else
			put(s, text);
		if (odd)
			put_space(s, state);
	}
	put(s, "]");
}

static void put_message(struct sink *s, uint64_t *state)
{
	uint64_t n = random_below(state, 5);

	put(s, "{");
	for (uint64_t i = 0; i < n; i++) {
		if (i)
			put(s, ",");
		put_space(s, state);
		if (random_below(state, 3) == 0)
			put_string(s, state);
		else
			PUT_ANY(s, state, "\"data\"", "\"data\"", "\"timestamp\"",
			        "\"_api_version\"", "\"d\\u0061ta\"", "\"times\\u0074amp\"");
		put(s, ":");
		put_space(s, state);
		if (random_below(state, 3))
			put_octets(s, state);
		else
			put_value(s, state, 0);
		put_space(s, state);
	}
	put(s, "}");
}

static void mutate(struct sink *s, uint64_t *state)
{
	static const char likely[] = "[]{},:\"\\ 0123456789.eE+-tfn\x80\xc3\x00\n";
	uint64_t times = random_below(state, 4);

	for (uint64_t i = 0; i < times && s->length > 0; i++) {
		size_t at = random_below(state, s->length);

		switch (random_below(state, 3)) {
		case 0:
			s->text[at] = likely[random_below(state, sizeof(likely) - 1)];
			break;
		case 1:
			memmove(s->text + at, s->text + at + 1, s->length - at - 1);
			s->length--;
			break;
		default:
			s->length = at + 1;
		}
	}
}

Test(property, jansson_agrees)
{
	static struct oracle oracle;
	static struct sink s;
	uint64_t state = test_seed();
	unsigned outcomes[16] = {0}, octets = 0;

	processor_seconds(120);
	for (unsigned i = 0; i < 200000; i++) {
		size_t size = random_below(&state, 20) ? 512 : random_below(&state, 6);
		const char *wrong;

		s.length = 0;
		put_message(&s, &state);
		if (random_below(&state, 2))
			mutate(&s, &state);
		wrong = oracle_disagrees(&oracle, guarded(1, size), size,
		                         guarded_copy(0, s.text, s.length), s.length);
		for (size_t c = 0; wrong && c < s.length; c++)
			fprintf(stderr, s.text[c] >= ' ' && s.text[c] <= '~' ? "%c" : "<%02x>",
			        (uint8_t)s.text[c]);
		cr_assert(!wrong, "%s, after %u bodies", wrong, i);
		outcomes[-oracle.outcome]++;
		octets += oracle.length > 64;
	}
	for (int error = ENVELOPE_OK; error >= ENVELOPE_ETOOLONG; error--)
		cr_expect_gt(outcomes[-error], 500, "%s: %u of 200000 bodies",
		             envelope_strerror(error), outcomes[-error]);
	cr_expect_gt(octets, 2000);
}

Test(property, what_is_written_is_read)
{
	static uint8_t octets[3000];
	uint64_t state = test_seed();

	for (unsigned i = 0; i < 3000; i++) {
		struct envelope_json_options o = {(enum envelope_api)random_below(&state, 2),
		                                  (enum envelope_direction)random_below(&state, 2),
		                                  random_below(&state, 2), "s\"\n\xc3\xa9", false};
		size_t n = 1 +
		           random_below(&state, random_below(&state, 4) ? 200 : sizeof(octets) - 1),
		       most;
		struct envelope_packet p = {octets, n,
		                            (int64_t)random_below(&state, 8589934591ull * S) / US *
		                                    US,
		                            101},
				       q;
		long length;

		random_octets(&state, octets, n);
		most = envelope_json_max(n, &o);
		length = envelope_json_build((char *)guarded(0, most), most, &p, &o);
		cr_assert_gt(length, 0);
		guarded_copy(2, guarded(0, most), (size_t)length);
		cr_assert_eq(envelope_json_parse(&q, guarded(1, n), n,
		                                 (const char *)guarded(2, (size_t)length),
		                                 (size_t)length, NULL),
		             0);
		cr_assert(q.length == n && memcmp(q.data, octets, n) == 0 &&
		          q.time_ns == p.time_ns);
	}
}
