#include "station.h"

#include "agent/translation.h"
#include "base/progress.h"
#include "capture/choice.h"

enum {
	RING_OCTETS = 256 << 10
}; /* a second and a half of frames at 1 Mbit/s; what waits longer waits in the uplink's buffer */

/* Old radio is worse than none: a second's worth of a fast line, and not older than that. */
enum { QUEUE_OCTETS = 256 << 10, QUEUE_TTL_MS = 1000 };

static int open_bridge(struct station *st, struct why *why)
{
	const struct settings *s = st->settings;
	static struct translation translation;
	struct bridge_config config = {
		.bus = &s->bus,
		.name = s->name,
		.device = "serial",
		.packet = ENVELOPE_SERIAL_PACKET,
		.start = ENVELOPE_SERIAL_START,
		.started = ENVELOPE_SERIAL_STARTED,
		.peers = s->peers.item,
		.peer_count = s->peers.count,
		.queue = {.max_octets = QUEUE_OCTETS, .message_ttl_ms = QUEUE_TTL_MS},
		.publisher = {.kept = true,
	                      .kept_octets = (size_t)s->buffer_mib << 20,
	                      .translate = translation_part,
	                      .context = &translation},
		.messages_at_once = 64,
	};

	choice_init(&s->choice);
	translation.api = (enum envelope_api)s->bus.api;
	if (spool_open(&config.publisher.store, &s->spool, s->name, why) < 0)
		return -1;
	return bridge_init(&st->bridge, &config, why);
}

/* "/dev/ttyACM0 is open at 115200 baud; waiting for agent_2" */
static void tell_of_port(const struct station *st)
{
	const struct settings *s = st->settings;
	const char *then = "frames for it come from a router (--peer NAME: from there)";
	char names[512];

	if (s->mode == MODE_PASSIVE)
		then = "it only listens";
	else if (s->peers.count)
		then = "waiting for ";
	progress_say("%s is open at %u baud; %s%s", s->port.path, st->port.baud, then,
	             liveness_names(&st->bridge.commands.liveness, names, sizeof names));
}

/* --- what the port's thread calls --- */

static size_t put_heard(void *station, const struct envelope_packet *packets, size_t n)
{
	struct station *st = station;
	size_t taken = 0;

	for (size_t i = 0; i < n; i++) {
		if (st->tee)
			tee_put(st->tee, TEE_FROM_PROBE, &packets[i]);
		taken += ring_put(st->ring, &packets[i]);
	}
	return taken;
}

static void put_sent(void *station, const struct probe_frame *f)
{
	struct station *st = station;
	uint8_t octets[PROBE_PACKET_MAX];
	struct envelope_packet p;

	if (st->tee && probe_packet(&p, octets, f, ENVELOPE_LINK_IEEE802_15_4_TAP))
		tee_put(st->tee, TEE_TO_PROBE, &p);
}

int station_open(struct station *st, const struct settings *s, struct why *why)
{
	st->settings = s;
	st->ring = ring_new(RING_OCTETS);
	if (!st->ring)
		return why_errno(why, "ring between threads");
	probe_reader_init(&st->line, s->port.path, &probe_options, ENVELOPE_LINK_IEEE802_15_4_TAP,
	                  put_heard, st);
	if (probe_reader_report_air(&st->line, 0, why) < 0)
		return -1;
	if (sender_open(&st->sender, "downlink", why) < 0)
		return -1;
	st->sender.pace_ns = (int64_t)probe_options.pace_ms * 1000000;
	st->sender.sent = put_sent;
	st->sender.context = st;
	st->line.sender = &st->sender;
	st->line.port = &st->port;
	if (port_open(&st->port, &s->port, why) < 0)
		return why_set(why, "%s: %s", s->port.path, why->text);
	if (open_bridge(st, why) < 0)
		return -1;
	if (st->port.serial)
		tell_of_port(st);
	return 0;
}

void station_close(struct station *st)
{
	port_close(&st->port);
}
