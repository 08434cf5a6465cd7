/* frame_describe.c - everything that can be read of a frame, as indented lines or as JSON. */
#include "frame.h"

#include "frame_writer.h"

static void write_span(struct writer *w, const char *key, const uint8_t *octets,
                       struct frame_span span)
{
	write_octets(w, key, octets + span.offset, span.length);
}

static void describe_address(struct writer *w, const char *key, const struct frame_address *a)
{
	if (!a->mode && !a->has_pan)
		return;
	write_open(w, key);
	if (a->has_pan)
		write_hex(w, "pan", a->pan, 2);
	if (a->mode == FRAME_ADDRESS_SHORT)
		write_hex(w, "short", a->value, 2);
	if (a->mode == FRAME_ADDRESS_EXTENDED)
		write_hex(w, "extended", a->value, 8);
	write_close(w);
}

static void describe_security(struct writer *w, const struct frame *f)
{
	const struct frame_security *s = &f->security;

	if (!s->was_read) {
		if (f->security_enabled)
			write_bool(w, "security_enabled", true);
		return;
	}
	write_open(w, "security");
	write_number(w, "level", s->level);
	write_words(w, "level_name", frame_security_level_name(s->level));
	write_number(w, "key_id_mode", s->key_id_mode);
	if (!s->counter_suppressed)
		write_number(w, "counter", s->counter);
	if (s->asn_in_nonce)
		write_bool(w, "asn_in_nonce", true);
	if (s->key_id_mode >= 2)
		write_hex(w, "key_source", s->key_source, s->key_id_mode == 2 ? 4 : 8);
	if (s->key_id_mode)
		write_number(w, "key_index", s->key_index);
	write_close(w);
}

static void describe_fault(struct writer *w, const struct frame_fault *fault)
{
	if (!fault->error)
		return;
	write_open(w, "fault");
	write_words(w, "words", frame_strerror(fault->error));
	write_number(w, "offset", fault->offset);
	write_words(w, "clause", fault->clause);
	write_close(w);
}

/* --- IEs --- */

static void describe_csl(struct writer *w, const struct frame_ie_value *v)
{
	write_number(w, "phase", v->csl.phase);
	write_number(w, "period", v->csl.period);
	if (v->csl.has_rendezvous_time)
		write_number(w, "rendezvous_time", v->csl.rendezvous_time);
}

static void describe_rit(struct writer *w, const struct frame_ie_value *v)
{
	write_number(w, "time_to_first_listen", v->rit.time_to_first_listen);
	write_number(w, "repeat_count", v->rit.repeat_count);
	write_number(w, "repeat_interval", v->rit.repeat_interval);
}

static void describe_rendezvous(struct writer *w, const struct frame_ie_value *v)
{
	write_number(w, "rendezvous_time", v->rendezvous.rendezvous_time);
	if (v->rendezvous.has_wakeup_interval)
		write_number(w, "wakeup_interval", v->rendezvous.wakeup_interval);
}

static void describe_mpx(struct writer *w, const struct frame_ie_value *v)
{
	write_number(w, "transfer_type", v->mpx.transfer_type);
	write_number(w, "transaction_id", v->mpx.transaction_id);
	if (v->mpx.transfer_type == 2 || v->mpx.transfer_type == 4)
		write_number(w, "fragment", v->mpx.fragment);
	if (v->mpx.has_total_size)
		write_number(w, "total_size", v->mpx.total_size);
	if (v->mpx.has_multiplex_id)
		write_hex(w, "multiplex_id", v->mpx.multiplex_id, 2);
}

static void describe_sixp(struct writer *w, const struct frame_ie_value *v)
{
	static const char *const types[] = {"request", "response", "confirmation", "reserved"};

	write_number(w, "sixp_version", v->sixp.version);
	write_words(w, "sixp_type", types[v->sixp.type & 3]);
	write_number(w, "code", v->sixp.code);
	write_number(w, "sfid", v->sixp.sfid);
	write_number(w, "sequence", v->sixp.sequence);
}

static void describe_link(struct writer *w, const struct frame_link *l)
{
	write_open(w, NULL);
	write_number(w, "timeslot", l->timeslot);
	write_number(w, "channel_offset", l->channel_offset);
	write_number(w, "options", l->options);
	write_close(w);
}

