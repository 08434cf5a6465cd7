/* firmware_spinel.c - OpenThread's radio co-processor (RCP): messages of spinel in HDLC-lite. What
 * it says is here, what it is told in firmware_spinel_steps.c, frames in firmware_spinel_send.c. */
#include "probe/firmware_spinel.h"

#include <string.h>

#include "base/log.h"

static const char *const counters[] = {
	[SPINEL_OCTETS] = "octets",
	[SPINEL_FRAMES] = "frames",
	[SPINEL_OVERLONG] = "overlong",
	[SPINEL_UNFINISHED] = "unfinished",
	[SPINEL_BAD_FCS] = "hdlc_bad_fcs",
	[SPINEL_ABORTED] = "hdlc_aborted",
	[SPINEL_HDLC_OVERLONG] = "hdlc_overlong",
	[SPINEL_MALFORMED] = "malformed",
	[SPINEL_RADIO_ERRORS] = "radio_errors",
	[SPINEL_OWN_ECHO] = "own_echo",
	[SPINEL_RESETS] = "resets",
	[SPINEL_TO_NOTHING] = "answers_to_nothing",
	[SPINEL_BY_PROBE] = "dropped_by_probe",
	[SPINEL_COUNTERS] = NULL,
};

static void init(struct firmware_line *l)
{
	struct spinel_own *own = spinel_own(l);

	hdlc_decoder_init(&own->hdlc, l->input, sizeof l->input);
	own->step = STEP_NONE;
	own->stand_in = l->config.stand_in;
}

/* --- what it says --- */

static void read_version(struct firmware_line *l, struct spinel_reader *r)
{
	uint32_t major = spinel_packed(r), minor = spinel_packed(r);

	if (r->bad)
		l->counts[SPINEL_MALFORMED]++;
	else if (major != SPINEL_MAJOR)
		firmware_tell(
			l, LOG_WARNING,
			"the probe speaks spinel %u.%u: version %d is understood, of this one "
			"perhaps not all",
			(unsigned)major, (unsigned)minor, SPINEL_MAJOR);
}

static void read_channel(struct firmware_line *l, struct spinel_reader *r)
{
	const struct spinel_own *own = spinel_own(l);
	int channel = (int)spinel_number(r, 1), wanted = l->config.channel;

	if (r->bad) {
		l->counts[SPINEL_MALFORMED]++;
		return;
	}
	if (wanted >= 0 && channel != wanted && !own->channel_refused)
		firmware_tell(l, LOG_WARNING, "channel %d is refused: the probe is on channel %d",
		              wanted, channel);
	l->channel = channel;
}

/* A radio takes any channel, and hears nothing where it has none. An octet each, ascending. */
static void read_channels(struct firmware_line *l, const struct spinel_reader *r)
{
	struct spinel_own *own = spinel_own(l);
	size_t n = spinel_left(r);

	if (!n || memchr(r->at, l->config.channel, n))
		return;
	own->channel_refused = true;
	firmware_tell(l, LOG_WARNING, "channel %d is refused: the probe's radio has %d to %d",
	              l->config.channel, r->at[0], r->at[n - 1]);
}

static void read_value(struct firmware_line *l, uint32_t property, struct spinel_reader *r)
{
	if (property == SPINEL_PROTOCOL_VERSION)
		read_version(l, r);
	else if (property == SPINEL_PHY_CHAN)
		read_channel(l, r);
	else if (property == SPINEL_PHY_CHAN_SUPPORTED)
		read_channels(l, r);
	else if (property == SPINEL_NCP_VERSION)
		firmware_tell(l, LOG_INFO, "%.*s",
		              (int)strnlen((const char *)r->at, spinel_left(r)),
		              (const char *)r->at);
}

