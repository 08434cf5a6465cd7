/* firmware_serial_radio.c - Contiki's and Contiki-NG's slip-radio, Zephyr's wpan_serial: frames and
 * commands in one stream of SLIP. */
#include <string.h>

#include "base/log.h"
#include "probe/firmware_slip.h"
#include "probe/recognise.h"
#include "probe/text.h"

enum { BAD_ANSWERS = FIRMWARE_SLIP_COUNT, ANSWERS_TO_NOTHING, UNKNOWN_ANSWERS, REFUSED_COMMANDS };
static const char *const counters[] = {FIRMWARE_SLIP_COUNTERS, "bad_answers",
                                       "answers_to_nothing",   "unknown_answers",
                                       "refused_commands",     NULL};

/* Types of `! V`, and values of the receive mode. */
enum { CHANNEL = 1, PAN_ID = 2, RECEIVE_MODE = 4 };
enum { HEAR_ALL = 0, AUTOMATIC_ACK = 2 };
enum { ZEPHYR_BUSY = 0x100 - 16, ZEPHYR_NO_ACK = 0x100 - 35 }; /* -EBUSY, -ENOMSG of its driver */
enum { ANSWER_TEXT_MIN = 4, ANSWER_OVER = 1, TRIES = 3 };
enum { SEND_HEADER = 4, BROADCAST_PAN = 0xffff, FCF_RESERVED_SOURCE = 0x40 };

struct own {
	struct slip_decoder slip;
	bool begun;           /* an END, or a frame, has been seen */
	uint64_t ends_before; /* of lines before this one */
	bool has_pan;
	uint16_t pan;     /* that the radio sends frames of */
	uint8_t id;       /* of the frame in flight */
	size_t answer_at; /* in slip.frame, behind text that has been given away; 0: there is none
	                   */
	unsigned tries;   /* of telling it all; 0: it has answered, or does not */
	unsigned asked;   /* which channel it is on, without an answer yet */
	unsigned stale;   /* answers that may still come to what was asked before a change */
	int64_t due;
	uint8_t frame[SEND_HEADER + FIRMWARE_FRAME_MAX];
};

static struct own *own_of(struct firmware_line *l)
{
	return FIRMWARE_OWN(struct own, l);
}

static void init(struct firmware_line *l)
{
	/* Zephyr writes no END before a frame. */
	firmware_slip_init(l, &own_of(l)->slip, SLIP_ACCEPT_UNOPENED);
}

/* --- to the radio --- */

static void set(struct firmware_line *l, unsigned type, unsigned value)
{
	firmware_slip_write(l,
	                    (const uint8_t[]){'!', 'V', (uint8_t)(type >> 8), (uint8_t)type,
	                                      (uint8_t)(value >> 8), (uint8_t)value},
	                    6);
}

static const int64_t ANSWER_NS = INT64_C(1000000000);

static void tell_all(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);
	int channel = l->config.channel;

	own->has_pan = false;
	own->tries++;
	own->asked++;
	own->due = now + ANSWER_NS;
	set(l, RECEIVE_MODE, l->config.active ? AUTOMATIC_ACK : HEAR_ALL);
	if (channel >= 0) {
		set(l, CHANNEL, (unsigned)channel);
		if (channel <= UINT8_MAX) /* Zephyr's way; Contiki refuses it */
			firmware_slip_write(l, (const uint8_t[]){'!', 'C', (uint8_t)channel}, 3);
	}
	firmware_slip_write(l, (const uint8_t[]){'?', 'V', 0, CHANNEL}, 4);
}

static void start(struct firmware_line *l, int64_t now)
{
	own_of(l)->tries = own_of(l)->asked = own_of(l)->stale = 0;
	tell_all(l, now);
}

static void set_channel(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);

	own->stale = own->asked;
	own->tries = 0;
	tell_all(l, now);
}

/* A mote that boots hears nothing yet; Zephyr's never answers. */
static int64_t tick(struct firmware_line *l, int64_t now)
{
	struct own *own = own_of(l);

	if (own->tries && now >= own->due) {
		if (own->tries < TRIES)
			tell_all(l, now);
		else
			own->tries = 0;
	}
	return own->tries ? own->due : INT64_MAX;
}

/* Contiki's MAC layer sends frames of its own PAN ID alone. */
static void set_pan_of(struct firmware_line *l, const uint8_t *frame, size_t length)
{
	struct own *own = own_of(l);
	struct frame f;

	if (frame_parse(&f, frame, length, FRAME_RECEIVER, NULL) < 0 || !f.destination.has_pan ||
	    f.destination.pan == BROADCAST_PAN || (own->has_pan && own->pan == f.destination.pan))
		return;
	own->has_pan = true;
	own->pan = f.destination.pan;
	set(l, PAN_ID, own->pan);
}

static void send(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now)
{
	struct own *own = own_of(l);

	(void)now;
	set_pan_of(l, frame, length);
	memcpy(own->frame, (const uint8_t[SEND_HEADER]){'!', 'S', ++own->id, 0}, SEND_HEADER);
	memcpy(own->frame + SEND_HEADER, frame, length);
	firmware_slip_write(l, own->frame, SEND_HEADER + length);
}

/* --- from the radio --- */

static enum firmware_outcome outcome_of(uint8_t status)
{
	switch (status) {
	case 0:
		return FIRMWARE_SENT;
	case 1:
	case ZEPHYR_BUSY:
		return FIRMWARE_CHANNEL_BUSY;
	case 2:
	case ZEPHYR_NO_ACK:
		return FIRMWARE_NO_ACK;
	default:
		return FIRMWARE_REFUSED;
	}
}

