#include "settings.h"

#include "agent/names.h"

enum { SPEED_MAX = 1000000, MAX_GAP_MAX = 1000000000 };

/* enum strip_fcs */
static const char *const fcs_names[] = {"auto", "none", "crc16", "crc32", "ti", NULL};

static const struct option_spec play_specs[] = {
	{SECTION_AGENTS, 'n', "name", "NAME", OPTION_TEXT(struct settings, voices.name),
         .check = agent_name_check, .help = "the agent that the packets come from",
         .more = "Of all interfaces that no --map names. Without it, interfaces are the agents' "
                 "whose names they have; see 'Whose packets they are'."},
	{SECTION_AGENTS, 0, "map", "IFACE=AGENT", OPTION_TEXTS(struct settings, voices.map),
         .check = voices_check_map, .help = "the packets of this interface come from this agent",
         .more = "By the interface's name, or its number from 0 in its section of the capture."},
	{SECTION_AGENTS, 0, "to", NULL, OPTION_FLAG(struct settings, voices.to),
         .help = "publish as if sent to the agent (injection)",
         .more = "Under toAgent instead of fromAgent: an amqp-tun(1) or amqp-serial(1) of that "
                 "name delivers the packets."},
	{SECTION_INPUT, 'r', "read", "FILE", OPTION_FILE(struct settings, path),
         .help = "the capture, pcap or pcapng; - is standard input", .more = "Required."},
	{SECTION_INPUT, 0, "fcs", NULL, OPTION_CHOICE(struct settings, fcs, fcs_names),
         .standard = "auto", .help = "what ends the frames of link type 195: taken off",
         .more = "'auto' is 'crc16', as the link type says, and 'crc32' for frames whose FCS-32 is "
                 "right and whose FCS-16 is not (SUN PHYs). 'none': they end with their payload. "
                 "'ti': in two octets of Texas Instruments' radios. Link type 283 says it itself, "
                 "in 230 there is none."},
	{SECTION_INPUT, 0, "speed", "FACTOR", OPTION_DECIMAL(struct settings, speed, 0, SPEED_MAX),
         .standard = "1", .help = "of the capture's own timing; 0: as fast as possible",
         .more = "2 is twice as fast."},
	{SECTION_INPUT, 0, "max-gap", "SECONDS",
         OPTION_DECIMAL(struct settings, max_gap, 0, MAX_GAP_MAX), .standard = "0",
         .help = "pause for no longer between two packets; 0: as they were captured",
         .more = "It bounds what --speed makes of the pause. A pause of over a minute is told of."},
	{SECTION_INPUT, 0, "loop", "N", OPTION_UNSIGNED(struct settings, passes, 0, UINT32_MAX),
         .standard = "1", .help = "play a file N times; 0: until stopped"},
	{.name = NULL},
};

#define NOTHING_RECEIVED "this tool receives nothing"

static const struct option_addition additions[] = {
	{"encoding", .more = "'json', which 'auto' means here, is what old agents read: one packet "
                             "a message. 'pcap' puts all packets that are due into one message. "
                             "'gso' is published by amqp-tun(1) alone."},
	{"max-message", .idle = NOTHING_RECEIVED,
         .more = "Of what is read: this tool reads nothing."},
	{"require-user", .idle = NOTHING_RECEIVED,
         .more = "Of what is read: this tool reads nothing."},
	{"control-from", .idle = NOTHING_RECEIVED, .more = "This tool obeys nobody."},
	{"ready-fd",
         .more = "That is: when the broker is reached and the capture's header has been read."},
	{.name = NULL},
};

static void check(struct settings *s)
{
	struct why why;

	if (!s->path)
		usage_error("--read is missing: the capture to publish");
	if (voices_check_maps(&s->voices.map, &why) < 0)
		usage_error("--map: %s", why.text);
	if (s->max_gap > 0 && s->speed <= 0 && !option_yields("max-gap", "speed"))
		usage_error("--max-gap does nothing beside --speed 0, which waits for no gap");
	if (s->bus.encoding == BUS_ENCODING_GSO && option_yields("encoding", NULL))
		s->bus.encoding = BUS_ENCODING_AUTO;
	if (s->bus.encoding == BUS_ENCODING_GSO)
		usage_error("--encoding 'gso': only amqp-tun publishes it");
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	const struct option_group groups[] = {
		{play_specs, s},
		{choice_frames_specs, &s->choice},
		{choice_packets_specs, &s->choice},
		{bus_specs, &s->bus},
		{spool_specs, &s->spool},
		{NULL, NULL},
	};
	const struct option_usage usage = {
		.synopsis = "-r FILE [-n NAME] [--map IFACE=AGENT]... [--to] [--fcs KIND] "
			    "[--speed FACTOR] [--max-gap SECONDS] [--loop N] [OPTIONS]",
		.summary = "Publishes a capture of IP packets or IEEE 802.15.4 frames on the bus, "
			   "as an agent would.",
		.groups = groups,
		.additions = additions,
	};

	options_parse(argc, argv, &usage);
	check(s);
	s->voices.api = (enum envelope_api)s->bus.api;
	s->voices.pcap = s->bus.encoding == BUS_ENCODING_PCAP;
	bus_settings_finish(&s->bus);
}
