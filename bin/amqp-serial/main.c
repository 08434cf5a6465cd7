/* amqp-serial - the 802.15.4 frames of a probe mote on a serial port, carried over an AMQP bus. */
#include "agent/agent_checks.h"
#include "base/check.h"
#include "base/common_checks.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/path_checks.h"
#include "base/summary.h"
#include "bus/spool_checks.h"
#include "downlink.h"
#include "probe/port_checks.h"
#include "probe/reader.h"
#include "station.h"
#include "uplink.h"

static void open_bridge(struct station *st)
{
	struct bridge_downlink downlink = downlink_open(st);
	struct bridge_uplink uplink;
	struct why why;

	if (uplink_open(&uplink, st, &why) < 0 ||
	    bridge_open(&st->bridge, &uplink, &downlink, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}

static const struct summary_part summary[] = {
	{"bus_uplink", "packets", "frame to the bus", "frames to the bus", 1},
	{"downlink", "delivered", "frame to the probe", "frames to the probe", 1},
	{"uplink", "published_bad_fcs", "with a bad FCS", "with a bad FCS", 0},
	{"bus_uplink", "pending", "message not confirmed", "messages not confirmed", 0},
	{"spool", "waiting", "message stays in the spool", "messages stay in the spool", 0},
	{.section = NULL},
};

static int check(const struct settings *s)
{
	check_run(common_checks, NULL);
	check_run(port_checks, &s->port);
	spool_check(s->spool.directory);
	check_output_path("output", s->tee);
	agent_check(&(struct agent_check){.bus = &s->bus,
	                                  .agent = {.name = s->name,
	                                            .api = (enum envelope_api)s->bus.api,
	                                            .packet = ENVELOPE_SERIAL_PACKET,
	                                            .start = ENVELOPE_SERIAL_START,
	                                            .started = ENVELOPE_SERIAL_STARTED,
	                                            .peers = s->peers.item,
	                                            .peer_count = s->peers.count},
	                                  .own_keys = s->pcap});
	return check_end();
}

int main(int argc, char **argv)
{
	static struct settings settings;
	static struct station station;
	struct why why;

	settings_parse(argc, argv, &settings);
	if (settings.port.list)
		return port_list();
	if (common_options.check)
		return check(&settings);
	summary_of(summary);
	if (loop_open(&why) < 0 || station_open(&station, &settings, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	open_bridge(&station);
	if (settings.tee && !(station.tee = tee_open(settings.tee, settings.name,
	                                             settings.room.on_full == ROOM_WAIT))) {
		station_close(&station);
		return EXIT_RUNNING;
	}
	struct worker workers[] = {
		{.name = "port", .run = probe_reader_run, .context = &station.line},
		bridge_uplink_worker(&station.bridge),
		bridge_downlink_worker(&station.bridge),
		tee_worker(station.tee),
	};
	unsigned count = sizeof workers / sizeof workers[0];
	int status = loop_run(workers, station.tee ? count : count - 1);
	uplink_count_rest(&station);
	sender_count_rest(&station.sender);
	int teed = station.tee ? tee_close(station.tee) : EXIT_OK;
	loop_report_at_exit();
	station_close(&station);
	return status ? status : teed;
}
