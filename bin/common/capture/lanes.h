/* lanes.h - packets to several sinks at once, each with counters of its own (section "output",
 * those behind the first "output_2", "output_3", ...): given = written + left_over + dropped_... +
 * rejected_link_type.
 *
 * Without rings the caller's thread writes them all, and waits for the slowest; one that ends is
 * the end. With rings each has a thread of its own, and what one cannot take never holds up
 * another: what its ring has no room for is counted (dropped_no_room), one that ends or fails
 * leaves the others as they are, and when the last has ended, so does the tool. A file is waited
 * for, as long as its disk takes something within two seconds. */
#ifndef CAPTURE_LANES_H
#define CAPTURE_LANES_H

#include <poll.h>

#include "base/loop.h"
#include "capture/sink.h"

enum { LANES_MAX = 8 };

struct lanes_config {
	/* line is called in the caller's thread; source, too: it gives what source_at gives for its
	 * number. */
	struct sink_config sinks[LANES_MAX];
	unsigned count;
	bool rings;
	bool awaits_room; /* --on-full wait */
	const struct sink_source *(*source_at)(uint32_t number);
};

/* Before threads start. What is there already and is no file (a FIFO, a device, standard output),
 * and what cannot be made, is opened here; the rest by lanes_begin: whoever is refused by the
 * broker, again and again, leaves no captures of nothing. 0, or -1: one cannot be written, which
 * has been reported. */
int lanes_open(const struct lanes_config *config);

/* --- the caller's thread --- */

/* There may be something to write. Before lanes_put; again: does nothing. */
enum output_state lanes_begin(void);
/* *accepted: one of them has it, or its ring; false: not one. */
enum output_state lanes_put(const struct envelope_packet *p, const void *about, bool *accepted);
/* As sink.h, of all. With rings: OUTPUT_OPEN, -1, 0. */
enum output_state lanes_flush(void);
enum output_state lanes_rest(void); /* before a wait */
int lanes_sync(void);
/* Behind the last lanes_put: returns when all that they take is written, or at the stop. */
void lanes_finish(void);
int lanes_timeout_ms(void);
enum output_state lanes_idle(void);
/* For poll: fills fds[0..LANES_MAX), returns how many; and behind poll, before lanes_idle. */
nfds_t lanes_prepare(struct pollfd *fds);
void lanes_look(const struct pollfd *fds);

/* --- */

/* The threads, with rings; into workers[0..LANES_MAX). Returns how many. */
unsigned lanes_workers(struct worker *workers);
/* Behind the threads, or in the caller's without rings. Returns the exit status, which is the same
 * when it is called again. */
int lanes_close(void);

#endif
