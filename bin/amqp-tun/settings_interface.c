/* The part of the settings that the privileged process obeys. */
#include <string.h>

#include "settings_internal.h"

_Static_assert((int)SETTINGS_NETS_MAX == (int)PROTOCOL_NETS_MAX, "the same lists");

void settings_interface(struct interface_options *o, const struct settings *s)
{
	*o = (struct interface_options){
		.name = s->ifname,
		.netns = s->netns,
		.re_route_if = s->re_route_if,
		.mtu = s->mtu,
		.offload = s->offload,
		.wanted = s->wanted,
		.allowed_count = s->allowed_count,
		.network_count = s->network_count,
		.peer_net_count = s->peer_net_count,
		.route_count = s->route_count,
		.broker_count = s->broker_count,
	};
	memcpy(o->allowed, s->allowed, sizeof o->allowed);
	memcpy(o->networks, s->networks, sizeof o->networks);
	memcpy(o->routes, s->routes, sizeof o->routes);
	memcpy(o->brokers, s->brokers, sizeof o->brokers);
	for (unsigned i = 0; i < s->peer_net_count; i++)
		o->peer_nets[i] = s->peer_nets[i].prefix;
}

int settings_check(const struct settings *s, const struct configuration *c, struct why *why)
{
	struct interface_options o;

	settings_interface(&o, s);
	return protocol_check(&o, c, why);
}

int settings_check_behind(const struct settings *s, const struct configuration *c, struct why *why)
{
	struct interface_options o;

	settings_interface(&o, s);
	return protocol_check_behind(&o, c, why);
}

int settings_check_routes(const struct settings *s, const struct configuration *c, struct why *why)
{
	struct interface_options o;

	settings_interface(&o, s);
	return protocol_check_routes(&o, c, why);
}

int settings_check_brokers(const struct settings *s, const struct configuration *c, struct why *why)
{
	struct interface_options o;

	settings_interface(&o, s);
	return protocol_check_brokers(&o, c, why);
}

unsigned settings_behind(const struct settings *s, const struct configuration *c,
                         struct address networks[SETTINGS_BEHIND_MAX])
{
	struct interface_options o;

	settings_interface(&o, s);
	return protocol_behind(&o, c, networks);
}
