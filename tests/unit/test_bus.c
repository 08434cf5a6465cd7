/* The parts of the broker session that need no broker: unconfirmed messages, message ids, URLs. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/incoming.h"
#include "bus/posts.h"
#include "bus/probes.h"
#include "bus/run.h"
#include "bus/sequences.h"
#include "bus/settings.h"
#include "bus/spool.h"
#include "bus/unconfirmed.h"

/* --- unconfirmed messages --- */

static bool keep(struct unconfirmed *k, const char *id, size_t length)
{
	static uint8_t body[4096];
	struct kept_message m = {
		.key = "k", .content_type = "t", .message_id = id, .body = body, .length = length};

	memset(body, id[0], sizeof body);
	return unconfirmed_add(k, &m);
}

/* Sends the next message as tag; returns its id, or "" where none is waiting. */
static const char *send_next(struct unconfirmed *k, uint64_t tag, bool *again)
{
	struct kept_message m;

	if (!unconfirmed_next(k, &m))
		return "";
	unconfirmed_sent(k, tag, again);
	return m.message_id;
}

Test(unconfirmed, goes_out_in_order_and_is_forgotten_when_confirmed)
{
	struct unconfirmed *k = unconfirmed_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 10) && keep(k, "b", 10) && keep(k, "c", 10));
	cr_assert_str_eq(send_next(k, 1, &again), "a");
	cr_assert_str_eq(send_next(k, 2, &again), "b");
	cr_assert_str_eq(send_next(k, 3, &again), "c");
	cr_assert_not(again);
	cr_assert_str_eq(send_next(k, 4, &again), "");
	cr_assert_eq(unconfirmed_confirm(k, 2, false), 1);
	cr_assert_eq(unconfirmed_confirm(k, 2, false), 0, "a tag confirms once");
	cr_assert_eq(unconfirmed_count(k), 2);
	cr_assert_eq(unconfirmed_confirm(k, 3, true), 2, "multiple: all up to the tag");
	cr_assert_eq(unconfirmed_count(k), 0);
	unconfirmed_free(k);
}

Test(unconfirmed, tags_of_other_messages_are_ignored)
{
	struct unconfirmed *k = unconfirmed_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 1) && keep(k, "b", 1));
	send_next(k, 2, &again); /* tag 1 was a control message */
	send_next(k, 4, &again); /* tag 3, too */
	cr_assert_eq(unconfirmed_confirm(k, 1, false), 0);
	cr_assert_eq(unconfirmed_confirm(k, 0, true), 0);
	cr_assert_eq(unconfirmed_confirm(k, 3, true), 1);
	cr_assert_eq(unconfirmed_confirm(k, 99, true), 1,
	             "a control message behind the last one closes all before it");
	unconfirmed_free(k);
}

Test(unconfirmed, what_was_not_confirmed_is_sent_again_in_order)
{
	struct unconfirmed *k = unconfirmed_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 1) && keep(k, "b", 1) && keep(k, "c", 1));
	send_next(k, 1, &again);
	send_next(k, 2, &again);
	unconfirmed_confirm(k, 1, false);
	unconfirmed_rewind(k);
	cr_assert_eq(unconfirmed_confirm(k, 2, false), 0,
	             "tags of the last connection mean nothing");
	cr_assert_str_eq(send_next(k, 1, &again), "b");
	cr_assert(again);
	cr_assert_str_eq(send_next(k, 2, &again), "c");
	cr_assert_not(again);
	cr_assert_eq(unconfirmed_confirm(k, 2, true), 2);
	unconfirmed_free(k);
}

Test(unconfirmed, what_the_broker_refused_is_sent_again)
{
	struct unconfirmed *k = unconfirmed_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 1) && keep(k, "b", 1));
	send_next(k, 1, &again);
	send_next(k, 2, &again);
	cr_assert_eq(unconfirmed_refuse(k, 1, false), 1);
	cr_assert_eq(unconfirmed_count(k), 2);
	cr_assert_str_eq(send_next(k, 3, &again), "a");
	cr_assert(again);
	cr_assert_eq(unconfirmed_confirm(k, 3, true), 2);
	unconfirmed_free(k);
}

Test(unconfirmed, never_exceeds_its_bound_and_never_loses_what_it_took)
{
	struct unconfirmed *k = unconfirmed_new(1000, NULL);
	unsigned seed = 20261123;
	uint64_t tag = 0, sent_id = 0, added = 0, confirmed = 0;
	bool again;
	char id[16];

	for (int step = 0; step < 200000; step++) {
		switch (rand_r(&seed) % 3) {
		case 0:
			snprintf(id, sizeof id, "%llu", (unsigned long long)added);
			if (keep(k, id, rand_r(&seed) % 300))
				added++;
			break;
		case 1: {
			const char *next = send_next(k, tag + 1, &again);
			if (!*next)
				break;
			cr_assert_eq(strtoull(next, NULL, 10), sent_id, "seed 20261123, step %d",
			             step);
			sent_id++;
			tag++;
			break;
		}
		default:
			if (tag > confirmed) {
				uint64_t to =
					confirmed + 1 + (uint64_t)rand_r(&seed) % (tag - confirmed);
				cr_assert_eq(unconfirmed_confirm(k, to, true), to - confirmed,
				             "seed 20261123, step %d", step);
				confirmed = to;
			}
		}
		cr_assert_eq(unconfirmed_count(k), added - confirmed);
	}
	cr_assert_gt(added, 1000);
	unconfirmed_free(k);
}

