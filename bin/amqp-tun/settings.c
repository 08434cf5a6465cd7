#include "settings.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bus.h"
#include "envelope.h"
#include "base/log.h"

enum { MTU_DEFAULT = 1500, MTU_MAX = 65535, NUMBER_MAX = 254 };

static struct tun_options options = {.mtu = MTU_DEFAULT};

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

/* The digits after the last '_', or NULL. */
static const char *name_number(const char *name)
{
	const char *number = strrchr(name, '_');
	unsigned value = 0;

	if (!number || number[1] < '1' || number[1] > '9' || strlen(number + 1) > 3)
		return NULL;
	for (const char *digit = ++number; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return NULL;
		value = 10 * value + (unsigned)(*digit - '0');
	}
	return value <= NUMBER_MAX ? number : NULL;
}

bool settings_by_name(struct configuration *c, const char *name)
{
	const char *number = name_number(name), *why;
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
	if (envelope_name_check(o->name) < 0)
		return refusal("name", o->name,
		               "must be 1 to 100 characters without dots, '*', '#' and blanks");
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
		const char *name = o->peers.item[i];

		if (envelope_name_check(name) < 0)
			return refusal(
				"peer", name,
				"must be 1 to 100 characters without dots, '*', '#' and blanks");
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
	const char *why, *number = name_number(o->name), *host = number ? number : "1";

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
	return settings_behind_refusal(s, &s->wanted);
}

const char *settings_resolve(struct settings *s, const struct tun_options *o)
{
	const char *why;

	*s = (struct settings){.mtu = (unsigned)o->mtu, .source_check = !o->no_source_check};
	if ((why = resolve_names(s, o)) || (why = resolve_peers(s, o)) ||
	    (why = resolve_peer_nets(s, o)) || (why = resolve_allowed(s, o)) ||
	    (why = resolve_user(s, o)))
		return why;
	return resolve_addresses(s, o);
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	static const struct option_spec *const tables[] = {tun_specs, bus_specs, NULL};
	static const struct option_usage usage = {
		.synopsis = "-n NAME [--peer NAME]... [OPTIONS]",
		.summary = "A TUN interface whose IP packets travel over an AMQP bus.",
		.tables = tables,
	};
	const char *why;

	options_parse(argc, argv, &usage);
	bus_options_finish();
	why = settings_resolve(s, &options);
	if (why)
		usage_error("%s", why);
	if (bus_options.encoding == BUS_ENCODING_GSO && !s->peer_count)
		usage_error("--encoding 'gso': needs --peer: no router reads it");
	/* Where every packet becomes a message of JSON, the kernel may as well make the packets. */
	s->offload = s->peer_count && bus_options.encoding != BUS_ENCODING_JSON;
}
