/* payload_line.c - the layers above the MAC in a line. */
#include <string.h>

#include "packet/payload.h"
#include "packet/payload_line.h"
#include "packet/payload_reading.h"
#include "packet/words.h"

/* --- addresses, RFC 5952 --- */

enum { GROUPS = 8, ADDRESS_MAX = sizeof "[context 255]" - 1 + PAYLOAD_ADDRESS_MAX };

typedef uint16_t groups __attribute__((vector_size(2 * GROUPS)));

/* Of groups that are zero a bit is set, of the first one the lowest. */
static unsigned zero_groups(const uint8_t octets[16])
{
	static const groups bits = {1, 2, 4, 8, 16, 32, 64, 128};
	uint64_t halves[2];
	groups all;

	memcpy(&all, octets, sizeof all);
	all = (groups)(all == 0) & bits;
	memcpy(halves, &all, sizeof halves);
	halves[0] |= halves[1];
	halves[0] |= halves[0] >> 32;
	return (uint8_t)(halves[0] | halves[0] >> 16);
}

/* Of groups that are zero a bit is set. The longest run of them, the first of equals, at least two:
 * where it begins, and *count of them; GROUPS: there is none. */
static unsigned longest_zeros(unsigned zeros, unsigned *count)
{
	unsigned begins = GROUPS;

	for (*count = 1; zeros;) {
		unsigned from = (unsigned)__builtin_ctz(zeros);
		unsigned run = (unsigned)__builtin_ctz(~(zeros >> from));

		if (run > *count) {
			*count = run;
			begins = from;
		}
		zeros = zeros >> (from + run) << (from + run);
	}
	return begins;
}

static char *put_groups(char *at, const uint8_t octets[16], unsigned from, unsigned end)
{
	for (unsigned i = from; i < end; i++) {
		at = digits_put_short_hex(at, be16(octets + 2 * (size_t)i));
		*at++ = ':';
	}
	return from < end ? at - 1 : at;
}

static char *put_octets(char *at, const uint8_t octets[16])
{
	unsigned count, from = longest_zeros(zero_groups(octets), &count);

	at = put_groups(at, octets, 0, from);
	if (from == GROUPS)
		return at;
	return put_groups(words_copy(at, "::"), octets, from + count, GROUPS);
}

char *payload_put_address(char *at, const struct ip_address *a)
{
	if (a->state == ADDRESS_ELIDED || a->state == ADDRESS_ABSENT)
		return words_copy(at, a->state == ADDRESS_ELIDED ? "elided" : "?");
	return put_octets(at, a->octets);
}

static char *put_address(char *at, const struct ip_address *a)
{
	if (a->state == ADDRESS_IN_CONTEXT) {
		at = digits_put_number(words_copy(at, "[context "), a->context);
		*at++ = ']';
	}
	return payload_put_address(at, a);
}

void payload_address(struct text *t, const struct ip_address *a)
{
	char elsewhere[ADDRESS_MAX + 1], *begin = words_piece(t, elsewhere, sizeof elsewhere);

	words_piece_made(t, begin, put_address(begin, a));
}

/* --- 6LoWPAN and IPv6 --- */

static void add_link_address(struct text *t, const struct frame_address *a)
{
	if (a->mode == FRAME_ADDRESS_SHORT)
		words_hex(t, a->value, 4);
	else
		words_extended(t, a->value);
}

static void add_mesh(struct text *t, const struct lowpan *l)
{
	words_add(t, ", mesh ");
	add_link_address(t, &l->originator);
	words_add(t, " > ");
	add_link_address(t, &l->final);
	words_field(t, " hops ", l->mesh_hops);
}

static void add_fragment(struct text *t, const struct lowpan *l)
{
	static const char *const names[] = {"", ", FRAG1", ", FRAGN", ", RFRAG", ", RFRAG-ACK"};

	words_add(t, names[l->fragment]);
	words_field(t, " tag ", l->tag);
	if (l->fragment == FRAGMENT_RFRAG)
		words_field(t, " sequence ", l->sequence);
	if (l->fragment != FRAGMENT_ACK)
		words_field(t, " size ", l->size);
	if (l->fragment == FRAGMENT_RFRAG && !l->sequence)
		words_field(t, " of ", l->whole);
	else if (l->fragment == FRAGMENT_NEXT || l->fragment == FRAGMENT_RFRAG)
		words_field(t, " offset ", l->offset);
	if (l->fragment != FRAGMENT_ACK)
		return;
	words_add(t, " bitmap ");
	words_hex(t, l->bitmap, 8);
}

static void add_lowpan(struct text *t, const struct lowpan *l)
{
	if (l->has_mesh)
		add_mesh(t, l);
	if (l->has_broadcast)
		words_field(t, ", BC0 sequence ", l->broadcast);
	if (l->fragment)
		add_fragment(t, l);
	if (l->has_routing)
		words_field(t, ", routed over ", l->hops);
	if (l->has_rpi) {
		words_field(t, ", RPL instance ", l->instance);
		words_field(t, " sender rank ", l->rank);
	}
	if (l->has_mpl)
		payload_line_mpl(t, l);
	if (l->page > 1)
		words_field(t, ", page ", l->page);
	if (l->tunnelled)
		words_add(t, ", in a tunnel");
}

static char *put_end(char *at, const struct ip *ip, const struct ip_address *a, unsigned port)
{
	at = put_address(at, a);
	if (!ip->has_ports)
		return at;
	*at++ = '.';
	return digits_put_number(at, port);
}

enum { ENDS_MAX = 2 * (ADDRESS_MAX + sizeof ".65535") + sizeof ",  >  hop limit " + DIGITS_MAX };

