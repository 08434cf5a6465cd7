#include "start_limit.h"

#include <string.h>

static const int64_t period_ns = START_PERIOD_S * INT64_C(1000000000);

/* Texts are compared: what stands behind their ends means nothing. */
static bool is_same(const struct envelope_tun *a, const struct envelope_tun *b)
{
	return strcmp(a->ipv6_prefix, b->ipv6_prefix) == 0 &&
	       strcmp(a->ipv6_host, b->ipv6_host) == 0 && strcmp(a->ipv4_host, b->ipv4_host) == 0 &&
	       strcmp(a->ipv4_network, b->ipv4_network) == 0 &&
	       strcmp(a->ipv4_netmask, b->ipv4_netmask) == 0 &&
	       strcmp(a->ipv4_address, b->ipv4_address) == 0 &&
	       strcmp(a->re_route_packets_if, b->re_route_packets_if) == 0 &&
	       strcmp(a->re_route_packets_prefix, b->re_route_packets_prefix) == 0 &&
	       strcmp(a->re_route_packets_host, b->re_route_packets_host) == 0 &&
	       a->ipv6_no_forwarding == b->ipv6_no_forwarding;
}

static void forget_old_tries(struct start_limit *l, int64_t now_ns)
{
	int64_t periods = (now_ns - l->counted_ns) / period_ns;

	if (!l->tries || periods >= l->tries) {
		l->tries = 0;
		l->counted_ns = now_ns;
	} else {
		l->tries -= (unsigned)periods;
		l->counted_ns += periods * period_ns;
	}
}

const char *start_limit_try(struct start_limit *l, const struct envelope_tun *tun, int64_t now_ns)
{
	if (l->refusals >= START_TRIES_OF_SAME && now_ns - l->refused_ns < period_ns &&
	    is_same(&l->refused, tun))
		return l->why.text;
	forget_old_tries(l, now_ns);
	if (l->tries >= START_TRIES)
		return "too many in a short time (send it again in ten seconds)";
	l->tries++;
	return NULL;
}

void start_limit_note_refused(struct start_limit *l, const struct envelope_tun *tun,
                              const char *why, int64_t now_ns)
{
	l->refusals = l->refusals && is_same(&l->refused, tun) ? l->refusals + 1 : 1;
	l->refused = *tun;
	l->refused_ns = now_ns;
	why_set(&l->why, "%s", why);
}