Test(unconfirmed, a_body_survives_the_ring)
{
	struct unconfirmed *k = unconfirmed_new(100, NULL);
	struct kept_message m;
	bool again;

	for (uint64_t tag = 1; tag < 100; tag++) {
		char id[2] = {(char)('a' + tag % 26), 0};
		cr_assert(keep(k, id, 40));
		cr_assert(unconfirmed_next(k, &m));
		cr_assert_eq(m.length, 40);
		for (size_t i = 0; i < m.length; i++)
			cr_assert_eq(m.body[i], id[0]);
		unconfirmed_sent(k, tag, &again);
		if (tag > 1)
			cr_assert_eq(unconfirmed_confirm(k, tag - 1, false), 1);
	}
	unconfirmed_free(k);
}

Test(unconfirmed, refuses_what_can_never_fit)
{
	struct unconfirmed *k = unconfirmed_new(100, NULL);

	cr_assert_not(keep(k, "a", 100));
	cr_assert(keep(k, "b", 90));
	cr_assert_not(keep(k, "c", 90));
	unconfirmed_free(k);
}

static size_t resident_kib(void)
{
	size_t all = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert(f && fscanf(f, "%zu %zu", &all, &resident) == 2);
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* There is room for 65 536 messages at one time, of which who sends few at a time has no need. */
Test(unconfirmed, what_is_confirmed_soon_touches_little_memory)
{
	struct unconfirmed *k = unconfirmed_new(16 << 20, NULL);
	size_t before = resident_kib();
	uint64_t tag = 0;
	bool again;

	unconfirmed_rewind(k);
	for (unsigned i = 0; i < 100000; i++) {
		cr_assert(keep(k, "a", 10) && keep(k, "b", 10));
		cr_assert_str_eq(send_next(k, tag + 1, &again), "a");
		cr_assert_str_eq(send_next(k, tag + 2, &again), "b");
		cr_assert_not(again);
		cr_assert_eq(unconfirmed_confirm(k, tag, true), 0);
		tag += 2;
		cr_assert_eq(unconfirmed_confirm(k, tag, true), 2);
		tag += i % 3; /* control messages take tags, too */
	}
	cr_assert(resident_kib() < before + 256);
	unconfirmed_free(k);
}

/* What is sent in parts is confirmed when all of them are. */
Test(unconfirmed, a_message_in_parts)
{
	struct unconfirmed *k = unconfirmed_new(1000, NULL);
	struct kept_message m;
	bool again;

	cr_assert(keep(k, "a", 10));
	cr_assert(keep(k, "b", 10));
	cr_assert(unconfirmed_next(k, &m));
	unconfirmed_sent_part(k, 1);
	unconfirmed_sent_part(k, 2);
	unconfirmed_sent(k, 3, &again);
	cr_assert_eq(unconfirmed_confirm(k, 3, false), 0);
	cr_assert_eq(unconfirmed_confirm(k, 1, false), 0);
	cr_assert(unconfirmed_awaits_answer(k));
	cr_assert_eq(unconfirmed_confirm(k, 2, false), 1);
	cr_assert_not(unconfirmed_awaits_answer(k));
	cr_assert(unconfirmed_next(k, &m));
	cr_assert_str_eq(m.message_id, "b");
	unconfirmed_sent_part(k, 4);
	unconfirmed_rewind(k);
	cr_assert(unconfirmed_next(k, &m));
	unconfirmed_sent(k, 1, &again);
	cr_assert_eq(unconfirmed_confirm(k, 1, true), 1, "its parts were of the last connection");
	cr_assert(keep(k, "refused", 10));
	cr_assert(unconfirmed_next(k, &m));
	unconfirmed_sent_part(k, 2);
	unconfirmed_sent(k, 3, &again);
	unconfirmed_refuse(k, 2, false);
	unconfirmed_confirm(k, 3, false);
	cr_assert(unconfirmed_next(k, &m), "all of it again");
	unconfirmed_sent(k, 4, &again);
	cr_assert_eq(unconfirmed_confirm(k, 4, false), 1);
	cr_assert(keep(k, "c", 10));
	cr_assert(unconfirmed_next(k, &m));
	unconfirmed_drop_next(k, &m);
	cr_assert_eq(unconfirmed_count(k), 0);
	cr_assert_not(unconfirmed_next(k, &m));
	unconfirmed_free(k);
}

/* --- message ids --- */

static int64_t clock_ns_now = 1;
#define SECOND INT64_C(1000000000)

static struct sequences_counts note_of(struct sequences_in *s, const char *user,
                                       const char *session, uint64_t sequence, const char *key,
                                       enum sequences_verdict expected)
{
	char id[64];
	struct sequences_counts counts = {.lost = 0};

	snprintf(id, sizeof id, "%s-0-%llu", session, (unsigned long long)sequence);
	cr_assert_eq(sequences_in_note(s,
	                               &(struct sequences_message){id, key, user, clock_ns_now, ""},
	                               &counts),
	             expected, "%s", id);
	return counts;
}

/* A second for each, so that time bounds no gap. */
static int64_t note(struct sequences_in *s, const char *session, uint64_t sequence, const char *key,
                    enum sequences_verdict expected)
{
	clock_ns_now += SECOND;
	return note_of(s, "u", session, sequence, key, expected).lost;
}

#define A "0123456789abcdef"
#define B "fedcba9876543210"

Test(sequences, duplicates_are_told_from_news)
{
	struct sequences_in *s = sequences_in_new();

	cr_assert_eq(note(s, A, 5, "k", SEQUENCES_NEW), 0,
	             "what came before we listened is not lost");
	cr_assert_eq(note(s, A, 6, "k", SEQUENCES_NEW), 0);
	cr_assert_eq(note(s, A, 5, "k", SEQUENCES_DUPLICATE), 0);
	cr_assert_eq(note(s, A, 6, "k", SEQUENCES_DUPLICATE), 0);
	cr_assert_eq(note(s, A, 7, "k", SEQUENCES_NEW), 0);
	cr_assert_eq(note(s, A, 7, "other", SEQUENCES_NEW), 0,
	             "every key has a sequence of its own");
	cr_assert_eq(note(s, B, 7, "k", SEQUENCES_NEW), 0, "every session, too");
	sequences_in_free(s);
}

Test(sequences, gaps_are_lost_until_they_are_filled)
{
	struct sequences_in *s = sequences_in_new();

	note(s, A, 1, "k", SEQUENCES_NEW);
	cr_assert_eq(note(s, A, 5, "k", SEQUENCES_NEW), 3);
	cr_assert_eq(note(s, A, 3, "k", SEQUENCES_NEW), -1);
	cr_assert_eq(note(s, A, 3, "k", SEQUENCES_DUPLICATE), 0);
	cr_assert_eq(note(s, A, 100000, "k", SEQUENCES_NEW), 99994);
	cr_assert_eq(note(s, A, 99999, "k", SEQUENCES_NEW), -1);
	cr_assert_eq(note(s, A, 99999, "k", SEQUENCES_DUPLICATE), 0);
	sequences_in_free(s);
}

/* A reader that is gone without a word held these; the broker gives them to us when it has
 * noticed. */
Test(sequences, what_was_sent_before_the_first_is_news_once)
{
	struct sequences_in *s = sequences_in_new();

	note(s, A, 1001, "k", SEQUENCES_NEW);
	note(s, A, 1002, "k", SEQUENCES_NEW);
	for (unsigned i = 1; i <= 1000; i++) {
		cr_assert_eq(note(s, A, i, "k", SEQUENCES_NEW), 0, "it was never counted as lost");
		cr_assert_eq(note(s, A, i, "k", SEQUENCES_DUPLICATE), 0);
	}
	sequences_in_free(s);
}

/* As many as a publisher keeps at one time may overtake one that the broker refused at first. */
Test(sequences, the_window_is_as_wide_as_what_a_publisher_keeps)
{
	struct sequences_in *s = sequences_in_new();

	note(s, A, 1, "k", SEQUENCES_NEW);
	cr_assert_eq(note(s, A, 3, "k", SEQUENCES_NEW), 1);
	for (unsigned i = 4; i < 65536; i++)
		note(s, A, i, "k", SEQUENCES_NEW);
	cr_assert_eq(note(s, A, 2, "k", SEQUENCES_NEW), -1);
	for (unsigned i = 1; i < 65536; i++)
		note(s, A, i, "k", SEQUENCES_DUPLICATE);
	sequences_in_free(s);
}

/* Older than that: it may have come or not. */
Test(sequences, what_nobody_can_know_is_delivered)
{
	struct sequences_in *s = sequences_in_new();

	note(s, A, 1, "k", SEQUENCES_NEW);
	cr_assert_eq(note(s, A, 65538, "k", SEQUENCES_NEW), 65536);
	cr_assert_eq(note(s, A, 1, "k", SEQUENCES_NEW), 0);
	cr_assert_eq(note(s, A, 65538, "k", SEQUENCES_DUPLICATE), 0);
	sequences_in_free(s);
}

/* Every gap forgets what lay in the window before, at any distance. */
Test(sequences, gaps_of_every_width)
{
	for (unsigned gap = 0; gap < 70000; gap += gap < 66 ? 1 : 9973) {
		struct sequences_in *s = sequences_in_new();
		uint64_t newest = 65536 + 37;

		for (uint64_t i = 1; i <= newest; i++)
			note(s, A, i, "k", SEQUENCES_NEW);
		cr_assert_eq(note(s, A, newest + gap + 1, "k", SEQUENCES_NEW), gap);
		for (unsigned i = 1; i <= gap && i <= 65535; i++)
			cr_assert_eq(note(s, A, newest + gap + 1 - i, "k", SEQUENCES_NEW), -1,
			             "%u of %u", i, gap);
		if (gap < 65535)
			note(s, A, newest, "k", SEQUENCES_DUPLICATE);
		sequences_in_free(s);
	}
}

Test(sequences, a_forged_leap_does_not_spoil_the_count)
{
	struct sequences_in *s = sequences_in_new();

	note(s, A, 1, "k", SEQUENCES_NEW);
	cr_assert_eq(note(s, A, UINT64_MAX - 1, "k", SEQUENCES_NEW), 0);
	cr_assert_eq(note(s, A, 2, "k", SEQUENCES_NEW), 0, "who really speaks is still heard");
	cr_assert_eq(note(s, A, 2, "k", SEQUENCES_DUPLICATE), 0);
	note(s, A, 1u << 31, "k", SEQUENCES_NEW);
	cr_assert_eq(note(s, A, 3, "k", SEQUENCES_NEW), 0, "after a smaller one, too");
	sequences_in_free(s);
}

Test(sequences, ids_of_others_are_never_duplicates)
{
	static const char *const ids[] = {"",
	                                  "x",
	                                  "0123456789abcdef-",
	                                  "0123456789abcdef-1",
	                                  "0123456789abcdef-1-",
	                                  "0123456789abcdef--1",
	                                  "0123456789abcdef-1-0",
	                                  "0123456789abcdef-1-1x",
	                                  "0123456789abcdef-x-1",
	                                  "0123456789ABCDEF-0-1",
	                                  "0123456789abcdef_0-1",
	                                  "550e8400-e29b-41d4-a716-446655440000"};
	struct sequences_in *s = sequences_in_new();
	struct sequences_counts counts = {.lost = 0};

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		const struct sequences_message m = {ids[i], "k", "u", 1, ""};

		cr_assert_eq(sequences_in_note(s, &m, &counts), SEQUENCES_NEW);
		cr_assert_eq(sequences_in_note(s, &m, &counts), SEQUENCES_NEW, "%s", ids[i]);
	}
	cr_assert_eq(counts.lost, 0);
	sequences_in_free(s);
}

