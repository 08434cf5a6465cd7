#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/progress.h"
#include "extcap.h"
#include "packet/filter.h"
#include "probe/probe.h"

enum dlt { DLT_UNSET = -1, DLT_NOFCS, DLT_WITHFCS, DLT_TAP };

static const char *const format_names[] = {"pcap", "pcapng", "lines", "json", NULL};
static const char *const dlt_names[] = {"nofcs", "withfcs", "tap", NULL};

static uint64_t unit_of(char suffix)
{
	switch (suffix) {
	case '\0':
		return 1000000;
	case 'k':
	case 'K':
		return 1 << 10;
	case 'm':
	case 'M':
		return 1 << 20;
	case 'g':
	case 'G':
		return 1 << 30;
	default:
		return 0;
	}
}

/* As tcpdump: millions of octets, or units of 1024 with a suffix. */
static int read_file_size(void *target, const char *value, struct why *why)
{
	char *end;

	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	uint64_t unit = *end && end[1] ? 0 : unit_of(*end);
	if (!isdigit((unsigned char)*value) || errno || n == 0 || unit == 0 ||
	    n > UINT64_MAX / unit)
		return why_set(
			why,
			"must be a number of millions of bytes, or one with the suffix k, m or g");
	*(uint64_t *)target = n * unit;
	return 0;
}

static int read_top(void *seconds, const char *value, struct why *why)
{
	if (value)
		return option_seconds(seconds, value, why);
	*(double *)seconds = 1;
	return 0;
}

static const struct option_spec dump_specs[] = {
	{SECTION_PROBE, 'p', "port", "PORT", OPTION_FILES(struct settings, ports),
         .help = "serial port of a probe, or tcp:HOST:PORT; @CHANNEL behind it: its channel",
         .more = "8N1; it is locked against others. When it is unplugged, the tool waits until it "
                 "is there again. tcp:HOST:PORT is a port that another host hands on as it is, "
                 "with ser2net(8) for example. Given several times, all are read: see 'Several "
                 "probes'."},
	{SECTION_INPUT, 'r', "read", "FILE", OPTION_FILE(struct settings, file),
         .help = "read FILE instead of a port: a line or a capture; - is standard input",
         .more = "Told apart by what it begins with: the octets of a probe's line, of whatever "
                 "firmware (of another than --firmware says, they are refused), or pcap or "
                 "pcapng. See 'Captures that are read'."},
	{SECTION_INPUT, 0, "follow", NULL, OPTION_FLAG(struct settings, follow),
         .help = "at the end of FILE wait for more, and for the next file of its name",
         .more = "Until the tool is stopped, or -c or --duration ends it. See 'Files that grow'."},
	{SECTION_OUTPUT, 'w', "write", "FILE", OPTION_FILES(struct settings, write),
         .help = "write a capture; - is standard output; without it: readable lines",
         .more = "With nanoseconds. Given several times, each one is an output of its own: see "
                 "'Several outputs'. The lines have the verdict 'bad FCS' and the signal strength "
                 "where they are known."},
	{SECTION_OUTPUT, 0, "format", NULL, OPTION_CHOICE(struct settings, format, format_names),
         .otherwise = "by the name: .pcapng, .json and .jsonl (json), .txt (lines), else pcap",
         .help = "of what -w writes",
         .more = "A pcapng capture has one interface, named as the port or the file that is read, "
                 "or one for each of several ports."},
	{SECTION_OUTPUT, 0, "print", NULL, OPTION_FLAG(struct settings, print),
         .help = "readable lines on standard output, also with -w"},
	{SECTION_OUTPUT, 0, "json", NULL, OPTION_FLAG(struct settings, json),
         .help = "lines of JSON on standard output, also with -w",
         .more = "In the place of readable ones: an object a frame, see 'JSON'."},
	{SECTION_OUTPUT, 0, "top", "SECONDS", .may_stand_alone = true,
         OPTION_OWN(struct settings, top, read_top),
         .help = "a live screen of who is heard, how well, and how full the channels are",
         .more = "Each second, or each so many. In the place of readable lines, beside -w. See "
                 "'A live screen'."},
	{SECTION_OUTPUT, 0, "dlt", NULL, OPTION_CHOICE(struct settings, dlt, dlt_names),
         .otherwise = "nofcs with --fcs none, else tap",
         .help = "link type of the capture: 230, 195 or 283", .more = "See 'Link types'."},
	{SECTION_OUTPUT, 'C', "file-size", "SIZE",
         OPTION_OWN(struct settings, file_octets, read_file_size),
         .help = "next file after SIZE million bytes (k, m, g: other units)",
         .more = "A frame that comes when the file is larger begins the next one: air.pcap, "
                 "air.1.pcap, air.2.pcap and so on. With the suffix k, m or g the unit is 1024, "
                 "1024^2 or 1024^3 "
                 "bytes."},
	{SECTION_OUTPUT, 'G', "file-seconds", "N",
         OPTION_UNSIGNED(struct settings, file_seconds, 1, INT32_MAX),
         .help = "next file after N seconds; strftime(3) names",
         .more = "As with tcpdump(1), a file begins with its first frame. One that has its name "
                 "already stays: the new one has a number, air.1.pcap."},
	{SECTION_OUTPUT, 0, "file-frames", "N", OPTION_UNSIGNED(struct settings, file_frames, 1, 0),
         .help = "next file after N frames",
         .more = "Named as with -C, beside which it may stand."},
	{SECTION_OUTPUT, 'W', "files", "N",
         OPTION_UNSIGNED(struct settings, file_count, 1, 1000000),
         .help = "with -C or --file-frames: a ring of N files; with -G: end after N",
         .more = "The ring is the set of names, also after a restart: see 'Files'. With -G alone "
                 "the tool ends when the last of its own N files is over, also on an idle line."},
	{.name = NULL},
};

