/* ring_writer.h - the threads that write what stands in rings, one for each of a tool's outputs, so
 * that what one cannot take never holds up another. One that ends or fails leaves the others as
 * they are: what still comes for it is taken out of its ring, for its owner to count. When the last
 * has ended, so does the tool. */
#ifndef CAPTURE_RING_WRITER_H
#define CAPTURE_RING_WRITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/words.h"
#include "capture/file.h"
#include "packet/ring.h"

enum { RING_WRITERS_MAX = 8 };

/* An output, in its thread; as sink.h says. */
struct ring_output {
	void (*begin)(void *output); /* NULL: nothing to be done when the thread starts */
	/* What stood in the ring, with its tag; also behind the end of the output. */
	void (*put)(void *output, const struct envelope_packet *p, uint32_t tag);
	enum output_state (*state)(const void *output);
	void (*rest)(void *output); /* there is nothing in the ring: before a wait */
	/* At the end of the output: all that it has accepted is written, where a full disk is
	 * waited for, too, as long as the tool is not to stop. */
	void (*finish)(void *output);
	void (*idle)(void *output);
	int (*timeout_ms)(const void *output);
	int (*fd)(const void *output);
	void (*reader_left)(void *output);
};

/* All zero but ring, functions and output, which are the owner's. */
struct ring_writer {
	struct ring *ring;
	const struct ring_output *functions;
	void *output;
	_Atomic bool has_last; /* nothing else comes into the ring */
	_Atomic bool finished; /* and all of it is written, or the output has ended */
	_Atomic bool ended;    /* its thread */
};

/* "output", "output_2", ...: a thread's, and its counters'. Static. */
const char *ring_writer_name(unsigned number);

/* The threads of writers[0..count), which stay where they are. */
void ring_writers_workers(struct ring_writer *const *writers, unsigned count,
                          struct worker *workers);
/* Behind the last that is put into their rings: returns when all that the outputs take is written,
 * or at the stop. In the thread that has put it. */
void ring_writers_finish(struct ring_writer *const *writers, unsigned count);
/* Whether there is one whose output has not ended: until then its state is its thread's alone. */
bool ring_writers_write(void);
/* Behind its thread: what came while it ended, as long as the output takes it. */
void ring_writer_write_rest(struct ring_writer *w);
/* Whether its thread is still at it, behind the stop: its output does not take what is written. */
bool ring_writer_is_stuck(const struct ring_writer *w);

#endif
