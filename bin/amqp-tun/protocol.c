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

int protocol_check(const struct interface_options *o, const struct configuration *c,
                   struct why *why)
{
	if (c->ipv6.family == AF_UNSPEC && c->ipv4.family == AF_UNSPEC)
		return why_set(why, "no address");
	if (check_address(o, &c->ipv6, AF_INET6, &o->wanted.ipv6, why) < 0 ||
	    check_address(o, &c->ipv4, AF_INET, &o->wanted.ipv4, why) < 0 ||
	    check_re_route(o, c, why) < 0)
		return -1;
	return protocol_check_behind(o, c, why);
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
