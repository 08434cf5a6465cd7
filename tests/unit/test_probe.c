/* bin/common/probe: what ends a frame, what becomes of it in each link type, and how --fcs auto
 * finds out. Every stream whole, octet by octet and at every split. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/probe.h"
#include "slip.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { FRAMES_MAX = 128 };

static const uint8_t data_frame[] = {0x41, 0xd8, 0xce, 0xcd, 0xab, 0xff, 0xff, 0x9c, 0xed,
                                     0x33, 0x04, 0x00, 0x4b, 0x12, 0x00, 0x41, 0x60};
static const uint8_t ack[] = {0x02, 0x00, 0x6a};

struct stream {
	uint8_t octets[8192];
	size_t length;
};

static void add_frame(struct stream *s, const uint8_t *mac, size_t length, const uint8_t *tail,
                      size_t tail_length)
{
	uint8_t frame[256];

	memcpy(frame, mac, length);
	if (tail_length)
		memcpy(frame + length, tail, tail_length);
	s->length += (size_t)slip_encode(s->octets + s->length, sizeof s->octets - s->length, frame,
	                                 length + tail_length);
}

static void add_crc16(struct stream *s, const uint8_t *mac, size_t length, bool good)
{
	uint16_t fcs = frame_fcs16(mac, length) ^ (good ? 0 : 1);

	add_frame(s, mac, length, (const uint8_t[]){(uint8_t)fcs, (uint8_t)(fcs >> 8)}, 2);
}

static void add_ti(struct stream *s, const uint8_t *mac, size_t length, int8_t rssi, uint8_t last)
{
	add_frame(s, mac, length, (const uint8_t[]){(uint8_t)rssi, last}, 2);
}

struct found {
	struct probe_frame frames[FRAMES_MAX];
	uint8_t octets[FRAMES_MAX][FRAME_MAX];
	unsigned count;
};

static void feed(struct probe *p, struct found *found, const uint8_t *in, size_t n)
{
	for (size_t used = 0; used < n;) {
		struct probe_frames f;
		size_t taken = probe_decode(p, in + used, n - used, 42, &f);

		cr_assert(taken > 0 && taken <= n - used);
		used += taken;
		for (unsigned i = 0; i < f.count; i++) {
			cr_assert(found->count < FRAMES_MAX);
			memcpy(found->octets[found->count], f.frames[i].mac, f.frames[i].length);
			found->frames[found->count] = f.frames[i];
			found->frames[found->count].mac = found->octets[found->count];
			found->count++;
		}
	}
}

static struct probe *new_probe(enum probe_fcs fcs)
{
	static struct probe probes[16];
	static unsigned count;
	const struct probe_options o = {
		.channel = -1, .max_frame = FRAME_MAX, .fcs = fcs, .rssi_offset = -73};

	cr_assert(count < COUNT(probes));
	probe_init(&probes[count], "probe", &o);
	probes[count].verdicts.name = "test";
	return &probes[count++];
}

static uint64_t counter(const struct probe *p, const char *name)
{
	for (unsigned i = 0; p->line_counters[i].name; i++)
		if (strcmp(p->line_counters[i].name, name) == 0)
			return stats_get(&p->line_counters[i]);
	for (unsigned i = 0; i < VERDICT_COUNTERS; i++)
		if (strcmp(p->verdicts.counters[i].name, name) == 0)
			return stats_get(&p->verdicts.counters[i]);
	for (unsigned i = 0; i < VERDICT_LINE_COUNTERS; i++)
		if (strcmp(p->verdicts.line_counters[i].name, name) == 0)
			return stats_get(&p->verdicts.line_counters[i]);
	cr_assert_fail("no counter %s", name);
	return 0;
}

static void check_sum(const struct probe *p)
{
	cr_assert_eq(counter(p, "frames"), counter(p, "fcs_good") + counter(p, "fcs_bad") +
	                                           counter(p, "unchecked") +
	                                           counter(p, "too_short"));
}

static struct found whole(enum probe_fcs fcs, const struct stream *s, const struct probe **probe)
{
	struct probe *p = new_probe(fcs);
	static struct found found;

	found = (struct found){.count = 0};
	feed(p, &found, s->octets, s->length);
	check_sum(p);
	if (probe)
		*probe = p;
	return found;
}

static void expect_mac(const struct probe_frame *f, const uint8_t *mac, size_t length)
{
	cr_assert_eq(f->length, length);
	cr_assert_arr_eq(f->mac, mac, length);
	cr_assert_eq(f->time_ns, 42);
}

Test(probe, without_fcs_frames_pass_as_they_are)
{
	struct stream s = {.length = 0};
	const struct probe *p;

	add_frame(&s, data_frame, sizeof data_frame, NULL, 0);
	add_frame(&s, (const uint8_t[]){0xc0}, 1, NULL, 0);
	struct found found = whole(PROBE_FCS_NONE, &s, &p);
	cr_assert_eq(found.count, 2);
	expect_mac(&found.frames[0], data_frame, sizeof data_frame);
	expect_mac(&found.frames[1], (const uint8_t[]){0xc0}, 1);
	cr_assert(found.frames[0].verdict == PROBE_UNCHECKED && !found.frames[0].has_radio);
	cr_assert_eq(counter(p, "unchecked"), 2);
	cr_assert_eq(counter(p, "undecided"), 0);
}

Test(probe, crc16_is_checked_and_taken_off)
{
	struct stream s = {.length = 0};
	const struct probe *p;

	/* The FCS of this ACK, by the standard's own example: e4 79. */
	add_frame(&s, ack, sizeof ack, (const uint8_t[]){0xe4, 0x79}, 2);
	add_frame(&s, ack, sizeof ack, (const uint8_t[]){0xe4, 0x78}, 2);
	add_frame(&s, (const uint8_t[]){1, 2}, 2, NULL, 0);
	struct found found = whole(PROBE_FCS_CRC16, &s, &p);
	cr_assert_eq(found.count, 2);
	expect_mac(&found.frames[0], ack, sizeof ack);
	expect_mac(&found.frames[1], ack, sizeof ack);
	cr_assert(found.frames[0].verdict == PROBE_GOOD && found.frames[1].verdict == PROBE_BAD);
	cr_assert_arr_eq(found.frames[1].fcs, ((uint8_t[]){0xe4, 0x78}), 2,
	                 "as it was on the line");
	cr_assert(counter(p, "fcs_good") == 1 && counter(p, "fcs_bad") == 1 &&
	          counter(p, "too_short") == 1);
}

