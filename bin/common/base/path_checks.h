/* path_checks.h - --check of files that a tool will write or read. Makes none: where the file
 * system has files without a name (O_TMPFILE), one is made in a folder and goes at once. */
#ifndef PATH_CHECKS_H
#define PATH_CHECKS_H

#include <stdbool.h>

/* A file that will be made: its folder. One that is written to as it is (a FIFO, a device): itself.
 * "-", descriptors by their name, and NULL are let pass. */
void check_output_path(const char *name, const char *path);
/* The same of a file that is written to where it is there, and made where it is not. */
void check_overwritten_path(const char *name, const char *path);
void check_folder_path(const char *name, const char *path);
/* True: a file that may be read, of which nothing has been said yet: what is in it is the caller's
 * to look at. What is no file, or cannot be read, has been told of; of "-" and NULL there is
 * nothing to be told. A FIFO is not opened: somebody may wait for its other end. */
bool check_input_path(const char *name, const char *path);

#endif
