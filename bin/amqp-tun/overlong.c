#include "overlong.h"

#include "base/clock.h"
#include "base/log.h"
#include "too_big.h"

bool overlong_is_divisible(const uint8_t *packet, size_t length)
{
	struct envelope_ip ip;

	return envelope_ip_parse(&ip, packet, length, NULL) == 0 && ip.version == 4 &&
	       !ip.dont_fragment;
}

/* A router answers by an address of its own; over IPv6's link-local addresses it has one for
 * these. */
static const uint8_t *own_address(const struct check_rules *rules, const struct ends *ends)
{
	bool link_local = check_is_link_local(ends->family, ends->source);

	for (unsigned i = 0; i < sizeof rules->own / sizeof rules->own[0]; i++)
		if (rules->own[i].family == ends->family &&
		    check_is_link_local(ends->family, rules->own[i].octets) == link_local)
			return rules->own[i].octets;
	return NULL;
}

static void tell_once(struct overlong *o, const struct tunnel *t, unsigned mtu)
{
	if (o->told_mtu == mtu)
		return;
	o->told_mtu = mtu;
	log_warning(
		"%s: packets come from the bus that are longer than its MTU of %u: fragmented, or "
		"their senders told",
		t->interface.name, mtu);
}

void overlong_answer(struct overlong *o, struct tunnel *t, const struct ends *ends,
                     const uint8_t *packet, size_t length, unsigned mtu)
{
	const uint8_t *from = own_address(&t->rules, ends);
	uint8_t answer[TOO_BIG_MAX];
	size_t octets;

	tell_once(o, t, mtu);
	if (!from || !icmp_answers_allow(&o->limit, monotonic_ns()))
		return;
	octets = too_big_answer_from(answer, from, packet, length, mtu);
	if (octets && icmp_answers_put(&t->answers, answer, octets))
		bridge_wake_uplink(&t->bridge);
}
