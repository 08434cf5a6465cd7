#include "outputs.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/loop.h"
#include "packet/ring.h"

enum { RING_OCTETS = 1 << 20 };

struct lane {
	struct output *output; /* NULL: not opened */
	struct ring *ring;     /* NULL: there is no port */
	enum output_state state;
	_Atomic bool ended; /* the thread */
};

static struct lane lanes[OUTPUTS_MAX];
static unsigned count;
static bool is_counted_before;   /* what the only ring has no room for */
static _Atomic unsigned writing; /* threads whose output has not ended */

int outputs_prepare(const struct settings *s, bool rings)
{
	count = s->output_count;
	is_counted_before = count == 1 && s->probe_count == 1;
	for (unsigned i = 0; rings && i < count; i++) {
		lanes[i].ring = ring_new(RING_OCTETS);
		if (!lanes[i].ring)
			return -1;
	}
	return 0;
}

/* Where there is one output, or a file to be read, nothing else is held up by a wait. */
int outputs_open(const struct settings *s)
{
	bool waits = count == 1 || !lanes[0].ring;

	for (unsigned i = 0; i < count; i++) {
		lanes[i].output = output_open(s, i, waits);
		if (!lanes[i].output)
			return -1;
		if (loop_stopping())
			return 0;
	}
	return 0;
}

static int status_of(enum output_state state)
{
	return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}

/* --- without rings --- */

static enum output_state join(enum output_state all, enum output_state one)
{
	return one == OUTPUT_OPEN || (one == OUTPUT_FAILED && all != OUTPUT_OPEN) ? one : all;
}

enum output_state outputs_state(void)
{
	enum output_state all = OUTPUT_COMPLETE;

	for (unsigned i = 0; i < count; i++)
		all = join(all, output_state(lanes[i].output));
	return all;
}

void outputs_put(const struct envelope_packet *p)
{
	for (unsigned i = 0; i < count; i++)
		output_put(lanes[i].output, p, 0);
}

void outputs_rest(void)
{
	for (unsigned i = 0; i < count; i++)
		output_rest(lanes[i].output);
}

int outputs_timeout_ms(void)
{
	int least = -1;

	for (unsigned i = 0; i < count; i++) {
		int ms = output_timeout_ms(lanes[i].output);

		if (ms >= 0 && (least < 0 || ms < least))
			least = ms;
	}
	return least;
}

enum output_state outputs_idle(void)
{
	enum output_state all = OUTPUT_COMPLETE;

	for (unsigned i = 0; i < count; i++)
		all = join(all, output_idle(lanes[i].output));
	return all;
}

/* --- with rings --- */

bool outputs_put_into_rings(const struct envelope_packet *p, unsigned source)
{
	for (unsigned i = 0; i < count; i++) {
		bool has_room = ring_put_tagged(lanes[i].ring, p, source);

		if (is_counted_before)
			return has_room;
		if (!has_room)
			output_dropped(lanes[i].output);
	}
	return true;
}

static enum output_state write_waiting(struct lane *l)
{
	struct envelope_packet p;

	l->state = output_idle(l->output);
	while (l->state == OUTPUT_OPEN && ring_peek(l->ring, &p)) {
		output_put(l->output, &p, ring_tag(l->ring));
		l->state = output_state(l->output);
		ring_remove(l->ring);
	}
	output_rest(l->output);
	return l->state;
}

static void write_until_end(struct lane *l)
{
	while (l->state == OUTPUT_OPEN && !loop_stopping()) {
		struct pollfd fds[] = {
			{ring_fd(l->ring), POLLIN, 0},
			{loop_stop_fd(), POLLIN, 0},
			{output_fd(l->output), 0, 0},
		};

		loop_wait(fds, 3, output_timeout_ms(l->output));
		if (fds[2].revents & POLLERR) {
			l->state = output_reader_left(l->output);
			if (l->state != OUTPUT_OPEN)
				return;
		}
		if (write_waiting(l) == OUTPUT_OPEN)
			ring_arm(l->ring);
		l->state = output_idle(l->output);
	}
	write_waiting(l);
}

/* What still comes for an output that has ended is counted as left over. */
static void leave_over(struct lane *l)
{
	struct envelope_packet p;

	while (!loop_stopping()) {
		struct pollfd fds[] = {{ring_fd(l->ring), POLLIN, 0}, {loop_stop_fd(), POLLIN, 0}};

		loop_wait(fds, 2, -1);
		while (ring_peek(l->ring, &p)) {
			output_put(l->output, &p, ring_tag(l->ring));
			ring_remove(l->ring);
		}
		ring_arm(l->ring);
	}
}

/* A thread that returns ends the tool. */
static int write_output(void *lane)
{
	struct lane *l = lane;

	write_until_end(l);
	if (atomic_fetch_sub(&writing, 1) > 1)
		leave_over(l);
	atomic_store(&l->ended, true);
	return status_of(l->state);
}

unsigned outputs_workers(struct worker *workers)
{
	atomic_store(&writing, count);
	for (unsigned i = 0; i < count; i++)
		workers[i] = (struct worker){
			.name = output_name(i), .run = write_output, .context = &lanes[i]};
	return count;
}

int outputs_close(void)
{
	int status = EXIT_OK;

	for (unsigned i = 0; i < count; i++) {
		struct lane *l = &lanes[i];
		/* What came while the threads ended. */
		if (atomic_load(&l->ended))
			write_waiting(l);
		uint64_t left_over = l->ring ? ring_count(l->ring) : 0;

		if (loop_has_left_behind() && !atomic_load(&l->ended))
			status = output_leave(l->output, left_over);
		else if (l->output && output_close(l->output, left_over) != EXIT_OK)
			status = EXIT_RUNNING;
	}
	return status;
}
