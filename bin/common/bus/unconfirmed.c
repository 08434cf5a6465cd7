#include "bus/unconfirmed.h"

#include <stdlib.h>
#include <string.h>

/* Messages lie one after the other in an arena that is used as a ring; records name them in the
 * order in which they came. A tag of the connection in use leads to its record. Numbers of records
 * and tags only grow; their places are taken modulo RECORDS, from the first place on again whenever
 * nothing is open: what is little used stays small. */
enum { RECORDS = 1 << 16 };

enum state { DONE, WAITING, SENT };

struct record {
	size_t offset, size;                   /* in the arena */
	uint16_t key_size, type_size, id_size; /* with their NULs; the body follows them */
	uint16_t via_size;                     /* the same; 0: there is none */
	uint64_t dropped;
	uint8_t state, again;
	uint32_t parts; /* sent besides it, and not confirmed */
	bool part_refused;
	uint64_t timestamp, stored;
};

struct unconfirmed {
	struct store *store;
	uint8_t *arena;
	size_t size, start, end; /* used: start..end, or start..wrap and 0..end */
	uint64_t head, tail,
		next; /* records: oldest, one past the newest, first that may be WAITING */
	uint64_t first_unstored;      /* record that may not be in the store */
	size_t unstored;              /* not DONE, nor in the store */
	uint64_t first_tag, last_tag; /* of this connection: first that may be open, last given */
	size_t count;                 /* not DONE */
	bool part_answered;
	struct record *records;
	uint64_t *record_of_tag; /* record number + 1, 0: no record of ours, or not open */
	uint64_t first_place, first_tag_place; /* the number and the tag that have place 0 */
};

struct unconfirmed *unconfirmed_new(size_t octets, struct store *store)
{
	struct unconfirmed *u = calloc(1, sizeof *u);

	if (!u)
		return NULL;
	u->size = octets;
	u->store = store;
	u->arena = malloc(octets);
	u->records = calloc(RECORDS, sizeof *u->records);
	u->record_of_tag = calloc(RECORDS, sizeof *u->record_of_tag);
	u->first_tag = 1;
	if (!u->arena || !u->records || !u->record_of_tag) {
		unconfirmed_free(u);
		return NULL;
	}
	return u;
}

void unconfirmed_free(struct unconfirmed *u)
{
	if (!u)
		return;
	free(u->arena);
	free(u->records);
	free(u->record_of_tag);
	free(u);
}

static struct record *record_at(const struct unconfirmed *u, uint64_t number)
{
	return &u->records[(number - u->first_place) % RECORDS];
}

static uint64_t *of_tag(const struct unconfirmed *u, uint64_t tag)
{
	return &u->record_of_tag[(tag - u->first_tag_place) % RECORDS];
}

static void note_tag(struct unconfirmed *u, uint64_t tag, uint64_t number)
{
	if (!unconfirmed_awaits_answer(u))
		u->first_tag = u->first_tag_place = tag;
	*of_tag(u, tag) = number + 1;
	u->last_tag = tag;
}

/* Where size octets fit in one piece. */
static bool reserve(struct unconfirmed *u, size_t size, size_t *offset)
{
	if (u->head == u->tail)
		u->start = u->end = 0;
	if (u->head == u->tail && !unconfirmed_awaits_answer(u))
		u->first_place = u->tail;
	bool wrapped = u->head != u->tail && u->end <= u->start;

	if (wrapped ? u->start - u->end >= size : u->size - u->end >= size) {
		*offset = u->end;
	} else if (!wrapped && u->start >= size) {
		*offset = 0;
	} else {
		return false;
	}
	u->end = *offset + size;
	return true;
}

static size_t via_size(const struct kept_message *m)
{
	return m->via && m->via[0] ? strlen(m->via) + 1 : 0;
}

static size_t size_of(const struct kept_message *m)
{
	return strlen(m->key) + strlen(m->content_type) + strlen(m->message_id) + 3 + via_size(m) +
	       m->length;
}

bool unconfirmed_can_hold(const struct unconfirmed *u, const struct kept_message *m)
{
	return size_of(m) <= u->size;
}

bool unconfirmed_add(struct unconfirmed *u, const struct kept_message *m)
{
	size_t key = strlen(m->key) + 1, type = strlen(m->content_type) + 1,
	       id = strlen(m->message_id) + 1, via = via_size(m);
	size_t size = size_of(m), offset;

	if (u->tail - u->head == RECORDS || size > u->size || !reserve(u, size, &offset))
		return false;
	uint8_t *to = u->arena + offset;
	memcpy(to, m->key, key);
	memcpy(to + key, m->content_type, type);
	memcpy(to + key + type, m->message_id, id);
	if (via)
		memcpy(to + key + type + id, m->via, via);
	if (m->length)
		memcpy(to + key + type + id + via, m->body, m->length);
	*record_at(u, u->tail++) = (struct record){
		.offset = offset,
		.size = size,
		.key_size = (uint16_t)key,
		.type_size = (uint16_t)type,
		.id_size = (uint16_t)id,
		.via_size = (uint16_t)via,
		.dropped = m->dropped,
		.state = WAITING,
		.timestamp = m->timestamp,
		.stored = m->stored,
	};
	u->count++;
	u->unstored += u->store && !m->stored;
	return true;
}

static void show(const struct unconfirmed *u, const struct record *r, struct kept_message *m)
{
	const uint8_t *from = u->arena + r->offset;
	size_t id_end = (size_t)r->key_size + r->type_size + r->id_size,
	       text = id_end + r->via_size;

	*m = (struct kept_message){
		.key = (const char *)from,
		.content_type = (const char *)from + r->key_size,
		.message_id = (const char *)from + r->key_size + r->type_size,
		.body = from + text,
		.length = r->size - text,
		.timestamp = r->timestamp,
		.via = r->via_size ? (const char *)from + id_end : NULL,
		.dropped = r->dropped,
		.stored = r->stored,
		.again = r->again,
	};
}

