/* frame_line_ie.c - information elements in a line. */
#include "frame_ie.h"
#include "frame_line.h"

static void add_name(struct frame_words *w, const char *name, unsigned id)
{
	add_words(w, ", ");
	frame_line_name(w, name, id);
}

/* --- upper layers --- */

static void add_multiplexed(struct frame_words *w, const struct frame_ie_value *v,
                            const uint8_t *rest)
{
	static const char *const wisun[] = {" MHDS", " 6LoWPAN", " security"};
	unsigned id = v->mpx.multiplex_id;

	add_words(w, " ");
	if (id != 1 && id != 2 && id < 1500)
		add_field(w, "multiplex ID ", id);
	else
		add_words(w, frame_mpx_multiplex_name(id));
	if (!v->rest.length)
		return;
	if (id == 1) {
		add_words(w, " ");
		frame_line_name(w, frame_kmp_name(rest[0]), rest[0]);
	}
	add_if(w, id == 2 && rest[0] < 3, id == 2 && rest[0] < 3 ? wisun[rest[0]] : "");
}

static void add_mpx(struct frame_words *w, const struct frame_ie_value *v, const uint8_t *octets)
{
	bool is_whole = v->mpx.transfer_type < 2;

	add_words(w, ", MPX");
	if (!is_whole) {
		add_words(w, " ");
		add_words(w, frame_mpx_transfer_name(v->mpx.transfer_type));
	}
	if (v->mpx.transfer_type == 2 || v->mpx.transfer_type == 4)
		add_field(w, " ", v->mpx.fragment);
	if (v->mpx.has_total_size)
		add_field(w, " of ", v->mpx.total_size);
	add_if(w, v->mpx.has_total_size, " octets");
	if (v->mpx.has_multiplex_id)
		add_multiplexed(w, v, octets + v->rest.offset);
	if (!is_whole)
		add_field(w, " transaction ", v->mpx.transaction_id);
}

enum { SIXP_ADD = 1, SIXP_RELOCATE = 3, SIXP_LIST = 5 };

/* RFC 8480 3.3: the fields of requests behind the common ones. */
static void add_cells(struct frame_words *w, unsigned code, const uint8_t *p, size_t length)
{
	static const char *const options[] = {
		"", " TX", " RX", " TX RX", " SHARED", " TX SHARED", " RX SHARED", " TX RX SHARED"};

	if (code >= SIXP_ADD && code <= SIXP_RELOCATE && length >= 4) {
		add_field(w, " cells ", p[3]);
		add_words(w, options[p[2] & 7]);
	}
	if (code == SIXP_LIST && length >= 8) {
		add_field(w, " from ", (unsigned)(p[4] | p[5] << 8));
		add_field(w, " at most ", (unsigned)(p[6] | p[7] << 8));
	}
}

static void add_sixp(struct frame_words *w, const struct frame_ie_value *v, const uint8_t *octets)
{
	static const char *const types[] = {" request", " response", " confirmation", " reserved"};

	add_words(w, ", 6P ");
	frame_line_name(w, frame_sixp_code_name(v->sixp.type, v->sixp.code), v->sixp.code);
	add_words(w, types[v->sixp.type & 3]);
	add_field(w, " SF ", v->sixp.sfid);
	add_field(w, " seq ", v->sixp.sequence);
	if (v->sixp.type == 0)
		add_cells(w, v->sixp.code, octets + v->rest.offset, v->rest.length);
}

/* --- Wi-SUN --- */

static void add_schedule(struct frame_words *w, const struct frame_wisun *v)
{
	add_field(w, " dwell ", v->dwell);
	add_words(w, " ms ");
	add_words(w, frame_wisun_function_name(v->function));
	if (v->has_fixed_channel)
		add_field(w, " channel ", v->fixed_channel);
}

