/* bin/common/capture/rotation: the names that tcpdump 4.99 gives its files (-C, -G, -W). */
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

	return rotation_name(&r, pattern, out, size);
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
	expect("a%H.pcap", false, 0, true, 1, 0, "a%H.pcap1");
}

Test(rotation, by_size)
{
	expect("a", false, 0, true, 0, 0, "a");
	expect("a", false, 0, true, 1, 0, "a1");
	expect("a", false, 0, true, 12, 0, "a12");
}

Test(rotation, ring_has_leading_zeros)
{
	expect("a", false, 0, true, 0, 1, "a");
	expect("a", false, 0, true, 0, 3, "a0");
	expect("a", false, 0, true, 2, 3, "a2");
	expect("a", false, 0, true, 2, 10, "a2");
	expect("a", false, 0, true, 2, 11, "a02");
	expect("a", false, 0, true, 10, 11, "a10");
}

Test(rotation, by_time)
{
	expect("a-%Y%m%d-%H%M%S", true, 86399, false, 0, 0, "a-19700101-235959");
	expect("a-%H", true, 3600, false, 5, 9, "a-01");
	expect("a-%H", true, 3600, true, 5, 0, "a-015");
}

Test(rotation, what_does_not_fit_is_refused)
{
	char name[4];

	cr_assert(!name_of(name, sizeof name, "abcd", false, 0, false, 0, 0));
	cr_assert(name_of(name, sizeof name, "abc", false, 0, false, 0, 0));
	cr_assert(!name_of(name, sizeof name, "abc", false, 0, true, 1, 0));
	cr_assert(!name_of(name, sizeof name, "%Y", true, 0, false, 0, 0));
	cr_assert(!name_of(name, sizeof name, "", true, 0, false, 0, 0));
}

Test(rotation, by_size_the_next_file_begins_behind_the_one_that_is_too_large)
{
	struct rotation r = {.octets = 1000, .files = 2};

	rotation_begin(&r, 0);
	cr_assert_eq(rotation_step(&r, 1000, 0), ROTATION_STAY);
	cr_assert_eq(rotation_step(&r, 1001, 0), ROTATION_NEXT);
	cr_assert_eq(r.number, 1);
	cr_assert_eq(rotation_step(&r, 1001, 0), ROTATION_NEXT);
	cr_assert_eq(r.number, 0, "a ring of two");
}

Test(rotation, by_time_it_ends_after_the_last_file)
{
	struct rotation r = {.seconds = 10, .files = 2};

	rotation_begin(&r, 100);
	cr_assert(rotation_step(&r, 0, 109) == ROTATION_STAY && r.start == 100);
	cr_assert(!rotation_is_over(&r, 110), "it is the first");
	cr_assert(rotation_step(&r, 0, 115) == ROTATION_NEXT && r.start == 115);
	cr_assert(!rotation_is_over(&r, 124) && rotation_is_over(&r, 125));
	cr_assert_eq(rotation_step(&r, 0, 125), ROTATION_END);
}

Test(rotation, with_both_the_numbers_begin_again_in_every_period)
{
	struct rotation r = {.octets = 1000, .seconds = 10, .files = 3};

	rotation_begin(&r, 0);
	cr_assert(rotation_step(&r, 2000, 0) == ROTATION_NEXT && r.number == 1);
	for (time_t now = 10; now < 100; now += 10)
		cr_assert(rotation_step(&r, 0, now) == ROTATION_NEXT && r.number == 0);
}

Test(rotation, nothing_asked_for_is_one_file)
{
	struct rotation r = {0};

	rotation_begin(&r, 0);
	cr_assert_eq(rotation_step(&r, UINT64_MAX, 1 << 30), ROTATION_STAY);
}
