/* firmware_spinel_send.c - the frames of an RCP: those that it hands over, and those that it is
 * given to send, one at a time, for one device whose addresses it acknowledges. */
#include <string.h>

#include "base/log.h"
#include "probe/firmware_spinel.h"

enum { BACKOFFS = 4, RETRIES = 3, CSMA = 1 };
/* Frames of others' are sent as they are. Without these an RCP sets the key index and the frame
 * counter of a secured one to its own, and encrypts it again (spinel.h, SPINEL_PROP_STREAM_RAW;
 * older builds leave out the first of the three). */
enum { HEADER_UPDATED = 1, SENT_BEFORE = 1, SECURITY_PROCESSED = 1, METADATA = 7 };
enum { NO_RETRIES = 0, BROADCAST = 0xffff, RSSI_UNKNOWN = 127 };
enum { SENT_BY_ITSELF = 0x0001, BAD_FCS = 0x0004 };
enum { TIME_US_SIZE = 8, TIME_MS_SIZE = 6, SEND_TRIES = 8 };
static const int64_t SEND_AGAIN_NS = INT64_C(5000000);

uint8_t spinel_next_header(struct spinel_own *own)
{
	own->tid = own->tid % SPINEL_TID + 1;
	if (own->tid == (own->asked_header & SPINEL_TID))
		own->asked_header = 0;
	return (uint8_t)(SPINEL_HEADER | own->interface << SPINEL_INTERFACE_SHIFT | own->tid);
}

void spinel_write(struct firmware_line *l, const uint8_t *message, size_t length)
{
	l->out_length +=
		hdlc_encode(l->out + l->out_length, sizeof l->out - l->out_length, message, length);
}

/* --- frames to the air --- */

static void put16(uint8_t out[2], size_t value)
{
	out[0] = (uint8_t)value;
	out[1] = (uint8_t)(value >> 8);
}

/* The radio writes the FCS itself, and wants room for it. */
static void send_now(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);
	const uint8_t metadata[METADATA] = {(uint8_t)l->channel,
	                                    BACKOFFS,
	                                    own->held_for_all ? NO_RETRIES : RETRIES,
	                                    CSMA,
	                                    HEADER_UPDATED,
	                                    SENT_BEFORE,
	                                    SECURITY_PROCESSED};
	uint8_t message[5 + FIRMWARE_FRAME_MAX + FRAME_FCS16_SIZE + METADATA];
	size_t n = 5 + own->held_length;

	own->held_header = spinel_next_header(own);
	own->held_due = 0;
	message[0] = own->held_header;
	message[1] = SPINEL_SET;
	message[2] = SPINEL_STREAM_RAW;
	put16(message + 3, own->held_length + FRAME_FCS16_SIZE);
	memcpy(message + 5, own->held, own->held_length);
	put16(message + n, 0);
	memcpy(message + n + FRAME_FCS16_SIZE, metadata, METADATA);
	own_echo_note(&own->echo, own->held, own->held_length, now);
	spinel_write(l, message, n + FRAME_FCS16_SIZE + METADATA);
}

void spinel_send_held(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	if (l->in_flight && own->held_length)
		send_now(l, now);
}

int64_t spinel_tick_held(struct firmware_line *l, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	if (!l->in_flight || own->held_header || !own->held_due || own->step != STEP_NONE)
		return INT64_MAX;
	if (now < own->held_due)
		return own->held_due;
	send_now(l, now);
	return INT64_MAX;
}

static void learn(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	switch (stand_in_learn(&own->stand_in, frame, length)) {
	case STAND_IN_LEARNED:
		spinel_do(l,
		          1u << STEP_EXTENDED | 1u << STEP_SHORT | 1u << STEP_PAN |
		                  1u << STEP_FILTER,
		          now);
		break;
	case STAND_IN_OTHER:
		if (!own->told_other)
			firmware_tell(l, LOG_WARNING,
			              "frames of more than one device are to be sent: the probe "
			              "acknowledges for the first alone (--stand-in chooses)");
		own->told_other = true;
		break;
	case STAND_IN_KNOWN:
		break;
	}
}

/* A radio waits for the acknowledgement that a frame asks for, whoever it is for. */
static bool is_for_all(const uint8_t *frame, size_t length)
{
	struct frame f;

	return frame_parse(&f, frame, length, FRAME_RECEIVER, NULL) == 0 &&
	       f.destination.mode == FRAME_ADDRESS_SHORT && f.destination.value == BROADCAST;
}

void spinel_send(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now)
{
	struct spinel_own *own = spinel_own(l);

	own->held_for_all = is_for_all(frame, length);
	memcpy(own->held, frame, length);
	own->held_length = 0; /* the conversation does not send it yet */
	own->held_tries = 0;
	own->held_header = 0;
	learn(l, frame, length, now);
	own->held_length = length;
	if (own->step == STEP_NONE)
		send_now(l, now);
}

