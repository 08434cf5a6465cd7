/* frame_describe.h - what describing a frame and describing its IEs share; private to libframe. */
#ifndef FRAME_DESCRIBE_H
#define FRAME_DESCRIBE_H

#include "frame.h"
#include "frame_writer.h"

void frame_describe_span(struct frame_writer *w, const char *key, const uint8_t *octets,
                         struct frame_span span);
/* A frame's type, its control field and addresses; of JSON with the bracket before them. */
void frame_describe_header(struct frame_writer *w, const struct frame *f);
/* Nothing where there is no fault. */
void frame_describe_fault(struct frame_writer *w, const struct frame_fault *fault);

/* A Wi-SUN IE of either kind. */
void frame_describe_wisun(struct frame_writer *w, const uint8_t *octets, const struct frame_ie *ie);

/* A list of that kind with all IEs in it; nothing where it is empty. */
void frame_describe_ies(struct frame_writer *w, const char *key, enum frame_ie_kind kind,
                        const uint8_t *octets, struct frame_span list);

#endif
