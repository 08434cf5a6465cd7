/* What the keeper of amqp-tun is asked: nothing beyond the options gets past its verdict. The first
 * octet chooses the options (2 bits) and how far the requests have got (2 bits); what follows is
 * the request, of whatever size. */
#include <stdlib.h>
#include <string.h>

#include "../../bin/amqp-tun/privileged/verdict.h"
#include "base/outside.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

enum { OPTIONS = 4, FILES = 2 };

static struct interface_options options[OPTIONS];

static struct address prefix(const char *text)
{
	struct address a;

	if (address_read(&a, text, NULL) < 0)
		abort();
	return a;
}

static void make_options(void)
{
	for (unsigned i = 0; i < OPTIONS; i++) {
		options[i] = (struct interface_options){.mtu = 1500, .allowed_count = 2};
		options[i].allowed[0] = prefix("bbbb::/64");
		options[i].allowed[1] = prefix("10.2.0.0/24");
	}
	options[1].wanted.ipv6 = prefix("2001:db8::1/48");
	options[1].wanted.ipv4 = prefix("192.168.7.1/16");
	options[1].wanted.route = prefix("aaaa::/64");
	options[2].re_route_if = "lan";
	options[2].allowed[options[2].allowed_count++] = prefix("cccc::/16");
	options[3].re_route_if = "lan";
	options[3].networks[options[3].network_count++] = prefix("bbbb::8000:0:0:0/65");
	options[3].brokers[options[3].broker_count++] = prefix("cccc::7/128");
	options[3].allowed[options[3].allowed_count++] = prefix("cccc::/16");
	if (outside_note_file("a", NULL) < 0 || outside_note_file("b", NULL) < 0)
		abort();
}

static int is_allowed(const struct interface_options *o, const struct address *a,
                      const struct address *wanted)
{
	for (unsigned i = 0; i < o->allowed_count; i++)
		if (address_in(&o->allowed[i], a->family, a->octets) &&
		    a->prefix_length >= o->allowed[i].prefix_length)
			return 1;
	return a->family == AF_UNSPEC || address_equal(a, wanted);
}

static void check_good(const struct interface_options *o, const struct configuration *c)
{
	struct address networks[PROTOCOL_BEHIND_MAX], routes[PROTOCOL_BEHIND_MAX];
	unsigned count = protocol_behind(o, c, networks);

	if ((c->ipv6.family == AF_UNSPEC && c->ipv4.family == AF_UNSPEC) ||
	    (c->ipv6.family != AF_UNSPEC && c->ipv6.family != AF_INET6) ||
	    (c->ipv4.family != AF_UNSPEC && c->ipv4.family != AF_INET) ||
	    !is_allowed(o, &c->ipv6, &o->wanted.ipv6) ||
	    !is_allowed(o, &c->ipv4, &o->wanted.ipv4) ||
	    !is_allowed(o, &c->re_route, &o->wanted.re_route) ||
	    !is_allowed(o, &c->route, &o->wanted.route) ||
	    (c->re_route.family != AF_UNSPEC && !o->re_route_if))
		abort();
	/* The tunnel's own address stays its own, and the broker is reached without it. */
	while (count--)
		if (address_in(&networks[count], c->ipv6.family, c->ipv6.octets) ||
		    address_in(&networks[count], c->ipv4.family, c->ipv4.octets))
			abort();
	for (count = protocol_routes(o, c, routes); count--;)
		for (unsigned i = 0; i < o->broker_count; i++)
			if (address_in(&routes[count], o->brokers[i].family, o->brokers[i].octets))
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct keeper_request request;
	struct why why = {""};

	if (!options[0].mtu)
		make_options();
	if (n == 0)
		return 0;
	const struct interface_options *o = &options[in[0] % OPTIONS];
	enum keeper_state state = in[0] / OPTIONS % 3;
	size_t size = n - 1;

	memset(&request, 0, sizeof request);
	memcpy(&request, in + 1, size < sizeof request ? size : sizeof request);
	enum verdict verdict = verdict_of(o, state, &request, size, &why);
	if ((verdict == VERDICT_GOOD) == (why.text[0] != '\0'))
		abort();
	if (size != sizeof request && verdict != VERDICT_BROKEN)
		abort();
	if (verdict != VERDICT_GOOD)
		return 0;
	if (request.operation == KEEPER_OPEN && state == KEEPER_NEW)
		return 0;
	if (request.operation == KEEPER_FILE && request.file < FILES)
		return 0;
	if (request.operation != KEEPER_CONFIGURE || state != KEEPER_OPENED)
		abort();
	check_good(o, &request.wanted);
	return 0;
}
