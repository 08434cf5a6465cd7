#include "downlink.h"

#include <stdio.h>
#include <string.h>

#include "agent/decode.h"
#include "base/clock.h"
#include "base/histogram.h"
#include "base/limit.h"
#include "base/log.h"
#include "envelope.h"
#include "frame.h"
#include "packet/packet.h"
#include "packet/strip.h"

enum counters { RECEIVED, PASSIVE, BAD_FCS, COUNTERS };
static struct counter counters[COUNTERS] = {
	[RECEIVED] = {.name = "received"},
	[PASSIVE] = {.name = "rejected_passive"},
	[BAD_FCS] = {.name = "rejected_bad_fcs"},
};

static struct delay delay; /* from a frame's own time to its arrival here */

static struct downlink {
	struct station *station;
	size_t longest; /* frame that is passed on, without FCS */
	bool warned_passive, warned_long;
	struct decoder decoder;
	uint8_t frame[FRAME_OCTETS_MAX];
} downlink;

static void count(enum counters counter, uint64_t n)
{
	stats_add(&counters[counter], n);
}

/* --- frames --- */

static void warn_passive(struct downlink *d, const char *key)
{
	if (!d->warned_passive)
		log_warning("%s: frames are sent to this probe, which is passive: they are not "
		            "passed on",
		            key);
	d->warned_passive = true;
}

static void refuse(struct downlink *d, enum counters reason, const char *words, size_t offset)
{
	count(reason, 1);
	decode_tell(d->decoder.message, counters[reason].name, words, offset);
}

static void refuse_long(struct downlink *d, size_t length, size_t offset)
{
	char words[64];

	snprintf(words, sizeof words, "longer than %zu octets", d->longest);
	decode_refuse(&d->decoder, DECODE_TOO_LONG, words, offset);
	if (!d->warned_long)
		log_warning("%s: a frame of %zu octets, which is more than the %zu that go to this "
		            "probe: left out, as all that are (--max-frame)",
		            d->decoder.message->key, length, d->longest);
	d->warned_long = true;
}

/* frame: without FCS, which the radio adds. */
static void handle_frame(struct downlink *d, const uint8_t *frame, size_t length, size_t offset)
{
	if (d->station->settings->mode == MODE_PASSIVE) {
		warn_passive(d, d->decoder.message->key);
		refuse(d, PASSIVE, "this probe is passive", offset);
	} else if (length > d->longest) {
		refuse_long(d, length, offset);
	} else {
		sender_put(&d->station->sender, frame, length);
	}
}

static void strip_fcs(struct downlink *d, const uint8_t *frame, size_t length, unsigned fcs_type,
                      size_t offset)
{
	size_t fcs_size = strip_fcs_size(fcs_type);

	if (!strip_fcs_ok(fcs_type, frame, length))
		refuse(d, BAD_FCS, "its FCS is wrong", offset);
	else if (length == fcs_size)
		decode_refuse(&d->decoder, DECODE_NO_DATA, "nothing but an FCS", offset);
	else
		handle_frame(d, frame, length - fcs_size, offset);
}

static void strip_tap(struct downlink *d, const uint8_t *packet, size_t length, size_t offset)
{
	struct frame_tap tap;
	int header = frame_tap_parse(&tap, packet, length, NULL);

	if (header < 0 || (size_t)header >= length)
		decode_refuse(&d->decoder, DECODE_RECORD,
		              header < 0 ? frame_strerror(header)
		                         : "no frame behind its TAP header",
		              offset);
	else if (tap.fcs_type == FRAME_TAP_FCS_NONE)
		handle_frame(d, packet + header, length - (size_t)header, offset);
	else
		strip_fcs(d, packet + header, length - (size_t)header, tap.fcs_type, offset);
}

/* --- messages --- */

static void handle_packet(struct downlink *d, const struct bus_message *m,
                          const struct envelope_packet *p)
{
	/* Of a JSON body the octets are elsewhere. */
	bool in_body = p->data != d->frame;
	size_t offset = in_body ? (size_t)(p->data - m->body) : 0;

	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		strip_tap(d, p->data, p->length, offset);
	else if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS)
		strip_fcs(d, p->data, p->length, strip_fcs_type(p->data, p->length), offset);
	else
		handle_frame(d, p->data, p->length, offset);
}

static void handle_data(void *context, const struct bus_message *m)
{
	struct downlink *d = context;
	struct envelope_gso_packet p;
	int64_t arrival_ns = now_ns();
	int outcome;

	decode_begin(&d->decoder, m, ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	while ((outcome = decode_next(&d->decoder, &p)) != 0) {
		count(RECEIVED, 1);
		if (outcome < 0)
			continue;
		delay_note(&delay, p.packet.time_ns, arrival_ns);
		handle_packet(d, m, &p.packet);
	}
}

/* A message can neither choose a port nor its speed. */
static enum bridge_outcome handle_start(struct station *st, const struct envelope_serial *asked)
{
	const struct settings *s = st->settings;

	if (asked->port[0] && strcmp(asked->port, s->port.path) != 0)
		limited_info("serial.start asks for the port %s: %s stays in force", asked->port,
		             s->port.path);
	bridge_announce_again(&st->bridge);
	return BRIDGE_HANDLED;
}

/* --- what the bridge calls --- */

/* The thread of the port writes what waits. */
static int prepare(void *context)
{
	(void)context;
	return -1;
}

static enum bridge_outcome handle_control(void *context, const struct bus_message *m,
                                          const struct envelope_key *key,
                                          const struct envelope_control *c)
{
	const struct downlink *d = context;

	(void)m;
	(void)key;
	return c->kind == ENVELOPE_SERIAL_START ? handle_start(d->station, &c->serial)
	                                        : BRIDGE_IGNORED;
}

struct bridge_downlink downlink_open(struct station *st)
{
	struct downlink *d = &downlink;

	const struct firmware *f = probe_firmware(&probe_options);

	stats_register("downlink", counters, COUNTERS);
	delay_register(&delay, "downlink");
	d->station = st;
	d->longest = probe_options.max_frame < f->longest ? probe_options.max_frame : f->longest;
	d->decoder = (struct decoder){.wanted = DECODE_FRAMES,
	                              .room = d->frame,
	                              .room_size = sizeof d->frame,
	                              .names[DECODE_NOT_GSO] = "rejected_encoding",
	                              .names[DECODE_HEADER] = "rejected_encoding"};
	decode_register(&d->decoder, "downlink");
	return (struct bridge_downlink){
		.context = d, .prepare = prepare, .data = handle_data, .control = handle_control};
}
