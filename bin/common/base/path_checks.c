#include "base/path_checks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/check.h"
#include "base/os.h"
#include "base/outside.h"

enum { PATH_SIZE = 4096, LITTLE_ROOM = 1 << 20, BLOCK = 4096 };

/* Nothing is there to be looked at, or it is open already. */
static bool is_stream(const char *path)
{
	return !path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0 ||
	       strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0 ||
	       outside_named_descriptor(path) >= 0;
}

/* NULL: a regular file. */
static const char *kind_in_words(mode_t mode)
{
	return S_ISREG(mode)                    ? NULL
	       : S_ISDIR(mode)                  ? "a folder"
	       : S_ISFIFO(mode)                 ? "a FIFO"
	       : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
	                                        : "a socket";
}

/* --- what is written --- */

static const char *mend_writing(char out[PATH_SIZE], const char *path, int error)
{
	switch (error) {
	case ENOENT:
		snprintf(out, PATH_SIZE, "mkdir -p '%.1000s'; its owner must be who runs this tool",
		         path);
		break;
	case EROFS:
		snprintf(out, PATH_SIZE,
		         "name a folder on another file system, or sudo mount -o remount,rw "
		         "\"$(findmnt -no TARGET -T '%.1000s')\" (a service writes to "
		         "/var/lib/framebus/NAME alone: docs/services.md)",
		         path);
		break;
	case ENOSPC:
		snprintf(out, PATH_SIZE, "make room: df -h '%.1000s'; df -i '%.1000s'", path, path);
		break;
	case EDQUOT:
		snprintf(out, PATH_SIZE, "make room, or have the quota raised: quota -s");
		break;
	case EFBIG:
		snprintf(out, PATH_SIZE, "ulimit -f unlimited (of a service: LimitFSIZE=infinity)");
		break;
	case EACCES:
	case EPERM:
		snprintf(out, PATH_SIZE,
		         "name another folder, or sudo chown \"$(id -un)\" '%.1000s' (who runs "
		         "this tool must own it)",
		         path);
		break;
	default:
		snprintf(out, PATH_SIZE, "name another folder: namei -l '%.1000s' shows this one",
		         path);
	}
	return out;
}

static void say_unwritable(const char *name, const char *path, int error)
{
	char remedy[PATH_SIZE];

	check_wrong(name, mend_writing(remedy, path, error), "%s: cannot be written to: %s", path,
	            strerror(error));
}

/* A file without a name, which nobody sees. 0: it has been written to; else errno, EOPNOTSUPP where
 * the file system has no such files. */
static int try_to_write(const char *folder)
{
	static const char block[BLOCK];
	int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600), error = 0;

	if (fd < 0)
		return errno == EISDIR || errno == EINVAL ? EOPNOTSUPP : errno;
	ssize_t n = write(fd, block, sizeof block);
	if (n < 0)
		error = errno;
	else if (n < (ssize_t)sizeof block)
		error = ENOSPC;
	close(fd);
	return error;
}

static void look_at_room(const char *name, const char *path)
{
	struct statvfs disk;
	unsigned long long left = LITTLE_ROOM;
	char remedy[PATH_SIZE];

	/* Some file systems know nothing of their size. */
	if (statvfs(path, &disk) == 0 && disk.f_blocks)
		left = (unsigned long long)disk.f_bavail * disk.f_frsize;
	if (left < LITTLE_ROOM)
		check_wrong(name, mend_writing(remedy, path, ENOSPC),
		            "%s: its disk is nearly full: %llu KiB are left", path, left >> 10);
	else
		check_good(name, "%s: may be written to", path);
}

void check_folder_path(const char *name, const char *path)
{
	char remedy[PATH_SIZE];
	struct stat about;

	if (stat(path, &about) < 0) {
		check_wrong(name, mend_writing(remedy, path, errno), "%s: %s", path,
		            strerror(errno));
		return;
	}
	if (!S_ISDIR(about.st_mode)) {
		check_wrong(name, "name a folder", "%s: is no folder", path);
		return;
	}
	const char *of_kernel = os_kernel_file_system(path);
	int error = of_kernel ? 0 : access(path, W_OK | X_OK) < 0 ? errno : try_to_write(path);
	if (of_kernel)
		check_wrong(name, "name a folder on a disk",
		            "%s: is of the kernel (%s), which takes no files", path, of_kernel);
	else if (error == ENOSPC)
		check_wrong(name, mend_writing(remedy, path, error), "%s: its disk is full: %s",
		            path, strerror(error));
	else if (error && error != EOPNOTSUPP)
		say_unwritable(name, path, error);
	else
		look_at_room(name, path);
}

static void look_at_folder_of(const char *name, const char *path)
{
	char folder[PATH_SIZE];

	snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	check_folder_path(name, slash ? folder : ".");
}

static void look_at_output(const char *name, const char *path, bool overwrites)
{
	struct stat about;

	if (is_stream(path))
		return;
	bool is_there = stat(path, &about) == 0;
	const char *kind = is_there ? kind_in_words(about.st_mode) : NULL;
	if (kind && (S_ISDIR(about.st_mode) || S_ISSOCK(about.st_mode)))
		check_wrong(name, S_ISDIR(about.st_mode) ? "name a file in it" : "name a file",
		            "%s: is %s", path, kind);
	else if (is_there && (kind || overwrites) && access(path, W_OK) < 0)
		say_unwritable(name, path, errno);
	else if (kind)
		check_good(name, "%s: is %s, and may be written to", path, kind);
	else
		look_at_folder_of(name, path);
}

void check_output_path(const char *name, const char *path)
{
	look_at_output(name, path, false);
}

void check_overwritten_path(const char *name, const char *path)
{
	look_at_output(name, path, true);
}

/* --- what is read --- */

bool check_input_path(const char *name, const char *path)
{
	struct stat about;

	if (is_stream(path))
		return false;
	if (stat(path, &about) < 0 || access(path, R_OK) < 0) {
		check_wrong(name, "name a file that is there, and that may be read", "%s: %s", path,
		            strerror(errno));
		return false;
	}
	const char *kind = kind_in_words(about.st_mode);
	if (kind && (S_ISDIR(about.st_mode) || S_ISSOCK(about.st_mode)))
		check_wrong(name, S_ISDIR(about.st_mode) ? "name a file in it" : "name a file",
		            "%s: is %s", path, kind);
	else if (kind)
		check_good(name,
		           "%s: is %s, and may be read; what comes out of it is not looked at",
		           path, kind);
	return !kind;
}
