/* amqp-route's pure parts: who is linked, data_slip cut out, copies by the time at which they are
 * due; and of the bus room what is acknowledged when, and the headers of routers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bin/amqp-route/links.h"
#include "../../bin/amqp-route/slip_cut.h"
#include "../../bin/amqp-route/waiting.h"
#include "bus/deliveries.h"
#include "bus/routed.h"

static struct why why;

/* --- links --- */

static struct links *new_links(bool all)
{
	static const struct impair_settings none;

	return links_new(all, &none, NULL, &why);
}

static bool reaches(const struct links *l, const char *from, const char *to)
{
	int a = links_find(l, from), b = links_find(l, to);

	return a >= 0 && b >= 0 && links_reach(l, (unsigned)a, (unsigned)b);
}

Test(links, each_with_each_other)
{
	struct links *l = new_links(false);

	cr_assert_eq(links_add_lines(l, " a,b,c \n# none\n\nc,d # x\r\n", &why), 0, "%s", why.text);
	cr_expect_eq(l->count, 4);
	cr_expect(reaches(l, "a", "c") && reaches(l, "c", "a") && reaches(l, "d", "c"));
	cr_expect(!reaches(l, "a", "d") && !reaches(l, "a", "a") && !reaches(l, "a", "z"));
	links_free(l);
}

Test(links, every_place_of_a_mistake)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"a,b\na,a", "line 2: 'a': stands twice"},
		{"\n\nx", "line 3: 'x' alone"},
		{"a,b\nc,b,a", "line 2: 'b' and 'a': are in a link"},
		{",a", "line 1: has an empty name"},
		{"a,b.c", "line 1: 'b.c': a name"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct links *l = new_links(false);

		cr_expect_eq(links_add_lines(l, cases[i].text, &why), -1, "%s", cases[i].text);
		cr_expect(strstr(why.text, cases[i].words), "%s: %s", cases[i].text, why.text);
		links_free(l);
	}
}

Test(links, no_more_than_there_is_room_for)
{
	struct links *l = new_links(true);
	char name[16];

	for (int i = 0; i < LINKS_AGENTS_MAX; i++) {
		snprintf(name, sizeof name, "n%d", i);
		cr_expect_eq(links_meet(l, name), i);
	}
	cr_expect_eq(links_meet(l, "one_more"), LINKS_NONE);
	cr_expect_eq(links_meet(l, "n3"), 3);
	links_free(l);
}

/* --- data_slip --- */

/* Every beginning of a body, in memory of its own length: nothing is read past its end. */
Test(slip_cut, every_cut)
{
	static const char body[] =
		"{\"a\": [1, {\"data_slip\": \"]\\\"\"}], \"data_slip\": [1, 2], \"b\": null}";
	struct slip_cut cut;

	for (size_t n = 0; n < sizeof body; n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, body, n);
		bool found = slip_cut_find(&cut, copy, n);
		cr_expect_eq(found,
		             n >= strlen("{\"a\": [1, {\"data_slip\": \"]\\\"\"}], \"data_slip\": "
		                         "[1, 2]"),
		             "%zu", n);
		cr_expect(!found || (cut.from < cut.to && cut.to <= n));
		free(copy);
	}
}

/* --- what waits --- */

Test(waiting, by_time_then_in_order)
{
	static const int due[] = {5, 1, 3, 1, 9, 3, 1, 0, 7};
	struct waiting w = {.count = 0};
	int64_t at, last = -1;
	uint64_t last_entry = 0;

	for (unsigned i = 0; i < sizeof due / sizeof *due; i++) {
		struct forward f = {"k",         "t",       "",
		                    "v",         "",        .body = (const uint8_t *)"body",
		                    .length = 4, .entry = i};
		cr_assert(waiting_add(&w, &f, due[i]));
	}
	for (unsigned i = 0; i < sizeof due / sizeof *due; i++) {
		const struct forward *f = waiting_first(&w, &at);

		cr_expect(at > last || (at == last && f->entry > last_entry));
		cr_expect_eq(memcmp(f->body, "body", f->length), 0);
		last = at;
		last_entry = f->entry;
		waiting_remove_first(&w);
	}
	cr_expect_null(waiting_first(&w, &at));
	cr_expect_eq(w.octets, 0);
	waiting_free(&w);
}

/* --- what is acknowledged --- */

Test(deliveries, nothing_before_what_is_not_done)
{
	struct deliveries d = {.ring = NULL};

	cr_assert_eq(deliveries_init(&d), 0);
	/* Between them are tags of what is not acknowledged. */
	for (uint64_t tag = 2; tag <= 20; tag += 3)
		cr_assert(deliveries_note(&d, tag));
	deliveries_done(&d, 5);
	deliveries_done(&d, 6);
	cr_expect_eq(deliveries_take(&d), 0);
	deliveries_done(&d, 2);
	cr_expect_eq(deliveries_due(&d), 2);
	cr_expect_eq(deliveries_take(&d), 5);
	cr_expect_eq(deliveries_take(&d), 0);
	for (uint64_t tag = 20; tag > 5; tag--)
		deliveries_done(&d, tag);
	cr_expect_eq(deliveries_take(&d), 20);
	for (unsigned i = 0; i < DELIVERIES_MAX; i++)
		cr_assert(deliveries_note(&d, 100 + i));
	cr_expect(!deliveries_note(&d, 1000000));
	deliveries_reset(&d);
	cr_expect_eq(deliveries_take(&d), 0);
	free(d.ring);
}

/* --- headers --- */

