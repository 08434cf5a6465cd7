/* amqp-tun: how often tun.start may make the privileged process do something. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "../../bin/amqp-tun/start_limit.h"

#define SECOND INT64_C(1000000000)

static struct start_limit l;
static int64_t now = 1;

static struct envelope_tun with_host(unsigned number)
{
	struct envelope_tun tun = {.ipv6_prefix = "bbbb"};

	snprintf(tun.ipv6_host, sizeof tun.ipv6_host, "%x", number);
	return tun;
}

/* Tried, and in vain: true. */
static bool try_in_vain(unsigned number)
{
	struct envelope_tun tun = with_host(number);

	if (start_limit_try(&l, &tun, now))
		return false;
	start_limit_note_refused(&l, &tun, "is in the way", now);
	return true;
}

Test(start_limit, different_ones_are_few)
{
	unsigned tried = 0;

	for (unsigned i = 0; i < 512; i++, now += 9 * SECOND / 512)
		tried += try_in_vain(i);
	cr_assert_eq(tried, START_TRIES);
	now += 1000 * SECOND;
	tried = 0;
	for (unsigned i = 0; i < 512; i++)
		tried += try_in_vain(i);
	cr_assert_eq(tried, START_TRIES, "not more after a long time");
	now += START_PERIOD_S * SECOND;
	cr_assert(try_in_vain(1));
	cr_assert_not(try_in_vain(2), "one in each period then");
}

Test(start_limit, the_same_one_is_remembered)
{
	struct envelope_tun same = with_host(7);

	for (unsigned i = 0; i < START_TRIES_OF_SAME; i++)
		cr_assert(try_in_vain(7), "what was in the way may be gone");
	for (unsigned i = 0; i < 1000; i++)
		cr_assert_str_eq(start_limit_try(&l, &same, now), "is in the way");
	cr_assert(try_in_vain(8), "another one is");
	now += START_PERIOD_S * SECOND;
	cr_assert(try_in_vain(7));
}
