/* libenvelope: packet messages parsed as jansson parses them; every body flush against an
 * unreadable page. */
#include "test_envelope.h"

#include "../fuzz/fuzz_envelope_oracle.h"

#define US 1000
#define S  1000000000

struct vector {
	const char *body;
	int outcome;
	const char *octets; /* the data, each as one character; a fault: not looked at */
	int64_t time_ns;
	size_t offset; /* of the fault */
};

#define GOOD(body, octets, time)                                                                   \
	{                                                                                          \
		body, 0, octets, time, 0                                                           \
	}
#define BAD(body, error, offset)                                                                   \
	{                                                                                          \
		body, error, "", 0, offset                                                         \
	}

static const struct vector vectors[] = {
	GOOD("{\"data\": [1]}", "\1", 0),
	GOOD("{\"data\":[1,2,255,10]}", "\1\2\377\12", 0),
	GOOD(" \n\r\t{ \"data\" \n:\t[ 1 ,\r2 ] } \n", "\1\2", 0),
	GOOD("{\"_api_version\": \"1.2.15\", \"data\": [96, 1], \"interface_name\": \"tun0\", "
             "\"timestamp\": "
             "1795406616.123456}",
             "\140\1", 1795406616123456 * US),
	GOOD("{\"timestamp\": 1795406616, \"data\": [7]}", "\7", 1795406616ll * S),
	/* numbers in any notation */
	GOOD("{\"data\": [12.0, 1.2e1, 12E0, 120e-1, 0.12e+2, 0.0012e4]}", "\14\14\14\14\14\14", 0),
	GOOD("{\"data\": [255.0, 25500e-2, 2.55e2, 0.255e+0003]}", "\377\377\377\377", 0),
	GOOD("{\"data\": [1000000000000000000000000000000000000000e-39]}", "\1", 0),
	GOOD("{\"data\": [0.00000000000000000000000000000000000000000000000000000012e56, 9]}",
             "\14\11", 0),
	GOOD("{\"data\": [12.00000000000000000001, 11.99999999999999999999, "
             "0.99999999999999999999]}",
             "\14\14\1", 0), /* as doubles */
	/* duplicates: the last one wins */
	GOOD("{\"data\": [1], \"data\": [2]}", "\2", 0),
	GOOD("{\"data\": [300], \"data\": [2, 3]}", "\2\3", 0),
	GOOD("{\"data\": \"x\", \"data\": {\"data\": [9]}, \"data\": [2]}", "\2", 0),
	GOOD("{\"timestamp\": 1, \"data\": [2], \"timestamp\": 3}", "\2", 3ll * S),
	GOOD("{\"timestamp\": 1, \"data\": [2], \"timestamp\": null}", "\2", 0),
	BAD("{\"data\": [1], \"data\": []}", ENVELOPE_ENODATA, 23),
	BAD("{\"data\": [1], \"data\": null}", ENVELOPE_ETYPE, 22),
	BAD("{\"data\": [1], \"data\": [256]}", ENVELOPE_ERANGE, 23),
	/* escapes in keys; keys that only look like ours */
	GOOD("{\"\\u0064ata\": [5]}", "\5", 0),
	GOOD("{\"\\u0064\\u0061\\u0074\\u0061\": [5], \"\\u0074imestamp\": 2}", "\5", 2ll * S),
	GOOD("{\"Data\": [9], \"data \": [9], \"dat\": [9], \"data\\u0000\": [9], \"data\\n\": 9, "
             "\"data\": [5]}",
             "\5", 0),
	BAD("{\"Data\": [9], \"data\\u0000\": [9]}", ENVELOPE_ENODATA, 31),
	BAD("{\"\\\"data\": [9]}", ENVELOPE_ENODATA, 14),
	/* other keys */
	GOOD("{\"x\": {\"data\": [9], \"y\": [[], {}, [{\"a\": []}], \"\\ud83d\\udc0d\", true, "
             "false, null, -1.5e-7]}, "
             "\"data\": [5]}",
             "\5", 0),
	GOOD("{\"x\": 123456789012345678901234567890, \"y\": 1e999, \"z\": -0, \"data\": [5]}",
             "\5", 0),
	GOOD("{\"\": \"\", \"data\": [5], \"\xc3\xa9\": \"\xe2\x82\xac\xf0\x9f\x90\x8d\x7f\"}",
             "\5", 0),
	/* times */
	GOOD("{\"data\": [5], \"timestamp\": \"1500000000.25\"}", "\5", 1500000000250000 * US),
	GOOD("{\"data\": [5], \"timestamp\": \"15\\u0030\"}", "\5", 150ll * S),
	GOOD("{\"data\": [5], \"timestamp\": \" 7 \"}", "\5", 7ll * S),
	GOOD("{\"data\": [5], \"timestamp\": "
             "\"7.00000000000000000000000000000000000000000000000000000000000000\"}",
             "\5", 7ll * S),
	GOOD("{\"data\": [5], \"timestamp\": "
             "\"7.000000000000000000000000000000000000000000000000000000000000000\"}",
             "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": 1.795406616123456789e9}", "\5", 1795406616123456789),
	GOOD("{\"data\": [5], \"timestamp\": 0.0000000005}", "\5", 1),
	GOOD("{\"data\": [5], \"timestamp\": 0.00000000049}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": -1.5}", "\5", -1500000 * US),
	GOOD("{\"data\": [5], \"timestamp\": 9223372036.854775807}", "\5", INT64_MAX),
	GOOD("{\"data\": [5], \"timestamp\": 9223372036.854775808}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": 18446744074}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": 1e99999999999999999999}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": 0e99999999999999999999}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": \"yesterday\"}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": \"1 2\"}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": [1, {\"a\": 2}]}", "\5", 0),
	GOOD("{\"data\": [5], \"timestamp\": true}", "\5", 0),
	/* octets that are none */
	BAD("{\"data\": [1, 256]}", ENVELOPE_ERANGE, 13),
	BAD("{\"data\": [-1]}", ENVELOPE_ERANGE, 10),
	BAD("{\"data\": [1, 2, 99999999999999999999999999]}", ENVELOPE_ERANGE, 16),
	BAD("{\"data\": [1e3]}", ENVELOPE_ERANGE, 10),
	BAD("{\"data\": [1e99999999999999999999]}", ENVELOPE_ERANGE, 10),
	BAD("{\"data\": [255.99999999999999999999]}", ENVELOPE_ERANGE, 10),
	BAD("{\"data\": [1.5]}", ENVELOPE_ETYPE, 10),
	BAD("{\"data\": [255.5]}", ENVELOPE_ETYPE, 10),
	BAD("{\"data\": [12.000000000000001]}", ENVELOPE_ETYPE, 10),
	BAD("{\"data\": [11.999999999999999]}", ENVELOPE_ETYPE, 10),
	BAD("{\"data\": [5e-324]}", ENVELOPE_ETYPE, 10),
	BAD("{\"data\": [-0.5]}", ENVELOPE_ERANGE, 10),
	BAD("{\"data\": [1, \"2\"]}", ENVELOPE_ETYPE, 13),
	BAD("{\"data\": [1, true]}", ENVELOPE_ETYPE, 13),
	BAD("{\"data\": [1, null, 300]}", ENVELOPE_ETYPE, 13),
	BAD("{\"data\": [1, [2]]}", ENVELOPE_ETYPE, 13),
	BAD("{\"data\": [1, {\"data\": [2]}]}", ENVELOPE_ETYPE, 13),
	/* the wrong shape */
	BAD("{}", ENVELOPE_ENODATA, 1),
	BAD("{\"timestamp\": 1}", ENVELOPE_ENODATA, 15),
	BAD("{\"data\": []}", ENVELOPE_ENODATA, 10),
	BAD("{\"data\": [ ]}", ENVELOPE_ENODATA, 11),
	BAD("{\"data\": \"1\"}", ENVELOPE_ETYPE, 9),
	BAD("{\"data\": {}}", ENVELOPE_ETYPE, 9),
	BAD("{\"data\": 1}", ENVELOPE_ETYPE, 9),
	BAD("[1]", ENVELOPE_ETYPE, 0),
	BAD(" [{\"data\": [1]}] ", ENVELOPE_ETYPE, 1),
	BAD("\"data\"", ENVELOPE_ETYPE, 0),
	BAD("12", ENVELOPE_ETYPE, 0),
	BAD("null", ENVELOPE_ETYPE, 0),
	/* not JSON */
	BAD("", ENVELOPE_ESYNTAX, 0),
	BAD(" ", ENVELOPE_ESYNTAX, 1),
	BAD("hello", ENVELOPE_ESYNTAX, 0),
	BAD("\xef\xbb\xbf{\"data\": [1]}", ENVELOPE_ESYNTAX, 0),
	BAD("{\"data\": [1]} x", ENVELOPE_ESYNTAX, 14),
	BAD("{\"data\": [1]}}", ENVELOPE_ESYNTAX, 13),
	BAD("{\"data\": [1,]}", ENVELOPE_ESYNTAX, 12),
	BAD("{\"data\": [,1]}", ENVELOPE_ESYNTAX, 10),
	BAD("{\"data\": [1 2]}", ENVELOPE_ESYNTAX, 12),
	BAD("{\"data\": [1}", ENVELOPE_ESYNTAX, 11),
	BAD("{\"data\": [1],}", ENVELOPE_ESYNTAX, 13),
	BAD("{\"data\": [1]", ENVELOPE_ESYNTAX, 12),
	BAD("{,}", ENVELOPE_ESYNTAX, 1),
	BAD("{data: [1]}", ENVELOPE_ESYNTAX, 1),
	BAD("{\"data\" [1]}", ENVELOPE_ESYNTAX, 8),
	BAD("{\"data\": }", ENVELOPE_ESYNTAX, 9),
	BAD("{'data': [1]}", ENVELOPE_ESYNTAX, 1),
	BAD("{\"data\": [01]}", ENVELOPE_ESYNTAX, 11),
	BAD("{\"data\": [+1]}", ENVELOPE_ESYNTAX, 10),
	BAD("{\"data\": [1.]}", ENVELOPE_ESYNTAX, 12),
	BAD("{\"data\": [.5]}", ENVELOPE_ESYNTAX, 10),
	BAD("{\"data\": [1e]}", ENVELOPE_ESYNTAX, 12),
	BAD("{\"data\": [1e+]}", ENVELOPE_ESYNTAX, 13),
	BAD("{\"data\": [-]}", ENVELOPE_ESYNTAX, 11),
	BAD("{\"data\": [0x10]}", ENVELOPE_ESYNTAX, 11),
	BAD("{\"data\": [NaN]}", ENVELOPE_ESYNTAX, 10),
	BAD("{\"data\": [Infinity]}", ENVELOPE_ESYNTAX, 10),
	BAD("{\"data\": [1], \"x\": NaN}", ENVELOPE_ESYNTAX, 19),
	BAD("{\"data\": [1], \"x\": nul}", ENVELOPE_ESYNTAX, 22),
	BAD("{\"data\": [1], \"x\": truee}", ENVELOPE_ESYNTAX, 23),
	BAD("{\"data\": [1], \"x\": \"a}", ENVELOPE_ESYNTAX, 22),
	BAD("{\"data\": [1], \"x\": \"\\\"}", ENVELOPE_ESYNTAX, 23),
	BAD("{\"data\": [1], \"x\": \"\\x41\"}", ENVELOPE_ESYNTAX, 21),
	BAD("{\"data\": [1], \"x\": \"\\u12g4\"}", ENVELOPE_ESYNTAX, 24),
	BAD("{\"data\": [1], \"x\": \"\\ud83d\"}", ENVELOPE_ESYNTAX, 26),
	BAD("{\"data\": [1], \"x\": \"\\ud83d\\u0041\"}", ENVELOPE_ESYNTAX, 32),
	BAD("{\"data\": [1], \"x\": \"\\udc0d\"}", ENVELOPE_ESYNTAX, 26),
	BAD("{\"data\": [1], \"x\": \"\\udc0d\\udc0d\"}", ENVELOPE_ESYNTAX, 26),
	BAD("{\"data\": [1], \"x\": \"a\nb\"}", ENVELOPE_ESYNTAX, 21),
	BAD("{\"data\": [1], \"x\": \"a\x1f\"}", ENVELOPE_ESYNTAX, 21),
	BAD("{\"data\": [1], \"x\": \"a\x80\"}", ENVELOPE_ESYNTAX, 21),
	BAD("{\"data\": [1], \"x\": \"\xc0\xaf\"}", ENVELOPE_ESYNTAX, 20),
	BAD("{\"data\": [1], \"x\": \"\xe0\x9f\xbf\"}", ENVELOPE_ESYNTAX, 20),
	BAD("{\"data\": [1], \"x\": \"\xf0\x8f\xbf\xbf\"}", ENVELOPE_ESYNTAX, 20),
	BAD("{\"data\": [1], \"x\": \"\xed\xa0\x80\"}", ENVELOPE_ESYNTAX, 20),
	BAD("{\"data\": [1], \"x\": \"\xf4\x90\x80\x80\"}", ENVELOPE_ESYNTAX, 20),
	BAD("{\"data\": [1], \"x\": \"\xe2\x82\"}", ENVELOPE_ESYNTAX, 20),
	BAD("{\"data\": [300], \"x\": [}", ENVELOPE_ESYNTAX, 22),
	BAD("{\"x\": [}, \"data\": [1]}", ENVELOPE_ESYNTAX, 7),
	BAD("{\"x\": {\"a\": 1], \"data\": [1]}", ENVELOPE_ESYNTAX, 13),
	BAD("{\"x\": [[1}], \"data\": [1]}", ENVELOPE_ESYNTAX, 9),
	BAD("{\"x\": {\"a\"}, \"data\": [1]}", ENVELOPE_ESYNTAX, 10),
	BAD("{\"x\": [\"a\": 1], \"data\": [1]}", ENVELOPE_ESYNTAX, 10),
};

