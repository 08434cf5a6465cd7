#include "base/progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct progress_wait *all;
static _Atomic bool off;

void progress_off(void)
{
	atomic_store(&off, true);
}

bool progress_is_off(void)
{
	return atomic_load(&off);
}

void progress_say(const char *format, ...)
{
	char words[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof words, format, arguments);
	va_end(arguments);
	if (!progress_is_off())
		log_warning("%s", words);
}

static void begin(struct progress_wait *w, int ms)
{
	if (!w->is_known) {
		w->next = all;
		all = w;
		w->is_known = true;
	}
	if (!atomic_load(&w->waits))
		w->due_ns = monotonic_ns() + ms * INT64_C(1000000);
	atomic_store(&w->waits, true);
}

void progress_begin_wait(struct progress_wait *w, int ms, const char *format, ...)
{
	va_list arguments;

	pthread_mutex_lock(&lock);
	if (!w->told) {
		va_start(arguments, format);
		vsnprintf(w->words, sizeof w->words, format, arguments);
		va_end(arguments);
		begin(w, ms);
	}
	pthread_mutex_unlock(&lock);
}

void progress_end_wait(struct progress_wait *w)
{
	if (atomic_load_explicit(&w->waits, memory_order_relaxed))
		atomic_store(&w->waits, false);
}

void progress_forget(struct progress_wait *w)
{
	pthread_mutex_lock(&lock);
	for (struct progress_wait **link = &all; *link; link = &(*link)->next)
		if (*link == w) {
			*link = w->next;
			break;
		}
	pthread_mutex_unlock(&lock);
}

void progress_look(void)
{
	int64_t now = monotonic_ns();

	pthread_mutex_lock(&lock);
	for (struct progress_wait *w = all; w; w = w->next)
		if (atomic_load(&w->waits) && now >= w->due_ns) {
			atomic_store(&w->waits, false);
			w->told = true;
			progress_say("%s", w->words);
		}
	pthread_mutex_unlock(&lock);
}