Test(sequences, a_flood_of_sessions_is_bounded)
{
	struct sequences_in *s = sequences_in_new();
	char session[17];

	note(s, A, 1, "k", SEQUENCES_NEW);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(session, sizeof session, "%016x", i);
		note(s, session, 1, "k", SEQUENCES_NEW);
		note(s, session, 1, "k", SEQUENCES_DUPLICATE);
		cr_assert_eq(note(s, A, 3 + 2 * i, "k", SEQUENCES_NEW), 1,
		             "who speaks is not forgotten");
	}
	sequences_in_free(s);
}

Test(sequences, the_sequence_of_a_key_counts_from_one)
{
	struct sequences_out *ids = sequences_out_new();
	struct sequences_in *s = sequences_in_new();
	char id[SEQUENCES_ID_SIZE];

	sequences_out_next(ids, "k", id);
	cr_assert(strncmp(id, bus_run(), 16) == 0);
	cr_assert_str_eq(id + 16, "-0-1");
	sequences_out_next(ids, "k", id);
	sequences_out_undo(ids, "k");
	sequences_out_next(ids, "other", id);
	cr_assert_str_eq(id + 16, "-1-1", "no two keys of a run have one id");
	sequences_out_next(ids, "k", id);
	cr_assert_str_eq(id + 16, "-0-2");
	cr_assert_eq(sequences_in_note(s, &(struct sequences_message){id, "k", "u", 1, ""},
	                               &(struct sequences_counts){.lost = 0}),
	             SEQUENCES_NEW);
	sequences_in_free(s);
	free(ids);
}

