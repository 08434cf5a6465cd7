#include "from_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/wait_fd.h"
#include "beginning.h"
#include "capture/follow.h"
#include "capture/path.h"
#include "capture/reading.h"
#include "captured.h"
#include "outputs.h"
#include "packet/air_report.h"
#include "probe/reader.h"

static struct beginning beginning; /* then the room that it is read into */

static struct input {
	const struct settings *settings;
	hand_on_put *put;
	struct probe_reader line;
	struct air *air; /* NULL: it is not asked for */
	bool ready;      /* line has been prepared */
	bool begun;      /* the file: it has been found to be a line */
	int firmware;    /* that it is read with; -1: it is not known yet */
	int fd;
	struct follow *follow; /* NULL: its end is the end */
	bool at_end;           /* of what is in it so far */
} input;

static bool hangs;

/* --- the file --- */

/* Of a file nobody asks while it is read, unless an option does. */
static bool is_air_asked_for(void)
{
	return common_options.stats != STATS_NONE || common_options.stats_every > 0;
}

int from_file_prepare(const struct settings *s, hand_on_put *put, struct why *why)
{
	struct input *in = &input;

	in->settings = s;
	in->put = put;
	in->line.name = path_in_words(s->file, "standard input");
	in->firmware = s->any_firmware ? -1 : probe_options.firmware;
	if (!is_air_asked_for())
		return 0;
	in->air = air_new();
	if (!in->air)
		return why_set(why, "out of memory");
	air_report(in->air, 0, NULL);
	return 0;
}

int from_file_open(struct why *why)
{
	struct input *in = &input;
	const char *path = in->settings->file;

	/* O_NONBLOCK: open(2) of a FIFO would wait for its writer; a stop does not end that. */
	in->fd = strcmp(path, "-") == 0 ? STDIN_FILENO
	                                : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in->fd < 0)
		return why_errno(why, path);
	if (isatty(in->fd))
		return why_set(why, "%s: is a terminal (the port of a probe is given with -p)",
		               in->line.name);
	if (in->settings->follow && !(in->follow = follow_open(path, in->fd, why)))
		return -1;
	return 0;
}

/* Once it is known what the file is, or that it never will be. */
static void prepare_line(struct input *in)
{
	if (in->ready)
		return;
	in->ready = true;
	if (in->firmware >= 0)
		probe_options.firmware = in->firmware;
	probe_reader_init(&in->line, in->line.name, &probe_options, in->settings->link_type,
	                  in->put, NULL);
	in->line.hand_on.air = in->air;
}

/* --- its thread --- */

static int status_of(enum output_state state)
{
	return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}

enum { FILE_GOES_ON = -1, PACKETS_AN_IDLE = 256 };

/* Other contents, from their beginning. */
static int begin_anew(struct input *in)
{
	if (in->begun)
		probe_reader_end(&in->line);
	in->begun = false;
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

	input.put(NULL, p, 1);
	return (++packets % PACKETS_AN_IDLE ? outputs_state() : outputs_idle()) == OUTPUT_OPEN;
}

static int read_capture(struct input *in)
{
	const struct captured capture = {
		.fd = in->fd,
		.name = in->line.name,
		.octets = beginning.octets,
		.length = beginning.length,
		.link_type = in->settings->link_type,
		.put = put_captured,
		.waiting = {in->follow, outputs_timeout_ms, outputs_go_on},
		.before_wait = outputs_rest,
	};

	progress_end_wait(&in->line.silent);
	progress_end_wait(&in->line.no_frame);
	int status = captured_read(&capture);
	return status == CAPTURED_ANEW ? begin_anew(in) : status;
}

/* Octets that have been put behind those of the beginning. An exit status where they are no probe's
 * line. */
static int begin_file(struct input *in, bool ended)
{
	struct why why;
	enum beginning_answer answer = beginning_judge(&beginning, ended, &in->firmware, &why);

	if (answer != BEGINNING_HOLD)
		prepare_line(in);
	switch (answer) {
	case BEGINNING_REFUSED:
		log_error("%s: %s", in->line.name, why.text);
		return EXIT_RUNNING;
	case BEGINNING_READ:
		if (in->line.probe.line.firmware->ends_in_fcs)
			verdict_look_ahead(&in->line.probe.verdicts, beginning.octets,
			                   beginning.length);
		probe_reader_feed(&in->line, beginning.octets, beginning.length);
		in->begun = true;
		break;
	case BEGINNING_CAPTURE:
		return read_capture(in);
	case BEGINNING_HOLD:
		probe_reader_hold(&in->line);
		break;
	}
	return FILE_GOES_ON;
}

static int end_file(struct input *in)
{
	if (!in->begun && !beginning.length) {
		prepare_line(in);
		log_error("%s: is empty: neither a probe's line nor a capture", in->line.name);
		return EXIT_RUNNING;
	}
	int status = in->begun ? FILE_GOES_ON : begin_file(in, true);

	if (status != FILE_GOES_ON)
		return status;
	return probe_reader_end(&in->line);
}

static int look_behind_end(struct input *in)
{
	enum follow_news news = follow_look(in->follow);

	in->at_end = news == FOLLOW_NOTHING;
	return news == FOLLOW_ANEW ? begin_anew(in) : FILE_GOES_ON;
}

/* An exit status where the file has ended or fails. */
static int read_piece(struct input *in)
{
	size_t held = in->begun ? 0 : beginning.length;
	uint8_t *octets = beginning.octets + held;
	ssize_t n = reading_read(in->fd, octets, sizeof beginning.octets - held);

	if (n == 0)
		return in->follow ? look_behind_end(in) : end_file(in);
	if (n > 0 && !in->begun) {
		beginning.length += (size_t)n;
		return begin_file(in, false);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		log_error("%s: %s", in->line.name, strerror(errno));
		return EXIT_RUNNING;
	}
	if (n > 0)
		probe_reader_feed(&in->line, octets, (size_t)n);
	return FILE_GOES_ON;
}

static bool wait_for_file(struct input *in)
{
	int fd = in->at_end ? follow_fd(in->follow) : in->fd;

	if (wait_fd(fd, POLLIN, 0) == WAIT_READY)
		return true;
	outputs_rest();
	return wait_fd(fd, POLLIN, outputs_timeout_ms()) == WAIT_READY;
}

/* A file waits for its output. Behind the stop nobody's reader is waited for any more. */
static int read_file(void *input_)
{
	struct input *in = input_;
	enum output_state state = OUTPUT_OPEN;
	int status = FILE_GOES_ON;

	probe_reader_begin(&in->line);
	while (state == OUTPUT_OPEN && status == FILE_GOES_ON && !loop_stopping()) {
		if (wait_for_file(in)) {
			in->at_end = false;
			status = read_piece(in);
		}
		state = outputs_idle();
	}
	if (status == FILE_GOES_ON) {
		prepare_line(in);
		if (state == OUTPUT_OPEN)
			probe_reader_end(&in->line);
		status = status_of(state);
	}
	outputs_finish();
	return status;
}

struct worker from_file_worker(void)
{
	return (struct worker){.name = "file", .run = read_file, .context = &input};
}

int from_file_close(void)
{
	hangs = reading_let_go(input.line.name);
	prepare_line(&input);
	return hangs ? EXIT_RUNNING : EXIT_OK;
}

bool from_file_hangs(void)
{
	return hangs;
}
