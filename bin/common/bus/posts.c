#include "bus/posts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POSTS_MAX = 64 };

void posts_init(struct posts *p)
{
	pthread_mutex_init(&p->lock, NULL);
	p->end = &p->first;
}

bool posts_add(struct posts *p, const char *key, const void *body, size_t length)
{
	struct post *m = malloc(sizeof *m + length);
	bool room;

	if (!m)
		return false;
	m->next = NULL;
	m->length = length;
	snprintf(m->key, sizeof m->key, "%s", key);
	memcpy(m->body, body, length);
	pthread_mutex_lock(&p->lock);
	room = p->count < POSTS_MAX;
	if (room) {
		*p->end = m;
		p->end = &m->next;
		p->count++;
	}
	pthread_mutex_unlock(&p->lock);
	if (!room)
		free(m);
	return room;
}

size_t posts_count(struct posts *p)
{
	pthread_mutex_lock(&p->lock);
	size_t count = p->count;
	pthread_mutex_unlock(&p->lock);
	return count;
}

const struct post *posts_first(struct posts *p)
{
	pthread_mutex_lock(&p->lock);
	const struct post *m = p->first;
	pthread_mutex_unlock(&p->lock);
	return m;
}

void posts_drop_first(struct posts *p)
{
	pthread_mutex_lock(&p->lock);
	struct post *m = p->first;
	p->first = m->next;
	if (!p->first)
		p->end = &p->first;
	p->count--;
	pthread_mutex_unlock(&p->lock);
	free(m);
}
