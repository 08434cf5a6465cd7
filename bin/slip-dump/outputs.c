#include "outputs.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/loop.h"
#include "capture/path.h"
#include "capture/ring_writer.h"
#include "from_file.h"
#include "packet/ring.h"
#include "packet/ring_room.h"

enum { RING_OCTETS = 1 << 20 };
/* What stands in a ring of a file beside packets: one that is left out, but may say whose an
 * address is. */
enum { TAG_LEARN = INT32_MAX };

struct lane {
	struct output *output;
	struct ring_writer writer; /* its ring: NULL: the only one, of a file */
	bool opened;
	struct ring_room room;
	uint64_t behind_stop; /* for which there was no room any more */
	uint64_t others;      /* that were put into the ring, and are no packets */
	_Atomic uint64_t others_gone;
};

static struct lane lanes[OUTPUTS_MAX];
static const struct settings *settings;
static unsigned count;
static bool is_counted_before; /* what the only ring has no room for */

static bool has_rings(void)
{
	return lanes[0].writer.ring;
}

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
		lanes[i].writer.ring = ring_new(RING_OCTETS);
		lanes[i].room.is_patient = count == 1; /* it holds up no others */
		if (!lanes[i].writer.ring)
			return -1;
	}
	return 0;
}

static enum output_state open_lane(struct lane *l, bool waits)
{
	l->opened = true;
	return output_open(l->output, settings, waits);
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
		if (open_lane(&lanes[i], count == 1) == OUTPUT_FAILED)
			return -1;
	}
	return 0;
}

/* --- with rings --- */

bool outputs_put_into_rings(const struct envelope_packet *p, unsigned source)
{
	for (unsigned i = 0; i < count; i++) {
		bool has_room = ring_put_tagged(lanes[i].writer.ring, p, source);

		if (is_counted_before)
			return has_room;
		if (!has_room)
			output_dropped(lanes[i].output);
	}
	return true;
}

static bool put_in_turn(struct lane *l, const struct envelope_packet *p, uint32_t tag)
{
	while (!ring_put_tagged(l->writer.ring, p, tag))
		if (!ring_room_await(&l->room, l->writer.ring, NULL))
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
		bool in_turn = settings->file && l->writer.ring;

		if (!output_has_keys(l->output))
			continue;
		if (in_turn && put_in_turn(l, p, TAG_LEARN))
			l->others++;
		else
			output_learn(l->output, p);
	}
}

void outputs_rest(void)
{
	if (!has_rings())
		output_rest(lanes[0].output);
}

static unsigned find_writers(struct ring_writer *writers[OUTPUTS_MAX])
{
	for (unsigned i = 0; i < count; i++)
		writers[i] = &lanes[i].writer;
	return count;
}

void outputs_finish(void)
{
	struct ring_writer *writers[OUTPUTS_MAX];

	if (has_rings())
		ring_writers_finish(writers, find_writers(writers));
	else
		output_flush(lanes[0].output);
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

	if (has_rings() && ring_writers_write())
		return OUTPUT_OPEN;
	for (unsigned i = 0; i < count; i++)
		all = join(all, output_state(lanes[i].output));
	return all;
}

static void put_into_all(const struct envelope_packet *p)
{
	for (unsigned i = 0; i < count; i++)
		put_of_file(&lanes[i], p);
}

void outputs_put(const struct envelope_packet *packets, size_t n)
{
	if (!has_rings())
		output_put(lanes[0].output, packets, n, 0);
	else
		for (size_t i = 0; i < n; i++)
			put_into_all(&packets[i]);
}

int outputs_timeout_ms(void)
{
	return has_rings() ? -1 : output_timeout_ms(lanes[0].output);
}

enum output_state outputs_idle(void)
{
	return has_rings() ? outputs_state() : output_idle(lanes[0].output);
}

/* --- threads --- */

static void begin(void *lane)
{
	struct lane *l = lane;

	if (!l->opened)
		open_lane(l, true);
}

static void take(void *lane, const struct envelope_packet *p, uint32_t tag)
{
	struct lane *l = lane;

	if (tag < TAG_LEARN)
		output_put(l->output, p, 1, tag);
	else
		atomic_fetch_add(&l->others_gone, 1);
	if (tag == TAG_LEARN)
		output_learn(l->output, p);
}

static enum output_state state_of(const void *lane)
{
	return output_state(((const struct lane *)lane)->output);
}

static void rest(void *lane)
{
	output_rest(((struct lane *)lane)->output);
}

static void finish(void *lane)
{
	output_flush(((struct lane *)lane)->output);
}

static void idle(void *lane)
{
	output_idle(((struct lane *)lane)->output);
}

static int timeout_ms(const void *lane)
{
	return output_timeout_ms(((const struct lane *)lane)->output);
}

static int fd_of(const void *lane)
{
	return output_fd(((const struct lane *)lane)->output);
}

static void lose_reader(void *lane)
{
	output_reader_left(((struct lane *)lane)->output);
}

static const struct ring_output functions = {
	.begin = begin,
	.put = take,
	.state = state_of,
	.rest = rest,
	.finish = finish,
	.idle = idle,
	.timeout_ms = timeout_ms,
	.fd = fd_of,
	.reader_left = lose_reader,
};

unsigned outputs_workers(struct worker *workers)
{
	struct ring_writer *writers[OUTPUTS_MAX];

	if (!has_rings())
		return 0;
	for (unsigned i = 0; i < count; i++) {
		lanes[i].writer.functions = &functions;
		lanes[i].writer.output = &lanes[i];
	}
	ring_writers_workers(writers, find_writers(writers), workers);
	return count;
}

static uint64_t count_left_over(const struct lane *l)
{
	if (!l->writer.ring)
		return 0;
	return l->behind_stop + ring_count(l->writer.ring) -
	       (l->others - atomic_load(&l->others_gone));
}

/* Without a ring it is the file's thread that writes. */
static bool is_stuck(const struct lane *l)
{
	return ring_writer_is_stuck(&l->writer) && (l->writer.ring || !from_file_hangs());
}

int outputs_close(void)
{
	int status = EXIT_OK;

	for (unsigned i = 0; i < count; i++) {
		struct lane *l = &lanes[i];
		if (atomic_load(&l->writer.ended))
			ring_writer_write_rest(&l->writer);
		uint64_t left_over = count_left_over(l);

		if (is_stuck(l))
			status = output_leave(l->output, left_over);
		else if (l->opened && output_close(l->output, left_over) != EXIT_OK)
			status = EXIT_RUNNING;
	}
	return status;
}
