#include "interface.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "forwarding.h"
#include "netlink.h"
#include "restorer.h"
#include "undo.h"

/* The interface's queue, in packets. Longer, and a bulk transfer makes a ping wait; shorter, and a
 * burst is lost. */
enum { QUEUE_LENGTH = 250 };
/* The kernel has one work queue for the addresses of all namespaces: where interfaces come and go,
 * an address is usable seconds later. */
enum { USABLE_MS = 10000 };

static int explain(struct why *why, const char *object, int error)
{
	const char *advice = "";

	if (error == -EPERM)
		advice = " (run as root, or give it CAP_NET_ADMIN)";
	else if (error == -EACCES)
		advice = " (IPv6 may be switched off here: net.ipv6.conf.*.disable_ipv6)";
	else if (error == -ETIMEDOUT)
		advice = " (the kernel does not get to it: is it busy with other interfaces?)";
	return why_set(why, "%s: %s%s", object, strerror(-error), advice);
}

/* An address that another interface has would answer there, and the tunnel would seem dead. */
static int refuse_address_of_another(struct netlink *n, unsigned index, const struct address *a,
                                     struct why *why)
{
	char shown[ADDRESS_TEXT_MAX], holder[IFNAMSIZ] = "another one";
	unsigned found;
	int error = netlink_address_holder(n, a, &found);

	address_write_plain(a, shown);
	if (error < 0)
		return explain(why, shown, error);
	if (!found || found == index)
		return 0;
	if_indextoname(found, holder);
	return why_set(why, "%s: is an address of %s already", shown, holder);
}

static bool is_link_local(const struct address *a)
{
	static const struct address ipv6 = {AF_INET6, {0xfe, 0x80}, 10},
				    ipv4 = {AF_INET, {169, 254}, 16};

	return address_in(&ipv6, a->family, a->octets) || address_in(&ipv4, a->family, a->octets);
}

static bool has_address(struct netlink *n, unsigned index, const struct address *a)
{
	unsigned found;

	return netlink_address_holder(n, a, &found) == 0 && found == index;
}

/* Late is no failure: the address is there, and nothing more is to be done. */
static int await_use(struct netlink *n, unsigned index, const struct address *a)
{
	char shown[ADDRESS_TEXT_MAX];
	int error = netlink_address_wait(n, index, a, USABLE_MS);

	if (error != -ETIMEDOUT)
		return error;
	log_warning("%s: the kernel has not taken it into use in %d s (is it busy with other "
	            "interfaces?): until it has, it takes no packets to it",
	            address_write(a, shown), USABLE_MS / 1000);
	return 0;
}

static int add_address(struct netlink *n, unsigned index, const struct address *a, struct why *why)
{
	char shown[ADDRESS_TEXT_MAX];
	int error = undo_add_address(n, index, a);

	if (error == 0 && a->family == AF_INET6)
		error = await_use(n, index, a);
	/* Without privileges, an interface that somebody has prepared for us is good as it is. */
	if (error == -EPERM && (is_link_local(a) || has_address(n, index, a)))
		return 0;
	return error < 0 ? explain(why, address_write(a, shown), error) : 0;
}

/* --- a host without IPv6 --- */

/* A container may be without. */
static bool shows_settings(void)
{
	return access("/proc/sys/net/", F_OK) == 0;
}

static bool is_off(const struct interface *interface)
{
	struct sysctl switched_off = {
		.folder = SYSCTL_IPV6, .file = "disable_ipv6", .ifindex = interface->index};

	return access(SYSCTL_IPV6, F_OK) < 0 || undo_sysctl_is(&switched_off, "1");
}

static void take_ipv6_out(struct address *a)
{
	if (a->family == AF_INET6)
		*a = (struct address){.family = AF_UNSPEC};
}

/* What is wanted of IPv6 is left out where IPv4 is wanted, too. */
static int settle_without_ipv6(const struct interface *interface, struct configuration *c,
                               struct why *why)
{
	char shown[ADDRESS_TEXT_MAX];
	const char *remedy =
		shows_settings() ? "IPv6 is switched off here (net.ipv6.conf.*.disable_ipv6, or a "
				   "kernel without it)"
				 : "whether IPv6 is switched on cannot be told (there is no "
				   "/proc/sys/net: mount /proc)";