/* --- a message on its way in --- */

static struct incoming in = {.max_message = 1000};
static struct why broken;

static void forget_message(void)
{
	free(in.assembled);
}

static int step_delivery(const char *key)
{
	amqp_basic_deliver_t deliver = {.routing_key = amqp_cstring_bytes(key),
	                                .consumer_tag = amqp_cstring_bytes("2"),
	                                .delivery_tag = 7};
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_METHOD, .channel = LINK_CHANNEL};

	frame.payload.method.id = AMQP_BASIC_DELIVER_METHOD;
	frame.payload.method.decoded = &deliver;
	return incoming_step(&in, &frame, &broken);
}

static amqp_bytes_t sent_by = {1, "u"};

static int step_header(uint64_t size, uint16_t class_id)
{
	amqp_basic_properties_t properties = {._flags = AMQP_BASIC_USER_ID_FLAG,
	                                      .user_id = sent_by};
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_HEADER, .channel = LINK_CHANNEL};

	frame.payload.properties.class_id = class_id;
	frame.payload.properties.body_size = size;
	frame.payload.properties.decoded = &properties;
	return incoming_step(&in, &frame, &broken);
}

static int step_body(const char *part)
{
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_BODY, .channel = LINK_CHANNEL};

	frame.payload.body_fragment = amqp_cstring_bytes(part);
	return incoming_step(&in, &frame, &broken);
}

Test(incoming, a_short_body_in_any_number_of_frames, .fini = forget_message)
{
	static const char *const pieces[][5] = {
		{"abcd"}, {"ab", "cd"}, {"a", "", "bcd"}, {"a", "b", "c", "d"}, {"", "abcd"}};

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		int whole = 0;

		cr_assert_eq(step_delivery("some.key"), 0);
		cr_assert_not(incoming_is_between(&in));
		cr_assert_eq(step_header(4, AMQP_BASIC_CLASS), 0);
		for (size_t k = 0; k < 5 && pieces[i][k]; k++) {
			cr_assert_eq(whole, 0);
			whole = step_body(pieces[i][k]);
		}
		cr_assert_eq(whole, 1, "%zu", i);
		cr_assert(incoming_is_between(&in));
		cr_assert_not(in.discarded);
		cr_assert_eq(in.message.length, 4);
		cr_assert_arr_eq(in.message.body, "abcd", 4);
		cr_assert_str_eq(in.message.key, "some.key");
		cr_assert_str_eq(in.message.user, "u");
		cr_assert_str_eq(in.message.content_type, "");
		cr_assert_eq(in.message.queue, 2);
		cr_assert_eq(in.message.delivery_tag, 7);
	}
}

Test(incoming, a_user_is_called_by_the_whole_name, .fini = forget_message)
{
	static const struct {
		size_t length;
		const char *octets, *user;
	} names[] = {{7, "agent_1", "agent_1"},
	             {9, "agent_1\0x", ""},
	             {8, "agent_1\0", ""},
	             {1, "\0", ""},
	             {0, "", ""}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		sent_by = (amqp_bytes_t){names[i].length, (void *)names[i].octets};
		cr_assert_eq(step_delivery("k"), 0);
		cr_assert_eq(step_header(0, AMQP_BASIC_CLASS), 1);
		cr_expect_str_eq(in.message.user, names[i].user, "%zu", i);
	}
}

Test(incoming, an_empty_body_is_whole_at_once, .fini = forget_message)
{
	cr_assert_eq(step_delivery("k"), 0);
	cr_assert_eq(step_header(0, AMQP_BASIC_CLASS), 1);
	cr_assert_eq(in.message.length, 0);
	cr_assert_not_null(in.message.body);
}

Test(incoming, what_is_too_long_is_discarded_and_nothing_is_allocated, .fini = forget_message)
{
	cr_assert_eq(step_delivery("k"), 0);
	cr_assert_eq(step_header(1001, AMQP_BASIC_CLASS), 0);
	for (unsigned i = 0; i < 1000; i++)
		cr_assert_eq(step_body("x"), 0);
	cr_assert_eq(step_body("x"), 1);
	cr_assert(in.discarded);
	cr_assert_eq(in.message.length, 1001);
	cr_assert_null(in.message.body);
	cr_assert_null(in.assembled);
}

