/* libenvelope: packet messages as JSON. Written as Python's json.dumps writes them, read as jansson
 * reads them; every buffer flush against an unreadable page. TEST_SEED=N repeats a run of the
 * seeded properties. */
#include "test_envelope.h"

#include "../fuzz/fuzz_envelope_oracle.h"

#define US 1000
#define S  1000000000

static const struct envelope_json_options v1_tun = {ENVELOPE_V1, ENVELOPE_FROM_AGENT, false,
                                                    "tun0"};
static const struct envelope_json_options v1_serial = {ENVELOPE_V1, ENVELOPE_FROM_AGENT, true,
                                                       "serial"};

static void expect_written(const struct envelope_packet *p, const struct envelope_json_options *o,
                           const char *want)
{
	size_t length = strlen(want), most = envelope_json_max(p->length, o);
	char *exact = (char *)guarded(0, length);

	cr_assert_geq(most, length);
	cr_assert_eq(envelope_json_write(exact, length, p, o), (long)length, "%s", want);
	cr_expect_arr_eq(exact, want, length, "%.*s instead of %s", (int)length, exact, want);
	cr_assert_eq(envelope_json_write((char *)guarded(0, most), most, p, o), (long)length);
	cr_expect_arr_eq(guarded(0, most), want, length);
	for (size_t size = 0; size < length; size++)
		cr_assert_eq(envelope_json_write((char *)guarded(0, size), size, p, o),
		             ENVELOPE_ESPACE, "%zu of %zu", size, length);
}

/* --- writing: the texts come from Python's json.dumps(body, sort_keys=True) --- */

static const uint8_t every_length[] = {0, 9, 10, 99, 100, 255};

Test(write, v1_uplink)
{
	struct envelope_packet p = {every_length, sizeof(every_length), 1795406616123456 * US, 101};

	expect_written(&p, &v1_tun,
	               "{\"_api_version\": \"1.2.15\", \"data\": [0, 9, 10, 99, 100, 255], "
	               "\"interface_name\": \"tun0\", "
	               "\"timestamp\": 1795406616.123456}");
}

Test(write, v1_serial_with_slip)
{
	static const uint8_t frame[] = {0xC0, 1, 0xDB, 0xDB, 2, 3, 0xC0};
	struct envelope_packet p = {frame, sizeof(frame), 1795406616ll * S, 230};

	expect_written(
		&p, &v1_serial,
		"{\"_api_version\": \"1.2.15\", \"data\": [192, 1, 219, 219, 2, 3, 192], "
		"\"data_slip\": [192, 219, 220, 1, 219, 221, 219, 221, 2, 3, 219, 220, 192], "
		"\"interface_name\": \"serial\", \"timestamp\": 1795406616}");
	p.length = 2;
	expect_written(&p, &v1_serial,
	               "{\"_api_version\": \"1.2.15\", \"data\": [192, 1], \"data_slip\": [192, "
	               "219, 220, 1, 192], "
	               "\"interface_name\": \"serial\", \"timestamp\": 1795406616}");
}

Test(write, v0_both_ways)
{
	struct envelope_json_options o = {ENVELOPE_V0, ENVELOPE_FROM_AGENT, false, "tun0"};
	struct envelope_packet p = {every_length, 2, 1500000000500000 * US, 101};

	expect_written(&p, &o,
	               "{\"_type\": \"packet.sniffed.raw\", \"data\": [0, 9], \"interface_name\": "
	               "\"tun0\", "
	               "\"timestamp\": \"1500000000.5\"}");
	o.direction = ENVELOPE_TO_AGENT;
	expect_written(&p, &o,
	               "{\"_type\": \"packet.to_inject.raw\", \"data\": [0, 9], "
	               "\"interface_name\": \"tun0\", "
	               "\"timestamp\": \"1500000000.5\"}");
	o = (struct envelope_json_options){ENVELOPE_V0, ENVELOPE_FROM_AGENT, true, "serial"};
	expect_written(&p, &o,
	               "{\"_type\": \"packet.sniffed.raw\", \"data\": [0, 9], \"data_slip\": [192, "
	               "0, 9, 192], "
	               "\"interface_name\": \"serial\", "
	               "\"timestamp\": \"1500000000.5\"}");
}

Test(write, interface_names)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{NULL, ""},
		{"", ""},
		{"q\"b\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d~ ",
	         "q\\\"b\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\u00e9\\u20ac\\ud83d\\udc0d~ "},
		{"\xff\xc3", "\\ufffd\\ufffd"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct envelope_json_options o = {ENVELOPE_V1, ENVELOPE_TO_AGENT, false,
		                                  cases[i].name};
		struct envelope_packet p = {every_length, 1, 0, 101};
		char want[512];

		snprintf(want, sizeof(want),
		         "{\"_api_version\": \"1.2.15\", \"data\": [0], \"interface_name\": "
		         "\"%s\", \"timestamp\": 0}",
		         cases[i].text);
		expect_written(&p, &o, want);
	}
}

