#include "probe/reader.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/progress.h"
#include "packet/air_report.h"
#include "probe/hand_on.h"
#include "probe/serial_tcp.h"

enum { WRONG_SPEED = HAND_ON_COUNTERS };
enum { READ_SIZE = 4096, FRAMES_AT_ONCE = 64, FAREWELL_MS = 100 };

static void take_answer(void *reader, enum firmware_outcome outcome)
{
	struct probe_reader *r = reader;

	sender_answered(r->sender, &r->probe.line, outcome);
}

void probe_reader_init(struct probe_reader *r, const char *name,
                       const struct probe_options *options, uint16_t link_type, hand_on_put *put,
                       void *to)
{
	r->name = name;
	r->options = options;
	r->hand_on = (struct hand_on){.name = name,
	                              .link_type = link_type,
	                              .put = put,
	                              .to = to,
	                              .counters = r->counters};
	r->counters[HAND_ON_PASSED].name = "passed";
	r->counters[HAND_ON_NO_ROOM].name = "dropped_no_room";
	r->counters[HAND_ON_BAD_FCS].name = "dropped_bad_fcs";
	r->counters[WRONG_SPEED].name = "other_speed_octets";
	probe_init(&r->probe, name, options);
	r->probe.answered = take_answer;
	r->probe.context = r;
	stats_register("line", r->counters, PROBE_READER_COUNTERS);
}

int probe_reader_report_air(struct probe_reader *r, unsigned number, struct why *why)
{
	r->hand_on.air = air_new();
	if (!r->hand_on.air)
		return why_set(why, "out of memory");
	air_report(r->hand_on.air, number, r->name);
	return 0;
}

/* Of a file of which nothing is known yet there are no options. */
static const char *remedy(const struct probe_reader *r)
{
	bool slip = !r->options ||
	            recognise_language_of(firmware_names[r->options->firmware]) == LINE_SLIP;

	if (!r->port)
		return slip ? "is this SLIP?" : "is --firmware right?";
	return slip ? "is the speed right (-b), does the probe speak SLIP?"
	            : "are the speed (-b) and --firmware right?";
}

/* Of a port listen.h says more, where it can. */
void probe_reader_hold(struct probe_reader *r)
{
	progress_end_wait(&r->silent);
	if (r->port && r->listen.known)
		progress_end_wait(&r->no_frame);
	else
		progress_begin_wait(&r->no_frame, PROGRESS_WAIT_MS,
		                    "octets from %s, but no frame yet (%s)", r->name, remedy(r));
}

static void look_at_progress(struct probe_reader *r)
{
	if (r->probe.line.counts[r->probe.frames]) {
		progress_end_wait(&r->silent);
		progress_end_wait(&r->no_frame);
	} else if (r->probe.line.counts[0]) {
		probe_reader_hold(r);
	}
}

/* A port or pipe that is silent. */
void probe_reader_begin(struct probe_reader *r)
{
	progress_begin_wait(&r->silent, PROGRESS_WAIT_MS, "no octet from %s yet%s", r->name,
	                    r->port ? " (is it the probe's port, and is there anything on the "
	                              "air?)"
	                            : "");
}

void probe_reader_feed(struct probe_reader *r, const uint8_t *octets, size_t n)
{
	int64_t now = now_ns();
	struct probe_frames frames;

	r->probe.now = monotonic_ns();
	do {
		size_t used = probe_decode(&r->probe, octets, n, now, &frames);

		octets += used;
		n -= used;
		if (frames.count > 0)
			hand_on_frames(&r->hand_on, &frames);
	} while (n || frames.count > 0);
	look_at_progress(r);
	if (r->probe.verdicts.booted && r->port)
		firmware_start_again(&r->probe.line, r->probe.now);
	r->probe.verdicts.booted = false;
}

