#include "listeners.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void copy(char out[LISTENER_TEXT_MAX], const char *text)
{
	snprintf(out, LISTENER_TEXT_MAX, "%s", text);
	if (strlen(text) >= LISTENER_TEXT_MAX)
		text_cut(out);
}

static struct listener *of_queue(struct listeners *l, const char *queue)
{
	/* The broker tells of a queue's bindings one behind the other. */
	for (unsigned i = l->count; i > 0; i--)
		if (strcmp(l->at[i - 1].queue, queue) == 0)
			return &l->at[i - 1];
	return NULL;
}

/* --- whose it is --- */

/* A word between dots, that is no '*' or '#'. */
static bool take_word(char out[LISTENER_TEXT_MAX], const char *from)
{
	size_t n = strcspn(from, ".");

	if (n == 0 || n >= LISTENER_TEXT_MAX || memchr(from, '*', n) || memchr(from, '#', n))
		return false;
	memcpy(out, from, n);
	out[n] = '\0';
	return true;
}

/* "toAgent.NAME.#", "data.serial.toAgent.NAME" */
static bool read_receiver(char out[LISTENER_TEXT_MAX], const char *key)
{
	static const char word[] = "toAgent.";
	const char *at = strstr(key, word);

	return at && (at == key || at[-1] == '.') && take_word(out, at + sizeof word - 1);
}

/* Ours say it in the queue's name, "framebus.NAME.…"; of others what is sent to an agent is read by
 * nobody else. */
static void note_agent(struct listener *who, const char *key)
{
	static const char ours[] = "framebus.";
	char name[LISTENER_TEXT_MAX];

	if (strncmp(who->queue, ours, sizeof ours - 1) == 0) {
		who->is_agent = take_word(who->name, who->queue + sizeof ours - 1);
		return;
	}
	if (!read_receiver(name, key))
		return;
	who->is_of_several |= who->is_agent && strcmp(who->name, name) != 0;
	who->is_agent = true;
	memcpy(who->name, name, sizeof name);
}

/* --- what the broker says --- */

static void add_key(struct listener *who, const char *key, size_t size)
{
	who->keys++;
	if (size > sizeof who->key - who->keys_length)
		return;
	memcpy(who->key + who->keys_length, key, size);
	who->keys_length += size;
}

void listeners_binding(struct listeners *l, const char *queue, const char *key)
{
	struct listener *who = of_queue(l, queue);

	if (strlen(queue) >= LISTENER_TEXT_MAX || (!who && l->count == LISTENERS_MAX)) {
		l->left_out++;
		return;
	}
	if (!who) {
		who = &l->at[l->count++];
		*who = (struct listener){.queues = 1};
		copy(who->queue, queue);
	}
	note_agent(who, key);
	add_key(who, key, strlen(key) + 1);
}

void listeners_reader(struct listeners *l, const char *queue, const char *user, const char *peer,
                      const char *connection)
{
	struct listener *who = of_queue(l, queue);

	if (!who || who->readers++)
		return;
	copy(who->user, user);
	copy(who->peer, peer);
	copy(who->connection, connection);
}

void listeners_connection(struct listeners *l, const char *connection, const char *client,
                          int64_t since_ns)
{
	for (unsigned i = 0; i < l->count; i++) {
		struct listener *who = &l->at[i];

		if (!who->connection[0] || strcmp(who->connection, connection) != 0)
			continue;
		copy(who->client, client ? client : "");
		who->since = since_ns;
	}
}

/* --- all of it --- */

static bool has_key(const struct listener *who, const char *key)
{
	for (size_t i = 0; i < who->keys_length; i += strlen(who->key + i) + 1)
		if (strcmp(who->key + i, key) == 0)
			return true;
	return false;
}

/* A key that both are bound by is one; of those that had no room nobody can say. */
static void join(struct listener *all, const struct listener *one)
{
	unsigned without_room = one->keys;

	for (size_t i = 0, n; i < one->keys_length; i += n) {
		n = strlen(one->key + i) + 1;
		without_room--;
		if (!has_key(all, one->key + i))
			add_key(all, one->key + i, n);
	}
	all->keys += without_room;
	all->queues += one->queues;
	if (!all->readers) {
		memcpy(all->user, one->user, sizeof all->user);
		memcpy(all->peer, one->peer, sizeof all->peer);
		memcpy(all->client, one->client, sizeof all->client);
		all->since = one->since;
	}
	if (one->since && one->since < all->since)
		all->since = one->since;
	all->readers += one->readers;
}

void listeners_settle(struct listeners *l)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < l->count; i++) {
		struct listener *who = &l->at[i];

		if (who->is_of_several)
			who->is_agent = false;
		if (!who->is_agent)
			copy(who->name, who->queue);
		struct listener *before = NULL;
		for (unsigned k = 0; k < kept && who->is_agent && !before; k++)
			if (l->at[k].is_agent && strcmp(l->at[k].name, who->name) == 0)
				before = &l->at[k];
		if (before)
			join(before, who);
		else if (kept++ != i)
			l->at[kept - 1] = *who;
	}
	l->count = kept;
}

const struct listener *listeners_find(const struct listeners *l, const char *name, bool is_agent)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->at[i].is_agent == is_agent && strcmp(l->at[i].name, name) == 0)
			return &l->at[i];
	return NULL;
}