static void describe_slotframes(struct writer *w, struct frame_ie_value *v, const uint8_t *octets)
{
	struct frame_slotframe s;

	write_number(w, "slotframe_count", v->slotframe_count);
	write_open_list(w, "slotframes");
	while (frame_slotframe_next(&s, octets, &v->rest) == 1) {
		write_open(w, NULL);
		write_number(w, "handle", s.handle);
		write_number(w, "size", s.size);
		write_open_list(w, "links");
		for (unsigned i = 0; i < s.link_count; i++) {
			struct frame_link l;

			frame_link_at(&l, octets, &s, i);
			describe_link(w, &l);
		}
		write_close_list(w);
		write_close(w);
	}
	write_close_list(w);
}

static void describe_timeslot(struct writer *w, const struct frame_ie_value *v)
{
	write_number(w, "timeslot_id", v->timeslot.id);
	if (!v->timeslot.has_template)
		return;
	write_number(w, "cca_offset", v->timeslot.cca_offset);
	write_number(w, "cca", v->timeslot.cca);
	write_number(w, "tx_offset", v->timeslot.tx_offset);
	write_number(w, "rx_offset", v->timeslot.rx_offset);
	write_number(w, "rx_ack_delay", v->timeslot.rx_ack_delay);
	write_number(w, "tx_ack_delay", v->timeslot.tx_ack_delay);
	write_number(w, "rx_wait", v->timeslot.rx_wait);
	write_number(w, "ack_wait", v->timeslot.ack_wait);
	write_number(w, "rx_tx", v->timeslot.rx_tx);
	write_number(w, "max_ack", v->timeslot.max_ack);
	write_number(w, "max_tx", v->timeslot.max_tx);
	write_number(w, "timeslot_length", v->timeslot.timeslot_length);
}

static void describe_hopping(struct writer *w, const struct frame_ie_value *v)
{
	write_number(w, "hopping_sequence_id", v->hopping.sequence_id);
	if (!v->hopping.has_sequence)
		return;
	write_number(w, "page", v->hopping.page);
	write_number(w, "channel_count", v->hopping.channel_count);
	write_hex(w, "phy_configuration", v->hopping.phy_configuration, 4);
	write_number(w, "current_hop", v->hopping.current_hop);
}

static void describe_filter(struct writer *w, const struct frame_ie_value *v)
{
	write_bool(w, "permit_join", v->filter.permit_join);
	if (v->filter.has_lqi)
		write_number(w, "lqi", v->filter.lqi);
	if (v->filter.has_percent)
		write_number(w, "percent", v->filter.percent);
	if (v->filter.attribute_octets)
		write_hex(w, "attributes", v->filter.attributes, v->filter.attribute_octets);
}

static void describe_fields(struct writer *w, struct frame_ie_value *v, const uint8_t *octets)
{
	switch (v->form) {
	case FRAME_IE_FORM_VENDOR:
		write_hex(w, "vendor", v->vendor, 3);
		break;
	case FRAME_IE_FORM_CSL:
		describe_csl(w, v);
		break;
	case FRAME_IE_FORM_RIT:
		describe_rit(w, v);
		break;
	case FRAME_IE_FORM_RENDEZVOUS_TIME:
		describe_rendezvous(w, v);
		break;
	case FRAME_IE_FORM_TIME_CORRECTION:
		write_number(w, "microseconds", v->time_correction.microseconds);
		write_bool(w, "nack", v->time_correction.nack);
		break;
	case FRAME_IE_FORM_GLOBAL_TIME:
		write_number(w, "global_time", v->global_time);
		break;
	case FRAME_IE_FORM_MPX:
		describe_mpx(w, v);
		break;
	case FRAME_IE_FORM_SIXP:
		describe_sixp(w, v);
		break;
	case FRAME_IE_FORM_TSCH_SYNCHRONIZATION:
		write_number(w, "asn", (int64_t)v->synchronization.asn);
		write_number(w, "join_metric", v->synchronization.join_metric);
		break;
	case FRAME_IE_FORM_TSCH_SLOTFRAMES:
		describe_slotframes(w, v, octets);
		break;
	case FRAME_IE_FORM_TSCH_TIMESLOT:
		describe_timeslot(w, v);
		break;
	case FRAME_IE_FORM_CHANNEL_HOPPING:
		describe_hopping(w, v);
		break;
	case FRAME_IE_FORM_ENHANCED_BEACON_FILTER:
		describe_filter(w, v);
		break;
	}
}

