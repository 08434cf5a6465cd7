/* What can be used of a tun.start: each group of its fields is judged alone. */
#include <stdio.h>

#include "start.h"

struct choice {
	const struct envelope_tun *tun;
	const struct settings *settings;
	void (*told)(void *context, const char *words);
	void *context;
};

static void copy(char field[ENVELOPE_FIELD_MAX + 1], const char *from)
{
	snprintf(field, ENVELOPE_FIELD_MAX + 1, "%s", from);
}

/* 1: read into c, and allowed; -1: with why. */
static int judge(const struct choice *choice, const struct envelope_tun *part,
                 struct configuration *c, struct why *why)
{
	if (start_read(c, part, choice->settings, why) < 0)
		return -1;
	return settings_check(choice->settings, c, why) < 0 ? -1 : 1;
}

/* Each: 1: chosen, 0: nothing is asked for, -1: with why. */

static int choose_ipv6(const struct choice *choice, struct configuration *c, struct why *why)
{
	const struct envelope_tun *tun = choice->tun;
	struct envelope_tun part = {.name = ""};
	struct configuration read;

	if (!tun->ipv6_prefix[0] && !tun->ipv6_host[0])
		return 0;
	copy(part.ipv6_prefix, tun->ipv6_prefix);
	copy(part.ipv6_host, tun->ipv6_host);
	if (part.ipv6_prefix[0] && !part.ipv6_host[0] &&
	    choice->settings->wanted.ipv6.family != AF_INET6)
		copy(part.ipv6_host, "1");
	int outcome = judge(choice, &part, &read, why);
	if (outcome > 0)
		c->ipv6 = read.ipv6;
	return outcome;
}

static int choose_ipv4(const struct choice *choice, struct configuration *c, struct why *why)
{
	const struct envelope_tun *tun = choice->tun;
	struct envelope_tun part = {.name = ""};
	struct configuration read;

	if (!tun->ipv4_host[0] && !tun->ipv4_address[0])
		return 0;
	copy(part.ipv4_host, tun->ipv4_host);
	copy(part.ipv4_address, tun->ipv4_address);
	copy(part.ipv4_network, tun->ipv4_network);
	copy(part.ipv4_netmask, tun->ipv4_netmask);
	int outcome = judge(choice, &part, &read, why);
	if (outcome > 0)
		c->ipv4 = read.ipv4;
	return outcome;
}

static int choose_re_route(const struct choice *choice, struct configuration *c, struct why *why)
{
	const struct envelope_tun *tun = choice->tun;
	struct envelope_tun part = {.name = ""};
	struct configuration read;

	copy(part.re_route_packets_if, tun->re_route_packets_if);
	copy(part.re_route_packets_prefix, tun->re_route_packets_prefix);
	copy(part.re_route_packets_host, tun->re_route_packets_host);
	if (!part.re_route_packets_if[0] && !part.re_route_packets_prefix[0] &&
	    !part.re_route_packets_host[0])
		return 0;
	if (start_read(&read, &part, choice->settings, why) < 0)
		return -1;
	read.ipv6 = c->ipv6;
	read.ipv4 = c->ipv4;
	if (settings_check(choice->settings, &read, why) < 0)
		return -1;
	c->re_route = read.re_route;
	return 1;
}

static int choose_route(const struct choice *choice, struct configuration *c, struct why *why)
{
	const struct settings *s = choice->settings;
	struct why reason;
	struct configuration with = *c;
	char shown[ADDRESS_TEXT_MAX];

	if (choice->tun->ipv6_no_forwarding || s->peer_count)
		return 0;
	with.route = settings_old_route(s->name);
	for (unsigned i = 0; i < s->route_count; i++)
		if (address_in(&s->routes[i], with.route.family, with.route.octets))
			return 0;
	if (settings_check(s, &with, &reason) == 0) {
		*c = with;
		return 1;
	}
	return why_set(why, "%s (to have it: --route %s)", reason.text,
	               address_write(&with.route, shown));
}

int start_choose(struct configuration *c, const struct envelope_tun *tun, const struct settings *s,
                 void (*told)(void *context, const char *words), void *context, struct why *why)
{
	const struct choice choice = {tun, s, told, context};
	struct why no_ipv6 = {""};

	*c = (struct configuration){.ipv6 = s->wanted.ipv6, .ipv4 = s->wanted.ipv4};
	c->re_route = s->wanted.re_route;
	if (choose_ipv4(&choice, c, why) < 0)
		told(context, why->text);
	if (choose_ipv6(&choice, c, &no_ipv6) < 0) {
		if (c->ipv4.family == AF_UNSPEC || c->ipv6.family != AF_UNSPEC)
			return why_set(why, "%s", no_ipv6.text);
		told(context, no_ipv6.text);
	} else if (c->ipv6.family == AF_UNSPEC && c->ipv4.family == AF_UNSPEC) {
		address_join(&c->ipv6, "bbbb", "1", NULL);
	}
	if (choose_re_route(&choice, c, why) < 0) {
		/* Who re-routes wants it right, and can ask again. */
		if (s->re_route_if)
			return -1;
		told(context, why->text);
	}
	if (choose_route(&choice, c, why) < 0)
		told(context, why->text);
	return 0;
}