Test(probe, ti_octets_are_read)
{
	struct stream s = {.length = 0};
	const struct probe *p;

	add_ti(&s, data_frame, sizeof data_frame, 3, 0x80 | 107);
	add_ti(&s, ack, sizeof ack, -20, 30);
	struct found found = whole(PROBE_FCS_TI, &s, &p);
	cr_assert_eq(found.count, 2);
	expect_mac(&found.frames[0], data_frame, sizeof data_frame);
	cr_assert(found.frames[0].verdict == PROBE_GOOD && found.frames[0].has_radio);
	cr_assert(found.frames[0].rssi == -70 && found.frames[0].correlation == 107);
	uint16_t right = frame_fcs16(data_frame, sizeof data_frame);
	cr_assert_arr_eq(found.frames[0].fcs, ((uint8_t[]){(uint8_t)right, (uint8_t)(right >> 8)}),
	                 2);
	cr_assert(found.frames[1].verdict == PROBE_BAD && found.frames[1].rssi == -93 &&
	          found.frames[1].correlation == 30);
	cr_assert_arr_eq(found.frames[1].fcs, ((uint8_t[]){0xe4 ^ 0xff, 0x79 ^ 0xff}), 2,
	                 "the complement of the right one");
}

Test(probe, frames_over_127_octets_and_what_is_no_frame_are_counted)
{
	struct stream s = {.length = 0};
	static const uint8_t long_frame[128];
	const struct probe *p;

	memcpy(s.octets, "boot\r\n", 6);
	s.length = 6;
	add_frame(&s, long_frame, 127, NULL, 0);
	add_frame(&s, long_frame, 128, NULL, 0);
	memcpy(s.octets + s.length, "\xc0\x01\xdb\x01\xc0", 5);
	s.length += 5;
	struct found found = whole(PROBE_FCS_NONE, &s, &p);
	cr_assert(found.count == 1 && found.frames[0].length == 127);
	cr_assert(counter(p, "before_first_end") == 6 && counter(p, "overlong") == 1 &&
	          counter(p, "bad_escape") == 1);
	cr_assert_eq(counter(p, "octets"), s.length);
	cr_assert_geq(counter(p, "empty"), 2);
}

