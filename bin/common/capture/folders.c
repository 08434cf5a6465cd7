#include "capture/folders.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/path.h"

/* Octets that all names of the pattern begin with, to the end of a folder. */
static size_t fixed_length(const struct rotation *r, const char *pattern)
{
	const char *end = r->seconds ? strchr(pattern, '%') : NULL;

	if (!end)
		return strlen(pattern);
	while (end > pattern && end[-1] != '/')
		end--;
	return (size_t)(end - pattern);
}

static char *next_slash(char *path, size_t from)
{
	return from < strlen(path) ? strchr(path + from, '/') : NULL;
}

int folders_make(const struct rotation *r, const char *pattern, const char *path, struct why *why)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%s", path);
	char *slash = next_slash(folder, fixed_length(r, pattern));
	for (; slash; *slash = '/', slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!*folder || mkdir(folder, 0777) == 0 || errno == EEXIST)
			continue;
		int error = errno; /* whoever calls decides by it */
		why_errno(why, folder);
		errno = error;
		return -1;
	}
	return 0;
}

void folders_find_first(const struct rotation *r, const char *pattern, char path[PATH_MAX])
{
	struct stat status;
	char *slash = next_slash(path, fixed_length(r, pattern));

	for (; slash; *slash = '/', slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (*path && stat(path, &status) < 0 && errno == ENOENT)
			return;
	}
}

bool folders_can_wait(const struct rotation *r, const char *pattern)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s", pattern);
	char *slash = next_slash(path, fixed_length(r, pattern));
	if (slash)
		*slash = '\0';
	return path_can_wait(path);
}
