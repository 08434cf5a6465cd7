/* bin/common/probe: outbox and sender: order, giving way, age, answers, and ports that take what
 * they like. TEST_SEED=N repeats a run. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "probe/probe.h"
#include "probe/sender.h"

static const int64_t AGE_NS = OUTBOX_AGE_MS * INT64_C(1000000);

static struct outbox box;
static uint8_t out[PROBE_FRAME_MAX];

static void put(uint8_t number, int64_t now, unsigned gives_way)
{
	uint8_t frame[3] = {number, 0xc0, number};

	cr_assert_eq(outbox_put(&box, frame, sizeof frame, now), gives_way);
}

static void expect(uint8_t number, int64_t now, unsigned too_old)
{
	unsigned left_out;
	int64_t since;

	cr_assert_eq(outbox_take(&box, out, &since, now, &left_out), 3);
	cr_assert_eq(left_out, too_old);
	cr_assert_arr_eq(out, ((uint8_t[]){number, 0xc0, number}), 3);
}

Test(outbox, frames_come_out_in_order)
{
	unsigned too_old;
	int64_t since;

	outbox_init(&box);
	put(1, 0, 0);
	put(2, 0, 0);
	expect(1, 0, 0);
	expect(2, 0, 0);
	cr_assert_eq(outbox_take(&box, out, &since, 0, &too_old), 0);
}

Test(outbox, the_oldest_gives_way)
{
	outbox_init(&box);
	for (unsigned i = 0; i < OUTBOX_FRAMES; i++)
		put((uint8_t)i, 0, 0);
	put(200, 0, 1);
	put(201, 0, 1);
	cr_assert_eq(box.count, OUTBOX_FRAMES);
	expect(2, 0, 0);
}

Test(outbox, what_has_waited_too_long_is_left_out)
{
	outbox_init(&box);
	put(1, 0, 0);
	put(2, 1, 0);
	expect(2, AGE_NS + 1, 1);
	cr_assert_eq(box.count, 0);
}

/* put = taken + given way + too old + still there. */
Test(outbox, nothing_is_lost_uncounted)
{
	const char *given = getenv("TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
	uint64_t in = 0, taken = 0, gone = 0;
	int64_t now = 0, since;

	cr_log_info("TEST_SEED=%u", seed);
	srand(seed);
	outbox_init(&box);
	for (unsigned step = 0; step < 50000; step++) {
		unsigned too_old = 0;

		now += rand() % 50000000;
		if (rand() % 2) {
			in++;
			gone += outbox_put(&box, (const uint8_t[]){(uint8_t)in}, 1, now);
		} else {
			taken += outbox_take(&box, out, &since, now, &too_old) > 0;
			gone += too_old;
		}
		cr_assert_eq(in, taken + gone + box.count, "seed %u step %u", seed, step);
	}
}

/* --- the sender, with a firmware --- */

static struct sender sender;
static struct firmware_line line;

static void start(const char *firmware)
{
	const struct firmware_config config = {
		.channel = -1, .active = true, .max_frame = FIRMWARE_FRAME_MAX};
	unsigned number = 0;

	while (strcmp(firmware_names[number], firmware) != 0)
		number++;
	firmware_line_init(&line, firmware_at(number), &config);
	cr_assert_eq(sender_open(&sender, "downlink", NULL), 0);
}

static uint64_t counter(const char *name)
{
	for (unsigned i = 0; i < SENDER_COUNTERS; i++)
		if (strcmp(sender.counters[i].name, name) == 0)
			return stats_get(&sender.counters[i]);
	cr_assert_fail("no counter %s", name);
	return 0;
}

static void send(uint8_t number)
{
	sender_put(&sender, (const uint8_t[]){number, 0xc0, number}, 3);
}

static void write_all(void)
{
	line.out_length = 0;
	sender_written(&sender, &line);
}

Test(sender, frames_go_out_encoded_one_after_the_other)
{
	int64_t now = monotonic_ns();

	start("raw");
	send(1);
	send(2);
	for (uint8_t number = 1; number < 3; number++) {
		sender_feed(&sender, &line, now);
		cr_assert_eq(line.out_length, 6);
		cr_assert_arr_eq(line.out, ((uint8_t[]){0xc0, number, 0xdb, 0xdc, number, 0xc0}),
		                 6);
		sender_feed(&sender, &line, now);
		cr_assert_eq(line.out_length, 6, "what is there goes first");
		write_all();
	}
	cr_assert(counter("delivered") == 2 && counter("waiting") == 0);
}

Test(sender, a_frame_that_is_partly_on_the_line_is_finished_and_another_one_is_taken_back)
{
	int64_t now = monotonic_ns(), late = now + 2 * AGE_NS;

	start("raw");
	send(1);
	sender_feed(&sender, &line, now);
	line.out_length = 2;
	sender_written(&sender, &line);
	sender_take_back(&sender, &line, late);
	cr_assert_eq(line.out_length, 2);
	write_all();
	send(2);
	sender_feed(&sender, &line, now);
	sender_take_back(&sender, &line, now);
	cr_assert_eq(line.out_length, 6);
	sender_take_back(&sender, &line, late);
	cr_assert_eq(line.out_length, 0);
	cr_assert(counter("delivered") == 1 && counter("dropped_too_old") == 1 &&
	          counter("waiting") == 0);
}

Test(sender, an_answer_is_waited_for_and_counted_by_what_it_says)
{
	static const struct {
		enum firmware_outcome outcome;
		const char *counter;
	} cases[] = {
		{FIRMWARE_SENT, "delivered"},
		{FIRMWARE_NO_ACK, "dropped_no_ack"},
		{FIRMWARE_CHANNEL_BUSY, "dropped_channel_busy"},
		{FIRMWARE_REFUSED, "dropped_refused"},
	};
	int64_t now = monotonic_ns();

	start("serial-radio");
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		send(1);
		sender_feed(&sender, &line, now);
		cr_assert_gt(line.out_length, 0);
		write_all();
		cr_assert(counter("waiting") == 1 && sender_fd(&sender, &line) == -1);
		send(2);
		sender_feed(&sender, &line, now);
		cr_assert_eq(line.out_length, 0, "one at a time");
		sender_answered(&sender, &line, cases[i].outcome);
		cr_assert_eq(counter(cases[i].counter), 1, "%s", cases[i].counter);
		sender_feed(&sender, &line, now);
		write_all();
		sender_gone(&sender, &line);
		sender_back(&sender);
	}
	cr_assert(counter("dropped_port_gone") == 4 && counter("waiting") == 0);
}

