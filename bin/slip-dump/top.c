#include "top.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "screen.h"
#include "top_view.h"

enum { LINE_SIZE = 400, KEPT = 64 };

static const struct air *air;
static int64_t period_ns;
static unsigned probe_count;
static bool on_screen;
static struct top_view view;
static int order = 'f';
static bool reversed;

/* --- what the tool says while the screen is there --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char kept[KEPT][LINE_SIZE];
static unsigned kept_count; /* ever */

static ssize_t keep(int fd, const void *octets, size_t n)
{
	size_t length = n < LINE_SIZE ? n : LINE_SIZE - 1;

	(void)fd;
	pthread_mutex_lock(&lock);
	char *line = kept[kept_count++ % KEPT];
	memcpy(line, octets, length);
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	pthread_mutex_unlock(&lock);
	return (ssize_t)n;
}

static void copy_last(char out[LINE_SIZE])
{
	pthread_mutex_lock(&lock);
	snprintf(out, LINE_SIZE, "%s", kept_count ? kept[(kept_count - 1) % KEPT] : "");
	pthread_mutex_unlock(&lock);
}

/* Behind the screen, as it would have been said. */
static void say_kept(void)
{
	size_t name = strlen(log_name()) + 2;

	log_write_with(write);
	for (unsigned i = kept_count > KEPT ? kept_count - KEPT : 0; i < kept_count; i++) {
		const char *line = kept[i % KEPT];

		log_error("%s", strlen(line) > name ? line + name : line);
	}
}

/* Where both are the same terminal. */
static bool words_go_to_screen(void)
{
	struct stat out, words;

	return fstat(1, &out) == 0 && fstat(2, &words) == 0 && S_ISCHR(words.st_mode) &&
	       out.st_rdev == words.st_rdev;
}

/* --- a picture --- */

static bool is_shown(unsigned channel)
{
	return view.channels[channel].frames > 0;
}

static void say_head(struct text *t)
{
	double seconds = stats_seconds();

	text_add(t,
	         "%s: %u probe%s, %02u:%02u:%02u, %" PRIu64 " frames, %.1f/s, %" PRIu64
	         " with a bad FCS, %" PRIu64 " dropped, %u source%s",
	         log_name(), probe_count, probe_count == 1 ? "" : "s", (unsigned)(seconds / 3600),
	         (unsigned)(seconds / 60) % 60, (unsigned)seconds % 60, view.frames, view.rate,
	         view.bad_fcs,
	         stats_value("line", "dropped_no_room") + stats_value("line", "dropped_bad_fcs"),
	         view.count, view.count == 1 ? "" : "s");
}

static void draw_sources(int row, int last)
{
	char line[LINE_SIZE];

	top_view_title(&(struct text){line, sizeof line, 0});
	screen_line(row++, SCREEN_TITLE, line);
	for (unsigned i = 0; i < view.count && row <= last; i++) {
		top_view_source(&(struct text){line, sizeof line, 0}, &view, i);
		screen_line(row++, SCREEN_PLAIN, line);
	}
}

static void draw(void)
{
	char line[LINE_SIZE] = "";
	int row = 0, rows = screen_rows();

	top_view_sort(&view, order, reversed);
	screen_begin();
	say_head(&(struct text){line, sizeof line, 0});
	screen_line(row++, SCREEN_PLAIN, line);
	for (unsigned i = 0; i < AIR_CHANNELS && row < rows / 2; i++) {
		if (!is_shown(i))
			continue;
		top_view_channel(&(struct text){line, sizeof line, 0}, &view, i);
		screen_line(row++, SCREEN_PLAIN, line);
	}
	draw_sources(row, rows - 3);
	copy_last(line);
	screen_line(rows - 2, SCREEN_DIM, line);
	snprintf(line, sizeof line,
	         "q quit  sort by: a address f frames r rate m missing d duplicates b bad FCS s "
	         "signal l last heard (%c%s; again: the other way)",
	         order, reversed ? ", reversed" : "");
	screen_line(rows - 1, SCREEN_TITLE, line);
	screen_end();
}

/* A line about all, one for each channel, one for each source. */
static bool say(void)
{
	char line[LINE_SIZE];
	bool reads;

	top_view_sort(&view, order, reversed);
	say_head(&(struct text){line, sizeof line, 0});
	reads = screen_say(line);
	for (unsigned i = 0; i < AIR_CHANNELS && reads; i++) {
		if (!is_shown(i))
			continue;
		top_view_channel(&(struct text){line, sizeof line, 0}, &view, i);
		reads = screen_say(line);
	}
	for (unsigned i = 0; i < view.count && reads; i++) {
		top_view_source(&(struct text){line, sizeof line, 0}, &view, i);
		reads = screen_say(line);
	}
	return reads;
}

/* --- its thread --- */

static void read_keys(void)
{
	int key;

	while ((key = screen_key())) {
		if (key == 'q')
			loop_stop(EXIT_OK);
		if (!top_view_is_order(key))
			continue;
		reversed = key == order && !reversed;
		order = key;
	}
}

static int wait_ms(int64_t due)
{
	int64_t left = due - monotonic_ns();

	return left <= 0 ? 0 : (int)(left / 1000000) + 1;
}

/* Until the next picture is due, or something else has happened. */
static void wait_for_events(int64_t due)
{
	struct pollfd fds[] = {
		{loop_stop_fd(), POLLIN, 0},
		{on_screen ? screen_key_fd() : -1, POLLIN, 0},
		{on_screen ? screen_signal_fd() : -1, POLLIN, 0},
	};

	loop_wait(fds, 3, wait_ms(due));
	if (!on_screen)
		return;
	if (fds[2].revents)
		screen_read_signals();
	if (fds[1].revents & ~POLLIN)
		screen_lose_keys();
	read_keys();
}

static int run(void *none)
{
	int64_t due = monotonic_ns();

	(void)none;
	while (!loop_stopping()) {
		if (monotonic_ns() >= due) {
			top_view_take(&view, air, now_ns());
			due = monotonic_ns() + period_ns;
			if (!on_screen && !say())
				return EXIT_OK;
		}
		if (on_screen)
			draw();
		wait_for_events(due);
	}
	if (on_screen)
		screen_close();
	return EXIT_OK;
}

void top_open(const struct air *a, double seconds, unsigned probes)
{
	air = a;
	period_ns = (int64_t)(seconds * 1e9);
	probe_count = probes;
	on_screen = screen_is_possible() && screen_open();
	if (on_screen && words_go_to_screen())
		log_write_with(keep);
}

struct worker top_worker(void)
{
	return (struct worker){.name = "top", .run = run};
}

void top_close(void)
{
	if (!on_screen)
		return;
	screen_restore();
	say_kept();
}
