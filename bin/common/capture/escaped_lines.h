/* escaped_lines.h - readable lines as they go out: escaped (escape.h), then coloured where that is
 * wanted. Nothing that is from outside leaves the tool in a line but by this. */
#ifndef CAPTURE_ESCAPED_LINES_H
#define CAPTURE_ESCAPED_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { ESCAPED_LINE_MAX = 10 << 10 }; /* octets of one line, with its colours and its newline */

/* text[0..length) is one line without its newline. Into out, of ESCAPED_LINE_MAX octets; what does
 * not fit is cut. Returns the octets, with the newline. */
size_t escaped_line(char *out, const char *text, size_t length, bool coloured);
/* The same of a line that stands in `line`, of ESCAPED_LINE_MAX octets, already; it has less than
 * half of them. */
size_t escaped_in_place(char *line, size_t length, bool coloured);
/* text is lines with a newline each, each of which is escaped by itself. Into out[0..size); lines
 * that do not fit are left out. Returns the octets. */
size_t escaped_lines(char *out, size_t size, const char *text, size_t length, bool coloured);

#endif
