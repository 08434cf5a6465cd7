#include "top.h"

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
#include "top_lines.h"

enum { LINE_SIZE = 400, KEPT = 64, WORDS_FROM = 6 /* rows */ };

static const struct air *air;
static int64_t period_ns;
static unsigned probe_count;
static bool on_screen;
static struct top_view view;
static struct top_order order = {.key = 'f'};

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

static void write_head(struct text *t, int width)
{
	const struct top_sums sums = {
		.tool = log_name(),
		.seconds = stats_seconds(),
		.probes = probe_count,
		.dropped = stats_value("line", "dropped_no_room") +
	                   stats_value("line", "dropped_bad_fcs"),
		.given_way = air_given_way(air),
	};

	top_line_head(t, &view, &sums, width);
}

/* From row on, before end; the last says how many have no room. */
static void draw_sources(int row, int end, int width)
{
	unsigned room = row + 1 < end ? (unsigned)(end - row - 1) : 0;
	unsigned shown = view.count <= room ? view.count : room > 1 ? room - 1 : room;
	char line[LINE_SIZE] = "";

	if (room) {
		top_line_title(&(struct text){line, sizeof line, 0}, order, width);
		screen_line(row++, SCREEN_TITLE, line);
	}
	for (unsigned i = 0; i < shown; i++) {
		*line = '\0';
		top_line_source(&(struct text){line, sizeof line, 0}, &view, i, order, width);
		screen_line(row++, SCREEN_PLAIN, line);
	}
	if (row < end && shown < view.count) {
		snprintf(line, sizeof line, "and %u more", view.count - shown);
		screen_line(row, SCREEN_DIM, line);
	}
}

static int draw_channels(int row, int end, int width)
{
	char line[LINE_SIZE];

	for (unsigned i = 0; i < AIR_CHANNELS && row < end; i++) {
		if (!is_shown(i))
			continue;
		*line = '\0';
		top_line_channel(&(struct text){line, sizeof line, 0}, &view, i, width);
		screen_line(row++, SCREEN_PLAIN, line);
	}
	return row;
}

/* What gives way on a screen of few rows: the words of the tool, then the channels, then the
 * sources, then the keys. */
static void draw(void)
{
	int rows = screen_rows(), width = screen_columns(), end = rows > 1 ? rows - 1 : rows;
	char line[LINE_SIZE] = "";

	top_view_sort(&view, order);
	screen_begin();
	write_head(&(struct text){line, sizeof line, 0}, width);
	screen_line(0, SCREEN_PLAIN, line);
	if (rows > 1) {
		*line = '\0';
		top_line_keys(&(struct text){line, sizeof line, 0}, order, width);
		screen_line(end, SCREEN_TITLE, line);
	}
	copy_last(line);
	if (rows >= WORDS_FROM && *line)
		screen_line(--end, SCREEN_DIM, line);
	draw_sources(draw_channels(1, rows < WORDS_FROM ? 1 : rows / 2, width), end, width);
	screen_end();
}

/* A line about all, one for each channel, one for each source below a title. */
static bool say(void)
{
	char line[LINE_SIZE] = "";
	int width = screen_line_width();
	bool reads;

	top_view_sort(&view, order);
	write_head(&(struct text){line, sizeof line, 0}, width);
	reads = screen_say(line);
	for (unsigned i = 0; i < AIR_CHANNELS && reads; i++) {
		if (!is_shown(i))
			continue;
		*line = '\0';
		top_line_channel(&(struct text){line, sizeof line, 0}, &view, i, width);
		reads = screen_say(line);
	}
	for (unsigned i = 0; i < view.count && reads; i++) {
		*line = '\0';
		if (i == 0) {
			top_line_title(&(struct text){line, sizeof line, 0}, order, width);
			reads = screen_say(line);
			*line = '\0';
		}
		top_line_source(&(struct text){line, sizeof line, 0}, &view, i, order, width);
		reads = reads && screen_say(line);
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
		order.reversed = key == order.key && !order.reversed;
		order.key = key;
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
