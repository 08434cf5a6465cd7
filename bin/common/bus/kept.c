#include "bus/kept.h"

#include "base/clock.h"
#include "base/log.h"

#define MS INT64_C(1000000) /* nanoseconds */

enum { BURST = 256 };

/* How long a broker may confirm nothing: on connections that have not confirmed any yet, from the
 * first bound to the second; on others the second. */
static const int64_t silence_first = 1000 * MS, silence_most = 60000 * MS;

size_t kept_count(const struct kept *k)
{
	return unconfirmed_count(k->unconfirmed) + k->on_disk_only;
}

void kept_show_pending(struct kept *k)
{
	stats_set(k->pending, kept_count(k));
}

int kept_init(struct kept *k, size_t octets)
{
	k->unconfirmed = unconfirmed_new(octets, k->store);
	if (!k->unconfirmed)
		return -1;
	k->on_disk_only = k->store ? k->store->count : 0;
	kept_show_pending(k);
	return 0;
}

void kept_reset(struct kept *k)
{
	unconfirmed_rewind(k->unconfirmed);
	k->returns = 0;
	k->refusals = 0;
	k->resend_at = k->unanswered_since = 0;
	k->has_confirmed = false;
}

/* --- out --- */

/* What came first goes out first: nothing overtakes what still waits on disk. */
bool kept_add(struct kept *k, struct kept_message *m)
{
	enum store_result result = STORE_FAILED;
	bool added = true;

	if (k->store)
		result = k->store->add(k->store, m, &m->stored);
	if (result == STORE_FULL)
		return false;
	if (result == STORE_FAILED)
		added = unconfirmed_add(k->unconfirmed, m);
	else if (k->on_disk_only || !unconfirmed_add(k->unconfirmed, m))
		k->on_disk_only++;
	else
		k->loaded_until = m->stored;
	return added;
}

void kept_load(struct kept *k)
{
	struct kept_message m;
	uint64_t number;

	while (k->on_disk_only && k->store->next(k->store, k->loaded_until, &m, &number)) {
		m.stored = number;
		if (!unconfirmed_add(k->unconfirmed, &m))
			return;
		k->loaded_until = number;
		k->on_disk_only--;
	}
}

void kept_send(struct kept *k)
{
	static const struct outgoing_way way = {.persistent = true, .mandatory = true};
	struct kept_message m;
	bool again;

	if (monotonic_ns() < k->resend_at)
		return;
	for (unsigned i = 0; i < BURST && unconfirmed_next(k->unconfirmed, &m); i++) {
		int otherwise = k->send_otherwise ? k->send_otherwise(k->context, &m) : 0;

		if (otherwise < 0 || (otherwise == 0 && !outgoing_send(k->outgoing, &m, &way)))
			return;
		unconfirmed_sent(k->unconfirmed, k->outgoing->tag, &again);
		if (!k->unanswered_since)
			k->unanswered_since = monotonic_ns();
		if (again)
			stats_add(k->resent, 1);
	}
}

/* --- what the broker answers --- */

static void note_answer(struct kept *k)
{
	k->unanswered_since = unconfirmed_awaits_answer(k->unconfirmed) ? monotonic_ns() : 0;
}

void kept_note_return(struct kept *k)
{
	k->returns++;
}

void kept_note_confirm(struct kept *k, uint64_t tag, bool multiple)
{
	uint64_t settled = unconfirmed_confirm(k->unconfirmed, tag, multiple);
	uint64_t returned = k->returns < settled ? k->returns : settled;

	if (settled) {
		if (!k->has_confirmed && k->silent_connections)
			k->silent_connections--;
		k->has_confirmed = true;
		k->refusals = 0;
		note_answer(k);
	}
	k->returns -= returned;
	stats_add(k->returned, returned);
	stats_add(k->confirmed, settled - returned);
	kept_show_pending(k);
}

/* A queue that is full, or broken, refuses what comes at once again: from 0.1 s to 5 s between two
 * tries. */
void kept_note_refusal(struct kept *k, uint64_t tag, bool multiple)
{
	const struct session *s = k->outgoing->session;
	uint64_t refused = unconfirmed_refuse(k->unconfirmed, tag, multiple);
	int64_t now = monotonic_ns();

	if (!refused)
		return;
	stats_add(k->nacked, refused);
	if (k->has_confirmed)
		note_answer(k);
	if (now < k->resend_at)
		return;
	int64_t delay = 100 * MS << (k->refusals < 6 ? k->refusals : 6);
	k->resend_at = now + (delay < 5000 * MS ? delay : 5000 * MS);
	if (k->refusals++ == 0)
		log_warning("%s: %s: the broker refused messages (a queue that is full or broken); "
		            "they "
		            "are sent again",
		            session_node(s)->shown, s->request.direction);
}

/* RabbitMQ refuses or forgets what it is given for a quorum queue that has no leader, and on a
 * channel that was opened in that state it goes on doing so when there is a leader again. A broker
 * that is only slow, or full, is given twice the time each time. */
static int64_t silence_left_ns(const struct kept *k)
{
	int64_t limit = silence_most;

	if (!k->has_confirmed && k->silent_connections <= 5)
		limit = silence_first << k->silent_connections;
	return k->unanswered_since + limit - monotonic_ns();
}

bool kept_is_silent(struct kept *k)
{
	if (!k->unanswered_since)
		return false;
	if (k->outgoing->session->blocked)
		k->unanswered_since = monotonic_ns();
	if (silence_left_ns(k) > 0)
		return false;
	k->silent_connections++;
	return true;
}

int kept_wait_ms(struct kept *k)
{
	struct kept_message m;
	int64_t left = INT64_MAX, silence;

	if (unconfirmed_next(k->unconfirmed, &m))
		left = k->resend_at - monotonic_ns();
	silence = k->unanswered_since ? silence_left_ns(k) : INT64_MAX;
	if (silence < left)
		left = silence;
	if (left == INT64_MAX)
		return -1;
	return left > 0 ? (int)(left / MS) + 1 : 0;
}
