/* frame_describe_ie.c - information elements as named values. */
#include "frame_describe.h"
#include "frame_ie.h"

static void describe_csl(struct frame_writer *w, const struct frame_ie_value *v)
{
	frame_write_number(w, "phase", v->csl.phase);
	frame_write_number(w, "period", v->csl.period);
	if (v->csl.has_rendezvous_time)
		frame_write_number(w, "rendezvous_time", v->csl.rendezvous_time);
}

static void describe_rit(struct frame_writer *w, const struct frame_ie_value *v)
{
	frame_write_number(w, "time_to_first_listen", v->rit.time_to_first_listen);
	frame_write_number(w, "repeat_count", v->rit.repeat_count);
	frame_write_number(w, "repeat_interval", v->rit.repeat_interval);
}

static void describe_rendezvous(struct frame_writer *w, const struct frame_ie_value *v)
{
	frame_write_number(w, "rendezvous_time", v->rendezvous.rendezvous_time);
	if (v->rendezvous.has_wakeup_interval)
		frame_write_number(w, "wakeup_interval", v->rendezvous.wakeup_interval);
}

static void describe_mpx(struct frame_writer *w, const struct frame_ie_value *v,
                         const uint8_t *octets)
{
	frame_write_number(w, "transfer_type", v->mpx.transfer_type);
	frame_write_words(w, "transfer", frame_mpx_transfer_name(v->mpx.transfer_type));
	if (v->mpx.transfer_type != 1)
		frame_write_number(w, "transaction_id", v->mpx.transaction_id);
	if (v->mpx.transfer_type == 2 || v->mpx.transfer_type == 4)
		frame_write_number(w, "fragment", v->mpx.fragment);
	if (v->mpx.has_total_size)
		frame_write_number(w, "total_size", v->mpx.total_size);
	if (!v->mpx.has_multiplex_id)
		return;
	frame_write_hex(w, "multiplex_id", v->mpx.multiplex_id, 2);
	frame_write_words(w, "multiplex_name", frame_mpx_multiplex_name(v->mpx.multiplex_id));
	if (v->mpx.multiplex_id == 1 && v->rest.length)
		frame_write_words(w, "kmp", frame_kmp_name(octets[v->rest.offset]));
}

static void describe_sixp(struct frame_writer *w, const struct frame_ie_value *v)
{
	static const char *const types[] = {"request", "response", "confirmation", "reserved"};

	frame_write_number(w, "sixp_version", v->sixp.version);
	frame_write_words(w, "sixp_type", types[v->sixp.type & 3]);
	frame_write_number(w, "code", v->sixp.code);
	frame_write_words(w, "code_name", frame_sixp_code_name(v->sixp.type, v->sixp.code));
	frame_write_number(w, "sfid", v->sixp.sfid);
	frame_write_number(w, "sequence", v->sixp.sequence);
}

static void describe_link(struct frame_writer *w, const struct frame_link *l)
{
	frame_write_open(w, NULL);
	frame_write_number(w, "timeslot", l->timeslot);
	frame_write_number(w, "channel_offset", l->channel_offset);
	frame_write_number(w, "options", l->options);
	frame_write_close(w);
}

static void describe_slotframes(struct frame_writer *w, struct frame_ie_value *v,
                                const uint8_t *octets)
{
	struct frame_slotframe s;

	frame_write_number(w, "slotframe_count", v->slotframe_count);
	frame_write_open_list(w, "slotframes");
	while (frame_slotframe_next(&s, octets, &v->rest) == 1) {
		frame_write_open(w, NULL);
		frame_write_number(w, "handle", s.handle);
		frame_write_number(w, "size", s.size);
		frame_write_open_list(w, "links");
		for (unsigned i = 0; i < s.link_count; i++) {
			struct frame_link l;

			frame_link_at(&l, octets, &s, i);
			describe_link(w, &l);
		}
		frame_write_close_list(w);
		frame_write_close(w);
	}
	frame_write_close_list(w);
}

static void describe_timeslot(struct frame_writer *w, const struct frame_ie_value *v)
{
	frame_write_number(w, "timeslot_id", v->timeslot.id);
	if (!v->timeslot.has_template)
		return;
	frame_write_number(w, "cca_offset", v->timeslot.cca_offset);
	frame_write_number(w, "cca", v->timeslot.cca);
	frame_write_number(w, "tx_offset", v->timeslot.tx_offset);
	frame_write_number(w, "rx_offset", v->timeslot.rx_offset);
	frame_write_number(w, "rx_ack_delay", v->timeslot.rx_ack_delay);
	frame_write_number(w, "tx_ack_delay", v->timeslot.tx_ack_delay);
	frame_write_number(w, "rx_wait", v->timeslot.rx_wait);
	frame_write_number(w, "ack_wait", v->timeslot.ack_wait);
	frame_write_number(w, "rx_tx", v->timeslot.rx_tx);
	frame_write_number(w, "max_ack", v->timeslot.max_ack);
	frame_write_number(w, "max_tx", v->timeslot.max_tx);
	frame_write_number(w, "timeslot_length", v->timeslot.timeslot_length);
}

