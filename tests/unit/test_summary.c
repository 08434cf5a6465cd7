/* What a tool says of itself: statistics for people, the line at its end, what it waits for. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/progress.h"
#include "base/stats.h"
#include "base/stats_internal.h"
#include "base/summary.h"
#include "base/text.h"

static const char *said(void)
{
	static char out[4096];
	FILE *f = cr_get_redirected_stderr();

	fflush(stderr);
	close(STDERR_FILENO);
	out[fread(out, 1, sizeof out - 1, f)] = '\0';
	return out;
}

static void begin(void)
{
	cr_redirect_stderr();
	log_open("tool");
}

static struct counter line[] = {{"passed", 1204}, {"dropped_no_room", 0}};
static struct counter probe[] = {{"fcs_bad", 2}, {"dropped_by_surprise", 0}};
static struct counter output[] = {{"written", 1204}, {"left_over", 0}, {"delay_max_us", 0}};
static const struct summary_part parts[] = {
	{"output", "written", "frame", "frames", 1},
	{"probe", "fcs_bad", "with a bad FCS", "with a bad FCS", 0},
	{.section = NULL},
};

static void register_all(void)
{
	stats_register("line", line, 2);
	stats_register("probe", probe, 2);
	stats_register("output", output, 3);
	summary_of(parts);
}

/* The line without what it says of the time. */
static void expect_line(const char *words)
{
	summary_say();
	summary_say();
	const char *out = said();
	cr_assert(strncmp(out, words, strlen(words)) == 0, "%s", out);
	cr_assert_str_eq(out + strlen(words), ", 0.0 s\n", "%s", out);
}

Test(summary, nothing_was_lost)
{
	begin();
	register_all();
	expect_line("tool: 1 204 frames, 0 dropped, 2 with a bad FCS");
}

/* The first of them has had no reader: what crossed is in the others. */
Test(summary, of_several_outputs_the_one_with_the_most_counts)
{
	static struct counter second[] = {{"written", 1204}, {"left_over", 0}};
	static struct counter third[] = {{"written", 1200}, {"left_over", 4}};

	begin();
	register_all();
	stats_register("output_2", second, 2);
	stats_register("output_3", third, 2);
	stats_set(&probe[0], 0);
	stats_set(&output[0], 0);
	stats_set(&output[1], 1204);
	expect_line("tool: 1 204 frames, 1 204 not written (the output had ended) in output, "
	            "4 not written (the output had ended) in output_3");
}

Test(summary, another_cause_stands_in_the_place_of_the_usual_one)
{
	static struct counter second[] = {{"written", 1204}, {"left_over", 5}};
	static struct counter third[] = {{"written", 1200}, {"left_over", 4}};

	begin();
	register_all();
	stats_register("output_2", second, 2);
	stats_register("output_3", third, 2);
	stats_set(&probe[0], 0);
	stats_set(&output[1], 1204);
	summary_because("output_2", "left_over", "the disk was full");
	summary_because("output", "left_over", "the quota was used up");
	summary_because("line", "no_such_counter", "nothing");
	expect_line("tool: 1 204 frames, 1 204 not written (the quota was used up) in output, "
	            "5 not written (the disk was full) in output_2, "
	            "4 not written (the output had ended) in output_3");
}

Test(summary, losses_are_named)
{
	begin();
	register_all();
	stats_set(&output[0], 1);
	stats_set(&probe[0], 0);
	stats_set(&line[1], 17245);
	expect_line("tool: 1 frame, 17 245 dropped (what follows did not keep up)");
}

Test(summary, no_loss_is_forgotten)
{
	begin();
	register_all();
	stats_set(&probe[1], 3);
	stats_set(&output[1], 4);
	summary_leave_out("output", "left_over");
	expect_line("tool: 1 204 frames, 3 dropped (by surprise), 2 with a bad FCS");
}

