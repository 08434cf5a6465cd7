#include "packet/filter.h"

#include <string.h>

#include "packet/filter_internal.h"
#include "packet/frame_view.h"
#include "packet/payload.h"

static bool address_fits(const struct frame_address *a, const struct filter_value *value)
{
	return a->mode == value->mode && a->value == value->number;
}

static bool pan_fits(const struct frame_address *a, const struct filter_value *value)
{
	return a->has_pan && a->pan == value->number;
}

/* The dispatch of 6LoWPAN in an MPX IE, where Wi-SUN has it; NULL: there is none. */
static const char *dispatch_in_ies(const struct frame_view *v)
{
	struct payload payload;

	return v->frame.payload_ies.length && payload_parse(&payload, &v->frame, v->octets)
	               ? payload.lowpan.dispatch
	               : NULL;
}

static bool dispatch_fits(const struct frame_view *v, const struct filter_value *value)
{
	enum frame_hint hint = frame_hint(&v->frame, v->octets);
	const char *name = hint == FRAME_HINT_UNKNOWN ? dispatch_in_ies(v) : NULL;

	if (name)
		return value->is_dispatch ? strcmp(name, value->dispatch) == 0
		                          : value->number == FRAME_HINT_6LOWPAN;
	if (!value->is_dispatch)
		return (uint64_t)hint == value->number;
	if ((hint != FRAME_HINT_6LOWPAN && hint != FRAME_HINT_THREAD_MLE) ||
	    v->frame.payload.length == 0)
		return false;
	name = frame_dispatch_name(v->octets[v->frame.payload.offset]);
	return name && strcmp(name, value->dispatch) == 0;
}

static bool value_fits(const struct frame_view *v, unsigned field, const struct filter_value *value)
{
	const struct frame *f = &v->frame;

	switch (field) {
	case FIELD_TYPE:
		return f->type == value->number;
	case FIELD_PAN:
		return pan_fits(&f->destination, value) || pan_fits(&f->source, value);
	case FIELD_ADDRESS:
		return address_fits(&f->destination, value) || address_fits(&f->source, value);
	case FIELD_SOURCE:
		return address_fits(&f->source, value);
	case FIELD_DESTINATION:
		return address_fits(&f->destination, value);
	case FIELD_SEQUENCE:
		return f->has_sequence && f->sequence == value->number;
	case FIELD_CHANNEL:
		return v->tap.has_channel && v->tap.channel == value->number;
	default:
		return dispatch_fits(v, value);
	}
}

static bool is_malformed(const struct frame_view *v)
{
	return v->frame.error != FRAME_OK || frame_check(&v->frame, v->octets, NULL) != FRAME_OK;
}

static bool flag_fits(const struct frame_view *v, unsigned field)
{
	switch (field) {
	case FIELD_SECURED:
		return v->frame.security_enabled;
	case FIELD_ACK_REQUEST:
		return v->frame.ack_request;
	case FIELD_PENDING:
		return v->frame.pending;
	case FIELD_BAD_FCS:
		return v->bad_fcs;
	case FIELD_MALFORMED:
		return is_malformed(v);
	default:
		return true;
	}
}

static bool test_passes(const struct filter *f, const struct filter_node *node,
                        const struct frame_view *v)
{
	if (!v)
		return false;
	if (node->field >= FIELD_SECURED)
		return flag_fits(v, node->field);
	for (unsigned i = 0; i < node->right; i++)
		if (value_fits(v, node->field, &f->values[node->left + i]))
			return true;
	return false;
}

/* v: NULL where the packet is no frame. As deep as the filter: parentheses are bounded, and a chain
 * of one operator leans to the left. */
static bool node_passes(const struct filter *f, unsigned index, const struct frame_view *v)
{
	const struct filter_node *node = &f->nodes[index];

	switch (node->operation) {
	case FILTER_TEST:
		return test_passes(f, node, v);
	case FILTER_NOT:
		return !node_passes(f, node->left, v);
	case FILTER_AND:
		return node_passes(f, node->left, v) && node_passes(f, node->right, v);
	default:
		return node_passes(f, node->left, v) || node_passes(f, node->right, v);
	}
}

bool filter_passes(const struct filter *f, const struct envelope_packet *p)
{
	struct frame_view v;

	return node_passes(f, f->root, frame_view(&v, p) ? &v : NULL);
}
