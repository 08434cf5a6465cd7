/* wanted.h - which frames go on to the output (--filter). Those that do not are counted (section
 * "filter", where there is a filter): passed + left_out = frames that came. */
#ifndef WANTED_H
#define WANTED_H

#include <stdbool.h>

#include "frame_keys/frame_keys.h"
#include "packet/filter.h"

/* Before threads start. filter: NULL: all are wanted. learning: NULL, or what learns addresses from
 * the others, too. Both outlive the tool. */
void wanted_init(const struct filter *filter, struct frame_keys *learning);
/* From one thread. */
bool wanted(const struct envelope_packet *p);

#endif