Test(summary, one_message_is_one_message)
{
	static struct counter bus[] = {{"unroutable", 1}, {"refused", 2}};

	begin();
	stats_register("bus_uplink", bus, 2);
	expect_line("tool: 1 message came back (nobody listened), 2 messages refused by the "
	            "broker");
}

Test(summary, one_way_to_lose_is_one_number)
{
	static struct counter live[] = {{"unroutable", 8}}, kept[] = {{"unroutable", 23}};

	begin();
	stats_register("bus_uplink", live, 1);
	stats_register("bus_kept_uplink", kept, 1);
	expect_line("tool: 31 messages came back (nobody listened)");
}

/* A publisher, and what is said of it: three packets were taken, none has left. */
static void expect_unsent(uint64_t connections, uint64_t pending, const char *words)
{
	static struct counter bus[] = {{"packets", 3}, {"pending", 0}, {"connections", 0}};
	static const struct summary_part of_bus[] = {
		{"bus_uplink", "packets", "packet published", "packets published", 1},
		{"bus_uplink", "pending", "message not confirmed", "messages not confirmed", 0},
		{.section = NULL},
	};

	begin();
	stats_set(&bus[1], pending);
	stats_set(&bus[2], connections);
	stats_register("bus_uplink", bus, 3);
	summary_of(of_bus);
	expect_line(words);
}

Test(summary, what_was_never_sent_is_not_published)
{
	expect_unsent(0, 3,
	              "tool: 0 packets published, 0 dropped, 3 messages not sent (no connection)");
}

Test(summary, one_message_that_was_never_sent)
{
	expect_unsent(0, 1,
	              "tool: 0 packets published, 0 dropped, 1 message not sent (no connection)");
}

Test(summary, what_was_sent_waits_for_its_confirm)
{
	expect_unsent(1, 2, "tool: 3 packets published, 0 dropped, 2 messages not confirmed");
}

Test(summary, quiet_is_quiet)
{
	begin();
	register_all();
	log_less();
	summary_say();
	progress_say("nobody hears this");
	cr_assert_str_eq(said(), "");
}

Test(summary, for_wireshark_losses_alone_are_said)
{
	begin();
	register_all();
	progress_off();
	progress_say("nobody hears this");
	summary_say();
	cr_assert_str_eq(said(), "");
}

Test(stats_text, a_line_a_section_without_what_is_0)
{
	static struct counter later[] = {{"files", 7}};

	begin();
	register_all();
	stats_register("empty", &(struct counter){"none", 0}, 1);
	stats_register("line", later, 1);
	stats_report(STATS_TEXT);
	cr_assert_str_eq(said(), "tool: statistics after 0.0 s:\n  line: passed 1 204, files 7\n"
	                         "  probe: fcs_bad 2\n  output: written 1 204\n");
}

Test(stats_text, nothing_yet)
{
	begin();
	stats_report(STATS_TEXT);
	cr_assert_str_eq(said(), "tool: statistics after 0.0 s: nothing yet\n");
}

