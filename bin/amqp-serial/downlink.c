#include "downlink.h"

#include <poll.h>

#include "bindings.h"
#include "bus/bus.h"
#include "control.h"
#include "base/histogram.h"
#include "envelope.h"
#include "frame.h"
#include "base/log.h"
#include "outbox.h"
#include "base/clock.h"
#include "packet/packet.h"
#include "agent/decode.h"

/* So many messages at the most before the port and the stop are looked at again. */
enum { MESSAGES_AT_ONCE = 64 };

enum counters {
	RECEIVED,
	DELIVERED,
	WAITING,
	PASSIVE,
	TOO_LONG,
	BAD_FCS,
	NOT_JSON,
	OCTET,
	NO_DATA,
	NOT_PCAP,
	RECORD,
	LINK_TYPE,
	ENCODING,
	PORT_BUSY,
	TOO_OLD,
	PORT_GONE,
	AT_END,
	COUNTERS
};
static struct counter counters[COUNTERS] = {
	[RECEIVED] = {.name = "received"},
	[DELIVERED] = {.name = "delivered"},
	[WAITING] = {.name = "waiting"},
	[PASSIVE] = {.name = "rejected_passive"},
	[TOO_LONG] = {.name = "rejected_too_long"},
	[BAD_FCS] = {.name = "rejected_bad_fcs"},
	[NOT_JSON] = {.name = "rejected_not_json"},
	[OCTET] = {.name = "rejected_octet"},
	[NO_DATA] = {.name = "rejected_no_data"},
	[NOT_PCAP] = {.name = "rejected_not_pcap"},
	[RECORD] = {.name = "rejected_record"},
	[LINK_TYPE] = {.name = "rejected_link_type"},
	[ENCODING] = {.name = "rejected_encoding"},
	[PORT_BUSY] = {.name = "dropped_port_busy"},
	[TOO_OLD] = {.name = "dropped_too_old"},
	[PORT_GONE] = {.name = "dropped_port_gone"},
	[AT_END] = {.name = "dropped_at_end"},
};

static const enum counters refusal_counters[UNPACK_REASONS] = {
	[UNPACK_NOT_JSON] = NOT_JSON,   [UNPACK_OCTET] = OCTET,       [UNPACK_NO_DATA] = NO_DATA,
	[UNPACK_TOO_LONG] = TOO_LONG,   [UNPACK_NOT_PCAP] = NOT_PCAP, [UNPACK_RECORD] = RECORD,
	[UNPACK_LINK_TYPE] = LINK_TYPE, [UNPACK_NOT_GSO] = ENCODING,  [UNPACK_HEADER] = ENCODING,
	[UNPACK_ENCODING] = ENCODING,
};

static struct delay delay; /* from a frame's own time to its arrival here */

static struct downlink {
	struct station *station;
	struct bus *bus;
	struct bindings bindings;
	struct control control;
	struct outbox outbox;
	bool port_failed, told_passive;
	uint64_t generation;
	struct unpack unpack;
	uint8_t frame[FRAME_OCTETS_MAX];
} downlink;

static void count(enum counters counter, uint64_t n)
{
	stats_add(&counters[counter], n);
}

/* --- the port --- */

static ssize_t write_port(void *serial, const uint8_t *octets, size_t n)
{
	return serial_write(serial, octets, n);
}

static void flush(struct downlink *d)
{
	struct outbox_result result =
		outbox_flush(&d->outbox, write_port, d->station->line.serial, monotonic_ns());

	count(DELIVERED, result.written);
	count(TOO_OLD, result.too_old);
	if (result.failed) {
		/* The thread that reads the port says that it is gone, and ends the tool. */
		d->port_failed = true;
		count(PORT_GONE, d->outbox.count);
		d->outbox.count = 0;
	}
	stats_set(&counters[WAITING], d->outbox.count);
}

/* --- frames --- */

static void say_passive(struct downlink *d, const char *key)
{
	if (!d->told_passive)
		log_warning("%s: frames are sent to this probe, which is passive: they are not "
		            "passed on",
		            key);
	d->told_passive = true;
}

static void refuse(enum counters reason, const char *key, const char *words, size_t offset)
{
	count(RECEIVED, 1);
	count(reason, 1);
	log_info("%s: %s (%s, offset %zu)", key, words, counters[reason].name, offset);
}

/* frame: without FCS, which the radio adds. */
static void take_frame(struct downlink *d, const char *key, const uint8_t *frame, size_t length,
                       size_t offset)
{
	if (d->station->settings->mode == MODE_PASSIVE) {
		say_passive(d, key);
		refuse(PASSIVE, key, "this probe is passive", offset);
	} else if (length > OUTBOX_FRAME_MAX) {
		refuse(TOO_LONG, key, "longer than 125 octets (127 with FCS)", offset);
	} else if (d->port_failed) {
		count(RECEIVED, 1);
		count(PORT_GONE, 1);
	} else {
		count(RECEIVED, 1);
		count(PORT_BUSY, outbox_put(&d->outbox, frame, length, monotonic_ns()));
	}
}

