#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"

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

int privileges_keep(bool namespace_to_enter, bool other_user, struct why *why)
{
	bool net_admin, sys_admin, signals;

	capng_get_caps_process();
	net_admin = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN);
	sys_admin = namespace_to_enter && capng_have_capability(CAPNG_PERMITTED, CAP_SYS_ADMIN);
	signals = other_user && capng_have_capability(CAPNG_PERMITTED, CAP_KILL);
	capng_clear(CAPNG_SELECT_ALL);
	keep(net_admin, CAP_NET_ADMIN);
	keep(sys_admin, CAP_SYS_ADMIN);
	keep(signals, CAP_KILL);
	return apply(why);
}

static int become(const struct identity *i, struct why *why)
{
	if (!i->name)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(i->group, i->group, i->group) < 0 ||
	    setresuid(i->user, i->user, i->user) < 0)
		return why_set(why,
		               "--user '%s': %s (only root can start a process of another user)",
		               i->name, strerror(errno));
	log_info("this process runs as %s (%u:%u)", i->name, i->user, i->group);
	return 0;
}

int privileges_give_up(const struct identity *i, struct why *why)
{
	bool may_bound;

	capng_get_caps_process();
	may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_ALL);
	if (may_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		log_info("the capability bounding set stays as it is");
	if (become(i, why) < 0 || apply(why) < 0)
		return -1;
	log_info("this process has no capabilities");
	return 0;
}

bool privileges_net_admin(void)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
}
