/* amqp-tun - a TUN interface whose IP packets travel over an AMQP bus. */
#include "base/events.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "base/options.h"
#include "base/outside.h"
#include "base/progress.h"
#include "base/service.h"
#include "base/summary.h"
#include "downlink.h"
#include "host_checks.h"
#include "privileged/keeper.h"
#include "settings.h"
#include "tunnel.h"
#include "uplink.h"
#include "watch.h"

static void open_interface(struct tunnel *t)
{
	struct configuration wanted = t->settings->wanted;
	struct why why, left_out = {""};
	bool has_address = wanted.ipv6.family != AF_UNSPEC || wanted.ipv4.family != AF_UNSPEC;

	if (!t->settings->at_once)
		progress_say(
			"%s waits for tun.start, which makes the interface (%s)", t->settings->name,
			has_address ? "without --wait-start it is made at once"
				    : "--ipv6 ADDR/LEN, --ipv4 ADDR/LEN, or a name like agent_1 "
				      "make it at once");
	if (!t->settings->at_once)
		service_end_away();
	if (request_device(t->keeper, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	if (t->settings->at_once && tunnel_make_possible(t, &wanted, &left_out, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	if (left_out.text[0])
		log_warning("left out: %s", left_out.text);
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

static int open_file(void *keeper, unsigned index, struct why *why)
{
	return request_file(*(const int *)keeper, index, why);
}

/* In the other process, whose they are not. */
static void forget_what_is_ours(void *bus)
{
	events_close();
	bus_settings_forget(bus);
}

/* Those that were opened before the fork. */
static void keep_descriptors(void)
{
	const int fds[] = {common_options.ready_fd, events_fd(), notify_fd()};
	struct why why;

	for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++)
		if (fds[i] >= 0 && outside_note_descriptor(fds[i], &why) < 0)
			die(EXIT_USAGE, "%s", why.text);
}

static int carry_packets(const struct settings *s, int keeper)
{
	static struct tunnel tunnel;
	static int opener;
	struct why why;

	opener = keeper;
	outside_open_with(open_file, &opener);
	if (loop_open(&why) < 0 || tunnel_open(&tunnel, s, keeper, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	open_interface(&tunnel);
	open_bridge(&tunnel);
	struct worker workers[] = {watch_worker(&tunnel), bridge_uplink_worker(&tunnel.bridge),
	                           bridge_downlink_worker(&tunnel.bridge)};
	int status = loop_run(workers, sizeof workers / sizeof workers[0]);
	tunnel_count_dropped(&tunnel);
	loop_report_at_exit();
	return status;
}

static const struct summary_part summary[] = {
	{"uplink", "published", "packet to the bus", "packets to the bus", 1},
	{"downlink", "delivered", "packet from the bus", "packets from the bus", 1},
	{.section = NULL},
};

int main(int argc, char **argv)
{
	static struct settings settings;
	static struct interface_options options;
	struct why why;
	int status;

	settings_parse(argc, argv, &settings);
	if (common_options.check)
		return host_check(&settings);
	summary_of(summary);
	settings_interface(&options, &settings);
	options.ready_fd = common_options.ready_fd;
	options.forget = forget_what_is_ours;
	options.secrets = &settings.bus;
	keep_descriptors();
	int keeper = keeper_start(&options, &settings.user, &status, &why);
	if (keeper == KEEPER_ENDED)
		return status;
	if (keeper < 0)
		die(EXIT_RUNNING, "%s", why.text);
	return carry_packets(&settings, keeper);
}