/* Zephyr writes an END behind a frame only. */
Test(probe, the_first_frame_needs_no_end_before_it)
{
	const char *const texts[] = {"", "boot\n", "\xc2\xb0 boot\r\n*** Booting Zephyr ***\r\n"};

	for (unsigned i = 0; i < COUNT(texts); i++) {
		struct stream s = {.length = 0}, plain;
		const struct probe *p;

		memcpy(s.octets, texts[i], strlen(texts[i]));
		s.length = strlen(texts[i]);
		for (unsigned n = 0; n < 3; n++) {
			plain.length = 0;
			add_frame(&plain, data_frame, sizeof data_frame, NULL, 0);
			memcpy(s.octets + s.length, plain.octets + 1, plain.length - 1);
			s.length += plain.length - 1;
		}
		struct found found = whole(PROBE_FCS_NONE, &s, &p);
		cr_assert_eq(found.count, 3, "%u: %u", i, found.count);
		expect_mac(&found.frames[0], data_frame, sizeof data_frame);
		cr_assert_eq(counter(p, "before_first_end"), i == 2 ? strlen(texts[i]) : 0, "%u",
		             i);
	}
}

Test(probe, finish_counts_a_frame_without_its_end)
{
	struct probe *p = new_probe(PROBE_FCS_NONE);
	struct probe_frames f;

	cr_assert_eq(probe_decode(p, (const uint8_t *)"\xc0\x01\x02", 3, 0, &f), 3);
	cr_assert_eq(f.count, 0);
	cr_assert_eq(probe_finish(p), 2);
	cr_assert_eq(counter(p, "unfinished"), 1);
	cr_assert_eq(probe_finish(p), 0);
}

static void mixed_stream(struct stream *s)
{
	*s = (struct stream){.octets = "garbage", .length = 7};
	add_crc16(s, data_frame, sizeof data_frame, true);
	add_crc16(s, ack, sizeof ack, false);
	add_frame(s, (const uint8_t[]){7}, 1, NULL, 0);
	memcpy(s->octets + s->length, "\xdb\xdb\xc0\xc0", 4);
	s->length += 4;
	add_crc16(s, (const uint8_t[]){0xc0, 0xdb, 0xdc, 0xdd}, 4, true);
}

static void expect_same(const struct probe *a, const struct found *fa, const struct probe *b,
                        const struct found *fb, size_t split)
{
	cr_assert_eq(fa->count, fb->count, "split at %zu", split);
	for (unsigned i = 0; i < fa->count; i++) {
		cr_assert_eq(fa->frames[i].length, fb->frames[i].length, "split at %zu", split);
		cr_assert_arr_eq(fa->octets[i], fb->octets[i], fa->frames[i].length);
		cr_assert_eq(fa->frames[i].verdict, fb->frames[i].verdict, "split at %zu", split);
	}
	for (unsigned i = 0; a->line_counters[i].name; i++)
		cr_assert_eq(stats_get(&a->line_counters[i]), stats_get(&b->line_counters[i]),
		             "%s, split at %zu", a->line_counters[i].name, split);
	for (unsigned i = 0; i < VERDICT_COUNTERS; i++)
		cr_assert_eq(stats_get(&a->verdicts.counters[i]),
		             stats_get(&b->verdicts.counters[i]), "%s, split at %zu",
		             a->verdicts.counters[i].name, split);
}

/* One split a child process of the test runner would be slow: the struct is put back to its start
 * instead. */
