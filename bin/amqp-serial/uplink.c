#include "uplink.h"

#include <stdio.h>

#include "base/log.h"
#include "body.h"
#include "bus/run.h"
#include "capture/choice.h"
#include "frame.h"
#include "packet/strip.h"

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
	struct body body;
	bool bus_is_full; /* the body is kept: the ring has to wait */
} uplink;

/* A frame of the ring, in its parts. */
struct parts {
	struct envelope_packet tap, mac; /* with its pseudo-header and FCS; without */
	bool bad_fcs;
};

static void split(struct parts *parts, const struct envelope_packet *p)
{
	struct frame_tap tap = {0};
	int header = frame_tap_parse(&tap, p->data, p->length, NULL);
	size_t skip = header > 0 ? (size_t)header : 0;

	parts->tap = parts->mac = *p;
	parts->mac.data += skip;
	parts->mac.length -= skip;
	parts->mac.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	parts->bad_fcs = false;
	if (tap.fcs_type != FRAME_TAP_FCS_NONE) {
		parts->bad_fcs = !strip_fcs_ok(tap.fcs_type, parts->mac.data, parts->mac.length);
		parts->mac.length -= strip_fcs_size(tap.fcs_type);
	}
}

/* --- what a probe's assumptions do not cover --- */

static void note(enum counters counter, const char *words)
{
	if (stats_get(&counters[counter]) == 0)
		log_warning("%s: %s", uplink.station->settings->port.path, words);
	stats_add(&counters[counter], 1);
}

static void note_unusual(const struct frame *f)
{
	if (f->type == FRAME_BEACON)
		note(BEACONS, "beacons are on the air: probes are made for networks without them");
	if (f->security_enabled)
		note(SECURED, "secured frames are on the air: they travel as they are; what comes "
		              "late or twice will "
		              "be refused as a replay");
}

/* --- frames --- */

enum { NOT_WANTED = COUNTERS }; /* no counter here: it is the filter's */

/* PUBLISHED: it is to be. */
static unsigned verdict_on(const struct uplink *u, const struct parts *parts, const struct frame *f)
{
	const struct settings *s = u->station->settings;

	if (parts->bad_fcs && s->mode == MODE_ACTIVE)
		return BAD_FCS;
	if (f->type == FRAME_ACK && !s->forward_acks)
		return ACK;
	return choice_passes(&parts->tap) ? PUBLISHED : NOT_WANTED;
}

/* False: no room in the body; nothing has been counted. */
static bool add_frame(struct uplink *u, const struct envelope_packet *p)
{
	struct frame f = {0};
	struct parts parts;

	split(&parts, p);
	frame_parse(&f, parts.mac.data, parts.mac.length, FRAME_RECEIVER, NULL);
	unsigned verdict = verdict_on(u, &parts, &f);
	if (verdict == PUBLISHED &&
	    !body_add(&u->body, u->body.link_type == ENVELOPE_LINK_IEEE802_15_4_TAP ? &parts.tap
	                                                                            : &parts.mac))
		return false;
	stats_add(&counters[READ], 1);
	if (verdict == PUBLISHED || verdict == NOT_WANTED)
		choice_count(&parts.tap, verdict == PUBLISHED);
	if (!parts.bad_fcs)
		note_unusual(&f);
	if (verdict == PUBLISHED) {
		stats_add(&counters[PUBLISHED_BAD_FCS], parts.bad_fcs);
		stats_set(&counters[WAITING], u->body.frames);
	} else if (verdict != NOT_WANTED) {
		stats_add(&counters[verdict], 1);
	}
	return true;
}

static void fill_body(struct uplink *u)
{
	struct envelope_packet p;

	while (ring_peek(u->station->ring, &p) && add_frame(u, &p))
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
		if (body_publish(&u->body, u->station->bridge.publisher) == PUBLISHER_AGAIN) {
			u->bus_is_full = true;
			return;
		}
		stats_add(&counters[PUBLISHED], frames);
		stats_set(&counters[WAITING], 0);
	}
}

/* --- what the bridge calls --- */

static int prepare(void *context)
{
	struct uplink *u = context;

	publish_waiting(u);
	return u->bus_is_full ? -1 : ring_fd(u->station->ring);
}

static bool describe(void *context, struct envelope_control *c)
{
	const struct settings *s = ((const struct uplink *)context)->station->settings;

	snprintf(c->serial.name, sizeof c->serial.name, "%s", s->name);
	snprintf(c->serial.port, sizeof c->serial.port, "%s", s->port.path);
	snprintf(c->serial.boudrate, sizeof c->serial.boudrate, "%u",
	         ((const struct uplink *)context)->station->port.baud);
	snprintf(c->serial.session, sizeof c->serial.session, "%s", bus_run());
	return true;
}

/* JSON and the NOFCS capture have no room for a verdict, nor for what the radio says of a frame. */
static uint16_t choose_link_type(const struct settings *s)
{
	const struct firmware *f = probe_firmware(&probe_options);
	bool verdicts =
		s->mode == MODE_PASSIVE && f->ends_in_fcs && probe_options.fcs != PROBE_FCS_NONE;

	if (!s->pcap && (f->tells_radio || probe_options.channel >= 0))
		log_warning("JSON has no room for channel, signal strength and clock of the probe: "
		            "with --encoding pcap they are published, too");
	return s->pcap && (verdicts || f->tells_radio || probe_options.channel >= 0)
	               ? ENVELOPE_LINK_IEEE802_15_4_TAP
	               : ENVELOPE_LINK_IEEE802_15_4_NOFCS;
}

int uplink_open(struct bridge_uplink *bridge_uplink, struct station *st, struct why *why)
{
	stats_register("uplink", counters, COUNTERS);
	uplink.station = st;
	*bridge_uplink = (struct bridge_uplink){
		.context = &uplink, .prepare = prepare, .describe = describe};
	return body_open(&uplink.body, st->settings, choose_link_type(st->settings), why);
}

void uplink_count_rest(struct station *st)
{
	uint64_t in_ring = ring_count(st->ring);

	stats_add(&counters[READ], in_ring);
	stats_add(&counters[AT_END], in_ring + stats_get(&counters[WAITING]));
	stats_set(&counters[WAITING], 0);
}
