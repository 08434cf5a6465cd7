#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outside.h"

static int gain_nothing_by_exec(struct why *why)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? why_errno(why, "no_new_privs") : 0;
}

static int apply(struct why *why)
{
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return why_set(why, "capabilities: they cannot be given up");
	return gain_nothing_by_exec(why);
}

static void keep(bool wanted, unsigned capability)
{
	if (wanted)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
}

/* Without capabilities nothing is gained by an empty one. */
static void empty_bounding_set(void)
{
	bool may;

	capng_get_caps_process();
	may = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_ALL);
	if (may && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		log_info("the capability bounding set stays as it is");
}

int privileges_keep(const struct privileges *p, struct why *why)
{
	bool net_admin, sys_admin, signals, files;

	capng_get_caps_process();
	net_admin = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN);
	sys_admin = p->namespaces && capng_have_capability(CAPNG_PERMITTED, CAP_SYS_ADMIN);
	signals = p->signals && capng_have_capability(CAPNG_PERMITTED, CAP_KILL);
	files = p->files && capng_have_capability(CAPNG_PERMITTED, CAP_DAC_READ_SEARCH);
	empty_bounding_set();
	keep(net_admin, CAP_NET_ADMIN);
	keep(sys_admin, CAP_SYS_ADMIN);
	keep(signals, CAP_KILL);
	keep(files, CAP_DAC_READ_SEARCH);
	return apply(why);
}

int privileges_check(const struct identity *i, struct why *why)
{
	static const struct {
		unsigned capability;
		const char *name;
	} needed[] = {
		{CAP_SETUID, "CAP_SETUID"}, {CAP_SETGID, "CAP_SETGID"}, {CAP_KILL, "CAP_KILL"}};

	if (!i->name || geteuid() != 0)
		return 0;
	capng_get_caps_process();
	for (unsigned n = 0; n < sizeof needed / sizeof needed[0]; n++)
		if (!capng_have_capability(CAPNG_EFFECTIVE, needed[n].capability))
			return why_set(why,
			               "the process that speaks to the broker cannot become user "
			               "%s: %s is missing (give it to root, or start this as "
			               "another user with CAP_NET_ADMIN)",
			               i->name, needed[n].name);
	return 0;
}

bool privileges_needed_to_read(void)
{
	const char *path;
	bool needed = false;

	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_DAC_READ_SEARCH))
		return false;
	capng_updatev(CAPNG_DROP, CAPNG_EFFECTIVE, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE, -1);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return false;
	for (unsigned i = 0; (path = outside_file(i)); i++)
		needed |= faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0 && errno == EACCES;
	return needed;
}

int privileges_leave_no_trace(struct why *why)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return why_errno(why, "core dumps cannot be forbidden");
	return 0;
}

static int become(const struct identity *i, struct why *why)
{
	/* Root stays root where its user namespace has nobody else; it may have to keep its groups.
	 */
	if (!i->name)
		return geteuid() == 0 && setgroups(0, NULL) < 0 && errno != EPERM
		               ? why_errno(why, "groups")
		               : 0;
	if (setgroups(0, NULL) < 0 || setresgid(i->group, i->group, i->group) < 0 ||
	    setresuid(i->user, i->user, i->user) < 0)
		return why_set(why, "user '%s': %s (only root can start a process of another user)",
		               i->name, strerror(errno));
	log_info("this process runs as %s (%u:%u)", i->name, i->user, i->group);
	return 0;
}

int privileges_give_up(const struct identity *i, struct why *why)
{
	empty_bounding_set();
	if (become(i, why) < 0)
		return -1;
	capng_clear(CAPNG_SELECT_ALL);
	if (apply(why) < 0)
		return -1;
	log_info("this process has no capabilities");
	return 0;
}

bool privileges_net_admin(void)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
}
