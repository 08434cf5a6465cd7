#include "bus/spool_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	const char *path;
	int fd;
};

static int fail(const struct folder *f, const char *name, struct why *why)
{
	return why_set(why, "--spool %s: %s: %s", f->path, name, strerror(errno));
}

static int check_owner(const char *path, const struct stat *s, struct why *why)
{
	if (s->st_uid != geteuid() && !(S_ISDIR(s->st_mode) && s->st_uid == 0))
		return why_set(why,
		               "--spool %s: belongs to another user (uid %lu): name a folder "
		               "of your own",
		               path, (unsigned long)s->st_uid);
	if (s->st_mode & (S_IWGRP | S_IWOTH))
		return why_set(why, "--spool %s: others may write to it (chmod go-w)", path);
	return 0;
}

static int check_no_link(const char *directory, struct why *why)
{
	struct stat status;

	if (lstat(directory, &status) == 0 && S_ISLNK(status.st_mode))
		return why_set(why, "--spool %s: is a symbolic link: name the folder itself",
		               directory);
	return 0;
}

int spool_files_look(const char *directory, struct why *why)
{
	struct stat status;

	if (check_no_link(directory, why) < 0)
		return -1;
	if (lstat(directory, &status) < 0)
		return errno == ENOENT ? SPOOL_FILES_NONE
		                       : why_set(why, "--spool %s: %s", directory, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return why_set(why, "--spool %s: is no folder", directory);
	return check_owner(directory, &status, why) < 0 ? -1 : SPOOL_FILES_THERE;
}

static int open_folder(const char *directory, struct why *why)
{
	struct stat status;
	int fd;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return why_set(why, "--spool %s: %s", directory, strerror(errno));
	if (check_no_link(directory, why) < 0)
		return -1;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, "--spool %s: %s", directory, strerror(errno));
	if (fstat(fd, &status) < 0 || check_owner(directory, &status, why) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The database, its log, and whatever else SQLite may find beside it. */
static int check_file(const struct folder *f, const char *name, struct why *why)
{
	char path[SPOOL_PATH_SIZE];
	struct stat status;

	if (fstatat(f->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(f, name, why);
	snprintf(path, sizeof path, "%s/%s", f->path, name);
	if (!S_ISREG(status.st_mode) || status.st_nlink != 1)
		return why_set(why, "--spool %s: is a link, or no file at all: move it away", path);
	if (check_owner(path, &status, why) < 0)
		return -1;
	/* Nobody else can put another file in its place: the folder is ours alone. */
	if ((status.st_mode & 0777) != 0600 && fchmodat(f->fd, name, 0600, 0) < 0)
		return fail(f, name, why);
	return 0;
}

static int prepare_files(const struct folder *f, const char *name, struct why *why)
{
	static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
	char file[NAME_MAX + 16];

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		snprintf(file, sizeof file, "%s%s", name, endings[i]);
		if (check_file(f, file, why) < 0)
			return -1;
	}
	int fd = openat(f->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? 0 : fail(f, name, why);
	/* SQLite gives its log the same mode. */
	int status = fchmod(fd, 0600);
	close(fd);
	return status < 0 ? fail(f, name, why) : 0;
}

int spool_files_prepare(const char *directory, const char *name, char path[SPOOL_PATH_SIZE],
                        struct why *why)
{
	struct folder folder = {directory, open_folder(directory, why)};
	char *real;

	if (folder.fd < 0)
		return -1;
	int status = prepare_files(&folder, name, why);
	close(folder.fd);
	if (status < 0)
		return -1;
	real = realpath(directory, NULL);
	if (!real || snprintf(path, SPOOL_PATH_SIZE, "%s/%s", real, name) >= SPOOL_PATH_SIZE)
		status = why_set(why, "--spool %s: %s", directory,
		                 strerror(real ? ENAMETOOLONG : errno));
	free(real);
	return status;
}
