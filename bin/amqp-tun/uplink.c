#include "uplink.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "batch.h"
#include "bus/run.h"
#include "device.h"
#include "start.h"
#include "too_big.h"

/* So many packets at the most before the broker is looked at again. */
enum { READS_AT_ONCE = 512 };

enum counters {
	READ,
	OCTETS,
	PUBLISHED,
	DROPPED_NO_BROKER,
	DROPPED_NOT_IP,
	DROPPED_HEADER,
	DROPPED_TOO_BIG,
	COUNTERS
};
static struct counter counters[COUNTERS] = {
	[READ] = {.name = "read"},
	[OCTETS] = {.name = "octets"},
	[PUBLISHED] = {.name = "published"},
	[DROPPED_NO_BROKER] = {.name = "dropped_no_broker"},
	[DROPPED_NOT_IP] = {.name = "dropped_not_ip"},
	[DROPPED_HEADER] = {.name = "dropped_header"},
	[DROPPED_TOO_BIG] = {.name = "dropped_too_big"},
};

struct uplink {
	struct tunnel *tunnel;
	struct batches *batches;
};

static void send_body(void *context, const struct bus_publication *p)
{
	struct uplink *u = context;
	struct bus_publication told_of = *p;

	told_of.mandatory = true;
	stats_add(&counters[publisher_publish(u->tunnel->bridge.publisher, &told_of) == 0
	                            ? PUBLISHED
	                            : DROPPED_NO_BROKER],
	          p->units);
}

static void count_read(unsigned packets, size_t octets)
{
	stats_add(&counters[READ], packets);
	stats_add(&counters[OCTETS], octets);
}

static void drop(enum counters reason, size_t octets)
{
	count_read(1, octets);
	stats_add(&counters[reason], 1);
}

/* The other end's MTU where the packet is longer, else 0. */
static unsigned too_small_mtu(struct uplink *u, int to, const uint8_t *octets, size_t count)
{
	unsigned mtu = peers_mtu(u->tunnel->peers, to);
	struct envelope_vnet vnet;

	if (!mtu || mtu >= u->tunnel->settings->mtu)
		return 0;
	envelope_vnet_parse(&vnet, octets);
	octets += ENVELOPE_VNET_HEADER;
	count -= ENVELOPE_VNET_HEADER;
	if (envelope_vnet_check(&vnet, octets, count) < 0)
		return 0;
	return check_longest(&vnet, octets, count) > mtu ? mtu : 0;
}

static void refuse_too_big(struct uplink *u, const struct ends *ends, const uint8_t *packet,
                           size_t length, unsigned mtu)
{
	const struct tunnel *t = u->tunnel;
	uint8_t answer[TOO_BIG_MAX];
	size_t octets = 0;

	drop(DROPPED_TOO_BIG, length);
	/* To a source elsewhere, an answer would look as if this host were its router. */
	if (check_is_own(&t->rules, ends->family, ends->source) ||
	    check_is_behind(&t->rules, ends->family, ends->source))
		octets = too_big_answer(answer, packet, length, mtu);
	if (octets && device_write(t->interface.device, t->interface.offload, answer, octets) < 0)
		log_debug("%s: the answer to a packet that is too big could not be written",
		          t->interface.name);
}

/* What each packet has before its payload, where it may become several. */
static size_t headers_of(const uint8_t *octets, size_t count)
{
	struct envelope_vnet vnet;

	envelope_vnet_parse(&vnet, octets);
	octets += ENVELOPE_VNET_HEADER;
	if (vnet.gso_type == ENVELOPE_VNET_NONE ||
	    envelope_vnet_check(&vnet, octets, count - ENVELOPE_VNET_HEADER) < 0)
		return 0;
	return envelope_vnet_headers(&vnet, octets);
}

static void publish(struct uplink *u, const struct ends *ends, const uint8_t *octets, size_t count)
{
	int to = peers_receiver(u->tunnel->peers, ends->family, ends->destination);
	size_t length = count - ENVELOPE_VNET_HEADER, headers = headers_of(octets, count);
	unsigned mtu = too_small_mtu(u, to, octets, count), packets;

	if (mtu) {
		refuse_too_big(u, ends, octets + ENVELOPE_VNET_HEADER, length, mtu);
		return;
	}
	packets = batches_add(u->batches, to, count, now_ns());
	if (packets)
		count_read(packets, length + (packets - 1) * headers);
	else
		drop(DROPPED_HEADER, length);
}

static void handle_packet(struct uplink *u, const uint8_t *octets, size_t count)
{
	size_t length = count - ENVELOPE_VNET_HEADER;
	struct ends ends;

	if (check_read(&ends, octets + ENVELOPE_VNET_HEADER, length) != CHECK_PASSED)
		drop(DROPPED_NOT_IP, length);
	else if (!publisher_is_open(u->tunnel->bridge.publisher))
		drop(DROPPED_NO_BROKER, length);
	else
		publish(u, &ends, octets, count);
}

/* --- what the bridge calls --- */

static int prepare(void *context)
{
	const struct uplink *u = context;

	if (publisher_is_without_own_keys(u->tunnel->bridge.publisher))
		peers_give_up_own_keys(u->tunnel->peers);
	if (publisher_is_without_optional_keys(u->tunnel->bridge.publisher))
		peers_give_up_direct(u->tunnel->peers);
	return atomic_load(&u->tunnel->device);
}

static int read_device(void *context)
{
	struct uplink *u = context;
	const struct tun_interface *interface = &u->tunnel->interface;
	ssize_t count = 0;

	for (unsigned i = 0; i < READS_AT_ONCE; i++) {
		uint8_t *room = batches_room(u->batches);

		count = device_read(interface->device, interface->offload, room, BATCH_ROOM);
		if (count <= 0)
			break;
		handle_packet(u, room, (size_t)count);
	}
	batches_flush(u->batches);
	if (count >= 0)
		return 0;
	log_error("%s: the interface is gone (was it deleted?)", interface->name);
	return -1;
}

static bool describe(void *context, struct envelope_control *c)
{
	const struct tunnel *t = ((const struct uplink *)context)->tunnel;

	if (atomic_load(&t->device) < 0)
		return false;
	start_write(&c->tun, &t->in_force, t->settings, bus_run());
	if (!bridge_reads_own_keys(&t->bridge))
		snprintf(c->tun.encodings, sizeof c->tun.encodings, "json");
	return true;
}

static void watch(void *context)
{
	tunnel_count_dropped(((const struct uplink *)context)->tunnel);
}

int uplink_open(struct bridge_uplink *uplink, struct tunnel *t, struct why *why)
{
	static struct uplink u;

	stats_register("uplink", counters, COUNTERS);
	u.tunnel = t;
	u.batches = batches_new(t, send_body, &u);
	t->batches = u.batches;
	if (!u.batches)
		return why_set(why, "out of memory");
	*uplink = (struct bridge_uplink){.context = &u,
	                                 .prepare = prepare,
	                                 .read = read_device,
	                                 .describe = describe,
	                                 .watch = watch};
	return 0;
}
