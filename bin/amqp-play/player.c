#include "player.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/os.h"
#include "base/progress.h"
#include "base/text.h"

enum { BURST = 64, PCAP_BODY = 256 << 10, SECOND = 1000000000 /* nanoseconds */ };
/* A permission that is taken away may come back; nobody waits for a capture for ever. */
enum { FORBIDDEN_MS = 10000 };

static struct envelope_json_options
json_options(const struct player *p, enum envelope_direction direction, uint16_t link_type)
{
	bool serial = link_type != ENVELOPE_LINK_RAW;

	return (struct envelope_json_options){
		.api = p->api,
		.direction = direction,
		.with_slip = serial && direction == ENVELOPE_FROM_AGENT,
		.interface_name = serial ? "serial" : "tun0",
		.point = true,
	};
}

int player_init(struct player *p, struct why *why)
{
	struct envelope_json_options largest =
		json_options(p, ENVELOPE_FROM_AGENT, ENVELOPE_LINK_IEEE802_15_4_NOFCS);

	delay_register(&p->late, "pace");
	p->body_size = p->pcap ? PCAP_BODY : envelope_json_max(ENVELOPE_PACKET_MAX, &largest);
	p->body = malloc(p->body_size);
	p->timer_fd = os_timer_open();
	if (!p->body || p->timer_fd < 0)
		return why_errno(why, "messages");
	return 0;
}

/* --- pace --- */

static bool is_paced(const struct player *p)
{
	return p->pace.speed > 0 && atomic_load(&p->feed->from_file);
}

static void find_due(struct player *p, int64_t time_ns)
{
	p->due = pace_due(&p->pace, time_ns, monotonic_ns());
	p->has_due = true;
	atomic_store(&p->next_due, p->due);
	os_timer_set(p->timer_fd, p->due);
}

static bool is_due(struct player *p, const struct envelope_packet *packet)
{
	if (!is_paced(p))
		return true;
	if (!p->has_due)
		find_due(p, packet->time_ns);
	return p->due <= monotonic_ns();
}

static void tell_of_pipe(struct player *p)
{
	bool has_use = p->pace.speed <= 0 || p->pace.speed == 1 || atomic_load(&p->feed->from_file);

	if (!has_use && !p->told_of_pipe)
		log_warning("%s: --speed has no use here: what comes through a pipe is published "
		            "as it comes",
		            p->feed->name);
	p->told_of_pipe = true;
}

/* For who watches, in the main thread. */
static void note_progress(struct player *p, int64_t time_ns)
{
	if (!atomic_load(&p->first_time))
		atomic_store(&p->first_time, time_ns);
	atomic_store(&p->last_time, time_ns);
	atomic_store(&p->next_due, 0);
	atomic_fetch_add(&p->played, 1);
}

/* The message has 0 in its place then. */
static void tell_of_time(const struct player *p, int64_t time_ns)
{
	bool fits = time_ns >= 0 && (!p->pcap || time_ns / SECOND <= UINT32_MAX);

	if (!fits && p->pcap)
		limited_warning("%s: times before 1970 and after 2106-02-07 do not fit in messages "
		                "of --encoding pcap: they are published as 0 (json takes the later "
		                "ones)",
		                p->feed->name);
	else if (!fits)
		limited_warning("%s: times before 1970 do not fit in messages: they are published "
		                "as 0",
		                p->feed->name);
}

/* How late it is, where it has a time to keep. */
static void remove_oldest(struct player *p, int64_t time_ns)
{
	tell_of_time(p, time_ns);
	note_progress(p, time_ns);
	if (p->has_due)
		delay_note(&p->late, p->due, monotonic_ns());
	feed_remove(p->feed);
	p->has_due = false;
}

/* --- messages --- */

static size_t write_json(struct player *p, const struct envelope_packet *packet,
                         const struct voice *voice)
{
	struct envelope_json_options o = json_options(p, voice->direction, packet->link_type);
	long length = envelope_json_build((char *)p->body, p->body_size, packet, &o);

	remove_oldest(p, packet->time_ns);
	return length > 0 ? (size_t)length : 0;
}

/* All packets that are due, of one agent and one link type; the message is as long as it must be,
 * never held back to grow. */
static size_t write_pcap(struct player *p, struct envelope_packet *packet)
{
	struct envelope_pcap_writer writer;
	uint16_t link_type = packet->link_type;
	uint32_t tag = ring_tag(p->feed->ring);

	envelope_pcap_writer_init(&writer, p->body, p->body_size, link_type);
	do {
		if (envelope_pcap_write(&writer, packet) == ENVELOPE_ESPACE)
			break;
		remove_oldest(p, packet->time_ns);
	} while (ring_peek(p->feed->ring, packet) && packet->link_type == link_type &&
	         ring_tag(p->feed->ring) == tag && is_due(p, packet));
	p->message.units = writer.records;
	return writer.records ? writer.length : 0;
}

