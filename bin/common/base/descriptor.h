/* descriptor.h - descriptors that a tool is given by number: --ready-fd, --events. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>

#include "base/words.h"

/* Digits alone: a descriptor, be there one or not, and no file of that name. */
bool descriptor_is_number(const char *text);

/* One that can be written to, and is no standard stream: when options are read nothing of ours is
 * open yet but those, to which data and messages go. -1 with why: text is none. */
int descriptor_read(const char *text, struct why *why);

#endif
