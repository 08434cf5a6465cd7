#include "agent/bridge.h"

#include <stdio.h>
#include <string.h>

#include "agent/say.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "base/stats.h"
#include "bus/run.h"

/* Data has a queue of its own, so that a flood never pushes a control message out. */
enum { DATA, CONTROL, QUEUES };
enum { ANNOUNCEMENTS_A_SECOND = 10 };

/* --- what the commands' reader calls: the downlink's thread --- */

/* So that it notices too. */
static void announce_to_namesake(void *context)
{
	struct bridge *b = context;

	if (!b->config.peer_count)
		atomic_store(&b->ready_due, true);
	else
		atomic_store(&b->started_due, true);
	bridge_wake_uplink(b);
}

static enum commands_counted handle_by_tool(void *context, const struct bus_message *m,
                                            const struct envelope_key *key,
                                            const struct envelope_control *said)
{
	static const enum commands_counted counted[] = {[BRIDGE_HANDLED] = COMMANDS_HANDLED,
	                                                [BRIDGE_IGNORED] = COMMANDS_IGNORED,
	                                                [BRIDGE_REFUSED] = COMMANDS_REFUSED};
	const struct bridge *b = context;

	return counted[b->downlink.control(b->downlink.context, m, key, said)];
}

/* --- making it --- */

int bridge_init(struct bridge *b, const struct bridge_config *config, struct why *why)
{
	b->config = *config;
	b->commands = (struct commands){
		.senders = &config->bus->senders,
		.name = config->name,
		.started = config->started,
		.context = b,
		.meet_namesake = announce_to_namesake,
		.handle = handle_by_tool,
		.liveness = {.peers = config->peers, .count = config->peer_count},
	};
	b->opened_ns = monotonic_ns();
	b->alive_due_ns = b->opened_ns + LIVENESS_PERIOD_MS * INT64_C(1000000);
	keys_add_agent(&b->data_keys, &b->control_keys,
	               &(struct keys_agent){.name = config->name,
	                                    .api = (enum envelope_api)config->bus->api,
	                                    .packet = config->packet,
	                                    .start = config->start,
	                                    .started = config->started,
	                                    .peers = config->peers,
	                                    .peer_count = config->peer_count});
	b->wake_fd = event_open();
	return b->wake_fd < 0 ? why_errno(why, "eventfd") : 0;
}

static int make_queues(struct bridge *b, struct why *why)
{
	const struct bridge_config *c = &b->config;
	struct bus_queue *data = &b->queues[DATA];

	if (keys_queue(data, &b->data_keys, BUS_LIVE, c->name, c->device, why) < 0)
		return -1;
	data->max_octets = c->queue.max_octets;
	data->max_messages = c->queue.max_messages;
	data->message_ttl_ms = c->queue.message_ttl_ms;
	return keys_queue(&b->queues[CONTROL], &b->control_keys, BUS_CONTROL, c->name, "control",
	                  why);
}

int bridge_open(struct bridge *b, const struct bridge_uplink *uplink,
                const struct bridge_downlink *downlink, struct why *why)
{
	struct publisher_config *out = &b->config.publisher;
	struct consumer_config *in = &b->config.consumer;

	b->uplink = *uplink;
	b->downlink = *downlink;
	if (make_queues(b, why) < 0)
		return -1;
	out->settings = in->settings = b->config.bus;
	out->agent = in->agent = b->config.name;
	out->direction = "uplink";
	in->direction = "downlink";
	in->queues = b->queues;
	in->queue_count = QUEUES;
	commands_open(&b->commands);
	b->publisher = publisher_new(out, why);
	b->consumer = b->publisher ? consumer_new(in, why) : NULL;
	return b->consumer ? 0 : -1;
}

/* --- what the agent announces: the uplink's thread --- */

static void say(struct bridge *b, const struct envelope_control *c)
{
	say_control(b->publisher, b->config.name, (enum envelope_api)b->config.bus->api, c);
}

