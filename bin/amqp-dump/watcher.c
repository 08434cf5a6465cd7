#include "watcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

enum {
	MESSAGES,
	PACKET_MESSAGES,
	CONTROL,
	KEY,
	ENCODING,
	NOT_JSON,
	OCTET,
	NO_DATA,
	TOO_LONG,
	NOT_PCAP,
	NOT_GSO,
	RECORD,
	LINK_TYPE,
};

static const char *const names[WATCHER_COUNTERS] = {
	[MESSAGES] = "messages",
	[PACKET_MESSAGES] = "packet_messages",
	[CONTROL] = "control",
	[KEY] = "rejected_key",
	[ENCODING] = "rejected_encoding",
	[NOT_JSON] = "rejected_not_json",
	[OCTET] = "rejected_octet",
	[NO_DATA] = "rejected_no_data",
	[TOO_LONG] = "rejected_too_long",
	[NOT_PCAP] = "rejected_not_pcap",
	[NOT_GSO] = "rejected_not_gso",
	[RECORD] = "rejected_record",
	[LINK_TYPE] = "rejected_link_type",
};

void watcher_init(struct watcher *w)
{
	for (unsigned i = 0; i < WATCHER_COUNTERS; i++)
		w->counters[i].name = names[i];
	stats_register("downlink", w->counters, WATCHER_COUNTERS);
	delay_register(&w->delay, "downlink");
	w->unpack = (struct unpack){
		.wanted = UNPACK_IP | UNPACK_FRAMES, .room = w->room, .room_size = sizeof w->room};
}

static const int refusal_counters[UNPACK_REASONS] = {
	[UNPACK_NOT_JSON] = NOT_JSON,   [UNPACK_OCTET] = OCTET,       [UNPACK_NO_DATA] = NO_DATA,
	[UNPACK_TOO_LONG] = TOO_LONG,   [UNPACK_NOT_PCAP] = NOT_PCAP, [UNPACK_RECORD] = RECORD,
	[UNPACK_LINK_TYPE] = LINK_TYPE, [UNPACK_NOT_GSO] = NOT_GSO,   [UNPACK_HEADER] = RECORD,
	[UNPACK_ENCODING] = ENCODING,
};

static void refuse(struct watcher *w, const struct bus_message *m)
{
	const struct unpack_refusal *r = &w->unpack.refusal;

	stats_add(&w->counters[refusal_counters[r->reason]], 1);
	log_info("%s: %s at octet %zu of %zu (%s)", m->key, r->words, r->offset, m->length,
	         m->content_type[0] ? m->content_type : "no content type");
}

static bool is_complete(const struct watcher *w)
{
	return w->count && w->written >= w->count;
}

/* What has no time of its own is given that of its arrival. */
static enum output_state put(struct watcher *w, const struct envelope_key *key,
                             const struct envelope_packet *p)
{
	struct envelope_packet packet = {p->data, p->length,
	                                 p->time_ns ? p->time_ns : w->arrival_ns, p->link_type};
	bool written;
	enum output_state state = output_put(w->output, key, &packet, &written);

	w->written += written;
	return state;
}

/* As the packets that it stands for. */
static enum output_state put_super(struct watcher *w, const struct envelope_key *key,
                                   const struct envelope_gso_packet *super)
{
	struct envelope_segmenter segmenter;
	struct envelope_packet segment;
	enum output_state state = OUTPUT_OPEN;

	/* Its header was checked as it was read. */
	envelope_segmenter_init(&segmenter, &super->vnet, &super->packet);
	while (state == OUTPUT_OPEN && !is_complete(w) &&
	       envelope_segmenter_next(&segmenter, w->room, sizeof w->room, &segment) == 1)
		state = put(w, key, &segment);
	return state;
}

static enum output_state write_packets(struct watcher *w, const struct bus_message *m,
                                       const struct envelope_key *key)
{
	enum output_state state = OUTPUT_OPEN;
	bool any = false;
	struct envelope_gso_packet p;
	int outcome;

	w->arrival_ns = now_ns();
	unpack_begin(&w->unpack, m,
	             key->kind == ENVELOPE_TUN_PACKET ? ENVELOPE_LINK_RAW
	                                              : ENVELOPE_LINK_IEEE802_15_4_NOFCS);
	while (state == OUTPUT_OPEN && !is_complete(w) &&
	       (outcome = unpack_next(&w->unpack, &p)) != 0) {
		if (outcome < 0) {
			refuse(w, m);
			continue;
		}
		any = true;
		delay_note(&w->delay, p.packet.time_ns, w->arrival_ns);
		state = p.octets ? put_super(w, key, &p) : put(w, key, &p.packet);
	}
	stats_add(&w->counters[PACKET_MESSAGES], any);
	return state;
}

static enum output_state take_message(struct watcher *w, const struct bus_message *m)
{
	struct envelope_key key;

	stats_add(&w->counters[MESSAGES], 1);
	if (envelope_key_parse(&key, m->key, m->key_length) < 0) {
		stats_add(&w->counters[KEY], 1);
		log_info("%s: a routing key that is none of ours", m->key);
		return OUTPUT_OPEN;
	}
	if (key.kind == ENVELOPE_TUN_PACKET || key.kind == ENVELOPE_SERIAL_PACKET)
		return write_packets(w, m, &key);
	stats_add(&w->counters[CONTROL], 1);
	return OUTPUT_OPEN;
}

static enum output_state take_messages(struct watcher *w)
{
	enum output_state state = OUTPUT_OPEN;
	struct bus_message m;

	while (state == OUTPUT_OPEN && !is_complete(w) && !loop_stopping() &&
	       bus_next(w->bus, &m) > 0) {
		state = take_message(w, &m);
		if (w->kept && state == OUTPUT_OPEN &&
		    (state = output_flush(w->output)) == OUTPUT_OPEN)
			bus_ack(w->bus, &m);
	}
	return state;
}

/* False: nobody reads any more. */
static bool wait_for_work(struct watcher *w)
{
	struct pollfd fds[BUS_FDS + 2];
	int timeout = -1;
	nfds_t n = (nfds_t)bus_prepare(w->bus, fds, &timeout);

	fds[n++] = (struct pollfd){loop_stop_fd(), POLLIN, 0};
	fds[n++] = (struct pollfd){output_fd(w->output), 0, 0};
	poll(fds, n, timeout);
	return !(fds[n - 1].revents & POLLERR);
}

static int work_until_end(struct watcher *w)
{
	while (!loop_stopping() && !is_complete(w) && wait_for_work(w)) {
		int status = bus_work(w->bus);
		if (status != BUS_OK)
			return status;
		if (bus_is_open(w->bus))
			report_ready();
		if (take_messages(w) != OUTPUT_OPEN)
			break;
	}
	return EXIT_OK;
}

int watcher_run(void *watcher)
{
	struct watcher *w = watcher;
	int status = work_until_end(w);

	bus_close(w->bus);
	return status;
}

void watcher_watch(void *watcher)
{
	const struct watcher *w = watcher;

	bus_watch(w->bus);
}

void watcher_interrupt(void *watcher)
{
	const struct watcher *w = watcher;

	bus_interrupt(w->bus);
}
