#include "capture/lanes.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "base/options.h"
#include "base/stats.h"
#include "capture/made_line.h"
#include "capture/ring_writer.h"
#include "capture/room.h"
#include "packet/ring.h"
#include "packet/ring_room.h"

enum { RING_OCTETS = 1 << 20 };
enum { WRITTEN, LEFT_OVER, NO_READER, OTHER_LINK_TYPE, FILES, NO_ROOM, LANE_COUNTERS };
/* What stands in a ring for no source, and for lanes_begin. */
enum { TAG_NONE = INT32_MAX - 1, TAG_BEGIN = INT32_MAX };

struct lane {
	struct sink sink;
	struct sink_config config;
	struct room room;
	struct ring_writer writer; /* its ring: NULL without */
	bool begun, closed;
	struct ring_room waited_for;
	_Atomic bool to_file; /* a disk is quick, but for a moment now and then */
	uint64_t given;
	struct counter counters[LANE_COUNTERS];
};

static struct lane lanes[LANES_MAX];
static unsigned count;
static bool with_rings, begun;
static const struct sink_source *(*source_at)(uint32_t number);

_Static_assert((int)LANES_MAX <= (int)RING_WRITERS_MAX, "each may have a thread");

static const char *const counter_names[LANE_COUNTERS] = {
	"written", "left_over",      "dropped_no_reader", "rejected_link_type",
	"files",   "dropped_no_room"};

/* --- one of them --- */

static enum output_state account(struct lane *l)
{
	stats_set(&l->counters[WRITTEN], sink_written(&l->sink));
	stats_set(&l->counters[NO_READER], l->sink.no_reader);
	stats_set(&l->counters[OTHER_LINK_TYPE], l->sink.other_link_type);
	stats_set(&l->counters[FILES], l->sink.files);
	return l->sink.state;
}

static enum output_state begin_lane(struct lane *l)
{
	if (l->begun)
		return l->sink.state;
	l->begun = true;
	sink_open(&l->sink, &l->config);
	atomic_store(&l->to_file, l->sink.file && file_is_regular(l->sink.file));
	return account(l);
}

static enum output_state put_lane(struct lane *l, const struct envelope_packet *p,
                                  const void *about)
{
	sink_put(&l->sink, p, 1, about);
	l->given++;
	return account(l);
}

/* --- rings: lines are made before, sources are told by their number --- */

static bool has_lines(const struct lane *l)
{
	return sink_format_has_lines(l->config.format);
}

static const struct sink_source *told_source(const struct envelope_packet *p, const void *source)
{
	(void)p;
	return source;
}

static struct sink_config asked[LANES_MAX];

static bool put_line_into_ring(unsigned i, const struct envelope_packet *p, const void *about)
{
	static char text[MADE_LINE_MAX];
	const struct envelope_packet made = {(const uint8_t *)text,
	                                     made_line(text, &asked[i], p, about), p->time_ns,
	                                     p->link_type};

	return ring_put_tagged(lanes[i].writer.ring, &made, TAG_NONE);
}

static bool put_into_ring(unsigned i, const struct envelope_packet *p, const void *about)
{
	struct lane *l = &lanes[i];
	const struct sink_source *source = NULL;

	if (has_lines(l))
		return put_line_into_ring(i, p, about);
	if (l->config.format == SINK_PCAPNG)
		source = asked[i].source(p, about);
	return ring_put_tagged(l->writer.ring, p, source ? source->number : TAG_NONE);
}

static void drop(struct lane *l)
{
	if (stats_get(&l->counters[NO_ROOM]) == 0)
		log_warning("%s: packets are dropped: what they go to does not keep up (counted as "
		            "%s.dropped_no_room)",
		            path_in_words(l->config.path, "standard output"),
		            ring_writer_name((unsigned)(l - lanes)));
	stats_add(&l->counters[NO_ROOM], 1);
}

/* --- in its thread --- */

