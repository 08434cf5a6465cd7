/* The parts of the broker session that need no broker: unconfirmed messages, message ids, URLs. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include "bus/bus_internal.h"
#include "bus/bus_spool.h"

/* --- unconfirmed messages --- */

static bool keep(struct bus_kept *k, const char *id, size_t length)
{
	static uint8_t body[4096];
	struct bus_kept_message m = {
		.key = "k", .content_type = "t", .message_id = id, .body = body, .length = length};

	memset(body, id[0], sizeof body);
	return bus_kept_add(k, &m);
}

/* Sends the next message as tag; returns its id, or "" where none is waiting. */
static const char *send_next(struct bus_kept *k, uint64_t tag, bool *again)
{
	struct bus_kept_message m;

	if (!bus_kept_next(k, &m))
		return "";
	bus_kept_sent(k, tag, again);
	return m.message_id;
}

Test(kept, goes_out_in_order_and_is_forgotten_when_confirmed)
{
	struct bus_kept *k = bus_kept_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 10) && keep(k, "b", 10) && keep(k, "c", 10));
	cr_assert_str_eq(send_next(k, 1, &again), "a");
	cr_assert_str_eq(send_next(k, 2, &again), "b");
	cr_assert_str_eq(send_next(k, 3, &again), "c");
	cr_assert_not(again);
	cr_assert_str_eq(send_next(k, 4, &again), "");
	cr_assert_eq(bus_kept_confirm(k, 2, false), 1);
	cr_assert_eq(bus_kept_confirm(k, 2, false), 0, "a tag confirms once");
	cr_assert_eq(bus_kept_count(k), 2);
	cr_assert_eq(bus_kept_confirm(k, 3, true), 2, "multiple: all up to the tag");
	cr_assert_eq(bus_kept_count(k), 0);
	bus_kept_free(k);
}

Test(kept, tags_of_other_messages_are_nobodys)
{
	struct bus_kept *k = bus_kept_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 1) && keep(k, "b", 1));
	send_next(k, 2, &again); /* tag 1 was a control message */
	send_next(k, 4, &again); /* tag 3, too */
	cr_assert_eq(bus_kept_confirm(k, 1, false), 0);
	cr_assert_eq(bus_kept_confirm(k, 0, true), 0);
	cr_assert_eq(bus_kept_confirm(k, 3, true), 1);
	cr_assert_eq(bus_kept_confirm(k, 99, true), 1,
	             "a control message behind the last one closes all before it");
	bus_kept_free(k);
}

Test(kept, what_was_not_confirmed_is_sent_again_in_order)
{
	struct bus_kept *k = bus_kept_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 1) && keep(k, "b", 1) && keep(k, "c", 1));
	send_next(k, 1, &again);
	send_next(k, 2, &again);
	bus_kept_confirm(k, 1, false);
	bus_kept_rewind(k);
	cr_assert_eq(bus_kept_confirm(k, 2, false), 0, "tags of the last connection mean nothing");
	cr_assert_str_eq(send_next(k, 1, &again), "b");
	cr_assert(again);
	cr_assert_str_eq(send_next(k, 2, &again), "c");
	cr_assert_not(again);
	cr_assert_eq(bus_kept_confirm(k, 2, true), 2);
	bus_kept_free(k);
}

Test(kept, what_the_broker_refused_is_sent_again)
{
	struct bus_kept *k = bus_kept_new(1000, NULL);
	bool again;

	cr_assert(keep(k, "a", 1) && keep(k, "b", 1));
	send_next(k, 1, &again);
	send_next(k, 2, &again);
	cr_assert_eq(bus_kept_refuse(k, 1, false), 1);
	cr_assert_eq(bus_kept_count(k), 2);
	cr_assert_str_eq(send_next(k, 3, &again), "a");
	cr_assert(again);
	cr_assert_eq(bus_kept_confirm(k, 3, true), 2);
	bus_kept_free(k);
}

