/* libenvelope: bodies of the encoding gso, byte by byte and at every truncation. */
#include "test_envelope_super.h"

/* Two packets: 7 ns, no offload, 3 octets; -1 ns, a UDP packet over IPv4 that lacks its
 * checksum. */
static const uint8_t golden[] = {
	'f', 'G', 'S', 'O',  1,    0,    0,    0,    3,    0,    0,    0, 7,  0,    0,    0,    0,
	0,   0,   0,   0,    0,    0,    0,    0,    0,    0,    0,    0, 0,  0x60, 1,    2,    29,
	0,   0,   0,   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0,  28,   0,    0,    0,
	20,  0,   6,   0,    0x45, 0,    0,    29,   0,    1,    0,    0, 64, 17,   0x66, 0xcb, 10,
	0,   0,   1,   10,   0,    0,    2,    0,    1,    0,    2,    0, 9,  0x14, 0x1d, 0x61,
};
enum { SECOND = ENVELOPE_GSO_HEADER + ENVELOPE_GSO_RECORD + ENVELOPE_VNET_HEADER + 3 };
static const struct envelope_vnet golden_vnet = {1, 0, 28, 0, 20, 6};
static const struct envelope_packet golden_packets[] = {
	{golden + SECOND - 3, 3, 7, 101},
	{golden + SECOND + 22, 29, -1, 101},
};

Test(body, golden_is_written)
{
	struct envelope_vnet none = {0};
	struct envelope_gso_writer w;

	for (size_t size = 0; size <= sizeof(golden); size++) {
		uint8_t *out = guarded(0, size);
		size_t want = size < SECOND           ? ENVELOPE_GSO_HEADER
		              : size < sizeof(golden) ? SECOND
		                                      : sizeof(golden);

		cr_assert_eq(envelope_gso_writer_init(&w, out, size),
		             size < ENVELOPE_GSO_HEADER ? ENVELOPE_ESPACE : 0);
		if (size < ENVELOPE_GSO_HEADER)
			continue;
		cr_expect_eq(envelope_gso_write(&w, &none, &golden_packets[0]),
		             size < SECOND ? ENVELOPE_ESPACE : 0);
		if (size >= SECOND)
			cr_expect_eq(envelope_gso_write(&w, &golden_vnet, &golden_packets[1]),
			             size < sizeof(golden) ? ENVELOPE_ESPACE : 0);
		cr_assert_eq(w.length, want, "%zu", size);
		cr_assert_arr_eq(out, golden, want);
	}
	cr_expect_eq(w.records, 2);
}

Test(body, golden_is_written_in_place)
{
	struct envelope_gso_writer w;
	size_t room;
	uint8_t *out = guarded(0, sizeof(golden)), *octets;

	cr_assert_eq(envelope_gso_writer_init(&w, out, sizeof(golden)), 0);
	octets = envelope_gso_reserve(&w, &room);
	cr_assert_eq(room, sizeof(golden) - ENVELOPE_GSO_HEADER - ENVELOPE_GSO_RECORD);
	memcpy(octets, golden + SECOND - 13, 13);
	cr_assert_eq(envelope_gso_commit(&w, 13, 7), 0);
	octets = envelope_gso_reserve(&w, &room);
	cr_assert_eq(room, ENVELOPE_VNET_HEADER + 29);
	memcpy(octets, golden + SECOND + 12, room);
	octets[0] = 4;
	cr_assert_eq(envelope_gso_commit(&w, room, -1), ENVELOPE_EVNET);
	cr_assert_eq(w.length, SECOND);
	octets[0] = 1;
	cr_assert_eq(envelope_gso_commit(&w, room + 1, -1), ENVELOPE_ESPACE);
	cr_assert_eq(envelope_gso_commit(&w, ENVELOPE_VNET_HEADER, -1), ENVELOPE_ENODATA);
	cr_assert_eq(envelope_gso_commit(&w, 0, -1), ENVELOPE_ENODATA);
	cr_assert_eq(envelope_gso_commit(&w, room, -1), 0);
	cr_assert_eq(w.length, sizeof(golden));
	cr_expect_arr_eq(out, golden, sizeof(golden));
	cr_expect_null(envelope_gso_reserve(&w, &room));
	cr_expect_eq(room, 0);
}

