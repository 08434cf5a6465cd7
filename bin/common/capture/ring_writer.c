#include "capture/ring_writer.h"

#include <poll.h>

#include "base/log.h"
#include "base/wait_fd.h"

enum { STEP_MAX_MS = 64 };

static _Atomic unsigned writing; /* threads whose output has not ended */

const char *ring_writer_name(unsigned number)
{
	static const char *const names[RING_WRITERS_MAX] = {"output",   "output_2", "output_3",
	                                                    "output_4", "output_5", "output_6",
	                                                    "output_7", "output_8"};

	return names[number];
}

static bool is_open(const struct ring_writer *w)
{
	return w->functions->state(w->output) == OUTPUT_OPEN;
}

/* What is next in the ring, which is there. */
static void write_next(struct ring_writer *w, const struct envelope_packet *p)
{
	w->functions->put(w->output, p, ring_tag(w->ring));
	ring_remove(w->ring);
}

void ring_writer_write_rest(struct ring_writer *w)
{
	struct envelope_packet p;

	w->functions->idle(w->output);
	while (is_open(w) && ring_peek(w->ring, &p))
		write_next(w, &p);
	w->functions->rest(w->output);
}

static void write_until_end(struct ring_writer *w)
{
	const struct ring_output *f = w->functions;
	bool has_last = false;

	while (is_open(w) && !has_last && !loop_stopping()) {
		has_last = atomic_load(&w->has_last);
		struct pollfd fds[] = {
			{ring_fd(w->ring), POLLIN, 0},
			{loop_stop_fd(), POLLIN, 0},
			{f->fd(w->output), 0, 0},
		};

		loop_wait(fds, 3, has_last ? 0 : f->timeout_ms(w->output));
		if (fds[2].revents & POLLERR)
			f->reader_left(w->output);
		ring_writer_write_rest(w);
		if (is_open(w))
			ring_arm(w->ring);
	}
	ring_writer_write_rest(w);
}

static void take_out(struct ring_writer *w)
{
	struct envelope_packet p;

	while (!loop_stopping()) {
		struct pollfd fds[] = {{ring_fd(w->ring), POLLIN, 0}, {loop_stop_fd(), POLLIN, 0}};

		loop_wait(fds, 2, -1);
		while (ring_peek(w->ring, &p))
			write_next(w, &p);
		ring_arm(w->ring);
	}
}

/* A thread that returns ends the tool. */
static int run(void *writer)
{
	struct ring_writer *w = writer;

	if (w->functions->begin)
		w->functions->begin(w->output);
	write_until_end(w);
	w->functions->finish(w->output);
	atomic_store(&w->finished, true);
	if (atomic_fetch_sub(&writing, 1) > 1)
		take_out(w);
	atomic_store(&w->ended, true);
	return w->functions->state(w->output) == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}

void ring_writers_workers(struct ring_writer *const *writers, unsigned count,
                          struct worker *workers)
{
	atomic_store(&writing, count);
	for (unsigned i = 0; i < count; i++)
		workers[i] = (struct worker){
			.name = ring_writer_name(i), .run = run, .context = writers[i]};
}

void ring_writers_finish(struct ring_writer *const *writers, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		atomic_store(&writers[i]->has_last, true);
		ring_wake(writers[i]->ring);
	}
	for (unsigned i = 0; i < count; i++)
		for (int ms = 1; !atomic_load(&writers[i]->finished) && !loop_stopping();
		     ms = ms < STEP_MAX_MS ? 2 * ms : ms)
			wait_fd(-1, 0, ms);
}

bool ring_writers_write(void)
{
	return atomic_load(&writing) > 0;
}

bool ring_writer_is_stuck(const struct ring_writer *w)
{
	return loop_has_left_behind() && !atomic_load(&w->ended);
}