Test(incoming, a_broker_that_breaks_the_protocol_is_told_from_one_that_does_not,
     .fini = forget_message)
{
	cr_assert_eq(step_body("a"), -1, "no message is under way");
	cr_assert_eq(step_header(1, AMQP_BASIC_CLASS), -1);
	cr_assert_eq(step_delivery("k"), 0);
	cr_assert_eq(step_header(4, 10), -1, "the properties are those of another class");
	incoming_reset(&in);
	cr_assert_eq(step_delivery("k"), 0);
	cr_assert_eq(step_delivery("k"), -1);
	cr_assert_eq(step_header(4, AMQP_BASIC_CLASS), 0);
	cr_assert_eq(step_body("abcde"), -1, "more than it had said");
	incoming_reset(&in);
	cr_assert_eq(step_delivery("k"), 0);
	cr_assert_eq(step_header(4, AMQP_BASIC_CLASS), 0);
	cr_assert_eq(step_body("abc"), 0);
	cr_assert_eq(step_body("de"), -1);
}

Test(incoming, deliveries_and_returns_are_for_whom_asked_for_them, .fini = forget_message)
{
	amqp_basic_return_t given_back = {.routing_key = amqp_cstring_bytes("k")};
	amqp_frame_t frame = {.frame_type = AMQP_FRAME_METHOD, .channel = LINK_CHANNEL};

	frame.payload.method.id = AMQP_BASIC_RETURN_METHOD;
	frame.payload.method.decoded = &given_back;
	cr_assert_eq(incoming_step(&in, &frame, &broken), -1);
	in.wants_returns = true;
	cr_assert_eq(incoming_step(&in, &frame, &broken), 0);
	cr_assert_eq(step_header(0, AMQP_BASIC_CLASS), 1);
	cr_assert_eq(step_delivery("k"), -1);
	in.wants_returns = false;
}

/* --- which messages ask to come back --- */

Test(probes, ask_once_a_second_where_somebody_listens)
{
	static struct probes probes;
	const int64_t second = 1000000000, start = 77 * second;
	unsigned asked = 0;

	for (int64_t now = start; now < start + second; now += second / 10)
		cr_assert(probes_ask(&probes, "k", 1, now), "nothing is known yet");
	for (int64_t now = start + second; now < start + 11 * second; now += second / 100)
		asked += probes_ask(&probes, "k", 1, now);
	cr_assert(asked >= 9 && asked <= 11, "%u", asked);
	cr_assert(probes_ask(&probes, "another", 9, start + 11 * second), "each key for itself");
	cr_assert_eq(probes_first(&probes, "k", 1), 1);
	cr_assert_eq(probes_first(&probes, "another one", 7), 9);
	cr_assert_eq(probes_first(&probes, "a third", 7), 0);
}

Test(probes, ask_always_where_nobody_does)
{
	static struct probes probes;
	const int64_t second = 1000000000;
	int64_t now = second;

	for (int i = 0; i < 1000; i++, now += second / 100) {
		cr_assert(probes_ask(&probes, "k", 1, now));
		probes_note_return(&probes, "k", now);
	}
	now += second;
	cr_assert(probes_ask(&probes, "k", 1, now));
	cr_assert_not(probes_ask(&probes, "k", 1, now + second / 2));
	probes_note_return(&probes, "k", now + second / 2);
	cr_assert(probes_ask(&probes, "k", 1, now + second / 2 + 1));
}

/* --- control messages on their way to the publisher --- */

Test(posts, are_bounded_and_keep_their_order)
{
	struct posts posts = {.count = 0};
	char key[16];

	posts_init(&posts);
	cr_assert_null(posts_first(&posts));
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 64; i++) {
			snprintf(key, sizeof key, "k%d", i);
			cr_assert(posts_add(&posts, key, "body", 4));
		}
		cr_assert_not(posts_add(&posts, "k", "body", 4));
		cr_assert_eq(posts_count(&posts), 64);
		for (int i = 0; i < 64; i++) {
			snprintf(key, sizeof key, "k%d", i);
			cr_assert_str_eq(posts_first(&posts)->key, key);
			cr_assert_eq(posts_first(&posts)->length, 4);
			posts_drop_first(&posts);
		}
		cr_assert_null(posts_first(&posts));
	}
}

/* --- settings and URLs --- */

static char *give(struct bus_settings *settings, const char *url)
{
	char *word = strdup(url);

	cr_assert_eq(option_read(&bus_specs[0], settings, word, NULL), 0);
	option_blank(&bus_specs[0], word);
	return word;
}

Test(settings, a_password_leaves_the_command_line_and_stays_out_of_what_is_shown)
{
	static struct bus_settings s = BUS_SETTINGS_DEFAULT;
	char *word = give(&s, "amqps://user:p%40ss%3Aw@broker.example:5673/my%2Fhost");

	cr_assert_str_eq(word, "amqps://user:xxxxxxxxxx@broker.example:5673/my%2Fhost");
	bus_settings_finish(&s);
	const struct bus_node *n = &s.nodes[0];
	cr_assert(n->tls);
	cr_assert_str_eq(n->host, "broker.example");
	cr_assert_eq(n->port, 5673);
	cr_assert_str_eq(n->vhost, "my/host");
	cr_assert_str_eq(n->user, "user");
	cr_assert_str_eq(n->password, "p@ss:w");
	cr_assert_str_eq(n->shown, "amqps://user@broker.example:5673/my%2Fhost");
	free(word);
}

Test(settings, octets_beyond_ascii_are_decoded)
{
	static struct bus_settings s = BUS_SETTINGS_DEFAULT;

	free(give(&s, "amqp://u:p%c3%A9%41@h/%E2%82%ac"));
	bus_settings_finish(&s);
	cr_assert_str_eq(s.nodes[0].password, "p\xc3\xa9"
	                                      "A");
	cr_assert_str_eq(s.nodes[0].vhost, "\xe2\x82\xac");
}

