/* live.h - a picture on the terminal that is drawn again and again until the stop: when to draw,
 * keys, and what the tool says meanwhile, which stands in the last line but one and is said again
 * behind the picture. One thread draws (screen.h); live_open and live_close are the main
 * thread's. */
#ifndef LIVE_H
#define LIVE_H

#include <stdbool.h>
#include <stdint.h>

/* Before threads start. False: standard output is no terminal that can be drawn on. */
bool live_open(void);
bool live_is_open(void);

/* By what rows are sorted; the same key again turns them round. */
struct live_order {
	int key;
	bool reversed;
};
/* The drawing thread: waits until monotonic time due, or until something else has happened that is
 * to be drawn. Keys of `keys` go into the order, q stops the tool. Also without a picture, where
 * there are no keys. */
void live_wait(int64_t due, const char *keys, struct live_order *order);
/* What the tool said last; "": nothing yet. */
enum { LIVE_LINE_SIZE = 400 };
void live_copy_last(char out[LIVE_LINE_SIZE]);
/* The drawing thread, once, at its end. */
void live_end(void);

/* After the threads, and before anything else is said: the terminal is as it was. */
void live_close(void);

#endif
