#include "watcher.h"

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "capture/choice.h"
#include "who.h"

enum { MESSAGES, PACKET_MESSAGES, CONTROL, KEY, SHOWN };

static const char *const names[WATCHER_COUNTERS] = {
	[MESSAGES] = "messages", [PACKET_MESSAGES] = "packet_messages",
	[CONTROL] = "control",   [KEY] = "rejected_key",
	[SHOWN] = "shown",
};

void watcher_init(struct watcher *w)
{
	for (unsigned i = 0; i < WATCHER_COUNTERS; i++)
		w->counters[i].name = names[i];
	stats_register("downlink", w->counters, WATCHER_COUNTERS);
	delay_register(&w->delay, "downlink");
	w->decoder = (struct decoder){.wanted = DECODE_IP | DECODE_FRAMES,
	                              .room = w->room,
	                              .room_size = sizeof w->room,
	                              .names[DECODE_HEADER] = "rejected_record"};
	decode_register(&w->decoder, "downlink");
}

static bool is_complete(const struct watcher *w)
{
	return w->count && w->written >= w->count;
}

/* What has no time of its own is given that of its arrival. */
static enum output_state put(struct watcher *w, const struct envelope_key *message_key,
                             const struct envelope_packet *p)
{
	struct envelope_key key = *message_key;
	struct envelope_packet packet = {p->data, p->length,
	                                 p->time_ns ? p->time_ns : w->arrival_ns, p->link_type};
	bool written;
	enum output_state state;

	if (!choice_takes(&packet)) {
		frame_keys_learn(w->keys, &packet);
		return OUTPUT_OPEN;
	}
	/* Of what is injected under a key of our own, the packet tells the device. */
	if (key.kind == ENVELOPE_PACKET)
		key.kind = p->link_type == ENVELOPE_LINK_RAW ? ENVELOPE_TUN_PACKET
		                                             : ENVELOPE_SERIAL_PACKET;
	if (w->shows == OUTPUT_AGENTS) {
		who_packet(&key, packet.length);
		return OUTPUT_OPEN;
	}
	state = output_put(&key, &packet, &written);

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
	if (is_complete(w))
		w->cut |=
			envelope_segmenter_next(&segmenter, w->room, sizeof w->room, &segment) == 1;
	return state;
}

/* What -c leaves of the message under way. */
static void look_at_rest(struct watcher *w)
{
	struct envelope_gso_packet p;
	int outcome;

	while (!w->cut && (outcome = decode_next(&w->decoder, &p)) != 0)
		w->cut = outcome > 0;
}

static enum output_state write_packets(struct watcher *w, const struct bus_message *m,
                                       const struct envelope_key *key)
{
	enum output_state state = OUTPUT_OPEN;
	bool any = false;
	struct envelope_gso_packet p;
	int outcome;

	w->arrival_ns = now_ns();
	decode_begin(&w->decoder, m,
	             key->kind == ENVELOPE_SERIAL_PACKET ? ENVELOPE_LINK_IEEE802_15_4_NOFCS
	                                                 : ENVELOPE_LINK_RAW);
	while (state == OUTPUT_OPEN && !is_complete(w) &&
	       (outcome = decode_next(&w->decoder, &p)) != 0) {
		if (outcome < 0)
			continue;
		any = true;
		delay_note(&w->delay, p.packet.time_ns, w->arrival_ns);
		state = p.octets ? put_super(w, key, &p) : put(w, key, &p.packet);
	}
	if (w->kept && is_complete(w))
		look_at_rest(w);
	stats_add(&w->counters[PACKET_MESSAGES], any);
	return state;
}

/* --raw: whatever it is. */
static enum output_state show_message(struct watcher *w, const struct bus_message *m)
{
	bool written;
	enum output_state state = output_put_line(m, now_ns(), &written);

	w->written += written;
	stats_add(&w->counters[SHOWN], 1);
	return state;
}

static enum output_state handle_message(struct watcher *w, const struct bus_message *m)
{
	struct envelope_key key;

	w->cut = false;
	stats_add(&w->counters[MESSAGES], 1);
	if (w->shows == OUTPUT_MESSAGES)
		return show_message(w, m);
	if (envelope_key_parse(&key, m->key, m->key_length) < 0) {
		stats_add(&w->counters[KEY], 1);
		limited_info("%s: a routing key that is none of ours", m->key);
		return OUTPUT_OPEN;
	}
	if (w->shows == OUTPUT_AGENTS)
		who_message(&key, m, now_ns());
	if (key.kind == ENVELOPE_TUN_PACKET || key.kind == ENVELOPE_SERIAL_PACKET ||
	    key.kind == ENVELOPE_PACKET)
		return write_packets(w, m, &key);
	stats_add(&w->counters[CONTROL], 1);
	return OUTPUT_OPEN;
}

