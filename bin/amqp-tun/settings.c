#include "settings_internal.h"

#include <pwd.h>
#include <string.h>

#include "agent/names.h"
#include "agent/old_options.h"
#include "brokers.h"
#include "base/log.h"

enum { MTU_MAX = 65535 };

static const struct option_spec tun_specs[] = {
	{SECTION_AGENTS, 'n', "name", "NAME", OPTION_TEXT(struct tun_options, name),
         .help = "this agent's name; NAME_K has bbbb::K/64 and 10.2.0.K/24", .more = "Required."},
	{SECTION_AGENTS, 0, "peer", "NAME", OPTION_TEXTS(struct tun_options, peers),
         .help = "an agent to talk to directly, without a router",
         .more = "What amqp-route(1) does to packets on purpose has no effect between two agents "
                 "that name each other so."},
	{SECTION_AGENTS, 0, "peer-old", "NAME", OPTION_TEXTS(struct tun_options, peers_old),
         .help = "as --peer, for an old agent that no router serves",
         .more = "It listens to toAgent.NAME alone, and gets JSON there. Without this option, a "
                 "peer that has not announced itself as one of these tools gets JSON under this "
                 "agent's fromAgent key, and under toAgent.NAME where nobody listens to that."},
	{SECTION_AGENTS, 0, "peer-net", "NAME=PREFIX", OPTION_TEXTS(struct tun_options, peer_nets),
         .help = "a network behind that peer: routed to it, its sources accepted",
         .more = "The network is routed to the interface. The broker must stay reachable: where "
                 "the network holds its address, set a route to that, or use --netns."},
	{SECTION_AGENTS, 0, "no-source-check", NULL,
         OPTION_FLAG(struct tun_options, no_source_check),
         .help = "take packets whatever their source address is",
         .more = "But not from addresses of this host and behind it, nor from those that are no "
                 "host's."},
	{SECTION_INTERFACE, 0, "ifname", "NAME", OPTION_TEXT(struct tun_options, ifname),
         .otherwise = "the next free tunN", .help = "name of the interface",
         .more = "15 characters at the most. A persistent TUN interface of that name is used, and "
                 "keeps what it had."},
	{SECTION_INTERFACE, 0, "netns", "NAME", OPTION_TEXT(struct tun_options, netns),
         .help = "network namespace that the interface lives in; the broker is reached from here",
         .more = "The namespace is /var/run/netns/NAME. Entering one needs CAP_SYS_ADMIN too."},
	{SECTION_INTERFACE, 0, "user", "USER", OPTION_TEXT(struct tun_options, user),
         .otherwise = "as under 'Privileges'",
         .help = "who the process is that speaks to the broker",
         .more = "Not root, nor one of its group. Another user than the one who starts the tool "
                 "needs root. Files that "
                 "options name need not be readable by this user."},
	{SECTION_INTERFACE, 0, "ipv6", "ADDR/LEN", OPTION_TEXT(struct tun_options, ipv6),
         .help = "IPv6 address of the interface"},
	{SECTION_INTERFACE, 0, "ipv4", "ADDR/LEN", OPTION_TEXT(struct tun_options, ipv4),
         .help = "IPv4 address of the interface"},
	{SECTION_INTERFACE, 0, "mtu", "OCTETS",
         OPTION_UNSIGNED(struct tun_options, mtu, SETTINGS_MTU_MIN, MTU_MAX), .standard = "1500",
         .help = "MTU of the interface",
         .more = "A longer packet from the bus, or one that is longer than its receiver's MTU, is "
                 "fragmented where it is IPv4 without DF; else its sender gets ICMP Packet Too "
                 "Big. "
                 "The MTU may be changed while the tool runs."},
	{SECTION_INTERFACE, 0, "wait-start", NULL, OPTION_FLAG(struct tun_options, wait_start),
         .help = "make the interface when the bus says tun.start",
         .more = "Also where there is an address."},
	{SECTION_INTERFACE, 0, "allow-net", "PREFIX", OPTION_TEXTS(struct tun_options, allowed),
         .standard = "bbbb::/64 10.2.0.0/24", .help = "what tun.start may choose addresses from",
         .more = "Giving one replaces both defaults. Where the interface is made at once nothing "
                 "is "
                 "chosen."},
	{SECTION_INTERFACE, 0, "route", "PREFIX", OPTION_TEXTS(struct tun_options, routes),
         .help = "route this network, behind whoever is at the other end, to the interface",
         .more = "IPv6 or IPv4. Refused is what would take more than that from this host: a "
                 "default route, the broker's address, a network of another interface, the "
                 "tunnel's own or one behind this agent. With several --peer, --peer-net says "
                 "behind which."},
	{SECTION_OLD_AGENT, 0, "force-bootstrap", NULL,
         OPTION_FLAG(struct tun_options, force_bootstrap),
         .help = "do not wait for tun.start; without an address: bbbb::1/64"},
	{SECTION_OLD_AGENT, 0, "ipv6-prefix", "GROUPS",
         OPTION_TEXT(struct tun_options, ipv6_prefix), .otherwise = "bbbb",
         .help = "with --ipv6-host: the address GROUPS::HOST/64"},
	{SECTION_OLD_AGENT, 0, "ipv6-host", "HOST", OPTION_TEXT(struct tun_options, ipv6_host),
         .otherwise = "the number of the name, or 1", .help = "see --ipv6-prefix"},
	{SECTION_OLD_AGENT, 0, "ipv4-address", "ADDR",
         OPTION_TEXT(struct tun_options, ipv4_address),
         .help = "as --ipv4, with /24 where no length is given"},
	{SECTION_OLD_AGENT, 0, "re-route-packets-if", "NAME",
         OPTION_TEXT(struct tun_options, re_route_if),
         .help = "a second interface: packets are forwarded between it and the tunnel",
         .more = "It is in the same namespace; see 'Networks behind an agent'."},
	{SECTION_OLD_AGENT, 0, "re-route-packets-prefix", "PREFIX",
         OPTION_TEXTS(struct tun_options, re_route_prefixes),
         .help = "a network there: ADDR/LEN, or the old agent's GROUPS for GROUPS::/64",
         .more = "ADDR/LEN is IPv4 or IPv6, and may not hold the tunnel's own address. GROUPS goes "
                 "together with --re-route-packets-host, once. Without these two, 'tun.start' may "
                 "name one such network within --allow-net."},
	{SECTION_OLD_AGENT, 0, "re-route-packets-host", "HOST",
         OPTION_TEXT(struct tun_options, re_route_host),
         .help = "the implementation under test there, for the tun.started message"},
	{.name = NULL},
};

