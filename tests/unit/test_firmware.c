/* bin/common/probe: the readers of the firmwares and HDLC-lite, whole, at every split and at every
 * truncation, up to a page that nobody may touch; the clock of a probe; whom it stands in for. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "probe/firmware.h"
#include "probe/hdlc.h"
#include "probe/own_echo.h"
#include "probe/probe_clock.h"
#include "probe/spinel.h"
#include "slip.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t *at_end(const uint8_t *octets, size_t n)
{
	enum { PAGE = 4096, SIZE = 4 * PAGE };
	static uint8_t *block;

	if (!block) {
		block = mmap(NULL, SIZE + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		             -1, 0);
		cr_assert(block != MAP_FAILED && mprotect(block + SIZE, PAGE, PROT_NONE) == 0);
	}
	return memcpy(block + SIZE - n, octets, n);
}

/* --- HDLC-lite --- */

Test(hdlc, the_fcs_is_that_of_rfc_1662)
{
	/* The check value of CRC-16/X-25. */
	cr_assert_eq(hdlc_fcs((const uint8_t *)"123456789", 9), 0x906e);
	cr_assert_eq(hdlc_fcs(NULL, 0), 0);
}

Test(hdlc, what_must_be_is_escaped_and_comes_back)
{
	static const uint8_t octets[] = {0x7e, 0x7d, 0x11, 0x13, 0xf8, 0x00, 0x20};
	uint8_t line[HDLC_ENCODED_MAX(sizeof octets)], frame[sizeof octets + 2];
	size_t size = hdlc_encode(line, sizeof line, octets, sizeof octets);
	struct hdlc_decoder d;
	enum hdlc_event event;

	cr_assert_arr_eq(line,
	                 ((uint8_t[]){0x7e, 0x7d, 0x5e, 0x7d, 0x5d, 0x7d, 0x31, 0x7d, 0x33, 0x7d,
	                              0xd8, 0x00, 0x20}),
	                 13);
	hdlc_decoder_init(&d, frame, sizeof frame);
	cr_assert_eq(hdlc_decode(&d, at_end(line, size), size, &event), size);
	cr_assert(event == HDLC_FRAME && d.length == sizeof octets);
	cr_assert_arr_eq(frame, octets, sizeof octets);
	for (size_t room = 0; room < size; room++)
		cr_assert_eq(hdlc_encode(line, room, octets, sizeof octets), 0);
}

/* text, a good frame, one with a wrong FCS, an aborted one, one that is too long, two that share a
 * flag, one octet */
static size_t hdlc_stream(uint8_t *line)
{
	static const uint8_t a[] = {0x80, 0x06, 0x7e}, b[12] = {1};
	size_t n = 0;

	memcpy(line, "boot\r\n", 6);
	n += 6;
	n += hdlc_encode(line + n, 100, a, sizeof a);
	n += hdlc_encode(line + n, 100, a, sizeof a);
	line[n - 2] ^= 1;
	memcpy(line + n, "\x7e\x01\x7d\x7e", 4);
	n += 4;
	n += hdlc_encode(line + n, 100, b, sizeof b);
	n += hdlc_encode(line + n, 100, a, sizeof a) - 1;
	n += hdlc_encode(line + n, 100, a, 2);
	memcpy(line + n, "\x05\x7e", 2);
	return n + 2;
}

static void expect_hdlc(const uint8_t *line, size_t n, size_t split)
{
	uint8_t frame[8];
	struct hdlc_decoder d;
	unsigned frames = 0;
	size_t pieces[] = {split, n - split};

	hdlc_decoder_init(&d, frame, sizeof frame);
	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *in = at_end(line + (i ? split : 0), pieces[i]);

		for (size_t left = pieces[i]; left;) {
			enum hdlc_event event;
			size_t used = hdlc_decode(&d, in, left, &event);

			cr_assert(used >= 1 && used <= left);
			in += used;
			left -= used;
			frames += event == HDLC_FRAME;
		}
	}
	cr_assert(frames == 3 && d.counters.frames == 3 && d.counters.bad_fcs == 3 &&
	                  d.counters.aborted == 1 && d.counters.overlong == 1 &&
	                  d.counters.octets == n,
	          "split at %zu: %u frames, %u wrong, %u aborted, %u too long", split, frames,
	          (unsigned)d.counters.bad_fcs, (unsigned)d.counters.aborted,
	          (unsigned)d.counters.overlong);
	cr_assert_eq(hdlc_decoder_finish(&d), 0);
}