Test(settings, no_path_and_an_empty_path_are_the_virtual_host_slash)
{
	static struct bus_settings s = BUS_SETTINGS_DEFAULT;

	free(give(&s, "amqp://h"));
	free(give(&s, "amqp://h/"));
	bus_settings_finish(&s);
	cr_assert_eq(s.node_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_str_eq(s.nodes[i].vhost, "/");
		cr_assert_eq(s.nodes[i].port, 5672);
		cr_assert_str_eq(s.nodes[i].user, "guest");
	}
	cr_assert_str_eq(s.exchange, "amq.topic");
}

/* kombu: one leading slash goes, the rest is the name. */
Test(settings, virtual_hosts_are_read_as_old_agents_read_them)
{
	static const struct {
		const char *url, *vhost;
	} cases[] = {
		{"amqp://h", "/"},
		{"amqp://h/", "/"},
		{"amqp://h//", "/"},
		{"amqp://h///", "//"},
		{"amqp://h/%2F", "/"},
		{"amqp://h/%2f%2F", "//"},
		{"amqp://h/session05", "session05"},
		{"amqp://h/session05/", "session05/"},
		{"amqp://h//session05", "/session05"},
		{"amqp://h/sess/x", "sess/x"},
		{"amqp://h/sess%2Fx", "sess/x"},
		{"amqp://u:p@h:5673/a:b@c", "a:b@c"},
		{"amqp://h/a%zz%4", "a%zz%4"},
		{"amqp://u:p@h/s1?heartbeat=0&blocked_connection_timeout=2&retry_delay=1", "s1"},
		{"amqp://u:p@h/?heartbeat=0", "/"},
		{"amqp://u:p@h?heartbeat=0", "/"},
	};
	static struct bus_settings s = BUS_SETTINGS_DEFAULT;

	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
		free(give(&s, cases[i].url));
	bus_settings_finish(&s);
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_assert_str_eq(s.nodes[i].vhost, cases[i].vhost, "%s: %s", cases[i].url,
		                 s.nodes[i].vhost);
		cr_assert_str_eq(s.nodes[i].host, "h", "%s: %s", cases[i].url, s.nodes[i].host);
		cr_assert_null(strchr(s.nodes[i].shown, '?'));
	}
}

Test(settings, two_of_them_are_independent)
{
	static struct bus_settings a = BUS_SETTINGS_DEFAULT, b = BUS_SETTINGS_DEFAULT;

	free(give(&a, "amqp://a/x"));
	free(give(&b, "amqp://b/y"));
	free(give(&b, "amqp://c/y"));
	b.exchange = "other";
	bus_settings_finish(&a);
	bus_settings_finish(&b);
	cr_assert_eq(a.node_count, 1);
	cr_assert_str_eq(a.nodes[0].host, "a");
	cr_assert_str_eq(a.exchange, "amq.topic");
	cr_assert_eq(b.node_count, 2);
	cr_assert_str_eq(b.nodes[1].host, "c");
	cr_assert_str_eq(b.exchange, "other");
}

/* As the platform's own help tells people to set it. */
Test(settings, the_platforms_query)
{
	static struct bus_settings s = BUS_SETTINGS_DEFAULT;
	char *word = give(&s, "amqp://u:p@h:5673/x?heartbeat=0&blocked_connection_timeout=2&retry_"
	                      "delay=1&socket_timeout=5&connection_attempts=3");

	cr_assert_null(strstr(word, "heartbeat"));
	bus_settings_finish(&s);
	const struct bus_node *n = &s.nodes[0];
	cr_assert_eq(n->heartbeat, 0);
	cr_assert_eq(n->connect_ms, 5000);
	cr_assert_eq(n->query.retry_delay_ms, 1000);
	cr_assert_eq(s.first_tries, 3);
	cr_assert_str_eq(n->query.passed_over, "blocked_connection_timeout");
	cr_assert_str_eq(n->shown, "amqp://u@h:5673/x");
	cr_assert_str_eq(n->vhost, "x");
	cr_assert_str_eq(n->password, "p");
	free(word);
}

Test(settings, a_query_is_each_urls_own_and_options_beat_it)
{
	static struct bus_settings s = BUS_SETTINGS_DEFAULT, optioned = BUS_SETTINGS_DEFAULT;

	free(give(&s, "AMQPS://a?heartbeat=7&connection_timeout=1500&cacertfile=%2Fdev/%6eull"));
	free(give(&s, "Amqp://b/?retry_delay=0.25&password=a:b&connection_attempts=4"));
	bus_settings_finish(&s);
	cr_assert(s.nodes[0].tls && !s.nodes[1].tls);
	cr_assert_eq(s.nodes[0].heartbeat, 7);
	cr_assert_eq(s.nodes[0].connect_ms, 1500);
	cr_assert_str_eq(s.nodes[0].cacert, "/dev/null");
	cr_assert_eq(s.nodes[1].heartbeat, 10);
	cr_assert_eq(s.nodes[1].connect_ms, 10000);
	cr_assert_eq(s.nodes[1].query.retry_delay_ms, 250);
	cr_assert_eq(s.first_tries, 0, "the first URL bounds nothing");
	cr_assert_str_eq(s.nodes[1].shown, "amqp://b/");
	free(give(&optioned, "amqp://h?heartbeat=7&connection_attempts=2&connection_timeout=0"));
	optioned.heartbeat = (struct bus_number){true, 0};
	optioned.retries = (struct bus_number){true, 5};
	bus_settings_finish(&optioned);
	cr_assert_eq(optioned.nodes[0].heartbeat, 0);
	cr_assert_eq(optioned.nodes[0].connect_ms, 10000);
	cr_assert_eq(optioned.first_tries, 0);
	cr_assert_eq(optioned.retries.value, 5);
}