/* All that has come has left us for the file, and is on the disk: it need not come again. */
static enum output_state settle(struct watcher *w, enum output_state state)
{
	if (!w->unsettled)
		return state;
	w->unsettled = false;
	if (w->synced && lanes_sync() < 0)
		return OUTPUT_FAILED;
	consumer_ack(w->consumer);
	return state;
}

/* Flushed each by itself: what a disk has no room for is not acknowledged, and all before it is. Of
 * a message that -c has cut the rest would be gone: it comes again. */
static enum output_state keep(struct watcher *w, enum output_state state)
{
	if (state == OUTPUT_OPEN)
		state = lanes_flush();
	if (state != OUTPUT_OPEN || w->cut) {
		consumer_leave_last(w->consumer);
		return state;
	}
	w->unsettled = true;
	return !w->synced || consumer_ack_is_due(w->consumer) ? settle(w, state) : state;
}

static enum output_state handle_messages(struct watcher *w)
{
	enum output_state state = OUTPUT_OPEN;
	struct bus_message m;

	while (state == OUTPUT_OPEN && !is_complete(w) && !loop_stopping() &&
	       consumer_next(w->consumer, &m) > 0) {
		state = handle_message(w, &m);
		if (w->kept)
			state = keep(w, state);
	}
	if (consumer_has_received(w->consumer))
		progress_end_wait(&w->silent);
	return settle(w, state);
}

static void put_row(void *watcher, const void *row)
{
	bool written;

	(void)watcher;
	output_put_line(row, now_ns(), &written);
}

/* The broker has been there: a table of nobody says so, too. */
static void tell_who(struct watcher *w, bool ends)
{
	if (w->who_seconds > 0 && (ends || who_timeout_ms() == 0))
		who_tell(now_ns(), put_row, w);
}

static enum output_state wait_for_work(struct watcher *w)
{
	struct pollfd fds[BUS_FDS + 1 + LANES_MAX];
	enum output_state state = lanes_rest();

	if (state != OUTPUT_OPEN)
		return state;
	int timeout = lanes_timeout_ms();
	int who_ms = w->who_seconds > 0 ? who_timeout_ms() : -1;

	if (who_ms >= 0 && (timeout < 0 || who_ms < timeout))
		timeout = who_ms;
	nfds_t n = (nfds_t)consumer_prepare(w->consumer, fds, &timeout);

	fds[n++] = (struct pollfd){loop_stop_fd(), POLLIN, 0};
	nfds_t outputs = n;
	n += lanes_prepare(fds + outputs);
	loop_wait(fds, n, timeout);
	lanes_look(fds + outputs);
	return lanes_idle();
}

/* A pattern with a mistake in it, another exchange or virtual host: nothing ever comes. */
static void await_messages(struct watcher *w)
{
	char patterns[400];
	struct text t = {patterns, sizeof patterns, 0};

	report_ready();
	who_begin(now_ns(), w->who_seconds);
	loop_stop_after(w->duration);
	if (consumer_has_received(w->consumer))
		return;
	for (unsigned i = 0; w->patterns[i]; i++)
		text_add(&t, "%s%s", i ? ", " : "", w->patterns[i]);
	progress_begin_wait(&w->silent, PROGRESS_WAIT_MS,
	                    "no message under %s yet (are the keys (-k), the exchange (-e) and the "
	                    "virtual host right? wildcards match on a topic exchange alone)",
	                    patterns);
}

static int work_until_end(struct watcher *w)
{
	while (!loop_stopping() && !is_complete(w)) {
		enum output_state state = wait_for_work(w);
		if (state != OUTPUT_OPEN)
			return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
		int status = consumer_work(w->consumer);
		if (status != EXIT_OK)
			return status;
		if (!consumer_is_open(w->consumer))
			progress_end_wait(&w->silent); /* an outage says itself why */
		else if ((state = lanes_begin()) == OUTPUT_OPEN)
			await_messages(w);
		if (state == OUTPUT_OPEN)
			state = handle_messages(w);
		tell_who(w, false);
		if (state != OUTPUT_OPEN)
			return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
	}
	return EXIT_OK;
}

int watcher_run(void *watcher)
{
	struct watcher *w = watcher;
	int status = work_until_end(w);

	tell_who(w, true);
	/* What the queue holds is needed again where the last of the file could not be written,
	 * which may show no sooner than here. */
	if (w->deletes && status == EXIT_OK && lanes_close() == EXIT_OK)
		consumer_delete_kept(w->consumer);
	consumer_close(w->consumer);
	if (status == EXIT_OK)
		lanes_finish();
	return status;
}

void watcher_watch(void *watcher)
{
	const struct watcher *w = watcher;

	consumer_watch(w->consumer);
}

void watcher_interrupt(void *watcher)
{
	const struct watcher *w = watcher;

	consumer_interrupt(w->consumer);
}
