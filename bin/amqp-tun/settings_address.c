#include "settings_internal.h"

#include <stdio.h>
#include <string.h>

#include "agent/names.h"
#include "base/log.h"

bool settings_by_name(struct configuration *c, const char *name)
{
	const char *number = agent_number(name);
	char text[ADDRESS_TEXT_MAX];

	*c = (struct configuration){.ipv6 = {.family = AF_UNSPEC}};
	if (!number || address_join(&c->ipv6, "bbbb", number, NULL) < 0)
		return false;
	snprintf(text, sizeof text, "10.2.0.%s/24", number);
	return address_read_host(&c->ipv4, text, NULL) == 0;
}

/* --- by option --- */

static const char *resolve_ipv6(struct settings *s, const struct tun_options *o)
{
	struct why why;
	const char *number = agent_number(o->name), *host = number ? number : "1";

	if (!o->ipv6 && !o->ipv6_prefix && !o->ipv6_host)
		return NULL;
	if (o->ipv6 && (o->ipv6_prefix || o->ipv6_host))
		return "--ipv6 says the whole address: leave out --ipv6-prefix and --ipv6-host";
	if (o->ipv6) {
		if (address_read_host(&s->wanted.ipv6, o->ipv6, &why) < 0)
			return settings_words("ipv6", o->ipv6, why.text);
		return s->wanted.ipv6.family == AF_INET6
		               ? NULL
		               : settings_words("ipv6", o->ipv6, "is an IPv4 address");
	}
	if (address_join(&s->wanted.ipv6, o->ipv6_prefix ? o->ipv6_prefix : "bbbb",
	                 o->ipv6_host ? o->ipv6_host : host, &why) < 0)
		return o->ipv6_host ? settings_words("ipv6-host", o->ipv6_host, why.text)
		                    : settings_words("ipv6-prefix", o->ipv6_prefix, why.text);
	return NULL;
}

static const char *resolve_ipv4(struct settings *s, const struct tun_options *o)
{
	const char *option = o->ipv4 ? "ipv4" : "ipv4-address",
		   *given = o->ipv4 ? o->ipv4 : o->ipv4_address;
	struct why why;
	char text[ADDRESS_TEXT_MAX];

	if (!given)
		return NULL;
	if (o->ipv4 && o->ipv4_address)
		return "--ipv4 and --ipv4-address are the same: leave one out";
	if (snprintf(text, sizeof text, "%s%s", given,
	             o->ipv4 || strchr(given, '/') ? "" : "/24") >= (int)sizeof text)
		return settings_words(option, given, "is no IP address");
	if (address_read_host(&s->wanted.ipv4, text, &why) < 0)
		return settings_words(option, given, why.text);
	return s->wanted.ipv4.family == AF_INET
	               ? NULL
	               : settings_words(option, given, "is an IPv6 address");
}

static const char *resolve_network(struct settings *s, const char *text)
{
	struct address network;
	struct why why;

	if (address_read_prefix(&network, text, &why) < 0)
		return settings_words("re-route-packets-prefix", text, why.text);
	if (network.prefix_length == 0)
		return settings_words("re-route-packets-prefix", text,
		                      "is everything, and no network");
	s->networks[s->network_count++] = network;
	return NULL;
}

static const char *resolve_old_network(struct settings *s, const struct tun_options *o,
                                       const char *prefix)
{
	struct why why;

	if (!o->re_route_host)
		return "--re-route-packets-prefix without a length and --re-route-packets-host go "
		       "together";
	if (s->wanted.re_route.family != AF_UNSPEC)
		return settings_words("re-route-packets-prefix", prefix,
		                      "is the second one without a length: write ADDR/LEN");
	if (address_join(&s->wanted.re_route, prefix, o->re_route_host, &why) < 0)
		return settings_words("re-route-packets-prefix", prefix, why.text);
	return NULL;
}

static bool asks_for_re_route(const struct tun_options *o)
{
	return (o->re_route_prefixes.count && !option_yields("re-route-packets-prefix", NULL)) ||
	       (o->re_route_host && !option_yields("re-route-packets-host", NULL));
}

static const char *resolve_re_route(struct settings *s, const struct tun_options *o)
{
	const char *why = NULL;

	if (!o->re_route_if && asks_for_re_route(o))
		return o->re_route_prefixes.count
		               ? "--re-route-packets-prefix needs --re-route-packets-if"
		               : "--re-route-packets-host needs --re-route-packets-if";
	if (!o->re_route_if)
		return NULL;
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

static const char *resolve_routes(struct settings *s, const struct tun_options *o)
{
	struct why why;

	for (size_t i = 0; i < o->routes.count; i++)
		if (address_read_prefix(&s->routes[s->route_count++], o->routes.item[i], &why) < 0)
			return settings_words("route", o->routes.item[i], why.text);
	return NULL;
}

struct address settings_old_route(const char *name)
{
	struct address route = {.family = AF_INET6, .octets = {0xaa, 0xaa}, .prefix_length = 64};

	if (strstr(name, "client"))
		route.octets[0] = route.octets[1] = 0xcc;
	return route;
}

static bool is_routed(const struct settings *s, const struct address *route)
{
	for (unsigned i = 0; i < s->route_count; i++)
		if (address_in(&s->routes[i], route->family, route->octets))
			return true;
	return false;
}

/* As the old agent did without a tun.start. */
static void ask_for_old_route(struct settings *s)
{
	struct configuration c = s->wanted;
	char shown[ADDRESS_TEXT_MAX];
	struct why why;

	c.route = settings_old_route(s->name);
	if (s->peer_count || is_routed(s, &c.route))
		return;
	if (settings_check(s, &c, &why) == 0)
		s->wanted.route = c.route;
	else
		log_warning("left out: %s (to have it: --route %s)", why.text,
		            address_write(&c.route, shown));
}

static bool has_address(const struct configuration *c)
{
	return c->ipv6.family != AF_UNSPEC || c->ipv4.family != AF_UNSPEC;
}

const char *settings_resolve_addresses(struct settings *s, const struct tun_options *o)
{
	static struct why reason;
	const char *why;

	settings_by_name(&s->wanted, s->name);
	if ((why = resolve_ipv6(s, o)) || (why = resolve_ipv4(s, o)) ||
	    (why = resolve_re_route(s, o)) || (why = resolve_routes(s, o)))
		return why;
	if (o->force_bootstrap && o->wait_start)
		return "--force-bootstrap and --wait-start contradict each other";
	if (o->force_bootstrap && !has_address(&s->wanted))
		address_join(&s->wanted.ipv6, "bbbb", "1", NULL);
	if (o->force_bootstrap)
		ask_for_old_route(s);
	s->at_once = has_address(&s->wanted) && !o->wait_start;
	/* Peers talk to each other without whoever would send tun.start. */
	if (s->peer_count && !has_address(&s->wanted) && !o->wait_start)
		return "--peer needs an address of this end: give --ipv6 ADDR/LEN or --ipv4 "
		       "ADDR/LEN, or a name that ends in _K (agent_1 has bbbb::1/64 and "
		       "10.2.0.1/24); --wait-start waits for the one that tun.start brings";
	if (settings_check_behind(s, &s->wanted, &reason) < 0 ||
	    settings_check_routes(s, &s->wanted, &reason) < 0)
		return reason.text;
	return NULL;
}
