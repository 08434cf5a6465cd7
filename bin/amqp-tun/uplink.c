#include "uplink.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "batch.h"
#include "bus/run.h"
#include "device.h"
#include "overlong.h"
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
	FRAGMENTED,
	ANSWERS,
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
	[FRAGMENTED] = {.name = "fragmented"}, /* packets before that */
	[ANSWERS] = {.name = "answers"},       /* of what was read: not the interface's */
};

struct uplink {
	struct tunnel *tunnel;
	struct batches *batches;
	struct answer_limit limit;
	unsigned told_mtu;
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

	if (!mtu || mtu >= atomic_load(&u->tunnel->mtu))
		return 0;
	envelope_vnet_parse(&vnet, octets);
	octets += ENVELOPE_VNET_HEADER;
	count -= ENVELOPE_VNET_HEADER;
	if (envelope_vnet_check_own(&vnet, octets, count) < 0)
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
	if (!icmp_answers_allow(&u->limit, monotonic_ns()))
		return;
	/* To a source elsewhere, an answer would look as if this host were its router. */
	if (check_is_own(&t->rules, ends->family, ends->source) ||
	    check_is_behind(&t->rules, ends->family, ends->source))
		octets = too_big_answer(answer, packet, length, mtu);
	if (octets && device_write(t->interface.device, t->interface.offload, answer, octets) < 0)
		log_debug("%s: the answer to a packet that is too big could not be written",
		          t->interface.name);
}

static void tell_once(struct uplink *u, unsigned mtu)
{
	if (u->told_mtu == mtu)
		return;
	u->told_mtu = mtu;
	log_warning("%s: packets leave it that are longer than the other end's MTU of %u: "
	            "fragmented, or their senders told",
	            u->tunnel->interface.name, mtu);
}

static void publish(struct uplink *u, const struct ends *ends, const uint8_t *octets, size_t count)
{
	int to = peers_receiver(u->tunnel->peers, ends->family, ends->destination);
	size_t length = count - ENVELOPE_VNET_HEADER;
	unsigned mtu = too_small_mtu(u, to, octets, count), packets;

	if (mtu)
		tell_once(u, mtu);
	if (mtu && !overlong_is_divisible(octets + ENVELOPE_VNET_HEADER, length)) {
		refuse_too_big(u, ends, octets + ENVELOPE_VNET_HEADER, length, mtu);
		return;
	}
	packets = batches_add_within(u->batches, to, count, now_ns(), mtu);
	stats_add(&counters[FRAGMENTED], mtu && packets);
	if (packets)
		count_read(packets, batches_octets(u->batches));
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

/* What the downlink has to say to senders. */
static void publish_answers(struct uplink *u)
{
	uint8_t answer[TOO_BIG_MAX];
	size_t length;

	while ((length = icmp_answers_next(&u->tunnel->answers, answer))) {
		uint8_t *room = batches_room(u->batches);

		memset(room, 0, ENVELOPE_VNET_HEADER);
		memcpy(room + ENVELOPE_VNET_HEADER, answer, length);
		stats_add(&counters[ANSWERS], 1);
		handle_packet(u, room, ENVELOPE_VNET_HEADER + length);
		batches_flush(u->batches);
	}
}

/* --- what the bridge calls --- */

static int prepare(void *context)
{
	struct uplink *u = context;

	if (publisher_is_without_own_keys(u->tunnel->bridge.publisher))
		peers_give_up_own_keys(u->tunnel->peers);
	if (publisher_is_without_optional_keys(u->tunnel->bridge.publisher))
		peers_give_up_direct(u->tunnel->peers);
	publish_answers(u);
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
	snprintf(c->tun.mtu, sizeof c->tun.mtu, "%u", atomic_load(&t->mtu));
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
