#include "uplink.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "announce.h"
#include "batch.h"
#include "bus/bus.h"
#include "device.h"
#include "base/event.h"
#include "base/log.h"
#include "base/clock.h"
#include "base/stats.h"
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
	struct bus *bus;
	struct announcer announcer;
	struct batches *batches;
};

static void send_body(void *context, const struct bus_publication *p)
{
	struct uplink *u = context;

	stats_add(&counters[bus_publish(u->bus, p) == 0 ? PUBLISHED : DROPPED_NO_BROKER], p->units);
}

/* Whom a packet is for; with one peer, or a router, everything goes under the plain key. */
static int receiver(struct uplink *u, const struct ends *ends)
{
	int owner;

	if (u->tunnel->settings->peer_count < 2 || bus_options.api == ENVELOPE_V0)
		return PEERS_NOBODY;
	owner = peers_owner(u->tunnel->peers, ends->family, ends->destination);
	return owner == PEERS_SELF ? PEERS_NOBODY : owner;
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
	/* Who is elsewhere would take us for a router that we are not. */
	if (check_is_own(&t->rules, ends->family, ends->source) ||
	    check_is_behind(&t->rules, ends->family, ends->source))
		octets = too_big_answer(answer, packet, length, mtu);
	if (octets && device_write(t->interface.device, t->interface.offload, answer, octets) < 0)
		log_debug("%s: takes no answer to a packet that is too big", t->interface.name);
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
	int to = receiver(u, ends);
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

static void take_packet(struct uplink *u, const uint8_t *octets, size_t count)
{
	size_t length = count - ENVELOPE_VNET_HEADER;
	struct ends ends;

	if (check_read(&ends, octets + ENVELOPE_VNET_HEADER, length) != CHECK_PASSED)
		drop(DROPPED_NOT_IP, length);
	else if (!bus_is_open(u->bus))
		drop(DROPPED_NO_BROKER, length);
	else
		publish(u, &ends, octets, count);
}

/* 0, or -1: the interface is gone. */
static int read_device(struct uplink *u, int device)
{
	ssize_t count = 0;

	for (unsigned i = 0; i < READS_AT_ONCE; i++) {
		uint8_t *room = batches_room(u->batches);

		count = device_read(device, u->tunnel->interface.offload, room, BATCH_ROOM);
		if (count <= 0)
			break;
		take_packet(u, room, (size_t)count);
	}
	batches_flush(u->batches);
	return count < 0 ? -1 : 0;
}

static int run(void *context)
{
	struct uplink *u = context;

	while (!loop_stopping()) {
		int device = atomic_load(&u->tunnel->device), timeout = -1;
		struct pollfd fds[3 + BUS_FDS] = {{loop_stop_fd(), POLLIN, 0},
		                                  {u->tunnel->wake_fd, POLLIN, 0},
		                                  {device, POLLIN, 0}};
		int count = bus_prepare(u->bus, fds + 3, &timeout);

		poll(fds, (nfds_t)(3 + count), timeout);
		/* First, since a packet waits. */
		bool gone = fds[2].revents && read_device(u, device) < 0;
		if (fds[1].revents)
			event_drain(u->tunnel->wake_fd);
		int status = bus_work(u->bus);
		if (status != BUS_OK)
			return status;
		announce_due(&u->announcer);
		if (gone) {
			log_error("%s: the interface is gone (was it deleted?)",
			          u->tunnel->interface.name);
			announce_shutdown(&u->announcer);
			bus_close(u->bus);
			return EXIT_RUNNING;
		}
	}
	announce_shutdown(&u->announcer);
	bus_close(u->bus);
	return EXIT_OK;
}

static void watch(void *context)
{
	struct uplink *u = context;

	bus_watch(u->bus);
	tunnel_count_dropped(u->tunnel);
}

static void interrupt(void *context)
{
	struct uplink *u = context;

	bus_interrupt(u->bus);
}

struct worker uplink_worker(struct tunnel *t)
{
	static struct uplink uplink;
	struct uplink *u = &uplink;
	struct bus_config config = {.role = BUS_PUBLISHER,
	                            .agent = t->settings->name,
	                            .direction = "uplink",
	                            .socket_octets = TUNNEL_SOCKET_OCTETS};

	stats_register("uplink", counters, COUNTERS);
	u->tunnel = t;
	u->bus = bus_new(&config);
	u->announcer = (struct announcer){.tunnel = t, .bus = u->bus};
	u->batches = batches_new(t, send_body, u);
	if (!u->batches)
		die(EXIT_RUNNING, "out of memory");
	return (struct worker){
		.name = "uplink", .run = run, .context = u, .watch = watch, .interrupt = interrupt};
}
