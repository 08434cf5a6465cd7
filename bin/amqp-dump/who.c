#include "who.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "packet/json_lines.h"
#include "packet/lines.h"
#include "who_listening.h"

#define SECOND INT64_C(1000000000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Written with the lock, the listeners by any thread, all else by one; all its rows are agents. */
static struct who_table table;
static struct listeners listeners; /* of the table that is told */
static enum who_listening listening;
static struct who_row *last; /* that was found: messages come in rows of one agent */
static int64_t told, period; /* told: by the clock that never steps */
static double seconds;       /* since the table before */
static int64_t now;          /* of the table */

void who_begin(int64_t now_ns, double period_seconds)
{
	if (table.begun)
		return;
	pthread_mutex_lock(&lock);
	table.begun = now_ns;
	told = monotonic_ns();
	pthread_mutex_unlock(&lock);
	period = (int64_t)(period_seconds * SECOND);
}

static void copy_listeners(struct listeners *to, const struct listeners *from)
{
	memcpy(to->at, from->at, from->count * sizeof from->at[0]);
	to->count = from->count;
	to->left_out = from->left_out;
}

void who_listeners(const struct listeners *l)
{
	pthread_mutex_lock(&lock);
	table.listening = l ? WHO_KNOWN : WHO_UNKNOWN;
	if (l)
		copy_listeners(&table.listeners, l);
	else
		table.listeners.count = 0;
	pthread_mutex_unlock(&lock);
}

/* False: has a row as an agent that was seen. */
static bool make_listener_row(struct who_row *row, const struct listener *who)
{
	for (unsigned i = 0; i < table.count && who->is_agent; i++)
		if (strcmp(table.rows[i].name, who->name) == 0)
			return false;
	*row = (struct who_row){.is_queue = !who->is_agent};
	memcpy(row->name, who->name, sizeof row->name);
	return true;
}

void who_copy(struct who_table *copy)
{
	pthread_mutex_lock(&lock);
	memcpy(copy->rows, table.rows, table.count * sizeof table.rows[0]);
	copy->count = copy->agents = table.count;
	copy->listening = table.listening;
	copy_listeners(&copy->listeners, &table.listeners);
	for (unsigned i = 0; i < table.listeners.count; i++)
		copy->count += make_listener_row(&copy->rows[copy->count], &table.listeners.at[i]);
	copy->left_out = table.left_out;
	copy->left_out_packets = table.left_out_packets;
	copy->begun = table.begun;
	pthread_mutex_unlock(&lock);
}

static struct who_row *find(const char *name)
{
	if (last && strcmp(last->name, name) == 0)
		return last;
	for (unsigned i = 0; i < table.count; i++)
		if (strcmp(table.rows[i].name, name) == 0)
			return &table.rows[i];
	return NULL;
}

static bool has_room_for(const char *user)
{
	unsigned of_user = 0;

	for (unsigned i = 0; i < table.count; i++)
		of_user += strncmp(table.rows[i].user, user, WHO_USER_MAX - 1) == 0;
	return table.count < WHO_AGENTS_MAX && of_user < WHO_AGENTS_MAX / 2;
}

/* NULL: it is one of the others. */
static struct who_row *row_of(const char *name, const char *user)
{
	struct who_row *row = find(name);

	if (!row && has_room_for(user)) {
		row = &table.rows[table.count++];
		snprintf(row->name, sizeof row->name, "%s", name);
		snprintf(row->user, sizeof row->user, "%s", user);
	}
	if (row)
		last = row;
	return row;
}

static void add_word(struct text *t, const char *before, const char *word)
{
	if (word[0])
		text_add(t, "%s%s%s", t->length ? ", " : "", before, word);
}

static void note_tun(struct who_row *row, const struct envelope_tun *tun)
{
	struct text t = {row->said, WHO_SAID_MAX, 0};
	const char *host = tun->ipv6_host[0] == ':' ? tun->ipv6_host + 1 : tun->ipv6_host;
	char ipv6[2 * ENVELOPE_FIELD_MAX + 8] = "";

	row->said[0] = '\0';
	if (tun->ipv6_prefix[0])
		snprintf(ipv6, sizeof ipv6, "%s::%s", tun->ipv6_prefix, host);
	add_word(&t, "", ipv6);
	add_word(&t, "", tun->ipv4_address);
	add_word(&t, "network ", tun->ipv4_network);
	add_word(&t, "behind it ", tun->re_route_packets_prefix);
	add_word(&t, "mtu ", tun->mtu);
	add_word(&t, "reads ", tun->encodings);
}

