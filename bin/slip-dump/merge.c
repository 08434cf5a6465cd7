#include "merge.h"

#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "packet/ring.h"
#include "settings.h"

enum { RING_OCTETS = 256 << 10, MS = 1000000 };

static struct merge_lane {
	struct ring *ring;
} lanes[PROBES_MAX];

static unsigned count;
static _Atomic bool ended; /* the thread */
static void (*put_on)(const struct envelope_packet *p, unsigned number);

int merge_open(unsigned n, void (*put)(const struct envelope_packet *p, unsigned number))
{
	put_on = put;
	count = n;
	for (unsigned i = 0; i < n; i++)
		if (!(lanes[i].ring = ring_new(RING_OCTETS)))
			return -1;
	return 0;
}

struct merge_lane *merge_lane(unsigned number)
{
	return &lanes[number];
}

/* A number of milliseconds that wraps around, as far as differences go. */
static uint32_t clock_ms(void)
{
	return (uint32_t)(monotonic_ns() / MS);
}

/* The tag: when it came. */
size_t merge_put(void *lane, const struct envelope_packet *packets, size_t n)
{
	const struct merge_lane *l = lane;
	uint32_t tag = clock_ms();
	size_t taken = 0;

	for (size_t i = 0; i < n; i++)
		taken += ring_put_tagged(l->ring, &packets[i], tag);
	return taken;
}

struct heads {
	unsigned waiting; /* lanes that have a frame */
	unsigned oldest;  /* the lane whose frame is */
	struct envelope_packet p;
	int32_t longest_ms; /* that one of them has waited */
};

static void look(struct heads *h)
{
	uint32_t now = clock_ms();
	struct envelope_packet p;

	*h = (struct heads){0};
	for (unsigned i = 0; i < count; i++) {
		if (!ring_peek(lanes[i].ring, &p))
			continue;
		/* It may have come after the clock was read. */
		int32_t waited = (int32_t)(now - ring_tag(lanes[i].ring));
		if (!h->waiting++ || p.time_ns < h->p.time_ns) {
			h->oldest = i;
			h->p = p;
		}
		if (waited > h->longest_ms)
			h->longest_ms = waited;
	}
}

static void give(const struct heads *h)
{
	put_on(&h->p, h->oldest);
	ring_remove(lanes[h->oldest].ring);
}

/* Returns how long those that are left may wait for others; -1: there is none. */
static int give_due(void)
{
	struct heads h;

	for (look(&h); h.waiting == count || h.longest_ms >= MERGE_MS; look(&h))
		give(&h);
	return h.waiting ? MERGE_MS - h.longest_ms : -1;
}

/* A lane that has a frame says nothing new. */
static void wait_for_frames(int timeout_ms)
{
	struct pollfd fds[PROBES_MAX + 1];
	struct envelope_packet p;

	for (unsigned i = 0; i < count; i++) {
		bool waits = ring_peek(lanes[i].ring, &p);

		if (!waits)
			ring_arm(lanes[i].ring);
		fds[i] = (struct pollfd){waits ? -1 : ring_fd(lanes[i].ring), POLLIN, 0};
	}
	fds[count] = (struct pollfd){loop_stop_fd(), POLLIN, 0};
	loop_wait(fds, count + 1, timeout_ms);
}

static int run(void *none)
{
	(void)none;
	while (!loop_stopping())
		wait_for_frames(give_due());
	atomic_store(&ended, true);
	return EXIT_OK;
}

struct worker merge_worker(void)
{
	return (struct worker){.name = "merge", .run = run};
}

void merge_finish(void)
{
	struct heads h;

	if (!atomic_load(&ended))
		return;
	for (look(&h); h.waiting; look(&h))
		give(&h);
}
