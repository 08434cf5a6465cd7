/* sender.h - frames to the radio of a probe: one thread puts them in, the one that has the port
 * gives them to the firmware, one after the other, and waits for its answer where there is one.
 * Never blocks, never allocates. Counts what became of each, under the section that it is opened
 * with: put = delivered + waiting + dropped_* */
#ifndef SENDER_H
#define SENDER_H

#include <stdatomic.h>

#include "base/stats.h"
#include "probe/firmware.h"
#include "probe/outbox.h"

enum { SENDER_COUNTERS = 10 };

struct sender {
	struct outbox outbox;
	int fd;            /* readable: there is something in it */
	_Atomic bool gone; /* the port is */
	bool under_way;    /* the firmware has a frame that is not accounted for */
	bool begun;        /* some of it is on the line */
	int64_t since;     /* it was put in */
	int64_t answer_due;
	int64_t pace_ns; /* from the beginning of a frame to that of the next, at the least; the
	                    caller sets it */
	int64_t next_ns; /* before that, none begins */
	bool told_silent;
	/* What the radio has sent, as far as anybody knows, acknowledged or not. NULL: nobody wants
	 * to know; the caller sets it. */
	void (*sent)(void *context, const struct probe_frame *f);
	void *context;
	size_t length; /* of frame */
	uint8_t frame[PROBE_FRAME_MAX];
	struct counter counters[SENDER_COUNTERS];
};

/* s: static storage. Before threads start. 0, or -1 with why. */
int sender_open(struct sender *s, const char *section, struct why *why);
/* A frame without FCS of 1 to PROBE_FRAME_MAX octets. */
void sender_put(struct sender *s, const uint8_t *frame, size_t length);
/* After the threads: what nobody will send any more is counted as dropped_at_end. */
void sender_count_rest(struct sender *s);

/* The rest is for the thread that has the port; s may be NULL, where nothing is to be sent. */

/* For poll: readable when there is something new, after which sender_woken is called; -1: l could
 * not be given it. */
int sender_fd(const struct sender *s, const struct firmware_line *l);
void sender_woken(struct sender *s);
/* Gives l the next frame, if there is one that it may have now, and l->out is empty. */
void sender_feed(struct sender *s, struct firmware_line *l, int64_t now);
/* Some of what was in l->out is on the line, or all, if there is nothing left. */
void sender_written(struct sender *s, struct firmware_line *l);
/* A frame of which nothing is on the line yet, and for which it is too late, is taken back. */
void sender_take_back(struct sender *s, struct firmware_line *l, int64_t now);
void sender_answered(struct sender *s, struct firmware_line *l, enum firmware_outcome outcome);
/* Answers that are overdue are waited for no longer; returns when the next is, or when a frame that
 * waits may begin, INT64_MAX: never. */
int64_t sender_tick(struct sender *s, struct firmware_line *l, int64_t now);
/* Nothing can be sent (until sender_back). */
void sender_gone(struct sender *s, struct firmware_line *l);
void sender_back(struct sender *s);

#endif