Test(body, rooms)
{
	static uint8_t out[100 + ENVELOPE_PACKET_MAX];
	struct envelope_gso_writer w;
	size_t room, least = ENVELOPE_GSO_HEADER + ENVELOPE_GSO_RECORD + ENVELOPE_VNET_HEADER;

	envelope_gso_writer_init(&w, out, sizeof(out));
	envelope_gso_reserve(&w, &room);
	cr_expect_eq(room, ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX);
	cr_expect_eq(envelope_gso_commit(&w, room + 1, 0), ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_gso_commit(&w, room, 0), 0);
	envelope_gso_writer_init(&w, out, least);
	cr_expect_null(envelope_gso_reserve(&w, &room));
	envelope_gso_writer_init(&w, out, least + 1);
	cr_expect_not_null(envelope_gso_reserve(&w, &room));
	cr_expect_eq(room, ENVELOPE_VNET_HEADER + 1);
}

Test(body, not_added)
{
	static uint8_t out[1024];
	struct envelope_vnet none = {0}, odd = {8, 0, 0, 0, 0, 0};
	struct envelope_packet p = {out, 0, 0, 101};
	struct envelope_gso_writer w;

	envelope_gso_writer_init(&w, out, sizeof(out));
	cr_expect_eq(envelope_gso_write(&w, &none, &p), ENVELOPE_ENODATA);
	p.length = ENVELOPE_PACKET_MAX + 1;
	cr_expect_eq(envelope_gso_write(&w, &none, &p), ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_gso_write(&w, &odd, &golden_packets[0]), ENVELOPE_EVNET);
	cr_expect_eq(w.length, ENVELOPE_GSO_HEADER);
}

static void expect_record(const struct envelope_gso_packet *got, size_t index)
{
	const struct envelope_packet *want = &golden_packets[index];

	cr_assert_eq(got->packet.length, want->length);
	cr_expect_arr_eq(got->packet.data, want->data, want->length);
	cr_expect_eq(got->packet.time_ns, want->time_ns);
	cr_expect_eq(got->packet.link_type, 101);
	cr_expect_eq(got->octets + ENVELOPE_VNET_HEADER, got->packet.data);
	cr_expect_eq(got->octet_count, ENVELOPE_VNET_HEADER + want->length);
	cr_expect_eq(got->vnet.flags, index ? 1 : 0);
	cr_expect_eq(got->vnet.csum_start, index ? 20 : 0);
}

Test(body, golden_is_read_and_every_truncation)
{
	for (size_t n = 0; n <= sizeof(golden); n++) {
		struct envelope_gso_reader r;
		struct envelope_gso_packet p;
		bool whole = n == ENVELOPE_GSO_HEADER || n == SECOND || n == sizeof(golden);

		if (n < ENVELOPE_GSO_HEADER) {
			cr_assert_eq(envelope_gso_reader_init(&r, guarded_copy(0, golden, n), n),
			             ENVELOPE_EGSO);
			continue;
		}
		cr_assert_eq(envelope_gso_reader_init(&r, guarded_copy(0, golden, n), n), 0);
		for (size_t i = 0; n >= (i ? sizeof(golden) : (size_t)SECOND) && i < 2; i++) {
			cr_assert_eq(envelope_gso_read(&r, &p), 1);
			expect_record(&p, i);
		}
		for (int again = 0; again < 2; again++)
			cr_expect_eq(envelope_gso_read(&r, &p), whole ? 0 : ENVELOPE_EGSO, "%zu",
			             n);
	}
}

