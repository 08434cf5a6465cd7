#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/capture.h"
#include "file_name.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "packet/lines.h"
#include "base/stats.h"
#include "base/wait_fd.h"

enum { WRITTEN, LEFT_OVER, FILES, OUTPUT_COUNTERS };
enum { FLUSH_AFTER_MS = 1000 };

struct output {
	const struct settings *settings;
	enum output_state state;
	int64_t dirty_since;      /* monotonic ns; 0: nothing is in the writer's buffer */
	uint64_t taken;           /* packets that output_put was given */
	uint64_t written_before;  /* in files that are closed */
	uint64_t number, periods; /* of the file: since the period began; periods that are over */
	time_t period_start;
	char path[PATH_MAX];
	struct capture_writer *capture; /* NULL: readable lines */
	struct counter counters[OUTPUT_COUNTERS];
};

static struct output output = {
	.counters = {[WRITTEN] = {.name = "written"},
                     [LEFT_OVER] = {.name = "left_over"},
                     [FILES] = {.name = "files"}},
};

/* time(2) may lag behind the clock that others read. */
static time_t seconds_now(void)
{
	return (time_t)(now_ns() / 1000000000);
}

static enum output_state end(struct output *o, enum output_state state)
{
	o->state = state;
	return state;
}

static enum output_state fail(struct output *o, const char *why)
{
	log_error("%s: %s", path_in_words(o->path, "standard output"), why);
	return end(o, OUTPUT_FAILED);
}

/* --- capture files --- */

static void note_written(struct output *o)
{
	stats_set(&o->counters[WRITTEN],
	          o->written_before + (o->capture ? capture_records(o->capture) : 0));
}

static enum output_state take_result(struct output *o, int result, const char *why)
{
	if (result == 0)
		return OUTPUT_OPEN;
	return result < 0 ? fail(o, why) : end(o, OUTPUT_ENDED);
}

static enum output_state close_file(struct output *o)
{
	const char *why = NULL;

	if (!o->capture)
		return o->state;
	/* What has left the buffer is only known before the writer is gone. */
	capture_flush(o->capture, &why);
	o->written_before += capture_records(o->capture);
	int result = capture_close(o->capture, &why);
	o->capture = NULL;
	o->dirty_since = 0;
	note_written(o);
	return o->state == OUTPUT_OPEN ? take_result(o, result, why) : o->state;
}

static enum output_state open_file(struct output *o)
{
	const struct settings *s = o->settings;
	const char *why;

	if (!file_name(o->path, sizeof o->path, s->output.path, s->file_seconds > 0,
	               o->period_start, s->file_octets > 0, o->number, s->file_count))
		return fail(o, "the name is empty or too long");
	o->capture = capture_create(o->path, s->link_type, s->output.unbuffered, &why);
	if (!o->capture)
		return loop_stopping() ? end(o, OUTPUT_ENDED) : fail(o, why);
	stats_add(&o->counters[FILES], 1);
	log_info("%s: opened", path_in_words(o->path, "standard output"));
	return OUTPUT_OPEN;
}

static enum output_state next_file(struct output *o)
{
	return close_file(o) == OUTPUT_OPEN ? open_file(o) : o->state;
}

static bool period_is_over(const struct output *o)
{
	return o->settings->file_seconds &&
	       seconds_now() - o->period_start >= (time_t)o->settings->file_seconds;
}

static bool was_last_period(const struct output *o)
{
	return o->settings->file_count && !o->settings->file_octets &&
	       o->periods + 1 >= o->settings->file_count;
}

static enum output_state rotate(struct output *o)
{
	const struct settings *s = o->settings;

	if (period_is_over(o)) {
		if (was_last_period(o))
			return end(o, OUTPUT_ENDED);
		o->periods++;
		o->period_start = seconds_now();
		o->number = 0;
		return next_file(o);
	}
	if (s->file_octets && capture_octets(o->capture) > s->file_octets) {
		o->number++;
		if (s->file_count && o->number >= s->file_count)
			o->number = 0;
		return next_file(o);
	}
	return OUTPUT_OPEN;
}

/* What a crash can take with it is the last second. */
static enum output_state flush_if_due(struct output *o)
{
	const char *why = NULL;

	if (o->state != OUTPUT_OPEN || !o->dirty_since ||
	    monotonic_ns() - o->dirty_since < FLUSH_AFTER_MS * INT64_C(1000000))
		return o->state;
	o->dirty_since = 0;
	take_result(o, capture_flush(o->capture, &why), why);
	note_written(o);
	return o->state;
}

static enum output_state put_in_capture(struct output *o, const struct packet *p)
{
	const char *why = NULL;

	if (rotate(o) != OUTPUT_OPEN)
		return o->state;
	take_result(o, capture_write(o->capture, p, &why), why);
	note_written(o);
	if (!o->dirty_since)
		o->dirty_since = monotonic_ns();
	return flush_if_due(o);
}

/* --- readable lines --- */

static enum output_state put_line(struct output *o, const struct packet *p)
{
	char line[READABLE_MAX];
	size_t n = readable_time(line, sizeof line, p->time_ns);
	n += readable_frame(line + n, sizeof line - 1 - n, p);
	line[n++] = '\n';

	/* Up to PIPE_BUF octets a pipe takes whole, once it takes any. */
	for (size_t done = 0; done < n;) {
		if (wait_fd(STDOUT_FILENO, POLLOUT, -1) == WAIT_STOPPED)
			return end(o, OUTPUT_ENDED);
		ssize_t written = write(STDOUT_FILENO, line + done, n - done);
		if (written < 0 && errno == EPIPE)
			return end(o, OUTPUT_ENDED);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return fail(o, strerror(errno));
		done += written > 0 ? (size_t)written : 0;
	}
	stats_add(&o->counters[WRITTEN], 1);
	return OUTPUT_OPEN;
}

/* --- all --- */

struct output *output_open(const struct settings *s)
{
	struct output *o = &output;

	stats_register("output", o->counters, OUTPUT_COUNTERS);
	o->settings = s;
	o->period_start = seconds_now();
	if (!s->output.path)
		strncpy(o->path, "standard output", sizeof o->path - 1);
	else if (open_file(o) == OUTPUT_FAILED)
		exit(EXIT_RUNNING);
	return o;
}

enum output_state output_put(struct output *o, const struct packet *p)
{
	if (o->state == OUTPUT_OPEN)
		(o->settings->output.path ? put_in_capture : put_line)(o, p);
	o->taken++;
	if (o->state == OUTPUT_OPEN && o->taken == o->settings->output.count)
		end(o, OUTPUT_ENDED);
	return o->state;
}

int output_timeout_ms(const struct output *o)
{
	return o->dirty_since || o->settings->file_seconds ? FLUSH_AFTER_MS : -1;
}

enum output_state output_idle(struct output *o)
{
	if (o->state == OUTPUT_OPEN && period_is_over(o) && was_last_period(o))
		return end(o, OUTPUT_ENDED);
	return flush_if_due(o);
}

int output_fd(const struct output *o)
{
	return o->capture ? capture_writer_fd(o->capture) : STDOUT_FILENO;
}

int output_close(struct output *o, uint64_t left_over)
{
	close_file(o);
	stats_set(&o->counters[LEFT_OVER], o->taken + left_over - stats_get(&o->counters[WRITTEN]));
	return o->state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}
