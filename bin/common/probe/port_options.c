#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "probe/port.h"
#include "probe/serial.h"
#include "probe/serial_tcp.h"

enum { BAUD_MIN = 50, BAUD_MAX = 12000000 };
enum { FLOW_RTSCTS = 1 };

static const char *const flow_names[] = {"none", "rtscts", "xonxoff", NULL};
static const char *const line_names[] = {"as-is", "on", "off", NULL};

static int read_baud(void *target, const char *value, struct why *why)
{
	if (strcmp(value, "auto") == 0) {
		*(uint64_t *)target = 0;
		return 0;
	}
	if (option_number(target, value, BAUD_MIN, BAUD_MAX, NULL) < 0)
		return why_set(why, "must be auto or a whole number from %d to %d", BAUD_MIN,
		               BAUD_MAX);
	return 0;
}

const struct option_spec port_path_specs[] = {
	{SECTION_PROBE, 'p', "port", "PORT", OPTION_OUTPUT(struct port_options, path),
         .help = "serial port of the probe, or tcp:HOST:PORT; @CHANNEL behind it: its channel",
         .more = "8N1; it is locked against others. When it is unplugged, the tool waits until it "
                 "is there again. tcp:HOST:PORT is a port that another host hands on as it is, "
                 "with ser2net(8) for example. PORT@CHANNEL is short for --channel: see "
                 "'Several probes' in slip-dump(1) for names with an @."},
	{.name = NULL},
};

const struct option_spec port_specs[] = {
	{SECTION_PROBE, 'b', "baud", "N", OPTION_OWN(struct port_options, baud, read_baud),
         .yields = "read", .standard = "115200", .help = "its speed, or auto",
         .more = "From 50 to 12000000. With 'auto' the usual ones are tried, until frames come "
                 "that check."},
	{SECTION_PROBE, 0, "flow", NULL, OPTION_CHOICE(struct port_options, flow, flow_names),
         .yields = "read", .standard = "none", .help = "flow control",
         .more = "With 'xonxoff' the octets 0x11 and 0x13 are taken out of what the probe says: "
                 "only for firmwares that escape them, which SLIP does not."},
	{SECTION_PROBE, 0, "dtr", NULL, OPTION_CHOICE(struct port_options, dtr, line_names),
         .yields = "read", .standard = "as-is", .help = "set DTR when the port is opened",
         .more = "'as-is' is as Linux leaves it, which raises DTR and RTS when it opens a port."},
	{SECTION_PROBE, 0, "rts", NULL, OPTION_CHOICE(struct port_options, rts, line_names),
         .yields = "read", .standard = "as-is", .help = "set RTS when the port is opened"},
	{SECTION_PROBE, 0, "reset", NULL, OPTION_FLAG(struct port_options, reset), .yields = "read",
         .help = "reset the board at the start",
         .more = "DTR is low for a tenth of a second, which resets boards that are wired so. No "
                 "board is reset else, as far as Linux lets one."},
	{SECTION_PROBE, 0, "hangup", NULL, OPTION_FLAG(struct port_options, hangup),
         .yields = "read", .help = "drop DTR at the end (resets many boards)"},
	{SECTION_PROBE, 0, "wait-port", NULL, OPTION_FLAG(struct port_options, wait),
         .yields = "read", .help = "wait for the port at the start",
         .more = "Without it, a port that is not there is an error."},
	{SECTION_PROBE, 0, "list", NULL, OPTION_FLAG(struct port_options, list),
         .alone_but = "json", .help = "list the ports that there are, and end",
         .more = "A line for each: its name, which stays when it is plugged in again, the numbers "
                 "of its USB device, its names and its serial number; with --json an object each. "
                 "None is opened."},
	{.name = NULL},
};

int port_options_check(const struct port_options *o, struct why *why)
{
	if (o->flow == FLOW_RTSCTS && o->rts)
		return why_set(why, "--rts and --flow rtscts exclude each other: the driver moves "
		                    "RTS");
	return 0;
}

static void add_member(struct text *t, const char *name, const char *value)
{
	if (!*value)
		return;
	text_add(t, "%s\"%s\":", t->length > 1 ? "," : "", name);
	json_text_add(t, value, strlen(value));
}

/* What is not known is no member. */
static void print_object(const struct serial_info *info)
{
	char line[JSON_TEXT_GROWTH * (PATH_MAX + sizeof *info)];
	struct text t = {line, sizeof line, 0};

	text_add(&t, "{");
	add_member(&t, "port", info->path);
	add_member(&t, "device", info->device);
	add_member(&t, "vendor_id", info->vendor_id);
	add_member(&t, "product_id", info->product_id);
	add_member(&t, "vendor", info->vendor);
	add_member(&t, "product", info->product);
	add_member(&t, "serial", info->serial);
	text_add(&t, "}");
	puts(line);
}

static bool name_given(const struct port_options *o, char names[PORT_OPTIONS_SIZE], bool wait)
{
	const struct {
		bool given;
		const char *name;
	} options[] = {
		{o->baud != PORT_BAUD_STANDARD, "--baud"},
		{o->flow, "--flow"},
		{o->dtr, "--dtr"},
		{o->rts, "--rts"},
		{o->reset, "--reset"},
		{o->hangup, "--hangup"},
		{wait, "--wait-port"},
	};
	struct text t = {names, PORT_OPTIONS_SIZE, 0};

	for (unsigned i = 0; i < sizeof options / sizeof options[0]; i++)
		if (options[i].given)
			text_add(&t, "%s%s", t.length ? ", " : "", options[i].name);
	return t.length > 0;
}

bool port_options_given(const struct port_options *o, char names[PORT_OPTIONS_SIZE])
{
	return name_given(o, names, o->wait);
}

void port_options_warn(const struct port_options *o)
{
	char names[PORT_OPTIONS_SIZE];

	if (serial_is_tcp(o->path) && name_given(o, names, false))
		log_warning("-p %s: %s does nothing: who hands the port on has set it", o->path,
		            names);
}

static void print_port(void *count, const struct serial_info *info)
{
	char words[400], line[2 * PATH_MAX], shown[ESCAPE_GROWTH * sizeof line];

	++*(unsigned *)count;
	if (common_options.json)
		return print_object(info);
	serial_describe(words, sizeof words, info);
	snprintf(line, sizeof line, "%s %s %s%s%s%s%s", info->path, info->device, info->vendor_id,
	         info->vendor_id[0] ? ":" : "-", info->product_id, words[0] ? " " : "", words);
	/* A device says of itself what it likes. */
	escape(shown, sizeof shown, line, strlen(line));
	puts(shown);
}

int port_list(void)
{
	unsigned count = 0;

	serial_list(print_port, &count);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("standard output: %s", strerror(errno));
		return EXIT_RUNNING;
	}
	if (!count)
		log_warning("no USB serial port is there");
	return EXIT_OK;
}