static const struct option_spec old_specs[] = {
	OLD_OPTION("dump", NULL, old_option_pass_over),
	OLD_OPTION("serial", NULL, old_option_is_of_amqp_serial),
	{.name = NULL},
};

static const struct option_addition additions[] = {
	{"encoding",
         .more = "'json' is what old agents read: one packet a message. 'pcap' puts all packets "
                 "that wait into one message, which is many times faster. 'gso' is faster again: "
                 "the packets of up to 64 KiB that Linux makes of TCP (and of "
                 "UDP, from 6.2 on) travel as they are, and are cut up behind the other end's "
                 "interface. A kernel that cannot make them sends what it has; one that cannot "
                 "take them gets ordinary packets. 'auto' uses the best that all the receivers of "
                 "a message said they read, and 'json' without word from them. 'pcap' and 'gso' "
                 "need --peer, and travel under framebus keys, where no old agent listens."},
	{"verbose",
         .more = "Also addresses, privileges, peers and encodings. Twice: every message."},
	{"ready-fd", .more = "That is: when both connections are open and, unless the tool waits "
                             "for 'tun.start', the interface is up."},
	{.name = NULL},
};

const char *settings_words(const char *option, const char *value, const char *reason)
{
	static struct why why;

	why_set(&why, "--%s '%.100s': %s", option, value, reason);
	return why.text;
}

