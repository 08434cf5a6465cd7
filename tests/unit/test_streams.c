/* The streams of messages that a consumer follows, with others who forge some. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bus/keyed_hash.h"
#include "bus/sequences.h"
#include "bus/streams.h"

#define SECOND INT64_C(1000000000)

static struct sequences_in *in;
static struct sequences_counts counts;
static int64_t now = 1;

static void open_streams(void)
{
	in = sequences_in_new();
}

static void close_streams(void)
{
	sequences_in_free(in);
}

static enum sequences_verdict note(const char *user, uint64_t run, const char *key,
                                   uint64_t sequence)
{
	char id[64];

	snprintf(id, sizeof id, "%016llx-0-%llu", (unsigned long long)run,
	         (unsigned long long)sequence);
	return sequences_in_note(in, &(struct sequences_message){id, key, user, now, ""}, &counts);
}

Test(streams, sixteen_empty_messages_lose_nothing_like_billions, .init = open_streams,
     .fini = close_streams)
{
	for (uint64_t i = 0; i < 16; i++)
		note("evil", 1, "k", 1 + (i << 31));
	cr_assert_leq(counts.lost, STREAM_WINDOW, "%lld", (long long)counts.lost);
	cr_assert_geq(counts.steps, 14);
}

/* Whatever the gaps are, and in however many sessions, keys and agents' names they come. */
Test(streams, what_one_user_can_lose_is_bounded_by_time, .init = open_streams,
     .fini = close_streams)
{
	char key[32];

	for (unsigned i = 0; i < 2000; i++) {
		snprintf(key, sizeof key, "fromAgent.%u", i % 100);
		note("evil", i / 2, key, 1);
		note("evil", i / 2, key, 60000);
	}
	cr_assert_leq(counts.lost, STREAM_WINDOW, "%lld", (long long)counts.lost);
	now += 10 * SECOND;
	for (unsigned i = 0; i < 2000; i++)
		note("evil", 1, "k", 1 + i * UINT64_C(60000));
	cr_assert_leq(counts.lost, STREAM_WINDOW + 10 * 100000, "%lld", (long long)counts.lost);
}

Test(streams, a_real_outage_is_counted_whole, .init = open_streams, .fini = close_streams)
{
	note("a", 1, "k", 1);
	now += 3600 * SECOND;
	note("a", 1, "k", 36000 * 3600);
	cr_assert_eq(counts.lost, 36000 * 3600 - 2);
	cr_assert_eq(counts.steps, 0);
	note("a", 1, "k", 7);
	note("a", 1, "k", 36000 * 3600 - 7);
	cr_assert_eq(counts.lost, 36000 * 3600 - 3, "what comes late was not lost");
}

Test(streams, a_forger_does_not_use_up_what_another_may_lose, .init = open_streams,
     .fini = close_streams)
{
	note("good", 7, "k", 1);
	for (unsigned i = 0; i < 1000; i++)
		note("evil", 7, "k", 1 + i * UINT64_C(60000));
	counts.lost = 0;
	cr_assert_eq(note("good", 7, "k", 50002), SEQUENCES_NEW);
	cr_assert_eq(counts.lost, 50000);
}

/* --- agents behind one router, which publishes as one user --- */

static enum sequences_verdict note_of(const char *agent, uint64_t run, uint64_t sequence)
{
	char id[64], key[64];

	snprintf(id, sizeof id, "%016llx-0-%llu", (unsigned long long)run,
	         (unsigned long long)sequence);
	snprintf(key, sizeof key, "toAgent.b.ip.tun.packet.raw %s", agent);
	return sequences_in_note(in, &(struct sequences_message){id, key, "router", now, agent},
	                         &counts);
}

Test(streams, one_behind_a_router_does_not_use_up_what_another_may_lose, .init = open_streams,
     .fini = close_streams)
{
	note_of("good", 7, 1);
	note("router", 7, "testingtool", 1);
	for (unsigned i = 0; i < 1000; i++)
		note_of("evil", 9, 1 + i * UINT64_C(60000));
	cr_assert_leq(counts.lost, STREAM_WINDOW);
	counts = (struct sequences_counts){.lost = 0};
	note_of("good", 7, 50002);
	note("router", 7, "testingtool", 50002);
	cr_assert_eq(counts.lost, 100000);
	cr_assert_eq(counts.steps, 0);
	note_of("good", 7, 50001);
	cr_assert_eq(counts.lost, 99999, "what comes late was not lost");
}