Test(hdlc, pieces_do_not_matter)
{
	uint8_t line[512];
	size_t n = hdlc_stream(line);

	for (size_t split = 0; split <= n; split++)
		expect_hdlc(line, n, split);
}

Test(hdlc, what_is_not_ended_is_told)
{
	uint8_t frame[8];
	struct hdlc_decoder d;
	enum hdlc_event event;

	hdlc_decoder_init(&d, frame, sizeof frame);
	hdlc_decode(&d, (const uint8_t *)"\x7e\x01\x02\x7d", 4, &event);
	cr_assert_eq(hdlc_decoder_finish(&d), 3);
	cr_assert_eq(d.counters.unfinished, 1);
	cr_assert_eq(hdlc_decoder_finish(&d), 0);
}

/* --- the readers of the firmwares --- */

enum { STREAM_MAX = 2048 };

struct stream {
	const char *firmware;
	size_t length;
	uint8_t octets[STREAM_MAX];
	const char *story; /* F frame, T text, A answer */
};

static const uint8_t frame_a[] = {0x41, 0x88, 1, 0xcd, 0xab, 2, 0, 1, 0, 0xc0, 0x7e, 0xdb};
static const uint8_t frame_b[] = {0x41, 0x88, 2, 0xcd, 0xab, 2, 0, 1, 0, 'b'};

static void add(struct stream *s, const void *octets, size_t n)
{
	cr_assert_leq(s->length + n, sizeof s->octets);
	memcpy(s->octets + s->length, octets, n);
	s->length += n;
}

static void add_slip(struct stream *s, const void *octets, size_t n)
{
	s->length +=
		(size_t)slip_encode(s->octets + s->length, sizeof s->octets - s->length, octets, n);
}

static void add_hdlc(struct stream *s, const void *octets, size_t n)
{
	s->length += hdlc_encode(s->octets + s->length, sizeof s->octets - s->length, octets, n);
}

static void add_sensniff(struct stream *s, uint8_t command, const uint8_t *frame, size_t n)
{
	add(s, (const uint8_t[]){0xc1, 0x1f, 0xfe, 0x72, 2, command, 0, (uint8_t)(n + 2)}, 8);
	add(s, frame, n);
	add(s, (const uint8_t[]){0xc4, 0x80 | 99}, 2);
}

/* psdu_length: what the message says. */
static void add_received(struct stream *s, const uint8_t *frame, size_t n, size_t psdu_length)
{
	uint8_t m[256] = {0x80, 6, 0x71, (uint8_t)psdu_length, 0};
	static const uint8_t metadata[] = {0xc4, 0x80, 0, 0, 10, 0, 15, 99, 1, 2,
	                                   3,    4,    0, 0, 0,  0, 1,  0,  0};

	memcpy(m + 5, frame, n);
	memcpy(m + 5 + n + 2, metadata, sizeof metadata);
	add_hdlc(s, m, 5 + n + 2 + sizeof metadata);
}

