/* What every agent on the bus is made of, as far as it needs no bus: its routing keys. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keys.h"

/* --- routing keys --- */

static void free_keys(struct keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->patterns[i]);
	free(k->patterns);
}

static bool leads(const struct bus_queue *q, const char *key)
{
	for (const char *const *pattern = q->bindings; *pattern; pattern++)
		if (strcmp(*pattern, key) == 0)
			return true;
	return false;
}

Test(keys, none_is_missing_however_many_there_are)
{
	enum { PEERS = 1000 };
	struct keys k = {.count = 0};
	struct bus_queue q;
	struct why why;
	char name[16], key[64];

	for (int i = 0; i < PEERS; i++) {
		snprintf(name, sizeof name, "peer_%d", i);
		keys_add(&k, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, name, "");
		keys_add(&k, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, name, "me");
	}
	cr_assert_eq(keys_queue(&q, &k, BUS_LIVE, "me", "tun", &why), 0, "%s", why.text);
	cr_assert_eq(k.count, 3 * PEERS);
	cr_assert_str_eq(q.name, "framebus.me.tun");
	for (int i = 0; i < PEERS; i++) {
		snprintf(key, sizeof key, "fromAgent.peer_%d.ip.tun.packet.raw", i);
		cr_assert(leads(&q, key), "%s", key);
		snprintf(key, sizeof key, "fromAgent.peer_%d.ip.tun.packet.raw.to.me", i);
		cr_assert(leads(&q, key), "%s", key);
		snprintf(key, sizeof key, "data.tun.fromAgent.peer_%d", i);
		cr_assert(leads(&q, key), "%s", key);
	}
	free((char *)q.name);
	free_keys(&k);
}

Test(keys, each_is_there_once)
{
	struct keys k = {.count = 0};

	for (int i = 0; i < 3; i++) {
		keys_add(&k, ENVELOPE_COMPONENT_READY, ENVELOPE_FROM_AGENT, "", "");
		keys_add(&k, ENVELOPE_COMPONENT_SHUTDOWN, ENVELOPE_FROM_AGENT, "", "");
		keys_add(&k, ENVELOPE_TERMINATE, ENVELOPE_TO_AGENT, "", "");
	}
	cr_assert_eq(k.count, 4, "three keys of API v1, control.session of v0");
	free_keys(&k);
}

Test(keys, one_that_cannot_be_is_told_and_not_left_out)
{
	struct keys k = {.count = 0};
	struct bus_queue q;
	struct why why = {""};

	keys_add(&k, ENVELOPE_TUN_PACKET, ENVELOPE_TO_AGENT, "a", "");
	keys_add(&k, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, "not.a.name", "");
	keys_add(&k, ENVELOPE_TUN_PACKET, ENVELOPE_TO_AGENT, "b", "");
	cr_assert_eq(keys_queue(&q, &k, BUS_LIVE, "me", "tun", &why), -1);
	cr_assert_not_null(strstr(why.text, "'not.a.name'"), "%s", why.text);
	free_keys(&k);
}

Test(keys, what_is_published_under)
{
	char key[ENVELOPE_KEY_MAX + 1];
	struct why why;

	cr_assert_eq(keys_write(key, ENVELOPE_TUN_PACKET, ENVELOPE_V1, ENVELOPE_FROM_AGENT, "a",
	                        "b", &why),
	             0);
	cr_assert_str_eq(key, "fromAgent.a.ip.tun.packet.raw.to.b");
	cr_assert_eq(keys_write(key, ENVELOPE_TUN_PACKET, ENVELOPE_V0, ENVELOPE_FROM_AGENT, "a", "",
	                        &why),
	             0);
	cr_assert_str_eq(key, "data.tun.fromAgent.a");
	cr_assert_eq(keys_write(key, ENVELOPE_TUN_PACKET, ENVELOPE_V0, ENVELOPE_FROM_AGENT, "a",
	                        "b", &why),
	             -1);
	cr_assert_eq(keys_write(key, ENVELOPE_TUN_PACKET, ENVELOPE_V1, ENVELOPE_FROM_AGENT, "a.b",
	                        "", &why),
	             -1);
	cr_assert_not_null(strstr(why.text, "'a.b'"), "%s", why.text);
}

Test(keys, a_queue_without_any_is_refused)
{
	struct keys k = {.count = 0};
	struct bus_queue q;
	struct why why;

	cr_assert_eq(keys_queue(&q, &k, BUS_LIVE, "me", "tun", &why), -1);
	cr_assert_not_null(strstr(why.text, "'me'"), "%s", why.text);
}
