/* line.h - a probe's line, read to the end: octets -> probe -> packets of one link type -> whoever
 * takes them. For a serial port it is a worker thread of its own, which puts what it reads into a
 * ring, so that reading never waits for what happens to the packets. Never drops a frame uncounted
 * (section "line"): fcs_good + fcs_bad + unchecked (of "probe") = passed + dropped_no_room +
 * dropped_bad_fcs. */
#ifndef LINE_H
#define LINE_H

#include "probe/probe.h"
#include "packet/ring.h"
#include "probe/serial.h"

enum { LINE_COUNTERS = 3 };

struct line {
	struct probe probe;
	const char *name; /* of the port or file, for diagnostics */
	uint16_t link_type;
	bool (*put)(void *to, const struct envelope_packet *p); /* false: no room */
	void *to;
	struct serial *serial; /* line_run */
	struct counter counters[LINE_COUNTERS];
};

/* l: static storage. The caller sets serial where it has one. */
void line_init(struct line *l, const char *name, uint16_t link_type,
               bool (*put)(void *, const struct envelope_packet *), void *to);
/* A put into a struct ring. */
bool line_put_into_ring(void *ring, const struct envelope_packet *p);

/* Octets have come just now. */
void line_feed(struct line *l, const uint8_t *octets, size_t n);
/* The line has ended: says so where it ended inside a frame, or never had one. */
void line_end(struct line *l);

/* Worker: reads the port until the stop (0) or until it is gone (1, and says so). */
int line_run(void *line);

#endif
