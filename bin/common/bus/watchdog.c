#include "bus/watchdog.h"

#include <sys/socket.h>

#include "base/clock.h"
#include "base/os.h"

void watchdog_init(struct watchdog *w)
{
	pthread_mutex_init(&w->lock, NULL);
	w->socket = -1;
}

void watchdog_begin(struct watchdog *w)
{
	atomic_store_explicit(&w->busy_since, monotonic_ns(), memory_order_relaxed);
}

void watchdog_end(struct watchdog *w)
{
	atomic_store_explicit(&w->busy_since, 0, memory_order_relaxed);
}

void watchdog_set_socket(struct watchdog *w, int socket)
{
	pthread_mutex_lock(&w->lock);
	w->socket = socket;
	pthread_mutex_unlock(&w->lock);
}

static void end_call(struct watchdog *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->socket >= 0)
		shutdown(w->socket, SHUT_RDWR);
	pthread_mutex_unlock(&w->lock);
}

/* Octets that the peer's TCP has not taken. */
static int octets_underway(struct watchdog *w)
{
	int octets = 0;

	pthread_mutex_lock(&w->lock);
	if (w->socket >= 0)
		octets = os_unsent(w->socket);
	pthread_mutex_unlock(&w->lock);
	return octets;
}

void watchdog_look(struct watchdog *w, int64_t limit_ns)
{
	int64_t since = atomic_load(&w->busy_since), now = monotonic_ns();
	int underway = octets_underway(w);

	/* A slow line is no dead one: as long as it moves, a publish may take its time. */
	if (underway != w->underway || since > w->moved_at)
		w->moved_at = now;
	w->underway = underway;
	if (since && now - w->moved_at > limit_ns)
		end_call(w);
}

void watchdog_interrupt(struct watchdog *w)
{
	atomic_store(&w->ending, true);
	end_call(w);
}

bool watchdog_interrupted(struct watchdog *w)
{
	return atomic_load(&w->ending);
}
