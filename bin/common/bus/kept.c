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

/* Of kept_count; without a store: all. */
static size_t in_memory_alone(const struct kept *k)
{
	return k->store ? unconfirmed_unstored(k->unconfirmed) + k->store->unwritten
	                : kept_count(k);
}

/* --- what the broker will not have --- */

static void set_aside(struct kept *k, const struct kept_message *m)
{
	if (stats_get(k->refused) == 0)
		log_warning("a message under %s of %zu octets is refused for good: set aside%s "
		            "(counted as refused)",
		            m->key, m->length, m->stored ? " in the spool" : "");
	stats_add(k->refused, 1);
	if (m->stored)
		k->store->set_aside(k->store, m->stored, m->length);
	kept_show_pending(k);
}

/* Too long for this broker, or against what its plugins want; not what another permission, or
 * another moment, would mend. */
static bool is_about_a_message(int close_code)
{
	switch (close_code) {
	case AMQP_CONTENT_TOO_LARGE:
	case AMQP_PRECONDITION_FAILED:
	case AMQP_FRAME_ERROR:
	case AMQP_SYNTAX_ERROR:
	case AMQP_NOT_IMPLEMENTED:
		return true;
	default:
		return false;
	}
}

/* The broker does not say which. It is believed when the same message was alone on its way twice:
 * octets that change on the way make it say the same. */
static void look_for_refused(struct kept *k)
{
	uint64_t oldest = 0;
	size_t count = unconfirmed_in_flight(k->unconfirmed, &oldest);
	struct kept_message m;

	if (count > k->one_by_one)
		k->one_by_one = count;
	if (count != 1)
		return;
	if (k->suspect != oldest + 1) {
		k->suspect = oldest + 1;
		return;
	}
	unconfirmed_drop(k->unconfirmed, oldest, &m);
	set_aside(k, &m);
}

void kept_refuse_next(struct kept *k)
{
	struct kept_message m;

	unconfirmed_drop_next(k->unconfirmed, &m);
	set_aside(k, &m);
}

static void note_close(struct kept *k, int close_code)
{
	if (is_about_a_message(close_code))
		look_for_refused(k);
	if (close_code != AMQP_ACCESS_REFUSED)
		k->forbidden_since = 0;
	else if (!k->forbidden_since)
		k->forbidden_since = monotonic_ns();
}

void kept_reset(struct kept *k, int close_code)
{
	note_close(k, close_code);
	unconfirmed_rewind(k->unconfirmed);
	k->returns = 0;
	k->refusals = 0;
	k->resend_at = k->unanswered_since = 0;
	k->has_confirmed = false;
}

/* --- out --- */

/* Numbers of the store are in the order of memory: what it could not take comes before what is
 * new. Nothing is on disk alone as long as there is such a message. */
static enum store_result store_all(struct kept *k)
{
	struct kept_message m;
	uint64_t number;

	while (unconfirmed_next_unstored(k->unconfirmed, &m)) {
		enum store_result result = k->store->add(k->store, &m, &number);

		if (result != STORE_STORED)
			return result;
		unconfirmed_store(k->unconfirmed, number);
		k->loaded_until = number;
	}
	return STORE_STORED;
}

void kept_store(struct kept *k)
{
	if (k->store)
		store_all(k);
}

/* What came first goes out first: nothing overtakes what still waits on disk. */
bool kept_add(struct kept *k, struct kept_message *m)
{
	enum store_result result = STORE_FAILED;
	bool added = true;

	if (!unconfirmed_can_hold(k->unconfirmed, m))
		return false;
	if (k->store)
		result = store_all(k);
	if (result == STORE_STORED)
		result = k->store->add(k->store, m, &m->stored);
	if (result == STORE_FULL)
		return false;
	if (result == STORE_FAILED)
		added = !k->on_disk_only && unconfirmed_add(k->unconfirmed, m);
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

	while (k->on_disk_only) {
		if (!k->store->next(k->store, k->loaded_until, &m, &number)) {
			k->outgoing->session->status = EXIT_RUNNING;
			return;
		}
		m.stored = number;
		bool added = unconfirmed_add(k->unconfirmed, &m);
		if (!added && unconfirmed_can_hold(k->unconfirmed, &m))
			return;
		k->loaded_until = number;
		k->on_disk_only--;
		if (!added)
			set_aside(k, &m); /* of a run that had more memory */
	}
}

/* While one message is suspected, each waits for the answer to the one before it. */
static bool may_send(const struct kept *k)
{
	return !k->one_by_one || !unconfirmed_awaits_answer(k->unconfirmed);
}

void kept_send(struct kept *k)
{
	static const struct outgoing_way way = {.persistent = true, .mandatory = true};
	struct kept_message m;
	bool again;

	if (monotonic_ns() < k->resend_at)
		return;
	for (unsigned i = 0; i < BURST && may_send(k) && unconfirmed_next(k->unconfirmed, &m);
	     i++) {
		int otherwise = k->send_otherwise ? k->send_otherwise(k->context, &m) : 0;

		k->waits_for_answer = otherwise < 0;
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
	/* More than there are messages cannot have come back. */
	k->returns += k->returns < unconfirmed_count(k->unconfirmed);
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
		k->forbidden_since = 0;
		k->one_by_one -= settled < k->one_by_one ? settled : k->one_by_one;
		note_answer(k);
	} else if (unconfirmed_part_answered(k->unconfirmed)) {
		k->has_confirmed = true;
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

	bool waits = k->waits_for_answer && unconfirmed_awaits_answer(k->unconfirmed);
	if (!waits && may_send(k) && unconfirmed_next(k->unconfirmed, &m))
		left = k->resend_at - monotonic_ns();
	silence = k->unanswered_since ? silence_left_ns(k) : INT64_MAX;
	if (silence < left)
		left = silence;
	if (left == INT64_MAX)
		return -1;
	return left > 0 ? (int)(left / MS) + 1 : 0;
}

/* --- the end --- */

void kept_tell_rest(struct kept *k, size_t posts)
{
	struct why rest = {""};

	if (k->store) {
		kept_store(k);
		k->store->work(k->store, true);
	}
	size_t pending = kept_count(k) + posts, lost = in_memory_alone(k) + posts;
	if (!pending)
		return;
	if (k->store && lost < pending)
		why_set(&rest, ": %zu stay in the spool for the next run%s", pending - lost,
		        lost ? ", the others are lost" : "");
	else if (k->store)
		why_set(&rest, ", and could not be written to the spool: they are lost");
	log_warning("%s: %zu message%s %s%s", session_node(k->outgoing->session)->shown, pending,
	            pending == 1 ? " was" : "s were",
	            stats_get(k->connections) ? "not confirmed by the broker"
	                                      : "not sent: there was no connection",
	            rest.text);
}