Test(body, not_gso)
{
	uint8_t body[sizeof(golden)];
	struct envelope_gso_reader r;

	for (size_t i = 0; i < ENVELOPE_GSO_HEADER; i++) {
		memcpy(body, golden, sizeof(body));
		body[i] ^= 0xff;
		cr_expect_eq(envelope_gso_reader_init(&r, body, sizeof(body)),
		             i < 4    ? ENVELOPE_EGSO
		             : i == 4 ? ENVELOPE_EVERSION
		                      : 0);
	}
}

Test(body, damaged_lengths)
{
	static const uint32_t lengths[] = {0,          65536,
	                                   0x7fffffff, 0x80000000,
	                                   0xffffffff, sizeof(golden) - ENVELOPE_GSO_HEADER - 21};
	uint8_t body[sizeof(golden)];

	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct envelope_gso_reader r;
		struct envelope_gso_packet p;

		memcpy(body, golden, sizeof(body));
		for (int octet = 0; octet < 4; octet++)
			body[ENVELOPE_GSO_HEADER + octet] = (uint8_t)(lengths[i] >> 8 * octet);
		cr_assert_eq(envelope_gso_reader_init(&r, body, sizeof(body)), 0);
		cr_expect_eq(envelope_gso_read(&r, &p), ENVELOPE_EGSO, "%u", lengths[i]);
		cr_expect_eq(r.offset, ENVELOPE_GSO_HEADER);
	}
}

Test(body, packet_of_65536)
{
	static uint8_t body[SECOND + 65536] = {'f', 'G', 'S', 'O', 1, 0, 0, 0, 0, 0, 1};
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;

	cr_assert_eq(envelope_gso_reader_init(&r, body, sizeof(body)), 0);
	cr_expect_eq(envelope_gso_read(&r, &p), ENVELOPE_EGSO);
}

Test(body, behind_an_impossible_header)
{
	uint8_t body[sizeof(golden)];
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;

	memcpy(body, golden, sizeof(body));
	body[ENVELOPE_GSO_HEADER + ENVELOPE_GSO_RECORD] = 0x40;
	cr_assert_eq(envelope_gso_reader_init(&r, body, sizeof(body)), 0);
	cr_expect_eq(envelope_gso_read(&r, &p), ENVELOPE_EVNET);
	cr_assert_eq(envelope_gso_read(&r, &p), 1);
	expect_record(&p, 1);
	cr_expect_eq(envelope_gso_read(&r, &p), 0);
}

Test(body, packets_of_65535_and_65536_of_them)
{
	static uint8_t body[ENVELOPE_GSO_HEADER + (ENVELOPE_RECORDS_MAX + 1) * 23];
	struct envelope_vnet none = {0};
	struct envelope_packet p = {packet_octets, ENVELOPE_PACKET_MAX, 0, 101};
	struct envelope_gso_packet q;
	struct envelope_gso_writer w;
	struct envelope_gso_reader r;
	unsigned packets = 0;
	int outcome;

	envelope_gso_writer_init(&w, body, sizeof(body));
	cr_assert_eq(envelope_gso_write(&w, &none, &p), 0);
	cr_assert_eq(envelope_gso_reader_init(&r, body, w.length), 0);
	cr_expect_eq(envelope_gso_read(&r, &q), 1);
	cr_expect_eq(q.packet.length, ENVELOPE_PACKET_MAX);
	envelope_gso_writer_init(&w, body, sizeof(body));
	p.length = 1;
	while (envelope_gso_write(&w, &none, &p) == 0)
		;
	cr_assert_eq(w.records, ENVELOPE_RECORDS_MAX);
	cr_expect_eq(envelope_gso_commit(&w, 11, 0), ENVELOPE_ESPACE);
	memcpy(body + w.length, body + w.length - 23, 23);
	envelope_gso_reader_init(&r, body, w.length + 23);
	while ((outcome = envelope_gso_read(&r, &q)) > 0)
		packets++;
	cr_expect_eq(packets, ENVELOPE_RECORDS_MAX);
	cr_expect_eq(outcome, ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_gso_read(&r, &q), 0);
}
