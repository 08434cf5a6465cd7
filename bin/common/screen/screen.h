/* screen.h - a terminal to draw on. The only file that speaks to ncurses. One thread
 * uses it, but for screen_restore. Text is cut at the right edge; what the locale has no printable
 * character for is shown as a dot. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>

enum screen_style { SCREEN_PLAIN, SCREEN_TITLE, SCREEN_DIM };

/* Whether standard output is a terminal that a screen can be drawn on: its kind (TERM) is known,
 * and has a cursor that moves. */
bool screen_is_possible(void);
/* Before threads start: signals of the terminal's size, of job control, and SIGQUIT are read from
 * now on. False: it cannot be drawn on after all. */
bool screen_open(void);
/* For poll: keys (-1: there are none to be had), signals. */
int screen_key_fd(void);
int screen_signal_fd(void);
/* Deals with the signals that have come: a new size, a stop by the shell, which lasts until it is
 * continued, and SIGQUIT, which ends the process behind the screen. */
void screen_read_signals(void);
/* The terminal gives no keys any more. */
void screen_lose_keys(void);
/* The next key that was pressed; 0: none. */
int screen_key(void);

int screen_rows(void);
/* In which a line has room. */
int screen_columns(void);
void screen_begin(void);
void screen_line(int row, enum screen_style style, const char *text);
void screen_end(void);

/* The terminal is as it was before. */
void screen_close(void);
/* From the main thread at the end, where the thread that draws may not have got so far. */
void screen_restore(void);

/* Whether standard error is the terminal that is drawn on. */
bool screen_has_words(void);
/* On standard error, where a screen has stood: what log.h has made, which is escaped there. */
void screen_write_words(const char *words);
/* Where there is no screen: a line on standard output. False: nobody reads it. */
bool screen_say(const char *text);
/* The columns of the terminal that those lines go to; 0: it is none, or does not say. */
int screen_line_width(void);

#endif