static void rerun(struct probe *p, const struct probe *fresh, struct found *found,
                  const struct stream *s, size_t split, size_t step)
{
	*p = *fresh;
	firmware_line_init(&p->line, fresh->line.firmware, &fresh->line.config);
	*found = (struct found){.count = 0};
	if (step) {
		for (size_t at = 0; at < s->length; at += step)
			feed(p, found, s->octets + at,
			     s->length - at < step ? s->length - at : step);
	} else {
		feed(p, found, s->octets, split);
		feed(p, found, s->octets + split, s->length - split);
	}
}

/* A port is opened, or a file begins, within a frame. */
Test(probe, the_rest_of_a_frame_is_no_frame)
{
	struct probe *p = new_probe(PROBE_FCS_NONE);
	static struct probe fresh;
	static struct found found;

	fresh = *p;
	for (size_t cut = 1; cut < sizeof data_frame; cut++) {
		struct stream s = {.length = sizeof data_frame - cut};

		memcpy(s.octets, data_frame + cut, s.length);
		add_frame(&s, ack, sizeof ack, NULL, 0);
		rerun(p, &fresh, &found, &s, s.length, 0);
		cr_assert_eq(found.count, 1, "from octet %zu", cut);
		cr_assert_eq(counter(p, "before_first_end"), sizeof data_frame - cut);
	}
}

static void check_splits(enum probe_fcs fcs)
{
	static struct found expected, found;
	static struct stream s;
	struct probe *p = new_probe(fcs), *q = new_probe(fcs);
	static struct probe fresh;

	fresh = *p;
	mixed_stream(&s);
	rerun(q, &fresh, &expected, &s, s.length, 0);
	cr_assert_geq(expected.count, 3);
	for (size_t split = 0; split <= s.length; split++) {
		rerun(p, &fresh, &found, &s, split, 0);
		expect_same(q, &expected, p, &found, split);
	}
	for (size_t step = 1; step < 8; step++) {
		rerun(p, &fresh, &found, &s, 0, step);
		expect_same(q, &expected, p, &found, step);
	}
}

Test(probe, pieces_do_not_matter)
{
	check_splits(PROBE_FCS_NONE);
	check_splits(PROBE_FCS_CRC16);
	check_splits(PROBE_FCS_TI);
	check_splits(PROBE_FCS_AUTO);
}

/* --- link types --- */

static struct envelope_packet to_packet(const struct probe_frame *f, uint16_t link_type)
{
	static uint8_t out[PROBE_PACKET_MAX];
	struct envelope_packet packet = {.length = 0};

	cr_assert(probe_packet(&packet, out, f, link_type));
	cr_assert(packet.link_type == link_type && packet.time_ns == f->time_ns &&
	          packet.length <= sizeof out);
	return packet;
}

static const uint8_t *behind_tap(const struct envelope_packet *p, struct frame_tap *tap,
                                 size_t *length)
{
	int header = frame_tap_parse(tap, p->data, p->length, NULL);

	cr_assert_gt(header, 0);
	*length = p->length - (size_t)header;
	return p->data + header;
}

Test(probe, nofcs_holds_no_bad_frame)
{
	struct probe_frame good = {
		.mac = ack, .length = 3, .verdict = PROBE_GOOD, .fcs = {0xe4, 0x79}, .time_ns = 5};
	struct probe_frame bad = {.mac = ack, .length = 3, .verdict = PROBE_BAD, .fcs = {0, 0}},
			   unchecked = {.mac = ack, .length = 3};
	uint8_t out[PROBE_PACKET_MAX];
	struct envelope_packet p = to_packet(&good, ENVELOPE_LINK_IEEE802_15_4_NOFCS);

	cr_assert_eq(p.length, 3);
	cr_assert_arr_eq(p.data, ack, 3);
	cr_assert_eq(to_packet(&unchecked, ENVELOPE_LINK_IEEE802_15_4_NOFCS).length, 3);
	cr_assert(!probe_packet(&p, out, &bad, ENVELOPE_LINK_IEEE802_15_4_NOFCS));
}