static void describe_ie(struct writer *w, const uint8_t *octets, const struct frame_ie *ie)
{
	bool reserved = ie->kind == FRAME_IE_NESTED && ie->long_format != (ie->id < 0x10);
	struct frame_ie_value v;

	frame_ie_read(&v, octets, ie);
	write_words(w, "name", reserved ? "Reserved" : frame_ie_name(ie->kind, ie->id));
	write_number(w, "id", ie->id);
	describe_fields(w, &v, octets);
	if (v.rest.length)
		write_span(w, "content", octets, v.rest);
}

static void describe_nested(struct writer *w, const uint8_t *octets, struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	write_open_list(w, "nested");
	for (frame_ie_begin(&it, FRAME_IE_NESTED, octets, list); frame_ie_next(&it, &ie) == 1;) {
		write_open(w, NULL);
		describe_ie(w, octets, &ie);
		write_close(w);
	}
	write_close_list(w);
	describe_fault(w, &it.fault);
}

static void describe_ies(struct writer *w, const char *key, enum frame_ie_kind kind,
                         const uint8_t *octets, struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	if (!list.length)
		return;
	write_open_list(w, key);
	for (frame_ie_begin(&it, kind, octets, list); frame_ie_next(&it, &ie) == 1;) {
		write_open(w, NULL);
		if (kind == FRAME_IE_PAYLOAD && ie.id == FRAME_IE_MLME) {
			write_words(w, "name", frame_ie_name(kind, ie.id));
			write_number(w, "id", ie.id);
			describe_nested(w, octets, ie.content);
		} else {
			describe_ie(w, octets, &ie);
		}
		write_close(w);
	}
	write_close_list(w);
}

/* --- payloads --- */

static void describe_beacon_lists(struct writer *w, const struct frame_beacon *b)
{
	write_open_list(w, "gts");
	for (unsigned i = 0; i < b->gts_count; i++) {
		write_open(w, NULL);
		write_hex(w, "short", b->gts[i].address, 2);
		write_number(w, "slot", b->gts[i].slot);
		write_number(w, "length", b->gts[i].length);
		write_bool(w, "receive", b->gts[i].receive);
		write_close(w);
	}
	write_close_list(w);
	write_open_list(w, "pending_addresses");
	for (unsigned i = 0; i < b->short_count; i++)
		write_hex(w, NULL, b->short_addresses[i], 2);
	for (unsigned i = 0; i < b->extended_count; i++)
		write_hex(w, NULL, b->extended_addresses[i], 8);
	write_close_list(w);
}

static void describe_beacon_fields(struct writer *w, const struct frame_beacon *b)
{
	write_number(w, "beacon_order", b->beacon_order);
	write_number(w, "superframe_order", b->superframe_order);
	write_number(w, "final_cap_slot", b->final_cap_slot);
	write_bool(w, "battery_life_extension", b->battery_life_extension);
	write_bool(w, "pan_coordinator", b->pan_coordinator);
	write_bool(w, "association_permit", b->association_permit);
	write_bool(w, "gts_permit", b->gts_permit);
	describe_beacon_lists(w, b);
}

static void describe_beacon(struct writer *w, const uint8_t *octets, struct frame_span payload)
{
	const uint8_t *start = octets + payload.offset;
	struct frame_beacon b;

	frame_beacon_parse(&b, start, payload.length);
	write_open(w, "beacon");
	if (!b.fault.error || b.fault.offset > 2)
		describe_beacon_fields(w, &b);
	if (b.payload.length)
		write_span(w, "payload", start, b.payload);
	describe_fault(w, &b.fault);
	write_close(w);
}