/* --- names --- */

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
	struct why unfit;
	const char *why;

	if (!o->name)
		return "no name: say with -n NAME what this agent is called";
	if (agent_name_check(o->name, &unfit) < 0)
		return settings_words("name", o->name, unfit.text);
	if (o->ifname && (why = interface_unfit(o->ifname)))
		return settings_words("ifname", o->ifname, why);
	if (o->re_route_if && (why = interface_unfit(o->re_route_if)))
		return settings_words("re-route-packets-if", o->re_route_if, why);
	if (o->re_route_if && o->ifname && strcmp(o->re_route_if, o->ifname) == 0)
		return settings_words("re-route-packets-if", o->re_route_if,
		                      "is the tunnel's own interface");
	if (o->netns && (strchr(o->netns, '/') || o->netns[0] == '.' || strlen(o->netns) > 255))
		return settings_words("netns", o->netns, "must be a name in /var/run/netns");
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
		return settings_words("user", o->user, "there is no such user");
	if (!entry->pw_uid || !entry->pw_gid)
		return settings_words("user", o->user,
		                      "is root or of root's group, whose files it could read: name "
		                      "another (without --user it is an unprivileged one)");
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
	static struct why why;

	if (agent_peers_check(&o->peers, s->name, &why) < 0)
		return why.text;
	for (size_t i = 0; i < o->peers.count; i++)
		s->peers[s->peer_count++] = o->peers.item[i];
	for (size_t i = 0; i < o->peers_old.count; i++) {
		const char *name = o->peers_old.item[i];
		struct option_strings one = {.item = {name}, .count = 1};
		int known = find_peer(s, name, strlen(name));

		if (agent_peers_check(&one, s->name, &why) < 0)
			return why.text;
		if (known < 0 && s->peer_count == SETTINGS_PEERS_MAX)
			return settings_words("peer-old", name, "one peer too many");
		if (known < 0)
			s->peers[known = (int)s->peer_count++] = name;
		s->peer_old[known] = true;
	}
	return NULL;
}

static const char *resolve_peer_nets(struct settings *s, const struct tun_options *o)
{
	for (size_t i = 0; i < o->peer_nets.count; i++) {
		const char *text = o->peer_nets.item[i], *equals = strchr(text, '=');
		struct why why;
		struct peer_net net;
		int peer;

		if (!equals)
			return settings_words("peer-net", text, "must be NAME=PREFIX");
		peer = find_peer(s, text, (size_t)(equals - text));
		if (peer < 0)
			return settings_words("peer-net", text, "names no --peer");
		if (address_read_prefix(&net.prefix, equals + 1, &why) < 0)
			return settings_words("peer-net", text, why.text);
		net.peer = (unsigned)peer;
		s->peer_nets[s->peer_net_count++] = net;
	}
	return NULL;
}

static const char *resolve_allowed(struct settings *s, const struct tun_options *o)
{
	struct why why;

	for (size_t i = 0; i < o->allowed.count; i++)
		if (address_read_prefix(&s->allowed[s->allowed_count++], o->allowed.item[i], &why) <
		    0)
			return settings_words("allow-net", o->allowed.item[i], why.text);
	return NULL;
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
	return settings_resolve_addresses(s, o);
}

static void read_options(int argc, char **argv, struct tun_options *o)
{
	const struct option_group groups[] = {
		{tun_specs, o}, {bus_specs, &o->bus}, {old_specs, o}, {NULL, NULL}};
	const struct option_usage usage = {
		.synopsis = "-n NAME [--peer NAME]... [OPTIONS]",
		.summary = "A TUN interface whose IP packets travel over an AMQP bus.",
		.groups = groups,
		.additions = additions,
		.first_word = OLD_FIRST_WORD,
	};

	options_parse(argc, argv, &usage);
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	static struct tun_options options;
	struct why routes;

	read_options(argc, argv, &options);
	bus_settings_finish(&options.bus);
	const char *why = settings_resolve(s, &options);
	if (why)
		usage_error("%s", why);
	brokers_find(s);
	/* The old agent's route is nobody's wish. */
	if (s->wanted.route.family != AF_UNSPEC &&
	    settings_check_routes(s, &s->wanted, &routes) < 0) {
		log_warning("left out: %s", routes.text);
		s->wanted.route = (struct address){.family = AF_UNSPEC};
	}
	if (settings_check_brokers(s, &s->wanted, &routes) < 0 ||
	    settings_check_routes(s, &s->wanted, &routes) < 0)
		usage_error("%s", routes.text);
	if ((why = settings_check_idle(s)))
		usage_error("%s", why);
	settings_warn_of_idle(s, &options);
	if (!s->source_check)
		log_warning("--no-source-check: packets are taken whatever their source address "
		            "is, but for this host's own");
	/* Where every packet becomes a message of JSON, the kernel may as well make the packets. */
	s->offload = s->peer_count && s->bus.encoding != BUS_ENCODING_JSON;
}