Test(kept, never_exceeds_its_bound_and_never_loses_what_it_took)
{
	struct bus_kept *k = bus_kept_new(1000, NULL);
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
				cr_assert_eq(bus_kept_confirm(k, to, true), to - confirmed,
				             "seed 20261123, step %d", step);
				confirmed = to;
			}
		}
		cr_assert_eq(bus_kept_count(k), added - confirmed);
	}
	cr_assert_gt(added, 1000);
	bus_kept_free(k);
}

Test(kept, a_body_survives_the_ring)
{
	struct bus_kept *k = bus_kept_new(100, NULL);
	struct bus_kept_message m;
	bool again;

	for (uint64_t tag = 1; tag < 100; tag++) {
		char id[2] = {(char)('a' + tag % 26), 0};
		cr_assert(keep(k, id, 40));
		cr_assert(bus_kept_next(k, &m));
		cr_assert_eq(m.length, 40);
		for (size_t i = 0; i < m.length; i++)
			cr_assert_eq(m.body[i], id[0]);
		bus_kept_sent(k, tag, &again);
		if (tag > 1)
			cr_assert_eq(bus_kept_confirm(k, tag - 1, false), 1);
	}
	bus_kept_free(k);
}

Test(kept, refuses_what_can_never_fit)
{
	struct bus_kept *k = bus_kept_new(100, NULL);

	cr_assert_not(keep(k, "a", 100));
	cr_assert(keep(k, "b", 90));
	cr_assert_not(keep(k, "c", 90));
	bus_kept_free(k);
}

/* --- message ids --- */

static int64_t note(struct bus_seen *s, const char *session, uint64_t sequence, const char *key,
                    enum bus_arrival expected)
{
	char id[64];
	int64_t lost = 0;

	snprintf(id, sizeof id, "%s-%llu", session, (unsigned long long)sequence);
	cr_assert_eq(bus_seen_note(s, id, key, &lost), expected, "%s", id);
	return lost;
}

#define A "0123456789abcdef"
#define B "fedcba9876543210"

Test(streams, duplicates_are_told_from_news)
{
	struct bus_seen *s = bus_seen_new();

	cr_assert_eq(note(s, A, 5, "k", BUS_NEW), 0, "what came before we listened is not lost");
	cr_assert_eq(note(s, A, 6, "k", BUS_NEW), 0);
	cr_assert_eq(note(s, A, 5, "k", BUS_DUPLICATE), 0);
	cr_assert_eq(note(s, A, 6, "k", BUS_DUPLICATE), 0);
	cr_assert_eq(note(s, A, 7, "k", BUS_NEW), 0);
	cr_assert_eq(note(s, A, 7, "other", BUS_NEW), 0, "every key has a sequence of its own");
	cr_assert_eq(note(s, B, 7, "k", BUS_NEW), 0, "every session, too");
	bus_seen_free(s);
}

Test(streams, gaps_are_lost_until_they_are_filled)
{
	struct bus_seen *s = bus_seen_new();

	note(s, A, 1, "k", BUS_NEW);
	cr_assert_eq(note(s, A, 5, "k", BUS_NEW), 3);
	cr_assert_eq(note(s, A, 3, "k", BUS_NEW), -1);
	cr_assert_eq(note(s, A, 3, "k", BUS_DUPLICATE), 0);
	cr_assert_eq(note(s, A, 100000, "k", BUS_NEW), 99994);
	cr_assert_eq(note(s, A, 99999, "k", BUS_NEW), -1);
	cr_assert_eq(note(s, A, 99999, "k", BUS_DUPLICATE), 0);
	bus_seen_free(s);
}

/* A reader that is gone without a word held these; the broker gives them to us when it has noticed.
 */
