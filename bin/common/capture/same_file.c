#include "capture/same_file.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/path.h"

enum { LINKS_MAX = 40 /* as the kernel follows */ };

/* What a link to nothing names, which is made when it is opened. */
static void find_target(char out[PATH_MAX], const char *path)
{
	snprintf(out, PATH_MAX, "%s", path);
	for (int links = 0; links < LINKS_MAX && path_follow_link(out); links++)
		;
}

/* Of files that are still to be made. */
static bool is_same_name(const char *one, const char *other)
{
	char a[PATH_MAX], b[PATH_MAX];
	struct stat folder_a, folder_b;

	find_target(a, one);
	find_target(b, other);
	if (strcmp(basename(a), basename(b)) != 0)
		return false;
	return stat(dirname(a), &folder_a) == 0 && stat(dirname(b), &folder_b) == 0 &&
	       folder_a.st_dev == folder_b.st_dev && folder_a.st_ino == folder_b.st_ino;
}

bool same_file_there(const char *one, const char *other)
{
	struct stat a, b;

	return path_stat(one, &a) && path_stat(other, &b) && !S_ISCHR(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool same_file(const char *one, const char *other)
{
	struct stat a, b;

	if (strcmp(one, other) == 0)
		return true;
	if (!path_stat(one, &a) && !path_stat(other, &b))
		return is_same_name(one, other);
	return same_file_there(one, other);
}
