#include "tee.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/stats.h"
#include "capture/path.h"
#include "capture/sink.h"
#include "envelope.h"
#include "packet/ring.h"

enum { RING_OCTETS = 128 << 10, SOURCE_NAME_SIZE = ENVELOPE_NAME_MAX + 32 };
enum { WRITTEN, LEFT_OVER, NO_ROOM, NO_READER, COUNTERS };

static struct tee {
	struct sink sink;
	struct room room;
	struct sink_config config;
	bool begun, told_end;
	_Atomic bool ended; /* the thread */
	struct ring *rings[TEE_DIRECTIONS];
	struct sink_source sources[TEE_DIRECTIONS];
	char names[TEE_DIRECTIONS][SOURCE_NAME_SIZE];
	uint64_t given; /* to the sink */
	struct counter counters[COUNTERS];
} tee = {
	.counters = {[WRITTEN] = {.name = "written"},
                     [LEFT_OVER] = {.name = "left_over"},
                     [NO_ROOM] = {.name = "dropped_no_room"},
                     [NO_READER] = {.name = "dropped_no_reader"}},
};

static const char *name_of(const struct tee *t)
{
	return t->config.path[0] == '-' && !t->config.path[1] ? "standard output" : t->config.path;
}

/* --- opening --- */

static const struct sink_source *find_source(const struct envelope_packet *p, const void *source)
{
	(void)p;
	return source;
}

static enum output_state begin(struct tee *t)
{
	t->begun = true;
	return sink_open(&t->sink, &t->config);
}

static int open_rings(struct tee *t, const char *agent)
{
	static const char *const directions[TEE_DIRECTIONS] = {
		[TEE_FROM_PROBE] = "from the probe", [TEE_TO_PROBE] = "to the probe"};

	for (unsigned i = 0; i < TEE_DIRECTIONS; i++) {
		t->rings[i] = ring_new(RING_OCTETS);
		if (!t->rings[i])
			return -1;
		snprintf(t->names[i], sizeof t->names[i], "%s %s", agent, directions[i]);
		t->sources[i] = (struct sink_source){.number = i, .name = t->names[i]};
	}
	return 0;
}

struct tee *tee_open(const char *path, const char *agent, bool awaits_room)
{
	struct tee *t = &tee;
	bool waits = path_kind(path) == PATH_IS_FIFO;

	t->config = (struct sink_config){
		.path = path,
		.format = SINK_PCAPNG,
		.reopen = waits ? SINK_REOPEN_DROP : SINK_REOPEN_NO,
		.source = find_source,
		.room = awaits_room ? &t->room : NULL,
	};
	if (open_rings(t, agent) < 0) {
		log_error("--tee: ring between threads: %s", strerror(errno));
		return NULL;
	}
	stats_register("tee", t->counters, COUNTERS);
	if (awaits_room)
		room_init(&t->room, "tee");
	return waits || begin(t) == OUTPUT_OPEN ? t : NULL;
}

/* --- the port's thread --- */

void tee_put(struct tee *t, enum tee_direction direction, const struct envelope_packet *p)
{
	if (ring_put(t->rings[direction], p))
		return;
	if (stats_get(&t->counters[NO_ROOM]) == 0)
		log_warning("%s: what crosses is left out of this capture: it does not keep up "
		            "(counted as tee.dropped_no_room)",
		            name_of(t));
	stats_add(&t->counters[NO_ROOM], 1);
}

/* --- its own --- */

/* The older of the two that are next. NULL: there is none. */
static struct ring *next(const struct tee *t, struct envelope_packet *p, unsigned *direction)
{
	struct ring *oldest = NULL;
	struct envelope_packet one;

	for (unsigned i = 0; i < TEE_DIRECTIONS; i++) {
		if (!ring_peek(t->rings[i], &one) || (oldest && one.time_ns >= p->time_ns))
			continue;
		oldest = t->rings[i];
		*p = one;
		*direction = i;
	}
	return oldest;
}

static void count(struct tee *t)
{
	uint64_t written = sink_written(&t->sink), no_reader = t->sink.no_reader;

	stats_set(&t->counters[WRITTEN], written);
	stats_set(&t->counters[NO_READER], no_reader);
	if (t->sink.state != OUTPUT_OPEN)
		stats_set(&t->counters[LEFT_OVER], t->given - written - no_reader);
}

static void tell_end(struct tee *t)
{
	if (t->sink.state == OUTPUT_OPEN || t->told_end || loop_stopping())
		return;
	t->told_end = true;
	log_warning("%s: this capture has ended; frames cross without it (counted as "
	            "tee.left_over)",
	            name_of(t));
}

static void write_waiting(struct tee *t)
{
	struct envelope_packet p = {0};
	struct ring *ring;
	unsigned direction = 0;

	while ((ring = next(t, &p, &direction))) {
		sink_put(&t->sink, &p, 1, &t->sources[direction]);
		ring_remove(ring);
		t->given++;
	}
	sink_idle(&t->sink);
	count(t);
	tell_end(t);
}

static void wait_for_packets(struct tee *t)
{
	bool open = t->sink.state == OUTPUT_OPEN;
	struct pollfd fds[] = {
		{ring_fd(t->rings[TEE_FROM_PROBE]), POLLIN, 0},
		{ring_fd(t->rings[TEE_TO_PROBE]), POLLIN, 0},
		{loop_stop_fd(), POLLIN, 0},
		{open ? sink_fd(&t->sink) : -1, 0, 0},
	};

	for (unsigned i = 0; i < TEE_DIRECTIONS; i++)
		ring_arm(t->rings[i]);
	if (loop_wait(fds, 4, open ? sink_timeout_ms(&t->sink) : -1) > 0 &&
	    fds[3].revents & POLLERR)
		sink_reader_left(&t->sink);
}

/* Whatever becomes of the capture, the bridge goes on. */
static int run(void *tee_)
{
	struct tee *t = tee_;

	if (!t->begun)
		begin(t);
	while (!loop_stopping()) {
		write_waiting(t);
		wait_for_packets(t);
	}
	atomic_store(&t->ended, true);
	return EXIT_OK;
}

struct worker tee_worker(struct tee *t)
{
	return (struct worker){.name = "tee", .run = run, .context = t};
}

int tee_close(struct tee *t)
{
	bool failed;

	if (!atomic_load(&t->ended))
		return EXIT_RUNNING;
	write_waiting(t);
	failed = sink_close(&t->sink) == OUTPUT_FAILED;
	count(t);
	sink_say_cause(&t->sink, "tee");
	return failed ? EXIT_RUNNING : EXIT_OK;
}
