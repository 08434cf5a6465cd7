#include "station.h"

#include "base/event.h"
#include "base/log.h"

enum {
	RING_OCTETS = 256 << 10
}; /* a second and a half of frames at 1 Mbit/s; what waits longer waits in the uplink's buffer */

void station_open(struct station *st, const struct settings *s)
{
	const char *why;

	st->settings = s;
	st->ring = ring_new(RING_OCTETS);
	st->wake_fd = event_open();
	if (!st->ring)
		die(EXIT_RUNNING, "out of memory");
	line_init(&st->line, s->port.path, LINK_IEEE802_15_4_TAP, line_put_into_ring, st->ring);
	st->line.serial = serial_open(s->port.path, (unsigned)s->port.baud,
	                              s->port.hangup ? SERIAL_HANGUP : 0, &why);
	if (!st->line.serial)
		die(EXIT_RUNNING, "%s: %s", s->port.path, why);
	log_info("%s: open at %u baud", s->port.path, (unsigned)s->port.baud);
}

void station_wake_uplink(struct station *st)
{
	event_raise(st->wake_fd);
}

void station_announce_again(struct station *st)
{
	atomic_store(&st->started_due, true);
	station_wake_uplink(st);
}

void station_close(struct station *st)
{
	serial_close(st->line.serial);
}
