#include "bus/publisher_internal.h"

#include "base/clock.h"
#include "base/log.h"

enum { REOPEN_MS = 10000, FRAMES_AT_ONCE = 4096 };

/* --- the channel --- */

int publisher_build(const struct link *link, void *context, struct failure *failure)
{
	const struct publisher *p = context;

	if (!p->is_kept)
		return 0;
	amqp_confirm_select_t request = {.nowait = 0};
	return link_call(link, AMQP_CONFIRM_SELECT_METHOD, &request, AMQP_CONFIRM_SELECT_OK_METHOD,
	                 "asking for publisher confirms", failure);
}

void publisher_reset(struct publisher *p)
{
	outgoing_reset(&p->outgoing);
	incoming_reset(&p->incoming);
	p->probes = (struct probes){0};
	if (p->is_kept)
		kept_reset(&p->kept, p->session.close_code);
	p->session.close_code = 0;
}

/* What was sent on the channel since the first message under that key went with the channel,
 * whatever it was under. Kept messages are sent again. */
static void count_lost(struct publisher *p, const char *why)
{
	size_t length;
	const char *key = link_refused_key(why, &length);
	uint64_t first = probes_first(&p->probes, key, length);

	if (!p->is_kept && p->outgoing.tag)
		publisher_count(p, REFUSED, p->outgoing.tag - (first ? first - 1 : 0));
}

static void give_up_own_keys(struct publisher *p, const char *why)
{
	struct why told;

	why_set(&told, "publishing: the broker says: %s", why);
	link_tell_own_key_refused(told.text);
	p->without_own_keys = true;
	count_lost(p, why);
}

static void give_up_optional_keys(struct publisher *p, const char *why)
{
	log_warning("publishing: the broker says: %s; going on without", why);
	p->without_optional_keys = true;
	count_lost(p, why);
}

/* The refusal of a key ends the channel, and what was on its way on it. */
bool publisher_survive(void *context, const char *why)
{
	struct publisher *p = context;
	struct session *s = &p->session;
	struct failure failure;

	/* Each once: what was on its way when the channel ended went with it. */
	if (!p->without_own_keys && link_is_key_refused(why, LINK_OWN_KEYS))
		give_up_own_keys(p, why);
	else if (!p->without_optional_keys && p->config.optional_keys &&
	         link_is_key_refused(why, p->config.optional_keys))
		give_up_optional_keys(p, why);
	else
		return false;
	outgoing_flush(&p->outgoing);
	session_busy(s);
	wire_begin_setup(s->link.wire, REOPEN_MS, WIRE_SETUP_OCTETS);
	bool reopened = link_reopen_channel(&s->link, &failure) == 0 &&
	                publisher_build(&s->link, p, &failure) == 0;
	session_idle(s);
	if (reopened)
		publisher_reset(p);
	else
		session_lose(s, false, failure.why.text);
	return true;
}

/* --- what may not be published --- */

static bool send_part(struct publisher *p, const struct bus_publication *part, uint64_t timestamp,
                      bool mandatory)
{
	const struct outgoing_way way = {.persistent = true, .mandatory = mandatory};
	char id[SEQUENCES_ID_SIZE];
	struct kept_message m = {
		.key = part->key,
		.content_type = part->content_type,
		.message_id = id,
		.body = part->body,
		.length = part->length,
		.timestamp = timestamp,
	};

	sequences_out_next(p->sequences, m.key, id);
	return outgoing_send(&p->outgoing, &m, &way);
}

static int drop_refused(struct publisher *p)
{
	kept_refuse_next(&p->kept);
	return -1;
}

/* Of a message: its parts, and what no part can be made of. */
struct parts {
	unsigned count, last, skipped;
};

static int part_of(struct publisher *p, const struct bus_publication *whole, unsigned number,
                   struct bus_publication *part)
{
	return p->config.translate ? p->config.translate(p->config.context, whole, number, part)
	                           : 0;
}

static struct parts count_parts(struct publisher *p, const struct bus_publication *whole)
{
	struct parts parts = {.count = 0};
	struct bus_publication part;
	int status;