static void make_streams(struct stream s[5])
{
	static const char line[] = "uart:~$ received: 418801 power: -60 lqi: 99 time: -1\r\n";

	/* Text is told from frames by who reads the events. */
	s[0] = (struct stream){.firmware = "raw", .story = "FFF"};
	add(&s[0], "boot\r\n", 6);
	add_slip(&s[0], frame_a, sizeof frame_a);
	add(&s[0], "\xc0\x01\xdb\x01\xc0", 5);
	add_slip(&s[0], frame_b, sizeof frame_b);

	s[1] = (struct stream){.firmware = "serial-radio", .story = "FTF"};
	add(&s[1], frame_b, sizeof frame_b);
	add(&s[1], "\xc0", 1);
	add_slip(&s[1], "!V\0\1\0\17", 6);
	add_slip(&s[1], "!R\1\0\1", 5);
	add_slip(&s[1], "EUnknown command", 16);
	add_slip(&s[1], "!R\1", 3);
	add_slip(&s[1], "?M", 2);
	add_slip(&s[1], frame_a, sizeof frame_a);

	s[2] = (struct stream){.firmware = "sensniff", .story = "TFFF"};
	add(&s[2], "boot\r\n", 6);
	add_sensniff(&s[2], 0, frame_a, sizeof frame_a);
	add(&s[2], "\xc1\x1f\xfe\x72\x02\x00", 6);
	add_sensniff(&s[2], 0, frame_b, sizeof frame_b);
	add(&s[2], "\xc1\x1f\xfe\x72\x01\x02zz\xc1", 9);
	add_sensniff(&s[2], 0, frame_b, sizeof frame_b);

	s[3] = (struct stream){.firmware = "nrf-sniffer", .story = "FTF"};
	add(&s[3], line, sizeof line - 1);
	add(&s[3], "receive\r\nreceived: 41 power: 1 lqi:\r\nreceived: 4 ", 49);
	add(&s[3], line, sizeof line - 1);

	s[4] = (struct stream){.firmware = "spinel", .story = "TFF"};
	add(&s[4], "rst:0x1 (POWERON)\r\n", 19);
	add_received(&s[4], frame_a, sizeof frame_a, sizeof frame_a + 2);
	add_received(&s[4], frame_a, sizeof frame_a, 200);
	add_hdlc(&s[4], "\x80\x06\x71\x00\x00", 5);
	add_hdlc(&s[4], "\x80\x06", 2);
	add_hdlc(&s[4], "\x85\x06\x00\x00", 4);
	add_received(&s[4], frame_b, sizeof frame_b, sizeof frame_b + 2);
}

struct result {
	struct firmware_line line;
	char story[32];
	uint8_t last[64];
	size_t last_length;
};

static void start(struct result *r, const struct stream *s)
{
	const struct firmware_config config = {.channel = -1, .max_frame = FIRMWARE_FRAME_MAX};
	unsigned number = 0;

	while (strcmp(firmware_names[number], s->firmware) != 0)
		number++;
	memset(r, 0, sizeof *r);
	firmware_line_init(&r->line, firmware_at(number), &config);
}

static void feed(struct result *r, const uint8_t *octets, size_t n)
{
	const uint8_t *in = at_end(octets, n);
	struct firmware_event e;

	do {
		size_t used = firmware_read(&r->line, in, n, 0, &e);

		cr_assert_leq(used, n);
		in += used;
		n -= used;
		if (e.type == FIRMWARE_MORE)
			continue;
		for (unsigned i = 0; i < e.count; i++)
			r->story[strlen(r->story)] = "?FTA"[e.type];
		const struct probe_frame *last = &e.frames[e.count - 1];
		if (e.type == FIRMWARE_FRAME && last->length <= sizeof r->last) {
			memcpy(r->last, last->mac, last->length);
			r->last_length = last->length;
		}
	} while (n || e.type != FIRMWARE_MORE);
}