static void note_serial(struct who_row *row, const struct envelope_serial *serial)
{
	struct text t = {row->said, WHO_SAID_MAX, 0};

	row->said[0] = '\0';
	add_word(&t, "port ", serial->port);
	add_word(&t, "baud ", serial->boudrate);
}

static void note_control(struct who_row *row, const struct envelope_control *c)
{
	switch (c->kind) {
	case ENVELOPE_TUN_STARTED:
		note_tun(row, &c->tun);
		break;
	case ENVELOPE_SERIAL_STARTED:
		note_serial(row, &c->serial);
		break;
	case ENVELOPE_ALIVE:
		snprintf(row->uptime, sizeof row->uptime, "%s", c->alive.uptime);
		break;
	default:
		break;
	}
}

static bool is_packet(const struct envelope_key *key)
{
	return key->kind == ENVELOPE_TUN_PACKET || key->kind == ENVELOPE_SERIAL_PACKET ||
	       key->kind == ENVELOPE_PACKET;
}

/* Components and sessions have no agent's name in their keys. */
static void note_message(const struct envelope_key *key, const struct bus_message *m,
                         int64_t now_ns)
{
	struct envelope_control control;
	struct who_row *row = key->name[0] ? row_of(key->name, m->user) : NULL;

	if (!row) {
		table.left_out += key->name[0] != '\0';
		return;
	}
	if (key->direction != ENVELOPE_FROM_AGENT)
		return;
	row->heard = now_ns;
	if (m->user[0])
		snprintf(row->user, sizeof row->user, "%s", m->user);
	if (!is_packet(key) && m->length <= ENVELOPE_CONTROL_MAX &&
	    envelope_control_parse(&control, key, (const char *)m->body, m->length, NULL) ==
	            ENVELOPE_OK)
		note_control(row, &control);
}

void who_message(const struct envelope_key *key, const struct bus_message *m, int64_t now_ns)
{
	pthread_mutex_lock(&lock);
	note_message(key, m, now_ns);
	pthread_mutex_unlock(&lock);
}

void who_packet(const struct envelope_key *key, size_t octets)
{
	unsigned direction = key->direction == ENVELOPE_FROM_AGENT ? WHO_FROM : WHO_TO;

	pthread_mutex_lock(&lock);
	struct who_row *row = find(key->name);
	if (row) {
		row->packets[direction]++;
		row->octets[direction] += octets;
	} else {
		table.left_out_packets++;
	}
	pthread_mutex_unlock(&lock);
}

/* --- the table --- */

int who_timeout_ms(void)
{
	return table.begun ? poll_ms(told + period, monotonic_ns()) : -1;
}

void who_tell(int64_t now_ns, void (*put)(void *context, const void *row), void *context)
{
	if (!table.begun)
		return;
	pthread_mutex_lock(&lock);
	copy_listeners(&listeners, &table.listeners);
	listening = table.listening;
	pthread_mutex_unlock(&lock);
	int64_t before = told;
	told = monotonic_ns();
	now = now_ns;
	seconds = told > before ? (double)(told - before) / SECOND : 1;
	put(context, NULL);
	for (unsigned i = 0; i < table.count; i++) {
		put(context, &table.rows[i]);
		memcpy(table.rows[i].before, table.rows[i].packets, sizeof table.rows[i].before);
	}
	for (unsigned i = 0; i < listeners.count; i++) {
		struct who_row row;

		if (make_listener_row(&row, &listeners.at[i]))
			put(context, &row);
	}
}

static double since(int64_t then)
{
	return now > then ? (double)(now - then) / SECOND : 0;
}

static double rate(const struct who_row *row, unsigned direction)
{
	return (double)(row->packets[direction] - row->before[direction]) / seconds;
}

