#include "forwarding.h"

#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "undo.h"

/* /proc/sys is read-only in most containers. */
static bool may_not_write(int error)
{
	return error == -EROFS || error == -EACCES || error == -EPERM;
}

static int explain_forwarding(struct why *why, int family, int error)
{
	bool closed = may_not_write(error);
	const char *remedy = family == AF_INET6
	                             ? "switch it on from outside: net.ipv6.conf.all.forwarding=1"
	                             : "switch it on from outside: net.ipv4.ip_forward=1";

	return why_set(why, "IPv%d forwarding: %s%s%s%s", family == AF_INET6 ? 6 : 4,
	               strerror(-error), closed ? " (a container? " : "", closed ? remedy : "",
	               closed ? ")" : "");
}

static struct sysctl file_of(const char *folder, unsigned index, const char *file)
{
	return (struct sysctl){.folder = folder, .file = file, .ifindex = index};
}

/* Where forwarding begins, the kernel forgets what routers have advertised, unless accept_ra is
 * 2. */
static int prepare_forwarding_of(const char *name)
{
	struct sysctl forwarding = {.folder = SYSCTL_IPV6, .file = "forwarding"}, advertisements;
	int error = 0;

	/* New interfaces would have it from the default, and nothing would undo that. */
	if (strcmp(name, "default") == 0) {
		forwarding.name = "default";
		return undo_note_sysctl(&forwarding);
	}
	forwarding.ifindex = if_nametoindex(name);
	if (!forwarding.ifindex)
		return 0; /* it has gone meanwhile */
	advertisements = file_of(SYSCTL_IPV6, forwarding.ifindex, "accept_ra");
	if (undo_sysctl_is(&forwarding, "0") && undo_sysctl_is(&advertisements, "1"))
		error = undo_set_sysctl(&advertisements, "2");
	if (error == 0)
		error = undo_note_sysctl(&forwarding);
	return error == -ENOENT ? 0 : error;
}

static int prepare_forwarding_of_all(void)
{
	struct dirent *entry;
	DIR *conf = opendir(SYSCTL_IPV6);
	int error = 0;

	if (!conf)
		return -errno;
	while (error == 0 && (entry = readdir(conf)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "all") != 0)
			error = prepare_forwarding_of(entry->d_name);
	closedir(conf);
	return error;
}

static const struct sysctl ipv6_forwarding_of_all = {SYSCTL_IPV6, "forwarding", "all", 0};

static int forward_ipv6_everywhere(void)
{
	int error = undo_sysctl_is(&ipv6_forwarding_of_all, "1") ? 0 : prepare_forwarding_of_all();

	return error < 0 ? error : undo_set_sysctl(&ipv6_forwarding_of_all, "1");
}

/* Linux 6.17 and later forward by interface; before that, only all together do. */
static int forward_ipv6(unsigned tunnel, unsigned other)
{
	struct sysctl here = file_of(SYSCTL_IPV6, tunnel, "force_forwarding"),
		      there = file_of(SYSCTL_IPV6, other, "force_forwarding");
	int error;

	error = undo_set_sysctl(&here, "1");
	if (error == 0)
		error = undo_set_sysctl(&there, "1");
	else if (error == -ENOENT)
		return forward_ipv6_everywhere();
	return may_not_write(error) && undo_sysctl_is(&ipv6_forwarding_of_all, "1") ? 0 : error;
}

static int forward_ipv4(unsigned tunnel, unsigned other)
{
	struct sysctl here = file_of(SYSCTL_IPV4, tunnel, "forwarding"),
		      there = file_of(SYSCTL_IPV4, other, "forwarding");
	int error = undo_set_sysctl(&here, "1");

	return error < 0 ? error : undo_set_sysctl(&there, "1");
}

int forwarding_begin(int family, unsigned tunnel, unsigned other, struct why *why)
{
	int error = family == AF_INET6 ? forward_ipv6(tunnel, other) : forward_ipv4(tunnel, other);

	return error < 0 ? explain_forwarding(why, family, error) : 0;
}
