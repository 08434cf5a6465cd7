/* frame_fault.h - filling a caller's struct frame_fault, which may be NULL; private to libframe. */
#ifndef FRAME_FAULT_H
#define FRAME_FAULT_H

#include "frame.h"

static inline int set_fault(struct frame_fault *fault, int error, size_t offset, const char *field)
{
	if (fault)
		*fault = (struct frame_fault){error, offset, field};
	return error;
}

static inline void clear_fault(struct frame_fault *fault)
{
	set_fault(fault, FRAME_OK, 0, "");
}

#endif
