/* bin/common/unpack: every kind of body and every reason, byte by byte, flush against a page that
 * cannot be read. TEST_SEED=N repeats a run. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "agent/decode.h"

enum { BODY_MAX = 1024, FOUND_MAX = 8 };

/* body[0..n), its end flush against a page that cannot be read. */
static const uint8_t *flush_copy(const uint8_t *body, size_t n)
{
	static uint8_t *pages;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!pages) {
		pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		             -1, 0);
		cr_assert_neq(pages, MAP_FAILED);
		cr_assert_eq(mprotect(pages + page, page, PROT_NONE), 0);
	}
	cr_assert_leq(n, page);
	return n ? memcpy(pages + page - n, body, n) : pages + page;
}

/* What a body gave, in order: packets by their first octet, refusals by their reason, negative. */
struct found {
	unsigned count;
	int outcomes[FOUND_MAX];
	struct envelope_gso_packet packets[FOUND_MAX];
	struct unpack_refusal refusals[FOUND_MAX];
};
static uint8_t room[16];

static struct found unpack_all(const char *content_type, const void *body, size_t n,
                               unsigned wanted)
{
	struct bus_message m = {
		.content_type = content_type, .body = flush_copy(body, n), .length = n};
	struct unpack u = {.wanted = wanted, .room = room, .room_size = sizeof room};
	struct found f = {0};
	struct envelope_gso_packet p;
	int outcome;

	memset(&p, 0xff, sizeof p);
	unpack_begin(&u, &m, ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	while ((outcome = unpack_next(&u, &p)) != 0) {
		cr_assert_lt(f.count, FOUND_MAX, "it does not end");
		f.outcomes[f.count] = outcome;
		if (outcome > 0) {
			f.packets[f.count] = p;
			cr_assert_eq(p.octets != NULL, strcmp(content_type, ENVELOPE_GSO) == 0);
			cr_assert(p.packet.data == room ||
			          (p.packet.data >= m.body &&
			           p.packet.data + p.packet.length <= m.body + n));
		} else {
			f.refusals[f.count] = u.refusal;
			cr_assert_gt(strlen(u.refusal.words), 0);
			cr_assert_leq(u.refusal.offset, n);
		}
		f.count++;
	}
	cr_assert_eq(unpack_next(&u, &p), 0, "the end is the end");
	return f;
}

static void check_refused(const char *what, const struct found *f, unsigned i,
                          enum unpack_reason reason, size_t offset)
{
	cr_assert_lt(i, f->count, "%s", what);
	cr_assert_eq(f->outcomes[i], -1, "%s", what);
	cr_assert_eq(f->refusals[i].reason, reason, "%s: %d, %s", what, f->refusals[i].reason,
	             f->refusals[i].words);
	cr_assert_eq(f->refusals[i].offset, offset, "%s: %zu", what, f->refusals[i].offset);
}

static void check_packet(const char *what, const struct found *f, unsigned i, const char *octets,
                         size_t n, int64_t time_ns, uint16_t link_type)
{
	const struct envelope_packet *p = &f->packets[i].packet;

	cr_assert_lt(i, f->count, "%s", what);
	cr_assert_eq(f->outcomes[i], 1, "%s", what);
	cr_assert_eq(p->length, n, "%s", what);
	cr_assert_eq(p->time_ns, time_ns, "%s", what);
	cr_assert_eq(p->link_type, link_type, "%s", what);
	/* The page is written anew with every body, the room with every JSON one. */
	cr_assert_arr_eq(p->data, octets, n, "%s", what);
}

/* --- content types --- */

Test(unpack, content_types)
{
	static const struct {
		const char *type;
		enum unpack_reason reason; /* of a body that is nothing */
	} cases[] = {
		{"", UNPACK_NOT_JSON},
		{"application/json", UNPACK_NOT_JSON},
		{"Application/JSON; charset=utf-8", UNPACK_NOT_JSON},
		{"application/json ;charset=utf-8", UNPACK_NOT_JSON},
		{"application/jsonp", UNPACK_ENCODING},
		{"application/jso", UNPACK_ENCODING},
		{"text/plain", UNPACK_ENCODING},
		{"application/vnd.tcpdump.pcap", UNPACK_NOT_PCAP},
		{"APPLICATION/vnd.tcpdump.pcap;x=y", UNPACK_NOT_PCAP},
		{"application/vnd.tcpdump.pcapng", UNPACK_ENCODING},
		{"application/vnd.framebus.gso", UNPACK_NOT_GSO},
		{"application/vnd.framebus.gso; v=1", UNPACK_NOT_GSO},
		{"application/vnd.framebus.gsoo", UNPACK_ENCODING},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct found f = unpack_all(cases[i].type, "nothing", 7, UNPACK_IP | UNPACK_FRAMES);

		cr_assert_eq(f.count, 1, "%s", cases[i].type);
		check_refused(cases[i].type, &f, 0, cases[i].reason, f.refusals[0].offset);
	}
}

Test(unpack, json_by_any_name)
{
	static const char *const types[] = {"", "application/json", "text/plain",
	                                    "application/octet-stream"};
	static const char body[] = "{\"timestamp\": 1.5, \"data\": [7, 8]}";

	for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct found f = unpack_all(types[i], body, sizeof body - 1, UNPACK_FRAMES);

		cr_assert_eq(f.count, 1, "%s", types[i]);
		check_packet(types[i], &f, 0, "\x07\x08", 2, 1500000000,
		             ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	}
}

/* --- JSON --- */

Test(unpack, json_reasons)
{
	static const struct {
		const char *body;
		enum unpack_reason reason;
		size_t offset;
	} cases[] = {
		{"", UNPACK_NOT_JSON, 0},
		{"{\"data\": [1", UNPACK_NOT_JSON, 11},
		{"[1]", UNPACK_NOT_JSON, 0},
		{"{\"data\": \"x\"}", UNPACK_NOT_JSON, 9},
		{"{\"data\": [1, 256]}", UNPACK_OCTET, 13},
		{"{\"data\": [-1]}", UNPACK_OCTET, 10},
		{"{\"data\": []}", UNPACK_NO_DATA, 10},
		{"{}", UNPACK_NO_DATA, 1},
		{"{\"data\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", UNPACK_TOO_LONG, 49},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct found f = unpack_all("", cases[i].body, strlen(cases[i].body), UNPACK_IP);

		cr_assert_eq(f.count, 1, "%s", cases[i].body);
		check_refused(cases[i].body, &f, 0, cases[i].reason, cases[i].offset);
	}
}

Test(unpack, json_fills_its_room)
{
	static const char body[] = "{\"data\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}";
	struct found f = unpack_all("", body, sizeof body - 1, UNPACK_IP);

	check_packet(body, &f, 0, "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10", 16, 0,
	             ENVELOPE_LINK_IEEE802_15_4_NOFCS);
}

/* --- pcap --- */

static size_t pcap_body(uint8_t *out, uint16_t link_type)
{
	struct envelope_pcap_writer w;

	cr_assert_eq(envelope_pcap_writer_init(&w, out, BODY_MAX, link_type), 0);
	cr_assert_eq(envelope_pcap_write(&w, &(struct envelope_packet){(const uint8_t *)"one", 3, 1,
	                                                               link_type}),
	             0);
	cr_assert_eq(envelope_pcap_write(&w, &(struct envelope_packet){(const uint8_t *)"four", 4,
	                                                               0, link_type}),
	             0);
	cr_assert_eq(envelope_pcap_write(&w, &(struct envelope_packet){(const uint8_t *)"three", 5,
	                                                               3, link_type}),
	             0);
	return w.length;
}

Test(unpack, pcap_link_types)
{
	static const struct {
		uint16_t link_type;
		unsigned wanted;
	} cases[] = {
		{101, UNPACK_IP}, {195, UNPACK_FRAMES}, {230, UNPACK_FRAMES}, {283, UNPACK_FRAMES}};
	uint8_t body[BODY_MAX];

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = pcap_body(body, cases[i].link_type);

		for (unsigned wanted = UNPACK_IP; wanted <= (UNPACK_IP | UNPACK_FRAMES); wanted++) {
			struct found f = unpack_all(ENVELOPE_PCAP, body, n, wanted);

			cr_assert_eq(f.count, wanted & cases[i].wanted ? 3 : 1);
			if (wanted & cases[i].wanted)
				check_packet("third", &f, 2, "three", 5, 3, cases[i].link_type);
			else
				check_refused("unwanted", &f, 0, UNPACK_LINK_TYPE, 0);
		}
		body[20] = 1;
		struct found f = unpack_all(ENVELOPE_PCAP, body, n, UNPACK_IP | UNPACK_FRAMES);
		cr_assert_eq(f.count, 1);
		check_refused("Ethernet", &f, 0, UNPACK_LINK_TYPE, 0);
	}
}

