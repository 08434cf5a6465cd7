/* from_file.h - what is read with -r, a probe's line or a capture, in a thread of its own. */
#ifndef FROM_FILE_H
#define FROM_FILE_H

#include <stdbool.h>

#include "base/loop.h"
#include "probe/hand_on.h"
#include "settings.h"

/* put: for packets that were read, in the thread that reads; it takes each of them. s outlives the
 * tool. 0, or -1 with why. */
int from_file_prepare(const struct settings *s, hand_on_put *put, struct why *why);
/* 0, or -1 with why. Does not wait for the writer of a FIFO. */
int from_file_open(struct why *why);
struct worker from_file_worker(void);
/* The counters of a line are there, too, where none was ever read. An exit status. */
int from_file_close(void);
/* After that: the file did not answer. Its thread is gone, and touches no output. */
bool from_file_hangs(void);

#endif
