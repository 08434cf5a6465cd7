#include "toolbar.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "base/stats.h"
#include "base/text.h"
#include "base/version.h"
#include "capture/extcap_control.h"
#include "probe/probe.h"

enum { CHANNEL, STATUS, LOG }; /* the controls' numbers: their places in the table */
enum { CHANNEL_LOW = 11, CHANNEL_HIGH = 26, CHANNELS_SHOWN = 128 };
enum { STATUS_EVERY_MS = 1000, PARTNER_MS = 3000, READ_SIZE = 4096 };

/* Before a capture nobody knows the firmware: those of 2.4 GHz. */
static const struct extcap_value channel_values[] = {
	{"-1", "as it is"}, {"11", "11"}, {"12", "12"}, {"13", "13"}, {"14", "14"}, {"15", "15"},
	{"16", "16"},       {"17", "17"}, {"18", "18"}, {"19", "19"}, {"20", "20"}, {"21", "21"},
	{"22", "22"},       {"23", "23"}, {"24", "24"}, {"25", "25"}, {"26", "26"}, {.value = NULL},
};

const struct extcap_control toolbar_controls[] = {
	[CHANNEL] = {.type = "selector",
                     .display = "Channel",
                     .tooltip = "That the probe listens on, from now on",
                     .values = channel_values},
	[STATUS] = {.type = "string",
                    .display = "Captured",
                    .tooltip = "The channel that the probe is on, and what has come"},
	[LOG] = {.type = "button",
                 .display = "Log",
                 .tooltip = "What the tool has said",
                 .more = "{role=logger}"},
	{.type = NULL},
};

struct pipe_end {
	int fd;    /* -1: not opened */
	int error; /* errno of that; 0: it is no FIFO */
};

static struct toolbar {
	bool is_open;
	bool met; /* Wireshark has opened its end */
	struct pipe_end in, out;
	struct extcap_control_reader reader;
	struct retune retune;
	char status[128]; /* as shown */
} toolbar = {.in = {.fd = -1}, .out = {.fd = -1}};

/* --- to Wireshark --- */

/* One write a message, shorter than PIPE_BUF: whole, from any thread, or not at all, where
 * Wireshark does not read. */
static void say(unsigned control, enum extcap_command command, const char *payload, size_t length)
{
	uint8_t message[EXTCAP_CONTROL_MAX];
	size_t n = extcap_control_write(message, control, command, payload, length);

	if (write(toolbar.out.fd, message, n) < 0)
		return;
}

static void say_text(unsigned control, enum extcap_command command, const char *text)
{
	say(control, command, text, strlen(text));
}

static void say_channel(enum extcap_command command, int channel)
{
	char number[12];

	snprintf(number, sizeof number, "%d", channel);
	say_text(CHANNEL, command, number);
}

/* A line of the log: in the status bar without the tool's name. */
static ssize_t write_line(int fd, const void *octets, size_t n)
{
	const char *colon = memchr(octets, ':', n), *line = octets;
	char entry[EXTCAP_CONTROL_PAYLOAD];
	struct text t = {entry, sizeof entry, 0};
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	text_add(&t, "%02d:%02d:%02d ", tm.tm_hour, tm.tm_min, tm.tm_sec);
	text_add(&t, "%.*s", (int)n, line);
	entry[t.length - 1] = '\n'; /* also where it has been cut */
	say(LOG, EXTCAP_ADD, entry, t.length);
	if (colon && colon + 2 < line + n)
		say(EXTCAP_CONTROL_NONE, EXTCAP_STATUS_BAR, colon + 2,
		    (size_t)(line + n - 1 - (colon + 2)));
	return write(fd, octets, n);
}

/* --- the channel --- */

static const struct firmware *firmware(void)
{
	return probe_firmware(&probe_options);
}

static void list_channels(void)
{
	const struct firmware *f = firmware();
	int last = f->channel_max < CHANNELS_SHOWN ? f->channel_max : CHANNELS_SHOWN;
	int own = (int)probe_options.channel;

	if (f->channel_min == CHANNEL_LOW && f->channel_max == CHANNEL_HIGH)
		return;
	say_text(CHANNEL, EXTCAP_REMOVE, "");
	say(CHANNEL, EXTCAP_ADD, "-1\0as it is", sizeof "-1\0as it is" - 1);
	for (int channel = f->channel_min; channel <= last; channel++)
		say_channel(EXTCAP_ADD, channel);
	if (own > last)
		say_channel(EXTCAP_ADD, own);
}