Test(probe, withfcs_holds_the_fcs_of_the_line_or_the_right_one)
{
	struct probe_frame bad = {.mac = ack, .length = 3, .verdict = PROBE_BAD, .fcs = {1, 2}},
			   unchecked = {.mac = ack, .length = 3};
	struct envelope_packet p = to_packet(&bad, ENVELOPE_LINK_IEEE802_15_4_WITHFCS);

	cr_assert_eq(p.length, 5);
	cr_assert_arr_eq(p.data, ((uint8_t[]){2, 0, 0x6a, 1, 2}), 5);
	p = to_packet(&unchecked, ENVELOPE_LINK_IEEE802_15_4_WITHFCS);
	cr_assert_eq(p.length, 5);
	cr_assert_arr_eq(p.data, ((uint8_t[]){2, 0, 0x6a, 0xe4, 0x79}), 5);
}

Test(probe, tap_says_what_the_probe_said)
{
	struct probe_frame ti = {.mac = ack,
	                         .length = 3,
	                         .verdict = PROBE_BAD,
	                         .fcs = {0x1b, 0x86},
	                         .has_radio = true,
	                         .rssi = -81,
	                         .correlation = 99};
	struct probe_frame unchecked = {.mac = ack, .length = 3};
	struct frame_tap tap;
	size_t length;
	struct envelope_packet p = to_packet(&ti, ENVELOPE_LINK_IEEE802_15_4_TAP);
	const uint8_t *frame = behind_tap(&p, &tap, &length);

	cr_assert_eq(length, 5);
	cr_assert_arr_eq(frame, ((uint8_t[]){2, 0, 0x6a, 0x1b, 0x86}), 5);
	cr_assert(tap.fcs_type == FRAME_TAP_FCS16 && tap.has_rss && tap.rss == -81.0f &&
	          tap.has_lqi && tap.lqi == 99 && !tap.has_channel);
	p = to_packet(&unchecked, ENVELOPE_LINK_IEEE802_15_4_TAP);
	frame = behind_tap(&p, &tap, &length);
	cr_assert(length == 3 && memcmp(frame, ack, 3) == 0);
	cr_assert(tap.fcs_type == FRAME_TAP_FCS_NONE && !tap.has_rss && !tap.has_lqi);
}

Test(probe, the_longest_frame_fits_every_link_type)
{
	static const uint8_t mac[FRAME_MAX];
	struct probe_frame f = {
		.mac = mac, .length = FRAME_MAX, .has_radio = true, .verdict = PROBE_GOOD};

	cr_assert_eq(to_packet(&f, ENVELOPE_LINK_IEEE802_15_4_NOFCS).length, 127);
	cr_assert_eq(to_packet(&f, ENVELOPE_LINK_IEEE802_15_4_WITHFCS).length, 129);
	cr_assert_leq(to_packet(&f, ENVELOPE_LINK_IEEE802_15_4_TAP).length, PROBE_PACKET_MAX);
}

/* --- auto --- */

static void numbered(uint8_t frame[sizeof data_frame], unsigned i)
{
	memcpy(frame, data_frame, sizeof data_frame);
	frame[2] = (uint8_t)i;
	frame[sizeof data_frame - 1] = (uint8_t)(i * 37);
}

Test(probe_auto, a_right_crc_decides_at_once)
{
	struct stream s = {.length = 0};
	const struct probe *p;

	add_crc16(&s, data_frame, sizeof data_frame, true);
	add_crc16(&s, ack, sizeof ack, false);
	struct found found = whole(PROBE_FCS_AUTO, &s, &p);
	cr_assert_eq(found.count, 2);
	expect_mac(&found.frames[0], data_frame, sizeof data_frame);
	expect_mac(&found.frames[1], ack, sizeof ack);
	cr_assert(found.frames[0].verdict == PROBE_GOOD && found.frames[1].verdict == PROBE_BAD);
	cr_assert(counter(p, "undecided") == 0 && counter(p, "decisions") == 1);
}

