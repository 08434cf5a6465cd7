/* firmware_spinel.c - OpenThread's radio co-processor (RCP): messages of spinel in HDLC-lite. The
 * conversation: what it is told to begin with, what it says. What is sent: firmware_spinel_send.c.
 */
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
	[SPINEL_COUNTERS] = NULL,
};

static const int64_t ANSWER_NS = INT64_C(1000000000), TRY_AGAIN_NS = INT64_C(2000000000);
enum { TRIES = 3 };

static void init(struct firmware_line *l)
{
	struct spinel_own *own = spinel_own(l);

	hdlc_decoder_init(&own->hdlc, l->input, sizeof l->input);
	own->step = STEP_NONE;
	own->stand_in = l->config.stand_in;
}

/* --- the conversation: one step at a time, each is answered --- */

static const struct {
	enum spinel_property property;
	const char *name;
} steps[] = {
	[STEP_RESET] = {SPINEL_LAST_STATUS, "a reset"},
	[STEP_VERSION] = {SPINEL_PROTOCOL_VERSION, "its version"},
	[STEP_NAME] = {SPINEL_NCP_VERSION, "its name"},
	[STEP_PHY] = {SPINEL_PHY_ENABLED, "to switch its radio on"},
	[STEP_CHANNEL] = {SPINEL_PHY_CHAN, "its channel"},
	[STEP_EXTENDED] = {SPINEL_LADDR, "an extended address"},
	[STEP_SHORT] = {SPINEL_SADDR, "a short address"},
	[STEP_PAN] = {SPINEL_PANID, "a PAN ID"},
	[STEP_FILTER] = {SPINEL_FILTER_MODE, "a filter mode"},
	[STEP_STREAM] = {SPINEL_RAW_STREAM_ENABLED, "to hand frames over"},
};

/* RESET comes first, alone. */
enum { ALL_STEPS = (1u << SPINEL_STEPS) - 1, ALL_BUT_RESET = ALL_STEPS & ~(1u << STEP_RESET) };

static void say(struct firmware_line *l, enum spinel_command command, enum spinel_property property,
                uint64_t value, size_t size, bool high_first)
{
	struct spinel_own *own = spinel_own(l);
	uint8_t message[3 + sizeof value] = {spinel_next_header(own), (uint8_t)command,
	                                     (uint8_t)property};

	for (size_t i = 0; i < size; i++)
		message[3 + i] = (uint8_t)(value >> 8 * (high_first ? size - 1 - i : i));
	own->step_header = message[0];
	spinel_write(l, message, 3 + size);
}

/* Older builds know RESET alone, newer ones want to be told what to reset. */
static void say_reset(struct firmware_line *l)
{
	const uint8_t message[] = {SPINEL_HEADER, SPINEL_RESET, SPINEL_STACK_RESET};

	spinel_write(l, message, spinel_own(l)->tries % 2 ? 3 : 2);
}

static bool filters(const struct firmware_line *l)
{
	const struct spinel_own *own = (const void *)l->own;

	return l->config.active && stand_in_is_known(&own->stand_in);
}

static void say_step(struct firmware_line *l)
{
	const struct spinel_own *own = spinel_own(l);
	const struct stand_in *s = &own->stand_in;
	enum spinel_property property = steps[own->step].property;

	switch (own->step) {
	case STEP_RESET:
		say_reset(l);
		break;
	case STEP_VERSION:
	case STEP_NAME:
		say(l, SPINEL_GET, property, 0, 0, false);
		break;
	case STEP_CHANNEL:
		if (l->config.channel < 0 || own->channel_refused)
			say(l, SPINEL_GET, property, 0, 0, false);
		else
			say(l, SPINEL_SET, property, (uint64_t)l->config.channel, 1, false);
		break;
	case STEP_EXTENDED:
		say(l, SPINEL_SET, property, s->extended, 8, true);
		break;
	case STEP_SHORT:
		say(l, SPINEL_SET, property, s->short_address, 2, false);
		break;
	case STEP_PAN:
		say(l, SPINEL_SET, property, s->pan, 2, false);
		break;
	case STEP_FILTER:
		say(l, SPINEL_SET, property,
		    filters(l) ? SPINEL_FILTER_ADDRESSES : SPINEL_FILTER_NOTHING, 1, false);
		break;
	default:
		say(l, SPINEL_SET, property, 1, 1, false);
	}
}

/* What does not apply is left out. */
static unsigned steps_that_apply(const struct firmware_line *l, unsigned todo)
{
	const struct stand_in *s = &((const struct spinel_own *)(const void *)l->own)->stand_in;
	bool active = l->config.active;

	todo &= active && s->has_extended ? ALL_STEPS : ~(1u << STEP_EXTENDED);
	todo &= active && s->has_short ? ALL_STEPS : ~(1u << STEP_SHORT);
	return todo & (active && s->has_pan ? ALL_STEPS : ~(1u << STEP_PAN));
}

static void tell_unknown_device(struct firmware_line *l)
{
	struct spinel_own *own = spinel_own(l);

	if (!l->config.active || filters(l) || own->told_unacknowledged)
		return;
	own->told_unacknowledged = true;
	firmware_tell(l, LOG_WARNING,
	              "the address of the device that this probe stands in for is not known yet: "
	              "until a frame of it comes to be sent, frames cross without "
	              "acknowledgement (--stand-in sets it)");
}

