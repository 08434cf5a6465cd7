/* amqp-serial - the 802.15.4 frames of a probe mote on a serial port, carried over an AMQP bus. */
#include "downlink.h"
#include "probe/reader.h"
#include "base/log.h"
#include "base/loop.h"
#include "station.h"
#include "base/stats.h"
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

int main(int argc, char **argv)
{
	static struct station station;

	const struct settings *settings = settings_read(argc, argv);
	loop_open();
	station_open(&station, settings);
	open_bridge(&station);
	struct worker workers[] = {
		{.name = "port", .run = probe_reader_run, .context = &station.line},
		bridge_uplink_worker(&station.bridge),
		bridge_downlink_worker(&station.bridge),
	};
	int status = loop_run(workers, sizeof workers / sizeof workers[0]);
	uplink_count_rest(&station);
	downlink_count_rest();
	loop_report_at_exit();
	station_close(&station);
	return status;
}
