#include "downlink.h"
#include "keeper.h"
#include "base/log.h"
#include "base/loop.h"
#include "settings.h"
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

int main(int argc, char **argv)
{
	static struct settings settings;
	static struct tunnel tunnel;
	struct why why;

	settings_parse(argc, argv, &settings);
	struct keeper *keeper = keeper_start(&settings);
	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	tunnel_open(&tunnel, &settings, keeper);
	open_interface(&tunnel);
	struct worker workers[] = {uplink_worker(&tunnel), downlink_worker(&tunnel)};
	int status = loop_run(workers, sizeof workers / sizeof workers[0]);
	tunnel_count_dropped(&tunnel);
	loop_report_at_exit();
	return status;
}