Test(firmware, pieces_do_not_matter)
{
	static struct stream streams[5];
	static struct result whole, split;

	make_streams(streams);
	for (unsigned i = 0; i < COUNT(streams); i++) {
		const struct stream *s = &streams[i];

		start(&whole, s);
		feed(&whole, s->octets, s->length);
		cr_assert_str_eq(whole.story, s->story, "%s: %s", s->firmware, whole.story);
		for (size_t at = 0; at <= s->length; at++) {
			start(&split, s);
			feed(&split, s->octets, at);
			feed(&split, s->octets + at, s->length - at);
			cr_assert_str_eq(split.story, s->story, "%s: split at %zu: %s", s->firmware,
			                 at, split.story);
			cr_assert_arr_eq(split.line.counts, whole.line.counts,
			                 sizeof whole.line.counts, "%s: split at %zu", s->firmware,
			                 at);
		}
		start(&split, s);
		for (size_t at = 0; at < s->length; at++)
			feed(&split, s->octets + at, 1);
		cr_assert_str_eq(split.story, s->story, "%s: octet by octet", s->firmware);
	}
}

/* The stream ends anywhere: nothing is invented, and after a pause the whole one is read. */
Test(firmware, every_truncation_costs_no_more_than_what_was_cut)
{
	static struct stream streams[5];
	static struct result r;

	make_streams(streams);
	for (unsigned i = 0; i < COUNT(streams); i++) {
		const struct stream *s = &streams[i];

		for (size_t end = 0; end <= s->length; end++) {
			start(&r, s);
			feed(&r, s->octets, end);
			cr_assert_eq(strncmp(r.story, s->story, strlen(r.story)), 0,
			             "%s: %zu of %zu octets: %s", s->firmware, end, s->length,
			             r.story);
			firmware_tick(&r.line, INT64_C(5000000000));
			feed(&r, s->octets, 0);
			feed(&r, (const uint8_t *)"\xc0\r\n", 3);
			feed(&r, s->octets, s->length);
			cr_assert_eq(r.story[strlen(r.story) - 1], 'F', "%s", s->firmware);
			cr_assert(r.last_length > 0);
		}
	}
}

Test(firmware, a_line_that_ends_within_something_is_told)
{
	static struct stream streams[5];
	static struct result r;

	make_streams(streams);
	for (unsigned i = 0; i < COUNT(streams); i++) {
		start(&r, &streams[i]);
		feed(&r, streams[i].octets, streams[i].length - 3);
		cr_assert_gt(firmware_finish(&r.line), 0, "%s", streams[i].firmware);
		cr_assert_eq(firmware_finish(&r.line), 0, "%s", streams[i].firmware);
	}
}

Test(firmware, sniffers_say_rssi_lqi_channel_and_time)
{
	static struct stream streams[5];
	static struct firmware_line l;
	const struct firmware_config config = {.channel = -1, .max_frame = FIRMWARE_FRAME_MAX};

	make_streams(streams);
	for (unsigned i = 2; i < COUNT(streams); i++) {
		struct firmware_event e;
		size_t used = 0;

		firmware_line_init(&l, firmware_at(i), &config);
		do
			used += firmware_read(&l, streams[i].octets + used,
			                      streams[i].length - used, 0, &e);
		while (e.type != FIRMWARE_FRAME);
		cr_assert(e.frames[0].has_radio && e.frames[0].rssi == -60 &&
		          e.frames[0].correlation == 99);
		cr_assert_eq(e.frames[0].has_clock, i != 2);
		if (i == 3)
			cr_assert(e.frames[0].clock_wraps && e.frames[0].clock_us == UINT32_MAX);
		if (i == 4)
			cr_assert(e.frames[0].has_channel && e.frames[0].channel == 15 &&
			          e.frames[0].clock_us == 0x04030201);
	}
}

Test(firmware, nothing_that_is_told_is_lost)
{
	static struct firmware_line l;
	const struct firmware_config config = {.channel = -1, .max_frame = FIRMWARE_FRAME_MAX};

	firmware_line_init(&l, firmware_at(0), &config);
	firmware_tell(&l, LOG_INFO, "one %d", 1);
	firmware_tell(&l, LOG_WARNING, "two");
	firmware_tell(&l, LOG_DEBUG, "three");
	cr_assert_str_eq(l.words, "one 1; two; three");
	cr_assert_eq(l.words_level, LOG_WARNING);
	for (unsigned i = 0; i < 1000; i++)
		firmware_tell(&l, LOG_INFO, "and so on");
	cr_assert_lt(strlen(l.words), sizeof l.words);
}

