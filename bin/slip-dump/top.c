#include "top.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "screen/picture.h"
#include "top_lines.h"

static const struct air *air;
static int64_t period_ns;
static unsigned probe_count;
static struct top_view view;

static void take(void)
{
	top_view_take(&view, air, now_ns(), monotonic_ns());
}

static const char *orders(void)
{
	return TOP_VIEW_ORDERS;
}

static void sort(struct live_order order)
{
	top_view_sort(&view, order.key, order.reversed);
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

/* Of the channels on which something was heard. */
static bool write_channel(struct text *t, unsigned i, int width)
{
	if (i >= view.heard_count)
		return false;
	top_line_channel(t, &view, view.heard[i], width);
	return true;
}

static unsigned count(void)
{
	return view.count;
}

static void write_source(struct text *t, unsigned i, struct live_order order, int width)
{
	top_line_source(t, &view, i, order, width);
}

static void write_more(struct text *t, unsigned more)
{
	text_add(t, "and %u more", more);
}

static int run(void *none)
{
	static const struct picture picture = {
		.take = take,
		.orders = orders,
		.sort = sort,
		.head = write_head,
		.between = write_channel,
		.count = count,
		.title = top_line_title,
		.row = write_source,
		.more = write_more,
		.keys = top_line_keys,
	};

	(void)none;
	picture_run(&picture, period_ns, 'f');
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