static void take(void *lane, const struct envelope_packet *p, uint32_t tag)
{
	struct lane *l = lane;

	if (tag == TAG_BEGIN)
		begin_lane(l);
	else
		put_lane(l, p, tag < TAG_NONE ? source_at(tag) : NULL);
}

static enum output_state state_of(const void *lane)
{
	return ((const struct lane *)lane)->sink.state;
}

static void do_if_begun(struct lane *l, enum output_state (*what)(struct sink *s))
{
	if (!l->begun)
		return;
	what(&l->sink);
	account(l);
}

static void rest(void *lane)
{
	do_if_begun(lane, sink_rest);
}

static void finish(void *lane)
{
	do_if_begun(lane, sink_flush);
}

static void idle(void *lane)
{
	do_if_begun(lane, sink_idle);
}

static int timeout_ms(const void *lane)
{
	const struct lane *l = lane;

	return l->begun ? sink_timeout_ms(&l->sink) : -1;
}

static int fd_of(const void *lane)
{
	const struct lane *l = lane;

	return l->begun ? sink_fd(&l->sink) : -1;
}

static void lose_reader(void *lane)
{
	sink_reader_left(&((struct lane *)lane)->sink);
}

static const struct ring_output functions = {
	.put = take,
	.state = state_of,
	.rest = rest,
	.finish = finish,
	.idle = idle,
	.timeout_ms = timeout_ms,
	.fd = fd_of,
	.reader_left = lose_reader,
};

static unsigned find_writers(struct ring_writer *writers[LANES_MAX])
{
	for (unsigned i = 0; i < count; i++)
		writers[i] = &lanes[i].writer;
	return count;
}

unsigned lanes_workers(struct worker *workers)
{
	struct ring_writer *writers[LANES_MAX];

	if (!with_rings)
		return 0;
	ring_writers_workers(writers, find_writers(writers), workers);
	return count;
}

/* --- all of them --- */

static int prepare_lane(struct lane *l, const struct sink_config *config, bool awaits_room)
{
	unsigned i = (unsigned)(l - lanes);

	for (unsigned c = 0; c < LANE_COUNTERS; c++)
		l->counters[c].name = counter_names[c];
	stats_register(ring_writer_name(i), l->counters, with_rings ? LANE_COUNTERS : NO_ROOM);
	l->config = *config;
	if (awaits_room) {
		l->config.room = &l->room;
		room_init(&l->room, ring_writer_name(i));
	}
	if (!with_rings)
		return 0;
	asked[i] = *config;
	l->config.line = made_line_copy;
	l->config.block = config->block ? made_block_copy : NULL;
	l->config.source = told_source;
	l->config.no_wait = true;
	l->writer = (struct ring_writer){
		.ring = ring_new(RING_OCTETS), .functions = &functions, .output = l};
	return l->writer.ring ? 0 : -1;
}

int lanes_open(const struct lanes_config *config)
{
	count = config->count;
	with_rings = config->rings;
	source_at = config->source_at;
	for (unsigned i = 0; i < count; i++)
		if (prepare_lane(&lanes[i], &config->sinks[i], config->awaits_room) < 0) {
			log_error("ring between threads: %s", strerror(errno));
			return -1;
		}
	for (unsigned i = 0; i < count && !loop_stopping(); i++)
		if (!path_can_wait(lanes[i].config.path) && begin_lane(&lanes[i]) == OUTPUT_FAILED)
			return -1;
	return 0;
}

/* Without rings one that ends is the end; a failure says more than an end. */
static enum output_state state_of_all(void)
{
	enum output_state all = OUTPUT_OPEN;

	for (unsigned i = 0; !with_rings && i < count; i++)
		if (lanes[i].sink.state == OUTPUT_FAILED || all == OUTPUT_OPEN)
			all = lanes[i].sink.state;
	return all;
}

