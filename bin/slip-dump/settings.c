#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/progress.h"
#include "capture/openable.h"
#include "capture/path.h"
#include "capture/rotated_names.h"
#include "capture/same_file.h"
#include "extcap.h"
#include "probe/probe.h"

enum dlt { DLT_UNSET = -1, DLT_NOFCS, DLT_WITHFCS, DLT_TAP };

static const char *const dlt_names[] = {"nofcs", "withfcs", "tap", NULL};

static int read_top(void *seconds, const char *value, struct why *why)
{
	if (value)
		return option_seconds(seconds, value, why);
	*(double *)seconds = 1;
	return 0;
}

static const struct option_spec dump_specs[] = {
	{SECTION_PROBE, 'p', "port", "PORT", OPTION_OUTPUTS(struct settings, ports),
         .yields = "read",
         .help = "serial port of a probe, or tcp:HOST:PORT; @CHANNEL behind it: its channel",
         .more = "8N1; it is locked against others. When it is unplugged, the tool waits until it "
                 "is there again. tcp:HOST:PORT is a port that another host hands on as it is, "
                 "with ser2net(8) for example. Given several times, all are read: see 'Several "
                 "probes'."},
	{SECTION_INPUT, 'r', "read", "FILE", OPTION_FILE(struct settings, file),
         .excludes = OPTIONS_OF_WIRESHARK, .yields = "port",
         .help = "read FILE instead of a port: a line or a capture; - is standard input",
         .more = "Told apart by what it begins with: the octets of a probe's line, of whatever "
                 "firmware (of another than --firmware says, they are refused), or pcap or "
                 "pcapng. See 'Captures that are read'."},
	{SECTION_INPUT, 0, "follow", NULL, OPTION_FLAG(struct settings, follow), .needs = "read",
         .help = "at the end of FILE wait for more, and for the next file of its name",
         .more = "Until the tool is stopped, or -c or --duration ends it. See 'Files that grow'."},
	{SECTION_OUTPUT, 0, "top", "SECONDS", .may_stand_alone = true,
         OPTION_OWN(struct settings, top, read_top), .excludes = OPTIONS_OF_WIRESHARK,
         .yields = "read print json",
         .help = "a live screen of who is heard, how well, and how full the channels are",
         .more = "Each second, or each so many. In the place of readable lines, beside -w. See "
                 "'A live screen'."},
	{SECTION_OUTPUT, 0, "dlt", NULL, OPTION_CHOICE(struct settings, dlt, dlt_names),
         .excludes = OPTIONS_OF_WIRESHARK, .otherwise = "nofcs with --fcs none, else tap",
         .help = "link type of the capture: 230, 195 or 283", .more = "See 'Link types'."},
	{.name = NULL},
};

static const struct option_addition additions[] = {
	{"firmware", .more = "See 'Firmwares'."},
	{"fcs", .more = "See 'The end of a frame'."},
	{"write", .more = "The lines have the verdict 'bad FCS' and the signal strength where they "
                          "are known."},
	{"format",
         .otherwise = "by the name: .pcapng, .json and .jsonl (json), .txt (lines), else pcap",
         .more = "A pcapng capture has one interface, named as the port or the file that is read, "
                 "or one for each of several ports."},
	{"files", .more = "So it does on an idle line. See 'Files'."},
	{"verbose", .more = "Below each readable line its frame in full, see 'Lines'."},
	{"unbuffered", .more = "Without it, frames are written within a second or two."},
	{"ready-fd", .more = "That is: when the input and the output are open."},
	{.name = NULL},
};

static void settle_extcap_filter(struct settings *s)
{
	struct why why;

	if (s->extcap.filter && choice_narrow_frames(&s->choice, s->extcap.filter, &why) < 0)
		usage_error("capture filter '%s': %s", s->extcap.filter, why.text);
}

/* An interface that Wireshark shows is a port's path, or the one whose port is chosen in its
 * options. */
