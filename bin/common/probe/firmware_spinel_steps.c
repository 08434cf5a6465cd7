/* firmware_spinel_steps.c - what an RCP is told to begin with, and again after a reset or when an
 * address is learned: one step at a time, each of which it answers. */
#include "base/log.h"
#include "probe/firmware_spinel.h"

static const int64_t ANSWER_NS = INT64_C(1000000000), TRY_AGAIN_NS = INT64_C(2000000000);
static const int64_t ASK_FIRST_NS = INT64_C(200000000);
enum { TRIES = 3 };
enum { USUAL_MIN = 11, USUAL_MAX = 26, ONE_OCTET_MAX = 127 }; /* channels of 2.4 GHz; packed */

const struct spinel_step_words spinel_steps[SPINEL_STEPS] = {
	[STEP_RESET] = {SPINEL_LAST_STATUS, "a reset"},
	[STEP_VERSION] = {SPINEL_PROTOCOL_VERSION, "its version"},
	[STEP_NAME] = {SPINEL_NCP_VERSION, "its name"},
	[STEP_PHY] = {SPINEL_PHY_ENABLED, "to switch its radio on"},
	[STEP_CHANNELS] = {SPINEL_PHY_CHAN_SUPPORTED, "its channels"},
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

/* Newer builds want to be told what to reset; what older ones do not look at is left out the next
 * time all the same. */
static void say_reset(struct firmware_line *l)
{
	struct spinel_own *own = spinel_own(l);
	const uint8_t message[] = {
		(uint8_t)(SPINEL_HEADER | own->interface << SPINEL_INTERFACE_SHIFT), SPINEL_RESET,
		SPINEL_STACK_RESET};

	if (own->asks_first) {
		spinel_say(l, SPINEL_GET, SPINEL_LAST_STATUS, 0, 0, false);
		own->asked_header = own->step_header;
	} else {
		spinel_write(l, message, own->tries % 2 ? 2 : 3);
	}
}

/* A packed integer, of which the first octet alone is what a reader of one octet wants. */
static void say_channel(struct firmware_line *l)
{
	unsigned channel = (unsigned)l->config.channel;

	if (channel <= ONE_OCTET_MAX)
		spinel_say(l, SPINEL_SET, SPINEL_PHY_CHAN, channel, 1, false);
	else
		spinel_say(l, SPINEL_SET, SPINEL_PHY_CHAN, channel | 0x100, 2, false);
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
	case STEP_CHANNELS:
		spinel_say(l, SPINEL_GET, property, 0, 0, false);
		break;
	case STEP_CHANNEL:
		if (l->config.channel < 0 || own->channel_refused)
			spinel_say(l, SPINEL_GET, property, 0, 0, false);
		else
			say_channel(l);
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
	int channel = l->config.channel;
	bool usual = channel < 0 || (channel >= USUAL_MIN && channel <= USUAL_MAX);

	todo &= usual ? ~(1u << STEP_CHANNELS) : ALL_STEPS;
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
	own->step_due =
		now + (own->step == STEP_RESET && own->asks_first ? ASK_FIRST_NS : ANSWER_NS);
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
	if (own->step == STEP_NONE && !(l->in_flight && own->held_header))
		spinel_next_step(l, now);
}

bool spinel_next_interface(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	if (own->interfaces_tried + 1 >= SPINEL_INTERFACES)
		return false;
	own->interfaces_tried++;
	own->interface = (own->interface + 1) % SPINEL_INTERFACES;
	own->step_due = now + ANSWER_NS;
	spinel_say_step(l);
	return true;
}

void spinel_start(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	/* Where a reset takes the port away, another one each time that it is back has no end. */
	own->asks_first = own->step == STEP_RESET;
	own->asked_header = own->held_header = own->interfaces_tried = 0;
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
	if (own->step == STEP_CHANNEL || own->step == STEP_CHANNELS)
		own->step = STEP_NONE;
	spinel_do(l, 1u << STEP_CHANNELS | 1u << STEP_CHANNEL, now);
}

/* A probe that says nothing may be one that boots, or is plugged in later. */
static void try_again(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);
	bool last = ++own->tries >= TRIES;

	own->asks_first = false;
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

	if (own->todo)
		spinel_do(l, 0, now);
	int64_t held = spinel_tick_held(l, now);

	if (own->step == STEP_NONE)
		return held;
	if (now >= own->step_due)
		try_again(l, now);
	return own->step != STEP_NONE && own->step_due < held ? own->step_due : held;
}
