#include "start.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_PREFIX      "bbbb"
#define DEFAULT_IPV4_LENGTH 24

static int refuse(struct why *why, const char *field, const char *value, const char *reason)
{
	return why_set(why, "%s '%.80s': %s", field, value, reason);
}

/* Which of the two is wrong stands in the reason. */
static int refuse_both(struct why *why, const char *family, const char *prefix, const char *host)
{
	struct why reason = *why;

	return why_set(why, "%s_host '%.80s', %s_prefix '%.80s': %s", family, host, family, prefix,
	               reason.text);
}

static int read_ipv6(struct configuration *c, const struct envelope_tun *tun,
                     const struct settings *s, struct why *why)
{
	char prefix[ADDRESS_TEXT_MAX] = DEFAULT_PREFIX, host[ADDRESS_TEXT_MAX] = "";

	c->ipv6 = s->wanted.ipv6;
	if (!tun->ipv6_prefix[0] && !tun->ipv6_host[0])
		return 0;
	if (s->wanted.ipv6.family == AF_INET6)
		address_split(&s->wanted.ipv6, prefix, host);
	const char *chosen_prefix = tun->ipv6_prefix[0] ? tun->ipv6_prefix : prefix;
	const char *chosen_host = tun->ipv6_host[0] ? tun->ipv6_host : host;
	if (!*chosen_host)
		return refuse(why, "ipv6_host", "", "is missing");
	if (address_join(&c->ipv6, chosen_prefix, chosen_host, why) < 0)
		return refuse_both(why, "ipv6", chosen_prefix, chosen_host);
	return 0;
}

/* The bits of a netmask without holes, or -1. */
static int netmask_length(const char *netmask)
{
	struct address mask;
	char text[ADDRESS_TEXT_MAX];

	for (int length = 32; length >= 0; length--) {
		snprintf(text, sizeof text, "255.255.255.255/%d", length);
		if (address_read(&mask, text, NULL) < 0)
			return -1;
		mask = address_netmask(&mask);
		if (strcmp(address_write_plain(&mask, text), netmask) == 0)
			return length;
	}
	return -1;
}

static int read_ipv4(struct configuration *c, const struct envelope_tun *tun,
                     const struct settings *s, struct why *why)
{
	const char *field = tun->ipv4_address[0] ? "ipv4_address" : "ipv4_host";
	const char *given = tun->ipv4_address[0] ? tun->ipv4_address : tun->ipv4_host;
	int length = tun->ipv4_netmask[0] ? netmask_length(tun->ipv4_netmask) : DEFAULT_IPV4_LENGTH;
	char text[2 * ADDRESS_TEXT_MAX];

	c->ipv4 = s->wanted.ipv4;
	if (!*given)
		return 0;
	if (length < 0)
		return refuse(why, "ipv4_netmask", tun->ipv4_netmask, "is no netmask");
	if (strchr(given, '/'))
		snprintf(text, sizeof text, "%s", given);
	else
		snprintf(text, sizeof text, "%s/%d", given, length);
	if (address_read_host(&c->ipv4, text, why) < 0)
		return refuse(why, field, given, why->text);
	if (c->ipv4.family != AF_INET)
		return refuse(why, field, given, "is an IPv6 address");
	struct address network = address_network(&c->ipv4);
	if (tun->ipv4_network[0] &&
	    strcmp(tun->ipv4_network, address_write_plain(&network, text)) != 0)
		return refuse(why, "ipv4_network", tun->ipv4_network, "does not hold the address");
	return 0;
}

static int read_re_route(struct configuration *c, const struct envelope_tun *tun,
                         const struct settings *s, struct why *why)
{
	const char *interface = tun->re_route_packets_if, *prefix = tun->re_route_packets_prefix,
		   *host = tun->re_route_packets_host;

	c->re_route = s->wanted.re_route;
	if (!*interface && !*prefix && !*host)
		return 0;
	if (!s->re_route_if)
		return refuse(why, "re_route_packets_if", interface,
		              "re-routing was not asked for by option (--re-route-packets-if)");
	if (*interface && strcmp(interface, s->re_route_if) != 0)
		return refuse(why, "re_route_packets_if", interface,
		              "is not the interface that --re-route-packets-if names");
	if (!*prefix && !*host)
		return 0;
	if (address_join(&c->re_route, prefix, host, why) < 0)
		return refuse_both(why, "re_route_packets", prefix, host);
	return 0;
}

int start_read(struct configuration *c, const struct envelope_tun *tun, const struct settings *s,
               struct why *why)
{
	*c = (struct configuration){.ipv6 = {.family = AF_UNSPEC}};
	if (read_ipv6(c, tun, s, why) < 0 || read_ipv4(c, tun, s, why) < 0)
		return -1;
	return read_re_route(c, tun, s, why);
}

static void write_text(char field[ENVELOPE_FIELD_MAX + 1], const char *text)
{
	snprintf(field, ENVELOPE_FIELD_MAX + 1, "%s", text);
}

static void write_ipv4(struct envelope_tun *tun, const struct address *ipv4)
{
	struct address network = address_network(ipv4), netmask = address_netmask(ipv4);
	char text[ADDRESS_TEXT_MAX];

	write_text(tun->ipv4_host, address_write_plain(ipv4, text));
	write_text(tun->ipv4_address, address_write_plain(ipv4, text));
	write_text(tun->ipv4_network, address_write_plain(&network, text));
	write_text(tun->ipv4_netmask, address_write_plain(&netmask, text));
}

/* Of networks behind this agent, or behind the other. */
static bool forwards_ipv6(const struct configuration *c, const struct settings *s)
{
	struct address networks[SETTINGS_BEHIND_MAX];

	if (c->route.family == AF_INET6)
		return true;
	for (unsigned i = 0; i < s->route_count; i++)
		if (s->routes[i].family == AF_INET6)
			return true;

	for (unsigned i = settings_behind(s, c, networks); i-- > 0;)
		if (networks[i].family == AF_INET6)
			return true;
	return false;
}

void start_write(struct envelope_tun *tun, const struct configuration *c, const struct settings *s,
                 const char *session)
{
	char prefix[ADDRESS_TEXT_MAX], host[ADDRESS_TEXT_MAX];

	*tun = (struct envelope_tun){.ipv6_no_forwarding = !forwards_ipv6(c, s)};
	snprintf(tun->name, sizeof tun->name, "%s", s->name);
	if (c->ipv6.family == AF_INET6) {
		address_split(&c->ipv6, prefix, host);
		write_text(tun->ipv6_prefix, prefix);
		write_text(tun->ipv6_host, host);
	}
	if (c->ipv4.family == AF_INET)
		write_ipv4(tun, &c->ipv4);
	if (c->re_route.family == AF_INET6) {
		address_split(&c->re_route, prefix, host);
		write_text(tun->re_route_packets_if, s->re_route_if);
		write_text(tun->re_route_packets_prefix, prefix);
		write_text(tun->re_route_packets_host, host);
	}
	write_text(tun->session, session);
	write_text(tun->encodings, "json,pcap,gso");
	snprintf(tun->mtu, sizeof tun->mtu, "%u", s->mtu);
}
