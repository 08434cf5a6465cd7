/* payload_fields.c - the layers above the MAC as named values. */
#include "packet/payload.h"
#include "packet/payload_line.h"
#include "packet/words.h"

static void put_address(struct fields *f, size_t at, const struct ip_address *a)
{
	char shown[PAYLOAD_ADDRESS_MAX + 1];
	size_t n = (size_t)(payload_put_address(shown, a) - shown);

	fields_put_words(f, at, (struct fields_words){shown, n});
}

static inline void write_address(struct fields *f, const char *key, const char *context,
                                 const struct ip_address *a)
{
	if (!a->state)
		return;
	put_address(f, fields_name(f, fields_words_of(key)), a);
	if (a->state == ADDRESS_IN_CONTEXT)
		fields_number(f, context, a->context);
}

static void write_link_address(struct fields *f, const char *key, const struct frame_address *a)
{
	fields_hex(f, key, a->value, a->mode == FRAME_ADDRESS_SHORT ? 4 : 16);
}

static void write_fragment(struct fields *f, const struct lowpan *l)
{
	static const char *const names[] = {"", "FRAG1", "FRAGN", "RFRAG", "RFRAG-ACK"};

	fields_open(f, "fragment");
	fields_words(f, "kind", names[l->fragment]);
	fields_number(f, "tag", l->tag);
	if (l->fragment != FRAGMENT_ACK) {
		fields_number(f, "size", l->size);
		fields_number(f, "offset", l->offset);
	}
	if (l->fragment == FRAGMENT_RFRAG)
		fields_number(f, "sequence", l->sequence);
	if (l->fragment == FRAGMENT_RFRAG && !l->sequence)
		fields_number(f, "datagram_size", l->whole);
	if (l->fragment == FRAGMENT_ACK)
		fields_hex(f, "bitmap", l->bitmap, 8);
	fields_close(f);
}

static void write_lowpan(struct fields *f, const struct lowpan *l)
{
	if (l->dispatch)
		fields_words(f, "dispatch", l->dispatch);
	if (l->has_mesh) {
		fields_open(f, "mesh");
		write_link_address(f, "originator", &l->originator);
		write_link_address(f, "final", &l->final);
		fields_number(f, "hops", l->mesh_hops);
		fields_close(f);
	}
	if (l->has_broadcast)
		fields_number(f, "broadcast_sequence", l->broadcast);
	if (l->fragment)
		write_fragment(f, l);
	if (l->has_routing)
		fields_number(f, "routing_hops", l->hops);
	if (l->has_rpi) {
		fields_open(f, "rpl_packet_information");
		fields_number(f, "instance", l->instance);
		fields_number(f, "sender_rank", l->rank);
		fields_close(f);
	}
	if (l->has_mpl) {
		fields_open(f, "mpl");
		fields_number(f, "sequence", l->mpl_sequence);
		if (l->mpl_seed_length)
			fields_hex(f, "seed", l->mpl_seed, 2u * l->mpl_seed_length);
		fields_close(f);
	}
	if (l->page > 1)
		fields_number(f, "page", l->page);
	if (l->tunnelled)
		fields_bool(f, "tunnelled", true);
	if (l->compression)
		fields_words(f, "compression", l->compression);
}

/* --- IPv6: what every packet has is put together in one piece --- */

enum { TCP = 6 };
enum {
	ENDS_MAX = 2 * PAYLOAD_ADDRESS_MAX + DIGITS_MAX +
	           sizeof "'source':'','source_context':255,'destination':'',"
	                  "'destination_context':255,'hop_limit':"
};

/* name and context are literals with what stands before their values. */
static inline char *put_end(char *at, const struct ip_address *a, bool json, const char *name,
                            const char *context)
{
	if (!a->state)
		return at;
	at = payload_put_address(words_copy(at, name), a);
	at = words_copy(at, json ? "\"," : "\n");
	if (a->state != ADDRESS_IN_CONTEXT)
		return at;
	at = digits_put_number(words_copy(at, context), a->context);
	*at++ = json ? ',' : '\n';
	return at;
}

static inline char *put_ends(char *at, const struct ip *ip, bool json)
{
	at = put_end(at, &ip->source, json, json ? "\"source\":\"" : "source: ",
	             json ? "\"source_context\":" : "source_context: ");
	at = put_end(at, &ip->destination, json, json ? "\"destination\":\"" : "destination: ",
	             json ? "\"destination_context\":" : "destination_context: ");
	at = words_copy(at, json ? "\"hop_limit\":" : "hop_limit: ");
	at = digits_put_number(at, ip->hop_limit);
	return json ? at : words_copy(at, "\n");
}

