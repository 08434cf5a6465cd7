/* Whose messages count: --require-user and --control-from. */
#include <criterion/criterion.h>
#include <string.h>

#include "bus/senders.h"

#define RULES(...)                                                                                 \
	(struct option_strings)                                                                    \
	{                                                                                          \
		.item = {__VA_ARGS__},                                                             \
		.count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)              \
	}

static bool fit(const struct senders *s, const char *key, const char *user)
{
	return senders_fit(s, key, strlen(key), user);
}

static const char *const keys_of_b[] = {"fromAgent.b.ip.tun.packet.raw",
                                        "fromAgent.b.802154.serial.packet.raw",
                                        "fromAgent.b.ip.tun.started",
                                        "fromAgent.b.802154.serial.started",
                                        "data.tun.fromAgent.b",
                                        "data.serial.fromAgent.b",
                                        "control.tun.fromAgent.b",
                                        "control.serial.fromAgent.b",
                                        "framebus.tun.b",
                                        "framebus.tun.b.a",
                                        "framebus.serial.b",
                                        "framebus.serial.b.a",
                                        "framebus.alive.b"};
static const char *const keys_of_a_router[] = {
	"toAgent.b.ip.tun.packet.raw", "toAgent.b.802154.serial.packet.raw", "data.tun.toAgent.b",
	"data.serial.toAgent.b", "framebus.to.b"};
static const char *const control[] = {"toAgent.b.ip.tun.start", "toAgent.b.802154.serial.start",
                                      "control.tun.toAgent.b",  "control.serial.toAgent.b",
                                      "testingtool.terminate",  "routing.lossy.link.start"};

#define FOR_EACH(key, list)                                                                        \
	for (unsigned i = 0; i < sizeof list / sizeof *list; i++)                                  \
		for (const char *key = list[i]; key; key = NULL)

Test(senders, without_rules_everybody_counts)
{
	static const struct senders s = {.required.count = 0};

	FOR_EACH(key, keys_of_b)
	cr_assert(fit(&s, key, ""), "%s", key);
	FOR_EACH(key, control)
	cr_assert(fit(&s, key, ""), "%s", key);
	cr_assert(fit(&s, "anything", ""));
	cr_assert(senders_controls(&s, ""));
	cr_assert(senders_speaks_as(&s, "b", ""));
}

Test(senders, every_kind_of_key_is_its_agents_users)
{
	const struct senders named = {.required = RULES("a=ua", "b=ub")},
			     same = {.required = RULES("peer")};

	FOR_EACH(key, keys_of_b)
	{
		cr_assert(fit(&named, key, "ub"), "%s", key);
		cr_assert_not(fit(&named, key, "ua"), "%s", key);
		cr_assert_not(fit(&named, key, "b"), "%s", key);
		cr_assert_not(fit(&named, key, ""), "%s", key);
		cr_assert(fit(&same, key, "b"), "%s", key);
		cr_assert_not(fit(&same, key, "a"), "%s", key);
		cr_assert_not(fit(&same, key, ""), "%s", key);
	}
	cr_assert_not(fit(&named, "fromAgent.c.ip.tun.packet.raw", "ua"), "named by no rule");
	cr_assert_not(fit(&named, "fromAgent.bb.ip.tun.packet.raw", "ub"));
	cr_assert_not(fit(&same, "no.key.of.ours", "no"));
}

Test(senders, a_name_beats_peer_and_may_have_several_users)
{
	const struct senders s = {.required = RULES("peer", "b=ub", "b=vb")};

	cr_assert(fit(&s, "framebus.tun.a", "a"));
	cr_assert(fit(&s, "framebus.tun.b", "ub"));
	cr_assert(fit(&s, "framebus.tun.b", "vb"));
	cr_assert_not(fit(&s, "framebus.tun.b", "b"));
}

Test(senders, what_comes_to_an_agent_is_the_routers)
{
	const struct senders without = {.required = RULES("peer")},
			     with = {.required = RULES("peer", "router=ur")},
			     only = {.required = RULES("router=ur")};

	FOR_EACH(key, keys_of_a_router)
	{
		cr_assert_not(fit(&without, key, "b"), "%s", key);
		cr_assert_not(fit(&without, key, "router"), "%s", key);
		cr_assert_not(fit(&with, key, "b"), "%s", key);
		cr_assert(fit(&with, key, "ur"), "%s", key);
		cr_assert(fit(&only, key, "ur"), "%s", key);
		cr_assert_not(fit(&only, key, ""), "%s", key);
	}
	FOR_EACH(key, keys_of_b)
	{
		cr_assert_not(fit(&only, key, "ur"), "%s", key);
		cr_assert_not(fit(&with, key, "ur"), "%s: a router is no agent", key);
	}
	cr_assert_not(fit(&only, "fromAgent.router.ip.tun.packet.raw", "ur"),
	              "an agent of that name is another");
}