	if (interface->ipv6)
		return 0;
	if (c->ipv4.family != AF_INET)
		return why_set(
			why, "%s: %s, and no IPv4 address is wanted: switch it on, or give --ipv4",
			interface->tun.name, remedy);
	if (c->ipv6.family == AF_INET6)
		log_warning("%s: %s: it goes on with IPv4, without %s", interface->tun.name, remedy,
		            address_write(&c->ipv6, shown));
	take_ipv6_out(&c->ipv6);
	take_ipv6_out(&c->re_route);
	take_ipv6_out(&c->route);
	return 0;
}

static bool is_possible(const struct interface *interface, const struct address *prefix)
{
	return prefix->family != AF_INET6 || interface->ipv6;
}

static int add_addresses(struct netlink *n, unsigned index, const struct configuration *c,
                         struct why *why)
{
	if (c->ipv6.family == AF_INET6) {
		/* Every link has its own link-local addresses: another may have the same. */
		struct address link_local = address_link_local(&c->ipv6);

		if (refuse_address_of_another(n, index, &c->ipv6, why) < 0 ||
		    add_address(n, index, &c->ipv6, why) < 0 ||
		    add_address(n, index, &link_local, why) < 0)
			return -1;
	}
	if (c->ipv4.family == AF_INET)
		return refuse_address_of_another(n, index, &c->ipv4, why) < 0
		               ? -1
		               : add_address(n, index, &c->ipv4, why);
	return 0;
}

static int add_route(struct netlink *n, unsigned index, const struct address *prefix,
                     struct why *why)
{
	char shown[ADDRESS_TEXT_MAX], object[ADDRESS_TEXT_MAX + 16];
	int error = undo_add_route(n, index, prefix);

	if (error == -EPERM && netlink_route_leads(n, index, prefix))
		return 0;
	snprintf(object, sizeof object, "route to %s", address_write(prefix, shown));
	return error < 0 ? explain(why, object, error) : 0;
}

static int add_peer_nets(struct netlink *n, const struct interface *interface,
                         const struct interface_options *o, struct why *why)
{
	for (unsigned i = 0; i < o->peer_net_count; i++)
		if (is_possible(interface, &o->peer_nets[i]) &&
		    add_route(n, interface->index, &o->peer_nets[i], why) < 0)
			return -1;
	return 0;
}

/* A network that this host is in would not be reached any more. */
static int refuse_network_of_another(struct netlink *n, unsigned index, const struct address *route,
                                     struct why *why)
{
	char shown[ADDRESS_TEXT_MAX], holder[IFNAMSIZ] = "another one";
	unsigned found;
	int error = netlink_network_holder(n, index, route, &found);

	address_write(route, shown);
	if (error < 0)
		return explain(why, shown, error);
	if (!found)
		return 0;
	if_indextoname(found, holder);
	return why_set(why, "route to %s: overlaps with the network of %s", shown, holder);
}

static int add_routes(struct netlink *n, const struct interface *interface,
                      const struct interface_options *o, const struct configuration *c,
                      struct why *why)
{
	struct address routes[PROTOCOL_BEHIND_MAX];
	unsigned count = protocol_routes(o, c, routes);

	for (unsigned i = 0; i < count; i++)
		if (is_possible(interface, &routes[i]) &&
		    (refuse_network_of_another(n, interface->index, &routes[i], why) < 0 ||
		     add_route(n, interface->index, &routes[i], why) < 0))
			return -1;
	return 0;
}

/* --- re-routing --- */

static int re_route_network(struct netlink *n, const struct interface *interface, const char *other,
                            const struct address *network, struct why *why)
{
	unsigned index = if_nametoindex(other);

	if (!index)
		return explain(why, other, -errno);
	if (add_route(n, index, network, why) < 0)
		return -1;
	return forwarding_begin(network->family, interface->index, index, why);
}

