/* libenvelope: packet messages as JSON, written as Python's json.dumps writes them; every buffer
 * flush against an unreadable page. */
#include "test_envelope.h"

#define US 1000
#define S  1000000000

static const struct envelope_json_options v1_tun = {ENVELOPE_V1, ENVELOPE_FROM_AGENT, false, "tun0",
                                                    false};
static const struct envelope_json_options v1_serial = {ENVELOPE_V1, ENVELOPE_FROM_AGENT, true,
                                                       "serial", false};

static void expect_written(const struct envelope_packet *p, const struct envelope_json_options *o,
                           const char *want)
{
	size_t length = strlen(want), most = envelope_json_max(p->length, o);
	char *exact = (char *)guarded(0, length);

	cr_assert_geq(most, length);
	cr_assert_eq(envelope_json_build(exact, length, p, o), (long)length, "%s", want);
	cr_expect_arr_eq(exact, want, length, "%.*s instead of %s", (int)length, exact, want);
	cr_assert_eq(envelope_json_build((char *)guarded(0, most), most, p, o), (long)length);
	cr_expect_arr_eq(guarded(0, most), want, length);
	for (size_t size = 0; size < length; size++)
		cr_assert_eq(envelope_json_build((char *)guarded(0, size), size, p, o),
		             ENVELOPE_ESPACE, "%zu of %zu", size, length);
}

/* The texts come from Python's json.dumps(body, sort_keys=True) */

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
	struct envelope_json_options o = {ENVELOPE_V0, ENVELOPE_FROM_AGENT, false, "tun0", false};
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
	o = (struct envelope_json_options){ENVELOPE_V0, ENVELOPE_FROM_AGENT, true, "serial", false};
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
		                                  cases[i].name, false};
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

/* So that who reads it can tell it from what is no time. */
Test(write, whole_seconds_with_a_point)
{
	struct envelope_json_options o = {.interface_name = "tun0", .point = true};
	static const struct {
		int64_t time_ns;
		const char *text;
	} cases[] = {
		{1795406616ll * S, "1795406616.0"}, {S, "1.0"}, {S + US, "1.000001"}, {0, "0"},
		{INT64_MAX, "9223372036.854775"},   {-S, "0"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct envelope_packet p = {every_length, 1, cases[i].time_ns, 101};
		char want[256];

		snprintf(want, sizeof(want),
		         "{\"_api_version\": \"1.2.15\", \"data\": [0], \"interface_name\": "
		         "\"tun0\", \"timestamp\": %s}",
		         cases[i].text);
		expect_written(&p, &o, want);
	}
}

Test(write, not_a_packet)
{
	struct envelope_packet p = {every_length, 0, 0, 101};
	char out[256];

	cr_expect_eq(envelope_json_build(out, sizeof(out), &p, &v1_tun), ENVELOPE_ENODATA);
	p.length = ENVELOPE_PACKET_MAX + 1;
	cr_expect_eq(envelope_json_build(out, sizeof(out), &p, &v1_tun), ENVELOPE_ETOOLONG);
}

/* The plain way to write the array, to hold the fast one against. */
static size_t plain_body(char *out, size_t size, const uint8_t *octets, size_t n)
{
	size_t at = add(out, size, 0, "{\"_api_version\": \"1.2.15\", \"data\": [");

	for (size_t i = 0; i < n; i++)
		at = add(out, size, at, "%s%u", i ? ", " : "", octets[i]);
	return add(out, size, at, "], \"interface_name\": \"tun0\", \"timestamp\": 0}");
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
		cr_assert_eq(envelope_json_build((char *)guarded(0, length), length, &p, &v1_tun),
		             (long)length);
		cr_assert_arr_eq(guarded(0, length), want, length, "%zu octets", n);
		cr_assert_eq(envelope_json_build((char *)guarded(0, length + slack), length + slack,
		                                 &p, &v1_tun),
		             (long)length);
		cr_assert_arr_eq(guarded(0, length + slack), want, length,
		                 "%zu octets, %zu to spare", n, slack);
		cr_assert_eq(envelope_json_build((char *)guarded(0, length - 1), length - 1, &p,
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
	length = envelope_json_build(body, envelope_json_max(p.length, &v1_serial), &p, &v1_serial);
	cr_assert_gt(length, 0);
	cr_assert_eq(envelope_json_parse(&q, back, sizeof(back), body, (size_t)length, NULL), 0);
	cr_expect(q.length == p.length && memcmp(q.data, octets, q.length) == 0 && q.time_ns == S);
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

		cr_assert_eq(envelope_key_parse(&key, row.key, strlen(row.key)), 0);
		if (key.kind != ENVELOPE_TUN_PACKET && key.kind != ENVELOPE_SERIAL_PACKET)
			continue;
		cr_assert_eq(envelope_json_parse_details(&p, &d, data, sizeof(data),
		                                         guarded_copy(0, row.body, length), length,
		                                         NULL),
		             0);
		expect_written(&p,
		               &(struct envelope_json_options){d.api, key.direction, d.with_slip,
		                                               d.interface_name, false},
		               row.body);
		packets++;
	}
	fclose(file);
	cr_expect_eq(packets, 4);
}
