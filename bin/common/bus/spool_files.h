/* spool_files.h - whose the spool's folder and files are: nothing in them is read, or written,
 * before that is known. Never follows a symbolic link of somebody else. */
#ifndef SPOOL_FILES_H
#define SPOOL_FILES_H

#include "base/words.h"

enum { SPOOL_PATH_SIZE = 4200 };

/* Makes the folder (0700) and the file (0600, whatever the umask) where there are none. path: of
 * the file, without symbolic links. 0, or -1 with why. */
int spool_files_prepare(const char *directory, const char *name, char path[SPOOL_PATH_SIZE],
                        struct why *why);

/* Whether it would find fault with the folder: makes nothing. SPOOL_FILES_NONE: it would make it;
 * -1 with why. */
enum { SPOOL_FILES_THERE, SPOOL_FILES_NONE };
int spool_files_look(const char *directory, struct why *why);

#endif