/* With --all a router passes on what comes under any name. */
Test(streams, made_up_names_behind_a_router_add_up_to_a_bound, .init = open_streams,
     .fini = close_streams)
{
	char agent[32];

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(agent, sizeof agent, "made_up_%u", i);
		note_of(agent, i, 1);
		note_of(agent, i, 60001);
	}
	cr_assert_leq(counts.lost, STREAMS_BEHIND * STREAM_WINDOW, "%lld", (long long)counts.lost);
	counts.lost = 0;
	now += 10 * SECOND;
	note_of("made_up_2999", 2999, 70001);
	cr_assert_gt(counts.lost, 9998);
}

/* The same session, key and numbers, of another user. */
Test(streams, nobody_blinds_us_for_the_messages_of_another, .init = open_streams,
     .fini = close_streams)
{
	static const char *const forgers[] = {"evil", ""};

	for (unsigned f = 0; f < 2; f++)
		for (uint64_t i = 1; i < 100; i++)
			note(forgers[f], 7, "k", i);
	for (uint64_t i = 1; i < 100; i++) {
		cr_assert_eq(note("good", 7, "k", i), SEQUENCES_NEW, "%u", (unsigned)i);
		cr_assert_eq(note("good", 7, "k", i), SEQUENCES_DUPLICATE, "%u", (unsigned)i);
	}
}

/* 300 sessions; and more agents than there are places. */
Test(streams, a_flood_of_one_user_takes_no_place_of_another, .init = open_streams,
     .fini = close_streams)
{
	char key[32];

	note("good", 7, "k", 1);
	for (unsigned i = 0; i < 300; i++)
		note("evil", 1000 + i, "k", 1);
	cr_assert_eq(counts.evicted, 300 - STREAMS_OF_KEY);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(key, sizeof key, "fromAgent.%u", i);
		note("evil", 1, key, 1);
	}
	cr_assert_eq(note("good", 7, "k", 1), SEQUENCES_DUPLICATE);
	cr_assert_eq(note("good", 7, "k", 3), SEQUENCES_NEW);
	cr_assert_eq(counts.lost, 1);
	cr_assert_eq(counts.evicted, 300 + 5000 + 1 - STREAMS_MAX);
}

/* Where all have one login, the names of agents tell them apart. */
Test(streams, a_flood_under_one_key_takes_no_place_of_another_key, .init = open_streams,
     .fini = close_streams)
{
	note("all", 7, "good", 1);
	for (unsigned i = 0; i < 3000; i++)
		note("all", 1000 + i, "evil", 1);
	cr_assert_eq(note("all", 7, "good", 1), SEQUENCES_DUPLICATE);
}

Test(streams, more_users_than_places_are_still_told_apart, .init = open_streams,
     .fini = close_streams)
{
	char user[16];

	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 200; i++) {
			snprintf(user, sizeof user, "u%u", i);
			cr_assert_eq(note(user, 7, "k", 5),
			             round ? SEQUENCES_DUPLICATE : SEQUENCES_NEW, "%u", i);
		}
	cr_assert_eq(counts.evicted, 0);
}

/* FNV-1a, by which streams were found, has the same value for these two. */
Test(streams, keys_are_compared_and_not_only_their_hashes, .init = open_streams,
     .fini = close_streams)
{
	note("all", 7, "8yn0iYCKYHlIj4-BwPqk", 5);
	cr_assert_eq(note("all", 7, "GReLUrM4wMqfg9yzV3KQ", 5), SEQUENCES_NEW);
}

Test(streams, the_hash_has_a_key_and_knows_where_parts_end)
{
	struct keyed_hash *one = keyed_hash_new(), *two = keyed_hash_new();
	const struct hash_part ab_c[] = {{"ab", 2}, {"c", 1}}, a_bc[] = {{"a", 1}, {"bc", 2}};

	cr_assert(one && two);
	uint64_t first = keyed_hash(one, ab_c, 2), again = keyed_hash(one, ab_c, 2);
	uint64_t other_parts = keyed_hash(one, a_bc, 2), other_key = keyed_hash(two, ab_c, 2);

	cr_assert_eq(first, again);
	cr_assert_neq(first, other_key);
	cr_assert_neq(first, other_parts);
	keyed_hash_free(one);
	keyed_hash_free(two);
}
