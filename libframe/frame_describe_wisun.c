/* frame_describe_wisun.c - the IEs of Wi-SUN FAN as named values. */
#include "frame_describe.h"

enum { WISUN_LUTT = 10 };

static void describe_schedule(struct frame_writer *w, const struct frame_wisun *v)
{
	frame_write_number(w, "dwell_ms", v->dwell);
	frame_write_number(w, "channel_plan", v->plan);
	if (v->has_domain) {
		frame_write_number(w, "regulatory_domain", v->domain);
		frame_write_number(w, v->plan ? "plan_id" : "operating_class", v->plan_class);
	}
	frame_write_words(w, "channel_function", frame_wisun_function_name(v->function));
	if (v->has_fixed_channel)
		frame_write_number(w, "fixed_channel", v->fixed_channel);
}

static void describe_header_fields(struct frame_writer *w, const struct frame_wisun *v)
{
	switch (v->form) {
	case FRAME_WISUN_UTT:
		frame_write_number(w, "frame_type", v->frame_type);
		frame_write_words(w, "frame_type_name", frame_wisun_frame_name(v->frame_type));
		if (v->sub_id == WISUN_LUTT)
			frame_write_number(w, "slot", v->slot);
		frame_write_number(w, "fraction", v->fraction);
		break;
	case FRAME_WISUN_BT:
		frame_write_number(w, "slot", v->slot);
		frame_write_number(w, "offset_ms", v->fraction);
		break;
	case FRAME_WISUN_RSL:
		frame_write_number(w, "dbm", v->rsl);
		break;
	case FRAME_WISUN_EA:
		frame_write_hex(w, "authenticator", v->extended, 8);
		break;
	case FRAME_WISUN_PANID:
		frame_write_hex(w, "pan", v->pan, 2);
		break;
	}
}

static void describe_pan(struct frame_writer *w, const struct frame_wisun *v)
{
	frame_write_number(w, "pan_size", v->size);
	frame_write_number(w, "routing_cost", v->cost);
	frame_write_bool(w, "parent_schedule", v->parent_schedule);
	frame_write_bool(w, "layer_3_routing", v->layer_3);
	frame_write_number(w, "fan_version", v->version);
}

static void describe_nested_fields(struct frame_writer *w, const struct frame_wisun *v)
{
	switch (v->form) {
	case FRAME_WISUN_BS:
		frame_write_number(w, "interval_ms", v->interval);
		frame_write_number(w, "schedule_id", v->schedule_id);
		describe_schedule(w, v);
		break;
	case FRAME_WISUN_US:
		describe_schedule(w, v);
		break;
	case FRAME_WISUN_PAN:
		describe_pan(w, v);
		break;
	case FRAME_WISUN_PANVER:
		frame_write_number(w, "version", v->version);
		break;
	}
}

static void describe_hashes(struct frame_writer *w, const uint8_t *octets, struct frame_span rest)
{
	frame_write_open_list(w, "gtk_hashes");
	for (unsigned i = 0; i < 4; i++)
		frame_write_octets(w, NULL, octets + rest.offset + 8 * (size_t)i, 8);
	frame_write_close_list(w);
}

void frame_describe_wisun(struct frame_writer *w, const uint8_t *octets, const struct frame_ie *ie)
{
	bool is_header = ie->kind == FRAME_IE_HEADER;
	struct frame_wisun v;

	frame_wisun_parse(&v, octets, ie);
	if (is_header)
		frame_write_words(w, "name", frame_ie_name(FRAME_IE_HEADER, ie->id));
	frame_write_words(w, is_header ? "wisun" : "name", frame_wisun_name(ie, &v));
	frame_write_number(w, "id", ie->id);
	if (is_header && ie->content.length)
		frame_write_number(w, "sub_id", v.sub_id);
	describe_header_fields(w, &v);
	describe_nested_fields(w, &v);
	if (v.form == FRAME_WISUN_NETNAME)
		frame_write_outside(w, "network_name", octets + v.rest.offset, v.rest.length);
	else if (v.form == FRAME_WISUN_GTKHASH)
		describe_hashes(w, octets, v.rest);
	else if (v.rest.length)
		frame_describe_span(w, "content", octets, v.rest);
}
