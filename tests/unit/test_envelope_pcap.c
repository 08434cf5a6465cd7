/* libenvelope: packet messages as pcap files. Every body flush against an unreadable page, every
 * truncation of it. */
#include "test_envelope.h"

#define S 1000000000ll

static const uint8_t one[] = {0x45, 1, 2}, two[] = {0x60};

/* Nanoseconds, little-endian: what we write. 1 s + 2 ns, 3 octets; then 0x01020304 s + 999 999 999
 * ns, 1 octet. */
static const uint8_t golden[] = {
	0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 4, 0,
	101,  0,    0,    0,    1, 0, 0, 0,    2,    0,    0,    0, 3, 0, 0, 0, 3, 0, 0, 0,
	0x45, 1,    2,    4,    3, 2, 1, 0xff, 0xc9, 0x9a, 0x3b, 1, 0, 0, 0, 1, 0, 0, 0, 0x60,
};
/* The same in microseconds, big-endian, with an FCS length in the link type's upper bits: times end
 * in 000 ns. */
static const uint8_t foreign[] = {
	0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0xff, 0xff,
	0x14, 0,    0,    195,  0, 0, 0, 1, 0,    0,    0,    2, 0, 0, 0, 3, 0, 0, 0,    3,
	0x45, 1,    2,    1,    2, 3, 4, 0, 0x0f, 0x42, 0x3f, 0, 0, 0, 1, 0, 0, 0, 1,    0x60,
};
enum { SECOND = ENVELOPE_PCAP_HEADER + ENVELOPE_PCAP_RECORD + 3 };

static void expect_packet(struct envelope_pcap_reader *r, const uint8_t *octets, size_t length,
                          int64_t time_ns, uint16_t link_type)
{
	struct envelope_packet p;

	cr_assert_eq(envelope_pcap_read(r, &p), 1);
	cr_assert_eq(p.length, length);
	cr_expect_arr_eq(p.data, octets, length);
	cr_expect_eq(p.time_ns, time_ns);
	cr_expect_eq(p.link_type, link_type);
}

Test(write, golden)
{
	static const struct envelope_packet packets[] = {
		{one, sizeof(one), S + 2, 101},
		{two, sizeof(two), 0x01020304 * S + 999999999, 101}};
	struct envelope_pcap_writer w;
	uint8_t *out = guarded(0, sizeof(golden));

	cr_assert_eq(envelope_pcap_writer_init(&w, out, sizeof(golden), 101), 0);
	cr_expect_eq(w.length, ENVELOPE_PCAP_HEADER);
	for (size_t i = 0; i < COUNT(packets); i++)
		cr_assert_eq(envelope_pcap_write(&w, &packets[i]), 0);
	cr_expect_eq(w.records, 2);
	cr_assert_eq(w.length, sizeof(golden));
	cr_expect_arr_eq(out, golden, sizeof(golden));
	cr_expect_eq(envelope_pcap_write(&w, &packets[1]), ENVELOPE_ESPACE);
	cr_expect_eq(w.length, sizeof(golden));
}

Test(write, every_size_of_buffer)
{
	static const struct envelope_packet packets[] = {
		{one, sizeof(one), S + 2, 101},
		{two, sizeof(two), 0x01020304 * S + 999999999, 101}};

	for (size_t size = 0; size < sizeof(golden); size++) {
		struct envelope_pcap_writer w;
		uint8_t *out = guarded(0, size);
		size_t want = size < SECOND ? ENVELOPE_PCAP_HEADER : SECOND;

		cr_assert_eq(envelope_pcap_writer_init(&w, out, size, 101),
		             size < ENVELOPE_PCAP_HEADER ? ENVELOPE_ESPACE : 0);
		if (size < ENVELOPE_PCAP_HEADER)
			continue;
		cr_expect_eq(envelope_pcap_write(&w, &packets[0]),
		             size < SECOND ? ENVELOPE_ESPACE : 0);
		if (size >= SECOND)
			cr_expect_eq(envelope_pcap_write(&w, &packets[1]), ENVELOPE_ESPACE);
		cr_expect_eq(w.length, want);
		cr_expect_arr_eq(out, golden, want);
	}
}

Test(write, refused)
{
	static uint8_t out[1024];
	struct envelope_packet p = {out, 0, 0, 101};
	struct envelope_pcap_writer w;

	cr_expect_eq(envelope_pcap_writer_init(&w, out, sizeof(out), 1), ENVELOPE_ELINKTYPE);
	cr_expect_eq(envelope_pcap_writer_init(&w, out, sizeof(out), 101), 0);
	cr_expect_eq(envelope_pcap_write(&w, &p), ENVELOPE_ENODATA);
	p.length = ENVELOPE_PACKET_MAX + 1;
	cr_expect_eq(envelope_pcap_write(&w, &p), ENVELOPE_ETOOLONG);
	cr_expect_eq(w.length, ENVELOPE_PCAP_HEADER);
}