static void read_parameter(struct firmware_line *l, const uint8_t *p)
{
	unsigned type = (unsigned)p[2] << 8 | p[3], value = (unsigned)p[4] << 8 | p[5];
	int wanted = l->config.channel;
	struct own *own = own_of(l);

	if (type != CHANNEL)
		return;
	own->asked -= own->asked > 0;
	if (own->stale && wanted >= 0 && (unsigned)wanted != value) {
		own->stale--;
		return;
	}
	own->tries = own->stale = 0;
	if (wanted >= 0 && (unsigned)wanted != value)
		firmware_tell(l, LOG_WARNING, "channel %d is refused: the probe is on channel %u",
		              wanted, value);
	l->channel = (int)value;
}

/* 0: it is none that is known. */
static size_t answer_size(uint8_t kind)
{
	return kind == 'R' ? 5 : kind == 'M' ? 10 : kind == 'V' ? 6 : 0;
}

/* Zephyr's answers are an octet longer than they should be. */
static bool has_size(size_t length, size_t size)
{
	return length == size || length == size + ANSWER_OVER;
}

static void read_answer(struct firmware_line *l, const uint8_t *p, size_t length,
                        struct firmware_event *e)
{
	struct own *own = own_of(l);
	size_t size = answer_size(p[1]);

	if (!size) {
		l->counts[UNKNOWN_ANSWERS]++;
	} else if (!has_size(length, size)) {
		l->counts[BAD_ANSWERS]++;
	} else if (p[1] == 'V') {
		read_parameter(l, p);
	} else if (p[1] == 'R' && (!l->in_flight || p[2] != own->id)) {
		l->counts[ANSWERS_TO_NOTHING]++;
	} else if (p[1] == 'R') {
		e->type = FIRMWARE_ANSWER;
		e->outcome = outcome_of(p[3]);
	}
}

/* What begins so is no frame: the radio's `!R`, `!M` and `!V` would have the reserved source
 * addressing mode 1, as all do that have a letter there; `?` never comes from a radio. */
static bool is_answer(const uint8_t *p, size_t length)
{
	return p[0] == '?' || (p[0] == '!' && (length < 2 || (p[1] & 0xc0) == FCF_RESERVED_SOURCE));
}

/* What was read before the first END may have lost its beginning. */
static bool is_whole(struct own *own)
{
	bool first = !own->begun && own->slip.counters.empty == own->ends_before;

	own->begun = true;
	return !first || probe_text_sort(own->slip.frame, own->slip.length).length > 0 ||
	       recognise_begins_line(own->slip.frame, own->slip.length);
}

/* Where an answer begins behind lines of text, as from a sender that writes no END before it; 0:
 * there is none. */
static size_t find_answer(const uint8_t *p, size_t length)
{
	for (size_t at = ANSWER_TEXT_MIN; at + 2 <= length; at++) {
		size_t size = p[at] == '!' ? answer_size(p[at + 1]) : 0;

		if (size && p[at - 1] == '\n' && has_size(length - at, size) &&
		    probe_text_only(p, at))
			return at;
	}
	return 0;
}

static void tell_text(struct firmware_event *e, const uint8_t *octets, size_t length)
{
	e->type = FIRMWARE_TEXT;
	e->text = octets;
	e->text_length = length;
}

static void read_piece(struct firmware_line *l, struct firmware_event *e)
{
	static const char refusal[] = "EUnknown command";
	struct own *own = own_of(l);
	const uint8_t *p = own->slip.frame + own->answer_at;
	size_t length = own->slip.length - own->answer_at;

	own->answer_at = own->answer_at ? 0 : find_answer(p, length);
	if (own->answer_at) {
		tell_text(e, p, own->answer_at);
	} else if (is_answer(p, length)) {
		own->begun = true;
		if (length < 2 || p[0] == '?')
			l->counts[p[0] == '?' ? UNKNOWN_ANSWERS : BAD_ANSWERS]++;
		else
			read_answer(l, p, length, e);
	} else if (length >= sizeof refusal - 1 && memcmp(p, refusal, sizeof refusal - 1) == 0) {
		/* Contiki's, of Zephyr's way to set a channel, among others. */
		l->counts[REFUSED_COMMANDS]++;
		tell_text(e, p, length);
	} else if (is_whole(own)) {
		e->type = FIRMWARE_FRAME;
		e->frames[0] = (struct probe_frame){.mac = p, .length = length};
	} else {
		own->slip.counters.before_first_end += length;
	}
}

static size_t read_octets(struct firmware_line *l, const uint8_t *in, size_t n, int64_t now,
                          struct firmware_event *e)
{
	struct own *own = own_of(l);
	size_t used = 0;

	(void)now;
	while (e->type == FIRMWARE_MORE) {
		if (!own->answer_at)
			used += firmware_slip_read(l, &own->slip, in + used, n - used, 1, e);
		if (!own->answer_at && e->type == FIRMWARE_MORE)
			break;
		e->type = FIRMWARE_MORE;
		read_piece(l, e);
	}
	return used;
}

static size_t finish(struct firmware_line *l)
{
	struct own *own = own_of(l);

	own->answer_at = 0;
	own->begun = false;
	own->ends_before = own->slip.counters.empty;
	return firmware_slip_finish(l, &own->slip);
}

const struct firmware firmware_serial_radio = {
	.display = "Contiki slip-radio, Zephyr wpan_serial",
	.section = "slip",
	.counters = counters,
	.channel_min = 0,
	.channel_max = 65535,
	.sets_channel = true,
	.may_be_text = true,
	.boot_is_text = true,
	.longest = FIRMWARE_FRAME_MAX - FRAME_FCS16_SIZE,
	.answer_ns = INT64_C(1000000000),
	.init = init,
	.start = start,
	.tick = tick,
	.send = send,
	.read = read_octets,
	.finish = finish,
	.set_channel = set_channel,
};
