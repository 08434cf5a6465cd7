#include "probe/probe_clock.h"

static const int64_t NEW_START_NS = INT64_C(2000000000);
static const int64_t FOLLOW_NS = INT64_C(60000000000); /* a slower clock: so long for most of it */
static const int64_t WRAP_NS = (INT64_C(1) << 32) * 1000;
enum { DRIFT = 2000 }; /* a slower clock is followed by one part in so many at once */

/* That one of the times it may be which is nearest to what is expected. */
static int64_t unwrap(int64_t ns, int64_t expected)
{
	int64_t turns = (expected - ns + WRAP_NS / 2) / WRAP_NS;

	return turns > 0 ? ns + turns * WRAP_NS : ns;
}

static int64_t smaller_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* late: how much later than it was heard the frame has arrived, as far as is known. */
static void follow(struct probe_clock *c, int64_t late, int64_t elapsed)
{
	if (elapsed <= 0)
		return;
	int64_t share =
		smaller_of(elapsed, FOLLOW_NS) / 1000 * (late / 1000) / (FOLLOW_NS / 1000000);

	c->offset += smaller_of(late, elapsed / DRIFT + share);
}

static int64_t within(int64_t value, int64_t from, int64_t to)
{
	return value > to ? to : value < from ? smaller_of(from, to) : value;
}

int64_t probe_clock_read(struct probe_clock *c, uint64_t us, bool wraps, int64_t host_ns,
                         uint64_t *probe_ns)
{
	/* Further than any clock counts. */
	int64_t ns = (int64_t)(us & ((UINT64_C(1) << 52) - 1)) * 1000;

	if (wraps && c->tied)
		ns = unwrap(ns, host_ns - c->offset);
	int64_t late = host_ns - c->offset - ns;
	if (!c->tied || late < 0 || late > NEW_START_NS)
		c->offset = host_ns - ns;
	else
		follow(c, late, ns - c->probe_ns);
	c->last = c->tied ? within(ns + c->offset, c->last, host_ns) : host_ns;
	c->tied = true;
	c->probe_ns = ns;
	*probe_ns = (uint64_t)ns;
	return c->last;
}