static void take_with_fcs(struct downlink *d, const char *key, const uint8_t *frame, size_t length,
                          unsigned fcs_type, size_t offset)
{
	size_t fcs_size = fcs_type == FRAME_TAP_FCS32 ? FRAME_FCS32_SIZE : FRAME_FCS16_SIZE;
	bool good = fcs_type == FRAME_TAP_FCS32 ? frame_fcs32_ok(frame, length)
	                                        : frame_fcs16_ok(frame, length);

	if (!good)
		refuse(BAD_FCS, key, "its FCS is wrong", offset);
	else if (length == fcs_size)
		refuse(NO_DATA, key, "nothing but an FCS", offset);
	else
		take_frame(d, key, frame, length - fcs_size, offset);
}

static void take_tap(struct downlink *d, const char *key, const uint8_t *packet, size_t length,
                     size_t offset)
{
	struct frame_tap tap;
	int header = frame_tap_parse(&tap, packet, length, NULL);

	if (header < 0 || (size_t)header >= length)
		refuse(RECORD, key,
		       header < 0 ? frame_strerror(header) : "no frame behind its TAP header",
		       offset);
	else if (tap.fcs_type == FRAME_TAP_FCS_NONE)
		take_frame(d, key, packet + header, length - (size_t)header, offset);
	else
		take_with_fcs(d, key, packet + header, length - (size_t)header, tap.fcs_type,
		              offset);
}

/* --- messages --- */

static void take_packet(struct downlink *d, const struct bus_message *m,
                        const struct envelope_packet *p)
{
	/* Of a JSON body the octets are elsewhere. */
	bool in_body = p->data != d->frame;
	size_t offset = in_body ? (size_t)(p->data - m->body) : 0;

	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		take_tap(d, m->key, p->data, p->length, offset);
	else if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS)
		take_with_fcs(d, m->key, p->data, p->length, FRAME_TAP_FCS16, offset);
	else
		take_frame(d, m->key, p->data, p->length, offset);
}

static void take_frames(struct downlink *d, const struct bus_message *m)
{
	const struct unpack_refusal *r = &d->unpack.refusal;
	struct envelope_gso_packet p;
	int64_t arrival_ns = now_ns();
	int outcome;

	unpack_begin(&d->unpack, m, ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	while ((outcome = unpack_next(&d->unpack, &p)) != 0) {
		if (outcome < 0) {
			refuse(refusal_counters[r->reason], m->key, r->words, r->offset);
			continue;
		}
		delay_note(&delay, p.packet.time_ns, arrival_ns);
		take_packet(d, m, &p.packet);
	}
}

static void take_messages(struct downlink *d)
{
	struct bus_message m;

	for (unsigned i = 0; i < MESSAGES_AT_ONCE && bus_next(d->bus, &m) > 0; i++) {
		if (m.queue == BINDINGS_FRAMES)
			take_frames(d, &m);
		else
			control_take(&d->control, &m);
	}
}

/* --- the thread --- */

static void tell_uplink(struct downlink *d)
{
	uint64_t generation = bus_is_open(d->bus) ? bus_generation(d->bus) : 0;

	if (generation == d->generation)
		return;
	d->generation = generation;
	atomic_store(&d->station->downlink_open, generation);
	station_wake_uplink(d->station);
}

static int run(void *context)
{
	struct downlink *d = context;

	while (!loop_stopping()) {
		int timeout = -1;
		struct pollfd fds[2 + BUS_FDS] = {
			{loop_stop_fd(), POLLIN, 0},
			{d->outbox.count ? serial_fd(d->station->line.serial) : -1, POLLOUT, 0},
		};
		int bus_fds = bus_prepare(d->bus, fds + 2, &timeout);

		poll(fds, (nfds_t)(2 + bus_fds), timeout);
		int status = bus_work(d->bus);
		if (status != BUS_OK)
			return status;
		take_messages(d);
		flush(d);
		tell_uplink(d);
	}
	bus_close(d->bus);
	return EXIT_OK;
}

static void watch(void *context)
{
	const struct downlink *d = context;

	bus_watch(d->bus);
}

static void interrupt(void *context)
{
	const struct downlink *d = context;

	bus_interrupt(d->bus);
}

struct worker downlink_worker(struct station *st)
{
	struct downlink *d = &downlink;

	bindings_make(&d->bindings, st->settings);
	stats_register("downlink", counters, COUNTERS);
	delay_register(&delay, "downlink");
	control_open(&d->control, st);
	d->station = st;
	d->unpack = (struct unpack){
		.wanted = UNPACK_FRAMES, .room = d->frame, .room_size = sizeof d->frame};
	d->bus = bus_new(&(struct bus_config){
		.role = BUS_CONSUMER,
		.agent = st->settings->name,
		.direction = "downlink",
		.queues = d->bindings.queues,
		.queue_count = BINDINGS_QUEUES,
	});
	return (struct worker){.name = "downlink",
	                       .run = run,
	                       .context = d,
	                       .watch = watch,
	                       .interrupt = interrupt};
}

void downlink_count_rest(void)
{
	count(AT_END, stats_get(&counters[WAITING]));
	stats_set(&counters[WAITING], 0);
}
