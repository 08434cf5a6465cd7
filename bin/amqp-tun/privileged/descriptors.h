/* descriptors.h - which descriptors of those that the tool was started with stay open. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "base/words.h"

/* Runs first: what is opened later is none of standard input, output and error, also where one is
 * missing. 0, or -1 with why. */
int descriptors_open_standard(struct why *why);
/* Closes all but those three, what options name (base/outside.h), and this one (-1: none): also
 * what the C library's modules have opened, to ask daemons. */
void descriptors_close_others(int kept);
/* This process's diagnostics never wait for their reader: what there is no room for is lost. Of
 * this process alone, also where others write to the same terminal or pipe. */
void descriptors_never_wait(void);

#endif
