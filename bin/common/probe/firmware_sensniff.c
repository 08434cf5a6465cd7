/* firmware_sensniff.c - Contiki-NG's sensniff and its kin: messages of a framing of their own, text
 * of the mote between them. */
#include <string.h>

#include "base/log.h"
#include "probe/firmware.h"
#include "probe/sensniff.h"

enum {
	OCTETS,
	FRAMES,
	OVERLONG,
	UNFINISHED,
	WRONG_LENGTH,
	UNKNOWN_COMMANDS,
	OTHER_VERSIONS,
	OUTSIDE
};
static const char *const counters[] = {"octets",         "frames",         "overlong",
                                       "unfinished",     "wrong_length",   "unknown_commands",
                                       "other_versions", "octets_outside", NULL};

enum { TRIES = 3 };
static const int64_t ANSWER_NS = INT64_C(1000000000), PAUSE_NS = INT64_C(250000000);

struct own {
	size_t have;   /* octets in l->input */
	size_t want;   /* the next decision comes with so many */
	size_t done;   /* octets of a message that has been given away */
	size_t follow; /* octets behind these that may belong to a message, and to no text */
	bool cut;      /* there was a pause before all of it had come */
	int64_t last;  /* when octets came */
	bool told_version;
	int lowest, highest;   /* channels, as it said; -1: it did not */
	unsigned tries;        /* of setting the channel; 0: it is not being set */
	unsigned asked, stale; /* commands without an answer yet; those before a change */
	int64_t due;
	struct firmware_text text;
};

static struct own *own_of(struct firmware_line *l)
{
	return FIRMWARE_OWN(struct own, l);
}

static void init(struct firmware_line *l)
{
	struct own *own = own_of(l);

	own->want = 1;
	own->lowest = own->highest = -1;
}

/* --- to the mote --- */

static void ask(struct firmware_line *l, unsigned what)
{
	firmware_write(l, sensniff_magic, SENSNIFF_MAGIC);
	firmware_write(l, (const uint8_t[]){SENSNIFF_VERSION, (uint8_t)(SENSNIFF_ASK | what)}, 2);
}

static void ask_channel(struct firmware_line *l)
{
	own_of(l)->asked++;
	ask(l, SENSNIFF_CHANNEL);
}

static void set_channel(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);

	firmware_write(l, sensniff_magic, SENSNIFF_MAGIC);
	firmware_write(
		l,
		(const uint8_t[]){SENSNIFF_VERSION, SENSNIFF_SET, 0, 1, (uint8_t)l->config.channel},
		5);
	own->tries++;
	own->asked++;
	own->due = now + ANSWER_NS;
}

static void start(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);

	own->tries = own->asked = own->stale = 0;
	l->channel = -1;
	ask(l, SENSNIFF_LOWEST);
	ask(l, SENSNIFF_HIGHEST);
	if (l->config.channel >= 0)
		set_channel(l, now);
	else
		ask_channel(l);
}

static void change_channel(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);

	own->stale = own->asked;
	own->tries = 0;
	l->channel = -1;
	set_channel(l, now);
}

/* The mote forgets half a command after a pause, so that another one is understood. */
static int64_t set_again(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);

	if (!own->tries)
		return INT64_MAX;
	if (now < own->due)
		return own->due;
	if (own->tries < TRIES) {
		set_channel(l, now);
		return own->due;
	}
	own->tries = 0;
	firmware_tell(
		l, LOG_WARNING,
		"no answer to channel %d (does the probe speak sensniff, is the speed right?)",
		l->config.channel);
	return INT64_MAX;
}

/* So do we: what is not whole then was cut, and what is behind the cut is looked at. */
static int64_t give_up(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);

	if (own->have == own->done || own->have >= own->want)
		return INT64_MAX;
	if (now - own->last < PAUSE_NS)
		return own->last + PAUSE_NS;
	own->cut = l->events_due = true;
	return INT64_MAX;
}

