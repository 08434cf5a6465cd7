/* rotated_names.h - whether the names that rotation makes of -w can be: short enough for the file
 * system, and no other output's. Known at the start, not when the second file begins. Makes and
 * opens nothing. */
#ifndef CAPTURE_ROTATED_NAMES_H
#define CAPTURE_ROTATED_NAMES_H

#include <stdbool.h>

#include "capture/writes.h"

/* Of each file that -w names, the longest name of this run: with the number of the last file, and
 * what strftime(3) makes of it at any time of the year; numbers that have no last one have ten
 * digits. With overwrite, whether it comes to the name of another. 0, or -1 with why: the option,
 * the lengths, the remedy. */
int rotated_names_check(const struct writes_options *writes, bool overwrite, struct why *why);

#endif
