#include "base/path_checks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/check.h"

enum { PATH_SIZE = 4096, LITTLE_ROOM = 1 << 20 };

static bool is_stream(const char *path)
{
	return !path || strcmp(path, "-") == 0 || strncmp(path, "/dev/", 5) == 0;
}

/* A FIFO is not opened: somebody may wait for its other end. */
static bool is_pipe(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

static bool is_folder(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

void check_folder_path(const char *name, const char *path)
{
	char remedy[PATH_SIZE];
	struct statvfs disk;
	struct stat about;

	snprintf(remedy, sizeof remedy, "mkdir -p '%.1000s'; its owner must be who runs this tool",
	         path);
	if (stat(path, &about) < 0)
		check_wrong(name, remedy, "%s: %s", path, strerror(errno));
	else if (!S_ISDIR(about.st_mode))
		check_wrong(name, remedy, "%s: is no folder", path);
	else if (access(path, W_OK | X_OK) < 0)
		check_wrong(name, remedy, "%s: cannot be written to: %s", path, strerror(errno));
	else if (statvfs(path, &disk) == 0 && disk.f_bavail * disk.f_frsize < LITTLE_ROOM)
		check_wrong(name, "make room: df -h", "%s: its disk is full", path);
	else
		check_good(name, "%s: may be written to", path);
}

void check_output_path(const char *name, const char *path)
{
	char folder[PATH_SIZE];

	if (is_stream(path))
		return;
	if (is_folder(path)) {
		check_wrong(name, "name a file in it", "%s: is a folder", path);
		return;
	}
	if (is_pipe(path)) {
		if (access(path, W_OK) < 0)
			check_wrong(name, "name what may be written to", "%s: %s", path,
			            strerror(errno));
		else
			check_good(name, "%s: may be written to", path);
		return;
	}
	snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	check_folder_path(name, slash ? folder : ".");
}

void check_input_path(const char *name, const char *path)
{
	if (is_stream(path))
		return;
	if (access(path, R_OK) < 0)
		check_wrong(name, "name a file that is there, and that may be read", "%s: %s", path,
		            strerror(errno));
	else if (is_folder(path))
		check_wrong(name, "name a file in it", "%s: is a folder", path);
	else
		check_good(name, "%s: is there", path);
}
