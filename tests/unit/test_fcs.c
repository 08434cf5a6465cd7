/* bin/common/probe/fcs: --fcs auto decides on evidence only, takes back what was wrong, and loses
 * nothing on a line without FCS. */
#include "inputs.h"

#include "probe/fcs.h"
#include "probe/text.h"

enum { MAC_MAX = 123 };

static const uint8_t header[] = {0x61, 0x88, 0, 0x62, 0x1a, 1, 0, 2, 0};

static uint8_t frame[MAC_MAX + 4];

/* A data frame with a random payload; its length without FCS. */
static size_t random_frame(void)
{
	size_t length = sizeof header + random_next() % (MAC_MAX - sizeof header);

	memcpy(frame, header, sizeof header);
	for (size_t i = 2; i < length; i++)
		frame[i] = i < sizeof header && i != 2 ? header[i] : (uint8_t)random_next();
	return length;
}

static size_t add_crc16(size_t n, bool right)
{
	uint16_t fcs = frame_fcs16(frame, n) ^ !right;

	frame[n] = (uint8_t)fcs;
	frame[n + 1] = (uint8_t)(fcs >> 8);
	return n + 2;
}

/* One in 65 536 has a right CRC-16 by chance, too: not these. */
static size_t add_crc32(size_t n, bool right)
{
	do {
		frame[2]++;
		uint32_t fcs = frame_fcs32(frame, n) ^ !right;

		for (unsigned i = 0; i < 4; i++)
			frame[n + i] = (uint8_t)(fcs >> 8 * i);
	} while (frame_fcs16_ok(frame, n + 4));
	return n + 4;
}

/* As a CC2538 that hears one in `bad` of ten wrong. */
static size_t add_ti(size_t n, unsigned bad)
{
	bool ok = random_next() % 10 >= bad;

	frame[n] =
		(uint8_t)(ok ? -22 + (int)(random_next() % 54) : -22 + (int)(random_next() % 10));
	frame[n + 1] = (uint8_t)(ok ? 0x80 | (85 + random_next() % 24) : 50 + random_next() % 30);
	return n + 2;
}

static size_t add_pair(size_t n, unsigned first, unsigned second)
{
	frame[n] = (uint8_t)first;
	frame[n + 1] = (uint8_t)second;
	return n + 2;
}

static struct fcs fresh(void)
{
	struct fcs f;

	fcs_init(&f, PROBE_FCS_AUTO, -73);
	return f;
}

/* One in 65 536 first frames has a right CRC by chance: this one has not. */
static struct fcs begun(void)
{
	struct fcs f = fresh();

	fcs_weigh(&f, header, sizeof header);
	return f;
}

Test(fcs, a_million_frames_without_fcs_decide_nothing_and_none_is_text)
{
	struct fcs f = begun();
	unsigned told = 0;

	random_seed("test_fcs");
	for (unsigned i = 0; i < 1000000; i++) {
		size_t n = random_frame();
		enum fcs_event event = fcs_weigh(&f, frame, n);

		cr_assert(event != FCS_DECIDED, "frame %u: %s", i, fcs_in_words(f.mode));
		told += event == FCS_OPEN;
		cr_assert_eq(probe_text_sort(frame, n).kind, PROBE_TEXT_NONE, "frame %u", i);
	}
	cr_assert_eq(told, 1);
}

Test(fcs, the_first_frame_with_a_right_crc_decides)
{
	random_seed("test_fcs");
	for (unsigned i = 0; i < 1000; i++) {
		struct fcs f = fresh();

		cr_assert_eq(fcs_weigh(&f, frame, add_crc16(random_frame(), true)), FCS_DECIDED);
		cr_assert_eq(f.mode, PROBE_FCS_CRC16);
		f = fresh();
		cr_assert_eq(fcs_weigh(&f, frame, add_crc32(random_frame(), true)), FCS_DECIDED);
		cr_assert_eq(f.mode, PROBE_FCS_CRC32);
	}
}

static void expect_third_decides(size_t (*add)(size_t, bool), enum probe_fcs mode)
{
	struct fcs f = fresh();

	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), false)), FCS_NOTHING);
	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_NOTHING);
	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_NOTHING);
	for (unsigned i = 0; i < 6; i++)
		fcs_weigh(&f, frame, add(random_frame(), false));
	cr_assert(!f.decided);
	cr_assert_neq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_DECIDED,
	              "the first right one is the ninth before it");
	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_NOTHING);
	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_DECIDED);
	cr_assert_eq(f.mode, mode);
}