Test(probe_auto, ti_shows_with_the_ninth_frame)
{
	struct stream s = {.length = 0};
	uint8_t frame[sizeof data_frame];
	const struct probe *p;

	for (unsigned i = 0; i < 12; i++) {
		numbered(frame, i);
		add_ti(&s, frame, sizeof frame, (int8_t)(-10 - (int)i), (uint8_t)(0x80 | (97 + i)));
		add_ti(&s, ack, sizeof ack, (int8_t)(-20 - (int)i), (uint8_t)(0x80 | (90 + i)));
	}
	struct found found = whole(PROBE_FCS_AUTO, &s, &p);
	cr_assert_eq(found.count, 24);
	for (unsigned i = 0; i < 16; i += 2)
		cr_assert(found.frames[i].verdict == PROBE_UNCHECKED &&
		                  found.frames[i].length == sizeof frame + 2,
		          "not decided yet: as it is");
	for (unsigned i = 16; i < 24; i += 2)
		cr_assert(found.frames[i].verdict == PROBE_GOOD &&
		                  found.frames[i].length == sizeof frame,
		          "frame %u", i);
	cr_assert_eq(counter(p, "undecided"), 16);
	cr_assert_eq(counter(p, "decisions"), 1);
}

Test(probe_auto, frames_without_fcs_stay_as_they_are)
{
	struct stream s = {.length = 0};
	uint8_t frame[sizeof data_frame];
	const struct probe *p;

	for (unsigned i = 0; i < 20; i++) {
		numbered(frame, i);
		add_frame(&s, frame, sizeof frame, NULL, 0);
		frame[0] = 0x02;
		frame[1] = 0;
		add_frame(&s, frame, 3, NULL, 0);
	}
	struct found found = whole(PROBE_FCS_AUTO, &s, &p);
	cr_assert_eq(found.count, 40);
	for (unsigned i = 0; i < 40; i++)
		cr_assert_eq(found.frames[i].verdict, PROBE_UNCHECKED, "frame %u", i);
	cr_assert_eq(counter(p, "decisions"), 0);
}

/* A payload whose last two octets look like TI's, the same in every frame, is no evidence. */
Test(probe_auto, the_same_two_octets_again_say_nothing)
{
	struct stream s = {.length = 0};
	uint8_t frame[sizeof data_frame];

	for (unsigned i = 0; i < 30; i++) {
		numbered(frame, i);
		add_frame(&s, frame, sizeof frame, (const uint8_t[]){0xf0, 0xe0}, 2);
	}
	struct found found = whole(PROBE_FCS_AUTO, &s, NULL);
	for (unsigned i = 0; i < found.count; i++)
		cr_assert_eq(found.frames[i].verdict, PROBE_UNCHECKED, "frame %u", i);
}

Test(probe_auto, a_line_that_changes_is_noticed)
{
	struct stream s = {.length = 0};
	uint8_t frame[sizeof data_frame];
	const struct probe *p;

	for (unsigned i = 0; i < 20; i++) {
		numbered(frame, i);
		add_crc16(&s, frame, sizeof frame, true);
	}
	for (unsigned i = 0; i < 40; i++) {
		numbered(frame, i);
		add_frame(&s, frame, sizeof frame, NULL, 0);
	}
	struct found found = whole(PROBE_FCS_AUTO, &s, &p);
	cr_assert_eq(found.count, 60);
	cr_assert(found.frames[19].verdict == PROBE_GOOD &&
	          found.frames[59].verdict == PROBE_UNCHECKED);
	expect_mac(&found.frames[59], frame, sizeof frame);
	cr_assert_eq(counter(p, "decisions"), 1);
}

/* Bad air is no reason to change one's mind. */
Test(probe_auto, a_burst_of_bad_frames_changes_nothing)
{
	struct stream s = {.length = 0};
	uint8_t frame[sizeof data_frame];

	for (unsigned i = 0; i < 18; i++) {
		numbered(frame, i);
		add_crc16(&s, frame, sizeof frame, i % 9 < 3);
	}
	struct found found = whole(PROBE_FCS_AUTO, &s, NULL);
	cr_assert_eq(found.count, 18);
	for (unsigned i = 0; i < 18; i++)
		cr_assert_eq(found.frames[i].verdict, i % 9 < 3 ? PROBE_GOOD : PROBE_BAD,
		             "frame %u", i);
}
