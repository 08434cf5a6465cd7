#include "bus/acks.h"

#include "base/clock.h"
#include "bus/session.h"

enum { AT_ONCE = 100, HOLD_MS = 20 };

void acks_reset(struct acks *a)
{
	*a = (struct acks){.window = TOPOLOGY_WINDOW_MIN};
}

void acks_note(struct acks *a, uint64_t delivery_tag, bool given)
{
	a->last_tag = delivery_tag;
	a->unwritten++;
	a->given |= given;
}

void acks_leave_last(struct acks *a)
{
	if (!a->unwritten)
		return;
	a->last_tag--;
	a->unwritten--;
	a->left++;
}

unsigned acks_in_flight(const struct acks *a)
{
	return a->due + a->unwritten + a->left;
}

void acks_note_written(struct acks *a)
{
	a->ack_tag = a->last_tag;
	a->due += a->unwritten;
	a->unwritten = 0;
	a->given = false;
}

static bool may_widen(const struct acks *a)
{
	return a->window < TOPOLOGY_WINDOW_MAX;
}

bool acks_are_many(const struct acks *a)
{
	return a->due + a->unwritten >= (may_widen(a) ? a->window : AT_ONCE);
}

/* Where messages come one after another, the acknowledgement waits a moment for more of them: the
 * window is widened only when all of it has come. */
bool acks_hold(struct acks *a, int *timeout_ms)
{
	int64_t now = monotonic_ns();

	if (!a->due || !may_widen(a) || a->window_acks < a->window)
		return false;
	if (!a->held_since)
		a->held_since = now;
	int64_t left = HOLD_MS - (now - a->held_since) / 1000000;
	if (left <= 0) {
		a->window_acks = 0;
		return false;
	}
	session_lower(timeout_ms, left);
	return true;
}

int acks_send(struct acks *a, const struct link *link, const struct bus_queue *queues,
              unsigned count)
{
	/* All that may come before an acknowledgement has come: nothing is on its way, which the
	 * end of its consumer would send back. */
	bool widens = may_widen(a) && a->due >= a->window;
	int status = AMQP_STATUS_OK;

	a->window_acks = widens ? 0 : a->window_acks + a->due;
	a->due = 0;
	a->held_since = 0;
	if (widens) {
		status = topology_widen(link, queues, count, a->window, 2 * a->window);
		a->window *= 2;
	}
	return status != AMQP_STATUS_OK
	               ? status
	               : amqp_basic_ack(link->connection, LINK_CHANNEL, a->ack_tag, 1);
}
