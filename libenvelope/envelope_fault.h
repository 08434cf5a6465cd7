/* envelope_fault.h - how functions report where an input is at fault. Internal, never installed. */
#ifndef ENVELOPE_FAULT_H
#define ENVELOPE_FAULT_H

#include "envelope_error.h"

/* Returns error. */
static inline int envelope_fault_set(struct envelope_fault *fault, int error, size_t offset,
                                     const char *field)
{
	if (fault)
		*fault = (struct envelope_fault){error, offset, field};
	return error;
}

#endif