Test(senders, who_controls)
{
	const struct senders from = {.control = RULES("uc", "ud")},
			     both = {.required = RULES("peer", "router=ur"),
	                             .control = RULES("uc")},
			     router = {.required = RULES("peer", "router=ur")},
			     nobody = {.required = RULES("peer")};

	cr_assert(senders_controls(&from, "uc") && senders_controls(&from, "ud"));
	cr_assert_not(senders_controls(&from, "b"));
	cr_assert_not(senders_controls(&from, ""));
	FOR_EACH(key, control)
	{
		cr_assert(fit(&both, key, "uc"), "%s", key);
		cr_assert_not(fit(&both, key, "ur"), "%s", key);
		cr_assert_not(fit(&both, key, "b"), "%s", key);
		cr_assert(fit(&router, key, "ur"), "%s", key);
		cr_assert_not(fit(&router, key, "b"), "%s", key);
		cr_assert_not(fit(&nobody, key, "b"), "%s", key);
	}
	cr_assert_not(fit(&both, "toAgent.b.ip.tun.packet.raw", "uc"), "a packet is no control");
}

Test(senders, keys_without_a_name_are_somebodys_who_is_named)
{
	const struct senders named = {.required = RULES("a=ua", "router=ur")},
			     same = {.required = RULES("peer")};
	static const char *const keys[] = {"testingtool.component.ready",
	                                   "testingtool.component.shutdown", "control.session"};

	FOR_EACH(key, keys)
	{
		cr_assert(fit(&named, key, "ua"), "%s", key);
		cr_assert(fit(&named, key, "ur"), "%s", key);
		cr_assert_not(fit(&named, key, "ub"), "%s", key);
		cr_assert_not(fit(&named, key, ""), "%s", key);
		cr_assert(fit(&same, key, "b"), "%s: the body says who", key);
		cr_assert_not(fit(&same, key, ""), "%s", key);
	}
	cr_assert(senders_speaks_as(&named, "a", "ua"));
	cr_assert_not(senders_speaks_as(&named, "b", "ua"));
	cr_assert_not(senders_speaks_as(&same, "a", "b"));
}

Test(senders, one_user_alone_may_be_every_agent)
{
	const struct senders s = {.required = RULES("u")};
	struct option_strings with_router = RULES("u", "router=ur", "u"), two = RULES("u", "v"),
			      and_name = RULES("u", "a=ua"), and_peer = RULES("peer", "u");
	struct why why = {""};

	FOR_EACH(key, keys_of_b)
	{
		cr_assert(fit(&s, key, "u"), "%s", key);
		cr_assert_not(fit(&s, key, "b"), "%s", key);
	}
	FOR_EACH(key, keys_of_a_router)
	cr_assert_not(fit(&s, key, "u"), "%s", key);
	cr_assert_eq(senders_check(&s.required, &why), 0);
	cr_assert_eq(senders_check(&with_router, &why), 0, "%s", why.text);
	cr_assert_eq(senders_check(&two, &why), -1);
	cr_assert_not_null(strstr(why.text, "NAME=v"), "%s", why.text);
	cr_assert_eq(senders_check(&and_name, &why), -1);
	cr_assert_eq(senders_check(&and_peer, &why), -1);
}

Test(senders, rules_that_cannot_be_are_refused)
{
	static const char *const good[] = {"a=b", "peer", "router=r", "user", "a=b=c", "peer=p"},
				 *const bad[] = {"=b", "a=", "a.b=c", "a*=c", "#=c", "a b=c"};
	struct why why = {""};

	FOR_EACH(rule, good)
	cr_assert_eq(senders_check_rule(rule, &why), 0, "%s: %s", rule, why.text);
	FOR_EACH(rule, bad)
	{
		why.text[0] = '\0';
		cr_assert_eq(senders_check_rule(rule, &why), -1, "%s", rule);
		cr_assert_neq(why.text[0], '\0');
	}
}
