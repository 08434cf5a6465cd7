/* slip_cut.h - a frame's JSON body without `data_slip`, as the old router passes it on: that member
 * and its comma go, every other octet stays. Allocates nothing. */
#ifndef SLIP_CUT_H
#define SLIP_CUT_H

#include <stdbool.h>
#include <stddef.h>

/* The octets body[from..to) that are to be left out. False: there is no such member in the object
 * that the body is, or the body is not the beginning of one: nothing is. */
struct slip_cut {
	size_t from, to;
};
bool slip_cut_find(struct slip_cut *cut, const char *body, size_t length);

#endif
