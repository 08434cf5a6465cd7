/* descriptors.h - which descriptors of those that the tool was started with stay open. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/* Closes all but standard input, output and error, what options name (base/outside.h), and this one
 * (-1: none): also what the C library's modules have opened, to ask daemons. */
void descriptors_close_others(int kept);
/* This process's diagnostics never wait for their reader: what there is no room for is lost. Of
 * this process alone, also where others write to the same terminal or pipe. */
void descriptors_never_wait(void);

#endif
