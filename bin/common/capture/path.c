#include "capture/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/options.h"
#include "base/os.h"
#include "base/outside.h"
#include "base/progress.h"
#include "base/wait_fd.h"

enum { FIFO_RETRY_MS = 50, DESCRIPTORS = 64 /* a tool has fewer */ };

/* open(2) for writing waits for the FIFO's reader, and a stop would not end that. PATH_FIFO:
 * whoever calls has said that the reader before has gone. */
static int open_fifo(const char *path, unsigned flags)
{
	bool told = flags & PATH_FIFO;

	for (;;) {
		int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			fcntl(fd, F_SETFL, 0);
		if (fd >= 0 || errno != ENXIO || flags & PATH_NOWAIT)
			return fd;
		if (!told)
			progress_say("%s: waiting for somebody to read this FIFO", path);
		told = true;
		if (wait_fd(-1, 0, FIFO_RETRY_MS) == WAIT_STOPPED) {
			errno = ECANCELED;
			return -1;
		}
	}
}

/* Opening such a name would begin the file behind it anew, which others may write to. */
int path_descriptor(const char *path)
{
	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	return outside_named_descriptor(path);
}

bool path_follow_link(char path[PATH_MAX])
{
	char target[PATH_MAX], whole[2 * PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);
	const char *slash = strrchr(path, '/');

	if (n <= 0)
		return false;
	target[n] = '\0';
	int folder = *target == '/' || !slash ? 0 : (int)(slash + 1 - path);
	snprintf(whole, sizeof whole, "%.*s%s", folder, path, target);
	return snprintf(path, PATH_MAX, "%s", whole) < PATH_MAX;
}

/* What a tool opens is closed at exec(2). Of what it was started with it uses the standard streams
 * only. */
