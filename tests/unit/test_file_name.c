/* bin/slip-dump/file_name: the names that tcpdump 4.99 gives its files (-C, -G, -W). */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../../bin/slip-dump/file_name.h"

static void expect(const char *pattern, bool by_time, time_t start, bool by_size, uint64_t number,
                   uint64_t file_count, const char *wanted)
{
	char name[64] = "?";

	setenv("TZ", "UTC", 1);
	cr_assert(
		file_name(name, sizeof name, pattern, by_time, start, by_size, number, file_count));
	cr_assert_str_eq(name, wanted);
}

Test(file_name, plain)
{
	expect("a.pcap", false, 0, false, 0, 0, "a.pcap");
}

Test(file_name, percent_is_a_letter_without_time)
{
	expect("a%H.pcap", false, 0, true, 1, 0, "a%H.pcap1");
}

Test(file_name, by_size)
{
	expect("a", false, 0, true, 0, 0, "a");
	expect("a", false, 0, true, 1, 0, "a1");
	expect("a", false, 0, true, 12, 0, "a12");
}

Test(file_name, ring_has_leading_zeros)
{
	expect("a", false, 0, true, 0, 1, "a");
	expect("a", false, 0, true, 0, 3, "a0");
	expect("a", false, 0, true, 2, 3, "a2");
	expect("a", false, 0, true, 2, 10, "a2");
	expect("a", false, 0, true, 2, 11, "a02");
	expect("a", false, 0, true, 10, 11, "a10");
}

Test(file_name, by_time)
{
	expect("a-%Y%m%d-%H%M%S", true, 86399, false, 0, 0, "a-19700101-235959");
	expect("a-%H", true, 3600, false, 5, 9, "a-01");
	expect("a-%H", true, 3600, true, 5, 0, "a-015");
}

Test(file_name, what_does_not_fit_is_refused)
{
	char name[4];

	cr_assert(!file_name(name, sizeof name, "abcd", false, 0, false, 0, 0));
	cr_assert(file_name(name, sizeof name, "abc", false, 0, false, 0, 0));
	cr_assert(!file_name(name, sizeof name, "abc", false, 0, true, 1, 0));
	cr_assert(!file_name(name, sizeof name, "%Y", true, 0, false, 0, 0));
	cr_assert(!file_name(name, sizeof name, "", true, 0, false, 0, 0));
}
