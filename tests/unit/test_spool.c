/* What the spool is made of: numbers as ranges, the batch, what memory knows of the store; and its
 * file, changed as fuzzing changed it (tests/data/bus). TEST_SEED=N repeats a run. */
#include "fuzz_replay.h"

#include <stdlib.h>
#include <time.h>

#include "bus/batch.h"
#include "bus/ranges.h"
#include "bus/unconfirmed.h"

#include "../fuzz/fuzz_bus_spool.c"

static unsigned choose_seed(void)
{
	const char *given = getenv("TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

	printf("TEST_SEED=%u\n", seed);
	return seed;
}

/* --- ranges --- */

static void check_ranges(const struct ranges *r, const bool *is_in, size_t most)
{
	uint64_t numbers = 0;
	size_t range = 0;

	for (uint64_t n = 0; n < most; n++) {
		while (range < r->count && r->at[range].last < n)
			range++;
		bool found = range < r->count && r->at[range].first <= n;
		cr_assert_eq(found, is_in[n], "%llu", (unsigned long long)n);
		numbers += is_in[n];
	}
	cr_assert_eq(r->numbers, numbers);
	for (size_t i = 1; i < r->count; i++)
		cr_assert_gt(r->at[i].first, r->at[i - 1].last + 1, "two ranges touch");
}

Test(ranges, hold_what_was_added_in_any_order)
{
	enum { MOST = 400 };
	unsigned seed = choose_seed();

	for (unsigned round = 0; round < 200; round++) {
		struct ranges r = {0};
		bool is_in[MOST] = {false};
		int add = rand_r(&seed) % MOST;

		for (int i = 0; i < add; i++) {
			uint64_t n = (uint64_t)rand_r(&seed) % MOST;

			cr_assert(ranges_add(&r, n));
			is_in[n] = true;
		}
		check_ranges(&r, is_in, MOST);
		ranges_clear(&r);
		cr_assert_eq(r.count + r.numbers, 0);
	}
}

Test(ranges, what_comes_in_order_is_one)
{
	struct ranges r = {0};

	for (uint64_t n = 7; n < 100000; n++)
		cr_assert(ranges_add(&r, n));
	cr_assert_eq(r.count, 1);
	cr_assert_eq(r.numbers, 100000 - 7);
	ranges_clear(&r);
}

/* --- the batch --- */

static struct kept_message message(const char *id, size_t length)
{
	static uint8_t body[BATCH_OCTETS * 2];

	return (struct kept_message){
		.key = "k", .content_type = "t", .message_id = id, .body = body, .length = length};
}

Test(batch, gives_numbers_and_copies)
{
	struct batch b;
	char id[] = "one";
	struct kept_message m = message(id, 10);

	cr_assert_eq(batch_init(&b, 5), 0);
	cr_assert_eq(batch_add(&b, &m), 5);
	id[0] = 'x';
	cr_assert_eq(batch_add(&b, &m), 6);
	cr_assert_str_eq(batch_next(&b, 0)->message_id, "one");
	cr_assert_str_eq(batch_next(&b, 5)->message_id, "xne");
	cr_assert_null(batch_next(&b, 6));
	cr_assert(batch_remove(&b, 5));
	cr_assert_not(batch_remove(&b, 5));
	cr_assert_eq(batch_next(&b, 0)->stored, 6);
	batch_clear(&b);
	cr_assert_eq(b.count + b.octets, 0);
	cr_assert_eq(batch_add(&b, &m), 7, "numbers are never used again");
	batch_free(&b);
}

Test(batch, is_bounded_but_for_one)
{
	struct batch b;
	struct kept_message small = message("s", 1), large = message("l", BATCH_OCTETS * 2);
	unsigned taken = 0;

	cr_assert_eq(batch_init(&b, 1), 0);
	cr_assert(batch_has_room(&b, &large), "alone it fits");
	while (batch_has_room(&b, &small) && batch_add(&b, &small))
		taken++;
	cr_assert(taken > 1000 && taken <= BATCH_MESSAGES, "%u", taken);
	cr_assert_leq(b.octets, BATCH_OCTETS);
	for (uint64_t n = b.end; n-- > 1;)
		cr_assert(batch_remove(&b, n));
	cr_assert_eq(b.count + b.octets, 0);
	cr_assert(batch_has_room(&b, &large));
	batch_free(&b);
}

/* --- memory, and what the store has of it --- */

static void do_nothing(struct store *s, uint64_t number, size_t octets)
{
	(void)s, (void)number, (void)octets;
}

static struct store nowhere = {.remove = do_nothing};

static struct unconfirmed *remember(const char *const *ids, const uint64_t *numbers)
{
	struct unconfirmed *u = unconfirmed_new(1000, &nowhere);

	for (size_t i = 0; ids[i]; i++) {
		struct kept_message m = message(ids[i], 1);
		m.stored = numbers[i];
		cr_assert(unconfirmed_add(u, &m));
	}
	return u;
}

Test(unconfirmed, names_what_is_not_in_the_store)
{
	static const char *const ids[] = {"a", "b", "c", "d", NULL};
	static const uint64_t numbers[] = {1, 0, 0, 0};
	struct unconfirmed *u = remember(ids, numbers);
	struct kept_message m;
	bool again;

	cr_assert_eq(unconfirmed_unstored(u), 3);
	for (uint64_t tag = 1; tag <= 2; tag++) {
		cr_assert(unconfirmed_next(u, &m));
		unconfirmed_sent(u, tag, &again);
	}
	cr_assert_eq(unconfirmed_confirm(u, 2, true), 2);
	cr_assert_eq(unconfirmed_unstored(u), 2, "b needs no store any more");
	cr_assert(unconfirmed_next_unstored(u, &m));
	cr_assert_str_eq(m.message_id, "c");
	unconfirmed_store(u, 7);
	cr_assert(unconfirmed_next_unstored(u, &m));
	cr_assert_str_eq(m.message_id, "d");
	unconfirmed_store(u, 8);
	cr_assert_not(unconfirmed_next_unstored(u, &m));
	cr_assert(unconfirmed_next(u, &m));
	cr_assert_eq(m.stored, 7);
	unconfirmed_free(u);
}

Test(unconfirmed, lets_go_of_what_is_refused)
{
	static const char *const ids[] = {"a", "b", "c", NULL};
	static const uint64_t numbers[] = {1, 2, 0};
	struct unconfirmed *u = remember(ids, numbers);
	struct kept_message m;
	uint64_t oldest;
	bool again;

	cr_assert_eq(unconfirmed_in_flight(u, &oldest), 0);
	for (uint64_t tag = 1; tag <= 2; tag++) {
		cr_assert(unconfirmed_next(u, &m));
		unconfirmed_sent(u, tag, &again);
	}
	unconfirmed_confirm(u, 1, false);
	cr_assert_eq(unconfirmed_in_flight(u, &oldest), 1);
	unconfirmed_drop(u, oldest, &m);
	cr_assert_eq(m.stored, 2);
	unconfirmed_rewind(u);
	cr_assert_eq(unconfirmed_count(u), 1);
	cr_assert(unconfirmed_next(u, &m));
	cr_assert_str_eq(m.message_id, "c");
	unconfirmed_free(u);
}

/* --- what fuzzing found --- */

Test(fuzz, spool)
{
	replay("tests/data/bus/fuzz_bus_spool.hex", LLVMFuzzerTestOneInput);
}
