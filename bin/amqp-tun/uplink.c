#include "uplink.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "announce.h"
#include "batch.h"
#include "bus.h"
#include "log.h"
#include "packet.h"
#include "stats.h"

/* So many packets at the most before the broker is looked at again. */
enum { READS_AT_ONCE = 512 };

enum counters { READ, PUBLISHED, DROPPED_NO_BROKER, DROPPED_NOT_IP, COUNTERS };
static struct counter counters[COUNTERS] = {
	[READ] = {.name = "read"},
	[PUBLISHED] = {.name = "published"},
	[DROPPED_NO_BROKER] = {.name = "dropped_no_broker"},
	[DROPPED_NOT_IP] = {.name = "dropped_not_ip"},
};

struct uplink {
	struct tunnel *tunnel;
	struct bus *bus;
	struct announcer announcer;
	struct batches *batches;
	uint8_t packet[DEVICE_PACKET_MAX];
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

static void take_packet(struct uplink *u, size_t length)
{
	struct envelope_packet p = {u->packet, length, now_ns(), LINK_RAW};
	struct ends ends;

	stats_add(&counters[READ], 1);
	if (check_read(&ends, u->packet, length) != CHECK_PASSED)
		stats_add(&counters[DROPPED_NOT_IP], 1);
	else if (!bus_is_open(u->bus))
		stats_add(&counters[DROPPED_NO_BROKER], 1);
	else
		batches_add(u->batches, receiver(u, &ends), &p);
}

/* 0, or -1: the interface is gone. */
static int read_device(struct uplink *u, int device)
{
	ssize_t length = 0;

	for (unsigned i = 0; i < READS_AT_ONCE; i++) {
		length = device_read(device, u->packet, sizeof u->packet);
		if (length <= 0)
			break;
		take_packet(u, (size_t)length);
	}
	batches_flush(u->batches);
	return length < 0 ? -1 : 0;
}

static void drain(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN)
		log_error("eventfd: %s", strerror(errno));
}

static int run(void *context)
{
	struct uplink *u = context;

	while (!loop_stopping()) {
		int device = atomic_load(&u->tunnel->device), timeout = -1;
		struct pollfd fds[3 + BUS_FDS] = {
			{loop_stop_fd(), POLLIN, 0}, {u->tunnel->wake_fd, POLLIN, 0}, {device, POLLIN, 0}};
		int count = bus_prepare(u->bus, fds + 3, &timeout);

		poll(fds, (nfds_t)(3 + count), timeout);
		if (fds[1].revents)
			drain(u->tunnel->wake_fd);
		int status = bus_work(u->bus);
		if (status != BUS_OK)
			return status;
		announce_due(&u->announcer);
		if (fds[2].revents && read_device(u, device) < 0) {
			log_error("%s: the interface is gone (was it deleted?)", u->tunnel->made.ifname);
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
	struct bus_config config = {.role = BUS_PUBLISHER, .agent = t->settings->name, .direction = "uplink"};

	stats_register("uplink", counters, COUNTERS);
	u->tunnel = t;
	u->bus = bus_new(&config);
	u->announcer = (struct announcer){.tunnel = t, .bus = u->bus};
	u->batches = batches_new(t, send_body, u);
	if (!u->batches)
		die(EXIT_RUNNING, "out of memory");
	return (struct worker){.name = "uplink", .run = run, .context = u, .watch = watch, .interrupt = interrupt};
}