static void describe_hopping(struct frame_writer *w, const struct frame_ie_value *v)
{
	frame_write_number(w, "hopping_sequence_id", v->hopping.sequence_id);
	if (!v->hopping.has_sequence)
		return;
	frame_write_number(w, "page", v->hopping.page);
	frame_write_number(w, "channel_count", v->hopping.channel_count);
	frame_write_hex(w, "phy_configuration", v->hopping.phy_configuration, 4);
	frame_write_number(w, "current_hop", v->hopping.current_hop);
}

static void describe_filter(struct frame_writer *w, const struct frame_ie_value *v)
{
	frame_write_bool(w, "permit_join", v->filter.permit_join);
	if (v->filter.has_lqi)
		frame_write_number(w, "lqi", v->filter.lqi);
	if (v->filter.has_percent)
		frame_write_number(w, "percent", v->filter.percent);
	if (v->filter.attribute_octets)
		frame_write_hex(w, "attributes", v->filter.attributes, v->filter.attribute_octets);
}

static void describe_fields(struct frame_writer *w, struct frame_ie_value *v, const uint8_t *octets)
{
	switch (v->form) {
	case FRAME_IE_FORM_VENDOR:
		frame_write_hex(w, "vendor", v->vendor, 3);
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
		frame_write_number(w, "microseconds", v->time_correction.microseconds);
		frame_write_bool(w, "nack", v->time_correction.nack);
		break;
	case FRAME_IE_FORM_GLOBAL_TIME:
		frame_write_number(w, "global_time", v->global_time);
		break;
	case FRAME_IE_FORM_MPX:
		describe_mpx(w, v, octets);
		break;
	case FRAME_IE_FORM_SIXP:
		describe_sixp(w, v);
		break;
	case FRAME_IE_FORM_TSCH_SYNCHRONIZATION:
		frame_write_number(w, "asn", (int64_t)v->synchronization.asn);
		frame_write_number(w, "join_metric", v->synchronization.join_metric);
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

static void describe_ie(struct frame_writer *w, const uint8_t *octets, const struct frame_ie *ie)
{
	bool reserved = ie->kind == FRAME_IE_NESTED && ie->long_format != (ie->id < 0x10);
	struct frame_fault fault;
	struct frame_ie_value v;

	frame_ie_parse(&v, octets, ie);
	frame_write_words(w, "name", reserved ? "Reserved" : frame_ie_name(ie->kind, ie->id));
	frame_write_number(w, "id", ie->id);
	describe_fields(w, &v, octets);
	if (v.rest.length)
		frame_describe_span(w, "content", octets, v.rest);
	if (!w->has_fault && frame_check_content(octets, ie, &fault))
		frame_describe_fault(w, &fault);
}

static bool is_wisun(const struct frame_ie *ie)
{
	return ie->kind == FRAME_IE_WISUN_NESTED ||
	       (ie->kind == FRAME_IE_HEADER && ie->id == FRAME_IE_WISUN_HEADER);
}

static void describe_any(struct frame_writer *w, const uint8_t *octets, const struct frame_ie *ie)
{
	if (is_wisun(ie))
		frame_describe_wisun(w, octets, ie);
	else
		describe_ie(w, octets, ie);
}

static void describe_nested(struct frame_writer *w, enum frame_ie_kind kind, const uint8_t *octets,
                            struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_fault fault;
	struct frame_ie ie;

	frame_write_open_list(w, "nested");
	frame_ie_iterator_init(&it, kind, octets, list);
	while (frame_ie_next(&it, &ie, &fault) == 1) {
		frame_write_open(w, NULL);
		describe_any(w, octets, &ie);
		frame_write_close(w);
	}
	frame_write_close_list(w);
	frame_describe_fault(w, &fault);
}

void frame_describe_ies(struct frame_writer *w, const char *key, enum frame_ie_kind kind,
                        const uint8_t *octets, struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	if (!list.length)
		return;
	frame_write_open_list(w, key);
	frame_ie_iterator_init(&it, kind, octets, list);
	while (frame_ie_next(&it, &ie, NULL) == 1) {
		frame_write_open(w, NULL);
		if (kind == FRAME_IE_PAYLOAD &&
		    (ie.id == FRAME_IE_MLME || ie.id == FRAME_IE_WISUN)) {
			frame_write_words(w, "name", frame_ie_name(kind, ie.id));
			frame_write_number(w, "id", ie.id);
			describe_nested(
				w, ie.id == FRAME_IE_MLME ? FRAME_IE_NESTED : FRAME_IE_WISUN_NESTED,
				octets, ie.content);
		} else {
			describe_any(w, octets, &ie);
		}
		frame_write_close(w);
	}
	frame_write_close_list(w);
}
