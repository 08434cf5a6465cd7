#include "who_screen.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "screen/picture.h"
#include "who_lines.h"

static int64_t period_ns;
static struct who_view view;

static void take(void)
{
	who_copy(&view.table);
	who_view_take(&view, now_ns(), monotonic_ns());
}

static const char *orders(void)
{
	return view.table.listening == WHO_NOT_ASKED ? WHO_VIEW_ORDERS : WHO_VIEW_ORDERS "k";
}

static void sort(struct live_order order)
{
	who_view_sort(&view, order.key, order.reversed);
}

static void write_head(struct text *t, int width)
{
	who_line_head(t, &view, log_name(), stats_value("bus_downlink", "lost_on_bus"), width);
}

static unsigned count(void)
{
	return view.table.count;
}

static void write_title(struct text *t, struct live_order order, int width)
{
	who_line_title(t, &view, order, width);
}

static void write_agent(struct text *t, unsigned i, struct live_order order, int width)
{
	who_line_row(t, &view, i, order, width);
}

static void write_more(struct text *t, unsigned more)
{
	text_add(t, "... and %u more (a larger window, or another order, shows them)", more);
}

static void write_keys(struct text *t, struct live_order order, int width)
{
	who_line_keys(t, &view, order, width);
}

static int run(void *none)
{
	static const struct picture picture = {
		.take = take,
		.orders = orders,
		.sort = sort,
		.head = write_head,
		.count = count,
		.title = write_title,
		.row = write_agent,
		.more = write_more,
		.keys = write_keys,
	};

	(void)none;
	picture_run(&picture, period_ns, 'f');
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