static int64_t tick(struct firmware_line *l, int64_t now)
{
	int64_t due = set_again(l, now), pause = give_up(l, now);

	return due < pause ? due : pause;
}

/* --- from the mote --- */

static void read_frame(struct firmware_line *l, struct firmware_event *e, size_t length)
{
	const uint8_t *payload = l->input + SENSNIFF_HEADER;

	if (length - SENSNIFF_TI_SIZE > l->config.max_frame) {
		firmware_tell_overlong(l, OVERLONG);
		return;
	}
	length -= SENSNIFF_TI_SIZE;
	uint16_t fcs = frame_fcs16(payload, length);
	e->type = FIRMWARE_FRAME;
	e->frames[0] = (struct probe_frame){
		.mac = payload,
		.length = length,
		.verdict = PROBE_GOOD,
		.fcs = {(uint8_t)fcs, (uint8_t)(fcs >> 8)},
		.has_radio = true,
		.rssi = (int8_t)payload[length],
		.correlation = payload[length + 1] & 0x7f,
	};
}

static void tell_refusal(struct firmware_line *l)
{
	const struct own *own = own_of(l);

	if (own->lowest >= 0 && own->highest >= 0)
		firmware_tell(l, LOG_WARNING, "channel %d is refused: the probe has %d to %d",
		              l->config.channel, own->lowest, own->highest);
	else
		firmware_tell(l, LOG_WARNING, "channel %d is refused", l->config.channel);
}

static void read_channel(struct firmware_line *l, uint8_t channel)
{
	struct own *own = own_of(l);

	own->asked -= own->asked > 0;
	if (own->stale && own->tries && channel != l->config.channel) {
		own->stale--; /* to what was said before */
		return;
	}
	own->stale = 0;
	if (own->tries && channel != l->config.channel)
		tell_refusal(l);
	own->tries = 0;
	l->channel = channel;
}

static void read_message(struct firmware_line *l, struct firmware_event *e, size_t length)
{
	struct own *own = own_of(l);
	uint8_t command = l->input[SENSNIFF_COMMAND_AT], value = l->input[SENSNIFF_HEADER];

	if (command == SENSNIFF_FRAME) {
		read_frame(l, e, length);
	} else if (command == SENSNIFF_NOT_SUPPORTED) {
		if (own->tries) {
			tell_refusal(l);
			ask_channel(l);
		}
		own->tries = 0;
	} else if (command > SENSNIFF_HIGHEST) {
		l->counts[UNKNOWN_COMMANDS]++;
	} else if (length != 1) {
		l->counts[WRONG_LENGTH]++;
	} else if (command == SENSNIFF_CHANNEL) {
		read_channel(l, value);
	} else {
		*(command == SENSNIFF_LOWEST ? &own->lowest : &own->highest) = value;
	}
}

static void drop(struct firmware_line *l, size_t n)
{
	struct own *own = own_of(l);

	memmove(l->input, l->input + n, own->have - n);
	own->have -= n;
	own->want = 1;
}

/* The first octet begins no message. */
static void read_outside(struct firmware_line *l, struct firmware_event *e)
{
	struct own *own = own_of(l);

	if (own->follow) {
		own->follow--;
	} else {
		l->counts[OUTSIDE]++;
		firmware_text_add(&own->text, l->input[0], e);
	}
	drop(l, 1);
}

static void tell_version(struct firmware_line *l)
{
	struct own *own = own_of(l);

	l->counts[OTHER_VERSIONS]++;
	if (!own->told_version)
		firmware_tell(
			l, LOG_WARNING,
			"the probe speaks version %u of sensniff: version 2 is read, this one "
			"is passed over",
			l->input[SENSNIFF_VERSION_AT]);
	own->told_version = true;
}