Test(sender, an_answer_that_never_comes_is_given_up_and_told_once)
{
	int64_t now = monotonic_ns();

	start("serial-radio");
	for (unsigned i = 1; i <= 2; i++) {
		line.words[0] = '\0';
		send(1);
		sender_feed(&sender, &line, now);
		write_all();
		int64_t due = sender_tick(&sender, &line, now);
		cr_assert(due > now && due < INT64_MAX);
		cr_assert_eq(sender_tick(&sender, &line, due), INT64_MAX);
		cr_assert(counter("dropped_no_answer") == i && counter("waiting") == 0);
		cr_assert_eq(line.words[0] != '\0', i == 1);
		cr_assert(firmware_may_send(&line));
	}
}

Test(sender, a_port_that_is_gone_takes_nothing_and_all_is_counted)
{
	start("raw");
	send(1);
	send(2);
	sender_feed(&sender, &line, monotonic_ns());
	sender_gone(&sender, &line);
	send(3);
	cr_assert(counter("dropped_port_gone") == 3 && counter("waiting") == 0);
	sender_back(&sender);
	send(4);
	sender_count_rest(&sender);
	cr_assert(counter("dropped_at_end") == 1 && counter("waiting") == 0);
}

Test(sender, the_longest_frame_of_the_worst_octets_fits)
{
	static const char *const names[] = {"raw", "serial-radio"};
	uint8_t frame[PROBE_FRAME_MAX];

	memset(frame, 0xdb, sizeof frame);
	for (unsigned i = 0; i < 2; i++) {
		start(names[i]);
		sender_put(&sender, frame, line.firmware->longest);
		sender_feed(&sender, &line, monotonic_ns());
		cr_assert_geq(line.out_length, 2 * line.firmware->longest + 2);
		sender_gone(&sender, &line);
		sender_back(&sender);
	}
}