static void settle_extcap(struct settings *s)
{
	const struct extcap_options *o = &s->extcap;
	struct why why;

	if (extcap_refuses(o, &why))
		usage_error("%s", why.text);
	if (o->interface && o->interface[0] == '/') {
		if (s->port.path && strcmp(s->port.path, o->interface) != 0)
			usage_error("--extcap-interface '%s' and -p %s are two ports: give one",
			            o->interface, s->port.path);
		s->port.path = o->interface;
	}
	if (!s->port.path)
		usage_error("--extcap-interface '%s': no serial port is chosen: set it in the "
		            "options of this interface (--port; tshark: -o "
		            "extcap.slip_dump.port:PORT)",
		            o->interface ? o->interface : "slip-dump");
	settle_extcap_filter(s);
	progress_off();
	s->writes.files = (struct option_strings){.item = {o->fifo}, .count = 1};
	s->dlt = DLT_TAP;
}

static void check_input(struct settings *s)
{
	char of_port[PORT_OPTIONS_SIZE];

	if (s->extcap.fifo && !s->extcap.capture)
		usage_error("--fifo needs --capture (-w writes to a FIFO as well)");
	if (!s->port.path && !s->file)
		usage_error("no input: give -p PORT or -r FILE");
	if (s->port.path && s->file)
		usage_error("-p and -r exclude each other");
	if (s->top > 0 && !s->port.path)
		usage_error("--top needs -p PORT");
	if (s->follow && (!s->file || strcmp(s->file, "-") == 0))
		s->follow = !option_yields("follow", "read");
	if (s->follow && (!s->file || strcmp(s->file, "-") == 0))
		usage_error("--follow needs -r FILE, of which the name is known");
	if (s->file && port_options_given(&s->port, of_port))
		log_warning("%s is about a port: where a file is read (-r) it does nothing",
		            of_port);
}

static void check_probe(struct settings *s)
{
	struct why why;

	if (port_options_check(&s->port, &why) < 0 ||
	    probe_options_check(&probe_options, &why) < 0 || settle_probes(s, &why) < 0)
		usage_error("%s", why.text);
	if (s->probe_count == 1)
		port_options_warn(&s->probes[0].port);
}

/* Whatever name it has: what is written there would stand between the lines of --top. */
static bool is_where_top_is(const char *path)
{
	return same_file(path, "-") || path_is_own_terminal(path);
}

static void check_output(struct settings *s)
{
	const struct writes_options *w = &s->writes;
	struct why why;

	if (capture_output_check(&s->output, w->files.item, w->files.count, &why) < 0)
		usage_error("%s", why.text);
	for (size_t i = 0; s->top > 0 && i < w->files.count; i++)
		if (is_where_top_is(w->files.item[i]) && option_yields("top", "write"))
			s->top = 0;
		else if (is_where_top_is(w->files.item[i]))
			usage_error("--top and -w %s both want %s: write to a file",
			            w->files.item[i],
			            same_file(w->files.item[i], "-") ? "standard output"
			                                             : "the terminal");
	if (s->top > 0 && (w->print || w->json))
		usage_error("--top stands in the place of lines: give it or %s",
		            w->json ? "--json" : "--print");
	if (probe_options.fcs == PROBE_FCS_AUTO && s->dlt != DLT_UNSET && s->dlt != DLT_TAP)
		usage_error("--fcs auto needs --dlt tap: the others are fixed before it knows what "
		            "ends the frames");
}

static bool writes_capture(const struct settings *s)
{
	for (unsigned i = 0; i < s->output_count; i++)
		if (!sink_format_has_lines(s->outputs[i].format))
			return true;
	return false;
}

static void choose_outputs(struct settings *s)
{
	struct why why;
	int count;

	s->writes.no_lines = s->top > 0;
	count = writes_choose(&s->writes, s->outputs, OUTPUTS_MAX, &why);
	if (count < 0 || rotated_names_check(&s->writes, s->output.overwrite, &why) < 0)
		usage_error("%s", why.text);
	s->output_count = (unsigned)count;
	if (s->dlt != DLT_UNSET && !writes_capture(s) && !option_yields("dlt", NULL))
		usage_error("--dlt is of a capture: lines and JSON show all that is known (-w FILE "
		            "writes one)");
	if (writes_check_colour(s->output.colour, s->outputs, s->output_count, &why) < 0)
		usage_error("%s", why.text);
}

