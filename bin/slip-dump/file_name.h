/* file_name.h - the names of rotated captures, as tcpdump makes them. */
#ifndef FILE_NAME_H
#define FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Writes the NUL-terminated name of file number `number` that begins at `start`: strftime(3) of the
 * pattern in local time where by_time, then the number with as many leading zeros as the last of
 * file_count needs (0: unlimited; then the first has none). by_size: files are numbered at all.
 * False: the name does not fit. */
bool file_name(char *out, size_t size, const char *pattern, bool by_time, time_t start,
               bool by_size, uint64_t number, uint64_t file_count);

#endif
