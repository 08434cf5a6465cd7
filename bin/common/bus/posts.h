/* posts.h - control messages on their way from any thread to the publisher's. Never holds more than
 * 64. */
#ifndef POSTS_H
#define POSTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct post {
	struct post *next;
	size_t length;
	char key[256];
	char body[];
};

struct posts { /* private */
	pthread_mutex_t lock;
	struct post *first, **end;
	size_t count;
};

void posts_init(struct posts *p);
/* Copies it. False: there is no room. From any thread. */
bool posts_add(struct posts *p, const char *key, const void *body, size_t length);
size_t posts_count(struct posts *p); /* from any thread */

/* The publisher's thread: the oldest, NULL: none; it stays until it is dropped. */
const struct post *posts_first(struct posts *p);
void posts_drop_first(struct posts *p);

#endif