Test(spinel, numbers_end_where_their_octets_do)
{
	static const uint8_t octets[] = {0xf1, 0x01, 0x80, 0x80, 0x80, 0x05, 0x00, 0xff};
	struct spinel_reader r = {at_end(octets, 2), NULL, false};

	r.end = r.at + 2;
	cr_assert(spinel_packed(&r) == 0xf1 && !r.bad);
	cr_assert(spinel_packed(&r) == 0 && r.bad);
	r = (struct spinel_reader){at_end(octets + 2, 3), NULL, false};
	r.end = r.at + 3;
	spinel_packed(&r);
	cr_assert(r.bad, "more than three octets");
	r = (struct spinel_reader){at_end(octets + 5, 3), NULL, false};
	r.end = r.at + 3;
	struct spinel_reader data = spinel_data(&r);
	cr_assert(data.bad && r.bad && spinel_left(&data) == 0, "a length that lies");
}

/* --- the probe's clock --- */

static const int64_t HOST = INT64_C(1700000000000000000), MS = 1000000, SECOND = 1000000000;

static int64_t heard(struct probe_clock *c, uint64_t us, bool wraps, int64_t host)
{
	uint64_t probe_ns;

	return probe_clock_read(c, us, wraps, host, &probe_ns);
}

Test(probe_clock, lateness_is_taken_off)
{
	struct probe_clock c = {.tied = false};

	cr_assert_eq(heard(&c, 1000000, false, HOST), HOST);
	int64_t t = heard(&c, 1100000, false, HOST + 150 * MS);
	cr_assert(t >= HOST + 100 * MS && t < HOST + 101 * MS, "%lld", (long long)(t - HOST));
}

Test(probe_clock, it_wraps_around_also_after_a_long_silence)
{
	struct probe_clock c = {.tied = false};
	uint64_t first, probe_ns;

	probe_clock_read(&c, UINT32_MAX - 999, true, HOST, &first);
	cr_assert_eq(probe_clock_read(&c, 1000, true, HOST + 2 * MS, &probe_ns), HOST + 2 * MS);
	cr_assert_eq(probe_ns - first, 2 * (uint64_t)MS);
	/* Two turns and a bit later. */
	int64_t later = 2 * (INT64_C(1) << 32) * 1000;
	int64_t t = probe_clock_read(&c, 2000, true, HOST + 2 * MS + later + MS, &probe_ns);
	cr_assert_eq(t, HOST + 2 * MS + later + MS);
	cr_assert_eq(probe_ns - first, (uint64_t)(later + 3 * MS));
}

Test(probe_clock, a_reboot_ties_it_anew_and_time_goes_on)
{
	for (unsigned wraps = 0; wraps < 2; wraps++) {
		struct probe_clock c = {.tied = false};
		int64_t last = heard(&c, UINT64_C(100000000), wraps, HOST);

		for (int i = 1; i < 10; i++) {
			int64_t host = HOST + i * SECOND;
			int64_t t = heard(&c, (uint64_t)(i - 1) * 1000000, wraps, host);

			cr_assert(t > last && t <= host && host - t < 10 * MS, "frame %d", i);
			last = t;
		}
	}
}

