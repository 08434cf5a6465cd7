#include "probe/reader.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wait_fd.h"

enum { PASSED, NO_ROOM, BAD_FCS };
enum { READ_SIZE = 4096 };

void line_init(struct line *l, const char *name, uint16_t link_type,
               bool (*put)(void *, const struct envelope_packet *), void *to)
{
	l->name = name;
	l->link_type = link_type;
	l->put = put;
	l->to = to;
	l->counters[PASSED].name = "passed";
	l->counters[NO_ROOM].name = "dropped_no_room";
	l->counters[BAD_FCS].name = "dropped_bad_fcs";
	probe_init(&l->probe, &probe_options);
	stats_register("line", l->counters, LINE_COUNTERS);
}

bool line_put_into_ring(void *ring, const struct envelope_packet *p)
{
	return ring_put(ring, p);
}

static void pass(struct line *l, const struct probe_frame *f)
{
	uint8_t octets[PROBE_PACKET_MAX];
	struct envelope_packet packet;

	if (!probe_packet(&packet, octets, f, l->link_type))
		stats_add(&l->counters[BAD_FCS], 1);
	else
		stats_add(&l->counters[l->put(l->to, &packet) ? PASSED : NO_ROOM], 1);
}

void line_feed(struct line *l, const uint8_t *octets, size_t n)
{
	int64_t now = now_ns();
	struct probe_frame frame;

	for (size_t used = 0; used < n;) {
		used += probe_decode(&l->probe, octets + used, n - used, now, &frame);
		if (frame.length)
			pass(l, &frame);
	}
}

/* As the wrong file or the wrong speed makes of it. */
static void tell_of_no_frame(const struct line *l)
{
	const struct slip_counters *c = &l->probe.slip.counters;

	if (c->octets && !c->frames)
		log_warning("%s: no frame in %llu octets: %s", l->name,
		            (unsigned long long)c->octets,
		            l->serial ? "is the speed right (-b), does the probe speak SLIP?"
		                      : "is this SLIP?");
}

void line_end(struct line *l)
{
	size_t lost = probe_finish(&l->probe);

	if (lost)
		log_warning("%s: ends inside a frame: its %zu octets are left out", l->name, lost);
	tell_of_no_frame(l);
}

int line_run(void *line)
{
	struct line *l = line;
	uint8_t octets[READ_SIZE];

	while (!loop_stopping() && wait_fd(serial_fd(l->serial), POLLIN, -1) == WAIT_READY) {
		ssize_t n = serial_read(l->serial, octets, sizeof octets);

		if (n < 0) {
			line_end(l);
			log_error("%s: the port is gone (unplugged?)", l->name);
			return EXIT_RUNNING;
		}
		line_feed(l, octets, (size_t)n);
	}
	probe_finish(&l->probe);
	tell_of_no_frame(l);
	return EXIT_OK;
}
