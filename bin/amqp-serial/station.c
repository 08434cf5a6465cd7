#include "station.h"

#include "base/event.h"
#include "base/log.h"

enum {
	RING_OCTETS = 256 << 10
}; /* a second and a half of frames at 1 Mbit/s; what waits longer waits in the uplink's buffer */

int station_open(struct station *st, const struct settings *s, struct why *why)
{
	st->settings = s;
	st->ring = ring_new(RING_OCTETS);
	if (!st->ring)
		return why_set(why, "out of memory");
	st->wake_fd = event_open();
	if (st->wake_fd < 0)
		return why_errno(why, "events");
	probe_reader_init(&st->line, s->port.path, ENVELOPE_LINK_IEEE802_15_4_TAP,
	                  probe_reader_put_into_ring, st->ring);
	st->line.serial = serial_open(s->port.path, (unsigned)s->port.baud,
	                              s->port.hangup ? SERIAL_HANGUP : 0, why);
	if (!st->line.serial)
		return why_set(why, "%s: %s", s->port.path, why->text);
	log_info("%s: open at %u baud", s->port.path, (unsigned)s->port.baud);
	return 0;
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