Test(probe_clock, drift_is_followed_and_never_back)
{
	/* parts per million, of the probe's clock */
	static const int drifts[] = {0, 50, -50, 500, -500, 5000, -5000};

	for (unsigned d = 0; d < COUNT(drifts); d++) {
		struct probe_clock c = {.tied = false};
		int64_t last = 0, late = 0;

		for (int64_t i = 0; i < 36000; i++) {
			int64_t air = i * 100000; /* us */
			int64_t latency = (i * 7919 % 13) * MS;
			int64_t us = air + air / 1000000 * drifts[d];
			int64_t t = heard(&c, (uint64_t)us, false, HOST + air * 1000 + latency);

			cr_assert(t >= last && t <= HOST + air * 1000 + latency, "drift %d",
			          drifts[d]);
			if (drifts[d] >= -500 && drifts[d] <= 500)
				cr_assert(t - (HOST + air * 1000) > -50 * MS, "drift %d: frame %d",
				          drifts[d], (int)i);
			cr_assert(HOST + air * 1000 - t < 500 * MS, "drift %d: frame %d", drifts[d],
			          (int)i);
			late += i > 100 && t > HOST + air * 1000 + 6 * MS;
			last = t;
		}
		cr_assert(late < 3600, "drift %d: %d frames are as late as they came", drifts[d],
		          (int)late);
	}
}

Test(probe_clock, a_host_clock_that_is_set_back_is_followed)
{
	struct probe_clock c = {.tied = false};

	heard(&c, 1000000, false, HOST);
	cr_assert_eq(heard(&c, 2000000, false, HOST - 3600 * SECOND), HOST - 3600 * SECOND);
	int64_t t = heard(&c, 3000000, false, HOST - 3599 * SECOND + MS);
	cr_assert(t >= HOST - 3599 * SECOND && t <= HOST - 3599 * SECOND + MS);
}

Test(probe_clock, any_number_is_safe)
{
	static const uint64_t numbers[] = {
		0, UINT64_MAX, 1, INT64_MAX, UINT64_MAX / 1000, UINT32_MAX, UINT64_C(1) << 63};
	struct probe_clock c = {.tied = false};
	int64_t last = 0;

	for (unsigned i = 0; i < 2 * COUNT(numbers); i++) {
		int64_t t = heard(&c, numbers[i % COUNT(numbers)], i & 1, HOST + i);

		cr_assert(t >= last && t <= HOST + i);
		last = t;
	}
}

/* --- whom it stands in for --- */

Test(stand_in, is_read)
{
	struct stand_in s;
	struct why why;

	cr_assert_eq(stand_in_read(&s, "abcd/0001/00124b0001020304", &why), 0);
	cr_assert(s.fixed && s.has_pan && s.has_short && s.has_extended);
	cr_assert(s.pan == 0xabcd && s.short_address == 1 && s.extended == 0x00124b0001020304);
	cr_assert_eq(stand_in_read(&s, "/ff/", &why), 0);
	cr_assert(!s.has_pan && s.has_short && !s.has_extended && s.short_address == 0xff);
	static const char *const wrong[] = {
		"",       "/",        "//",       "1/2",
		"abcd//", "12345/1/", "1/12345/", "1/2/12345678901234567",
		"x/1/",   "1/2/3/4",  "1/ 2/"};
	for (unsigned i = 0; i < COUNT(wrong); i++)
		cr_assert_eq(stand_in_read(&s, wrong[i], &why), -1, "'%s'", wrong[i]);
}