Test(write, times_that_pcap_cannot_hold)
{
	static const int64_t times[] = {-1, INT64_MIN, 4294967296 * S, INT64_MAX};

	for (size_t i = 0; i < COUNT(times); i++) {
		uint8_t out[64];
		struct envelope_packet p = {one, sizeof(one), times[i], 101};
		struct envelope_pcap_writer w;
		struct envelope_pcap_reader r;

		envelope_pcap_writer_init(&w, out, sizeof(out), 230);
		cr_assert_eq(envelope_pcap_write(&w, &p), 0);
		cr_assert_eq(envelope_pcap_reader_init(&r, out, w.length), 0);
		expect_packet(&r, one, sizeof(one), 0, 230);
	}
}

Test(read, golden)
{
	struct envelope_pcap_reader r;
	struct envelope_packet p;

	cr_assert_eq(envelope_pcap_reader_init(&r, guarded_copy(0, golden, sizeof(golden)),
	                                       sizeof(golden)),
	             0);
	expect_packet(&r, one, sizeof(one), S + 2, 101);
	expect_packet(&r, two, sizeof(two), 0x01020304 * S + 999999999, 101);
	cr_expect_eq(envelope_pcap_read(&r, &p), 0);
	cr_expect_eq(envelope_pcap_read(&r, &p), 0);
}

Test(read, foreign_order_and_resolution)
{
	struct envelope_pcap_reader r;
	struct envelope_packet p;

	cr_assert_eq(envelope_pcap_reader_init(&r, guarded_copy(0, foreign, sizeof(foreign)),
	                                       sizeof(foreign)),
	             0);
	expect_packet(&r, one, sizeof(one), S + 2000, 195);
	expect_packet(&r, two, sizeof(two), 0x01020304 * S + 999999000, 195);
	cr_expect_eq(envelope_pcap_read(&r, &p), 0);
}

Test(read, four_magics)
{
	static const struct {
		uint8_t magic[4];
		bool swapped, micros;
	} magics[] = {
		{{0x4d, 0x3c, 0xb2, 0xa1}, false, false},
		{{0xa1, 0xb2, 0x3c, 0x4d}, true, false},
		{{0xd4, 0xc3, 0xb2, 0xa1}, false, true},
		{{0xa1, 0xb2, 0xc3, 0xd4}, true, true},
	};

	for (size_t i = 0; i < COUNT(magics); i++) {
		uint8_t body[ENVELOPE_PCAP_HEADER];
		struct envelope_pcap_reader r;

		memcpy(body, magics[i].swapped ? foreign : golden, sizeof(body));
		memcpy(body, magics[i].magic, 4);
		cr_expect_eq(envelope_pcap_reader_init(&r, body, sizeof(body)), 0);
		cr_expect_eq(r.swapped, magics[i].swapped);
		cr_expect_eq(r.micros, magics[i].micros);
	}
}

Test(read, link_types)
{
	for (uint32_t type = 0; type < 65536; type++) {
		uint8_t body[ENVELOPE_PCAP_HEADER];
		struct envelope_pcap_reader r;
		bool known = type == 101 || type == 195 || type == 230 || type == 283;

		memcpy(body, golden, sizeof(body));
		body[20] = (uint8_t)type;
		body[21] = (uint8_t)(type >> 8);
		cr_assert_eq(envelope_pcap_reader_init(&r, body, sizeof(body)),
		             known ? 0 : ENVELOPE_ELINKTYPE);
		cr_assert(!known || r.link_type == type);
	}
}

Test(read, not_pcap)
{
	static const char *const texts[] = {
		"", "{\"data\": [1]}",
		"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff"};
	uint8_t body[ENVELOPE_PCAP_HEADER];
	struct envelope_pcap_reader r;

	for (size_t i = 0; i < COUNT(texts); i++) {
		memset(body, 0, sizeof(body));
		memcpy(body, texts[i], i == 2 ? 23 : strlen(texts[i]));
		cr_expect_eq(envelope_pcap_reader_init(&r, body, sizeof(body)), ENVELOPE_EPCAP);
	}
	memcpy(body, golden, sizeof(body));
	body[4] = 1; /* a version that nobody reads */
	cr_expect_eq(envelope_pcap_reader_init(&r, body, sizeof(body)), ENVELOPE_EPCAP);
}

Test(read, every_truncation)
{
	for (size_t n = 0; n < sizeof(golden); n++) {
		struct envelope_pcap_reader r;
		struct envelope_packet p;

		if (n < ENVELOPE_PCAP_HEADER) {
			cr_assert_eq(envelope_pcap_reader_init(&r, guarded_copy(0, golden, n), n),
			             ENVELOPE_EPCAP);
			continue;
		}
		cr_assert_eq(envelope_pcap_reader_init(&r, guarded_copy(0, golden, n), n), 0);
		if (n >= SECOND)
			expect_packet(&r, one, sizeof(one), S + 2, 101);
		for (int again = 0; again < 2; again++)
			cr_expect_eq(envelope_pcap_read(&r, &p),
			             n == ENVELOPE_PCAP_HEADER || n == SECOND ? 0 : ENVELOPE_EPCAP,
			             "%zu", n);
		cr_expect_eq(r.offset, n < SECOND ? ENVELOPE_PCAP_HEADER : SECOND);
	}
}

