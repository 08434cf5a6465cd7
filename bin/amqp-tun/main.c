#include "downlink.h"
#include "privileged/keeper.h"
#include "base/log.h"
#include "base/loop.h"
#include "settings.h"
#include "tunnel.h"
#include "uplink.h"

static void open_interface(struct tunnel *t)
{
	struct why why;

	if (request_device(t->keeper, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	if (t->settings->at_once && tunnel_make_interface(t, &t->settings->wanted, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}

static int carry_packets(const struct settings *s, int keeper)
{
	static struct tunnel tunnel;
	struct why why;

	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	if (tunnel_open(&tunnel, s, keeper) < 0)
		die(EXIT_RUNNING, "out of memory");
	open_interface(&tunnel);
	struct worker workers[] = {uplink_worker(&tunnel), downlink_worker(&tunnel)};
	int status = loop_run(workers, sizeof workers / sizeof workers[0]);
	tunnel_count_dropped(&tunnel);
	loop_report_at_exit();
	return status;
}

int main(int argc, char **argv)
{
	static struct settings settings;
	static struct interface_options options;
	struct why why;
	int status;

	settings_parse(argc, argv, &settings);
	settings_interface(&options, &settings);
	int keeper = keeper_start(&options, &settings.user, &status, &why);
	if (keeper == KEEPER_ENDED)
		return status;
	if (keeper < 0)
		die(EXIT_RUNNING, "%s", why.text);
	return carry_packets(&settings, keeper);
}
