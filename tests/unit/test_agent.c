/* What every agent on the bus is made of, as far as it needs no bus: its name, its routing keys,
 * its namesakes, the queues of a bridge. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/liveness.h"
#include "base/log.h"
#include "agent/translation.h"
#include "agent/names.h"
#include "agent/bridge.h"
#include "bus/run.h"
#include "processor_seconds.h"

/* --- names --- */

Test(agent, names)
{
	cr_assert_eq(agent_name_check("coap_client", NULL), 0);
	cr_assert_eq(agent_name_check("", NULL), -1);
	cr_assert_eq(agent_name_check("a.b", NULL), -1);
	cr_assert_eq(agent_name_check("a b", NULL), -1);
}

Test(agent, a_number_is_the_end_of_a_name)
{
	static const struct {
		const char *name, *number;
	} cases[] = {
		{"agent_1", "1"},   {"a_b_254", "254"}, {"_7", "7"},        {"agent", NULL},
		{"agent_", NULL},   {"agent_0", NULL},  {"agent_01", NULL}, {"agent_255", NULL},
		{"agent_1x", NULL}, {"agent1", NULL},   {"1", NULL},        {"agent_1000", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *number = agent_number(cases[i].name);

		if (cases[i].number)
			cr_assert(number && strcmp(number, cases[i].number) == 0, "%s",
			          cases[i].name);
		else
			cr_assert_null(number, "%s", cases[i].name);
	}
}

Test(agent, each_namesake_is_new_once_and_they_are_bounded)
{
	struct namesakes n = {.count = 0};
	char run[16];

	cr_assert_eq(namesakes_note(&n, "a", bus_run()), NAMESAKES_SELF);
	cr_assert_eq(namesakes_note(&n, "a", ""), NAMESAKES_NEW, "an old agent");
	cr_assert_eq(namesakes_note(&n, "a", ""), NAMESAKES_KNOWN);
	for (int i = 1; i < NAMESAKES_MAX; i++) {
		snprintf(run, sizeof run, "%d", i);
		cr_assert_eq(namesakes_note(&n, "a", run), NAMESAKES_NEW);
		cr_assert_eq(namesakes_note(&n, "a", run), NAMESAKES_KNOWN);
	}
	cr_assert_eq(namesakes_note(&n, "a", "more"), NAMESAKES_KNOWN);
	cr_assert_eq(n.count, NAMESAKES_MAX);
}

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
	char name[32], key[64];

	for (int i = 0; i < PEERS; i++) {
		snprintf(name, sizeof name, "peer_%d", i);
		keys_add(&k, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, name, "");
		keys_add(&k, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, name, "me");
	}
	cr_assert_eq(keys_queue(&q, &k, BUS_LIVE, "me", "tun", &why), 0, "%s", why.text);
	cr_assert_eq(k.count, 4 * PEERS);
	cr_assert_str_eq(q.name, "framebus.me.tun");
	for (int i = 0; i < PEERS; i++) {
		snprintf(key, sizeof key, "fromAgent.peer_%d.ip.tun.packet.raw", i);
		cr_assert(leads(&q, key), "%s", key);
		snprintf(key, sizeof key, "framebus.tun.peer_%d.me", i);
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

	cr_assert_eq(keys_write(key, ENVELOPE_TUN_PACKET, ENVELOPE_OWN, ENVELOPE_FROM_AGENT, "a",
	                        "b", &why),
	             0);
	cr_assert_str_eq(key, "framebus.tun.a.b");
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

/* --- the queues of a bridge --- */

static bool has(const struct keys *k, const char *key)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->patterns[i], key) == 0)
			return true;
	return false;
}

static const char *const peers[] = {"b", "c"};

static struct bridge_config config(size_t peer_count)
{
	static const struct bus_settings v1 = {.api = ENVELOPE_V1};

	return (struct bridge_config){.bus = &v1,
	                              .name = "a",
	                              .device = "serial",
	                              .packet = ENVELOPE_SERIAL_PACKET,
	                              .start = ENVELOPE_SERIAL_START,
	                              .started = ENVELOPE_SERIAL_STARTED,
	                              .peers = peers,
	                              .peer_count = peer_count};
}

