/* progress.h - what a tool does and waits for, said once each at the default level, so that no tool
 * is silent while nothing happens. -q silences it. From any thread; nothing here waits. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* For what is said when nothing has come for so long. */
enum { PROGRESS_WAIT_MS = 3000 };

/* At once. */
void progress_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something that is waited for. All zero; static storage, or as long as the tool. */
struct progress_wait {
	/* private */
	_Atomic bool waits;
	bool told;
	int64_t due_ns;
	char words[512];
	struct progress_wait *next;
	bool is_known;
};

/* The words are said once it has not come for so long; each struct says something once. Beginning
 * anew before that gives other words, and does not put it off. */
void progress_begin_wait(struct progress_wait *w, int ms, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* It has come, or why it has not was said otherwise. Costs nothing where nothing is waited for. */
void progress_end_wait(struct progress_wait *w);

/* The struct is given up: nothing refers to it any more. */
void progress_forget(struct progress_wait *w);

/* The main thread, twice a second: says what is due. */
void progress_look(void);

/* A tool that is started by Wireshark, which shows what it says as an error: nothing is said. */
void progress_off(void);
bool progress_is_off(void);

#endif