Test(stand_in, is_learned_from_sources)
{
	static const uint8_t no_source[] = {0x03, 0x08, 1, 0xff, 0xff, 0xff, 0xff, 7};
	static const uint8_t broadcast[] = {0x41, 0x88, 1, 0xcd, 0xab, 2, 0, 0xff, 0xff};
	static const uint8_t first[] = {0x41, 0x88, 1, 0xcd, 0xab, 2, 0, 1, 0};
	static const uint8_t other[] = {0x41, 0x88, 1, 0xcd, 0xab, 2, 0, 9, 0};
	static const uint8_t moved[] = {0x41, 0x88, 1, 0xce, 0xab, 2, 0, 1, 0};
	static const uint8_t extended[] = {0x41, 0xc8, 1, 0xcd, 0xab, 2, 0, 8, 7, 6, 5, 4, 3, 2, 1};
	struct stand_in s = {.fixed = false};

	cr_assert_eq(stand_in_learn(&s, no_source, sizeof no_source), STAND_IN_KNOWN);
	cr_assert_eq(stand_in_learn(&s, broadcast, sizeof broadcast) == STAND_IN_OTHER, false);
	cr_assert_not(stand_in_is_known(&s));
	cr_assert_eq(stand_in_learn(&s, first, sizeof first), STAND_IN_LEARNED);
	cr_assert(s.has_pan && s.pan == 0xabcd && s.has_short && s.short_address == 1);
	cr_assert_eq(stand_in_learn(&s, first, sizeof first), STAND_IN_KNOWN);
	cr_assert_eq(stand_in_learn(&s, other, sizeof other), STAND_IN_OTHER);
	cr_assert_eq(s.short_address, 1);
	cr_assert_eq(stand_in_learn(&s, moved, sizeof moved), STAND_IN_LEARNED);
	cr_assert_eq(s.pan, 0xabce);
	cr_assert_eq(stand_in_learn(&s, extended, sizeof extended), STAND_IN_LEARNED);
	cr_assert(s.has_extended && s.extended == 0x0102030405060708);
	s.fixed = true;
	cr_assert_eq(stand_in_learn(&s, other, sizeof other), STAND_IN_KNOWN);
}

Test(own_echo, a_frame_is_an_echo_for_a_second)
{
	static struct own_echo o;

	own_echo_note(&o, frame_a, sizeof frame_a, SECOND);
	cr_assert(own_echo_is(&o, frame_a, sizeof frame_a, SECOND + 1));
	cr_assert(own_echo_is(&o, frame_a, sizeof frame_a, 2 * SECOND - 1), "repeats, too");
	cr_assert_not(own_echo_is(&o, frame_b, sizeof frame_b, SECOND + 1));
	cr_assert_not(own_echo_is(&o, frame_a, sizeof frame_a - 1, SECOND + 1));
	cr_assert_not(own_echo_is(&o, frame_a, sizeof frame_a, 2 * SECOND));
	for (unsigned i = 0; i < OWN_ECHO_FRAMES; i++)
		own_echo_note(&o, frame_b, sizeof frame_b, 3 * SECOND);
	cr_assert(own_echo_is(&o, frame_b, sizeof frame_b, 3 * SECOND + 1));
}

/* Builds of the nRF Sniffer since 2023 write 64 bits of time, and -32768 for a level that they do
 * not know. */
Test(firmware, an_nrf_sniffer_that_runs_for_weeks_is_read)
{
	static struct result r;
	static const struct stream s = {.firmware = "nrf-sniffer"};
	static const struct {
		const char *line;
		bool wraps, has_level;
		uint64_t us;
	} lines[] = {
		{"received: 418801 power: -60 lqi: 99 time: 4294967295\r\n", true, true,
	         UINT32_MAX},
		{"received: 418801 power: -32768 lqi: 99 time: 4294967296\r\n", false, false,
	         UINT64_C(4294967296)},
		{"received: 418801 power: -128 lqi: 0 time: 12345678901234\r\n", false, true,
	         UINT64_C(12345678901234)},
	};

	for (unsigned i = 0; i < COUNT(lines); i++) {
		struct firmware_event e;

		start(&r, &s);
		firmware_read(&r.line, (const uint8_t *)lines[i].line, strlen(lines[i].line), 0,
		              &e);
		cr_assert_eq(e.type, FIRMWARE_FRAME, "%s", lines[i].line);
		cr_assert(e.frames[0].clock_us == lines[i].us && e.frames[0].has_lqi);
		cr_assert(e.frames[0].clock_wraps == lines[i].wraps);
		cr_assert(e.frames[0].has_radio == lines[i].has_level);
	}
}