Test(bridge, without_peers_it_listens_to_a_router)
{
	static struct bridge b;
	struct bridge_config c = config(0);

	cr_assert_eq(bridge_init(&b, &c, NULL), 0);
	cr_assert(has(&b.data_keys, "toAgent.a.802154.serial.packet.raw"));
	cr_assert(has(&b.data_keys, "data.serial.toAgent.a"));
	cr_assert(has(&b.data_keys, "framebus.to.a"));
	cr_assert_eq(b.data_keys.count, 3);
	cr_assert(has(&b.control_keys, "toAgent.a.802154.serial.start"));
	cr_assert(has(&b.control_keys, "testingtool.terminate"));
	cr_assert(has(&b.control_keys, "testingtool.component.ready"));
	cr_assert(has(&b.control_keys, "fromAgent.a.802154.serial.started"), "of its namesakes");
}

Test(bridge, with_peers_it_listens_to_them_alone)
{
	static struct bridge b;
	struct bridge_config c = config(2);

	cr_assert_eq(bridge_init(&b, &c, NULL), 0);
	cr_assert(has(&b.data_keys, "fromAgent.b.802154.serial.packet.raw"));
	cr_assert(has(&b.data_keys, "data.serial.fromAgent.c"));
	cr_assert(has(&b.data_keys, "framebus.serial.b"));
	cr_assert(has(&b.data_keys, "framebus.serial.c.a"));
	cr_assert_eq(b.data_keys.count, 8);
	cr_assert(has(&b.control_keys, "framebus.alive.b"));
	cr_assert(has(&b.control_keys, "toAgent.a.802154.serial.start"));
}

Test(bridge, a_name_that_makes_no_key_is_told)
{
	static struct bridge b;
	struct bridge_config c = config(0);
	struct why why = {""};

	c.name = "not.a.name";
	cr_assert_eq(bridge_init(&b, &c, &why), 0);
	cr_assert_eq(bridge_open(&b, &(struct bridge_uplink){.context = NULL},
	                         &(struct bridge_downlink){.context = NULL}, &why),
	             -1);
	cr_assert_not_null(strstr(why.text, "'not.a.name'"), "%s", why.text);
}

/* --- that others are there --- */

#define SECOND INT64_C(1000000000)

Test(liveness, three_missed_are_gone_once)
{
	struct liveness l = {.peers = peers, .count = 2};

	cr_assert_eq(liveness_wait_ms(&l, 100 * SECOND), -1, "who never said it is not awaited");
	cr_assert_null(liveness_next_gone(&l, 1000 * SECOND));
	liveness_note(&l, "b", 1000 * SECOND);
	liveness_note(&l, "nobody", 1000 * SECOND);
	cr_assert_null(liveness_next_gone(&l, 1030 * SECOND), "the third may be on its way");
	cr_assert_gt(liveness_wait_ms(&l, 1030 * SECOND), 0);
	cr_assert_str_eq(liveness_next_gone(&l, 1031 * SECOND), "b");
	cr_assert_null(liveness_next_gone(&l, 1100 * SECOND), "once");
	liveness_note(&l, "c", 2000 * SECOND);
	liveness_pardon(&l, 2100 * SECOND);
	cr_assert_null(liveness_next_gone(&l, 2130 * SECOND), "we did not listen");
	cr_assert_str_eq(liveness_next_gone(&l, 2131 * SECOND), "c");
}

Test(liveness, who_is_never_heard_is_told_once)
{
	struct liveness l = {.peers = peers, .count = 2};
	char names[64];

	cr_assert_null(liveness_next_unheard(&l, 1000 * SECOND), "nobody could be heard yet");
	liveness_pardon(&l, 1000 * SECOND);
	cr_assert_eq(liveness_wait_ms(&l, 1000 * SECOND), 30001);
	cr_assert_null(liveness_next_unheard(&l, 1029 * SECOND));
	liveness_pardon(&l, 1029 * SECOND);
	cr_assert_null(liveness_next_unheard(&l, 1058 * SECOND), "we did not listen");
	cr_assert_str_eq(liveness_names(&l, names, sizeof names), "b, c");
	liveness_note_key(&l, "toAgent.b.ip.tun.packet.raw", 27);
	liveness_note_key(&l, "fromAgent.c.ip.tun.packet.raw", 29);
	cr_assert_str_eq(liveness_next_unheard(&l, 1059 * SECOND), "b", "c has sent something");
	cr_assert_null(liveness_next_unheard(&l, 2000 * SECOND), "once");
	cr_assert_eq(liveness_wait_ms(&l, 2000 * SECOND), -1);
}