static const struct {
	int64_t time_ns;
	const char *text; /* Python's repr of that float of microseconds; an integer where there is
	                     no fraction of a second */
} timestamps[] = {
	{0, "0"},
	{1, "0.0"},
	{999, "0.0"},
	{1 * US, "1e-06"},
	{1999, "1e-06"},
	{10 * US, "1e-05"},
	{12 * US, "1.2e-05"},
	{99 * US, "9.9e-05"},
	{100 * US, "0.0001"},
	{120 * US, "0.00012"},
	{S / 2, "0.5"},
	{S, "1"},
	{S + 1, "1.0"},
	{S + US, "1.000001"},
	{1795406616ll * S, "1795406616"},
	{1795406616ll * S + 123456 * US, "1795406616.123456"},
	{1795406616ll * S + 123456789, "1795406616.123456"},
	{1795406616ll * S + 999999999, "1795406616.999999"},
	{1795406616ll * S + 500, "1795406616.0"},
	{1795406616ll * S + 120000 * US, "1795406616.12"},
	{8589934591ll * S + 999999 * US, "8589934591.999999"},
	{INT64_MAX, "9223372036.854775"},
	{-1, "0"},
	{INT64_MIN, "0"},
};

Test(write, timestamps)
{
	for (size_t i = 0; i < COUNT(timestamps); i++) {
		struct envelope_packet p = {every_length, 1, timestamps[i].time_ns, 101};
		char want[256];

		snprintf(want, sizeof(want),
		         "{\"_api_version\": \"1.2.15\", \"data\": [0], \"interface_name\": "
		         "\"tun0\", \"timestamp\": "
		         "%s}",
		         timestamps[i].text);
		expect_written(&p, &v1_tun, want);
	}
}

Test(write, not_a_packet)
{
	struct envelope_packet p = {every_length, 0, 0, 101};
	char out[256];

	cr_expect_eq(envelope_json_write(out, sizeof(out), &p, &v1_tun), ENVELOPE_ENODATA);
	p.length = ENVELOPE_PACKET_MAX + 1;
	cr_expect_eq(envelope_json_write(out, sizeof(out), &p, &v1_tun), ENVELOPE_ETOOLONG);
}

/* The plain way to write the array, to hold the fast one against. */
static size_t plain_body(char *out, size_t size, const uint8_t *octets, size_t n)
{
	size_t at = add(out, size, 0, "{\"_api_version\": \"1.2.15\", \"data\": [");

	for (size_t i = 0; i < n; i++)
		at = add(out, size, at, "%s%u", i ? ", " : "", octets[i]);
	return add(out, size, at, "], \"interface_name\": \"tun0\", \"timestamp\": 0}");
}

static void random_octets(uint64_t *state, uint8_t *out, size_t n)
{
	static const uint64_t masks[] = {0xff, 0x0f, 0x7f};
	uint64_t mask = masks[random_below(state, COUNT(masks))];
	bool high = random_below(state, 4) == 0;

	for (size_t i = 0; i < n; i++)
		out[i] = high ? (uint8_t)(random_next(state) | 0x80)
		              : (uint8_t)(random_next(state) & mask);
}

Test(write, every_length_into_exactly_its_size)
{
	static char want[512 * 1024];
	static uint8_t octets[4096];
	uint64_t state = test_seed();

	for (size_t n = 1; n < 2000; n += n < 300 ? 1 : 37) {
		struct envelope_packet p = {guarded(1, n), n, 0, 101};
		size_t length, slack = random_below(&state, 70);

		random_octets(&state, octets, n);
		guarded_copy(1, octets, n);
		length = plain_body(want, sizeof(want), octets, n);
		cr_assert_eq(envelope_json_write((char *)guarded(0, length), length, &p, &v1_tun),
		             (long)length);
		cr_assert_arr_eq(guarded(0, length), want, length, "%zu octets", n);
		cr_assert_eq(envelope_json_write((char *)guarded(0, length + slack), length + slack,
		                                 &p, &v1_tun),
		             (long)length);
		cr_assert_arr_eq(guarded(0, length + slack), want, length,
		                 "%zu octets, %zu to spare", n, slack);
		cr_assert_eq(envelope_json_write((char *)guarded(0, length - 1), length - 1, &p,
		                                 &v1_tun),
		             ENVELOPE_ESPACE);
	}
}

Test(write, longest)
{
	static uint8_t octets[ENVELOPE_PACKET_MAX];
	static char body[ENVELOPE_PACKET_MAX * 15 + 1024];
	static uint8_t back[ENVELOPE_PACKET_MAX];
	struct envelope_packet p = {octets, sizeof(octets), S, 230}, q;
	long length;

	memset(octets, 0xC0, sizeof(octets));
	cr_assert_leq(envelope_json_max(p.length, &v1_serial), sizeof(body));
	length = envelope_json_write(body, envelope_json_max(p.length, &v1_serial), &p, &v1_serial);
	cr_assert_gt(length, 0);
	cr_assert_eq(envelope_json_read(&q, back, sizeof(back), body, (size_t)length, NULL), 0);
	cr_expect(q.length == p.length && memcmp(q.data, octets, q.length) == 0 && q.time_ns == S);
}

