#include "screen/picture.h"

#include "base/clock.h"
#include "base/loop.h"
#include "screen/screen.h"

enum { LINE_SIZE = 1200, WORDS_FROM = 6 /* rows */ };

static char words[LINE_SIZE];

/* One line at a time is made. */
static struct text *fresh(void)
{
	static struct text line = {words, sizeof words, 0};

	line.length = 0;
	*words = '\0';
	return &line;
}

/* --- on a terminal --- */

/* From row on, before end; where not all have room, the last says how many have none. */
static void draw_table(const struct picture *p, struct live_order order, int row, int end,
                       int width)
{
	unsigned room = row + 1 < end ? (unsigned)(end - row - 1) : 0, count = p->count();
	unsigned shown = count <= room ? count : room > 1 ? room - 1 : room;

	if (room) {
		p->title(fresh(), order, width);
		screen_line(row++, SCREEN_TITLE, words);
	}
	for (unsigned i = 0; i < shown; i++) {
		p->row(fresh(), i, order, width);
		screen_line(row++, SCREEN_PLAIN, words);
	}
	if (row < end && shown < count) {
		p->more(fresh(), count - shown);
		screen_line(row, SCREEN_DIM, words);
	}
}

static int draw_between(const struct picture *p, int row, int end, int width)
{
	for (unsigned i = 0; row < end && p->between && p->between(fresh(), i, width); i++)
		screen_line(row++, SCREEN_PLAIN, words);
	return row;
}

/* What gives way on a screen of few rows: the words of the tool, then what stands between head and
 * table, then the table, then the keys. */
static void draw(const struct picture *p, struct live_order order)
{
	int rows = screen_rows(), width = screen_columns(), end = rows > 1 ? rows - 1 : rows;
	char last[LIVE_LINE_SIZE];

	p->sort(order);
	screen_begin();
	p->head(fresh(), width);
	screen_line(0, SCREEN_PLAIN, words);
	if (rows > 1) {
		if (screen_key_fd() >= 0)
			p->keys(fresh(), order, width);
		else
			text_add(fresh(), "no keys: standard input is no terminal (^C ends)");
		screen_line(end, SCREEN_TITLE, words);
	}
	live_copy_last(last);
	if (rows >= WORDS_FROM && *last)
		screen_line(--end, SCREEN_DIM, last);
	draw_table(p, order, draw_between(p, 1, rows < WORDS_FROM ? 1 : rows / 2, width), end,
	           width);
	screen_end();
}

/* --- as lines --- */

static bool say(const struct picture *p, struct live_order order)
{
	int width = screen_line_width();
	unsigned count;
	bool reads;

	p->sort(order);
	p->head(fresh(), width);
	reads = screen_say(words);
	for (unsigned i = 0; reads && p->between && p->between(fresh(), i, width); i++)
		reads = screen_say(words);
	count = p->count();
	if (count && reads) {
		p->title(fresh(), order, width);
		reads = screen_say(words);
	}
	for (unsigned i = 0; i < count && reads; i++) {
		p->row(fresh(), i, order, width);
		reads = screen_say(words);
	}
	return reads;
}

void picture_run(const struct picture *p, int64_t period_ns, int key)
{
	struct live_order order = {.key = key};
	int64_t due = monotonic_ns();

	while (!loop_stopping()) {
		if (monotonic_ns() >= due) {
			p->take();
			due = monotonic_ns() + period_ns;
			if (!live_is_open() && !say(p, order))
				return;
		}
		if (live_is_open())
			draw(p, order);
		live_wait(due, p->orders(), &order);
	}
	live_end();
}
