/* What several probes hear, in the order of time: who waits for whom, and for how long. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "../../bin/slip-dump/merge.h"
#include "base/clock.h"

enum { GIVEN_MAX = 4096 };

static struct {
	int64_t time_ns;
	unsigned number;
} given[GIVEN_MAX];
static _Atomic unsigned given_count;

static void note(const struct envelope_packet *p, unsigned number)
{
	unsigned n = atomic_load(&given_count);

	given[n].time_ns = p->time_ns;
	given[n].number = number;
	atomic_store(&given_count, n + 1);
}

static void hear(unsigned number, int64_t time_ns)
{
	static const uint8_t octets[] = {2, 0, 1};
	const struct envelope_packet p = {octets, sizeof octets, time_ns,
	                                  ENVELOPE_LINK_IEEE802_15_4_NOFCS};

	cr_assert(merge_put(merge_lane(number), &p, 1));
}

static struct worker worker;
static pthread_t thread;

static void *run(void *none)
{
	(void)none;
	worker.run(worker.context);
	return NULL;
}

static void prepare(unsigned n)
{
	cr_assert_eq(loop_open(NULL), 0);
	cr_assert_eq(merge_open(n, note), 0);
}

static void start(void)
{
	worker = merge_worker();
	cr_assert_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

static void begin(unsigned n)
{
	prepare(n);
	start();
}

static void wait_for(unsigned count)
{
	int64_t deadline = monotonic_ns() + INT64_C(30000000000);

	while (atomic_load(&given_count) < count && monotonic_ns() < deadline)
		usleep(1000);
	cr_assert_geq(atomic_load(&given_count), count);
}

static void end(void)
{
	loop_stop(0);
	pthread_join(thread, NULL);
	merge_finish();
}

static void expect_order(void)
{
	for (unsigned i = 1; i < given_count; i++)
		cr_assert_leq(given[i - 1].time_ns, given[i].time_ns, "at %u", i);
}

/* All that one says comes before anything of the other, and is to stand between it. */
Test(merge, what_comes_later_may_be_older)
{
	prepare(3);
	for (int64_t i = 0; i < 300; i++)
		hear(0, 3 * i + 2);
	for (int64_t i = 0; i < 300; i++)
		hear(2, 3 * i);
	for (int64_t i = 0; i < 300; i++)
		hear(1, 3 * i + 1);
	start();
	wait_for(900);
	expect_order();
	for (unsigned i = 0; i < 900; i++)
		cr_assert_eq(given[i].number, 2 - i % 3);
	end();
}

Test(merge, with_one_of_each_nobody_waits)
{
	prepare(2);
	hear(0, 10);
	hear(1, 5);
	start(); /* both are there, whatever the time of the first one */
	wait_for(1);
	cr_assert_eq(given[0].number, 1);
	wait_for(2); /* its time is over */
	end();
}

Test(merge, a_silent_one_is_not_waited_for)
{
	int64_t before = monotonic_ns();

	begin(2);
	for (int64_t i = 0; i < 1000; i++)
		hear(0, i);
	wait_for(1000);
	/* Both ends are whole milliseconds, rounded down. */
	cr_assert_geq(monotonic_ns() - before, (MERGE_MS - 1) * INT64_C(1000000),
	              "it waits for a while");
	hear(1, 3); /* too late */
	wait_for(1001);
	end();
}

Test(merge, what_waits_at_the_end_is_given)
{
	begin(2);
	end();
	hear(1, 2);
	hear(0, 3);
	hear(1, 4);
	merge_finish();
	cr_assert_eq(given_count, 3);
	expect_order();
}