static void tell_label(void)
{
	log_warning("firmware '%s' cannot be told a channel: set it on the probe",
	            firmware_names[probe_options.firmware]);
}

/* Instead of what an earlier capture said. */
static void say_log_beginning(void)
{
	char entry[256];
	struct text t = {entry, sizeof entry, 0};

	text_add(&t, "%s %s, firmware '%s'\n", log_name(), FRAMEBUS_VERSION,
	         firmware_names[probe_options.firmware]);
	say(LOG, EXTCAP_SET, entry, t.length);
}

/* Wireshark listens from now on. */
static void greet(void)
{
	bool sets = firmware()->sets_channel;

	if (sets)
		list_channels();
	say_text(CHANNEL, sets ? EXTCAP_ENABLE : EXTCAP_DISABLE, "");
	say_log_beginning();
	say_channel(EXTCAP_SET, retune_channel(&toolbar.retune));
	if (!sets)
		say_text(EXTCAP_CONTROL_NONE, EXTCAP_STATUS_BAR,
		         "The channel of this probe is not set from here: its firmware cannot be "
		         "told");
}

/* Digits alone, as the selector has them; -1: it is no channel of the firmware's. */
static int read_channel(const struct extcap_message *m)
{
	const struct firmware *f = firmware();
	int channel = 0;

	if (m->length == 0 || m->length > 5)
		return -1;
	for (size_t i = 0; i < m->length; i++) {
		if (m->payload[i] < '0' || m->payload[i] > '9')
			return -1;
		channel = 10 * channel + (m->payload[i] - '0');
	}
	return channel >= f->channel_min && channel <= f->channel_max ? channel : -1;
}

static void set_channel(const struct extcap_message *m)
{
	const struct firmware *f = firmware();
	int channel = read_channel(m);

	if (!f->sets_channel)
		tell_label();
	else if (channel >= 0)
		retune_ask(&toolbar.retune, channel);
	else if (m->length != 2 || memcmp(m->payload, "-1", 2) != 0)
		log_warning("the toolbar's channel is none: firmware '%s' has channels %d to %d",
		            firmware_names[probe_options.firmware], f->channel_min, f->channel_max);
	if (!f->sets_channel || channel < 0)
		say_channel(EXTCAP_SET, retune_channel(&toolbar.retune));
}

/* --- from Wireshark --- */

static void handle(const struct extcap_message *m)
{
	if (m->command == EXTCAP_INITIALIZED)
		greet();
	else if (m->command == EXTCAP_SET && m->control == CHANNEL)
		set_channel(m);
	else if (m->command == EXTCAP_SET && m->control == STATUS)
		toolbar.status[0] = '\0'; /* somebody has typed there: it is shown again */
	else
		log_debug("the toolbar says something that is not known: control %u, command %u",
		          m->control, m->command);
}

/* False: Wireshark has closed the pipe. */
static bool read_pipe(void)
{
	uint8_t octets[READ_SIZE];
	struct extcap_message m;
	size_t used;
	ssize_t n = read(toolbar.in.fd, octets, sizeof octets);

	toolbar.met = true;
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	for (size_t at = 0; at < (size_t)n; at += used)
		if (extcap_control_read(&toolbar.reader, octets + at, (size_t)n - at, &used, &m))
			handle(&m);
	return true;
}

static void show_status(void)
{
	char words[sizeof toolbar.status], frames[TEXT_NUMBER_SIZE], bad[TEXT_NUMBER_SIZE];
	struct text t = {words, sizeof words, 0};
	uint64_t fcs_bad = stats_value("probe", "fcs_bad"),
		 count = stats_value("output", "written");
	int channel = retune_channel(&toolbar.retune);

	words[0] = '\0';
	if (channel >= 0)
		text_add(&t, "channel %d: ", channel);
	text_add(&t, "%s frame%s", text_number(frames, count), count == 1 ? "" : "s");
	if (fcs_bad)
		text_add(&t, ", %s with a bad FCS", text_number(bad, fcs_bad));
	if (strcmp(words, toolbar.status) == 0)
		return;
	memcpy(toolbar.status, words, sizeof words);
	say_text(STATUS, EXTCAP_SET, words);
}

