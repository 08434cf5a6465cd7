/* bin/amqp-play: when packets are due, whatever times a capture says. */
#include "frame_test.h"

#include <criterion/redirect.h>
#include <unistd.h>

#include "../../bin/amqp-play/pace.h"
#include "base/log.h"

#define S INT64_C(1000000000)

static char said[4096];

static const char *what_was_said(void)
{
	FILE *f = cr_get_redirected_stderr();

	fflush(stderr);
	close(STDERR_FILENO);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	return said;
}

Test(pace, as_captured)
{
	struct pace p = {.name = "x", .speed = 2};

	cr_assert_eq(pace_due(&p, 1000 * S, 5), 5);
	cr_assert_eq(pace_due(&p, 1010 * S, 7), 5 + 5 * S);
	cr_assert_eq(pace_due(&p, 1009 * S, 7), 5 + 5 * S, "it steps back");
	cr_assert_eq(pace_due(&p, 1011 * S, 7), 5 + 6 * S);
	cr_assert_eq(pace_due(&p, 0, 7), 5 + 6 * S, "no time");
	cr_assert_eq(pace_due(&p, 1013 * S, 7), 5 + 7 * S);
}

Test(pace, a_gap_is_bounded)
{
	struct pace p = {.name = "x", .speed = 1, .max_gap = 1.5};

	cr_redirect_stderr();
	pace_due(&p, S, 1);
	cr_assert_eq(pace_due(&p, 2 * S, 1), 1 + S);
	cr_assert_eq(pace_due(&p, 1764000000 * S, 1), 1 + S + S * 3 / 2);
	cr_assert_str_eq(what_was_said(), "");
}

Test(pace, a_long_pause_is_told_of_and_the_next_that_is_twice_as_long)
{
	struct pace p = {.name = "x", .speed = 1};

	cr_redirect_stderr();
	log_open("tool");
	pace_due(&p, S, 1);
	pace_due(&p, 61 * S, 1); /* a minute */
	pace_due(&p, 151 * S, 1);
	pace_due(&p, 250 * S, 1);
	pace_due(&p, 500 * S, 1);
	cr_assert_eq(pace_due(&p, 1764000000 * S, 1), 1 + 1763999999 * S);
	cr_assert_str_eq(what_was_said(), "tool: x: the next packet is due in 90 s, as it was "
	                                  "captured (--max-gap SECONDS bounds such pauses)\n"
	                                  "tool: x: the next packet is due in 4 minutes, as it was "
	                                  "captured (--max-gap SECONDS bounds such pauses)\n"
	                                  "tool: x: the next packet is due in 55 years, as it was "
	                                  "captured (--max-gap SECONDS bounds such pauses)\n");
}

Test(pace, a_clock_that_was_not_set_yet_is_told_of_once)
{
	struct pace p = {.name = "x", .speed = 1};

	cr_redirect_stderr();
	log_open("tool");
	cr_assert_eq(pace_due(&p, 0, 1), 1);
	cr_assert_eq(pace_due(&p, 1764000000 * S, 1), 1);
	cr_assert_eq(pace_due(&p, 1764000000 * S + 1, 1), 2);
	what_was_said();
	cr_assert(strstr(said, "55 years later") && strstr(said, "--max-gap"), "%s", said);
	cr_assert_eq(strchr(said, '\n')[1], '\0', "%s", said);
}

Test(pace, the_longest_pause)
{
	struct pace p = {.name = "x", .speed = 1e-300};

	cr_redirect_stderr();
	pace_due(&p, S, 1);
	cr_assert_eq(pace_due(&p, S + 1, 1), 1 + 9000000000 * S);
}

/* Under the sanitizers, too. */
Test(pace, no_times_are_too_far_apart)
{
	static const int64_t times[] = {INT64_MIN, INT64_MAX,    -1,        1,
	                                INT64_MIN, INT64_MAX,    INT64_MAX, INT64_MIN + 1,
	                                0,         INT64_MAX - 1};
	static const double speeds[] = {1, 1e-300, 1e300, 1e6, 5e-324};

	cr_redirect_stderr();
	for (size_t s = 0; s < COUNT(speeds); s++) {
		struct pace p = {.name = "x", .speed = speeds[s]};
		int64_t last = 0;

		for (size_t i = 0; i < 20 * COUNT(times); i++) {
			int64_t due = pace_due(&p, times[i % COUNT(times)], INT64_MAX / 2);

			cr_assert(due >= last && due > 0);
			last = due;
		}
	}
}
