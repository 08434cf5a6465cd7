#include "settings.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "base/log.h"

enum { MTU_DEFAULT = 1500, MTU_MAX = 65535 };

static struct tun_options options = {.mtu = MTU_DEFAULT, .bus = BUS_SETTINGS_DEFAULT};

static const struct option_spec tun_specs[] = {
	{'n', "name", "NAME", "this agent's name; NAME_K has bbbb::K/64 and 10.2.0.K/24",
         option_string, &options.name, 0, 0, NULL},
	{0, "peer", "NAME", "an agent to talk to directly, without a router; may be repeated",
         option_list, &options.peers, 0, 0, NULL},
	{0, "peer-net", "NAME=PREFIX",
         "a network behind that peer: routed to it, its sources accepted; repeatable", option_list,
         &options.peer_nets, 0, 0, NULL},
	{0, "no-source-check", NULL, "take packets from a peer whatever their source address is",
         option_flag, &options.no_source_check, 0, 0, NULL},
	{0, "ifname", "NAME", "name of the interface (default: the next free tunN)", option_string,
         &options.ifname, 0, 0, NULL},
	{0, "netns", "NAME",
         "network namespace that the interface lives in; the broker is reached from here",
         option_string, &options.netns, 0, 0, NULL},
	{0, "user", "USER",
         "who the process is that speaks to the broker (default: who starts the tool)",
         option_string, &options.user, 0, 0, NULL},
	{0, "ipv6", "ADDR/LEN", "IPv6 address of the interface", option_string, &options.ipv6, 0, 0,
         NULL},
	{0, "ipv4", "ADDR/LEN", "IPv4 address of the interface", option_string, &options.ipv4, 0, 0,
         NULL},
	{0, "mtu", "OCTETS", "1280 to 65535, default 1500", option_unsigned, &options.mtu,
         SETTINGS_MTU_MIN, MTU_MAX, NULL},
	{0, "wait-start", NULL, "make the interface when the bus says tun.start", option_flag,
         &options.wait_start, 0, 0, NULL},
	{0, "allow-net", "PREFIX",
         "what tun.start may choose from (default bbbb::/64 and 10.2.0.0/24); repeatable",
         option_list, &options.allowed, 0, 0, NULL},
	{0, "force-bootstrap", NULL, "do not wait for tun.start; without an address: bbbb::1/64",
         option_flag, &options.force_bootstrap, 0, 0, NULL},
	{0, "ipv6-prefix", "GROUPS",
         "with --ipv6-host: the address GROUPS::HOST/64, as the old agent has it", option_string,
         &options.ipv6_prefix, 0, 0, NULL},
	{0, "ipv6-host", "HOST", "see --ipv6-prefix", option_string, &options.ipv6_host, 0, 0,
         NULL},
	{0, "ipv4-address", "ADDR", "as --ipv4, with /24 where no length is given", option_string,
         &options.ipv4_address, 0, 0, NULL},
	{0, "re-route-packets-if", "NAME",
         "a second interface: packets are forwarded between it and the tunnel", option_string,
         &options.re_route_if, 0, 0, NULL},
	{0, "re-route-packets-prefix", "PREFIX",
         "a network there: ADDR/LEN, or the old agent's GROUPS for GROUPS::/64; repeatable",
         option_list, &options.re_route_prefixes, 0, 0, NULL},
	{0, "re-route-packets-host", "HOST",
         "the implementation under test there, for the tun.started message", option_string,
         &options.re_route_host, 0, 0, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static const char *const default_allowed[] = {"bbbb::/64", "10.2.0.0/24"};

static const char *refusal(const char *option, const char *value, const char *why)
{
	static char text[256];

	snprintf(text, sizeof text, "--%s '%.100s': %s", option, value, why);
	return text;
}

/* --- names --- */

bool settings_by_name(struct configuration *c, const char *name)
{
	const char *number = agent_number(name), *why;
	char text[ADDRESS_TEXT_MAX];

	*c = (struct configuration){.ipv6 = {.family = AF_UNSPEC}};
	if (!number || address_join(&c->ipv6, "bbbb", number, &why) < 0)
		return false;
	snprintf(text, sizeof text, "10.2.0.%s/24", number);
	return address_read_host(&c->ipv4, text, &why) == 0;
}

static const char *interface_unfit(const char *name)
{
	if (strlen(name) >= IFNAMSIZ)
		return "is longer than the 15 characters of an interface's name";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "is no interface's name";
	for (; *name; name++)
		if (*name <= ' ' || *name >= 0x7f || strchr("/:%", *name))
			return "has a character that no interface's name can have";
	return NULL;
}

static const char *resolve_names(struct settings *s, const struct tun_options *o)
{
	const char *why;

	if (!o->name)
		return "no name: say with -n NAME what this agent is called";
	if ((why = agent_name_unfit(o->name)))
		return refusal("name", o->name, why);
	if (o->ifname && (why = interface_unfit(o->ifname)))
		return refusal("ifname", o->ifname, why);
	if (o->re_route_if && (why = interface_unfit(o->re_route_if)))
		return refusal("re-route-packets-if", o->re_route_if, why);
	if (o->re_route_if && o->ifname && strcmp(o->re_route_if, o->ifname) == 0)
		return refusal("re-route-packets-if", o->re_route_if,
		               "is the tunnel's own interface");
	if (o->netns && (strchr(o->netns, '/') || o->netns[0] == '.' || strlen(o->netns) > 255))
		return refusal("netns", o->netns, "must be a name in /var/run/netns");
	s->name = o->name;
	s->ifname = o->ifname;
	s->netns = o->netns;
	s->re_route_if = o->re_route_if;
	return NULL;
}

static const char *resolve_user(struct settings *s, const struct tun_options *o)
{
	const struct passwd *entry = o->user ? getpwnam(o->user) : NULL;

	if (!o->user)
		return NULL;
	if (!entry)
		return refusal("user", o->user, "there is no such user");
	s->user = (struct identity){o->user, entry->pw_uid, entry->pw_gid};
	return NULL;
}

static int find_peer(const struct settings *s, const char *name, size_t length)
{
	for (unsigned i = 0; i < s->peer_count; i++)
		if (strlen(s->peers[i]) == length && memcmp(s->peers[i], name, length) == 0)
			return (int)i;
	return -1;
}

static const char *resolve_peers(struct settings *s, const struct tun_options *o)
{
	for (size_t i = 0; i < o->peers.count; i++) {
		const char *name = o->peers.item[i], *why;

		if ((why = agent_name_unfit(name)))
			return refusal("peer", name, why);
		if (strcmp(name, s->name) == 0)
			return refusal("peer", name, "is this agent's own name");
		if (find_peer(s, name, strlen(name)) >= 0)
			return refusal("peer", name, "is given twice");
		s->peers[s->peer_count++] = name;
	}
	return NULL;
}

static const char *resolve_peer_nets(struct settings *s, const struct tun_options *o)
{
	for (size_t i = 0; i < o->peer_nets.count; i++) {
		const char *text = o->peer_nets.item[i], *equals = strchr(text, '='), *why;
		struct peer_net net;
		int peer;

		if (!equals)
			return refusal("peer-net", text, "must be NAME=PREFIX");
		peer = find_peer(s, text, (size_t)(equals - text));
		if (peer < 0)
			return refusal("peer-net", text, "names no --peer");
		if (address_read_prefix(&net.prefix, equals + 1, &why) < 0)
			return refusal("peer-net", text, why);
		net.peer = (unsigned)peer;
		s->peer_nets[s->peer_net_count++] = net;
	}
	return NULL;
}

static const char *resolve_allowed(struct settings *s, const struct tun_options *o)
{
	size_t given = o->allowed.count,
	       count = given ? given : sizeof default_allowed / sizeof default_allowed[0];
	const char *const *nets = given ? o->allowed.item : default_allowed;
	const char *why;

	for (size_t i = 0; i < count; i++)
		if (address_read_prefix(&s->allowed[s->allowed_count++], nets[i], &why) < 0)
			return refusal("allow-net", nets[i], why);
	return NULL;
}

/* --- addresses --- */

static const char *resolve_ipv6(struct settings *s, const struct tun_options *o)
{
	const char *why, *number = agent_number(o->name), *host = number ? number : "1";

	if (!o->ipv6 && !o->ipv6_prefix && !o->ipv6_host)
		return NULL;
	if (o->ipv6 && (o->ipv6_prefix || o->ipv6_host))
		return "--ipv6 says the whole address: leave out --ipv6-prefix and --ipv6-host";
	if (o->ipv6) {
		if (address_read_host(&s->wanted.ipv6, o->ipv6, &why) < 0)
			return refusal("ipv6", o->ipv6, why);
		return s->wanted.ipv6.family == AF_INET6
		               ? NULL
		               : refusal("ipv6", o->ipv6, "is an IPv4 address");
	}
	if (address_join(&s->wanted.ipv6, o->ipv6_prefix ? o->ipv6_prefix : "bbbb",
	                 o->ipv6_host ? o->ipv6_host : host, &why) < 0)
		return o->ipv6_host ? refusal("ipv6-host", o->ipv6_host, why)
		                    : refusal("ipv6-prefix", o->ipv6_prefix, why);
	return NULL;
}

static const char *resolve_ipv4(struct settings *s, const struct tun_options *o)
{
	const char *option = o->ipv4 ? "ipv4" : "ipv4-address",
		   *given = o->ipv4 ? o->ipv4 : o->ipv4_address, *why;
	char text[ADDRESS_TEXT_MAX];

	if (!given)
		return NULL;
	if (o->ipv4 && o->ipv4_address)
		return "--ipv4 and --ipv4-address are the same: leave one out";
	if (snprintf(text, sizeof text, "%s%s", given,
	             o->ipv4 || strchr(given, '/') ? "" : "/24") >= (int)sizeof text)
		return refusal(option, given, "is no IP address");
	if (address_read_host(&s->wanted.ipv4, text, &why) < 0)
		return refusal(option, given, why);
	return s->wanted.ipv4.family == AF_INET ? NULL
	                                        : refusal(option, given, "is an IPv6 address");
}

static const char *resolve_network(struct settings *s, const char *text)
{
	struct address network;
	const char *why;

	if (address_read_prefix(&network, text, &why) < 0)
		return refusal("re-route-packets-prefix", text, why);
	if (network.prefix_length == 0)
		return refusal("re-route-packets-prefix", text, "is everything, and no network");
	s->networks[s->network_count++] = network;
	return NULL;
}

static const char *resolve_old_network(struct settings *s, const struct tun_options *o,
                                       const char *prefix)
{
	const char *why;

	if (!o->re_route_host)
		return "--re-route-packets-prefix without a length and --re-route-packets-host go "
		       "together";
	if (s->wanted.re_route.family != AF_UNSPEC)
		return refusal("re-route-packets-prefix", prefix,
		               "is the second one without a length: write ADDR/LEN");
	if (address_join(&s->wanted.re_route, prefix, o->re_route_host, &why) < 0)
		return refusal("re-route-packets-prefix", prefix, why);
	return NULL;
}

static const char *resolve_re_route(struct settings *s, const struct tun_options *o)
{
	const char *why = NULL;

	if ((o->re_route_prefixes.count || o->re_route_host) && !o->re_route_if)
		return "--re-route-packets-prefix needs --re-route-packets-if";
	for (size_t i = 0; !why && i < o->re_route_prefixes.count; i++) {
		const char *text = o->re_route_prefixes.item[i];

		why = strchr(text, '/') ? resolve_network(s, text)
		                        : resolve_old_network(s, o, text);
	}
	if (!why && o->re_route_host && s->wanted.re_route.family == AF_UNSPEC)
		return "--re-route-packets-host goes together with a --re-route-packets-prefix "
		       "without a length";
	return why;
}

static bool has_address(const struct configuration *c)
{
	return c->ipv6.family != AF_UNSPEC || c->ipv4.family != AF_UNSPEC;
}

static bool is_own_network(const struct address *network, const struct configuration *c)
{
	return address_in(network, c->ipv6.family, c->ipv6.octets) ||
	       address_in(network, c->ipv4.family, c->ipv4.octets);
}

static const char *own_network_refusal(const struct settings *s, const struct configuration *c)
{
	struct address networks[SETTINGS_BEHIND_MAX];
	unsigned count = settings_behind(s, c, networks);
	char shown[ADDRESS_TEXT_MAX];

	for (unsigned i = 0; i < count; i++)
		if (is_own_network(&networks[i], c))
			return refusal("re-route-packets-prefix",
			               address_write(&networks[i], shown),
			               "holds the tunnel's own address");
	return NULL;
}

static const char *resolve_addresses(struct settings *s, const struct tun_options *o)
{
	const char *why;

	settings_by_name(&s->wanted, s->name);
	if ((why = resolve_ipv6(s, o)) || (why = resolve_ipv4(s, o)) ||
	    (why = resolve_re_route(s, o)))
		return why;
	if (o->force_bootstrap && o->wait_start)
		return "--force-bootstrap and --wait-start contradict each other";
	if (o->force_bootstrap && !has_address(&s->wanted))
		address_join(&s->wanted.ipv6, "bbbb", "1", &why);
	s->at_once = has_address(&s->wanted) && !o->wait_start;
	return own_network_refusal(s, &s->wanted);
}

const char *settings_resolve(struct settings *s, const struct tun_options *o)
{
	const char *why;

	*s = (struct settings){
		.bus = o->bus, .mtu = (unsigned)o->mtu, .source_check = !o->no_source_check};
	if ((why = resolve_names(s, o)) || (why = resolve_peers(s, o)) ||
	    (why = resolve_peer_nets(s, o)) || (why = resolve_allowed(s, o)) ||
	    (why = resolve_user(s, o)))
		return why;
	return resolve_addresses(s, o);
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	struct option_spec bus_specs[BUS_SETTINGS_SPECS];
	const struct option_spec *const tables[] = {tun_specs, bus_specs, NULL};
	const struct option_usage usage = {
		.synopsis = "-n NAME [--peer NAME]... [OPTIONS]",
		.summary = "A TUN interface whose IP packets travel over an AMQP bus.",
		.tables = tables,
	};
	const char *why;

	bus_settings_specs(bus_specs, &options.bus);
	options_parse(argc, argv, &usage);
	bus_settings_finish(&options.bus);
	why = settings_resolve(s, &options);
	if (why)
		usage_error("%s", why);
	if (s->bus.encoding == BUS_ENCODING_GSO && !s->peer_count)
		usage_error("--encoding 'gso': needs --peer: no router reads it");
	/* Where every packet becomes a message of JSON, the kernel may as well make the packets. */
	s->offload = s->peer_count && s->bus.encoding != BUS_ENCODING_JSON;
}

/* --- what an interface may have --- */

static bool within(const struct address *net, const struct address *a)
{
	return address_in(net, a->family, a->octets) && a->prefix_length >= net->prefix_length;
}

static const char *address_refusal(const struct settings *s, const struct address *a, int family,
                                   const struct address *own)
{
	static char text[160];
	char shown[ADDRESS_TEXT_MAX];
	const char *why;

	if (a->family == AF_UNSPEC || address_equal(a, own))
		return NULL;
	if (a->family != family)
		return "the address is of the wrong family";
	why = address_unfit(a);
	for (unsigned i = 0; !why && i < s->allowed_count; i++)
		if (within(&s->allowed[i], a))
			return NULL;
	snprintf(text, sizeof text, "%s %s", address_write(a, shown),
	         why ? why : "is outside of what --allow-net allows");
	return text;
}

unsigned settings_behind(const struct settings *s, const struct configuration *c,
                         struct address networks[SETTINGS_BEHIND_MAX])
{
	unsigned count = 0;

	for (; count < s->network_count; count++)
		networks[count] = s->networks[count];
	if (c->re_route.family == AF_INET6)
		networks[count++] = address_network(&c->re_route);
	return count;
}

static const char *re_route_refusal(const struct settings *s, const struct configuration *c)
{
	const struct address *own = &s->wanted.re_route;

	if (c->re_route.family == AF_UNSPEC || address_equal(&c->re_route, own))
		return NULL;
	if (!s->re_route_if)
		return "re-routing was not asked for by option (--re-route-packets-if)";
	if (own->family != AF_UNSPEC)
		return "the options name another network to re-route";
	if (c->re_route.prefix_length != 64)
		return "the network to re-route is no /64";
	return address_refusal(s, &c->re_route, AF_INET6, own);
}

const char *settings_refusal(const struct settings *s, const struct configuration *c)
{
	const char *why;

	if (!has_address(c))
		return "no address";
	if ((why = address_refusal(s, &c->ipv6, AF_INET6, &s->wanted.ipv6)) ||
	    (why = address_refusal(s, &c->ipv4, AF_INET, &s->wanted.ipv4)))
		return why;
	why = re_route_refusal(s, c);
	return why ? why : own_network_refusal(s, c);
}