Test(routed, every_cut_of_a_table)
{
	/* framebus_via "a b", a table, framebus_dropped 7 */
	static const char table[] = "\014framebus_viaS\0\0\0\003a b\001tF\0\0\0\002xx"
				    "\020framebus_droppedl\0\0\0\0\0\0\0\007";
	struct routed r;

	for (size_t n = 0; n < sizeof table; n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, table, n);
		routed_read(&r, (amqp_bytes_t){n, copy});
		cr_expect_str_eq(r.via, n >= 21 ? "a b" : "", "%zu", n);
		cr_expect_eq(r.dropped, n == sizeof table - 1 ? 7u : 0u, "%zu", n);
		free(copy);
	}
}

Test(routed, what_is_no_number_or_no_text)
{
	static const struct {
		char octets[16];
		size_t n;
		uint64_t dropped;
	} values[] = {{"b\377", 2, 0}, {"B\377", 2, 255}, {"I\0\0\1\0", 5, 256},
	              {"t\1", 2, 0},   {"V", 1, 0},       {"D\0\0\0\0\1", 6, 0},
	              {"?", 1, 0}};
	struct routed r;

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		char table[64] = "\020framebus_dropped";

		memcpy(table + 17, values[i].octets, values[i].n);
		routed_read(&r, (amqp_bytes_t){17 + values[i].n, table});
		cr_expect_eq(r.dropped, values[i].dropped, "%c", values[i].octets[0]);
	}
}

/* --- what is done to a direction --- */

static const struct impair_settings *way(const struct links *l, const char *from, const char *to)
{
	return &l->ways[links_find(l, from)][links_find(l, to)];
}

Test(links, settings_of_a_link_and_of_its_directions)
{
	struct links *l = new_links(false);

	cr_assert_eq(links_add_lines(l,
	                             "a,b,c loss=5 delay=20\n"
	                             "a>b loss=1 # of one\n"
	                             "*>c drop=2 only='udp and ip6[6] == 17'\n"
	                             "a>* \"delay=7\"\n",
	                             &why),
	             0, "%s", why.text);
	cr_expect(way(l, "a", "b")->loss == 1 && way(l, "a", "b")->delay == 7);
	cr_expect(way(l, "b", "a")->loss == 5 && way(l, "b", "a")->delay == 20);
	cr_expect(way(l, "a", "c")->drop == 2 && way(l, "a", "c")->loss == 5);
	cr_expect_not_null(way(l, "b", "c")->only);
	cr_expect_eq(way(l, "b", "c")->only, way(l, "a", "c")->only);
	cr_expect_null(way(l, "b", "a")->only);
	links_free(l);
}

Test(links, equal_is_what_does_the_same)
{
	static const struct {
		const char *text;
		bool equal;
	} cases[] = {
		{"a,b loss=1\na>b only=type=data # another comment\n\nc,d", true},
		{"a,b\na>b loss=1 only=type=data\nb>a loss=1\nc,d", true},
		{"a,b loss=1\na>b only=type=ack\nc,d", false},
		{"a,b loss=2\na>b only=type=data\nc,d", false},
		{"a,b loss=1 skip=1 drop=1\na>b only=type=data\nc,d", false},
		{"a,b loss=1\na>b only=type=data\nc,e", false},
		{"a,b loss=1\na>b only=type=data\nc,d\na,c", false},
		{"a,b loss=1\na>b only=type=data", false},
	};
	struct links *l = new_links(false);

	cr_assert_eq(links_add_lines(l, "a,b loss=1\na>b only=type=data\nc,d", &why), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct links *other = new_links(false);

		cr_assert_eq(links_add_lines(other, cases[i].text, &why), 0, "%s", why.text);
		cr_expect_eq(links_equal(l, other), cases[i].equal, "%s", cases[i].text);
		links_free(other);
	}
	links_free(l);
}

/* A line with a mistake says nothing, also of the directions for which it would be right. */
Test(links, a_mistake_changes_nothing)
{
	static const char *const lines[] = {"a>b loss=3 skip=1 nonsense=1", "*>* burst=2",
	                                    "a>* loss=3 only='no filter'"};
	struct links *l = new_links(false);

	cr_assert_eq(links_add_lines(l, "a,b,c loss=5\na>c loss=90", &why), 0);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		/* The second fits all but a>c, whose loss is too much for such bursts. */
		cr_expect_eq(links_add(l, lines[i], &why), -1, "%s", lines[i]);
		cr_expect(way(l, "a", "b")->loss == 5 && !way(l, "a", "b")->skip &&
		          way(l, "a", "b")->burst <= 0);
	}
	links_free(l);
}

Test(links, what_is_no_setting)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"a>z loss=1", "'z': is in no link"},
		{"a>c loss=1", "'a' and 'c': are in no link together"},
		{"a>a loss=1", "are in no link together"},
		{"a>b loss", "'loss': must be NAME=VALUE"},
		{"a>b loss=x", "loss='x': must be a number"},
		{"a>b only='tcp", "a quote (') that does not end"},
		{"a>b only='no filter'", "as a filter of frames: "},
		{"a>b burst=3", "it needs loss"},
		{"a>b burst=9e9 loss=1", "from 1 to 1000000"},
		{"a>b ", "says nothing of this direction"},
		{"e,f lss=1", "'lss': must be one of"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct links *l = new_links(false);

		cr_assert_eq(links_add_lines(l, "a,b\nc,d", &why), 0);
		cr_expect_eq(links_add(l, cases[i].text, &why), -1, "%s", cases[i].text);
		cr_expect(strstr(why.text, cases[i].words), "%s: %s", cases[i].text, why.text);
		links_free(l);
	}
}
