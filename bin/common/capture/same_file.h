/* same_file.h - whether two names stand for one file or pipe, of which two writers would make a
 * capture of neither. Opens nothing. */
#ifndef CAPTURE_SAME_FILE_H
#define CAPTURE_SAME_FILE_H

#include <stdbool.h>

/* Also of files that are still to be made. A device such as /dev/null takes any number of writers:
 * it is never the same. */
bool same_file(const char *one, const char *other);
/* Of what is there alone, by whatever names. */
bool same_file_there(const char *one, const char *other);

#endif