Test(liveness, who_comes_is_told_once_each_time)
{
	struct liveness l = {.peers = peers, .count = 2};
	char out[256], names[64];

	cr_redirect_stderr();
	log_open("tool");
	cr_expect(liveness_is_here(&l, "b", "json,pcap,gso"));
	cr_expect_not(liveness_is_here(&l, "b", "json"));
	cr_expect_not(liveness_is_here(&l, "nobody", ""));
	cr_expect(liveness_is_here(&l, "c", NULL));
	cr_expect_str_eq(liveness_names(&l, names, sizeof names), "");
	liveness_note(&l, "b", 100 * SECOND);
	liveness_tell(&l, 131 * SECOND, "own", NULL, NULL);
	cr_expect_str_eq(liveness_names(&l, names, sizeof names), "b");
	cr_expect(liveness_is_here(&l, "b", ""));
	FILE *f = cr_get_redirected_stderr();
	fflush(stderr);
	close(STDERR_FILENO);
	out[fread(out, 1, sizeof out - 1, f)] = '\0';
	cr_assert_str_eq(out, "tool: b is here (gso)\ntool: c is here\ntool: b is gone\n"
	                      "tool: b is here (json)\n");
}

Test(liveness, who_comes_and_is_never_heard_again_is_gone)
{
	struct liveness l = {.peers = peers, .count = 2};

	liveness_is_here(&l, "b", "json,pcap");
	liveness_is_here(&l, "c", "json");
	cr_assert_null(liveness_next_vanished(&l, 100 * SECOND));
	cr_expect_eq(liveness_wait_ms(&l, 100 * SECOND), 31001);
	cr_assert_null(liveness_next_vanished(&l, 130 * SECOND));
	liveness_pardon(&l, 130 * SECOND);
	cr_assert_null(liveness_next_vanished(&l, 160 * SECOND), "we did not listen");
	cr_assert_str_eq(liveness_next_vanished(&l, 161 * SECOND), "b");
	cr_assert_null(liveness_next_vanished(&l, 500 * SECOND), "an old agent never says so");
	cr_assert(liveness_is_here(&l, "b", "json,pcap"), "here again");
	liveness_note(&l, "b", 610 * SECOND);
	cr_assert_null(liveness_next_vanished(&l, 640 * SECOND));
	cr_assert_null(liveness_next_gone(&l, 640 * SECOND));
	cr_assert_str_eq(liveness_next_gone(&l, 641 * SECOND), "b");
}

/* --- pcap that becomes JSON --- */

static size_t frames_body(uint8_t *body, size_t size, uint16_t link_type, const uint8_t *packet,
                          size_t length)
{
	struct envelope_pcap_writer w;
	struct envelope_packet p = {packet, length, 7, link_type};

	cr_assert_eq(envelope_pcap_writer_init(&w, body, size, link_type), 0);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(envelope_pcap_write(&w, &p), 0);
	return w.length;
}