/* --- reading --- */

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

static void expect_read(const struct vector *v, const char *body, size_t length)
{
	struct envelope_packet p = {.link_type = 77};
	uint8_t *data = guarded(1, 64);
	size_t offset = 0, want = strlen(v->octets);
	int outcome =
		envelope_json_read(&p, data, 64, guarded_copy(0, body, length), length, &offset);

	cr_expect_eq(outcome, v->outcome, "%.*s: %d instead of %d", (int)length, body, outcome,
	             v->outcome);
	if (v->outcome < 0) {
		cr_expect_eq(offset, v->offset, "%.*s: offset %zu instead of %zu", (int)length,
		             body, offset, v->offset);
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
			size_t offset = 0;
			int outcome =
				envelope_json_read(&p, guarded(1, 64), 64,
			                           guarded_copy(0, vectors[i].body, n), n, &offset);

			cr_expect_eq(outcome, ENVELOPE_ESYNTAX, "%.*s", (int)n, vectors[i].body);
			cr_expect(offset <= n && offset + 8 >= n, "%.*s: offset %zu", (int)n,
			          vectors[i].body, offset);
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
	cr_assert_eq(envelope_json_read(&p, data, sizeof(data), body, sizeof(body) - 1, NULL), 0);
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
			outcome = envelope_json_read(&p, data, 1,
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
	size_t offset;

	for (size_t size = 0; size < 3; size++) {
		cr_expect_eq(envelope_json_read(&p, guarded(1, size), size, body, sizeof(body) - 1,
		                                &offset),
		             ENVELOPE_ETOOLONG);
		cr_expect_eq(offset, 10 + 3 * size);
	}
	cr_expect_eq(envelope_json_read(&p, guarded(1, 3), 3, body, sizeof(body) - 1, &offset), 0);
	cr_expect_eq(envelope_json_read(&p, guarded(1, 1), 1, "{\"data\": [1, 2], \"data\": [3]}",
	                                29, &offset),
	             0);
}

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
	int outcome = envelope_json_read(&p, data, sizeof(data), body, length, NULL);

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
	alarm(10);
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
	outcome = envelope_json_read(&p, data, sizeof(data), body, inner_length + length, NULL);
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

	alarm(10);
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

	alarm(20);
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
	alarm(60);
	cr_expect_eq(read_long("{\"x\": [0", ", 1", (128 << 20) / 3, "], \"data\": [1]}"), 0);
	cr_expect_eq(read_long("{\"data\": [0", ", 1", (128 << 20) / 3, "]}"), ENVELOPE_ETOOLONG);
}

/* --- seeded properties --- */

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

	alarm(120);
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
		                                  random_below(&state, 2), "s\"\n\xc3\xa9"};
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
		length = envelope_json_write((char *)guarded(0, most), most, &p, &o);
		cr_assert_gt(length, 0);
		guarded_copy(2, guarded(0, most), (size_t)length);
		cr_assert_eq(envelope_json_read(&q, guarded(1, n), n,
		                                (const char *)guarded(2, (size_t)length),
		                                (size_t)length, NULL),
		             0);
		cr_assert(q.length == n && memcmp(q.data, octets, n) == 0 &&
		          q.time_ns == p.time_ns);
	}
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
		cr_assert_eq(envelope_json_read_details(&p, &d, data, sizeof(data),
		                                        guarded_copy(0, body, length), length,
		                                        NULL),
		             0);
		cr_expect(p.length == 1 && p.data[0] == 5);
		cr_expect_str_eq(d.interface_name, details[i].name);
		cr_expect_eq(d.with_slip, details[i].with_slip, "%s", body);
		cr_expect_eq(d.api, details[i].api, "%s", body);
		for (size_t n = 0; n < length; n++)
			cr_assert_eq(envelope_json_read_details(&p, &d, data, sizeof(data),
			                                        guarded_copy(0, body, n), n, NULL),
			             ENVELOPE_ESYNTAX);
	}
}

/* Every row of the corpus that carries a packet is read, and written again as it was. */
Test(corpus, packets_round_trip)
{
	FILE *file = corpus_open();
	struct corpus_row row;
	unsigned packets = 0;

	if (!file)
		cr_skip("no corpus");
	while (corpus_next(file, &row)) {
		struct envelope_key key;
		struct envelope_json_details d;
		struct envelope_packet p;
		uint8_t data[512];
		size_t length = strlen(row.body);

		cr_assert_eq(envelope_key_read(&key, row.key, strlen(row.key)), 0);
		if (key.kind != ENVELOPE_TUN_PACKET && key.kind != ENVELOPE_SERIAL_PACKET)
			continue;
		cr_assert_eq(envelope_json_read_details(&p, &d, data, sizeof(data),
		                                        guarded_copy(0, row.body, length), length,
		                                        NULL),
		             0);
		expect_written(&p,
		               &(struct envelope_json_options){d.api, key.direction, d.with_slip,
		                                               d.interface_name},
		               row.body);
		packets++;
	}
	fclose(file);
	cr_expect_eq(packets, 4);
}
