/* openable.h - whether all outputs of a tool can be opened, before the first of them is: none loses
 * what it holds (--overwrite), or is left behind empty, because another has a wrong name. */
#ifndef CAPTURE_OPENABLE_H
#define CAPTURE_OPENABLE_H

#include <stdbool.h>

#include "capture/writes.h"

/* choices[0..count), as of writes_choose. One alone has nobody to harm: opening it says the same.
 * 0, or -1 with why. Makes nothing, changes nothing. */
int openable_check(const struct writes_options *writes, const struct write_choice *choices,
                   unsigned count, bool overwrite, struct why *why);

#endif
