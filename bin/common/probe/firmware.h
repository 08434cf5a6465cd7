/* firmware.h - what the firmwares of probes say and understand on their serial line, behind one
 * table: octets of the line -> frames, text, answers; a frame -> octets of the line. Pure: never
 * does I/O, never reads a clock, never allocates, never prints. A firmware is one file, which
 * defines a struct firmware, and one line of the table in firmware.c.
 *
 *     firmware_line_init(&line, firmware_at(n), &config);
 *     firmware_start(&line, now);            // again after each time that the port was away
 *     used += firmware_read(&line, in + used, n - used, now, &event);  // until the input is used
 *     due = firmware_tick(&line, now);       // when that time has come
 *     firmware_send(&line, frame, length, now);  // where firmware_may_send says so
 *     firmware_stop(&line);
 *
 * Each of these may have put octets into line.out[0..line.out_length), which are to be written to
 * the port and then taken away, and words for the user into line.words. Times are of the clock that
 * never steps, in nanoseconds. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/probe_frame.h"
#include "probe/stand_in.h"

enum {
	FIRMWARE_FRAME_MAX = PROBE_FRAME_MAX,
	FIRMWARE_INPUT_MAX = 4 * FIRMWARE_FRAME_MAX, /* a frame as hex, and words around it; many
	                                                usual frames */
	FIRMWARE_FRAMES_MAX = 32,
	FIRMWARE_OUT_MAX = 2 * (FIRMWARE_FRAME_MAX + 128), /* a frame that is escaped throughout */
	FIRMWARE_TEXT_MAX = 256,
	FIRMWARE_WORDS_MAX = 512,
	FIRMWARE_OWN_MAX = 16384,
	FIRMWARE_COUNTERS_MAX = 17 /* and an end */,
};

struct firmware_config {
	int channel;      /* -1: as the probe has it */
	bool active;      /* frames are to be sent */
	size_t max_frame; /* octets of the longest; at most FIRMWARE_FRAME_MAX */
	struct stand_in stand_in;
};

/* What became of a frame that was given to the radio. */
enum firmware_outcome {
	FIRMWARE_SENT, /* acknowledged, or none was asked for */
	FIRMWARE_NO_ACK,
	FIRMWARE_CHANNEL_BUSY, /* the channel was never free, or there was a collision */
	FIRMWARE_REFUSED,
	FIRMWARE_OUTCOMES
};

enum firmware_event_type {
	FIRMWARE_MORE,   /* the input is used up */
	FIRMWARE_FRAME,  /* frames[0..count), which came one behind the other */
	FIRMWARE_TEXT,   /* text, text_length: the mote has printed this; any octets */
	FIRMWARE_ANSWER, /* outcome, of the frame in flight */
};

struct firmware_event {
	enum firmware_event_type type;
	unsigned count; /* at least 1; more of frames alone */
	/* Their octets are valid until the next call; time_ns is not set. */
	struct probe_frame frames[FIRMWARE_FRAMES_MAX];
	const uint8_t *text; /* valid until the next call */
	size_t text_length;
	enum firmware_outcome outcome;
};

struct firmware_line {
	const struct firmware *firmware;
	struct firmware_config config;
	int channel; /* that frames come from, as far as is known; -1: it is not */
	bool in_flight;
	bool events_due; /* firmware_read has some without further input */
	size_t out_length;
	bool may_warn;   /* of what a line lets one suppose: false where nothing was said to it */
	int words_level; /* enum log_level of words */
	char words[FIRMWARE_WORDS_MAX];         /* ""; else to be shown, then to be made empty */
	uint64_t counts[FIRMWARE_COUNTERS_MAX]; /* in the order of the firmware's names */
	size_t before;                     /* of SLIP: octets before the first END that are held */
	bool was_before;                   /* they have been given as a frame */
	uint8_t input[FIRMWARE_INPUT_MAX]; /* of the firmware: what is being put together */
	uint8_t out[FIRMWARE_OUT_MAX];
	_Alignas(16) uint8_t own[FIRMWARE_OWN_MAX]; /* the firmware's state, all zero at init */
};