static int re_route(struct netlink *n, const struct interface *interface,
                    const struct interface_options *o, const struct configuration *c,
                    struct why *why)
{
	struct address networks[PROTOCOL_BEHIND_MAX];
	unsigned count = protocol_behind(o, c, networks);

	for (unsigned i = 0; i < count; i++)
		if (is_possible(interface, &networks[i]) &&
		    re_route_network(n, interface, o->re_route_if, &networks[i], why) < 0)
			return -1;
	return 0;
}

/* What is changed outside of the interface stays when the interface goes. */
static int start_restorer_if_needed(int device, const struct interface *interface,
                                    const struct interface_options *o,
                                    const struct configuration *c, struct why *why)
{
	struct address networks[PROTOCOL_BEHIND_MAX];
	int error;

	if (!interface->tun.persistent && protocol_behind(o, c, networks) == 0)
		return 0;
	error = undo_open();
	if (error == 0)
		error = restorer_start(interface->tun.persistent && interface->tun.offload ? device
		                                                                           : -1);
	return error < 0 ? explain(why, "a process to undo what is done", error) : 0;
}

/* A router advertisement, a redirect or a source route from the bus would else lead packets
 * elsewhere. */
static void ignore_routers(const struct interface *interface)
{
	static const struct {
		const char *conf, *file;
	} files[] = {{SYSCTL_IPV6, "accept_ra"},
	             {SYSCTL_IPV6, "accept_redirects"},
	             {SYSCTL_IPV4, "accept_source_route"}};

	if (!shows_settings())
		log_warning("%s: there is no /proc/sys/net (mount /proc): what is on the bus could "
		            "act as this host's router",
		            interface->tun.name);
	for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct sysctl file = {.folder = files[i].conf,
		                      .file = files[i].file,
		                      .ifindex = interface->index};
		int error = undo_set_sysctl(&file, "0");
		if (error < 0 && error != -ENOENT)
			log_warning(
				"%s: %s: %s (what is on the bus could act as this host's router)",
				interface->tun.name, files[i].file, strerror(-error));
	}
}

/* The link as it is wanted: up, with this MTU. */
static bool is_prepared(const char *name, unsigned mtu)
{
	struct ifreq request = {.ifr_flags = 0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	memcpy(request.ifr_name, name, IFNAMSIZ);
	bool up = ioctl(fd, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_UP;
	bool right = up && ioctl(fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu == (int)mtu;
	close(fd);
	return right;
}

static int configure(struct netlink *n, const struct interface *interface,
                     const struct interface_options *o, const struct configuration *c,
                     struct why *why)
{
	ignore_routers(interface);
	int error = netlink_link_up(n, interface->index, o->mtu, QUEUE_LENGTH, interface->ipv6);

	if (error < 0 && !(error == -EPERM && is_prepared(interface->tun.name, o->mtu)))
		return explain(why, interface->tun.name, error);
	if (add_addresses(n, interface->index, c, why) < 0 ||
	    add_peer_nets(n, interface, o, why) < 0 || add_routes(n, interface, o, c, why) < 0)
		return -1;
	return re_route(n, interface, o, c, why);
}

int interface_make(struct interface *interface, int device, const struct interface_options *o,
                   struct configuration *c, int stop, struct why *why)
{
	struct netlink *n;
	int outcome;

	if (tun_attach(device, o->name, o->offload, &interface->tun, why) < 0)
		return -1;
	interface->index = if_nametoindex(interface->tun.name);
	if (!interface->index)
		return explain(why, interface->tun.name, -errno);
	n = netlink_open(stop);
	if (!n)
		return explain(why, "netlink", -errno);
	interface->ipv6 = !is_off(interface);
	outcome = settle_without_ipv6(interface, c, why);
	if (outcome == 0)
		outcome = start_restorer_if_needed(device, interface, o, c, why);
	if (outcome == 0)
		outcome = configure(n, interface, o, c, why);
	netlink_close(n);
	if (outcome < 0)
		interface_unmake();
	return outcome;
}

void interface_unmake(void)
{
	undo_all();
	restorer_end();
}
