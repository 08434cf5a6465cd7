#include "settings.h"

#include "agent/names.h"
#include "agent/old_options.h"
#include "base/log.h"
#include "probe/port_name.h"
#include "probe/probe.h"

#define PORT_VARIABLE "FINTEROP_CONNECTOR_SERIAL_PORT"
#define BAUD_VARIABLE "FINTEROP_CONNECTOR_BAUDRATE"

static const char *const modes[] = {"active", "passive", NULL};

static const struct option_spec serial_specs[] = {
	{SECTION_AGENTS, 'n', "name", "NAME", OPTION_TEXT(struct settings, name),
         .check = agent_name_check, .help = "the agent's name", .more = "Required."},
	{SECTION_AGENTS, 0, "peer", "NAME", OPTION_TEXTS(struct settings, peers),
         .check = agent_name_check, .help = "send what this agent's probe receives, with no router",
         .more = "What amqp-route(1) does to frames on purpose has no effect between two agents "
                 "that name each other so."},
	{SECTION_AGENTS, 0, "mode", NULL, OPTION_CHOICE(struct settings, mode, modes),
         .standard = "active", .help = "frames both ways, or only to the bus"},
	{SECTION_AGENTS, 0, "forward-acks", NULL, OPTION_FLAG(struct settings, forward_acks),
         .help = "publish acknowledgements too"},
	{SECTION_OUTPUT, 0, "tee", "FILE", OPTION_OUTPUT(struct settings, tee),
         .help = "write what crosses, both ways, as pcapng; - is standard output",
         .more = "See 'The capture beside it'."},
	{SECTION_BUS, 0, "buffer", "MIB", OPTION_UNSIGNED(struct settings, buffer_mib, 1, 4096),
         .standard = "16", .help = "memory for frames that the broker has not confirmed",
         .more = "When it is full, frames wait in a ring of 256 KiB; when that is full too, new "
                 "ones are dropped and counted (line.dropped_no_room)."},
	{.name = NULL},
};

static const struct option_spec old_specs[] = {
	OLD_OPTION("serial", NULL, old_option_pass_over),
	OLD_OPTION("dump", NULL, old_option_pass_over),
	OLD_OPTION("force-bootstrap", NULL, old_option_pass_over),
	OLD_OPTION("ipv6-prefix", "GROUPS", old_option_is_of_amqp_tun),
	OLD_OPTION("ipv6-host", "HOST", old_option_is_of_amqp_tun),
	OLD_OPTION("ipv4-address", "ADDR", old_option_is_of_amqp_tun),
	OLD_OPTION("re-route-packets-if", "NAME", old_option_is_of_amqp_tun),
	OLD_OPTION("re-route-packets-prefix", "PREFIX", old_option_is_of_amqp_tun),
	OLD_OPTION("re-route-packets-host", "HOST", old_option_is_of_amqp_tun),
	{.name = NULL},
};

static const struct option_addition additions[] = {
	{"port", .variable = PORT_VARIABLE},
	{"baud", .variable = BAUD_VARIABLE},
	{"on-full", .needs = "tee"},
	{"firmware", .more = "As in slip-dump(1); see 'To the probe'."},
	{"fcs", .more = "As in slip-dump(1). It is taken off before the frames are published."},
	{"encoding", .more = "'json', which is also what 'auto' means here, is what old agents "
                             "read: one frame a message. 'pcap' puts all frames that wait into one "
                             "message. 'gso' is for IP packets, and refused."},
	{"filter", .more = "With --mode passive: what is published. As in slip-dump(1); a frame is "
                           "looked at as the probe reports it."},
	{"on-full", .more = "Of --tee: frames cross all the same."},
	{"verbose", .more = "Also announcements."},
	{"ready-fd", .more = "That is: when the port and both connections are open."},
	{.name = NULL},
};

/* -p PORT@CHANNEL */
static void settle_port(struct settings *s)
{
	const char *given = s->port.path;
	struct port_name name;
	struct why why;

	if (port_name_read(&name, given, &why) < 0)
		usage_error("%s", why.text);
	s->port.path = name.path;
	bool are_two = name.channel >= 0 && probe_options.channel >= 0 &&
	               name.channel != probe_options.channel;
	if (are_two && option_yields("port", "channel"))
		name.channel = -1;
	else if (are_two && !option_yields("channel", "port"))
		usage_error("--channel %d and -p %s@%d are two channels: give one",
		            (int)probe_options.channel, name.path, (int)name.channel);
	if (name.channel >= 0) {
		probe_options.channel = name.channel;
		if (probe_options_check_channel(&probe_options, "-p", given, &why) < 0)
			usage_error("%s", why.text);
	}
	port_options_warn(&s->port);
}

static void check(struct settings *s)
{
	struct why why;

	if (port_options_check(&s->port, &why) < 0)
		usage_error("%s", why.text);
	if (!s->name)
		usage_error("no name: say with -n NAME what this agent is called");
	if (agent_peers_check(&s->peers, s->name, &why) < 0)
		usage_error("%s", why.text);
	if (s->peers.count && s->mode == MODE_PASSIVE && option_yields("peer", "mode"))
		s->peers.count = 0;
	if (s->peers.count && s->mode == MODE_PASSIVE)
		usage_error("--peer has no use with --mode passive, which sends nothing");
	if (s->choice.frames && s->mode != MODE_PASSIVE)
		usage_error("--filter needs --mode passive: devices on two active probes' air need "
		            "every frame");
	if (!s->port.path)
		usage_error("no serial port: give -p PATH or set $" PORT_VARIABLE);
	if (probe_options_check(&probe_options, &why) < 0)
		usage_error("%s", why.text);
	if (s->bus.encoding == BUS_ENCODING_GSO && option_yields("encoding", NULL))
		s->bus.encoding = BUS_ENCODING_AUTO;
	if (s->bus.encoding == BUS_ENCODING_GSO)
		usage_error(
			"--encoding 'gso': is for IP packets; amqp-serial publishes json or pcap");
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	const struct option_group groups[] = {
		{serial_specs, s},
		{choice_frames_specs, &s->choice},
		{port_path_specs, &s->port},
		{port_specs, &s->port},
		{probe_specs, &probe_options},
		{probe_send_specs, &probe_options},
		{bus_specs, &s->bus},
		{spool_specs, &s->spool},
		{room_specs, &s->room},
		{old_specs, s},
		{NULL, NULL},
	};
	const struct option_usage usage = {
		.synopsis = "-n NAME -p PORT [--peer NAME]... [OPTIONS]",
		.summary = "Carries the 802.15.4 frames of a probe mote on a serial port over an "
			   "AMQP bus.",
		.groups = groups,
		.additions = additions,
		.first_word = OLD_FIRST_WORD,
	};

	options_parse(argc, argv, &usage);
	if (s->port.list)
		return;
	probe_options_settle(&probe_options);
	probe_options.active = s->mode == MODE_ACTIVE;
	if (s->port.path)
		settle_port(s);
	check(s);
	s->pcap = s->bus.encoding == BUS_ENCODING_PCAP;
	bus_settings_finish(&s->bus);
}
