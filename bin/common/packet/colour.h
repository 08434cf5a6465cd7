/* colour.h - a line with the sequences that colour its parts on a terminal: time, type, addresses,
 * names from outside, faults. Is given a line that has been escaped (escape.h) and only adds
 * sequences of its own: what is from outside can choose a colour at the most. Never cuts a
 * sequence, and always ends in the terminal's own colour. */
#ifndef COLOUR_H
#define COLOUR_H

#include <stdbool.h>
#include <stddef.h>

enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* Whether what goes to fd is coloured. Auto: a terminal, unless $NO_COLOR is not empty or $TERM is
 * empty or "dumb". Always: whatever it is, but for a regular file, which never is. */
bool colour_is_wanted(int choice, int fd);

/* line[0..length) without its newline, one that readable_frame or describe made, or of
 * readable_block. Writes it to out[0..size), NUL-terminated, and returns the characters; what does
 * not fit is left out. */
size_t colour_line(char *out, size_t size, const char *line, size_t length);

#endif