static const char *field_at_fault(const struct vector *v)
{
	bool is_object = v->body[strspn(v->body, " \n\r\t")] == '{';

	return v->outcome < 0 && v->outcome != ENVELOPE_ESYNTAX && is_object ? "data" : "";
}

static void expect_read(const struct vector *v, const char *body, size_t length)
{
	struct envelope_packet p = {.link_type = 77};
	uint8_t *data = guarded(1, 64);
	struct envelope_fault fault;
	size_t want = strlen(v->octets);
	int outcome =
		envelope_json_parse(&p, data, 64, guarded_copy(0, body, length), length, &fault);

	cr_expect_eq(outcome, v->outcome, "%.*s: %d instead of %d", (int)length, body, outcome,
	             v->outcome);
	cr_expect_eq(fault.error, outcome);
	cr_expect_str_eq(fault.field, field_at_fault(v), "%.*s", (int)length, body);
	if (v->outcome < 0) {
		cr_expect_eq(fault.offset, v->offset, "%.*s: offset %zu instead of %zu",
		             (int)length, body, fault.offset, v->offset);
		return;
	}
	cr_expect(p.length == want && memcmp(p.data, v->octets, want) == 0, "%.*s: %zu octets",
	          (int)length, body, p.length);
	cr_expect_eq(p.time_ns, v->time_ns, "%.*s: %lld", (int)length, body, (long long)p.time_ns);
	cr_expect_eq(p.link_type, 77);
}