static void add_all(struct text *t)
{
	char since_when[64];

	readable_time(since_when, sizeof since_when, table.begun);
	text_add(t, "%u agents since %s(%.0f s)", table.count, since_when, since(table.begun));
	if (table.left_out)
		text_add(t,
		         "; %" PRIu64 " messages and %" PRIu64
		         " packets of others, for whom there is no room",
		         table.left_out, table.left_out_packets);
	if (listening == WHO_KNOWN)
		text_add(t, "; %u listener%s", listeners.count, listeners.count == 1 ? "" : "s");
	if (listening == WHO_KNOWN && listeners.left_out)
		text_add(t, ", and %" PRIu64 " bindings of others, for whom there is no room",
		         listeners.left_out);
	if (listening == WHO_UNKNOWN)
		text_add(t, "; who listens is not known");
}

static const struct listener *listener_of(const struct who_row *row)
{
	return listeners_find(&listeners, row->name, !row->is_queue);
}

size_t who_line(char *out, size_t size, const struct envelope_packet *p, const void *about)
{
	const struct who_row *row = about;
	struct text t = {out, size, readable_time(out, size, p->time_ns)};

	if (!row) {
		add_all(&t);
		return t.length;
	}
	const struct listener *who = listener_of(row);
	if (row->is_queue) {
		text_add(&t, "queue %s", row->name);
		who_listening_line(&t, who);
		return t.length;
	}
	text_add(&t,
	         "%s: from it %" PRIu64 " packets (%.1f/s), %" PRIu64 " octets; to it %" PRIu64
	         " packets (%.1f/s), %" PRIu64 " octets",
	         row->name, row->packets[WHO_FROM], rate(row, WHO_FROM), row->octets[WHO_FROM],
	         row->packets[WHO_TO], rate(row, WHO_TO), row->octets[WHO_TO]);
	if (row->said[0])
		text_add(&t, "; says %s", row->said);
	if (row->uptime[0])
		text_add(&t, "; up %s s", row->uptime);
	if (row->user[0])
		text_add(&t, "; user %s", row->user);
	if (row->heard)
		text_add(&t, "; heard %.1f s ago", since(row->heard));
	else
		text_add(&t, "; never heard");
	if (who)
		who_listening_line(&t, who);
	return t.length;
}

static void add_seconds(struct text *t, const char *name, int64_t ns)
{
	text_add(t, ",\"%s\":%" PRId64 ".%09" PRId64, name, ns / SECOND, ns % SECOND);
}

static void add_counts(struct text *t, const struct who_row *row)
{
	static const char *const names[] = {"from", "to"};

	for (unsigned d = 0; d < WHO_DIRECTIONS; d++)
		text_add(t,
		         ",\"%s\":{\"packets\":%" PRIu64 ",\"octets\":%" PRIu64 ",\"rate\":%.3f}",
		         names[d], row->packets[d], row->octets[d], rate(row, d));
}

size_t who_json(char *out, size_t size, const struct envelope_packet *p, const void *about)
{
	const struct who_row *row = about;
	struct text t = {out, size, 0};

	text_add(&t, "{");
	json_time(&t, p->time_ns);
	if (!row) {
		text_add(&t, ",\"agents\":%u,\"messages_of_others\":%" PRIu64, table.count,
		         table.left_out);
		add_seconds(&t, "since", table.begun);
		if (listening == WHO_KNOWN)
			text_add(&t, ",\"listeners\":%u", listeners.count);
		if (listening == WHO_UNKNOWN)
			text_add(&t, ",\"listeners\":null");
		text_add(&t, "}");
		return t.length;
	}
	const struct listener *who = listener_of(row);
	json_text_member(&t, row->is_queue ? "queue" : "agent", row->name);
	if (!row->is_queue)
		add_counts(&t, row);
	if (row->said[0])
		json_text_member(&t, "says", row->said);
	if (row->uptime[0])
		json_text_member(&t, "uptime", row->uptime);
	if (row->user[0])
		json_text_member(&t, "user", row->user);
	if (row->heard)
		add_seconds(&t, "heard", row->heard);
	if (who)
		who_listening_json(&t, who);
	text_add(&t, "}");
	return t.length;
}
