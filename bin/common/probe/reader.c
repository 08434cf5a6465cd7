#include "probe/reader.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wait_fd.h"

enum { PASSED, NO_ROOM, BAD_FCS };
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
	r->probe.verdicts.name = name;
	stats_register("line", r->counters, PROBE_READER_COUNTERS);
}

bool probe_reader_put_into_ring(void *ring, const struct envelope_packet *p)
{
	return ring_put(ring, p);
}

static void pass(struct probe_reader *r, const struct probe_frame *f)
{
	uint8_t octets[PROBE_PACKET_MAX];
	struct envelope_packet packet;

	if (!probe_packet(&packet, octets, f, r->link_type))
		stats_add(&r->counters[BAD_FCS], 1);
	else
		stats_add(&r->counters[r->put(r->to, &packet) ? PASSED : NO_ROOM], 1);
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
}

void probe_reader_end(struct probe_reader *r)
{
	size_t lost = probe_finish(&r->probe);

	if (lost)
		log_warning("%s: ends inside a frame: its %zu octets are left out", r->name, lost);
	warn_of_no_frame(r);
}

int probe_reader_run(void *reader)
{
	struct probe_reader *r = reader;
	uint8_t octets[READ_SIZE];

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
