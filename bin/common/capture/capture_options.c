#include "capture/capture_options.h"

#include <string.h>

#include "capture/path.h"

static const char *const colour_names[] = {"auto", "always", "never", NULL};

const struct option_spec capture_output_specs[] = {
	{SECTION_OUTPUT, 0, "color", NULL,
         OPTION_CHOICE(struct capture_output, colour, colour_names), .standard = "auto",
         .help = "readable lines in colour: on a terminal",
         .more = "That is what auto means, unless NO_COLOR is set and not empty, or TERM is dumb "
                 "or not set. "
                 "With always also into a pipe (less -R); a regular file never has any."},
	{SECTION_OUTPUT, 'c', "count", "N", OPTION_UNSIGNED(struct capture_output, count, 1, 0),
         .yields = "who", .help = "end after N packets or frames"},
	{SECTION_OUTPUT, 0, "duration", "SECONDS",
         OPTION_OWN(struct capture_output, duration, option_seconds),
         .help = "end after so many seconds of capture, with status 0",
         .more = "From 0.1 on, counted from when both ends work: a wait for a port, a broker or "
                 "the reader of a FIFO is not in it."},
	{SECTION_OUTPUT, 'U', "unbuffered", NULL, OPTION_FLAG(struct capture_output, unbuffered),
         .help = "write each one to the file at once (pipes: always)",
         .more = "What a crash of the tool can take with it is then nothing. It is brought to the "
                 "disk, too, once a second and at the end of each file: so much is lost with the "
                 "power."},
	{SECTION_OUTPUT, 0, "overwrite", NULL, OPTION_FLAG(struct capture_output, overwrite),
         .help = "replace a file that is there",
         .more = "Without it, the next free name is used, and said: air.1.pcap, air.2.pcap for "
                 "air.pcap. FIFOs and devices are written as they are, always. With it, a file "
                 "that "
                 "is read, or that another process of these tools writes, is refused."},
	{SECTION_OUTPUT, 0, "reopen", NULL, OPTION_FLAG(struct capture_output, reopen),
         .help = "a FIFO: wait for the next reader",
         .more = "Each reader is given a capture from its beginning. Without it, a reader that "
                 "goes "
                 "away is the end."},
	{.name = NULL},
};

const struct option_spec extcap_specs[] = {
	{SECTION_WIRESHARK, 0, "extcap-interfaces", NULL,
         OPTION_FLAG(struct extcap_options, interfaces), .help = "list the interfaces"},
	{SECTION_WIRESHARK, 0, "extcap-dlts", NULL, OPTION_FLAG(struct extcap_options, dlts),
         .help = "list the link types"},
	{SECTION_WIRESHARK, 0, "extcap-config", NULL, OPTION_FLAG(struct extcap_options, config),
         .help = "list the options"},
	{SECTION_WIRESHARK, 0, "extcap-interface", "NAME",
         OPTION_TEXT(struct extcap_options, interface), .help = "the interface that is meant"},
	{SECTION_WIRESHARK, 0, "capture", NULL, OPTION_FLAG(struct extcap_options, capture),
         .help = "capture into --fifo"},
	{SECTION_WIRESHARK, 0, "fifo", "FILE", OPTION_OUTPUT(struct extcap_options, fifo),
         .help = "where the capture goes"},
	{SECTION_WIRESHARK, 0, "extcap-capture-filter", "FILTER",
         OPTION_TEXT(struct extcap_options, filter),
         .help = "what Wireshark calls a capture filter"},
	{SECTION_WIRESHARK, 0, "extcap-control-in", "FIFO",
         OPTION_FILE(struct extcap_options, control_in), .help = "what the toolbar says"},
	{SECTION_WIRESHARK, 0, "extcap-control-out", "FIFO",
         OPTION_OUTPUT(struct extcap_options, control_out), .help = "what the toolbar is told"},
	{.name = NULL},
};

bool extcap_asked(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--extcap-", strlen("--extcap-")) == 0 ||
		    strcmp(argv[i], "--capture") == 0)
			return true;
	return false;
}

int capture_output_check(struct capture_output *o, const char *const *paths, size_t n,
                         struct why *why)
{
	bool to_file = false;

	for (size_t i = 0; i < n; i++)
		to_file |= strcmp(paths[i], "-") != 0;
	if (o->overwrite && !to_file && !option_yields("overwrite", NULL))
		return why_set(why, "--overwrite needs -w FILE");
	if (!o->reopen)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (path_kind(paths[i]) == PATH_IS_FIFO)
			return 0;
	o->reopen = !option_yields("reopen", NULL);
	if (!o->reopen)
		return 0;
	if (n == 0)
		return why_set(why, "--reopen needs -w FIFO");
	return why_set(why, "--reopen: '%s' is no FIFO that others could open (mkfifo makes one)",
	               paths[0]);
}