static void read_refusal(struct firmware_line *l, uint32_t status, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	if (own->step == STEP_CHANNELS) { /* it does not know them */
		spinel_end_step(l, now);
		return;
	}
	if (own->step == STEP_CHANNEL && l->config.channel >= 0 && !own->channel_refused) {
		firmware_tell(l, LOG_WARNING, "channel %d is refused (status %u)",
		              l->config.channel, (unsigned)status);
		own->channel_refused = true;
		spinel_say_step(l); /* which it is on, then */
		return;
	}
	firmware_tell(l, LOG_WARNING, "the probe refuses %s (status %u)",
	              spinel_steps[own->step].name, (unsigned)status);
	spinel_end_step(l, now);
}

static void read_reset(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	if (own->step == STEP_RESET) {
		spinel_end_step(l, now);
		return;
	}
	l->counts[SPINEL_RESETS]++;
	firmware_tell(l, own->begun ? LOG_WARNING : LOG_DEBUG,
	              "the probe has been reset: it is told everything again");
	own->todo = ALL_BUT_RESET;
	own->held_header = 0; /* what was on its way went with it */
	spinel_next_step(l, now);
}

static bool is_reset(uint32_t status)
{
	return status >= SPINEL_RESET_FIRST && status <= SPINEL_RESET_LAST;
}

/* Answers are told by their transaction: of their interface not every build says the same. */
static bool is_answer(uint8_t header, uint8_t to)
{
	return header & SPINEL_TID && (header & SPINEL_TID) == (to & SPINEL_TID);
}

static bool is_of_step(const struct spinel_own *own, uint8_t header)
{
	return own->step > STEP_RESET && is_answer(header, own->step_header);
}

/* Its last status is the reset's as long as it has had nothing else to say. */
static void read_last_status(struct firmware_line *l, uint32_t status, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->asked_header = 0;
	if (own->step != STEP_RESET || !own->asks_first)
		return;
	if (is_reset(status)) {
		spinel_end_step(l, now);
		return;
	}
	own->asks_first = false;
	spinel_say_step(l);
}

/* What nobody has asked for: the probe had something to say, and no room to say it. */
static void read_unasked(struct firmware_line *l, uint32_t status)
{
	struct spinel_own *own = spinel_own(l);

	if (status != SPINEL_NO_MEMORY && status != SPINEL_DROPPED)
		return;
	l->counts[SPINEL_BY_PROBE]++;
	if (!own->told_dropped)
		firmware_tell(
			l, LOG_WARNING,
			"the probe says that it has dropped something (status %u): its line is "
			"too slow for what it hears, perhaps (counted as "
			"spinel.dropped_by_probe)",
			(unsigned)status);
	own->told_dropped = true;
}

static void read_status(struct firmware_line *l, uint8_t header, struct spinel_reader *r,
                        int64_t now, struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);
	uint32_t status = spinel_packed(r);

	if (r->bad) {
		l->counts[SPINEL_MALFORMED]++;
	} else if (is_answer(header, own->asked_header)) {
		read_last_status(l, status, now);
	} else if (is_reset(status)) {
		read_reset(l, now);
	} else if (status == SPINEL_INVALID_INTERFACE && own->step != STEP_NONE &&
	           spinel_next_interface(l, now)) {
		; /* which has been told */
	} else if (is_of_step(own, header)) {
		if (status == SPINEL_OK)
			spinel_end_step(l, now);
		else
			read_refusal(l, status, now);
	} else if (l->in_flight && is_answer(header, own->held_header)) {
		spinel_read_outcome(l, status, now, e);
	} else if (header & SPINEL_TID) {
		l->counts[SPINEL_TO_NOTHING]++;
	} else {
		read_unasked(l, status);
	}
}

/* Its own words, of which those of a log end in a zero octet. */
static void read_words(const struct spinel_reader *r, struct firmware_event *e)
{
	e->text = r->at;
	e->text_length = strnlen((const char *)r->at, spinel_left(r));
	e->type = e->text_length ? FIRMWARE_TEXT : FIRMWARE_MORE;
}

