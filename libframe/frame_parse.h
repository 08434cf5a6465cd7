/* frame_parse.h - what parsing the MAC header and finding the ends of its IEs share; private to
 * libframe. */
#ifndef FRAME_PARSE_H
#define FRAME_PARSE_H

#include "frame_fault.h"

/* Every fault, not the first alone. */
struct frame_fault_list {
	struct frame_fault *faults;
	size_t size, count; /* count may be more than there is room for */
};

static inline void note_fault(struct frame_fault_list *list, int error, size_t offset,
                              const char *field)
{
	if (list->count < list->size)
		list->faults[list->count] = (struct frame_fault){error, offset, field};
	list->count++;
}

struct frame_cursor {
	struct frame *f;
	const uint8_t *octets;
	size_t at, end;
	enum frame_reading reading;
	struct frame_fault *fault;    /* may be NULL */
	struct frame_fault_list *all; /* may be NULL */
};

/* Notes the first fault. Returns error. */
__attribute__((cold)) int frame_parse_fault(struct frame_cursor *c, int error, size_t offset,
                                            const char *field);

static inline int forbidden_to_send(struct frame_cursor *c, bool forbidden, size_t offset,
                                    const char *field)
{
	if (!forbidden)
		return FRAME_OK;
	if (c->all)
		note_fault(c->all, FRAME_ERESERVED, offset, field);
	return c->reading == FRAME_STRICT ? frame_parse_fault(c, FRAME_ERESERVED, offset, field)
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

/* As frame_parse with FRAME_LENIENT, and every fault on the way into all. */
int frame_parse_noting(struct frame *f, const uint8_t *octets, size_t length,
                       struct frame_fault_list *all);

/* From c->at on: sets the spans of the IEs and of the header. */
int frame_parse_ies(struct frame_cursor *c);

#endif