Test(settings, an_at_in_a_file_name_is_no_login)
{
	static struct bus_settings s = BUS_SETTINGS_DEFAULT;

	free(give(&s, "amqps://user:word@h/?cacertfile=/dev/../dev/null&verify=verify_peer&"
	              "frame_max=4096&keyfile=/tmp/a@b"));
	s.cert = s.key = "/dev/null";
	bus_settings_finish(&s);
	cr_assert_str_eq(s.nodes[0].shown, "amqps://user@h/");
	cr_assert_str_eq(s.nodes[0].password, "word");
	cr_assert_str_eq(s.nodes[0].key, "/dev/null");
	cr_assert_str_eq(s.nodes[0].query.passed_over, "frame_max");
}

static unsigned count_of(const char *text, const char *words)
{
	unsigned n = 0;

	for (; (text = strstr(text, words)); text++)
		n++;
	return n;
}

static void read_stderr(char *out, size_t size)
{
	FILE *f = cr_get_redirected_stderr();

	fflush(stderr);
	close(STDERR_FILENO);
	out[fread(out, 1, size - 1, f)] = '\0';
}

Test(settings, what_is_shown_of_a_login)
{
	static const struct {
		const char *url, *shown;
	} cases[] = {
		{"amqp://u:pw@h:1/v", "amqp://u@h:1/v"},
		{"amqp://u@h:1/v", "amqp://u@h:1/v"},
		{"amqp://u%3Apw@h/v", "amqp://...@h/v"},
		{"amqp://u%40d:pw@h/v", "amqp://...@h/v"},
		{"amqp://:pw@h/v", "amqp://@h/v"},
		{"amqp://u:p%40w@h?password=pw", "amqp://u@h"},
		{"amqp://h/v", "amqp://h/v"},
	};
	static struct bus_settings s = BUS_SETTINGS_DEFAULT;

	cr_redirect_stderr();
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *word = give(&s, cases[i].url);

		cr_expect_null(strstr(word, "pw"), "%s", word);
		free(word);
	}
	bus_settings_finish(&s);
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_str_eq(s.nodes[i].shown, cases[i].shown, "%s", s.nodes[i].shown);
}

Test(settings, a_password_in_the_clear_is_warned_of_once)
{
	static const struct {
		const char *urls[3];
		unsigned warnings;
	} cases[] = {
		{{"amqp://u:pw@h/"}, 1},
		{{"amqp://u:pw@10.0.0.1/", "amqp://u:pw@10.0.0.2/"}, 1},
		{{"amqps://u:pw@h/", "amqp://u:pw@h/"}, 1},
		{{"amqp://u:pw@localhost.example/"}, 1},
		{{"amqp://u:pw@[2001:db8::1]/"}, 1},
		{{"amqp://u:pw@LocalHost/", "amqp://u:pw@127.9.9.9/", "amqp://u:pw@[::1]/"}, 0},
		{{"amqps://u:pw@h/"}, 0},
		{{"amqp://h/"}, 0},
	};
	static struct bus_settings all[sizeof cases / sizeof cases[0]];
	static char out[4096];
	unsigned warnings = 0;

	cr_redirect_stderr();
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (unsigned k = 0; k < 3 && cases[i].urls[k]; k++)
			free(give(&all[i], cases[i].urls[k]));
		bus_settings_finish(&all[i]);
		warnings += cases[i].warnings;
	}
	read_stderr(out, sizeof out);
	cr_expect_eq(count_of(out, "the password goes through the network"), warnings, "%s", out);
	cr_expect_null(strstr(out, "pw"), "%s", out);
}

Test(settings, files_that_everybody_can_read_are_warned_of_once)
{
	static struct bus_settings s = BUS_SETTINGS_DEFAULT, closed = BUS_SETTINGS_DEFAULT;
	static char out[4096];
	char path[] = "/tmp/test_bus.XXXXXX";
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, "word\n", 5) == 5);
	cr_redirect_stderr();
	cr_assert_eq(fchmod(fd, 0604), 0);
	free(give(&s, "amqps://u@h/"));
	free(give(&s, "amqps://u@k/"));
	s.password_file = s.cert = s.key = path;
	bus_settings_finish(&s);
	cr_assert_eq(fchmod(fd, 0660), 0);
	free(give(&closed, "amqps://u@h/"));
	closed.password_file = closed.cert = closed.key = path;
	bus_settings_finish(&closed);
	unlink(path);
	read_stderr(out, sizeof out);
	cr_expect_eq(count_of(out, "--password-file /tmp/test_bus"), 1, "%s", out);
	cr_expect_eq(count_of(out, "--key /tmp/test_bus"), 1, "%s", out);
	cr_expect_eq(count_of(out, "everybody on this machine can read it"), 2, "%s", out);
}

