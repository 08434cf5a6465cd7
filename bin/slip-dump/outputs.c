#include "outputs.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/wait_fd.h"
#include "capture/path.h"
#include "from_file.h"
#include "packet/ring.h"
#include "packet/ring_room.h"

enum { RING_OCTETS = 1 << 20 };
/* What stands in a ring of a file beside packets: one that is left out, but may say whose an
 * address is; and the end. */
enum { TAG_LEARN = INT32_MAX - 1, TAG_LAST };

struct lane {
	struct output *output;
	struct ring *ring; /* NULL: the only one, of a file */
	enum output_state state;
	bool opened;
	_Atomic bool ended; /* the thread */
	struct ring_room room;
	uint64_t behind_stop; /* for which there was no room any more */
	bool has_last;        /* the ring has had TAG_LAST */
	_Atomic bool rested;  /* it has come out: all is written */
	uint64_t others;      /* that were put into the ring, and are no packets */
	_Atomic uint64_t others_gone;
};

static struct lane lanes[OUTPUTS_MAX];
static const struct settings *settings;
static unsigned count;
static bool is_counted_before;   /* what the only ring has no room for */
static _Atomic unsigned writing; /* threads whose output has not ended */

/* One capture of a file is made where the file is read: a ring costs more than it takes. Where
 * packets are counted, none behind the last is asked for. */
static bool needs_rings(const struct settings *s)
{
	return !s->file || count > 1 ||
	       (sink_format_has_lines(s->outputs[0].format) && !s->output.count);
}

int outputs_prepare(const struct settings *s)
{
	settings = s;
	count = s->output_count;
	is_counted_before = count == 1 && s->probe_count == 1;
	for (unsigned i = 0; needs_rings(s) && i < count; i++) {
		lanes[i].ring = ring_new(RING_OCTETS);
		lanes[i].room.is_patient = count == 1; /* it holds up no others */
		if (!lanes[i].ring)
			return -1;
	}
	return 0;
}

static void open_lane(struct lane *l, bool waits)
{
	l->opened = true;
	l->state = output_open(l->output, settings, waits);
}

/* A FIFO whose reader is waited for while others are written. */
static bool is_opened_by_thread(unsigned i)
{
	return settings->file && count > 1 && path_kind(settings->outputs[i].path) == PATH_IS_FIFO;
}

int outputs_open(void)
{
	for (unsigned i = 0; i < count; i++)
		lanes[i].output = output_prepare(settings, i);
	for (unsigned i = 0; i < count && !loop_stopping(); i++) {
		if (is_opened_by_thread(i))
			continue;
		open_lane(&lanes[i], count == 1);
		if (lanes[i].state == OUTPUT_FAILED)
			return -1;
	}
	return 0;
}