static void say_state_here(struct bridge *b, enum envelope_kind kind, const char *state)
{
	say_state(b->publisher, b->config.name, (enum envelope_api)b->config.bus->api, kind, state);
}

/* Others can make us say it again: beyond ten times in a second, what they ask for is answered
 * together. Milliseconds until it may be said. */
static int announce_wait_ms(const struct bridge *b)
{
	int64_t left = b->second_ns + INT64_C(1000000000) - monotonic_ns();

	return b->said_in_second >= ANNOUNCEMENTS_A_SECOND && left > 0 ? (int)(left / 1000000) + 1
	                                                               : 0;
}

static void note_announced(struct bridge *b)
{
	int64_t now = monotonic_ns();

	if (now - b->second_ns >= INT64_C(1000000000)) {
		b->second_ns = now;
		b->said_in_second = 0;
	}
	b->said_in_second++;
}

static void announce(struct bridge *b)
{
	uint64_t uplink = publisher_generation(b->publisher),
		 downlink = atomic_load(&b->downlink_open);
	struct envelope_control c = {.kind = b->config.started};

	if (!publisher_is_open(b->publisher) || !downlink)
		return;
	if (atomic_exchange(&b->ready_due, false) || uplink != b->uplink_told ||
	    downlink != b->downlink_told) {
		b->uplink_told = uplink;
		b->downlink_told = downlink;
		/* To the old coordinator a second one is a new step; a peer may be new. */
		if (b->config.peer_count)
			b->started_told = false;
		say_state_here(b, ENVELOPE_COMPONENT_READY, "connected");
		/* Also where nothing is described yet: what is waited for comes from the bus, and
		 * can come now. */
		report_ready();
	}
	if (b->started_told && (!atomic_load(&b->started_due) || announce_wait_ms(b) > 0))
		return;
	if (!b->uplink.describe(b->uplink.context, &c))
		return;
	/* Not one after the other: what became due twice is said once. */
	atomic_store(&b->started_due, false);
	b->started_told = true;
	note_announced(b);
	say(b, &c);
}

/* Returns milliseconds until it is due again; -1: never. */
static int say_alive(struct bridge *b)
{
	struct envelope_control c = {.kind = ENVELOPE_ALIVE};
	int64_t now = monotonic_ns();

	if (!b->config.peer_count || publisher_is_without_own_keys(b->publisher))
		return -1;
	if (now >= b->alive_due_ns) {
		b->alive_due_ns = now + LIVENESS_PERIOD_MS * INT64_C(1000000);
		liveness_write(&c.alive, bus_run(), now - b->opened_ns);
		if (!publisher_is_open(b->publisher))
			b->started_told = false; /* who has missed us has forgotten it */
		else if (b->started_told)
			say(b, &c);
	}
	return (int)((b->alive_due_ns - now) / 1000000) + 1;
}

/* Milliseconds until there is something to say; -1: never. */
static int next_saying_ms(struct bridge *b)
{
	int alive = say_alive(b), again = atomic_load(&b->started_due) ? announce_wait_ms(b) : 0;

	return again > 0 && (alive < 0 || again < alive) ? again : alive;
}

bool bridge_reads_own_keys(const struct bridge *b)
{
	return b->config.peer_count && !consumer_is_without_own_keys(b->consumer, DATA);
}

void bridge_wake_uplink(struct bridge *b)
{
	event_raise(b->wake_fd);
}

void bridge_announce_again(struct bridge *b)
{
	atomic_store(&b->started_due, true);
	bridge_wake_uplink(b);
}

static void end_uplink(struct bridge *b)
{
	b->uplink.prepare(b->uplink.context);
	if (publisher_is_open(b->publisher))
		say_state_here(b, ENVELOPE_COMPONENT_SHUTDOWN, "going away");
	publisher_close(b->publisher);
}

