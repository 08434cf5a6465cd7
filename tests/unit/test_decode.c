/* agent/decode: every kind of body and every reason, byte by byte, flush against a page that
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
	struct decode_refusal refusals[FOUND_MAX];
};
static uint8_t room[16];

static struct found decode_under(const char *key, const char *id, const char *content_type,
                                 const void *body, size_t n, unsigned wanted)
{
	struct bus_message m = {.key = key,
	                        .message_id = id,
	                        .content_type = content_type,
	                        .body = flush_copy(body, n),
	                        .length = n};
	struct decoder d = {.wanted = wanted, .room = room, .room_size = sizeof room};
	struct found f = {0};
	struct envelope_gso_packet p;
	int outcome;

	memset(&p, 0xff, sizeof p);
	decode_begin(&d, &m, ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	while ((outcome = decode_next(&d, &p)) != 0) {
		cr_assert_lt(f.count, FOUND_MAX, "it does not end");
		f.outcomes[f.count] = outcome;
		if (outcome > 0) {
			f.packets[f.count] = p;
			cr_assert_eq(p.octets != NULL, strcmp(content_type, ENVELOPE_GSO) == 0);
			cr_assert(p.packet.data == room ||
			          (p.packet.data >= m.body &&
			           p.packet.data + p.packet.length <= m.body + n));
		} else {
			f.refusals[f.count] = d.refusal;
			cr_assert_gt(strlen(d.refusal.words), 0);
			cr_assert_leq(d.refusal.offset, n);
		}
		f.count++;
	}
	cr_assert_eq(decode_next(&d, &p), 0, "the end is the end");
	return f;
}

static struct found decode_all(const char *content_type, const void *body, size_t n,
                               unsigned wanted)
{
	return decode_under("k", "", content_type, body, n, wanted);
}

static void check_refused(const char *what, const struct found *f, unsigned i,
                          enum decode_reason reason, size_t offset)
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

Test(decode, content_types)
{
	static const struct {
		const char *type;
		enum decode_reason reason; /* of a body that is nothing */
	} cases[] = {
		{"", DECODE_NOT_JSON},
		{"application/json", DECODE_NOT_JSON},
		{"Application/JSON; charset=utf-8", DECODE_NOT_JSON},
		{"application/json ;charset=utf-8", DECODE_NOT_JSON},
		{"application/jsonp", DECODE_ENCODING},
		{"application/jso", DECODE_ENCODING},
		{"text/plain", DECODE_ENCODING},
		{"application/vnd.tcpdump.pcap", DECODE_NOT_PCAP},
		{"APPLICATION/vnd.tcpdump.pcap;x=y", DECODE_NOT_PCAP},
		{"application/vnd.tcpdump.pcapng", DECODE_ENCODING},
		{"application/vnd.framebus.gso", DECODE_NOT_GSO},
		{"application/vnd.framebus.gso; v=1", DECODE_NOT_GSO},
		{"application/vnd.framebus.gsoo", DECODE_ENCODING},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct found f = decode_all(cases[i].type, "nothing", 7, DECODE_IP | DECODE_FRAMES);

		cr_assert_eq(f.count, 1, "%s", cases[i].type);
		check_refused(cases[i].type, &f, 0, cases[i].reason, f.refusals[0].offset);
	}
}

Test(decode, json_by_any_name)
{
	static const char *const types[] = {"", "application/json", "text/plain",
	                                    "application/octet-stream"};
	static const char body[] = "{\"timestamp\": 1.5, \"data\": [7, 8]}";

	for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct found f = decode_all(types[i], body, sizeof body - 1, DECODE_FRAMES);

		cr_assert_eq(f.count, 1, "%s", types[i]);
		check_packet(types[i], &f, 0, "\x07\x08", 2, 1500000000,
		             ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	}
}

/* --- JSON --- */

/* What the old library makes of a time, int(time.time()), puts packets before their predecessors; a
 * float that falls on a whole second is one. */
