#include "downlink.h"

#include <poll.h>
#include <string.h>
#include <strings.h>

#include "bindings.h"
#include "bus.h"
#include "control.h"
#include "envelope.h"
#include "frame.h"
#include "log.h"
#include "outbox.h"

/* So many messages at the most before the port and the stop are looked at again. */
enum { MESSAGES_AT_ONCE = 64 };

enum counters {
	RECEIVED, DELIVERED, WAITING, PASSIVE, TOO_LONG, BAD_FCS, NOT_JSON, OCTET, NO_DATA, NOT_PCAP, RECORD, LINK_TYPE,
	ENCODING, PORT_BUSY, TOO_OLD, PORT_GONE, AT_END, COUNTERS
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

static struct downlink {
	struct station *station;
	struct bus *bus;
	struct bindings bindings;
	struct control control;
	struct outbox outbox;
	bool port_failed, told_passive;
	uint64_t generation;
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
	struct outbox_result result = outbox_flush(&d->outbox, write_port, d->station->line.serial, monotonic_ns());

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
		log_warning("%s: frames are sent to this probe, which is passive: they are not passed on", key);
	d->told_passive = true;
}

static void refuse(enum counters reason, const char *key, const char *words, size_t offset)
{
	count(RECEIVED, 1);
	count(reason, 1);
	log_info("%s: %s (%s, offset %zu)", key, words, counters[reason].name, offset);
}

/* frame: without FCS, which the radio adds. */
static void take_frame(struct downlink *d, const char *key, const uint8_t *frame, size_t length, size_t offset)
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

static void take_with_fcs(struct downlink *d, const char *key, const uint8_t *frame, size_t length, unsigned fcs_type,
                          size_t offset)
{
	size_t fcs_size = fcs_type == FRAME_TAP_FCS32 ? FRAME_FCS32_SIZE : FRAME_FCS16_SIZE;
	bool good = fcs_type == FRAME_TAP_FCS32 ? frame_fcs32_ok(frame, length) : frame_fcs16_ok(frame, length);

	if (!good)
		refuse(BAD_FCS, key, "its FCS is wrong", offset);
	else if (length == fcs_size)
		refuse(NO_DATA, key, "nothing but an FCS", offset);
	else
		take_frame(d, key, frame, length - fcs_size, offset);
}

static void take_tap(struct downlink *d, const char *key, const uint8_t *packet, size_t length, size_t offset)
{
	struct frame_tap tap;
	int header = frame_tap_read(&tap, packet, length);

	if (header < 0 || (size_t)header >= length)
		refuse(RECORD, key, header < 0 ? frame_strerror(header) : "no frame behind its TAP header", offset);
	else if (tap.fcs_type == FRAME_TAP_FCS_NONE)
		take_frame(d, key, packet + header, length - (size_t)header, offset);
	else
		take_with_fcs(d, key, packet + header, length - (size_t)header, tap.fcs_type, offset);
}

/* --- messages --- */

static enum counters json_reason(int error)
{
	switch (error) {
	case ENVELOPE_ERANGE:
		return OCTET;
	case ENVELOPE_ENODATA:
		return NO_DATA;
	case ENVELOPE_ETOOLONG:
		return TOO_LONG;
	default:
		return NOT_JSON;
	}
}

static void take_json(struct downlink *d, const struct bus_message *m)
{
	struct envelope_packet p;
	size_t offset = 0;
	int error = envelope_json_read(&p, d->frame, sizeof d->frame, (const char *)m->body, m->length, &offset);

	if (error < 0)
		refuse(json_reason(error), m->key, envelope_strerror(error), offset);
	else
		take_frame(d, m->key, p.data, p.length, 0);
}

static void take_record(struct downlink *d, const struct bus_message *m, uint16_t link_type,
                        const struct envelope_packet *p)
{
	size_t offset = (size_t)(p->data - m->body);

	if (link_type == LINK_IEEE802_15_4_TAP)
		take_tap(d, m->key, p->data, p->length, offset);
	else if (link_type == LINK_IEEE802_15_4_WITHFCS)
		take_with_fcs(d, m->key, p->data, p->length, FRAME_TAP_FCS16, offset);
	else
		take_frame(d, m->key, p->data, p->length, offset);
}

static void take_pcap(struct downlink *d, const struct bus_message *m)
{
	struct envelope_pcap_reader reader;
	struct envelope_packet p;
	int outcome = envelope_pcap_open(&reader, m->body, m->length);

	if (outcome < 0) {
		refuse(outcome == ENVELOPE_ELINKTYPE ? LINK_TYPE : NOT_PCAP, m->key, envelope_strerror(outcome), 0);
		return;
	}
	if (reader.link_type == LINK_RAW) {
		refuse(LINK_TYPE, m->key, "IP packets, not 802.15.4 frames", 0);
		return;
	}
	while ((outcome = envelope_pcap_next(&reader, &p)) != 0) {
		if (outcome == 1) {
			take_record(d, m, reader.link_type, &p);
			continue;
		}
		refuse(outcome == ENVELOPE_EPCAP ? NOT_PCAP : RECORD, m->key, envelope_strerror(outcome),
		       reader.offset);
		if (outcome == ENVELOPE_EPCAP)
			break;
	}
}

static bool is_type(const char *content_type, const char *type)
{
	size_t length = strlen(type);

	return strncasecmp(content_type, type, length) == 0 &&
	       (content_type[length] == '\0' || strchr("; ", content_type[length]));
}

static void take_frames(struct downlink *d, const struct bus_message *m)
{
	if (is_type(m->content_type, ENVELOPE_PCAP))
		take_pcap(d, m);
	else if (is_type(m->content_type, ENVELOPE_GSO))
		refuse(ENCODING, m->key, "an encoding for IP packets", 0);
	else
		take_json(d, m);
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
	control_open(&d->control, st);
	d->station = st;
	d->bus = bus_new(&(struct bus_config){
		.role = BUS_CONSUMER,
		.agent = st->settings->name,
		.direction = "downlink",
		.queues = d->bindings.queues,
		.queue_count = BINDINGS_QUEUES,
	});
	return (struct worker){.name = "downlink", .run = run, .context = d, .watch = watch, .interrupt = interrupt};
}

void downlink_count_rest(void)
{
	count(AT_END, stats_get(&counters[WAITING]));
	stats_set(&counters[WAITING], 0);
}
