#include "who_screen.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "screen/live.h"
#include "screen/screen.h"
#include "who_lines.h"

enum { LINE_SIZE = 1200, WORDS_FROM = 6 /* rows */ };

static int64_t period_ns;
static struct who_view view;
static struct live_order order = {.key = 'f'};

/* From row on, before end; where not all have room, the last says how many have none. */
static void draw_agents(int row, int end, int width)
{
	unsigned room = row + 1 < end ? (unsigned)(end - row - 1) : 0, count = view.table.count;
	unsigned shown = count <= room ? count : room > 1 ? room - 1 : room;
	char line[LINE_SIZE] = "";

	if (room) {
		who_line_title(&(struct text){line, sizeof line, 0}, &view, order, width);
		screen_line(row++, SCREEN_TITLE, line);
	}
	for (unsigned i = 0; i < shown; i++) {
		*line = '\0';
		who_line_row(&(struct text){line, sizeof line, 0}, &view, i, order, width);
		screen_line(row++, SCREEN_PLAIN, line);
	}
	if (row < end && shown < count) {
		snprintf(line, sizeof line,
		         "... and %u more (a larger window, or another order, shows them)",
		         count - shown);
		screen_line(row, SCREEN_DIM, line);
	}
}

/* What gives way on a screen of few rows: the words of the tool, then the agents, then the keys. */
static void draw(void)
{
	int rows = screen_rows(), width = screen_columns(), end = rows > 1 ? rows - 1 : rows;
	char line[LINE_SIZE] = "";

	who_view_sort(&view, order.key, order.reversed);
	screen_begin();
	who_line_head(&(struct text){line, sizeof line, 0}, &view, log_name(),
	              stats_value("bus_downlink", "lost_on_bus"), width);
	screen_line(0, SCREEN_PLAIN, line);
	if (rows > 1) {
		*line = '\0';
		who_line_keys(&(struct text){line, sizeof line, 0}, &view, order, width);
		screen_line(end, SCREEN_TITLE, line);
	}
	live_copy_last(line);
	if (rows >= WORDS_FROM && *line)
		screen_line(--end, SCREEN_DIM, line);
	draw_agents(1, end, width);
	screen_end();
}

static int run(void *none)
{
	int64_t due = monotonic_ns();

	(void)none;
	while (!loop_stopping()) {
		if (monotonic_ns() >= due) {
			who_copy(&view.table);
			who_view_take(&view, now_ns());
			due = monotonic_ns() + period_ns;
		}
		draw();
		live_wait(due,
		          view.table.listening == WHO_NOT_ASKED ? WHO_VIEW_ORDERS
		                                                : WHO_VIEW_ORDERS "k",
		          &order);
	}
	live_end();
	return EXIT_OK;
}

bool who_screen_open(double seconds)
{
	period_ns = (int64_t)(seconds * 1e9);
	return live_open();
}

unsigned who_screen_workers(struct worker *workers)
{
	if (!live_is_open())
		return 0;
	workers[0] = (struct worker){.name = "who", .run = run};
	return 1;
}

void who_screen_close(void)
{
	live_close();
}
