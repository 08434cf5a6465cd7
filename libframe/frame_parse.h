/* frame_parse.h - what parsing the MAC header and finding the ends of its IEs share; private to
 * libframe. */
#ifndef FRAME_PARSE_H
#define FRAME_PARSE_H

#include "frame_fault.h"

struct frame_cursor {
	struct frame *f;
	const uint8_t *octets;
	size_t at, end;
	enum frame_reading reading;
	struct frame_fault *fault; /* may be NULL */
};

/* Notes the first fault. Returns error. */
__attribute__((cold)) int frame_parse_fault(struct frame_cursor *c, int error, size_t offset,
                                            const char *field);

static inline int forbidden_to_send(struct frame_cursor *c, bool forbidden, size_t offset,
                                    const char *field)
{
	return forbidden && c->reading == FRAME_STRICT
	               ? frame_parse_fault(c, FRAME_ERESERVED, offset, field)
	               : FRAME_OK;
}

static inline size_t remaining(const struct frame_cursor *c)
{
	return c->end - c->at;
}

static inline struct frame_span span(size_t offset, size_t end)
{
	return (struct frame_span){(uint16_t)offset, (uint16_t)(end - offset)};
}

/* From c->at on: sets the spans of the IEs and of the header. */
int frame_parse_ies(struct frame_cursor *c);

#endif