Test(stats_kinds, losses_and_levels_are_told_apart)
{
	static const struct {
		const char *section, *name;
		enum stats_kind kind;
		const char *words;
	} cases[] = {
		{"uplink", "read", STATS_COUNT, ""},
		{"uplink", "dropped_ack", STATS_COUNT, ""},
		{"uplink", "dropped_no_broker", STATS_LOSS,
	         "dropped (no connection to the broker)"},
		{"any", "rejected_new_thing", STATS_LOSS, "rejected (new thing)"},
		{"bus_downlink", "lost_on_bus", STATS_LOSS,
	         "messages lost on the bus (a queue was full)"},
		{"bus_uplink", "pending", STATS_LEVEL, ""},
		{"downlink", "delay_p50_us", STATS_LEVEL, ""},
		{"bus_uplink", "disconnected_ms", STATS_LEVEL, ""},
		{"capture", "rejected_cut", STATS_LOSS, "left out (captured in part only)"},
		{"slip", "overlong", STATS_LOSS, "dropped (over the length limit)"},
		{"sensniff", "overlong", STATS_LOSS, "dropped (over the length limit)"},
		{"nrf_sniffer", "malformed", STATS_LOSS, "dropped (damaged lines)"},
		{"spinel_2", "hdlc_bad_fcs", STATS_LOSS, "dropped (damaged HDLC) in spinel_2"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char words[STATS_WORDS_SIZE] = "";

		cr_expect_eq(stats_kind_of(cases[i].section, cases[i].name, words), cases[i].kind,
		             "%s.%s", cases[i].section, cases[i].name);
		cr_expect_str_eq(words, cases[i].words);
	}
}

Test(text, numbers_have_blanks)
{
	char out[TEXT_NUMBER_SIZE];

	cr_expect_str_eq(text_number(out, 0), "0");
	cr_expect_str_eq(text_number(out, 999), "999");
	cr_expect_str_eq(text_number(out, 1000), "1 000");
	cr_expect_str_eq(text_number(out, 12345678), "12 345 678");
	cr_expect_str_eq(text_number(out, UINT64_MAX), "18 446 744 073 709 551 615");
}

Test(progress, what_does_not_come_is_said_once)
{
	static struct progress_wait one, other;

	begin();
	progress_begin_wait(&one, 0, "%s waits", "first");
	progress_begin_wait(&one, 0, "it waits");
	progress_begin_wait(&other, 100000, "not for long enough");
	progress_look();
	progress_begin_wait(&one, 0, "again");
	progress_look();
	progress_begin_wait(&other, 0, "has come");
	progress_end_wait(&other);
	progress_look();
	cr_assert_str_eq(said(), "tool: it waits\n");
}

/* --- parts --- */

static void say_lines(void *words, struct text *t)
{
	text_add(t, "%s", (const char *)words);
}

static void say_member(void *words, struct text *t)
{
	text_add(t, ",\"part\":\"%s\"", (const char *)words);
}

static void register_part(const char *words, size_t size)
{
	const struct stats_part part = {say_lines, say_member, (void *)words, size};

	stats_register_part(&part);
}

Test(stats, a_part_comes_behind_the_counters)
{
	begin();
	register_all();
	register_part("  part: one\n", 64);
	stats_report(STATS_TEXT);
	stats_report(STATS_JSON);
	const char *out = said();
	cr_assert(strstr(out, "written 1 204\n  part: one\n"), "%s", out);
	cr_assert(strstr(out, "\"output.delay_max_us\":0,\"part\":\"  part: one\n\"}\n"), "%s",
	          out);
}

Test(stats, a_part_that_has_nothing_to_say_adds_nothing)
{
	static char all[4096];

	begin();
	register_all();
	register_part("", 64);
	stats_report(STATS_TEXT);
	snprintf(all, sizeof all, "%s", said());
	cr_assert(strstr(all, "written 1 204\n") && strlen(strstr(all, "written 1 204\n")) == 14,
	          "%s", all);
}

/* The object stays whole. */
Test(stats, a_part_longer_than_its_room_is_left_out)
{
	begin();
	register_all();
	register_part("a line that is too long\n", 16);
	register_part("short", 32);
	stats_report(STATS_JSON);
	const char *out = said();
	cr_assert(strstr(out, "\"output.delay_max_us\":0,\"part\":\"short\"}\n"), "%s", out);
}

/* Longer than all counters may be, and in one piece. */
Test(stats, a_long_part)
{
	static char words[3000];

	begin();
	register_all();
	memset(words, 'x', sizeof words - 1);
	register_part(words, 65536);
	stats_report(STATS_JSON);
	const char *out = said();
	cr_assert(strstr(out, words) && strcmp(out + strlen(out) - 4, "x\"}\n") == 0, "%s", out);
}