	for (unsigned n = 0; (status = part_of(p, whole, n, &part)) != 0; n++) {
		parts.count += status > 0;
		parts.skipped += status < 0;
		parts.last = status > 0 ? n : parts.last;
	}
	return parts;
}

static bool send_parts(struct publisher *p, const struct bus_publication *whole,
                       const struct parts *parts, uint64_t timestamp)
{
	struct bus_publication part;

	for (unsigned n = 0; n <= parts->last; n++) {
		bool last = n == parts->last;

		if (part_of(p, whole, n, &part) < 0)
			continue;
		if (!send_part(p, &part, timestamp, last))
			return false;
		if (!last)
			unconfirmed_sent_part(p->kept.unconfirmed, p->outgoing.tag);
	}
	return true;
}

/* One after the other: a message may be thousands, and there are so many tags. The last alone is
 * mandatory: one message is counted, as confirmed or as unroutable. */
int publisher_translate(void *context, const struct kept_message *m)
{
	struct publisher *p = context;
	const struct bus_publication whole = {.key = m->key,
	                                      .content_type = m->content_type,
	                                      .body = m->body,
	                                      .length = m->length};

	if (!p->without_own_keys || !publisher_begins(m->key, LINK_OWN_KEYS))
		return 0;
	if (unconfirmed_awaits_answer(p->kept.unconfirmed))
		return -1;
	struct parts parts = count_parts(p, &whole);
	if (!parts.count)
		return drop_refused(p);
	if (!send_parts(p, &whole, &parts, m->timestamp))
		return -1;
	if (!m->again)
		publisher_count(p, UNTRANSLATED, parts.skipped);
	return 1;
}

/* --- what the broker answers --- */

static void tell_of_nobody(struct publisher *p)
{
	if (!p->told_of_nobody)
		log_warning("nobody listens to %s (no queue is bound to it): the broker gives the "
		            "messages back (counted as unroutable)",
		            p->incoming.message.key);
	p->told_of_nobody = true;
}

static void handle_return(struct publisher *p)
{
	if (p->is_kept) {
		tell_of_nobody(p);
		kept_note_return(&p->kept);
		return;
	}
	publisher_count(p, RETURNED, 1);
	probes_note_return(&p->probes, p->incoming.message.key, monotonic_ns());
	if (p->incoming.discarded)
		p->incoming.message.body = NULL;
	if (p->config.returned)
		p->config.returned(p->config.context, &p->incoming.message);
}

/* True: it was a confirm, or a refusal. */
static bool handle_answer(struct publisher *p, const amqp_method_t *method)
{
	if (method->id == AMQP_BASIC_ACK_METHOD) {
		const amqp_basic_ack_t *ack = method->decoded;
		kept_note_confirm(&p->kept, ack->delivery_tag, ack->multiple);
		return true;
	}
	if (method->id == AMQP_BASIC_NACK_METHOD) {
		const amqp_basic_nack_t *nack = method->decoded;
		kept_note_refusal(&p->kept, nack->delivery_tag, nack->multiple);
		return true;
	}
	return false;
}

static void handle_frame(struct publisher *p, const amqp_frame_t *frame)
{
	struct why why;

	if (p->is_kept && frame->frame_type == AMQP_FRAME_METHOD &&
	    incoming_is_between(&p->incoming) && handle_answer(p, &frame->payload.method))
		return;
	int whole = incoming_step(&p->incoming, frame, &why);
	if (whole < 0)
		session_lose(&p->session, false, why.text);
	else if (whole > 0)
		handle_return(p);
}

void publisher_read_answers(struct publisher *p)
{
	struct session *s = &p->session;
	amqp_frame_t frame;

	for (unsigned i = 0;
	     i < FRAMES_AT_ONCE && session_is_connected(s) && session_read_frame(s, &frame) > 0;
	     i++)
		handle_frame(p, &frame);
	if (session_is_connected(s) && p->is_kept && kept_is_silent(&p->kept))
		session_lose(s, false, "the broker confirms nothing");
}
