#include "queues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keys.h"

/* IP that is late is worth nothing; frames are kept until there is a router again. */
enum { LIVE_TTL_MS = 2000, LIVE_UNUSED_MS = 60000, KEPT_UNUSED_MS = 3600000 };
enum { LIVE_OCTETS = 4 << 20, LIVE_MESSAGES = 1000, KEPT_OCTETS = 64 << 20 };
enum { QUEUES = 2 * LINKS_AGENTS_MAX + 2 };

/* --all: of everybody. */
static const char *const all_packets[] = {"fromAgent.*.ip.tun.packet.raw", "data.tun.fromAgent.*",
                                          "framebus.tun.*", NULL},
			 *const all_frames[] = {"fromAgent.*.802154.serial.packet.raw",
                                                "data.serial.fromAgent.*", "framebus.serial.*",
                                                NULL},
			 *const all_control[] = {"fromAgent.*.ip.tun.started",
                                                 "fromAgent.*.802154.serial.started",
                                                 "framebus.alive.*",
                                                 "routing.lossy.link.start",
                                                 "testingtool.component.ready",
                                                 NULL},
			 /* Of everybody, too: what no agent's queue asks for is seen here alone. */
				 *const all_data[] = {"fromAgent.*.ip.tun.packet.raw",
                                                      "fromAgent.*.802154.serial.packet.raw",
                                                      "data.tun.fromAgent.*",
                                                      "data.serial.fromAgent.*",
                                                      "framebus.tun.*",
                                                      "framebus.serial.*",
                                                      NULL};

static struct bus_queue of_packets(const char *const *bindings)
{
	return (struct bus_queue){.kind = BUS_SHARED_LIVE,
	                          .bindings = bindings,
	                          .max_octets = LIVE_OCTETS,
	                          .max_messages = LIVE_MESSAGES,
	                          .message_ttl_ms = LIVE_TTL_MS,
	                          .expires_ms = LIVE_UNUSED_MS};
}

static struct bus_queue of_frames(const char *const *bindings)
{
	return (struct bus_queue){.kind = BUS_SHARED_KEPT,
	                          .bindings = bindings,
	                          .max_octets = KEPT_OCTETS,
	                          .expires_ms = KEPT_UNUSED_MS};
}

static struct bus_queue of_control(const char *const *bindings)
{
	return (struct bus_queue){.kind = BUS_CONTROL, .bindings = bindings};
}

static struct bus_queue of_others(void)
{
	return (struct bus_queue){
		.kind = BUS_OVERHEARD, .bindings = all_data, .max_octets = LIVE_OCTETS};
}

static int add(struct queues *q, struct bus_queue queue, const char *router, const char *agent,
               const char *what, struct why *why)
{
	char *name = NULL;

	if (asprintf(&name, "framebus.%s.%s%s%s", router, agent, *agent ? "." : "", what) < 0)
		return why_set(why, "out of memory");
	queue.name = name;
	q->list[q->count++] = queue;
	return 0;
}

/* Bound by these keys, which are moved out of k. */
static int add_keyed(struct queues *q, struct bus_queue queue, struct keys *k, const char *router,
                     const char *agent, const char *what, struct why *why)
{
	struct keys *own = &q->keys[q->key_count++];

	*own = *k;
	queue.bindings = (const char *const *)own->patterns;
	return keys_check(own, why) < 0 ? -1 : add(q, queue, router, agent, what, why);
}

static int add_agent(struct queues *q, const char *router, const char *agent, struct why *why)
{
	struct keys packets = {.count = 0}, frames = {.count = 0};

	keys_add(&packets, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, agent, "");
	if (add_keyed(q, of_packets(NULL), &packets, router, agent, "tun", why) < 0)
		return -1;
	keys_add(&frames, ENVELOPE_SERIAL_PACKET, ENVELOPE_FROM_AGENT, agent, "");
	return add_keyed(q, of_frames(NULL), &frames, router, agent, "serial", why);
}

static int add_control(struct queues *q, const struct links *l, const char *router,
                       enum envelope_api api, struct why *why)
{
	struct keys k = {.count = 0};

	for (unsigned i = 0; i < l->count; i++) {
		const char *agent = l->names[i];

		keys_add_control(&k, api, ENVELOPE_TUN_STARTED, ENVELOPE_FROM_AGENT, agent);
		keys_add_control(&k, api, ENVELOPE_SERIAL_STARTED, ENVELOPE_FROM_AGENT, agent);
		keys_add_control(&k, api, ENVELOPE_ALIVE, ENVELOPE_FROM_AGENT, agent);
	}
	keys_add_control(&k, ENVELOPE_V1, ENVELOPE_LOSSY_LINK_START, ENVELOPE_TO_AGENT, "");
	keys_add_control(&k, api, ENVELOPE_COMPONENT_READY, ENVELOPE_FROM_AGENT, "");
	return add_keyed(q, of_control(NULL), &k, router, "", "control", why);
}

static int add_all(struct queues *q, const char *router, struct why *why)
{
	return add(q, of_packets(all_packets), router, "", "tun", why) < 0 ||
	                       add(q, of_frames(all_frames), router, "", "serial", why) < 0 ||
	                       add(q, of_control(all_control), router, "", "control", why) < 0
	               ? -1
	               : 0;
}

static int add_linked(struct queues *q, const struct links *l, const char *router,
                      enum envelope_api api, struct why *why)
{
	for (unsigned i = 0; i < l->count; i++)
		if (add_agent(q, router, l->names[i], why) < 0)
			return -1;
	return add_control(q, l, router, api, why) < 0
	               ? -1
	               : add(q, of_others(), router, "", "others", why);
}

struct queues *queues_make(const struct links *l, const char *router, enum envelope_api api,
                           struct why *why)
{
	struct queues *q = calloc(1, sizeof *q);

	if (q) {
		q->list = calloc(QUEUES, sizeof *q->list);
		q->keys = calloc(QUEUES, sizeof *q->keys);
	}
	if (!q || !q->list || !q->keys)
		why_set(why, "out of memory");
	else if ((l->all ? add_all(q, router, why) : add_linked(q, l, router, api, why)) == 0)
		return q;
	queues_free(q);
	return NULL;
}

void queues_free(struct queues *q)
{
	if (!q)
		return;
	for (unsigned i = 0; i < q->count; i++)
		free((char *)q->list[i].name);
	for (unsigned i = 0; i < q->key_count; i++)
		keys_free(&q->keys[i]);
	free(q->list);
	free(q->keys);
	free(q);
}
