/* firmware_spinel.h - what the files of the firmware "spinel" share. For them alone. */
#ifndef FIRMWARE_SPINEL_H
#define FIRMWARE_SPINEL_H

#include "probe/firmware.h"
#include "probe/hdlc.h"
#include "probe/own_echo.h"
#include "probe/spinel.h"
#include "probe/text.h"

enum spinel_counter {
	SPINEL_OCTETS,
	SPINEL_FRAMES,
	SPINEL_OVERLONG,
	SPINEL_UNFINISHED,
	SPINEL_BAD_FCS,
	SPINEL_ABORTED,
	SPINEL_HDLC_OVERLONG,
	SPINEL_MALFORMED,
	SPINEL_RADIO_ERRORS,
	SPINEL_OWN_ECHO,
	SPINEL_RESETS,
	SPINEL_TO_NOTHING,
	SPINEL_BY_PROBE,
	SPINEL_COUNTERS
};

enum spinel_step {
	STEP_NONE = -1,
	STEP_RESET,
	STEP_VERSION,
	STEP_NAME,
	STEP_PHY,
	STEP_CHANNELS,
	STEP_CHANNEL,
	STEP_EXTENDED,
	STEP_SHORT,
	STEP_PAN,
	STEP_FILTER,
	STEP_STREAM,
	SPINEL_STEPS
};

enum { SPINEL_TID = 0x0f, TEXT_MIN = 4 };

struct spinel_own {
	struct hdlc_decoder hdlc;
	uint8_t tid; /* the last one */
	uint8_t interface, interfaces_tried;
	/* the conversation */
	bool begun; /* every step has been answered once */
	bool channel_refused, told_silent, told_unacknowledged, told_other, told_dropped;
	unsigned todo; /* 1 << step */
	int step;      /* enum spinel_step: the one that is under way */
	unsigned tries;
	int64_t step_due;
	uint8_t step_header;
	bool asks_first;      /* whether a reset that was asked for has come */
	uint8_t asked_header; /* with that question */
	/* the frame in flight */
	struct stand_in stand_in;
	uint8_t held_header; /* 0: it is still to be sent */
	bool held_for_all;   /* nobody acknowledges it */
	unsigned held_tries;
	int64_t held_due; /* when it is to be sent again; 0: not */
	size_t held_length;
	uint8_t held[FIRMWARE_FRAME_MAX];
	struct own_echo echo;
};

static inline struct spinel_own *spinel_own(struct firmware_line *l)
{
	return FIRMWARE_OWN(struct spinel_own, l);
}

/* The next transaction's. */
uint8_t spinel_next_header(struct spinel_own *own);
void spinel_write(struct firmware_line *l, const uint8_t *message, size_t length);
void spinel_say(struct firmware_line *l, enum spinel_command command, enum spinel_property property,
                uint64_t value, size_t size, bool high_first);

/* --- the conversation --- */

struct spinel_step_words {
	enum spinel_property property;
	const char *name; /* "the probe refuses ..." */
};
extern const struct spinel_step_words spinel_steps[SPINEL_STEPS];

/* RESET comes first, alone. */
enum { ALL_STEPS = (1u << SPINEL_STEPS) - 1, ALL_BUT_RESET = ALL_STEPS & ~(1u << STEP_RESET) };

void spinel_start(struct firmware_line *l, int64_t now);
int64_t spinel_tick(struct firmware_line *l, int64_t now);
void spinel_set_channel(struct firmware_line *l, int64_t now);
/* Says (again) what the step that is under way says. */
void spinel_say_step(struct firmware_line *l);
void spinel_end_step(struct firmware_line *l, int64_t now);
/* The first one that is to be done. */
void spinel_next_step(struct firmware_line *l, int64_t now);
/* Steps that are to be done (again): at once, or when the frame that is on its way has been
 * answered for, which what a radio is told may cut short. */
void spinel_do(struct firmware_line *l, unsigned todo, int64_t now);
/* What the probe is told to begin with is told to another of its interfaces; false: there is none.
 */
bool spinel_next_interface(struct firmware_line *l, int64_t now);

/* --- frames --- */

void spinel_send(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now);
/* The conversation is over, and a frame may wait for that. */
void spinel_send_held(struct firmware_line *l, int64_t now);
int64_t spinel_tick_held(struct firmware_line *l, int64_t now);
/* What became of the frame in flight. */
void spinel_read_outcome(struct firmware_line *l, uint32_t status, int64_t now,
                         struct firmware_event *e);
/* The value of STREAM_RAW. */
void spinel_read_frame(struct firmware_line *l, struct spinel_reader *r, int64_t now,
                       struct firmware_event *e);

#endif
