#include "waiting.h"

#include <stdlib.h>
#include <string.h>

struct waiting_item {
	int64_t due_ns;
	uint64_t sequence;
	size_t octets;
	struct forward f; /* its texts and body follow it */
};

static bool is_before(const struct waiting_item *a, const struct waiting_item *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->sequence < b->sequence;
}

static const void *append(char **to, const void *from, size_t n)
{
	char *at = *to;

	if (n)
		memcpy(at, from, n);
	*to += n;
	return at;
}

static struct waiting_item *copy(const struct forward *f)
{
	const char *texts[] = {f->key, f->content_type, f->message_id, f->via, f->copy_of};
	size_t octets = sizeof(struct waiting_item) + f->length;

	for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
		octets += strlen(texts[i]) + 1;
	struct waiting_item *item = malloc(octets);
	if (!item)
		return NULL;
	char *to = (char *)(item + 1);
	item->octets = octets;
	item->f = *f;
	item->f.key = append(&to, f->key, strlen(f->key) + 1);
	item->f.content_type = append(&to, f->content_type, strlen(f->content_type) + 1);
	item->f.message_id = append(&to, f->message_id, strlen(f->message_id) + 1);
	item->f.via = append(&to, f->via, strlen(f->via) + 1);
	item->f.copy_of = append(&to, f->copy_of, strlen(f->copy_of) + 1);
	item->f.body = append(&to, f->body, f->length);
	return item;
}

static bool make_room(struct waiting *w)
{
	if (w->count < w->room)
		return true;
	size_t room = w->room ? 2 * w->room : 64;
	struct waiting_item **heap = realloc(w->heap, room * sizeof *heap);
	if (!heap)
		return false;
	w->heap = heap;
	w->room = room;
	return true;
}

bool waiting_add(struct waiting *w, const struct forward *f, int64_t due_ns)
{
	struct waiting_item *item = make_room(w) ? copy(f) : NULL;
	size_t at = w->count;

	if (!item)
		return false;
	item->due_ns = due_ns;
	item->sequence = w->sequence++;
	for (; at && is_before(item, w->heap[(at - 1) / 2]); at = (at - 1) / 2)
		w->heap[at] = w->heap[(at - 1) / 2];
	w->heap[at] = item;
	w->count++;
	w->octets += item->octets;
	return true;
}

const struct forward *waiting_first(const struct waiting *w, int64_t *due_ns)
{
	if (!w->count)
		return NULL;
	*due_ns = w->heap[0]->due_ns;
	return &w->heap[0]->f;
}

void waiting_remove_first(struct waiting *w)
{
	struct waiting_item *last = w->heap[--w->count];
	size_t at = 0, child;

	w->octets -= w->heap[0]->octets;
	free(w->heap[0]);
	for (; (child = 2 * at + 1) < w->count; at = child) {
		if (child + 1 < w->count && is_before(w->heap[child + 1], w->heap[child]))
			child++;
		if (!is_before(w->heap[child], last))
			break;
		w->heap[at] = w->heap[child];
	}
	w->heap[at] = last;
}

void waiting_free(struct waiting *w)
{
	while (w->count)
		waiting_remove_first(w);
	free(w->heap);
	*w = (struct waiting){0};
}
