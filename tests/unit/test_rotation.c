/* bin/common/capture/rotation: when tcpdump 4.99 begins its next file (-C, -G, -W), and what ours
 * are called. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "capture/rotation.h"

static bool name_of(char *out, size_t size, const char *pattern, bool by_time, time_t start,
                    bool by_size, uint64_t number, uint64_t files)
{
	struct rotation r = {.octets = by_size,
	                     .seconds = by_time,
	                     .files = files,
	                     .number = number,
	                     .start = start};

	char base[64];

	return rotation_base(&r, pattern, base, sizeof base) &&
	       rotation_number(&r, base, number, out, size);
}

static void expect(const char *pattern, bool by_time, time_t start, bool by_size, uint64_t number,
                   uint64_t files, const char *wanted)
{
	char name[64] = "?";

	setenv("TZ", "UTC", 1);
	cr_assert(name_of(name, sizeof name, pattern, by_time, start, by_size, number, files));
	cr_assert_str_eq(name, wanted);
}

Test(rotation, plain)
{
	expect("a.pcap", false, 0, false, 0, 0, "a.pcap");
}

Test(rotation, percent_is_a_letter_without_time)
{
	expect("a%H.pcap", false, 0, true, 1, 0, "a%H.1.pcap");
}

Test(rotation, by_size)
{
	expect("a", false, 0, true, 0, 0, "a");
	expect("a", false, 0, true, 1, 0, "a.1");
	expect("a", false, 0, true, 12, 0, "a.12");
}

Test(rotation, ring_has_leading_zeros)
{
	expect("a", false, 0, true, 0, 1, "a");
	expect("a", false, 0, true, 0, 3, "a.0");
	expect("a", false, 0, true, 2, 3, "a.2");
	expect("a", false, 0, true, 2, 10, "a.2");
	expect("a", false, 0, true, 2, 11, "a.02");
	expect("a", false, 0, true, 10, 11, "a.10");
}

Test(rotation, the_number_stands_before_the_suffix)
{
	static const char *const names[][2] = {
		{"air.pcap", "air.7.pcap"},
		{"air.pcapng", "air.7.pcapng"},
		{"a.b/air", "a.b/air.7"},
		{"a.b/air.pcap", "a.b/air.7.pcap"},
		{".pcap", ".pcap.7"},
		{"a/.pcap", "a/.pcap.7"},
		{"air.pcap.gz", "air.pcap.7.gz"},
		{"air-17.05", "air-17.05.7"},
		{"air.", "air..7"},
		{"air.a-b", "air.a-b.7"},
		{"air.1.pcap", "air.1.7.pcap"},
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		expect(names[i][0], false, 0, false, 7, 0, names[i][1]);
}

Test(rotation, by_time)
{
	expect("a-%Y%m%d-%H%M%S", true, 86399, false, 0, 0, "a-19700101-235959");
	expect("a-%H", true, 3600, false, 0, 9, "a-01");
	expect("a-%H", true, 3600, false, 5, 9, "a-01.5");
	expect("a-%H", true, 3600, true, 5, 0, "a-01.5");
}

Test(rotation, what_does_not_fit_is_refused)
{
	char name[4];

	cr_assert(!name_of(name, sizeof name, "abcd", false, 0, false, 0, 0));
	cr_assert(name_of(name, sizeof name, "abc", false, 0, false, 0, 0));
	cr_assert(!name_of(name, sizeof name, "ab", false, 0, true, 1, 0));
	cr_assert(!name_of(name, sizeof name, "%Y", true, 0, false, 0, 0));
	cr_assert(!name_of(name, sizeof name, "", true, 0, false, 0, 0));
}

/* Both clocks go on together. */
static struct rotation_time at(time_t seconds)
{
	return (struct rotation_time){seconds, (int64_t)seconds * 1000000000};
}

static struct rotation_time by(time_t day, double steady)
{
	return (struct rotation_time){day, (int64_t)(steady * 1e9)};
}