static size_t nrf_sniffer_reads(struct result *r, const uint8_t *frame, size_t n)
{
	char line[600] = "received: ";
	size_t at = strlen(line);

	for (size_t i = 0; i < n; i++)
		at += (size_t)sprintf(line + at, "%02x", frame[i]);
	at += (size_t)sprintf(line + at, " power: -60 lqi: 99 time: 5\r\n");
	r->last_length = 0;
	feed(r, (const uint8_t *)line, at);
	return r->last_length;
}

/* Nordic's own program cuts two octets off each frame, which are seldom an FCS. */
Test(firmware, what_an_nrf_sniffer_has_in_the_place_of_an_fcs_is_left_out)
{
	static struct result r;
	static const struct stream s = {.firmware = "nrf-sniffer"};
	static const uint8_t ack[] = {0x02, 0x00, 9, 0x51, 0x80};
	uint8_t checked[4][sizeof frame_a + 2], plain[sizeof frame_a + 2];
	enum { SIZE = sizeof plain };

	memcpy(plain, frame_a, sizeof frame_a);
	plain[SIZE - 2] = plain[SIZE - 1] = 0x51;
	for (unsigned i = 0; i < COUNT(checked); i++) {
		memcpy(checked[i], frame_a, sizeof frame_a);
		checked[i][2] = (uint8_t)i;
		uint16_t fcs = frame_fcs16(checked[i], sizeof frame_a);
		checked[i][SIZE - 2] = (uint8_t)fcs;
		checked[i][SIZE - 1] = (uint8_t)(fcs >> 8);
	}

	start(&r, &s);
	cr_assert_eq(nrf_sniffer_reads(&r, plain, SIZE), SIZE, "nothing is known");
	cr_assert_eq(nrf_sniffer_reads(&r, ack, 5), 5, "one shows nothing");
	cr_assert_eq(nrf_sniffer_reads(&r, ack, 5), 3);
	cr_assert(strstr(r.line.words, "two octets"), "%s", r.line.words);
	cr_assert_eq(nrf_sniffer_reads(&r, plain, SIZE), SIZE - 2);
	cr_assert_eq(nrf_sniffer_reads(&r, ack, 3), 3, "it is taken back");
	cr_assert_eq(nrf_sniffer_reads(&r, plain, SIZE), SIZE);

	start(&r, &s);
	for (unsigned i = 0; i < 10; i++)
		cr_assert_eq(nrf_sniffer_reads(&r, checked[0], SIZE), SIZE, "repeats show nothing");
	cr_assert_eq(nrf_sniffer_reads(&r, checked[1], SIZE), SIZE);
	cr_assert_eq(nrf_sniffer_reads(&r, plain, SIZE), SIZE, "chance");
	for (unsigned i = 1; i < 4; i++)
		cr_assert_eq(nrf_sniffer_reads(&r, checked[i], SIZE), i < 3 ? SIZE : SIZE - 2);
	cr_assert_eq(nrf_sniffer_reads(&r, plain, SIZE), SIZE - 2);
}

Test(firmware, answers_of_zephyr_s_driver_have_their_reasons)
{
	static struct result r;
	static const struct stream s = {.firmware = "serial-radio"};
	static const struct {
		uint8_t status;
		enum firmware_outcome outcome;
	} answers[] = {{0, FIRMWARE_SENT},     {240, FIRMWARE_CHANNEL_BUSY},
	               {221, FIRMWARE_NO_ACK}, {251, FIRMWARE_REFUSED},
	               {2, FIRMWARE_NO_ACK},   {1, FIRMWARE_CHANNEL_BUSY}};

	for (unsigned i = 0; i < COUNT(answers); i++) {
		struct firmware_event e;
		const uint8_t answer[] = {'!', 'R', 1, answers[i].status, 1, 0, 0xc0};

		start(&r, &s);
		firmware_send(&r.line, frame_a, sizeof frame_a, 0);
		firmware_read(&r.line, answer, sizeof answer, 0, &e);
		cr_assert(e.type == FIRMWARE_ANSWER && e.outcome == answers[i].outcome, "%u",
		          answers[i].status);
	}
}
