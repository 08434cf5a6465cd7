#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "filter.h"

/* The system calls have the same numbers on every processor (but for Alpha). What follows is the
 * kernel's: headers older than the kernel lack some of it. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum { ASK_VERSION = 1, RULE_PATH_BENEATH = 1 };
enum { READ_FILE = 1 << 2, READ_DIR = 1 << 3 };

struct ruleset {
	uint64_t files, ports, scopes;
};

struct path_rule {
	uint64_t access;
	int32_t parent;
} __attribute__((packed));

/* What a version knows, from 1 on; later versions know as much as the last. */
static const struct ruleset known[] = {
	{(1 << 13) - 1, 0, 0}, {(1 << 14) - 1, 0, 0}, {(1 << 15) - 1, 0, 0},
	{(1 << 15) - 1, 1, 0}, {(1 << 16) - 1, 1, 0}, {(1 << 16) - 1, 1, 3},
};

static const char *const readable[] = {
	"/etc", "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store",
	/* where what /etc/resolv.conf leads to comes and goes */
	"/run", "/var/run", "/sys/devices/system/cpu", "/dev/null", "/dev/random", "/dev/urandom"};

static int allow(int ruleset, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC), error = 0;
	struct stat about;

	if (fd < 0)
		return 0;
	struct path_rule rule = {READ_FILE, fd};
	if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode))
		rule.access |= READ_DIR;
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		error = -errno;
	close(fd);
	return error;
}

/* As OpenSSL reads it: folders are separated by colons. */
static int allow_list(int ruleset, const char *list)
{
	char path[PATH_MAX];
	int error = 0;

	while (list && *list && !error) {
		size_t length = strcspn(list, ":");
		if (snprintf(path, sizeof path, "%.*s", (int)length, list) < (int)sizeof path)
			error = allow(ruleset, path);
		list += length + (list[length] == ':');
	}
	return error;
}

/* A container may have put it anywhere. */
static int allow_resolver(int ruleset)
{
	char path[PATH_MAX], *slash;

	if (!realpath("/etc/resolv.conf", path) || !(slash = strrchr(path, '/')) || slash == path)
		return 0;
	*slash = '\0';
	return allow(ruleset, path);
}

static int allow_all(int ruleset)
{
	int error = 0;

	for (size_t i = 0; !error && i < sizeof readable / sizeof readable[0]; i++)
		error = allow(ruleset, readable[i]);
	if (!error)
		error = allow_list(ruleset, getenv("SSL_CERT_FILE"));
	if (!error)
		error = allow_list(ruleset, getenv("SSL_CERT_DIR"));
	return error ? error : allow_resolver(ruleset);
}

int landlock_restrict(struct why *why)
{
	long version =
		FILTER_BUILT ? syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION) : 0;
	size_t last = sizeof known / sizeof known[0];

	if (version < 1) {
		log_info("no Landlock here: files are guarded by their permissions alone");
		return 0;
	}
	const struct ruleset *r = &known[((size_t)version < last ? (size_t)version : last) - 1];
	size_t size = r->scopes  ? sizeof *r
	              : r->ports ? offsetof(struct ruleset, scopes)
	                         : offsetof(struct ruleset, ports);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, r, size, 0);
	int error = ruleset < 0 ? -errno : allow_all(ruleset);
	if (!error && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		error = -errno;
	if (ruleset >= 0)
		close(ruleset);
	if (error)
		return why_set(why, "Landlock: files cannot be closed off: %s", strerror(-error));
	log_info("this process reads files of the system alone (Landlock %ld)", version);
	return 0;
}
