#include "probe/verdict.h"

#include "base/limit.h"
#include "base/log.h"
#include "probe/text.h"
#include "slip.h"

enum { TEXT, NOT_A_FRAME };
enum { FCS_GOOD, FCS_BAD, UNCHECKED, TOO_SHORT, UNDECIDED, DECISIONS, TAKEN_BACK };

static void name_counters(struct counter *counters, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		counters[i].name = names[i];
}

void verdict_init(struct verdicts *v, const char *section, enum probe_fcs fcs, int rssi_offset)
{
	static const char *const line_names[VERDICT_LINE_COUNTERS] = {"text", "not_a_frame"};
	static const char *const names[VERDICT_COUNTERS] = {
		"fcs_good",  "fcs_bad",   "unchecked",  "too_short",
		"undecided", "decisions", "taken_back",
	};

	fcs_init(&v->fcs, fcs, rssi_offset);
	name_counters(v->line_counters, line_names, VERDICT_LINE_COUNTERS);
	name_counters(v->counters, names, VERDICT_COUNTERS);
	stats_register(section, v->line_counters, VERDICT_LINE_COUNTERS);
	stats_register("probe", v->counters, VERDICT_COUNTERS);
}

/* --- what is no frame --- */

static void leave_out_other(struct verdicts *v, const char *what)
{
	stats_add(&v->line_counters[NOT_A_FRAME], 1);
	if (!v->told_other)
		log_warning("%s: %s is no radio frame, and is left out: the mote is a node of its "
		            "own, not a probe",
		            v->name, what);
	v->told_other = true;
}

void verdict_of_text(struct verdicts *v, const uint8_t *octets, size_t length)
{
	stats_add(&v->line_counters[TEXT], 1);
	v->booted |= probe_text_tells_boot(octets, length);
	probe_text_show(v->name, octets, length);
}

/* False: nothing is left. */
static bool leave_out_text(struct verdicts *v, struct probe_frame *f)
{
	struct probe_text text = probe_text_sort(f->mac, f->length);

	if (text.kind == PROBE_TEXT_NONE)
		return true;
	if (text.kind == PROBE_TEXT_OTHER)
		leave_out_other(v, text.what);
	if (text.length)
		verdict_of_text(v, f->mac, text.length);
	f->mac += text.length;
	f->length -= text.length;
	return text.kind == PROBE_TEXT_BEFORE;
}

/* --- what ends a frame --- */

static void tell_decision(struct verdicts *v)
{
	stats_add(&v->counters[DECISIONS], 1);
	limited_info("%s: the frames end in %s", v->name, fcs_in_words(v->fcs.mode));
}

void verdict_look_ahead(struct verdicts *v, const uint8_t *octets, size_t n)
{
	uint8_t frame[PROBE_FRAME_MAX];
	struct fcs fcs = v->fcs;
	struct slip_decoder d;

	slip_decoder_init(&d, frame, sizeof frame, 0);
	for (size_t used = 0; used < n && fcs.automatic && !fcs.decided;) {
		enum slip_event event;

		used += slip_decode(&d, octets + used, n - used, &event);
		if (event != SLIP_FRAME ||
		    probe_text_sort(d.frame, d.length).kind != PROBE_TEXT_NONE)
			continue;
		if (!fcs_may_be_ti(&fcs, d.frame, d.length))
			return;
		fcs_weigh(&fcs, d.frame, d.length);
	}
	if (!fcs.decided || fcs.mode != PROBE_FCS_TI)
		return;
	v->fcs = fcs;
	tell_decision(v);
}

static void tell_event(struct verdicts *v, enum fcs_event event, enum probe_fcs before)
{
	switch (event) {
	case FCS_DECIDED:
		tell_decision(v);
		break;
	case FCS_TAKEN_BACK:
		stats_add(&v->counters[TAKEN_BACK], 1);
		limited_warning(
			"%s: the frames end in %s no more (32 different ones in a row do not, or "
			"most of 64): that they do is taken back, and they pass as they are (--fcs "
			"says what ends them)",
			v->name, fcs_in_words(before));
		break;
	case FCS_OPEN:
		limited_warning(
			"%s: no frame has shown a frame check sequence yet: they pass as they "
			"are (--fcs says what ends them)",
			v->name);
		break;
	case FCS_NOTHING:
		break;
	}
}

static bool has_no_end(const struct fcs *f)
{
	return f->mode == PROBE_FCS_NONE && !f->automatic;
}

/* False: the frame is too short to end in it. */
static bool take_end_off(struct verdicts *v, struct probe_frame *f)
{
	enum probe_fcs before = v->fcs.mode;
	enum fcs_event event = fcs_weigh(&v->fcs, f->mac, f->length);
	bool fits = fcs_strip(&v->fcs, f);

	if (event != FCS_NOTHING)
		tell_event(v, event, before);
	return fits;
}

void verdict_count(struct verdicts *v, const unsigned frames[PROBE_VERDICTS])
{
	stats_count(&v->counters[UNCHECKED], frames[PROBE_UNCHECKED]);
	stats_count(&v->counters[FCS_GOOD], frames[PROBE_GOOD]);
	stats_count(&v->counters[FCS_BAD], frames[PROBE_BAD]);
}

/* What may be text, and what has no right FCS. */
static __attribute__((noinline)) enum verdict_outcome judge_closely(struct verdicts *v,
                                                                    struct probe_frame *f)
{
	if (!probe_text_is_clearly_none(f->mac, f->length) && !leave_out_text(v, f))
		return VERDICT_NO_FRAME;
	if (has_no_end(&v->fcs))
		return VERDICT_FRAME;
	if (!take_end_off(v, f)) {
		stats_add(&v->counters[TOO_SHORT], 1);
		return VERDICT_TOO_SHORT;
	}
	if (v->fcs.automatic && !v->fcs.decided)
		stats_count(&v->counters[UNDECIDED], 1);
	return VERDICT_FRAME;
}

/* Of most frames one look is enough. */
enum verdict_outcome verdict_of_frame(struct verdicts *v, struct probe_frame *f)
{
	/* What has a right FCS is no text. */
	bool is_sure = has_no_end(&v->fcs) ? probe_text_is_clearly_none(f->mac, f->length)
	                                   : fcs_strip_right(&v->fcs, f);

	return is_sure ? VERDICT_FRAME : judge_closely(v, f);
}