/* --- pace --- */

enum { MS = 1000000 };

Test(sender, a_pace_is_kept_and_waited_for)
{
	int64_t now = monotonic_ns();

	start("raw");
	sender.pace_ns = 20 * MS;
	send(1);
	send(2);
	sender_feed(&sender, &line, now);
	write_all();
	cr_assert_eq(counter("delivered"), 1);
	sender_feed(&sender, &line, now + 20 * MS - 1);
	cr_assert_eq(line.out_length, 0);
	cr_assert_eq(sender_tick(&sender, &line, now + 20 * MS - 1), now + 20 * MS);
	sender_feed(&sender, &line, now + 20 * MS);
	cr_assert_eq(line.out_length, 6);
	write_all();
	cr_assert_eq(sender_tick(&sender, &line, now + 20 * MS), INT64_MAX, "nothing waits");
	send(3);
	sender_feed(&sender, &line, now + 400 * MS);
	cr_assert_eq(line.out_length, 6, "a pause is no credit, and costs nothing");
	write_all();
	cr_assert(counter("delivered") == 3 && counter("waiting") == 0);
}

/* An answer is waited for beside it. */
Test(sender, a_pace_and_answers)
{
	int64_t now = monotonic_ns();

	start("serial-radio");
	sender.pace_ns = 20 * MS;
	send(1);
	send(2);
	sender_feed(&sender, &line, now);
	write_all();
	sender_feed(&sender, &line, now + 30 * MS);
	cr_assert_eq(line.out_length, 0, "no answer yet");
	sender_answered(&sender, &line, FIRMWARE_SENT);
	sender_feed(&sender, &line, now + 10 * MS);
	cr_assert_eq(line.out_length, 0, "too early");
	sender_feed(&sender, &line, now + 20 * MS);
	cr_assert_gt(line.out_length, 0);
}

Test(sender, what_waits_for_its_pace_grows_old)
{
	int64_t now = monotonic_ns();

	start("raw");
	sender.pace_ns = 1000 * MS;
	for (uint8_t i = 0; i < 5; i++)
		send(i);
	sender_feed(&sender, &line, now);
	write_all();
	sender_feed(&sender, &line, now + 2 * AGE_NS);
	cr_assert(counter("delivered") == 1 && counter("dropped_too_old") == 4 &&
	          counter("waiting") == 0);
}

/* --- who wants to know what was sent --- */

static unsigned told;

static void note_sent(void *context, const struct probe_frame *f)
{
	cr_assert_eq(context, &told);
	cr_assert(f->length == 3 && f->mac[1] == 0xc0 && f->time_ns > 0 && !f->has_channel);
	told = told * 10 + f->mac[0];
}

Test(sender, what_was_sent_is_told)
{
	static const enum firmware_outcome outcomes[] = {FIRMWARE_SENT, FIRMWARE_NO_ACK,
	                                                 FIRMWARE_CHANNEL_BUSY, FIRMWARE_REFUSED};
	int64_t now = monotonic_ns();

	start("serial-radio");
	sender.sent = note_sent;
	sender.context = &told;
	for (uint8_t i = 0; i < 4; i++) {
		send((uint8_t)(i + 1));
		sender_feed(&sender, &line, now);
		write_all();
		sender_answered(&sender, &line, outcomes[i]);
		sender_answered(&sender, &line, outcomes[i]);
	}
	send(5);
	sender_feed(&sender, &line, now);
	sender_gone(&sender, &line);
	cr_assert_eq(told, 12, "%u", told);
}
