#include "probe/reader.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/progress.h"
#include "base/wait_fd.h"

enum counters { PASSED, NO_ROOM, BAD_FCS };
enum { READ_SIZE = 4096 };

void probe_reader_init(struct probe_reader *r, const char *name, uint16_t link_type,
                       bool (*put)(void *, const struct envelope_packet *), void *to)
{
	r->name = name;
	r->link_type = link_type;
	r->put = put;
	r->to = to;
	r->counters[PASSED].name = "passed";
	r->counters[NO_ROOM].name = "dropped_no_room";
	r->counters[BAD_FCS].name = "dropped_bad_fcs";
	probe_init(&r->probe, &probe_options);
	stats_register("line", r->counters, PROBE_READER_COUNTERS);
}

bool probe_reader_put_into_ring(void *ring, const struct envelope_packet *p)
{
	return ring_put(ring, p);
}

static enum counters put(struct probe_reader *r, const struct envelope_packet *p)
{
	if (r->put(r->to, p))
		return PASSED;
	if (stats_get(&r->counters[NO_ROOM]) == 0)
		log_warning("%s: frames are dropped: what reads them does not keep up (counted as "
		            "line.dropped_no_room)",
		            r->name);
	return NO_ROOM;
}

static void pass(struct probe_reader *r, const struct probe_frame *f)
{
	uint8_t octets[PROBE_PACKET_MAX];
	struct envelope_packet packet;

	if (!probe_packet(&packet, octets, f, r->link_type))
		stats_add(&r->counters[BAD_FCS], 1);
	else
		stats_add(&r->counters[put(r, &packet)], 1);
}

/* A port or pipe that is silent, or says what is no frame: the wrong one, or the wrong speed. */
static void look_at_progress(struct probe_reader *r)
{
	const struct slip_counters *c = &r->probe.slip.counters;

	if (c->frames)
		progress_end_wait(&r->no_frame);
	if (c->octets)
		progress_end_wait(&r->silent);
	if (c->octets && !c->frames)
		progress_begin_wait(&r->no_frame, PROGRESS_WAIT_MS,
		                    "octets from %s, but no frame yet (%s)", r->name,
		                    r->serial ? "is the speed right (-b), does the probe speak "
		                                "SLIP?"
		                              : "is this SLIP?");
}

void probe_reader_begin(struct probe_reader *r)
{
	progress_begin_wait(&r->silent, PROGRESS_WAIT_MS, "no octet from %s yet%s", r->name,
	                    r->serial ? " (is it the probe's port, and is there anything on the "
	                                "air?)"
	                              : "");
}

void probe_reader_feed(struct probe_reader *r, const uint8_t *octets, size_t n)
{
	int64_t now = now_ns();
	struct probe_frame frame;

	for (size_t used = 0; used < n;) {
		used += probe_decode(&r->probe, octets + used, n - used, now, &frame);
		if (frame.length)
			pass(r, &frame);
	}
	look_at_progress(r);
}

/* It had more than the ENDs of an idle line, and nothing came of it. */
static bool is_useless(const struct probe_reader *r)
{
	const struct slip_counters *c = &r->probe.slip.counters;

	return c->octets > c->empty + 1 && !stats_get(&r->counters[PASSED]) &&
	       !stats_get(&r->counters[NO_ROOM]);
}

/* The wrong file, or the wrong speed. */
static void warn_of_no_frame(const struct probe_reader *r)
{
	const struct slip_counters *c = &r->probe.slip.counters;

	if (c->octets && !c->frames)
		log_warning("%s: no frame in %llu octets: %s", r->name,
		            (unsigned long long)c->octets,
		            r->serial ? "is the speed right (-b), does the probe speak SLIP?"
		                      : "is this SLIP?");
	else if (is_useless(r))
		log_warning("%s: nothing can be used of %llu frames: is --fcs right?", r->name,
		            (unsigned long long)c->frames);
}

int probe_reader_end(struct probe_reader *r)
{
	size_t lost = probe_finish(&r->probe);

	if (lost)
		log_warning("%s: ends inside a frame: its %zu octets are left out", r->name, lost);
	warn_of_no_frame(r);
	return is_useless(r) ? EXIT_RUNNING : EXIT_OK;
}

int probe_reader_run(void *reader)
{
	struct probe_reader *r = reader;
	uint8_t octets[READ_SIZE];

	probe_reader_begin(r);
	while (!loop_stopping() && wait_fd(serial_fd(r->serial), POLLIN, -1) == WAIT_READY) {
		ssize_t n = serial_read(r->serial, octets, sizeof octets);

		if (n < 0) {
			probe_reader_end(r);
			log_error("%s: the port is gone (unplugged?)", r->name);
			return EXIT_RUNNING;
		}
		probe_reader_feed(r, octets, (size_t)n);
	}
	probe_finish(&r->probe);
	warn_of_no_frame(r);
	return EXIT_OK;
}
