#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "probe/probe.h"

enum dlt { DLT_UNSET = -1, DLT_NOFCS, DLT_WITHFCS, DLT_TAP };

static const char *const dlt_names[] = {"nofcs", "withfcs", "tap", NULL};
static int dlt = DLT_UNSET;
static struct settings settings = {.baud = 115200};

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
static int set_file_size(const struct option_spec *spec, char *value, const char **why)
{
	char *end;

	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	uint64_t unit = *end && end[1] ? 0 : unit_of(*end);
	if (!isdigit((unsigned char)*value) || errno || n == 0 || unit == 0 ||
	    n > UINT64_MAX / unit) {
		*why = "must be a number of millions of bytes, or one with the suffix k, m or g";
		return -1;
	}
	*(uint64_t *)spec->target = n * unit;
	return 0;
}

static const struct option_spec specs[] = {
	{'p', "port", "PORT", "serial port of the probe", option_string, &settings.port, 0, 0,
         NULL},
	{'b', "baud", "N", "its speed (default 115200)", option_unsigned, &settings.baud, 50,
         12000000, NULL},
	{0, "hangup", NULL, "drop DTR at the end (resets many boards)", option_flag,
         &settings.hangup, 0, 0, NULL},
	{'r', "read", "FILE", "read SLIP from FILE instead; - for standard input", option_string,
         &settings.file, 0, 0, NULL},
	{'w', "write", "FILE", "write a pcap capture; - for standard output; else readable lines",
         option_string, &settings.output, 0, 0, NULL},
	{0, "dlt", "nofcs|withfcs|tap",
         "link type 230, 195 or 283 (default nofcs with --fcs none, else tap)", option_choice, &dlt,
         0, 0, dlt_names},
	{'c', "count", "N", "end after N frames", option_unsigned, &settings.count, 1, UINT64_MAX,
         NULL},
	{'U', "flush", NULL, "write every frame to the file at once (pipes: always)", option_flag,
         &settings.flush_each, 0, 0, NULL},
	{'C', "file-size", "SIZE", "next file after SIZE million bytes (k, m, g: other units)",
         set_file_size, &settings.file_octets, 0, 0, NULL},
	{'G', "file-seconds", "N", "next file after N seconds; strftime(3) names", option_unsigned,
         &settings.file_seconds, 1, INT32_MAX, NULL},
	{'W', "files", "N", "-C: a ring of N files; -G: end after N", option_unsigned,
         &settings.file_count, 1, 1000000, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static const char *ignored;

static const struct option_spec extcap_specs[] = {
	{0, "extcap-interfaces", NULL, "Wireshark: list the interfaces", option_flag,
         &settings.interfaces, 0, 0, NULL},
	{0, "extcap-dlts", NULL, "Wireshark: list the link types", option_flag, &settings.dlts, 0,
         0, NULL},
	{0, "extcap-config", NULL, "Wireshark: list the options", option_flag, &settings.config, 0,
         0, NULL},
	{0, "extcap-interface", "NAME", "Wireshark: the interface meant", option_string,
         &settings.interface, 0, 0, NULL},
	{0, "capture", NULL, "Wireshark: capture", option_flag, &settings.capture, 0, 0, NULL},
	{0, "fifo", "PATH", "Wireshark: where to", option_string, &settings.fifo, 0, 0, NULL},
	{0, "extcap-capture-filter", "FILTER", "Wireshark: not used", option_string, &ignored, 0, 0,
         NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static bool is_extcap(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--extcap-", strlen("--extcap-")) == 0 ||
		    strcmp(argv[i], "--capture") == 0)
			return true;
	return false;
}

/* An interface that Wireshark shows is a port's path, or the one whose port is chosen in its
 * options. */
static void settle_extcap(void)
{
	if (settings.interfaces || settings.dlts || settings.config)
		return;
	if (!settings.capture || !settings.fifo)
		usage_error("--capture, --extcap-interface and --fifo go together");
	if (!settings.port && settings.interface && settings.interface[0] == '/')
		settings.port = settings.interface;
	if (!settings.port && !settings.file)
		usage_error("no serial port is chosen: set it in the options of this interface");
	settings.output = settings.fifo;
	dlt = DLT_TAP;
}

static void settle_input(void)
{
	if (!settings.port && !settings.file)
		usage_error("where from? give -p PORT or -r FILE");
	if (settings.port && settings.file)
		usage_error("-p and -r exclude each other");
}

static void settle_output(void)
{
	bool to_file = settings.output && strcmp(settings.output, "-") != 0;

	if ((settings.file_octets || settings.file_seconds) && !to_file)
		usage_error("-C and -G need -w FILE");
	if (settings.file_count && !settings.file_octets && !settings.file_seconds)
		usage_error("-W needs -C or -G");
	if (probe_options.fcs == PROBE_FCS_AUTO && dlt != DLT_UNSET && dlt != DLT_TAP)
		usage_error("--fcs auto needs --dlt tap: the others are fixed before it knows what "
		            "ends the frames");
}

static uint16_t choose_link_type(void)
{
	static const uint16_t link_types[] = {ENVELOPE_LINK_IEEE802_15_4_NOFCS,
	                                      ENVELOPE_LINK_IEEE802_15_4_WITHFCS,
	                                      ENVELOPE_LINK_IEEE802_15_4_TAP};

	if (!settings.output)
		return ENVELOPE_LINK_IEEE802_15_4_TAP;
	if (dlt == DLT_UNSET)
		return probe_options.fcs == PROBE_FCS_NONE ? ENVELOPE_LINK_IEEE802_15_4_NOFCS
		                                           : ENVELOPE_LINK_IEEE802_15_4_TAP;
	return link_types[dlt];
}

const struct settings *settings_read(int argc, char **argv)
{
	static const struct option_spec *const tables[] = {specs, probe_specs, extcap_specs, NULL};
	bool extcap = is_extcap(argc, argv);
	const struct option_usage usage = {
		.synopsis = "-p PORT|-r FILE [-w FILE] [option]...",
		.summary = "Reads the 802.15.4 frames of a probe mote from SLIP and shows them, or "
			   "writes a capture.",
		.tables = tables,
		.accept_unknown = extcap,
	};

	/* As extcap_answer says: Wireshark passes no option that nobody has changed. */
	if (extcap)
		probe_options.fcs = PROBE_FCS_AUTO;
	options_parse(argc, argv, &usage);
	if (extcap)
		settle_extcap();
	if (!settings.interfaces && !settings.dlts && !settings.config) {
		settle_input();
		settle_output();
		settings.link_type = choose_link_type();
	}
	return &settings;
}