static int64_t do_what_is_due(struct probe_reader *r, int64_t now)
{
	struct firmware_line *l = &r->probe.line;
	int64_t due = firmware_tick(l, now), answer_due = sender_tick(r->sender, l, now);

	if (l->events_due) {
		l->events_due = false;
		probe_reader_feed(r, l->input, 0);
	}
	return due < answer_due ? due : answer_due;
}

/* It had octets, of a port more than the ENDs of an idle line, and nothing came of it. */
static bool is_useless(const struct probe_reader *r)
{
	uint64_t idle = r->port ? firmware_count(&r->probe.line, "empty") + 1 : 0;

	return r->probe.line.counts[0] > idle && !stats_get(&r->counters[HAND_ON_PASSED]) &&
	       !stats_get(&r->counters[HAND_ON_NO_ROOM]);
}

/* The wrong file, or the wrong speed. */
static void warn_of_no_frame(const struct probe_reader *r)
{
	unsigned long long octets = r->probe.line.counts[0];
	unsigned long long frames = r->probe.line.counts[r->probe.frames];

	if (!octets || (!frames && r->port && listen_is_settled(&r->listen)))
		return;
	if (!frames)
		limited_warning("%s: no frame in %llu octets: %s", r->name, octets, remedy(r));
	else if (is_useless(r))
		limited_warning("%s: nothing can be used of %llu frames: is --fcs right?", r->name,
		                frames);
}

int probe_reader_end(struct probe_reader *r)
{
	/* What is not whole will not be. */
	if (!r->port)
		do_what_is_due(r, INT64_MAX);
	size_t lost = probe_finish(&r->probe);

	if (lost)
		limited_warning("%s: ends inside a frame: its %zu octets are left out", r->name,
		                lost);
	warn_of_no_frame(r);
	return is_useless(r) ? EXIT_RUNNING : EXIT_OK;
}

/* --- a port --- */

/* What the port takes now; false: it is gone. */
static bool write_out(struct probe_reader *r)
{
	struct firmware_line *l = &r->probe.line;

	if (!l->out_length)
		return true;
	ssize_t n = port_write(r->port, l->out, l->out_length);
	if (n < 0)
		return false;
	l->out_length -= (size_t)n;
	memmove(l->out, l->out + n, l->out_length);
	if (n > 0)
		sender_written(r->sender, l);
	return true;
}

/* Frames that wait, one after the other, as far as the port and the probe take them. */
static void write_waiting(struct probe_reader *r, int64_t now)
{
	struct firmware_line *l = &r->probe.line;

	if (r->listen.searching) {
		write_out(r);
		return;
	}
	sender_take_back(r->sender, l, now);
	for (unsigned i = 0; i < FRAMES_AT_ONCE; i++) {
		sender_feed(r->sender, l, now);
		if (!l->out_length)
			return;
		if (!write_out(r)) {
			/* Reading says that it is gone. */
			l->out_length = 0;
			sender_gone(r->sender, l);
			return;
		}
		if (l->out_length)
			return;
	}
}

/* Returns when there is something to do again. */
static int64_t work(struct probe_reader *r, int64_t now)
{
	do_what_is_due(r, now);
	write_waiting(r, now);
	return do_what_is_due(r, now);
}

/* Waits until there is something to do; true: there is something to be read. */
static bool wait_for_port(struct probe_reader *r)
{
	struct firmware_line *l = &r->probe.line;
	int64_t now = monotonic_ns(), due = port_due(r->port);

	retune_do(r->retune, l, r->port->serial != NULL, now);
	if (r->port->serial) {
		int64_t listen = listen_due(&r->listen);

		due = work(r, now);
		due = listen < due ? listen : due;
	}
	probe_tell(&r->probe);
	struct pollfd fds[] = {
		{port_fd(r->port), (short)(POLLIN | (l->out_length ? POLLOUT : 0)), 0},
		{loop_stop_fd(), POLLIN, 0},
		{sender_fd(r->sender, l), POLLIN, 0},
		{retune_asked_fd(r->retune), POLLIN, 0},
	};
	if (loop_wait(fds, 4, poll_ms(due, now)) <= 0)
		return false;
	if (fds[3].revents)
		retune_woken(r->retune);
	if (fds[2].revents)
		sender_woken(r->sender);
	return fds[0].revents & ~POLLOUT;
}