/* Sets captured and original length of the golden file's first record. */
static struct envelope_pcap_reader with_lengths(uint8_t captured, uint8_t original, uint8_t high)
{
	static uint8_t body[sizeof(golden)];
	struct envelope_pcap_reader r;

	memcpy(body, golden, sizeof(golden));
	body[32] = captured;
	body[35] = high;
	body[36] = original;
	body[39] = high;
	cr_assert_eq(envelope_pcap_reader_init(&r, body, sizeof(body)), 0);
	return r;
}

Test(read, records_that_are_no_packets)
{
	struct envelope_pcap_reader r = with_lengths(3, 4, 0);
	struct envelope_packet p;

	cr_expect_eq(envelope_pcap_read(&r, &p), ENVELOPE_ECUT);
	expect_packet(&r, two, sizeof(two), 0x01020304 * S + 999999999, 101);
	r = with_lengths(3, 2, 0); /* some writers count what they added */
	expect_packet(&r, one, sizeof(one), S + 2, 101);
	r = with_lengths(3, 3, 0x80);
	cr_expect_eq(envelope_pcap_read(&r, &p), ENVELOPE_EPCAP);
	r = with_lengths(21, 21, 0); /* one octet more than there is */
	cr_expect_eq(envelope_pcap_read(&r, &p), ENVELOPE_EPCAP);
	r = with_lengths(0, 0, 0);
	cr_expect_eq(envelope_pcap_read(&r, &p), ENVELOPE_ENODATA);
	cr_expect_eq(r.offset, ENVELOPE_PCAP_HEADER + ENVELOPE_PCAP_RECORD);
}

Test(read, packets_of_65535_and_no_more)
{
	static uint8_t body[2 * ENVELOPE_PACKET_MAX + 1024], octets[ENVELOPE_PACKET_MAX];
	struct envelope_packet p = {octets, sizeof(octets), 0, 101};
	struct envelope_pcap_reader r;
	struct envelope_pcap_writer w;

	memset(octets, 7, sizeof(octets));
	envelope_pcap_writer_init(&w, body, sizeof(body), 101);
	cr_assert_eq(envelope_pcap_write(&w, &p), 0);
	cr_assert_eq(envelope_pcap_reader_init(&r, body, w.length), 0);
	expect_packet(&r, octets, sizeof(octets), 0, 101);
	body[32] = body[33] = body[36] = body[37] = 0;
	body[34] = body[38] = 1; /* 65 536 */
	cr_assert_eq(envelope_pcap_reader_init(&r, body,
	                                       ENVELOPE_PCAP_HEADER + ENVELOPE_PCAP_RECORD + 65536),
	             0);
	cr_expect_eq(envelope_pcap_read(&r, &p), ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_pcap_read(&r, &p), 0);
}

Test(both, records_of_65536_and_no_more)
{
	static uint8_t body[ENVELOPE_PCAP_HEADER +
	                    (ENVELOPE_RECORDS_MAX + 1) * (ENVELOPE_PCAP_RECORD + 1)];
	struct envelope_packet p = {one, 1, 0, 101};
	struct envelope_pcap_writer w;
	struct envelope_pcap_reader r;
	unsigned packets = 0;
	int outcome;

	envelope_pcap_writer_init(&w, body, sizeof(body), 101);
	while (envelope_pcap_write(&w, &p) == 0)
		;
	cr_assert_eq(w.records, ENVELOPE_RECORDS_MAX);
	memcpy(body + w.length, body + w.length - 17, 17);
	cr_assert_eq(envelope_pcap_reader_init(&r, body, w.length), 0);
	while ((outcome = envelope_pcap_read(&r, &p)) > 0)
		packets++;
	cr_expect_eq(outcome, 0);
	cr_expect_eq(packets, ENVELOPE_RECORDS_MAX);
	cr_assert_eq(envelope_pcap_reader_init(&r, body, w.length + 17), 0);
	while ((outcome = envelope_pcap_read(&r, &p)) > 0)
		;
	cr_expect_eq(outcome, ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_pcap_read(&r, &p), 0);
}

Test(property, any_octets_are_safe)
{
	uint64_t state = test_seed();

	for (unsigned i = 0; i < 100000; i++) {
		size_t n = ENVELOPE_PCAP_HEADER + random_below(&state, 80);
		uint8_t *body = guarded(0, n);
		struct envelope_pcap_reader r;
		struct envelope_packet p;
		unsigned calls = 0;

		for (size_t at = 0; at < n; at++)
			body[at] = random_below(&state, 4) ? 0 : (uint8_t)random_next(&state);
		memcpy(body, random_below(&state, 2) ? golden : foreign, 8);
		memcpy(body + 20, random_below(&state, 2) ? golden + 20 : foreign + 20, 4);
		if (envelope_pcap_reader_init(&r, body, n) < 0)
			continue;
		for (int outcome = 1; outcome != 0 && outcome != ENVELOPE_EPCAP; calls++) {
			outcome = envelope_pcap_read(&r, &p);
			if (outcome == 1)
				cr_assert(p.data >= body && p.length > 0 &&
				          p.data + p.length <= body + n);
			cr_assert_lt(calls, 10);
		}
	}
}
