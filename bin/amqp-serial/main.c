/* amqp-serial - the 802.15.4 frames of a probe mote on a serial port, carried over an AMQP bus. */
#include "downlink.h"
#include "probe/reader.h"
#include "base/log.h"
#include "base/loop.h"
#include "station.h"
#include "base/stats.h"
#include "uplink.h"

int main(int argc, char **argv)
{
	static struct settings settings;
	static struct station station;

	settings_parse(argc, argv, &settings);
	loop_open();
	station_open(&station, &settings);
	struct worker workers[] = {
		{.name = "port", .run = line_run, .context = &station.line},
		uplink_worker(&station),
		downlink_worker(&station),
	};
	int status = loop_run(workers, sizeof workers / sizeof workers[0]);
	uplink_count_rest(&station);
	downlink_count_rest();
	stats_report_at_exit();
	station_close(&station);
	return status;
}
