#include "who_screen.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "screen/live.h"
#include "screen/screen.h"
#include "who_view.h"

enum { LINE_SIZE = 1200 };

static int64_t period_ns;
static struct who_view view;
static struct live_order order = {.key = 'f'};

static void draw_head(int row)
{
	char line[LINE_SIZE];
	struct text t = {line, sizeof line, 0};
	uint64_t lost = stats_value("bus_downlink", "lost_on_bus");

	text_add(&t, "%s: ", log_name());
	who_view_head(&t, &view);
	if (lost)
		text_add(&t, ", %llu messages lost on the bus", (unsigned long long)lost);
	screen_line(row, SCREEN_PLAIN, line);
}

/* Where not all have room, the last line says how many have none. */
static void draw_agents(int first, int last)
{
	char line[LINE_SIZE];
	unsigned room = last >= first ? (unsigned)(last - first) + 1 : 0, count = view.table.count;
	unsigned shown = count <= room ? count : room ? room - 1 : 0;

	for (unsigned i = 0; i < shown; i++) {
		who_view_row(&(struct text){line, sizeof line, 0}, &view, i);
		screen_line(first + (int)i, SCREEN_PLAIN, line);
	}
	if (shown == count || !room)
		return;
	text_add(&(struct text){line, sizeof line, 0},
	         "... and %u more (a larger window, or another order, shows them)", count - shown);
	screen_line(last, SCREEN_DIM, line);
}

static void draw(void)
{
	char line[LINE_SIZE];

	who_view_sort(&view, order.key, order.reversed);
	screen_begin();
	draw_head(0);
	who_view_title(&(struct text){line, sizeof line, 0});
	screen_line(1, SCREEN_TITLE, line);
	draw_agents(2, screen_rows() - 3);
	live_draw_foot("a agent f from it t to it r rate o octets l last heard u user", &order);
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
		live_wait(due, WHO_VIEW_ORDERS, &order);
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