static void write_ends(struct fields *f, const struct ip *ip)
{
	char elsewhere[ENDS_MAX], *begin;

	if (!f->json) {
		fields_lines(f, elsewhere, (size_t)(put_ends(elsewhere, ip, false) - elsewhere));
		return;
	}
	begin = words_piece(&f->text, elsewhere, sizeof elsewhere);
	fields_piece(f, begin, (size_t)(put_ends(begin, ip, true) - begin));
}

static void write_ip(struct fields *f, const struct ip *ip)
{
	const char *name;

	fields_open(f, "ipv6");
	write_ends(f, ip);
	if (ip->has_next_header) {
		fields_number(f, "next_header", ip->next_header);
		name = payload_next_header_name(ip->next_header);
		if (name)
			fields_words(f, "next_header_name", name);
	}
	fields_close(f);
	if (!ip->has_ports)
		return;
	fields_open(f, ip->next_header == TCP ? "tcp" : "udp");
	fields_number(f, "source", ip->source_port);
	fields_number(f, "destination", ip->destination_port);
	fields_close(f);
}

static void write_application(struct fields *f, const struct application *a)
{
	fields_open(f, "application");
	fields_words(f, "protocol", a->protocol);
	if (a->word)
		fields_words(f, "word", a->word);
	fields_close(f);
}

static void write_registration(struct fields *f, const struct icmp *icmp)
{
	const char *name = payload_registration_name(icmp->status);

	fields_open(f, "registration");
	fields_number(f, "status", icmp->status);
	if (name)
		fields_words(f, "status_name", name);
	fields_number(f, "lifetime_min", icmp->lifetime);
	fields_hex(f, "owner", icmp->owner, 16);
	fields_close(f);
}

static void write_prefix(struct fields *f, const char *key, const struct ip_address *prefix,
                         unsigned length)
{
	fields_open(f, key);
	put_address(f, fields_name(f, fields_words_of("prefix")), prefix);
	fields_number(f, "length", length);
}

static void write_nd(struct fields *f, const struct icmp *icmp)
{
	if (icmp->has_registration)
		write_registration(f, icmp);
	if (icmp->has_prefix) {
		write_prefix(f, "prefix", &icmp->prefix, icmp->prefix_length);
		fields_close(f);
	}
	if (icmp->has_context) {
		write_prefix(f, "context", &icmp->context_prefix, icmp->context_length);
		fields_number(f, "number", icmp->context);
		fields_close(f);
	}
}

static void write_icmp(struct fields *f, const struct icmp *icmp)
{
	const char *name = payload_icmp_name(icmp->type);
	const char *code = payload_icmp_code_name(icmp->type, icmp->code);

	fields_open(f, "icmpv6");
	fields_number(f, "type", icmp->type);
	fields_number(f, "code", icmp->code);
	if (name)
		fields_words(f, "name", name);
	if (code)
		fields_words(f, "code_name", code);
	if (icmp->has_echo) {
		fields_number(f, "identifier", icmp->identifier);
		fields_number(f, "sequence", icmp->sequence);
	}
	write_address(f, "target", "target_context", &icmp->target);
	write_nd(f, icmp);
	fields_close(f);
}

static void write_rpl(struct fields *f, const struct payload *p)
{
	const char *name = payload_rpl_name(p->icmp.code);
	const struct rpl *l = &p->rpl;

	fields_open(f, "rpl");
	if (name)
		fields_words(f, "name", name);
	fields_number(f, "code", p->icmp.code);
	if (l->has_instance)
		fields_number(f, "instance", l->instance);
	if (l->has_version) {
		fields_number(f, "version", l->version);
		fields_number(f, "rank", l->rank);
	}
	if (l->has_sequence)
		fields_number(f, "sequence", l->sequence);
	if (l->has_status)
		fields_number(f, "status", l->status);
	write_address(f, "dodag", "dodag_context", &l->dodag);
	fields_close(f);
}

static void write_coap(struct fields *f, const struct coap *c)
{
	const char *name = payload_coap_code_name(c->code);

	fields_open(f, "coap");
	fields_words(f, "type", payload_coap_type_name(c->type));
	fields_number(f, "code", c->code);
	if (name)
		fields_words(f, "name", name);
	fields_number(f, "message_id", c->message_id);
	if (c->path_length)
		fields_outside(f, "path", c->path, c->path_length);
	if (c->path_cut)
		fields_bool(f, "path_cut", true);
	fields_close(f);
}

