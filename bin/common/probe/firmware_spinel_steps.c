/* firmware_spinel_steps.c - what an RCP is told to begin with, and again after a reset or when an
 * address is learned: one step at a time, each of which it answers. */
#include "base/log.h"
#include "probe/firmware_spinel.h"

static const int64_t ANSWER_NS = INT64_C(1000000000), TRY_AGAIN_NS = INT64_C(2000000000);
enum { TRIES = 3 };

const struct spinel_step_words spinel_steps[SPINEL_STEPS] = {
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

void spinel_say(struct firmware_line *l, enum spinel_command command, enum spinel_property property,
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

void spinel_say_step(struct firmware_line *l)
{
	const struct spinel_own *own = spinel_own(l);
	const struct stand_in *s = &own->stand_in;
	enum spinel_property property = spinel_steps[own->step].property;

	switch (own->step) {
	case STEP_RESET:
		say_reset(l);
		break;
	case STEP_VERSION:
	case STEP_NAME:
		spinel_say(l, SPINEL_GET, property, 0, 0, false);
		break;
	case STEP_CHANNEL:
		if (l->config.channel < 0 || own->channel_refused)
			spinel_say(l, SPINEL_GET, property, 0, 0, false);
		else
			spinel_say(l, SPINEL_SET, property, (uint64_t)l->config.channel, 1, false);
		break;
	case STEP_EXTENDED:
		spinel_say(l, SPINEL_SET, property, s->extended, 8, true);
		break;
	case STEP_SHORT:
		spinel_say(l, SPINEL_SET, property, s->short_address, 2, false);
		break;
	case STEP_PAN:
		spinel_say(l, SPINEL_SET, property, s->pan, 2, false);
		break;
	case STEP_FILTER:
		spinel_say(l, SPINEL_SET, property,
		           filters(l) ? SPINEL_FILTER_ADDRESSES : SPINEL_FILTER_NOTHING, 1, false);
		break;
	default:
		spinel_say(l, SPINEL_SET, property, 1, 1, false);
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

void spinel_next_step(struct firmware_line *l, int64_t now)
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
	spinel_say_step(l);
}

void spinel_end_step(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->todo &= ~(1u << own->step);
	spinel_next_step(l, now);
}

void spinel_do(struct firmware_line *l, unsigned todo, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->todo |= todo;
	if (own->step == STEP_NONE)
		spinel_next_step(l, now);
}

void spinel_start(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->todo = ALL_STEPS;
	own->step = STEP_NONE;
	own->begun = own->told_silent = own->channel_refused = false;
	/* Ends what a program before us may have left half said. */
	firmware_write(l, (const uint8_t[]){HDLC_FLAG}, 1);
	spinel_next_step(l, now);
}

/* The answer to a channel that was asked for before is then one to nothing. */
void spinel_set_channel(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->channel_refused = false;
	if (own->step != STEP_CHANNEL) {
		spinel_do(l, 1u << STEP_CHANNEL, now);
		return;
	}
	own->tries = 0;
	own->step_due = now + ANSWER_NS;
	spinel_say_step(l);
}

/* A probe that says nothing may be one that boots, or is plugged in later. */
static void try_again(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);
	bool last = ++own->tries >= TRIES;

	if (last && own->step != STEP_RESET) {
		firmware_tell(l, LOG_WARNING, "no answer where it was asked for %s",
		              spinel_steps[own->step].name);
		spinel_end_step(l, now);
		return;
	}
	if (last && !own->told_silent) {
		own->told_silent = true;
		firmware_tell(l, LOG_WARNING,
		              "the probe does not answer (is an RCP on it, is the speed right?)");
	}
	own->step_due = now + (last ? TRY_AGAIN_NS : ANSWER_NS);
	spinel_say_step(l);
}

int64_t spinel_tick(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);
	int64_t held = spinel_tick_held(l, now);

	if (own->step == STEP_NONE)
		return held;
	if (now >= own->step_due)
		try_again(l, now);
	return own->step != STEP_NONE && own->step_due < held ? own->step_due : held;
}
