/* frame_clear.h - a struct all zero; private to libframe. */
#ifndef FRAME_CLEAR_H
#define FRAME_CLEAR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* In two halves: of one memset of a hundred octets compilers make a string instruction that takes
 * longer than parsing what is to be there. */
static inline void frame_clear(void *object, size_t size)
{
	memset(object, 0, size / 2);
	memset((uint8_t *)object + size / 2, 0, size - size / 2);
}

#endif