enum output_state lanes_begin(void)
{
	for (unsigned i = 0; !begun && i < count; i++)
		if (with_rings)
			ring_put_tagged(lanes[i].writer.ring, &(struct envelope_packet){0},
			                TAG_BEGIN);
		else
			begin_lane(&lanes[i]);
	begun = true;
	return state_of_all();
}

enum output_state lanes_put(const struct envelope_packet *p, const void *about, bool *accepted)
{
	*accepted = with_rings;
	for (unsigned i = 0; i < count; i++) {
		uint64_t before = lanes[i].sink.accepted;

		if (with_rings) {
			while (!put_into_ring(i, p, about))
				if (!ring_room_await(&lanes[i].waited_for, lanes[i].writer.ring,
				                     &lanes[i].to_file)) {
					drop(&lanes[i]);
					break;
				}
			continue;
		}
		put_lane(&lanes[i], p, about);
		*accepted |= lanes[i].sink.accepted > before;
	}
	return state_of_all();
}

static enum output_state do_to_each(enum output_state (*what)(struct sink *s))
{
	for (unsigned i = 0; !with_rings && i < count; i++)
		do_if_begun(&lanes[i], what);
	return state_of_all();
}

enum output_state lanes_rest(void)
{
	return do_to_each(sink_rest);
}

enum output_state lanes_flush(void)
{
	return do_to_each(sink_flush);
}

enum output_state lanes_idle(void)
{
	return do_to_each(sink_idle);
}

void lanes_finish(void)
{
	struct ring_writer *writers[LANES_MAX];

	if (with_rings)
		ring_writers_finish(writers, find_writers(writers));
	else
		lanes_flush();
}

int lanes_sync(void)
{
	int result = 0;

	for (unsigned i = 0; !with_rings && i < count; i++)
		if (sink_sync(&lanes[i].sink) < 0)
			result = -1;
	return result;
}

int lanes_timeout_ms(void)
{
	int least = -1;

	for (unsigned i = 0; !with_rings && i < count; i++) {
		int ms = lanes[i].begun ? sink_timeout_ms(&lanes[i].sink) : -1;

		if (ms >= 0 && (least < 0 || ms < least))
			least = ms;
	}
	return least;
}

nfds_t lanes_prepare(struct pollfd *fds)
{
	for (unsigned i = 0; !with_rings && i < count; i++)
		fds[i] = (struct pollfd){lanes[i].begun ? sink_fd(&lanes[i].sink) : -1, 0, 0};
	return with_rings ? 0 : count;
}

void lanes_look(const struct pollfd *fds)
{
	for (unsigned i = 0; !with_rings && i < count; i++)
		if (fds[i].revents & POLLERR)
			sink_reader_left(&lanes[i].sink);
}

static void close_lane(struct lane *l)
{
	struct ring *r = l->writer.ring;
	struct envelope_packet p;

	if (r && l->begun)
		ring_writer_write_rest(&l->writer);
	for (; r && ring_peek(r, &p); ring_remove(r))
		l->given += ring_tag(r) != TAG_BEGIN;
	if (l->begun && !l->closed)
		sink_close(&l->sink);
	l->closed = true;
	account(l);
}

int lanes_close(void)
{
	int status = EXIT_OK;

	for (unsigned i = 0; i < count; i++) {
		struct lane *l = &lanes[i];
		bool is_stuck = ring_writer_is_stuck(&l->writer);

		if (is_stuck)
			log_error("%s: does not take what is written to it: left as it is",
			          path_in_words(l->config.path, "standard output"));
		else
			close_lane(l);
		stats_set(&l->counters[LEFT_OVER],
		          l->given + (is_stuck && l->writer.ring ? ring_count(l->writer.ring) : 0) -
		                  sink_written(&l->sink) - l->sink.no_reader -
		                  l->sink.other_link_type);
		room_end(&l->room);
		if (is_stuck || l->sink.state == OUTPUT_FAILED)
			status = EXIT_RUNNING;
	}
	return status;
}