Test(read, vectors)
{
	for (size_t i = 0; i < COUNT(vectors); i++)
		expect_read(&vectors[i], vectors[i].body, strlen(vectors[i].body));
}

Test(read, vectors_as_jansson_reads_them)
{
	static struct oracle oracle;

	for (size_t i = 0; i < COUNT(vectors); i++) {
		size_t length = strlen(vectors[i].body);
		const char *wrong =
			oracle_disagrees(&oracle, guarded(1, 64), 64,
		                         guarded_copy(0, vectors[i].body, length), length);

		cr_expect(!wrong, "%s: %s", vectors[i].body, wrong);
	}
}

/* A body that is cut says so at its end, wherever the cut is. */
Test(read, every_truncation)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		size_t length = strrchr(vectors[i].body, '}')
		                        ? (size_t)(strrchr(vectors[i].body, '}') - vectors[i].body)
		                        : 0;

		for (size_t n = 0; n <= length && vectors[i].outcome != ENVELOPE_ESYNTAX; n++) {
			struct envelope_packet p;
			struct envelope_fault fault;
			int outcome =
				envelope_json_parse(&p, guarded(1, 64), 64,
			                            guarded_copy(0, vectors[i].body, n), n, &fault);

			cr_expect_eq(outcome, ENVELOPE_ESYNTAX, "%.*s", (int)n, vectors[i].body);
			cr_expect(fault.offset <= n && fault.offset + 8 >= n, "%.*s: offset %zu",
			          (int)n, vectors[i].body, fault.offset);
		}
	}
}