static int run(void *none)
{
	(void)none;
	while (!loop_stopping()) {
		struct pollfd fds[] = {
			{toolbar.in.fd, POLLIN, 0},
			{retune_news_fd(&toolbar.retune), POLLIN, 0},
			{loop_stop_fd(), POLLIN, 0},
		};

		loop_wait(fds, 3, STATUS_EVERY_MS);
		if (fds[0].revents && !read_pipe())
			return EXIT_OK;
		if (fds[1].revents) {
			event_drain(retune_news_fd(&toolbar.retune));
			say_channel(EXTCAP_SET, retune_channel(&toolbar.retune));
		}
		show_status();
	}
	return EXIT_OK;
}

/* --- opening --- */

/* Without waiting for the other end: it opens its ends one after the other, and waits at the first.
 * What is written before it reads waits in the pipe. */
static void open_pipe(struct pipe_end *end, const char *path, int flags)
{
	struct stat status;

	end->fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	end->error = end->fd < 0 ? errno : 0;
	if (end->fd < 0 || (fstat(end->fd, &status) == 0 && S_ISFIFO(status.st_mode)))
		return;
	close(end->fd);
	end->fd = -1;
}

/* Wireshark's window stands still until somebody has opened the pipe that it writes into, and would
 * for ever where a capture fails at once. */
static void wait_for_partner(void)
{
	struct pollfd fds[] = {{toolbar.in.fd, POLLIN, 0}, {loop_signal_fd(), POLLIN, 0}};

	if (!toolbar.met && !loop_stopping())
		poll(fds, 2, PARTNER_MS);
}

static const char *fifo; /* of the capture */

/* Who has it open already would wait for ever for a writer where a capture fails at once. */
static void end_capture(void)
{
	int fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0)
		close(fd);
}

static const char *value_of(int argc, char **argv, const char *option)
{
	size_t n = strlen(option);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], option, n) != 0)
			continue;
		if (argv[i][n] == '=')
			return argv[i] + n + 1;
		if (argv[i][n] == '\0' && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

/* The one that is read comes last: when Wireshark has met us there, the other is ready, too. */
void toolbar_expect(int argc, char **argv)
{
	const char *in = value_of(argc, argv, "--extcap-control-in");
	const char *out = value_of(argc, argv, "--extcap-control-out");

	fifo = value_of(argc, argv, "--fifo");
	if (fifo)
		atexit(end_capture);
	if (out)
		open_pipe(&toolbar.out, out, O_RDWR);
	if (in)
		open_pipe(&toolbar.in, in, O_RDONLY);
	if (toolbar.in.fd >= 0)
		atexit(wait_for_partner);
}

static bool is_ready(const struct pipe_end *end, const char *path)
{
	if (end->fd < 0)
		log_warning("%s: %s (the toolbar of this capture does nothing)", path,
		            end->error ? strerror(end->error) : "is no FIFO");
	return end->fd >= 0;
}

void toolbar_open(const struct extcap_options *o)
{
	struct why why;

	if (!o->control_in != !o->control_out)
		log_warning("--extcap-control-in and --extcap-control-out go together (the toolbar "
		            "of this capture does nothing)");
	if (!o->capture || !o->control_in || !o->control_out ||
	    !is_ready(&toolbar.in, o->control_in) || !is_ready(&toolbar.out, o->control_out))
		return;
	if (retune_open(&toolbar.retune, &why) < 0) {
		log_warning("%s (the toolbar of this capture does nothing)", why.text);
		return;
	}
	toolbar.is_open = true;
	log_write_with(write_line);
}

struct retune *toolbar_retune(void)
{
	return toolbar.is_open ? &toolbar.retune : NULL;
}

unsigned toolbar_workers(struct worker *workers)
{
	if (!toolbar.is_open)
		return 0;
	workers[0] = (struct worker){.name = "toolbar", .run = run};
	return 1;
}
