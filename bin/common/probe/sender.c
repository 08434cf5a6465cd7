#include "probe/sender.h"

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"

enum {
	DELIVERED,
	WAITING,
	PORT_BUSY,
	TOO_OLD,
	PORT_GONE,
	AT_END,
	NO_ACK,
	CHANNEL_BUSY,
	REFUSED,
	NO_ANSWER
};

static const char *const names[SENDER_COUNTERS] = {
	[DELIVERED] = "delivered",         [WAITING] = "waiting",
	[PORT_BUSY] = "dropped_port_busy", [TOO_OLD] = "dropped_too_old",
	[PORT_GONE] = "dropped_port_gone", [AT_END] = "dropped_at_end",
	[NO_ACK] = "dropped_no_ack",       [CHANNEL_BUSY] = "dropped_channel_busy",
	[REFUSED] = "dropped_refused",     [NO_ANSWER] = "dropped_no_answer",
};

int sender_open(struct sender *s, const char *section, struct why *why)
{
	outbox_init(&s->outbox);
	s->fd = event_open();
	if (s->fd < 0)
		return why_errno(why, "eventfd");
	for (unsigned i = 0; i < SENDER_COUNTERS; i++)
		s->counters[i].name = names[i];
	stats_register(section, s->counters, SENDER_COUNTERS);
	return 0;
}

/* --- the thread that has frames --- */

/* Frames that wait have become what counter says. */
static void account(struct sender *s, unsigned counter, uint64_t n)
{
	if (!n)
		return;
	stats_add(&s->counters[counter], n);
	stats_add(&s->counters[WAITING], -n);
}

void sender_put(struct sender *s, const uint8_t *frame, size_t length)
{
	if (atomic_load(&s->gone)) {
		stats_add(&s->counters[PORT_GONE], 1);
		return;
	}
	stats_add(&s->counters[WAITING], 1);
	account(s, PORT_BUSY, outbox_put(&s->outbox, frame, length, monotonic_ns()));
	event_raise(s->fd);
}

void sender_count_rest(struct sender *s)
{
	account(s, AT_END, stats_get(&s->counters[WAITING]));
}

/* --- the thread that has the port --- */

static bool may_feed(const struct sender *s, const struct firmware_line *l)
{
	return s && !s->under_way && !l->out_length && firmware_may_send(l);
}

int sender_fd(const struct sender *s, const struct firmware_line *l)
{
	return may_feed(s, l) ? s->fd : -1;
}

void sender_woken(struct sender *s)
{
	event_drain(s->fd);
}

void sender_feed(struct sender *s, struct firmware_line *l, int64_t now)
{
	unsigned too_old;

	if (!may_feed(s, l) || now < s->next_ns || !stats_get(&s->counters[WAITING]))
		return;
	s->length = outbox_take(&s->outbox, s->frame, &s->since, now, &too_old);
	account(s, TOO_OLD, too_old);
	if (!s->length)
		return;
	s->next_ns = now + s->pace_ns;
	s->under_way = true;
	s->begun = false;
	s->answer_due = now + l->firmware->answer_ns;
	firmware_send(l, s->frame, s->length, now);
}

static void tell_sent(const struct sender *s, const struct firmware_line *l)
{
	const struct probe_frame f = {
		.mac = s->frame,
		.length = s->length,
		.time_ns = now_ns(),
		.verdict = PROBE_UNCHECKED,
		.has_channel = l->channel >= 0,
		.channel = (uint16_t)(l->channel >= 0 ? l->channel : 0),
	};

	s->sent(s->context, &f);
}

static void end_frame(struct sender *s, struct firmware_line *l, unsigned counter)
{
	l->in_flight = false;
	if (s->under_way && s->sent && (counter == DELIVERED || counter == NO_ACK))
		tell_sent(s, l);
	if (s->under_way)
		account(s, counter, 1);
	s->under_way = false;
}

void sender_written(struct sender *s, struct firmware_line *l)
{
	if (!s || !s->under_way)
		return;
	s->begun = true;
	if (!l->out_length && !l->firmware->answer_ns)
		end_frame(s, l, DELIVERED);
}

void sender_take_back(struct sender *s, struct firmware_line *l, int64_t now)
{
	/* Where there are answers, what is told with a frame counts on. */
	if (!s || !s->under_way || s->begun || l->firmware->answer_ns ||
	    !outbox_is_too_old(s->since, now))
		return;
	l->out_length = 0;
	end_frame(s, l, TOO_OLD);
}

void sender_answered(struct sender *s, struct firmware_line *l, enum firmware_outcome outcome)
{
	static const unsigned counter_of[FIRMWARE_OUTCOMES] = {
		[FIRMWARE_SENT] = DELIVERED,
		[FIRMWARE_NO_ACK] = NO_ACK,
		[FIRMWARE_CHANNEL_BUSY] = CHANNEL_BUSY,
		[FIRMWARE_REFUSED] = REFUSED,
	};

	if (s)
		end_frame(s, l, counter_of[outcome]);
}

int64_t sender_tick(struct sender *s, struct firmware_line *l, int64_t now)
{
	if (s && !s->under_way && now < s->next_ns && stats_get(&s->counters[WAITING]))
		return s->next_ns;
	if (!s || !s->under_way || !l->in_flight)
		return INT64_MAX;
	if (now < s->answer_due)
		return s->answer_due;
	end_frame(s, l, NO_ANSWER);
	if (!s->told_silent)
		firmware_tell(l, LOG_WARNING,
		              "no answer for a frame that was to be sent: it is given up, as all "
		              "that get none");
	s->told_silent = true;
	return INT64_MAX;
}

void sender_gone(struct sender *s, struct firmware_line *l)
{
	if (!s)
		return;
	atomic_store(&s->gone, true);
	end_frame(s, l, PORT_GONE);
	account(s, PORT_GONE, outbox_clear(&s->outbox));
}

void sender_back(struct sender *s)
{
	if (s)
		atomic_store(&s->gone, false);
}