Test(streams, what_was_sent_before_the_first_is_news_once)
{
	struct bus_seen *s = bus_seen_new();

	note(s, A, 1001, "k", BUS_NEW);
	note(s, A, 1002, "k", BUS_NEW);
	for (unsigned i = 1; i <= 1000; i++) {
		cr_assert_eq(note(s, A, i, "k", BUS_NEW), 0, "it was never counted as lost");
		cr_assert_eq(note(s, A, i, "k", BUS_DUPLICATE), 0);
	}
	bus_seen_free(s);
}

/* As many as a publisher keeps at one time may overtake one that the broker refused at first. */
Test(streams, the_window_is_as_wide_as_what_a_publisher_keeps)
{
	struct bus_seen *s = bus_seen_new();

	note(s, A, 1, "k", BUS_NEW);
	cr_assert_eq(note(s, A, 3, "k", BUS_NEW), 1);
	for (unsigned i = 4; i < 65536; i++)
		note(s, A, i, "k", BUS_NEW);
	cr_assert_eq(note(s, A, 2, "k", BUS_NEW), -1);
	for (unsigned i = 1; i < 65536; i++)
		note(s, A, i, "k", BUS_DUPLICATE);
	bus_seen_free(s);
}

/* Older than that: it may have come or not. */
Test(streams, what_nobody_can_know_is_delivered)
{
	struct bus_seen *s = bus_seen_new();

	note(s, A, 1, "k", BUS_NEW);
	cr_assert_eq(note(s, A, 65538, "k", BUS_NEW), 65536);
	cr_assert_eq(note(s, A, 1, "k", BUS_NEW), 0);
	cr_assert_eq(note(s, A, 65538, "k", BUS_DUPLICATE), 0);
	bus_seen_free(s);
}

/* Every gap forgets what lay in the window before, at any distance. */
Test(streams, gaps_of_every_width)
{
	for (unsigned gap = 0; gap < 70000; gap += gap < 66 ? 1 : 9973) {
		struct bus_seen *s = bus_seen_new();
		uint64_t newest = 65536 + 37;

		for (uint64_t i = 1; i <= newest; i++)
			note(s, A, i, "k", BUS_NEW);
		cr_assert_eq(note(s, A, newest + gap + 1, "k", BUS_NEW), gap);
		for (unsigned i = 1; i <= gap && i <= 65535; i++)
			cr_assert_eq(note(s, A, newest + gap + 1 - i, "k", BUS_NEW), -1, "%u of %u",
			             i, gap);
		if (gap < 65535)
			note(s, A, newest, "k", BUS_DUPLICATE);
		bus_seen_free(s);
	}
}

Test(streams, a_forged_leap_does_not_spoil_the_count)
{
	struct bus_seen *s = bus_seen_new();

	note(s, A, 1, "k", BUS_NEW);
	cr_assert_eq(note(s, A, UINT64_MAX - 1, "k", BUS_NEW), 0);
	cr_assert_eq(note(s, A, 2, "k", BUS_NEW), 0, "who really speaks is still heard");
	cr_assert_eq(note(s, A, 2, "k", BUS_DUPLICATE), 0);
	note(s, A, 1u << 31, "k", BUS_NEW);
	cr_assert_eq(note(s, A, 3, "k", BUS_NEW), 0, "after a smaller one, too");
	bus_seen_free(s);
}

Test(streams, ids_of_others_are_never_duplicates)
{
	static const char *const ids[] = {"",
	                                  "x",
	                                  "0123456789abcdef-",
	                                  "0123456789abcdef-0",
	                                  "0123456789abcdef-1x",
	                                  "0123456789ABCDEF-1",
	                                  "0123456789abcdef_1",
	                                  "550e8400-e29b-41d4-a716-446655440000"};
	struct bus_seen *s = bus_seen_new();
	int64_t lost = 0;

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		cr_assert_eq(bus_seen_note(s, ids[i], "k", &lost), BUS_NEW);
		cr_assert_eq(bus_seen_note(s, ids[i], "k", &lost), BUS_NEW, "%s", ids[i]);
	}
	cr_assert_eq(lost, 0);
	bus_seen_free(s);
}

