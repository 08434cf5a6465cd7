#include "identity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define LOCKS "/run/framebus"

/* systemd's, for users that are there while their service is; it leaves out what is in use. */
enum { UID_FIRST = 61184, UID_LAST = 65519, UID_NOBODY = 65534 };

static char shown[16]; /* the name of a user that has none */

/* --- what the user namespace has --- */

static bool is_in_map(const char *path, unsigned id)
{
	FILE *map = fopen(path, "re");
	unsigned first, outside, count;
	bool found = !map;

	while (map && !found && fscanf(map, "%u %u %u", &first, &outside, &count) == 3)
		found = id >= first && id - first < count;
	if (map)
		fclose(map);
	return found;
}

static bool is_mapped(unsigned id)
{
	return is_in_map("/proc/self/uid_map", id) && is_in_map("/proc/self/gid_map", id);
}

/* --- who has a uid --- */

/* In its file `status` all four stand behind "Uid:". The folder's owner says nothing: it may be
 * root's. */
static bool process_has_uid(const char *pid, unsigned uid)
{
	char path[64], line[128];
	unsigned ids[4] = {0};
	bool found = false;

	snprintf(path, sizeof path, "/proc/%.20s/status", pid);
	FILE *status = fopen(path, "re");
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "Uid: %u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) == 4)
			break;
	if (status)
		fclose(status);
	for (unsigned i = 0; i < 4; i++)
		found |= ids[i] == uid;
	return found;
}

static int any_process_has_uid(unsigned uid, bool *found)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;

	*found = false;
	if (!processes)
		return -1;
	while (!*found && (entry = readdir(processes)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			*found = process_has_uid(entry->d_name, uid);
	closedir(processes);
	return 0;
}

/* --- a uid of its own --- */

/* A folder that others could write in would let them take, or free, any uid. */
static int open_locks(struct why *why)
{
	struct stat about;
	int fd = -1;

	if (mkdir(LOCKS, 0755) == 0 || errno == EEXIST)
		fd = open(LOCKS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) < 0) {
		why_errno(why, LOCKS);
	} else if (about.st_uid != geteuid() || about.st_mode & (S_IWGRP | S_IWOTH)) {
		why_set(why, LOCKS ": others may write in it");
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The kernel frees it when this process has ended, however it does. -1: somebody else has it. */
static int lock_uid(int locks, unsigned uid)
{
	char name[16];

	snprintf(name, sizeof name, "%u", uid);
	int fd = openat(locks, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -1;
}

static int find_uid(int locks, struct identity *child, int *held, struct why *why)
{
	for (unsigned uid = UID_FIRST; uid <= UID_LAST; uid++) {
		bool used = true;
		int lock = lock_uid(locks, uid);

		if (lock >= 0 && !getpwuid(uid) && !getgrgid(uid) &&
		    any_process_has_uid(uid, &used) < 0) {
			close(lock);
			return why_errno(why, "/proc");
		}
		if (lock >= 0 && !used) {
			snprintf(shown, sizeof shown, "%u", uid);
			*child = (struct identity){shown, uid, uid};
			*held = lock;
			return 0;
		}
		if (lock >= 0)
			close(lock);
	}
	return why_set(why, "all uids from %d to %d are taken", UID_FIRST, UID_LAST);
}

static int choose_own(struct identity *child, int *lock, struct why *why)
{
	if (!is_mapped(UID_FIRST) || !is_mapped(UID_LAST))
		return why_set(why, "this user namespace has no uids from %d to %d", UID_FIRST,
		               UID_LAST);
	int locks = open_locks(why);
	if (locks < 0)
		return -1;
	int outcome = find_uid(locks, child, lock, why);
	close(locks);
	return outcome;
}

/* --- the choice --- */

static bool choose_named(struct identity *child, const char *name)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry || !entry->pw_uid || !entry->pw_gid || !is_mapped(entry->pw_uid) ||
	    !is_mapped(entry->pw_gid))
		return false;
	*child = (struct identity){name, entry->pw_uid, entry->pw_gid};
	return true;
}

static void choose_nobody(struct identity *child, const struct why *reason)
{
	if (!choose_named(child, "nobody") && is_mapped(UID_NOBODY))
		*child = (struct identity){"nobody", UID_NOBODY, UID_NOBODY};
	if (child->name)
		log_warning("the process that speaks to the broker runs as nobody, whom others may "
		            "run as, too: %s (--user names another)",
		            reason->text);
	else
		log_warning(
			"the process that speaks to the broker stays the user who started this: "
			"this user namespace has no other");
}

void identity_choose(struct identity *child, int *lock)
{
	struct why reason;

	if (child->name || geteuid() != 0)
		return;
	if (!choose_named(child, "framebus") && choose_own(child, lock, &reason) < 0)
		choose_nobody(child, &reason);
}