/* The screen alone writes nothing, and shows all that is heard. */
static void check_screen_alone(const struct settings *s)
{
	if (s->output_count)
		return;
	if (s->output.count && !option_yields("count", "top"))
		usage_error("-c counts what is written, and --top alone writes nothing (-w FILE "
		            "does; --duration ends it)");
	if (s->choice.frames && !option_yields("filter", "top"))
		usage_error("--filter chooses what is written: --top shows all that is heard (-w "
		            "FILE beside it writes what passes)");
}

/* That a frame has come from a probe, and from which channel, is worth a pseudo-header. */
static bool is_more_known(const struct settings *s)
{
	bool any = s->probe_count > 1 || probe_options.channel >= 0;

	for (unsigned i = 0; i < s->probe_count; i++)
		any |= s->probes[i].probe.channel >= 0;
	return any || probe_firmware(&probe_options)->tells_radio;
}

static uint16_t choose_link_type(const struct settings *s)
{
	static const uint16_t link_types[] = {ENVELOPE_LINK_IEEE802_15_4_NOFCS,
	                                      ENVELOPE_LINK_IEEE802_15_4_WITHFCS,
	                                      ENVELOPE_LINK_IEEE802_15_4_TAP};

	if (!writes_capture(s))
		return ENVELOPE_LINK_IEEE802_15_4_TAP;
	if (s->dlt == DLT_UNSET)
		return probe_options.fcs == PROBE_FCS_NONE && !is_more_known(s)
		               ? ENVELOPE_LINK_IEEE802_15_4_NOFCS
		               : ENVELOPE_LINK_IEEE802_15_4_TAP;
	return link_types[s->dlt];
}

static unsigned count_lines(const struct settings *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->output_count; i++)
		n += sink_format_has_lines(s->outputs[i].format);
	return n;
}

static void read_options(int argc, char **argv, struct settings *s, bool extcap)
{
	const struct option_group groups[] = {
		{capture_output_specs, &s->output},
		{room_specs, &s->room},
		{dump_specs, s},
		{writes_specs, &s->writes},
		{frame_keys_specs, &s->frame_keys},
		{choice_frames_specs, &s->choice},
		{port_specs, &s->port},
		{probe_specs, &probe_options},
		{extcap_specs, &s->extcap},
		{NULL, NULL},
	};
	const struct option_usage usage = {
		.synopsis = "-p PORT|-r FILE [-w FILE]... [OPTIONS]",
		.summary = "Reads the 802.15.4 frames of a probe mote from SLIP and shows them, or "
			   "writes a capture.",
		.groups = groups,
		.additions = additions,
		.accept_unknown = extcap,
	};

	options_parse(argc, argv, &usage);
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	bool extcap = extcap_asked(argc, argv);
	struct why why;

	*s = (struct settings){.dlt = DLT_UNSET,
	                       .writes = {.format = FORMAT_BY_NAME, .otherwise = SINK_PCAP}};
	read_options(argc, argv, s, extcap);
	s->any_firmware = !probe_options_settle(&probe_options);
	if (s->ports.count)
		s->port.path = s->ports.item[0];
	if (s->port.list || extcap_is_question(&s->extcap)) {
		if (!s->port.list && extcap_refuses(&s->extcap, &why))
			usage_error("%s", why.text);
		return;
	}
	if (extcap)
		settle_extcap(s);
	check_input(s);
	check_probe(s);
	check_output(s);
	choose_outputs(s);
	check_screen_alone(s);
	if (frame_keys_options_settle(&s->frame_keys, count_lines(s), &why) < 0)
		die(EXIT_USAGE, "%s", why.text);
	s->link_type = choose_link_type(s);
	if (!common_options.check &&
	    openable_check(&s->writes, s->outputs, s->output_count, s->output.overwrite, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}
