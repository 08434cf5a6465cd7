#include "probe/port.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/events.h"
#include "base/service.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wait_fd.h"
#include "probe/serial_tcp.h"

enum { LOST, AWAY_MS };
enum { TRY_MS = 1000, MS = 1000000 };

int64_t port_due(const struct port *p)
{
	return p->serial ? INT64_MAX : p->next_try_ns;
}

int port_fd(const struct port *p)
{
	return p->serial ? serial_fd(p->serial) : p->watch.fd;
}

/* --- there --- */

static unsigned flags_of(const struct port_options *o, bool at_start)
{
	static const unsigned flow[] = {0, SERIAL_RTSCTS, SERIAL_XONXOFF};
	static const unsigned dtr[] = {0, SERIAL_DTR_ON, SERIAL_DTR_OFF};
	static const unsigned rts[] = {0, SERIAL_RTS_ON, SERIAL_RTS_OFF};

	return (o->hangup ? SERIAL_HANGUP : 0) | (o->reset && at_start ? SERIAL_RESET : 0) |
	       flow[o->flow] | dtr[o->dtr] | rts[o->rts];
}

static int open_now(struct port *p, bool at_start, struct why *why)
{
	p->serial = serial_open(p->options->path, p->baud, flags_of(p->options, at_start), why);
	p->opened_ns = monotonic_ns();
	p->was_there |= p->serial != NULL;
	if (stat(p->options->path, &p->opened) < 0)
		p->opened = (struct stat){0};
	return p->serial ? 0 : -1;
}

static void watch_it(struct port *p)
{
	struct why why;

	watch_close(&p->watch);
	if (!serial_is_tcp(p->options->path) && watch_open(&p->watch, p->options->path, &why) < 0)
		log_warning("%s: %s: it is looked for once a second", p->options->path, why.text);
}

/* The watch comes first: what happens between the two is seen. */
static int try_again(struct port *p, bool at_start, int64_t now, struct why *why)
{
	watch_it(p);
	p->next_try_ns = now + TRY_MS * (int64_t)MS;
	if (open_now(p, at_start, why) < 0)
		return -1;
	watch_close(&p->watch);
	return 0;
}

/* --- the start --- */

/* Until the port is back, one of the tool's ends does not work. */
static void tell_away(const struct port *p)
{
	events_say("port_gone", "port", p->options->path, NULL);
	service_end_away();
}

static void tell_back(const struct port *p)
{
	events_say("port_back", "port", p->options->path, NULL);
	service_end_back();
}

static void tell_waiting(struct port *p, const struct why *why)
{
	if (!p->is_awaited)
		tell_away(p);
	p->is_awaited = true;
	if (strcmp(p->told.text, why->text) != 0)
		limited_warning("%s: waits for it: %s", p->options->path, why->text);
	p->told = *why;
}

static int wait_for_it(struct port *p, struct why *why)
{
	while (!loop_stopping()) {
		if (try_again(p, true, monotonic_ns(), why) == 0) {
			if (p->is_awaited)
				tell_back(p);
			return 0;
		}
		tell_waiting(p, why);
		while (wait_fd(p->watch.fd, POLLIN, TRY_MS) == WAIT_READY && !watch_read(&p->watch))
			;
	}
	return 0;
}

static void begin(struct port *p, const struct port_options *o)
{
	p->options = o;
	p->baud = o->baud ? (unsigned)o->baud : PORT_BAUD_STANDARD;
	p->watch.fd = -1;
	p->counters[LOST].name = "lost";
	p->counters[AWAY_MS].name = "away_ms";
	stats_register("port", p->counters, PORT_COUNTERS);
}

int port_open(struct port *p, const struct port_options *o, struct why *why)
{
	begin(p, o);
	if ((o->wait ? wait_for_it(p, why) : open_now(p, true, why)) < 0)
		return -1;
	if (p->serial)
		serial_empty(p->serial);
	return 0;
}

int port_open_or_await(struct port *p, const struct port_options *o, struct why *why)
{
	begin(p, o);
	p->lost_ns = monotonic_ns();
	if ((o->wait ? try_again(p, true, p->lost_ns, why) : open_now(p, true, why)) == 0)
		serial_empty(p->serial);
	else if (!o->wait)
		return -1;
	else
		tell_waiting(p, why);
	return 0;
}

void port_close(struct port *p)
{
	if (p->serial)
		serial_close(p->serial);
	p->serial = NULL;
	watch_close(&p->watch);
}

/* --- lost and found --- */

/* Another device may have the name already, or the same one anew. */
static bool is_another(const struct port *p)
{
	struct stat now;

	return stat(p->options->path, &now) == 0 &&
	       (now.st_ino != p->opened.st_ino || now.st_rdev != p->opened.st_rdev ||
	        now.st_ctim.tv_sec != p->opened.st_ctim.tv_sec ||
	        now.st_ctim.tv_nsec != p->opened.st_ctim.tv_nsec);
}

/* One that is lost as soon as it is opened is not tried more than once a second either. */
static void lose(struct port *p)
{
	int64_t next = p->opened_ns + TRY_MS * (int64_t)MS;

	serial_close(p->serial);
	p->serial = NULL;
	p->lost_ns = monotonic_ns();
	watch_it(p);
	p->next_try_ns = next < p->lost_ns || is_another(p) ? p->lost_ns : next;
	p->told.text[0] = '\0';
	stats_add(&p->counters[LOST], 1);
	uint64_t lost = stats_get(&p->counters[LOST]);
	char times[40] = "";
	if (lost > 1)
		snprintf(times, sizeof times, "; %llu times so far", (unsigned long long)lost);
	tell_away(p);
	limited_warning("%s: the port is gone (unplugged?%s): waits until it is there again",
	                p->options->path, times);
}

static void tell_hindrance(struct port *p, const struct why *why)
{
	bool missing = strstr(why->text, "no such port") != NULL;

	if (!missing && strcmp(p->told.text, why->text) != 0)
		limited_warning("%s: cannot be opened again yet: %s", p->options->path, why->text);
	p->told = *why;
}

bool port_again(struct port *p, int64_t now)
{
	struct why why = {""};

	if (p->serial)
		return false;
	bool changed = p->watch.fd >= 0 && watch_read(&p->watch);
	if (!changed && now < p->next_try_ns)
		return false;
	bool first = !p->was_there;
	if (try_again(p, first, now, &why) < 0) {
		tell_hindrance(p, &why);
		return false;
	}
	p->away_ms = (monotonic_ns() - p->lost_ns) / MS;
	tell_back(p);
	stats_add(&p->counters[AWAY_MS], (uint64_t)p->away_ms);
	return true;
}

void port_tell_again(const struct port *p)
{
	limited_warning("%s: the port is there again, after %lld.%03lld s", p->options->path,
	                (long long)p->away_ms / 1000, (long long)p->away_ms % 1000);
}

/* --- in use --- */

ssize_t port_read(struct port *p, uint8_t *out, size_t size)
{
	if (!p->serial)
		return 0;
	ssize_t n = serial_read(p->serial, out, size);

	if (n < 0)
		lose(p);
	return n;
}

ssize_t port_write(struct port *p, const uint8_t *octets, size_t n)
{
	return p->serial ? serial_write(p->serial, octets, n) : -1;
}

int port_set_baud(struct port *p, unsigned baud, struct why *why)
{
	p->baud = baud;
	return p->serial ? serial_set_baud(p->serial, baud, why) : 0;
}