static void add_wisun_fields(struct frame_words *w, const struct frame_wisun *v,
                             const uint8_t *octets)
{
	switch (v->form) {
	case FRAME_WISUN_RSL:
		add_words(w, " ");
		add_signed(w, v->rsl);
		add_words(w, " dBm");
		break;
	case FRAME_WISUN_BT:
		add_field(w, " slot ", v->slot);
		break;
	case FRAME_WISUN_EA:
		add_words(w, " ");
		frame_add_extended(w, v->extended);
		break;
	case FRAME_WISUN_PANID:
		add_words(w, " ");
		add_hex(w, v->pan, 2);
		break;
	case FRAME_WISUN_BS:
		add_field(w, " interval ", v->interval);
		add_words(w, " ms");
		add_schedule(w, v);
		break;
	case FRAME_WISUN_US:
		add_schedule(w, v);
		break;
	case FRAME_WISUN_PAN:
		add_field(w, " size ", v->size);
		add_field(w, " cost ", v->cost);
		break;
	case FRAME_WISUN_PANVER:
		add_field(w, " ", v->version);
		break;
	case FRAME_WISUN_NETNAME:
		add_words(w, " ");
		frame_line_outside(w, octets + v->rest.offset, v->rest.length);
		break;
	}
}

static const char *wisun_words(const struct frame_ie *ie, const struct frame_wisun *v)
{
	return v->form == FRAME_WISUN_UTT       ? frame_wisun_frame_name(v->frame_type)
	       : v->form == FRAME_WISUN_NETNAME ? "network"
	                                        : frame_wisun_name(ie, v);
}

/* What a frame is for stands in the place of the name of the IE that says it. */
static void add_wisun(struct frame_words *w, const uint8_t *octets, const struct frame_ie *ie)
{
	struct frame_wisun v;

	frame_wisun_parse(&v, octets, ie);
	add_words(w,
	          v.form == FRAME_WISUN_UTT || v.form == FRAME_WISUN_OPAQUE ? ", Wi-SUN " : ", ");
	frame_line_name(w, wisun_words(ie, &v),
	                v.form == FRAME_WISUN_UTT ? v.frame_type : v.sub_id);
	add_wisun_fields(w, &v, octets);
}

/* --- those of the standard --- */

static void add_slotframes(struct frame_words *w, struct frame_ie_value *v, const uint8_t *octets)
{
	struct frame_slotframe s;

	add_if(w, !v->slotframe_count, ", no slotframe");
	while (frame_slotframe_next(&s, octets, &v->rest) == 1) {
		add_field(w, ", slotframe ", s.handle);
		add_field(w, " of ", s.size);
		add_field(w, " slots links ", s.link_count);
	}
}

static void add_csl(struct frame_words *w, const struct frame_ie_value *v)
{
	add_field(w, ", CSL phase ", v->csl.phase);
	add_field(w, " period ", v->csl.period);
	if (v->csl.has_rendezvous_time)
		add_field(w, " rendezvous ", v->csl.rendezvous_time);
}

static void add_rit(struct frame_words *w, const struct frame_ie_value *v)
{
	add_field(w, ", RIT first ", v->rit.time_to_first_listen);
	add_field(w, " repeat ", v->rit.repeat_count);
	add_field(w, " interval ", v->rit.repeat_interval);
}

static void add_rendezvous(struct frame_words *w, const struct frame_ie_value *v)
{
	add_field(w, ", Rendezvous Time ", v->rendezvous.rendezvous_time);
	if (v->rendezvous.has_wakeup_interval)
		add_field(w, " interval ", v->rendezvous.wakeup_interval);
}

static void add_filter(struct frame_words *w, const struct frame_ie_value *v)
{
	add_words(w, ", Enhanced Beacon Filter");
	add_if(w, v->filter.permit_join, " permit joining");
	if (v->filter.has_lqi)
		add_field(w, " LQI ", v->filter.lqi);
	if (v->filter.has_percent)
		add_field(w, " percent ", v->filter.percent);
	if (v->filter.attribute_octets) {
		add_words(w, " attributes ");
		add_hex(w, v->filter.attributes, v->filter.attribute_octets);
	}
}

static void add_synchronization(struct frame_words *w, const struct frame_ie_value *v)
{
	add_field(w, ", ASN ", v->synchronization.asn);
	add_field(w, " join metric ", v->synchronization.join_metric);
}

