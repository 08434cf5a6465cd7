#include "queues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keys.h"

/* IP that is late is worth nothing; frames are kept until there is a router again. */
enum { LIVE_TTL_MS = 2000, LIVE_UNUSED_MS = 60000, KEPT_UNUSED_MS = 3600000 };
enum { LIVE_OCTETS = 4 << 20, LIVE_MESSAGES = 1000, KEPT_OCTETS = 64 << 20 };

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
                                                 NULL};

static char *name_queue(const char *router, const char *agent, const char *device)
{
	char *name = NULL;

	return asprintf(&name, "framebus.%s.%s%s%s", router, agent, *agent ? "." : "", device) < 0
	               ? NULL
	               : name;
}

static struct bus_queue of_packets(char *name, const char *const *bindings)
{
	return (struct bus_queue){.kind = BUS_SHARED_LIVE,
	                          .name = name,
	                          .bindings = bindings,
	                          .max_octets = LIVE_OCTETS,
	                          .max_messages = LIVE_MESSAGES,
	                          .message_ttl_ms = LIVE_TTL_MS,
	                          .expires_ms = LIVE_UNUSED_MS};
}

static struct bus_queue of_frames(char *name, const char *const *bindings)
{
	return (struct bus_queue){.kind = BUS_SHARED_KEPT,
	                          .name = name,
	                          .bindings = bindings,
	                          .max_octets = KEPT_OCTETS,
	                          .expires_ms = KEPT_UNUSED_MS};
}

static struct bus_queue of_control(char *name, const char *const *bindings)
{
	return (struct bus_queue){.kind = BUS_CONTROL, .name = name, .bindings = bindings};
}

/* A struct bus_queue of these keys, made by keys_queue, is asked for its bindings alone: it says
 * what of them cannot be. */
static const char *const *bindings_of(const struct keys *k, struct why *why)
{
	struct bus_queue queue;

	return keys_queue(&queue, k, BUS_CONTROL, "", "", why) < 0 ? NULL : queue.bindings;
}

static const char *const *packets_of(const char *agent, enum envelope_kind kind, struct why *why)
{
	struct keys k = {.count = 0};

	keys_add(&k, kind, ENVELOPE_FROM_AGENT, agent, "");
	return bindings_of(&k, why);
}

static const char *const *control_of(const struct links *l, enum envelope_api api, struct why *why)
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
	return bindings_of(&k, why);
}

static struct bus_queue *check(struct bus_queue *queues, unsigned count, struct why *why)
{
	for (unsigned i = 0; i < count; i++)
		if (!queues[i].name) {
			why_set(why, "out of memory");
			return NULL;
		} else if (!queues[i].bindings) {
			return NULL;
		}
	return queues;
}

struct bus_queue *queues_make(const struct links *l, const char *router, enum envelope_api api,
                              unsigned *count, struct why *why)
{
	struct bus_queue *queues = calloc(2 * LINKS_AGENTS_MAX + 3, sizeof *queues);
	unsigned n = 0;

	if (!queues) {
		why_set(why, "out of memory");
		return NULL;
	}
	if (l->all) {
		queues[n++] = of_packets(name_queue(router, "", "tun"), all_packets);
		queues[n++] = of_frames(name_queue(router, "", "serial"), all_frames);
		queues[n++] = of_control(name_queue(router, "", "control"), all_control);
		*count = n;
		return check(queues, n, why);
	}
	for (unsigned i = 0; i < l->count; i++) {
		const char *agent = l->names[i];

		queues[n++] = of_packets(name_queue(router, agent, "tun"),
		                         packets_of(agent, ENVELOPE_TUN_PACKET, why));
		queues[n++] = of_frames(name_queue(router, agent, "serial"),
		                        packets_of(agent, ENVELOPE_SERIAL_PACKET, why));
	}
	queues[n++] = of_control(name_queue(router, "", "control"), control_of(l, api, why));
	*count = n;
	return check(queues, n, why);
}
