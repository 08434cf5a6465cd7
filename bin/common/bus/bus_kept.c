#include <stdlib.h>
#include <string.h>

#include "bus/bus_internal.h"

/* Messages lie one after the other in an arena that is used as a ring; records name them in the
 * order in which they came. A tag of the connection in use leads to its record. Numbers of records
 * and tags only grow; their places are taken modulo RECORDS. */
enum { RECORDS = 1 << 16 };

enum state { DONE, WAITING, SENT };

struct record {
	size_t offset, size;                   /* in the arena */
	uint16_t key_size, type_size, id_size; /* with their NULs; the body follows them */
	uint8_t state, again;
	uint64_t timestamp, stored;
};

struct bus_kept {
	struct bus_store *store;
	uint8_t *arena;
	size_t size, start, end; /* used: start..end, or start..wrap and 0..end */
	uint64_t head, tail,
		next; /* records: oldest, one past the newest, first that may be WAITING */
	uint64_t first_tag, last_tag; /* of this connection: first that may be open, last given */
	size_t count;                 /* not DONE */
	struct record *records;
	uint64_t *record_of_tag; /* record number + 1, 0: no record of ours */
};

struct bus_kept *bus_kept_new(size_t octets, struct bus_store *store)
{
	struct bus_kept *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->size = octets;
	k->store = store;
	k->arena = malloc(octets);
	k->records = calloc(RECORDS, sizeof *k->records);
	k->record_of_tag = calloc(RECORDS, sizeof *k->record_of_tag);
	k->first_tag = 1;
	if (!k->arena || !k->records || !k->record_of_tag) {
		bus_kept_free(k);
		return NULL;
	}
	return k;
}

void bus_kept_free(struct bus_kept *k)
{
	if (!k)
		return;
	free(k->arena);
	free(k->records);
	free(k->record_of_tag);
	free(k);
}

static struct record *record_at(const struct bus_kept *k, uint64_t number)
{
	return &k->records[number % RECORDS];
}

/* Where size octets fit in one piece. */
static bool reserve(struct bus_kept *k, size_t size, size_t *offset)
{
	if (k->head == k->tail)
		k->start = k->end = 0;
	bool wrapped = k->head != k->tail && k->end <= k->start;

	if (wrapped ? k->start - k->end >= size : k->size - k->end >= size) {
		*offset = k->end;
	} else if (!wrapped && k->start >= size) {
		*offset = 0;
	} else {
		return false;
	}
	k->end = *offset + size;
	return true;
}

bool bus_kept_add(struct bus_kept *k, const struct bus_kept_message *m)
{
	size_t key = strlen(m->key) + 1, type = strlen(m->content_type) + 1,
	       id = strlen(m->message_id) + 1;
	size_t size = key + type + id + m->length, offset;

	if (k->tail - k->head == RECORDS || size > k->size || !reserve(k, size, &offset))
		return false;
	uint8_t *to = k->arena + offset;
	memcpy(to, m->key, key);
	memcpy(to + key, m->content_type, type);
	memcpy(to + key + type, m->message_id, id);
	if (m->length)
		memcpy(to + key + type + id, m->body, m->length);
	*record_at(k, k->tail++) = (struct record){
		.offset = offset,
		.size = size,
		.key_size = (uint16_t)key,
		.type_size = (uint16_t)type,
		.id_size = (uint16_t)id,
		.state = WAITING,
		.timestamp = m->timestamp,
		.stored = m->stored,
	};
	k->count++;
	return true;
}

bool bus_kept_next(struct bus_kept *k, struct bus_kept_message *m)
{
	while (k->next < k->tail && record_at(k, k->next)->state != WAITING)
		k->next++;
	if (k->next == k->tail || k->last_tag - k->first_tag + 1 >= RECORDS)
		return false;
	const struct record *r = record_at(k, k->next);
	const uint8_t *from = k->arena + r->offset;
	size_t text = (size_t)r->key_size + r->type_size + r->id_size;

	*m = (struct bus_kept_message){
		.key = (const char *)from,
		.content_type = (const char *)from + r->key_size,
		.message_id = (const char *)from + r->key_size + r->type_size,
		.body = from + text,
		.length = r->size - text,
		.timestamp = r->timestamp,
	};
	return true;
}

void bus_kept_sent(struct bus_kept *k, uint64_t tag, bool *again)
{
	struct record *r = record_at(k, k->next);

	*again = r->again;
	r->state = SENT;
	r->again = true;
	k->record_of_tag[tag % RECORDS] = ++k->next;
	k->last_tag = tag;
}

static void drop_done(struct bus_kept *k)
{
	while (k->head < k->tail && record_at(k, k->head)->state == DONE)
		k->head++;
	if (k->next < k->head)
		k->next = k->head;
	if (k->head < k->tail)
		k->start = record_at(k, k->head)->offset;
}

static void forget(struct bus_kept *k, const struct record *r)
{
	if (r->stored)
		k->store->remove(k->store, r->stored, r->size);
	k->count--;
}

/* Tags that posted messages took stay 0 in record_of_tag. */
static uint64_t settle(struct bus_kept *k, uint64_t tag, bool multiple, enum state state)
{
	uint64_t settled = 0;

	if (multiple && tag > k->last_tag)
		tag = k->last_tag;
	uint64_t from = multiple ? k->first_tag : tag;
	if (from < k->first_tag || tag > k->last_tag)
		return 0;
	for (uint64_t t = from; t <= tag; t++) {
		uint64_t *number = &k->record_of_tag[t % RECORDS];

		if (!*number)
			continue;
		struct record *r = record_at(k, *number - 1);
		r->state = (uint8_t)state;
		if (state == DONE)
			forget(k, r);
		else if (*number - 1 < k->next)
			k->next = *number - 1;
		*number = 0;
		settled++;
	}
	while (k->first_tag <= k->last_tag && !k->record_of_tag[k->first_tag % RECORDS])
		k->first_tag++;
	drop_done(k);
	return settled;
}

uint64_t bus_kept_confirm(struct bus_kept *k, uint64_t tag, bool multiple)
{
	return settle(k, tag, multiple, DONE);
}

uint64_t bus_kept_refuse(struct bus_kept *k, uint64_t tag, bool multiple)
{
	return settle(k, tag, multiple, WAITING);
}

void bus_kept_rewind(struct bus_kept *k)
{
	for (uint64_t n = k->head; n < k->tail; n++)
		if (record_at(k, n)->state == SENT)
			record_at(k, n)->state = WAITING;
	memset(k->record_of_tag, 0, RECORDS * sizeof *k->record_of_tag);
	k->next = k->head;
	k->first_tag = 1;
	k->last_tag = 0;
}

size_t bus_kept_count(const struct bus_kept *k)
{
	return k->count;
}

bool bus_kept_awaits(const struct bus_kept *k)
{
	return k->first_tag <= k->last_tag;
}