static void end_message(struct firmware_line *l, struct firmware_event *e, size_t size)
{
	struct own *own = own_of(l);
	size_t follow;
	bool chain = sensniff_has_chain(l->input, size, &follow);

	/* What ends as the next message begins is none, nor is a frame without CRC-OK: the mote
	 * reports no others. */
	own->follow = 0;
	if (chain || follow > 1 || !sensniff_is_believable(l->input, size)) {
		l->counts[WRONG_LENGTH]++;
		drop(l, sensniff_find_next(l->input, size));
		return;
	}
	own->follow = follow;
	own->done = size - follow;
	if (l->input[SENSNIFF_VERSION_AT] == SENSNIFF_VERSION)
		read_message(l, e, size - SENSNIFF_HEADER);
	else
		tell_version(l);
}

enum { NO_MESSAGE = 0 };

/* The size of the message at the beginning, or as much as is needed to tell it. */
static size_t size_of(struct firmware_line *l)
{
	size_t have = own_of(l)->have;
	const uint8_t *p = l->input;

	if (memcmp(p, sensniff_magic, have < SENSNIFF_MAGIC ? have : SENSNIFF_MAGIC) != 0)
		return NO_MESSAGE;
	if (have < SENSNIFF_HEADER_1)
		return have < SENSNIFF_MAGIC ? have + 1 : SENSNIFF_HEADER_1;
	if (p[SENSNIFF_VERSION_AT] == 1)
		return SENSNIFF_HEADER_1 + p[SENSNIFF_LENGTH_1_AT];
	if (p[SENSNIFF_VERSION_AT] != SENSNIFF_VERSION) {
		tell_version(l);
		return NO_MESSAGE;
	}
	if (have >= SENSNIFF_HEADER &&
	    sensniff_length(p) > SENSNIFF_MESSAGE_MAX - SENSNIFF_HEADER) {
		l->counts[WRONG_LENGTH]++;
		return NO_MESSAGE;
	}
	return have < SENSNIFF_HEADER ? SENSNIFF_HEADER : SENSNIFF_HEADER + sensniff_length(p);
}

/* What is there is enough for the next decision. */
static void decide(struct firmware_line *l, struct firmware_event *e)
{
	struct own *own = own_of(l);
	size_t size = size_of(l);

	if (size > own->have && own->cut) {
		l->counts[UNFINISHED] += own->have > SENSNIFF_MAGIC;
		size = NO_MESSAGE;
	}
	if (size == NO_MESSAGE)
		read_outside(l, e);
	else if (size > own->have)
		own->want = size;
	else
		end_message(l, e, size);
}

static size_t read_octets(struct firmware_line *l, const uint8_t *in, size_t n, int64_t now,
                          struct firmware_event *e)
{
	struct own *own = own_of(l);
	size_t used = 0;

	if (n) {
		own->last = now;
		own->cut = false;
	}
	while (e->type == FIRMWARE_MORE) {
		if (own->done) {
			drop(l, own->done);
			own->done = 0;
		}
		if (own->have < own->want && used < n) {
			size_t room = own->want - own->have,
			       step = n - used < room ? n - used : room;

			memcpy(l->input + own->have, in + used, step);
			own->have += step;
			used += step;
		}
		if (own->have == 0 || (own->have < own->want && !own->cut))
			break;
		decide(l, e);
	}
	l->counts[OCTETS] += used;
	return used;
}

static size_t finish(struct firmware_line *l)
{
	struct own *own = own_of(l);
	size_t held = own->have - own->done - own->follow;

	l->counts[UNFINISHED] += held > 0;
	own->have = own->done = own->follow = own->text.length = 0;
	own->want = 1;
	return held;
}

const struct firmware firmware_sensniff = {
	.display = "Contiki-NG sensniff",
	.section = "sensniff",
	.counters = counters,
	.channel_min = 0,
	.channel_max = UINT8_MAX,
	.sets_channel = true,
	.boot_is_text = true,
	.tells_radio = true,
	.init = init,
	.start = start,
	.tick = tick,
	.read = read_octets,
	.finish = finish,
	.set_channel = change_channel,
};
