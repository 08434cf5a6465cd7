#include "protocol.h"

static bool is_within(const struct address *a, const struct address *net)
{
	return address_in(net, a->family, a->octets) && a->prefix_length >= net->prefix_length;
}

static int check_address(const struct interface_options *o, const struct address *a, int family,
                         const struct address *own, struct why *why)
{
	char shown[ADDRESS_TEXT_MAX];
	const char *unfit;

	if (a->family == AF_UNSPEC || address_equal(a, own))
		return 0;
	if (a->family != family)
		return why_set(why, "the address is of the wrong family");
	unfit = address_unfit(a);
	for (unsigned i = 0; !unfit && i < o->allowed_count; i++)
		if (is_within(a, &o->allowed[i]))
			return 0;
	return why_set(why, "%s %s", address_write(a, shown),
	               unfit ? unfit : "is outside of what --allow-net allows");
}

static int check_re_route(const struct interface_options *o, const struct configuration *c,
                          struct why *why)
{
	const struct address *own = &o->wanted.re_route;

	if (c->re_route.family == AF_UNSPEC || address_equal(&c->re_route, own))
		return 0;
	if (!o->re_route_if)
		return why_set(why,
		               "re-routing was not asked for by option (--re-route-packets-if)");
	if (own->family != AF_UNSPEC)
		return why_set(why, "the options name another network to re-route");
	if (c->re_route.prefix_length != 64)
		return why_set(why, "the network to re-route is no /64");
	return check_address(o, &c->re_route, AF_INET6, own, why);
}

int protocol_check_behind(const struct interface_options *o, const struct configuration *c,
                          struct why *why)
{
	struct address networks[PROTOCOL_BEHIND_MAX];
	unsigned count = protocol_behind(o, c, networks);
	char shown[ADDRESS_TEXT_MAX];

	for (unsigned i = 0; i < count; i++)
		if (address_in(&networks[i], c->ipv6.family, c->ipv6.octets) ||
		    address_in(&networks[i], c->ipv4.family, c->ipv4.octets))
			return why_set(
				why,
				"--re-route-packets-prefix '%s': holds the tunnel's own address",
				address_write(&networks[i], shown));
	return 0;
}

/* --- routes to what is behind the other end --- */

enum { ROUTE_LENGTH_MIN = 8 }; /* shorter ones are as good as a default route */

static const struct {
	struct address network;
	const char *is;
} no_routes[] = {
	{{AF_INET6, {0xff}, 8}, "are multicast addresses"},
	{{AF_INET6, {0xfe, 0x80}, 10}, "are link-local addresses"},
	{{AF_INET6, {0}, 32}, "are addresses of no network"},
	{{AF_INET, {224}, 3}, "are multicast or reserved addresses"},
	{{AF_INET, {169, 254}, 16}, "are link-local addresses"},
	{{AF_INET, {127}, 8}, "are addresses of this host"},
	{{AF_INET, {0}, 8}, "are addresses of no network"},
};

/* Text, or NULL. */
static const char *route_unfit(const struct interface_options *o, const struct configuration *c,
                               const struct address *route)
{
	struct address behind[PROTOCOL_BEHIND_MAX], ipv6 = address_network(&c->ipv6),
						    ipv4 = address_network(&c->ipv4);
	unsigned count = protocol_behind(o, c, behind);

	if (route->prefix_length < ROUTE_LENGTH_MIN)
		return "is too much for a route: 8 bits at the least";
	for (unsigned i = 0; i < sizeof no_routes / sizeof no_routes[0]; i++)
		if (address_overlap(route, &no_routes[i].network))
			return no_routes[i].is;
	if (address_overlap(route, &ipv6) || address_overlap(route, &ipv4))
		return "overlaps with the tunnel's own network";
	while (count--)
		if (address_overlap(route, &behind[count]))
			return "overlaps with a network behind this agent";
	for (unsigned i = 0; i < o->broker_count; i++)
		if (address_in(route, o->brokers[i].family, o->brokers[i].octets))
			return "holds the broker's address: it could not be reached any more";
	return NULL;
}

int protocol_check_routes(const struct interface_options *o, const struct configuration *c,
                          struct why *why)
{
	struct address routes[PROTOCOL_BEHIND_MAX];
	unsigned count = protocol_routes(o, c, routes);
	char shown[ADDRESS_TEXT_MAX];
	const char *unfit;

	for (unsigned i = 0; i < count; i++)
		if ((unfit = route_unfit(o, c, &routes[i])))
			return why_set(why, "route to %s: %s", address_write(&routes[i], shown),
			               unfit);
	return 0;
}

/* --- the tunnel's own network --- */

static int check_holds_no_broker(const struct interface_options *o, const struct address *own,
                                 struct why *why)
{
	char shown[ADDRESS_TEXT_MAX], broker[ADDRESS_TEXT_MAX];

	for (unsigned i = 0; i < o->broker_count; i++)
		if (address_in(own, o->brokers[i].family, o->brokers[i].octets))
			return why_set(
				why,
				"%s: the broker's address %s is in this network: it could not be "
				"reached any more (choose another network, or --netns)",
				address_write(own, shown),
				address_write_plain(&o->brokers[i], broker));
	return 0;
}

int protocol_check_brokers(const struct interface_options *o, const struct configuration *c,
                           struct why *why)
{
	return check_holds_no_broker(o, &c->ipv6, why) < 0
	               ? -1
	               : check_holds_no_broker(o, &c->ipv4, why);
}

/* What a message asks for. */
static int check_asked_route(const struct interface_options *o, const struct configuration *c,
                             struct why *why)
{
	char shown[ADDRESS_TEXT_MAX];

	if (c->route.family == AF_UNSPEC || address_equal(&c->route, &o->wanted.route))
		return 0;
	if (c->route.family != AF_INET6 || c->route.prefix_length != 64)
		return why_set(why, "the route is no /64 of IPv6");
	for (unsigned i = 0; i < o->allowed_count; i++)
		if (is_within(&c->route, &o->allowed[i]))
			return 0;
	return why_set(why, "route to %s: is outside of what --allow-net allows",
	               address_write(&c->route, shown));
}

int protocol_check(const struct interface_options *o, const struct configuration *c,
                   struct why *why)
{
	if (c->ipv6.family == AF_UNSPEC && c->ipv4.family == AF_UNSPEC)
		return why_set(why, "no address");
	if (check_address(o, &c->ipv6, AF_INET6, &o->wanted.ipv6, why) < 0 ||
	    check_address(o, &c->ipv4, AF_INET, &o->wanted.ipv4, why) < 0 ||
	    check_re_route(o, c, why) < 0 || protocol_check_brokers(o, c, why) < 0)
		return -1;
	if (protocol_check_behind(o, c, why) < 0 || check_asked_route(o, c, why) < 0)
		return -1;
	return protocol_check_routes(o, c, why);
}

unsigned protocol_behind(const struct interface_options *o, const struct configuration *c,
                         struct address networks[PROTOCOL_BEHIND_MAX])
{
	unsigned count = 0;

	for (; count < o->network_count; count++)
		networks[count] = o->networks[count];
	if (c->re_route.family == AF_INET6)
		networks[count++] = address_network(&c->re_route);
	return count;
}

unsigned protocol_routes(const struct interface_options *o, const struct configuration *c,
                         struct address routes[PROTOCOL_BEHIND_MAX])
{
	unsigned count = 0;

	for (; count < o->route_count; count++)
		routes[count] = o->routes[count];
	if (c->route.family == AF_INET6)
		routes[count++] = address_network(&c->route);
	return count;
}
