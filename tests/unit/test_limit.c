/* What others can make a tool say. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"

static int captured[2];

/* Standard error as a pipe that is large enough for all that a test says. */
static void capture(void)
{
	cr_assert_eq(pipe2(captured, O_NONBLOCK), 0);
	fcntl(captured[1], F_SETPIPE_SZ, 1 << 20);
	dup2(captured[1], STDERR_FILENO);
}

/* The lines that were said since the last call. */
static unsigned lines(char *out, size_t size)
{
	ssize_t n = read(captured[0], out, size - 1);
	unsigned count = 0;

	out[n > 0 ? n : 0] = '\0';
	for (const char *c = out; *c; c++)
		count += *c == '\n';
	return count;
}

static char said[1 << 18];

#define MINUTE (LIMIT_SECONDS * INT64_C(1000000000))

Test(limit, a_line_is_said_once_a_minute_and_counted, .init = capture)
{
	for (unsigned i = 0; i < 50000; i++)
		limited_warning("%s: refused", "toAgent.x");
	cr_assert_eq(lines(said, sizeof said), 1, "%s", said);
	limit_tick(monotonic_ns());
	cr_assert_eq(lines(said, sizeof said), 0, "%s", said);
	limit_tick(monotonic_ns() + MINUTE);
	cr_assert_eq(lines(said, sizeof said), 1, "%s", said);
	cr_assert_not_null(strstr(said, "49999 times more: toAgent.x: refused\n"), "%s", said);
	limited_warning("%s: refused", "toAgent.x");
	cr_assert_eq(lines(said, sizeof said), 1, "the next minute");
	limit_end();
	cr_assert_eq(lines(said, sizeof said), 0, "nothing was left out");
}

Test(limit, one_line_about_the_same_thing, .init = capture)
{
	for (unsigned i = 0; i < 50000; i++)
		limited_warning_about(i % 2 ? "a" : "b", "%u: refused", i);
	cr_assert_eq(lines(said, sizeof said), 2, "%s", said);
	limited_warning("%u: refused", 1u);
	cr_assert_eq(lines(said, sizeof said), 1, "by its words");
	char name[300] = "";
	memset(name, 'n', sizeof name - 1);
	for (unsigned i = 0; i < 3; i++)
		limited_warning_about(name, "%u: too long a name", i);
	cr_assert_eq(lines(said, sizeof said), 1, "%s", said);
	limit_end();
	cr_assert_eq(lines(said, sizeof said), 3, "%s", said);
	cr_assert_not_null(strstr(said, "24999 times more: 0: refused\n"), "%s", said);
}

Test(limit, other_words_of_one_form_are_bounded, .init = capture)
{
	for (unsigned i = 0; i < 50000; i++)
		limited_warning("%u: refused", i);
	cr_assert_eq(lines(said, sizeof said), LIMIT_OF_ONE_FORM, "%s", said);
	limited_warning("another form");
	cr_assert_eq(lines(said, sizeof said), 1, "is not held up");
	limit_end();
	cr_assert_eq(lines(said, sizeof said), 1, "%s", said);
	cr_assert_not_null(strstr(said, "49984 more lines such as: 16: refused\n"), "%s", said);
}

static void say_in_many_forms(unsigned i)
{
	switch (i % 5) {
	case 0:
		limited_warning("a%u", i);
		break;
	case 1:
		limited_warning("b%u", i);
		break;
	case 2:
		limited_warning("c%u", i);
		break;
	case 3:
		limited_warning("d%u", i);
		break;
	default:
		limited_warning("e%u", i);
	}
}

Test(limit, all_forms_together_are_bounded, .init = capture)
{
	unsigned first, rest = 0, more;

	for (unsigned i = 0; i < 10000; i++)
		say_in_many_forms(i);
	first = lines(said, sizeof said);
	cr_assert_leq(first, 64, "%s", said);
	limit_end();
	lines(said, sizeof said);
	for (const char *at = said; (at = strstr(at, ": ")); at++)
		rest += sscanf(at, ": %u more", &more) == 1 ? more : 0;
	cr_assert_eq(first + rest, 10000, "%u and %u:\n%s", first, rest, said);
}

Test(limit, with_very_much_said_nothing_is_left_out, .init = capture)
{
	log_more();
	log_more();
	for (unsigned i = 0; i < 100; i++)
		limited_info("again");
	cr_assert_eq(lines(said, sizeof said), 100);
}

Test(limit, what_is_not_shown_is_not_counted, .init = capture)
{
	for (unsigned i = 0; i < 100; i++)
		limited_info("again");
	limit_end();
	cr_assert_eq(lines(said, sizeof said), 0, "%s", said);
}
