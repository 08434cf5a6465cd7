/* What is remembered for secured frames: addresses of devices, frame counters, Thread's key
 * sequences. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "frame_keys/counters.h"
#include "frame_keys/devices.h"
#include "frame_keys/opener.h"
#include "frame_keys/thread_key.h"

enum { PAN = 0xabcd, A = 0xa, B = 0xb, C = 0xc, D = 0xd };

static struct devices *devices;
static uint64_t before;

static void make(void)
{
	static const struct address_line given[] = {{true, PAN, 1, A}, {false, 0, 2, B}};

	devices = devices_new(given, 2);
	cr_assert(devices);
}

static void drop(void)
{
	devices_free(devices);
}

static enum device_news note(uint16_t address, uint64_t extended, enum address_standing standing)
{
	return devices_note(devices, PAN, address, (struct address_candidate){extended, standing},
	                    &before);
}

static void has(uint16_t pan, uint16_t address, unsigned n, const uint64_t *wanted)
{
	struct address_candidate found[ADDRESSES_FOUND];

	cr_assert_eq(devices_find(devices, pan, address, found), n);
	for (unsigned i = 0; i < n; i++)
		cr_assert_eq(found[i].extended, wanted[i], "%u", i);
}

TestSuite(devices, .init = make, .fini = drop);

Test(devices, given_ones_are_of_their_pan_or_of_any)
{
	has(PAN, 1, 1, (uint64_t[]){A});
	has(PAN + 1, 1, 0, NULL);
	has(PAN, 2, 1, (uint64_t[]){B});
	has(7, 2, 1, (uint64_t[]){B});
}

Test(devices, what_is_given_stays_first)
{
	cr_assert_eq(note(1, A, ADDRESS_CLAIMED), DEVICE_KNOWN);
	cr_assert_eq(note(1, C, ADDRESS_CLAIMED), DEVICE_DISPUTED);
	cr_assert_eq(before, A);
	cr_assert_eq(note(1, C, ADDRESS_CLAIMED), DEVICE_KNOWN, "told once");
	cr_assert_eq(note(1, D, ADDRESS_PROVEN), DEVICE_DISPUTED);
	has(PAN, 1, 3, (uint64_t[]){A, D, C});
}

Test(devices, a_claim_never_replaces_a_proof)
{
	cr_assert_eq(note(9, A, ADDRESS_CLAIMED), DEVICE_LEARNED);
	cr_assert_eq(note(9, A, ADDRESS_PROVEN), DEVICE_LEARNED);
	for (uint64_t lie = 100; lie < 200; lie++) {
		cr_assert_eq(note(9, lie, ADDRESS_CLAIMED), DEVICE_DISPUTED);
		cr_assert_eq(before, A);
	}
	has(PAN, 9, 3, (uint64_t[]){A, 199, 198});
	cr_assert_eq(note(9, 199, ADDRESS_PROVEN), DEVICE_DISPUTED);
	has(PAN, 9, 3, (uint64_t[]){199, A, 198});
	cr_assert_eq(note(9, A, ADDRESS_PROVEN), DEVICE_DISPUTED, "it is back");
	has(PAN, 9, 3, (uint64_t[]){A, 199, 198});
}

Test(devices, nobody_s_addresses_are_not_learned)
{
	cr_assert_eq(note(0xfffe, A, ADDRESS_CLAIMED), DEVICE_KNOWN);
	cr_assert_eq(note(0xffff, A, ADDRESS_PROVEN), DEVICE_KNOWN);
	has(PAN, 0xffff, 0, NULL);
}

/* A million claims: what is proven and given is there afterwards. */
Test(devices, a_flood_takes_no_proof_away)
{
	note(3, C, ADDRESS_PROVEN);
	for (uint32_t i = 0; i < 1000000; i++)
		devices_note(devices, (uint16_t)(i >> 14), (uint16_t)(i & 0x3fff),
		             (struct address_candidate){i, ADDRESS_CLAIMED}, &before);
	has(PAN, 1, 1, (uint64_t[]){A});
	has(PAN, 3, 1, (uint64_t[]){C});
}