/* False: no packet is due. */
static bool next_message(struct player *p)
{
	struct envelope_packet packet;

	if (p->message.units)
		return true;
	if (!ring_peek(p->feed->ring, &packet)) {
		ring_arm(p->feed->ring);
		return false;
	}
	if (!is_due(p, &packet))
		return false;
	const struct voice *voice = voices_at(ring_tag(p->feed->ring));
	p->message = (struct bus_publication){
		.key = packet.link_type == ENVELOPE_LINK_RAW ? voice->tun_key : voice->serial_key,
		.content_type = p->pcap ? ENVELOPE_PCAP : ENVELOPE_JSON,
		.body = p->body,
		.units = 1,
	};
	p->message.length = p->pcap ? write_pcap(p, &packet) : write_json(p, &packet, voice);
	return true;
}

static void publish_due(struct player *p)
{
	p->refused = false;
	for (unsigned i = 0; i < BURST && next_message(p); i++) {
		if (publisher_publish(p->publisher, &p->message) < 0) {
			p->refused = true;
			return;
		}
		p->message.units = 0;
	}
}

/* --- the worker --- */

static void wait_for_work(struct player *p)
{
	struct pollfd fds[BUS_FDS + 3];
	int timeout = -1;
	nfds_t n = (nfds_t)publisher_prepare(p->publisher, fds, &timeout);

	fds[n++] = (struct pollfd){loop_stop_fd(), POLLIN, 0};
	fds[n++] = (struct pollfd){p->feed->event_fd, POLLIN, 0};
	if (!p->refused)
		fds[n++] = (struct pollfd){p->has_due ? p->timer_fd : ring_fd(p->feed->ring),
		                           POLLIN, 0};
	loop_wait(fds, n, timeout);
}

static bool is_finished(const struct player *p)
{
	static struct progress_wait confirms;
	bool all_published =
		atomic_load(&p->feed->ended) && ring_count(p->feed->ring) == 0 && !p->message.units;
	size_t pending = all_published ? publisher_pending(p->publisher) : 0;

	if (pending)
		progress_begin_wait(&confirms, PROGRESS_WAIT_MS,
		                    publisher_is_open(p->publisher)
		                            ? "all is published; waits for the broker to confirm "
		                              "%zu messages"
		                            : "all is read; waits for a connection to the broker "
		                              "(messages: %zu)",
		                    pending);
	else
		progress_end_wait(&confirms);
	return all_published && !pending;
}

/* True: it has said for too long that we may not publish. */
static bool is_forbidden(const struct player *p)
{
	if (publisher_forbidden_ms(p->publisher) < FORBIDDEN_MS)
		return false;
	log_error("the broker has refused every message for %d s: give this user permission to "
	          "publish",
	          FORBIDDEN_MS / 1000);
	return true;
}

static int work_until_end(struct player *p)
{
	while (!loop_stopping()) {
		wait_for_work(p);
		event_drain(p->feed->event_fd);
		os_timer_drain(p->timer_fd);
		int status = publisher_work(p->publisher);
		if (status != EXIT_OK)
			return status;
		if (is_forbidden(p))
			return EXIT_REFUSED;
		if (atomic_load(&p->feed->opened))
			tell_of_pipe(p);
		if (atomic_load(&p->feed->opened) && publisher_is_open(p->publisher))
			report_ready();
		publish_due(p);
		if (is_finished(p))
			return atomic_load(&p->feed->status);
	}
	return EXIT_OK;
}

int player_run(void *player)
{
	struct player *p = player;
	int status = work_until_end(p);

	publisher_close(p->publisher);
	bool is_whole = !publisher_pending(p->publisher) && !publisher_refused(p->publisher);
	return status == EXIT_OK && !is_whole ? EXIT_RUNNING : status;
}

/* On a terminal. */
static void tell_progress(const struct player *p)
{
	int64_t first = atomic_load(&p->first_time), last = atomic_load(&p->last_time);
	int64_t left = atomic_load(&p->next_due) - monotonic_ns();
	uint64_t played = atomic_load(&p->played);
	char packets[TEXT_NUMBER_SIZE], next[64] = "";

	if (!atomic_load(&p->feed->opened))
		return;
	if (left > SECOND)
		snprintf(next, sizeof next, "; the next in %lld s", (long long)(left / SECOND));
	log_status("%s packet%s played, %lld s of the capture%s (%s)", text_number(packets, played),
	           played == 1 ? "" : "s", (long long)(last > first ? (last - first) / SECOND : 0),
	           next, p->feed->name);
}

void player_watch(void *player)
{
	const struct player *p = player;

	tell_progress(p);
	publisher_watch(p->publisher);
}

void player_interrupt(void *player)
{
	const struct player *p = player;

	publisher_interrupt(p->publisher);
}
