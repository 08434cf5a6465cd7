/* What was asked for, and does nothing for a reason that no table of options can say. */
#include <string.h>

#include "agent/names.h"
#include "base/log.h"
#include "settings_internal.h"

/* As the table has it. */
static const char *const default_nets[] = {"bbbb::/64", "10.2.0.0/24"};

static bool chooses_nets(const struct tun_options *o)
{
	return o->allowed.count != 2 || strcmp(o->allowed.item[0], default_nets[0]) != 0 ||
	       strcmp(o->allowed.item[1], default_nets[1]) != 0;
}

/* Without --force-bootstrap. */
static bool has_own_address(const struct tun_options *o)
{
	return agent_number(o->name) || o->ipv6 || o->ipv6_prefix || o->ipv6_host || o->ipv4 ||
	       o->ipv4_address;
}

/* Old agents are written to in JSON, whatever is asked for. */
static bool all_are_old(const struct settings *s)
{
	for (unsigned i = 0; i < s->peer_count; i++)
		if (!s->peer_old[i])
			return false;
	return true;
}

const char *settings_check_idle(struct settings *s)
{
	bool is_binary =
		s->bus.encoding == BUS_ENCODING_PCAP || s->bus.encoding == BUS_ENCODING_GSO;

	if (is_binary && all_are_old(s) && option_yields("encoding", "peer-old")) {
		s->bus.encoding = BUS_ENCODING_AUTO;
		is_binary = false;
	}

	if (is_binary && !s->peer_count)
		return settings_words("encoding",
		                      s->bus.encoding == BUS_ENCODING_GSO ? "gso" : "pcap",
		                      "needs --peer: no router reads it");
	if (is_binary && all_are_old(s))
		return settings_words("encoding",
		                      s->bus.encoding == BUS_ENCODING_GSO ? "gso" : "pcap",
		                      "what --peer-old names reads JSON alone");
	if (!s->at_once && !senders_has_controller(&s->bus.senders))
		return "nobody could send the tun.start that this waits for: say whose is obeyed "
		       "(--require-user router=USER or --control-from USER)";
	return NULL;
}

void settings_warn_of_idle(const struct settings *s, const struct tun_options *o)
{
	bool asks_for_old_route = o->force_bootstrap && !s->peer_count;

	if (s->at_once && chooses_nets(o) && !asks_for_old_route)
		log_warning("--allow-net does nothing here: the interface is made at once, with "
		            "the addresses that options or the name say (--wait-start: with those "
		            "that tun.start brings)");
	if (o->force_bootstrap && s->peer_count && has_own_address(o))
		log_warning("--force-bootstrap does nothing here: with --peer and an address "
		            "nobody waits for tun.start, and no route of the old agent's is made");
	if (s->re_route_if && s->at_once && !s->network_count &&
	    s->wanted.re_route.family == AF_UNSPEC)
		log_warning("--re-route-packets-if '%s': nothing is forwarded there until "
		            "--re-route-packets-prefix, or tun.start, names a network",
		            s->re_route_if);
}