Test(read, nul_octets)
{
	static const char body[] = "{\"data\": [1]\0}";
	static const struct vector in_space = BAD("", ENVELOPE_ESYNTAX, 12),
				   after = BAD("", ENVELOPE_ESYNTAX, 13);

	expect_read(&in_space, body, sizeof(body) - 1);
	expect_read(&after, "{\"data\": [1]}\0", 14);
}

Test(read, zeros_in_every_notation)
{
	static const char body[] = "{\"data\": [0, -0, -0.0, 0e99999999999999999999, 1e-999, "
				   "-1e-99999999999999999999, "
				   "2.4703282292062327e-324]}";
	struct envelope_packet p;
	uint8_t data[7];

	memset(data, 1, sizeof(data));
	cr_assert_eq(envelope_json_parse(&p, data, sizeof(data), body, sizeof(body) - 1, NULL), 0);
	cr_expect_eq(p.length, sizeof(data));
	cr_expect_arr_eq(data, "\0\0\0\0\0\0\0", sizeof(data));
}

Test(read, every_octet_in_every_notation)
{
	static const char *const notations[] = {"%u",        "%u.0",    "%u.000", "%ue0",  "%u0e-1",
	                                        "%u000E-03", "%u.0e+0", " %u ",   "\n%u\t"};

	for (unsigned octet = 0; octet < 1000; octet++) {
		for (size_t i = 0; i < COUNT(notations); i++) {
			struct envelope_packet p;
			uint8_t data[1];
			char number[32], body[64];
			int length, outcome;

			snprintf(number, sizeof(number), notations[i], octet);
			length = snprintf(body, sizeof(body), "{\"data\":[%s]}", number);
			outcome = envelope_json_parse(&p, data, 1,
			                              guarded_copy(0, body, (size_t)length),
			                              (size_t)length, NULL);
			if (octet == 0 && (i == 4 || i == 5))
				cr_assert_eq(outcome, ENVELOPE_ESYNTAX, "%s", body); /* 00e-1 */
			else
				cr_assert_eq(outcome, octet < 256 ? 0 : ENVELOPE_ERANGE, "%s",
				             body);
			cr_assert(outcome < 0 || data[0] == octet, "%s", body);
		}
	}
}

