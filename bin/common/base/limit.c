#include "base/limit.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

enum { SLOTS = 64, TEXT_SIZE = 512, ABOUT_SIZE = 128 };

struct slot {               /* a line that was said in this minute */
	const char *format; /* NULL: free */
	enum log_level level;
	int64_t until_ns;
	uint64_t more;
	/* It was not said, nor are more of its form: there were too many. */
	bool is_rest;
	char about[ABOUT_SIZE]; /* not "": what counts for the same, whatever its words are */
	char text[TEXT_SIZE];
};

struct words {
	enum log_level level;
	const char *format, *about, *text;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot slots[SLOTS + 1]; /* the last: the rest of all forms that have none */

static void say(enum log_level level, const char *text)
{
	if (level == LOG_WARNING)
		log_warning("%s", text);
	else
		log_info("%s", text);
}

static void say_count(const struct slot *s)
{
	char line[TEXT_SIZE + 64];

	if (!s->more)
		return;
	const char *once = s->is_rest ? "more line such as" : "time more";
	const char *often = s->is_rest ? "more lines such as" : "times more";
	snprintf(line, sizeof line, "%llu %s: %s", (unsigned long long)s->more,
	         s->more == 1 ? once : often, s->text);
	say(s->level, line);
}

/* The next whose minute has passed is free again: true, with a copy of it. */
static bool next_passed(int64_t now_ns, struct slot *passed)
{
	bool found = false;

	/* Whoever says something at this moment delays it to the next call. */
	if (pthread_mutex_trylock(&lock) != 0)
		return false;
	for (unsigned i = 0; i <= SLOTS && !found; i++)
		if (slots[i].format && slots[i].until_ns <= now_ns) {
			*passed = slots[i];
			slots[i].format = NULL;
			found = true;
		}
	pthread_mutex_unlock(&lock);
	return found;
}

void limit_tick(int64_t now_ns)
{
	struct slot passed;

	while (next_passed(now_ns, &passed))
		say_count(&passed);
}

void limit_end(void)
{
	limit_tick(INT64_MAX);
}

static bool is_same(const struct slot *s, const struct words *w)
{
	return strncmp(s->about, w->about, ABOUT_SIZE - 1) == 0 &&
	       (*w->about || strcmp(s->text, w->text) == 0);
}

/* The line's own, or what counts for it: the slot that stands for the rest of its form, or for all
 * that have none. NULL: it is new, and *unused is for it. */
static struct slot *find_slot(const struct words *w, struct slot **unused, unsigned *of_form)
{
	struct slot *rest = NULL;

	*unused = NULL;
	*of_form = 0;
	for (struct slot *s = slots; s < slots + SLOTS; s++) {
		if (!s->format) {
			*unused = *unused ? *unused : s;
		} else if (s->format == w->format) {
			if (!s->is_rest && is_same(s, w))
				return s;
			rest = s->is_rest ? s : rest;
			++*of_form;
		}
	}
	if (!rest && !*unused)
		rest = &slots[SLOTS];
	return rest;
}

/* True: it is to be said. */
static bool admit(const struct words *w, int64_t now_ns)
{
	unsigned of_form;
	struct slot *unused, *s = find_slot(w, &unused, &of_form);

	if (s && s->format) {
		s->more++;
		return false;
	}
	bool is_rest = s || of_form >= LIMIT_OF_ONE_FORM;
	s = s ? s : unused;
	*s = (struct slot){.format = w->format,
	                   .level = w->level,
	                   .until_ns = now_ns + LIMIT_SECONDS * INT64_C(1000000000),
	                   .more = is_rest,
	                   .is_rest = is_rest};
	snprintf(s->about, sizeof s->about, "%s", w->about);
	snprintf(s->text, sizeof s->text, "%s", w->text);
	return !is_rest;
}

static void say_limited(enum log_level level, const char *about, const char *format,
                        va_list arguments)
{
	char text[TEXT_SIZE];
	const struct words words = {level, format, about, text};
	int64_t now_ns = monotonic_ns();

	if (!log_shows(level))
		return;
	vsnprintf(text, sizeof text, format, arguments);
	if (log_shows(LOG_DEBUG)) {
		say(level, text);
		return;
	}
	limit_tick(now_ns);
	pthread_mutex_lock(&lock);
	bool admitted = admit(&words, now_ns);
	pthread_mutex_unlock(&lock);
	/* Without the lock: standard error may be a pipe that nobody reads. */
	if (admitted)
		say(level, text);
}

void limited_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_limited(LOG_WARNING, "", format, arguments);
	va_end(arguments);
}

void limited_warning_about(const char *about, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_limited(LOG_WARNING, about, format, arguments);
	va_end(arguments);
}

void limited_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_limited(LOG_INFO, "", format, arguments);
	va_end(arguments);
}