Test(translation, each_record_is_a_message_under_the_old_key)
{
	static const uint8_t frame[] = {0x02, 0x00, 0x6a}, packet[40] = {0x60},
			     tap[] = {0, 0, 12, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0x02, 0x00, 0x6a, 1, 2};
	static const struct {
		const char *key, *becomes;
		uint16_t link_type;
		const uint8_t *octets;
		size_t length;
		const char *data;
	} cases[] = {
		{"framebus.serial.a", "fromAgent.a.802154.serial.packet.raw",
	         ENVELOPE_LINK_IEEE802_15_4_NOFCS, frame, sizeof frame, "[2, 0, 106]"},
		{"framebus.serial.a", "fromAgent.a.802154.serial.packet.raw",
	         ENVELOPE_LINK_IEEE802_15_4_TAP, tap, sizeof tap, "[2, 0, 106]"},
		{"framebus.tun.a", "fromAgent.a.ip.tun.packet.raw", ENVELOPE_LINK_RAW, packet,
	         sizeof packet, "[96, 0, "},
		{"framebus.to.a", "toAgent.a.ip.tun.packet.raw", ENVELOPE_LINK_RAW, packet,
	         sizeof packet, "[96, 0, "},
		{"framebus.to.a", "toAgent.a.802154.serial.packet.raw",
	         ENVELOPE_LINK_IEEE802_15_4_NOFCS, frame, sizeof frame, "[2, 0, 106]"},
	};
	static struct translation t;
	uint8_t body[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bus_publication whole = {.key = cases[i].key, .body = body}, part;

		whole.length = frames_body(body, sizeof body, cases[i].link_type, cases[i].octets,
		                           cases[i].length);
		for (unsigned n = 0; n < 2; n++) {
			cr_assert_eq(translation_part(&t, &whole, n, &part), 1);
			cr_expect_str_eq(part.key, cases[i].becomes);
			cr_expect_str_eq(part.content_type, ENVELOPE_JSON);
			cr_expect(memmem(part.body, part.length, cases[i].data,
			                 strlen(cases[i].data)));
		}
		cr_expect_eq(translation_part(&t, &whole, 2, &part), 0);
	}
	struct bus_publication none = {.key = "framebus.tun.a", .body = "x", .length = 1}, part;
	cr_expect_eq(translation_part(&t, &none, 0, &part), 0);
}

static unsigned count_parts(struct translation *t, const uint8_t *body, size_t length,
                            unsigned *skipped)
{
	struct bus_publication whole = {.key = "framebus.tun.a", .body = body, .length = length};
	struct bus_publication part;
	unsigned parts = 0;
	int status;

	*skipped = 0;
	for (unsigned n = 0; (status = translation_part(t, &whole, n, &part)) != 0; n++) {
		parts += status > 0;
		*skipped += status < 0;
		cr_assert_lt(n, 100000);
	}
	return parts;
}

Test(translation, a_record_that_cannot_be_published_otherwise_ends_nothing)
{
	static const uint8_t packet[40] = {0x60}, nonsense[4] = {0xff, 0xff, 0xff, 0xff};
	static struct translation t;
	struct envelope_pcap_writer w;
	uint8_t body[512];
	unsigned skipped;

	cr_assert_eq(envelope_pcap_writer_init(&w, body, sizeof body, ENVELOPE_LINK_RAW), 0);
	for (int i = 0; i < 3; i++) {
		envelope_pcap_write(
			&w, &(struct envelope_packet){packet, sizeof packet, 7, ENVELOPE_LINK_RAW});
		envelope_pcap_write(&w, &(struct envelope_packet){nonsense, sizeof nonsense, 7,
		                                                  ENVELOPE_LINK_RAW});
	}
	cr_expect_eq(count_parts(&t, body, w.length, &skipped), 3);
	cr_expect_eq(skipped, 3);
	cr_expect_eq(count_parts(&t, body, w.length - 10, &skipped), 3, "damaged at its end");
	cr_expect_eq(skipped, 3);
	body[24 + 8] = 0xff; /* the first record's length: nothing can be found behind it */
	body[24 + 11] = 0xff;
	cr_expect_eq(count_parts(&t, body, w.length, &skipped), 0);
	cr_expect_eq(skipped, 1);
}

Test(translation, takes_time_that_grows_as_the_body_does)
{
	enum { RECORDS = 60000, SIZE = 24 + RECORDS * (16 + 20) };
	static const uint8_t packet[20] = {0x45};
	static struct translation t;
	struct envelope_pcap_writer w;
	uint8_t *body = malloc(SIZE);
	unsigned skipped;

	processor_seconds(10);
	cr_assert_eq(envelope_pcap_writer_init(&w, body, SIZE, ENVELOPE_LINK_RAW), 0);
	for (unsigned i = 0; i < RECORDS; i++)
		envelope_pcap_write(
			&w, &(struct envelope_packet){packet, sizeof packet, 7, ENVELOPE_LINK_RAW});
	cr_expect_gt(count_parts(&t, body, w.length, &skipped), 1000);
	free(body);
	free(t.json);
}
