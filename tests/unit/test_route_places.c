/* amqp-route --all: whose place is given away when all are taken. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "../../bin/amqp-route/route.h"

#define SECOND INT64_C(1000000000)

static struct places p;

/* From here on so many of this user, heard of a second after one another. */
static unsigned add(unsigned from, unsigned n, const char *user)
{
	for (unsigned i = from; i < from + n; i++) {
		p.list[i].heard_ns = (i + 1) * SECOND;
		snprintf(p.list[i].user, sizeof p.list[i].user, "%s", user);
	}
	return from + n;
}

Test(places, of_one_user_the_one_that_is_silent)
{
	unsigned n = add(0, LINKS_AGENTS_MAX, "");

	cr_expect_eq(places_choose(&p, n, "", 10 * SECOND), LINKS_NONE);
	cr_expect_eq(places_choose(&p, n, "", 11 * SECOND), 0);
	p.list[0].heard_ns = 100 * SECOND;
	cr_expect_eq(places_choose(&p, n, "", 20 * SECOND), 1);
}

Test(places, of_the_user_who_has_most_at_once)
{
	unsigned n = add(0, 20, "lab");

	n = add(n, 40, "flood");
	cr_expect_eq(places_choose(&p, n, "lab", 1), 20);
	cr_expect_eq(places_choose(&p, n, "new", 1), 20);
	/* The flood's own give way to more of it, and only when they are silent. */
	cr_expect_eq(places_choose(&p, n, "flood", 22 * SECOND), LINKS_NONE);
	cr_expect_eq(places_choose(&p, n, "flood", 1000 * SECOND), 20);
}

Test(places, a_flood_takes_no_more_than_as_many)
{
	static const char *const users[] = {"a", "b", "flood"};
	unsigned n = add(0, LINKS_AGENTS_MAX / 2, "a");

	n = add(n, LINKS_AGENTS_MAX / 2, "b");
	for (unsigned i = 0; i < 1000; i++) {
		int at = places_choose(&p, n, "flood", 1);

		if (at != LINKS_NONE)
			add((unsigned)at, 1, "flood");
	}
	for (unsigned u = 0; u < 3; u++) {
		unsigned count = 0;

		for (unsigned i = 0; i < n; i++)
			count += strcmp(p.list[i].user, users[u]) == 0;
		cr_expect(count >= LINKS_AGENTS_MAX / 3 - 1 && count <= LINKS_AGENTS_MAX / 3 + 1,
		          "%s: %u", users[u], count);
	}
}

Test(places, those_that_are_named_keep_theirs)
{
	unsigned n = add(0, 3, "");

	p.named = 2;
	cr_expect_eq(places_choose(&p, n, "", 1000 * SECOND), 2);
	p.named = 3;
	cr_expect_eq(places_choose(&p, n, "", 1000 * SECOND), LINKS_NONE);
	cr_expect_eq(places_choose(&p, n, "x", 1000 * SECOND), LINKS_NONE);
}

Test(places, one_of_each_user)
{
	char user[16];
	unsigned n = 0;

	while (n < LINKS_AGENTS_MAX) {
		snprintf(user, sizeof user, "u%u", n);
		n = add(n, 1, user);
	}
	cr_expect_eq(places_choose(&p, n, "one more", 5 * SECOND), LINKS_NONE);
	cr_expect_eq(places_choose(&p, n, "one more", 1000 * SECOND), 0);
}

/* Who speaks under others' names has none of their places, and is not who loses what they have. */
Test(places, of_whom_it_is_who_speaks_under_the_name)
{
	static struct route r;
	struct why why;
	char name[16];

	r.links = links_new(true, &(struct impair_settings){.loss = 0}, NULL, &why);
	cr_assert(r.links, "%s", why.text);
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++) {
		snprintf(name, sizeof name, "n%u", i);
		cr_assert_eq(places_meet(&r, name, i < 29 ? "lab" : "flood"), (int)i);
	}
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++) {
		snprintf(name, sizeof name, "n%u", i);
		places_meet(&r, name, "flood");
		places_refresh(&r, name, "flood");
	}
	cr_expect_str_eq(r.places.list[0].user, "lab");
	cr_expect_eq(places_meet(&r, "new", "other"), 29);
	cr_expect_str_eq(r.links->names[29], "new");
	cr_expect_str_eq(r.places.list[29].user, "other");
	/* Of whom nothing has come for long it is the next one's. */
	r.places.list[0].heard_ns -= 10 * SECOND;
	places_meet(&r, "n0", "flood");
	cr_expect_str_eq(r.places.list[0].user, "flood");
	links_free(r.links);
}