Test(devices, guesses_are_of_the_pan_and_proven_ones_first)
{
	uint64_t guesses[ADDRESS_GUESSES];

	devices_note_heard(devices, PAN, A, true);
	for (uint64_t i = 0; i < 1000000; i++)
		devices_note_heard(devices, (uint16_t)(PAN + i % 2), 1000 + i, false);
	cr_assert_eq(devices_guess(devices, PAN, guesses), ADDRESS_GUESSES);
	cr_assert_eq(guesses[0], A);
	cr_assert_eq(guesses[1], 1000 + 999998);
	cr_assert_eq(devices_guess(devices, 5, guesses), 0);
}

Test(counters, ahead_again_and_back)
{
	static struct counters c;
	uint32_t last;

	cr_assert_eq(counters_note(&c, A, (struct counter_key){1, 0, false}, 5, &last),
	             COUNTER_AHEAD);
	cr_assert_eq(counters_note(&c, A, (struct counter_key){1, 0, false}, 5, &last),
	             COUNTER_REPEATED);
	cr_assert_eq(counters_note(&c, A, (struct counter_key){1, 0, false}, 900, &last),
	             COUNTER_AHEAD);
	cr_assert_eq(counters_note(&c, A, (struct counter_key){1, 0, false}, 6, &last),
	             COUNTER_BACK);
	cr_assert_eq(last, 900);
	cr_assert_eq(counters_note(&c, A, (struct counter_key){1, 0, false}, 7, &last),
	             COUNTER_BACK, "the highest counts");
	cr_assert_eq(counters_note(&c, A, (struct counter_key){2, 0, false}, 5, &last),
	             COUNTER_AHEAD, "another key");
	cr_assert_eq(counters_note(&c, B, (struct counter_key){1, 0, false}, 0, &last),
	             COUNTER_AHEAD, "another sender");
	cr_assert_eq(counters_note(&c, A, (struct counter_key){1, 1, false}, 0, &last),
	             COUNTER_AHEAD, "another sequence");
	cr_assert_eq(counters_note(&c, A, (struct counter_key){1, 0, true}, 0, &last),
	             COUNTER_AHEAD, "MLE");
}

static void sequences(const struct thread_key *t, unsigned index, unsigned n, const uint32_t *first)
{
	uint32_t found[THREAD_SEQUENCES];
	unsigned count = thread_key_sequences(t, index, found);

	cr_assert_geq(count, n);
	for (unsigned i = 0; i < n; i++)
		cr_assert_eq(found[i], first[i], "%u: %u", i, found[i]);
	for (unsigned i = 0; i < count; i++)
		cr_assert_eq(frame_ccm_thread_index(found[i]), index);
}

Test(thread_key, sequences_near_the_proven_one_come_first)
{
	static const uint8_t network_key[16] = {1};
	struct thread_key *t = thread_key_new(network_key, false, 0);
	uint32_t none[THREAD_SEQUENCES];

	sequences(t, 1, 4, (uint32_t[]){0, 128, 256, 384});
	sequences(t, 128, 2, (uint32_t[]){127, 255});
	cr_assert_eq(thread_key_sequences(t, 0, none), 0);
	cr_assert_eq(thread_key_sequences(t, 129, none), 0);
	thread_key_hint(t, 128 * 1000);
	sequences(t, 1, 2, (uint32_t[]){128 * 1000, 0});
	thread_key_proven(t, 128 * 77 + 5);
	sequences(t, 6, 4, (uint32_t[]){128 * 77 + 5, 128 * 78 + 5, 128 * 76 + 5, 5});
	for (uint32_t i = 0; i < 1000; i++)
		thread_key_hint(t, i * 128);
	sequences(t, 1, 3, (uint32_t[]){128 * 77, 128 * 78, 128 * 76});
	for (uint32_t i = 0; i < 1000; i++)
		cr_assert(thread_key_at(t, i, i & 1));
	thread_key_free(t);
}

/* Those of a capture may be any. */
Test(slots, times_at_the_end_of_all)
{
	static struct frame_keys k;
	const struct frame f = {.source = {.has_pan = true, .pan = PAN}};
	uint64_t asns[ASN_GUESSES];

	k.slots[0] = (struct slot_time){true, PAN, 1000, INT64_MAX - 20000000};
	cr_expect_eq(slots_guess(&k, &f, INT64_MAX, asns), ASN_GUESSES);
	cr_expect_eq(asns[0], 1002);
	cr_expect_eq(asns[3], 1000);
	k.slots[0].time_ns = INT64_MIN;
	cr_expect_eq(slots_guess(&k, &f, INT64_MAX, asns), 0);
}
