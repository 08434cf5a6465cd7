/* frame_ie.h - the forms that the contents of known IEs have; private to libframe. */
#ifndef FRAME_IE_H
#define FRAME_IE_H

#include "frame.h"

struct frame_ie_content {
	const uint8_t *p;
	size_t length;
	struct frame_ie_value *v;
};

struct frame_ie_codec {
	/* Returns the octets of the fields that it knows, or 0 where the length is none of this
	 * IE's. */
	size_t (*parse)(struct frame_ie_content *c);
	/* Returns where it stopped, or NULL where the fields do not fit each other. */
	uint8_t *(*put)(uint8_t *p, const struct frame_ie_value *v);
	bool has_rest;
};

extern const struct frame_ie_codec frame_ie_codec_mpx, frame_ie_codec_sixp;
extern const struct frame_ie_codec frame_ie_codec_synchronization, frame_ie_codec_slotframes,
	frame_ie_codec_timeslot, frame_ie_codec_hopping, frame_ie_codec_filter;

/* A hopping sequence has two octets more behind it: the current hop. */
bool frame_ie_has_hop(const struct frame_ie_value *v);

/* A Header Termination, or the termination of payload IEs. */
bool frame_ie_is_termination(const struct frame_ie *ie);
/* Whether the content of such an IE has a form that the standard itself gives: those of upper
 * layers (MPX, 6top) are theirs. */
bool frame_ie_has_own_form(const struct frame_ie *ie);

/* The part of frame_check that is for one IE other than of group FRAME_IE_MLME. */
int frame_check_content(const uint8_t *octets, const struct frame_ie *ie,
                        struct frame_fault *fault);

/* ... and for the fields of a beacon or a command. */
int frame_check_payload(const struct frame *f, const uint8_t *octets, struct frame_fault *fault);

#endif