static const struct option_addition additions[] = {
	{"firmware", .more = "See 'Firmwares'."},
	{"fcs", .more = "See 'The end of a frame'."},
	{"verbose", .more = "Below each readable line its frame in full, see 'Lines'."},
	{"unbuffered", .more = "Without it, frames are written within a second or two."},
	{"ready-fd", .more = "That is: when the input and the output are open."},
	{.name = NULL},
};

/* Where the options of the interface have none, Wireshark's line for capture filters is the filter.
 */
static void settle_extcap_filter(struct settings *s)
{
	struct why why;

	if (!s->extcap.filter || s->choice.frames)
		return;
	s->choice.frames = filter_new(s->extcap.filter, &why);
	if (!s->choice.frames)
		usage_error("capture filter '%s': %s", s->extcap.filter, why.text);
}

/* An interface that Wireshark shows is a port's path, or the one whose port is chosen in its
 * options. */
static void settle_extcap(struct settings *s)
{
	const struct extcap_options *o = &s->extcap;
	struct why why;

	if (!s->port.path && o->interface && o->interface[0] == '/')
		s->port.path = o->interface;
	if (o->capture && o->fifo && !s->port.path && !s->file)
		usage_error("no serial port is chosen: set it in the options of this interface");
	if (extcap_refuses(o, &why))
		usage_error("%s", why.text);
	settle_extcap_filter(s);
	progress_off();
	s->write = (struct option_strings){.item = {o->fifo}, .count = 1};
	s->dlt = DLT_TAP;
}

static void check_input(const struct settings *s)
{
	const char *of_port = port_options_given(&s->port);

	if (s->extcap.fifo && !s->extcap.capture)
		usage_error("--fifo needs --capture (-w writes to a FIFO as well)");
	if (!s->port.path && !s->file)
		usage_error("no input: give -p PORT or -r FILE");
	if (s->port.path && s->file)
		usage_error("-p and -r exclude each other");
	if (s->top > 0 && !s->port.path)
		usage_error("--top needs -p PORT");
	if (s->follow && (!s->file || strcmp(s->file, "-") == 0))
		usage_error("--follow needs -r FILE, of which the name is known");
	if (s->file && of_port)
		log_warning("%s is about a port: where a file is read (-r) it does nothing",
		            of_port);
}

static void check_probe(struct settings *s)
{
	struct why why;

	if (port_options_check(&s->port, &why) < 0 ||
	    probe_options_check(&probe_options, &why) < 0 || settle_probes(s, &why) < 0)
		usage_error("%s", why.text);
}

static void check_output(const struct settings *s)
{
	struct why why;
	bool to_file = false;

	if (capture_output_check(&s->output, s->write.item, s->write.count, &why) < 0)
		usage_error("%s", why.text);
	for (size_t i = 0; i < s->write.count; i++)
		to_file |= strcmp(s->write.item[i], "-") != 0;

	for (size_t i = 0; s->top > 0 && i < s->write.count; i++)
		if (strcmp(s->write.item[i], "-") == 0)
			usage_error("--top and -w - both want standard output: write to a file");
	if (s->top > 0 && (s->print || s->json))
		usage_error("--top stands in the place of lines: give it or %s",
		            s->json ? "--json" : "--print");
	bool by_size = s->file_octets || s->file_frames;
	if ((by_size || s->file_seconds) && !to_file)
		usage_error(s->file_frames ? "--file-frames needs -w FILE"
		                           : "-C and -G need -w FILE");
	if (s->file_count && !by_size && !s->file_seconds)
		usage_error("-W needs -C, --file-frames or -G");
	if (probe_options.fcs == PROBE_FCS_AUTO && s->dlt != DLT_UNSET && s->dlt != DLT_TAP)
		usage_error("--fcs auto needs --dlt tap: the others are fixed before it knows what "
		            "ends the frames");
}

static bool writes_capture(const struct settings *s)
{
	for (unsigned i = 0; i < s->output_count; i++)
		if (s->outputs[i].format == SINK_PCAP || s->outputs[i].format == SINK_PCAPNG)
			return true;
	return false;
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
		n += s->outputs[i].format == SINK_LINES || s->outputs[i].format == SINK_JSON;
	return n;
}

static void read_options(int argc, char **argv, struct settings *s, bool extcap)
{
	const struct option_group groups[] = {
		{capture_output_specs, &s->output},
		{room_specs, &s->room},
		{dump_specs, s},
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

	*s = (struct settings){.dlt = DLT_UNSET, .format = -1};
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
	if (settle_outputs(s, &why) < 0)
		usage_error("%s", why.text);
	if (frame_keys_options_settle(&s->frame_keys, count_lines(s), &why) < 0)
		die(EXIT_USAGE, "%s", why.text);
	s->link_type = choose_link_type(s);
}
