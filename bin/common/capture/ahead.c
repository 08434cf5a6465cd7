#include "capture/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECES = 2, PIECE_SIZE = 128 << 10 };

struct piece {
	ssize_t n;
	int error;
	uint8_t octets[PIECE_SIZE];
};

struct ahead {
	int fd;
	pthread_t thread;
	sem_t room, filled;
	atomic_bool ended;
	bool holds; /* the caller has a piece */
	unsigned next;
	struct piece pieces[PIECES];
};

static void wait_for(sem_t *s)
{
	while (sem_wait(s) < 0 && errno == EINTR)
		;
}

static void read_piece(const struct ahead *a, struct piece *p)
{
	do
		p->n = read(a->fd, p->octets, sizeof p->octets);
	while (p->n < 0 && (errno == EINTR || errno == EAGAIN) && !atomic_load(&a->ended));
	p->error = errno;
}

static void *run(void *ahead)
{
	struct ahead *a = ahead;
	struct piece *p;
	unsigned i = 0;

	do {
		wait_for(&a->room);
		p = &a->pieces[i++ % PIECES];
		p->n = 0;
		if (!atomic_load(&a->ended))
			read_piece(a, p);
		sem_post(&a->filled);
	} while (p->n > 0);
	return NULL;
}

struct ahead *ahead_new(int fd)
{
	struct stat st;
	struct ahead *a;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(a = calloc(1, sizeof *a)))
		return NULL;
	a->fd = fd;
	sem_init(&a->room, 0, PIECES);
	sem_init(&a->filled, 0, 0);
	if (pthread_create(&a->thread, NULL, run, a) == 0)
		return a;
	free(a);
	return NULL;
}

ssize_t ahead_read(struct ahead *a, const uint8_t **octets)
{
	if (a->holds)
		sem_post(&a->room);
	wait_for(&a->filled);
	const struct piece *p = &a->pieces[a->next++ % PIECES];

	/* Behind the last piece there is none: it is given again. */
	a->holds = p->n > 0;
	if (!a->holds) {
		a->next--;
		sem_post(&a->filled);
	}
	errno = p->error;
	*octets = p->octets;
	return p->n;
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	atomic_store(&a->ended, true);
	sem_post(&a->room);
	pthread_join(a->thread, NULL);
	sem_destroy(&a->room);
	sem_destroy(&a->filled);
	free(a);
}