static void add_time_correction(struct frame_words *w, const struct frame_ie_value *v)
{
	add_words(w, ", Time Correction ");
	add_signed(w, v->time_correction.microseconds);
	add_words(w, v->time_correction.nack ? " us NACK" : " us");
}

static void add_timeslot(struct frame_words *w, const struct frame_ie_value *v)
{
	add_field(w, ", timeslot template ", v->timeslot.id);
	if (!v->timeslot.has_template)
		return;
	add_field(w, " of ", v->timeslot.timeslot_length);
	add_words(w, " us");
}

static void add_hopping(struct frame_words *w, const struct frame_ie_value *v)
{
	add_field(w, ", hopping sequence ", v->hopping.sequence_id);
	if (v->hopping.has_sequence)
		add_field(w, " channels ", v->hopping.channel_count);
}

/* False: this form has no words but its name. */
static bool add_standard(struct frame_words *w, const struct frame_ie_value *v)
{
	switch (v->form) {
	case FRAME_IE_FORM_CSL:
		add_csl(w, v);
		return true;
	case FRAME_IE_FORM_RIT:
		add_rit(w, v);
		return true;
	case FRAME_IE_FORM_RENDEZVOUS_TIME:
		add_rendezvous(w, v);
		return true;
	case FRAME_IE_FORM_TIME_CORRECTION:
		add_time_correction(w, v);
		return true;
	case FRAME_IE_FORM_GLOBAL_TIME:
		add_field(w, ", Global Time ", v->global_time);
		return true;
	case FRAME_IE_FORM_TSCH_SYNCHRONIZATION:
		add_synchronization(w, v);
		return true;
	case FRAME_IE_FORM_TSCH_TIMESLOT:
		add_timeslot(w, v);
		return true;
	case FRAME_IE_FORM_CHANNEL_HOPPING:
		add_hopping(w, v);
		return true;
	case FRAME_IE_FORM_ENHANCED_BEACON_FILTER:
		add_filter(w, v);
		return true;
	}
	return false;
}

static bool is_wisun(const struct frame_ie *ie)
{
	return ie->kind == FRAME_IE_WISUN_NESTED ||
	       (ie->kind == FRAME_IE_HEADER && ie->id == FRAME_IE_WISUN_HEADER);
}

static void add_ie(struct frame_words *w, const uint8_t *octets, const struct frame_ie *ie)
{
	bool reserved = ie->kind == FRAME_IE_NESTED && ie->long_format != (ie->id < 0x10);
	struct frame_ie_value v;

	if (frame_ie_is_termination(ie))
		return;
	if (is_wisun(ie)) {
		add_wisun(w, octets, ie);
		return;
	}
	frame_ie_parse(&v, octets, ie);
	if (v.form == FRAME_IE_FORM_MPX)
		add_mpx(w, &v, octets);
	else if (v.form == FRAME_IE_FORM_SIXP)
		add_sixp(w, &v, octets);
	else if (v.form == FRAME_IE_FORM_TSCH_SLOTFRAMES)
		add_slotframes(w, &v, octets);
	else if (!add_standard(w, &v))
		add_name(w, reserved ? "Reserved" : frame_ie_name(ie->kind, ie->id), ie->id);
	if (v.form == FRAME_IE_FORM_VENDOR) {
		add_words(w, " ");
		add_hex(w, v.vendor, 3);
	}
}

void frame_line_ies(struct frame_words *w, enum frame_ie_kind kind, const uint8_t *octets,
                    struct frame_span list)
{
	struct frame_ie_iterator it;
	struct frame_ie ie;

	for (frame_ie_iterator_init(&it, kind, octets, list); frame_ie_next(&it, &ie, NULL) == 1;) {
		if (kind == FRAME_IE_PAYLOAD && ie.id == FRAME_IE_MLME)
			frame_line_ies(w, FRAME_IE_NESTED, octets, ie.content);
		else if (kind == FRAME_IE_PAYLOAD && ie.id == FRAME_IE_WISUN)
			frame_line_ies(w, FRAME_IE_WISUN_NESTED, octets, ie.content);
		else
			add_ie(w, octets, &ie);
	}
}