Test(fcs, after_a_wrong_one_three_right_of_eight_decide)
{
	random_seed("test_fcs");
	expect_third_decides(add_crc16, PROBE_FCS_CRC16);
	expect_third_decides(add_crc32, PROBE_FCS_CRC32);
}

/* The CRC of 02 00 6a is e4 79. */
Test(fcs, acknowledgments_prove_nothing)
{
	struct fcs f = fresh();

	for (unsigned i = 0; i < 1000; i++) {
		memcpy(frame, (const uint8_t[]){0x02, 0x00, (uint8_t)i}, 3);
		cr_assert_eq(fcs_weigh(&f, frame, add_crc16(3, true)), FCS_NOTHING);
		cr_assert_eq(fcs_weigh(&f, frame, add_crc16(3, false)), FCS_NOTHING);
	}
	cr_assert_eq(fcs_weigh(&f, frame, add_crc16(random_frame(), true)), FCS_DECIDED,
	             "a wrong ACK before it does not count either");
}

Test(fcs, repeats_prove_nothing)
{
	uint8_t right[2][MAC_MAX + 2];
	struct fcs f = fresh();
	size_t n[2];

	random_seed("test_fcs");
	fcs_weigh(&f, frame, add_crc16(random_frame(), false));
	for (unsigned i = 0; i < 2; i++) {
		n[i] = add_crc16(random_frame(), true);
		memcpy(right[i], frame, n[i]);
	}
	for (unsigned i = 0; i < 200; i++)
		cr_assert_eq(fcs_weigh(&f, right[i % 2], n[i % 2]), FCS_NOTHING);
	cr_assert_eq(fcs_weigh(&f, frame, add_crc16(random_frame(), true)), FCS_DECIDED);
	/* Nor against. */
	n[0] = add_crc16(random_frame(), false);
	for (unsigned i = 0; i < 200; i++)
		cr_assert_eq(fcs_weigh(&f, frame, n[0]), FCS_NOTHING);
}

Test(fcs, zeros_are_no_right_crc)
{
	static const uint8_t zeros[20];
	struct fcs f = fresh();

	for (unsigned i = 3; i < sizeof zeros; i++)
		cr_assert_neq(fcs_weigh(&f, zeros, i), FCS_DECIDED);
}

Test(fcs, ti_is_found_with_bad_frames_among_them)
{
	random_seed("test_fcs");
	for (unsigned run = 0; run < 1000; run++) {
		struct fcs f = begun();
		unsigned bad = run % 5, decisions = 0, when = 0;

		for (unsigned i = 0; i < 400; i++) {
			enum fcs_event event = fcs_weigh(&f, frame, add_ti(random_frame(), bad));

			cr_assert_neq(event, FCS_TAKEN_BACK);
			decisions += event == FCS_DECIDED;
			when = event == FCS_DECIDED ? i : when;
		}
		cr_assert(decisions == 1 && f.mode == PROBE_FCS_TI, "%u of 10 bad", bad);
		cr_assert_lt(when, 40, "%u of 10 bad: after %u", bad, when);
	}
}

/* Payloads that end in what TI's octets may be. */
Test(fcs, a_payload_that_ends_alike_is_not_ti)
{
	struct fcs zeros = begun(), same = begun(), up = begun(), down = begun(), text = begun();

	random_seed("test_fcs");
	for (unsigned i = 0; i < 100000; i++) {
		cr_assert_neq(fcs_weigh(&zeros, frame, add_pair(random_frame(), 0, 0)),
		              FCS_DECIDED);
		cr_assert_neq(fcs_weigh(&same, frame, add_pair(random_frame(), 0xf0, 0xe0)),
		              FCS_DECIDED);
		cr_assert_neq(fcs_weigh(&up, frame, add_pair(random_frame(), i >> 8, i)),
		              FCS_DECIDED, "%04x", i);
		cr_assert_neq(fcs_weigh(&down, frame, add_pair(random_frame(), i, i >> 8)),
		              FCS_DECIDED, "%04x", i);
		cr_assert_neq(fcs_weigh(&text, frame,
		                        add_pair(random_frame(), '0' + random_next() % 10,
		                                 '0' + random_next() % 60)),
		              FCS_DECIDED);
	}
}