static int status_of(enum output_state state)
{
	return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
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

static bool put_in_turn(struct lane *l, const struct envelope_packet *p, uint32_t tag)
{
	while (!ring_put_tagged(l->ring, p, tag))
		if (!ring_room_await(&l->room, l->ring, NULL))
			return false;
	return true;
}

/* A file waits for what is slow. */
static void put_of_file(struct lane *l, const struct envelope_packet *p)
{
	if (put_in_turn(l, p, 0))
		return;
	if (loop_stopping())
		l->behind_stop++;
	else
		output_dropped(l->output);
}

/* Of a file, in its order: behind the packets that wait in the ring. */
void outputs_learn(const struct envelope_packet *p)
{
	for (unsigned i = 0; i < count; i++) {
		struct lane *l = &lanes[i];
		bool in_turn = settings->file && l->ring;

		if (!output_has_keys(l->output))
			continue;
		if (in_turn && put_in_turn(l, p, TAG_LEARN))
			l->others++;
		else
			output_learn(l->output, p);
	}
}

static bool is_written(struct lane *l)
{
	if (!l->has_last) {
		l->has_last = ring_put_tagged(l->ring, &(struct envelope_packet){0}, TAG_LAST);
		l->others += l->has_last;
	}
	return atomic_load(&l->rested);
}

void outputs_rest(void)
{
	if (!lanes[0].ring)
		output_rest(lanes[0].output);
}

void outputs_finish(void)
{
	enum { STEP_MAX_MS = 64 };
	bool all = !lanes[0].ring;

	outputs_rest();
	for (int ms = 1; !all && !loop_stopping(); ms = ms < STEP_MAX_MS ? 2 * ms : ms) {
		all = true;
		for (unsigned i = 0; i < count; i++)
			all &= is_written(&lanes[i]);
		if (!all)
			wait_fd(-1, 0, ms);
	}
}

/* --- from a file --- */

static enum output_state join(enum output_state all, enum output_state one)
{
	return one == OUTPUT_OPEN || (one == OUTPUT_FAILED && all != OUTPUT_OPEN) ? one : all;
}

/* The states of threads are theirs until the last has ended. */
enum output_state outputs_state(void)
{
	enum output_state all = OUTPUT_COMPLETE;

	if (lanes[0].ring && atomic_load(&writing))
		return OUTPUT_OPEN;
	for (unsigned i = 0; i < count; i++)
		all = join(all, lanes[i].ring ? lanes[i].state : output_state(lanes[i].output));
	return all;
}

static void put_into_all(const struct envelope_packet *p)
{
	for (unsigned i = 0; i < count; i++)
		put_of_file(&lanes[i], p);
}

void outputs_put(const struct envelope_packet *p)
{
	if (!lanes[0].ring)
		output_put(lanes[0].output, p, 0);
	else
		put_into_all(p);
}

int outputs_timeout_ms(void)
{
	return lanes[0].ring ? -1 : output_timeout_ms(lanes[0].output);
}

enum output_state outputs_idle(void)
{
	return lanes[0].ring ? outputs_state() : output_idle(lanes[0].output);
}

/* --- threads --- */

/* What is next in the ring, which is there. */
static void write_next(struct lane *l, const struct envelope_packet *p)
{
	uint32_t tag = ring_tag(l->ring);

	if (tag < TAG_LEARN)
		output_put(l->output, p, tag);
	else
		atomic_fetch_add(&l->others_gone, 1);
	if (tag == TAG_LEARN)
		output_learn(l->output, p);
	if (tag == TAG_LAST) {
		output_flush(l->output);
		atomic_store(&l->rested, true);
	}
	ring_remove(l->ring);
}

static enum output_state write_waiting(struct lane *l)
{
	struct envelope_packet p;

	l->state = output_idle(l->output);
	while (l->state == OUTPUT_OPEN && ring_peek(l->ring, &p)) {
		write_next(l, &p);
		l->state = output_state(l->output);
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
		while (ring_peek(l->ring, &p))
			write_next(l, &p);
		ring_arm(l->ring);
	}
}

/* A thread that returns ends the tool. */
static int write_output(void *lane)
{
	struct lane *l = lane;

	if (!l->opened)
		open_lane(l, true);
	write_until_end(l);
	if (atomic_fetch_sub(&writing, 1) > 1)
		leave_over(l);
	atomic_store(&l->ended, true);
	return status_of(l->state);
}

unsigned outputs_workers(struct worker *workers)
{
	if (!lanes[0].ring)
		return 0;
	atomic_store(&writing, count);
	for (unsigned i = 0; i < count; i++)
		workers[i] = (struct worker){
			.name = output_name(i), .run = write_output, .context = &lanes[i]};
	return count;
}

static uint64_t count_left_over(const struct lane *l)
{
	if (!l->ring)
		return 0;
	return l->behind_stop + ring_count(l->ring) - (l->others - atomic_load(&l->others_gone));
}

/* Without a ring it is the file's thread that writes. */
static bool is_stuck(const struct lane *l)
{
	return loop_has_left_behind() && !atomic_load(&l->ended) && (l->ring || !from_file_hangs());
}

int outputs_close(void)
{
	int status = EXIT_OK;

	for (unsigned i = 0; i < count; i++) {
		struct lane *l = &lanes[i];
		/* What came while the threads ended. */
		if (atomic_load(&l->ended))
			write_waiting(l);
		uint64_t left_over = count_left_over(l);

		if (is_stuck(l))
			status = output_leave(l->output, left_over);
		else if (l->opened && output_close(l->output, left_over) != EXIT_OK)
			status = EXIT_RUNNING;
	}
	return status;
}