Test(decode, json_times)
{
	static const struct {
		const char *key, *id, *time;
		int64_t time_ns;
	} cases[] = {
		{"fromAgent.a.ip.tun.packet.raw", "", "1500000000", 0},
		{"fromAgent.a.ip.tun.packet.raw", "", "\"1500000000\"", 0},
		{"fromAgent.a.ip.tun.packet.raw", "", "15e8", 0},
		{"fromAgent.a.ip.tun.packet.raw", "", "0", 0},
		{"fromAgent.a.ip.tun.packet.raw", "", "1500000000.0", 1500000000000000000},
		{"fromAgent.a.ip.tun.packet.raw", "", "\"1500000000.0\"", 1500000000000000000},
		{"fromAgent.a.ip.tun.packet.raw", "", "1.5e9", 1500000000000000000},
		{"fromAgent.a.ip.tun.packet.raw", "", "1500000000.5", 1500000000500000000},
		{"fromAgent.a.802154.serial.packet.raw", "", "1500000000", 0},
		{"fromAgent.a.802154.serial.packet.raw", "", "1500000000.5", 1500000000500000000},
		{"data.tun.fromAgent.a", "", "\"1500000000.5\"", 1500000000500000000},
		{"data.serial.fromAgent.a", "", "\"1500000000.5\"", 0},
		{"data.serial.fromAgent.a", "0123456789abcdef", "\"1500000000.5\"", 0},
		{"data.serial.fromAgent.a", "0123456789abcdef-0-7", "\"1500000000.5\"",
	         1500000000500000000},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char body[100];
		int n = snprintf(body, sizeof body, "{\"data\": [7], \"timestamp\": %s}",
		                 cases[i].time);
		struct found f = decode_under(cases[i].key, cases[i].id, "", body, (size_t)n,
		                              DECODE_IP | DECODE_FRAMES);

		check_packet(cases[i].time, &f, 0, "\7", 1, cases[i].time_ns,
		             ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	}
}

Test(decode, json_reasons)
{
	static const struct {
		const char *body;
		enum decode_reason reason;
		size_t offset;
	} cases[] = {
		{"", DECODE_NOT_JSON, 0},
		{"{\"data\": [1", DECODE_NOT_JSON, 11},
		{"[1]", DECODE_NOT_JSON, 0},
		{"{\"data\": \"x\"}", DECODE_NOT_JSON, 9},
		{"{\"data\": [1, 256]}", DECODE_OCTET, 13},
		{"{\"data\": [-1]}", DECODE_OCTET, 10},
		{"{\"data\": []}", DECODE_NO_DATA, 10},
		{"{}", DECODE_NO_DATA, 1},
		{"{\"data\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", DECODE_TOO_LONG, 49},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct found f = decode_all("", cases[i].body, strlen(cases[i].body), DECODE_IP);

		cr_assert_eq(f.count, 1, "%s", cases[i].body);
		check_refused(cases[i].body, &f, 0, cases[i].reason, cases[i].offset);
	}
}

Test(decode, json_fills_its_room)
{
	static const char body[] = "{\"data\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}";
	struct found f = decode_all("", body, sizeof body - 1, DECODE_IP);

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

Test(decode, pcap_link_types)
{
	static const struct {
		uint16_t link_type;
		unsigned wanted;
	} cases[] = {
		{101, DECODE_IP}, {195, DECODE_FRAMES}, {230, DECODE_FRAMES}, {283, DECODE_FRAMES}};
	uint8_t body[BODY_MAX];

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = pcap_body(body, cases[i].link_type);

		for (unsigned wanted = DECODE_IP; wanted <= (DECODE_IP | DECODE_FRAMES); wanted++) {
			struct found f = decode_all(ENVELOPE_PCAP, body, n, wanted);

			cr_assert_eq(f.count, wanted & cases[i].wanted ? 3 : 1);
			if (wanted & cases[i].wanted)
				check_packet("third", &f, 2, "three", 5, 3, cases[i].link_type);
			else
				check_refused("unwanted", &f, 0, DECODE_LINK_TYPE, 0);
		}
		body[20] = 1;
		struct found f = decode_all(ENVELOPE_PCAP, body, n, DECODE_IP | DECODE_FRAMES);
		cr_assert_eq(f.count, 1);
		check_refused("Ethernet", &f, 0, DECODE_LINK_TYPE, 0);
	}
}

Test(decode, pcap_goes_on_behind_a_record_that_cannot_be_used)
{
	uint8_t body[BODY_MAX];
	size_t n = pcap_body(body, 101), second = 24 + 16 + 3;

	body[second + 12] = 5; /* a part of five octets */
	struct found f = decode_all(ENVELOPE_PCAP, body, n, DECODE_IP);

	cr_assert_eq(f.count, 3);
	check_packet("first", &f, 0, "one", 3, 1, 101);
	check_refused("second", &f, 1, DECODE_RECORD, second + 16 + 4);
	check_packet("third", &f, 2, "three", 5, 3, 101);
}

Test(decode, every_truncation_of_pcap)
{
	static const size_t ends[] = {24, 24 + 19, 24 + 19 + 20, 24 + 19 + 20 + 21};
	uint8_t body[BODY_MAX];
	size_t n = pcap_body(body, 101);

	cr_assert_eq(n, ends[3]);
	for (size_t cut = 0; cut < n; cut++) {
		struct found f = decode_all(ENVELOPE_PCAP, body, cut, DECODE_IP);
		unsigned whole = 0;

		while (whole < 3 && ends[whole + 1] <= cut)
			whole++;
		bool at_end = cut == ends[whole];
		cr_assert_eq(f.count, whole + !at_end, "%zu: %u", cut, f.count);
		if (!at_end)
			check_refused("cut", &f, whole, DECODE_NOT_PCAP,
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

Test(decode, gso)
{
	uint8_t body[BODY_MAX];
	size_t n = gso_body(body);
	struct found f = decode_all(ENVELOPE_GSO, body, n, DECODE_IP);

	cr_assert_eq(f.count, 2);
	check_packet("second", &f, 1, "four", 4, -2, ENVELOPE_LINK_RAW);
	cr_assert_eq(f.packets[1].octets, f.packets[1].packet.data - ENVELOPE_VNET_HEADER);
	cr_assert_eq(f.packets[1].octet_count, ENVELOPE_VNET_HEADER + 4);
}

Test(decode, gso_reasons)
{
	uint8_t body[BODY_MAX];
	size_t n = gso_body(body), first = 8, second = first + 12 + 10 + 3;
	struct found f = decode_all(ENVELOPE_GSO, body, n, DECODE_FRAMES);

	cr_assert_eq(f.count, 1);
	check_refused("frames wanted", &f, 0, DECODE_ENCODING, 0);

	body[first + 12] = 0xff; /* flags that are none */
	f = decode_all(ENVELOPE_GSO, body, n, DECODE_IP);
	cr_assert_eq(f.count, 2);
	check_refused("header", &f, 0, DECODE_HEADER, second);
	check_packet("behind it", &f, 1, "four", 4, -2, ENVELOPE_LINK_RAW);

	f = decode_all(ENVELOPE_GSO, body, n - 1, DECODE_IP);
	cr_assert_eq(f.count, 2);
	check_refused("cut", &f, 1, DECODE_NOT_GSO, second);

	body[4] = 2;
	f = decode_all(ENVELOPE_GSO, body, n, DECODE_IP);
	cr_assert_eq(f.count, 1);
	check_refused("version", &f, 0, DECODE_NOT_GSO, 0);
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
 * (decode_all checks). */
Test(decode, changed_bodies_end)
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
		decode_all(type, body, (size_t)rand_r(&seed) % n + 1, DECODE_IP | DECODE_FRAMES);
	}
}

/* --- counters --- */

static uint64_t counted(const struct decoder *d, const char *name)
{
	for (unsigned i = 0; i < DECODE_REASONS && d->counters[i].name; i++)
		if (strcmp(d->counters[i].name, name) == 0)
			return stats_get(&d->counters[i]);
	cr_assert(false, "%s: no such counter", name);
	return 0;
}

Test(decode, refusals_are_counted_once_under_their_names)
{
	static struct decoder d = {.wanted = DECODE_IP,
	                           .room = room,
	                           .room_size = sizeof room,
	                           .names[DECODE_ENCODING] = "rejected_not_json",
	                           .names[DECODE_RECORD] = "rejected_other"};
	static const struct {
		const char *type, *body, *counter;
	} cases[] = {
		{ENVELOPE_JSON, "nothing", "rejected_not_json"},
		{"text/plain", "nothing", "rejected_not_json"},
		{ENVELOPE_JSON, "{\"data\": [1, 256]}", "rejected_octet"},
		{ENVELOPE_JSON, "{\"data\": []}", "rejected_no_data"},
		{ENVELOPE_JSON, "{\"data\": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}",
	         "rejected_too_long"},
		{ENVELOPE_PCAP, "nothing", "rejected_not_pcap"},
		{ENVELOPE_GSO, "nothing", "rejected_not_gso"},
	};
	struct envelope_gso_packet p;
	struct bus_message m = {.key = "k"};

	decode_register(&d, "test");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		m.content_type = cases[i].type;
		m.body = (const uint8_t *)cases[i].body;
		m.length = strlen(cases[i].body);
		uint64_t before = counted(&d, cases[i].counter);

		decode_begin(&d, &m, ENVELOPE_LINK_RAW);
		cr_assert_eq(decode_next(&d, &p), -1, "%zu", i);
		cr_assert_eq(decode_next(&d, &p), 0, "%zu", i);
		cr_assert_eq(counted(&d, cases[i].counter), before + 1, "%s", cases[i].counter);
	}
	cr_assert_eq(counted(&d, "rejected_not_json"), 2, "two reasons, one counter");
	decode_refuse(&d, DECODE_RECORD, "the caller's own", 0);
	cr_assert_eq(counted(&d, "rejected_other"), 1);
	cr_assert_eq(counted(&d, "rejected_header"), 0);
}
