/* descriptor.h - descriptors that a tool is given by number. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include "base/words.h"

/* Whether it can be written to, and is no standard stream: when options are read nothing of ours is
 * open yet but those, to which data and messages go. 0, or -1 with why. */
int descriptor_check(int fd, struct why *why);

#endif