static void read_message(struct firmware_line *l, int64_t now, struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);
	struct spinel_reader r = {l->input, l->input + own->hdlc.length, false};
	uint8_t header = (uint8_t)spinel_number(&r, 1);
	uint32_t command = spinel_packed(&r), property = spinel_packed(&r);

	if (r.bad || (header & SPINEL_HEADER_MASK) != SPINEL_HEADER || command != SPINEL_IS) {
		l->counts[SPINEL_MALFORMED]++;
	} else if (property == SPINEL_LAST_STATUS) {
		read_status(l, header, &r, now, e);
	} else if (property == SPINEL_STREAM_RAW) {
		spinel_read_frame(l, &r, now, e);
	} else if (property == SPINEL_STREAM_DEBUG || property == SPINEL_STREAM_LOG) {
		read_words(&r, e);
	} else if (is_of_step(own, header) &&
	           property == (uint32_t)spinel_steps[own->step].property) {
		read_value(l, property, &r);
		spinel_end_step(l, now);
	} else if (header & SPINEL_TID) {
		l->counts[SPINEL_TO_NOTHING]++;
	}
}

/* What stands between two flags and is no frame may be what the mote prints while it boots. */
static bool is_text(const struct firmware_line *l, size_t length)
{
	return length >= TEXT_MIN && probe_text_only(l->input, length);
}

static void read_other(struct firmware_line *l, struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);

	if (!is_text(l, own->hdlc.length))
		return;
	own->hdlc.counters.bad_fcs--;
	e->type = FIRMWARE_TEXT;
	e->text = l->input;
	e->text_length = own->hdlc.length;
}

static void copy_counters(struct firmware_line *l)
{
	const struct hdlc_counters *c = &spinel_own(l)->hdlc.counters;

	l->counts[SPINEL_OCTETS] = c->octets;
	l->counts[SPINEL_BAD_FCS] = c->bad_fcs;
	l->counts[SPINEL_ABORTED] = c->aborted;
	l->counts[SPINEL_HDLC_OVERLONG] = c->overlong;
	l->counts[SPINEL_UNFINISHED] = c->unfinished;
}

static size_t read_octets(struct firmware_line *l, const uint8_t *in, size_t n, int64_t now,
                          struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);
	size_t used = 0;

	while (used < n && e->type == FIRMWARE_MORE) {
		enum hdlc_event event;

		used += hdlc_decode(&own->hdlc, in + used, n - used, &event);
		if (event == HDLC_FRAME)
			read_message(l, now, e);
		else if (event == HDLC_BAD_FCS)
			read_other(l, e);
	}
	copy_counters(l);
	return used;
}

static size_t finish(struct firmware_line *l)
{
	struct hdlc_decoder *d = &spinel_own(l)->hdlc;
	size_t lost = hdlc_decoder_finish(d);

	if (lost && is_text(l, lost)) {
		d->counters.unfinished--;
		lost = 0;
	}
	copy_counters(l);
	return lost;
}

static void stop(struct firmware_line *l)
{
	spinel_say(l, SPINEL_SET, SPINEL_RAW_STREAM_ENABLED, 0, 1, false);
}

static bool ready(const struct firmware_line *l)
{
	const struct spinel_own *own = (const void *)l->own;

	return own->begun && own->step == STEP_NONE && !own->todo;
}

const struct firmware firmware_spinel = {
	.display = "OpenThread RCP (spinel)",
	.section = "spinel",
	.counters = counters,
	.channel_min = 0,
	.channel_max = UINT8_MAX,
	.sets_channel = true,
	.tells_radio = true,
	.has_clock = true,
	.stands_in = true,
	.longest = FIRMWARE_FRAME_MAX - FRAME_FCS16_SIZE,
	.answer_ns = INT64_C(2000000000),
	.init = init,
	.start = spinel_start,
	.stop = stop,
	.tick = spinel_tick,
	.ready = ready,
	.send = spinel_send,
	.read = read_octets,
	.finish = finish,
	.set_channel = spinel_set_channel,
};