Test(unpack, pcap_goes_on_behind_a_record_that_cannot_be_used)
{
	uint8_t body[BODY_MAX];
	size_t n = pcap_body(body, 101), second = 24 + 16 + 3;

	body[second + 12] = 5; /* a part of five octets */
	struct found f = unpack_all(ENVELOPE_PCAP, body, n, UNPACK_IP);

	cr_assert_eq(f.count, 3);
	check_packet("first", &f, 0, "one", 3, 1, 101);
	check_refused("second", &f, 1, UNPACK_RECORD, second + 16 + 4);
	check_packet("third", &f, 2, "three", 5, 3, 101);
}

Test(unpack, every_truncation_of_pcap)
{
	static const size_t ends[] = {24, 24 + 19, 24 + 19 + 20, 24 + 19 + 20 + 21};
	uint8_t body[BODY_MAX];
	size_t n = pcap_body(body, 101);

	cr_assert_eq(n, ends[3]);
	for (size_t cut = 0; cut < n; cut++) {
		struct found f = unpack_all(ENVELOPE_PCAP, body, cut, UNPACK_IP);
		unsigned whole = 0;

		while (whole < 3 && ends[whole + 1] <= cut)
			whole++;
		bool at_end = cut == ends[whole];
		cr_assert_eq(f.count, whole + !at_end, "%zu: %u", cut, f.count);
		if (!at_end)
			check_refused("cut", &f, whole, UNPACK_NOT_PCAP,
			              cut < 24 ? 0 : ends[whole]);
	}
}

