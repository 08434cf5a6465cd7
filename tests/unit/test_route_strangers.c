/* amqp-route: what messages of the queue of everybody count, by which the router pauses. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "../../bin/amqp-route/route.h"

static struct route r;

static int64_t cost_of(const char *name, size_t length)
{
	struct bus_message m = {.key = name, .length = length};
	struct envelope_key key = {.kind = ENVELOPE_TUN_PACKET};
	int64_t before = r.strangers.spent;

	snprintf(key.name, sizeof key.name, "%s", name);
	strangers_note(&r, &m, &key);
	return r.strangers.spent - before;
}

/* Few long messages cost the broker, and the router, as much as many short ones. */
Test(strangers, octets_count_and_what_comes_twice_does_twice)
{
	struct why why;

	r.links = links_new(false, &(struct impair_settings){.loss = 0}, NULL, &why);
	cr_assert(r.links && links_add(r.links, "a,b", &why) == 0, "%s", why.text);
	cr_expect_eq(cost_of("c", 0), 1);
	cr_expect_eq(cost_of("c", 4095), 1);
	cr_expect_eq(cost_of("c", 65536), 17);
	cr_expect_eq(cost_of("a", 100), 2);
	cr_expect_eq(cost_of("b", 65536), 34);
	links_free(r.links);
}