static void write_mle_security(struct fields *f, const struct frame_security *s)
{
	fields_open(f, "security");
	fields_number(f, "level", s->level);
	fields_words(f, "level_name", frame_security_level_name(s->level));
	fields_number(f, "counter", s->counter);
	if (s->key_id_mode)
		fields_number(f, "key_index", s->key_index);
	fields_close(f);
}

static void write_mle(struct fields *f, const struct mle *m)
{
	const char *name = payload_mle_name(m->command);

	fields_open(f, "mle");
	fields_bool(f, "secured", m->secured);
	if (m->security.was_parsed)
		write_mle_security(f, &m->security);
	if (m->has_command) {
		fields_number(f, "command", m->command);
		if (name)
			fields_words(f, "name", name);
	}
	if (m->name)
		fields_outside(f, "network_name", m->name, m->name_length);
	if (m->has_extended_pan)
		fields_hex(f, "extended_pan", m->extended_pan, 16);
	if (m->has_joiner_port)
		fields_number(f, "joiner_port", m->joiner_port);
	if (m->has_source)
		fields_hex(f, "source", m->source, 4);
	fields_close(f);
}

static void write_network(struct fields *f, const struct zigbee *z)
{
	fields_words(f, "type", z->type ? "command" : "data");
	fields_hex(f, "source", z->source, 4);
	fields_hex(f, "destination", z->destination, 4);
	fields_number(f, "radius", z->radius);
	fields_number(f, "sequence", z->sequence);
}

static void write_green_power(struct fields *f, const struct zigbee *z)
{
	fields_words(f, "type", z->type ? "GP maintenance" : "GP data");
	if (z->has_device)
		fields_hex(f, "device", z->device, 8);
	if (z->has_counter)
		fields_number(f, "counter", z->counter);
}

static void write_aps(struct fields *f, const struct zigbee *z)
{
	const char *command = payload_aps_command_name(z->aps_command);
	const char *library = payload_zcl_command_name(z);

	fields_words(f, "aps_type", payload_aps_type_name(z->aps_type));
	fields_bool(f, "aps_secured", z->aps_secured);
	if (z->has_aps_command) {
		fields_number(f, "aps_command", z->aps_command);
		if (command)
			fields_words(f, "aps_command_name", command);
	}
	if (z->has_library_command) {
		fields_number(f, "zcl_command", z->library_command);
		fields_bool(f, "zcl_for_cluster", z->is_for_cluster);
		if (library)
			fields_words(f, "zcl_command_name", library);
	}
}

static void write_zigbee(struct fields *f, const struct zigbee *z)
{
	const char *name = payload_zigbee_command_name(z->command);

	fields_open(f, "zigbee");
	if (z->kind == ZIGBEE_NETWORK)
		write_network(f, z);
	else if (z->kind == ZIGBEE_INTER_PAN)
		fields_words(f, "type", "inter-PAN");
	else
		write_green_power(f, z);
	if (z->has_command) {
		fields_number(f, "command", z->command);
		if (name && z->kind == ZIGBEE_NETWORK)
			fields_words(f, "command_name", name);
	}
	if (z->has_cluster) {
		fields_hex(f, "cluster", z->cluster, 4);
		fields_hex(f, "profile", z->profile, 4);
	}
	if (z->has_aps)
		write_aps(f, z);
	fields_bool(f, "secured", z->secured);
	fields_close(f);
}

void payload_fields(struct fields *f, const struct payload *p)
{
	write_lowpan(f, &p->lowpan);
	if (p->ip.is_there)
		write_ip(f, &p->ip);
	if (p->icmp.is_there)
		write_icmp(f, &p->icmp);
	if (p->rpl.is_there)
		write_rpl(f, p);
	if (p->coap.is_there)
		write_coap(f, &p->coap);
	if (p->mle.is_there)
		write_mle(f, &p->mle);
	if (p->application.protocol)
		write_application(f, &p->application);
	if (p->zigbee.is_there)
		write_zigbee(f, &p->zigbee);
	if (!p->clause)
		return;
	fields_open(f, "fault");
	fields_words(f, "words", p->fault);
	fields_number(f, "offset", p->fault_at);
	fields_words(f, "clause", p->clause);
	fields_close(f);
}