Test(streams, a_flood_of_sessions_is_bounded)
{
	struct bus_seen *s = bus_seen_new();
	char session[17];

	note(s, A, 1, "k", BUS_NEW);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(session, sizeof session, "%016x", i);
		note(s, session, 1, "k", BUS_NEW);
		note(s, session, 1, "k", BUS_DUPLICATE);
		cr_assert_eq(note(s, A, 3 + 2 * i, "k", BUS_NEW), 1, "who speaks is not forgotten");
	}
	bus_seen_free(s);
}

Test(streams, the_sequence_of_a_key_counts_from_one)
{
	struct bus_ids *ids = bus_ids_new();
	struct bus_seen *s = bus_seen_new();
	char id[64];
	int64_t lost = 0;

	bus_ids_next(ids, "k", id);
	cr_assert(strncmp(id, bus_session(), 16) == 0);
	cr_assert_str_eq(id + 16, "-1");
	bus_ids_next(ids, "k", id);
	bus_ids_undo(ids, "k");
	bus_ids_next(ids, "other", id);
	cr_assert_str_eq(id + 16, "-1");
	bus_ids_next(ids, "k", id);
	cr_assert_str_eq(id + 16, "-2");
	cr_assert_eq(bus_seen_note(s, id, "k", &lost), BUS_NEW);
	bus_seen_free(s);
	free(ids);
}

/* --- URLs --- */

static char *give(const struct option_spec *spec, const char *url)
{
	char *word = strdup(url);

	cr_assert_eq(option_read(spec, &bus_options, word, NULL), 0);
	option_blank(spec, word);
	return word;
}

Test(options, a_password_leaves_the_command_line_and_stays_out_of_what_is_shown)
{
	struct option_spec spec = bus_specs[0];
	char *word = give(&spec, "amqps://user:p%40ss%3Aw@broker.example:5673/my%2Fhost");

	cr_assert_str_eq(word, "amqps://user:xxxxxxxxxx@broker.example:5673/my%2Fhost");
	bus_options_finish();
	const struct bus_node *n = bus_node(0);
	cr_assert(n->tls);
	cr_assert_str_eq(n->host, "broker.example");
	cr_assert_eq(n->port, 5673);
	cr_assert_str_eq(n->vhost, "my/host");
	cr_assert_str_eq(n->user, "user");
	cr_assert_str_eq(n->password, "p@ss:w");
	cr_assert_str_eq(n->shown, "amqps://user@broker.example:5673/my%2Fhost");
	free(word);
}

Test(options, octets_beyond_ascii_are_decoded)
{
	struct option_spec spec = bus_specs[0];

	free(give(&spec, "amqp://u:p%c3%A9%41@h/%E2%82%ac"));
	bus_options_finish();
	cr_assert_str_eq(bus_node(0)->password, "p\xc3\xa9"
	                                        "A");
	cr_assert_str_eq(bus_node(0)->vhost, "\xe2\x82\xac");
}

Test(options, no_path_and_an_empty_path_are_the_virtual_host_slash)
{
	struct option_spec spec = bus_specs[0];

	free(give(&spec, "amqp://h"));
	free(give(&spec, "amqp://h/"));
	bus_options_finish();
	cr_assert_eq(bus_node_count(), 2);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_str_eq(bus_node(i)->vhost, "/");
		cr_assert_eq(bus_node(i)->port, 5672);
		cr_assert_str_eq(bus_node(i)->user, "guest");
	}
	cr_assert_str_eq(bus_options.exchange, "amq.topic");
}

