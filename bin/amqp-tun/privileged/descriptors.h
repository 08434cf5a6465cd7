/* descriptors.h - which descriptors of those that the tool was started with stay open. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "base/words.h"

/* Runs first: standard input, output and error, of which none is missing then, and those that
 * options name (base/outside.h). 0, or -1 with why. */
int descriptors_close_others(struct why *why);
/* This process's diagnostics never wait for their reader: what there is no room for is lost. Of
 * this process alone, also where others write to the same terminal or pipe. */
void descriptors_never_wait(void);

#endif
