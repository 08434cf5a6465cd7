#include "top.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "screen/live.h"
#include "screen/screen.h"
#include "top_view.h"

enum { LINE_SIZE = 400 };

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

	top_view_sort(&view, order.key, order.reversed);
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
	live_draw_foot("a address f frames r rate m missing d duplicates b bad FCS s signal l last "
	               "heard",
	               &order);
	screen_end();
}

/* A line about all, one for each channel, one for each source. */
static bool say(void)
{
	char line[LINE_SIZE];
	bool reads;

	top_view_sort(&view, order.key, order.reversed);
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