static void describe_command_fields(struct writer *w, const struct frame_command *c)
{
	switch (c->id) {
	case FRAME_ASSOCIATION_REQUEST:
		write_hex(w, "capability", c->capability, 1);
		break;
	case FRAME_ASSOCIATION_RESPONSE:
		write_hex(w, "short", c->address, 2);
		write_number(w, "status", c->status);
		break;
	case FRAME_DISASSOCIATION_NOTIFICATION:
		write_number(w, "reason", c->status);
		break;
	case FRAME_COORDINATOR_REALIGNMENT:
		write_hex(w, "pan", c->pan, 2);
		write_hex(w, "coordinator", c->coordinator, 2);
		write_number(w, "channel", c->channel);
		write_hex(w, "short", c->address, 2);
		if (c->has_page)
			write_number(w, "page", c->page);
		break;
	case FRAME_GTS_REQUEST:
		write_number(w, "gts_length", c->gts_length);
		write_bool(w, "receive", c->gts_receive);
		write_bool(w, "allocate", c->gts_allocate);
		break;
	case FRAME_VENDOR_SPECIFIC_COMMAND:
		write_hex(w, "vendor", c->vendor, 3);
		break;
	}
}

static void describe_command(struct writer *w, const uint8_t *octets, struct frame_span payload,
                             bool encrypted)
{
	const uint8_t *start = octets + payload.offset;
	struct frame_command c;

	frame_command_parse(&c, start, payload.length);
	write_open(w, "command");
	write_words(w, "name", frame_command_name(c.id));
	write_number(w, "id", c.id);
	if (!encrypted) {
		if (!c.fault.error)
			describe_command_fields(w, &c);
		if (c.content.length)
			write_span(w, "content", start, c.content);
		describe_fault(w, &c.fault);
	}
	write_close(w);
}

/* What 9.3 leaves in clear: in versions 0 and 1 a beacon's fields and a command's ID. */
static void describe_mac_payload(struct writer *w, const struct frame *f, const uint8_t *octets,
                                 bool encrypted)
{
	if (f->type == FRAME_BEACON && f->version < 2)
		describe_beacon(w, octets, f->payload);
	if (f->type == FRAME_COMMAND && (f->version < 2 || !encrypted))
		describe_command(w, octets, f->payload, encrypted);
}

static void describe_payload(struct writer *w, const struct frame *f, const uint8_t *octets)
{
	enum frame_hint hint = frame_hint(f, octets);
	const char *dispatch;

	if (!f->payload.length)
		return;
	if (!f->fault.error)
		describe_mac_payload(w, f, octets, hint == FRAME_HINT_ENCRYPTED);
	write_span(w, "payload", octets, f->payload);
	if (hint != FRAME_HINT_UNKNOWN)
		write_words(w, "hint", frame_hint_name(hint));
	dispatch = frame_dispatch_name(octets[f->payload.offset]);
	if (dispatch && (hint == FRAME_HINT_6LOWPAN || hint == FRAME_HINT_THREAD_MLE))
		write_words(w, "dispatch", dispatch);
}

static void describe_control(struct writer *w, const struct frame *f)
{
	if (!f->header.length)
		return;
	write_number(w, "version", f->version);
	if (f->type == FRAME_MULTIPURPOSE)
		write_bool(w, "long_frame_control", f->long_fcf);
	if (f->pending)
		write_bool(w, "pending", true);
	if (f->ack_request)
		write_bool(w, "ack_request", true);
	if (f->pan_id_compression)
		write_bool(w, "pan_id_compression", true);
	if (f->has_sequence)
		write_number(w, "sequence", f->sequence);
}

static size_t describe(struct writer *w, const uint8_t *octets, size_t length)
{
	struct frame f;

	if (w->size)
		w->out[0] = 0;
	frame_read(&f, octets, length, FRAME_LENIENT);
	if (w->json)
		write_open(w, NULL);
	write_words(w, "type", frame_type_name(f.type));
	describe_control(w, &f);
	describe_address(w, "destination", &f.destination);
	describe_address(w, "source", &f.source);
	describe_security(w, &f);
	describe_ies(w, "header_ies", FRAME_IE_HEADER, octets, f.header_ies);
	describe_ies(w, "payload_ies", FRAME_IE_PAYLOAD, octets, f.payload_ies);
	describe_payload(w, &f, octets);
	if (f.mic.length)
		write_span(w, "mic", octets, f.mic);
	describe_fault(w, &f.fault);
	if (w->json)
		write_close(w);
	return w->length;
}

size_t frame_text(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct writer w = {.out = out, .size = size, .empty = true};

	return describe(&w, octets, length);
}

size_t frame_json(char *out, size_t size, const uint8_t *octets, size_t length)
{
	struct writer w = {.out = out, .size = size, .json = true, .empty = true};

	return describe(&w, octets, length);
}