#define REFUSED(name, url)                                                                         \
	Test(settings, refuses_##name, .exit_code = 2)                                             \
	{                                                                                          \
		static struct bus_settings s = BUS_SETTINGS_DEFAULT;                               \
		free(give(&s, url));                                                               \
		bus_settings_finish(&s);                                                           \
	}

REFUSED(another_scheme, "http://h/")
REFUSED(no_scheme, "h:5672")
REFUSED(a_second_colon_in_the_login, "amqp://a:b:c@h/")
REFUSED(port_zero, "amqp://h:0/")
REFUSED(port_too_high, "amqp://h:70000/")
REFUSED(a_fragment, "amqp://h#x")
REFUSED(a_slash_in_the_password, "amqp://u:1/2@h/")
REFUSED(a_heartbeat_that_is_no_number, "amqp://h/?heartbeat=soon")
REFUSED(a_negative_time, "amqp://h/?retry_delay=-1")
REFUSED(no_attempt_at_all, "amqp://h/?connection_attempts=0")
REFUSED(half_a_second_of_milliseconds, "amqp://h/?connection_timeout=0.5")
REFUSED(a_broker_that_is_not_verified, "amqps://h/?verify=verify_none")
REFUSED(a_ca_without_tls, "amqp://h/?cacertfile=/dev/null")
REFUSED(a_certificate_without_its_key, "amqps://h/?certfile=/dev/null")
REFUSED(a_ca_that_is_not_there, "amqps://h/?cacertfile=/nowhere/ca.pem")
REFUSED(half_a_password, "amqp://user:pass?word@h/")
REFUSED(a_nul, "amqp://h/a%00b")
REFUSED(a_blank_at_the_end, "amqp://h/v ")
REFUSED(a_line_end, "amqp://h/\r")
REFUSED(a_blank_behind_the_query, "amqp://h/v?x=1 ")
REFUSED(an_ipv6_address_without_brackets, "amqp://::1/")
REFUSED(another_with_a_login, "amqp://u:p@fd00::1/v")

/* --- kept messages on disk --- */

static char spool_directory[] = "/tmp/framebus-spool-XXXXXX";
static struct spool_settings spool_settings = SPOOL_SETTINGS_DEFAULT;

static void make_spool_directory(void)
{
	cr_assert_not_null(mkdtemp(spool_directory));
	spool_settings.directory = spool_directory;
}

static struct store *open_spool(void)
{
	struct store *s = NULL;
	struct why why;

	cr_assert_eq(spool_open(&s, &spool_settings, "a", &why), 0, "%s", why.text);
	cr_assert_not_null(s);
	return s;
}

static void check_spool_refused(const char *reason)
{
	struct store *s = NULL;
	struct why why;

	cr_assert_eq(spool_open(&s, &spool_settings, "a", &why), -1);
	cr_assert_null(s);
	cr_assert_not_null(strstr(why.text, reason), "%s", why.text);
	cr_assert_not_null(strstr(why.text, spool_directory), "%s", why.text);
}

static void remove_spool_directory(void)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/framebus.a.spool%s", spool_directory, endings[i]);
		unlink(path);
	}
	rmdir(spool_directory);
}

static uint64_t store(struct store *s, const char *id, size_t length)
{
	static uint8_t body[100000];
	struct kept_message m = {.key = "k",
	                         .content_type = "t",
	                         .message_id = id,
	                         .body = body,
	                         .length = length,
	                         .timestamp = 7};
	uint64_t number = 0;

	memset(body, id[0], sizeof body);
	return s->add(s, &m, &number) == STORE_STORED ? number : 0;
}

Test(spool, gives_back_what_an_earlier_run_left, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	struct store *s = open_spool();
	struct kept_message m;
	uint64_t number;

	cr_assert_eq(s->count, 0);
	uint64_t a = store(s, "a", 100), b = store(s, "b", 0), c = store(s, "c", 5);
	cr_assert(a && b > a && c > b);
	s->remove(s, a, 100);
	s->close(s);

	s = open_spool();
	cr_assert_eq(s->count, 2);
	cr_assert(s->next(s, 0, &m, &number));
	cr_assert_eq(number, b);
	cr_assert_str_eq(m.message_id, "b");
	cr_assert_eq(m.length, 0);
	cr_assert(s->next(s, b, &m, &number));
	cr_assert_str_eq(m.key, "k");
	cr_assert_str_eq(m.content_type, "t");
	cr_assert_eq(m.timestamp, 7);
	cr_assert_eq(m.length, 5);
	cr_assert_arr_eq(m.body, "ccccc", 5);
	cr_assert_not(s->next(s, c, &m, &number));
	cr_assert_gt(store(s, "d", 1), c, "numbers are never used again");
	s->close(s);
}

Test(spool, a_crash_loses_nothing_that_was_committed, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	pid_t child = fork();

	if (child == 0) {
		struct store *s = open_spool();
		store(s, "a", 100);
		s->work(s, true);
		_exit(0); /* no close */
	}
	waitpid(child, NULL, 0);
	struct store *s = open_spool();
	cr_assert_eq(s->count, 1);
	s->close(s);
}

Test(spool, stops_at_its_bound_and_goes_on_when_there_is_room, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	spool_settings.megabytes = 1;
	struct store *s = open_spool();
	uint64_t first = store(s, "a", 100000), taken = 1;

	while (store(s, "b", 100000))
		taken++;
	cr_assert_eq(taken, 9);
	s->remove(s, first, 100000 + 5);
	cr_assert_neq(store(s, "c", 100000), 0);
	s->close(s);
}

Test(spool, a_second_tool_of_the_name_is_refused, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	struct store *s = open_spool();

	check_spool_refused("in use by another");
	s->close(s);
}

Test(spool, what_is_no_spool_is_refused, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	char path[128];

	snprintf(path, sizeof path, "%s/framebus.a.spool", spool_directory);
	FILE *f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("not a database ", f);
	fclose(f);
	check_spool_refused("not a spool");
}

Test(spool, a_folder_that_cannot_be_made_is_refused)
{
	struct store *s = NULL;
	struct why why;

	spool_settings.directory = "/proc/no/such/folder";
	cr_assert_eq(spool_open(&s, &spool_settings, "a", &why), -1);
	cr_assert_not_null(strstr(why.text, "--spool /proc/no/such/folder"), "%s", why.text);
	spool_settings.directory = NULL;
	cr_assert_eq(spool_open(&s, &spool_settings, "a", &why), 0, "no spool was asked for");
	cr_assert_null(s);
}

Test(spool, a_confirmed_message_leaves_it, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	struct store *s = open_spool();
	struct unconfirmed *k = unconfirmed_new(1000, s);
	struct kept_message m = {.key = "k",
	                         .content_type = "t",
	                         .message_id = "a",
	                         .body = (const uint8_t *)"x",
	                         .length = 1};
	uint64_t number;
	bool again;

	cr_assert_eq(s->add(s, &m, &m.stored), STORE_STORED);
	cr_assert(unconfirmed_add(k, &m));
	send_next(k, 1, &again);
	cr_assert(s->next(s, 0, &m, &number));
	unconfirmed_confirm(k, 1, false);
	cr_assert_not(s->next(s, 0, &m, &number));
	unconfirmed_free(k);
	s->close(s);
}