static char *put_ends(char *at, const struct ip *ip)
{
	at = put_end(words_copy(at, ", "), ip, &ip->source, ip->source_port);
	at = put_end(words_copy(at, " > "), ip, &ip->destination, ip->destination_port);
	return digits_put_number(words_copy(at, " hop limit "), ip->hop_limit);
}

static void add_ip(struct text *t, const struct payload *p)
{
	char elsewhere[ENDS_MAX], *begin = words_piece(t, elsewhere, sizeof elsewhere);
	const struct ip *ip = &p->ip;
	const char *name;

	words_piece_made(t, begin, put_ends(begin, ip));
	if (p->lowpan.compression || p->application.protocol) {
		payload_line_application(t, p);
		return;
	}
	if (!ip->has_next_header || p->icmp.is_there || p->coap.is_there || p->mle.is_there)
		return;
	name = payload_next_header_name(ip->next_header);
	if (name) {
		words_add(t, ", ");
		words_add(t, name);
	} else {
		words_field(t, ", next header ", ip->next_header);
	}
}

/* --- one word deep --- */

static void add_target(struct text *t, const char *name, const struct ip_address *a)
{
	if (!a->state)
		return;
	words_add(t, name);
	payload_address(t, a);
}

enum { FIRST_INFORMATIONAL = 128 }; /* those before are errors */

static void add_icmp(struct text *t, const struct icmp *icmp)
{
	const char *name = payload_icmp_name(icmp->type);

	words_add(t, ", ICMPv6 ");
	if (name)
		words_add(t, name);
	else
		words_field(t, "type ", icmp->type);
	if (icmp->code || icmp->type < FIRST_INFORMATIONAL)
		payload_line_icmp_code(t, icmp);
	if (icmp->has_echo) {
		words_field(t, " id ", icmp->identifier);
		words_field(t, " seq ", icmp->sequence);
	}
	add_target(t, " of ", &icmp->target);
	if (icmp->has_registration || icmp->has_prefix || icmp->has_context)
		payload_line_nd(t, icmp);
}

static void add_rpl(struct text *t, const struct payload *p)
{
	const char *name = payload_rpl_name(p->icmp.code);
	const struct rpl *l = &p->rpl;

	words_add(t, ", RPL ");
	if (name)
		words_add(t, name);
	else
		words_field(t, "code ", p->icmp.code);
	if (l->has_instance)
		words_field(t, " instance ", l->instance);
	if (l->has_version) {
		words_field(t, " version ", l->version);
		words_field(t, " rank ", l->rank);
	}
	if (l->has_sequence)
		words_field(t, " seq ", l->sequence);
	if (l->has_status)
		words_field(t, " status ", l->status);
	add_target(t, " DODAG ", &l->dodag);
}

static void add_outside(struct text *t, const uint8_t *octets, size_t length)
{
	char shown[4 * COAP_PATH_MAX + 1];

	frame_escape(shown, sizeof shown, octets, length);
	words_add(t, " \"");
	words_add(t, shown);
	words_add(t, "\"");
}

static void add_coap(struct text *t, const struct coap *c)
{
	const char *name = payload_coap_code_name(c->code);

	words_add(t, ", CoAP ");
	words_add(t, payload_coap_type_name(c->type));
	words_add(t, " ");
	if (!name || c->code >> 5) {
		words_number(t, c->code >> 5);
		words_add(t, c->code % 32 < 10 ? ".0" : ".");
		words_number(t, c->code & 0x1f);
		words_add(t, name ? " " : "");
	}
	words_add(t, name ? name : "");
	words_field(t, " mid ", c->message_id);
	if (c->path_length)
		add_outside(t, c->path, c->path_length);
	if (c->path_cut)
		words_add(t, " and more");
}

static void add_mle_security(struct text *t, const struct frame_security *s)
{
	if (!s->was_parsed)
		return;
	words_add(t, " ");
	words_add(t, frame_security_level_name(s->level));
	words_field(t, " counter ", s->counter);
	if (s->key_id_mode)
		words_field(t, " key ", s->key_index);
}

static void add_mle(struct text *t, const struct mle *m)
{
	const char *name = payload_mle_name(m->command);

	words_add(t, ", MLE");
	if (m->has_command && name) {
		words_add(t, " ");
		words_add(t, name);
	} else if (m->has_command) {
		words_field(t, " command ", m->command);
	}
	if (m->secured) {
		words_add(t, " secured");
		add_mle_security(t, &m->security);
	}
	if (m->name)
		add_outside(t, m->name, m->name_length);
	if (m->has_extended_pan) {
		words_add(t, " extended PAN ");
		words_extended(t, m->extended_pan);
	}
	if (m->has_joiner_port)
		words_field(t, " joiner port ", m->joiner_port);
	if (m->has_source) {
		words_add(t, " from ");
		words_hex(t, m->source, 4);
	}
}

void payload_line(struct text *t, const struct payload *p)
{
	size_t begin = t->length;

	add_lowpan(t, &p->lowpan);
	if (p->ip.is_there)
		add_ip(t, p);
	else if (p->lowpan.compression)
		payload_line_application(t, p);
	if (p->rpl.is_there)
		add_rpl(t, p);
	else if (p->icmp.is_there)
		add_icmp(t, &p->icmp);
	if (p->coap.is_there)
		add_coap(t, &p->coap);
	if (p->mle.is_there)
		add_mle(t, &p->mle);
	if (p->zigbee.is_there)
		payload_line_zigbee(t, &p->zigbee);
	if (t->length == begin && p->lowpan.dispatch) {
		words_add(t, ", ");
		words_add(t, p->lowpan.dispatch);
	}
	if (!p->clause)
		return;
	words_add(t, ", bad: ");
	words_add(t, p->fault);
	words_field(t, " at octet ", p->fault_at);
	words_add(t, " (");
	words_add(t, p->clause);
	words_add(t, ")");
}
