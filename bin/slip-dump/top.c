#include "top.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "screen/live.h"
#include "screen/screen.h"
#include "top_lines.h"

enum { LINE_SIZE = LIVE_LINE_SIZE, WORDS_FROM = 6 /* rows */ };

static const struct air *air;
static int64_t period_ns;
static unsigned probe_count;
static struct top_view view;
static struct live_order order = {.key = 'f'};

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

	top_view_sort(&view, order.key, order.reversed);
	screen_begin();
	write_head(&(struct text){line, sizeof line, 0}, width);
	screen_line(0, SCREEN_PLAIN, line);
	if (rows > 1) {
		*line = '\0';
		top_line_keys(&(struct text){line, sizeof line, 0}, order, width);
		screen_line(end, SCREEN_TITLE, line);
	}
	live_copy_last(line);
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

	top_view_sort(&view, order.key, order.reversed);
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

static int run(void *none)
{
	int64_t due = monotonic_ns();

	(void)none;
	while (!loop_stopping()) {
		if (monotonic_ns() >= due) {
			top_view_take(&view, air, now_ns());
			due = monotonic_ns() + period_ns;
			if (!live_is_open() && !say())
				return EXIT_OK;
		}
		if (live_is_open())
			draw();
		live_wait(due, TOP_VIEW_ORDERS, &order);
	}
	live_end();
	return EXIT_OK;
}

void top_open(const struct air *a, double seconds, unsigned probes)
{
	air = a;
	period_ns = (int64_t)(seconds * 1e9);
	probe_count = probes;
	live_open();
}

struct worker top_worker(void)
{
	return (struct worker){.name = "top", .run = run};
}

void top_close(void)
{
	live_close();
}