static bool is_used_here(int fd, bool to_read)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && ((flags & O_ACCMODE) == O_RDONLY) == to_read &&
	       (fd <= STDERR_FILENO || fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

/* By another descriptor than fd; what an option names to be read may not be open yet. */
static bool is_open_here(const struct stat *file, int fd, bool to_read)
{
	struct stat other;

	if (to_read && S_ISREG(file->st_mode) && option_that_reads(file))
		return true;
	for (int i = 0; i < DESCRIPTORS; i++)
		if (i != fd && is_used_here(i, to_read) && fstat(i, &other) == 0 &&
		    other.st_dev == file->st_dev && other.st_ino == file->st_ino)
			return true;
	return false;
}

/* File systems without locks have none to wait for. */
static bool is_locked(int fd, int lock)
{
	return flock(fd, lock | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* An error of path_open(): somebody of ours reads or writes the file. 0: nobody does, and the lock
 * is fd's. */
static int use_of(int fd, int lock)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return errno;
	if (is_open_here(&status, fd, true))
		return EDEADLK;
	if (is_open_here(&status, fd, false))
		return ETXTBSY;
	return is_locked(fd, lock) ? EBUSY : 0;
}

int path_use(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return 0;
	int error = use_of(fd, LOCK_SH); /* which NFS has for a file that is read */
	close(fd);
	return error;
}

/* What is there loses its contents only where nobody of ours reads or writes it. */
static int open_over(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return -1;
	int error = use_of(fd, LOCK_EX);
	if (!error && ftruncate(fd, 0) < 0)
		error = errno;
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

const char *path_open_words(int error)
{
	if (error == EDEADLK)
		return "is what is read: it would be lost, or never end (write to another file)";
	if (error == ETXTBSY)
		return "this process writes it already (give -w another name)";
	if (error == EBUSY)
		return "another process of ours writes it (give -w another name)";
	return strerror(error);
}

/* Nobody's file, even where another process makes one of this name at the same time. A link to
 * nothing, which O_EXCL does not follow, names a file that is still to be made. */
static int open_new(const char *path, bool follows)
{
	char target[PATH_MAX];
	struct stat status;

	snprintf(target, sizeof target, "%s", path);
	if (follows && stat(path, &status) < 0 && errno == ENOENT)
		while (path_follow_link(target))
			;
	int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0)
		is_locked(fd, LOCK_EX); /* for use_of() of others: it is locked from now on */
	return fd;
}

bool path_stat(const char *path, struct stat *status)
{
	int fd = path_descriptor(path);

	return (fd >= 0 ? fstat(fd, status) : stat(path, status)) == 0;
}

static uint64_t number_of_own_terminal(void)
{
	int fd = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	uint64_t number = fd < 0 ? 0 : os_terminal(fd);

	if (fd >= 0)
		close(fd);
	return number;
}

bool path_is_own_terminal(const char *path)
{
	uint64_t terminal = os_terminal(STDOUT_FILENO);
	int own = path_descriptor(path);
	struct stat status, tty;

	if (!terminal || own >= 0)
		return terminal && terminal == os_terminal(own);
	if (stat(path, &status) < 0 || !S_ISCHR(status.st_mode))
		return false;
	if (stat("/dev/tty", &tty) == 0 && tty.st_rdev == status.st_rdev)
		return terminal == number_of_own_terminal();
	return terminal == status.st_rdev;
}

enum path_kind path_kind(const char *path)
{
	struct stat status;

	if (path_descriptor(path) >= 0)
		return PATH_IS_OWN;
	if (stat(path, &status) < 0)
		return PATH_IS_NONE;
	if (S_ISFIFO(status.st_mode))
		return PATH_IS_FIFO;
	return S_ISREG(status.st_mode) ? PATH_IS_REGULAR : PATH_IS_DEVICE;
}

static int open_as_it_is(const char *path, unsigned flags)
{
	enum path_kind kind = flags & PATH_NEW ? PATH_IS_NONE : path_kind(path);

	if (flags & PATH_FIFO && kind != PATH_IS_FIFO) {
		errno = ENOENT;
		return -1;
	}
	switch (kind) {
	case PATH_IS_OWN:
		return fcntl(path_descriptor(path), F_DUPFD_CLOEXEC, 0);
	case PATH_IS_FIFO:
		return open_fifo(path, flags);
	case PATH_IS_DEVICE:
		return open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	default:
		if (flags & PATH_OVERWRITE)
			return open_over(path);
		if (kind == PATH_IS_NONE)
			return open_new(path, !(flags & PATH_NEW));
		errno = EEXIST;
		return -1;
	}
}

/* What is appended to what is read would be read again, without an end. */
int path_open(const char *path, unsigned flags)
{
	int fd = open_as_it_is(path, flags);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    !is_open_here(&status, fd, true))
		return fd;
	close(fd);
	errno = EDEADLK;
	return -1;
}

static bool find_folder(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return snprintf(folder, PATH_MAX, ".") > 0;
	if (slash - path >= PATH_MAX)
		return false;
	snprintf(folder, PATH_MAX, "%.*s", (int)(slash == path ? 1 : slash - path), path);
	return true;
}

bool path_can_wait(const char *path)
{
	char folder[PATH_MAX];

	if (path_kind(path) != PATH_IS_NONE && path_kind(path) != PATH_IS_REGULAR)
		return false;
	return find_folder(path, folder) && access(folder, W_OK | X_OK) == 0;
}

/* --- before anything is opened --- */

/* A file without a name, which nobody sees, where the file system has such. */
static int try_new(const char *path)
{
	char folder[PATH_MAX];
	struct stat status;

	if (!*path)
		return ENOENT;
	if (!find_folder(path, folder))
		return ENAMETOOLONG;
	if (stat(folder, &status) < 0)
		return errno;
	if (!S_ISDIR(status.st_mode))
		return ENOTDIR;
	if (access(folder, W_OK | X_OK) < 0)
		return errno;
	if (path[strlen(path) - 1] == '/')
		return EISDIR;
	if (os_kernel_file_system(folder))
		return EACCES;
	int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL ? 0 : errno;
	close(fd);
	return 0;
}

static int try_over(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno;
	int error = use_of(fd, LOCK_EX);
	close(fd);
	return error;
}

static int try_special(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0 || access(path, W_OK) < 0)
		return errno;
	return S_ISDIR(status.st_mode) ? EISDIR : S_ISSOCK(status.st_mode) ? ENXIO : 0;
}

static int try_own(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? errno : (flags & O_ACCMODE) == O_RDONLY ? EBADF : 0;
}

int path_try(const char *path, unsigned flags)
{
	enum path_kind kind = path_kind(path);
	char target[PATH_MAX];
	struct stat status;

	if (kind == PATH_IS_OWN)
		return try_own(path_descriptor(path));
	if (kind == PATH_IS_FIFO || kind == PATH_IS_DEVICE)
		return try_special(path);
	if (kind == PATH_IS_REGULAR && flags & PATH_OVERWRITE)
		return try_over(path);
	if (kind == PATH_IS_NONE && stat(path, &status) < 0 && errno != ENOENT)
		return errno;
	snprintf(target, sizeof target, "%s", path);
	while (kind == PATH_IS_NONE && path_follow_link(target))
		;
	return try_new(target);
}