static void expect_taken_back(size_t (*add)(size_t, bool))
{
	struct fcs f = fresh();

	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_DECIDED);
	for (unsigned i = 0; i < 31; i++)
		cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), false)), FCS_NOTHING);
	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_NOTHING);
	for (unsigned i = 0; i < 31; i++)
		cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), false)), FCS_NOTHING);
	cr_assert(f.decided);
	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), false)), FCS_TAKEN_BACK);
	cr_assert(!f.decided && f.mode == PROBE_FCS_NONE);
	cr_assert_eq(fcs_weigh(&f, frame, add(random_frame(), true)), FCS_NOTHING,
	             "there were wrong ones before it");
}

Test(fcs, thirty_two_in_a_row_take_a_decision_back)
{
	random_seed("test_fcs");
	expect_taken_back(add_crc16);
	expect_taken_back(add_crc32);
	struct fcs f = fresh();

	while (fcs_weigh(&f, frame, add_ti(random_frame(), 0)) != FCS_DECIDED)
		;
	for (unsigned i = 0; i < 31; i++)
		cr_assert_eq(fcs_weigh(&f, frame, add_pair(random_frame(), 0x80, 0)), FCS_NOTHING);
	cr_assert_eq(fcs_weigh(&f, frame, add_pair(random_frame(), 0x80, 0)), FCS_TAKEN_BACK);
}

static struct fcs decided_ti(void)
{
	struct fcs f = fresh();

	while (fcs_weigh(&f, frame, add_ti(random_frame(), 0)) != FCS_DECIDED)
		;
	return f;
}

static size_t add_right16(size_t n)
{
	return add_crc16(n, true);
}

static size_t add_right32(size_t n)
{
	return add_crc32(n, true);
}

static size_t add_nothing(size_t n)
{
	return n;
}

/* One in five of other frames has what may be TI's: 32 in a row that do not are rare. */
Test(fcs, a_line_that_ends_in_ti_no_more_is_noticed)
{
	size_t (*const others[])(size_t) = {add_right16, add_right32, add_nothing};
	const enum probe_fcs modes[] = {PROBE_FCS_CRC16, PROBE_FCS_CRC32, PROBE_FCS_NONE};

	random_seed("test_fcs");
	for (unsigned run = 0; run < 3000; run++) {
		struct fcs f = decided_ti();
		unsigned frames = 0;

		while (fcs_weigh(&f, frame, others[run % 3](random_frame())) != FCS_TAKEN_BACK)
			cr_assert_lt(++frames, 128, "%s", fcs_in_words(modes[run % 3]));
		cr_assert_geq(frames, 31);
		for (unsigned i = 0; i < 8; i++)
			fcs_weigh(&f, frame, others[run % 3](random_frame()));
		cr_assert_eq(f.mode, modes[run % 3]);
	}
}

/* One frame in three has lost octets on the line. */
Test(fcs, a_bad_line_of_ti_stays_one)
{
	random_seed("test_fcs");
	struct fcs f = decided_ti();
	for (unsigned i = 0; i < 100000; i++) {
		size_t n = add_ti(random_frame(), i % 5);

		cr_assert_eq(fcs_weigh(&f, frame, random_next() % 3 ? n : n / 2), FCS_NOTHING);
	}
}

Test(fcs, crc32_is_checked_and_taken_off)
{
	struct fcs f;

	fcs_init(&f, PROBE_FCS_CRC32, 0);
	for (unsigned right = 0; right < 2; right++) {
		size_t n = add_crc32(random_frame(), right);
		struct probe_frame p = {.mac = guarded(frame, n), .length = n};

		cr_assert(fcs_strip(&f, &p));
		cr_assert(p.length == n - 4 && p.fcs32 && memcmp(p.fcs, frame + n - 4, 4) == 0);
		cr_assert_eq(p.verdict, right ? PROBE_GOOD : PROBE_BAD);
	}
	struct probe_frame p = {.mac = frame, .length = 4};
	cr_assert(!fcs_strip(&f, &p) && p.length == 4);
}

Test(fcs, what_is_given_by_option_stays)
{
	struct fcs f;

	fcs_init(&f, PROBE_FCS_NONE, 0);
	cr_assert_eq(fcs_weigh(&f, frame, add_crc16(random_frame(), true)), FCS_NOTHING);
	cr_assert_eq(f.mode, PROBE_FCS_NONE);
}