Test(rotation, by_size_the_next_file_begins_behind_the_one_that_is_too_large)
{
	struct rotation r = {.octets = 1000, .files = 2};

	rotation_begin(&r, at(0));
	cr_assert_eq(rotation_step(&r, 1000, 0, at(0)), ROTATION_STAY);
	cr_assert_eq(rotation_step(&r, 1001, 0, at(0)), ROTATION_NEXT);
	cr_assert_eq(r.number, 1);
	cr_assert_eq(rotation_step(&r, 1001, 0, at(0)), ROTATION_NEXT);
	cr_assert_eq(r.number, 0, "a ring of two");
}

Test(rotation, by_time_it_ends_after_the_last_file)
{
	struct rotation r = {.seconds = 10, .files = 2};

	rotation_begin(&r, at(100));
	cr_assert(rotation_step(&r, 0, 0, at(109)) == ROTATION_STAY && r.start == 100);
	cr_assert(!rotation_is_over(&r, at(110)), "it is the first");
	cr_assert(rotation_step(&r, 0, 0, at(115)) == ROTATION_NEXT && r.start == 115);
	cr_assert(!rotation_is_over(&r, at(124)) && rotation_is_over(&r, at(125)));
	cr_assert_eq(rotation_step(&r, 0, 0, at(125)), ROTATION_END);
}

Test(rotation, with_both_the_numbers_begin_again_in_every_period)
{
	struct rotation r = {.octets = 1000, .seconds = 10, .files = 3};

	rotation_begin(&r, at(0));
	cr_assert(rotation_step(&r, 2000, 0, at(0)) == ROTATION_NEXT && r.number == 1);
	for (time_t now = 10; now < 100; now += 10)
		cr_assert(rotation_step(&r, 0, 0, at(now)) == ROTATION_NEXT && r.number == 0);
}

Test(rotation, nothing_asked_for_is_one_file)
{
	struct rotation r = {0};

	rotation_begin(&r, at(0));
	cr_assert_eq(rotation_step(&r, UINT64_MAX, 0, at(1 << 30)), ROTATION_STAY);
}

Test(rotation, a_clock_that_is_set_back_makes_no_period_longer)
{
	struct rotation r = {.seconds = 10};

	rotation_begin(&r, by(100000, 5));
	cr_assert_eq(rotation_step(&r, 0, 0, by(99995, 14.9)), ROTATION_STAY);
	cr_assert(rotation_step(&r, 0, 0, by(99995, 15)) == ROTATION_NEXT && r.start == 99995);
	cr_assert_eq(rotation_step(&r, 0, 0, by(0, 16)), ROTATION_STAY);
	cr_assert_eq(rotation_step(&r, 0, 0, by(8, 24.9)), ROTATION_STAY);
	cr_assert(rotation_step(&r, 0, 0, by(9, 25)) == ROTATION_NEXT && r.start == 9);
	cr_assert_eq(rotation_step(&r, 0, 0, by(18, 34.9)), ROTATION_STAY);
}

Test(rotation, a_clock_that_is_set_back_does_not_put_off_the_end)
{
	struct rotation r = {.seconds = 10, .files = 2};

	rotation_begin(&r, by(100000, 0));
	cr_assert_eq(rotation_step(&r, 0, 0, by(50, 10)), ROTATION_NEXT);
	cr_assert(!rotation_is_over(&r, by(20, 19.9)));
	cr_assert(rotation_is_over(&r, by(20, 20)));
	cr_assert_eq(rotation_step(&r, 0, 0, by(20, 20)), ROTATION_END);
}

/* Or the machine has slept. */
Test(rotation, a_clock_that_is_set_forward_ends_the_period)
{
	struct rotation r = {.seconds = 10};

	rotation_begin(&r, by(100, 0));
	cr_assert(rotation_step(&r, 0, 0, by(110, 1)) == ROTATION_NEXT && r.start == 110);
	cr_assert_eq(rotation_step(&r, 0, 0, by(111, 10.5)), ROTATION_STAY);
}

Test(rotation, without_periods_no_clock_says_anything)
{
	struct rotation r = {.octets = 1000};

	rotation_begin(&r, by(100, 0));
	cr_assert_eq(rotation_step(&r, 0, 0, by(1 << 30, 1e9)), ROTATION_STAY);
}
