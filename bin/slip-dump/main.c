/* slip-dump - the frames of a probe mote, from a serial port or a file, as a capture or as readable
 * lines. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/summary.h"
#include "base/wait_fd.h"
#include "capture/extcap.h"
#include "capture/ahead.h"
#include "captured.h"
#include "beginning.h"
#include "capture/follow.h"
#include "capture/path.h"
#include "capture/choice.h"
#include "dump_checks.h"
#include "extcap.h"
#include "outputs.h"
#include "packet/air_report.h"
#include "probes.h"
#include "probe/reader.h"
#include "settings.h"
#include "sources.h"
#include "toolbar.h"
#include "top.h"

static struct beginning beginning; /* of a file; then the room that it is read into */

static struct dump {
	const struct settings *settings;
	struct probe_reader line; /* of a file */
	struct air *air;          /* of a file; NULL: it is not asked for */
	bool ready;               /* line has been prepared */
	bool begun;               /* the file: it has been found to be a line */
	int firmware;             /* that it is read with; -1: it is not known yet */
	int file;                 /* where there is no port */
	struct follow *follow;    /* NULL: its end is the end */
	bool at_end;              /* of what is in it so far */
	struct ahead *ahead;      /* reads it, once it has begun; NULL: nobody else does */
} dump;

/* --- the end that is read --- */

static void open_file(struct dump *d)
{
	const char *path = d->settings->file;
	struct why why;

	/* O_NONBLOCK: open(2) of a FIFO would wait for its writer; a stop does not end that. */
	d->file = strcmp(path, "-") == 0 ? STDIN_FILENO
	                                 : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (d->file < 0)
		die(EXIT_RUNNING, "%s: %s", path, strerror(errno));
	if (isatty(d->file))
		die(EXIT_RUNNING, "%s: is a terminal (the port of a probe is given with -p)",
		    d->line.name);
	if (d->settings->follow && !(d->follow = follow_open(path, d->file, &why)))
		die(EXIT_RUNNING, "%s", why.text);
}

