/* payload_line_upper.c - what messages hold behind their type, in a line. */
#include "packet/payload.h"
#include "packet/payload_line.h"
#include "packet/words.h"

void payload_line_mpl(struct text *t, const struct lowpan *l)
{
	words_field(t, ", MPL seq ", l->mpl_sequence);
	if (!l->mpl_seed_length)
		return;
	words_add(t, " seed ");
	words_hex(t, l->mpl_seed, 2u * l->mpl_seed_length);
}

/* --- ICMPv6 --- */

void payload_line_icmp_code(struct text *t, const struct icmp *icmp)
{
	const char *name = payload_icmp_code_name(icmp->type, icmp->code);

	if (name) {
		words_add(t, ", ");
		words_add(t, name);
	} else if (icmp->code) {
		words_field(t, " code ", icmp->code);
	}
}

enum { NS = 135, DAR = 157 };

/* A request has no status of its own. */
static void add_registration(struct text *t, const struct icmp *icmp)
{
	bool is_request = icmp->type == NS || icmp->type == DAR;
	const char *name = payload_registration_name(icmp->status);

	words_add(t, " registration ");
	words_extended(t, icmp->owner);
	words_field(t, " for ", icmp->lifetime);
	words_add(t, " min");
	if (is_request && !icmp->status)
		return;
	if (name) {
		words_add(t, ", ");
		words_add(t, name);
	} else {
		words_field(t, ", status ", icmp->status);
	}
}

void payload_line_nd(struct text *t, const struct icmp *icmp)
{
	if (icmp->has_registration)
		add_registration(t, icmp);
	if (icmp->has_prefix) {
		words_add(t, " prefix ");
		payload_address(t, &icmp->prefix);
		words_field(t, "/", icmp->prefix_length);
	}
	if (icmp->has_context) {
		words_field(t, " context ", icmp->context);
		words_add(t, " is ");
		payload_address(t, &icmp->context_prefix);
		words_field(t, "/", icmp->context_length);
	}
}

/* --- UDP --- */

void payload_line_application(struct text *t, const struct payload *p)
{
	const struct application *a = &p->application;

	words_add(t, ", ");
	words_add(t, p->lowpan.compression ? p->lowpan.compression : a->protocol);
	if (p->lowpan.compression || !a->word)
		return;
	words_add(t, " ");
	words_add(t, a->word);
}

/* --- Zigbee --- */

static void add_cluster(struct text *t, const struct zigbee *z)
{
	if (!z->has_cluster)
		return;
	words_add(t, " cluster ");
	words_hex(t, z->cluster, 4);
	words_add(t, " profile ");
	words_hex(t, z->profile, 4);
}

enum { APS_DATA, APS_COMMAND, APS_ACK };

static void add_library_command(struct text *t, const struct zigbee *z)
{
	const char *name = payload_zcl_command_name(z);

	words_add(t, z->is_maker_s ? " ZCL maker's " : " ZCL ");
	if (name) {
		words_add(t, name);
		return;
	}
	words_add(t, z->is_for_cluster ? "command " : "general command ");
	words_hex(t, z->library_command, 2);
}

static void add_aps_command(struct text *t, const struct zigbee *z)
{
	const char *name = payload_aps_command_name(z->aps_command);

	if (name) {
		words_add(t, " ");
		words_add(t, name);
	} else {
		words_field(t, " ", z->aps_command);
	}
}

/* Data is told by its cluster alone. */
static void add_application(struct text *t, const struct zigbee *z)
{
	add_cluster(t, z);
	if (z->has_aps && (z->aps_type == APS_COMMAND || z->aps_type == APS_ACK))
		words_add(t, z->aps_type == APS_ACK ? " APS ack" : " APS command");
	if (z->has_aps_command)
		add_aps_command(t, z);
	if (z->has_library_command)
		add_library_command(t, z);
	if (z->aps_secured && z->kind == ZIGBEE_NETWORK)
		words_add(t, z->aps_type == APS_COMMAND ? " secured" : " APS secured");
}

static void add_network(struct text *t, const struct zigbee *z)
{
	const char *name = payload_zigbee_command_name(z->command);

	words_add(t, z->type ? ", NWK command" : ", NWK data");
	if (z->has_command && name) {
		words_add(t, " ");
		words_add(t, name);
	} else if (z->has_command) {
		words_field(t, " ", z->command);
	}
	words_add(t, " ");
	words_hex(t, z->source, 4);
	words_add(t, " > ");
	words_hex(t, z->destination, 4);
	words_field(t, " radius ", z->radius);
	words_field(t, " seq ", z->sequence);
	add_application(t, z);
}

static void add_inter_pan(struct text *t, const struct zigbee *z)
{
	words_add(t, ", inter-PAN");
	add_application(t, z);
}

static void add_green_power(struct text *t, const struct zigbee *z)
{
	words_add(t, z->type ? ", GP maintenance" : ", GP data");
	if (z->has_command) {
		words_add(t, " command ");
		words_hex(t, z->command, 2);
	}
	if (z->has_device) {
		words_add(t, " from ");
		words_hex(t, z->device, 8);
	}
	if (z->has_counter)
		words_field(t, " counter ", z->counter);
}

void payload_line_zigbee(struct text *t, const struct zigbee *z)
{
	if (z->kind == ZIGBEE_NETWORK)
		add_network(t, z);
	else if (z->kind == ZIGBEE_INTER_PAN)
		add_inter_pan(t, z);
	else
		add_green_power(t, z);
	words_add(t, z->secured ? " secured" : "");
}