static int run_uplink(void *context)
{
	struct bridge *b = context;
	const struct bridge_uplink *device = &b->uplink;

	while (!loop_stopping()) {
		int timeout = next_saying_ms(b);
		struct pollfd fds[3 + BUS_FDS] = {{loop_stop_fd(), POLLIN, 0},
		                                  {b->wake_fd, POLLIN, 0},
		                                  {device->prepare(device->context), POLLIN, 0}};
		int count = publisher_prepare(b->publisher, fds + 3, &timeout);

		loop_wait(fds, (nfds_t)(3 + count), timeout);
		/* First, since a packet waits. */
		bool gone = device->read && fds[2].revents && device->read(device->context) < 0;
		if (fds[1].revents)
			event_drain(b->wake_fd);
		int status = publisher_work(b->publisher);
		if (status != EXIT_OK)
			return status;
		announce(b);
		if (gone) {
			end_uplink(b);
			return EXIT_RUNNING;
		}
	}
	end_uplink(b);
	return EXIT_OK;
}

/* --- the downlink's thread --- */

static void handle_messages(struct bridge *b)
{
	struct bus_message m;

	for (unsigned i = 0; i < b->config.messages_at_once && consumer_next(b->consumer, &m) > 0;
	     i++) {
		if (m.queue == DATA) {
			liveness_note_key(&b->commands.liveness, m.key, m.key_length);
			b->downlink.data(b->downlink.context, &m);
		} else {
			commands_handle(&b->commands, &m);
		}
	}
}

static void tell_uplink(struct bridge *b)
{
	uint64_t generation = consumer_is_open(b->consumer) ? consumer_generation(b->consumer) : 0;

	if (generation == b->generation)
		return;
	b->generation = generation;
	liveness_pardon(&b->commands.liveness, monotonic_ns());
	atomic_store(&b->downlink_open, generation);
	bridge_wake_uplink(b);
}

static int run_downlink(void *context)
{
	struct bridge *b = context;
	const struct bridge_downlink *device = &b->downlink;

	while (!loop_stopping()) {
		/* While we are deaf ourselves, nobody is missed. */
		int timeout = consumer_is_open(b->consumer)
		                      ? liveness_wait_ms(&b->commands.liveness, monotonic_ns())
		                      : -1;
		struct pollfd fds[2 + BUS_FDS] = {{loop_stop_fd(), POLLIN, 0},
		                                  {device->prepare(device->context), POLLOUT, 0}};
		int count = consumer_prepare(b->consumer, fds + 2, &timeout);

		loop_wait(fds, (nfds_t)(2 + count), timeout);
		int status = consumer_work(b->consumer);
		if (status != EXIT_OK)
			return status;
		handle_messages(b);
		tell_uplink(b);
		if (consumer_is_open(b->consumer))
			liveness_tell(&b->commands.liveness, monotonic_ns(), b->config.name,
			              device->gone, device->context);
	}
	device->prepare(device->context);
	consumer_close(b->consumer);
	return EXIT_OK;
}

/* --- the workers --- */

static void watch_uplink(void *context)
{
	const struct bridge *b = context;

	publisher_watch(b->publisher);
	if (b->uplink.watch)
		b->uplink.watch(b->uplink.context);
}

static void interrupt_uplink(void *context)
{
	const struct bridge *b = context;

	publisher_interrupt(b->publisher);
}

static void watch_downlink(void *context)
{
	const struct bridge *b = context;

	consumer_watch(b->consumer);
}

static void interrupt_downlink(void *context)
{
	const struct bridge *b = context;

	consumer_interrupt(b->consumer);
}

struct worker bridge_uplink_worker(struct bridge *b)
{
	return (struct worker){.name = "uplink",
	                       .run = run_uplink,
	                       .context = b,
	                       .watch = watch_uplink,
	                       .interrupt = interrupt_uplink};
}

struct worker bridge_downlink_worker(struct bridge *b)
{
	return (struct worker){.name = "downlink",
	                       .run = run_downlink,
	                       .context = b,
	                       .watch = watch_downlink,
	                       .interrupt = interrupt_downlink};
}
