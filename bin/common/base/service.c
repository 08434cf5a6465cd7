#include "base/service.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/events.h"
#include "base/notify.h"
#include "base/version.h"

enum { DETAILS_MAX = 3, DETAIL_SIZE = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_ready, is_up, has_stopped, has_ended;
static unsigned away;
static struct {
	const char *key;
	char value[DETAIL_SIZE];
} details[DETAILS_MAX];

static void say_up(void)
{
	const char *keys[DETAILS_MAX], *values[DETAILS_MAX];

	for (unsigned i = 0; i < DETAILS_MAX; i++) {
		keys[i] = details[i].key ? details[i].key : "";
		values[i] = details[i].value;
	}
	events_say("up", keys[0], values[0], keys[1], values[1], keys[2], values[2], NULL);
}

static void settle(void)
{
	bool now = is_ready && !away && !has_stopped;

	if (now == is_up)
		return;
	is_up = now;
	if (is_up)
		say_up();
	else
		events_say("down", NULL);
	if (!has_stopped)
		notify(is_up ? NOTIFY_UP : NOTIFY_DOWN);
}

static void change(int ends)
{
	pthread_mutex_lock(&lock);
	if (ends > 0 || away)
		away += (unsigned)ends;
	settle();
	pthread_mutex_unlock(&lock);
}

void service_end_away(void)
{
	change(1);
}

void service_end_back(void)
{
	change(-1);
}

void service_ready(void)
{
	pthread_mutex_lock(&lock);
	if (!is_ready && !has_stopped) {
		is_ready = true;
		events_say("ready", NULL);
		notify(NOTIFY_READY);
		settle();
	}
	pthread_mutex_unlock(&lock);
}

void service_describe(const char *key, const char *value)
{
	pthread_mutex_lock(&lock);
	unsigned i = 0;
	while (i < DETAILS_MAX - 1 && details[i].key && details[i].key != key)
		i++;
	details[i].key = key;
	snprintf(details[i].value, sizeof details[i].value, "%s", value);
	pthread_mutex_unlock(&lock);
}

void service_starts(void)
{
	char pid[24];

	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	events_say("started", "version", FRAMEBUS_VERSION, "pid", pid, NULL);
	notify(NOTIFY_STARTS);
}

void service_stops(void)
{
	pthread_mutex_lock(&lock);
	if (!has_stopped) {
		has_stopped = true;
		notify(NOTIFY_STOPS);
		settle();
	}
	pthread_mutex_unlock(&lock);
}

void service_ended(int status)
{
	char number[16];

	service_stops();
	if (has_ended)
		return;
	has_ended = true;
	snprintf(number, sizeof number, "%d", status);
	events_say("stopped", "status", number, NULL);
}
