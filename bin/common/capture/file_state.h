/* file_state.h - what file.c keeps of a file, and file_open.c begins it with. */
#ifndef CAPTURE_FILE_STATE_H
#define CAPTURE_FILE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/progress.h"
#include "capture/records.h"

struct file {
	int fd;
	const char *name; /* in messages */
	bool regular, flush_each, may_write_behind, is_text;
	bool is_watched;    /* regular, and so far nobody has removed or cut it */
	int64_t keep_after; /* its time of change, in ns; 0: whatever that is */
	struct room *room;  /* NULL: a full disk is a failure */
	struct progress_wait stalled;
	int error;                  /* errno of what ended it; ECANCELED: the stop */
	uint64_t octets, packets;   /* written */
	struct records *now;        /* what is added to */
	struct records *on_its_way; /* the other, while it is being written; else it is empty */
	struct records *other;      /* NULL: nothing is written behind yet */
	struct behind *behind;
};

#endif