bool unconfirmed_next(struct unconfirmed *u, struct kept_message *m)
{
	while (u->next < u->tail && record_at(u, u->next)->state != WAITING)
		u->next++;
	if (u->next == u->tail || u->last_tag - u->first_tag + 1 >= RECORDS)
		return false;
	show(u, record_at(u, u->next), m);
	return true;
}

void unconfirmed_sent(struct unconfirmed *u, uint64_t tag, bool *again)
{
	struct record *r = record_at(u, u->next);

	*again = r->again;
	r->state = SENT;
	r->again = true;
	note_tag(u, tag, u->next++);
}

void unconfirmed_sent_part(struct unconfirmed *u, uint64_t tag)
{
	record_at(u, u->next)->parts++;
	note_tag(u, tag, u->next);
}

static void drop_done(struct unconfirmed *u)
{
	while (u->head < u->tail && record_at(u, u->head)->state == DONE)
		u->head++;
	if (u->next < u->head)
		u->next = u->head;
	if (u->head < u->tail)
		u->start = record_at(u, u->head)->offset;
}

static void forget(struct unconfirmed *u, const struct record *r)
{
	if (r->stored)
		u->store->remove(u->store, r->stored, r->size);
	u->unstored -= u->store && !r->stored;
	u->count--;
}

/* Tags that posted messages took stay 0 in record_of_tag. */
static uint64_t settle(struct unconfirmed *u, uint64_t tag, bool multiple, enum state state)
{
	uint64_t settled = 0;

	if (multiple && tag > u->last_tag)
		tag = u->last_tag;
	uint64_t from = multiple ? u->first_tag : tag;
	if (from < u->first_tag || tag > u->last_tag)
		return 0;
	for (uint64_t t = from; t <= tag; t++) {
		uint64_t *number = of_tag(u, t);

		if (!*number)
			continue;
		struct record *r = record_at(u, *number - 1);
		r->part_refused |= state == WAITING;
		if (r->parts) {
			r->parts--;
			u->part_answered = true;
			*number = 0;
			continue;
		}
		r->state = (uint8_t)(r->part_refused ? WAITING : state);
		r->part_refused = false;
		if (r->state == DONE)
			forget(u, r);
		else if (*number - 1 < u->next)
			u->next = *number - 1;
		*number = 0;
		settled++;
	}
	while (u->first_tag <= u->last_tag && !*of_tag(u, u->first_tag))
		u->first_tag++;
	drop_done(u);
	return settled;
}

uint64_t unconfirmed_confirm(struct unconfirmed *u, uint64_t tag, bool multiple)
{
	return settle(u, tag, multiple, DONE);
}

bool unconfirmed_part_answered(struct unconfirmed *u)
{
	bool answered = u->part_answered;

	u->part_answered = false;
	return answered;
}

uint64_t unconfirmed_refuse(struct unconfirmed *u, uint64_t tag, bool multiple)
{
	return settle(u, tag, multiple, WAITING);
}

void unconfirmed_rewind(struct unconfirmed *u)
{
	for (uint64_t n = u->head; n < u->tail; n++)
		if (record_at(u, n)->state == SENT)
			record_at(u, n)->state = WAITING;
	for (uint64_t n = u->head; n < u->tail; n++) {
		record_at(u, n)->parts = 0;
		record_at(u, n)->part_refused = false;
	}
	for (uint64_t t = u->first_tag; t <= u->last_tag; t++)
		*of_tag(u, t) = 0;
	u->next = u->head;
	u->first_tag = 1;
	u->last_tag = 0;
}

/* --- what is not in the store --- */

bool unconfirmed_next_unstored(struct unconfirmed *u, struct kept_message *m)
{
	if (!u->unstored)
		return false;
	if (u->first_unstored < u->head)
		u->first_unstored = u->head;
	while (record_at(u, u->first_unstored)->state == DONE ||
	       record_at(u, u->first_unstored)->stored)
		u->first_unstored++;
	show(u, record_at(u, u->first_unstored), m);
	return true;
}

void unconfirmed_store(struct unconfirmed *u, uint64_t number)
{
	record_at(u, u->first_unstored)->stored = number;
	u->unstored--;
}

size_t unconfirmed_unstored(const struct unconfirmed *u)
{
	return u->unstored;
}

/* --- what the broker will not have --- */

size_t unconfirmed_in_flight(const struct unconfirmed *u, uint64_t *oldest)
{
	size_t count = 0;

	for (uint64_t n = u->tail; n-- > u->head;) {
		if (record_at(u, n)->state != SENT)
			continue;
		*oldest = n;
		count++;
	}
	return count;
}

void unconfirmed_drop(struct unconfirmed *u, uint64_t number, struct kept_message *m)
{
	struct record *r = record_at(u, number);

	show(u, r, m);
	r->state = DONE;
	u->unstored -= u->store && !r->stored;
	u->count--;
	drop_done(u);
}

void unconfirmed_drop_next(struct unconfirmed *u, struct kept_message *m)
{
	unconfirmed_drop(u, u->next, m);
}

uint64_t unconfirmed_added(const struct unconfirmed *u)
{
	return u->tail;
}

uint64_t unconfirmed_done(const struct unconfirmed *u)
{
	return u->head;
}

size_t unconfirmed_count(const struct unconfirmed *u)
{
	return u->count;
}

bool unconfirmed_awaits_answer(const struct unconfirmed *u)
{
	return u->first_tag <= u->last_tag;
}
