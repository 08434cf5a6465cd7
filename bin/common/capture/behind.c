#include "capture/behind.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

struct behind {
	int fd;
	pthread_t thread;
	sem_t given, written;
	const uint8_t *octets; /* NULL: the end */
	size_t n, done;
	int error;
};

static void wait_for(sem_t *s)
{
	while (sem_wait(s) < 0 && errno == EINTR)
		;
}

static void write_given(struct behind *b)
{
	b->done = 0;
	b->error = 0;
	while (b->done < b->n && !b->error) {
		ssize_t n = write(b->fd, b->octets + b->done, b->n - b->done);

		if (n >= 0)
			b->done += (size_t)n;
		else if (errno != EINTR)
			b->error = errno;
	}
}

static void *run(void *behind)
{
	struct behind *b = behind;

	for (wait_for(&b->given); b->octets; wait_for(&b->given)) {
		write_given(b);
		sem_post(&b->written);
	}
	return NULL;
}

struct behind *behind_new(int fd)
{
	struct behind *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->fd = fd;
	sem_init(&b->given, 0, 0);
	sem_init(&b->written, 0, 0);
	if (pthread_create(&b->thread, NULL, run, b) == 0)
		return b;
	free(b);
	return NULL;
}

void behind_give(struct behind *b, const uint8_t *octets, size_t n)
{
	b->octets = octets;
	b->n = n;
	sem_post(&b->given);
}

int behind_collect(struct behind *b, size_t *done)
{
	wait_for(&b->written);
	*done = b->done;
	return b->error;
}

void behind_free(struct behind *b)
{
	if (!b)
		return;
	b->octets = NULL;
	sem_post(&b->given);
	pthread_join(b->thread, NULL);
	sem_destroy(&b->given);
	sem_destroy(&b->written);
	free(b);
}