struct firmware {
	const char *display; /* in words */
	const char *section; /* of its statistics */
	/* snake_case, NULL-terminated; the one that is called "frames" counts FIRMWARE_FRAME */
	const char *const *counters;
	int channel_min, channel_max; /* that can be asked for */
	bool sets_channel;            /* else --channel is a label */
	bool ends_in_fcs;  /* frames end in what --fcs says; else the event's verdict holds */
	bool may_be_text;  /* a FIRMWARE_FRAME may be something that the mote has printed */
	bool boot_is_text; /* nothing but what it prints says that it has begun anew */
	bool tells_radio;  /* RSSI and LQI of each frame */
	bool has_clock;    /* a time of its own for each frame */
	bool stands_in;    /* makes use of --stand-in */
	size_t longest;    /* frame that can be sent, without FCS; 0: it only receives */
	int64_t answer_ns; /* how long an answer may take; 0: there is none */
	void (*init)(struct firmware_line *l);
	/* NULL: nothing to be said or done. */
	void (*start)(struct firmware_line *l, int64_t now);
	void (*stop)(struct firmware_line *l);
	int64_t (*tick)(struct firmware_line *l, int64_t now);
	bool (*ready)(const struct firmware_line *l);
	void (*send)(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now);
	size_t (*read)(struct firmware_line *l, const uint8_t *in, size_t n, int64_t now,
	               struct firmware_event *e);
	size_t (*finish)(struct firmware_line *l);
	/* Tells it config.channel, while it runs; NULL: start does. */
	void (*set_channel)(struct firmware_line *l, int64_t now);
};

/* The firmwares by their number, which is --firmware's choice; NULL beyond the last. */
const struct firmware *firmware_at(unsigned number);
/* Their names, NULL-terminated. */
extern const char *const firmware_names[];

/* l stays where it is: it may point into itself. */
void firmware_line_init(struct firmware_line *l, const struct firmware *f,
                        const struct firmware_config *config);
/* What the probe must be told to begin. Whatever was under way is forgotten. */
void firmware_start(struct firmware_line *l, int64_t now);
/* It has begun anew, says what it printed: it is told what it must be, behind what is on its way to
 * it. Nothing where it says so itself. */
void firmware_start_again(struct firmware_line *l, int64_t now);
/* Another channel from now on, of channel_min to channel_max, where the firmware sets channels
 * (sets_channel; else nothing happens). It is told behind what is on its way to it; is_there:
 * otherwise the next firmware_start does so. What it refuses is told in words, and l->channel says
 * which channel it is on instead. */
void firmware_set_channel(struct firmware_line *l, int channel, bool is_there, int64_t now);
/* What the probe must be told to end. */
void firmware_stop(struct firmware_line *l);
/* Does what is due, which may make events for firmware_read, with n = 0 (events_due); returns when
 * there is something again, INT64_MAX: never. */
int64_t firmware_tick(struct firmware_line *l, int64_t now);
/* Whether a frame may be given to it now: it has begun, and has answered for the frame before. */
bool firmware_may_send(const struct firmware_line *l);
/* frame: without FCS, 1 to firmware->longest octets. Only where firmware_may_send says so. */
void firmware_send(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now);
/* Reads from in[0..n) until there is an event or the input is used up: the same events, whatever
 * pieces the input comes in. Returns the octets used. */
static inline size_t firmware_read(struct firmware_line *l, const uint8_t *in, size_t n,
                                   int64_t now, struct firmware_event *e)
{
	e->type = FIRMWARE_MORE;
	e->count = 1;
	return l->firmware->read(l, in, n, now, e);
}

/* The input has ended: returns the octets that were held, which are lost. */
size_t firmware_finish(struct firmware_line *l);

/* What the firmware has counted under this name of its own; 0: it has none of it. */
uint64_t firmware_count(const struct firmware_line *l, const char *name);

/* --- for the firmwares --- */

/* The firmware's own state, of which sizeof is checked where it is compiled. */
#define FIRMWARE_OWN(type, l)                                                                      \
	((type *)(void *)(l)->own + 0 * sizeof(char[sizeof(type) <= FIRMWARE_OWN_MAX ? 1 : -1]))

/* Appends to out; nothing where it does not fit. */
void firmware_write(struct firmware_line *l, const void *octets, size_t n);
/* Words for the user, behind those that nobody has been shown yet. */
void firmware_tell(struct firmware_line *l, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Says once what has been dropped for its length: count is the counter of it. */
void firmware_tell_overlong(struct firmware_line *l, unsigned count);

/* What stands between a firmware's messages, put together to lines. */
struct firmware_text {
	size_t length;
	uint8_t octets[FIRMWARE_TEXT_MAX];
};
/* True: e is a line of text, and t is empty again. Lines without a printable character are none. */
bool firmware_text_add(struct firmware_text *t, uint8_t octet, struct firmware_event *e);
bool firmware_text_end(struct firmware_text *t, struct firmware_event *e);

#endif