/* What the probe is told at the end, as far as the port takes it at once. */
static void say_farewell(struct probe_reader *r)
{
	struct firmware_line *l = &r->probe.line;
	struct pollfd fd = {port_fd(r->port), POLLOUT, 0};

	firmware_stop(l);
	while (l->out_length && poll(&fd, 1, FAREWELL_MS) > 0 && write_out(r))
		;
}

static void note_loss(struct probe_reader *r)
{
	r->probe.line.out_length = 0;
	sender_gone(r->sender, &r->probe.line);
	probe_reader_end(r);
}

/* --- what it says --- */

static void start_firmware(struct probe_reader *r, int64_t now)
{
	r->probe.line.out_length = 0;
	firmware_start(&r->probe.line, now);
	r->listen.speaks_first = r->probe.line.out_length > 0;
}

/* What the probe had been told is forgotten with its power. */
static void begin(struct probe_reader *r, int64_t now)
{
	listen_begin(&r->listen, now);
	start_firmware(r, now);
	sender_back(r->sender);
}

static void try_speed(struct probe_reader *r, int64_t now)
{
	struct why why;

	if (port_set_baud(r->port, r->listen.baud, &why) < 0)
		log_info("%s: %s", r->name, why.text);
	if (r->port->serial)
		serial_empty(r->port->serial);
	probe_finish(&r->probe);
	start_firmware(r, now);
}

/* Octets that have just come, behind those that are held for want of a speed. */
static void hear(struct probe_reader *r, enum listen_answer answer, const uint8_t *octets, size_t n)
{
	switch (answer) {
	case LISTEN_FOUND:
		probe_reader_feed(r, r->listen.octets, r->listen.held);
		/* fall through */
	case LISTEN_PASS:
		if (n)
			probe_reader_feed(r, octets, n);
		else
			look_at_progress(r);
		break;
	case LISTEN_NEXT:
		stats_add(&r->counters[WRONG_SPEED], r->listen.held + n);
		try_speed(r, monotonic_ns());
		break;
	case LISTEN_HOLD:
		break;
	}
}

static void read_port(struct probe_reader *r)
{
	uint8_t octets[READ_SIZE];
	ssize_t n = port_read(r->port, octets, sizeof octets);

	if (n < 0) {
		hear(r, listen_end(&r->listen, monotonic_ns()), NULL, 0);
		note_loss(r);
	}
	if (n > 0)
		hear(r, listen_to(&r->listen, octets, (size_t)n, monotonic_ns()), octets,
		     (size_t)n);
}

static void start_listening(struct probe_reader *r)
{
	const struct port_options *o = r->port->options;

	listen_init(&r->listen, r->name, firmware_names[r->options->firmware],
	            o->baud || serial_is_tcp(o->path) ? r->port->baud : 0);
	begin(r, monotonic_ns());
}

int probe_reader_run(void *reader)
{
	struct probe_reader *r = reader;

	probe_reader_begin(r);
	start_listening(r);
	while (!loop_stopping()) {
		bool readable = wait_for_port(r);

		if (port_again(r->port, monotonic_ns())) {
			begin(r, monotonic_ns());
			port_tell_again(r->port);
		}
		if (readable)
			read_port(r);
		if (r->port->serial)
			hear(r, listen_tick(&r->listen, monotonic_ns()), NULL, 0);
	}
	if (r->port->serial)
		say_farewell(r);
	hear(r, listen_end(&r->listen, monotonic_ns()), NULL, 0);
	probe_finish(&r->probe);
	warn_of_no_frame(r);
	return EXIT_OK;
}