static void open_input(struct dump *d)
{
	struct why why;

	if (!d->settings->port.path)
		open_file(d);
	else if (probes_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}

/* What is left out may say whose an address is. */
static bool is_wanted(const struct envelope_packet *p)
{
	if (choice_takes(p))
		return true;
	outputs_learn(p);
	return false;
}

static bool put(void *none, const struct envelope_packet *p)
{
	(void)none;
	if (is_wanted(p))
		outputs_put(p);
	return true;
}

/* Of a file nobody asks while it is read, unless an option does. */
static bool is_air_asked_for(void)
{
	return common_options.stats != STATS_NONE || common_options.stats_every > 0;
}

static bool put_into_rings(const struct envelope_packet *p, unsigned number)
{
	return !is_wanted(p) || outputs_put_into_rings(p, number);
}

static int prepare_file(struct dump *d, struct why *why)
{
	d->line.name = path_in_words(d->settings->file, "standard input");
	d->firmware = d->settings->any_firmware ? -1 : probe_options.firmware;
	if (!is_air_asked_for())
		return 0;
	d->air = air_new();
	if (!d->air)
		return why_set(why, "out of memory");
	air_report(d->air, 0, NULL);
	return 0;
}

/* Once it is known what the file is, or that it never will be. */
static void prepare_line(struct dump *d)
{
	if (d->ready)
		return;
	d->ready = true;
	if (d->firmware >= 0)
		probe_options.firmware = d->firmware;
	probe_reader_init(&d->line, d->line.name, &probe_options, d->settings->link_type, put,
	                  NULL);
	d->line.air = d->air;
}

static void prepare_input(struct dump *d)
{
	const struct settings *s = d->settings;
	struct why why;

	if (outputs_prepare(s) < 0 || sources_init(s) < 0)
		die(EXIT_RUNNING, "out of memory");
	if ((s->port.path ? probes_prepare(s, put_into_rings, toolbar_retune(), &why)
	                  : prepare_file(d, &why)) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}

/* A FIFO's reader is waited for first, so that no frame waits for it in the port. Else the port
 * comes first: one that is not there leaves no file behind. 0, or -1: the output cannot be written,
 * which has been reported. */
static int open_ends(struct dump *d)
{
	const struct settings *s = d->settings;
	bool waits = s->output_count == 1 && path_kind(s->outputs[0].path) == PATH_IS_FIFO;

	prepare_input(d);
	choice_init(&s->choice);
	if (!waits)
		open_input(d);
	if (outputs_open() < 0)
		return -1;
	if (loop_stopping())
		return 0;
	if (waits)
		open_input(d);
	if (loop_stopping())
		return 0;
	report_ready();
	return 0;
}

/* --- workers --- */

static int status_of(enum output_state state)
{
	return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}

enum { FILE_GOES_ON = -1, PACKETS_AN_IDLE = 256 };

/* Other contents, from their beginning. */
static int begin_anew(struct dump *d)
{
	if (d->begun)
		probe_reader_end(&d->line);
	d->begun = false;
	beginning.length = 0;
	return FILE_GOES_ON;
}

static bool outputs_go_on(void)
{
	return outputs_idle() == OUTPUT_OPEN;
}

/* What is idle work is done now and then: it reads clocks. */
static bool put_captured(const struct envelope_packet *p)
{
	static unsigned packets;

	put(NULL, p);
	return (++packets % PACKETS_AN_IDLE ? outputs_state() : outputs_idle()) == OUTPUT_OPEN;
}

static int read_capture(struct dump *d)
{
	const struct captured capture = {
		.fd = d->file,
		.name = d->line.name,
		.octets = beginning.octets,
		.length = beginning.length,
		.link_type = d->line.link_type,
		.put = put_captured,
		.waiting = {d->follow, outputs_timeout_ms, outputs_go_on},
		.before_wait = outputs_rest,
	};

	progress_end_wait(&d->line.silent);
	progress_end_wait(&d->line.no_frame);
	int status = captured_read(&capture);
	return status == CAPTURED_ANEW ? begin_anew(d) : status;
}

/* Octets that have been put behind those of the beginning. An exit status where they are no probe's
 * line. */
static int begin_file(struct dump *d, bool ended)
{
	struct why why;
	enum beginning_answer answer = beginning_judge(&beginning, ended, &d->firmware, &why);

	if (answer != BEGINNING_HOLD)
		prepare_line(d);
	switch (answer) {
	case BEGINNING_REFUSED:
		log_error("%s: %s", d->line.name, why.text);
		return EXIT_RUNNING;
	case BEGINNING_READ:
		if (d->line.probe.line.firmware->ends_in_fcs)
			verdict_look_ahead(&d->line.probe.verdicts, beginning.octets,
			                   beginning.length);
		probe_reader_feed(&d->line, beginning.octets, beginning.length);
		d->begun = true;
		d->ahead = d->follow ? NULL : ahead_new(d->file);
		break;
	case BEGINNING_CAPTURE:
		return read_capture(d);
	case BEGINNING_HOLD:
		probe_reader_hold(&d->line);
		break;
	}
	return FILE_GOES_ON;
}

static int end_file(struct dump *d)
{
	if (!d->begun && !beginning.length) {
		prepare_line(d);
		log_error("%s: is empty: neither a probe's line nor a capture", d->line.name);
		return EXIT_RUNNING;
	}
	int status = d->begun ? FILE_GOES_ON : begin_file(d, true);

	if (status != FILE_GOES_ON)
		return status;
	return probe_reader_end(&d->line);
}

static int look_behind_end(struct dump *d)
{
	enum follow_news news = follow_look(d->follow);

	d->at_end = news == FOLLOW_NOTHING;
	return news == FOLLOW_ANEW ? begin_anew(d) : FILE_GOES_ON;
}

/* Behind what is held of a beginning. */
static ssize_t read_more(const struct dump *d)
{
	size_t held = d->begun ? 0 : beginning.length;

	return read(d->file, beginning.octets + held, sizeof beginning.octets - held);
}

/* An exit status where the file has ended or fails. */
static int read_piece(struct dump *d)
{
	const uint8_t *octets = beginning.octets;
	ssize_t n = d->ahead ? ahead_read(d->ahead, &octets) : read_more(d);

	if (n == 0)
		return d->follow ? look_behind_end(d) : end_file(d);
	if (n > 0 && !d->begun) {
		beginning.length += (size_t)n;
		return begin_file(d, false);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		log_error("%s: %s", d->line.name, strerror(errno));
		return EXIT_RUNNING;
	}
	if (n > 0)
		probe_reader_feed(&d->line, octets, (size_t)n);
	return FILE_GOES_ON;
}

static bool wait_for_file(struct dump *d)
{
	int fd = d->at_end ? follow_fd(d->follow) : d->file;

	if (wait_fd(fd, POLLIN, 0) == WAIT_READY)
		return true;
	outputs_rest();
	return wait_fd(fd, POLLIN, outputs_timeout_ms()) == WAIT_READY;
}

/* A file waits for its output. Behind the stop nobody's reader is waited for any more. */
static int read_file(void *dump_)
{
	struct dump *d = dump_;
	enum output_state state = OUTPUT_OPEN;
	int status = FILE_GOES_ON;

	probe_reader_begin(&d->line);
	while (state == OUTPUT_OPEN && status == FILE_GOES_ON && !loop_stopping()) {
		if (d->ahead || wait_for_file(d)) {
			d->at_end = false;
			status = read_piece(d);
		}
		state = outputs_idle();
	}
	if (status == FILE_GOES_ON) {
		prepare_line(d);
		if (state == OUTPUT_OPEN)
			probe_reader_end(&d->line);
		status = status_of(state);
	}
	outputs_finish();
	return status;
}

static int run(struct dump *d)
{
	struct worker all[PROBES_MAX + 3 + OUTPUTS_MAX];

	all[0] = (struct worker){.name = "file", .run = read_file, .context = d};
	if (!d->settings->port.path)
		return loop_run(all, 1 + outputs_workers(all + 1));
	unsigned n = probes_workers(all);
	n += outputs_workers(all + n);
	n += toolbar_workers(all + n);
	if (d->settings->top <= 0)
		return loop_run(all, n);
	top_open(probes_air(), d->settings->top, d->settings->probe_count);
	all[n++] = top_worker();
	int status = loop_run(all, n);
	top_close();
	return status;
}

/* The counters of a line are there, too, where none was ever read. */
static int close_ends(struct dump *d)
{
	if (d->settings->port.path)
		probes_close();
	else
		prepare_line(d);
	ahead_free(d->ahead);
	return outputs_close();
}

static struct summary_part summary[] = {
	{"output", "written", "frame", "frames", 1},
	{"probe", "fcs_bad", "with a bad FCS", "with a bad FCS", 0},
	{"capture", "bad_fcs", "with a bad FCS", "with a bad FCS", 0},
	{"filter", "left_out", "filtered out", "filtered out", 0},
	{.section = NULL},
};

int main(int argc, char **argv)
{
	static struct settings settings;
	struct dump *d = &dump;
	struct why why;

	toolbar_expect(argc, argv);
	settings_parse(argc, argv, &settings);
	d->settings = &settings;
	if (settings.port.list)
		return port_list();
	if (extcap_answer(&settings.extcap))
		return extcap_status();
	if (common_options.check)
		return dump_check(&settings);
	/* --top alone. */
	if (!settings.output_count)
		summary[0] = (struct summary_part){"line", "passed", "frame", "frames", 1};
	summary_of(summary);
	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	toolbar_open(&settings.extcap);
	if (open_ends(d) < 0) {
		outputs_close();
		return EXIT_RUNNING;
	}
	loop_stop_after(settings.output.duration);
	int status = loop_stopping() ? EXIT_OK : run(d);
	int closed = close_ends(d);
	if (settings.port.path)
		probes_say();
	loop_report_at_exit();
	return status ? status : closed;
}