static enum firmware_outcome outcome_of(const struct spinel_own *own, uint32_t status)
{
	switch (status) {
	case SPINEL_OK:
		return FIRMWARE_SENT;
	case SPINEL_NO_ACK:
		return own->held_for_all ? FIRMWARE_SENT : FIRMWARE_NO_ACK;
	case SPINEL_CCA_FAILURE:
		return FIRMWARE_CHANNEL_BUSY;
	default:
		return FIRMWARE_REFUSED;
	}
}

/* Its radio is off, which it was told to switch on. */
static void tell_forgotten(struct firmware_line *l, int64_t now)
{
	firmware_tell(l, LOG_WARNING,
	              "the probe's radio is off, as if it had been reset: it is told everything "
	              "again");
	spinel_do(l, ALL_BUT_RESET, now);
}

void spinel_read_outcome(struct firmware_line *l, uint32_t status, int64_t now,
                         struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);

	own->held_header = 0;
	if ((status == SPINEL_BUSY || status == SPINEL_IN_PROGRESS) &&
	    ++own->held_tries < SEND_TRIES) {
		own->held_due = now + SEND_AGAIN_NS;
		return;
	}
	own->held_length = 0;
	e->type = FIRMWARE_ANSWER;
	e->outcome = outcome_of(own, status);
	if (status == SPINEL_INVALID_STATE)
		tell_forgotten(l, now);
}

/* --- frames from the air --- */

struct metadata {
	int rssi;
	uint16_t flags;
	bool is_there, has_rssi, has_channel, has_lqi, has_time;
	uint8_t channel, lqi;
	uint64_t time_us;
	uint32_t error;
};

/* Older builds end it earlier. */
static struct metadata read_metadata(struct spinel_reader *r)
{
	struct metadata m = {.is_there = spinel_left(r) >= 4};

	m.rssi = (int8_t)spinel_number(r, 1);
	m.has_rssi = m.is_there && m.rssi != RSSI_UNKNOWN;
	spinel_number(r, 1); /* the noise floor */
	m.flags = (uint16_t)spinel_number(r, 2);
	if (spinel_left(r) < 2)
		return m;
	struct spinel_reader phy = spinel_data(r);
	m.has_channel = spinel_left(&phy) >= 1;
	m.channel = (uint8_t)spinel_number(&phy, 1);
	m.has_lqi = spinel_left(&phy) >= 1;
	m.lqi = (uint8_t)spinel_number(&phy, 1);
	m.has_time = spinel_left(&phy) >= TIME_MS_SIZE;
	if (spinel_left(&phy) >= TIME_US_SIZE) {
		m.time_us = spinel_number(&phy, 8);
	} else if (m.has_time) {
		m.time_us = spinel_number(&phy, 4) * 1000;
		m.time_us += spinel_number(&phy, 2);
	}
	/* Of a radio without a clock. */
	m.has_time &= m.time_us != 0;
	if (r->bad || spinel_left(r) < 2)
		return m;
	struct spinel_reader mac = spinel_data(r);
	if (spinel_left(&mac))
		m.error = spinel_packed(&mac);
	return m;
}

/* Some chips put other octets in the place of the FCS, so that the radio's word counts. */
static void fill_in(struct probe_frame *f, const uint8_t *psdu, size_t length,
                    const struct metadata *m)
{
	bool good = !(m->flags & BAD_FCS) && !m->error;
	uint16_t fcs = frame_fcs16(psdu, length) ^ (good ? 0 : 0xffff);

	*f = (struct probe_frame){
		.mac = psdu,
		.length = length,
		.verdict = good ? PROBE_GOOD : PROBE_BAD,
		.fcs = {(uint8_t)fcs, (uint8_t)(fcs >> 8)},
		.has_radio = m->has_rssi && m->has_lqi,
		.rssi = m->rssi,
		.has_lqi = m->has_lqi,
		.correlation = m->lqi,
		.has_channel = m->has_channel,
		.channel = m->channel,
		.has_clock = m->has_time,
		.clock_us = m->time_us,
	};
}

void spinel_read_frame(struct firmware_line *l, struct spinel_reader *r, int64_t now,
                       struct firmware_event *e)
{
	struct spinel_own *own = spinel_own(l);
	struct spinel_reader psdu = spinel_data(r);
	size_t size = spinel_left(&psdu), length = size - FRAME_FCS16_SIZE;

	if (psdu.bad) {
		l->counts[SPINEL_MALFORMED]++;
		return;
	}
	struct metadata m = read_metadata(r);
	if (r->bad && m.is_there) {
		l->counts[SPINEL_MALFORMED]++;
	} else if (size == 0) {
		l->counts[SPINEL_RADIO_ERRORS]++;
	} else if (size <= FRAME_FCS16_SIZE) {
		l->counts[SPINEL_MALFORMED]++;
	} else if (m.flags & SENT_BY_ITSELF || own_echo_is(&own->echo, psdu.at, length, now)) {
		l->counts[SPINEL_OWN_ECHO]++;
	} else if (size > l->config.max_frame) {
		firmware_tell_overlong(l, SPINEL_OVERLONG);
	} else {
		e->type = FIRMWARE_FRAME;
		fill_in(&e->frames[0], psdu.at, length, &m);
	}
}
