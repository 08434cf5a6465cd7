#include "downlink.h"
#include "keeper.h"
#include "base/log.h"
#include "base/loop.h"
#include "settings.h"
#include "base/stats.h"
#include "tunnel.h"
#include "uplink.h"

static void open_interface(struct tunnel *t)
{
	char why[WHY_SIZE];

	if (keeper_open(t->keeper, why) < 0)
		die(EXIT_RUNNING, "%s", why);
	if (t->settings->at_once && tunnel_make_interface(t, &t->settings->wanted, why) < 0)
		die(EXIT_RUNNING, "%s", why);
}

static void open_bridge(struct tunnel *t)
{
	struct bridge_downlink downlink = downlink_open(t);
	struct bridge_uplink uplink;
	struct why why;

	if (uplink_open(&uplink, t, &why) < 0 ||
	    bridge_open(&t->bridge, &uplink, &downlink, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}

int main(int argc, char **argv)
{
	static struct settings settings;
	static struct tunnel tunnel;
	struct why why;

	settings_parse(argc, argv, &settings);
	struct keeper *keeper = keeper_start(&settings);
	loop_open();
	if (tunnel_open(&tunnel, &settings, keeper, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	open_interface(&tunnel);
	open_bridge(&tunnel);
	struct worker workers[] = {bridge_uplink_worker(&tunnel.bridge),
	                           bridge_downlink_worker(&tunnel.bridge)};
	int status = loop_run(workers, sizeof workers / sizeof workers[0]);
	tunnel_count_dropped(&tunnel);
	loop_report_at_exit();
	return status;
}
