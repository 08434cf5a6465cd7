#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "probe/probe.h"

enum { DEFAULT_BAUD = 115200, BAUD_MIN = 50, BAUD_MAX = 12000000 };

static const char port_variable[] = "FINTEROP_CONNECTOR_SERIAL_PORT";
static const char baud_variable[] = "FINTEROP_CONNECTOR_BAUDRATE";
static const char *const modes[] = {"active", "passive", NULL};
static struct settings settings = {
	.bus = BUS_SETTINGS_DEFAULT, .spool = SPOOL_SETTINGS_DEFAULT, .buffer_mib = 16};

static const struct option_spec specs[] = {
	{'n', "name", "NAME", "the agent's name", option_string, &settings.name, 0, 0, NULL},
	{'p', "port", "PATH", "serial port of the probe ($FINTEROP_CONNECTOR_SERIAL_PORT)",
         option_string, &settings.port, 0, 0, NULL},
	{'b', "baud", "N", "its speed ($FINTEROP_CONNECTOR_BAUDRATE, else 115200)", option_unsigned,
         &settings.baud, BAUD_MIN, BAUD_MAX, NULL},
	{0, "hangup", NULL, "drop DTR at the end (resets many boards)", option_flag,
         &settings.hangup, 0, 0, NULL},
	{0, "mode", "active|passive", "frames both ways, or only to the bus (default active)",
         option_choice, &settings.mode, 0, 0, modes},
	{0, "peer", "NAME",
         "send what this agent hears, with no router; may be given several times", option_list,
         &settings.peers, 0, 0, NULL},
	{0, "forward-acks", NULL, "publish acknowledgements too", option_flag,
         &settings.forward_acks, 0, 0, NULL},
	{0, "buffer", "MIB", "memory for frames that the broker has not confirmed (default 16)",
         option_unsigned, &settings.buffer_mib, 1, 4096, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static void read_environment(void)
{
	struct option_spec baud = {
		.minimum = BAUD_MIN, .maximum = BAUD_MAX, .target = &settings.baud};
	char *port = getenv(port_variable), *value = getenv(baud_variable);
	const char *why;

	if (!settings.port && port && *port)
		settings.port = port;
	if (settings.baud)
		return;
	settings.baud = DEFAULT_BAUD;
	if (value && *value && option_unsigned(&baud, value, &why) < 0)
		usage_error("$%s '%s': %s", baud_variable, value, why);
}

static void check_peers(void)
{
	for (size_t i = 0; i < settings.peers.count; i++) {
		const char *name = settings.peers.item[i];

		agent_check_name("peer", name);
		if (strcmp(name, settings.name) == 0)
			usage_error("--peer '%s': is this agent's own name", name);
		for (size_t k = 0; k < i; k++)
			if (strcmp(name, settings.peers.item[k]) == 0)
				usage_error("--peer '%s': is given twice", name);
	}
	if (settings.peers.count && settings.mode == MODE_PASSIVE)
		usage_error("--peer has no use with --mode passive, which sends nothing");
}

const struct settings *settings_read(int argc, char **argv)
{
	struct option_spec bus_specs[BUS_SETTINGS_SPECS], spool_specs[SPOOL_SETTINGS_SPECS];
	const struct option_spec *const tables[] = {specs, probe_specs, bus_specs, spool_specs,
	                                            NULL};
	const struct option_usage usage = {
		.synopsis = "-n NAME -p PATH [--peer NAME]... [OPTIONS]",
		.summary = "Carries the 802.15.4 frames of a probe mote on a serial port over an "
			   "AMQP bus.",
		.tables = tables,
	};

	bus_settings_specs(bus_specs, &settings.bus);
	spool_settings_specs(spool_specs, &settings.spool);
	options_parse(argc, argv, &usage);
	if (!settings.name)
		usage_error("no name: say with -n NAME what this agent is called");
	agent_check_name("name", settings.name);
	check_peers();
	read_environment();
	if (!settings.port)
		usage_error("no serial port: give -p PATH or set $%s", port_variable);
	if (settings.bus.encoding == BUS_ENCODING_GSO)
		usage_error(
			"--encoding 'gso': is for IP packets; amqp-serial publishes json or pcap");
	settings.pcap = settings.bus.encoding == BUS_ENCODING_PCAP;
	bus_settings_finish(&settings.bus);
	return &settings;
}
