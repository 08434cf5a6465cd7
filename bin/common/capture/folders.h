/* folders.h - folders that strftime(3) names: with -G a pattern such as %Y-%m-%d/air.pcap makes
 * them, as they are needed. Those that stand before the first % are never made: whoever misspells
 * one is told. */
#ifndef CAPTURE_FOLDERS_H
#define CAPTURE_FOLDERS_H

#include <limits.h>
#include <stdbool.h>

#include "base/words.h"
#include "capture/rotation.h"

/* For path, a name that the pattern makes. 0, or -1 with *why and errno. */
int folders_make(const struct rotation *r, const char *pattern, const char *path, struct why *why);
/* Makes of it what is made first for it: the outermost of those folders that is not there yet. */
void folders_find_first(const struct rotation *r, const char *pattern, char path[PATH_MAX]);
/* path_can_wait() of the first name of the pattern. */
bool folders_can_wait(const struct rotation *r, const char *pattern);

#endif