Test(read, buffer_sizes)
{
	static const char body[] = "{\"data\": [1, 2, 3]}";
	struct envelope_packet p;
	struct envelope_fault fault;

	for (size_t size = 0; size < 3; size++) {
		cr_expect_eq(envelope_json_parse(&p, guarded(1, size), size, body, sizeof(body) - 1,
		                                 &fault),
		             ENVELOPE_ETOOLONG);
		cr_expect_eq(fault.offset, 10 + 3 * size);
	}
	cr_expect_eq(envelope_json_parse(&p, guarded(1, 3), 3, body, sizeof(body) - 1, &fault), 0);
	cr_expect_eq(envelope_json_parse(&p, guarded(1, 1), 1, "{\"data\": [1, 2], \"data\": [3]}",
	                                 29, &fault),
	             0);
}

static const struct {
	const char *rest, *name;
	bool with_slip;
	enum envelope_api api;
} details[] = {
	{"", "", false, ENVELOPE_V1},
	{", \"interface_name\": \"tun0\"", "tun0", false, ENVELOPE_V1},
	{", \"interface_n\\u0061me\": \"t\\u00e9\\ud83d\\udc0d\", \"_type\": 1",
         "t\xc3\xa9\xf0\x9f\x90\x8d", false, ENVELOPE_V0},
	{", \"data_slip\": [192, [\"x\"]], \"_api_version\": \"1.2.15\"", "", true, ENVELOPE_V1},
	{", \"interface_name\": \"a\", \"interface_name\": \"b\"", "b", false, ENVELOPE_V1},
	{", \"interface_name\": \"a\", \"interface_name\": [\"b\"]", "", false, ENVELOPE_V1},
	{", \"interface_name\": \"a\\u0000b\"", "", false, ENVELOPE_V1},
	{", \"interface_name\": "
         "\"123456789012345678901234567890123456789012345678901234567890123\"",
         "123456789012345678901234567890123456789012345678901234567890123", false, ENVELOPE_V1},
	{", \"interface_name\": "
         "\"1234567890123456789012345678901234567890123456789012345678901234\"",
         "", false, ENVELOPE_V1},
};

Test(read, details)
{
	for (size_t i = 0; i < COUNT(details); i++) {
		struct envelope_json_details d;
		struct envelope_packet p;
		uint8_t data[4];
		char body[256];
		size_t length = add(body, sizeof(body), 0, "{\"data\": [5]%s}", details[i].rest);

		memset(&d, 0xff, sizeof(d));
		cr_assert_eq(envelope_json_parse_details(&p, &d, data, sizeof(data),
		                                         guarded_copy(0, body, length), length,
		                                         NULL),
		             0);
		cr_expect(p.length == 1 && p.data[0] == 5);
		cr_expect_str_eq(d.interface_name, details[i].name);
		cr_expect_eq(d.with_slip, details[i].with_slip, "%s", body);
		cr_expect_eq(d.api, details[i].api, "%s", body);
		for (size_t n = 0; n < length; n++)
			cr_assert_eq(envelope_json_parse_details(&p, &d, data, sizeof(data),
			                                         guarded_copy(0, body, n), n, NULL),
			             ENVELOPE_ESYNTAX);
	}
}
