#include "bus/batch.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, RECORD_OVERHEAD = 64 };

int batch_init(struct batch *b, uint64_t first)
{
	*b = (struct batch){.first = first, .end = first};
	b->m = calloc(BATCH_MESSAGES, sizeof *b->m);
	return b->m ? 0 : -1;
}

static struct kept_message **place(const struct batch *b, uint64_t number)
{
	return &b->m[number % BATCH_MESSAGES];
}

/* Short records share pages, of which some part is empty; a long one has pages of its own. */
uint64_t batch_cost(const struct kept_message *m)
{
	uint64_t size = strlen(m->key) + strlen(m->content_type) + strlen(m->message_id) +
	                m->length + RECORD_OVERHEAD;

	return size < PAGE / 4 ? size + size / 3 : size + PAGE;
}

bool batch_has_room(const struct batch *b, const struct kept_message *m)
{
	return !b->count ||
	       (b->octets + batch_cost(m) <= BATCH_OCTETS && b->end - b->first < BATCH_MESSAGES);
}

static char *append(char **to, const void *from, size_t n)
{
	char *at = *to;

	if (n)
		memcpy(at, from, n);
	*to += n;
	return at;
}

static struct kept_message *copy(const struct kept_message *m)
{
	size_t key = strlen(m->key) + 1, type = strlen(m->content_type) + 1,
	       id = strlen(m->message_id) + 1;
	struct kept_message *out = malloc(sizeof *out + key + type + id + m->length);

	if (!out)
		return NULL;
	char *to = (char *)(out + 1);
	*out = *m;
	out->key = append(&to, m->key, key);
	out->content_type = append(&to, m->content_type, type);
	out->message_id = append(&to, m->message_id, id);
	out->via = NULL;
	out->body = (const uint8_t *)append(&to, m->body, m->length);
	return out;
}

uint64_t batch_add(struct batch *b, const struct kept_message *m)
{
	struct kept_message *own = copy(m);

	if (!own)
		return 0;
	own->stored = b->end++;
	*place(b, own->stored) = own;
	b->count++;
	b->octets += batch_cost(own);
	return own->stored;
}

bool batch_remove(struct batch *b, uint64_t number)
{
	struct kept_message **m = place(b, number);

	if (number < b->first || number >= b->end || !*m)
		return false;
	b->count--;
	b->octets -= batch_cost(*m);
	free(*m);
	*m = NULL;
	while (b->first < b->end && !*place(b, b->first))
		b->first++;
	return true;
}

const struct kept_message *batch_next(const struct batch *b, uint64_t after)
{
	for (uint64_t n = after < b->first ? b->first : after + 1; n < b->end; n++)
		if (*place(b, n))
			return *place(b, n);
	return NULL;
}

void batch_clear(struct batch *b)
{
	for (uint64_t n = b->first; n < b->end; n++) {
		free(*place(b, n));
		*place(b, n) = NULL;
	}
	b->first = b->end;
	b->count = b->octets = 0;
}

void batch_free(struct batch *b)
{
	if (b->m)
		batch_clear(b);
	free(b->m);
	b->m = NULL;
}
