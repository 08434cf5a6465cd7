#include "uplink.h"

#include <poll.h>

#include "announce.h"
#include "body.h"
#include "bus/bus_spool.h"
#include "base/event.h"
#include "frame.h"
#include "base/log.h"

enum counters {
	READ,
	PUBLISHED,
	WAITING,
	ACK,
	BAD_FCS,
	AT_END,
	PUBLISHED_BAD_FCS,
	BEACONS,
	SECURED,
	COUNTERS
};
static struct counter counters[COUNTERS] = {
	[READ] = {.name = "read"},
	[PUBLISHED] = {.name = "published"},
	[WAITING] = {.name = "waiting"},
	[ACK] = {.name = "dropped_ack"},
	[BAD_FCS] = {.name = "dropped_bad_fcs"},
	[AT_END] = {.name = "dropped_at_end"},
	[PUBLISHED_BAD_FCS] = {.name = "published_bad_fcs"},
	[BEACONS] = {.name = "beacons"},
	[SECURED] = {.name = "secured"},
};

static struct uplink {
	struct station *station;
	struct bus *bus;
	struct announcer announcer;
	struct body body;
	bool bus_is_full; /* the body is kept: the ring has to wait */
} uplink;

/* What the ring holds, taken apart. */
struct heard {
	struct envelope_packet tap, mac; /* with its pseudo-header and FCS; without */
	bool bad_fcs;
};

static void take_apart(struct heard *h, const struct envelope_packet *p)
{
	struct frame_tap tap = {0};
	int header = frame_tap_parse(&tap, p->data, p->length, NULL);
	size_t skip = header > 0 ? (size_t)header : 0;

	h->tap = h->mac = *p;
	h->mac.data += skip;
	h->mac.length -= skip;
	h->mac.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	h->bad_fcs = false;
	if (tap.fcs_type == FRAME_TAP_FCS16) {
		h->bad_fcs = !frame_fcs16_ok(h->mac.data, h->mac.length);
		h->mac.length -= FRAME_FCS16_SIZE;
	}
}

/* --- what a probe's assumptions do not cover --- */

static void note(enum counters counter, const char *words)
{
	if (stats_get(&counters[counter]) == 0)
		log_warning("%s: %s", uplink.station->settings->port.path, words);
	stats_add(&counters[counter], 1);
}

static void look_at_air(const struct frame *f)
{
	if (f->type == FRAME_BEACON)
		note(BEACONS, "beacons are on the air: probes are made for networks without them");
	if (f->security_enabled)
		note(SECURED, "secured frames are on the air: they travel as they are; what comes "
		              "late or twice will "
		              "be refused as a replay");
}

/* --- frames --- */

/* PUBLISHED: it is to be. */
static enum counters judge(const struct uplink *u, const struct heard *h, const struct frame *f)
{
	const struct settings *s = u->station->settings;

	if (h->bad_fcs && s->mode == MODE_ACTIVE)
		return BAD_FCS;
	return f->type == FRAME_ACK && !s->forward_acks ? ACK : PUBLISHED;
}

/* False: no room in the body; nothing has been counted. */
static bool take_frame(struct uplink *u, const struct envelope_packet *p)
{
	struct frame f = {0};
	struct heard h;

	take_apart(&h, p);
	frame_parse(&f, h.mac.data, h.mac.length, FRAME_RECEIVER, NULL);
	enum counters verdict = judge(u, &h, &f);
	if (verdict == PUBLISHED &&
	    !body_add(&u->body,
	              u->body.link_type == ENVELOPE_LINK_IEEE802_15_4_TAP ? &h.tap : &h.mac))
		return false;
	stats_add(&counters[READ], 1);
	if (!h.bad_fcs)
		look_at_air(&f);
	if (verdict == PUBLISHED) {
		stats_add(&counters[PUBLISHED_BAD_FCS], h.bad_fcs);
		stats_set(&counters[WAITING], u->body.frames);
	} else {
		stats_add(&counters[verdict], 1);
	}
	return true;
}

static void fill_body(struct uplink *u)
{
	struct envelope_packet p;

	while (ring_peek(u->station->ring, &p) && take_frame(u, &p))
		ring_remove(u->station->ring);
}

/* Until the ring is empty or the bus takes no more. */
static void publish_waiting(struct uplink *u)
{
	u->bus_is_full = false;
	for (;;) {
		fill_body(u);
		unsigned frames = u->body.frames;
		if (!frames) {
			ring_arm(u->station->ring);
			return;
		}
		if (body_publish(&u->body, u->bus) == BUS_AGAIN) {
			u->bus_is_full = true;
			return;
		}
		stats_add(&counters[PUBLISHED], frames);
		stats_set(&counters[WAITING], 0);
	}
}

/* --- the thread --- */

static int end(struct uplink *u)
{
	publish_waiting(u);
	announce_shutdown(&u->announcer);
	bus_close(u->bus);
	return EXIT_OK;
}

static int run(void *context)
{
	struct uplink *u = context;
	struct station *st = u->station;

	while (!loop_stopping()) {
		int timeout = -1;
		struct pollfd fds[3 + BUS_FDS] = {
			{loop_stop_fd(), POLLIN, 0},
			{st->wake_fd, POLLIN, 0},
			{u->bus_is_full ? -1 : ring_fd(st->ring), POLLIN, 0},
		};
		int count = bus_prepare(u->bus, fds + 3, &timeout);

		poll(fds, (nfds_t)(3 + count), timeout);
		if (fds[1].revents)
			event_drain(st->wake_fd);
		int status = bus_work(u->bus);
		if (status != BUS_OK)
			return status;
		announce_due(&u->announcer);
		publish_waiting(u);
	}
	return end(u);
}

static void watch(void *context)
{
	const struct uplink *u = context;

	bus_watch(u->bus);
}

static void interrupt(void *context)
{
	const struct uplink *u = context;

	bus_interrupt(u->bus);
}

/* JSON and the NOFCS capture have no room for a verdict: in passive mode it goes with the frame
 * where it can. */
static uint16_t choose_link_type(const struct settings *s)
{
	return s->mode == MODE_PASSIVE && probe_options.fcs != PROBE_FCS_NONE && s->pcap
	               ? ENVELOPE_LINK_IEEE802_15_4_TAP
	               : ENVELOPE_LINK_IEEE802_15_4_NOFCS;
}

struct worker uplink_worker(struct station *st)
{
	struct uplink *u = &uplink;
	const struct bus_config config = {
		.role = BUS_PUBLISHER,
		.agent = st->settings->name,
		.direction = "uplink",
		.kept = true,
		.kept_octets = (size_t)st->settings->buffer_mib << 20,
		.store = bus_spool_open(st->settings->name),
	};

	stats_register("uplink", counters, COUNTERS);
	u->station = st;
	u->bus = bus_new(&config);
	u->announcer = (struct announcer){.station = st, .bus = u->bus};
	body_open(&u->body, st->settings, choose_link_type(st->settings));
	return (struct worker){
		.name = "uplink", .run = run, .context = u, .watch = watch, .interrupt = interrupt};
}

void uplink_count_rest(struct station *st)
{
	uint64_t in_ring = ring_count(st->ring);

	stats_add(&counters[READ], in_ring);
	stats_add(&counters[AT_END], in_ring + stats_get(&counters[WAITING]));
	stats_set(&counters[WAITING], 0);
}