/* --- gso --- */

static size_t gso_body(uint8_t *out)
{
	struct envelope_vnet none = {0};
	struct envelope_gso_writer w;

	cr_assert_eq(envelope_gso_writer_init(&w, out, BODY_MAX), 0);
	cr_assert_eq(
		envelope_gso_write(&w, &none,
	                           &(struct envelope_packet){(const uint8_t *)"one", 3, 1, 101}),
		0);
	cr_assert_eq(
		envelope_gso_write(&w, &none,
	                           &(struct envelope_packet){(const uint8_t *)"four", 4, -2, 101}),
		0);
	return w.length;
}

Test(unpack, gso)
{
	uint8_t body[BODY_MAX];
	size_t n = gso_body(body);
	struct found f = unpack_all(ENVELOPE_GSO, body, n, UNPACK_IP);

	cr_assert_eq(f.count, 2);
	check_packet("second", &f, 1, "four", 4, -2, ENVELOPE_LINK_RAW);
	cr_assert_eq(f.packets[1].octets, f.packets[1].packet.data - ENVELOPE_VNET_HEADER);
	cr_assert_eq(f.packets[1].octet_count, ENVELOPE_VNET_HEADER + 4);
}

Test(unpack, gso_reasons)
{
	uint8_t body[BODY_MAX];
	size_t n = gso_body(body), first = 8, second = first + 12 + 10 + 3;
	struct found f = unpack_all(ENVELOPE_GSO, body, n, UNPACK_FRAMES);

	cr_assert_eq(f.count, 1);
	check_refused("frames wanted", &f, 0, UNPACK_ENCODING, 0);

	body[first + 12] = 0xff; /* flags that are none */
	f = unpack_all(ENVELOPE_GSO, body, n, UNPACK_IP);
	cr_assert_eq(f.count, 2);
	check_refused("header", &f, 0, UNPACK_HEADER, second);
	check_packet("behind it", &f, 1, "four", 4, -2, ENVELOPE_LINK_RAW);

	f = unpack_all(ENVELOPE_GSO, body, n - 1, UNPACK_IP);
	cr_assert_eq(f.count, 2);
	check_refused("cut", &f, 1, UNPACK_NOT_GSO, second);

	body[4] = 2;
	f = unpack_all(ENVELOPE_GSO, body, n, UNPACK_IP);
	cr_assert_eq(f.count, 1);
	check_refused("version", &f, 0, UNPACK_NOT_GSO, 0);
}

/* --- any octets --- */

static unsigned seed_of_this_run(void)
{
	const char *text = getenv("TEST_SEED");
	unsigned seed = text ? (unsigned)strtoul(text, NULL, 10) : (unsigned)time(NULL);

	fprintf(stderr, "TEST_SEED=%u\n", seed);
	return seed;
}

/* Whatever is changed in a body: it ends, within what it can hold, and nothing is read beyond it
 * (unpack_all checks).
 */
Test(unpack, changed_bodies_end)
{
	static const char *const types[] = {ENVELOPE_PCAP, ENVELOPE_GSO, ""};
	static const char json[] = "{\"timestamp\": 1.5, \"data\": [7, 8]}";
	unsigned seed = seed_of_this_run();

	for (unsigned run = 0; run < 30000; run++) {
		uint8_t body[BODY_MAX];
		const char *type = types[run % 3];
		size_t n = run % 3 == 0   ? pcap_body(body, 101)
		           : run % 3 == 1 ? gso_body(body)
		                          : sizeof json - 1;

		if (run % 3 == 2)
			memcpy(body, json, n);
		for (unsigned i = 0; i < 1 + run % 4; i++)
			body[(size_t)rand_r(&seed) % n] = (uint8_t)rand_r(&seed);
		unpack_all(type, body, (size_t)rand_r(&seed) % n + 1, UNPACK_IP | UNPACK_FRAMES);
	}
}
