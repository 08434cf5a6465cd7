#include "packet/ring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/event.h"

/* Positions count octets for ever; a record begins at their remainder, which the side that moves
 * the position keeps beside it: dividing takes as long as a copy. Behind the ring there is as much
 * memory again, so that the record which begins near its end is one run of octets, too: it is
 * read where it was written. Each side looks at the other's position only where the one that it saw
 * last is not enough: a line of memory that both use goes to and fro between processors. */
struct record {
	size_t length; /* of the data that follows */
	int64_t time_ns;
	uint32_t tag;
	uint16_t link_type;
};

struct ring {
	size_t size;
	uint8_t *octets;
	int fd;
	_Alignas(64) _Atomic bool armed;    /* the next put makes fd readable */
	_Alignas(64) _Atomic uint64_t head; /* the writer's */
	size_t head_at;
	uint64_t tail_seen;
	_Atomic size_t written;             /* packets, ever */
	_Alignas(64) _Atomic uint64_t tail; /* the reader's */
	size_t tail_at;
	uint64_t head_seen;
	_Atomic size_t removed;
};

static size_t record_size(size_t length)
{
	size_t alignment = _Alignof(struct record);

	return (sizeof(struct record) + length + alignment - 1) / alignment * alignment;
}

static struct record *record_at(const struct ring *r, size_t at)
{
	return (struct record *)(void *)(r->octets + at);
}

/* size: of a record, which is no longer than the ring. */
static size_t behind(const struct ring *r, size_t at, size_t size)
{
	at += size;
	return at < r->size ? at : at - r->size;
}

struct ring *ring_new(size_t octets)
{
	struct ring *r = aligned_alloc(64, sizeof *r);

	if (!r)
		return NULL;
	memset(r, 0, sizeof *r);
	r->size = octets / _Alignof(struct record) * _Alignof(struct record);
	r->octets = malloc(2 * r->size);
	r->fd = event_open();
	r->armed = true;
	if (r->octets && r->fd >= 0)
		return r;
	ring_free(r);
	return NULL;
}

/* Of one thread's own counter. */
static void add_one(_Atomic size_t *counter)
{
	size_t n = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, n + 1, memory_order_relaxed);
}

static void wake_reader(struct ring *r)
{
	/* Looked at first: most of the time the reader is awake. */
	if (atomic_load(&r->armed) && atomic_exchange(&r->armed, false))
		event_raise(r->fd);
}

bool ring_put(struct ring *r, const struct envelope_packet *p)
{
	return ring_put_tagged(r, p, 0);
}

static bool has_room(struct ring *r, uint64_t head, size_t size)
{
	if (size <= r->size - (size_t)(head - r->tail_seen))
		return true;
	r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
	return size <= r->size - (size_t)(head - r->tail_seen);
}

bool ring_put_tagged(struct ring *r, const struct envelope_packet *p, uint32_t tag)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t size = record_size(p->length);

	if (p->length > r->size || !has_room(r, head, size))
		return false;
	struct record *record = record_at(r, r->head_at);
	*record = (struct record){p->length, p->time_ns, tag, p->link_type};
	if (p->length)
		memcpy(record + 1, p->data, p->length);
	r->head_at = behind(r, r->head_at, size);
	add_one(&r->written);
	atomic_store(&r->head, head + size);
	wake_reader(r);
	return true;
}

static bool is_empty(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail == r->head_seen)
		r->head_seen = atomic_load(&r->head);
	return tail == r->head_seen;
}

bool ring_peek(struct ring *r, struct envelope_packet *p)
{
	if (is_empty(r))
		return false;
	const struct record *record = record_at(r, r->tail_at);
	*p = (struct envelope_packet){(const uint8_t *)(record + 1), record->length,
	                              record->time_ns, record->link_type};
	return true;
}

uint32_t ring_tag(const struct ring *r)
{
	return record_at(r, r->tail_at)->tag;
}

void ring_remove(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (is_empty(r))
		return;
	size_t size = record_size(record_at(r, r->tail_at)->length);
	r->tail_at = behind(r, r->tail_at, size);
	add_one(&r->removed);
	atomic_store_explicit(&r->tail, tail + size, memory_order_release);
}

int ring_fd(const struct ring *r)
{
	return r->fd;
}

void ring_arm(struct ring *r)
{
	event_drain(r->fd);
	atomic_store(&r->armed, true);
	/* A put between the reader's last ring_peek and here found nothing armed. */
	if (!is_empty(r))
		wake_reader(r);
}

void ring_wake(struct ring *r)
{
	event_raise(r->fd);
}

size_t ring_removed(const struct ring *r)
{
	return atomic_load_explicit(&r->removed, memory_order_relaxed);
}

size_t ring_count(const struct ring *r)
{
	size_t removed = ring_removed(r);

	return atomic_load_explicit(&r->written, memory_order_relaxed) - removed;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->octets);
	free(r);
}