static void next_step(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->todo = steps_that_apply(l, own->todo);
	own->step = STEP_NONE;
	if (!own->todo) {
		if (!own->begun)
			tell_unknown_device(l);
		own->begun = true;
		spinel_send_held(l, now);
		return;
	}
	own->step = __builtin_ctz(own->todo);
	own->tries = 0;
	own->step_due = now + ANSWER_NS;
	say_step(l);
}

static void end_step(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->todo &= ~(1u << own->step);
	next_step(l, now);
}

void spinel_do(struct firmware_line *l, unsigned todo, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->todo |= todo;
	if (own->step == STEP_NONE)
		next_step(l, now);
}

static void start(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->todo = ALL_STEPS;
	own->step = STEP_NONE;
	own->begun = own->told_silent = own->channel_refused = false;
	/* Ends what a program before us may have left half said. */
	firmware_write(l, (const uint8_t[]){HDLC_FLAG}, 1);
	next_step(l, now);
}

/* A probe that says nothing may be one that boots, or is plugged in later. */
static void try_again(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);
	bool last = ++own->tries >= TRIES;

	if (last && own->step != STEP_RESET) {
		firmware_tell(l, LOG_WARNING, "no answer where it was asked for %s",
		              steps[own->step].name);
		end_step(l, now);
		return;
	}
	if (last && !own->told_silent) {
		own->told_silent = true;
		firmware_tell(l, LOG_WARNING,
		              "the probe does not answer (is an RCP on it, is the speed right?)");
	}
	own->step_due = now + (last ? TRY_AGAIN_NS : ANSWER_NS);
	say_step(l);
}

static int64_t tick(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);
	int64_t held = spinel_tick_held(l, now);

	if (own->step == STEP_NONE)
		return held;
	if (now >= own->step_due)
		try_again(l, now);
	return own->step != STEP_NONE && own->step_due < held ? own->step_due : held;
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

static void read_value(struct firmware_line *l, uint32_t property, struct spinel_reader *r)
{
	if (property == SPINEL_PROTOCOL_VERSION)
		read_version(l, r);
	else if (property == SPINEL_PHY_CHAN)
		read_channel(l, r);
	else if (property == SPINEL_NCP_VERSION)
		firmware_tell(l, LOG_INFO, "%.*s",
		              (int)strnlen((const char *)r->at, spinel_left(r)),
		              (const char *)r->at);
}

static void read_refusal(struct firmware_line *l, uint32_t status, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	if (own->step == STEP_CHANNEL && l->config.channel >= 0 && !own->channel_refused) {
		firmware_tell(l, LOG_WARNING, "channel %d is refused (status %u)",
		              l->config.channel, (unsigned)status);
		own->channel_refused = true;
		say_step(l); /* which it is on, then */
		return;
	}
	firmware_tell(l, LOG_WARNING, "the probe refuses %s (status %u)", steps[own->step].name,
	              (unsigned)status);
	end_step(l, now);
}

static void read_reset(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	if (own->step == STEP_RESET) {
		end_step(l, now);
		return;
	}
	l->counts[SPINEL_RESETS]++;
	firmware_tell(l, own->begun ? LOG_WARNING : LOG_DEBUG,
	              "the probe has been reset: it is told everything again");
	own->todo = ALL_BUT_RESET;
	next_step(l, now);
}

static void read_status(struct firmware_line *l, uint8_t header, struct spinel_reader *r,
                        int64_t now, struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);
	uint32_t status = spinel_packed(r);

	if (r->bad) {
		l->counts[SPINEL_MALFORMED]++;
	} else if (status >= SPINEL_RESET_FIRST && status <= SPINEL_RESET_LAST) {
		read_reset(l, now);
	} else if (own->step > STEP_RESET && header == own->step_header) {
		if (status == SPINEL_OK)
			end_step(l, now);
		else
			read_refusal(l, status, now);
	} else if (l->in_flight && header == own->held_header) {
		spinel_read_outcome(l, status, now, e);
	} else if (header & SPINEL_TID) {
		l->counts[SPINEL_TO_NOTHING]++;
	}
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
	} else if (own->step > STEP_RESET && header == own->step_header &&
	           property == (uint32_t)steps[own->step].property) {
		read_value(l, property, &r);
		end_step(l, now);
	} else if (header & SPINEL_TID) {
		l->counts[SPINEL_TO_NOTHING]++;
	}
}

/* What stands between two flags and is no frame may be what the mote prints while it boots. */
static void read_other(struct firmware_line *l, struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);

	if (!probe_text_only(l->input, own->hdlc.length) || own->hdlc.length < TEXT_MIN)
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
	size_t lost = hdlc_decoder_finish(&spinel_own(l)->hdlc);

	copy_counters(l);
	return lost;
}

static void stop(struct firmware_line *l)
{
	say(l, SPINEL_SET, SPINEL_RAW_STREAM_ENABLED, 0, 1, false);
}

static bool ready(const struct firmware_line *l)
{
	const struct spinel_own *own = (const void *)l->own;

	return own->begun && own->step == STEP_NONE;
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
	.start = start,
	.stop = stop,
	.tick = tick,
	.ready = ready,
	.send = spinel_send,
	.read = read_octets,
	.finish = finish,
};