#define REFUSED(name, url)                                                                         \
	Test(options, refuses_##name, .exit_code = 2)                                              \
	{                                                                                          \
		struct option_spec spec = bus_specs[0];                                            \
		free(give(&spec, url));                                                            \
		bus_options_finish();                                                              \
	}

REFUSED(another_scheme, "http://h/")
REFUSED(no_scheme, "h:5672")
REFUSED(a_second_colon_in_the_login, "amqp://a:b:c@h/")
REFUSED(port_zero, "amqp://h:0/")
REFUSED(port_too_high, "amqp://h:70000/")
REFUSED(a_query, "amqp://h/x?heartbeat=1")
REFUSED(a_nul, "amqp://h/a%00b")

/* --- kept messages on disk --- */

static char spool_directory[] = "/tmp/framebus-spool-XXXXXX";

static void make_spool_directory(void)
{
	cr_assert_not_null(mkdtemp(spool_directory));
	bus_spool_options.directory = spool_directory;
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

static uint64_t store(struct bus_store *s, const char *id, size_t length)
{
	static uint8_t body[100000];
	struct bus_kept_message m = {.key = "k",
	                             .content_type = "t",
	                             .message_id = id,
	                             .body = body,
	                             .length = length,
	                             .timestamp = 7};
	uint64_t number = 0;

	memset(body, id[0], sizeof body);
	return s->add(s, &m, &number) == BUS_STORE_TAKEN ? number : 0;
}

Test(spool, gives_back_what_an_earlier_run_left, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	struct bus_store *s = bus_spool_open("a");
	struct bus_kept_message m;
	uint64_t number;

	cr_assert_eq(s->count, 0);
	uint64_t a = store(s, "a", 100), b = store(s, "b", 0), c = store(s, "c", 5);
	cr_assert(a && b > a && c > b);
	s->remove(s, a, 100);
	s->close(s);

	s = bus_spool_open("a");
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
		struct bus_store *s = bus_spool_open("a");
		store(s, "a", 100);
		s->work(s, true);
		_exit(0); /* no close */
	}
	waitpid(child, NULL, 0);
	struct bus_store *s = bus_spool_open("a");
	cr_assert_eq(s->count, 1);
	s->close(s);
}

Test(spool, stops_at_its_bound_and_goes_on_when_there_is_room, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	bus_spool_options.megabytes = 1;
	struct bus_store *s = bus_spool_open("a");
	uint64_t first = store(s, "a", 100000), taken = 1;

	while (store(s, "b", 100000))
		taken++;
	cr_assert_eq(taken, 9);
	s->remove(s, first, 100000 + 5);
	cr_assert_neq(store(s, "c", 100000), 0);
	s->close(s);
}

Test(spool, a_second_tool_of_the_name_is_refused, .init = make_spool_directory, .exit_code = 1)
{
	struct bus_store *s = bus_spool_open("a");
	pid_t child = fork();
	int status;

	if (child == 0) {
		bus_spool_open("a");
		_exit(0);
	}
	waitpid(child, &status, 0);
	s->close(s);
	remove_spool_directory();
	exit(WEXITSTATUS(status));
}

Test(spool, what_is_no_spool_is_refused, .init = make_spool_directory, .exit_code = 1)
{
	char path[128];

	snprintf(path, sizeof path, "%s/framebus.a.spool", spool_directory);
	FILE *f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("not a database ", f);
	fclose(f);
	atexit(remove_spool_directory);
	bus_spool_open("a");
}

Test(spool, a_confirmed_message_leaves_it, .init = make_spool_directory,
     .fini = remove_spool_directory)
{
	struct bus_store *s = bus_spool_open("a");
	struct bus_kept *k = bus_kept_new(1000, s);
	struct bus_kept_message m = {.key = "k",
	                             .content_type = "t",
	                             .message_id = "a",
	                             .body = (const uint8_t *)"x",
	                             .length = 1};
	uint64_t number;
	bool again;

	cr_assert_eq(s->add(s, &m, &m.stored), BUS_STORE_TAKEN);
	cr_assert(bus_kept_add(k, &m));
	send_next(k, 1, &again);
	cr_assert(s->next(s, 0, &m, &number));
	bus_kept_confirm(k, 1, false);
	cr_assert_not(s->next(s, 0, &m, &number));
	bus_kept_free(k);
	s->close(s);
}
